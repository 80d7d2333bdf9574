//! Frames: the words that attribute, with who speaks and who passes it on.

use std::ops::Range;

use super::phrases::{Kind, Phrases};
use crate::extract::{document::Document, language::Pack};

/// The words that attribute something, in one sentence.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// All of it.
    pub(super) tokens: Range<usize>,
    /// The verb or preposition.
    pub(super) cue: Range<usize>,
    /// Who speaks, without the article.
    pub(super) speaker: Option<(Range<usize>, Kind)>,
    /// The pronoun that stands for the speaker in a relative clause: "who said".
    relative: Option<Range<usize>>,
    /// Who passes it on.
    pub(super) relay: Option<Range<usize>>,
    /// Where what is said stands.
    pub(super) place: Place,
    /// Whether somebody takes a stance ("praised", "wants") rather than states something.
    pub(super) stance: bool,
    /// Whether nobody is said to speak, not even who spoke before: "it is believed that …".
    pub(super) nobody: bool,
    /// Whether it names a survey, which speaks only where the sentence tells results of it.
    pub(super) survey: bool,
}

impl Frame {
    /// The tokens of who speaks, with the pronoun of a relative clause.
    pub(super) fn subject(&self) -> Option<Range<usize>> {
        let Some((speaker, _)) = self.speaker.as_ref() else { return self.relative.clone() };
        let end = self.relative.as_ref().map_or(speaker.end, |relative| relative.end.max(speaker.end));
        Some(speaker.start..end)
    }
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
    /// Nowhere: the frame only tells who passes on what another attributes.
    Nowhere,
}

/// No more frames than this are taken of a sentence: more would let a hostile text take quadratic time.
const MOST: usize = 24;

/// Finds the frames of a sentence.
pub(super) fn find(
    document: &Document,
    pack: &Pack,
    quotations: &[Range<usize>],
    phrases: &Phrases,
) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    pack.attributions().scan(&phrases.stream, 0..phrases.len(), |matched| {
        if frames.len() >= MOST {
            return;
        }
        let span = matched.span();
        // "Smith: It was late" names a speaker only where a sentence begins.
        if matched.constant("at") == Some("start") && !phrases.is_opening(document, pack, span.start) {
            return;
        }
        let place = match matched.constant("content") {
            Some("sentence") => Place::Sentence,
            Some("after") => Place::After,
            Some("none") => Place::Nowhere,
            _ => Place::Clause,
        };
        let mut speaker = matched.part("speaker").map(|part| phrases.name(part));
        if speaker.is_none() && matched.constant("speaker") == Some("subject") {
            // Who spoke in the frame before goes on: "X said …, adding that …".
            speaker = frames
                .iter()
                .rev()
                .find_map(|frame| frame.speaker.clone())
                .or_else(|| phrases.first(quotations));
        }
        frames.push(Frame {
            cue: phrases.tokens(matched.part("cue").unwrap_or_else(|| span.clone())),
            tokens: phrases.tokens(span),
            speaker,
            relative: matched.part("relative").map(|part| phrases.tokens(part)),
            relay: matched.part("relay").map(|part| phrases.name(part).0),
            place,
            stance: matched.constant("stance").is_some(),
            nobody: matched.constant("speaker") == Some("none"),
            survey: matched.constant("survey").is_some(),
        });
    });
    frames
}
