//! From what an expression says to the time that it means.

use crate::claim::PublishDate;

/// The time line of an article: when it was published, and where its narration stands.
#[derive(Debug)]
pub(in crate::extract) struct Timeline {
    pub(super) publish_date: Option<PublishDate>,
}

impl Timeline {
    /// The time line of an article of a publish date.
    pub(in crate::extract) fn new(publish_date: Option<PublishDate>) -> Self {
        Self { publish_date }
    }
}
