//! How the claims are spread over what lists are ordered by: as PostgreSQL's statistics have it, and for the scores of a
//! language, of which there are none, as a sample does.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgConnection;

use super::{
    cells,
    distribution::Distribution,
    query::{Question, quoted},
    terms::Field,
};
use crate::store::{SortBy, StoreError};

/// How long statistics are used before they are read again.
const FRESH: Duration = Duration::from_secs(60);

/// From which correlation on, between order and place, rows are taken to lie in order.
const IN_ORDER: f32 = 0.5;

/// How long the scores of a language are used, and of about how many claims of all languages they are read.
const SCORES_FRESH: Duration = Duration::from_secs(600);
const SAMPLE: f64 = 10_000.0;
const MOST_SAMPLED: i64 = 20_000;
/// In how many lots of cells the best score of a language is looked for.
const LOTS: usize = 64;
/// The scores of how many languages are kept: a filter can name any.
const LANGUAGES: usize = 32;

/// The statistics, read now and then.
#[derive(Debug, Default)]
pub(in crate::store) struct Statistics {
    spread: Mutex<Option<(Instant, Arc<Spread>)>>,
    scores: Mutex<HashMap<String, (Instant, Arc<Distribution>)>>,
}

impl Statistics {
    /// How the scores of the claims of a language are spread, as they were within the last minutes. What makes a claim worth
    /// a check differs between languages, so that the best of one can lie far below the best of all.
    pub(super) async fn scores(
        &self,
        connection: &mut PgConnection,
        language: &str,
        rows: f64,
    ) -> Result<Arc<Distribution>, StoreError> {
        let kept = self.scores.lock().unwrap_or_else(PoisonError::into_inner).get(language).cloned();
        if let Some((read, scores)) = kept
            && read.elapsed() < SCORES_FRESH
        {
            return Ok(scores);
        }
        let scores: Vec<(f64,)> = sqlx::query_as(
            // There may be far more by now than were counted.
            "SELECT check_worthiness
               FROM (SELECT check_worthiness, terms FROM claim_search TABLESAMPLE SYSTEM ($1) LIMIT $2) AS sampled
              WHERE terms @@ $3::tsquery ORDER BY check_worthiness",
        )
        .bind((SAMPLE / rows.max(1.0) * 100.0).min(100.0))
        .bind(MOST_SAMPLED)
        .bind(quoted(&Field::Language.term(language)))
        .fetch_all(&mut *connection)
        .await?;
        let mut scores: Vec<f64> = scores.into_iter().map(|(score,)| score).collect();
        if let Some(best) = self::best(connection, language, scores.last().copied()).await? {
            scores.push(best);
        }
        let scores = Arc::new(Distribution::of(Vec::new(), scores));
        let mut kept = self.scores.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= LANGUAGES {
            kept.clear();
        }
        kept.insert(language.to_owned(), (Instant::now(), Arc::clone(&scores)));
        Ok(scores)
    }

    /// The statistics, as they were within the last minute.
    pub(super) async fn read(&self, connection: &mut PgConnection) -> Result<Arc<Spread>, StoreError> {
        let kept = self.spread.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((read, spread)) = kept
            && read.elapsed() < FRESH
        {
            return Ok(spread);
        }
        let spread = Arc::new(Spread::read(connection).await?);
        *self.spread.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), Arc::clone(&spread)));
        Ok(spread)
    }
}

/// The best score of a language, which is better than any of a sample, where it is found among the cells of the best of all.
async fn best(
    connection: &mut PgConnection,
    language: &str,
    sampled: Option<f64>,
) -> Result<Option<f64>, StoreError> {
    let of_language = Question::of_language(language);
    let mut start = 1.0;
    for _ in 0..LOTS {
        let Some(end) = cells::farthest_worth(start, true, cells::WORTH_CELLS_AT_ONCE) else { break };
        let Some(cells) = cells::of_worth(end, start, cells::WORTH_CELLS_AT_ONCE) else { break };
        let (best,): (Option<f64>,) = sqlx::query_as(
            // Else the planner goes through all claims from the best on, in the hope to come upon one soon.
            "WITH found AS MATERIALIZED (
                 SELECT check_worthiness FROM claim_search
                  WHERE terms_by_worth(terms, check_worthiness) @@ $1::tsquery
             ) SELECT max(check_worthiness) FROM found",
        )
        .bind(of_language.within(&cells).join("&"))
        .persistent(false)
        .fetch_one(&mut *connection)
        .await?;
        if best.is_some() || sampled.is_none_or(|sampled| sampled >= end) {
            return Ok(best);
        }
        start = end;
    }
    Ok(None)
}

/// How many claims there are, and how they are spread.
#[derive(Debug, Default)]
pub(super) struct Spread {
    /// About how many claims there are; 0 where nobody has counted yet.
    pub(super) rows: f64,
    create_time: Distribution,
    update_time: Distribution,
    check_worthiness: Distribution,
}

impl Spread {
    async fn read(connection: &mut PgConnection) -> Result<Self, StoreError> {
        type Row = (String, f64, Option<Vec<f64>>, Option<Vec<f32>>, Option<Vec<f64>>, Option<f32>);
        let rows: Vec<Row> = sqlx::query_as(
            "WITH known AS (
                 SELECT s.*, c.reltuples::float8 AS rows FROM pg_class c
                   JOIN pg_namespace n ON n.oid = c.relnamespace
                   JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname
                  WHERE c.oid = 'claim_search'::regclass
             )
             SELECT attname::text, rows,
                    (SELECT array_agg(extract(epoch FROM v)::float8)
                       FROM UNNEST(most_common_vals::text::timestamptz[]) AS v),
                    most_common_freqs,
                    (SELECT array_agg(extract(epoch FROM v)::float8)
                       FROM UNNEST(histogram_bounds::text::timestamptz[]) AS v),
                    correlation
               FROM known WHERE attname IN ('create_time', 'update_time')
             UNION ALL
             SELECT attname::text, rows, most_common_vals::text::float8[], most_common_freqs,
                    histogram_bounds::text::float8[], correlation
               FROM known WHERE attname = 'check_worthiness'",
        )
        .fetch_all(connection)
        .await?;
        let mut spread = Self::default();
        for (column, rows, common, frequencies, bounds, correlation) in rows {
            spread.rows = rows.max(0.0);
            let common = common.unwrap_or_default().into_iter();
            let common = common.zip(frequencies.unwrap_or_default().into_iter().map(f64::from)).collect();
            let of = if column == "check_worthiness" { Distribution::of } else { Distribution::of_times };
            let mut distribution = of(common, bounds.unwrap_or_default());
            distribution.in_order = correlation.is_some_and(|correlation| correlation.abs() > IN_ORDER);
            match column.as_str() {
                "create_time" => spread.create_time = distribution,
                "update_time" => spread.update_time = distribution,
                _ => spread.check_worthiness = distribution,
            }
        }
        Ok(spread)
    }

    pub(super) fn of(&self, sort: SortBy) -> &Distribution {
        match sort {
            SortBy::UpdateTime => &self.update_time,
            SortBy::CheckWorthiness => &self.check_worthiness,
            SortBy::CreateTime | SortBy::PublishDate | SortBy::Log => &self.create_time,
        }
    }
}
