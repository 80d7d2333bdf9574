//! Weekdays against dates, dates that there are none of, and one time said in two ways.

use jiff::civil::{Date, Weekday};

use super::{Comparison, Text};
use crate::{
    claim::{DateValue, PointValue, TimexType},
    extract::{document::Shape, expression::Expression, language::WellKnown},
};

/// "N years ago" and the year named may lie so many years apart before they contradict each other: the anniversary may
/// not have come yet, and N may be rounded.
const TOLERANCE: i32 = 1;
/// Between one time and the same said again stand no more tokens than in ", im Jahr" or " (in the year".
const APART: usize = 4;

impl Text<'_> {
    /// "Mittwoch, 19. Juni 2024": whether the day fell on that weekday.
    pub(super) fn weekday(&self, expression: &Expression) -> Option<Comparison> {
        let date = self.full_date(expression)?;
        let day: Date = date.value.parse().ok()?;
        let said =
            self.pack.value_in(self.document, expression.tokens.clone(), "weekday")?.parse::<i8>().ok()?;
        let said = Weekday::from_monday_one_offset(said).ok()?;
        let is = day.weekday();
        let derivation = if is == said {
            format!("{day} was a {is:?}, as the text says")
        } else {
            format!("{day} was a {is:?}, the text says {said:?}")
        };
        Some(Comparison::new(is == said, derivation))
    }

    /// 31 June: a day that its month does not have.
    pub(super) fn impossible(&self, expression: &Expression) -> Option<Comparison> {
        let date = self.full_date(expression)?;
        let mut parts = date.value.splitn(3, '-');
        let (year, month, day) =
            (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse::<i8>().ok()?);
        let days = Date::new(year, month, 1).ok()?.days_in_month();
        (day > days).then(|| {
            Comparison::new(false, format!("{year:04}-{month:02} has {days} days, there is no day {day}"))
        })
    }

    /// "Vor 24 Jahren, im Jahr 2000": whether the two are the same year.
    pub(super) fn said_twice(&self, at: usize, expression: &Expression) -> Option<Comparison> {
        let ago = year_only(expression).or_else(|| year_reached(expression))?;
        let publish_year = i32::from(self.publish_date?.year());
        let years = self.years_ago(expression)?;
        if publish_year - years != ago {
            return None;
        }
        let next = self.expressions.all().get(at + 1)?;
        let between = expression.tokens.end..next.tokens.start;
        if next.sentence != expression.sentence
            || between.is_empty()
            || between.len() > APART
            || !self.names_year(next)
        {
            return None;
        }
        // A comma or a bracket says that the one explains the other.
        let mark = between.start;
        if self.document.tokens[mark].shape != Shape::Mark
            || between.clone().skip(1).any(|at| self.document.tokens[at].shape == Shape::Mark)
        {
            return None;
        }
        let named = year_only(next)?;
        let agrees = (named - ago).abs() <= TOLERANCE;
        let derivation = format!("{years} years before {publish_year} is {ago}, the text says {named}");
        Some(Comparison { span: Some(next.point.span), ..Comparison::new(agrees, derivation) })
    }

    /// The value of a date with day, month and a year that stands in the text.
    fn full_date<'e>(&self, expression: &'e Expression) -> Option<&'e DateValue> {
        match &expression.point.value {
            PointValue::Date(date)
                if date.timex_type == TimexType::Date
                    && date.value.len() == 10
                    && self.names_year(expression) =>
            {
                Some(date)
            }
            _ => None,
        }
    }

    pub(super) fn names_year(&self, expression: &Expression) -> bool {
        let classes = self.pack.any_well_known(self.document, expression.tokens.clone());
        classes & WellKnown::mask(&[WellKnown::YearNumber]) != 0
    }

    /// The number of years in "vor 24 Jahren".
    fn years_ago(&self, expression: &Expression) -> Option<i32> {
        if self.names_year(expression)
            || self.pack.value_in(self.document, expression.tokens.clone(), "unit") != Some("Y")
        {
            return None;
        }
        let number = self.pack.number(self.document, expression.tokens.clone())?;
        number.to_string().parse().ok()
    }
}

/// The year of a date that is just a year.
pub(super) fn year_only(expression: &Expression) -> Option<i32> {
    match &expression.point.value {
        PointValue::Date(date) if date.timex_type == TimexType::Date && date.value.len() == 4 => {
            date.value.parse().ok()
        }
        _ => None,
    }
}

/// The year that a length of time reaches back or ahead to.
fn year_reached(expression: &Expression) -> Option<i32> {
    match &expression.point.value {
        PointValue::Date(date) if date.timex_type == TimexType::Duration => {
            date.begin.as_deref()?.get(..4)?.parse().ok()
        }
        _ => None,
    }
}
