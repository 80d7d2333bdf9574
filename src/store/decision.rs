//! Decisions: a claim, or many at once, are reviewed or reopened.
//!
//! However many there are, the number of statements is the same. They lock in the same order: first the claims, then their
//! rows of the queue, each by its key.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::{FromRow, PgConnection};

use super::{
    ClaimKey, StoreError, StoredClaim, StoredReview,
    article::unreadable,
    claim::{self, check_etag},
    command::{Change, ChangeKind, Command, Done},
    queue::{self, HeldLease},
    review::claim_text,
    source::{self, unwritable},
    time::Time,
};
use crate::claim::{ClaimState, Earlier, Point, Review, Succession, Verdict};

/// One decision.
#[derive(Debug)]
pub struct Decision {
    /// The claim.
    pub key: ClaimKey,
    /// What is decided.
    pub review: Review,
    /// Only if this is still the claim's etag.
    pub etag: Option<String>,
    /// The token of the reviewer's lease.
    pub lease_token: Option<String>,
    /// The claim that it rests on, decided on before.
    pub based_on: Option<ClaimKey>,
}

/// Decides on claims, or takes decisions back: on all of them or on none. No claim is in it twice.
#[derive(Debug)]
pub struct DecideClaims {
    /// The decisions.
    pub decisions: Vec<Decision>,
    /// How many reviewers must agree.
    pub reviews_required: u32,
}

/// A decision on record.
#[derive(Debug)]
pub struct Decided {
    /// The review.
    pub review: StoredReview,
    /// The claim after it.
    pub claim: StoredClaim,
}

/// How a claim stands before a decision on it.
struct Standing {
    state: ClaimState,
    version: i64,
    review_count: i32,
    /// Whether the article has another version, and the claim of it that goes on from this one.
    superseded: Option<Option<ClaimKey>>,
    points: usize,
    earlier: Vec<Earlier>,
    lease: Option<HeldLease>,
    now: Timestamp,
}

/// What becomes of a claim.
struct Outcome {
    review: StoredReview,
    version: i64,
    next: ClaimState,
    /// Who has decided since the claim was last opened, where others still have to.
    reviewers: Vec<String>,
}

impl Command for DecideClaims {
    type Outcome = Vec<Decided>;

    async fn run(&self, connection: &mut PgConnection) -> Result<Done<Vec<Decided>>, StoreError> {
        let keys: Vec<ClaimKey> = self.decisions.iter().map(|decision| decision.key.clone()).collect();
        let standings = standings(connection, &keys).await?;
        let bases = self.bases(connection).await?;
        let mut outcomes = Vec::with_capacity(self.decisions.len());
        for (index, decision) in self.decisions.iter().enumerate() {
            let outcome = decision
                .check_basis(&bases)
                .and_then(|()| {
                    let standing = standings.get(&decision.key);
                    standing.ok_or_else(|| StoreError::ClaimNotFound(decision.key.clone()))
                })
                .and_then(|standing| decision.outcome(standing, self.reviews_required));
            outcomes.push(outcome.map_err(|error| match self.decisions.len() {
                1 => error,
                _ => StoreError::Decision { index, error: Box::new(error) },
            })?);
        }
        write(connection, &outcomes).await?;
        let claims = claim::read_all(connection, &keys).await?;
        let mut claims: HashMap<_, _> = claims.into_iter().map(|claim| (claim.key.clone(), claim)).collect();
        let mut changes = Vec::with_capacity(outcomes.len());
        let mut decided = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let key = &outcome.review.claim;
            let claim = claims.remove(key).ok_or_else(|| StoreError::ClaimNotFound(key.clone()))?;
            changes.push(outcome.change(&claim));
            decided.push(Decided { review: outcome.review, claim });
        }
        Ok(Done { outcome: decided, changes })
    }
}

impl DecideClaims {
    /// The claims that decisions rest on, with their states; those that are not there are left out.
    async fn bases(
        &self,
        connection: &mut PgConnection,
    ) -> Result<HashMap<ClaimKey, ClaimState>, StoreError> {
        let keys: Vec<ClaimKey> = self.decisions.iter().filter_map(|it| it.based_on.clone()).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let claims = claim::read_all(connection, &keys).await?;
        Ok(claims.into_iter().map(|claim| (claim.key, claim.state)).collect())
    }
}

impl Decision {
    /// Refuses to rest on what nobody has decided.
    fn check_basis(&self, bases: &HashMap<ClaimKey, ClaimState>) -> Result<(), StoreError> {
        let Some(basis) = &self.based_on else { return Ok(()) };
        let why = match bases.get(basis) {
            _ if *basis == self.key => "it is the claim itself",
            None => "there is no such claim",
            Some(ClaimState::Unreviewed) => "nobody has decided on it",
            Some(_) => return Ok(()),
        };
        Err(StoreError::NoBasis { key: basis.clone(), why })
    }

    /// What becomes of the claim, or why it must stay as it is.
    fn outcome(&self, standing: &Standing, reviews_required: u32) -> Result<Outcome, StoreError> {
        let Self { key, review, etag, lease_token, based_on } = self;
        if let Some(next) = &standing.superseded {
            return Err(StoreError::ClaimSuperseded { key: key.clone(), next: next.clone() });
        }
        check_etag(etag.as_deref(), standing.version)?;
        queue::check_lease(key, standing.lease.as_ref(), &review.reviewer, lease_token.as_deref())?;
        let next = review.apply(standing.state, &standing.earlier, reviews_required)?;
        check_points(&review.point_ids, standing.points)?;
        let mut reviewers = Vec::new();
        if next == ClaimState::Unreviewed && review.verdict != Verdict::Reopened {
            reviewers.extend(standing.earlier.iter().map(|earlier| earlier.reviewer.clone()));
            reviewers.push(review.reviewer.clone());
        }
        let review = StoredReview {
            claim: key.clone(),
            id: standing.review_count + 1,
            review: review.clone(),
            previous_state: standing.state,
            create_time: standing.now,
            carried_from: None,
            based_on: based_on.clone(),
        };
        Ok(Outcome { review, version: standing.version, next, reviewers })
    }
}

impl Outcome {
    /// What the log says of it.
    fn change(&self, after: &StoredClaim) -> Change {
        let StoredReview { claim, id, review, previous_state, .. } = &self.review;
        let record = self.review.record();
        Change {
            article: claim.article.clone(),
            claim_id: Some(claim.claim),
            kind: match review.verdict {
                Verdict::Reopened => ChangeKind::ClaimReopened,
                _ => ChangeKind::ClaimReviewed,
            },
            before: Some(json!({
                "state": previous_state, "version": self.version, "review_count": id - 1,
            })),
            after: Some(json!({
                "state": after.state, "version": after.version, "review_count": after.review_count, "review": record,
            })),
            reason: review.note.clone(),
        }
    }
}

#[derive(FromRow)]
struct StandingRow {
    article_id: String,
    claim_id: i32,
    state: String,
    version: i64,
    review_count: i32,
    succession: String,
    next_article_id: Option<String>,
    next_claim_id: Option<i32>,
    points: i64,
    now: Time,
}

/// Locks the claims and reads how they stand; those that are not there are left out.
async fn standings(
    connection: &mut PgConnection,
    keys: &[ClaimKey],
) -> Result<HashMap<ClaimKey, Standing>, StoreError> {
    let (articles, claims) = columns(keys);
    let rows: Vec<StandingRow> = sqlx::query_as(
        "SELECT c.article_id, c.claim_id, c.state, c.version, c.review_count, c.succession, c.next_article_id, c.next_claim_id,
                (SELECT count(*) FROM point p WHERE p.article_id = c.article_id AND p.claim_id = c.claim_id) AS points,
                now() AS now
           FROM claim c
           JOIN UNNEST($1::text[], $2::int4[]) AS asked (article_id, claim_id)
             ON c.article_id = asked.article_id AND c.claim_id = asked.claim_id
          ORDER BY c.article_id, c.claim_id FOR UPDATE OF c",
    )
    .bind(&articles)
    .bind(&claims)
    .fetch_all(&mut *connection)
    .await?;
    let mut standings = HashMap::with_capacity(rows.len());
    for row in rows {
        let current = row.succession == Succession::Current.as_str();
        let next = ClaimKey::of_columns(row.next_article_id, row.next_claim_id)?;
        let standing = Standing {
            state: row.state.parse().map_err(unreadable)?,
            version: row.version,
            review_count: row.review_count,
            superseded: (!current).then_some(next),
            points: usize::try_from(row.points).unwrap_or(0),
            earlier: Vec::new(),
            lease: None,
            now: row.now.0,
        };
        let key = ClaimKey { article: row.article_id.parse().map_err(unreadable)?, claim: row.claim_id };
        standings.insert(key, standing);
    }
    for (key, lease) in queue::leases(connection, &articles, &claims).await? {
        if let Some(standing) = standings.get_mut(&key) {
            standing.lease = Some(lease);
        }
    }
    if standings.values().any(|standing| standing.review_count > 0) {
        let reviews: Vec<(String, i32, String, String)> = sqlx::query_as(
            "SELECT r.article_id, r.claim_id, r.reviewer, r.verdict
               FROM review r
               JOIN UNNEST($1::text[], $2::int4[]) AS asked (article_id, claim_id)
                 ON r.article_id = asked.article_id AND r.claim_id = asked.claim_id
              WHERE NOT EXISTS (SELECT FROM review o
                                 WHERE o.article_id = r.article_id AND o.claim_id = r.claim_id
                                   AND o.review_id >= r.review_id AND o.verdict = 'REOPENED')
              ORDER BY r.article_id, r.claim_id, r.review_id",
        )
        .bind(&articles)
        .bind(&claims)
        .fetch_all(connection)
        .await?;
        for (article, claim, reviewer, verdict) in reviews {
            let key = ClaimKey { article: article.parse().map_err(unreadable)?, claim };
            if let Some(standing) = standings.get_mut(&key) {
                let verdict = verdict.parse().map_err(unreadable)?;
                standing.earlier.push(Earlier { reviewer, verdict });
            }
        }
    }
    Ok(standings)
}

fn columns(keys: &[ClaimKey]) -> (Vec<String>, Vec<i32>) {
    keys.iter().map(|key| (key.article.as_str().to_owned(), key.claim)).unzip()
}

fn check_points(ids: &[String], count: usize) -> Result<(), StoreError> {
    let known = |id: &String| {
        id.strip_prefix('p')
            .and_then(|number| number.parse::<usize>().ok())
            .is_some_and(|number| (1..=count).contains(&number) && *id == Point::id(number - 1))
    };
    match ids.iter().find(|id| !known(id)) {
        Some(id) => Err(StoreError::PointNotFound { id: id.clone(), count }),
        None => Ok(()),
    }
}

/// Writes the reviews, their evidence among the claims' sources, and the claims' new states, and puts the claims in the
/// queue or takes them out: one statement.
async fn write(connection: &mut PgConnection, outcomes: &[Outcome]) -> Result<(), StoreError> {
    let keys: Vec<ClaimKey> = outcomes.iter().map(|outcome| outcome.review.claim.clone()).collect();
    let (articles, claims) = columns(&keys);
    let of = |column: fn(&Outcome) -> String| outcomes.iter().map(column).collect::<Vec<_>>();
    let json = |column: fn(&Outcome) -> Result<Value, serde_json::Error>| {
        outcomes.iter().map(column).collect::<Result<Vec<_>, _>>().map_err(unwritable)
    };
    let mut evidence = Evidence::default();
    for outcome in outcomes {
        evidence.add(&outcome.review).map_err(unwritable)?;
    }
    sqlx::query(
        "WITH item AS (
             SELECT * FROM UNNEST($1::text[], $2::int4[], $3::int4[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
                                  $8::jsonb[], $9::text[], $10::text[], $11::text[], $12::jsonb[], $19::text[])
                 AS item (article_id, claim_id, review_id, verdict, previous_state, next_state, point_ids, evidence, note,
                          correction, reviewer, reviewers, based_on)
         ), decided AS (
             UPDATE claim c
                SET state = item.next_state, version = c.version + 1, review_count = item.review_id, update_time = now()
               FROM item WHERE c.article_id = item.article_id AND c.claim_id = item.claim_id
         ), likenesses AS (
             UPDATE likeness l SET decided = item.next_state <> 'UNREVIEWED'
               FROM item
              WHERE l.article_id = item.article_id AND l.claim_id = item.claim_id
                AND l.decided <> (item.next_state <> 'UNREVIEWED')
         ), evidence AS (
             INSERT INTO source (article_id, claim_id, source_id, role, name, review_id, detail)
             SELECT e.article_id, e.claim_id,
                    (SELECT coalesce(max(s.source_id), 0) FROM source s
                      WHERE s.article_id = e.article_id AND s.claim_id = e.claim_id) + e.number,
                    'EVIDENCE', e.name, e.review_id, e.detail
               FROM UNNEST($13::text[], $14::int4[], $15::int4[], $16::text[], $17::int4[], $18::jsonb[])
                 AS e (article_id, claim_id, number, name, review_id, detail)
         ), done AS (
             DELETE FROM queue q USING item
              WHERE q.article_id = item.article_id AND q.claim_id = item.claim_id AND item.next_state <> 'UNREVIEWED'
         ), queued AS (
             INSERT INTO queue (article_id, claim_id, check_worthiness, create_time, reviewers)
             SELECT c.article_id, c.claim_id, c.check_worthiness, c.create_time,
                    ARRAY(SELECT jsonb_array_elements_text(item.reviewers))
               FROM item JOIN claim c ON c.article_id = item.article_id AND c.claim_id = item.claim_id
              WHERE item.next_state = 'UNREVIEWED'
             ON CONFLICT (article_id, claim_id) DO UPDATE
                SET reviewers = excluded.reviewers, lease_owner = NULL, lease_token = NULL, lease_expire_time = NULL
         )
         INSERT INTO review (article_id, claim_id, review_id, verdict, previous_state, point_ids, evidence, note,
                             correction, reviewer, create_time, based_on)
         SELECT article_id, claim_id, review_id, verdict, previous_state,
                ARRAY(SELECT jsonb_array_elements_text(point_ids)), evidence, note, correction, reviewer, now(),
                based_on
           FROM item",
    )
    .bind(articles)
    .bind(claims)
    .bind(outcomes.iter().map(|outcome| outcome.review.id).collect::<Vec<_>>())
    .bind(of(|outcome| outcome.review.review.verdict.to_string()))
    .bind(of(|outcome| outcome.review.previous_state.to_string()))
    .bind(of(|outcome| outcome.next.to_string()))
    .bind(json(|outcome| serde_json::to_value(&outcome.review.review.point_ids))?)
    .bind(json(|outcome| serde_json::to_value(&outcome.review.review.evidence))?)
    .bind(of(|outcome| outcome.review.review.note.clone()))
    .bind(of(|outcome| outcome.review.review.correction.clone()))
    .bind(of(|outcome| outcome.review.review.reviewer.clone()))
    .bind(json(|outcome| serde_json::to_value(&outcome.reviewers))?)
    .bind(evidence.article)
    .bind(evidence.claim)
    .bind(evidence.number)
    .bind(evidence.name)
    .bind(evidence.review)
    .bind(evidence.detail)
    .bind(outcomes.iter().map(|it| it.review.based_on.as_ref().map(claim_text)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// The columns of many pieces of evidence, one list for each.
#[derive(Default)]
struct Evidence {
    article: Vec<String>,
    claim: Vec<i32>,
    number: Vec<i32>,
    name: Vec<String>,
    review: Vec<i32>,
    detail: Vec<Value>,
}

impl Evidence {
    fn add(&mut self, stored: &StoredReview) -> Result<(), serde_json::Error> {
        for (number, piece) in (1..).zip(&stored.review.evidence) {
            let source = source::of_evidence(piece);
            self.article.push(stored.claim.article.as_str().to_owned());
            self.claim.push(stored.claim.claim);
            self.number.push(number);
            self.detail.push(serde_json::to_value(&source)?);
            self.name.push(source.name);
            self.review.push(stored.id);
        }
        Ok(())
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
