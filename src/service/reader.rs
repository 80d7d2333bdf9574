//! Where reads go: to a replica of the database, where there is one and the caller does not need more than it has.

use http::HeaderMap;
use tonic::metadata::MetadataMap;

use super::{Desk, ServiceError, error::Violation};
use crate::store::{LogPosition, Store, StoreError};

/// The metadata key that tells how far the database's log was behind a write, and how far it must have come for a read.
pub const POSITION: &str = "claimdesk-position";

/// The position that a call needs, if any.
fn needed(headers: &HeaderMap) -> Result<Option<LogPosition>, ServiceError> {
    let Some(value) = headers.get(POSITION) else { return Ok(None) };
    let position = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let wrong = || {
        let description = crate::store::InvalidPosition.to_string();
        ServiceError::Fields(vec![Violation { field: format!("metadata {POSITION}"), description }])
    };
    position.map(Some).ok_or_else(wrong)
}

impl Desk {
    /// Reads from the replica if it has what the caller needs, otherwise from the primary; from there also where the replica
    /// fails.
    pub(super) async fn read_stored<T, F>(
        &self,
        metadata: &MetadataMap,
        work: impl Fn(Store) -> F,
    ) -> Result<T, ServiceError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let position = needed(metadata.as_ref())?;
        if let Some(replica) = &self.replica
            && let Some(store) = replica.at(position).await
        {
            match work(store.clone()).await {
                Err(error) if error.is_away() => {
                    tracing::warn!(%error, "the replica failed");
                    replica.failed();
                }
                // What replication takes away under a reader is read again where it is still there.
                Err(error) if error.is_conflict() => {}
                done => return Ok(done?),
            }
        }
        Ok(work(self.store.clone()).await?)
    }

    /// Tells how far the log is behind what was written, where reads may go elsewhere.
    pub(super) async fn tell_position(&self, metadata: &mut MetadataMap) {
        if self.replica.is_none() {
            return;
        }
        // The write is done: that it cannot be told where only costs its caller a read that may come too early.
        match self.store.position().await {
            Ok(position) => {
                if let Ok(value) = position.to_string().parse() {
                    metadata.insert(POSITION, value);
                }
            }
            Err(error) => tracing::warn!(%error, "the position of a write could not be told"),
        }
    }
}
