//! Who says so: speaker, relay and how it is said.

use std::ops::Range;

use super::{Attribution, document::Document, expression::Expressions, language::Pack};
use crate::claim::{Modality, Source};

/// What the patterns of attributions may make.
pub(super) const CONSTRUCTORS: &[&str] = &["attribution.source"];

/// What somebody is said to have said.
#[derive(Debug, Clone)]
pub(super) struct Attributed {
    /// The position of the sentence.
    pub(super) sentence: usize,
    /// The tokens of what is said.
    pub(super) content: Range<usize>,
    /// The tokens of who says it.
    pub(super) speaker: Option<Range<usize>>,
    /// The tokens that attribute it.
    pub(super) cue: Option<Range<usize>>,
    /// How it is said.
    pub(super) modality: Modality,
    /// The sources that it names.
    pub(super) sources: Vec<Source>,
}

impl Attributed {
    /// The places in the text; `None` if nothing is said.
    pub(super) fn spans(&self, document: &Document) -> Option<Attribution> {
        if self.content.is_empty() {
            return None;
        }
        Some(Attribution {
            content: document.span(self.content.clone()),
            speaker: self.speaker.clone().map(|tokens| document.span(tokens)),
            cue: self.cue.clone().map(|tokens| document.span(tokens)),
        })
    }
}

/// Finds the attributions of a text.
pub(super) fn find(document: &Document, pack: &Pack, expressions: &Expressions) -> Vec<Attributed> {
    let _ = (document, pack, expressions);
    Vec::new()
}
