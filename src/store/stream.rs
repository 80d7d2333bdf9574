//! The change log as a stream: what came behind a place in it, in the order of the commits of each article.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::{
    ArticleId, ClaimKey, ClaimTest, Expression, Store, StoreError, StoredChange, StoredClaim,
    article::SHARDS,
    claim,
    history::{COLUMNS, ChangeRow},
};

/// A place in the log: how far each shard was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<i64>", into = "Vec<i64>")]
pub struct StreamPlace(Vec<i64>);

/// A list of numbers that is no place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in the log has {SHARDS} positions")]
pub struct InvalidPlace;

impl TryFrom<Vec<i64>> for StreamPlace {
    type Error = InvalidPlace;

    fn try_from(positions: Vec<i64>) -> Result<Self, InvalidPlace> {
        let fits = positions.len() == usize::from(SHARDS) && positions.iter().all(|position| *position >= 0);
        if fits { Ok(Self(positions)) } else { Err(InvalidPlace) }
    }
}

impl From<StreamPlace> for Vec<i64> {
    fn from(place: StreamPlace) -> Self {
        place.0
    }
}

impl StreamPlace {
    fn of(rows: Vec<(i32, i64)>) -> Self {
        let mut positions = vec![0; usize::from(SHARDS)];
        for (shard, position) in rows {
            if let Some(at) = usize::try_from(shard).ok().and_then(|shard| positions.get_mut(shard)) {
                *at = position;
            }
        }
        Self(positions)
    }

    /// Whether there is a shard that this place is behind in.
    #[must_use]
    pub fn is_behind(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, other)| mine < other)
    }

    /// How a change stands to this place.
    #[must_use]
    pub fn next_to(&self, change: &StreamedChange) -> Distance {
        match change.change.position - self.0.get(change.shard()).copied().unwrap_or(0) {
            ..=0 => Distance::Passed,
            1 => Distance::Next,
            _ => Distance::Beyond,
        }
    }

    /// Goes on to a change.
    pub fn pass(&mut self, change: &StreamedChange) {
        if let Some(at) = self.0.get_mut(change.shard()) {
            *at = (*at).max(change.change.position);
        }
    }
}

/// How a change stands to a place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// It was read.
    Passed,
    /// It is the next of its shard.
    Next,
    /// Others come before it.
    Beyond,
}

/// A change, and the claim as it stood after it.
#[derive(Debug, Clone)]
pub struct StreamedChange {
    /// The change.
    pub change: StoredChange,
    /// The claim, if it is still there: as it is now, but with the state, the version and the number of reviews that the
    /// change gave it.
    pub claim: Option<StoredClaim>,
}

impl StreamedChange {
    fn shard(&self) -> usize {
        usize::try_from(self.change.article.shard()).unwrap_or(0)
    }

    /// Whether it fits a filter on claims. A claim that is gone cannot be held against it, and so fits any; an article is no
    /// claim and fits none.
    #[must_use]
    pub fn fits(&self, filter: &Expression<ClaimTest>) -> bool {
        match (&self.claim, self.change.claim) {
            (Some(claim), _) => filter.holds(&|test| test.holds(claim)),
            (None, gone) => gone.is_some(),
        }
    }
}

/// The claim as a change left it.
fn after(mut claim: StoredClaim, change: &StoredChange) -> StoredClaim {
    let said = |name: &str| change.after.as_ref().and_then(|after| after.get(name));
    if let Some(state) = said("state").and_then(Value::as_str).and_then(|state| state.parse().ok()) {
        claim.state = state;
    }
    if let Some(version) = said("version").and_then(Value::as_i64) {
        claim.version = version;
    }
    if let Some(count) = said("review_count").and_then(Value::as_i64) {
        claim.review_count = i32::try_from(count).unwrap_or(claim.review_count);
    }
    if change.after.is_some() {
        claim.update_time = change.change_time;
    }
    claim
}

impl Store {
    /// How far the log goes.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn stream_end(&self) -> Result<StreamPlace, StoreError> {
        self.within(async {
            let rows =
                sqlx::query_as("SELECT shard, position FROM stream_head").fetch_all(&self.pool).await?;
            Ok(StreamPlace::of(rows))
        })
        .await
    }

    /// The place behind which everything is kept.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn stream_start(&self) -> Result<StreamPlace, StoreError> {
        self.within(async {
        let rows = sqlx::query_as(
            "SELECT head.shard,
                    coalesce((SELECT min(h.position) - 1 FROM change h WHERE h.shard = head.shard), head.position)
               FROM stream_head head",
        );
        Ok(StreamPlace::of(rows.fetch_all(&self.pool).await?))
        })
        .await
    }

    /// Reads changes behind a place, up to another one: at most so many, the first of each shard first.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn stream(
        &self,
        from: &StreamPlace,
        to: &StreamPlace,
        size: u32,
    ) -> Result<Vec<StreamedChange>, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
            sql.push(COLUMNS).push(" FROM UNNEST(").push_bind((0..i32::from(SHARDS)).collect::<Vec<_>>());
            sql.push("::int4[], ").push_bind(from.0.clone()).push("::int8[], ").push_bind(to.0.clone());
            sql.push(
                "::int8[]) AS asked (shard, behind, up_to)
             CROSS JOIN LATERAL (SELECT * FROM change c
                                  WHERE c.shard = asked.shard AND c.position > asked.behind
                                    AND c.position <= asked.up_to
                                  ORDER BY c.position LIMIT ",
            );
            sql.push_bind(i64::from(size))
                .push(") h WHERE asked.behind < asked.up_to ORDER BY h.shard, h.position LIMIT ")
                .push_bind(i64::from(size));
            let rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *connection).await?;
            let changes: Vec<StoredChange> =
                rows.into_iter().map(|row| StoredChange::try_from(row.change)).collect::<Result<_, _>>()?;
            let claims = claims(&mut connection, &changes).await?;
            Ok(changes
                .into_iter()
                .map(|change| {
                    let claim = key(&change).and_then(|key| claims.get(&key).cloned());
                    StreamedChange { claim: claim.map(|claim| after(claim, &change)), change }
                })
                .collect())
        })
        .await
    }
}

#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    change: ChangeRow,
}

fn key(change: &StoredChange) -> Option<ClaimKey> {
    Some(ClaimKey { article: ArticleId::clone(&change.article), claim: change.claim? })
}

async fn claims(
    connection: &mut PgConnection,
    changes: &[StoredChange],
) -> Result<HashMap<ClaimKey, StoredClaim>, StoreError> {
    let mut keys: Vec<ClaimKey> = changes.iter().filter_map(key).collect();
    keys.sort_by(|a, b| (&a.article, a.claim).cmp(&(&b.article, b.claim)));
    keys.dedup();
    let claims = if keys.is_empty() { Vec::new() } else { claim::read_all(connection, &keys).await? };
    Ok(claims.into_iter().map(|claim| (claim.key.clone(), claim)).collect())
}
