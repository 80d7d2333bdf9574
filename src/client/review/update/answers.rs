//! What comes back from the service and from this machine.

use std::sync::Arc;

use super::super::{
    message::{Answer, Details, Effect},
    model::{Elsewhere, Link, Mode, Model},
};
use crate::proto::v1;

impl Model {
    pub(super) fn answer(&mut self, answer: Answer, effects: &mut Vec<Effect>) {
        match answer {
            Answer::Listed { tab, generation, page, claims, next } => {
                self.listed((tab, generation), page, claims, next);
            }
            Answer::ListFailed { tab, generation, problem } => {
                if let Some(tab) = self.tabs.get_mut(tab).filter(|tab| tab.generation == generation) {
                    tab.loading().failed();
                    tab.problem = Some(problem.text);
                }
            }
            Answer::Counted { tab, generation, count } => {
                if let Some(tab) = self.tabs.get_mut(tab).filter(|tab| tab.generation == generation) {
                    tab.count = Some(count);
                }
            }
            Answer::Details(details) => self.learn(*details),
            Answer::Leased { wish, lease } => self.leased(wish, lease.map(|lease| *lease), effects),
            Answer::LeaseFailed { wish, problem } => self.lease_failed(wish, &problem, effects),
            Answer::Renewed { claim, outcome } => self.renewed(&claim, outcome),
            Answer::Sent { order, outcome } => self.sent(&order, outcome, effects),
            Answer::Changed(message) => self.changed(&message),
            Answer::Connected => self.connected(effects),
            Answer::Lost => {
                if self.link == Link::Up {
                    self.link = Link::Lost { since: self.now };
                }
            }
            Answer::Edited { claim, outcome } => self.edited(&claim, outcome, effects),
            Answer::Failed(text) => self.complain(text),
        }
    }

    fn listed(
        &mut self,
        (tab, generation): (usize, u64),
        page: usize,
        claims: Vec<Arc<v1::Claim>>,
        next: String,
    ) {
        let held = self.lease.as_ref().map(|lease| lease.claim.clone());
        let Some(tab) = self.tabs.get_mut(tab).filter(|tab| tab.generation == generation) else { return };
        tab.loading().fill(page, claims, next);
        if let Some(anew) = tab.anew.take() {
            tab.window = anew;
        }
        // After a refresh the cursor goes back to its claim; the one that is held stays in sight.
        if let Some(claim) = tab.return_to.take() {
            match tab.window.place(&claim.name) {
                Some(place) => tab.window.go(place),
                None if held.as_ref() == Some(&claim.name) => tab.window.insert(claim),
                None => {}
            }
        }
    }

    fn learn(&mut self, details: Details) {
        if let Some(article) = details.article {
            self.put_article(article);
        }
        let fresh = &details.record.claim;
        let listed = self.selected().filter(|claim| claim.name == fresh.name);
        if listed.is_some_and(|claim| claim.etag != fresh.etag) && !self.is_sending(&fresh.name) {
            let actor = details.record.reviews.last().map(|review| review.reviewer.clone());
            let (state, actor) = (fresh.state.clone(), actor.unwrap_or_default());
            self.elsewhere.entry(fresh.name.clone()).or_insert(Elsewhere { state, actor });
        }
        self.put_record(details.record);
    }

    /// Something happened. What the reviewer sees stays as it is; it is only marked.
    fn changed(&mut self, message: &v1::WatchClaimsResponse) {
        let Some(change) = &message.change else { return };
        self.recount.get_or_insert(self.now);
        if change.kind == "CLAIM_CREATED" {
            self.arrived += 1;
        }
        let name = &change.claim;
        if !matches!(change.kind.as_str(), "CLAIM_REVIEWED" | "CLAIM_REOPENED" | "CLAIM_DELETED")
            || (self.is_sending(name) && change.actor == self.reviewer)
        {
            return;
        }
        let etag = message.claim.as_ref().map_or("", |claim| &claim.etag);
        if self.settled.contains(&(name.clone(), etag.to_owned())) {
            return;
        }
        let mut listed = self.tabs.iter().flat_map(|tab| tab.window.loaded());
        if listed.any(|(_, claim)| claim.name == *name && claim.etag != etag) {
            let state = message.claim.as_ref().map(|claim| claim.state.clone()).unwrap_or_default();
            let elsewhere = Elsewhere { state, actor: change.actor.clone() };
            self.elsewhere.insert(name.clone(), elsewhere);
        }
    }

    fn connected(&mut self, effects: &mut Vec<Effect>) {
        if !matches!(self.link, Link::Lost { .. }) {
            return;
        }
        self.link = Link::Up;
        self.tell("Connected again.");
        for tab in &mut self.tabs {
            tab.problem = None;
        }
        if let Some(lease) = &mut self.lease {
            lease.renewing = false;
        }
        self.records.clear();
        self.count(effects);
        self.details(effects);
    }

    fn edited(&mut self, claim: &str, outcome: Result<String, String>, effects: &mut Vec<Effect>) {
        if matches!(self.mode, Mode::Away) {
            self.mode = Mode::List;
        }
        match outcome {
            Ok(text) => {
                text.trim_end().clone_into(&mut self.draft(claim).note);
                self.keep_draft(claim, effects);
            }
            Err(problem) => self.complain(problem),
        }
        effects.push(Effect::Clear);
    }
}
