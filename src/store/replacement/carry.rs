//! What a claim of the current version of an article becomes: its place among the versions, and the reviews that it takes
//! over from the claim that it goes on from.

use serde_json::json;
use sqlx::PgConnection;

use crate::{
    claim::{ClaimState, Succession, Verdict},
    store::{
        ClaimKey, Lineage, StoreError, StoredClaim, StoredReview,
        command::{Change, ChangeKind},
    },
};

/// What a claim becomes.
#[derive(Debug)]
pub(super) struct Becoming {
    key: ClaimKey,
    before: (ClaimState, i64, i32),
    /// Whether it was one of a version that another one had replaced.
    restored: Option<Succession>,
    lineage: Lineage,
    /// The state that the carried reviews leave it in.
    state: ClaimState,
    /// Those that it has.
    reviews: Vec<StoredReview>,
    /// Those that it takes over: the original, and the copy.
    carried: Vec<(StoredReview, StoredReview)>,
    /// The claim whose lease goes on with this one.
    pub(super) leased_as: Option<ClaimKey>,
}

impl Becoming {
    /// A claim that has these reviews, and takes over none yet.
    pub(super) fn of(claim: &StoredClaim, lineage: Lineage, reviews: &[StoredReview]) -> Self {
        let succession = claim.lineage.succession;
        Self {
            key: claim.key.clone(),
            before: (claim.state, claim.version, claim.review_count),
            restored: (succession != Succession::Current).then_some(succession),
            lineage,
            state: claim.state,
            reviews: reviews.to_vec(),
            carried: Vec::new(),
            leased_as: None,
        }
    }

    /// Takes over the reviews of a claim in this state, but for those that this one has.
    pub(super) fn carry(&mut self, state: ClaimState, reviews: &[StoredReview]) {
        let origins = |reviews: &[StoredReview]| reviews.iter().map(StoredReview::origin).collect::<Vec<_>>();
        let (mine, theirs) = (origins(&self.reviews), origins(reviews));
        let missing = match theirs.strip_prefix(mine.as_slice()) {
            Some(_) => &reviews[mine.len()..],
            // The same claim was found anew, and was decided on by itself: what was decided last holds.
            None if state != ClaimState::Unreviewed => since_opened(reviews),
            None => &[],
        };
        if missing.is_empty() {
            return;
        }
        let have = self.before.2;
        self.carried = (have + 1..)
            .zip(missing)
            .map(|(id, original)| {
                let copy = StoredReview {
                    claim: self.key.clone(),
                    id,
                    carried_from: Some(original.origin()),
                    ..original.clone()
                };
                (original.clone(), copy)
            })
            .collect();
        if let Some((_, first)) = self.carried.first_mut() {
            first.previous_state = self.state;
        }
        self.state = state;
    }

    /// Who has decided since the claim was last opened.
    fn reviewers(&self) -> Vec<String> {
        let all: Vec<StoredReview> =
            self.reviews.iter().chain(self.carried.iter().map(|(_, copy)| copy)).cloned().collect();
        since_opened(&all).iter().map(|stored| stored.review.reviewer.clone()).collect()
    }

    fn version(&self) -> i64 {
        let more = self.carried.len() + usize::from(self.restored.is_some());
        self.before.1 + i64::try_from(more).unwrap_or(0)
    }

    fn review_count(&self) -> i32 {
        self.carried.last().map_or(self.before.2, |(_, copy)| copy.id)
    }

    /// What the log says of it: one change for each step.
    pub(super) fn changes(&self) -> Vec<Change> {
        let (mut state, mut version, mut count) = self.before;
        let mut changes = Vec::new();
        let change = |kind, before, after, reason: String| Change {
            article: self.key.article.clone(),
            claim_id: Some(self.key.claim),
            kind,
            before: Some(before),
            after: Some(after),
            reason,
        };
        if let Some(succession) = self.restored {
            changes.push(change(
                ChangeKind::ClaimRestored,
                json!({ "state": state, "version": version, "review_count": count, "succession": succession }),
                json!({ "state": state, "version": version + 1, "review_count": count }),
                String::new(),
            ));
            version += 1;
        }
        for (at, (original, copy)) in self.carried.iter().enumerate() {
            let next = self.carried.get(at + 1).map_or(self.state, |(_, copy)| copy.previous_state);
            let kind = match copy.review.verdict {
                Verdict::Reopened => ChangeKind::ClaimReopened,
                _ => ChangeKind::ClaimReviewed,
            };
            changes.push(change(
                kind,
                json!({ "state": state, "version": version, "review_count": count }),
                json!({
                    "state": next, "version": version + 1, "review_count": copy.id, "review": copy.record(),
                }),
                format!(
                    "carried over from review {} of claim {}, which says the same",
                    original.id, original.claim
                ),
            ));
            (state, version, count) = (next, version + 1, copy.id);
        }
        changes
    }
}

/// The reviews behind the last one that opened the claim again.
fn since_opened(reviews: &[StoredReview]) -> &[StoredReview] {
    let opened = reviews.iter().rposition(|stored| stored.review.verdict == Verdict::Reopened);
    &reviews[opened.map_or(0, |at| at + 1)..]
}

/// Writes what claims become: two statements, however many there are.
pub(super) async fn write(connection: &mut PgConnection, becoming: &[Becoming]) -> Result<(), StoreError> {
    if becoming.is_empty() {
        return Ok(());
    }
    write_reviews(connection, becoming).await?;
    let key = |key: Option<&ClaimKey>| key.map(|key| (key.article.as_str().to_owned(), key.claim)).unzip();
    let of = |of: fn(&Becoming) -> Option<&ClaimKey>| -> (Vec<Option<String>>, Vec<Option<i32>>) {
        becoming.iter().map(|it| key(of(it))).unzip()
    };
    let (articles, claims) = of(|it| Some(&it.key));
    let (previous_articles, previous_claims) = of(|it| it.lineage.previous.as_ref());
    let (leased_articles, leased_claims) = of(|it| it.leased_as.as_ref());
    sqlx::query(
        "WITH item AS (
             SELECT * FROM UNNEST($1::text[], $2::int4[], $3::text[], $4::int8[], $5::int4[], $6::text[], $7::int4[],
                                  $8::bool[], $9::text[], $10::int4[], $11::jsonb[])
                 AS item (article_id, claim_id, state, version, review_count, previous_article_id, previous_claim_id,
                          differs_from_previous, leased_article_id, leased_claim_id, reviewers)
         ), become AS (
             UPDATE claim c
                SET state = item.state, version = item.version, review_count = item.review_count,
                    previous_article_id = item.previous_article_id, previous_claim_id = item.previous_claim_id,
                    differs_from_previous = item.differs_from_previous, succession = 'CURRENT',
                    next_article_id = NULL, next_claim_id = NULL, update_time = now()
               FROM item WHERE c.article_id = item.article_id AND c.claim_id = item.claim_id
         ), likenesses AS (
             UPDATE likeness l SET decided = item.state <> 'UNREVIEWED'
               FROM item
              WHERE l.article_id = item.article_id AND l.claim_id = item.claim_id
                AND l.decided <> (item.state <> 'UNREVIEWED')
         ), unqueued AS (
             DELETE FROM queue q USING item
              WHERE q.article_id = item.article_id AND q.claim_id = item.claim_id AND item.state <> 'UNREVIEWED'
         )
         INSERT INTO queue (article_id, claim_id, check_worthiness, create_time, reviewers, lease_owner, lease_token,
                            lease_expire_time)
         SELECT c.article_id, c.claim_id, c.check_worthiness, c.create_time,
                ARRAY(SELECT jsonb_array_elements_text(item.reviewers)), l.lease_owner, l.lease_token,
                l.lease_expire_time
           FROM item
           JOIN claim c ON c.article_id = item.article_id AND c.claim_id = item.claim_id
           LEFT JOIN queue l ON l.article_id = item.leased_article_id AND l.claim_id = item.leased_claim_id
          WHERE item.state = 'UNREVIEWED'
         ON CONFLICT (article_id, claim_id) DO UPDATE
            SET reviewers = excluded.reviewers, lease_owner = excluded.lease_owner, lease_token = excluded.lease_token,
                lease_expire_time = excluded.lease_expire_time",
    )
    .bind(articles)
    .bind(claims)
    .bind(becoming.iter().map(|it| it.state.as_str()).collect::<Vec<_>>())
    .bind(becoming.iter().map(Becoming::version).collect::<Vec<_>>())
    .bind(becoming.iter().map(Becoming::review_count).collect::<Vec<_>>())
    .bind(previous_articles)
    .bind(previous_claims)
    .bind(becoming.iter().map(|it| it.lineage.differs_from_previous).collect::<Vec<_>>())
    .bind(leased_articles)
    .bind(leased_claims)
    .bind(becoming.iter().map(|it| json!(it.reviewers())).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Copies reviews, and their evidence among the sources of the claims.
async fn write_reviews(connection: &mut PgConnection, becoming: &[Becoming]) -> Result<(), StoreError> {
    let carried: Vec<_> = becoming.iter().flat_map(|it| &it.carried).collect();
    if carried.is_empty() {
        return Ok(());
    }
    let of =
        |of: fn(&(StoredReview, StoredReview)) -> String| carried.iter().map(|it| of(it)).collect::<Vec<_>>();
    let number =
        |of: fn(&(StoredReview, StoredReview)) -> i32| carried.iter().map(|it| of(it)).collect::<Vec<_>>();
    sqlx::query(
        "WITH item AS (
             SELECT * FROM UNNEST($1::text[], $2::int4[], $3::int4[], $4::text[], $5::int4[], $6::int4[], $7::text[],
                                  $8::text[])
                 AS item (from_article, from_claim, from_review, article_id, claim_id, review_id, previous_state,
                          carried_from)
         ), evidence AS (
             INSERT INTO source (article_id, claim_id, source_id, role, name, review_id, detail)
             SELECT item.article_id, item.claim_id,
                    (SELECT coalesce(max(o.source_id), 0) FROM source o
                      WHERE o.article_id = item.article_id AND o.claim_id = item.claim_id)
                    + row_number() OVER (PARTITION BY item.article_id, item.claim_id
                                             ORDER BY item.review_id, s.source_id),
                    s.role, s.name, item.review_id, s.detail
               FROM item
               JOIN source s ON s.article_id = item.from_article AND s.claim_id = item.from_claim
                            AND s.review_id = item.from_review
         )
         INSERT INTO review (article_id, claim_id, review_id, verdict, previous_state, point_ids, evidence, note,
                             correction, reviewer, create_time, carried_from, based_on)
         SELECT item.article_id, item.claim_id, item.review_id, r.verdict, item.previous_state, r.point_ids, r.evidence,
                r.note, r.correction, r.reviewer, r.create_time, item.carried_from, r.based_on
           FROM item
           JOIN review r ON r.article_id = item.from_article AND r.claim_id = item.from_claim
                        AND r.review_id = item.from_review",
    )
    .bind(of(|(original, _)| original.claim.article.to_string()))
    .bind(number(|(original, _)| original.claim.claim))
    .bind(number(|(original, _)| original.id))
    .bind(of(|(_, copy)| copy.claim.article.to_string()))
    .bind(number(|(_, copy)| copy.claim.claim))
    .bind(number(|(_, copy)| copy.id))
    .bind(of(|(_, copy)| copy.previous_state.to_string()))
    .bind(of(|(_, copy)| copy.origin().to_string()))
    .execute(connection)
    .await?;
    Ok(())
}
