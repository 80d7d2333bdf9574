//! What stands beside a figure and qualifies it.

use std::ops::Range;

use compact_str::CompactString;

use crate::{
    claim::Bound,
    extract::{document::Document, language::Pack},
};

/// So many tokens on each side are looked at.
const REACH: usize = 5;

/// What the words around a figure say of it.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Whether they call it approximate.
    pub(super) approximate: bool,
    /// Whether they make it a bound.
    pub(super) bound: Option<Bound>,
    /// What is counted.
    pub(super) counted: CompactString,
}

/// Reads what stands before and behind the tokens of a figure.
pub(super) fn read(document: &Document, pack: &Pack, sentence: usize, figure: Range<usize>) -> Beside {
    let limits = document.sentences[sentence].tokens.clone();
    let mut beside = Beside::default();
    let mut end = figure.start;
    // "mehr als rund 300": each step takes in what stands right before.
    for _ in 0..2 {
        let start = limits.start.max(end.saturating_sub(REACH));
        let mut reaches = None;
        pack.beside().scan(&document.stream, start..end, |matched| {
            if matched.range.end == end {
                reaches = Some(matched);
            }
        });
        let Some(matched) = reaches else { break };
        match matched.pattern.definition.make.as_str() {
            "beside.approximate" => beside.approximate = true,
            "beside.lower" => beside.bound = Some(Bound::Lower),
            "beside.upper" => beside.bound = Some(Bound::Upper),
            _ => break,
        }
        end = matched.range.start;
    }
    let stop = limits.end.min(figure.end + REACH);
    pack.beside().scan(&document.stream, figure.end..stop, |matched| {
        if matched.range.start != figure.end {
            return;
        }
        match matched.pattern.definition.make.as_str() {
            "beside.lower_after" => beside.bound = Some(Bound::Lower),
            "beside.upper_after" => beside.bound = Some(Bound::Upper),
            "beside.counted" => {
                let noun = matched.part("noun").unwrap_or_else(|| matched.span());
                beside.counted = document.slice(noun).into();
            }
            _ => {}
        }
    });
    beside
}
