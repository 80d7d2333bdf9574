//! What became of an import: the numbers, and the lines that failed.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

use super::line::Line;
use crate::{
    client::{error::Error, value::counted},
    proto::v1,
};

/// How many articles came to what.
#[derive(Debug, Default)]
pub(super) struct Tally {
    stored: u64,
    known: u64,
    failed: u64,
    claims: u64,
}

impl Tally {
    pub(super) fn count(&mut self, outcome: &v1::ImportArticlesResponse) {
        match outcome.outcome.as_str() {
            "FAILED" => self.failed += 1,
            "STORED" if !outcome.repeated => {
                self.stored += 1;
                self.claims += outcome.article.as_ref().map_or(0, |article| u64::from(article.claim_count));
            }
            _ => self.known += 1,
        }
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed
    }

    pub(super) fn all(&self) -> u64 {
        self.stored + self.known + self.failed
    }

    /// The numbers alone.
    pub(super) fn short(&self) -> String {
        format!("{} stored, {} known, {} failed", self.stored, self.known, self.failed)
    }

    /// The numbers in a sentence.
    pub(super) fn summary(&self, validate_only: bool) -> String {
        let (articles, claims) = (counted(self.stored, "article"), counted(self.claims, "claim"));
        let mut told = match (validate_only, self.stored) {
            (false, 0) => format!("Stored {articles}"),
            (false, _) => format!("Stored {articles} with {claims}"),
            (true, 0) => format!("Nothing was stored; {articles} would be"),
            (true, _) => format!("Nothing was stored; {articles} would be, with {claims}"),
        };
        if self.known > 0 {
            told += &format!("; {} known already", self.known);
        }
        if self.failed > 0 {
            told += &format!("; {} failed", self.failed);
        }
        told + "."
    }
}

/// The file of the lines that failed.
pub(super) struct ErrorFile {
    path: PathBuf,
    file: BufWriter<File>,
}

impl ErrorFile {
    /// Opens the file, which must not be the one that is read.
    pub(super) fn open(path: &Path, input: &Path) -> Result<Self, Error> {
        let same = || Some(path.canonicalize().ok()? == input.canonicalize().ok()?);
        if same().unwrap_or_default() {
            return Err(Error::Usage(format!(
                "--errors {} is the file that is imported; name another one",
                path.display()
            )));
        }
        let file = File::create(path).map_err(|cause| Error::Save { path: path.to_owned(), cause })?;
        Ok(Self { path: path.to_owned(), file: BufWriter::new(file) })
    }

    /// Adds a line: the article as it was given, with the error beside its other keys.
    pub(super) fn add(&mut self, line: &Line, status: &v1::ItemStatus) -> Result<(), Error> {
        let record = record(line, status);
        let written = writeln!(self.file, "{record}").and_then(|()| self.file.flush());
        written.map_err(|cause| Error::Save { path: self.path.clone(), cause })
    }

    pub(super) fn close(mut self) -> Result<(), Error> {
        self.file.flush().map_err(|cause| Error::Save { path: self.path, cause })
    }
}

fn record(line: &Line, status: &v1::ItemStatus) -> Value {
    let error = json!({
        "line": line.number, "code": status.code, "reason": status.reason, "message": status.message,
    });
    let mut record = match serde_json::from_slice(&line.raw) {
        Ok(Value::Object(given)) => given,
        _ => Map::from_iter([("given".to_owned(), String::from_utf8_lossy(&line.raw).trim_end().into())]),
    };
    record.insert("error".to_owned(), error);
    Value::Object(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(outcome: &str, repeated: bool) -> v1::ImportArticlesResponse {
        v1::ImportArticlesResponse {
            outcome: outcome.to_owned(),
            repeated,
            article: Some(v1::Article { claim_count: 2, ..v1::Article::default() }),
            ..v1::ImportArticlesResponse::default()
        }
    }

    #[test]
    fn what_was_answered_before_is_known() {
        let mut tally = Tally::default();
        assert_eq!(tally.summary(false), "Stored no articles.");
        tally.count(&outcome("STORED", false));
        assert_eq!(tally.summary(true), "Nothing was stored; 1 article would be, with 2 claims.");
        for (word, repeated) in [("STORED", false), ("STORED", true), ("KNOWN", false), ("FAILED", false)] {
            tally.count(&outcome(word, repeated));
        }
        assert_eq!(tally.summary(false), "Stored 2 articles with 4 claims; 2 known already; 1 failed.");
        assert_eq!((tally.failed(), tally.all()), (1, 5));
    }

    #[test]
    fn a_line_that_failed_keeps_what_was_given() {
        let status = v1::ItemStatus { code: "C".to_owned(), reason: "R".to_owned(), message: "M".to_owned() };
        let told = |raw: &[u8]| {
            let line = Line { number: 7, end: 0, raw: raw.to_vec(), request: Err(status.clone()) };
            record(&line, &status).to_string()
        };
        assert_eq!(
            told(b"{\"text\": \"T\", \"error\": {\"line\": 1}}\n"),
            r#"{"error":{"code":"C","line":7,"message":"M","reason":"R"},"text":"T"}"#
        );
        assert_eq!(
            told(b"no json\xFF\n"),
            "{\"error\":{\"code\":\"C\",\"line\":7,\"message\":\"M\",\"reason\":\"R\"},\"given\":\"no json\u{FFFD}\"}"
        );
    }
}
