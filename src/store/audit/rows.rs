//! The rows against the log: whether the articles, claims and reviews that are there are those that were written.

use sqlx::PgConnection;

use super::{AuditPage, Breach, BreachKind};
use crate::store::{ArticleId, StoreError, article::unreadable};

/// How many articles are looked at in one go.
const PAGE: i64 = 50;

/// The next articles that are among the rows or in the log.
pub(super) async fn articles(connection: &mut PgConnection, after: &str) -> Result<Vec<String>, StoreError> {
    let rows: Vec<(String,)> = sqlx::query_as(
        "(SELECT article_id FROM article WHERE article_id > $1 ORDER BY article_id LIMIT $2)
         UNION
         (SELECT article_id FROM change WHERE article_id > $1 GROUP BY article_id ORDER BY article_id LIMIT $2)
         ORDER BY article_id LIMIT $2",
    )
    .bind(after)
    .bind(PAGE)
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(article,)| article).collect())
}

/// Holds the rows of articles against the log.
pub(super) async fn page(
    connection: &mut PgConnection,
    articles: &[String],
) -> Result<AuditPage, StoreError> {
    let mut page =
        AuditPage { articles: u32::try_from(articles.len()).unwrap_or(u32::MAX), ..AuditPage::default() };
    of_articles(connection, articles, &mut page).await?;
    of_claims(connection, articles, &mut page).await?;
    of_reviews(connection, articles, &mut page).await?;
    Ok(page)
}

fn differs(article: &str, claim: Option<i32>, description: impl Into<String>) -> Result<Breach, StoreError> {
    Ok(Breach {
        kind: BreachKind::RowDiffers,
        article: Some(article.parse().map_err(unreadable)?),
        claim,
        position: None,
        description: description.into(),
    })
}

async fn of_articles(
    connection: &mut PgConnection,
    articles: &[String],
    page: &mut AuditPage,
) -> Result<(), StoreError> {
    type Row = (String, Option<String>, Option<String>, Option<bool>, bool, bool);
    let rows: Vec<Row> = sqlx::query_as(
        "WITH of_article AS (
             SELECT * FROM change WHERE article_id = ANY($1) AND claim_id IS NULL
         ), last AS (
             SELECT DISTINCT ON (article_id) article_id, kind, after FROM of_article
              WHERE kind IN ('ARTICLE_CREATED', 'ARTICLE_DELETED') ORDER BY article_id, position DESC
         ), place AS (
             SELECT DISTINCT ON (article_id) article_id, kind FROM of_article ORDER BY article_id, position DESC
         )
         SELECT asked.article_id, a.uri, a.body,
                last.after->>'uri' = a.uri AND last.after->>'publisher' = a.publisher
                    AND last.after->>'title' = a.title AND last.after->'authors' = to_jsonb(a.authors)
                    AND coalesce(last.after->>'publish_date', '') = a.publish_date
                    AND last.after->>'language' = a.language,
                coalesce(last.kind = 'ARTICLE_CREATED', false),
                (place.kind = 'ARTICLE_SUPERSEDED') IS NOT DISTINCT FROM EXISTS (
                    SELECT FROM article_version v
                      JOIN article_version o ON o.address_id = v.address_id AND o.number > v.number
                     WHERE v.article_id = a.article_id
                       AND v.number = (SELECT max(number) FROM article_version WHERE article_id = a.article_id))
           FROM UNNEST($1::text[]) AS asked (article_id)
           LEFT JOIN article a ON a.article_id = asked.article_id
           LEFT JOIN last ON last.article_id = asked.article_id
           LEFT JOIN place ON place.article_id = asked.article_id
          ORDER BY asked.article_id",
    )
    .bind(articles)
    .fetch_all(connection)
    .await?;
    for (article, uri, body, fits, logged, placed) in rows {
        let text = uri.zip(body);
        let wrong = match &text {
            Some(_) if !logged => "the article is there, but not in the log",
            None if logged => "the article is in the log, but not there any more",
            // An article is called by what its address and its text are.
            Some((uri, body)) if ArticleId::of(uri, body).as_str() != article => {
                "the article's address or its text is not what it was"
            }
            Some(_) if fits != Some(true) => "what is known of the article is not what it was",
            Some(_) if !placed => "whether another version has replaced the article is not what the log says",
            _ => continue,
        };
        page.breaches.push(differs(&article, None, wrong)?);
    }
    Ok(())
}

async fn of_claims(
    connection: &mut PgConnection,
    articles: &[String],
    page: &mut AuditPage,
) -> Result<(), StoreError> {
    type Row = (String, i32, bool, bool, Option<bool>, Option<bool>, Option<bool>);
    let rows: Vec<Row> = sqlx::query_as(
        "WITH logged AS (
             SELECT * FROM change WHERE article_id = ANY($1) AND claim_id IS NOT NULL
         ), last AS (
             SELECT DISTINCT ON (article_id, claim_id) article_id, claim_id, kind, after FROM logged
              ORDER BY article_id, claim_id, position DESC
         ), made AS (
             SELECT DISTINCT ON (article_id, claim_id) article_id, claim_id, after->'claim' AS claim FROM logged
              WHERE kind = 'CLAIM_CREATED' ORDER BY article_id, claim_id, position DESC
         ), present AS (
             SELECT c.*, (SELECT coalesce(jsonb_agg(p.detail ORDER BY p.point_id), '[]') FROM point p
                           WHERE p.article_id = c.article_id AND p.claim_id = c.claim_id) AS points,
                    (SELECT coalesce(jsonb_agg(s.detail ORDER BY s.source_id), '[]') FROM source s
                      WHERE s.article_id = c.article_id AND s.claim_id = c.claim_id AND s.review_id IS NULL) AS sources,
                    (SELECT count(*) FROM review r
                      WHERE r.article_id = c.article_id AND r.claim_id = c.claim_id) AS reviews
               FROM claim c WHERE c.article_id = ANY($1)
         )
         SELECT article_id, claim_id, present.state IS NOT NULL,
                coalesce(last.kind <> 'CLAIM_DELETED', false),
                last.after->>'state' = present.state AND last.after->>'version' = present.version::text
                    AND last.after->>'review_count' = present.review_count::text
                    AND coalesce(last.after->>'succession', 'CURRENT') = present.succession,
                made.claim->>'quote' = present.quote AND made.claim->>'modality' = present.modality
                    AND made.claim->'points' = present.points AND made.claim->'sources' = present.sources,
                present.reviews = present.review_count
           FROM present FULL JOIN last USING (article_id, claim_id) LEFT JOIN made USING (article_id, claim_id)
          ORDER BY article_id, claim_id",
    )
    .bind(articles)
    .fetch_all(connection)
    .await?;
    for (article, claim, present, logged, state, content, reviews) in rows {
        let wrong = match (present, logged) {
            (true, false) => "the claim is there, but not in the log",
            (false, true) => "the claim is in the log, but not there any more",
            (false, false) => continue,
            (true, true) if content != Some(true) => "what the claim says is not what it was",
            (true, true) if state != Some(true) => "the claim's state is not what its last change made it",
            (true, true) if reviews != Some(true) => "the claim does not have as many reviews as it had",
            (true, true) => continue,
        };
        page.breaches.push(differs(&article, Some(claim), wrong)?);
    }
    Ok(())
}

async fn of_reviews(
    connection: &mut PgConnection,
    articles: &[String],
    page: &mut AuditPage,
) -> Result<(), StoreError> {
    let rows: Vec<(String, i32, i32)> = sqlx::query_as(
        "SELECT r.article_id, r.claim_id, r.review_id
           FROM review r
           LEFT JOIN LATERAL (
                SELECT h.after->'review' AS review FROM change h
                 WHERE h.article_id = r.article_id AND h.claim_id = r.claim_id
                   AND h.kind IN ('CLAIM_REVIEWED', 'CLAIM_REOPENED')
                   AND h.after->>'review_count' = r.review_id::text
                 ORDER BY h.position DESC LIMIT 1) AS logged ON true
          WHERE r.article_id = ANY($1)
            AND (logged.review->>'verdict', logged.review->>'reviewer', logged.review->>'note',
                 logged.review->>'correction', logged.review->'evidence', logged.review->'point_ids',
                 logged.review->>'carried_from', logged.review->>'based_on')
                IS DISTINCT FROM
                (r.verdict, r.reviewer, r.note, r.correction, r.evidence, to_jsonb(r.point_ids), r.carried_from,
                 r.based_on)
          ORDER BY r.article_id, r.claim_id, r.review_id",
    )
    .bind(articles)
    .fetch_all(connection)
    .await?;
    for (article, claim, review) in rows {
        page.breaches.push(differs(
            &article,
            Some(claim),
            format!("review {review} is not what was decided"),
        )?);
    }
    Ok(())
}
