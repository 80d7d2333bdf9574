//! Reviews: decisions on claims.

use std::{collections::HashMap, fmt, str::FromStr};

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, types::Json};

use super::{
    ArticleId, ClaimKey, Cursor, Page, Position, Store, StoreError,
    article::unreadable,
    claim::{self, must_exist},
    page::push_page,
    time::Time,
};
use crate::claim::{ClaimState, Evidence, Review};

/// The key of a review: its claim, and its number among the claim's reviews.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReviewKey {
    /// The claim.
    pub claim: ClaimKey,
    /// The review's number, counted from 1.
    pub review: i32,
}

impl fmt::Display for ReviewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.claim.article, self.claim.claim, self.review)
    }
}

impl FromStr for ReviewKey {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let mut parts = text.splitn(3, '/');
        let mut part = || parts.next().unwrap_or_default();
        Ok(Self {
            claim: ClaimKey {
                article: part().parse().map_err(unreadable)?,
                claim: part().parse().map_err(unreadable)?,
            },
            review: part().parse().map_err(unreadable)?,
        })
    }
}

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
    /// When it was decided, also where it was carried over since.
    pub create_time: Timestamp,
    /// The review that this one repeats, on a claim of another version of the article.
    pub carried_from: Option<ReviewKey>,
    /// The claim that the decision rested on, decided on before.
    pub based_on: Option<ClaimKey>,
}

/// A claim's key as it is kept in one column.
pub(super) fn claim_text(key: &ClaimKey) -> String {
    format!("{}/{}", key.article, key.claim)
}

fn read_claim(text: &str) -> Result<ClaimKey, StoreError> {
    let (article, claim) = text.split_once('/').unwrap_or_default();
    Ok(ClaimKey { article: article.parse().map_err(unreadable)?, claim: claim.parse().map_err(unreadable)? })
}

impl StoredReview {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> ReviewKey {
        ReviewKey { claim: self.claim.clone(), review: self.id }
    }

    /// The review that somebody made: itself, or the one that it repeats.
    pub(super) fn origin(&self) -> ReviewKey {
        self.carried_from.clone().unwrap_or_else(|| self.key())
    }

    /// What the log says of it.
    pub(super) fn record(&self) -> Value {
        let mut record = json!(self.review);
        if let Some(from) = &self.carried_from {
            record["carried_from"] = json!(from.to_string());
        }
        if let Some(claim) = &self.based_on {
            record["based_on"] = json!(claim_text(claim));
        }
        record
    }
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
    carried_from: Option<String>,
    based_on: Option<String>,
}

/// The columns of [`ReviewRow`].
const COLUMNS: &str = "r.article_id, r.claim_id, r.review_id, r.verdict, r.previous_state, r.point_ids, r.evidence, \
                       r.note, r.correction, r.reviewer, r.create_time, r.carried_from, r.based_on";

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
            carried_from: row.carried_from.map(|from| from.parse()).transpose()?,
            based_on: row.based_on.as_deref().map(read_claim).transpose()?,
        })
    }
}

/// The reviews of claims, the oldest first; claims without any are left out.
pub(super) async fn of_claims(
    connection: &mut PgConnection,
    claims: &[ClaimKey],
) -> Result<HashMap<ClaimKey, Vec<StoredReview>>, StoreError> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(COLUMNS).push(" FROM review r JOIN UNNEST(");
    sql.push_bind(claims.iter().map(|key| key.article.as_str().to_owned()).collect::<Vec<_>>());
    sql.push("::text[], ").push_bind(claims.iter().map(|key| key.claim).collect::<Vec<_>>());
    sql.push(
        "::int4[]) AS asked (article_id, claim_id)
            ON r.article_id = asked.article_id AND r.claim_id = asked.claim_id
         ORDER BY r.article_id, r.claim_id, r.review_id",
    );
    let rows: Vec<ReviewRow> = sql.build_query_as().fetch_all(connection).await?;
    let mut reviews: HashMap<_, Vec<StoredReview>> = HashMap::new();
    for row in rows {
        let review = StoredReview::try_from(row)?;
        reviews.entry(review.claim.clone()).or_default().push(review);
    }
    Ok(reviews)
}

impl Store {
    /// Gives a page of reviews.
    ///
    /// # Errors
    /// If the claim asked for is not there, or the database cannot be reached.
    #[tracing::instrument(name = "store.reviews", skip_all)]
    pub async fn reviews(&self, query: &ReviewQuery) -> Result<Page<StoredReview>, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
            sql.push(COLUMNS).push(" FROM review r WHERE true");
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
        })
        .await
    }
}
