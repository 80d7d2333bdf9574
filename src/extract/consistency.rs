//! What the text alone proves right or wrong. A false alarm is worse than silence: each check asks for the same subject,
//! or for words that say the same time twice.

mod again;
mod dates;
mod records;
mod relations;

use std::cell::RefCell;

pub(super) use relations::CONSTRUCTORS;

use super::{
    document::Document,
    expression::{Expression, Expressions, Items},
    language::Pack,
};
use crate::claim::{Claim, Finding, Outcome, PublishDate, Span};

/// So many of the years that a text names are compared with its records.
const MOST_YEARS: usize = 200;

/// Adds to each claim what the text itself says of its points.
pub(super) fn check(
    document: &Document,
    pack: &Pack,
    publish_date: Option<PublishDate>,
    expressions: &Expressions,
    of: &[usize],
    claims: &mut [Claim],
) {
    let years = expressions.all().iter().filter(|&expression| dates::year_only(expression).is_some());
    let years = years.take(MOST_YEARS).collect();
    let text = Text { document, pack, publish_date, expressions, years, items: RefCell::default() };
    for (claim, &sentence) in claims.iter_mut().zip(of) {
        let mut related = None;
        let first = expressions.range_of_sentence(sentence).start;
        for (position, expression) in expressions.of_sentence(sentence).iter().enumerate() {
            let at = first + position;
            let alone = text
                .weekday(expression)
                .or_else(|| text.impossible(expression))
                .or_else(|| text.said_twice(at, expression))
                .or_else(|| text.earlier_time(expression))
                .or_else(|| text.other_time(expression))
                .or_else(|| text.again(at, expression));
            let related = related.get_or_insert_with(|| text.relations(sentence));
            let among_others = related.remove(&position);
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
    /// Room for the items of a sentence.
    items: RefCell<Items>,
}

/// What a comparison came to.
struct Comparison {
    outcome: Outcome,
    derivation: String,
    /// Where the other side of it stands, if that is another place.
    span: Option<Span>,
}

impl Comparison {
    fn new(agrees: bool, derivation: String) -> Self {
        let outcome = if agrees { Outcome::SupportedByText } else { Outcome::ContradictedByText };
        Self { outcome, derivation, span: None }
    }
}
