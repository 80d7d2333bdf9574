//! Records against earlier times that the text names itself.

use std::cell::LazyCell;

use super::{Comparison, Text, dates::year_only};
use crate::{
    claim::{PointValue, Record},
    extract::{document::Shape, expression::Expression, language::WellKnown},
};

/// Between what happened and its year stand no more tokens than in "Besuch in Pjöngjang von".
const APART: usize = 4;
/// The year that a span leads to may lie so far from the year named: either may be rounded.
const TOLERANCE: i32 = 1;

impl Text<'_> {
    /// "Erster Aufenthalt seit 24 Jahren" in 2024, and elsewhere "Besuch von 2000": the span leads to a year that the
    /// text names for the same thing. A year that differs proves nothing: it may be another visit.
    pub(super) fn earlier_time(&self, expression: &Expression) -> Option<Comparison> {
        let PointValue::Record(record) = &expression.point.value else { return None };
        let implied: i32 = record.implied.as_deref().filter(|_| record.span.is_some())?.parse().ok()?;
        let other = self.years.iter().find_map(|&other| {
            if other.sentence == expression.sentence || year_only(other) != Some(implied) {
                return None;
            }
            let start = self.named(other, record)?;
            Some(start..other.tokens.end)
        })?;
        let quote = self.document.slice(other.clone());
        let derivation = format!("{}; the article says so itself: '{quote}'", expression.point.derivation);
        Some(Comparison { span: Some(self.document.span(other)), ..Comparison::new(true, derivation) })
    }

    /// "Erster Aufenthalt seit 24 Jahren" in 2024, and elsewhere "der letzte Besuch von 2003": the words say that this is
    /// the time that the span leads to, and it is not.
    pub(super) fn other_time(&self, expression: &Expression) -> Option<Comparison> {
        let PointValue::Record(record) = &expression.point.value else { return None };
        let implied: i32 = record.implied.as_deref().filter(|_| record.span.is_some())?.parse().ok()?;
        let (other, named) = self.years.iter().find_map(|&other| {
            if other.sentence == expression.sentence {
                return None;
            }
            let named = year_only(other).filter(|named| (named - implied).abs() > TOLERANCE)?;
            let noun = self.named(other, record)?;
            let latest = noun.checked_sub(1).filter(|&at| {
                other.sentence < self.document.sentences.len()
                    && at >= self.document.sentences[other.sentence].tokens.start
                    && self.pack.has_class(self.document.tokens[at].symbol, "latest")
            })?;
            Some((latest..other.tokens.end, named))
        })?;
        let quote = self.document.slice(other.clone());
        let derivation =
            format!("{}; the article names {named} instead: '{quote}'", expression.point.derivation);
        Some(Comparison { span: Some(self.document.span(other)), ..Comparison::new(false, derivation) })
    }

    /// The position of the noun before a time, if it names what a record ranks, or something of the same kind.
    fn named(&self, time: &Expression, record: &Record) -> Option<usize> {
        let limit =
            self.document.sentences[time.sentence].tokens.start.max(time.tokens.start.saturating_sub(APART));
        let kind = |word: &str| self.pack.value(word, "same_kind");
        let of = record.of.split_whitespace().next_back()?;
        let kind_of = LazyCell::new(|| kind(of));
        (limit..time.tokens.start).rev().take_while(|&at| self.document.tokens[at].shape != Shape::Mark).find(
            |&at| {
                let word = self.document.word(at);
                word == of
                    || self.pack.has(self.document.tokens[at].symbol, WellKnown::SameKind)
                        && kind_of.is_some_and(|of| kind(word) == Some(of))
            },
        )
    }
}
