//! Where answers and messages go, and in which format.

use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use super::{error::Error, render::Look};

/// How wide a table is where there is no terminal to ask.
const WIDTH_ELSEWHERE: usize = 120;
/// Wider lines are hard to read.
const WIDEST: usize = 200;

/// How answers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// A table for people.
    Table,
    /// A table with everything in it.
    Wide,
    /// The service's answer as one JSON document.
    Json,
    /// A line of JSON for each claim, article or review.
    Jsonl,
    /// The service's answer as YAML.
    Yaml,
    /// Names only, one a line.
    Name,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The options of what is written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(super) struct Output {
    /// How to write the answer. A table is for people and may change; scripts use json, jsonl, yaml or name.
    #[arg(short, long, value_enum, default_value = "table", value_name = "FORMAT")]
    pub(super) output: Format,
    /// When to use colours. NO_COLOR turns them off too.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    color: Color,
}

/// An answer that can be written in each format.
pub(super) trait Answer: Serialize {
    /// What the answer is made of: a claim, an article, a review.
    type Item: Serialize;

    /// The things in the answer.
    fn items(&self) -> &[Self::Item];
    /// The resource name of one of them.
    fn name(item: &Self::Item) -> &str;
    /// The answer as a table.
    fn table(&self, look: &Look) -> String;
}

/// Standard output.
pub(super) struct Printer {
    stream: io::StdoutLock<'static>,
    format: Format,
    look: Look,
}

impl Output {
    /// Opens standard output.
    pub(super) fn printer(&self) -> Printer {
        let stdout = io::stdout();
        let choice = match self.color {
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
            Color::Auto => AutoStream::choice(&stdout),
        };
        let width = match stdout.is_terminal() {
            true => textwrap::termwidth().min(WIDEST),
            false => WIDTH_ELSEWHERE,
        };
        let columns =
            std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()).filter(|width| *width > 0);
        let width = if stdout.is_terminal() { width } else { columns.unwrap_or(width).min(WIDEST) };
        let look = Look { width, wide: self.output == Format::Wide, colored: choice != ColorChoice::Never };
        Printer { stream: stdout.lock(), format: self.output, look }
    }
}

impl Output {
    /// Opens standard output for data that has one form only.
    pub(super) fn data() -> Printer {
        let look = Look { width: WIDTH_ELSEWHERE, wide: false, colored: false };
        Printer { stream: io::stdout().lock(), format: Format::Jsonl, look }
    }
}

impl Printer {
    /// Whether things can be written as they come, page by page.
    pub(super) fn streams(&self) -> bool {
        matches!(self.format, Format::Jsonl | Format::Name)
    }

    /// The format asked for.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// How tables and texts are to look.
    pub(super) fn look(&self) -> &Look {
        &self.look
    }

    /// Writes an answer.
    pub(super) fn answer<A: Answer>(&mut self, answer: &A) -> Result<(), Error> {
        match self.format {
            Format::Table | Format::Wide if answer.items().is_empty() => Ok(()),
            Format::Table | Format::Wide => {
                let table = answer.table(&self.look);
                self.text(&table)
            }
            Format::Json | Format::Yaml => self.document(answer),
            Format::Jsonl => answer.items().iter().try_for_each(|item| self.json_line(item)),
            Format::Name => {
                answer.items().iter().map(A::name).filter(|name| !name.is_empty()).try_for_each(|name| {
                    let line = format!("{name}\n");
                    self.text(&line)
                })
            }
        }
    }

    /// Writes a message as one document, of JSON or YAML.
    pub(super) fn document(&mut self, message: &impl Serialize) -> Result<(), Error> {
        let json = serde_json::to_string_pretty(message).map_err(unwritable)?;
        let json = canonical_times(&json);
        let text = match self.format {
            // By way of JSON, so that both say the same.
            Format::Yaml => {
                let value: serde_yaml_ng::Value = serde_json::from_str(&json).map_err(unwritable)?;
                serde_yaml_ng::to_string(&value).map_err(unwritable)?
            }
            _ => json + "\n",
        };
        self.raw(&text)
    }

    /// Writes a message as a line of JSON.
    pub(super) fn json_line(&mut self, message: &impl Serialize) -> Result<(), Error> {
        let line = serde_json::to_string(message).map_err(unwritable)?;
        self.raw(&(canonical_times(&line) + "\n"))
    }

    /// Writes text for a person: its styles are left out where there are to be no colours.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Error> {
        if self.look.colored {
            self.raw(text)
        } else {
            self.raw(&anstream::adapter::strip_str(text).to_string())
        }
    }

    /// Writes data as it is.
    pub(super) fn raw(&mut self, text: &str) -> Result<(), Error> {
        self.stream.write_all(text.as_bytes()).and_then(|()| self.stream.flush()).map_err(Error::Write)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn unwritable(error: impl ToString) -> Error {
    Error::Format(error.to_string())
}

/// JSON with its moments as the JSON mapping of Protocol Buffers writes them: in UTC, which is `Z`, not `+00:00`.
fn canonical_times(json: &str) -> String {
    const KEY_END: &str = "Time\":";
    const UTC: &str = "+00:00";
    let mut text = String::with_capacity(json.len());
    let mut rest = json;
    // An unescaped quotation mark does not stand within a string: this can only be the end of a key.
    while let Some(at) = rest.find(KEY_END) {
        let (key, value) = rest.split_at(at + KEY_END.len());
        text.push_str(key);
        rest = value;
        let Some(start) = value.find('"').filter(|start| value[..*start].trim().is_empty()) else { continue };
        let Some(end) = value[start + 1..].find('"').map(|end| start + 1 + end) else { continue };
        if let Some(moment) = value[..end].strip_suffix(UTC) {
            text.push_str(moment);
            text.push('Z');
            rest = &value[end..];
        }
    }
    text + rest
}

/// Tells a person something, on standard error.
pub(super) fn say(message: &str) {
    // Where nobody listens, there is nobody to tell.
    let _ = writeln!(anstream::stderr().lock(), "{message}");
}

/// Tells what went wrong, and what to do.
pub(super) fn report(error: &Error) {
    let (red, cyan) = (anstyle::AnsiColor::Red.on_default().bold(), anstyle::AnsiColor::Cyan.on_default());
    let message = super::value::printable(&error.to_string());
    say(&format!("{red}error:{red:#} {message}"));
    if let Some(hint) = error.hint() {
        say(&format!("{cyan}hint:{cyan:#} {hint}"));
    }
}

#[cfg(test)]
mod tests {
    use super::canonical_times;

    #[test]
    fn moments_end_with_a_z_and_nothing_else_changes() {
        let given = r#"{"createTime": "2024-06-19T10:00:00+00:00", "note": "\"aTime\": \"+00:00\" +00:00", "aTime":null}"#;
        let expected =
            r#"{"createTime": "2024-06-19T10:00:00Z", "note": "\"aTime\": \"+00:00\" +00:00", "aTime":null}"#;
        assert_eq!(canonical_times(given), expected);
        assert_eq!(
            canonical_times(r#"{"updateTime":"2024-06-19T10:00:00+00:00"}"#),
            r#"{"updateTime":"2024-06-19T10:00:00Z"}"#
        );
    }
}
