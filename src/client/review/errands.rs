//! What the screen wants of the service and of the disk, done beside it: nothing here holds up a key.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinHandle,
};
use tonic::{Code, Request, Response, Status, transport::Channel};

use super::{
    article::ArticleText,
    draft::Draft,
    message::{Answer, Details, Effect, Message, Order, Problem, Wish},
    model::{MAX_COUNT, Record},
    outbox,
    shelf::{KeptLease, Shelf},
    window::{PAGE_SIZE, Wanted},
};
use crate::{
    client::{
        error::{Error, reason},
        name::article_of,
        session::{Caller, article_service, claim_service, request_id, review_service},
    },
    proto::v1,
};

/// How long the cursor must rest on a claim before more is read of it.
const REST: Duration = Duration::from_millis(60);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How many reviews and changes of a claim are shown.
const RECORDS: u32 = 50;

/// A way to the service that tries again until it is there, and tells how it is with the connection.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) caller: Caller,
    messages: UnboundedSender<Message>,
}

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

impl Problem {
    pub(super) fn of(error: &Error) -> Self {
        let (reason, away) = match error {
            Error::Refused(status) => (
                reason(status).unwrap_or_default(),
                matches!(
                    status.code(),
                    Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown
                ),
            ),
            Error::Unreachable { .. } | Error::TimedOut { .. } => (String::new(), true),
            _ => (String::new(), false),
        };
        let text = crate::client::value::printable(&error.to_string());
        Self { text, reason, away }
    }
}

impl Line {
    pub(super) fn new(caller: Caller, messages: UnboundedSender<Message>) -> Self {
        Self { caller, messages }
    }

    pub(super) fn tell(&self, answer: Answer) {
        // Where nobody listens any more, there is nobody to tell.
        let _ = self.messages.send(Message::Answer(answer));
    }

    /// Calls a method until the service is there to answer.
    pub(super) async fn ask<Q, A, F>(
        &self,
        request: Q,
        method: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, Problem>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        self.until_there(|| self.caller.once(request.clone(), &method)).await
    }

    /// Does something until the service is there to do it.
    async fn until_there<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut lost = false;
        loop {
            let outcome = attempt().await.map_err(|error| Problem::of(&error));
            match outcome {
                Err(problem) if problem.away => {
                    self.tell(Answer::Lost);
                    lost = true;
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => {
                    if lost {
                        self.tell(Answer::Connected);
                    }
                    return outcome;
                }
            }
        }
    }
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

async fn list_claims(
    caller: &Caller,
    request: v1::ListClaimsRequest,
) -> Result<v1::ListClaimsResponse, Error> {
    caller.once(request, async |channel, request| claim_service(channel).list_claims(request).await).await
}

async fn count(line: Line, parent: String, tab: usize, generation: u64, filter: String) {
    let request =
        v1::ListClaimsRequest { parent, page_size: 1, filter, max_count: MAX_COUNT, ..Default::default() };
    // A count is nothing to wait for: the next change asks again.
    if let Ok(answer) = list_claims(&line.caller, request).await {
        line.tell(Answer::Counted { tab, generation, count: answer.total_size });
    }
}

async fn release(line: Line, claim: String, token: String) {
    let request = v1::ReleaseLeaseRequest { name: claim, lease_token: token, request_id: request_id(None) };
    let answer = line
        .caller
        .once(request, async |channel, request| review_service(channel).release_lease(request).await);
    // A lease that cannot be given back runs out.
    let _ = answer.await;
}

async fn details(line: Line, claim: String, with_article: bool) {
    tokio::time::sleep(REST).await;
    let read = line.until_there(|| read_details(&line.caller, &claim, with_article)).await;
    match read {
        Ok(details) => line.tell(Answer::Details(Box::new(details))),
        Err(problem) if problem.reason.ends_with("_NOT_FOUND") => {
            line.tell(Answer::Failed("It is gone: its article was deleted.".to_owned()));
        }
        Err(problem) => line.tell(Answer::Failed(problem.text)),
    }
}

async fn read_details(caller: &Caller, claim: &str, with_article: bool) -> Result<Details, Error> {
    let name = v1::GetClaimRequest { name: claim.to_owned() };
    let fresh = caller.once(name, async |channel, request| claim_service(channel).get_claim(request).await);
    let reviews =
        v1::ListReviewsRequest { parent: claim.to_owned(), page_size: RECORDS, ..Default::default() };
    let reviews =
        caller.once(reviews, async |channel, request| review_service(channel).list_reviews(request).await);
    let changes =
        v1::ListChangesRequest { parent: claim.to_owned(), page_size: RECORDS, ..Default::default() };
    let changes =
        caller.once(changes, async |channel, request| claim_service(channel).list_changes(request).await);
    let article = async {
        if with_article { read_article(caller, article_of(claim)).await.map(Some) } else { Ok(None) }
    };
    let (fresh, reviews, changes, article) = tokio::try_join!(fresh, reviews, changes, article)?;
    let record =
        Record { claim: fresh.claim.unwrap_or_default(), reviews: reviews.reviews, changes: changes.changes };
    Ok(Details { record, article })
}

async fn read_article(caller: &Caller, name: &str) -> Result<Arc<ArticleText>, Error> {
    let article = v1::GetArticleRequest { name: name.to_owned() };
    let article =
        caller.once(article, async |channel, request| article_service(channel).get_article(request).await);
    let siblings = v1::ListClaimsRequest { parent: name.to_owned(), page_size: 1000, ..Default::default() };
    let (article, siblings) = tokio::try_join!(article, list_claims(caller, siblings))?;
    Ok(Arc::new(ArticleText::new(article.article.unwrap_or_default(), &siblings.claims)))
}

/// Tells what happens, for as long as there is a screen; goes on where it was cut off.
async fn watch(line: Line, parent: String) {
    let mut token = String::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let request = v1::WatchClaimsRequest {
            parent: parent.clone(),
            only_new: token.is_empty(),
            watch_token: token.clone(),
            ..Default::default()
        };
        let begun = line
            .caller
            .begin(request, async |channel, request| claim_service(channel).watch_claims(request).await)
            .await;
        match begun {
            Ok(mut messages) => {
                line.tell(Answer::Connected);
                pause = FIRST_PAUSE;
                while let Ok(Some(message)) = messages.message().await {
                    token.clone_from(&message.watch_token);
                    if message.change.is_some() {
                        line.tell(Answer::Changed(Box::new(message)));
                    }
                }
                line.tell(Answer::Lost);
            }
            Err(error) => match Problem::of(&error) {
                problem if problem.away => line.tell(Answer::Lost),
                // What was missed shows when the lists are loaded again.
                problem if problem.reason == "WATCH_TOKEN_TOO_OLD" => token.clear(),
                problem => {
                    line.tell(Answer::Failed(problem.text));
                    pause = LONGEST_PAUSE;
                }
            },
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
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
