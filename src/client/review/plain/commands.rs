//! The commands of the plain mode, one by one.

use super::{
    super::{
        draft::{Draft, Piece, needs_ground},
        programs,
    },
    Asked, Failure, Flow, Plain,
};
use crate::{
    claim::Verdict,
    client::{
        claims::page,
        error::Error,
        name::{ClaimName, short},
        session::{claim_service, request_id, review_service},
    },
    proto::v1,
};

/// What a line can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Command {
    Next,
    Skip,
    Take,
    Show,
    Article,
    Verify,
    Dispute,
    Unverifiable,
    Dismiss,
    Evidence,
    Note,
    Correction,
    Point,
    Like,
    Accept,
    Draft,
    Discard,
    Undo,
    Reopen,
    List,
    Tabs,
    Tab,
    Search,
    Mark,
    Unmark,
    Open,
    Help,
    Quit,
}

/// Each with its name, what it takes, and what it does.
pub(super) const COMMANDS: &[(Command, &str, &str, &str)] = &[
    (Command::Next, "next", "", "take the next claim, of the same article first"),
    (Command::Skip, "skip", "", "give this claim back and take the next"),
    (Command::Take, "take", "CLAIM", "take the claim of this name, such as k3f/7"),
    (Command::Show, "show", "", "say again what there is to know of the claim"),
    (Command::Article, "article", "", "show the article with its claims in brackets"),
    (Command::Verify, "verify", "[NOTE]", "it is so"),
    (Command::Dispute, "dispute", "[NOTE]", "it is not so"),
    (Command::Unverifiable, "unverifiable", "[NOTE]", "it cannot be told"),
    (Command::Dismiss, "dismiss", "[NOTE]", "it is no claim at all"),
    (Command::Evidence, "evidence", "ADDRESS [TEXT]", "add a piece of evidence, and what it says"),
    (Command::Note, "note", "TEXT", "write the note"),
    (Command::Correction, "correction", "TEXT", "write how it should read"),
    (Command::Point, "point", "NUMBER", "rest the decision on a point, or no longer"),
    (Command::Like, "like", "[CLAIM]", "rest the decision on a claim seen before; on none without"),
    (
        Command::Accept,
        "accept",
        "[CLAIM]",
        "decide as a claim seen before was decided; without one, as the likest",
    ),
    (Command::Draft, "draft", "", "say what you wrote and did not send"),
    (Command::Discard, "discard", "", "throw that away"),
    (Command::Undo, "undo", "", "take the last decision back; all stays on record"),
    (Command::Reopen, "reopen", "[CLAIM]", "reopen a claim, whoever has decided"),
    (Command::List, "list", "[NUMBER]", "list claims of this tab, 20 where no number is given"),
    (Command::Tabs, "tabs", "", "list the tabs"),
    (Command::Tab, "tab", "NAME", "go to a tab, by its name or number"),
    (Command::Search, "search", "[WORDS]", "only claims with these words from now on; all without"),
    (Command::Mark, "mark", "CLAIM …", "mark claims: the next decision is about all of them"),
    (Command::Unmark, "unmark", "", "unmark all"),
    (Command::Open, "open", "", "open the source"),
    (Command::Help, "help", "", "list the commands"),
    (Command::Quit, "quit", "", "leave; so does the end of the input"),
];

impl Command {
    fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Verify => Some(Verdict::Verified),
            Self::Dispute => Some(Verdict::Disputed),
            Self::Unverifiable => Some(Verdict::Unverifiable),
            Self::Dismiss => Some(Verdict::Dismissed),
            _ => None,
        }
    }
}

impl Plain<'_> {
    pub(super) fn execute(&mut self, command: Command, rest: &str) -> Result<Flow, Failure> {
        match command {
            Command::Next => self.next()?,
            Command::Skip => {
                self.tally.skip();
                let held = self.held.as_ref().map(|held| held.name.clone());
                self.next()?;
                if self.held.as_ref().map(|held| held.name.clone()) == held {
                    self.release();
                }
            }
            Command::Take => self.take(rest)?,
            Command::Show => self.tell_claim()?,
            Command::Article => self.tell_article()?,
            Command::Verify | Command::Dispute | Command::Unverifiable | Command::Dismiss => {
                self.decide(command, rest)?;
            }
            Command::Evidence | Command::Note | Command::Correction | Command::Point => {
                self.compose(command, rest)?;
            }
            Command::Like => self.like(rest)?,
            Command::Accept => self.accept(rest)?,
            Command::Draft => self.tell_draft()?,
            Command::Discard => {
                self.draft = Draft::of(&self.draft.claim);
                self.keep()?;
                self.write("The draft is gone.")?;
            }
            Command::Undo => self.undo()?,
            Command::Reopen => self.reopen(rest)?,
            Command::List => self.list(rest)?,
            Command::Tabs => self.tell_tabs()?,
            Command::Tab => self.go_to_tab(rest)?,
            Command::Search => {
                rest.clone_into(&mut self.search);
                self.list("")?;
            }
            Command::Mark => self.mark(rest)?,
            Command::Unmark => {
                self.marks.clear();
                self.write("Nothing is marked.")?;
            }
            Command::Open => self.open()?,
            Command::Help => self.tell_help()?,
            Command::Quit => return Ok(Flow::Leave),
        }
        Ok(Flow::GoOn)
    }

    fn next(&mut self) -> Result<(), Failure> {
        if self.lease("")? {
            self.tell_claim()?;
        } else {
            self.write("No claim that fits this tab is free.")?;
        }
        Ok(())
    }

    fn take(&mut self, rest: &str) -> Result<(), Failure> {
        let name = claim_name(rest)?;
        if self.lease(&name)? {
            self.tell_claim()?;
        } else {
            let claim = self.read(&name)?;
            self.release();
            self.look_at(claim);
            self.tell_claim()?;
            self.write("It is not free: it is decided, or somebody else is at work on it.")?;
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<v1::Claim, Error> {
        let request = v1::GetClaimRequest { name: name.to_owned() };
        let answer = self
            .session
            .call(request, async |channel, request| claim_service(channel).get_claim(request).await)?;
        Ok(answer.claim.unwrap_or_default())
    }

    /// The claim that is looked at.
    pub(super) fn this(&self) -> Result<&v1::Claim, Failure> {
        let none = || Failure::Line("there is no claim yet; \"next\" takes one".to_owned());
        self.claim.as_ref().ok_or_else(none)
    }

    fn compose(&mut self, command: Command, rest: &str) -> Result<(), Failure> {
        if self.marks.is_empty() {
            self.this()?;
        }
        match command {
            Command::Note => rest.clone_into(&mut self.draft.note),
            Command::Correction => rest.clone_into(&mut self.draft.correction),
            Command::Point => {
                let number = rest.trim_start_matches('p').parse::<usize>().ok();
                let points = &self.this()?.points;
                let id = number
                    .and_then(|number| points.get(number.checked_sub(1)?))
                    .map(|point| point.id.clone());
                let id = id.ok_or_else(|| Failure::Line(format!("there is no point \"{rest}\"")))?;
                match self.draft.point_ids.iter().position(|other| *other == id) {
                    Some(at) => drop(self.draft.point_ids.remove(at)),
                    None => self.draft.point_ids.push(id),
                }
            }
            _ => {
                let (uri, quote) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                let piece = Piece { uri: uri.to_owned(), quote: quote.trim().to_owned(), ..Piece::default() };
                if let Some(problem) = piece.problem() {
                    return Err(Failure::Line(problem.to_owned()));
                }
                self.draft.evidence.push(piece);
            }
        }
        self.keep()?;
        self.tell_draft()
    }

    fn like(&mut self, rest: &str) -> Result<(), Failure> {
        self.this()?;
        self.draft.based_on = if rest.is_empty() { String::new() } else { claim_name(rest)? };
        self.keep()?;
        self.tell_draft()
    }

    /// Decides as the claim that is named was decided, or the one that the draft rests on, or the likest.
    fn accept(&mut self, rest: &str) -> Result<(), Failure> {
        self.this()?;
        let wanted = if rest.is_empty() { self.draft.based_on.clone() } else { claim_name(rest)? };
        let named = |one: &&v1::Suggestion| wanted.is_empty() || one.claim == wanted;
        let (claim, state) = match self.suggestions.iter().find(named) {
            Some(one) => (one.claim.clone(), one.state.clone()),
            None if wanted.is_empty() => {
                let none = "nothing that says the same was decided on before";
                return Err(Failure::Line(none.to_owned()));
            }
            None => (wanted.clone(), self.read(&wanted)?.state),
        };
        let verdict = state
            .parse()
            .map_err(|_| Failure::Line(format!("{} is {state}, which is no verdict", short(&claim))))?;
        self.draft.based_on = claim;
        self.keep()?;
        self.send(verdict)
    }

    fn decide(&mut self, command: Command, note: &str) -> Result<(), Failure> {
        let Some(verdict) = command.verdict() else { return Ok(()) };
        if self.marks.is_empty() {
            self.this()?;
        }
        if !note.is_empty() {
            note.clone_into(&mut self.draft.note);
            self.keep()?;
        }
        if needs_ground(verdict) && !self.draft.has_ground() {
            self.asked = Some(Asked::Note(command));
            self.write("It needs evidence or a note. The note, or an empty line to leave it:")?;
            return Ok(());
        }
        if self.marks.is_empty() {
            return self.send(verdict);
        }
        let open = self.marks.iter().filter(|claim| claim.state == "UNREVIEWED").count();
        self.asked = Some(Asked::Marked(command));
        self.write(&format!(
            "{verdict}: {open} of {} marked claims are open. Decide? yes or no:",
            self.marks.len()
        ))?;
        Ok(())
    }

    /// The answer to a question.
    pub(super) fn answer(&mut self, asked: Asked, line: &str) -> Result<Flow, Failure> {
        let line = line.trim();
        match asked {
            Asked::Note(_) if line.is_empty() => self.write("Nothing was decided.")?,
            Asked::Note(command) => self.decide(command, line)?,
            Asked::Marked(command) if matches!(line, "y" | "yes") => self.send_marked(command)?,
            Asked::Marked(_) => self.write("Nothing was decided.")?,
        }
        Ok(Flow::GoOn)
    }

    fn send(&mut self, verdict: Verdict) -> Result<(), Failure> {
        let claim = self.this()?.clone();
        let token = self.held.as_ref().filter(|held| held.name == claim.name).map(|held| held.token.clone());
        let request = v1::ReviewClaimRequest {
            etag: claim.etag.clone(),
            lease_token: token.unwrap_or_default(),
            request_id: request_id(None),
            ..self.draft.request(&claim.name, verdict)
        };
        let answer = self
            .session
            .call(request, async |channel, request| review_service(channel).review_claim(request).await)?;
        if self.held.as_ref().is_some_and(|held| held.name == claim.name) {
            self.held = None;
        }
        self.settle(&claim.name, verdict)?;
        let after = answer.claim.unwrap_or_default();
        self.write(&match after.state.as_str() {
            "UNREVIEWED" => format!("{} waits for another reviewer.", short(&claim.name)),
            state => format!("{} is {state} now.", short(&claim.name)),
        })?;
        self.decided.push(vec![claim.name]);
        self.claim = Some(after);
        Ok(())
    }

    fn settle(&mut self, name: &str, verdict: Verdict) -> Result<(), Failure> {
        self.tally.decide(verdict.as_str());
        self.draft = Draft::of(name);
        self.keep()
    }

    fn send_marked(&mut self, command: Command) -> Result<(), Failure> {
        let Some(verdict) = command.verdict() else { return Ok(()) };
        let open: Vec<v1::Claim> = self.marks.drain(..).filter(|claim| claim.state == "UNREVIEWED").collect();
        let mut decided = Vec::new();
        let mut refused = 0;
        for batch in open.chunks(100) {
            let requests = batch.iter().map(|claim| {
                let held = self.held.as_ref().filter(|held| held.name == claim.name);
                v1::ReviewClaimRequest {
                    etag: claim.etag.clone(),
                    lease_token: held.map(|held| held.token.clone()).unwrap_or_default(),
                    point_ids: Vec::new(),
                    ..self.draft.request(&claim.name, verdict)
                }
            });
            let request = v1::BatchReviewClaimsRequest {
                requests: requests.collect(),
                item_by_item: true,
                request_id: request_id(None),
                ..Default::default()
            };
            let answer = self.session.call(request, async |channel, request| {
                review_service(channel).batch_review_claims(request).await
            })?;
            for outcome in answer.outcomes {
                let status = outcome.status.unwrap_or_default();
                if status.code == "OK" {
                    self.tally.decide(verdict.as_str());
                    decided.push(outcome.name);
                } else {
                    refused += 1;
                    self.write(&format!(
                        "error: {}: {} ({})",
                        short(&outcome.name),
                        status.message,
                        status.code
                    ))?;
                }
            }
        }
        self.write(&format!("{} decided, {refused} refused.", decided.len()))?;
        if refused > 0 {
            self.failed.get_or_insert(5);
        }
        if !decided.is_empty() {
            self.decided.push(decided);
        }
        self.draft = Draft::of(&self.draft.claim);
        self.keep()
    }

    fn undo(&mut self) -> Result<(), Failure> {
        let last = self.decided.pop();
        let names = last.ok_or_else(|| Failure::Line("nothing was decided in this session".to_owned()))?;
        for name in names {
            self.reopen_one(&name)?;
            self.tally.undo();
        }
        Ok(())
    }

    fn reopen(&mut self, rest: &str) -> Result<(), Failure> {
        let name = if rest.is_empty() { self.this()?.name.clone() } else { claim_name(rest)? };
        self.reopen_one(&name)
    }

    fn reopen_one(&mut self, name: &str) -> Result<(), Failure> {
        let request = v1::ReopenClaimRequest {
            name: name.to_owned(),
            request_id: request_id(None),
            ..Default::default()
        };
        let answer = self
            .session
            .call(request, async |channel, request| review_service(channel).reopen_claim(request).await)?;
        if self.claim.as_ref().is_some_and(|claim| claim.name == name) {
            self.claim = answer.claim;
        }
        self.write(&format!("{} is open again.", short(name)))?;
        Ok(())
    }

    pub(super) fn list(&self, rest: &str) -> Result<(), Failure> {
        let number = match rest {
            "" => 20,
            text => text
                .parse()
                .ok()
                .filter(|number| (1..=1000).contains(number))
                .ok_or_else(|| Failure::Line(format!("\"{text}\" is no number from 1 to 1000")))?,
        };
        let order = &self.tabs[self.tab].order_by;
        let answer = page(self.session, self.parent, &self.filter(), order, number, String::new())?;
        self.tell_list(&answer)
    }

    fn go_to_tab(&mut self, given: &str) -> Result<(), Failure> {
        let number = given.parse::<usize>().ok().filter(|number| (1..=self.tabs.len()).contains(number));
        let by_name = || self.tabs.iter().position(|tab| tab.name.eq_ignore_ascii_case(given));
        let place = number.map(|number| number - 1).or_else(by_name);
        self.tab = place
            .ok_or_else(|| Failure::Line(format!("there is no tab \"{given}\"; \"tabs\" lists them")))?;
        self.list("")
    }

    fn mark(&mut self, rest: &str) -> Result<(), Failure> {
        for given in rest.split_whitespace() {
            let claim = self.read(&claim_name(given)?)?;
            self.marks.retain(|other| other.name != claim.name);
            self.marks.push(claim);
        }
        self.write(&format!("{} marked.", self.marks.len()))?;
        Ok(())
    }

    fn open(&self) -> Result<(), Failure> {
        let claim = self.this()?;
        let address = claim.sources.iter().map(|source| &source.uri).find(|uri| !uri.is_empty());
        match address {
            Some(uri) if programs::show(uri) => self.write("Opened.")?,
            Some(uri) => self.write(uri)?,
            None => self.write("Neither the article nor its evidence has an address.")?,
        }
        Ok(())
    }
}

fn claim_name(given: &str) -> Result<String, Failure> {
    let name = given.parse::<ClaimName>().map_err(|error| Failure::Line(error.to_string()))?;
    Ok(name.0)
}
