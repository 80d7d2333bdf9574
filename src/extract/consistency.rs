//! What the text alone proves right or wrong.

use super::{document::Document, expression::Expressions, language::Pack};
use crate::claim::{Claim, PublishDate};

/// Adds to each claim what the text itself says of its points.
pub(super) fn check(
    document: &Document,
    pack: &Pack,
    publish_date: Option<PublishDate>,
    expressions: &Expressions,
    claims: &mut [Claim],
) {
    let _ = (document, pack, publish_date, expressions, claims);
}
