//! How many calls are under way at once. One more is sent away at once rather than made to wait: under more load than can be
//! served, a queue only grows, and who stands in it is answered when nobody listens any more.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::service::ServiceError;

/// The room for calls. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Room {
    places: Arc<Semaphore>,
    most: usize,
}

/// The place that a call has until its answer has begun.
pub(super) type Place = OwnedSemaphorePermit;

impl Room {
    /// Room for so many.
    pub(super) fn new(most: usize) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(most)), most }
    }

    /// A place for a call.
    ///
    /// # Errors
    /// If there is none.
    pub(super) fn take(&self) -> Result<Place, ServiceError> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map_err(|_| ServiceError::Overloaded { limit: self.most })
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
