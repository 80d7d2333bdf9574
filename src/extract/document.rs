//! A text as blocks, sentences and tokens, each with its place in code points.

mod blocks;
mod sentences;
mod tokens;

use std::ops::Range;

pub(super) use blocks::{Block, BlockKind};
pub(super) use tokens::{Shape, Token};

use super::{language::Pack, pattern::Stream, worthiness::WordGrams};
use crate::claim::Span;

/// A text as blocks, sentences and tokens.
pub(super) struct Document<'t> {
    /// The text, as sent.
    pub(super) text: &'t str,
    /// All tokens, in the order of the text.
    pub(super) tokens: Vec<Token>,
    /// The symbols of the tokens.
    pub(super) stream: Stream,
    /// For each token, its n-grams.
    pub(super) grams: Vec<WordGrams>,
    /// The blocks, in the order of the text; each token is in exactly one.
    pub(super) blocks: Vec<Block>,
    /// The sentences, in the order of the text; each token is in exactly one.
    pub(super) sentences: Vec<Sentence>,
}

/// A sentence, or the whole of a block that is none (a heading, a caption).
#[derive(Debug)]
pub(super) struct Sentence {
    /// Its tokens, as positions in the document's.
    pub(super) tokens: Range<usize>,
    /// The position of its block in the document's.
    pub(super) block: usize,
}

/// Memory that texts are read into one after the other.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    tokens: Vec<Token>,
    stream: Stream,
    grams: Vec<WordGrams>,
    sentences: Vec<Sentence>,
}

/// A part of a text whose kind its markup tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    /// Its place.
    pub(super) bytes: Range<usize>,
    /// What it is.
    pub(super) kind: BlockKind,
}

impl<'t> Document<'t> {
    /// Reads a text with a language's pack, in time linear in its length. `marks` are the parts whose kind is known, in
    /// the order of the text.
    pub(super) fn read(text: &'t str, pack: &Pack, marks: &[Mark]) -> Self {
        let Buffers { mut tokens, mut stream, mut grams, mut sentences } = pack.buffers().take();
        tokens::tokenize(text, pack, &mut tokens, &mut stream, &mut grams);
        let blocks = blocks::divide(text, &tokens, &stream, pack, marks);
        sentences.clear();
        for (block, of) in blocks.iter().enumerate() {
            if of.kind == BlockKind::Paragraph {
                sentences::split(&tokens, of.tokens.clone(), pack, |tokens| {
                    sentences.push(Sentence { tokens, block })
                });
            } else if !of.tokens.is_empty() {
                sentences.push(Sentence { tokens: of.tokens.clone(), block });
            }
        }
        Self { text, tokens, stream, grams, blocks, sentences }
    }

    /// Leaves the memory that it was read into for the next text: it is at hand, where new memory would have to be fetched.
    pub(super) fn leave(self, pack: &Pack) {
        let Self { tokens, stream, grams, sentences, .. } = self;
        pack.buffers().replace(Buffers { tokens, stream, grams, sentences });
    }

    /// The span of a range of tokens that is not empty.
    pub(super) fn span(&self, tokens: Range<usize>) -> Span {
        let end = tokens.end.max(tokens.start + 1) - 1;
        Span::new(self.tokens[tokens.start].start, self.tokens[end].end)
    }

    /// The text of a range of tokens that is not empty.
    pub(super) fn slice(&self, tokens: Range<usize>) -> &'t str {
        let end = tokens.end.max(tokens.start + 1) - 1;
        &self.text[self.tokens[tokens.start].byte_start as usize..self.tokens[end].byte_end as usize]
    }

    /// The text of one token.
    pub(super) fn word(&self, token: usize) -> &'t str {
        self.tokens[token].text(self.text)
    }
}
