//! Adding a claim that a person wrote by hand to a stored article.

use sqlx::{FromRow, PgConnection};

use super::{
    ArticleId, ClaimKey, Lineage, NewClaim, StoreError, StoredClaim,
    article::publish_date,
    claim::insert,
    command::{Command, Done},
    source,
    time::Time,
    version,
};
use crate::claim::{ClaimState, Origin};

/// Stores a claim that a person wrote by hand.
#[derive(Debug)]
pub struct SubmitClaim {
    /// The article it belongs to.
    pub article: ArticleId,
    /// The claim.
    pub claim: NewClaim,
}

#[derive(FromRow)]
struct ParentRow {
    claim_id: i32,
    uri: String,
    publisher: String,
    publish_date: String,
    now: Time,
}

impl Command for SubmitClaim {
    type Outcome = StoredClaim;

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<StoredClaim>, StoreError> {
        let parent: Option<ParentRow> = sqlx::query_as(
            "UPDATE article
                SET next_claim_id = next_claim_id + 1, claim_count = claim_count + 1, version = version + 1
              WHERE article_id = $1
              RETURNING next_claim_id - 1 AS claim_id, uri, publisher, publish_date, now() AS now",
        )
        .bind(self.article.as_str())
        .fetch_optional(&mut *connection)
        .await?;
        let parent = parent.ok_or_else(|| StoreError::ArticleNotFound(self.article.clone()))?;
        // A statement of its own, behind the lock: it sees the version that was waited for.
        if let Some(next) = version::next(connection, &self.article).await? {
            return Err(StoreError::ArticleSuperseded { article: self.article.clone(), next });
        }
        let mut claim = self.claim.clone();
        let published = publish_date(&parent.publish_date)?;
        claim.sources.insert(0, source::publication(&parent.uri, &parent.publisher, published));
        let stored = StoredClaim {
            key: ClaimKey { article: self.article.clone(), claim: parent.claim_id },
            claim,
            state: ClaimState::Unreviewed,
            origin: Origin::Submitted,
            version: 1,
            review_count: 0,
            create_time: parent.now.0,
            update_time: parent.now.0,
            lineage: Lineage::NONE,
        };
        let new = std::slice::from_ref(&self.claim);
        insert(connection, &self.article, std::slice::from_ref(&stored), new).await?;
        let changes = vec![stored.creation(&self.claim)];
        Ok(Done { outcome: stored, changes })
    }
}
