//! Submitting an article: it is stored with the claims that were found in it, and takes the place of the text that stood at
//! its address before.

use sqlx::PgConnection;

use super::{
    ArticleId, StoreError, StoredArticle, StoredClaim,
    article::{days, read, record},
    claim::{self, NewClaim},
    command::{Change, ChangeKind, Command, Done},
    replacement::Replacement,
    time::Time,
    version::{self, Address},
};
use crate::claim::{Article, Origin};

/// Stores an article with the claims that were found in it, unless the same one is there.
#[derive(Debug)]
pub struct SubmitArticle {
    /// The article; its language is known by now.
    pub article: Article,
    /// Its claims, in the order of the text.
    pub claims: Vec<NewClaim>,
}

/// What became of a submission.
#[derive(Debug)]
pub struct SubmittedArticle {
    /// The article, without its text.
    pub article: StoredArticle,
    /// All its claims, in the order of the text.
    pub claims: Vec<StoredClaim>,
    /// Whether it was stored now.
    pub created: bool,
}

impl Command for SubmitArticle {
    type Outcome = SubmittedArticle;

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<SubmittedArticle>, StoreError> {
        let Article { text, uri, .. } = &self.article;
        let id = ArticleId::of(uri, text);
        // Whoever has another text for the same address is waited for.
        let address = version::lock(connection, uri, &id).await?;
        let replaced = address.as_ref().filter(|address| address.current != id);
        let created = self.insert(connection, &id).await?;
        let (article, claims, changes) = match created {
            Some(mut article) => {
                article.previous_version = replaced.map(|address| address.current.clone());
                self.store_claims(connection, article).await?
            }
            None => (stored(connection, &id, uri, text).await?, Vec::new(), Vec::new()),
        };
        let created = !changes.is_empty();
        let Some(address) = replaced else {
            let claims = if created { claims } else { claim::of_article(connection, &id).await? };
            return Ok(Done { outcome: SubmittedArticle { article, claims, created }, changes });
        };
        let changes = self.replace(connection, address, &article, changes).await?;
        let article = read(connection, &id, false).await?.ok_or(StoreError::Vanished)?;
        let claims = claim::of_article(connection, &id).await?;
        Ok(Done { outcome: SubmittedArticle { article, claims, created }, changes })
    }
}

impl SubmitArticle {
    /// Stores the article itself, unless it is there. A twin at work on the same article is waited for.
    async fn insert(
        &self,
        connection: &mut PgConnection,
        id: &ArticleId,
    ) -> Result<Option<StoredArticle>, StoreError> {
        let Article { text, uri, publisher, title, authors, publish_date, language } = &self.article;
        let count = i32::try_from(self.claims.len()).unwrap_or(i32::MAX);
        let (first, last) = publish_date
            .map(days)
            .map(|(first, last)| (first.to_string(), last.to_string()))
            .unwrap_or_default();
        let created: Option<(Time,)> = sqlx::query_as(
            "INSERT INTO article (article_id, uri, publisher, title, authors, publish_date, publish_first,
                                  publish_last, language, body, version, claim_count, next_claim_id, create_time)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11 + 1, now())
             ON CONFLICT (article_id) DO NOTHING RETURNING create_time",
        )
        .bind(id.as_str())
        .bind(uri)
        .bind(publisher)
        .bind(title)
        .bind(authors)
        .bind(publish_date.map(|date| date.to_string()).unwrap_or_default())
        .bind(first)
        .bind(last)
        .bind(language.as_deref().unwrap_or_default())
        .bind(text)
        .bind(count)
        .fetch_optional(connection)
        .await?;
        Ok(created.map(|(create_time,)| StoredArticle {
            id: id.clone(),
            article: Article { text: String::new(), ..self.article.clone() },
            version: 1,
            claim_count: count,
            create_time: create_time.0,
            previous_version: None,
            next_version: None,
        }))
    }

    /// Stores the claims that were found in the article.
    async fn store_claims(
        &self,
        connection: &mut PgConnection,
        article: StoredArticle,
    ) -> Result<(StoredArticle, Vec<StoredClaim>, Vec<Change>), StoreError> {
        let claims: Vec<StoredClaim> = (1..)
            .zip(&self.claims)
            .map(|(claim_id, new)| {
                StoredClaim::fresh(&article, claim_id, new, Origin::Extracted, article.create_time)
            })
            .collect();
        claim::insert(connection, &article.id, &claims, &self.claims).await?;
        let mut changes = vec![Change {
            article: article.id.clone(),
            claim_id: None,
            kind: ChangeKind::ArticleCreated,
            before: None,
            after: Some(record(&article)),
            reason: String::new(),
        }];
        changes.extend(claims.iter().zip(&self.claims).map(|(claim, new)| claim.creation(new)));
        Ok((article, claims, changes))
    }

    /// Puts the article in the place of the one that stood at its address.
    async fn replace(
        &self,
        connection: &mut PgConnection,
        address: &Address,
        article: &StoredArticle,
        mut changes: Vec<Change>,
    ) -> Result<Vec<Change>, StoreError> {
        let returned = changes.is_empty();
        let replacement =
            Replacement { previous: &address.current, article, text: &self.article.text, returned };
        changes.extend(replacement.run(connection).await?);
        address.move_to(connection, &article.id).await?;
        Ok(changes)
    }
}

/// The article that was there before, without its text.
async fn stored(
    connection: &mut PgConnection,
    id: &ArticleId,
    uri: &str,
    text: &str,
) -> Result<StoredArticle, StoreError> {
    // Deleted since the insertion met it: the next attempt stores it.
    let mut article = read(connection, id, true).await?.ok_or(StoreError::Vanished)?;
    if article.article.uri != uri || article.article.text != text {
        return Err(StoreError::IdentifierTaken(id.clone()));
    }
    article.article.text.clear();
    Ok(article)
}
