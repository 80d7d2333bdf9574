//! What the check-worthiness of a sentence is reckoned from, for the command that trains its weights: the very code
//! that the extractor runs.

use super::{
    UnsupportedLanguage, language, recognise,
    worthiness::{Features, each_ngram},
};
use crate::claim::Article;

/// A sentence as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How strong each feature is, in the order of [`feature_names`].
    pub features: Vec<f64>,
    /// The hash of each n-gram; the upper bits say where its weight stands.
    pub ngrams: Vec<u32>,
}

/// The names of the features, as `weights.worth` of a pack has them.
#[must_use]
pub fn feature_names() -> &'static [&'static str] {
    Features::NAMES
}

/// The longest sentence of a text, as the model sees it; `None` where the text has no sentence.
///
/// # Errors
/// If there is no pack for the language.
pub fn sample(text: &str, code: &str) -> Result<Option<Sample>, UnsupportedLanguage> {
    let pack = language::pack(code)?;
    let article = Article { text: text.to_owned(), ..Article::default() };
    let (document, expressions, attributions) = recognise(&article, pack, &[], super::Prefer::default());
    let longest = document.sentences.iter().enumerate().max_by_key(|(_, sentence)| sentence.tokens.len());
    Ok(longest.map(|(position, sentence)| {
        let mut ngrams = Vec::new();
        each_ngram(&document, sentence.tokens.clone(), |hash| ngrams.push(hash));
        let features = Features::of(&document, pack, position, &expressions, &attributions);
        Sample { features: features.strengths().to_vec(), ngrams }
    }))
}
