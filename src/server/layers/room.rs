//! How many calls are under way at once. One more is sent away at once rather than made to wait: under more load than can be
//! served, a queue only grows, and who stands in it is answered when nobody listens any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::ServiceError;

/// How often the log tells of calls that were sent away: once for all of this time.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// The room for calls. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Room {
    places: Arc<Semaphore>,
    most: usize,
    sent_away: Arc<SentAway>,
}

/// The calls that were sent away and that the log does not tell of yet.
#[derive(Debug)]
struct SentAway {
    calls: AtomicU64,
    since: Instant,
    /// When the log told of some, in milliseconds behind `since`.
    told: AtomicU64,
}

/// The place that a call has until its answer has begun.
pub(super) type Place = OwnedSemaphorePermit;

impl Room {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        let sent_away = SentAway { calls: AtomicU64::new(0), since: Instant::now(), told: AtomicU64::new(0) };
        Self { places: Arc::new(Semaphore::new(most)), most, sent_away: Arc::new(sent_away) }
    }

    /// A place for a call.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn take(&self) -> Result<Place, ServiceError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| {
            self.sent_away.count(self.most);
            ServiceError::Overloaded { limit: self.most }
        })
    }
}

impl SentAway {
    /// Counts one, and tells of all where that has not been done for a while.
    fn count(&self, limit: usize) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let told = self.told.load(Ordering::Relaxed);
        if told > 0 && Duration::from_millis(now.saturating_sub(told)) < TELL_EVERY {
            return;
        }
        // One of those that come at once tells.
        if self.told.compare_exchange(told, now.max(1), Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let calls = self.calls.swap(0, Ordering::Relaxed);
            tracing::warn!(calls, limit, "calls are sent away: as many are under way as are taken");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_when_its_call_is_done() {
        let room = Room::new(1);
        let place = room.take().expect("an empty room");
        assert!(matches!(room.clone().take(), Err(ServiceError::Overloaded { limit: 1 })));
        drop(place);
        assert!(room.take().is_ok());
    }
}
