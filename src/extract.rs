//! Text in, claims out: a pure function. No I/O, no clock, no database; the same input gives the same output.

use crate::claim::{Article, Claim, Point, Span};

/// Everything that was recognised in an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Extraction {
    /// ISO 639-1 code of the language, as given or as told from the text.
    pub language: String,
    /// The claims, in the order of the text.
    pub claims: Vec<Claim>,
    /// Every expression recognised, in a claim or not, in the order of the text.
    pub points: Vec<Point>,
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

/// Finds the claims of an article.
///
/// # Errors
/// If the article names a language that there is no pack for. A language that is not named is told from the text,
/// among those there are packs for.
pub fn extract(article: &Article) -> Result<Extraction, UnsupportedLanguage> {
    // Interim, until the rooms below stand: each line is a claim.
    let mut claims = Vec::new();
    let mut at = 0;
    for line in article.text.split_inclusive('\n') {
        let quote = line.trim_end();
        let length = u32::try_from(quote.chars().count()).unwrap_or(u32::MAX);
        if !quote.is_empty() {
            claims.push(Claim {
                quote: quote.to_owned(),
                span: Some(Span::new(at, at + length)),
                points: Vec::new(),
                sources: Vec::new(),
                modality: crate::claim::Modality::Asserted,
                check_worthiness: 0.5,
                check_worthiness_reasons: Vec::new(),
                findings: Vec::new(),
                language: "de".to_owned(),
            });
        }
        at += u32::try_from(line.chars().count()).unwrap_or(u32::MAX);
    }
    Ok(Extraction {
        language: "de".to_owned(),
        claims,
        points: vec![],
        attributions: vec![],
        sentences: vec![],
    })
}
