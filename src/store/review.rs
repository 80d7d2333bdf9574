//! Reviews: decisions on claims.

use jiff::Timestamp;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, types::Json};

use super::{
    ArticleId, ClaimKey, Cursor, Page, Position, Store, StoreError, StoredClaim,
    article::unreadable,
    claim::{self, check_etag, must_exist},
    command::{Change, ChangeKind, Command, Done},
    page::push_page,
    queue,
    source::{self, unwritable},
    time::Time,
};
use crate::claim::{ClaimState, Evidence, Review, Verdict};

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

/// Decides on a claim, or takes a decision back.
#[derive(Debug)]
pub struct DecideClaim {
    /// Which.
    pub key: ClaimKey,
    /// The decision.
    pub review: Review,
    /// Only if this is still the claim's etag.
    pub etag: Option<String>,
    /// The token of the reviewer's lease.
    pub lease_token: Option<String>,
}

/// A decision on record.
#[derive(Debug)]
pub struct Decided {
    /// The review.
    pub review: StoredReview,
    /// The claim after it.
    pub claim: StoredClaim,
}

impl Command for DecideClaim {
    type Outcome = Decided;

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<Decided>, StoreError> {
        let Self { key, review, etag, lease_token } = self;
        let locked: Option<(String, i64, i32, i64, Time)> = sqlx::query_as(
            "SELECT state, version, review_count,
                    (SELECT count(*) FROM point p WHERE p.article_id = c.article_id AND p.claim_id = c.claim_id),
                    now()
               FROM claim c WHERE article_id = $1 AND claim_id = $2 FOR UPDATE",
        )
        .bind(key.article.as_str())
        .bind(key.claim)
        .fetch_optional(&mut *connection)
        .await?;
        let (state, version, review_count, points, now) =
            locked.ok_or_else(|| StoreError::ClaimNotFound(key.clone()))?;
        let previous: ClaimState = state.parse().map_err(unreadable)?;
        check_etag(etag.as_deref(), version)?;
        queue::check_lease(connection, key, &review.reviewer, lease_token.as_deref()).await?;
        let next = review.verdict.apply(previous)?;
        check_points(&review.point_ids, usize::try_from(points).unwrap_or(0))?;
        let stored = StoredReview {
            claim: key.clone(),
            id: review_count + 1,
            review: review.clone(),
            previous_state: previous,
            create_time: now.0,
        };
        insert(connection, &stored, next).await?;
        let claim =
            claim::read(connection, key).await?.ok_or_else(|| StoreError::ClaimNotFound(key.clone()))?;
        let change = Change {
            article: key.article.clone(),
            claim_id: Some(key.claim),
            kind: match review.verdict {
                Verdict::Reopened => ChangeKind::ClaimReopened,
                _ => ChangeKind::ClaimReviewed,
            },
            before: Some(serde_json::json!({
                "state": previous, "version": version, "review_count": review_count,
            })),
            after: Some(serde_json::json!({
                "state": next, "version": claim.version, "review_count": claim.review_count, "review": review,
            })),
            reason: review.note.clone(),
        };
        Ok(Done { outcome: Decided { review: stored, claim }, changes: vec![change] })
    }
}

fn check_points(ids: &[String], count: usize) -> Result<(), StoreError> {
    let known = |id: &String| {
        id.strip_prefix('p')
            .and_then(|number| number.parse::<usize>().ok())
            .is_some_and(|number| (1..=count).contains(&number) && *id == crate::claim::Point::id(number - 1))
    };
    match ids.iter().find(|id| !known(id)) {
        Some(id) => Err(StoreError::PointNotFound { id: id.clone(), count }),
        None => Ok(()),
    }
}

/// Inserts the review, its evidence among the claim's sources, and the claim's new state, and puts the claim in the queue
/// or takes it out: one statement.
async fn insert(
    connection: &mut PgConnection,
    stored: &StoredReview,
    next: ClaimState,
) -> Result<(), StoreError> {
    let review = &stored.review;
    let sources: Vec<_> = review.evidence.iter().map(source::of_evidence).collect();
    let details =
        sources.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>().map_err(unwritable)?;
    let names: Vec<_> = sources.into_iter().map(|source| source.name).collect();
    sqlx::query(
        "WITH decided AS (
             UPDATE claim SET state = $4, version = version + 1, review_count = $3, update_time = now()
              WHERE article_id = $1 AND claim_id = $2
         ), evidence AS (
             INSERT INTO source (article_id, claim_id, source_id, role, name, review_id, detail)
             SELECT $1, $2,
                    (SELECT coalesce(max(source_id), 0) FROM source WHERE article_id = $1 AND claim_id = $2) + item.number,
                    'EVIDENCE', item.name, $3, item.detail
             FROM UNNEST($5::text[], $6::jsonb[]) WITH ORDINALITY AS item (name, detail, number)
         ), decided_on AS (
             DELETE FROM queue WHERE article_id = $1 AND claim_id = $2 AND $4 <> 'UNREVIEWED'
         ), queued AS (
             INSERT INTO queue (article_id, claim_id, check_worthiness, create_time)
             SELECT article_id, claim_id, check_worthiness, create_time FROM claim
              WHERE article_id = $1 AND claim_id = $2 AND $4 = 'UNREVIEWED'
             ON CONFLICT (article_id, claim_id) DO UPDATE
                SET reviewers = excluded.reviewers, lease_owner = NULL, lease_token = NULL, lease_expire_time = NULL
         )
         INSERT INTO review (article_id, claim_id, review_id, verdict, previous_state, point_ids, evidence, note,
                             correction, reviewer, create_time)
         VALUES ($1, $2, $3, $7, $8, $9, $10, $11, $12, $13, now())",
    )
    .bind(stored.claim.article.as_str())
    .bind(stored.claim.claim)
    .bind(stored.id)
    .bind(next.as_str())
    .bind(names)
    .bind(details)
    .bind(review.verdict.as_str())
    .bind(stored.previous_state.as_str())
    .bind(&review.point_ids)
    .bind(Json(&review.evidence))
    .bind(&review.note)
    .bind(&review.correction)
    .bind(&review.reviewer)
    .execute(connection)
    .await?;
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_rests_on_points_that_are_there() {
        let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert!(check_points(&ids(&["p1", "p3"]), 3).is_ok());
        for wrong in ["p0", "p4", "p01", "1", "p", "", "p+1", "px"] {
            assert!(check_points(&ids(&[wrong]), 3).is_err(), "{wrong}");
        }
    }
}
