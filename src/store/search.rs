//! Search: what claims are found by.
//!
//! Each claim has a row of its own with what lists are ordered by, and with its terms: its state, its words, the units of its
//! figures, and so on. They are made here, of the claim as it stands, and written with it. A filter becomes a question about
//! terms ([`Question`]) and whatever terms cannot tell; a [`Scan`] asks it.
//!
//! Words are compared by spelling, inflection and as parts of compounds. Which words there are stands in a list of its own:
//! what a word means is looked up there, so that the claims need no index of their parts of words.

mod cells;
mod distribution;
mod query;
mod scan;
mod statistics;
mod terms;
mod words;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use sqlx::{PgConnection, Postgres, Transaction};

pub(super) use query::Question;
pub(super) use scan::{Behind, Found, Scan};
pub(super) use words::has_all;

use self::{
    query::push_quoted,
    statistics::Statistics,
    terms::{Entry, Terms},
};
use super::{
    Change, ChangeKind, ClaimKey, SortBy, Store, StoreError, StoredClaim, article::unreadable, claim,
    time::Time,
};

/// How many claims are mended in one go.
const MENDED_AT_ONCE: i64 = 500;
/// How long ago a version that knows nothing of search may have changed what is mended.
const MENDED_DAYS: i32 = 2;

/// Whether there is a word in a text.
#[must_use]
pub fn has_words(text: &str) -> bool {
    words::tokens(text).any(|token| !words::plain(token).is_empty())
}

/// Writes what claims are found by, as they stand now. New words are added in their order, so that two transactions that add the
/// same do not wait for each other in a circle.
pub(super) async fn put<'a>(
    connection: &mut PgConnection,
    claims: impl IntoIterator<Item = &'a StoredClaim>,
) -> Result<(), StoreError> {
    let mut columns = Columns::default();
    for claim in claims {
        columns.add(claim);
    }
    if columns.claim.is_empty() {
        return Ok(());
    }
    columns.words.sort_unstable();
    columns.words.dedup();
    let mut words = WordColumns::default();
    for entry in columns.words {
        words.add(entry);
    }
    sqlx::query(
        "WITH words AS (
             INSERT INTO word (language, plain, form, stem, pieces)
             SELECT language, plain, form, stem, ARRAY(SELECT jsonb_array_elements_text(pieces))
               FROM UNNEST($6::text[], $7::text[], $8::text[], $9::text[], $10::jsonb[])
                 AS item (language, plain, form, stem, pieces)
              WHERE NOT EXISTS (SELECT FROM word w WHERE w.language = item.language AND w.plain = item.plain)
              ORDER BY language COLLATE \"C\", plain COLLATE \"C\"
             ON CONFLICT (language, plain) DO NOTHING
         )
         INSERT INTO claim_search (article_id, claim_id, check_worthiness, create_time, update_time, terms)
         SELECT article_id, claim_id, score, to_timestamp(0) + create_time * interval '1 microsecond',
                to_timestamp(0) + update_time * interval '1 microsecond',
                terms::tsvector
           FROM UNNEST($1::text[], $2::int4[], $3::float8[], $4::int8[], $5::int8[], $11::text[])
             AS item (article_id, claim_id, score, create_time, update_time, terms)
         ON CONFLICT (article_id, claim_id) DO UPDATE
            SET check_worthiness = excluded.check_worthiness, update_time = excluded.update_time,
                terms = excluded.terms",
    )
    .bind(columns.article)
    .bind(columns.claim)
    .bind(columns.score)
    .bind(columns.created)
    .bind(columns.updated)
    .bind(words.language)
    .bind(words.plain)
    .bind(words.form)
    .bind(words.stem)
    .bind(words.pieces)
    .bind(columns.terms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what claims are found by that have changed; those that are new have theirs since they were inserted.
pub(super) async fn follow(connection: &mut PgConnection, changes: &[Change]) -> Result<(), StoreError> {
    let mut keys: Vec<ClaimKey> = changes
        .iter()
        .filter(|change| !matches!(change.kind, ChangeKind::ClaimCreated | ChangeKind::ClaimDeleted))
        .filter_map(|change| Some(ClaimKey { article: change.article.clone(), claim: change.claim_id? }))
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    keys.sort_by(|a, b| (&a.article, a.claim).cmp(&(&b.article, b.claim)));
    keys.dedup();
    let claims = claim::read_all(connection, &keys).await?;
    put(connection, &claims).await
}

/// The columns of many claims, one list for each, for one statement.
#[derive(Default)]
struct Columns {
    article: Vec<String>,
    claim: Vec<i32>,
    score: Vec<f64>,
    created: Vec<i64>,
    updated: Vec<i64>,
    terms: Vec<String>,
    words: Vec<Entry>,
}

impl Columns {
    fn add(&mut self, claim: &StoredClaim) {
        let Terms { terms, words } = Terms::of(claim);
        self.article.push(claim.key.article.as_str().to_owned());
        self.claim.push(claim.key.claim);
        self.score.push(claim.claim.check_worthiness.clamp(0.0, 1.0));
        self.created.push(claim.create_time.as_microsecond());
        self.updated.push(claim.update_time.as_microsecond());
        let mut text = String::new();
        for term in &terms {
            push_quoted(&mut text, term);
            text.push(' ');
        }
        self.terms.push(text);
        self.words.extend(words);
    }
}

/// The columns of many words, one list for each, for one statement.
#[derive(Default)]
struct WordColumns {
    language: Vec<String>,
    plain: Vec<String>,
    form: Vec<String>,
    stem: Vec<String>,
    pieces: Vec<serde_json::Value>,
}

impl WordColumns {
    fn add(&mut self, (language, word): Entry) {
        self.pieces.push(word.pieces().into_iter().collect());
        self.language.push(language);
        self.plain.push(word.plain);
        self.form.push(word.form);
        self.stem.push(word.stem);
    }
}

/// What searching needs besides the database. Clones share it.
#[derive(Debug, Clone)]
pub struct Searcher {
    statistics: Arc<Statistics>,
    timeout: Duration,
}

impl Searcher {
    /// For searches of which no statement may take longer than this.
    pub(super) fn new(timeout: Duration) -> Self {
        Self { statistics: Arc::default(), timeout }
    }

    /// How long a statement of a search may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Runs a scan: see [`Scan::run`].
    pub(super) async fn run(
        &self,
        connection: &mut PgConnection,
        scan: &Scan,
        behind: Option<&Behind>,
        size: u32,
    ) -> Result<Vec<Found>, StoreError> {
        let spread = self.statistics.read(connection).await?;
        // Where nothing is known of all claims, nothing is made of what is known of some.
        let by_score = scan.sort == SortBy::CheckWorthiness && !spread.of(scan.sort).is_empty();
        let of_language = match scan.question.language.as_deref().filter(|_| by_score) {
            Some(language) => Some(self.statistics.scores(connection, language, spread.rows).await?),
            None => None,
        };
        // Where there are hardly any of the language, nothing is known of it.
        let of_language = of_language.as_deref().filter(|scores| !scores.is_empty());
        scan.run(connection, &spread, of_language, behind, size).await
    }

    /// Counts the claims that fit, no further than to a number.
    pub(super) async fn count(
        &self,
        connection: &mut PgConnection,
        question: Question,
        most: u32,
    ) -> Result<i64, StoreError> {
        let spread = self.statistics.read(connection).await?;
        let scan = Scan { question, sort: SortBy::CreateTime, descending: false, free_for: None };
        scan.count(connection, &spread, most).await
    }

    /// Bounds each further statement of a transaction, as those of [`Store::begin_search`] are.
    pub(super) async fn bound(&self, connection: &mut PgConnection) -> Result<(), StoreError> {
        sqlx::query(
            "SELECT set_config('statement_timeout', $1, true), set_config('max_parallel_workers_per_gather', '0', true),
                    set_config('jit', 'off', true)",
        )
        .bind(milliseconds(self.timeout).to_string())
        .execute(connection)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Begins to read: all that follows sees the same, and no statement of it takes longer than one of a search may. A window
    /// of a scan takes a millisecond or a few; to start another process for it, or a compiler, takes ten times as long.
    pub(super) async fn begin_search(&self) -> Result<Transaction<'static, Postgres>, StoreError> {
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = {};
             SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off",
            milliseconds(self.searcher.timeout)
        );
        Ok(self.pool.begin_with(sqlx::AssertSqlSafe(begin)).await?)
    }

    /// Writes what claims are found by where they were stored before there was search, or where a version that knows nothing
    /// of it has stored or changed them in the last days. Gives how many were written.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn mend_search(&self) -> Result<u64, StoreError> {
        let backlog: Option<(String, i32)> =
            sqlx::query_as("SELECT article_id, claim_id FROM claim_search_backlog")
                .fetch_optional(&self.pool)
                .await?;
        let mut mended = 0;
        if let Some((article, claim)) = backlog {
            mended += self
                .mend_from(
                    "SELECT article_id, claim_id, update_time FROM claim
                      WHERE update_time > $1 AND (article_id, claim_id) > ($2, $3)
                      ORDER BY article_id, claim_id LIMIT $4",
                    (Time(Timestamp::UNIX_EPOCH), article, claim),
                    true,
                )
                .await?;
            sqlx::query("DELETE FROM claim_search_backlog").execute(&self.pool).await?;
        }
        let (since,): (Time,) = sqlx::query_as("SELECT now() - $1 * interval '1 day'")
            .bind(MENDED_DAYS)
            .fetch_one(&self.pool)
            .await?;
        mended += self
            .mend_from(
                "SELECT article_id, claim_id, update_time FROM claim
                  WHERE (update_time, article_id, claim_id) > ($1, $2, $3)
                  ORDER BY update_time, article_id, claim_id LIMIT $4",
                (since, String::new(), 0),
                false,
            )
            .await?;
        Ok(mended)
    }

    /// Mends the claims that `next` gives behind a place, some at once; the place is kept in the backlog if they are of it.
    async fn mend_from(&self, next: &str, mut after: Place, backlog: bool) -> Result<u64, StoreError> {
        let looked_at = format!(
            "SELECT c.article_id, c.claim_id, c.update_time,
                    NOT EXISTS (SELECT FROM claim_search t
                                 WHERE t.article_id = c.article_id AND t.claim_id = c.claim_id
                                   AND t.update_time = c.update_time)
               FROM ({next}) c"
        );
        let mut mended = 0;
        while let Some((place, number)) = self.aside(self.mend_lot(&looked_at, &after, backlog)).await? {
            (after, mended) = (place, mended + number);
        }
        Ok(mended)
    }

    /// Mends one lot behind a place. Gives the place behind it and how many that were; nothing at the end.
    async fn mend_lot(
        &self,
        looked_at: &str,
        (time, article, claim): &Place,
        backlog: bool,
    ) -> Result<Option<(Place, u64)>, StoreError> {
        let rows: Vec<(String, i32, Time, bool)> = sqlx::query_as(sqlx::AssertSqlSafe(looked_at.to_owned()))
            .bind(*time)
            .bind(article)
            .bind(claim)
            .bind(MENDED_AT_ONCE)
            .fetch_all(&self.pool)
            .await?;
        let Some((article, claim, time, _)) = rows.last().cloned() else { return Ok(None) };
        let place = (time, article, claim);
        let missing = rows.into_iter().filter(|(.., missing)| *missing);
        let missing = missing.map(|(article, claim, ..)| {
            Ok(ClaimKey { article: article.parse().map_err(unreadable)?, claim })
        });
        let missing = missing.collect::<Result<Vec<_>, StoreError>>()?;
        let mut transaction = self.pool.begin().await?;
        if !missing.is_empty() {
            mend(&mut transaction, &missing).await?;
        }
        if backlog {
            sqlx::query("UPDATE claim_search_backlog SET article_id = $1, claim_id = $2")
                .bind(&place.1)
                .bind(place.2)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(Some((place, missing.len() as u64)))
    }
}

/// A place in the order in which claims are mended.
type Place = (Time, String, i32);

/// Writes what claims are found by.
async fn mend(connection: &mut PgConnection, keys: &[ClaimKey]) -> Result<(), StoreError> {
    // Held until they are written, so that nobody decides on one in between.
    sqlx::query(
        "SELECT FROM claim WHERE (article_id, claim_id) IN (SELECT * FROM UNNEST($1::text[], $2::int4[]))
          ORDER BY article_id, claim_id FOR SHARE",
    )
    .bind(keys.iter().map(|key| key.article.as_str().to_owned()).collect::<Vec<_>>())
    .bind(keys.iter().map(|key| key.claim).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    let claims = claim::read_all(connection, keys).await?;
    put(connection, &claims).await
}

fn milliseconds(timeout: Duration) -> i32 {
    // 0 would be without any bound.
    i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX).max(1)
}
