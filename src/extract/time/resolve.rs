//! From what an expression says to the time that it means.

use jiff::civil::Date;

use super::{
    calendar::{self, Unit},
    clauses::Tense,
    feasts,
    narration::Narration,
};
use crate::{
    claim::PublishDate,
    extract::{document::Document, language::Pack},
};

/// So many sentences after a date, "a day later" no longer refers to it in news.
const SENTENCES_IN_MIND: usize = 3;

/// So many sentences after a day, "in the evening" is still the one of that day.
const SENTENCES_OF_A_DAY: usize = 2;

/// News tell of so many days before and after their publication.
const DAYS_OF_NEWS: i32 = 7;

/// What is not held every year is looked for in so many years.
const YEARS_TO_A_FEAST: i16 = 4;

/// Within so many months each day of a month has fallen on each weekday.
const MONTHS_TO_A_WEEKDAY: i32 = 14;

/// The year that two digits are near to in a text that does not say when it was published.
const PRESENT: i16 = 2025;

/// The time line of an article: when it was published, and where its narration stands.
#[derive(Debug)]
pub(in crate::extract) struct Timeline {
    publish_date: Option<PublishDate>,
    prefer: Prefer,
    narration: Narration,
    /// The last time that the text gave in any way, and the position of its sentence.
    last: Option<(usize, PublishDate)>,
    /// The last quarter that the text gave: year and number.
    quarter: Option<(i16, i8)>,
    /// Whether the text reports of a longer time since then: of nine months, or of a year.
    longer: bool,
    /// The positions of the sentence and the block that are being read.
    place: (usize, usize),
    /// The same, where the text gave a time last.
    dated: Option<(usize, usize)>,
    /// The day that the text gave last, and the position of its sentence.
    day: Option<(usize, String)>,
}

/// What a weekday, a month or a day means that the text does not tie to a week or a year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Prefer {
    /// The one that the tense of its clause points to: how news is read.
    #[default]
    Tense,
    /// The one behind the publish date.
    Past,
    /// The one ahead of the publish date: how appointments are made.
    Future,
}

/// What a date expression says of the calendar; what it leaves out is to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Calendar {
    /// Negative before Christ: 44 BC is -44.
    pub(super) year: Option<i16>,
    pub(super) month: Option<i8>,
    pub(super) day: Option<i8>,
    /// 1 is Monday.
    pub(super) weekday: Option<i8>,
    /// SP, SU, FA, WI, Q1 to Q4, H1 or H2.
    pub(super) stretch: Option<String>,
    /// The number of a week of the year (ISO 8601).
    pub(super) week: Option<i8>,
    /// The week of a weekday: -1 for the last, 0 for this, 1 for the next.
    pub(super) of_week: Option<i8>,
    /// -1 for the last, 0 for this, 1 for the next.
    pub(super) direction: Option<i8>,
    /// The rule of a feast: see [`feasts::feast`].
    pub(super) feast: Option<String>,
}

/// Where an offset starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    /// The publication date.
    Publication,
    /// The time that the text named last.
    Named,
}

impl Timeline {
    /// The time line of an article of a publish date.
    pub(in crate::extract) fn of(
        document: &Document,
        pack: &Pack,
        publish_date: Option<PublishDate>,
        prefer: Prefer,
    ) -> Self {
        Self {
            publish_date,
            prefer,
            narration: Narration::of(document, pack, publish_date),
            last: None,
            quarter: None,
            longer: false,
            place: (0, 0),
            dated: None,
            day: None,
        }
    }

    /// Goes on to a sentence of a block, both given by their positions.
    pub(in crate::extract) fn enter(&mut self, sentence: usize, block: usize) {
        self.place = (sentence, block);
        self.narration.enter(sentence);
    }

    /// Whether it is the tense that decides, and not the caller.
    pub(super) fn goes_by_tense(&self) -> bool {
        self.prefer == Prefer::Tense
    }

    /// Whether the caller wants what lies ahead: how appointments are read.
    pub(super) fn prefers_future(&self) -> bool {
        self.prefer == Prefer::Future
    }

    /// The tense to go by, given that of the clause.
    pub(super) fn tense(&self, of_clause: Option<Tense>) -> Option<Tense> {
        match self.prefer {
            Prefer::Tense => of_clause,
            Prefer::Past => Some(Tense::Past),
            // Who tells what happened on Friday makes no appointment.
            Prefer::Future => of_clause.or(Some(Tense::Future)),
        }
    }

    /// The day of the publication, where it is known.
    pub(super) fn publish_day(&self) -> Option<Date> {
        self.today()
    }

    /// The month so many months from that of the publication, with its year.
    pub(super) fn month_off(&self, months: i32) -> Option<(i16, i8)> {
        let published = self.publish_date?;
        calendar::shift_month(published.year(), published.month()?, months)
    }

    /// The day that the article is of, where it is known.
    fn today(&self) -> Option<Date> {
        self.publish_date.and_then(PublishDate::day)
    }

    /// Whether it is known what day the article is of.
    pub(super) fn has_day(&self) -> bool {
        self.today().is_some()
    }

    /// The time that dates without a year lie near to.
    fn reference(&self) -> Option<PublishDate> {
        if self.narration.is_on() || self.publish_date.is_none() {
            self.narration.now().or(self.publish_date)
        } else {
            self.publish_date
        }
    }

    /// Notes a time that the text names in full.
    fn note(&mut self, named: PublishDate) {
        let far = self.publish_date.is_none_or(|published| (published.year() - named.year()).abs() > 1);
        let aside = self.narration.is_whole() && self.is_aside(named);
        self.narration.note(named, far, aside, self.place.0);
        if !aside {
            self.saw(named);
        }
    }

    /// Whether a history only mentions a year and does not go on to it: one in the middle of a sentence, or far from
    /// where it stands in the middle of a paragraph.
    fn is_aside(&self, named: PublishDate) -> bool {
        let PublishDate::Year(year) = named else { return false };
        let Some((sentence, block)) = self.dated else { return false };
        let stands_at = self.narration.now().map_or(year, PublishDate::year);
        let far = year < stands_at || year > stands_at.saturating_add(5);
        sentence == self.place.0 || (far && block == self.place.1)
    }

    /// Keeps in mind a time that the text gave.
    fn saw(&mut self, date: PublishDate) {
        self.dated = Some(self.place);
        self.last = Some((self.place.0, date));
    }

    /// The time that "later" and "the same day" refer to.
    fn in_mind(&self) -> Option<PublishDate> {
        if self.narration.is_on() {
            if let Some(year) = self.narration.chapter()
                && self.last.is_none_or(|(sentence, date)| sentence != self.place.0 && date.year() != year)
            {
                return Some(PublishDate::Year(year));
            }
            return self.last.map(|(_, date)| date).or(self.narration.now()).or(self.publish_date);
        }
        let last = self.last.filter(|(sentence, _)| self.place.0 <= sentence + SENTENCES_IN_MIND);
        last.map(|(_, date)| date).or(self.publish_date)
    }

    /// The day that "the same day" refers to in news: the one that was named last, else that of the publication.
    fn day_in_mind(&self) -> Option<PublishDate> {
        let named = self.in_mind();
        if named.is_some_and(|named| named.month().is_some()) {
            return named;
        }
        let day = self.day.as_ref().filter(|(sentence, _)| self.place.0 <= sentence + SENTENCES_IN_MIND);
        day.and_then(|(_, day)| day.parse().ok().map(PublishDate::Day)).or(self.publish_date).or(named)
    }

    /// The value of a date by the calendar.
    pub(super) fn calendar(&mut self, said: &Calendar, tense: Option<Tense>) -> Option<String> {
        if let Some(rule) = &said.feast {
            let year = self.feast_year(said, rule, tense);
            let Some(year) = year else { return Some("XXXX-XX-XX".to_owned()) };
            return feasts::feast(rule, year).map(|day| day.to_string());
        }
        if let Some(stretch) = &said.stretch {
            return Some(self.stretch(said, stretch, tense));
        }
        if let Some(week) = said.week {
            let year = said.year.or_else(|| Some(self.reference()?.year()))?;
            if said.year.is_some() {
                self.note(PublishDate::Year(year));
            }
            return (1..=53).contains(&week).then(|| format!("{}-W{week:02}", calendar::year(year)));
        }
        if let (Some(weekday), Some(weeks)) = (said.weekday, said.of_week) {
            let Some(today) = self.today() else {
                return Some(self.unknown_week(weekday));
            };
            let monday = calendar::days(today, -i64::from(today.weekday().to_monday_zero_offset()))?;
            let day = calendar::days(monday, i64::from(weeks) * 7 + i64::from(weekday) - 1)?;
            self.saw(PublishDate::Day(day));
            return Some(calendar::day(day));
        }
        match (said.month, said.day, said.weekday) {
            (Some(month), day, _) => self.month_day(said, month, day, tense),
            (None, Some(day), weekday) => self.day_of_month(day, weekday, tense),
            (None, None, Some(weekday)) if said.year.is_none() => {
                Some(self.weekday(weekday, said.direction, tense))
            }
            _ => {
                let year = said.year?;
                self.note(PublishDate::Year(year));
                Some(calendar::year(year))
            }
        }
    }

    fn month_day(
        &mut self,
        said: &Calendar,
        month: i8,
        day: Option<i8>,
        tense: Option<Tense>,
    ) -> Option<String> {
        let known = said.year.is_some();
        let year = said.year.or_else(|| self.year_of(month, day, said.direction, tense));
        let Some(year) = year else {
            return Some(
                day.map_or_else(|| format!("XXXX-{month:02}"), |day| format!("XXXX-{month:02}-{day:02}")),
            );
        };
        let Some(day) = day else {
            if known || self.narration.is_on() {
                self.note(PublishDate::Month(year, month));
            } else {
                self.saw(PublishDate::Month(year, month));
            }
            return Some(format!("{}-{month:02}", calendar::year(year)));
        };
        // A day that the calendar does not have is reported as it is said: what it proves is another room's.
        if let Ok(date) = Date::new(year, month, day) {
            if known || self.narration.is_on() {
                self.note(PublishDate::Day(date));
            } else {
                self.saw(PublishDate::Day(date));
            }
        }
        Some(format!("{}-{month:02}-{day:02}", calendar::year(year)))
    }

    /// The year of a month or a day without one: behind or ahead of the reference by tense, else the nearest.
    fn year_of(
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
            (None, Some(Tense::Past)) if order.is_gt() && ahead > i16::from(day.is_some()) => year - 1,
            (None, Some(Tense::Future)) if order.is_lt() && ahead < -1 => year + 1,
            (None, None) if ahead > 6 => year - 1,
            (None, None) if ahead < -9 => year + 1,
            _ => year,
        })
    }

    /// The day of a month that is not named; where its weekday is, that of the nearest month in which it falls on it.
    fn day_of_month(&mut self, day: i8, weekday: Option<i8>, tense: Option<Tense>) -> Option<String> {
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
        Some(format!("{}-{month:02}-{day:02}", calendar::year(year)))
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

    fn weekday(&mut self, weekday: i8, direction: Option<i8>, tense: Option<Tense>) -> String {
        let dated = self.dated.is_some_and(|(sentence, _)| sentence + 1 >= self.place.0);
        if self.narration.is_whole()
            && let Some(day) = self.narration.day()
            && direction.is_none()
            && dated
            && !self.is_news(day)
        {
            let ahead = i64::from((weekday - day.weekday().to_monday_one_offset()).rem_euclid(7));
            return calendar::days(day, ahead).map_or_else(|| "XXXX-XX-XX".to_owned(), calendar::day);
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
        let Some(day) = calendar::days(today, offset) else { return "XXXX-XX-XX".to_owned() };
        self.saw(PublishDate::Day(day));
        day.to_string()
    }

    /// A weekday of a week that cannot be told.
    fn unknown_week(&self, weekday: i8) -> String {
        match self.publish_date {
            Some(published) => format!("{published}-WXX-{weekday}"),
            None => format!("XXXX-WXX-{weekday}"),
        }
    }

    fn stretch(&mut self, said: &Calendar, stretch: &str, tense: Option<Tense>) -> String {
        let year = said.year.or_else(|| {
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
        if let (Some(year), Some(nth)) =
            (year, stretch.strip_prefix('Q').and_then(|nth| nth.parse::<i8>().ok()))
        {
            self.quarter = Some((year, nth));
            self.longer = false;
        }
        year.map_or_else(|| format!("XXXX-{stretch}"), |year| format!("{}-{stretch}", calendar::year(year)))
    }

    fn feast_year(&mut self, said: &Calendar, rule: &str, tense: Option<Tense>) -> Option<i16> {
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

    /// The value of a time so many units from a base, at the precision of the unit.
    pub(super) fn offset(&mut self, count: i64, unit: Unit, base: Base) -> Option<String> {
        let base_kind = base;
        let base = match base {
            Base::Publication => self.publish_date,
            // News that name a year go on with their days.
            Base::Named if unit == Unit::Day && !self.narration.is_on() => self.day_in_mind(),
            Base::Named => self.in_mind(),
        };
        let unknown = |value: &str| Some(value.to_owned());
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
                Some(format!("{}{:02}", era(year), (year / 100).abs()))
            }
            Unit::Decade => {
                let year = years(count.checked_mul(10)?)?;
                Some(format!("{}{:03}", era(year), (year / 10).abs()))
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
                    return years(0).map(|year| format!("{}-XX", calendar::year(year)));
                };
                let (year, month) = calendar::shift_month(
                    base.year(),
                    month,
                    i32::try_from(count.checked_mul(months)?).ok()?,
                )?;
                Some(match unit {
                    Unit::Quarter => format!("{year:04}-Q{}", (month + 2) / 3),
                    Unit::Half => format!("{year:04}-H{}", (month + 5) / 6),
                    _ => {
                        self.moved(PublishDate::Month(year, month), moves);
                        format!("{}-{month:02}", calendar::year(year))
                    }
                })
            }
            Unit::Week | Unit::Weekend | Unit::Day => {
                let Some(day) = base.day() else {
                    return Some(format!(
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
                    Unit::Weekend => format!("{}-WE", calendar::week(shifted)),
                    _ => {
                        self.moved(PublishDate::Day(shifted), moves);
                        calendar::day(shifted)
                    }
                })
            }
            Unit::Hour | Unit::Minute | Unit::Second => base.day().map(|day| format!("{day}TXX")),
        }
    }

    /// The interval of so many units that ends with the day before the publication, or begins with the day after it.
    pub(super) fn span_from_now(&self, direction: i8, count: i64, unit: Unit) -> Option<(String, String)> {
        let today = self.today().filter(|_| !self.narration.is_on())?;
        let (begin, end) = match direction {
            -1 => (calendar::shifted(today, -count, unit)?, today),
            1 => {
                let begin = calendar::days(today, 1)?;
                (begin, calendar::shifted(begin, count, unit)?)
            }
            _ => return None,
        };
        Some((begin.to_string(), end.to_string()))
    }

    /// The interval of so many units that begins with the publication: "within three days".
    pub(super) fn span_within(&self, count: i64, unit: Unit) -> Option<(String, String)> {
        let today = self.today().filter(|_| !self.narration.is_on())?;
        Some((today.to_string(), calendar::shifted(today, count, unit)?.to_string()))
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

    /// The quarter in mind, so many years off: the last one named (where it is `over`, at most the last one that was over
    /// at publication), else that one.
    pub(super) fn quarter(&self, years: i16, over: bool) -> Option<String> {
        let last_over = self.publish_date.and_then(|published| {
            let now = (published.month()? + 2) / 3;
            Some(if now == 1 { (published.year() - 1, 4) } else { (published.year(), now - 1) })
        });
        let (year, nth) = match (self.quarter, last_over) {
            (Some(named), Some(last)) if over => named.min(last),
            (named, last) => named.or(last)?,
        };
        Some(format!("{}-Q{nth}", calendar::year(year.checked_add(years)?)))
    }

    /// What a report compares with, so many years off: a quarter, or a whole year where it speaks of a longer time.
    pub(super) fn compared(&self, years: i16) -> Option<String> {
        match self.quarter {
            Some((year, _)) if self.longer => Some(calendar::year(year.checked_add(years)?)),
            _ => self.quarter(years, false),
        }
    }

    /// The quarter in mind, in another year; that year where the text reports of no quarter.
    pub(super) fn quarter_of(&self, year: i16) -> String {
        match self.quarter {
            Some((_, nth)) if !self.longer => format!("{}-Q{nth}", calendar::year(year)),
            _ => calendar::year(year),
        }
    }

    /// The period in mind so many years off: the quarter, else the month that the text named last, else the year.
    pub(super) fn same_period(&self, years: i16) -> Option<String> {
        if self.quarter.is_some() {
            return self.compared(years);
        }
        let last = self.last.filter(|(sentence, _)| *sentence == self.place.0).map(|(_, date)| date);
        match last {
            Some(PublishDate::Month(year, month)) => {
                Some(format!("{}-{month:02}", calendar::year(year.checked_add(years)?)))
            }
            _ => Some(calendar::year(self.year_off(years, Base::Publication)?)),
        }
    }

    /// Notes that the text reports of a longer time than a quarter.
    pub(super) fn note_longer(&mut self) {
        self.longer = true;
    }

    /// Notes that the text is back at its quarter.
    pub(super) fn note_quarter(&mut self) {
        self.longer = false;
    }

    /// The year so many years from that of a base.
    pub(super) fn year_off(&self, years: i16, base: Base) -> Option<i16> {
        let base = if base == Base::Named { self.in_mind() } else { self.publish_date };
        base?.year().checked_add(years)
    }

    /// Whether the text reckons in quarters.
    pub(super) fn has_quarter(&self) -> bool {
        self.quarter.is_some()
    }

    /// The year that two digits mean: the one nearest to the time told of, at most ten years ahead.
    pub(super) fn year_of_two_digits(&self, two_digits: i16) -> i16 {
        let told = self.narration.now().filter(|_| self.narration.is_whole());
        nearest_century(told.or(self.publish_date).map_or(PRESENT, PublishDate::year), two_digits, 10)
    }

    /// The decade that two digits mean: the last one that had begun at the publication.
    pub(super) fn decade_of_two_digits(&self, two_digits: i16) -> i16 {
        nearest_century(self.publish_date.map_or(PRESENT, PublishDate::year), two_digits, 0)
    }

    /// Whether a day lies around the publication.
    fn is_news(&self, day: Date) -> bool {
        let away = self.today().and_then(|today| today.until(day).ok());
        away.is_some_and(|span| span.get_days().abs() <= DAYS_OF_NEWS)
    }

    /// Whether the text has named a day of the week around its publication.
    pub(super) fn tells_days(&self) -> bool {
        let named = self.day.as_ref().and_then(|(_, day)| day.parse::<Date>().ok());
        named.is_some_and(|day| self.is_news(day))
    }

    /// Notes the day that a value is of, if it is of one.
    pub(super) fn note_day(&mut self, sentence: usize, value: &str) {
        if value.len() == 10 && value.as_bytes()[4] == b'-' {
            self.day = Some((sentence, value.to_owned()));
        }
    }

    /// Whether the text tells of another time than its own.
    pub(super) fn is_narration(&self) -> bool {
        self.narration.is_whole()
    }

    /// Whether news still tell of a day some sentences after they named it.
    fn goes_on(&self, sentences: usize, day: &str) -> bool {
        sentences <= SENTENCES_OF_A_DAY
            && !self.narration.is_on()
            && self.today().zip(day.parse::<Date>().ok()).is_some_and(|(today, day)| {
                day.until(today).is_ok_and(|span| (0..=DAYS_OF_NEWS).contains(&span.get_days()))
            })
    }

    /// The day that a time of day without one belongs to: that of its sentence or of the one told of, else that of the
    /// article.
    pub(super) fn day(&self, sentence: usize) -> String {
        let told = |of: usize, day: &str| of == sentence || self.goes_on(sentence - of, day);
        if let Some((_, day)) = self.day.as_ref().filter(|(of, day)| told(*of, day)) {
            return day.clone();
        }
        let day = if self.narration.is_on() { self.in_mind() } else { self.publish_date };
        match day {
            Some(PublishDate::Day(day)) => calendar::day(day),
            Some(month @ PublishDate::Month(..)) => format!("{}-XX", calendar::written(month)),
            Some(year @ PublishDate::Year(_)) => format!("{}-XX-XX", calendar::written(year)),
            None => "XXXX-XX-XX".to_owned(),
        }
    }

    /// What a value was reckoned from, in words.
    pub(super) fn base_in_words(&self, base: Base) -> Option<String> {
        match base {
            Base::Publication => self.publish_date.map(|date| format!("publication date {date}")),
            Base::Named => self
                .in_mind()
                .filter(|date| Some(*date) != self.publish_date)
                .map(|date| format!("{} named before", calendar::written(date)))
                .or_else(|| self.base_in_words(Base::Publication)),
        }
    }
}

/// The year of two digits that is nearest to a time, and at most so many years ahead of it.
fn nearest_century(to: i16, two_digits: i16, ahead: i16) -> i16 {
    let candidate = to - to.rem_euclid(100) + two_digits;
    if candidate > to + ahead { candidate - 100 } else { candidate }
}
