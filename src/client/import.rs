//! `claimdesk import`: many articles from a file of JSON lines.

mod line;
mod progress;
mod report;
mod stream;

use std::{fs, path::PathBuf, thread};

use serde::Serialize;
use tokio::sync::mpsc;

use super::{
    article_input,
    error::Error,
    output::{Format, Output, Printer, say},
    session::Connection,
    value::clean,
};
use crate::{claim::ContentType, proto::v1};
use line::{Defaults, Line};
use progress::Progress;
use report::{ErrorFile, Tally};
use stream::Talk;

/// How many lines are read ahead of those under way.
const AHEAD: usize = 4;

/// The options of `claimdesk import`.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// The articles, one on each line as JSON: {"text", "uri", "publisher", "title", "authors", "publish_date", "language",
    /// "content_type"}, of which only the text is needed; - is standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the lines that failed to a file, each with the reason. Corrected, it can be imported as it is.
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
    /// Import as if for the first time: what was imported once and is deleted by now is stored again. What is there is never
    /// stored twice.
    #[arg(long)]
    anew: bool,
    /// Leave claims out whose check is worth less than this, from 0 to 1.
    #[arg(long, value_name = "SCORE", value_parser = article_input::score, default_value = "0")]
    min_check_worthiness: f64,
    /// Check everything and answer as if it had been stored, but store nothing.
    #[arg(long)]
    validate_only: bool,
    /// The publisher of articles that name none.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true,
        help_heading = "Article"
    )]
    publisher: String,
    /// ISO 639-1 code of the language of articles that name none; told from the text where absent.
    #[arg(
        long,
        value_name = "CODE",
        default_value = "",
        hide_default_value = true,
        help_heading = "Article"
    )]
    language: String,
    /// How the texts are written that do not say so: text/plain or text/html.
    #[arg(long, value_name = "TYPE", default_value = "text/plain", help_heading = "Article")]
    content_type: ContentType,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// An outcome on a line.
#[derive(Debug, Serialize)]
struct Told<'a> {
    line: u64,
    #[serde(flatten)]
    outcome: &'a v1::ImportArticlesResponse,
}

impl Import {
    pub(super) fn run(&self) -> Result<(), Error> {
        if matches!(self.output.output, Format::Json | Format::Yaml | Format::Wide) {
            return Err(Error::Usage(
                "an import is told as a summary, as -o jsonl (a line for each article) or as -o name"
                    .to_owned(),
            ));
        }
        let session = self.connection.open()?;
        let input = article_input::open(&self.file)?;
        let size = fs::metadata(&self.file).ok().filter(fs::Metadata::is_file).map(|it| it.len());
        let mut errors = self.errors.as_deref().map(|path| ErrorFile::open(path, &self.file)).transpose()?;
        let mut printer = self.output.printer();
        let defaults = Defaults {
            publisher: self.publisher.clone(),
            language: self.language.clone(),
            content_type: self.content_type,
            min_check_worthiness: self.min_check_worthiness,
            validate_only: self.validate_only,
            caller: session.caller().to_owned(),
            run: if self.anew { uuid::Uuid::now_v7().to_string() } else { String::new() },
        };
        let (sender, lines) = mpsc::channel(AHEAD);
        // Not waited for: it may wait for a line that never comes.
        thread::spawn(move || line::read(input, &defaults, &sender));
        let (mut tally, progress) = (Tally::default(), Progress::new(size));
        let mut take = |line: &Line, outcome: &v1::ImportArticlesResponse| {
            tally.count(outcome);
            if let Some(status) = outcome.status.as_ref().filter(|_| outcome.outcome == "FAILED") {
                progress.pausing(|| say(&failure(line.number, status)));
                if let Some(errors) = &mut errors {
                    errors.add(line, status)?;
                }
            }
            progress.at(line.end, &tally);
            match printer.streams() {
                true => progress.pausing(|| tell(&mut printer, line.number, outcome)),
                false => Ok(()),
            }
        };
        let talk = Talk::new(&session, lines);
        let result = session.block_on(talk.run(&article_input::called(&self.file), &mut take));
        progress.end();
        if let Some(errors) = errors {
            errors.close()?;
        }
        if result.is_ok() || tally.all() > 0 {
            say(&tally.summary(self.validate_only));
        }
        result?;
        match tally.failed() {
            0 => Ok(()),
            failed => Err(Error::SomeFailed { failed, all: tally.all() }),
        }
    }
}

fn tell(printer: &mut Printer, line: u64, outcome: &v1::ImportArticlesResponse) -> Result<(), Error> {
    match (printer.format(), &outcome.article) {
        (Format::Jsonl, _) => printer.json_line(&Told { line, outcome }),
        (Format::Name, Some(article)) => printer.text(&format!("{}\n", article.name)),
        _ => Ok(()),
    }
}

fn failure(line: u64, status: &v1::ItemStatus) -> String {
    format!("line {line}: {} ({}, {})", clean(&status.message), status.code, status.reason)
}
