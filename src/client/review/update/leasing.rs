//! Taking claims from the queue, holding them, giving them back.

use std::sync::Arc;

use jiff::SignedDuration;

use super::super::{
    message::{Effect, Problem, Wish},
    model::{Lease, Link, Mode, Model},
};
use crate::proto::v1;

impl Model {
    /// Asks for the next claim of the queue.
    pub(super) fn next(&mut self, effects: &mut Vec<Effect>) {
        self.ask_for_next(Wish::Next, effects);
    }

    fn ask_for_next(&mut self, wish: Wish, effects: &mut Vec<Effect>) {
        let claim = self.selected_name();
        let filter = self.current().filter();
        self.awaiting = Some(self.moves);
        effects.push(Effect::Lease { wish, filter, claim });
    }

    /// Gives the claim back and asks for the next.
    pub(super) fn skip(&mut self, effects: &mut Vec<Effect>) {
        self.tally.skip();
        // The next one is asked for before this one is free again, so that it is another.
        self.ask_for_next(Wish::Another, effects);
    }

    /// Asks for the selected claim, as it is now.
    pub(super) fn take(&mut self, effects: &mut Vec<Effect>) {
        let Some(claim) = self.selected() else { return };
        let claim = claim.name.clone();
        if self.lease_of(&claim).is_some() {
            self.tell("It is yours already.");
            return;
        }
        self.ask_for(claim, effects);
    }

    fn ask_for(&mut self, claim: String, effects: &mut Vec<Effect>) {
        if self.taking.as_ref().is_none_or(|(taking, _)| *taking != claim) {
            self.taking = Some((claim.clone(), None));
            effects.push(Effect::Lease { wish: Wish::This, filter: String::new(), claim });
        }
    }

    /// A decision that waited for a claim to be taken is made, whether it was or not.
    fn make_up(&mut self, effects: &mut Vec<Effect>) {
        if let Some((claim, Some(verdict))) = self.taking.take() {
            self.send(&claim, verdict, effects);
        }
    }

    /// Whoever writes of a claim is at work on it.
    pub(super) fn begin_work(&mut self, claim: &str, effects: &mut Vec<Effect>) {
        let open = self.selected().is_some_and(|it| it.name == claim && it.state == "UNREVIEWED");
        if open && self.lease_of(claim).is_none() {
            self.ask_for(claim.to_owned(), effects);
        }
    }

    /// Goes on with the lease of a session that did not end in order, if it still holds.
    pub(super) fn take_over(&mut self, claim: String, token: String, effects: &mut Vec<Effect>) {
        effects.push(Effect::Renew { claim: claim.clone(), token: token.clone() });
        self.lease = Some(Lease { claim, token, until: self.lease_end(), renewing: true });
    }

    /// Gives the claim back that is held now, unless a decision on it is under way, which ends the lease.
    fn let_go(&mut self, effects: &mut Vec<Effect>) {
        if let Some(Lease { claim, token, .. }) = self.lease.take()
            && !self.is_sending(&claim)
        {
            effects.push(Effect::Release { claim, token });
        }
    }

    /// Holds a lease longer once half of it is over.
    pub(super) fn renew(&mut self, effects: &mut Vec<Effect>) {
        let Some(lease) = &mut self.lease else { return };
        let left = lease.until.duration_since(self.now);
        if left.is_negative() {
            let name = crate::client::name::short(&lease.claim);
            self.lease = None;
            self.warn(format!("Your time for {name} is over; somebody else may take it."));
        } else if self.link == Link::Up
            && !lease.renewing
            && left.as_secs_f64() < self.lease_time.as_secs_f64() / 2.0
        {
            lease.renewing = true;
            effects.push(Effect::Renew { claim: lease.claim.clone(), token: lease.token.clone() });
        }
    }

    pub(super) fn renewed(&mut self, claim: &str, outcome: Result<(), Problem>) {
        let until = self.lease_end();
        let Some(lease) = self.lease.as_mut().filter(|lease| lease.claim == claim) else { return };
        lease.renewing = false;
        match outcome {
            Ok(()) => lease.until = until,
            // It is tried again, as long as there is time left.
            Err(problem) if problem.away => {}
            Err(problem) => {
                self.lease = None;
                self.warn(format!("The claim is no longer yours: {}", problem.text));
            }
        }
    }

    /// When a lease ends that begins now.
    fn lease_end(&self) -> jiff::Timestamp {
        let time = SignedDuration::try_from(self.lease_time).unwrap_or(SignedDuration::from_secs(60));
        self.now.checked_add(time).unwrap_or(self.now)
    }

    pub(super) fn leased(&mut self, wish: Wish, lease: Option<v1::Lease>, effects: &mut Vec<Effect>) {
        self.hold(wish, lease, effects);
        if wish == Wish::This {
            self.make_up(effects);
        }
    }

    fn hold(&mut self, wish: Wish, lease: Option<v1::Lease>, effects: &mut Vec<Effect>) {
        let asked = self.awaiting;
        if wish != Wish::This {
            self.awaiting = None;
        }
        // By whose credential it was taken, the service knows best.
        if let Some(owner) = lease.as_ref().map(|lease| &lease.owner).filter(|owner| !owner.is_empty()) {
            self.reviewer.clone_from(owner);
        }
        let Some((claim, token)) = lease.and_then(|lease| Some((lease.claim?, lease.token))) else {
            match wish {
                Wish::Next => self.tell("No other claim that fits this tab is free."),
                Wish::Another => {
                    self.let_go(effects);
                    self.tell("It was given back. No other claim that fits this tab is free.");
                }
                Wish::This => {
                    self.warn("It is not free: somebody else is at work on it, or you have decided already.");
                }
            }
            return;
        };
        let elsewhere = match wish {
            // The reviewer has gone on, or writes of a claim: nothing is put in the place of what is looked at.
            Wish::Next | Wish::Another => asked != Some(self.moves) || !matches!(self.mode, Mode::List),
            Wish::This => {
                let waits = self.taking.as_ref().is_some_and(|it| it.0 == claim.name && it.1.is_some());
                self.selected_name() != claim.name && !waits
            }
        };
        if elsewhere {
            effects.push(Effect::Release { claim: claim.name, token });
            return;
        }
        self.let_go(effects);
        self.lease =
            Some(Lease { claim: claim.name.clone(), token, until: self.lease_end(), renewing: false });
        let stale = self.selected().is_some_and(|old| old.name == claim.name && old.etag != claim.etag);
        if wish != Wish::This || self.selected_name() == claim.name {
            self.replace(&claim);
            self.show(claim);
        }
        if stale {
            self.details(effects);
        }
    }

    /// Puts the cursor on a claim, which is put behind the cursor where it is not listed.
    pub(super) fn show(&mut self, claim: v1::Claim) {
        let window = &mut self.current_mut().window;
        match window.place(&claim.name) {
            Some(place) => window.go(place),
            None => window.insert(Arc::new(claim)),
        }
    }

    pub(super) fn lease_failed(&mut self, wish: Wish, problem: &Problem, effects: &mut Vec<Effect>) {
        match wish {
            Wish::This => self.make_up(effects),
            Wish::Next | Wish::Another => self.awaiting = None,
        }
        if problem.away {
            self.warn("The service is away; what you write and decide is kept.");
        } else {
            self.complain(problem.text.clone());
        }
    }
}
