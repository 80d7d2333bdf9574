//! Seasons, quarters and feasts that leave out their year.

use compact_str::{CompactString, format_compact};
use jiff::civil::Date;

use super::{
    super::{calendar, clauses::Tense, feasts},
    Base, Calendar, Timeline,
};
use crate::claim::PublishDate;

/// News report of quarters that lie at most so many years back.
const YEARS_OF_REPORTS: i16 = 2;

/// From the middle of a quarter to its end.
const DAYS_OF_HALF_A_QUARTER: i64 = 45;

/// What is not held every year is looked for in so many years.
const YEARS_TO_A_FEAST: i16 = 4;

impl Timeline {
    pub(super) fn stretch(&mut self, said: &Calendar, stretch: &str, tense: Option<Tense>) -> CompactString {
        let nth_quarter = stretch.strip_prefix('Q').and_then(|nth| nth.parse::<i8>().ok());
        // "The third-quarter loss" of a report is that of the third quarter it tells of.
        let told = self.quarter.filter(|(_, nth)| said.direction.is_none() && nth_quarter == Some(*nth));
        let year = said.year.or(told.map(|(year, _)| year)).or_else(|| {
            let reference = self.reference()?;
            let year = reference.year();
            let (begins, ends): (i8, i8) = match stretch {
                "SP" => (3, 5),
                "SU" => (6, 8),
                "FA" => (9, 11),
                "WI" => (12, 12),
                other => {
                    let nth = other.get(1..).and_then(|n| n.parse::<i8>().ok()).unwrap_or(1).clamp(1, 4);
                    if other.starts_with('Q') {
                        (nth * 3 - 2, nth * 3)
                    } else {
                        (nth.min(2) * 6 - 5, nth.min(2) * 6)
                    }
                }
            };
            // "The winter" of a history is the one that it stands in or goes into; it has the year that it ends in.
            if self.narration.is_on()
                && said.direction.is_none()
                && stretch == "WI"
                && let Some(now) = self.narration.now()
            {
                return now.year().checked_add(i16::from(now.month().is_some_and(|month| month > 8)));
            }
            if self.narration.is_on()
                && said.direction.is_none()
                && let Some(year) = self.narration.year_of(begins, self.place.0)
            {
                return Some(year);
            }
            let Some(month) = reference.month() else { return Some(year) };
            Some(match (said.direction, tense) {
                (Some(-1), _) if begins >= month || ends >= month => year - 1,
                (Some(1), _) if ends <= month => year + 1,
                (Some(_), _) => year,
                (None, Some(Tense::Past)) if begins > month => year - 1,
                // What is reported after a quarter is still to come, the quarter is not.
                (None, Some(Tense::Future)) if ends + 4 < month => year + 1,
                (None, None) if begins > month + 5 => year - 1,
                _ => year,
            })
        });
        if let Some(year) = said.year {
            self.note(PublishDate::Year(year));
        }
        // What a report compares with is old, ahead of it, or said to be beside it.
        let old =
            |year| self.publish_date.is_some_and(|published| published.year() - year > YEARS_OF_REPORTS);
        if let (Some(year), Some(nth)) = (year, nth_quarter)
            && !old(year)
            && (self.quarter.is_none()
                || tense != Some(Tense::Future) && !said.aside && !self.is_outlook((year, nth)))
        {
            self.quarter = Some((year, nth));
            self.longer = false;
        }
        year.map_or_else(
            || format_compact!("XXXX-{stretch}"),
            |year| format_compact!("{}-{stretch}", calendar::year(year)),
        )
    }

    pub(super) fn feast_year(&mut self, said: &Calendar, rule: &str, tense: Option<Tense>) -> Option<i16> {
        if let Some(year) = said.year {
            self.note(PublishDate::Year(year));
            return Some(year);
        }
        let reference = self.reference()?;
        let year = reference.year();
        let Some(day) = feasts::feast(rule, year) else {
            // What is not of every year is of the nearest that has it.
            let ahead = said.direction == Some(1) || said.direction.is_none() && tense == Some(Tense::Future);
            let step = if ahead { 1 } else { -1 };
            return (1..=YEARS_TO_A_FEAST)
                .map(|n| year.saturating_add(n * step))
                .find(|year| feasts::feast(rule, *year).is_some())
                .or(Some(year));
        };
        let Some(month) = reference.month() else { return Some(year) };
        let today = reference.day().or_else(|| Date::new(year, month, 15).ok())?;
        let ahead = i64::from(today.until(day).map(|span| span.get_days()).unwrap_or(0));
        Some(match (said.direction, tense) {
            (Some(-1), _) if ahead >= 0 => year - 1,
            (Some(1), _) if ahead <= 0 => year + 1,
            (None, Some(Tense::Past)) if ahead > 14 => year - 1,
            (None, Some(Tense::Future)) if ahead < -14 => year + 1,
            (None, None) if ahead > 180 => year - 1,
            (None, None) if ahead < -300 => year + 1,
            _ => year,
        })
    }

    /// The quarter in mind, so many years off: the last one reported of, else the last one that was over at publication.
    pub(in crate::extract::time) fn quarter(&self, years: i16) -> Option<CompactString> {
        let (year, nth) = self.quarter.or_else(|| self.last_quarter_over())?;
        Some(format_compact!("{}-Q{nth}", calendar::year(year.checked_add(years)?)))
    }

    /// Whether a quarter was still to end when a report of the one before it was published.
    fn is_outlook(&self, quarter: (i16, i8)) -> bool {
        let last = self.last_quarter_over();
        self.quarter == last && last.is_some_and(|last| quarter > last)
    }

    /// The last quarter that was over at publication.
    fn last_quarter_over(&self) -> Option<(i16, i8)> {
        let published = self.publish_date?;
        let now = (published.month()? + 2) / 3;
        Some(if now == 1 { (published.year() - 1, 4) } else { (published.year(), now - 1) })
    }

    /// Completes a quarter that ended on a day: its year is that of the day, and one without a number is the quarter of
    /// the calendar that the three months before the day lie in for the most part.
    pub(in crate::extract::time) fn quarter_ended(&self, quarter: &mut Calendar, end: &Calendar) {
        let Some((month, day)) = end.month.zip(end.day) else { return };
        let Some(year) = end.year.or_else(|| self.year_of(month, Some(day), Some(-1), None)) else {
            return;
        };
        let mut year = year;
        if quarter.stretch.is_none()
            && let Some((year_told, nth)) = self.quarter
        {
            // Of a year that does not begin with January, the report says the number.
            quarter.stretch = Some(format_compact!("Q{nth}"));
            year = year_told;
        } else if quarter.stretch.is_none()
            && let Ok(end) = Date::new(year, month, day)
            && let Some(middle) = calendar::days(end, -DAYS_OF_HALF_A_QUARTER)
        {
            quarter.stretch = Some(format_compact!("Q{}", (middle.month() + 2) / 3));
            year = middle.year();
        }
        quarter.year = Some(year);
    }

    /// What a report compares with, so many years off: a quarter, or a whole year where it speaks of a longer time.
    pub(in crate::extract::time) fn compared(&self, years: i16) -> Option<CompactString> {
        match self.quarter {
            Some((year, _)) if self.longer => Some(calendar::year(year.checked_add(years)?)),
            _ => self.quarter(years),
        }
    }

    /// The quarter in mind, in another year; that year where the text reports of no quarter.
    pub(in crate::extract::time) fn quarter_of(&self, year: i16) -> CompactString {
        match self.quarter {
            Some((_, nth)) if !self.longer => format_compact!("{}-Q{nth}", calendar::year(year)),
            _ => calendar::year(year),
        }
    }

    /// The period in mind so many years off: the quarter, else the month that the text named last, else the year.
    pub(in crate::extract::time) fn same_period(&self, years: i16) -> Option<CompactString> {
        if self.quarter.is_some() {
            return self.compared(years);
        }
        let last = self.last.filter(|(sentence, _)| *sentence == self.place.0).map(|(_, date)| date);
        match last {
            Some(PublishDate::Month(year, month)) => {
                Some(format_compact!("{}-{month:02}", calendar::year(year.checked_add(years)?)))
            }
            _ => Some(calendar::year(self.year_off(years, Base::Publication)?)),
        }
    }

    /// Notes that the text reports of a longer time than a quarter.
    pub(in crate::extract::time) fn note_longer(&mut self) {
        self.longer = true;
    }

    /// Notes that the text is back at its quarter.
    pub(in crate::extract::time) fn note_quarter(&mut self) {
        self.longer = false;
    }

    /// Whether the text reckons in quarters.
    pub(in crate::extract::time) fn has_quarter(&self) -> bool {
        self.quarter.is_some()
    }
}
