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

/// The tokens that a frame attributes; empty where there are none.
pub(super) fn of(
    document: &Document,
    pack: &Pack,
    quotations: &[Range<usize>],
    sentence: &Range<usize>,
    frame: &Frame,
    next_frame: Option<usize>,
) -> Range<usize> {
    let is = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let Range { start: from, end: to } = frame.tokens.clone();
    let behind = to..next_frame.filter(|&next| next > to + 3).unwrap_or(sentence.end);
    let before = |place: Place| {
        let mut start = sentence.start;
        if let Some(quotation) = from.checked_sub(2).and_then(|at| quotations::around(quotations, at))
            && quotation.end + 2 >= from
            && quotation.end <= from
            && place == Place::Clause
            && quotation.start < start
        {
            start = quotation.start.max(start.saturating_sub(REACH));
        }
        start..from
    };
    let content = match frame.place {
        Place::Sentence => {
            let leads = from <= sentence.start + 2;
            let closes = to + 2 >= sentence.end;
            match (leads, closes) {
                (true, true) => 0..0,
                (true, false) => behind,
                (false, true) => before(Place::Clause),
                (false, false) => sentence.clone(),
            }
        }
        Place::Clause if follows(document, pack, sentence, from) => {
            let mut content = before(Place::Clause);
            // A quotation that goes on behind the frame: "…", said X, "…".
            if is_quoted(document, pack, content.clone())
                && let Some(more) = quotations::first_in(quotations, to..sentence.end)
            {
                content.end = more.end.min(to + REACH);
            }
            content
        }
        Place::Clause | Place::After => {
            let content = after(document, pack, quotations, behind);
            let speaker = frame.speaker.as_ref().map_or(frame.cue.start, |(speaker, _)| speaker.end);
            // "Both have denied such a deal": what is said stands within the frame.
            if content.len() <= 1 && speaker + 2 < frame.cue.start {
                speaker + 1..frame.cue.start
            } else {
                content
            }
        }
    };
    trim(content, |at| is(at, WellKnown::Comma) || is(at, WellKnown::Colon) || is(at, WellKnown::Dash))
}

/// Whether what stands before a frame is what it attributes: a comma, a dash or a quotation mark parts the two.
fn follows(document: &Document, pack: &Pack, sentence: &Range<usize>, from: usize) -> bool {
    let Some(last) = from.checked_sub(1).filter(|&last| last > sentence.start + 1) else { return false };
    let symbol = document.tokens[last].symbol;
    // The frame may itself begin with the comma.
    [WellKnown::Comma, WellKnown::QuoteMark, WellKnown::Dash, WellKnown::Terminal]
        .iter()
        .any(|&class| pack.has(symbol, class))
        || pack.has(document.tokens[from].symbol, WellKnown::Comma)
        || pack.has(document.tokens[from].symbol, WellKnown::QuoteMark)
}

fn is_quoted(document: &Document, pack: &Pack, tokens: Range<usize>) -> bool {
    tokens.rev().take(3).any(|at| pack.has(document.tokens[at].symbol, WellKnown::QuoteMark))
}

/// What is said behind a frame: after a colon, from the conjunction on, after a comma, or all of it.
fn after(
    document: &Document,
    pack: &Pack,
    quotations: &[Range<usize>],
    behind: Range<usize>,
) -> Range<usize> {
    let is = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let first = |class| behind.clone().find(|&at| is(at, class));
    let quotation = quotations::first_in(quotations, behind.clone());
    let colon = first(WellKnown::Colon);
    let conjunction = first(WellKnown::ContentClause);
    let comma = first(WellKnown::Comma);
    let start = match (colon, conjunction, comma, &quotation) {
        (Some(colon), ..) => colon + 1,
        (None, Some(conjunction), ..) => conjunction,
        (None, None, Some(comma), Some(quotation)) => quotation.start.min(comma + 1),
        (None, None, Some(comma), None) if pack.comma_before_content() && comma + 4 < behind.end => comma + 1,
        _ => behind.start,
    };
    let mut end = behind.end;
    if let Some(quotation) = quotation.filter(|quotation| quotation.end > end && quotation.start >= start) {
        end = quotation.end.min(end + REACH);
    }
    start.min(end)..end
}

/// A range without the tokens at its ends that are not part of it.
fn trim(mut range: Range<usize>, is: impl Fn(usize) -> bool) -> Range<usize> {
    while range.start < range.end && is(range.start) {
        range.start += 1;
    }
    while range.start < range.end && is(range.end - 1) {
        range.end -= 1;
    }
    range
}
