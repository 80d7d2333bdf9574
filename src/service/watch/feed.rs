//! The one reader of the log in this process. It asks the database where the log ends, a few times a second, and only while
//! somebody watches; what is new it reads once and hands to all. No transaction stays open between.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{
        Notify,
        broadcast::{self, error::RecvError},
        watch,
    },
    time::sleep,
};

use crate::store::{Distance, Store, StoreError, StreamPlace, StreamedChange};

/// How long it waits between two looks.
const PAUSE: Duration = Duration::from_millis(100);
/// How long it waits where the database does not answer.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How many changes are read in one go.
const PAGE: u32 = 500;

/// What watchers are told.
#[derive(Debug, Clone)]
pub(in crate::service) enum Item {
    /// Something happened.
    Change(Arc<StreamedChange>),
    /// Everything up to here was told, or is in the database.
    Place(Arc<StreamPlace>),
}

/// What all watchers listen to.
#[derive(Debug)]
pub(in crate::service) struct Feed {
    sender: broadcast::Sender<Item>,
    /// Somebody has begun to watch.
    wanted: Notify,
}

/// A watcher's ear.
#[derive(Debug)]
pub(super) struct Subscription(broadcast::Receiver<Item>);

impl Subscription {
    pub(super) async fn next(&mut self) -> Result<Item, RecvError> {
        self.0.recv().await
    }
}

impl Feed {
    /// A feed that keeps so many changes for watchers who are a little behind.
    pub(super) fn new(kept: usize) -> Self {
        Self { sender: broadcast::channel(kept.max(1)).0, wanted: Notify::new() }
    }

    pub(super) fn subscribe(&self) -> Subscription {
        let subscription = Subscription(self.sender.subscribe());
        self.wanted.notify_one();
        subscription
    }
}

/// Reads for all watchers until the process ends.
pub(super) async fn read(feed: Arc<Feed>, store: Store, mut ending: watch::Receiver<bool>) {
    // Where the watchers of now are; nowhere while there are none.
    let mut place: Option<StreamPlace> = None;
    loop {
        let pause = if feed.sender.receiver_count() == 0 {
            place = None;
            None
        } else {
            match look(&feed, &store, &mut place).await {
                Ok(()) => Some(PAUSE),
                Err(error) => {
                    tracing::warn!(%error, "the log could not be read for those who watch");
                    Some(PAUSE_AFTER_FAILURE)
                }
            }
        };
        let pausing = async {
            match pause {
                Some(pause) => sleep(pause).await,
                None => feed.wanted.notified().await,
            }
        };
        tokio::select! {
            () = pausing => {}
            () = ended(&mut ending) => return,
        }
    }
}

/// Waits until the process ends.
pub(in crate::service) async fn ended(ending: &mut watch::Receiver<bool>) {
    // An error means that whoever would say so is gone: then it has ended.
    let _ = ending.wait_for(|ending| *ending).await;
}

/// Tells what is new.
async fn look(feed: &Feed, store: &Store, place: &mut Option<StreamPlace>) -> Result<(), StoreError> {
    let end = store.stream_end().await?;
    let Some(at) = place else {
        // Whoever came before this look is behind it, and reads the rest from the database.
        tell(feed, Item::Place(Arc::new(end.clone())));
        *place = Some(end);
        return Ok(());
    };
    if !at.is_behind(&end) {
        return Ok(());
    }
    while at.is_behind(&end) {
        let changes = store.stream(at, &end, PAGE).await?;
        // Taken out of the log behind our back: watchers find that out for themselves.
        if changes.iter().all(|change| at.next_to(change) == Distance::Passed) {
            break;
        }
        for change in changes {
            at.pass(&change);
            tell(feed, Item::Change(Arc::new(change)));
        }
    }
    at.clone_from(&end);
    tell(feed, Item::Place(Arc::new(end)));
    Ok(())
}

fn tell(feed: &Feed, item: Item) {
    // An error means that nobody listens any more.
    let _ = feed.sender.send(item);
}
