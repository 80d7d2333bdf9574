//! Deleting an article with all that belongs to it.

use sqlx::PgConnection;

use super::{
    ArticleId, StoreError,
    article::{read, record},
    claim,
    command::{Change, ChangeKind, Command, Done},
    replacement, version,
};

/// Deletes an article with its claims and their reviews.
#[derive(Debug)]
pub struct DeleteArticle {
    /// Which.
    pub id: ArticleId,
    /// Only if this is still its etag.
    pub etag: Option<String>,
    /// Also if claims of it have reviews.
    pub force: bool,
}

impl Command for DeleteArticle {
    type Outcome = ();

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<()>, StoreError> {
        let id = &self.id;
        let uri = read(connection, id, false)
            .await?
            .ok_or_else(|| StoreError::ArticleNotFound(id.clone()))?
            .article
            .uri;
        let address = version::lock(connection, &uri, id).await?;
        // Whoever adds a claim locks the article first, whoever decides on one locks the claim.
        sqlx::query("SELECT FROM article WHERE article_id = $1 FOR UPDATE")
            .bind(id.as_str())
            .fetch_optional(&mut *connection)
            .await?
            .ok_or_else(|| StoreError::ArticleNotFound(id.clone()))?;
        sqlx::query("SELECT FROM claim WHERE article_id = $1 ORDER BY claim_id FOR UPDATE")
            .bind(id.as_str())
            .execute(&mut *connection)
            .await?;
        let article =
            read(connection, id, false).await?.ok_or_else(|| StoreError::ArticleNotFound(id.clone()))?;
        claim::check_etag(self.etag.as_deref(), article.version)?;
        let claims: Vec<(i32, String, i64, i32)> = sqlx::query_as(
            "SELECT claim_id, state, version, review_count FROM claim WHERE article_id = $1 ORDER BY claim_id",
        )
        .bind(id.as_str())
        .fetch_all(&mut *connection)
        .await?;
        let reviewed = claims.iter().filter(|(.., reviews)| *reviews > 0).count();
        if reviewed > 0 && !self.force {
            let reviewed = i64::try_from(reviewed).unwrap_or(i64::MAX);
            return Err(StoreError::ArticleReviewed { article: id.clone(), reviewed });
        }
        sqlx::query("DELETE FROM article WHERE article_id = $1")
            .bind(id.as_str())
            .execute(&mut *connection)
            .await?;
        let mut changes: Vec<Change> = claims
            .into_iter()
            .map(|(claim_id, state, version, review_count)| Change {
                article: id.clone(),
                claim_id: Some(claim_id),
                kind: ChangeKind::ClaimDeleted,
                before: Some(serde_json::json!({
                    "state": state, "version": version, "review_count": review_count,
                })),
                after: None,
                reason: String::new(),
            })
            .collect();
        changes.push(Change {
            article: id.clone(),
            claim_id: None,
            kind: ChangeKind::ArticleDeleted,
            before: Some(record(&article)),
            after: None,
            reason: String::new(),
        });
        if let Some(address) = address
            && let Some(before) = address.forget(connection, id).await?
        {
            changes.extend(replacement::restore(connection, &before).await?);
        }
        Ok(Done { outcome: (), changes })
    }
}
