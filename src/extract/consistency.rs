//! What the text alone proves right or wrong. A false alarm is worse than silence: each check asks for the same subject,
//! or for words that say the same time twice.

mod again;
mod dates;
mod records;
mod relations;

pub(super) use relations::CONSTRUCTORS;

use super::{
    document::Document,
    expression::{Expression, Expressions},
    language::Pack,
};
use crate::claim::{Claim, Finding, Outcome, Point, PublishDate, Span};

/// So many of the years that a text names are compared with its records.
const MOST_YEARS: usize = 200;

/// Adds to each claim what the text itself says of its points.
pub(super) fn check(
    document: &Document,
    pack: &Pack,
    publish_date: Option<PublishDate>,
    expressions: &Expressions,
    claims: &mut [Claim],
) {
    let years = expressions.all().iter().filter(|&expression| dates::year_only(expression).is_some());
    let years = years.take(MOST_YEARS).collect();
    let text = Text { document, pack, publish_date, expressions, years };
    for claim in claims {
        let mut related = None;
        for (position, point) in claim.points.iter().enumerate() {
            let Some((at, expression)) = text.expression(point) else { continue };
            let alone = text
                .weekday(expression)
                .or_else(|| text.impossible(expression))
                .or_else(|| text.said_twice(at, expression))
                .or_else(|| text.earlier_time(expression))
                .or_else(|| text.other_time(expression))
                .or_else(|| text.again(at, expression));
            let related = related.get_or_insert_with(|| text.relations(expression.sentence));
            let first = text.expressions.range_of_sentence(expression.sentence).start;
            let among_others = related.remove(&(at - first));
            for Comparison { outcome, derivation, span } in [alone, among_others].into_iter().flatten() {
                claim.findings.push(Finding { outcome, point: position, derivation, span });
            }
        }
    }
}

/// A text with what was found in it.
struct Text<'a> {
    document: &'a Document<'a>,
    pack: &'a Pack,
    publish_date: Option<PublishDate>,
    expressions: &'a Expressions,
    /// The years that it names, in its order.
    years: Vec<&'a Expression>,
}

/// What a comparison came to.
struct Comparison {
    outcome: Outcome,
    derivation: String,
    /// Where the other side of it stands, if that is another place.
    span: Option<Span>,
}

impl Text<'_> {
    /// The expression of a point, and its position among all.
    fn expression(&self, point: &Point) -> Option<(usize, &Expression)> {
        let all = self.expressions.all();
        let first = all.partition_point(|expression| expression.point.span.start < point.span.start);
        let same =
            all[first..].iter().take_while(|expression| expression.point.span.start == point.span.start);
        same.enumerate()
            .map(|(at, expression)| (first + at, expression))
            .find(|(_, expression)| expression.point == *point)
    }
}

impl Comparison {
    fn new(agrees: bool, derivation: String) -> Self {
        let outcome = if agrees { Outcome::SupportedByText } else { Outcome::ContradictedByText };
        Self { outcome, derivation, span: None }
    }
}
