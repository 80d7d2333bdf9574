//! WatchClaims: the change log as a stream, for any number of watchers, from one reader of the database.
//!
//! A watcher first reads what it has missed from the database, page by page; from then on it lives on what the process's
//! one [`feed`] broadcasts. It knows its place in the log, and every change its number: what it has already it passes over,
//! and where something lies between it reads that from the database. So nothing depends on the broadcast being whole.

mod answer;
mod feed;
mod token;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{broadcast::error::RecvError, mpsc},
    time::{MissedTickBehavior, interval},
};
use tonic::{Response, Status};

use super::{Desk, ServiceError, convert, filter, name, validate::Checks};
use crate::{
    proto::v1,
    store::{ArticleId, ClaimTest, Distance, Expression, Store, StreamPlace, StreamedChange},
};
use answer::Answer;
pub(super) use feed::{Feed, Item, ended};
pub use token::{InvalidWatchToken, WatchToken};

/// How often a quiet watcher is told where it is.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);
/// How long a watcher may leave an answer unread.
const PATIENCE: Duration = Duration::from_secs(60);
/// How many answers wait for a watcher beside what the feed keeps. That is kept once for all, while these are each watcher's
/// own: a thousand who all fall behind for a moment would fill the memory with copies of the same.
const WAITING: usize = 2;
/// How many changes are read from the database in one go.
const PAGE: u32 = 500;

/// What a watcher is sent.
pub(super) type Answers = tonic::codegen::BoxStream<v1::WatchClaimsResponse>;

/// One who watches.
struct Watcher {
    store: Store,
    article: Option<ArticleId>,
    filter: Option<Expression<ClaimTest>>,
    /// How far it has come.
    place: StreamPlace,
    out: mpsc::Sender<v1::WatchClaimsResponse>,
}

/// Why a watch ends.
enum End {
    /// The caller is gone.
    Gone,
    /// It is told why.
    Told(ServiceError),
}

impl<E: Into<ServiceError>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Told(error.into())
    }
}

impl Desk {
    pub(super) async fn watch(
        &self,
        request: v1::WatchClaimsRequest,
    ) -> Result<Response<Answers>, ServiceError> {
        let parent = if request.parent.is_empty() { "articles/-" } else { &request.parent };
        let article =
            name::parse_articles(parent).map_err(|error| ServiceError::Name { field: "parent", error })?;
        let filter = filter::claims(&request.filter)?;
        let mut checks = Checks::default();
        if request.only_new && !request.watch_token.is_empty() {
            checks.fail("only_new", "does not go with a watch_token, which says already where to begin");
        }
        checks.finish()?;
        // Listens before it looks where the log ends: what comes in between is in both.
        let feed = self.feed.subscribe();
        let place = self.place(&request.watch_token, request.only_new).await?;
        let (out, answers) = mpsc::channel(WAITING);
        let (end, ended) = tokio::sync::oneshot::channel();
        let watcher = Watcher { store: self.store.clone(), article, filter, place, out };
        let mut ending = self.ending.clone();
        tokio::spawn(async move {
            let why = tokio::select! {
                why = watcher.run(feed) => why,
                () = feed::ended(&mut ending) => End::Told(ServiceError::ShuttingDown),
            };
            if let End::Told(error) = why {
                // Where the caller is gone as well, there is nobody to tell.
                let _ = end.send(Status::from(error));
            }
        });
        Ok(Response::new(Box::pin(Answer::new(answers, ended))))
    }

    /// Where a watch begins.
    async fn place(&self, token: &str, only_new: bool) -> Result<StreamPlace, ServiceError> {
        let oldest = self.store.stream_start().await?;
        let newest = self.store.stream_end().await?;
        if token.is_empty() {
            return Ok(if only_new { self.store.sealed(newest).await? } else { oldest });
        }
        let WatchToken(place) = token.parse().map_err(|InvalidWatchToken| ServiceError::WatchToken)?;
        if newest.is_behind(&place) {
            return Err(ServiceError::WatchToken);
        }
        if place.is_behind(&oldest) {
            return Err(ServiceError::WatchTokenTooOld { oldest: written(&oldest) });
        }
        if self.store.has_other_changes(&place).await? {
            return Err(ServiceError::WatchTokenOfOtherLog);
        }
        Ok(place)
    }
}

/// A place in the log as a caller is told it.
fn written(place: &StreamPlace) -> String {
    WatchToken(place.clone()).to_string()
}

impl Watcher {
    /// Tells the caller what happens until there is a reason not to.
    async fn run(mut self, mut feed: feed::Subscription) -> End {
        match self.follow(&mut feed).await {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    async fn follow(&mut self, feed: &mut feed::Subscription) -> Result<std::convert::Infallible, End> {
        let end = self.store.stream_end().await?;
        self.catch_up(&end).await?;
        self.checkpoint().await?;
        let mut quiet = interval(CHECKPOINT_EVERY);
        quiet.set_missed_tick_behavior(MissedTickBehavior::Delay);
        quiet.tick().await;
        loop {
            tokio::select! {
                () = self.out.closed() => return Err(End::Gone),
                _ = quiet.tick() => self.checkpoint().await?,
                item = feed.next() => match item {
                    Ok(Item::Change(change)) => match self.place.next_to(&change) {
                        Distance::Passed => {}
                        Distance::Next => self.pass(&change).await?,
                        Distance::Beyond => {
                            let end = self.store.stream_end().await?;
                            self.catch_up(&end).await?;
                        }
                    },
                    Ok(Item::Place(place)) => self.catch_up(&place).await?,
                    Err(RecvError::Lagged(missed)) => {
                        return Err(ServiceError::WatcherTooSlow { missed }.into());
                    }
                    Err(RecvError::Closed) => return Err(ServiceError::ShuttingDown.into()),
                },
            }
        }
    }

    /// Reads from the database what lies before a place.
    async fn catch_up(&mut self, end: &StreamPlace) -> Result<(), End> {
        while self.place.is_behind(end) {
            let changes = self.store.stream(&self.place, end, PAGE).await?;
            if changes.is_empty() {
                // What is not there any more cannot be told; the next call with this token says so.
                let oldest = self.store.stream_start().await?;
                return Err(ServiceError::WatchTokenTooOld { oldest: written(&oldest) }.into());
            }
            for change in &changes {
                if self.place.next_to(change) == Distance::Beyond {
                    let oldest = self.store.stream_start().await?;
                    return Err(ServiceError::WatchTokenTooOld { oldest: written(&oldest) }.into());
                }
                self.pass(change).await?;
            }
        }
        Ok(())
    }

    /// Goes on behind a change, and tells it if it fits.
    async fn pass(&mut self, streamed: &StreamedChange) -> Result<(), End> {
        self.place.pass(streamed);
        let wanted = self.article.as_ref().is_none_or(|article| *article == streamed.change.article)
            && self.filter.as_ref().is_none_or(|filter| streamed.fits(filter));
        if !wanted {
            return Ok(());
        }
        self.send(Some(convert::change(&streamed.change)), streamed.claim.as_ref().map(convert::claim)).await
    }

    /// Tells where the watcher is.
    async fn checkpoint(&self) -> Result<(), End> {
        self.send(None, None).await
    }

    async fn send(&self, change: Option<v1::Change>, claim: Option<v1::Claim>) -> Result<(), End> {
        let message = v1::WatchClaimsResponse { change, claim, watch_token: written(&self.place) };
        match self.out.send_timeout(message, PATIENCE).await {
            Ok(()) => Ok(()),
            Err(mpsc::error::SendTimeoutError::Closed(_)) => Err(End::Gone),
            Err(mpsc::error::SendTimeoutError::Timeout(_)) => {
                Err(ServiceError::WatcherTooSlow { missed: 0 }.into())
            }
        }
    }
}

/// The one reader of the database for all watchers.
pub(super) fn start(store: &Store, kept: usize, ending: tokio::sync::watch::Receiver<bool>) -> Arc<Feed> {
    let feed = Arc::new(Feed::new(kept));
    tokio::spawn(feed::read(Arc::clone(&feed), store.clone(), ending));
    feed
}
