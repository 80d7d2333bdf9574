//! `claimdesk changes list`, and `claimdesk audit verify`: what happened, and the proof that it is all there.

use anstyle::{AnsiColor, Style};

use super::{
    EXIT_CODES,
    error::Error,
    grid::{Grid, Line, fixed, flexible},
    name::{self, ArticleName, EitherName},
    output::{Answer, Output, say},
    paging::Paging,
    render::{Look, state_style},
    session::{Connection, claim_service},
    value::{clean, counted, moment},
};
use crate::proto::v1;

/// The commands of `claimdesk changes`.
#[derive(Debug, clap::Subcommand)]
pub enum Changes {
    /// List what happened to an article or a claim, the oldest first; also to what is deleted by now.
    #[command(after_help = EXIT_CODES)]
    List(Box<List>),
}

/// The options of `claimdesk changes list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// The article with all its claims, such as k3f, or one claim, such as k3f/7.
    of: EitherName,
    #[command(flatten)]
    paging: Paging,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

/// The commands of `claimdesk audit`.
#[derive(Debug, clap::Subcommand)]
pub enum Audit {
    /// Prove that nothing of what is on record was altered or taken out, or show where it was; exit code 1 then.
    #[command(after_help = EXIT_CODES)]
    Verify(Box<Verify>),
}

/// The options of `claimdesk audit verify`.
#[derive(Debug, clap::Args)]
pub struct Verify {
    /// Only this article, such as k3f or articles/k3f; all there is where absent.
    article: Option<ArticleName>,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl Changes {
    pub(super) fn run(&self) -> Result<(), Error> {
        let Self::List(list) = self;
        let session = list.connection.open()?;
        let fetch = |page_size, page_token| {
            let request = v1::ListChangesRequest { parent: list.of.0.clone(), page_size, page_token };
            session.call(request, async |channel, request| claim_service(channel).list_changes(request).await)
        };
        list.paging.print(&mut list.output.printer(), "changes", fetch)
    }
}

impl Audit {
    pub(super) fn run(&self) -> Result<(), Error> {
        let Self::Verify(verify) = self;
        verify.run()
    }
}

impl Verify {
    fn run(&self) -> Result<(), Error> {
        let session = self.connection.open()?;
        let mut all = v1::VerifyChangesResponse::default();
        let parent = self.article.as_ref().map(|article| article.0.clone()).unwrap_or_default();
        let mut page_token = String::new();
        loop {
            let request = v1::VerifyChangesRequest { parent: parent.clone(), page_token };
            let part = session.call(request, async |channel, request| {
                claim_service(channel).verify_changes(request).await
            })?;
            all.breaches.extend(part.breaches);
            all.change_count = all.change_count.saturating_add(part.change_count);
            all.unsealed_count = all.unsealed_count.saturating_add(part.unsealed_count);
            all.article_count = all.article_count.saturating_add(part.article_count);
            page_token = part.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        self.output.printer().answer(&all)?;
        say(&format!(
            "Looked at {} and {}.{}",
            counted(all.change_count.into(), "change"),
            counted(all.article_count.into(), "article"),
            match all.unsealed_count {
                0 => String::new(),
                older =>
                    format!(" Of {older} changes, which are older than the seals, nothing can be proved."),
            }
        ));
        match all.breaches.len() {
            0 => {
                say("All of it is as it was written.");
                Ok(())
            }
            breaches => Err(Error::Breached(breaches)),
        }
    }
}

impl Answer for v1::ListChangesResponse {
    type Item = v1::Change;

    fn items(&self) -> &[v1::Change] {
        &self.changes
    }

    fn name(change: &v1::Change) -> &str {
        &change.name
    }

    fn table(&self, look: &Look) -> String {
        let mut columns = vec![
            fixed("WHEN"),
            fixed("CLAIM"),
            fixed("WHAT"),
            fixed("WHO"),
            fixed("BEFORE"),
            fixed("AFTER"),
            flexible("WHY", 1),
        ];
        if look.wide {
            columns.push(fixed("CHANGE"));
            columns.push(flexible("SEAL", 1));
        }
        let mut grid = Grid::new(columns, false);
        for change in &self.changes {
            let mut cells = vec![
                vec![Line::plain(moment(change.change_time.as_ref()))],
                vec![Line::plain(if change.claim.is_empty() { "" } else { name::last(&change.claim) })],
                vec![Line::plain(change.kind.to_lowercase().replace('_', " "))],
                vec![Line::plain(clean(&change.actor))],
                vec![state(&change.before)],
                vec![state(&change.after)],
                vec![Line::plain(clean(&change.reason))],
            ];
            if look.wide {
                cells.push(vec![Line::plain(name::last(&change.name))]);
                cells.push(vec![Line::styled(&change.hash, Style::new().dimmed())]);
            }
            grid.row(cells);
        }
        grid.render(look.width)
    }
}

/// The state that the JSON of a change has in it.
fn state(json: &str) -> Line {
    let read: Option<serde_json::Value> = serde_json::from_str(json).ok();
    let state = read.as_ref().and_then(|value| value.get("state")?.as_str()).unwrap_or_default();
    Line::styled(clean(state), state_style(state))
}

impl Answer for v1::VerifyChangesResponse {
    type Item = v1::Breach;

    fn items(&self) -> &[v1::Breach] {
        &self.breaches
    }

    fn name(breach: &v1::Breach) -> &str {
        &breach.name
    }

    fn table(&self, look: &Look) -> String {
        let mut grid = Grid::new(vec![fixed("WRONG"), flexible("WHERE", 2), flexible("WHAT", 3)], false);
        for breach in &self.breaches {
            let mut place = vec![Line::plain(clean(&breach.name))];
            if !breach.claim.is_empty() && breach.claim != breach.name {
                place.push(Line::plain(clean(&breach.claim)));
            }
            grid.row(vec![
                vec![Line::styled(&breach.kind, AnsiColor::Red.on_default())],
                place,
                vec![Line::plain(clean(&breach.description))],
            ]);
        }
        grid.render(look.width)
    }
}
