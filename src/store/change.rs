//! The change log: every change of an article and its claims, in the order of the commits of each shard.

use serde_json::Value;
use sqlx::PgConnection;

use super::{ArticleId, StoreError};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// An article was stored.
    ArticleCreated,
    /// An article was deleted.
    ArticleDeleted,
    /// A claim was stored.
    ClaimCreated,
    /// A claim was decided on.
    ClaimReviewed,
    /// A decision was taken back.
    ClaimReopened,
    /// A claim was deleted with its article.
    ClaimDeleted,
}

impl ChangeKind {
    /// The word in the log.
    const fn as_str(self) -> &'static str {
        match self {
            Self::ArticleCreated => "ARTICLE_CREATED",
            Self::ArticleDeleted => "ARTICLE_DELETED",
            Self::ClaimCreated => "CLAIM_CREATED",
            Self::ClaimReviewed => "CLAIM_REVIEWED",
            Self::ClaimReopened => "CLAIM_REOPENED",
            Self::ClaimDeleted => "CLAIM_DELETED",
        }
    }
}

/// One row of the log, before it has its position.
#[derive(Debug, Clone)]
pub struct Change {
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

/// Raises the position of the article's shard and writes the changes under the numbers won. As the shard's row stays locked
/// until the commit, this is the last statement of a transaction.
pub(super) async fn append(
    connection: &mut PgConnection,
    article: &ArticleId,
    actor: &str,
    changes: Vec<Change>,
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    let count = i64::try_from(changes.len()).unwrap_or(i64::MAX);
    let mut claim_ids = Vec::with_capacity(changes.len());
    let mut kinds = Vec::with_capacity(changes.len());
    let mut before = Vec::with_capacity(changes.len());
    let mut after = Vec::with_capacity(changes.len());
    let mut reasons = Vec::with_capacity(changes.len());
    for change in changes {
        claim_ids.push(change.claim_id);
        kinds.push(change.kind.as_str());
        before.push(change.before);
        after.push(change.after);
        reasons.push(change.reason);
    }
    sqlx::query(
        "WITH head AS (
             UPDATE stream_head SET position = position + $2 WHERE shard = $3 RETURNING position - $2 AS position
         )
         INSERT INTO change (article_id, shard, position, claim_id, kind, before, after, actor, reason, change_time)
         SELECT $1, $3, head.position + item.number, item.claim_id, item.kind, item.before, item.after, $4,
                item.reason, now()
         FROM head,
              UNNEST($5::int4[], $6::text[], $7::jsonb[], $8::jsonb[], $9::text[]) WITH ORDINALITY
                  AS item (claim_id, kind, before, after, reason, number)",
    )
    .bind(article.as_str())
    .bind(count)
    .bind(article.shard())
    .bind(actor)
    .bind(claim_ids)
    .bind(kinds)
    .bind(before)
    .bind(after)
    .bind(reasons)
    .execute(connection)
    .await?;
    Ok(())
}
