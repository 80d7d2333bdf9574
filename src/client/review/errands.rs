//! What the screen wants of the service and of the disk, done beside it: nothing here holds up a key.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use super::{
    draft::Draft,
    line::Line,
    message::{Answer, Effect, Message, Order, Problem, Wish},
    outbox,
    reading::{count, details, release, watch},
    shelf::{KeptLease, Shelf},
    window::{PAGE_SIZE, Wanted},
};
use crate::{
    client::session::{claim_service, request_id, review_service},
    proto::v1,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};

/// Something for the shelf.
enum Kept {
    Draft(Box<Draft>),
    Lease(Option<KeptLease>),
}

impl Kept {
    /// What it is about: of several versions the last counts.
    fn subject(&self) -> Option<&str> {
        match self {
            Self::Draft(draft) => Some(&draft.claim),
            Self::Lease(_) => None,
        }
    }
}

/// Whoever does it all.
pub(super) struct Errands {
    line: Line,
    /// The article that all is about, or `articles/-`.
    parent: String,
    lease_time: Duration,
    details: Option<JoinHandle<()>>,
    lists: Vec<Option<JoinHandle<()>>>,
    orders: Option<UnboundedSender<Order>>,
    outbox: Option<JoinHandle<()>>,
    kept: Option<mpsc::Sender<Kept>>,
    shelf: Option<std::thread::JoinHandle<()>>,
}

impl Errands {
    /// Begins to watch, to store what is decided, and to keep drafts.
    pub(super) fn begin(line: Line, parent: &str, lease_time: Duration, shelf: Option<Shelf>) -> Self {
        let (orders, queue) = unbounded_channel();
        let outbox = tokio::spawn(outbox::deliver(line.clone(), queue));
        tokio::spawn(watch(line.clone(), parent.to_owned()));
        let (kept, to_keep) = mpsc::channel();
        let shelf = shelf.map(|shelf| {
            let line = line.clone();
            std::thread::spawn(move || keep(&line, &shelf, &to_keep))
        });
        Self {
            line,
            parent: parent.to_owned(),
            lease_time,
            details: None,
            lists: Vec::new(),
            orders: Some(orders),
            outbox: Some(outbox),
            kept: Some(kept),
            shelf,
        }
    }

    /// Does what is wanted, as far as it is about the service or the disk; gives back what is not.
    pub(super) fn run(&mut self, effect: Effect) -> Option<Effect> {
        match effect {
            Effect::List { tab, generation, wanted, filter, order_by } => {
                self.list(tab, generation, wanted, filter, order_by);
            }
            Effect::Count { tab, generation, filter } => {
                let (line, parent) = (self.line.clone(), self.parent.clone());
                tokio::spawn(count(line, parent, tab, generation, filter));
            }
            Effect::Details { claim, with_article } => {
                if let Some(before) = self.details.take() {
                    before.abort();
                }
                self.details = Some(tokio::spawn(details(self.line.clone(), claim, with_article)));
            }
            Effect::Lease { wish, filter, claim } => self.lease(wish, filter, claim),
            Effect::Renew { claim, token } => {
                let (line, lease_duration) = (self.line.clone(), self.lease_duration());
                tokio::spawn(async move {
                    let request = v1::RenewLeaseRequest {
                        name: claim.clone(),
                        lease_token: token,
                        lease_duration,
                        request_id: request_id(None),
                    };
                    let answer = line.caller.once(request, async |channel, request| {
                        review_service(channel).renew_lease(request).await
                    });
                    let outcome = answer.await.map(|_| ()).map_err(|error| Problem::of(&error));
                    line.tell(Answer::Renewed { claim, outcome });
                });
            }
            Effect::Release { claim, token } => drop(tokio::spawn(release(self.line.clone(), claim, token))),
            Effect::Send(order) => {
                if let Some(orders) = &self.orders {
                    let _ = orders.send(order);
                }
            }
            Effect::Keep(draft) => {
                if let Some(kept) = &self.kept {
                    let _ = kept.send(Kept::Draft(draft));
                }
            }
            Effect::KeepLease(lease) => {
                if let Some(kept) = &self.kept {
                    let _ = kept.send(Kept::Lease(lease));
                }
            }
            other => return Some(other),
        }
        None
    }

    /// Waits a little for what is under way, and gives back the claim that is held.
    pub(super) async fn end(&mut self, held: Option<(String, String)>) {
        const PATIENCE: Duration = Duration::from_secs(2);
        drop(self.orders.take());
        let outbox = self.outbox.take();
        let work = async {
            if let Some(outbox) = outbox {
                let _ = outbox.await;
            }
            if let Some((claim, token)) = held {
                release(self.line.clone(), claim, token).await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, work).await;
        drop(self.kept.take());
        if let Some(shelf) = self.shelf.take() {
            let _ = shelf.join();
        }
    }

    fn lease_duration(&self) -> Option<pbjson_types::Duration> {
        let seconds = i64::try_from(self.lease_time.as_secs()).unwrap_or(300);
        let nanos = i32::try_from(self.lease_time.subsec_nanos()).unwrap_or(0);
        Some(pbjson_types::Duration { seconds, nanos })
    }

    fn list(&mut self, tab: usize, generation: u64, wanted: Wanted, filter: String, order_by: String) {
        let (line, parent) = (self.line.clone(), self.parent.clone());
        let task = tokio::spawn(async move {
            let request = v1::ListClaimsRequest {
                parent,
                page_size: PAGE_SIZE,
                page_token: wanted.token,
                filter,
                order_by,
                max_count: 0,
            };
            let listed =
                line.ask(request, async |channel, request| claim_service(channel).list_claims(request).await);
            line.tell(match listed.await {
                Ok(answer) => Answer::Listed {
                    tab,
                    generation,
                    page: wanted.page,
                    claims: answer.claims.into_iter().map(Arc::new).collect(),
                    next: answer.next_page_token,
                },
                Err(problem) => Answer::ListFailed { tab, generation, problem },
            });
        });
        self.lists.resize_with(self.lists.len().max(tab + 1), || None);
        // What was asked for before is of another generation, or it has come.
        if let Some(before) = self.lists[tab].replace(task) {
            before.abort();
        }
    }

    fn lease(&self, wish: Wish, filter: String, claim: String) {
        let (line, lease_duration) = (self.line.clone(), self.lease_duration());
        let (this, after) = match wish {
            Wish::This => (claim, String::new()),
            Wish::Next | Wish::Another => (String::new(), claim),
        };
        let parent = if this.is_empty() { self.parent.clone() } else { String::new() };
        tokio::spawn(async move {
            let request = v1::LeaseClaimsRequest {
                parent,
                filter,
                max_claims: 1,
                after_claim: after,
                lease_duration,
                request_id: request_id(None),
                claim: this,
            };
            let answer = line
                .caller
                .once(request, async |channel, request| review_service(channel).lease_claims(request).await);
            line.tell(match answer.await {
                Ok(answer) => Answer::Leased { wish, lease: answer.leases.into_iter().next().map(Box::new) },
                Err(error) => Answer::LeaseFailed { wish, problem: Problem::of(&error) },
            });
        });
    }
}

/// Keeps drafts in the order in which they were written. Of several versions of one the last is enough.
fn keep(line: &Line, shelf: &Shelf, to_keep: &mpsc::Receiver<Kept>) {
    while let Ok(first) = to_keep.recv() {
        let mut waiting = vec![first];
        waiting.extend(to_keep.try_iter());
        while let Some(last) = waiting.pop() {
            waiting.retain(|older| older.subject() != last.subject());
            let done = match &last {
                Kept::Draft(draft) => shelf.keep(draft),
                Kept::Lease(lease) => shelf.keep_lease(lease.as_ref()),
            };
            if let Err(error) = done {
                line.tell(Answer::Failed(format!("What you write cannot be kept on disk: {error}")));
            }
        }
    }
}

/// A channel of messages to the screen.
pub(super) fn messages() -> (UnboundedSender<Message>, UnboundedReceiver<Message>) {
    unbounded_channel()
}
