//! The parts of an article: headings, running text, captions and what belongs to the page rather than to the article.

use std::ops::Range;

use super::{Mark, Shape, Token, sentences};
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
    /// A caption, a photo credit, a byline, a dateline, a call to subscribe: not the article's own statement.
    Aside,
}

/// A line shorter than this many code points was ended by its author, not by a line width.
const SOFT_WRAP: u32 = 60;
/// A block without a full stop longer than this many tokens is running text all the same.
const HEADING_TOKENS: usize = 28;
/// The first line of a text with no more words than this, and no figure, is a headline even with a full stop.
const HEADLINE_WORDS: usize = 9;
/// A headline with more words, or with a figure, has neither an article nor an auxiliary: "Stocks rally as 3 banks cut
/// rates."
const LONG_HEADLINE_WORDS: usize = 14;
/// So many tokens must follow it.
const HEADLINE_TEXT: usize = 100;
/// A line with fewer words than this may have capitals by chance.
const TITLE_CASE_WORDS: usize = 4;
/// What stands before the running text of a block (a bullet, a time, a dateline) comes in at most so many pieces.
const MOST_LEADS: usize = 3;
/// A list of names has so many commas at least, and no more than one in so many words that is written otherwise than a name:
/// "de", "van".
const LISTED_COMMAS: usize = 4;
const LISTED_WORDS: usize = 8;
/// Behind a lead that stands in the same block, a dateline begins one of the first sentences.
const DATELINE_SENTENCES: usize = 4;

/// Divides the tokens of a text into blocks. `marks` are the parts whose kind is known, in order.
pub(super) fn divide(
    text: &str,
    tokens: &[Token],
    stream: &Stream,
    pack: &Pack,
    marks: &[Mark],
) -> Vec<Block> {
    let divider = Divider { text, tokens, pack, stream };
    let lines = divider.lines();
    let count = lines.len();
    let plain = marks.is_empty();
    // A headline that ends in a semicolon goes on in the next line.
    let mut goes_on = false;
    let mut marks = marks.iter().peekable();
    let mut blocks = Vec::with_capacity(count + 4);
    for (position, range) in lines.into_iter().enumerate() {
        let start = tokens[range.start].byte_start as usize;
        while marks.next_if(|mark| mark.bytes.end <= start).is_some() {}
        let marked = marks.peek().filter(|mark| mark.bytes.start <= start).map(|mark| mark.kind);
        // A text that is a single line is what it is asked to be: running text.
        let kind = match marked {
            Some(kind) => kind,
            None if count == 1 => BlockKind::Paragraph,
            None if plain && (position == 0 || goes_on) && divider.is_headline(&range, count) => {
                BlockKind::Heading
            }
            None => divider.kind(&range),
        };
        goes_on = kind == BlockKind::Heading && divider.ends_open(&range);
        match kind {
            BlockKind::Paragraph => divider.paragraph(range, position == 0, &mut blocks),
            _ => blocks.push(Block { tokens: range, kind }),
        }
    }
    divider.set_author_apart(&mut blocks);
    blocks
}

struct Divider<'a> {
    text: &'a str,
    tokens: &'a [Token],
    pack: &'a Pack,
    stream: &'a Stream,
}

impl Divider<'_> {
    /// The stretches between line ends that mean something.
    fn lines(&self) -> Vec<Range<usize>> {
        let mut lines = Vec::new();
        let (mut start, mut line_start) = (0, 0);
        for at in 1..=self.tokens.len() {
            let ends = at == self.tokens.len()
                || match self.tokens[at].newlines {
                    0 => false,
                    1 => {
                        let soft = self.tokens[at - 1].end - self.tokens[line_start].start >= SOFT_WRAP
                            && !self.ends_sentence(line_start..at)
                            && !self.breaks(at);
                        line_start = at;
                        !soft
                    }
                    _ => true,
                };
            if ends && start < at {
                lines.push(start..at);
                start = at;
                line_start = at;
            }
        }
        lines
    }

    /// What the pack's patterns make of the beginning of a range, and where it ends.
    fn begins(&self, range: &Range<usize>) -> Option<(Made, usize)> {
        let found = self.pack.document().first(self.stream, range.clone())?;
        let end = found.span().end;
        let made = match found.pattern.definition.make.as_str() {
            "document.dateline" => Made::Lead { inside: found.constant("inside").is_some() },
            // Such a pattern tells only of a line that it covers.
            _ if found.constant("whole").is_some() && !self.only_marks(end..range.end) => return None,
            _ if found.constant("last").is_some() => Made::Author,
            _ => Made::Aside,
        };
        Some((made, end))
    }

    /// Whether a line cannot go on from the one before.
    fn breaks(&self, at: usize) -> bool {
        let head = at..self.tokens.len().min(at + HEADING_TOKENS);
        self.begins(&head).is_some()
    }

    /// The last running text is no part of the article where it tells who wrote it: somebody of whom nothing was said.
    fn set_author_apart(&self, blocks: &mut [Block]) {
        let Some(last) = blocks.iter().rposition(|block| block.kind == BlockKind::Paragraph) else { return };
        let range = blocks[last].tokens.clone();
        let head = range.start..range.end.min(range.start + HEADING_TOKENS);
        let Some((Made::Author, name_end)) = self.begins(&head) else { return };
        let surname = self.tokens[name_end - 1].text(self.text);
        let is_new = !blocks[..last].iter().filter(|block| block.kind == BlockKind::Paragraph).any(|block| {
            self.tokens[block.tokens.clone()].iter().any(|token| token.text(self.text) == surname)
        });
        if is_new && last > 0 {
            blocks[last].kind = BlockKind::Aside;
        }
    }

    fn only_marks(&self, mut range: Range<usize>) -> bool {
        range.all(|at| self.tokens[at].shape == Shape::Mark)
    }

    fn kind(&self, range: &Range<usize>) -> BlockKind {
        let head = range.start..range.end.min(range.start + HEADING_TOKENS);
        if matches!(self.begins(&head), Some((Made::Aside, _)))
            || self.is_credit(range)
            || self.is_table_row(range)
            || self.is_list_of_names(range)
        {
            BlockKind::Aside
        } else if range.len() <= HEADING_TOKENS
            && (!self.ends_sentence(range.clone()) || self.has_title_case(range))
        {
            BlockKind::Heading
        } else {
            BlockKind::Paragraph
        }
    }

    /// Adds the running text of a block, and what stands before it: a bullet, the time of a ticker's entry, a dateline.
    fn paragraph(&self, range: Range<usize>, first: bool, blocks: &mut Vec<Block>) {
        let mut rest = range;
        for _ in 0..MOST_LEADS {
            let head = rest.start..rest.end.min(rest.start + HEADING_TOKENS);
            match self.begins(&head) {
                Some((Made::Lead { .. }, end)) if end < rest.end => {
                    blocks.push(Block { tokens: rest.start..end, kind: BlockKind::Aside });
                    rest.start = end;
                }
                _ => break,
            }
        }
        if first && let Some(dateline) = self.dateline_inside(&rest) {
            blocks.push(Block { tokens: rest.start..dateline.start, kind: BlockKind::Paragraph });
            rest.start = dateline.end;
            blocks.push(Block { tokens: dateline, kind: BlockKind::Aside });
        }
        blocks.push(Block { tokens: rest, kind: BlockKind::Paragraph });
    }

    /// A dateline behind a lead that stands in the same block.
    fn dateline_inside(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let head = range.start..range.end.min(range.start + DATELINE_SENTENCES * HEADING_TOKENS);
        let mut starts = Vec::with_capacity(DATELINE_SENTENCES);
        sentences::split(self.tokens, head, self.pack, |sentence| starts.push(sentence.start));
        starts.into_iter().skip(1).take(DATELINE_SENTENCES).find_map(|start| {
            let head = start..range.end.min(start + HEADING_TOKENS);
            match self.begins(&head) {
                Some((Made::Lead { inside: true }, end)) if end < range.end => Some(start..end),
                _ => None,
            }
        })
    }

    /// Whether the last mark of a range that is no quotation mark or bracket ends a sentence.
    fn ends_sentence(&self, mut range: Range<usize>) -> bool {
        while let Some(last) = range.next_back() {
            let has = |class| self.has(last, class);
            if !has(WellKnown::QuoteMark) && !has(WellKnown::CloseBracket) {
                return has(WellKnown::Terminal) || has(WellKnown::Colon);
            }
        }
        false
    }

    fn has(&self, at: usize, class: WellKnown) -> bool {
        self.pack.has(self.tokens[at].symbol, class)
    }

    fn words(&self, range: &Range<usize>) -> usize {
        range.clone().filter(|&at| self.tokens[at].shape.is_word() && !self.tokens[at].glued).count()
    }

    /// Whether a block at the head of several is a headline that was given a full stop: short, one sentence, and without
    /// a figure or without an article, an auxiliary and a past tense.
    fn is_headline(&self, range: &Range<usize>, blocks: usize) -> bool {
        let stands_apart = blocks > 2
            && range.end < self.tokens.len()
            && self.tokens[range.end].newlines > 1
            && range.len() <= 2 * LONG_HEADLINE_WORDS
            && self.tokens.len() - range.end >= HEADLINE_TEXT;
        if !stands_apart || self.has_several_sentences(range) {
            return false;
        }
        let has = |test: &dyn Fn(&Token) -> bool| self.tokens[range.clone()].iter().any(test);
        let words = self.words(range);
        words <= HEADLINE_WORDS && !has(&|token| token.shape == Shape::Digits)
            || words <= LONG_HEADLINE_WORDS
                && !has(&|token| {
                    self.pack.has(token.symbol, WellKnown::Article)
                        || self.pack.has(token.symbol, WellKnown::PastTense)
                        || self.pack.has(token.symbol, WellKnown::FiniteVerb)
                })
    }

    fn has_several_sentences(&self, range: &Range<usize>) -> bool {
        let mut sentences = 0;
        sentences::split(self.tokens, range.clone(), self.pack, |_| sentences += 1);
        sentences > 1
    }

    /// Whether a line ends in a semicolon.
    fn ends_open(&self, range: &Range<usize>) -> bool {
        self.tokens[range.end - 1].text(self.text) == ";"
    }

    /// Whether all words but those of closed classes have capitals: "Mayor Opens New Bridge Over the River".
    fn has_title_case(&self, range: &Range<usize>) -> bool {
        self.words(range) >= TITLE_CASE_WORDS
            && range.clone().all(|at| {
                let token = &self.tokens[at];
                token.shape != Shape::Lower
                    || token.glued
                    || self.has(at, WellKnown::Function) && !self.has(at, WellKnown::FiniteVerb)
            })
    }

    /// Whether a line has columns.
    fn is_table_row(&self, range: &Range<usize>) -> bool {
        let start = self.tokens[range.start].byte_start as usize;
        let end = self.tokens[range.end - 1].byte_end as usize;
        self.text[start..end].bytes().filter(|byte| matches!(byte, b'\t' | b'|')).count() > 1
    }

    /// Whether a block is names and numbers between commas: who played, who voted.
    fn is_list_of_names(&self, range: &Range<usize>) -> bool {
        let (mut words, mut others, mut commas) = (0, 0, 0);
        for at in range.clone() {
            let shape = self.tokens[at].shape;
            words += usize::from(shape.is_word());
            // A text in capitals alone is none.
            others += usize::from(matches!(shape, Shape::Lower | Shape::Upper));
            commas += usize::from(self.has(at, WellKnown::Comma));
        }
        commas >= LISTED_COMMAS && others * LISTED_WORDS <= words
    }

    /// A line of capitals and agency names in brackets at its end, such as "(APA/dpa/Name)", is a photo credit.
    fn is_credit(&self, range: &Range<usize>) -> bool {
        if !self.has(range.end - 1, WellKnown::CloseBracket) {
            return false;
        }
        let Some(open) = range.clone().rev().find(|&at| self.has(at, WellKnown::OpenBracket)) else {
            return false;
        };
        let inside = open + 1..range.end - 1;
        inside.len() <= 12
            && inside.clone().any(|at| self.has(at, WellKnown::Slash))
            && inside.clone().any(|at| self.has(at, WellKnown::Agency))
            && inside
                .clone()
                .all(|at| self.tokens[at].shape != Shape::Lower || self.has(at, WellKnown::Agency))
    }
}

/// What a pattern makes of the beginning of a block.
enum Made {
    /// The block is none of the article's own text.
    Aside,
    /// The block tells who wrote the article, if it is the last.
    Author,
    /// Running text follows; `inside`: the same may stand within a block.
    Lead { inside: bool },
}
