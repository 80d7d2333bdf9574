//! The change log: every change of an article and its claims, in the order of the commits of each shard.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;
use sqlx::PgConnection;

use super::{ArticleId, StoreError, article::unreadable, time::Time};
use crate::claim::Entry;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// An article was stored.
    ArticleCreated,
    /// Another text took an article's place at its address.
    ArticleSuperseded,
    /// An article is the current one of its address again.
    ArticleRestored,
    /// An article was deleted.
    ArticleDeleted,
    /// A claim was stored.
    ClaimCreated,
    /// A claim was decided on.
    ClaimReviewed,
    /// A decision was taken back.
    ClaimReopened,
    /// A claim's article has another version.
    ClaimSuperseded,
    /// A claim's article is the current one again.
    ClaimRestored,
    /// A claim was deleted with its article.
    ClaimDeleted,
}

impl ChangeKind {
    /// The word in the log.
    const fn as_str(self) -> &'static str {
        match self {
            Self::ArticleCreated => "ARTICLE_CREATED",
            Self::ArticleSuperseded => "ARTICLE_SUPERSEDED",
            Self::ArticleRestored => "ARTICLE_RESTORED",
            Self::ArticleDeleted => "ARTICLE_DELETED",
            Self::ClaimCreated => "CLAIM_CREATED",
            Self::ClaimReviewed => "CLAIM_REVIEWED",
            Self::ClaimReopened => "CLAIM_REOPENED",
            Self::ClaimSuperseded => "CLAIM_SUPERSEDED",
            Self::ClaimRestored => "CLAIM_RESTORED",
            Self::ClaimDeleted => "CLAIM_DELETED",
        }
    }
}

/// One row of the log, before it has its position.
#[derive(Debug, Clone)]
pub struct Change {
    /// The article that changed, or whose claim.
    pub article: ArticleId,
    /// The claim that changed; `None` where it was the article itself.
    pub claim_id: Option<i32>,
    /// What happened.
    pub kind: ChangeKind,
    /// What was.
    pub before: Option<Value>,
    /// What is.
    pub after: Option<Value>,
    /// Why, in the words of whoever did it; may be empty.
    pub reason: String,
}

/// The columns of many changes, one list for each, for one statement.
#[derive(Debug, Default)]
struct Columns {
    article: Vec<String>,
    shard: Vec<i32>,
    position: Vec<i64>,
    claim_id: Vec<Option<i32>>,
    kind: Vec<&'static str>,
    before: Vec<Option<Value>>,
    after: Vec<Option<Value>>,
    reason: Vec<String>,
    previous_hash: Vec<String>,
    hash: Vec<String>,
}

/// Raises the positions of the articles' shards and writes the changes under the numbers won, each sealed over the one
/// before it of its article. As the shards' rows stay locked until the commit, this comes last in a transaction.
pub(super) async fn append(
    connection: &mut PgConnection,
    actor: &str,
    changes: Vec<Change>,
) -> Result<(), StoreError> {
    let shards: BTreeSet<i32> = changes.iter().map(|change| change.article.shard()).collect();
    if shards.is_empty() {
        return Ok(());
    }
    let shards: Vec<i32> = shards.into_iter().collect();
    // All take them in the same order, so that nobody waits in a circle.
    let heads: Vec<(i32, i64, Time)> = sqlx::query_as(
        "SELECT shard, position, now() FROM stream_head WHERE shard = ANY($1) ORDER BY shard FOR UPDATE",
    )
    .bind(&shards)
    .fetch_all(&mut *connection)
    .await?;
    let now = heads.first().map(|(_, _, now)| *now).ok_or(StoreError::Vanished)?;
    let mut heads: BTreeMap<i32, i64> =
        heads.into_iter().map(|(shard, position, _)| (shard, position)).collect();
    // A statement of its own, behind the lock: it sees what was committed while that was waited for.
    let mut seals = last_seals(connection, &changes).await?;
    let mut columns = Columns::default();
    for change in changes {
        let shard = change.article.shard();
        let position = heads.entry(shard).or_default();
        *position += 1;
        let entry = Entry {
            article: change.article.as_str(),
            claim: change.claim_id,
            position: *position,
            kind: change.kind.as_str(),
            before: change.before.as_ref(),
            after: change.after.as_ref(),
            actor,
            reason: &change.reason,
            change_time: now.0,
        };
        let previous = seals.remove(&change.article).unwrap_or_default();
        let seal = entry.seal(&previous);
        columns.previous_hash.push(previous);
        columns.hash.push(seal.clone());
        seals.insert(change.article.clone(), seal);
        columns.article.push(change.article.into());
        columns.shard.push(shard);
        columns.position.push(*position);
        columns.claim_id.push(change.claim_id);
        columns.kind.push(change.kind.as_str());
        columns.before.push(change.before);
        columns.after.push(change.after);
        columns.reason.push(change.reason);
    }
    sqlx::query(
        "WITH head AS (
             UPDATE stream_head SET position = moved.position
             FROM UNNEST($1::int4[], $2::int8[]) AS moved (shard, position)
             WHERE stream_head.shard = moved.shard
         )
         INSERT INTO change (article_id, shard, position, claim_id, kind, before, after, actor, reason, change_time,
                             previous_hash, hash)
         SELECT article_id, shard, position, claim_id, kind, before, after, $3, reason, $14, previous_hash, hash
         FROM UNNEST($4::text[], $5::int4[], $6::int8[], $7::int4[], $8::text[], $9::jsonb[], $10::jsonb[], $11::text[],
                     $12::text[], $13::text[])
              AS item (article_id, shard, position, claim_id, kind, before, after, reason, previous_hash, hash)",
    )
    .bind(&shards)
    .bind(heads.values().copied().collect::<Vec<_>>())
    .bind(actor)
    .bind(columns.article)
    .bind(columns.shard)
    .bind(columns.position)
    .bind(columns.claim_id)
    .bind(columns.kind)
    .bind(columns.before)
    .bind(columns.after)
    .bind(columns.reason)
    .bind(columns.previous_hash)
    .bind(columns.hash)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}

/// The last seal of each article.
async fn last_seals(
    connection: &mut PgConnection,
    changes: &[Change],
) -> Result<HashMap<ArticleId, String>, StoreError> {
    let articles: BTreeSet<&str> = changes.iter().map(|change| change.article.as_str()).collect();
    let rows: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT asked.article_id,
                (SELECT h.hash FROM change h WHERE h.article_id = asked.article_id AND h.hash IS NOT NULL
                  ORDER BY h.position DESC LIMIT 1)
           FROM UNNEST($1::text[]) AS asked (article_id)",
    )
    .bind(articles.into_iter().collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    let mut seals = HashMap::with_capacity(rows.len());
    for (article, seal) in rows {
        seals.insert(article.parse().map_err(unreadable)?, seal.unwrap_or_default());
    }
    Ok(seals)
}
