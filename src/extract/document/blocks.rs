//! The parts of an article: headings, running text, captions and what belongs to the page rather than to the article.

use std::ops::Range;

use super::{Shape, Token};
use crate::extract::{
    language::{Pack, WellKnown},
    pattern::Stream,
};

/// A stretch of text between line ends that mean something.
#[derive(Debug, Clone)]
pub(in crate::extract) struct Block {
    /// Its tokens, as positions in the document's.
    pub(in crate::extract) tokens: Range<usize>,
    /// What it is.
    pub(in crate::extract) kind: BlockKind,
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extract) enum BlockKind {
    /// Running text.
    Paragraph,
    /// A headline or a subhead.
    Heading,
    /// A caption, a photo credit, a byline, a call to subscribe: not the article's own statement.
    Aside,
}

/// A line shorter than this many code points was ended by its author, not by a line width.
const SOFT_WRAP: u32 = 60;
/// A block without a full stop longer than this many tokens is running text all the same.
const HEADING_TOKENS: usize = 28;

/// Divides the tokens of a text into blocks.
pub(super) fn divide(tokens: &[Token], pack: &Pack) -> Vec<Block> {
    let stream: Stream = tokens.iter().map(|token| token.symbol).collect();
    let aside = |at: usize| pack.document().fits(&stream, at..tokens.len().min(at + HEADING_TOKENS));
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut line_start = 0;
    for at in 1..=tokens.len() {
        let ends = at == tokens.len()
            || match tokens[at].newlines {
                0 => false,
                1 => {
                    let soft = tokens[at - 1].end - tokens[line_start].start >= SOFT_WRAP
                        && !ends_sentence(tokens, line_start..at, pack)
                        && !aside(at);
                    line_start = at;
                    !soft
                }
                _ => true,
            };
        if ends {
            let range = start..at;
            // A text that is a single line is what it is asked to be: running text.
            let only = start == 0 && at == tokens.len();
            let kind = if only {
                BlockKind::Paragraph
            } else {
                kind(tokens, range.clone(), pack, aside(range.start))
            };
            blocks.push(Block { tokens: range, kind });
            start = at;
            line_start = at;
        }
    }
    blocks.retain(|block| !block.tokens.is_empty());
    blocks
}

fn kind(tokens: &[Token], range: Range<usize>, pack: &Pack, aside: bool) -> BlockKind {
    if aside || is_credit(tokens, &range, pack) {
        BlockKind::Aside
    } else if range.len() <= HEADING_TOKENS && !ends_sentence(tokens, range.clone(), pack) {
        BlockKind::Heading
    } else {
        BlockKind::Paragraph
    }
}

/// Whether the last mark of a range that is no quotation mark or bracket ends a sentence.
fn ends_sentence(tokens: &[Token], mut range: Range<usize>, pack: &Pack) -> bool {
    while let Some(last) = range.next_back() {
        let has = |class| pack.has(tokens[last].symbol, class);
        if !has(WellKnown::QuoteMark) && !has(WellKnown::CloseBracket) {
            return has(WellKnown::Terminal) || has(WellKnown::Colon);
        }
    }
    false
}

/// A line of capitals and agency names in brackets at its end, such as "(APA/dpa/Name)", is a photo credit.
fn is_credit(tokens: &[Token], range: &Range<usize>, pack: &Pack) -> bool {
    if !pack.has(tokens[range.end - 1].symbol, WellKnown::CloseBracket) {
        return false;
    }
    let Some(open) = range.clone().rev().find(|&at| pack.has(tokens[at].symbol, WellKnown::OpenBracket))
    else {
        return false;
    };
    let inside = open + 1..range.end - 1;
    inside.len() <= 12
        && inside.clone().any(|at| pack.has(tokens[at].symbol, WellKnown::Slash))
        && inside.clone().any(|at| pack.has(tokens[at].symbol, WellKnown::Agency))
        && inside
            .clone()
            .all(|at| tokens[at].shape != Shape::Lower || pack.has(tokens[at].symbol, WellKnown::Agency))
}
