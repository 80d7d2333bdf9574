//! `claimdesk extract`: the claims of a text, without a service.

use std::path::PathBuf;

use super::{
    article_input::{self, About},
    error::Error,
    lines,
    output::{Format, Output, say},
    render,
};
use crate::{
    claim::{Article, ContentType},
    extract::{self, Options},
    proto,
};

/// How the input is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Input {
    /// The text of one article.
    Text,
    /// Articles as JSON lines: {"id", "text", "language", "publish_date"}. Each is answered with a JSON line of the same
    /// id, in the same order.
    Jsonl,
}

/// What an ambiguous date means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Prefer {
    /// What the tense of its clause points to: how news is read.
    Tense,
    /// The one behind the publish date.
    Past,
    /// The one ahead of the publish date: how appointments are made.
    Future,
}

impl From<Prefer> for extract::Prefer {
    fn from(prefer: Prefer) -> Self {
        match prefer {
            Prefer::Tense => Self::Tense,
            Prefer::Past => Self::Past,
            Prefer::Future => Self::Future,
        }
    }
}

/// The options of `claimdesk extract`.
#[derive(Debug, clap::Args)]
pub struct Extract {
    /// The text, UTF-8; - is standard input.
    #[arg(value_name = "FILE", default_value = "-")]
    file: PathBuf,
    /// How the input is written.
    #[arg(long, value_enum, default_value = "text", value_name = "FORM")]
    input: Input,
    /// Also give every expression, attribution and sentence that was recognised, in a claim or not.
    #[arg(long)]
    all_points: bool,
    /// Name the pattern that made each point.
    #[arg(long)]
    explain: bool,
    /// Leave claims out whose check is worth less than this, from 0 to 1.
    #[arg(long, value_name = "SCORE", value_parser = article_input::score, default_value = "0")]
    min_check_worthiness: f64,
    /// Which day "Friday", "in May" or "the 3rd" means where the text does not tie it to a week, a year or a month.
    #[arg(long, value_enum, default_value = "tense", value_name = "WHICH")]
    prefer: Prefer,
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    output: Output,
}

/// What of an extraction to give.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    all_points: bool,
    explain: bool,
    min_check_worthiness: f64,
    prefer: extract::Prefer,
}

impl Wanted {
    /// The answer for an article, the same as the service's.
    pub(super) fn of(
        &self,
        article: Article,
        content_type: ContentType,
    ) -> Result<proto::v1::ExtractClaimsResponse, Error> {
        let (article, mut extraction) =
            extract::extract_with(article, Options { content_type, prefer: self.prefer })?;
        extraction.claims.retain(|claim| claim.check_worthiness >= self.min_check_worthiness);
        let mut answer = proto::extraction_message(extraction, self.all_points, self.explain);
        if content_type != ContentType::Plain {
            answer.text = article.text;
        }
        Ok(answer)
    }
}

impl Extract {
    pub(super) fn run(&self) -> Result<(), Error> {
        if self.output.output == Format::Name {
            return Err(Error::Usage(
                "claims that are not stored have no names; use -o table, wide, json, jsonl or yaml"
                    .to_owned(),
            ));
        }
        let wanted = Wanted {
            all_points: self.all_points,
            explain: self.explain,
            min_check_worthiness: self.min_check_worthiness,
            prefer: self.prefer.into(),
        };
        match self.input {
            Input::Text => self.text(wanted),
            Input::Jsonl if matches!(self.output.output, Format::Wide | Format::Yaml) => {
                Err(Error::Usage("--input jsonl is answered with JSON lines; leave -o out".to_owned()))
            }
            Input::Jsonl => lines::run(&self.file, &self.about, wanted),
        }
    }

    fn text(&self, wanted: Wanted) -> Result<(), Error> {
        let article = self.about.article(article_input::read_text(&self.file)?);
        let answer = wanted.of(article, self.about.content_type())?;
        let mut printer = self.output.printer();
        printer.answer(&answer)?;
        if matches!(printer.format(), Format::Table | Format::Wide) {
            if !answer.points.is_empty() {
                let table = render::points_table(&answer.points, printer.look());
                printer.text(&format!("\n{table}"))?;
            }
            if answer.claims.is_empty() {
                say("There are no claims in it.");
            }
        }
        Ok(())
    }
}
