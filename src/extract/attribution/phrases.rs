//! The noun phrases of a sentence, each as one item: what can speak.

use std::ops::Range;

use crate::extract::{
    document::Document,
    expression::{Expressions, Items, short},
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
#[derive(Debug, Clone, Copy)]
struct Item {
    start: u32,
    end: u32,
    /// Where it begins without its article, if it is a phrase.
    name: u32,
    /// If it is a phrase, what kind of one.
    phrase: Option<Kind>,
}

impl Item {
    fn tokens(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
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
    /// Takes the items of a sentence in, given by its position, instead of those of another; `false` where none of its words
    /// can attribute anything or tell how it is said. `items` is room to work in.
    pub(super) fn read(
        &mut self,
        document: &Document,
        pack: &Pack,
        expressions: &Expressions,
        sentence: usize,
        items: &mut Items,
    ) -> bool {
        items.read(document, pack, expressions, sentence);
        let symbols = items.stream.symbols();
        if !pack.attributions().may_fit(symbols) && !pack.modalities().may_fit(symbols) {
            return false;
        }
        self.stream.clear();
        self.items.clear();
        let total = items.len();
        let mut at = 0;
        let pronoun = pack.pronoun();
        pack.phrases().scan(&items.stream, 0..total, |matched| {
            let span = matched.span();
            let Some(symbol) = matched.pattern.symbol else { return };
            self.copy(items, at..span.start);
            let tokens = items.tokens(span.clone());
            let name = matched.part("determiner").map_or(span.start, |part| part.end);
            let kind = if pronoun == Some(symbol) { Kind::Pronoun } else { Kind::Noun };
            let begin = if name < span.end { items.tokens(name..span.end).start } else { tokens.start };
            self.stream.push(symbol);
            let (start, end) = (short(tokens.start), short(tokens.end));
            self.items.push(Item { start, end, name: short(begin), phrase: Some(kind) });
            at = span.end;
        });
        self.copy(items, at..total);
        true
    }

    fn copy(&mut self, items: &Items, range: Range<usize>) {
        self.stream.extend(&items.stream.symbols()[range.clone()]);
        self.items.extend(range.map(|position| {
            let tokens = items.tokens(position..position + 1);
            Item { start: short(tokens.start), end: short(tokens.end), name: 0, phrase: None }
        }));
    }

    /// The number of items.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The tokens of a range of items that is not empty.
    pub(super) fn tokens(&self, items: Range<usize>) -> Range<usize> {
        let end = items.end.max(items.start + 1) - 1;
        self.items[items.start].start as usize..self.items[end].end as usize
    }

    /// The tokens of a range of items that names somebody, without an article in front, and what the first phrase in it is.
    pub(super) fn name(&self, items: Range<usize>) -> (Range<usize>, Kind) {
        let tokens = self.tokens(items.clone());
        let first = self.items[items.start];
        match first.phrase {
            Some(kind) => ((first.name as usize).min(tokens.end.saturating_sub(1))..tokens.end, kind),
            None => (tokens, Kind::Noun),
        }
    }

    /// The first phrase that can be the subject of the sentence, outside of quotations.
    pub(super) fn first(&self, quotations: &[Range<usize>]) -> Option<(Range<usize>, Kind)> {
        self.items.iter().find_map(|item| {
            let (kind, begin) = (item.phrase?, item.name as usize);
            super::quotations::around(quotations, begin).is_none().then_some((begin..item.end as usize, kind))
        })
    }

    /// Whether nothing but marks stands before an item.
    pub(super) fn is_opening(&self, document: &Document, pack: &Pack, item: usize) -> bool {
        self.items[..item].iter().all(|before| {
            before.phrase.is_none()
                && before.tokens().all(|at| pack.has(document.tokens[at].symbol, WellKnown::QuoteMark))
        })
    }
}
