//! Text in, claims out: a pure function. No I/O, no clock, no database; the same input gives the same output.
//!
//! The way of a text: [`language`] gives it a pack; [`document`] cuts it into blocks, sentences and tokens, and looks
//! each token up once; [`pattern`] runs the pack's layers over the tokens' classes; [`time`], [`figure`], [`record`]
//! and [`attribution`] make values of what fits; [`claims`] picks the sentences that can be checked; [`worthiness`]
//! ranks them, and [`consistency`] says what the text itself proves.

mod attribution;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod claim_cases;
mod claims;
mod consistency;
mod document;
mod expression;
mod figure;
mod html;
mod language;
mod pattern;
#[cfg(test)]
mod point_cases;
mod record;
mod time;
pub mod training;
mod worthiness;

pub use language::{PackError, check_pack, languages};
pub use time::Prefer;

use std::sync::Arc;

use attribution::Attributions;
use document::{Document, Mark};
use expression::Expressions;
use language::Pack;

use crate::claim::{Article, Claim, ContentType, Point, Span};

/// Everything that was recognised in an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Extraction {
    /// ISO 639-1 code of the language, as given or as told from the text.
    pub language: String,
    /// The claims, in the order of the text.
    pub claims: Vec<Claim>,
    /// Every expression recognised, in a claim or not, in the order of the text.
    pub points: Vec<Arc<Point>>,
    /// Every attribution recognised.
    pub attributions: Vec<Attribution>,
    /// Every sentence of the running text.
    pub sentences: Vec<Sentence>,
}

/// Who is said to have said what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribution {
    /// What is said.
    pub content: Span,
    /// Who says it, where somebody is named.
    pub speaker: Option<Span>,
    /// The words that attribute it.
    pub cue: Option<Span>,
}

/// A sentence of the running text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sentence {
    /// Where it stands.
    pub span: Span,
    /// How much a check is worth, from 0 to 1.
    pub check_worthiness: f64,
}

/// A language that there is no pack for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no language pack for \"{given}\"; there is one for {}", available.join(", "))]
pub struct UnsupportedLanguage {
    /// The language asked for.
    pub given: String,
    /// ISO 639-1 codes of the languages there are packs for.
    pub available: Vec<String>,
}

/// What the patterns of a pack may make, each as "room.constructor".
const CONSTRUCTORS: [&[&str]; 7] = [
    &["document.aside", "document.dateline"],
    time::CONSTRUCTORS,
    figure::CONSTRUCTORS,
    figure::BESIDE,
    record::CONSTRUCTORS,
    attribution::CONSTRUCTORS,
    consistency::CONSTRUCTORS,
];

/// What a caller knows of an article besides what it says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// How its text is written.
    pub content_type: ContentType,
    /// What an ambiguous date means.
    pub prefer: Prefer,
}

/// Finds the claims of an article in plain text.
///
/// # Errors
/// If the article names a language that there is no pack for. A language that is not named is told from the text,
/// among those there are packs for.
pub fn extract(article: &Article) -> Result<Extraction, UnsupportedLanguage> {
    extract_marked(article, &[], Prefer::default(), |_| {})
}

/// What an extraction does, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Cuts the text into tokens, sentences and blocks, and looks each token up.
    Document,
    /// Finds dates and figures, and makes values of them.
    Points,
    /// Finds records.
    Records,
    /// Finds who says what.
    Attributions,
    /// Judges the sentences, makes claims of some, and compares what they say.
    Claims,
}

/// Finds the claims of an article as [`extract`] does, and calls with each stage when it has ended: to measure it, since
/// there is no clock here.
///
/// # Errors
/// As [`extract`].
pub fn extract_in_stages(
    article: &Article,
    ended: impl FnMut(Stage),
) -> Result<Extraction, UnsupportedLanguage> {
    extract_marked(article, &[], Prefer::default(), ended)
}

/// Finds the claims of an article by a caller's options, and gives the article back with the text that spans count in:
/// of a page in HTML, what was read of it.
///
/// # Errors
/// As [`extract`].
pub fn extract_with(
    article: Article,
    options: Options,
) -> Result<(Article, Extraction), UnsupportedLanguage> {
    let (article, marks) = match options.content_type {
        ContentType::Plain => (article, Vec::new()),
        ContentType::Html => {
            let page = html::read(&article.text);
            (Article { text: page.text, ..article }, page.marks)
        }
    };
    let extraction = extract_marked(&article, &marks, options.prefer, |_| {})?;
    Ok((article, extraction))
}

fn extract_marked(
    article: &Article,
    marks: &[Mark],
    prefer: Prefer,
    mut ended: impl FnMut(Stage),
) -> Result<Extraction, UnsupportedLanguage> {
    let pack = match &article.language {
        Some(code) => language::pack(code)?,
        None => language::detect(&article.text),
    };
    let pack = &pack;
    let (document, expressions, attributions) = recognise(article, pack, marks, prefer, &mut ended);
    let (claims, sentences) = claims::choose(&document, pack, article, &expressions, &attributions);
    let attributions = attributions.spans(&document);
    document.leave(pack);
    ended(Stage::Claims);
    Ok(Extraction {
        language: pack.code().to_owned(),
        claims,
        points: expressions.into_points(),
        attributions,
        sentences,
    })
}

/// Everything below the claims: the text's parts, its dates, figures and records, and who says what.
fn recognise<'t>(
    article: &'t Article,
    pack: &Pack,
    marks: &[Mark],
    prefer: Prefer,
    ended: &mut impl FnMut(Stage),
) -> (Document<'t>, Expressions, Attributions) {
    let document = Document::read(&article.text, pack, marks);
    ended(Stage::Document);
    let mut expressions = Expressions::find(&document, pack, article.publish_date, prefer);
    ended(Stage::Points);
    record::find(&document, pack, article.publish_date, &mut expressions);
    ended(Stage::Records);
    let attributions = Attributions::find(&document, pack, &expressions);
    ended(Stage::Attributions);
    (document, expressions, attributions)
}
