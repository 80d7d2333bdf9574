//! What the scores of a sentence are reckoned from, for the command that trains their weights: the very code that the
//! extractor runs.

use super::{
    UnsupportedLanguage, language, recognise,
    worthiness::{Features, each_ngram, limited},
};
use crate::claim::{Article, Span};

/// A sentence as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Where it stands.
    pub span: Span,
    /// How strong each feature is, in the order of [`feature_names`].
    pub features: Vec<f64>,
    /// The hash of each n-gram; the upper bits say where its weight stands.
    pub ngrams: Vec<u32>,
}

/// The names of the features, as the weights of a pack have them.
#[must_use]
pub fn feature_names() -> &'static [&'static str] {
    Features::NAMES
}

/// The score of worth as far as it counts in whether there is something to check.
#[must_use]
pub fn limited_worth(worth: f64) -> f64 {
    limited(worth)
}

/// The sentences of a text's running text, as the model sees them.
///
/// # Errors
/// If there is no pack for the language.
pub fn samples(text: &str, code: &str) -> Result<Vec<Sample>, UnsupportedLanguage> {
    let pack = &language::pack(code)?;
    let article = Article { text: text.to_owned(), ..Article::default() };
    let (document, expressions, attributions) =
        recognise(&article, pack, &[], super::Prefer::default(), &mut |_| {});
    let all = Features::of_text(&document, pack, &expressions, &attributions);
    let sample = |(position, features): (usize, Features)| {
        let tokens = document.sentences[position].tokens.clone();
        let mut ngrams = Vec::new();
        each_ngram(&document, tokens.clone(), |hash| ngrams.push(hash));
        Sample { span: document.span(tokens), features: features.strengths().to_vec(), ngrams }
    };
    Ok(all.into_iter().map(sample).collect())
}

/// The longest sentence of a text, as the model sees it; `None` where the text has no sentence.
///
/// # Errors
/// If there is no pack for the language.
pub fn sample(text: &str, code: &str) -> Result<Option<Sample>, UnsupportedLanguage> {
    Ok(samples(text, code)?.into_iter().max_by_key(|sample| sample.span.end - sample.span.start))
}
