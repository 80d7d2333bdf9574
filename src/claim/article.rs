use serde::{Deserialize, Serialize};

use super::PublishDate;

/// A text, and where it came from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// The text, as sent.
    pub text: String,
    /// Its address on the web; may be empty.
    pub uri: String,
    /// Who published it; may be empty.
    pub publisher: String,
    /// The headline, where it is not part of the text; may be empty.
    pub title: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// When it was published.
    pub publish_date: Option<PublishDate>,
    /// ISO 639-1 code of the language; to be told from the text where absent.
    pub language: Option<String>,
}
