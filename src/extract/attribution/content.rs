//! What a frame attributes: the quotation, the clause or the sentence.

use std::ops::Range;

use super::{
    frames::{Frame, Place},
    quotations,
};
use crate::extract::{
    document::Document,
    language::{Pack, WellKnown},
};

/// A quotation is followed over so many tokens beyond the sentence of its frame; more would let hostile texts take
/// quadratic time.
const REACH: usize = 600;
/// What stands before a frame without a verb and is no longer than this tells when or where, not what.
const LONGEST_ADVERBIAL: usize = 12;
/// What stands behind a frame and is no longer than this is no clause.
const SHORTEST_CLAUSE: usize = 4;

/// A sentence in which the contents of frames are looked for.
#[derive(Clone, Copy)]
pub(super) struct Contents<'a, 't> {
    pub(super) document: &'a Document<'t>,
    pub(super) pack: &'a Pack,
    pub(super) quotations: &'a [Range<usize>],
}

impl Contents<'_, '_> {
    /// The tokens that a frame of a sentence attributes, given where the next frame begins; empty where there are none.
    pub(super) fn of(
        &self,
        sentence: &Range<usize>,
        frame: &Frame,
        next_frame: Option<usize>,
    ) -> Range<usize> {
        let Range { start: mut from, end: to } = frame.tokens.clone();
        // The marks that a frame begins with belong to what stands before it.
        while from + 1 < to && self.is(from, WellKnown::QuoteMark) {
            from += 1;
        }
        let content = match frame.place {
            Place::Nowhere => 0..0,
            Place::Sentence => {
                let part = self.part(sentence, &frame.tokens);
                let leads = from <= part.start + 2;
                let closes = to + 2 >= part.end;
                match (leads, closes) {
                    (true, true) => 0..0,
                    (true, false) => to..part.end,
                    (false, true) => self.before(sentence, &part, from),
                    (false, false) => part,
                }
            }
            Place::Clause if self.stands_before(sentence, from, to) => {
                let mut content = self.before(sentence, sentence, from);
                if self.is_quoted(content.clone()) {
                    // A quotation that goes on behind the frame: "…", said X, "…".
                    if let Some(more) = quotations::first_in(self.quotations, to..sentence.end) {
                        content.end = more.end.min(to + REACH);
                    }
                } else if self.is_enclosed(sentence, to) {
                    // The plant, said X, stays open.
                    content = self.part(sentence, &frame.tokens);
                }
                content
            }
            Place::Clause | Place::After => {
                let content = self.after(sentence, frame, next_frame);
                let speaker = frame.speaker.as_ref().map_or(frame.cue.start, |(speaker, _)| speaker.end);
                // "Both have denied such a deal": what is said stands within the frame.
                if content.len() <= 1 && speaker + 2 < frame.cue.start && !self.pack.comma_before_content() {
                    speaker + 1..frame.cue.start
                } else {
                    content
                }
            }
        };
        self.trim(content)
    }

    fn is(&self, at: usize, class: WellKnown) -> bool {
        self.pack.has(self.document.tokens[at].symbol, class)
    }

    fn has(&self, at: usize, class: &str) -> bool {
        self.pack.has_class(self.document.tokens[at].symbol, class)
    }

    /// The part of a sentence between semicolons that some of its tokens stand in.
    fn part(&self, sentence: &Range<usize>, tokens: &Range<usize>) -> Range<usize> {
        let semicolon = |at: &usize| self.document.word(*at) == ";";
        let start = (sentence.start..tokens.start).rev().find(semicolon).map_or(sentence.start, |at| at + 1);
        let end = (tokens.end..sentence.end).find(semicolon).unwrap_or(sentence.end);
        start..end
    }

    /// What stands before a frame, with all of a quotation that ends there and began in a sentence before.
    fn before(&self, sentence: &Range<usize>, part: &Range<usize>, from: usize) -> Range<usize> {
        let mut start = part.start;
        if let Some(quotation) =
            from.checked_sub(2).and_then(|at| quotations::around(self.quotations, at)).filter(|quotation| {
                quotation.end + 2 >= from && quotation.end <= from && quotation.start < sentence.start
            })
        {
            start = quotation.start.max(sentence.start.saturating_sub(REACH));
        }
        start..from
    }

    /// Whether what stands before a frame is what it attributes: a comma, a dash or a quotation mark parts the two, and it
    /// is no mere adverbial before a frame whose content follows.
    fn stands_before(&self, sentence: &Range<usize>, from: usize, to: usize) -> bool {
        let Some(last) = from.checked_sub(1).filter(|&last| last > sentence.start + 1) else { return false };
        let parts = |at: usize| {
            [WellKnown::Comma, WellKnown::QuoteMark, WellKnown::Dash, WellKnown::Terminal]
                .iter()
                .any(|&class| self.is(at, class))
        };
        // The frame may itself begin with the comma.
        if !parts(last) && !self.is(from, WellKnown::Comma) && !self.is(from, WellKnown::QuoteMark) {
            return false;
        }
        let before = sentence.start..from;
        if self.is_quoted(before.clone()) {
            return true;
        }
        if !self.pack.comma_before_content() && to < sentence.end && self.is(to, WellKnown::ContentClause) {
            return false;
        }
        let is_adverbial = before.len() <= LONGEST_ADVERBIAL
            && !before.clone().any(|at| self.is_verb(at) || self.has(at, "subjunctive"));
        !is_adverbial || !self.goes_on(sentence, to)
    }

    /// Whether what is said seems to follow a frame, rather than when and where it was said.
    fn goes_on(&self, sentence: &Range<usize>, to: usize) -> bool {
        if to + SHORTEST_CLAUSE > sentence.end {
            return false;
        }
        if self.is(to, WellKnown::ContentClause) || self.is(to, WellKnown::Colon) {
            return true;
        }
        if self.pack.comma_before_content() {
            (to..sentence.end - SHORTEST_CLAUSE)
                .any(|at| self.is(at, WellKnown::Comma) || self.is(at, WellKnown::Colon))
        } else {
            !self.is(to, WellKnown::Comma) && !self.has(to, "circumstance")
        }
    }

    /// Whether a frame stands between commas, with more of the same clause behind it.
    fn is_enclosed(&self, sentence: &Range<usize>, to: usize) -> bool {
        to + SHORTEST_CLAUSE < sentence.end
            && self.is(to, WellKnown::Comma)
            && !self.has(to + 1, "saying")
            && !self.is(to + 1, WellKnown::JoinsClause)
    }

    fn is_verb(&self, at: usize) -> bool {
        self.is(at, WellKnown::FiniteVerb)
            || self.is(at, WellKnown::PastTense) && !self.is(at, WellKnown::Function)
    }

    fn is_quoted(&self, tokens: Range<usize>) -> bool {
        tokens.rev().take(3).any(|at| self.is(at, WellKnown::QuoteMark))
    }

    /// What is said behind a frame: after a colon, from the conjunction on, after a comma, or all of it.
    fn after(&self, sentence: &Range<usize>, frame: &Frame, next_frame: Option<usize>) -> Range<usize> {
        let to = frame.tokens.end;
        let next = next_frame.filter(|&next| next > to + 3 && self.begins_clause(next));
        let behind = to..next.unwrap_or(sentence.end);
        let first = |class| behind.clone().find(|&at| self.is(at, class));
        let quotation = quotations::first_in(self.quotations, behind.clone());
        let colon = first(WellKnown::Colon);
        let conjunction = first(WellKnown::ContentClause).filter(|&at| self.joins(to..at, frame));
        let comma = first(WellKnown::Comma);
        let commas = self.pack.comma_before_content();
        let start = match (colon, conjunction, comma, &quotation) {
            (Some(colon), ..) if colon + 1 < behind.end => colon + 1,
            (_, Some(conjunction), ..) => conjunction,
            (_, None, Some(comma), Some(quotation)) => quotation.start.min(comma + 1),
            (_, None, None, Some(quotation)) if commas => quotation.start,
            (_, None, Some(comma), None) if commas && comma + SHORTEST_CLAUSE < behind.end => comma + 1,
            // Where a comma parts a clause from its verb, and there is none, an object is what is said, and it may stand
            // on either side.
            _ if commas => return sentence.start..self.end(behind, sentence),
            _ => behind.start,
        };
        let mut end = self.end(start.max(to)..behind.end, sentence);
        if let Some(quotation) = quotation.filter(|quotation| quotation.end > end && quotation.start >= start)
        {
            end = quotation.end.min(end + REACH);
        }
        start.min(end)..end
    }

    /// Whether a conjunction behind a frame belongs to it: nothing between the two is a clause of its own.
    fn joins(&self, between: Range<usize>, frame: &Frame) -> bool {
        if self.pack.comma_before_content() {
            return true;
        }
        !frame.stance
            && between.len() <= LONGEST_ADVERBIAL
            && !between
                .clone()
                .any(|at| self.is_verb(at) || self.is(at, WellKnown::Comma) || self.has(at, "person_pronoun"))
            || frame.stance && between.is_empty()
    }

    /// Whether a frame begins a clause of its own beside what is said before it: behind a comma or a conjunction.
    fn begins_clause(&self, from: usize) -> bool {
        self.is(from, WellKnown::Comma)
            || from.checked_sub(1).is_some_and(|at| {
                self.is(at, WellKnown::JoinsClause)
                    || self.pack.comma_before_content() && self.is(at, WellKnown::Comma)
            })
    }

    /// Where what is said ends: before a clause that the reporter adds.
    fn end(&self, range: Range<usize>, sentence: &Range<usize>) -> usize {
        let ends = |&at: &usize| {
            self.is(at, WellKnown::Comma)
                && at + 1 < sentence.end
                && self.is(at + 1, WellKnown::JoinsClause)
                && quotations::around(self.quotations, at).is_none()
        };
        range.clone().skip(SHORTEST_CLAUSE).find(ends).unwrap_or(range.end)
    }

    /// A range without the tokens at its ends that are not part of it.
    fn trim(&self, mut range: Range<usize>) -> Range<usize> {
        let is = |at: usize| {
            [WellKnown::Comma, WellKnown::Colon, WellKnown::Dash].iter().any(|&class| self.is(at, class))
        };
        while range.start < range.end && is(range.start) {
            range.start += 1;
        }
        while range.start < range.end && (is(range.end - 1) || self.is(range.end - 1, WellKnown::JoinsClause))
        {
            range.end -= 1;
        }
        range
    }
}
