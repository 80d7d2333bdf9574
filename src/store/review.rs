//! Reviews: decisions on claims.

use jiff::Timestamp;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Json};

use super::{
    ArticleId, ClaimKey, Cursor, Page, Position, Store, StoreError,
    article::unreadable,
    claim::{self, must_exist},
    page::push_page,
    time::Time,
};
use crate::claim::{ClaimState, Evidence, Review};

/// A review as it is stored.
#[derive(Debug, Clone)]
pub struct StoredReview {
    /// The claim.
    pub claim: ClaimKey,
    /// Its number among the claim's reviews, counted from 1.
    pub id: i32,
    /// The decision.
    pub review: Review,
    /// The claim's state before.
    pub previous_state: ClaimState,
    /// When.
    pub create_time: Timestamp,
}

/// Which reviews, and from where on; the oldest come first.
#[derive(Debug, Clone)]
pub struct ReviewQuery {
    /// Of one article, or of all.
    pub article: Option<ArticleId>,
    /// Of the claims of this number, or of all.
    pub claim: Option<i32>,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    /// At most so many.
    pub size: u32,
}

#[derive(FromRow)]
struct ReviewRow {
    article_id: String,
    claim_id: i32,
    review_id: i32,
    verdict: String,
    previous_state: String,
    point_ids: Vec<String>,
    evidence: Json<Vec<Evidence>>,
    note: String,
    correction: String,
    reviewer: String,
    create_time: Time,
}

impl TryFrom<ReviewRow> for StoredReview {
    type Error = StoreError;

    fn try_from(row: ReviewRow) -> Result<Self, StoreError> {
        Ok(Self {
            claim: ClaimKey { article: row.article_id.parse().map_err(unreadable)?, claim: row.claim_id },
            id: row.review_id,
            review: Review {
                verdict: row.verdict.parse().map_err(unreadable)?,
                point_ids: row.point_ids,
                evidence: row.evidence.0,
                note: row.note,
                correction: row.correction,
                reviewer: row.reviewer,
            },
            previous_state: row.previous_state.parse().map_err(unreadable)?,
            create_time: row.create_time.0,
        })
    }
}

impl Store {
    /// Gives a page of reviews.
    ///
    /// # Errors
    /// If the claim asked for is not there, or the database cannot be reached.
    pub async fn reviews(&self, query: &ReviewQuery) -> Result<Page<StoredReview>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let mut sql = QueryBuilder::<Postgres>::new(
            "SELECT r.article_id, r.claim_id, r.review_id, r.verdict, r.previous_state, r.point_ids, r.evidence,
                    r.note, r.correction, r.reviewer, r.create_time
               FROM review r WHERE true",
        );
        if let Some(article) = &query.article {
            sql.push(" AND r.article_id = ").push_bind(article.as_str().to_owned());
        }
        if let Some(claim) = query.claim {
            sql.push(" AND r.claim_id = ").push_bind(claim);
        }
        let columns = ["r.create_time", "r.article_id", "r.claim_id", "r.review_id"];
        push_page(&mut sql, &columns, false, query.after.as_ref(), query.size);
        let rows: Vec<ReviewRow> = sql.build_query_as().fetch_all(&mut *connection).await?;
        let reviews = rows.into_iter().map(StoredReview::try_from).collect::<Result<Vec<_>, _>>()?;
        if reviews.is_empty() {
            match (&query.article, query.claim) {
                (Some(article), Some(claim)) => {
                    let key = ClaimKey { article: article.clone(), claim };
                    if claim::read(&mut connection, &key).await?.is_none() {
                        return Err(StoreError::ClaimNotFound(key));
                    }
                }
                (Some(article), None) => must_exist(&mut connection, article).await?,
                _ => {}
            }
        }
        Ok(Page::cut(reviews, query.size, |review| Cursor {
            position: Position::Time(review.create_time),
            article: review.claim.article.clone(),
            claim: review.claim.claim,
            review: review.id,
        }))
    }
}
