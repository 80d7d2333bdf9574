//! The noun phrases of a sentence, each as one item: what can speak.

use std::ops::Range;

use crate::extract::{
    document::Document,
    expression::{Expressions, Items},
    language::{Pack, WellKnown},
    pattern::Stream,
};

/// A sentence in which each noun phrase, and each date and figure outside of one, counts as one item.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// The symbols of the items.
    pub(super) stream: Stream,
    items: Vec<Item>,
}

/// An item of a sentence.
#[derive(Debug)]
struct Item {
    tokens: Range<usize>,
    /// If it is a phrase, what kind of one, and where it begins without its article.
    phrase: Option<(Kind, usize)>,
}

/// What a phrase is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It names or describes somebody.
    Noun,
    /// It stands for somebody.
    Pronoun,
}

impl Phrases {
    /// The items of a sentence, given by its position; `None` where none of its words can attribute anything or tell how
    /// it is said.
    pub(super) fn of(
        document: &Document,
        pack: &Pack,
        expressions: &Expressions,
        sentence: usize,
    ) -> Option<Self> {
        let items = Items::of(document, pack, expressions, sentence);
        if !pack.attributions().may_fit(&items.stream) && !pack.modalities().may_fit(&items.stream) {
            return None;
        }
        let total = items.items.len();
        let mut phrases = Self { stream: Stream::with_capacity(total), items: Vec::with_capacity(total) };
        let mut at = 0;
        pack.phrases().scan(&items.stream, 0..total, |matched| {
            let span = matched.span();
            let class = matched.constant("class").unwrap_or_default();
            let Some(symbol) = pack.expression(class) else { return };
            phrases.copy(&items, at..span.start);
            let tokens = items.tokens(span.clone());
            let name = matched.part("determiner").map_or(span.start, |part| part.end);
            let kind = if class == "PRONOUN" { Kind::Pronoun } else { Kind::Noun };
            let begin = if name < span.end { items.tokens(name..span.end).start } else { tokens.start };
            phrases.stream.push(symbol);
            phrases.items.push(Item { tokens, phrase: Some((kind, begin)) });
            at = span.end;
        });
        phrases.copy(&items, at..total);
        Some(phrases)
    }

    fn copy(&mut self, items: &Items, range: Range<usize>) {
        for position in range {
            self.stream.push(items.stream.symbols()[position]);
            self.items.push(Item { tokens: items.items[position].0.clone(), phrase: None });
        }
    }

    /// The number of items.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The tokens of a range of items that is not empty.
    pub(super) fn tokens(&self, items: Range<usize>) -> Range<usize> {
        let end = items.end.max(items.start + 1) - 1;
        self.items[items.start].tokens.start..self.items[end].tokens.end
    }

    /// The tokens of a range of items that names somebody, without an article in front, and what the first phrase in it is.
    pub(super) fn name(&self, items: Range<usize>) -> (Range<usize>, Kind) {
        let tokens = self.tokens(items.clone());
        match self.items[items.start].phrase {
            Some((kind, begin)) => (begin.min(tokens.end.saturating_sub(1))..tokens.end, kind),
            None => (tokens, Kind::Noun),
        }
    }

    /// The first phrase that can be the subject of the sentence, outside of quotations.
    pub(super) fn first(&self, quotations: &[Range<usize>]) -> Option<(Range<usize>, Kind)> {
        self.items.iter().find_map(|item| {
            let (kind, begin) = item.phrase?;
            super::quotations::around(quotations, begin).is_none().then_some((begin..item.tokens.end, kind))
        })
    }

    /// Whether nothing but marks stands before an item.
    pub(super) fn is_opening(&self, document: &Document, pack: &Pack, item: usize) -> bool {
        self.items[..item].iter().all(|before| {
            before.phrase.is_none()
                && before.tokens.clone().all(|at| pack.has(document.tokens[at].symbol, WellKnown::QuoteMark))
        })
    }
}
