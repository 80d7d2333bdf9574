//! From the parts of a match to what the expression says.

use super::{Clauses, Timeline};
use crate::extract::{document::Document, expression::Expression, language::Pack, pattern::Match};

/// What the patterns of times may make.
pub(in crate::extract) const CONSTRUCTORS: &[&str] = &["time.date"];

/// Makes the expressions of a match.
pub(in crate::extract) fn interpret(
    matched: &Match,
    document: &Document,
    pack: &Pack,
    sentence: usize,
    clauses: &Clauses,
    timeline: &mut Timeline,
    found: &mut Vec<Expression>,
) {
    let _ = (matched, document, pack, sentence, clauses, timeline.publish_date, found);
}
