//! What stands between quotation marks.

use std::ops::Range;

use crate::extract::{
    document::{BlockKind, Document},
    language::{Pack, WellKnown},
};

/// A quotation is not followed over more tokens than this where its end is missing.
const LONGEST: usize = 1200;

/// The quotations of a text, in its order; they do not overlap. Each includes its marks. A mark that is never closed
/// quotes up to the end of its paragraph, as where a quotation goes on in the next; or up to the sentence that opens
/// another quotation behind a comma or a colon, where it was forgotten.
pub(super) fn find(document: &Document, pack: &Pack) -> Vec<Range<usize>> {
    let tokens = &document.tokens;
    let mut found = Vec::new();
    for block in document.blocks.iter().filter(|block| block.kind != BlockKind::Aside) {
        let range = block.tokens.clone();
        let mut open: Option<usize> = None;
        // Whether a mark of another kind stands open within: "as “Time” wrote".
        let mut inner = false;
        for at in range.clone() {
            if !pack.has(tokens[at].symbol, WellKnown::Quotation) {
                continue;
            }
            // A mark that touches what follows and not what stands before opens, the other way round it closes.
            let before = at > range.start && tokens[at].glued && !opens_before(document, pack, at - 1);
            let after = at + 1 < range.end && tokens[at + 1].glued && tokens[at + 1].shape.is_word();
            match open {
                Some(start) if before || !after => {
                    if std::mem::take(&mut inner) {
                        continue;
                    }
                    found.push(start..at + 1);
                    open = None;
                }
                Some(start) => match forgotten(document, pack, start..at) {
                    Some(end) => {
                        found.push(start..end);
                        open = Some(at);
                    }
                    None => inner = document.word(start) != document.word(at),
                },
                None if !before || after => open = Some(at),
                None => {}
            }
        }
        if let Some(start) = open {
            found.push(start..range.end.min(start + LONGEST));
        }
    }
    found
}

/// Where a quotation ends that was not closed before another is opened behind a comma or a colon: "I go. He said: "I stay."
/// That is where the sentence before ends; `None` where the other is part of the first.
fn forgotten(document: &Document, pack: &Pack, quotation: Range<usize>) -> Option<usize> {
    let has = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let last = quotation.end.checked_sub(1).filter(|&last| last > quotation.start)?;
    if !has(last, WellKnown::Comma) && !has(last, WellKnown::Colon)
        || document.word(quotation.start) != document.word(quotation.end)
    {
        return None;
    }
    let sentences = &document.sentences;
    let sentence = &sentences[sentences.partition_point(|sentence| sentence.tokens.end <= last)].tokens;
    (sentence.start > quotation.start).then_some(sentence.start)
}

fn opens_before(document: &Document, pack: &Pack, at: usize) -> bool {
    let symbol = document.tokens[at].symbol;
    pack.has(symbol, WellKnown::OpenBracket)
        || pack.has(symbol, WellKnown::Dash)
        || pack.has(symbol, WellKnown::QuoteMark)
}

/// The quotation that a token stands in.
pub(super) fn around(quotations: &[Range<usize>], token: usize) -> Option<Range<usize>> {
    let at = quotations.partition_point(|quotation| quotation.end <= token);
    quotations.get(at).filter(|quotation| quotation.contains(&token)).cloned()
}

/// The share of a range of tokens that stands in quotations.
pub(super) fn share(quotations: &[Range<usize>], tokens: Range<usize>) -> f64 {
    let from = quotations.partition_point(|quotation| quotation.end <= tokens.start);
    let inside = quotations[from..].iter().take_while(|quotation| quotation.start < tokens.end);
    let inside = inside.map(|quotation| quotation.end.min(tokens.end) - quotation.start.max(tokens.start));
    let count = |tokens: usize| f64::from(u32::try_from(tokens).unwrap_or(u32::MAX));
    count(inside.sum()) / count(tokens.len().max(1))
}

/// The first quotation that begins within a range of tokens.
pub(super) fn first_in(quotations: &[Range<usize>], tokens: Range<usize>) -> Option<Range<usize>> {
    let at = quotations.partition_point(|quotation| quotation.start < tokens.start);
    quotations.get(at).filter(|quotation| quotation.start < tokens.end).cloned()
}
