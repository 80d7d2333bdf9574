//! The queue of the claims that wait for a decision.
//!
//! A claim's row is put in and taken out by the statement that changes its state: see `claim::insert`, `decision::write` and,
//! where its article gets another version, `replacement`; it goes with its article. Here is what is left: whether a decision may pass a lease, and the mending
//! of what a version without a queue wrote while both ran.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::PgConnection;

use super::{ClaimKey, Store, StoreError, article::unreadable, time::Time};

/// How long ago a version without a queue may have written what is mended.
const MENDED_DAYS: i32 = 2;

/// A lease that has not ended.
#[derive(Debug)]
pub(super) struct HeldLease {
    owner: String,
    token: String,
    until: Timestamp,
}

/// Locks claims' rows of the queue, and gives the leases on them that have not ended.
pub(super) async fn leases(
    connection: &mut PgConnection,
    articles: &[String],
    claims: &[i32],
) -> Result<Vec<(ClaimKey, HeldLease)>, StoreError> {
    type Row = (String, i32, Option<String>, Option<String>, Option<Time>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT q.article_id, q.claim_id, q.lease_owner, q.lease_token, q.lease_expire_time
           FROM queue q
           JOIN UNNEST($1::text[], $2::int4[]) AS asked (article_id, claim_id)
             ON q.article_id = asked.article_id AND q.claim_id = asked.claim_id
          ORDER BY q.article_id, q.claim_id FOR UPDATE OF q",
    )
    .bind(articles)
    .bind(claims)
    .fetch_all(&mut *connection)
    .await?;
    let mut leases = Vec::new();
    for (article, claim, owner, token, until) in rows {
        if let (Some(owner), Some(token), Some(until)) = (owner, token, until) {
            let key = ClaimKey { article: article.parse().map_err(unreadable)?, claim };
            leases.push((key, HeldLease { owner, token, until: until.0 }));
        }
    }
    if !leases.is_empty() {
        // Asked for once the locks are won: they may have been waited for.
        let (now,): (Time,) = sqlx::query_as("SELECT clock_timestamp()").fetch_one(connection).await?;
        leases.retain(|(_, lease)| lease.until > now.0);
    }
    Ok(leases)
}

/// Refuses who decides on a claim that another one has leased, and who names a lease that has ended.
pub(super) fn check_lease(
    key: &ClaimKey,
    held: Option<&HeldLease>,
    reviewer: &str,
    token: Option<&str>,
) -> Result<(), StoreError> {
    match (held, token) {
        (None, None) => Ok(()),
        (Some(held), Some(token)) if held.token == token && held.owner == reviewer => Ok(()),
        (_, Some(_)) => Err(StoreError::LeaseLost(key.clone())),
        (Some(held), None) => {
            let (owner, until) = (held.owner.clone(), held.until);
            Err(StoreError::LeaseHeld { key: key.clone(), owner, until })
        }
    }
}

/// The queue in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueFigures {
    /// How many claims wait: counted up to [`COUNTED`], beyond it as the database's statistics have it.
    pub claims: i64,
    /// How long the claim that waits longest has waited; nothing where none waits.
    pub oldest: Option<Duration>,
    /// How many leases there are that have not run out, counted up to [`COUNTED`].
    pub leases: i64,
}

/// Up to here is counted, so that the figures cost the same however many claims there are.
const COUNTED: i64 = 10_000;

impl Store {
    /// The queue in figures.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn queue_figures(&self) -> Result<QueueFigures, StoreError> {
        let (claims, oldest, leases): (i64, Option<f64>, i64) = sqlx::query_as(
            "SELECT CASE WHEN counted.number <= $1 THEN counted.number
                         ELSE GREATEST(counted.number, (SELECT reltuples::bigint FROM pg_class WHERE oid = 'queue'::regclass))
                    END,
                    GREATEST(extract(epoch FROM clock_timestamp() - (SELECT min(create_time) FROM queue)), 0)::float8,
                    (SELECT count(*) FROM (SELECT FROM queue WHERE lease_expire_time > clock_timestamp() LIMIT $1) leased)
               FROM (SELECT count(*) AS number FROM (SELECT FROM queue LIMIT $1 + 1) those) counted",
        )
        .bind(COUNTED)
        .fetch_one(&self.pool)
        .await?;
        Ok(QueueFigures { claims, oldest: oldest.map(Duration::from_secs_f64), leases })
    }

    /// Puts in the queue, and takes out of it, what a version without a queue has stored and decided in the last days. Gives
    /// how many rows that were.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn mend_queue(&self) -> Result<u64, StoreError> {
        self.aside(async {
        let queued = sqlx::query(
            "INSERT INTO queue (article_id, claim_id, check_worthiness, create_time)
             SELECT article_id, claim_id, check_worthiness, create_time FROM claim c
              WHERE update_time > now() - $1 * interval '1 day' AND state = 'UNREVIEWED' AND succession = 'CURRENT'
                AND NOT EXISTS (SELECT FROM queue q WHERE q.article_id = c.article_id AND q.claim_id = c.claim_id)
             ON CONFLICT (article_id, claim_id) DO NOTHING",
        )
        .bind(MENDED_DAYS)
        .execute(&self.pool)
        .await?;
        let removed = sqlx::query(
            "DELETE FROM queue q USING claim c
              WHERE c.update_time > now() - $1 * interval '1 day'
                AND (c.state <> 'UNREVIEWED' OR c.succession <> 'CURRENT')
                AND q.article_id = c.article_id AND q.claim_id = c.claim_id",
        )
        .bind(MENDED_DAYS)
        .execute(&self.pool)
        .await?;
        Ok(queued.rows_affected() + removed.rows_affected())
        })
        .await
    }
}
