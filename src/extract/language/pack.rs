//! A pack at work on one text, with what was learnt of it before.

use std::{
    cell::{RefCell, RefMut},
    ops::Range,
};

use compact_str::CompactString;
use rust_decimal::Decimal;

use super::{
    compiled::{Compiled, expression_class},
    lexicon::fold,
    numerals::Part,
    well_known::WellKnown,
    words::{KnownWord, Words},
};
use crate::{
    claim::PointValue,
    extract::{
        document::{Buffers, Document, Shape},
        pattern::{Known, Matcher, Symbol},
        worthiness::Model,
    },
};

/// All that is known of a language, and what has been learnt of it by using it.
pub(in crate::extract) struct Pack {
    compiled: &'static Compiled,
    memory: Box<Memory>,
}

/// What one thread after the other learns of a pack by using it.
#[derive(Debug, Default)]
pub(super) struct Memory {
    buffers: RefCell<Buffers>,
    words: RefCell<Words>,
    layers: Vec<RefCell<Known>>,
}

impl Drop for Pack {
    fn drop(&mut self) {
        // A memory that a panic has left half-written is lost.
        if !std::thread::panicking() {
            self.compiled.memories.give(std::mem::take(&mut self.memory));
        }
    }
}

impl Pack {
    /// A pack for one text.
    pub(super) fn of(compiled: &'static Compiled) -> Self {
        let mut memory = compiled.memories.take().unwrap_or_default();
        memory.layers.resize_with(compiled.layers.len(), RefCell::default);
        Self { compiled, memory }
    }

    fn layer(&self, position: usize) -> Matcher<'_> {
        self.compiled.layers[position].with(&self.memory.layers[position])
    }

    /// Memory to read a text into.
    pub(in crate::extract) fn buffers(&self) -> &RefCell<Buffers> {
        &self.memory.buffers
    }

    /// The words that were looked up last.
    pub(in crate::extract) fn words(&self) -> RefMut<'_, Words> {
        self.memory.words.borrow_mut()
    }

    /// ISO 639-1 code of the language.
    pub(in crate::extract) fn code(&self) -> &str {
        &self.compiled.code
    }

    /// Whether a full stop behind digits makes an ordinal.
    pub(in crate::extract) fn ordinal_full_stop(&self) -> bool {
        self.compiled.settings.ordinal_full_stop
    }

    /// Whether a comma parts what is said from who says it: "He says, it is so".
    pub(in crate::extract) fn comma_before_content(&self) -> bool {
        self.compiled.settings.comma_before_content
    }

    /// Patterns over the beginnings of blocks.
    pub(in crate::extract) fn document(&self) -> Matcher<'_> {
        self.layer(0)
    }

    /// Patterns of dates and figures, over tokens.
    pub(in crate::extract) fn points(&self) -> Matcher<'_> {
        self.layer(1)
    }

    /// Patterns of records, over tokens and whole dates and figures.
    pub(in crate::extract) fn records(&self) -> Matcher<'_> {
        self.layer(2)
    }

    /// Patterns of attributions, likewise.
    pub(in crate::extract) fn attributions(&self) -> Matcher<'_> {
        self.layer(4)
    }

    /// Patterns of noun phrases, which the attributions are made of, over tokens and whole dates and figures.
    pub(in crate::extract) fn phrases(&self) -> Matcher<'_> {
        self.layer(3)
    }

    /// Patterns that tell how a sentence is said, over tokens and phrases.
    pub(in crate::extract) fn modalities(&self) -> Matcher<'_> {
        self.layer(5)
    }

    /// What tells claims, and how much a check of them is worth.
    pub(in crate::extract) fn worthiness(&self) -> &Model {
        &self.compiled.worthiness
    }

    /// Patterns of what stands beside a figure and qualifies it, over tokens.
    pub(in crate::extract) fn beside(&self) -> Matcher<'_> {
        self.layer(6)
    }

    /// Patterns of figures and dates that a sentence relates to each other, over tokens and whole dates and figures.
    pub(in crate::extract) fn relations(&self) -> Matcher<'_> {
        self.layer(7)
    }

    /// Patterns of dates that only those who make appointments write, over tokens.
    pub(in crate::extract) fn appointments(&self) -> Matcher<'_> {
        self.layer(8)
    }

    /// The symbol that stands for a whole expression of a value.
    pub(in crate::extract) fn expression(&self, value: &PointValue) -> Option<Symbol> {
        self.compiled.expressions.get(expression_class(value)).copied()
    }

    /// The symbol of a pronoun as a phrase.
    pub(in crate::extract) fn pronoun(&self) -> Option<Symbol> {
        self.compiled.pronoun
    }

    /// What is known of the word in a range of a text.
    pub(in crate::extract) fn known(
        &self,
        text: &str,
        word: Range<usize>,
        shape: Shape,
        words: &mut Words,
    ) -> KnownWord {
        words.known(text, word, shape, |word, folded| KnownWord {
            symbols: self.compiled.lexicon.symbols(word, shape, folded, &self.compiled.numerals),
            grams: self.compiled.worthiness.grams(word, shape),
        })
    }

    /// Whether a word is in the lexicon only as it is written with a capital.
    pub(in crate::extract) fn needs_capital(&self, word: &str, folded: &mut CompactString) -> bool {
        self.compiled.lexicon.needs_capital(word, folded)
    }

    /// Whether a symbol has a class.
    pub(in crate::extract) fn has(&self, symbol: Symbol, class: WellKnown) -> bool {
        self.well_known(symbol) >> class as u32 & 1 == 1
    }

    /// The well-known classes of a symbol, a bit for each by its position in [`WellKnown`].
    pub(in crate::extract) fn well_known(&self, symbol: Symbol) -> u64 {
        self.compiled.well_known[symbol.index()]
    }

    /// The well-known classes that some of a range of tokens have, a bit for each.
    pub(in crate::extract) fn any_well_known(&self, document: &Document, tokens: Range<usize>) -> u64 {
        let symbols = &document.stream.symbols()[tokens];
        symbols.iter().fold(0, |classes, &symbol| classes | self.well_known(symbol))
    }

    /// Whether a symbol has the class of a name; `false` where the pack has no such class.
    pub(in crate::extract) fn has_class(&self, symbol: Symbol, class: &str) -> bool {
        self.compiled.alphabet.class(class).is_some_and(|class| self.compiled.alphabet.has(symbol, class))
    }

    /// Whether some of a range of tokens have the class of a name.
    pub(in crate::extract) fn any_has(&self, document: &Document, tokens: Range<usize>, class: &str) -> bool {
        let symbols = &document.stream.symbols()[tokens];
        self.compiled
            .alphabet
            .class(class)
            .is_some_and(|class| symbols.iter().any(|&symbol| self.compiled.alphabet.has(symbol, class)))
    }

    /// The value that a word has in a class, if it has the class.
    pub(in crate::extract) fn value(&self, word: &str, class: &str) -> Option<&str> {
        self.compiled.lexicon.value(word, self.compiled.alphabet.class(class)?, &self.compiled.numerals)
    }

    /// The value that the first word of a range with that class has in it.
    pub(in crate::extract) fn value_in(
        &self,
        document: &Document,
        tokens: Range<usize>,
        class: &str,
    ) -> Option<&str> {
        let class = self.compiled.alphabet.class(class)?;
        let symbols = document.stream.symbols();
        tokens.filter(|&token| self.compiled.alphabet.has(symbols[token], class)).find_map(|token| {
            self.compiled.lexicon.value(document.word(token), class, &self.compiled.numerals)
        })
    }

    /// The number that a range of tokens is as a whole, in digits, words or both. A word that begins with a number
    /// ("zweitägig") counts with that number. `None` where it is none, or one that a decimal of 28 digits cannot hold.
    pub(in crate::extract) fn number(&self, document: &Document, tokens: Range<usize>) -> Option<Decimal> {
        let mut sum = self.compiled.numerals.sum();
        let mut folded = CompactString::default();
        let mut negative = false;
        let mut at = tokens.start;
        while at < tokens.end {
            let token = &document.tokens[at];
            let word = document.word(at);
            if token.shape == Shape::Digits {
                let (value, end) = self.digits(document, at..tokens.end)?;
                sum.add(Part::Count(value))?;
                at = end;
                continue;
            }
            fold(word, &mut folded);
            if let Some(part) = self.compiled.numerals.part(&folded) {
                sum.add(part)?;
            } else if let Some(value) = self.compiled.numerals.read(&folded) {
                sum.add(Part::Count(value))?;
            } else if let Some(value) = self
                .compiled
                .lexicon
                .stem(&folded, &self.compiled.numerals)
                .and_then(|stem| self.compiled.numerals.read(stem))
            {
                sum.add(Part::Count(value))?;
            } else if at == tokens.start && matches!(word, "-" | "−" | "–") {
                negative = true;
            }
            at += 1;
        }
        sum.finish().map(|value| if negative { -value } else { value })
    }

    /// The number in digits at the beginning of a range, with its group and decimal marks, and where it ends.
    fn digits(&self, document: &Document, tokens: Range<usize>) -> Option<(Decimal, usize)> {
        let mut digits = CompactString::new(document.word(tokens.start));
        // What comes before groups of three is no longer than a group itself.
        let grouped = digits.len() <= 3;
        let mut at = tokens.start + 1;
        let mut decimals = false;
        let mut group = None;
        while at + 1 < tokens.end {
            let (mark, next) = (document.word(at), at + 1);
            let token = &document.tokens[next];
            // A space between groups is no token: the groups then stand side by side.
            if !document.tokens[at].glued || !token.glued || token.shape != Shape::Digits || decimals {
                break;
            }
            let length = document.word(next).len();
            let mut marks = mark.chars();
            // "12,34,567": groups of two, with more behind them.
            let pair = length == 2
                && at + 3 < tokens.end
                && document.tokens[at + 2].glued
                && document.tokens[at + 3].shape == Shape::Digits;
            match (marks.next(), marks.next()) {
                (Some(mark), None)
                    if (length == 3 || pair)
                        && grouped
                        && self.compiled.settings.group_marks.contains(mark) =>
                {
                    group = Some(mark);
                }
                // "1'234.50": where another mark groups, this one is the decimal mark.
                (Some(mark), None)
                    if self.compiled.settings.group_marks.contains(mark)
                        && group.is_some_and(|group| group != mark) =>
                {
                    digits.push('.');
                    decimals = true;
                }
                // "5.7 Milliarden": too few digits for a group.
                (Some(mark), None)
                    if mark == self.compiled.settings.decimal_mark
                        || length < 3
                            && group.is_none()
                            && self.compiled.settings.group_marks.contains(mark) =>
                {
                    digits.push('.');
                    decimals = true;
                }
                _ => break,
            }
            digits.push_str(document.word(next));
            at += 2;
        }
        while grouped && !decimals && at < tokens.end && digits.len() <= 12 {
            let token = &document.tokens[at];
            if token.shape != Shape::Digits || token.glued || token.end - token.start != 3 {
                break;
            }
            digits.push_str(document.word(at));
            at += 1;
        }
        let is_mark = |at: usize| document.word(at).chars().eq([self.compiled.settings.decimal_mark]);
        if !decimals && at > tokens.start + 1 && at + 1 < tokens.end && is_mark(at) {
            let next = &document.tokens[at + 1];
            if document.tokens[at].glued && next.glued && next.shape == Shape::Digits {
                digits.push('.');
                digits.push_str(document.word(at + 1));
                at += 2;
            }
        }
        // Most numbers are few digits and nothing else.
        let value = if at == tokens.start + 1 { digits.parse::<u64>().ok().map(Decimal::from) } else { None };
        value.or_else(|| digits.parse().ok()).map(|value| (value, at))
    }
}
