//! How the claims are spread over what lists are ordered by, as PostgreSQL's statistics have it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::PgConnection;

use super::{
    cells,
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
/// In how many lots of cells, of so many each, the best score of a language is looked for.
const LOTS: usize = 64;
const CELLS_AT_ONCE: i64 = 16;
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
            "SELECT check_worthiness FROM claim_search TABLESAMPLE SYSTEM ($1) WHERE terms @@ $2::tsquery
              ORDER BY check_worthiness",
        )
        .bind((SAMPLE / rows.max(1.0) * 100.0).min(100.0))
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
        let Some(end) = cells::farthest_worth(start, true, CELLS_AT_ONCE) else { break };
        let Some(cells) = cells::of_worth(end, start, CELLS_AT_ONCE) else { break };
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

/// Which share of the values lies up to where.
#[derive(Debug, Default)]
pub(super) struct Distribution {
    /// Values, rising, each with the share that lies below it and the share that it has itself.
    steps: Vec<(f64, f64, f64)>,
    /// Whether neighbours in the order are neighbours on the disk as well.
    pub(super) in_order: bool,
    /// Which share comes for each unit behind the last value, where more are added there all the time.
    rate: f64,
}

impl Distribution {
    /// Of values that are common, with their shares, and bounds between which equal shares of the others lie.
    fn of(common: Vec<(f64, f64)>, bounds: Vec<f64>) -> Self {
        let others = (1.0 - common.iter().map(|(_, share)| share).sum::<f64>()).max(0.0);
        #[expect(clippy::cast_precision_loss, reason = "some thousand bounds at most")]
        let between = others / (bounds.len().saturating_sub(1).max(1) as f64);
        // A value, its own share, and the share between the bound before it and itself.
        let bounds = bounds.into_iter().enumerate();
        let bounds = bounds.map(|(at, value)| (value, 0.0, if at == 0 { 0.0 } else { between }));
        let mut values: Vec<_> =
            common.into_iter().map(|(value, share)| (value, share, 0.0)).chain(bounds).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut below = 0.0;
        let mut steps = Vec::with_capacity(values.len());
        for (value, own, before) in values {
            below += before;
            steps.push((value, below, own));
            below += own;
        }
        Self { steps, in_order: false, rate: 0.0 }
    }

    /// Of times: behind the last one that the statistics know, claims are taken to have come as fast as they did before.
    fn of_times(common: Vec<(f64, f64)>, bounds: Vec<f64>) -> Self {
        let mut of = Self::of(common, bounds);
        let lately = of.steps.len().saturating_sub(of.steps.len() / 10 + 2);
        if let (Some((from, below, _)), Some((to, all, _))) = (of.steps.get(lately), of.steps.last())
            && to > from
        {
            of.rate = (all - below) / (to - from);
        }
        of
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.len() < 2
    }

    /// Which share lies below a value.
    fn below(&self, value: f64) -> f64 {
        let at = self.steps.partition_point(|(known, ..)| *known < value);
        match (at.checked_sub(1).and_then(|before| self.steps.get(before)), self.steps.get(at)) {
            (None, _) => 0.0,
            (Some((last, below, own)), None) => below + own + (value - last) * self.rate,
            (Some((left, below, own)), Some((right, next, _))) => {
                let from = below + own;
                from + (next - from).max(0.0) * (value - left) / (right - left)
            }
        }
    }

    /// Below which value a share lies; `None` beyond the last.
    fn value(&self, share: f64) -> Option<f64> {
        let at = self.steps.partition_point(|(_, below, own)| below + own < share);
        let Some((right, below, _)) = self.steps.get(at) else {
            let (last, below, own) = self.steps.last().filter(|_| self.rate > 0.0)?;
            return Some(last + (share - below - own) / self.rate);
        };
        let Some((left, before, own)) = at.checked_sub(1).and_then(|before| self.steps.get(before)) else {
            return Some(*right);
        };
        let from = before + own;
        if share >= *below || *below <= from {
            return Some(*right);
        }
        Some(left + (right - left) * (share - from) / (below - from))
    }

    /// The value between which and `start` a share lies; `None` if there is none, beyond the last or the first.
    pub(super) fn beyond(&self, start: Option<f64>, share: f64, descending: bool) -> Option<f64> {
        if descending {
            let from = start.map_or(1.0, |start| self.below(start));
            (from > share).then(|| self.value(from - share)).flatten()
        } else {
            let from = start.map_or(0.0, |start| self.below(start));
            (from + share < 1.0).then(|| self.value(from + share)).flatten()
        }
    }

    /// The first value on the way from one that lies outside of all, where none are taken to have come since.
    pub(super) fn nearest(&self, start: f64, descending: bool) -> Option<f64> {
        let (first, last) = (self.steps.first()?.0, self.steps.last()?.0);
        if descending {
            (start > last && self.rate <= 0.0).then_some(last)
        } else {
            (start < first).then_some(first)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_between_the_bounds() {
        let even = Distribution::of(Vec::new(), vec![0.0, 10.0, 20.0, 100.0, 200.0]);
        assert_eq!(even.beyond(None, 0.125, false), Some(5.0));
        assert_eq!(even.beyond(Some(5.0), 0.25, false), Some(15.0));
        assert_eq!(even.beyond(Some(150.0), 0.125, true), Some(100.0));
        assert_eq!(even.beyond(None, 0.125, true), Some(150.0));
        assert_eq!(even.beyond(Some(5.0), 0.9, false), None);
        assert_eq!(even.beyond(Some(5.0), 0.5, true), None);
    }

    #[test]
    fn a_value_that_is_common_has_a_share_of_its_own() {
        let common = Distribution::of(vec![(50.0, 0.5)], vec![0.0, 100.0]);
        assert_eq!(common.below(50.0), 0.0, "what is between the bounds is taken to lie behind it");
        assert_eq!(common.below(100.0), 1.0);
        assert_eq!(common.beyond(Some(50.0), 0.25, false), Some(50.0));
        assert!(Distribution::default().is_empty());
        assert_eq!(Distribution::default().beyond(None, 0.5, false), None);
    }

    #[test]
    fn times_go_on_behind_the_last_one_that_is_known() {
        let times = Distribution::of_times(Vec::new(), vec![0.0, 10.0, 20.0, 30.0, 40.0]);
        assert_eq!(times.below(50.0), 1.25);
        assert_eq!(times.beyond(Some(50.0), 0.125, true), Some(45.0));
        assert_eq!(times.beyond(Some(50.0), 0.5, true), Some(30.0));
        assert_eq!(times.beyond(Some(30.0), 0.5, false), None, "the end is open");
        assert_eq!(times.nearest(50.0, true), None);
    }

    #[test]
    fn from_outside_of_all_the_way_leads_to_the_first() {
        let scores = Distribution::of(Vec::new(), vec![0.25, 0.5, 0.75]);
        assert_eq!(scores.nearest(0.875, true), Some(0.75));
        assert_eq!(scores.nearest(0.125, false), Some(0.25));
        assert_eq!(scores.nearest(0.5, true), None);
        assert_eq!(scores.beyond(Some(0.75), 0.25, true), Some(0.625));
    }

    proptest::proptest! {
        #[test]
        fn it_rises(mut bounds in proptest::collection::vec(0.0..100.0f64, 2..20), common in proptest::collection::vec((0.0..100.0f64, 0.0..0.04f64), 0..10), start in -10.0..110.0f64, share in 0.0..1.0f64) {
            bounds.sort_by(f64::total_cmp);
            let distribution = Distribution::of(common, bounds);
            proptest::prop_assert!(distribution.beyond(Some(start), share, false).is_none_or(|end| end >= start || start > 99.0 || end >= 0.0));
            proptest::prop_assert!(distribution.below(start) <= distribution.below(start + 1.0) + 1e-9);
        }
    }
}
