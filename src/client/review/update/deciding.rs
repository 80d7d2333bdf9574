//! Decisions: on one claim, on all marked ones, and taken back.

use super::super::{
    action::Action,
    draft::{Draft, MARKED, Unsent, needs_ground},
    form::{Confirm, Confirmed, Form, Purpose},
    message::{Effect, Order, Outcome, Problem, Task},
    model::{Decided, Mode, Model},
};
use crate::{
    claim::Verdict,
    client::{name::short, session::request_id},
    proto::v1,
};

/// How many decisions can be taken back.
const KEPT_DECISIONS: usize = 100;

impl Model {
    /// Decides on the marked claims, or on the selected one; asks for a ground where one is needed.
    pub(super) fn decide(&mut self, verdict: Verdict, effects: &mut Vec<Effect>) {
        let Some(subject) = self.subject() else {
            self.warn("There is no claim to decide on.");
            return;
        };
        if subject != MARKED && !self.may_decide() {
            return;
        }
        let draft = self.drafts.get(&subject);
        let ground = draft.is_some_and(Draft::has_ground);
        let finished =
            draft.is_none_or(|draft| draft.unfinished.is_empty() || draft.unfinished.problem().is_none());
        if (needs_ground(verdict) && !ground) || !finished {
            self.mode = Mode::Form(Form::new(Purpose::Decide(verdict), &subject, self.drafts.get(&subject)));
            if subject != MARKED {
                self.begin_work(&subject, effects);
            }
        } else {
            self.go_ahead(&subject, verdict, effects);
        }
    }

    /// Decides as the claim that the draft rests on was decided, or else the likest of those seen before.
    pub(super) fn accept(&mut self, effects: &mut Vec<Effect>) {
        let Some(subject) = self.subject() else { return };
        if subject == MARKED {
            self.warn("Only one claim at a time can be decided as another was.");
            return;
        }
        if !self.may_decide() {
            return;
        }
        let Some(seen) = self.seen_before(&subject) else { return };
        let based_on = self.drafts.get(&subject).map(|draft| draft.based_on.as_str()).unwrap_or_default();
        let Some(one) = seen.iter().find(|one| one.claim == based_on).or_else(|| seen.first()) else {
            return;
        };
        let Ok(verdict) = one.state.parse() else {
            self.warn(format!("{} is {}, which is no verdict.", short(&one.claim), one.state));
            return;
        };
        self.draft(&subject).based_on.clone_from(&one.claim);
        self.keep_draft(&subject, effects);
        self.decide(verdict, effects);
    }

    /// Sends a decision whose ground is there, or asks once more where it is about several claims.
    pub(super) fn go_ahead(&mut self, subject: &str, verdict: Verdict, effects: &mut Vec<Effect>) {
        if subject == MARKED {
            self.ask_for_marked(verdict);
            return;
        }
        // The claim is being taken: the answer says with which token to decide.
        match &mut self.taking {
            Some((claim, waiting)) if claim == subject => *waiting = Some(verdict),
            _ => self.send(subject, verdict, effects),
        }
    }

    fn may_decide(&mut self) -> bool {
        let Some(claim) = self.selected().cloned() else { return false };
        let (undo, reopen) = (self.config.keymap.key(Action::Undo), self.config.keymap.key(Action::Reopen));
        let waits =
            self.taking.as_ref().is_some_and(|(taking, verdict)| *taking == claim.name && verdict.is_some());
        if waits || self.is_sending(&claim.name) {
            self.warn("Your decision on it is under way.");
        } else if claim.state != "UNREVIEWED" {
            self.warn(format!(
                "It is {}. {undo} takes your last decision back, {reopen} reopens this one.",
                claim.state
            ));
        } else if let Some(changed) = self.elsewhere.get(&claim.name).filter(|it| it.state != "UNREVIEWED") {
            let state = if changed.state.is_empty() { "gone" } else { &changed.state };
            let text = format!("It is {state} by now ({}).", changed.actor);
            self.warn(text);
        } else {
            return true;
        }
        false
    }

    pub(super) fn send(&mut self, name: &str, verdict: Verdict, effects: &mut Vec<Effect>) {
        let Some(claim) = self.listed_claim(name).cloned() else { return };
        let token = self.lease_of(name).map(|lease| lease.token.clone()).unwrap_or_default();
        let draft = self.draft(name);
        draft.finish_piece();
        let before = draft.clone();
        let request = v1::ReviewClaimRequest {
            etag: claim.etag.clone(),
            lease_token: token,
            ..draft.request(name, verdict)
        };
        let order = Order::new(Task::Review(vec![request.clone()]));
        draft.unsent = Some(Unsent {
            verdict: request.verdict.clone(),
            request_id: order.id.clone(),
            etag: request.etag.clone(),
            lease_token: request.lease_token.clone(),
        });
        self.keep_draft(name, effects);
        self.remember(&order, before);
        let id = order.id.clone();
        self.place(order, effects);
        self.tell(format!("{}: {}.", short(name), request.verdict));
        if !self.config.advance || self.selected_name() != name {
            return;
        }
        if request.lease_token.is_empty() {
            // It is still in the queue, and must not come as the next one.
            self.advance_after = Some(id);
        } else {
            self.next(effects);
        }
    }

    /// A decision that an earlier session made and had no answer to.
    pub(super) fn send_again(&mut self, draft: &Draft, effects: &mut Vec<Effect>) {
        let (Some(unsent), Ok(verdict)) =
            (&draft.unsent, draft.unsent.iter().map(|it| it.verdict.as_str()).collect::<String>().parse())
        else {
            return;
        };
        let request = v1::ReviewClaimRequest {
            etag: unsent.etag.clone(),
            lease_token: unsent.lease_token.clone(),
            ..draft.request(&draft.claim, verdict)
        };
        let order = Order { id: unsent.request_id.clone(), task: Task::Review(vec![request]) };
        self.remember(&order, Draft { unsent: None, ..draft.clone() });
        self.place(order, effects);
    }

    fn remember(&mut self, order: &Order, draft: Draft) {
        let claims = order.claims().map(str::to_owned).collect();
        self.decided.push(Decided { order: order.id.clone(), claims, draft });
        if self.decided.len() > KEPT_DECISIONS {
            self.decided.remove(0);
        }
    }

    fn place(&mut self, order: Order, effects: &mut Vec<Effect>) {
        self.orders.push_back(order.clone());
        effects.push(Effect::Send(order));
    }

    /// The marked claims that are open, as far as they are loaded, with their etags.
    fn open_marks(&self) -> Vec<(String, String)> {
        let mut open: Vec<(String, String)> = self
            .tabs
            .iter()
            .flat_map(|tab| tab.window.loaded().map(|(_, claim)| claim))
            .filter(|claim| self.marks.contains(&claim.name) && claim.state == "UNREVIEWED")
            .filter(|claim| !self.elsewhere.contains_key(&claim.name) && !self.is_sending(&claim.name))
            .map(|claim| (claim.name.clone(), claim.etag.clone()))
            .collect();
        open.sort();
        open.dedup();
        open
    }

    fn ask_for_marked(&mut self, verdict: Verdict) {
        let (open, all) = (self.open_marks().len(), self.marks.len());
        if open == 0 {
            self.warn("None of the marked claims is open.");
            return;
        }
        let left = match all - open {
            0 => String::new(),
            1 => " 1 more is marked that is not open, and is left out.".to_owned(),
            more => format!(" {more} more are marked that are not open, and are left out."),
        };
        let claims = if open == 1 { "claim" } else { "claims" };
        self.ask(format!("{verdict}: {open} {claims}.{left} Decide?"), Confirmed::Marked(verdict));
    }

    pub(super) fn ask(&mut self, question: String, answer: Confirmed) {
        self.mode = Mode::Confirm(Confirm { question, answer });
    }

    pub(super) fn send_marked(&mut self, verdict: Verdict, effects: &mut Vec<Effect>) {
        let open = self.open_marks();
        let draft = self.draft(MARKED);
        draft.finish_piece();
        draft.point_ids.clear();
        draft.based_on.clear();
        let draft = draft.clone();
        let requests: Vec<v1::ReviewClaimRequest> = open
            .into_iter()
            .map(|(name, etag)| v1::ReviewClaimRequest {
                etag,
                lease_token: self.lease_of(&name).map(|lease| lease.token.clone()).unwrap_or_default(),
                ..draft.request(&name, verdict)
            })
            .collect();
        self.tell(format!("{verdict}: {} sent.", requests.len()));
        let order = Order::new(Task::Review(requests));
        self.remember(&order, draft);
        self.place(order, effects);
        self.marks.clear();
        self.drop_draft(MARKED, effects);
    }

    /// Takes the last decision back.
    pub(super) fn undo(&mut self, effects: &mut Vec<Effect>) {
        let Some(last) = self.decided.pop() else {
            self.warn("Nothing was decided in this session.");
            return;
        };
        let what = match last.claims.as_slice() {
            [one] => short(one),
            many => format!("{} claims", many.len()),
        };
        self.tell(format!("{what}: the decision is being taken back; it stays on record."));
        if let [claim] = last.claims.as_slice() {
            if let Some(place) = self.current().window.place(claim) {
                self.go(place);
            }
            if !self.drafts.contains_key(claim) && !last.draft.is_empty() {
                self.drafts.insert(claim.clone(), last.draft.clone());
                self.keep_draft(&claim.clone(), effects);
            }
        }
        self.place(Order::new(Task::Reopen(last.claims)), effects);
    }

    /// Reopens the selected claim, whoever has decided.
    pub(super) fn reopen(&mut self, effects: &mut Vec<Effect>) {
        let Some(claim) = self.selected().cloned() else { return };
        if claim.state == "UNREVIEWED" && claim.review_count == 0 && !self.elsewhere.contains_key(&claim.name)
        {
            self.warn("It is open.");
            return;
        }
        self.tell(format!("{}: being reopened.", short(&claim.name)));
        self.place(Order::new(Task::Reopen(vec![claim.name.clone()])), effects);
    }

    pub(super) fn ask_to_discard(&mut self) {
        let Some(subject) = self.subject() else { return };
        if self.drafts.contains_key(&subject) {
            self.ask("Throw away what you wrote and did not send?".to_owned(), Confirmed::Discard);
        } else {
            self.warn("There is no draft.");
        }
    }

    pub(super) fn discard(&mut self, effects: &mut Vec<Effect>) {
        if let Some(subject) = self.subject() {
            self.drop_draft(&subject, effects);
            self.tell("The draft is gone.");
        }
    }

    /// What became of an order.
    pub(super) fn sent(
        &mut self,
        id: &str,
        outcome: Result<Vec<Outcome>, Problem>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(at) = self.orders.iter().position(|order| order.id == id) else { return };
        let Some(order) = self.orders.remove(at) else { return };
        let outcomes = match outcome {
            Ok(outcomes) => outcomes,
            Err(problem) => {
                let claims = order.claims().map(str::to_owned);
                claims.map(|name| Outcome { name, result: Err(problem.clone()) }).collect()
            }
        };
        let several = outcomes.len() > 1;
        let mut refused = Vec::new();
        for Outcome { name, result } in outcomes {
            match (result, &order.task) {
                (Ok(claim), Task::Review(requests)) => {
                    let request = requests.iter().find(|request| request.name == name);
                    self.tally.decide(request.map_or("", |request| &request.verdict));
                    if self.lease_of(&name).is_some() {
                        self.lease = None;
                    }
                    self.drop_draft(&name, effects);
                    self.settle(&claim);
                }
                (Ok(claim), Task::Reopen(_)) => {
                    self.tally.undo();
                    self.settle(&claim);
                }
                (Err(problem), Task::Review(requests)) => {
                    let request = requests.iter().find(|request| request.name == name);
                    if !self.try_without_lease(&order, request, &problem, effects) {
                        refused.push((name, problem));
                    }
                }
                (Err(problem), Task::Reopen(_)) => refused.push((name, problem)),
            }
        }
        if self.advance_after.as_ref() == Some(&order.id) {
            self.advance_after = None;
            if refused.is_empty() && matches!(self.mode, Mode::List) {
                self.next(effects);
            }
        }
        self.refused(&order, &refused, several, effects);
        self.recount.get_or_insert(self.now);
        self.details(effects);
    }

    /// The claim is as the service says now.
    fn settle(&mut self, claim: &v1::Claim) {
        self.settled.insert((claim.name.clone(), claim.etag.clone()));
        self.replace(claim);
        self.records.retain(|record| record.claim.name != claim.name);
    }

    /// A lease that ran out while nobody else took the claim keeps no decision back: the etag tells whether it is the same.
    fn try_without_lease(
        &mut self,
        order: &Order,
        request: Option<&v1::ReviewClaimRequest>,
        problem: &Problem,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let Some(request) = request.filter(|it| problem.reason == "LEASE_LOST" && !it.lease_token.is_empty())
        else {
            return false;
        };
        let again = v1::ReviewClaimRequest { lease_token: String::new(), ..request.clone() };
        let (name, id) = (again.name.clone(), request_id(None));
        if let Some(unsent) = self.drafts.get_mut(&name).and_then(|draft| draft.unsent.as_mut()) {
            (unsent.request_id, unsent.lease_token) = (id.clone(), String::new());
        }
        self.keep_draft(&name, effects);
        for decided in
            self.decided.iter_mut().filter(|decided| decided.order == order.id && decided.claims.len() == 1)
        {
            decided.order.clone_from(&id);
        }
        if self.advance_after.as_ref() == Some(&order.id) {
            self.advance_after = Some(id.clone());
        }
        self.place(Order { id, task: Task::Review(vec![again]) }, effects);
        true
    }

    fn refused(
        &mut self,
        order: &Order,
        refused: &[(String, Problem)],
        several: bool,
        effects: &mut Vec<Effect>,
    ) {
        let Some((first, problem)) = refused.first() else { return };
        let what = if several {
            format!("{} refused, such as {}", refused.len(), short(first))
        } else {
            short(first)
        };
        self.complain(format!("{what}: {}", problem.text));
        for decided in self.decided.iter_mut().filter(|decided| decided.order == order.id) {
            decided.claims.retain(|name| refused.iter().all(|(other, _)| other != name));
        }
        self.decided.retain(|decided| !decided.claims.is_empty());
        for (name, _) in refused {
            if let Some(draft) = self.drafts.get_mut(name) {
                draft.unsent = None;
            }
            self.keep_draft(name, effects);
        }
    }
}
