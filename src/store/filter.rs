//! Conditions on what is listed, as types, and their translation into SQL. What a caller wrote only ever becomes a bind
//! parameter.

mod holds;

use jiff::{Timestamp, civil::Date};
use sqlx::{Postgres, QueryBuilder};

use super::time::Time;

/// Conditions, and how they are joined.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression<T> {
    /// Every one holds.
    All(Vec<Expression<T>>),
    /// At least one holds.
    Any(Vec<Expression<T>>),
    /// It does not hold.
    Not(Box<Expression<T>>),
    /// A single condition.
    Test(T),
}

impl<T> Expression<T> {
    /// Whether all its conditions are of a kind.
    pub(super) fn every(&self, kind: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().all(|part| part.every(kind)),
            Self::Not(part) => part.every(kind),
            Self::Test(test) => kind(test),
        }
    }
}

/// A condition on an article.
#[derive(Debug, Clone, PartialEq)]
pub enum ArticleTest {
    /// On its publisher.
    Publisher(TextTest),
    /// On its address.
    Uri(TextTest),
    /// On its title.
    Title(TextTest),
    /// On its language.
    Language(TextTest),
    /// On its publish date.
    PublishDate(Comparison, DateRange),
    /// On when it was stored.
    CreateTime(Comparison, TimeRange),
    /// On the number of its claims.
    ClaimCount(NumberTest),
}

/// A condition on a claim. One on points or sources holds if it holds for any of them.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimTest {
    /// On its state.
    State(TextTest),
    /// On what became of it in the article's next version.
    Succession(TextTest),
    /// On its origin.
    Origin(TextTest),
    /// On its language.
    Language(TextTest),
    /// On how it is said.
    Modality(TextTest),
    /// On its words as they stand there.
    Quote(TextTest),
    /// That it has all words of a text, or inflections or compounds of them.
    Text(String),
    /// On its score.
    CheckWorthiness(NumberTest),
    /// On the number of its reviews.
    ReviewCount(NumberTest),
    /// On the kind of a point.
    PointKind(TextTest),
    /// On the normalised value of a point, as text.
    PointValue(TextTest),
    /// On the value of a figure.
    PointNumber(NumberTest),
    /// On the time that a point means.
    PointDate(Comparison, DateRange),
    /// On the unit of a figure.
    PointUnit(TextTest),
    /// On the role of a source.
    SourceRole(TextTest),
    /// On the name of a source.
    SourceName(TextTest),
    /// On what the article's own text says of its points.
    FindingOutcome(TextTest),
    /// On the publisher of its article.
    Publisher(TextTest),
    /// On the address of its article.
    Uri(TextTest),
    /// On the publish date of its article.
    PublishDate(Comparison, DateRange),
    /// On when it was stored.
    CreateTime(Comparison, TimeRange),
    /// On when it last changed.
    UpdateTime(Comparison, TimeRange),
}

/// A condition on a text. That a text is not equal is the negation of the condition that it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextTest {
    /// It is exactly this.
    Is(String),
    /// It contains this, in any letter case.
    Contains(String),
}

/// How two values stand to each other. That they differ is the negation of the condition that they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same, or within.
    Equal,
    /// Before the beginning.
    Less,
    /// Not after the end.
    LessOrEqual,
    /// After the end.
    Greater,
    /// Not before the beginning.
    GreaterOrEqual,
}

/// A condition on a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberTest {
    /// How.
    pub comparison: Comparison,
    /// With what: a plain decimal.
    pub number: rust_decimal::Decimal,
}

/// The days that a date can mean: "2024-06" means thirty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateRange {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

/// The moments that a time can mean: a date means all of its day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    /// The first.
    pub start: Timestamp,
    /// The first one after it.
    pub end: Timestamp,
}

impl From<crate::claim::PublishDate> for DateRange {
    fn from(date: crate::claim::PublishDate) -> Self {
        let (first, last) = super::article::days(date);
        Self { first, last }
    }
}

impl From<DateRange> for TimeRange {
    fn from(range: DateRange) -> Self {
        let (start, end) = super::article::moments(range.first, range.last);
        Self { start, end }
    }
}

impl Comparison {
    const fn as_sql(self) -> &'static str {
        match self {
            Self::Equal => " = ",
            Self::Less => " < ",
            Self::LessOrEqual => " <= ",
            Self::Greater => " > ",
            Self::GreaterOrEqual => " >= ",
        }
    }
}

type Sql = QueryBuilder<Postgres>;

/// Adds an expression.
pub(super) fn push<T>(sql: &mut Sql, expression: &Expression<T>, push_test: fn(&mut Sql, &T)) {
    let (parts, word, none) = match expression {
        Expression::All(parts) => (parts, " AND ", "true"),
        Expression::Any(parts) => (parts, " OR ", "false"),
        Expression::Not(part) => {
            sql.push("NOT ");
            push(sql, part, push_test);
            return;
        }
        Expression::Test(test) => {
            sql.push("(");
            push_test(sql, test);
            sql.push(")");
            return;
        }
    };
    sql.push("(");
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            sql.push(word);
        }
        push(sql, part, push_test);
    }
    if parts.is_empty() {
        sql.push(none);
    }
    sql.push(")");
}

/// Adds a condition on `article a`.
pub(super) fn push_article_test(sql: &mut Sql, test: &ArticleTest) {
    match test {
        ArticleTest::Publisher(test) => push_text(sql, "a.publisher", test),
        ArticleTest::Uri(test) => push_text(sql, "a.uri", test),
        ArticleTest::Title(test) => push_text(sql, "a.title", test),
        ArticleTest::Language(test) => push_text(sql, "a.language", test),
        ArticleTest::PublishDate(comparison, range) => push_publish_date(sql, *comparison, *range),
        ArticleTest::CreateTime(comparison, range) => push_time(sql, "a.create_time", *comparison, *range),
        ArticleTest::ClaimCount(test) => push_number(sql, "a.claim_count", test),
    }
}

/// Whether a condition is on what stands in `claim_search t`.
pub(super) const fn is_of_search(test: &ClaimTest) -> bool {
    matches!(test, ClaimTest::CheckWorthiness(_) | ClaimTest::CreateTime(..) | ClaimTest::UpdateTime(..))
}

/// Adds a condition on `claim c` with its `article a` and its `claim_search t`.
pub(super) fn push_claim_test(sql: &mut Sql, test: &ClaimTest) {
    match test {
        ClaimTest::State(test) => push_text(sql, "c.state", test),
        ClaimTest::Succession(test) => push_text(sql, "c.succession", test),
        ClaimTest::Origin(test) => push_text(sql, "c.origin", test),
        ClaimTest::Language(test) => push_text(sql, "c.language", test),
        ClaimTest::Modality(test) => push_text(sql, "c.modality", test),
        ClaimTest::Quote(test) => push_text(sql, "c.quote", test),
        // Its terms tell all of it: see `search::Question`.
        ClaimTest::Text(_) => {
            sql.push("true");
        }
        ClaimTest::CheckWorthiness(test) => push_number(sql, "t.check_worthiness", test),
        ClaimTest::ReviewCount(test) => push_number(sql, "c.review_count", test),
        ClaimTest::PointKind(test) => any_point(sql, |sql| push_text(sql, "p.kind", test)),
        ClaimTest::PointValue(test) => any_point(sql, |sql| push_text(sql, "p.value", test)),
        ClaimTest::PointUnit(test) => any_point(sql, |sql| push_text(sql, "p.unit", test)),
        ClaimTest::PointNumber(test) => any_point(sql, |sql| push_range(sql, test)),
        ClaimTest::PointDate(comparison, range) => any_point(sql, |sql| {
            let (first, after) = (range.first.to_string(), next_day(range.last));
            push_interval(sql, *comparison, "p.\"begin\"", "p.\"end\"", first, after);
        }),
        ClaimTest::SourceRole(test) => {
            if *test == TextTest::Is("PUBLICATION".to_owned()) {
                // Every claim has its article.
                sql.push("true");
            } else {
                any_source(sql, |sql| push_text(sql, "s.role", test));
            }
        }
        ClaimTest::SourceName(test) => {
            any_source(sql, |sql| push_text(sql, "s.name", test));
            sql.push(" OR ");
            push_text(sql, "a.publisher", test);
        }
        ClaimTest::FindingOutcome(test) => {
            sql.push("EXISTS (SELECT FROM jsonb_array_elements(c.findings) f WHERE ");
            push_text(sql, "(f->>'outcome')", test);
            sql.push(")");
        }
        ClaimTest::Publisher(test) => push_text(sql, "a.publisher", test),
        ClaimTest::Uri(test) => push_text(sql, "a.uri", test),
        ClaimTest::PublishDate(comparison, range) => push_publish_date(sql, *comparison, *range),
        ClaimTest::CreateTime(comparison, range) => push_time(sql, "t.create_time", *comparison, *range),
        ClaimTest::UpdateTime(comparison, range) => push_time(sql, "t.update_time", *comparison, *range),
    }
}

fn any_point(sql: &mut Sql, condition: impl FnOnce(&mut Sql)) {
    sql.push(
        "EXISTS (SELECT FROM point p WHERE p.article_id = c.article_id AND p.claim_id = c.claim_id AND ",
    );
    condition(sql);
    sql.push(")");
}

fn any_source(sql: &mut Sql, condition: impl FnOnce(&mut Sql)) {
    sql.push(
        "EXISTS (SELECT FROM source s WHERE s.article_id = c.article_id AND s.claim_id = c.claim_id AND ",
    );
    condition(sql);
    sql.push(")");
}

fn push_text(sql: &mut Sql, column: &'static str, test: &TextTest) {
    match test {
        TextTest::Is(text) => {
            sql.push(column).push(" = ").push_bind(text.clone());
        }
        TextTest::Contains(text) => {
            sql.push("position(lower(")
                .push_bind(text.clone())
                .push(") IN lower(")
                .push(column)
                .push(")) > 0");
        }
    }
}

fn push_number(sql: &mut Sql, column: &'static str, test: &NumberTest) {
    sql.push(column).push("::numeric").push(test.comparison.as_sql());
    sql.push_bind(test.number.to_string()).push("::numeric");
}

/// A figure may be a range: it is equal to what lies in it, and less than what is above its lower end.
fn push_range(sql: &mut Sql, test: &NumberTest) {
    let bound = |sql: &mut Sql, column: &'static str, comparison: &'static str| {
        sql.push(column).push(comparison).push_bind(test.number.to_string()).push("::numeric");
    };
    match test.comparison {
        Comparison::Equal => {
            bound(sql, "p.number", " <= ");
            sql.push(" AND ");
            bound(sql, "p.number_max", " >= ");
        }
        comparison @ (Comparison::Less | Comparison::LessOrEqual) => {
            bound(sql, "p.number", comparison.as_sql());
        }
        comparison @ (Comparison::Greater | Comparison::GreaterOrEqual) => {
            bound(sql, "p.number_max", comparison.as_sql());
        }
    }
}

/// Adds a comparison of the half-open interval in two columns, in ISO 8601, with that from `first` to before `after`.
fn push_interval(
    sql: &mut Sql,
    comparison: Comparison,
    begin: &'static str,
    end: &'static str,
    first: String,
    after: String,
) {
    match comparison {
        Comparison::Equal => sql
            .push(begin)
            .push(" >= ")
            .push_bind(first)
            .push(" AND ")
            .push(end)
            .push(" <= ")
            .push_bind(after),
        Comparison::Less => sql.push(begin).push(" < ").push_bind(first),
        Comparison::LessOrEqual => sql.push(begin).push(" < ").push_bind(after),
        Comparison::Greater => sql.push(begin).push(" >= ").push_bind(after),
        Comparison::GreaterOrEqual => sql.push(begin).push(" >= ").push_bind(first),
    };
}

fn push_publish_date(sql: &mut Sql, comparison: Comparison, range: DateRange) {
    let (first, last) = (range.first.to_string(), range.last.to_string());
    sql.push("a.publish_date <> '' AND ");
    match comparison {
        Comparison::Equal => {
            sql.push("a.publish_first >= ").push_bind(first).push(" AND a.publish_last <= ").push_bind(last)
        }
        Comparison::Less => sql.push("a.publish_first < ").push_bind(first),
        Comparison::LessOrEqual => sql.push("a.publish_first <= ").push_bind(last),
        Comparison::Greater => sql.push("a.publish_first > ").push_bind(last),
        Comparison::GreaterOrEqual => sql.push("a.publish_first >= ").push_bind(first),
    };
}

fn push_time(sql: &mut Sql, column: &'static str, comparison: Comparison, range: TimeRange) {
    let (start, end) = (Time(range.start), Time(range.end));
    match comparison {
        Comparison::Equal => sql
            .push(column)
            .push(" >= ")
            .push_bind(start)
            .push(" AND ")
            .push(column)
            .push(" < ")
            .push_bind(end),
        Comparison::Less => sql.push(column).push(" < ").push_bind(start),
        Comparison::LessOrEqual => sql.push(column).push(" < ").push_bind(end),
        Comparison::Greater => sql.push(column).push(" >= ").push_bind(end),
        Comparison::GreaterOrEqual => sql.push(column).push(" >= ").push_bind(start),
    };
}

/// The day after, as text; for the last day of all, a text that sorts behind every date.
fn next_day(day: Date) -> String {
    day.tomorrow().map_or_else(|_| "9999-12-32".to_owned(), |next| next.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_caller_wrote_is_bound_and_never_spliced() {
        let evil = "'; DROP TABLE claim; --".to_owned();
        let expression = Expression::Not(Box::new(Expression::Any(vec![
            Expression::Test(ClaimTest::SourceName(TextTest::Contains(evil.clone()))),
            Expression::Test(ClaimTest::State(TextTest::Is(evil))),
        ])));
        let mut sql = QueryBuilder::new("");
        push(&mut sql, &expression, push_claim_test);
        insta::assert_snapshot!(sql.into_string(), @"NOT ((EXISTS (SELECT FROM source s WHERE s.article_id = c.article_id AND s.claim_id = c.claim_id AND position(lower($1) IN lower(s.name)) > 0) OR position(lower($2) IN lower(a.publisher)) > 0) OR (c.state = $3))");
    }
}
