//! Articles from files and from standard input, with what the command line says of them.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::error::Error;
use crate::claim::{Article, ContentType, PublishDate};

/// No service takes a text that is even nearly as long.
const LONGEST_TEXT: usize = 16 << 20;
const BYTE_ORDER_MARK: char = '\u{FEFF}';

/// Where an article came from.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Article")]
pub(super) struct About {
    /// Address of the article on the web.
    #[arg(long, value_name = "URL", alias = "uri")]
    url: Option<String>,
    /// Who published it.
    #[arg(long, value_name = "NAME")]
    publisher: Option<String>,
    /// When it was published: 2024-06-19, 2024-06 or 2024. Relative dates ("last year") resolve against it.
    #[arg(long, value_name = "DATE")]
    publish_date: Option<PublishDate>,
    /// How the text is written: text/plain or text/html. Of a page, only what is the article is read.
    #[arg(long, value_name = "TYPE", default_value = "text/plain")]
    content_type: ContentType,
    /// The headline, where it is not part of the text.
    #[arg(long)]
    title: Option<String>,
    /// Who wrote it; give it again for each author.
    #[arg(long = "author", value_name = "NAME")]
    authors: Vec<String>,
    /// ISO 639-1 code of the language, such as de; told from the text where absent.
    #[arg(long, value_name = "CODE")]
    language: Option<String>,
}

impl About {
    /// How the text is written.
    pub(super) fn content_type(&self) -> ContentType {
        self.content_type
    }

    /// The article of a text.
    pub(super) fn article(&self, text: String) -> Article {
        Article {
            text,
            uri: self.url.clone().unwrap_or_default(),
            publisher: self.publisher.clone().unwrap_or_default(),
            title: self.title.clone().unwrap_or_default(),
            authors: self.authors.clone(),
            publish_date: self.publish_date,
            language: self.language.clone().filter(|code| !code.is_empty()),
        }
    }
}

/// A score from 0 to 1, as the command line gives it.
pub(super) fn score(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|score| (0.0..=1.0).contains(score))
        .ok_or_else(|| format!("\"{text}\" is no score; write a number from 0 to 1, such as 0.5"))
}

/// What to call an input in a message.
pub(super) fn called(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Opens a file, or standard input for `-`.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read + Send>, Error> {
    if is_standard_input(path) {
        return Ok(Box::new(io::stdin()));
    }
    let unreadable = |cause| Error::Read { path: path.to_owned(), cause };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    Ok(Box::new(file))
}

/// Reads a whole text.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let limit = LONGEST_TEXT as u64 + 1;
    open(path)?
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::Read { path: PathBuf::from(called(path)), cause })?;
    if bytes.len() > LONGEST_TEXT {
        return Err(Error::TooLong { what: called(path), limit: LONGEST_TEXT });
    }
    text(bytes, || called(path))
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// The bytes as text that says something.
fn text(bytes: Vec<u8>, what: impl Fn() -> String) -> Result<String, Error> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        Error::NotUtf8 {
            what: what(),
            offset,
            byte: error.as_bytes().get(offset).copied().unwrap_or_default(),
        }
    })?;
    // The mark tells how the file is written, it is not part of the text.
    let text = text.strip_prefix(BYTE_ORDER_MARK).map(str::to_owned).unwrap_or(text);
    if text.trim().is_empty() { Err(Error::Empty(what())) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        text(bytes.to_vec(), || "it".to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn takes_text_and_leaves_the_byte_order_mark() {
        assert_eq!(read("\u{FEFF}Grüße\r\n".as_bytes()), Ok("Grüße\r\n".to_owned()));
    }

    #[test]
    fn says_where_a_text_is_not_utf8() {
        assert_eq!(
            read(b"Gr\xFC\xDFe"),
            Err("it is not UTF-8 text: the byte at offset 2 (0xFC) does not belong there".to_owned())
        );
    }

    #[test]
    fn refuses_a_text_without_text() {
        for bytes in [&b""[..], b" \r\n\t", "\u{FEFF}\n".as_bytes()] {
            assert_eq!(read(bytes), Err("it is empty: there is no text to find claims in".to_owned()));
        }
    }

    #[test]
    fn a_score_lies_between_nought_and_one() {
        assert_eq!(score("0.5"), Ok(0.5));
        for text in ["", "1.1", "-0.1", "nan", "half"] {
            assert!(score(text).is_err(), "{text}");
        }
    }
}
