//! Days, months and weekdays that leave out their year, their month or their week.

use compact_str::{CompactString, ToCompactString, format_compact};
use jiff::civil::Date;

use super::{
    super::{calendar, clauses::Tense},
    Calendar, Prefer, Timeline,
};
use crate::claim::PublishDate;

/// Within so many months each day of a month has fallen on each weekday.
const MONTHS_TO_A_WEEKDAY: i32 = 14;

/// So many months ahead a day without a year is planned, though the verb tells of the plan in the past.
const DAYS_OF_PLANS: i16 = 3;

/// The leap day is looked for in so many years.
const YEARS_TO_A_LEAP_DAY: i16 = 8;

/// Who makes appointments looks so many years ahead where two digits name the year.
const YEARS_OF_PLANS: i16 = 50;

/// The year that two digits are near to in a text that does not say when it was published.
const PRESENT: i16 = 2025;

impl Timeline {
    pub(super) fn month_day(
        &mut self,
        said: &Calendar,
        month: i8,
        day: Option<i8>,
        tense: Option<Tense>,
    ) -> Option<CompactString> {
        let known = said.year.is_some();
        let year = said.year.or_else(|| self.year_of(month, day, said.direction, tense));
        let year = year.map(|year| if known { year } else { year_with(year, month, day, tense) });
        let Some(year) = year else {
            return Some(day.map_or_else(
                || format_compact!("XXXX-{month:02}"),
                |day| format_compact!("XXXX-{month:02}-{day:02}"),
            ));
        };
        let Some(day) = day else {
            if known || self.narration.is_on() {
                self.note(PublishDate::Month(year, month));
            } else {
                self.saw(PublishDate::Month(year, month));
            }
            return Some(format_compact!("{}-{month:02}", calendar::year(year)));
        };
        // A day that the calendar does not have is reported as it is said: what it proves is another room's.
        if let Ok(date) = Date::new(year, month, day) {
            if known || self.narration.is_on() {
                self.note(PublishDate::Day(date));
            } else {
                self.saw(PublishDate::Day(date));
            }
        }
        Some(format_compact!("{}-{month:02}-{day:02}", calendar::year(year)))
    }

    /// The year of a month or a day without one: behind or ahead of the reference by tense, else the nearest.
    pub(super) fn year_of(
        &self,
        month: i8,
        day: Option<i8>,
        direction: Option<i8>,
        tense: Option<Tense>,
    ) -> Option<i16> {
        let reference = self.reference()?;
        let year = reference.year();
        if self.narration.is_on()
            && let Some(year) = self.narration.year_of(month, self.place.0)
        {
            return Some(year);
        }
        let Some(reference_month) = reference.month() else { return Some(year) };
        let order = (month, day.unwrap_or(0)).cmp(&(
            reference_month,
            reference.day().map_or(0, |today| if day.is_some() { today.day() } else { 0 }),
        ));
        let ahead = i16::from(month - reference_month);
        Some(match (direction, tense) {
            (Some(-1), _) if order.is_ge() => year - 1,
            (Some(1), _) if order.is_le() => year + 1,
            (Some(_), _) => year,
            (None, _) if self.prefer == Prefer::Past => year - i16::from(order.is_gt()),
            (None, _) if self.prefer == Prefer::Future => year + i16::from(order.is_lt()),
            // Of a month that is next, the one of the last year is said to be so.
            (None, Some(Tense::Past)) if day.is_none() && ahead == 1 => year,
            (None, Some(Tense::Past))
                if order.is_gt() && ahead > if day.is_some() { DAYS_OF_PLANS } else { 0 } =>
            {
                year - 1
            }
            (None, Some(Tense::Future)) if order.is_lt() && ahead < -1 => year + 1,
            (None, None) if ahead > 6 => year - 1,
            (None, None) if ahead < -9 => year + 1,
            _ => year,
        })
    }

    /// The day of a month that is not named; where its weekday is, that of the nearest month in which it falls on it.
    pub(super) fn day_of_month(
        &mut self,
        day: i8,
        weekday: Option<i8>,
        tense: Option<Tense>,
    ) -> Option<CompactString> {
        let reference = self.reference()?;
        if let Some(weekday) = weekday
            && let Some(found) = self.day_on(day, weekday, tense)
        {
            self.saw(PublishDate::Day(found));
            return Some(calendar::day(found));
        }
        let (mut year, mut month) = (reference.year(), reference.month()?);
        if !self.narration.is_on()
            && let Some(today) = reference.day()
        {
            let step = match tense {
                Some(Tense::Past) if day > today.day() => -1,
                Some(Tense::Future) if day < today.day() => 1,
                _ => 0,
            };
            (year, month) = calendar::shift_month(year, month, step)?;
        }
        if let Ok(date) = Date::new(year, month, day) {
            self.saw(PublishDate::Day(date));
        }
        Some(format_compact!("{}-{month:02}-{day:02}", calendar::year(year)))
    }

    /// The nearest month's day that falls on a weekday, behind or ahead by tense.
    fn day_on(&self, day: i8, weekday: i8, tense: Option<Tense>) -> Option<Date> {
        let today = self.today().filter(|_| !self.narration.is_on())?;
        let on_weekday = |months: i32| {
            let (year, month) = calendar::shift_month(today.year(), today.month(), months)?;
            let date = Date::new(year, month, day).ok()?;
            (date.weekday().to_monday_one_offset() == weekday).then_some(date)
        };
        let behind = || (0..=MONTHS_TO_A_WEEKDAY).filter_map(|n| on_weekday(-n)).find(|date| *date <= today);
        let ahead = || (0..=MONTHS_TO_A_WEEKDAY).filter_map(on_weekday).find(|date| *date >= today);
        match tense {
            Some(Tense::Past) => behind(),
            Some(Tense::Future) => ahead(),
            None => [behind(), ahead()]
                .into_iter()
                .flatten()
                .min_by_key(|date| today.until(*date).map_or(i32::MAX, |span| span.get_days().abs())),
        }
    }

    pub(super) fn weekday(
        &mut self,
        weekday: i8,
        direction: Option<i8>,
        tense: Option<Tense>,
    ) -> CompactString {
        let dated = self.dated.is_some_and(|(sentence, _)| sentence + 1 >= self.place.0);
        if self.narration.is_whole()
            && let Some(day) = self.narration.day()
            && direction.is_none()
            && dated
            && !self.is_news(day)
        {
            let ahead = i64::from((weekday - day.weekday().to_monday_one_offset()).rem_euclid(7));
            return calendar::days(day, ahead)
                .map_or_else(|| "XXXX-XX-XX".to_compact_string(), calendar::day);
        }
        self.narration.note_news();
        let Some(today) = self.today() else {
            return self.unknown_week(weekday);
        };
        let back = i64::from((today.weekday().to_monday_one_offset() - weekday).rem_euclid(7));
        let offset = match (direction, tense) {
            // Appointments are made in weeks: "last Monday" is that of the last week.
            (Some(-1), _) if self.prefer == Prefer::Future => {
                i64::from(weekday - today.weekday().to_monday_one_offset()) - 7
            }
            (Some(-1), _) => {
                if back == 0 {
                    -7
                } else {
                    -back
                }
            }
            (Some(-2), _) => -7 - back,
            (Some(2), _) => 14 - back,
            // "Friday" in a text of a Friday is that day.
            (None, Some(Tense::Future)) if back == 0 && self.prefer == Prefer::Tense => 0,
            // Who makes an appointment for "next Friday" means that of the next week.
            (Some(1), _) if self.prefer == Prefer::Future => {
                7 + i64::from(weekday - today.weekday().to_monday_one_offset())
            }
            (Some(1), _) | (None, Some(Tense::Future)) => 7 - back,
            (Some(_), _) => {
                let ahead = i64::from(weekday - today.weekday().to_monday_one_offset());
                if ahead < 0 && self.prefers_future() { ahead + 7 } else { ahead }
            }
            (None, _) => -back,
        };
        let Some(day) = calendar::days(today, offset) else { return "XXXX-XX-XX".to_compact_string() };
        self.saw(PublishDate::Day(day));
        day.to_compact_string()
    }

    /// A weekday of a week that cannot be told.
    pub(super) fn unknown_week(&self, weekday: i8) -> CompactString {
        match self.publish_date {
            Some(published) => format_compact!("{published}-WXX-{weekday}"),
            None => format_compact!("XXXX-WXX-{weekday}"),
        }
    }

    /// The year that two digits mean: the one nearest to the time told of, at most ten years ahead.
    pub(in crate::extract::time) fn year_of_two_digits(&self, two_digits: i16) -> i16 {
        let told = self.narration.now().filter(|_| self.narration.is_whole());
        let ahead = if self.prefers_future() { YEARS_OF_PLANS } else { 10 };
        nearest_century(told.or(self.publish_date).map_or(PRESENT, PublishDate::year), two_digits, ahead)
    }

    /// The decade that two digits mean: the last one that had begun at the publication.
    pub(in crate::extract::time) fn decade_of_two_digits(&self, two_digits: i16) -> i16 {
        nearest_century(self.publish_date.map_or(PRESENT, PublishDate::year), two_digits, 0)
    }
}

/// The year itself, but for the leap day: the nearest one that has it, behind or ahead by tense.
fn year_with(year: i16, month: i8, day: Option<i8>, tense: Option<Tense>) -> i16 {
    if (month, day) != (2, Some(29)) {
        return year;
    }
    let step = if tense == Some(Tense::Future) { 1 } else { -1 };
    let mut years = (0..=YEARS_TO_A_LEAP_DAY).map(|n| year.saturating_add(n * step));
    years.find(|year| Date::new(*year, month, 29).is_ok()).unwrap_or(year)
}

/// The year of two digits that is nearest to a time, and at most so many years ahead of it.
fn nearest_century(to: i16, two_digits: i16, ahead: i16) -> i16 {
    let candidate = to - to.rem_euclid(100) + two_digits;
    if candidate > to + ahead { candidate - 100 } else { candidate }
}
