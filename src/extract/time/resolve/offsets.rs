//! Times that are so many units from another one.

use compact_str::{CompactString, ToCompactString, format_compact};
use jiff::civil::Date;

use super::{
    super::calendar::{self, Unit},
    Base, Timeline,
};
use crate::claim::PublishDate;

impl Timeline {
    /// The value of a time so many units from a base, at the precision of the unit.
    pub(in crate::extract::time) fn offset(
        &mut self,
        count: i64,
        unit: Unit,
        base: Base,
    ) -> Option<CompactString> {
        let base_kind = base;
        let base = match base {
            Base::Publication => self.publish_date,
            // News that name a year go on with their days.
            Base::Named if unit == Unit::Day && !self.narration.is_on() => self.day_in_mind(),
            Base::Named => self.in_mind(),
        };
        let unknown = |value: &str| Some(value.to_compact_string());
        let Some(base) = base else {
            return unknown(match unit {
                Unit::Century => "XX",
                Unit::Decade => "XXX",
                Unit::Year => "XXXX",
                Unit::Half => "XXXX-HX",
                Unit::Quarter => "XXXX-QX",
                Unit::Month => "XXXX-XX",
                Unit::Week => "XXXX-WXX",
                Unit::Weekend => "XXXX-WXX-WE",
                Unit::Day => "XXXX-XX-XX",
                Unit::Hour | Unit::Minute | Unit::Second => "XXXX-XX-XXTXX",
            });
        };
        let year = i64::from(base.year());
        let years = |n: i64| {
            year.checked_add(n)
                .filter(|year| (-9999..=9999).contains(year))
                .and_then(|year| i16::try_from(year).ok())
        };
        let era = |year: i16| if year < 0 { "BC" } else { "" };
        let moves = base_kind == Base::Named;
        match unit {
            Unit::Century => {
                let year = years(count.checked_mul(100)?)?;
                Some(format_compact!("{}{:02}", era(year), (year / 100).abs()))
            }
            Unit::Decade => {
                let year = years(count.checked_mul(10)?)?;
                Some(format_compact!("{}{:03}", era(year), (year / 10).abs()))
            }
            Unit::Year => years(count).map(|year| {
                self.moved(PublishDate::Year(year), moves);
                calendar::year(year)
            }),
            Unit::Month | Unit::Quarter | Unit::Half => {
                let months = match unit {
                    Unit::Quarter => 3,
                    Unit::Half => 6,
                    _ => 1,
                };
                let Some(month) = base.month() else {
                    return years(0).map(|year| format_compact!("{}-XX", calendar::year(year)));
                };
                let (year, month) = calendar::shift_month(
                    base.year(),
                    month,
                    i32::try_from(count.checked_mul(months)?).ok()?,
                )?;
                Some(match unit {
                    Unit::Quarter => format_compact!("{year:04}-Q{}", (month + 2) / 3),
                    Unit::Half => format_compact!("{year:04}-H{}", (month + 5) / 6),
                    _ => {
                        self.moved(PublishDate::Month(year, month), moves);
                        format_compact!("{}-{month:02}", calendar::year(year))
                    }
                })
            }
            Unit::Week | Unit::Weekend | Unit::Day => {
                let Some(day) = base.day() else {
                    return Some(format_compact!(
                        "{}{}",
                        calendar::written(base),
                        if unit == Unit::Day {
                            if base.month().is_some() { "-XX" } else { "-XX-XX" }
                        } else {
                            "-WXX"
                        }
                    ));
                };
                let of_week = if unit == Unit::Day { 1 } else { 7 };
                let shifted = calendar::days(day, count.checked_mul(of_week)?)?;
                Some(match unit {
                    Unit::Week => calendar::week(shifted),
                    Unit::Weekend => format_compact!("{}-WE", calendar::week(shifted)),
                    _ => {
                        self.moved(PublishDate::Day(shifted), moves);
                        calendar::day(shifted)
                    }
                })
            }
            Unit::Hour | Unit::Minute | Unit::Second => base.day().map(|day| format_compact!("{day}TXX")),
        }
    }

    /// The interval of so many units that ends with the day before the publication, or begins with the day after it.
    /// Quarters are those of the calendar: the last two are the last two that are over.
    pub(in crate::extract::time) fn span_from_now(
        &self,
        direction: i8,
        count: i64,
        unit: Unit,
    ) -> Option<(CompactString, CompactString)> {
        let today = self.today().filter(|_| !self.narration.is_on())?;
        let (begin, end) = match direction {
            -1 | 1 if unit == Unit::Quarter => {
                let (month, count) = (1 + (today.month() - 1) / 3 * 3, i32::try_from(count).ok()?);
                let (from, to) =
                    if direction < 0 { (count.checked_neg()?, 0) } else { (1, count.checked_add(1)?) };
                let first = |quarters: i32| {
                    let months = quarters.checked_mul(3)?;
                    let (year, month) = calendar::shift_month(today.year(), month, months)?;
                    Date::new(year, month, 1).ok()
                };
                (first(from)?, first(to)?)
            }
            -1 => (calendar::shifted(today, -count, unit)?, today),
            1 => {
                let begin = calendar::days(today, 1)?;
                (begin, calendar::shifted(begin, count, unit)?)
            }
            _ => return None,
        };
        Some((begin.to_compact_string(), end.to_compact_string()))
    }

    /// The interval of so many units that begins with the publication: "within three days".
    pub(in crate::extract::time) fn span_within(
        &self,
        count: i64,
        unit: Unit,
    ) -> Option<(CompactString, CompactString)> {
        let today = self.today().filter(|_| !self.narration.is_on())?;
        Some((today.to_compact_string(), calendar::shifted(today, count, unit)?.to_compact_string()))
    }

    /// Notes where an offset led: one from the time in mind moves the narration along.
    fn moved(&mut self, to: PublishDate, from_mind: bool) {
        if from_mind && self.narration.is_on() {
            self.narration.move_to(to, self.place.0);
        }
        if from_mind || !self.narration.is_on() {
            self.saw(to);
        }
    }

    /// The year so many years from that of a base.
    pub(in crate::extract::time) fn year_off(&self, years: i16, base: Base) -> Option<i16> {
        let base = if base == Base::Named { self.in_mind() } else { self.publish_date };
        base?.year().checked_add(years)
    }

    /// What a value was reckoned from, in words.
    pub(in crate::extract::time) fn base_in_words(&self, base: Base) -> Option<CompactString> {
        match base {
            Base::Publication => self.publish_date.map(|date| format_compact!("publication date {date}")),
            Base::Named => self
                .in_mind()
                .filter(|date| Some(*date) != self.publish_date)
                .map(|date| format_compact!("{} named before", calendar::written(date)))
                .or_else(|| self.base_in_words(Base::Publication)),
        }
    }

    /// The month so many months from that of the publication, with its year.
    pub(in crate::extract::time) fn month_off(&self, months: i32) -> Option<(i16, i8)> {
        let published = self.publish_date?;
        calendar::shift_month(published.year(), published.month()?, months)
    }
}
