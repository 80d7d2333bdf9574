//! Where a sentence ends: a full stop, question or exclamation mark that is not part of an abbreviation, an ordinal, a
//! number or a quotation that goes on.

use std::ops::Range;

use super::{Shape, Token};
use crate::extract::language::{Pack, WellKnown};

/// Splits the tokens of a paragraph into sentences.
pub(super) fn split(
    tokens: &[Token],
    range: Range<usize>,
    pack: &Pack,
    mut sentence: impl FnMut(Range<usize>),
) {
    let mut start = range.start;
    let mut at = range.start;
    while at < range.end {
        let is_terminal = pack.has(tokens[at].symbol, WellKnown::Terminal);
        if let Some(end) = is_terminal.then(|| boundary(tokens, at, start, range.end, pack)).flatten() {
            sentence(start..end);
            start = end;
            at = end;
        } else {
            at += 1;
        }
    }
    if start < range.end {
        sentence(start..range.end);
    }
}

/// If a sentence that began at `start` ends with the mark at `at`, which can end one, the position behind it and what closes
/// with it.
fn boundary(tokens: &[Token], at: usize, start: usize, limit: usize, pack: &Pack) -> Option<usize> {
    let has = |token: usize, class| pack.has(tokens[token].symbol, class);
    let mut end = at + 1;
    while end < limit
        && tokens[end].glued
        && (has(end, WellKnown::Terminal) || closes(tokens, end, limit, pack))
    {
        end += 1;
    }
    if end == limit {
        return Some(end);
    }
    let next = &tokens[end];
    if next.glued {
        // "3.14", "U.S.", "example.org", and a full stop that a quotation mark was meant to follow.
        return None;
    }
    let follows = opening(tokens, end, limit, pack);
    if tokens[follows].shape == Shape::Lower && !pack.has(tokens[follows].symbol, WellKnown::SentenceStart) {
        return None;
    }
    if tokens[follows].shape == Shape::Mark
        && !has(follows, WellKnown::QuoteMark)
        && !has(follows, WellKnown::OpenBracket)
    {
        return (tokens[end].newlines > 0).then_some(end);
    }
    let full_stop = has(at, WellKnown::FullStop);
    if full_stop
        && end == at + 1
        && at > start
        && tokens[at].glued
        && !ends_after(tokens, at - 1, follows, pack)
    {
        return None;
    }
    Some(end)
}

/// Whether a full stop behind the token `before` ends the sentence, given the word that follows.
fn ends_after(tokens: &[Token], before: usize, follows: usize, pack: &Pack) -> bool {
    let starts =
        pack.has(tokens[follows].symbol, WellKnown::SentenceStart) && tokens[follows].shape.is_capital();
    let token = &tokens[before];
    match token.shape {
        Shape::Digits if pack.ordinal_full_stop() && token.end - token.start <= 3 => starts,
        Shape::Digits => true,
        Shape::Initial => starts,
        _ if pack.has(token.symbol, WellKnown::Title) => false,
        _ if pack.has(token.symbol, WellKnown::Abbreviation) => starts,
        // A Roman number as an ordinal: "Papst Johannes XXIII. reiste".
        Shape::Upper if pack.ordinal_full_stop() && pack.has(token.symbol, WellKnown::Roman) => starts,
        // A letter behind a full stop of its own: the end of "z.B." or "p.m.".
        Shape::Lower if token.end - token.start == 1 && before > 0 && token.glued => starts,
        _ => true,
    }
}

/// Whether a mark closes what the sentence opened: a bracket, or a quotation mark with nothing glued behind it.
fn closes(tokens: &[Token], at: usize, limit: usize, pack: &Pack) -> bool {
    let has = |class| pack.has(tokens[at].symbol, class);
    has(WellKnown::CloseBracket)
        || has(WellKnown::QuoteMark)
            && (at + 1 >= limit || !tokens[at + 1].glued || !tokens[at + 1].shape.is_word())
}

/// The first position from `at` that is no opening quotation mark or bracket.
fn opening(tokens: &[Token], at: usize, limit: usize, pack: &Pack) -> usize {
    let mut next = at;
    while next + 1 < limit
        && (pack.has(tokens[next].symbol, WellKnown::QuoteMark)
            || pack.has(tokens[next].symbol, WellKnown::OpenBracket))
        && tokens[next + 1].glued
    {
        next += 1;
    }
    next
}
