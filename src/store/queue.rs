//! The queue of the claims that wait for a decision.
//!
//! A claim's row is put in and taken out by the statement that changes its state: see `claim::insert` and
//! `review::insert`; it goes with its article. Here is what is left: whether a decision may pass a lease, and the mending
//! of what a version without a queue wrote while both ran.

use sqlx::PgConnection;

use super::{ClaimKey, Store, StoreError, time::Time};

/// How long ago a version without a queue may have written what is mended.
const MENDED_DAYS: i32 = 2;

/// Refuses who decides on a claim that another one has leased, and who names a lease that has ended. Locks the claim's row
/// of the queue, for which whoever leases it does not wait.
pub(super) async fn check_lease(
    connection: &mut PgConnection,
    key: &ClaimKey,
    reviewer: &str,
    token: Option<&str>,
) -> Result<(), StoreError> {
    let lease: Option<(Option<String>, Option<String>, Option<Time>)> = sqlx::query_as(
        "SELECT lease_owner, lease_token, lease_expire_time FROM queue
          WHERE article_id = $1 AND claim_id = $2 FOR UPDATE",
    )
    .bind(key.article.as_str())
    .bind(key.claim)
    .fetch_optional(&mut *connection)
    .await?;
    let held = match lease {
        Some((Some(owner), Some(held), Some(until))) => {
            // Asked for once the lock is won: it may have been waited for.
            let (now,): (Time,) = sqlx::query_as("SELECT clock_timestamp()").fetch_one(connection).await?;
            (until.0 > now.0).then_some((owner, held, until.0))
        }
        _ => None,
    };
    match (held, token) {
        (None, None) => Ok(()),
        (Some((owner, held, _)), Some(token)) if held == token && owner == reviewer => Ok(()),
        (_, Some(_)) => Err(StoreError::LeaseLost(key.clone())),
        (Some((owner, _, until)), None) => Err(StoreError::LeaseHeld { key: key.clone(), owner, until }),
    }
}

impl Store {
    /// Puts in the queue, and takes out of it, what a version without a queue has stored and decided in the last days. Gives
    /// how many rows that were.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn mend_queue(&self) -> Result<u64, StoreError> {
        let queued = sqlx::query(
            "INSERT INTO queue (article_id, claim_id, check_worthiness, create_time)
             SELECT article_id, claim_id, check_worthiness, create_time FROM claim c
              WHERE update_time > now() - $1 * interval '1 day' AND state = 'UNREVIEWED'
                AND NOT EXISTS (SELECT FROM queue q WHERE q.article_id = c.article_id AND q.claim_id = c.claim_id)
             ON CONFLICT (article_id, claim_id) DO NOTHING",
        )
        .bind(MENDED_DAYS)
        .execute(&self.pool)
        .await?;
        let removed = sqlx::query(
            "DELETE FROM queue q USING claim c
              WHERE c.update_time > now() - $1 * interval '1 day' AND c.state <> 'UNREVIEWED'
                AND q.article_id = c.article_id AND q.claim_id = c.claim_id",
        )
        .bind(MENDED_DAYS)
        .execute(&self.pool)
        .await?;
        Ok(queued.rows_affected() + removed.rows_affected())
    }
}
