//! Records against earlier times that the text names itself.

use super::{Comparison, Text, dates::year_only};
use crate::{
    claim::{PointValue, Record},
    extract::{document::Shape, expression::Expression},
};

/// Between what happened and its year stand no more tokens than in "Besuch in Pjöngjang von".
const APART: usize = 4;

impl Text<'_> {
    /// "Erster Aufenthalt seit 24 Jahren" in 2024, and elsewhere "Besuch von 2000": the span leads to a year that the
    /// text names for the same thing. A year that differs proves nothing: it may be another visit.
    pub(super) fn earlier_time(&self, expression: &Expression) -> Option<Comparison> {
        let PointValue::Record(record) = &expression.point.value else { return None };
        let implied: i32 = record.implied.as_deref().filter(|_| record.span.is_some())?.parse().ok()?;
        let other = self.expressions.all().iter().find_map(|other| {
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

    /// The position of the noun before a time, if it names what a record ranks, or something of the same kind.
    fn named(&self, time: &Expression, record: &Record) -> Option<usize> {
        let limit =
            self.document.sentences[time.sentence].tokens.start.max(time.tokens.start.saturating_sub(APART));
        let kind = |word: &str| self.pack.value(word, "same_kind");
        let of = record.of.split_whitespace().next_back()?;
        (limit..time.tokens.start).rev().take_while(|&at| self.document.tokens[at].shape != Shape::Mark).find(
            |&at| {
                let word = self.document.word(at);
                word == of || kind(word).is_some_and(|one| kind(of) == Some(one))
            },
        )
    }
}
