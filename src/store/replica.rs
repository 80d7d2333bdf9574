//! A standby of the database, by streaming replication, that reads may go to.
//!
//! A standby is behind the primary by a moment, or by hours where it cannot follow. So it is looked at every second, and used
//! only while it has what the primary had a short while ago. A caller that has written and must find it says how far the
//! primary's log was behind the write: the [`LogPosition`]; then the standby is used only if it has come that far.

use std::{
    collections::VecDeque,
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::postgres::PgConnectOptions;
use tokio::time::{sleep, timeout};

use super::{Store, StoreError};

/// How often the standby is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a look may take, and how old the last one may be.
const LOOK_PATIENCE: Duration = Duration::from_secs(2);
const LOOK_LASTS: Duration = Duration::from_secs(4);

/// A place in the log of the database that is written to (the WAL): what PostgreSQL calls pg_lsn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogPosition(u64);

/// A text that is no [`LogPosition`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is none that this service gave out; send it as it was, such as 0/16B3748")]
pub struct InvalidPosition;

impl fmt::Display for LogPosition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

impl FromStr for LogPosition {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let half = |text: &str| match text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true => u32::from_str_radix(text, 16).map(u64::from).map_err(|_| InvalidPosition),
            false => Err(InvalidPosition),
        };
        let (high, low) = text.split_once('/').ok_or(InvalidPosition)?;
        Ok(Self(half(high)? << 32 | half(low)?))
    }
}

/// A standby. Clones share it.
#[derive(Debug, Clone)]
pub struct Replica {
    store: Store,
    most_behind: Duration,
    seen: Arc<Mutex<Seen>>,
}

/// What was seen when the standby was last looked at.
#[derive(Debug, Default)]
struct Seen {
    /// How far it has come, and when that was seen; nothing where it cannot be used.
    replayed: Option<(LogPosition, Instant)>,
    /// Where the primary was and when, for as long as that tells something; the oldest first.
    primary: VecDeque<(LogPosition, Instant)>,
}

impl Replica {
    /// A standby that is used while it has what the primary had `most_behind` ago. Nobody looks at it yet: see
    /// [`Replica::follow`].
    #[must_use]
    pub fn new(
        options: PgConnectOptions,
        connections: u32,
        search_timeout: Duration,
        patience: Duration,
        most_behind: Duration,
    ) -> Self {
        let store = Store::new(options, connections, search_timeout).with_patience(patience);
        Self { store, most_behind, seen: Arc::default() }
    }

    /// Looks at the standby again and again, for as long as the process.
    pub async fn follow(self, primary: Store) {
        let mut used = None;
        loop {
            let looked = timeout(LOOK_PATIENCE, async {
                Ok::<_, StoreError>((primary.position().await?, self.store.replayed().await?))
            });
            let (position, replayed) = match looked.await {
                Ok(Ok((position, replayed))) => (Some(position), replayed),
                // Whichever of the two does not answer: reads go to the primary, and tell what is wrong with it.
                _ => (None, None),
            };
            let now = Instant::now();
            {
                let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.replayed = replayed.map(|replayed| (replayed, now));
                seen.primary.extend(position.map(|position| (position, now)));
                // The newest of those that are old enough to tell how far the standby must have come.
                while seen.primary.get(1).is_some_and(|(_, at)| now - *at >= self.most_behind) {
                    seen.primary.pop_front();
                }
            }
            let usable = self.usable().is_some();
            if used != Some(usable) {
                match usable {
                    true => tracing::info!("reads go to the replica"),
                    false => tracing::warn!("the replica is away or too far behind: reads go to the primary"),
                }
                used = Some(usable);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// The standby's store, where it is not too far behind and has come as far as the position.
    pub async fn at(&self, position: Option<LogPosition>) -> Option<&Store> {
        let replayed = self.usable()?;
        let Some(position) = position.filter(|position| *position > replayed) else {
            return Some(&self.store);
        };
        let Ok(Ok(Some(replayed))) = timeout(LOOK_PATIENCE, self.store.replayed()).await else { return None };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.replayed = Some((replayed, Instant::now()));
        (replayed >= position).then_some(&self.store)
    }

    /// It failed: nobody uses it until it was looked at again.
    pub fn failed(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).replayed = None;
    }

    /// Closes all connections, when the calls that use them are done.
    pub async fn close(&self) {
        self.store.close().await;
    }

    /// How far the standby has come, where it can be used.
    fn usable(&self) -> Option<LogPosition> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (replayed, at) = seen.replayed?;
        // Only a look that is old enough tells that it is too far behind.
        let behind = seen
            .primary
            .iter()
            .any(|(position, seen)| seen.elapsed() >= self.most_behind && replayed < *position);
        (at.elapsed() < LOOK_LASTS && !behind).then_some(replayed)
    }
}

impl Store {
    /// How far the log of the database has been written: behind all that was committed before.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn position(&self) -> Result<LogPosition, StoreError> {
        let (position,): (String,) =
            sqlx::query_as("SELECT pg_current_wal_lsn()::text").fetch_one(&self.pool).await?;
        position.parse().map_err(|error: InvalidPosition| StoreError::Unreadable(error.to_string()))
    }

    /// How far a standby has come; nothing where the database is none.
    async fn replayed(&self) -> Result<Option<LogPosition>, StoreError> {
        let (position,): (Option<String>,) =
            sqlx::query_as("SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END")
                .fetch_one(&self.pool)
                .await?;
        position
            .map(|text| text.parse())
            .transpose()
            .map_err(|error: InvalidPosition| StoreError::Unreadable(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_is_written() {
        for text in ["0/0", "0/16B3748", "16/B374D848", "FFFFFFFF/FFFFFFFF"] {
            assert_eq!(text.parse::<LogPosition>().expect("a position").to_string(), text);
        }
        for wrong in ["", "/", "0", "0/", "0/G", "0/-1", "0/100000000", "0/1/2", "0/ 1", "+1/0"] {
            assert_eq!(wrong.parse::<LogPosition>(), Err(InvalidPosition), "{wrong:?}");
        }
        let read = |text: &str| text.parse::<LogPosition>().expect("a position");
        assert!(read("1/0") > read("0/FFFFFFFF"));
    }
}
