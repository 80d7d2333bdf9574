//! `claimdesk review`: the screen of a reviewer's day.
//!
//! `model` is all that the screen knows, `update` says what a message changes in it and which effects that wants, `view`
//! draws it: none of the three does any input or output. `run` brings them together with the terminal and with `errands`,
//! which talks to the service beside it.

mod action;
mod article;
mod config;
mod draft;
mod errands;
mod form;
mod input;
mod keymap;
mod line;
mod message;
mod model;
mod outbox;
mod plain;
mod programs;
mod reading;
mod rehearsal;
mod run;
mod shelf;
mod tally;
mod terminal;
mod theme;
mod update;
mod view;
mod window;
mod wrap;

use std::{fmt::Write as _, io::IsTerminal as _, path::PathBuf, time::Duration};

use jiff::Timestamp;

pub use self::rehearsal::Rehearsal;

use self::{
    config::{Config, SavedFilter},
    model::Model,
    run::Ended,
};
use super::{
    claims::page,
    error::Error,
    name::ArticleName,
    output::{Output, say},
    session::{Connection, Session, duration},
};

/// How long a claim is leased at a time where nothing else is said.
const LEASE: Duration = Duration::from_secs(300);

/// The options of `claimdesk review`.
#[derive(Debug, clap::Args)]
pub struct Review {
    /// Only claims of this article, such as k3f or articles/k3f; of all where absent.
    article: Option<ArticleName>,
    /// A first tab with the claims that fit, in the filter language of AIP-160, such as: publisher = "APA"
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Prompts and lines instead of a screen, for screen readers and scripts.
    #[arg(long)]
    plain: bool,
    /// How long a claim is yours at a time: seconds, or with a unit as in 30s, 5m; it is held longer by itself
    /// [default: 5m, or what the configuration says]
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    lease: Option<Duration>,
    /// The configuration: tabs, keys, colours [default: $XDG_CONFIG_HOME/claimdesk/review.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_REVIEW_CONFIG")]
    config: Option<PathBuf>,
    /// Print the keys as they are configured, and end.
    #[arg(long)]
    keys: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Review {
    pub(super) fn run(&self) -> Result<(), Error> {
        let colored = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let mut config =
            Config::load(self.config.as_ref(), colored).map_err(|error| Error::Usage(error.to_string()))?;
        if let Some(filter) = &self.filter {
            config.tabs.insert(0, SavedFilter::open(filter));
        }
        if self.keys {
            return print_keys(&config);
        }
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let there = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if !self.plain && (dumb || !there) {
            return Err(Error::Usage(
                "the review screen needs a terminal; --plain works with prompts and lines".to_owned(),
            ));
        }
        let session = self.connection.open_beside()?;
        let parent = self.article.as_ref().map_or("articles/-", |article| &article.0);
        let lease = self.lease.or(config.lease).unwrap_or(LEASE);
        first_look(&session, parent, &config)?;
        if self.plain {
            return plain::run(&session, &config, parent, lease);
        }
        let reviewer = match (session.reviewer(), session.caller()) {
            ("", "") => "anonymous",
            // Credentials say who it is, to the service alone.
            ("", _) => "signed in",
            (name, _) => name,
        };
        let model = Model::new(config, reviewer, lease, Timestamp::now());
        let (model, ended) = run::run(&session, model, parent)?;
        tell(&model);
        match ended {
            Ended::Left => Ok(()),
            Ended::Signal(number) => Err(Error::Signal(number)),
        }
    }
}

/// Asks for something, so that what is wrong with the address or the filter is told before there is a screen.
fn first_look(session: &Session, parent: &str, config: &Config) -> Result<(), Error> {
    let filter = config.tabs.first().map(|tab| tab.filter.as_str()).unwrap_or_default();
    page(session, parent, filter, "", 1, String::new()).map(|_| ())
}

/// The keys as the screen has them, as a table in Markdown.
fn print_keys(config: &Config) -> Result<(), Error> {
    let mut text = String::from("| Key | What it does |\n|---|---|\n");
    for group in action::Group::ALL {
        let _ = writeln!(text, "| **{}** | |", group.title());
        for (keys, help) in config.keymap.help(group) {
            let _ = writeln!(text, "| `{keys}` | {help} |");
        }
    }
    Output::data().text(&text)
}

/// Says what was done.
fn tell(model: &Model) {
    say(&model.tally.summary(model.now));
    let drafts = model.open_drafts().count();
    if drafts > 0 {
        say(&format!("{drafts} unfinished: what you wrote is kept for the next time."));
    }
    if !model.orders.is_empty() {
        say(&format!("{} decided and not stored yet: kept, and sent at the next start.", model.orders.len()));
    }
}
