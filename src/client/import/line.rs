//! Lines of JSON as requests: read on a thread, one article a line, none of them kept longer than it takes.

use std::io::{self, BufRead, BufReader, Read};

use data_encoding::HEXLOWER;
use prost::Message as _;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use crate::{claim::ContentType, proto::v1};

/// A longer line is no article that any service takes, however it is escaped.
const LONGEST_LINE: usize = 32 << 20;
/// The service takes no larger message, and a stream does not survive one.
const LARGEST_MESSAGE: usize = 4 << 20;
const BYTE_ORDER_MARK: &[u8] = "\u{FEFF}".as_bytes();

/// What is the same for all lines.
#[derive(Debug, Clone)]
pub(super) struct Defaults {
    /// The publisher of articles that name none.
    pub(super) publisher: String,
    /// The language of articles that name none; empty where it is to be told from the text.
    pub(super) language: String,
    /// How texts are written that do not say so.
    pub(super) content_type: ContentType,
    /// Claims below this score are left out.
    pub(super) min_check_worthiness: f64,
    /// Store nothing.
    pub(super) validate_only: bool,
    /// Who imports: the answers to somebody else's requests are not theirs.
    pub(super) caller: String,
    /// What makes the ids of this run other than those of any other run; empty where they are to be the same.
    pub(super) run: String,
}

/// A line of the input.
#[derive(Debug)]
pub(super) struct Line {
    /// Counted from 1, as editors do.
    pub(super) number: u64,
    /// The byte behind it.
    pub(super) end: u64,
    /// The line as it was read; a line that is too long, only its beginning.
    pub(super) raw: Vec<u8>,
    /// What to send, or why that cannot be done.
    pub(super) request: Result<v1::ImportArticlesRequest, v1::ItemStatus>,
}

/// An article on a line. Keys besides these mean nothing here.
#[derive(Debug, Default, Deserialize)]
struct Given {
    text: String,
    #[serde(default, alias = "url")]
    uri: Option<String>,
    #[serde(default)]
    publisher: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    authors: Option<Vec<String>>,
    #[serde(default, alias = "publishDate")]
    publish_date: Option<String>,
    /// A moment, whose day stands in for a publish date that is not given.
    #[serde(default, alias = "referenceTime")]
    reference_time: Option<String>,
    #[serde(default)]
    language: Option<String>,
    #[serde(default, alias = "contentType")]
    content_type: Option<String>,
}

/// Reads lines and hands them on, until there are no more or nobody wants them.
pub(super) fn read(input: impl Read, defaults: &Defaults, lines: &mpsc::Sender<io::Result<Line>>) {
    let mut input = BufReader::new(input);
    let mut end = 0;
    for number in 1.. {
        let mut raw = Vec::new();
        let length = match next(&mut input, &mut raw) {
            Ok(0) => return,
            Ok(length) => length,
            Err(cause) => {
                let _ = lines.blocking_send(Err(cause));
                return;
            }
        };
        end += length;
        if number == 1 && raw.starts_with(BYTE_ORDER_MARK) {
            raw.drain(..BYTE_ORDER_MARK.len());
        }
        if raw.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let request = request(&raw, defaults);
        if lines.blocking_send(Ok(Line { number, end, raw, request })).is_err() {
            return;
        }
    }
}

/// Reads one line, of one that is too long only the beginning; says how long it is.
fn next(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<u64> {
    let limit = LONGEST_LINE as u64 + 1;
    let mut length = input.by_ref().take(limit).read_until(b'\n', line)? as u64;
    while length >= limit && line.last() != Some(&b'\n') {
        let ahead = input.fill_buf()?;
        let end = ahead.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(ahead.len());
        input.consume(taken);
        length += taken as u64;
        if end.is_some() || taken == 0 {
            break;
        }
    }
    Ok(length)
}

fn request(raw: &[u8], defaults: &Defaults) -> Result<v1::ImportArticlesRequest, v1::ItemStatus> {
    if raw.len() > LONGEST_LINE {
        return Err(too_large(format!("the line is longer than {LONGEST_LINE} bytes")));
    }
    let text = std::str::from_utf8(raw).map_err(|error| {
        let at = error.valid_up_to();
        invalid(format!("not UTF-8 text: the byte at offset {at} of the line does not belong there"))
    })?;
    // A list would do for serde, its first item as the text.
    if !text.trim_start().starts_with('{') {
        return Err(invalid("no article in JSON: a line is an object, {\"text\": …}".to_owned()));
    }
    let given: Given = serde_json::from_str(text.trim_end())
        .map_err(|error| invalid(format!("no article in JSON: {}", plain(&error))))?;
    let day = given.reference_time.map(|time| time.get(..10).unwrap_or(&time).to_owned());
    let or = |given: Option<String>, default: &str| {
        given.filter(|word| !word.is_empty()).unwrap_or_else(|| default.to_owned())
    };
    let mut request = v1::ImportArticlesRequest {
        article: Some(v1::Article {
            text: given.text,
            uri: given.uri.unwrap_or_default(),
            publisher: or(given.publisher, &defaults.publisher),
            title: given.title.unwrap_or_default(),
            authors: given.authors.unwrap_or_default(),
            publish_date: or(given.publish_date, &day.unwrap_or_default()),
            language: or(given.language, &defaults.language),
            content_type: or(given.content_type, defaults.content_type.as_str()),
            ..v1::Article::default()
        }),
        request_id: String::new(),
        validate_only: defaults.validate_only,
        min_check_worthiness: defaults.min_check_worthiness,
    };
    request.request_id = request_id(&request, defaults);
    let size = request.encoded_len();
    if size > LARGEST_MESSAGE {
        return Err(too_large(format!("the article has {size} bytes; a text may have 1 MiB")));
    }
    Ok(request)
}

/// The same for the same article, imported by the same person in the same way.
fn request_id(request: &v1::ImportArticlesRequest, defaults: &Defaults) -> String {
    let digest = Sha256::new()
        .chain_update(&defaults.caller)
        .chain_update([0])
        .chain_update(&defaults.run)
        .chain_update([0])
        .chain_update(request.encode_to_vec())
        .finalize();
    format!("import-{}", HEXLOWER.encode(&digest[..20]))
}

fn invalid(message: String) -> v1::ItemStatus {
    v1::ItemStatus { code: "INVALID_ARGUMENT".to_owned(), reason: "FIELD_INVALID".to_owned(), message }
}

fn too_large(message: String) -> v1::ItemStatus {
    v1::ItemStatus { code: "OUT_OF_RANGE".to_owned(), reason: "MESSAGE_TOO_LARGE".to_owned(), message }
}

/// The error with the column only: the line is always the first.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((reason, _)) => format!("{reason} at column {}", error.column()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Defaults {
        Defaults {
            publisher: "Courier".to_owned(),
            language: String::new(),
            content_type: ContentType::Plain,
            min_check_worthiness: 0.0,
            validate_only: false,
            caller: "anna".to_owned(),
            run: String::new(),
        }
    }

    fn read_all(input: &[u8]) -> Vec<Line> {
        let (sender, mut receiver) = mpsc::channel(1000);
        read(input, &defaults(), &sender);
        drop(sender);
        let mut lines = Vec::new();
        while let Some(line) = receiver.blocking_recv() {
            lines.push(line.expect("a line"));
        }
        lines
    }

    #[test]
    fn a_line_is_an_article() {
        let lines = read_all(
            "\u{FEFF}{\"text\": \"T\", \"url\": \"U\", \"publishDate\": \"2024-06\", \"more\": 1}\n\n \
             {\"text\": \"T\", \"publisher\": \"P\", \"authors\": null, \"reference_time\": \"2024-06-19T10:00:00Z\"}"
                .as_bytes(),
        );
        assert_eq!(lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 3]);
        let articles: Vec<v1::Article> =
            lines.iter().filter_map(|line| line.request.clone().ok()?.article).collect();
        assert_eq!((articles[0].uri.as_str(), articles[0].publish_date.as_str()), ("U", "2024-06"));
        assert_eq!((articles[0].publisher.as_str(), articles[1].publisher.as_str()), ("Courier", "P"));
        assert_eq!(articles[1].publish_date, "2024-06-19");
    }

    #[test]
    fn what_is_no_article_says_why() {
        let told: Vec<String> = read_all(b"{\"text\": 1}\n{}\n[\"T\"]\n{\"text\n\"\xFF\"\n")
            .into_iter()
            .map(|line| line.request.expect_err("no article").message)
            .collect();
        assert_eq!(
            told,
            [
                "no article in JSON: invalid type: integer `1`, expected a string at column 10",
                "no article in JSON: missing field `text` at column 2",
                "no article in JSON: a line is an object, {\"text\": …}",
                "no article in JSON: EOF while parsing a string at column 6",
                "not UTF-8 text: the byte at offset 1 of the line does not belong there",
            ]
        );
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let mut input = vec![b'x'; LONGEST_LINE + 100_000];
        input.extend_from_slice(b"\n{\"text\": \"T\"}\n");
        let lines = read_all(&input);
        assert_eq!(lines[0].request.as_ref().map_err(|status| status.code.as_str()), Err("OUT_OF_RANGE"));
        assert!(lines[1].request.is_ok() && lines[1].number == 2);
        assert_eq!(lines[1].end, input.len() as u64);
        assert!(lines[0].raw.len() <= LONGEST_LINE + 1);
    }

    #[test]
    fn an_article_that_no_message_holds_is_not_sent() {
        let line = format!("{{\"text\": \"{}\"}}", "x".repeat(LARGEST_MESSAGE));
        let status = request(line.as_bytes(), &defaults()).expect_err("too large");
        assert_eq!(status.reason, "MESSAGE_TOO_LARGE");
    }

    #[test]
    fn an_id_says_what_is_imported_by_whom() {
        let id = |line: &str, defaults: &Defaults| {
            request(line.as_bytes(), defaults).expect("an article").request_id
        };
        let line = "{\"text\": \"T\", \"uri\": \"U\"}";
        let first = id(line, &defaults());
        assert_eq!(first, id(" {\"uri\": \"U\", \"id\": 7, \"text\": \"T\"}\n", &defaults()));
        assert!(first.len() <= 64, "{first}");
        for other in [
            id("{\"text\": \"T\"}", &defaults()),
            id(line, &Defaults { caller: "bert".to_owned(), ..defaults() }),
            id(line, &Defaults { run: "2".to_owned(), ..defaults() }),
            id(line, &Defaults { min_check_worthiness: 0.5, ..defaults() }),
        ] {
            assert_ne!(first, other);
        }
    }
}
