//! The change log as a stream: what came behind a place in it, in the order of the commits of each article.

use std::collections::HashMap;

use serde_json::Value;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::{
    ArticleId, ClaimKey, ClaimTest, Expression, Store, StoreError, StoredChange, StoredClaim,
    article::SHARDS,
    claim,
    history::{COLUMNS, ChangeRow},
};

/// A place in the log: how far each shard was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPlace(Vec<ShardPlace>);

/// How far a shard of the log was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShardPlace {
    /// The number of the last change that was read.
    pub position: i64,
    /// The first 32 bits of its seal, where that is known: a log that was put back to an earlier moment has other changes at
    /// the same numbers.
    pub seal: Option<u32>,
}

/// A list that is no place in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in the log has {SHARDS} positions")]
pub struct InvalidPlace;

impl TryFrom<Vec<ShardPlace>> for StreamPlace {
    type Error = InvalidPlace;

    fn try_from(shards: Vec<ShardPlace>) -> Result<Self, InvalidPlace> {
        let fits = shards.len() == usize::from(SHARDS) && shards.iter().all(|shard| shard.position >= 0);
        if fits { Ok(Self(shards)) } else { Err(InvalidPlace) }
    }
}

impl StreamPlace {
    fn of(rows: Vec<(i32, i64)>) -> Self {
        let mut place = Self(vec![ShardPlace::default(); usize::from(SHARDS)]);
        for (shard, position) in rows {
            if let Some(at) = place.shard_mut(shard) {
                *at = ShardPlace { position, seal: None };
            }
        }
        place
    }

    fn shard_mut(&mut self, shard: i32) -> Option<&mut ShardPlace> {
        usize::try_from(shard).ok().and_then(|shard| self.0.get_mut(shard))
    }

    /// Its shards, in their order.
    #[must_use]
    pub fn shards(&self) -> &[ShardPlace] {
        &self.0
    }

    fn positions(&self) -> Vec<i64> {
        self.0.iter().map(|shard| shard.position).collect()
    }

    /// Whether there is a shard that this place is behind in.
    #[must_use]
    pub fn is_behind(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(mine, other)| mine.position < other.position)
    }

    /// How a change stands to this place.
    #[must_use]
    pub fn next_to(&self, change: &StreamedChange) -> Distance {
        match change.change.position - self.0.get(change.shard()).map_or(0, |shard| shard.position) {
            ..=0 => Distance::Passed,
            1 => Distance::Next,
            _ => Distance::Beyond,
        }
    }

    /// Goes on to a change.
    pub fn pass(&mut self, change: &StreamedChange) {
        let StoredChange { position, seal, .. } = &change.change;
        if let Some(at) = self.0.get_mut(change.shard()).filter(|at| at.position < *position) {
            *at = ShardPlace {
                position: *position,
                seal: seal.as_ref().and_then(|seal| first_bits(&seal.hash)),
            };
        }
    }
}

/// The first 32 bits of a seal in hexadecimal.
fn first_bits(seal: &str) -> Option<u32> {
    u32::from_str_radix(seal.get(..8)?, 16).ok()
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

    /// A place with the seals of the changes that it lies behind, as far as they are kept.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn sealed(&self, mut place: StreamPlace) -> Result<StreamPlace, StoreError> {
        for (shard, seal) in self.seals_at(&place).await? {
            if let Some(at) = place.shard_mut(shard) {
                at.seal = first_bits(&seal);
            }
        }
        Ok(place)
    }

    /// Whether the log has other changes at a place than those that were read up to there.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn has_other_changes(&self, place: &StreamPlace) -> Result<bool, StoreError> {
        Ok(self.seals_at(place).await?.into_iter().any(|(shard, seal)| {
            let at = usize::try_from(shard).ok().and_then(|shard| place.0.get(shard));
            at.and_then(|at| at.seal).is_some_and(|read| first_bits(&seal) != Some(read))
        }))
    }

    /// The seals of the last changes before a place, with their shards; none of a change that has none or is not kept.
    async fn seals_at(&self, place: &StreamPlace) -> Result<Vec<(i32, String)>, StoreError> {
        self.within(async {
            let rows = sqlx::query_as(
                "SELECT c.shard, c.hash
                   FROM UNNEST($1::int4[], $2::int8[]) AS asked (shard, position)
                   JOIN change c ON c.shard = asked.shard AND c.position = asked.position
                  WHERE c.hash IS NOT NULL",
            );
            let rows = rows.bind((0..i32::from(SHARDS)).collect::<Vec<_>>()).bind(place.positions());
            Ok(rows.fetch_all(&self.pool).await?)
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
            sql.push("::int4[], ").push_bind(from.positions()).push("::int8[], ").push_bind(to.positions());
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
