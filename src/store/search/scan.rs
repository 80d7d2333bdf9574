//! Claims that fit a filter, in order, from a place on: window by window.
//!
//! PostgreSQL can go through claims in order and look at each, or fetch all that fit and put them in order. Where some
//! thousands of millions fit, the one looks at too many and the other fetches too many. So the order is cut into windows
//! in which a few times as many claims are to be expected as are asked for, and in each of them all that fit are fetched: by
//! an index on the terms, to which belong the cells of the order; by score, an index has all terms cell by cell, and some
//! cells are fetched before others. The next window is larger, by how few were found, until enough are. Where much of what
//! there is fits, the first claims of the order are gone through one by one. The work then depends on how many claims are
//! asked for, and hardly on how many there are.

use std::ops::RangeInclusive;

use rust_decimal::prelude::ToPrimitive as _;
use smallvec::SmallVec;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::{
    cells,
    distribution::Distribution,
    query::{Question, TermQuery, quoted},
    statistics::Spread,
    terms::Field,
};
use crate::store::{
    ClaimKey, ClaimTest, Comparison, Cursor, Expression, Position, SortBy, StoreError, article::unreadable,
    filter, page, time::Time,
};

/// Where no more claims than this fit, all of them are fetched at once.
const FEW: f64 = 300.0;
/// How many times as many claims are expected in the first window as are asked for.
const AMPLE: f64 = 3.0;
/// And where it is known what is likely; and by score, where no more lots of a window are fetched than are needed.
const AMPLE_IF_LIKELY: f64 = 2.0;
const AMPLE_BY_SCORE: f64 = 10.0;
/// How many claims are looked at one by one, in order, before a window is asked for, where half of them should have as many as
/// are asked for. Where they do not lie on the disk in their order, each is on a page of its own.
const WALKED: u32 = 2_000;
const WALKED_APART: u32 = 600;
const WALKED_FOR_SURE: f64 = 2.0;
/// How many times as large as the one before a window is at least, where hardly any are missing, and at most. Where a score
/// says something of what is asked for, such as the language, the first windows may have nothing of it, and one that is too
/// large has far too much; by score, small ones cost little.
const LEAST_GROWTH: f64 = 0.5;
const GROWTH: f64 = 16.0;
const GROWTH_BY_SCORE: f64 = 4.0;
/// How many times fewer claims than the planner takes to fit are believed to.
const UNLIKELY: f64 = 10.0;
/// Where at least this share of the claims fits, they are counted as they come.
const COMMON: f64 = 0.2;

/// The columns of what is found.
const FOUND: &str = "article_id, claim_id, create_time, update_time, check_worthiness";

/// Which claims, and in which order.
#[derive(Debug)]
pub(in crate::store) struct Scan {
    pub(in crate::store) question: Question,
    pub(in crate::store) sort: SortBy,
    pub(in crate::store) descending: bool,
    /// Only those that are free for this reviewer in the queue; in its order, which has the older one of equal scores first.
    pub(in crate::store) free_for: Option<String>,
}

/// A claim that was found, with what it is ordered by.
#[derive(Debug, Clone, FromRow)]
pub(in crate::store) struct Found {
    article_id: String,
    claim_id: i32,
    create_time: Time,
    update_time: Time,
    check_worthiness: f64,
}

impl Found {
    /// Its key.
    pub(in crate::store) fn key(&self) -> Result<ClaimKey, StoreError> {
        Ok(ClaimKey { article: self.article_id.parse().map_err(unreadable)?, claim: self.claim_id })
    }
}

/// A part of the order; its ends as seconds of Unix time, or scores.
#[derive(Debug, Clone, Copy)]
struct Window {
    /// Where it begins, in the direction of the scan; at the very beginning where absent.
    start: Option<f64>,
    /// Where it ends; with the order where absent.
    end: Option<f64>,
    /// Whether hardly any claims of the language that is asked for are known there.
    outside: bool,
}

/// A claim that a scan goes on behind.
#[derive(Debug, Clone)]
pub(in crate::store) enum Behind {
    /// By a token.
    Cursor(Cursor),
    /// By what was found.
    Found(Found),
}

impl Scan {
    /// The first claims behind a place, at most so many. Where all are of one language, `of_language` is how its claims lie in
    /// the order, if that is known.
    pub(super) async fn run(
        &self,
        connection: &mut PgConnection,
        spread: &Spread,
        of_language: Option<&Distribution>,
        behind: Option<&Behind>,
        size: u32,
    ) -> Result<Vec<Found>, StoreError> {
        let wanted = size as usize;
        let expected = self.expected(connection).await?;
        let all = spread.of(self.sort);
        let distribution = of_language.unwrap_or(all);
        let mut found: Vec<Found> = Vec::new();
        let mut start = behind.map(|behind| self.value(behind)).or_else(|| self.bound());
        let few = expected <= FEW.max(f64::from(size)) || distribution.is_empty();
        let ample = match (self.is_by_score(), self.question.likely.is_empty()) {
            (true, _) => AMPLE_BY_SCORE,
            (false, true) => AMPLE,
            (false, false) => AMPLE_IF_LIKELY,
        };
        let mut share = if few { 1.0 } else { f64::from(size) * ample / expected.max(1.0) };
        if start.is_none() && share < 1.0 {
            start = self.outermost(connection).await?;
        }
        let walked = if all.in_order { WALKED } else { WALKED_APART };
        let most_growth = if self.is_by_score() { GROWTH_BY_SCORE } else { GROWTH };
        let (mut first, mut may_walk) = (true, !few);
        loop {
            let outside = start.filter(|_| !few).and_then(|start| self.outside(distribution, start));
            // What lies outside is fetched together with what follows, where its cells are few enough.
            let reached =
                |end: &f64| self.is_by_score() && self.within_reach(start, Some(*end)) == Some(*end);
            let before = outside.filter(reached);
            let inside = before.or(start);
            let end = outside.filter(|_| before.is_none());
            let end = end.or_else(|| distribution.beyond(inside, share, self.descending));
            let end = end.filter(|end| inside.is_none_or(|inside| *end != inside));
            let left = wanted - found.len();
            let behind = behind.filter(|_| first);
            let dense = match of_language {
                // How many of other languages lie there is another matter.
                Some(_) => end.is_some_and(|end| all.between(start, end) * spread.rows <= f64::from(walked)),
                None => expected * f64::from(walked) >= WALKED_FOR_SURE * f64::from(size) * spread.rows,
            };
            if dense && outside == before && std::mem::take(&mut may_walk) {
                let more = self.walk(connection, start, behind, walked, left).await?;
                if more.len() >= left {
                    found.extend(more);
                    return Ok(found);
                }
            }
            let end = if few { end } else { self.within_reach(inside, end) };
            let window = Window { start: inside, end, outside: outside.is_some() && before.is_none() };
            let before = before.map(|end| Window { start, end: Some(end), outside: true });
            let windows: SmallVec<[Window; 2]> = before.into_iter().chain([window]).collect();
            let more = self.fetch(connection, &windows, behind, left).await?;
            let fitting = more.len();
            found.extend(more);
            if found.len() >= wanted || end.is_none() {
                return Ok(found);
            }
            #[expect(clippy::cast_precision_loss, reason = "a page has a thousand claims at most")]
            let growth = (AMPLE * left as f64 / fitting.max(1) as f64).clamp(LEAST_GROWTH, most_growth);
            let growth = if window.outside { 1.0 } else { growth };
            (start, share, first) = (end, (share * growth).min(1.0), false);
        }
    }

    /// The end of what lies outside of a distribution, if a place does. Above the best of a language are others alone: what
    /// little of it there is lies on the way, and is no reason to look at all that lies in the cell of its best.
    fn outside(&self, distribution: &Distribution, start: f64) -> Option<f64> {
        let nearest = distribution.nearest(start, self.descending)?;
        if !self.is_by_score() || !self.descending {
            return Some(nearest);
        }
        cells::farthest_worth(nearest, false, 2).filter(|edge| *edge < start)
    }

    /// Counts the claims, no further than to a number.
    pub(super) async fn count(
        &self,
        connection: &mut PgConnection,
        spread: &Spread,
        most: u32,
    ) -> Result<i64, StoreError> {
        if !self.question.terms.is_empty() && self.expected(connection).await? < spread.rows * COMMON {
            // Else the planner may go through all claims in the hope to come upon enough of them soon.
            sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *connection).await?;
        }
        let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM claim_search t WHERE true");
        self.push_conditions(&mut sql, None);
        self.push_looked_up(&mut sql);
        sql.push(" LIMIT ").push_bind(i64::from(most)).push(") counted");
        let (count,): (i64,) = sql.build_query_as().persistent(false).fetch_one(connection).await?;
        Ok(count)
    }

    /// Where the filter itself lets the order begin.
    fn bound(&self) -> Option<f64> {
        let bounds = self.question.rest.iter().filter_map(|part| match part {
            Expression::Test(test) => self.bound_of(test),
            _ => None,
        });
        if self.descending { bounds.reduce(f64::min) } else { bounds.reduce(f64::max) }
    }

    fn bound_of(&self, test: &ClaimTest) -> Option<f64> {
        let (comparison, first, last) = match (test, self.sort) {
            (ClaimTest::CreateTime(comparison, range), SortBy::CreateTime)
            | (ClaimTest::UpdateTime(comparison, range), SortBy::UpdateTime) => {
                (*comparison, seconds(range.start), seconds(range.end))
            }
            (ClaimTest::CheckWorthiness(test), SortBy::CheckWorthiness) => {
                let score = test.number.to_f64()?;
                (test.comparison, score, score)
            }
            _ => return None,
        };
        match (comparison, self.descending) {
            (Comparison::Equal | Comparison::Greater | Comparison::GreaterOrEqual, false) => Some(first),
            (Comparison::Equal | Comparison::Less | Comparison::LessOrEqual, true) => Some(last),
            _ => None,
        }
    }

    /// Where the order begins.
    async fn outermost(&self, connection: &mut PgConnection) -> Result<Option<f64>, StoreError> {
        let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
        sql.push(FOUND).push(" FROM claim_search ORDER BY ").push(self.column()).push(if self.descending {
            " DESC LIMIT 1"
        } else {
            " ASC LIMIT 1"
        });
        let first: Option<Found> = sql.build_query_as().fetch_optional(connection).await?;
        Ok(first.map(|first| self.value(&Behind::Found(first))))
    }

    /// About how many claims fit, as PostgreSQL's planner has it.
    async fn expected(&self, connection: &mut PgConnection) -> Result<f64, StoreError> {
        let Question { terms, likely, .. } = &self.question;
        let mut sql = QueryBuilder::new("EXPLAIN (FORMAT JSON) SELECT 1 FROM claim_search t WHERE true");
        push_terms(&mut sql, terms.iter().map(TermQuery::text));
        self.push_of_search(&mut sql);
        if !likely.is_empty() {
            sql.push(" UNION ALL SELECT 1 FROM claim_search t WHERE true");
            push_terms(&mut sql, likely.iter().map(TermQuery::text));
            self.push_of_search(&mut sql);
        }
        let row: Option<(sqlx::types::Json<serde_json::Value>,)> =
            sql.build_query_as().persistent(false).fetch_optional(connection).await?;
        let rows = |at: &str| row.as_ref()?.0.pointer(at)?.as_f64();
        Ok(if likely.is_empty() {
            rows("/0/Plan/Plan Rows").unwrap_or(f64::MAX)
        } else {
            let most = rows("/0/Plan/Plans/0/Plan Rows").unwrap_or(f64::MAX);
            let likely = rows("/0/Plan/Plans/1/Plan Rows").unwrap_or(most);
            likely.max(most / UNLIKELY).min(most)
        })
    }

    /// The first claims that fit from a place on, among so many of the order: each of those is looked at until there are
    /// enough. Where much of the order fits, that is less than all that fits in a cell of it.
    async fn walk(
        &self,
        connection: &mut PgConnection,
        start: Option<f64>,
        behind: Option<&Behind>,
        most: u32,
        size: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let window = Window { start, end: None, outside: false };
        let mut sql = QueryBuilder::new("SELECT article_id, claim_id, create_time, ");
        if let Some(reviewer) = &self.free_for {
            // The queue has the claims that wait, in this very order.
            sql.push("create_time AS update_time, check_worthiness FROM (SELECT * FROM queue t WHERE true");
            self.push_place(&mut sql, window, behind);
            self.push_order(&mut sql, false);
            sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS q WHERE ");
            push_free(&mut sql, reviewer);
            sql.push(" AND (SELECT true");
            self.push_conditions(&mut sql, None);
            self.push_looked_up(&mut sql);
            sql.push(" FROM claim_search t WHERE t.article_id = q.article_id AND t.claim_id = q.claim_id)");
        } else {
            sql.push("update_time, check_worthiness FROM (SELECT * FROM claim_search t WHERE true");
            self.push_place(&mut sql, window, behind);
            self.push_order(&mut sql, false);
            sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS t WHERE true");
            self.push_conditions(&mut sql, None);
            self.push_looked_up(&mut sql);
        }
        self.push_order(&mut sql, false);
        sql.push(" LIMIT ").push_bind(i64::try_from(size).unwrap_or(i64::MAX));
        Ok(sql.build_query_as().persistent(false).fetch_all(connection).await?)
    }

    /// The claims of windows that follow one another, in order.
    async fn fetch(
        &self,
        connection: &mut PgConnection,
        windows: &[Window],
        behind: Option<&Behind>,
        size: usize,
    ) -> Result<Vec<Found>, StoreError> {
        let mut sql = QueryBuilder::new("");
        if let [window] = windows {
            self.push_fetch(&mut sql, *window, behind, size);
        } else {
            for (at, window) in windows.iter().enumerate() {
                sql.push(if at == 0 { "SELECT * FROM ((" } else { ") UNION ALL (" });
                self.push_fetch(&mut sql, *window, behind, size);
            }
            sql.push(")) AS t");
            self.push_order(&mut sql, false);
            sql.push(" LIMIT ").push_bind(i64::try_from(size).unwrap_or(i64::MAX));
        }
        // Planned for what is asked now, and not kept: hardly two are alike.
        Ok(sql.build_query_as().persistent(false).fetch_all(connection).await?)
    }

    /// The first claims of a window, in order.
    fn push_fetch(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        window: Window,
        behind: Option<&Behind>,
        size: usize,
    ) {
        // All of a window, or of a lot of its cells, is fetched, then put in order: so the plan does not depend on how soon the
        // planner believes to come upon enough of them. What has to be looked up for each is looked up in that order, until
        // there are enough; and no further lot is fetched then.
        sql.push("SELECT ").push(FOUND).push(" FROM (SELECT * FROM ");
        let by_score = self.cells_of_scores(window);
        match &by_score {
            Some(cells) => self.push_by_score(sql, cells, window, behind),
            None => {
                sql.push("(SELECT ").push(FOUND).push(" FROM claim_search t WHERE true");
                let by_terms = self.push_conditions(sql, Some(window));
                self.push_window(sql, window, by_terms);
                self.push_behind(sql, behind);
                sql.push(" OFFSET 0) AS t");
            }
        }
        let lot = by_score.is_some();
        self.push_order(sql, lot);
        // Nothing of what follows is asked before they are in order.
        sql.push(" OFFSET 0) AS t WHERE true");
        self.push_looked_up(sql);
        if let Some(reviewer) = &self.free_for {
            sql.push(" AND (SELECT ");
            push_free(sql, reviewer);
            sql.push(" FROM queue q WHERE q.article_id = t.article_id AND q.claim_id = t.claim_id)");
        }
        self.push_order(sql, lot);
        sql.push(" LIMIT ").push_bind(i64::try_from(size).unwrap_or(i64::MAX));
    }

    /// The order, of what stands in lots that follow one another in it.
    fn push_order(&self, sql: &mut QueryBuilder<Postgres>, of_lots: bool) {
        let direction = if self.descending { " DESC" } else { " ASC" };
        sql.push(" ORDER BY ").push(if of_lots { "lot, " } else { "" });
        sql.push(self.column()).push(direction);
        let (columns, direction) = match self.free_for.is_some() {
            true => (&["create_time", "article_id", "claim_id"][..], " ASC"),
            false => (&["article_id", "claim_id"][..], direction),
        };
        for column in columns {
            sql.push(", ").push(*column).push(direction);
        }
    }

    /// The conditions that the row of the claim in the index of terms can tell, as they are looked at in a window. Tells whether
    /// terms tell most of the window as well.
    fn push_conditions(&self, sql: &mut QueryBuilder<Postgres>, window: Option<Window>) -> bool {
        let cells = window.and_then(|window| self.cells(window));
        push_terms(sql, self.question.terms.iter().map(TermQuery::text).chain(cells.as_deref()));
        self.push_of_search(sql);
        cells.is_some()
    }

    /// The claims of cells of scores, lot by lot. What is asked of each lot is a row of its own, so that the planner has one
    /// lot to plan, and knows that they come in order.
    fn push_by_score(
        &self,
        sql: &mut QueryBuilder<Postgres>,
        cells: &RangeInclusive<i64>,
        window: Window,
        behind: Option<&Behind>,
    ) {
        // Where hardly any of a language are, the language alone tells them. Else the terms that few claims have do: each further
        // one would be looked for in each cell, which takes longer than to look at what has the others.
        let language = self.question.language.as_deref().filter(|_| window.outside);
        let asked = language.map_or_else(|| self.question.telling(), Question::of_language);
        let left: Vec<&TermQuery> =
            self.question.terms.iter().filter(|terms| !asked.terms.contains(terms)).collect();
        let lots: Vec<Vec<String>> =
            cells::lots(cells, self.descending).iter().map(|lot| asked.within(lot)).collect();
        let conditions = lots.first().map_or(0, Vec::len);
        sql.push("UNNEST(");
        for at in 0..conditions {
            let terms: Vec<String> = lots.iter().filter_map(|lot| lot.get(at).cloned()).collect();
            sql.push(if at == 0 { "" } else { ", " }).push_bind(terms).push("::text[]");
        }
        sql.push(") WITH ORDINALITY AS asked (");
        for at in 0..conditions {
            sql.push(format!("terms_{at}, "));
        }
        sql.push("lot) CROSS JOIN LATERAL (SELECT * FROM (SELECT ");
        sql.push(FOUND).push(if left.is_empty() { "" } else { ", terms" });
        sql.push(" FROM claim_search t WHERE true");
        // Of nothing else, so that no other index is used: to make the terms of a row to compare them takes long.
        for at in 0..conditions {
            sql.push(format!(
                " AND terms_by_worth(t.terms, t.check_worthiness) @@ asked.terms_{at}::tsquery"
            ));
        }
        sql.push(" OFFSET 0) AS t WHERE true");
        push_terms(sql, left.into_iter().map(TermQuery::text));
        self.push_of_search(sql);
        self.push_place(sql, window, behind);
        sql.push(") AS t");
    }

    /// The conditions on the other columns of the row.
    fn push_of_search(&self, sql: &mut QueryBuilder<Postgres>) {
        for part in self.question.rest.iter().filter(|part| part.every(&filter::is_of_search)) {
            sql.push(" AND ");
            filter::push(sql, part, filter::push_claim_test);
        }
    }

    /// The conditions for which other tables are asked, claim by claim, whatever the plan.
    fn push_looked_up(&self, sql: &mut QueryBuilder<Postgres>) {
        let mut others =
            self.question.rest.iter().filter(|part| !part.every(&filter::is_of_search)).peekable();
        if others.peek().is_some() {
            sql.push(" AND (SELECT true");
            for part in others {
                sql.push(" AND ");
                filter::push(sql, part, filter::push_claim_test);
            }
            sql.push(
                " FROM claim c JOIN article a ON a.article_id = c.article_id
                  WHERE c.article_id = t.article_id AND c.claim_id = t.claim_id)",
            );
        }
    }

    const fn column(&self) -> &'static str {
        match self.sort {
            SortBy::UpdateTime => "update_time",
            SortBy::CheckWorthiness => "check_worthiness",
            SortBy::CreateTime | SortBy::PublishDate | SortBy::Log => "create_time",
        }
    }

    /// That a claim is of a window; `looked_at` where the index of the order is of no use, because the terms tell as much.
    fn push_window(&self, sql: &mut QueryBuilder<Postgres>, window: Window, looked_at: bool) {
        let (from, to) = if self.descending { (" <= ", " > ") } else { (" >= ", " < ") };
        for (end, comparison) in [(window.start, from), (window.end, to)] {
            let Some(end) = end else { continue };
            sql.push(" AND (t.").push(self.column()).push(comparison);
            match self.sort {
                SortBy::CheckWorthiness => sql.push_bind(end),
                _ => sql.push_bind(Time(moment(end))),
            };
            sql.push(if looked_at { ") IS TRUE" } else { ")" });
        }
    }

    /// That a claim is of a window, and behind a place.
    fn push_place(&self, sql: &mut QueryBuilder<Postgres>, window: Window, behind: Option<&Behind>) {
        self.push_window(sql, window, false);
        self.push_behind(sql, behind);
    }

    fn push_behind(&self, sql: &mut QueryBuilder<Postgres>, behind: Option<&Behind>) {
        match behind {
            None => {}
            Some(Behind::Cursor(cursor)) => {
                let columns = match self.sort {
                    SortBy::UpdateTime => ["t.update_time", "t.article_id", "t.claim_id"],
                    SortBy::CheckWorthiness => ["t.check_worthiness", "t.article_id", "t.claim_id"],
                    SortBy::CreateTime | SortBy::PublishDate | SortBy::Log => {
                        ["t.create_time", "t.article_id", "t.claim_id"]
                    }
                };
                page::push_behind(sql, &columns, self.descending, cursor);
            }
            Some(Behind::Found(found)) => {
                let Found { article_id, claim_id, create_time, check_worthiness, .. } = found.clone();
                sql.push(" AND (t.check_worthiness < ").push_bind(check_worthiness);
                sql.push(" OR t.check_worthiness = ").push_bind(check_worthiness);
                sql.push(" AND (t.create_time, t.article_id, t.claim_id) > (").push_bind(create_time);
                sql.push(", ").push_bind(article_id).push(", ").push_bind(claim_id).push("))");
            }
        }
    }

    /// The value of the order at a place.
    fn value(&self, behind: &Behind) -> f64 {
        match behind {
            Behind::Cursor(Cursor { position: Position::Time(time), .. }) => seconds(*time),
            Behind::Cursor(Cursor { position: Position::Score(score), .. }) => *score,
            Behind::Cursor(_) => 0.0,
            Behind::Found(found) => match self.sort {
                SortBy::CheckWorthiness => found.check_worthiness,
                SortBy::UpdateTime => seconds(found.update_time.0),
                _ => seconds(found.create_time.0),
            },
        }
    }

    /// The end of a window, or a place before it up to which all terms can be asked for by the cells of scores.
    fn within_reach(&self, start: Option<f64>, end: Option<f64>) -> Option<f64> {
        let most_cells = self.question.most_cells();
        let farthest = start.filter(|_| self.is_by_score());
        match farthest.and_then(|start| cells::farthest_worth(start, self.descending, most_cells)) {
            Some(farthest) if self.descending => Some(end.map_or(farthest, |end| end.max(farthest))),
            Some(farthest) => Some(end.map_or(farthest, |end| end.min(farthest))),
            None => end,
        }
    }

    fn is_by_score(&self) -> bool {
        self.sort == SortBy::CheckWorthiness && self.question.is_by_score()
    }

    /// The cells of scores of a window, where all terms can be asked for by them.
    fn cells_of_scores(&self, window: Window) -> Option<RangeInclusive<i64>> {
        let (least, most) = match self.descending {
            false => (window.start.unwrap_or(0.0), window.end.unwrap_or(1.0)),
            true => (window.end.unwrap_or(0.0), window.start.unwrap_or(1.0)),
        };
        cells::of_worth(least, most, self.question.most_cells()).filter(|_| self.is_by_score())
    }

    /// The terms of a window's cells; `None` where they are too many, or the window has no end.
    fn cells(&self, window: Window) -> Option<String> {
        let (least, most) = match (self.descending, window.start, window.end) {
            (false, start, end) => (start, end?),
            (true, end, start) => (Some(start?), end.unwrap_or(f64::MAX)),
        };
        let (field, (level, cells)) = match self.sort {
            SortBy::CheckWorthiness => (Field::Score, cells::of_scores(least.unwrap_or(0.0), most.min(1.0))?),
            sort => {
                let field = if sort == SortBy::UpdateTime { Field::UpdateTime } else { Field::CreateTime };
                (field, cells::of_times(second(least?), second(most))?)
            }
        };
        let cells: Vec<String> = cells.map(|cell| quoted(&field.cell(level, cell))).collect();
        Some(cells.join("|"))
    }
}

/// That a row `t` has terms.
fn push_terms<'a>(sql: &mut QueryBuilder<Postgres>, terms: impl Iterator<Item = &'a str>) {
    for terms in terms {
        sql.push(" AND t.terms @@ ").push_bind(terms.to_owned()).push("::tsquery");
    }
}

/// That a row `q` of the queue is free for a reviewer.
fn push_free(sql: &mut QueryBuilder<Postgres>, reviewer: &str) {
    sql.push("coalesce(q.lease_expire_time <= clock_timestamp(), true) AND NOT (");
    sql.push_bind(reviewer.to_owned()).push(" = ANY(q.reviewers))");
}

fn seconds(time: jiff::Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "to the microsecond until the year 2255")]
    let microseconds = time.as_microsecond() as f64;
    microseconds / 1e6
}

fn moment(seconds: f64) -> jiff::Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let microseconds = (seconds * 1e6).round() as i64;
    jiff::Timestamp::from_microsecond(microseconds).unwrap_or(jiff::Timestamp::MAX)
}

fn second(seconds: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let second = seconds.floor() as i64;
    second
}
