//! The same conditions without a database, for claims that are at hand.

use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;

use super::{ClaimTest, Comparison, DateRange, Expression, NumberTest, TextTest, TimeRange, next_day};
use crate::{
    claim::{Point, PublishDate, SourceRole},
    store::{StoredClaim, article::days, point::PointColumns, search},
};

impl<T> Expression<T> {
    /// Whether the expression holds, where `test` tells of each condition whether it does.
    pub(crate) fn holds(&self, test: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(test)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(test)),
            Self::Not(part) => !part.holds(test),
            Self::Test(condition) => test(condition),
        }
    }
}

impl ClaimTest {
    /// Whether the condition holds for a claim.
    pub(crate) fn holds(&self, stored: &StoredClaim) -> bool {
        let claim = &stored.claim;
        // Every claim has its article as its first source.
        let article = claim.sources.first();
        let publisher = article.map_or("", |source| &source.publisher);
        match self {
            Self::State(test) => test.holds(stored.state.as_str()),
            Self::Succession(test) => test.holds(stored.lineage.succession.as_str()),
            Self::Origin(test) => test.holds(stored.origin.as_str()),
            Self::Language(test) => test.holds(&claim.language),
            Self::Modality(test) => test.holds(claim.modality.as_str()),
            Self::Quote(test) => test.holds(&claim.quote),
            Self::Text(sought) => search::has_all(&claim.quote, &claim.language, sought),
            Self::CheckWorthiness(test) => {
                Decimal::try_from(claim.check_worthiness).is_ok_and(|score| test.holds(score))
            }
            Self::ReviewCount(test) => test.holds(stored.review_count.into()),
            Self::PointKind(test) => claim.points.iter().any(|point| test.holds(point.kind().as_str())),
            Self::PointValue(test) => {
                any_point(&claim.points, |columns| columns.value.iter().any(|it| test.holds(it)))
            }
            Self::PointUnit(test) => {
                any_point(&claim.points, |columns| columns.unit.iter().any(|it| test.holds(it)))
            }
            Self::PointNumber(test) => any_point(&claim.points, |columns| {
                let ends = columns.number.iter().flatten().zip(columns.number_max.iter().flatten());
                ends.filter_map(|(least, most)| Some((least.parse().ok()?, most.parse().ok()?)))
                    .any(|(least, most)| test.holds_for(least, most))
            }),
            Self::PointDate(comparison, range) => any_point(&claim.points, |columns| {
                let (first, after) = (range.first.to_string(), next_day(range.last));
                let ends = columns
                    .begin
                    .first()
                    .and_then(Option::as_ref)
                    .zip(columns.until.first().and_then(Option::as_ref));
                let begin = columns.begin.first().and_then(Option::as_ref);
                match comparison {
                    Comparison::Equal => ends.is_some_and(|(begin, end)| *begin >= first && *end <= after),
                    Comparison::Less => begin.is_some_and(|begin| *begin < first),
                    Comparison::LessOrEqual => begin.is_some_and(|begin| *begin < after),
                    Comparison::Greater => begin.is_some_and(|begin| *begin >= after),
                    Comparison::GreaterOrEqual => begin.is_some_and(|begin| *begin >= first),
                }
            }),
            Self::SourceRole(test) => claim.sources.iter().any(|source| test.holds(source.role.as_str())),
            Self::SourceName(test) => {
                let mut named = claim.sources.iter().filter(|source| source.role != SourceRole::Publication);
                named.any(|source| test.holds(&source.name)) || test.holds(publisher)
            }
            Self::FindingOutcome(test) => {
                claim.findings.iter().any(|finding| test.holds(finding.outcome.as_str()))
            }
            Self::Publisher(test) => test.holds(publisher),
            Self::Uri(test) => test.holds(article.map_or("", |source| &source.uri)),
            Self::PublishDate(comparison, range) => article
                .and_then(|source| source.date)
                .is_some_and(|date| published(*comparison, *range, date)),
            Self::CreateTime(comparison, range) => moment(*comparison, *range, stored.create_time),
            Self::UpdateTime(comparison, range) => moment(*comparison, *range, stored.update_time),
        }
    }
}

/// Whether a condition on the columns of a point holds for any of them.
fn any_point(points: &[Arc<Point>], condition: impl Fn(&PointColumns) -> bool) -> bool {
    points.iter().any(|point| {
        let mut columns = PointColumns::default();
        columns.add(0, std::slice::from_ref(point));
        condition(&columns)
    })
}

impl TextTest {
    fn holds(&self, text: &str) -> bool {
        match self {
            Self::Is(whole) => whole == text,
            Self::Contains(part) => text.to_lowercase().contains(&part.to_lowercase()),
        }
    }
}

impl NumberTest {
    fn holds(&self, number: Decimal) -> bool {
        self.holds_for(number, number)
    }

    /// Whether it holds for a range: see `push_range`.
    fn holds_for(&self, least: Decimal, most: Decimal) -> bool {
        match self.comparison {
            Comparison::Equal => least <= self.number && self.number <= most,
            Comparison::Less => least < self.number,
            Comparison::LessOrEqual => least <= self.number,
            Comparison::Greater => most > self.number,
            Comparison::GreaterOrEqual => most >= self.number,
        }
    }
}

fn published(comparison: Comparison, range: DateRange, date: PublishDate) -> bool {
    let (first, last): (Date, Date) = days(date);
    match comparison {
        Comparison::Equal => first >= range.first && last <= range.last,
        Comparison::Less => first < range.first,
        Comparison::LessOrEqual => first <= range.last,
        Comparison::Greater => first > range.last,
        Comparison::GreaterOrEqual => first >= range.first,
    }
}

fn moment(comparison: Comparison, range: TimeRange, time: Timestamp) -> bool {
    match comparison {
        Comparison::Equal => time >= range.start && time < range.end,
        Comparison::Less => time < range.start,
        Comparison::LessOrEqual => time < range.end,
        Comparison::Greater => time >= range.end,
        Comparison::GreaterOrEqual => time >= range.start,
    }
}
