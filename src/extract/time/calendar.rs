//! The calendar: units, and the interval that a TIMEX3 value covers.

use compact_str::{CompactString, ToCompactString, format_compact};
use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;

use crate::claim::PublishDate;

/// A unit of time, as the packs name it; the longer come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Century,
    Decade,
    Year,
    Half,
    Quarter,
    Month,
    Week,
    Weekend,
    Day,
    Hour,
    Minute,
    Second,
}

impl Unit {
    /// The unit of a pack's value.
    pub(super) fn of(value: &str) -> Option<Self> {
        Some(match value {
            "CE" => Self::Century,
            "DE" => Self::Decade,
            "Y" => Self::Year,
            "HY" => Self::Half,
            "Q" => Self::Quarter,
            "M" => Self::Month,
            "W" => Self::Week,
            "WE" => Self::Weekend,
            "D" => Self::Day,
            "H" => Self::Hour,
            "MIN" => Self::Minute,
            "S" => Self::Second,
            _ => return None,
        })
    }

    /// Several units that one word names, such as "15MIN" for a quarter of an hour.
    pub(super) fn several(value: &str) -> Option<(Decimal, Self)> {
        let unit = value.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = &value[..value.len() - unit.len()];
        let count = if count.is_empty() { Decimal::ONE } else { count.parse().ok()? };
        Some((count, Self::of(unit)?))
    }

    /// A TIMEX3 duration of so many units; the count is "X" where it is vague.
    pub(super) fn duration(self, count: &str) -> CompactString {
        match self {
            Self::Century => format_compact!("P{count}CE"),
            Self::Decade => format_compact!("P{count}DE"),
            Self::Year => format_compact!("P{count}Y"),
            Self::Half => count
                .parse::<u32>()
                .map_or_else(|_| "PXM".to_compact_string(), |n| format_compact!("P{}M", n.saturating_mul(6))),
            Self::Quarter => format_compact!("P{count}Q"),
            Self::Month => format_compact!("P{count}M"),
            Self::Week => format_compact!("P{count}W"),
            Self::Weekend => format_compact!("P{count}WE"),
            Self::Day => format_compact!("P{count}D"),
            Self::Hour => format_compact!("PT{count}H"),
            Self::Minute => format_compact!("PT{count}M"),
            Self::Second => format_compact!("PT{count}S"),
        }
    }

    /// The duration of so many units and so many of smaller ones; `None` where one is not smaller than that before.
    pub(super) fn durations(parts: &[(i64, Self)]) -> Option<CompactString> {
        if parts.windows(2).any(|pair| matches!(pair, [(_, unit), (_, smaller)] if smaller <= unit)) {
            return None;
        }
        // ISO 8601 has weeks stand alone.
        if let [(weeks, Self::Week), (days, Self::Day)] = *parts {
            return Some(Self::Day.duration(&weeks.checked_mul(7)?.checked_add(days)?.to_compact_string()));
        }
        let mut duration = "P".to_compact_string();
        for (count, unit) in parts {
            let part = unit.duration(&count.to_compact_string());
            let part = part.strip_prefix('P')?;
            let timed = duration.contains('T');
            duration.push_str(if timed { part.strip_prefix('T')? } else { part });
        }
        Some(duration)
    }
}

/// A year as TIMEX3 writes it; the years before Christ are negative.
pub(super) fn year(year: i16) -> CompactString {
    match year {
        ..0 => format_compact!("BC{:04}", year.unsigned_abs()),
        0..10_000 => short(&digits(year)),
        _ => year.to_compact_string(),
    }
}

/// A day as ISO 8601 writes it. Dates are written so often that the machinery of formatting shows.
fn iso(day: Date) -> CompactString {
    // Years before the first have a sign and six digits.
    if day.year() < 0 {
        return day.to_compact_string();
    }
    let ([m, n], [y, z]) = (two_digits(day.month()), two_digits(day.day()));
    let [a, b, c, d] = digits(day.year());
    short(&[a, b, c, d, b'-', m, n, b'-', y, z])
}

/// The four digits of a year from 0 to 9999.
fn digits(year: i16) -> [u8; 4] {
    let half = |number: i16| two_digits(i8::try_from(number).unwrap_or_default());
    let ([a, b], [c, d]) = (half(year / 100), half(year % 100));
    [a, b, c, d]
}

/// The two digits of a number from 0 to 99.
fn two_digits(number: i8) -> [u8; 2] {
    [number / 10, number % 10].map(|digit| b'0' + digit.unsigned_abs())
}

fn short(ascii: &[u8]) -> CompactString {
    str::from_utf8(ascii).unwrap_or_default().into()
}

/// A day as TIMEX3 writes it.
pub(super) fn day(day: Date) -> CompactString {
    if day.year() >= 0 {
        return iso(day);
    }
    format_compact!("{}-{:02}-{:02}", year(day.year()), day.month(), day.day())
}

/// A year, a month or a day as TIMEX3 writes it.
pub(super) fn written(date: PublishDate) -> CompactString {
    match date {
        PublishDate::Year(of) => year(of),
        PublishDate::Month(of, month) => format_compact!("{}-{month:02}", year(of)),
        PublishDate::Day(of) => day(of),
    }
}

/// The ISO week of a day, as a TIMEX3 value.
pub(super) fn week(day: Date) -> CompactString {
    let iso = day.iso_week_date();
    format_compact!("{:04}-W{:02}", iso.year(), iso.week())
}

/// So many days after a day; `None` at the end of the calendar.
pub(super) fn days(day: Date, count: i64) -> Option<Date> {
    day.checked_add(count.checked_abs().filter(|&n| n < 4_000_000).map(|_| count)?.days()).ok()
}

/// So many months after a month.
pub(super) fn shift_month(year: i16, month: i8, count: i32) -> Option<(i16, i8)> {
    let months = (i32::from(year) * 12 + i32::from(month) - 1).checked_add(count)?;
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    Some((year, i8::try_from(months.rem_euclid(12)).ok()? + 1))
}

/// The day so many units from a day: from the 31st to the last that the month has. `None` for units below a day.
pub(super) fn shifted(from: Date, count: i64, unit: Unit) -> Option<Date> {
    let months = match unit {
        Unit::Day => return days(from, count),
        Unit::Week => return days(from, count.checked_mul(7)?),
        Unit::Month => 1,
        Unit::Quarter => 3,
        Unit::Half => 6,
        Unit::Year => 12,
        Unit::Decade => 120,
        _ => return None,
    };
    let (year, month) =
        shift_month(from.year(), from.month(), i32::try_from(count.checked_mul(months)?).ok()?)?;
    let last = Date::new(year, month, 1).ok()?.days_in_month();
    Date::new(year, month, from.day().min(last)).ok()
}

/// The day so many working days, Mondays to Fridays, from another.
pub(super) fn working_days(from: Date, count: i64) -> Option<Date> {
    let step = if count < 0 { -1 } else { 1 };
    let weekend = |day: Date| day.weekday().to_monday_zero_offset() >= 5;
    // One who asks at the weekend counts from the working day that lies behind.
    let mut day = from;
    while weekend(day) {
        day = days(day, -step)?;
    }
    // Whole weeks have five each; what is left is counted day by day.
    day = days(day, count.checked_div(5)?.checked_mul(7)?)?;
    for _ in 0..(count % 5).unsigned_abs() {
        day = days(day, step)?;
        while weekend(day) {
            day = days(day, step)?;
        }
    }
    Some(day)
}

/// A third of a longer time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Third {
    First,
    Middle,
    Last,
}

/// The interval of a third of a month, of the first three or the last four months of a year, or of the first or the last
/// three days of a week.
pub(super) fn narrowed(value: &str, third: Third) -> Option<(CompactString, CompactString)> {
    let (begin, end) = interval(value)?;
    let (begin, end): (Date, Date) = (begin.parse().ok()?, end.parse().ok()?);
    let (first, second) = match value.len() {
        4 => (shifted(begin, 3, Unit::Month)?, shifted(begin, 8, Unit::Month)?),
        7 if end <= days(begin, 31)? => (days(begin, 10)?, days(begin, 20)?),
        8 => (days(begin, 3)?, days(begin, 4)?),
        _ => return None,
    };
    let (begin, end) = match third {
        Third::First => (begin, first),
        Third::Middle => (first, second),
        Third::Last => (second, end),
    };
    Some((iso(begin), iso(end)))
}

/// The half-open interval of a TIMEX3 value, as ISO 8601 dates or date-times; `None` where it stands for none.
pub(super) fn interval(value: &str) -> Option<(CompactString, CompactString)> {
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
    let year_start = |year: i16| Date::new(year, 1, 1).ok();
    let dates = |begin: Date, end: Date| Some((iso(begin), iso(end)));
    if let Some((date, clock)) = value.split_once('T') {
        let day: Date = date.parse().ok()?;
        if clock.starts_with(|first: char| first.is_ascii_alphabetic()) {
            return dates(day, days(day, 1)?);
        }
        let mut parts = clock.trim_end_matches('Z').split(':').map(|part| part.parse::<i8>().ok());
        let hour = parts.next()??;
        let minute = parts.next().unwrap_or(Some(0))?;
        let second = parts.next().flatten();
        let time = jiff::civil::Time::new(hour, minute, second.unwrap_or(0), 0).ok()?;
        let start = day.to_datetime(time);
        let end = start.checked_add(if second.is_some() { 1.second() } else { 1.minute() }).ok()?;
        return Some((start.to_compact_string(), end.to_compact_string()));
    }
    match value.len() {
        2 => {
            let century = number(value)?;
            dates(year_start(century * 100)?, year_start(century * 100 + 100)?)
        }
        3 => {
            let decade = number(value)?;
            dates(year_start(decade * 10)?, year_start(decade * 10 + 10)?)
        }
        4 => {
            let year = number(value)?;
            dates(year_start(year)?, year_start(year.checked_add(1)?)?)
        }
        7 if value.as_bytes()[4] == b'-' => {
            let year = number(value.get(..4)?)?;
            let (start, months) = match value.get(5..)? {
                quarter if quarter.starts_with('Q') => (number(&quarter[1..])? * 3 - 2, 3),
                half if half.starts_with('H') => (number(&half[1..])? * 6 - 5, 6),
                month => (number(month)?, 1),
            };
            let begin = Date::new(year, i8::try_from(start).ok()?, 1).ok()?;
            dates(begin, begin.checked_add(months.months()).ok()?)
        }
        8 if value.get(4..6) == Some("-W") => {
            let year = number(value.get(..4)?)?;
            let week = i8::try_from(number(value.get(6..)?)?).ok()?;
            let monday = jiff::civil::ISOWeekDate::new(year, week, jiff::civil::Weekday::Monday).ok()?.date();
            dates(monday, days(monday, 7)?)
        }
        11 if value.ends_with("-WE") => {
            let (monday, end) = interval(value.strip_suffix("-WE")?)?;
            Some((iso(days(monday.parse().ok()?, 5)?), end))
        }
        10 => {
            let day: Date = value.parse().ok()?;
            dates(day, days(day, 1)?)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_of_two_units_are_one() {
        let of = |count, unit, more, smaller| Unit::durations(&[(count, unit), (more, smaller)]);
        assert_eq!(of(2, Unit::Year, 3, Unit::Month).as_deref(), Some("P2Y3M"));
        assert_eq!(of(1, Unit::Day, 6, Unit::Hour).as_deref(), Some("P1DT6H"));
        assert_eq!(of(1, Unit::Hour, 30, Unit::Minute).as_deref(), Some("PT1H30M"));
        assert_eq!(of(6, Unit::Week, 3, Unit::Day).as_deref(), Some("P45D"));
        assert_eq!(of(3, Unit::Minute, 2, Unit::Hour), None);
        let three = [(1, Unit::Day), (18, Unit::Hour), (23, Unit::Minute)];
        assert_eq!(Unit::durations(&three).as_deref(), Some("P1DT18H23M"));
    }

    #[test]
    fn intervals_are_half_open() {
        let of = |value| interval(value).map(|(begin, end)| format!("{begin}..{end}"));
        assert_eq!(of("2023-09").as_deref(), Some("2023-09-01..2023-10-01"));
        assert_eq!(of("2024-Q4").as_deref(), Some("2024-10-01..2025-01-01"));
        assert_eq!(of("2024-W25").as_deref(), Some("2024-06-17..2024-06-24"));
        assert_eq!(of("199").as_deref(), Some("1990-01-01..2000-01-01"));
        assert_eq!(of("2024-06-19T20:30").as_deref(), Some("2024-06-19T20:30:00..2024-06-19T20:31:00"));
        assert_eq!(of("2024-W25-WE").as_deref(), Some("2024-06-22..2024-06-24"));
        assert_eq!(of("2024-06-19TEV").as_deref(), Some("2024-06-19..2024-06-20"));
        assert_eq!(of("2024-06-WXX-3"), None);
        assert_eq!(of("PAST_REF"), None);
    }

    #[test]
    fn working_days_leave_weekends_out() {
        let date = |text: &str| text.parse::<Date>().ok();
        let from = |text: &str, count| working_days(date(text).unwrap(), count);
        assert_eq!(from("2024-06-19", 4), date("2024-06-25"));
        assert_eq!(from("2024-06-22", 5), date("2024-06-28"));
        assert_eq!(from("2024-06-22", 1), date("2024-06-24"));
        assert_eq!(from("2024-06-24", -1), date("2024-06-21"));
        assert_eq!(from("2024-06-23", -6), date("2024-06-14"));
    }
}
