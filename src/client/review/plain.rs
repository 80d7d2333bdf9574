//! `claimdesk review --plain`: the same in prompts and lines, for screen readers and scripts.

mod commands;
mod tell;

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    sync::mpsc::{self, RecvTimeoutError},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use self::commands::{COMMANDS, Command};
use super::{
    config::{Config, SavedFilter},
    draft::{Draft, MARKED},
    model::search_filter,
    shelf::Shelf,
    tally::Tally,
};
use crate::{
    client::{
        claims::both,
        error::Error,
        session::{Session, request_id, review_service},
    },
    proto::v1,
};

/// How often it is looked whether the lease is to be held longer.
const LOOK: Duration = Duration::from_secs(1);

/// A claim that is the reviewer's for now.
struct Held {
    name: String,
    token: String,
    until: Instant,
}

/// What is going on between prompts.
pub(super) struct Plain<'a> {
    session: &'a Session,
    parent: &'a str,
    tabs: Vec<SavedFilter>,
    tab: usize,
    search: String,
    lease_time: Duration,
    claim: Option<v1::Claim>,
    /// Claims that were decided on and may say the same.
    suggestions: Vec<v1::Suggestion>,
    held: Option<Held>,
    draft: Draft,
    shelf: Option<Shelf>,
    marks: Vec<v1::Claim>,
    decided: Vec<Vec<String>>,
    tally: Tally,
    /// The exit code of the first command that failed.
    failed: Option<u8>,
    /// What the next line answers, where it is no command.
    asked: Option<Asked>,
}

/// A question that was asked.
#[derive(Clone, Copy)]
enum Asked {
    /// For the note of a decision.
    Note(Command),
    /// Whether to decide on all marked claims.
    Marked(Command),
}

/// Whether there is more to do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoOn,
    Leave,
}

/// Why a line did nothing, and with which exit code that ends.
enum Failure {
    /// The line itself.
    Line(String),
    /// The service, or what carries to it.
    Call(Error),
    /// Nobody reads what is written.
    Output(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Write(_) => Self::Output(error),
            error => Self::Call(error),
        }
    }
}

/// Reads commands until there are no more; the exit code is that of the first that failed.
pub(super) fn run(
    session: &Session,
    config: &Config,
    parent: &str,
    lease_time: Duration,
) -> Result<(), Error> {
    let shelf = Shelf::of(session.calls().server(), session.caller());
    let mut plain = Plain {
        session,
        parent,
        tabs: config.tabs.clone(),
        tab: 0,
        search: String::new(),
        lease_time,
        claim: None,
        suggestions: Vec::new(),
        held: None,
        draft: Draft::default(),
        shelf,
        marks: Vec::new(),
        decided: Vec::new(),
        tally: Tally::new(Timestamp::now()),
        failed: None,
        asked: None,
    };
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    let ended = plain.attend(&lines);
    plain.release();
    ended?;
    plain.write(&plain.tally.summary(Timestamp::now()))?;
    match plain.failed {
        None => Ok(()),
        Some(code) => Err(Error::SomeLines(code)),
    }
}

impl Plain<'_> {
    fn attend(&mut self, lines: &mpsc::Receiver<String>) -> Result<(), Error> {
        self.send_again()?;
        self.write("Commands, one on a line; \"help\" lists them, \"next\" takes a claim.")?;
        self.prompt()?;
        loop {
            match lines.recv_timeout(LOOK) {
                Ok(line) => {
                    if self.line(&line)? == Flow::Leave {
                        return Ok(());
                    }
                    self.prompt()?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
            self.renew()?;
        }
    }

    fn line(&mut self, line: &str) -> Result<Flow, Error> {
        let done = match self.asked.take() {
            Some(asked) => self.answer(asked, line),
            None => self.command(line),
        };
        match done {
            Ok(flow) => return Ok(flow),
            Err(Failure::Output(error)) => return Err(error),
            Err(Failure::Line(problem)) => {
                self.failed.get_or_insert(2);
                self.write(&format!("error: {problem}"))?;
            }
            Err(Failure::Call(error)) => {
                self.failed.get_or_insert(error.exit_code());
                let hint = error.hint().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
                self.write(&format!("error: {error}{hint}"))?;
            }
        }
        Ok(Flow::GoOn)
    }

    fn command(&mut self, line: &str) -> Result<Flow, Failure> {
        let line = line.trim();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        if name.is_empty() || name.starts_with('#') {
            return Ok(Flow::GoOn);
        }
        let Some((command, ..)) = COMMANDS.iter().find(|(_, known, ..)| *known == name) else {
            return Err(Failure::Line(format!(
                "there is no command \"{name}\"; \"help\" lists those there are"
            )));
        };
        self.execute(*command, rest.trim())
    }

    /// Writes lines of text, which never command the terminal.
    fn write(&self, text: &str) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        let text = crate::client::value::printable(text);
        writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush()).map_err(Error::Write)
    }

    fn prompt(&self) -> Result<(), Error> {
        if !io::stdin().is_terminal() {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let sign = if self.asked.is_some() { "? " } else { "> " };
        out.write_all(sign.as_bytes()).and_then(|()| out.flush()).map_err(Error::Write)
    }

    /// The filter of the tab, with the search in it.
    fn filter(&self) -> String {
        let search = search_filter(&self.search);
        both(Some(&self.tabs[self.tab].filter), std::slice::from_ref(&search))
    }

    fn lease_duration(&self) -> Option<pbjson_types::Duration> {
        let seconds = i64::try_from(self.lease_time.as_secs()).unwrap_or(300);
        let nanos = i32::try_from(self.lease_time.subsec_nanos()).unwrap_or(0);
        Some(pbjson_types::Duration { seconds, nanos })
    }

    /// Takes the next claim of the queue, or the one of this name; gives back the one held before.
    fn lease(&mut self, claim: &str) -> Result<bool, Failure> {
        let after = self.claim.as_ref().map(|claim| claim.name.clone()).unwrap_or_default();
        let next = claim.is_empty();
        let request = v1::LeaseClaimsRequest {
            parent: if next { self.parent.to_owned() } else { String::new() },
            filter: if next { self.filter() } else { String::new() },
            max_claims: 1,
            after_claim: if next { after } else { String::new() },
            lease_duration: self.lease_duration(),
            request_id: request_id(None),
            claim: claim.to_owned(),
        };
        let answer = self
            .session
            .call(request, async |channel, request| review_service(channel).lease_claims(request).await)?;
        let Some(lease) = answer.leases.into_iter().next() else { return Ok(false) };
        let Some(claim) = lease.claim else { return Ok(false) };
        self.release();
        let until = Instant::now() + self.lease_time;
        self.held = Some(Held { name: claim.name.clone(), token: lease.token, until });
        self.look_at(claim);
        Ok(true)
    }

    /// Turns to a claim, and to what was written of it before.
    fn look_at(&mut self, claim: v1::Claim) {
        let kept = self.shelf.iter().flat_map(Shelf::drafts).find(|draft| draft.claim == claim.name);
        self.draft = kept.unwrap_or_else(|| Draft::of(&claim.name));
        self.suggestions.clear();
        self.claim = Some(claim);
    }

    fn keep(&self) -> Result<(), Failure> {
        let Some(shelf) = &self.shelf else { return Ok(()) };
        shelf
            .keep(&self.draft)
            .map_err(|error| Failure::Line(format!("the draft cannot be kept on disk: {error}")))
    }

    /// Gives the claim back; where that fails, its time runs out.
    fn release(&mut self) {
        let Some(Held { name, token, .. }) = self.held.take() else { return };
        let request = v1::ReleaseLeaseRequest { name, lease_token: token, request_id: request_id(None) };
        let _ = self
            .session
            .call(request, async |channel, request| review_service(channel).release_lease(request).await);
    }

    fn renew(&mut self) -> Result<(), Error> {
        let lease_duration = self.lease_duration();
        let Some(held) = &mut self.held else { return Ok(()) };
        let left = held.until.saturating_duration_since(Instant::now());
        if left > self.lease_time / 2 {
            return Ok(());
        }
        let request = v1::RenewLeaseRequest {
            name: held.name.clone(),
            lease_token: held.token.clone(),
            lease_duration,
            request_id: request_id(None),
        };
        let renewed = self
            .session
            .call(request, async |channel, request| review_service(channel).renew_lease(request).await);
        match renewed {
            Ok(_) => held.until = Instant::now() + self.lease_time,
            Err(_) if !left.is_zero() => {}
            Err(error) => {
                self.held = None;
                self.write(&format!("The claim is no longer yours: {error}"))?;
            }
        }
        Ok(())
    }

    /// Sends the decisions that an earlier session made and had no answer to.
    fn send_again(&mut self) -> Result<(), Error> {
        for mut draft in
            self.shelf.iter().flat_map(Shelf::drafts).filter(|it| it.claim != MARKED).collect::<Vec<_>>()
        {
            let Some(unsent) = draft.unsent.take() else { continue };
            let Ok(verdict) = unsent.verdict.parse() else { continue };
            let request = v1::ReviewClaimRequest {
                etag: unsent.etag,
                lease_token: unsent.lease_token,
                request_id: unsent.request_id,
                ..draft.request(&draft.claim, verdict)
            };
            let name = request.name.clone();
            let sent = self
                .session
                .call(request, async |channel, request| review_service(channel).review_claim(request).await);
            let text = match sent {
                Ok(_) => {
                    draft = Draft::of(&name);
                    format!("{name}: what you decided before is stored now, {}.", unsent.verdict)
                }
                Err(error) => format!("{name}: what you decided before was refused: {error}"),
            };
            if let Some(shelf) = &self.shelf {
                let _ = shelf.keep(&draft);
            }
            self.write(&text)?;
        }
        Ok(())
    }
}
