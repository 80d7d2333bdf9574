//! Records: a rank among all of a time or a place.

use super::{document::Document, expression::Expressions, language::Pack};
use crate::claim::PublishDate;

/// What the patterns of records may make.
pub(super) const CONSTRUCTORS: &[&str] = &["record.rank"];

/// Finds the records of a text and adds them to its expressions.
pub(super) fn find(
    document: &Document,
    pack: &Pack,
    publish_date: Option<PublishDate>,
    expressions: &mut Expressions,
) {
    let _ = (document, pack, publish_date, expressions);
}
