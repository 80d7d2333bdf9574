use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::PublishDate;

/// How the text of an article is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContentType {
    /// As it is.
    #[default]
    Plain,
    /// As a page in HTML.
    Html,
}

impl ContentType {
    /// The media type.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "text/plain",
            Self::Html => "text/html",
        }
    }
}

/// A content type that no article can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no content type that can be read; use text/plain or text/html")]
pub struct InvalidContentType(pub String);

impl FromStr for ContentType {
    type Err = InvalidContentType;

    /// Reads a media type, with or without parameters; an empty one is text/plain.
    fn from_str(text: &str) -> Result<Self, InvalidContentType> {
        let media_type = text.split(';').next().unwrap_or_default().trim();
        match media_type.to_ascii_lowercase().as_str() {
            "" | "text/plain" => Ok(Self::Plain),
            "text/html" => Ok(Self::Html),
            _ => Err(InvalidContentType(media_type.chars().take(40).collect())),
        }
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_is_a_media_type() {
        for (text, content_type) in [
            ("", ContentType::Plain),
            ("text/plain", ContentType::Plain),
            ("text/html", ContentType::Html),
            (" Text/HTML; charset=utf-8", ContentType::Html),
        ] {
            assert_eq!(text.parse(), Ok(content_type));
        }
        assert_eq!(
            "application/pdf".parse::<ContentType>(),
            Err(InvalidContentType("application/pdf".to_owned()))
        );
    }
}
