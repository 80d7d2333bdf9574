//! The same number of the same thing, given again.

use super::{Comparison, Text};
use crate::{
    claim::{Figure, FigureKind, PointValue},
    extract::expression::Expression,
};

/// Numbers further apart than by a quarter do not count the same things.
const NEAR: (i64, i64) = (4, 5);
/// What is fewer is too often counted twice in one text.
const FEWEST: i64 = 5;
/// So many expressions before are looked at.
const BACK: usize = 200;

impl Text<'_> {
    /// "384 children came", and later "the 348 children": the article says that they are the ones spoken of. Nothing is
    /// said where the text has several numbers of them, or where they are far apart.
    pub(super) fn again(&self, at: usize, expression: &Expression) -> Option<Comparison> {
        let figure = counted(expression)?;
        if !self.is_definite(expression) {
            return None;
        }
        let noun = |figure: &Figure| figure.counted.split_whitespace().next_back().map(str::to_lowercase);
        let mine = noun(figure);
        let mut first: Option<(&Expression, &Figure)> = None;
        for other in &self.expressions.all()[at.saturating_sub(BACK)..at] {
            let Some(before) = counted(other).filter(|before| noun(before) == mine) else { continue };
            if first.is_some_and(|(_, first)| first.value != before.value) {
                return None;
            }
            first = first.or(Some((other, before)));
        }
        let (other, before) = first.filter(|(other, _)| other.sentence != expression.sentence)?;
        if self.is_definite(other) {
            return None;
        }
        let (fewer, more) = (before.value.min(figure.value), before.value.max(figure.value));
        if fewer.checked_mul(NEAR.1.into())? < more.checked_mul(NEAR.0.into())? {
            return None;
        }
        let quote = format!("{} {}", other.point.text, before.counted);
        let agrees = before.value == figure.value;
        // A year or a share beside it may say that another occasion is meant.
        let alone = |expression: &Expression| {
            self.expressions.of_sentence(expression.sentence).iter().all(|near| match &near.point.value {
                PointValue::Date(_) => false,
                PointValue::Figure(figure) => figure.kind != FigureKind::Percent,
                PointValue::Record(_) => true,
            })
        };
        if !(agrees || alone(expression) && alone(other)) {
            return None;
        }
        let derivation = if agrees {
            format!("the article gives the same number before: '{quote}'")
        } else {
            format!("the article gives another number before: '{quote}'; here it says {}", figure.value)
        };
        Some(Comparison { span: Some(other.point.span), ..Comparison::new(agrees, derivation) })
    }

    /// Whether a word like "the" or "these" stands right before an expression.
    fn is_definite(&self, expression: &Expression) -> bool {
        let start = self.document.sentences[expression.sentence].tokens.start;
        expression.tokens.start.checked_sub(1).is_some_and(|before| {
            before >= start && self.pack.has_class(self.document.tokens[before].symbol, "definite")
        })
    }
}

/// The figure of an expression that counts things exactly.
fn counted(expression: &Expression) -> Option<&Figure> {
    match &expression.point.value {
        PointValue::Figure(figure)
            if figure.kind == FigureKind::Number
                && !figure.counted.is_empty()
                && figure.max.is_none()
                && figure.bound.is_none()
                && !figure.approximate
                && figure.value >= FEWEST.into() =>
        {
            Some(figure)
        }
        _ => None,
    }
}
