//! What happened to an article and its claims, read from the change log.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::{FromRow, Postgres, QueryBuilder};

use super::{
    ArticleId, ClaimKey, Cursor, Page, Position, Store, StoreError,
    article::unreadable,
    claim::{self, must_exist},
    time::Time,
};
use crate::claim::Entry;

/// A row of the change log.
#[derive(Debug, Clone)]
pub struct StoredChange {
    /// The article.
    pub article: ArticleId,
    /// The claim; `None` where it was the article itself.
    pub claim: Option<i32>,
    /// Its place in the log; rises within the article, with gaps.
    pub position: i64,
    /// What happened.
    pub kind: String,
    /// What was.
    pub before: Option<Value>,
    /// What is.
    pub after: Option<Value>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub change_time: Timestamp,
    /// Its seal, and that of the one before it; `None` where a version without seals wrote it.
    pub seal: Option<Seal>,
}

/// The seal of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// The seal of the article's change before; empty for its first.
    pub previous: String,
    /// The seal itself.
    pub hash: String,
}

impl StoredChange {
    /// What the seal covers.
    #[must_use]
    pub fn entry(&self) -> Entry<'_> {
        Entry {
            article: self.article.as_str(),
            claim: self.claim,
            position: self.position,
            kind: &self.kind,
            before: self.before.as_ref(),
            after: self.after.as_ref(),
            actor: &self.actor,
            reason: &self.reason,
            change_time: self.change_time,
        }
    }
}

/// The columns of [`ChangeRow`].
pub(super) const COLUMNS: &str = "h.article_id, h.claim_id, h.position, h.kind, h.before, h.after, h.actor, h.reason, \
                                  h.change_time, h.previous_hash, h.hash";

#[derive(FromRow)]
pub(super) struct ChangeRow {
    article_id: String,
    claim_id: Option<i32>,
    position: i64,
    kind: String,
    before: Option<Value>,
    after: Option<Value>,
    actor: String,
    reason: String,
    change_time: Time,
    previous_hash: Option<String>,
    hash: Option<String>,
}

impl TryFrom<ChangeRow> for StoredChange {
    type Error = StoreError;

    fn try_from(row: ChangeRow) -> Result<Self, StoreError> {
        Ok(Self {
            article: row.article_id.parse().map_err(unreadable)?,
            claim: row.claim_id,
            position: row.position,
            kind: row.kind,
            before: row.before,
            after: row.after,
            actor: row.actor,
            reason: row.reason,
            change_time: row.change_time.0,
            seal: row.hash.zip(row.previous_hash).map(|(hash, previous)| Seal { previous, hash }),
        })
    }
}

/// Which changes, and from where on; the oldest come first.
#[derive(Debug, Clone)]
pub struct ChangeQuery {
    /// Of this article.
    pub article: ArticleId,
    /// Of this claim of it, or of all and the article itself.
    pub claim: Option<i32>,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    /// At most so many.
    pub size: u32,
}

impl Store {
    /// Gives a page of the changes of an article or a claim, also of one that is deleted.
    ///
    /// # Errors
    /// If there never was such an article or claim, or the database cannot be reached.
    #[tracing::instrument(name = "store.changes", skip_all)]
    pub async fn changes(&self, query: &ChangeQuery) -> Result<Page<StoredChange>, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            let after = match query.after.as_ref().map(|cursor| &cursor.position) {
                Some(Position::Log(position)) => *position,
                _ => 0,
            };
            let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
            sql.push(COLUMNS).push(" FROM change h WHERE h.article_id = ").push_bind(query.article.as_str());
            if let Some(claim) = query.claim {
                sql.push(" AND h.claim_id = ").push_bind(claim);
            }
            sql.push(" AND h.position > ").push_bind(after);
            sql.push(" ORDER BY h.position LIMIT ").push_bind(i64::from(query.size) + 1);
            let rows: Vec<ChangeRow> = sql.build_query_as().fetch_all(&mut *connection).await?;
            let changes = rows.into_iter().map(StoredChange::try_from).collect::<Result<Vec<_>, _>>()?;
            if changes.is_empty() && query.after.is_none() {
                match query.claim {
                    Some(claim) => {
                        let key = ClaimKey { article: query.article.clone(), claim };
                        claim::read(&mut connection, &key).await?.ok_or(StoreError::ClaimNotFound(key))?;
                    }
                    None => must_exist(&mut connection, &query.article).await?,
                }
            }
            Ok(Page::cut(changes, query.size, |change| Cursor {
                position: Position::Log(change.position),
                article: change.article.clone(),
                claim: change.claim.unwrap_or(0),
                review: 0,
            }))
        })
        .await
    }
}
