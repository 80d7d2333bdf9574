//! Figures: numbers with what they measure.

use super::{document::Document, expression::Expression, language::Pack, pattern::Match};

/// What the patterns of figures may make.
pub(super) const CONSTRUCTORS: &[&str] = &["figure.number", "figure.nothing"];

/// Makes the expressions of a match.
pub(super) fn interpret(
    matched: &Match,
    document: &Document,
    pack: &Pack,
    sentence: usize,
    found: &mut Vec<Expression>,
) {
    let _ = (matched, document, pack, sentence, found);
}
