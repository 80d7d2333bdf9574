//! Frames: the words that attribute, with who speaks and who passes it on.

use std::ops::Range;

use super::phrases::{Kind, Phrases};
use crate::extract::language::Pack;

/// The words that attribute something, in one sentence.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// All of it.
    pub(super) tokens: Range<usize>,
    /// The verb or preposition.
    pub(super) cue: Range<usize>,
    /// Who speaks, without the article.
    pub(super) speaker: Option<(Range<usize>, Kind)>,
    /// Who passes it on.
    pub(super) relay: Option<Range<usize>>,
    /// Where what is said stands.
    pub(super) place: Place,
    /// Whether somebody takes a stance ("praised", "wants") rather than states something.
    pub(super) stance: bool,
}

/// Where the content of a frame stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The rest of the sentence, on whichever side.
    Sentence,
    /// A clause or quotation before the frame or behind it.
    Clause,
    /// What follows.
    After,
}

/// No more frames than this are taken of a sentence: more would let a hostile text take quadratic time.
const MOST: usize = 24;

/// Finds the frames of a sentence.
pub(super) fn find(pack: &Pack, phrases: &Phrases) -> Vec<Frame> {
    let mut frames = Vec::new();
    pack.attributions().scan(&phrases.stream, 0..phrases.len(), |matched| {
        if frames.len() >= MOST {
            return;
        }
        let span = matched.span();
        let place = match matched.constant("content") {
            Some("sentence") => Place::Sentence,
            Some("after") => Place::After,
            _ => Place::Clause,
        };
        let mut speaker = matched.part("speaker").map(|part| phrases.name(part));
        if speaker.is_none() && matched.constant("speaker") == Some("subject") {
            speaker = phrases.first();
        }
        frames.push(Frame {
            cue: phrases.tokens(matched.part("cue").unwrap_or_else(|| span.clone())),
            tokens: phrases.tokens(span),
            speaker,
            relay: matched.part("relay").map(|part| phrases.name(part).0),
            place,
            stance: matched.constant("stance").is_some(),
        });
    });
    frames
}
