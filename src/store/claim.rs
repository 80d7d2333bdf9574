//! Claims, with their points and sources.

use std::{borrow::Cow, collections::HashMap, fmt, sync::Arc};

use jiff::Timestamp;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, types::Json};

use super::{
    ArticleId, ClaimTest, Cursor, Expression, Page, Position, SortBy, Store, StoreError, StoredArticle,
    article::{publish_date, unreadable},
    command::{Change, ChangeKind},
    likeness::{self, LikenessColumns},
    page::push_page,
    point::{PointColumns, code_point},
    search::{self, Behind, Found, Question, Scan},
    source::{self, SourceColumns},
    time::Time,
};
use crate::claim::{Claim, ClaimState, Finding, Origin, Point, Source, Span, Succession};

/// The key of a claim: its article, and its number in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClaimKey {
    /// The article.
    pub article: ArticleId,
    /// The claim's number in it, counted from 1.
    pub claim: i32,
}

impl fmt::Display for ClaimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of article {}", self.claim, self.article)
    }
}

/// A claim that is to be stored. Its sources are those of the text or of the submitter: the article itself, and the
/// evidence of reviews, are added as it is read.
pub type NewClaim = Claim;

impl ClaimKey {
    /// The key in two columns that may be NULL.
    pub(super) fn of_columns(
        article: Option<String>,
        claim: Option<i32>,
    ) -> Result<Option<Self>, StoreError> {
        let Some((article, claim)) = article.zip(claim) else { return Ok(None) };
        Ok(Some(Self { article: article.parse().map_err(unreadable)?, claim }))
    }
}

/// How a claim stands to those of the other versions of its article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The claim of the version before that it goes on from.
    pub previous: Option<ClaimKey>,
    /// Whether it says something else than that one.
    pub differs_from_previous: bool,
    /// What became of it in the version behind.
    pub succession: Succession,
    /// The claim of that version that goes on from it; perhaps deleted since.
    pub next: Option<ClaimKey>,
}

impl Lineage {
    /// That of a claim of an article without other versions.
    pub(super) const NONE: Self =
        Self { previous: None, differs_from_previous: false, succession: Succession::Current, next: None };
}

/// A claim as it is stored.
#[derive(Debug, Clone)]
pub struct StoredClaim {
    /// Its key.
    pub key: ClaimKey,
    /// The claim, with all its sources.
    pub claim: Claim,
    /// Where it stands.
    pub state: ClaimState,
    /// Who made it.
    pub origin: Origin,
    /// Rises with every change.
    pub version: i64,
    /// The number of its reviews.
    pub review_count: i32,
    /// When it was stored.
    pub create_time: Timestamp,
    /// When it last changed.
    pub update_time: Timestamp,
    /// How it stands to the claims of other versions of its article.
    pub lineage: Lineage,
}

impl StoredClaim {
    /// A claim as it is right after it was stored.
    pub(super) fn fresh(
        article: &StoredArticle,
        claim_id: i32,
        new: &NewClaim,
        origin: Origin,
        now: Timestamp,
    ) -> Self {
        let mut claim = new.clone();
        let from = &article.article;
        claim.sources.insert(0, source::publication(&from.uri, &from.publisher, from.publish_date));
        Self {
            key: ClaimKey { article: article.id.clone(), claim: claim_id },
            claim,
            state: ClaimState::Unreviewed,
            origin,
            version: 1,
            review_count: 0,
            create_time: now,
            update_time: now,
            lineage: Lineage::NONE,
        }
    }

    /// What the log says of the claim's beginning: all of it, so that the log can be held against the rows.
    pub(super) fn creation(&self, new: &NewClaim) -> Change {
        Change {
            article: self.key.article.clone(),
            claim_id: Some(self.key.claim),
            kind: ChangeKind::ClaimCreated,
            before: None,
            after: Some(serde_json::json!({
                "state": self.state, "version": self.version, "review_count": 0, "origin": self.origin, "claim": new,
            })),
            reason: String::new(),
        }
    }
}

/// What is the same in every question for claims: the claim, its article's part in its sources, its points and sources.
const SELECT: &str = "\
    SELECT c.article_id, c.claim_id, c.quote, c.span_start, c.span_end, c.modality, c.check_worthiness, c.reasons,
           c.findings, c.language, c.state, c.origin, c.version, c.review_count, c.create_time, c.update_time,
           c.previous_article_id, c.previous_claim_id, c.differs_from_previous, c.succession, c.next_article_id,
           c.next_claim_id, a.uri, a.publisher, a.publish_date,
           (SELECT coalesce(jsonb_agg(p.detail ORDER BY p.point_id), '[]') FROM point p
             WHERE p.article_id = c.article_id AND p.claim_id = c.claim_id) AS points,
           (SELECT coalesce(jsonb_agg(s.detail ORDER BY s.source_id), '[]') FROM source s
             WHERE s.article_id = c.article_id AND s.claim_id = c.claim_id) AS sources
      FROM claim c JOIN article a ON a.article_id = c.article_id
     WHERE true";

#[derive(FromRow)]
struct ClaimRow {
    article_id: String,
    claim_id: i32,
    quote: String,
    span_start: Option<i32>,
    span_end: Option<i32>,
    modality: String,
    check_worthiness: f64,
    reasons: Vec<String>,
    findings: Json<Vec<Finding>>,
    language: String,
    state: String,
    origin: String,
    version: i64,
    review_count: i32,
    create_time: Time,
    update_time: Time,
    previous_article_id: Option<String>,
    previous_claim_id: Option<i32>,
    differs_from_previous: bool,
    succession: String,
    next_article_id: Option<String>,
    next_claim_id: Option<i32>,
    uri: String,
    publisher: String,
    publish_date: String,
    points: Json<Vec<Arc<Point>>>,
    sources: Json<Vec<Source>>,
}

impl TryFrom<ClaimRow> for StoredClaim {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Result<Self, StoreError> {
        let place = |at: i32| u32::try_from(at).map_err(unreadable);
        let span = match (row.span_start, row.span_end) {
            (Some(start), Some(end)) => Some(Span::new(place(start)?, place(end)?)),
            _ => None,
        };
        let mut sources = row.sources.0;
        let published = publish_date(&row.publish_date)?;
        sources.insert(0, source::publication(&row.uri, &row.publisher, published));
        Ok(Self {
            key: ClaimKey { article: row.article_id.parse().map_err(unreadable)?, claim: row.claim_id },
            claim: Claim {
                quote: row.quote,
                span,
                points: row.points.0,
                sources,
                modality: row.modality.parse().map_err(unreadable)?,
                check_worthiness: row.check_worthiness,
                check_worthiness_reasons: row.reasons.into_iter().map(Cow::Owned).collect(),
                findings: row.findings.0,
                language: row.language,
            },
            state: row.state.parse().map_err(unreadable)?,
            origin: row.origin.parse().map_err(unreadable)?,
            version: row.version,
            review_count: row.review_count,
            create_time: row.create_time.0,
            update_time: row.update_time.0,
            lineage: Lineage {
                previous: ClaimKey::of_columns(row.previous_article_id, row.previous_claim_id)?,
                differs_from_previous: row.differs_from_previous,
                succession: row.succession.parse().map_err(unreadable)?,
                next: ClaimKey::of_columns(row.next_article_id, row.next_claim_id)?,
            },
        })
    }
}

async fn fetch(
    connection: &mut PgConnection,
    mut sql: QueryBuilder<Postgres>,
) -> Result<Vec<StoredClaim>, StoreError> {
    let rows: Vec<ClaimRow> = sql.build_query_as().fetch_all(connection).await?;
    rows.into_iter().map(StoredClaim::try_from).collect()
}

/// All claims of an article, in the order of the text.
pub(super) async fn of_article(
    connection: &mut PgConnection,
    article: &ArticleId,
) -> Result<Vec<StoredClaim>, StoreError> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push(" AND c.article_id = ").push_bind(article.as_str().to_owned()).push(" ORDER BY c.claim_id");
    fetch(connection, sql).await
}

/// One claim, if it is there.
pub(super) async fn read(
    connection: &mut PgConnection,
    key: &ClaimKey,
) -> Result<Option<StoredClaim>, StoreError> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push(" AND c.article_id = ").push_bind(key.article.as_str().to_owned());
    sql.push(" AND c.claim_id = ").push_bind(key.claim);
    Ok(fetch(connection, sql).await?.pop())
}

/// Claims by their keys, in no order; those that are not there are left out.
pub(super) async fn read_all(
    connection: &mut PgConnection,
    keys: &[ClaimKey],
) -> Result<Vec<StoredClaim>, StoreError> {
    let mut sql = QueryBuilder::new(SELECT);
    sql.push(" AND (c.article_id, c.claim_id) IN (SELECT * FROM UNNEST(");
    sql.push_bind(keys.iter().map(|key| key.article.as_str().to_owned()).collect::<Vec<_>>());
    sql.push("::text[], ").push_bind(keys.iter().map(|key| key.claim).collect::<Vec<_>>()).push("::int4[]))");
    fetch(connection, sql).await
}

/// The etag of a version.
#[must_use]
pub(super) fn etag(version: i64) -> String {
    format!("v{version}")
}

/// Refuses if the caller saw another version. Quotation marks around an etag, as HTTP has them, do no harm.
pub(super) fn check_etag(given: Option<&str>, version: i64) -> Result<(), StoreError> {
    let current = etag(version);
    match given {
        Some(given) if given.trim_matches('"') != current => {
            Err(StoreError::EtagMismatch { given: given.to_owned(), current })
        }
        _ => Ok(()),
    }
}

impl StoredClaim {
    /// Changes whenever the claim changes.
    #[must_use]
    pub fn etag(&self) -> String {
        etag(self.version)
    }
}

impl StoredArticle {
    /// Changes whenever the article, or the number of its claims, changes.
    #[must_use]
    pub fn etag(&self) -> String {
        etag(self.version)
    }
}

/// Which claims, in which order, and from where on.
#[derive(Debug, Clone)]
pub struct ClaimQuery {
    /// Of one article, or of all.
    pub article: Option<ArticleId>,
    /// Which.
    pub filter: Option<Expression<ClaimTest>>,
    /// By creation, by change or by score.
    pub sort: SortBy,
    /// The latest or the highest first.
    pub descending: bool,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    /// At most so many.
    pub size: u32,
    /// Counts those that fit no further than to this number; not at all where it is 0.
    pub max_count: u32,
}

impl Store {
    /// Gives one claim.
    ///
    /// # Errors
    /// If there is none of this key, or the database cannot be reached.
    #[tracing::instrument(name = "store.claim", skip_all)]
    pub async fn claim(&self, key: &ClaimKey) -> Result<StoredClaim, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            read(&mut connection, key).await?.ok_or_else(|| StoreError::ClaimNotFound(key.clone()))
        })
        .await
    }

    /// Gives a page of claims.
    ///
    /// # Errors
    /// If the article asked for is not there, or the database cannot be reached.
    #[tracing::instrument(name = "store.claims", skip_all)]
    pub async fn claims(&self, query: &ClaimQuery) -> Result<Page<StoredClaim>, StoreError> {
        self.within(async {
            let mut transaction = self.begin_search().await?;
            let page = match &query.filter {
                Some(filter) if query.article.is_none() => {
                    self.claims_found(&mut transaction, query, filter).await?
                }
                _ => claims_in_order(&mut transaction, query).await?,
            };
            transaction.commit().await?;
            Ok(page)
        })
        .await
    }

    /// A page of the claims of all articles that fit a filter.
    async fn claims_found(
        &self,
        connection: &mut PgConnection,
        query: &ClaimQuery,
        filter: &Expression<ClaimTest>,
    ) -> Result<Page<StoredClaim>, StoreError> {
        let ClaimQuery { sort, descending, size, .. } = *query;
        let question = Question::of(connection, Some(filter)).await?;
        let scan = Scan { question, sort, descending, free_for: None };
        let after = query.after.clone().map(Behind::Cursor);
        let found = self.searcher.run(connection, &scan, after.as_ref(), size + 1).await?;
        let keys = found.iter().map(Found::key).collect::<Result<Vec<_>, _>>()?;
        let claims = if keys.is_empty() { Vec::new() } else { read_all(connection, &keys).await? };
        let mut claims: HashMap<_, _> = claims.into_iter().map(|claim| (claim.key.clone(), claim)).collect();
        let claims = keys.iter().filter_map(|key| claims.remove(key)).collect();
        Ok(Page::cut(claims, size, |claim| claim.cursor(sort)))
    }
}

/// A page of the claims of an article, or of all claims.
async fn claims_in_order(
    connection: &mut PgConnection,
    query: &ClaimQuery,
) -> Result<Page<StoredClaim>, StoreError> {
    let mut sql = QueryBuilder::new(SELECT);
    if let Some(article) = &query.article {
        sql.push(" AND c.article_id = ").push_bind(article.as_str().to_owned());
    }
    if query.filter.is_some() {
        let question = Question::of(connection, query.filter.as_ref()).await?;
        question.push(&mut sql);
    }
    let first = match query.sort {
        SortBy::UpdateTime => "c.update_time",
        SortBy::CheckWorthiness => "c.check_worthiness",
        SortBy::CreateTime | SortBy::PublishDate | SortBy::Log => "c.create_time",
    };
    let columns = [first, "c.article_id", "c.claim_id"];
    push_page(&mut sql, &columns, query.descending, query.after.as_ref(), query.size);
    let claims = fetch(connection, sql).await?;
    if claims.is_empty()
        && let Some(article) = &query.article
    {
        must_exist(connection, article).await?;
    }
    Ok(Page::cut(claims, query.size, |claim| claim.cursor(query.sort)))
}

impl StoredClaim {
    /// Its place in a list.
    fn cursor(&self, sort: SortBy) -> Cursor {
        Cursor {
            position: match sort {
                SortBy::UpdateTime => Position::Time(self.update_time),
                SortBy::CheckWorthiness => Position::Score(self.claim.check_worthiness),
                SortBy::CreateTime | SortBy::PublishDate | SortBy::Log => Position::Time(self.create_time),
            },
            article: self.key.article.clone(),
            claim: self.key.claim,
            review: 0,
        }
    }
}

impl Store {
    /// Counts the claims that fit, whatever the page, no further than to `max_count`.
    ///
    /// # Errors
    /// If it takes too long, or the database cannot be reached.
    #[tracing::instrument(name = "store.count_claims", skip_all)]
    pub async fn count_claims(&self, query: &ClaimQuery) -> Result<u32, StoreError> {
        if query.max_count == 0 {
            return Ok(0);
        }
        let mut transaction = self.begin_search().await?;
        let count = match &query.filter {
            Some(filter) if query.article.is_none() => {
                let question = Question::of(&mut transaction, Some(filter)).await?;
                self.searcher.count(&mut transaction, question, query.max_count).await?
            }
            filter => {
                let mut sql = QueryBuilder::new(
                    "SELECT count(*) FROM (SELECT FROM claim c JOIN article a ON a.article_id = c.article_id WHERE true",
                );
                if let Some(article) = &query.article {
                    sql.push(" AND c.article_id = ").push_bind(article.as_str().to_owned());
                }
                if filter.is_some() {
                    Question::of(&mut transaction, filter.as_ref()).await?.push(&mut sql);
                }
                sql.push(" LIMIT ").push_bind(i64::from(query.max_count)).push(") counted");
                let (count,): (i64,) = sql.build_query_as().fetch_one(&mut *transaction).await?;
                count
            }
        };
        transaction.commit().await?;
        u32::try_from(count).map_err(unreadable)
    }
}

/// Refuses where there is no such claim.
pub(super) async fn must_exist_claim(
    connection: &mut PgConnection,
    key: &ClaimKey,
) -> Result<(), StoreError> {
    sqlx::query("SELECT FROM claim WHERE article_id = $1 AND claim_id = $2")
        .bind(key.article.as_str())
        .bind(key.claim)
        .fetch_optional(connection)
        .await?
        .map(|_| ())
        .ok_or_else(|| StoreError::ClaimNotFound(key.clone()))
}

/// Tells a list that is empty from one that is asked of an article which is not there.
pub(super) async fn must_exist(connection: &mut PgConnection, article: &ArticleId) -> Result<(), StoreError> {
    sqlx::query("SELECT FROM article WHERE article_id = $1")
        .bind(article.as_str())
        .fetch_optional(connection)
        .await?
        .map(|_| ())
        .ok_or_else(|| StoreError::ArticleNotFound(article.clone()))
}

/// Inserts claims with their points and sources, and puts them in the queue: one statement, however many there are.
pub(super) async fn insert(
    connection: &mut PgConnection,
    article: &ArticleId,
    claims: &[StoredClaim],
    new: &[NewClaim],
) -> Result<(), StoreError> {
    if claims.is_empty() {
        return Ok(());
    }
    let mut points = PointColumns::default();
    let mut sources = SourceColumns::default();
    for (claim, new) in claims.iter().zip(new) {
        points.add(claim.key.claim, &new.points);
        sources.add(claim.key.claim, &new.sources);
    }
    let likenesses = LikenessColumns::of(claims);
    let findings: Vec<_> = new.iter().map(|claim| Json(&claim.findings)).collect();
    let reasons: Vec<_> = new.iter().map(|claim| Json(&claim.check_worthiness_reasons)).collect();
    let whole_points: Vec<_> =
        new.iter().flat_map(|claim| &claim.points).map(|point| Json(&**point)).collect();
    let start: Vec<_> = new.iter().map(|claim| claim.span.map(|span| code_point(span.start))).collect();
    let end: Vec<_> = new.iter().map(|claim| claim.span.map(|span| code_point(span.end))).collect();
    sqlx::query(
        "WITH claims AS (
             INSERT INTO claim (article_id, claim_id, quote, span_start, span_end, modality, check_worthiness, reasons,
                                findings, language, state, origin, version, review_count, create_time, update_time,
                                likeness)
             SELECT $1, claim_id, quote, span_start, span_end, modality, score,
                    ARRAY(SELECT jsonb_array_elements_text(reasons)), findings, language, 'UNREVIEWED', origin, 1, 0,
                    now(), now(), $30
             FROM UNNEST($3::int4[], $4::text[], $5::int4[], $6::int4[], $7::text[], $8::float8[], $9::jsonb[],
                         $10::jsonb[], $11::text[], $2::text[])
                  AS item (claim_id, quote, span_start, span_end, modality, score, reasons, findings, language, origin)
         ), points AS (
             INSERT INTO point (article_id, claim_id, point_id, kind, span_start, span_end, quote, value, number,
                                number_max, unit, \"begin\", \"end\", detail)
             SELECT $1, claim_id, point_id, kind, span_start, span_end, quote, value, number::numeric,
                    number_max::numeric, unit, since, until, detail
             FROM UNNEST($12::int4[], $13::int4[], $14::text[], $15::int4[], $16::int4[], $17::text[], $18::text[],
                         $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::jsonb[])
                  AS item (claim_id, point_id, kind, span_start, span_end, quote, value, number, number_max, unit,
                           since, until, detail)
         ), likenesses AS (
             INSERT INTO likeness (article_id, claim_id, number, key, content, create_time, decided)
             SELECT $1, claim_id, number, key, content, now(), false
             FROM UNNEST($31::int4[], $32::int2[], $33::int8[], $34::int8[]) AS item (claim_id, number, key, content)
         ), queued AS (
             INSERT INTO queue (article_id, claim_id, check_worthiness, create_time)
             SELECT $1, claim_id, score, now() FROM UNNEST($3::int4[], $8::float8[]) AS item (claim_id, score)
         )
         INSERT INTO source (article_id, claim_id, source_id, role, name, detail)
         SELECT $1, claim_id, source_id, role, name, detail
         FROM UNNEST($25::int4[], $26::int4[], $27::text[], $28::text[], $29::jsonb[])
              AS item (claim_id, source_id, role, name, detail)",
    )
    .bind(article.as_str())
    .bind(claims.iter().map(|claim| claim.origin.as_str()).collect::<Vec<_>>())
    .bind(claims.iter().map(|claim| claim.key.claim).collect::<Vec<_>>())
    .bind(new.iter().map(|claim| claim.quote.as_str()).collect::<Vec<_>>())
    .bind(start)
    .bind(end)
    .bind(new.iter().map(|claim| claim.modality.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|claim| claim.check_worthiness.clamp(0.0, 1.0)).collect::<Vec<_>>())
    .bind(reasons)
    .bind(findings)
    .bind(new.iter().map(|claim| claim.language.as_str()).collect::<Vec<_>>())
    .bind(points.claim_id)
    .bind(points.point_id)
    .bind(points.kind)
    .bind(points.start)
    .bind(points.end)
    .bind(points.quote)
    .bind(points.value)
    .bind(points.number)
    .bind(points.number_max)
    .bind(points.unit)
    .bind(points.begin)
    .bind(points.until)
    .bind(whole_points)
    .bind(sources.claim_id)
    .bind(sources.source_id)
    .bind(sources.role)
    .bind(sources.name)
    .bind(sources.detail)
    .bind(likeness::METHOD)
    .bind(likenesses.claim)
    .bind(likenesses.number)
    .bind(likenesses.key)
    .bind(likenesses.content)
    .execute(&mut *connection)
    .await?;
    search::put(connection, claims).await
}
