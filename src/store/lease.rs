//! Leases: a claim of the queue that is one reviewer's for a time.
//!
//! A lease is part of the claim's row in the queue. It ends by the clock of the database, and nothing has to happen for
//! that: whoever looks for claims takes those whose lease is over for free.

use std::{cmp::Reverse, collections::HashMap, time::Duration};

use jiff::Timestamp;
use sqlx::{PgConnection, Postgres, QueryBuilder};

use super::{
    ArticleId, ClaimKey, ClaimTest, Expression, Searcher, SortBy, StoreError, StoredClaim,
    article::unreadable,
    claim::{self, must_exist},
    command::{Command, Done},
    search::{Behind, Found, Question, Scan},
    time::Time,
};
use crate::claim::{Claim, Succession};

/// A claim that is one reviewer's for a time.
#[derive(Debug, Clone)]
pub struct Lease {
    /// The claim.
    pub claim: StoredClaim,
    /// Whose.
    pub owner: String,
    /// What finishing asks for.
    pub token: String,
    /// When it ends.
    pub expire_time: Timestamp,
    /// Whether another lease on the claim ran out before, without being given back.
    pub lapsed: bool,
}

/// Leases the claims that are most worth a check.
#[derive(Debug)]
pub struct LeaseClaims {
    /// Of one article, or of all.
    pub article: Option<ArticleId>,
    /// Which.
    pub filter: Option<Expression<ClaimTest>>,
    /// Only this one.
    pub claim: Option<ClaimKey>,
    /// Those of this claim's article come first, in the order of the text from it on.
    pub after: Option<ClaimKey>,
    /// At most so many.
    pub size: u32,
    /// Who takes them.
    pub owner: String,
    /// The token of the leases, which nobody can guess.
    pub token: String,
    /// For how long.
    pub duration: Duration,
    /// Finds those that fit the filter.
    pub searcher: Searcher,
}

/// Makes a lease last longer.
#[derive(Debug)]
pub struct RenewLease {
    /// The claim.
    pub key: ClaimKey,
    /// Whose the lease is.
    pub owner: String,
    /// Its token.
    pub token: String,
    /// For how long from now.
    pub duration: Duration,
}

/// Gives a claim back.
#[derive(Debug)]
pub struct ReleaseLease {
    /// The claim.
    pub key: ClaimKey,
    /// Whose the lease is.
    pub owner: String,
    /// Its token.
    pub token: String,
}

/// The rows of the queue that are free for somebody, up to the condition on the claim. It is looked up for each row, and not
/// joined: for a join the planner may prepare for as many rows as are in the queue, where one is wanted. Both conditions are
/// looked at again once a row is locked, so that a claim which was leased or decided on in between is passed over.
const FREE: &str = "\
    SELECT q.article_id, q.claim_id, q.lease_expire_time IS NOT NULL AS lapsed
      FROM queue q
     WHERE (q.lease_expire_time IS NULL OR q.lease_expire_time <= clock_timestamp())
       AND (SELECT c.state = 'UNREVIEWED' AND c.succession = 'CURRENT'";

/// What the condition is on.
const OF_CLAIM: &str = " \
    FROM claim c JOIN article a ON a.article_id = c.article_id
   WHERE c.article_id = q.article_id AND c.claim_id = q.claim_id)";

/// The order in which claims are taken.
const BY_WORTH: &str = " ORDER BY q.check_worthiness DESC, q.create_time, q.article_id, q.claim_id";

impl Command for LeaseClaims {
    type Outcome = Vec<Lease>;

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<Vec<Lease>>, StoreError> {
        if let Some(article) = &self.article {
            must_exist(connection, article).await?;
        }
        if let Some(key) = &self.claim {
            claim::must_exist_claim(connection, key).await?;
        }
        let mut question = None;
        if self.filter.is_some() {
            self.searcher.bound(connection).await?;
            question = Some(Question::of(connection, self.filter.as_ref()).await?);
        }
        let mut taken = HashMap::new();
        if let Some(after) = &self.after {
            let mut sql = self.of_the_queue(question.as_ref());
            sql.push(" AND q.article_id = ").push_bind(after.article.as_str().to_owned());
            sql.push(" ORDER BY q.claim_id <= ").push_bind(after.claim).push(", q.claim_id");
            taken = self.take(connection, sql, self.size).await?;
        }
        let left = self.size.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX));
        if left > 0 {
            taken.extend(match question {
                Some(question) if self.article.is_none() && self.claim.is_none() => {
                    self.take_found(connection, question, left).await?
                }
                question => {
                    let mut sql = self.of_the_queue(question.as_ref());
                    sql.push(BY_WORTH);
                    self.take(connection, sql, left).await?
                }
            });
        }
        let keys: Vec<ClaimKey> = taken.keys().cloned().collect();
        let claims = match keys.is_empty() {
            true => Vec::new(),
            false => claim::read_all(connection, &keys).await?,
        };
        let mut leases = Vec::with_capacity(claims.len());
        for claim in claims {
            let Some(Taken { until, lapsed }) = taken.get(&claim.key) else { continue };
            let (owner, token) = (self.owner.clone(), self.token.clone());
            leases.push(Lease { claim, owner, token, expire_time: *until, lapsed: *lapsed });
        }
        leases.sort_by_key(|lease| self.rank(&lease.claim));
        Ok(Done { outcome: leases, changes: Vec::new() })
    }
}

/// A row of the queue that was taken.
#[derive(Debug, Clone, Copy)]
struct Taken {
    until: Timestamp,
    lapsed: bool,
}

/// Where a claim stands in the answer; the smallest comes first.
type Rank = (bool, bool, i32, Reverse<u64>, Timestamp, ArticleId, i32);

impl LeaseClaims {
    /// What is free in the queue for the owner, of the article, or of the claim, that is asked for.
    fn of_the_queue(&self, question: Option<&Question>) -> QueryBuilder<Postgres> {
        let mut sql = QueryBuilder::new("WITH free AS (");
        sql.push(FREE);
        if let Some(question) = question {
            question.push(&mut sql);
        }
        sql.push(OF_CLAIM);
        sql.push(" AND NOT (").push_bind(self.owner.clone()).push(" = ANY(q.reviewers))");
        if let Some(article) = &self.article {
            sql.push(" AND q.article_id = ").push_bind(article.as_str().to_owned());
        }
        if let Some(key) = &self.claim {
            sql.push(" AND q.article_id = ").push_bind(key.article.as_str().to_owned());
            sql.push(" AND q.claim_id = ").push_bind(key.claim);
        }
        sql
    }

    /// Leases what fits the filter, as it is found: what others take meanwhile is passed over.
    async fn take_found(
        &self,
        connection: &mut PgConnection,
        question: Question,
        size: u32,
    ) -> Result<HashMap<ClaimKey, Taken>, StoreError> {
        /// How many are looked at besides those that are asked for, since others look for them as well.
        const SPARE: u32 = 8;
        let scan = Scan {
            question: question.waiting(),
            sort: SortBy::CheckWorthiness,
            descending: true,
            free_for: Some(self.owner.clone()),
        };
        let (mut taken, mut behind) = (HashMap::new(), None);
        loop {
            let left = size.saturating_sub(u32::try_from(taken.len()).unwrap_or(u32::MAX));
            let found = self.searcher.run(connection, &scan, behind.as_ref(), left + SPARE).await?;
            if left == 0 || found.is_empty() {
                return Ok(taken);
            }
            let mut sql = self.of_the_queue(None);
            sql.push(" AND (q.article_id, q.claim_id) IN (SELECT * FROM UNNEST(");
            let keys = found.iter().map(Found::key).collect::<Result<Vec<_>, _>>()?;
            sql.push_bind(keys.iter().map(|key| key.article.as_str().to_owned()).collect::<Vec<_>>());
            sql.push("::text[], ").push_bind(keys.iter().map(|key| key.claim).collect::<Vec<_>>());
            sql.push("::int4[]))").push(BY_WORTH);
            taken.extend(self.take(connection, sql, left).await?);
            if found.len() < (left + SPARE) as usize || taken.len() >= size as usize {
                return Ok(taken);
            }
            behind = found.into_iter().next_back().map(Behind::Found);
        }
    }

    /// Leases up to `size` claims of those that `sql` has for free, in its order.
    async fn take(
        &self,
        connection: &mut PgConnection,
        mut sql: QueryBuilder<Postgres>,
        size: u32,
    ) -> Result<HashMap<ClaimKey, Taken>, StoreError> {
        sql.push(" LIMIT ").push_bind(i64::from(size));
        sql.push(" FOR UPDATE OF q SKIP LOCKED) UPDATE queue q SET lease_owner = ")
            .push_bind(self.owner.clone());
        sql.push(", lease_token = ").push_bind(self.token.clone());
        sql.push(", lease_expire_time = clock_timestamp() + ").push_bind(self.duration.as_secs_f64());
        sql.push(
            " * interval '1 second' FROM free
              WHERE q.article_id = free.article_id AND q.claim_id = free.claim_id
              RETURNING q.article_id, q.claim_id, q.lease_expire_time, free.lapsed",
        );
        let rows: Vec<(String, i32, Time, bool)> = sql.build_query_as().fetch_all(connection).await?;
        rows.into_iter()
            .map(|(article, claim, until, lapsed)| {
                let key = ClaimKey { article: article.parse().map_err(unreadable)?, claim };
                Ok((key, Taken { until: until.0, lapsed }))
            })
            .collect()
    }

    fn rank(&self, claim: &StoredClaim) -> Rank {
        let StoredClaim { key, claim: Claim { check_worthiness, .. }, create_time, .. } = claim;
        let (elsewhere, before, place) = match &self.after {
            Some(after) if after.article == key.article => (false, key.claim <= after.claim, key.claim),
            _ => (true, false, 0),
        };
        // Scores are no less than 0: their bits are in the order of their values.
        let worth = Reverse(check_worthiness.max(0.0).to_bits());
        (elsewhere, before, place, worth, *create_time, key.article.clone(), key.claim)
    }
}

impl Command for RenewLease {
    type Outcome = Lease;

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<Lease>, StoreError> {
        let Self { key, owner, token, duration } = self;
        let renewed: Option<(Time,)> = sqlx::query_as(
            "UPDATE queue SET lease_expire_time = clock_timestamp() + $5 * interval '1 second'
              WHERE article_id = $1 AND claim_id = $2 AND lease_owner = $3 AND lease_token = $4
                AND lease_expire_time > clock_timestamp()
              RETURNING lease_expire_time",
        )
        .bind(key.article.as_str())
        .bind(key.claim)
        .bind(owner)
        .bind(token)
        .bind(duration.as_secs_f64())
        .fetch_optional(&mut *connection)
        .await?;
        let claim =
            claim::read(connection, key).await?.ok_or_else(|| StoreError::ClaimNotFound(key.clone()))?;
        let (until,) = renewed.ok_or_else(|| lost(&claim))?;
        let (owner, token) = (owner.clone(), token.clone());
        let lease = Lease { claim, owner, token, expire_time: until.0, lapsed: false };
        Ok(Done { outcome: lease, changes: Vec::new() })
    }
}

impl Command for ReleaseLease {
    type Outcome = ();

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<()>, StoreError> {
        let Self { key, owner, token } = self;
        let released = sqlx::query(
            "UPDATE queue SET lease_owner = NULL, lease_token = NULL, lease_expire_time = NULL
              WHERE article_id = $1 AND claim_id = $2 AND lease_owner = $3 AND lease_token = $4
                AND lease_expire_time > clock_timestamp()",
        )
        .bind(key.article.as_str())
        .bind(key.claim)
        .bind(owner)
        .bind(token)
        .execute(&mut *connection)
        .await?;
        if released.rows_affected() == 0 {
            let claim = claim::read(connection, key).await?;
            let claim = claim.ok_or_else(|| StoreError::ClaimNotFound(key.clone()))?;
            return Err(lost(&claim));
        }
        Ok(Done { outcome: (), changes: Vec::new() })
    }
}

/// Why a lease on a claim holds no more.
fn lost(claim: &StoredClaim) -> StoreError {
    let key = claim.key.clone();
    match claim.lineage.succession {
        Succession::Current => StoreError::LeaseLost(key),
        _ => StoreError::ClaimSuperseded { key, next: claim.lineage.next.clone() },
    }
}
