//! From what an expression says to the time that it means.

use jiff::civil::Date;

use super::{
    calendar::{self, Unit},
    clauses::Tense,
    narration::Narration,
};
use crate::{
    claim::PublishDate,
    extract::{document::Document, language::Pack},
};

/// The time line of an article: when it was published, and where its narration stands.
#[derive(Debug)]
pub(in crate::extract) struct Timeline {
    publish_date: Option<PublishDate>,
    prefer: Prefer,
    narration: Narration,
    /// The position of the sentence that is read.
    sentence: usize,
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
    pub(super) year: Option<i16>,
    pub(super) before_christ: bool,
    pub(super) month: Option<i8>,
    pub(super) day: Option<i8>,
    /// 1 is Monday.
    pub(super) weekday: Option<i8>,
    /// SP, SU, FA, WI, Q1 to Q4, H1 or H2.
    pub(super) stretch: Option<String>,
    /// -1 for the last, 0 for this, 1 for the next.
    pub(super) direction: Option<i8>,
    /// The rule of a feast: see [`calendar::feast`].
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
        let narration = Narration::of(document, pack, publish_date);
        Self { publish_date, prefer, narration, sentence: 0, day: None }
    }

    /// Goes on to a sentence, given by its position.
    pub(in crate::extract) fn enter(&mut self, sentence: usize) {
        self.sentence = sentence;
    }

    /// The time that the text named last.
    fn named(&self) -> Option<PublishDate> {
        self.narration.now()
    }

    /// The tense to go by, given that of the clause.
    pub(super) fn tense(&self, of_clause: Option<Tense>) -> Option<Tense> {
        match self.prefer {
            Prefer::Tense => of_clause,
            Prefer::Past => Some(Tense::Past),
            Prefer::Future => Some(Tense::Future),
        }
    }

    /// The day that the article is of, where it is known.
    fn today(&self) -> Option<Date> {
        self.publish_date.and_then(PublishDate::day)
    }

    /// The time that dates without a year lie near to.
    fn reference(&self) -> Option<PublishDate> {
        if self.narration.is_on() || self.publish_date.is_none() {
            self.named().or(self.publish_date)
        } else {
            self.publish_date
        }
    }

    /// Notes a time that the text names in full.
    fn note(&mut self, named: PublishDate) {
        let far = self.publish_date.is_none_or(|published| (published.year() - named.year()).abs() > 1);
        self.narration.note(named, far, self.sentence);
    }

    /// The value of a date by the calendar.
    pub(super) fn calendar(&mut self, said: &Calendar, tense: Option<Tense>) -> Option<String> {
        if said.before_christ {
            return said.year.map(|year| format!("BC{year:04}"));
        }
        if let Some(rule) = &said.feast {
            let year = self.feast_year(said, rule, tense);
            let Some(year) = year else { return Some("XXXX-XX-XX".to_owned()) };
            return calendar::feast(rule, year).map(|day| day.to_string());
        }
        if let Some(stretch) = &said.stretch {
            return Some(self.stretch(said, stretch, tense));
        }
        match (said.month, said.day, said.weekday) {
            (Some(month), day, _) => self.month_day(said, month, day, tense),
            (None, Some(day), _) => self.day_of_month(day, tense),
            (None, None, Some(weekday)) if said.year.is_none() => {
                Some(self.weekday(weekday, said.direction, tense))
            }
            _ => {
                let year = said.year?;
                self.note(PublishDate::Year(year));
                Some(format!("{year:04}"))
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
            }
            return Some(format!("{year:04}-{month:02}"));
        };
        // A day that the calendar does not have is reported as it is said: what it proves is another room's.
        if let Ok(date) = Date::new(year, month, day)
            && (known || self.narration.is_on())
        {
            self.note(PublishDate::Day(date));
        }
        Some(format!("{year:04}-{month:02}-{day:02}"))
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
            && let Some(year) = self.narration.year_of(month, self.sentence)
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
            (None, Some(Tense::Past)) if order.is_gt() && ahead > 0 => year - 1,
            (None, Some(Tense::Future)) if order.is_lt() && ahead < -1 => year + 1,
            (None, None) if ahead > 6 => year - 1,
            (None, None) if ahead < -9 => year + 1,
            _ => year,
        })
    }

    fn day_of_month(&mut self, day: i8, tense: Option<Tense>) -> Option<String> {
        let reference = self.reference()?;
        let (mut year, mut month) = (reference.year(), reference.month()?);
        if !self.narration.is_on()
            && let Some(today) = reference.day()
        {
            let step = match tense {
                Some(Tense::Past) if day > today.day() => -1,
                Some(Tense::Future) if day < today.day() => 1,
                _ => 0,
            };
            (year, month) = shift_month(year, month, step)?;
        }
        Some(format!("{year:04}-{month:02}-{day:02}"))
    }

    fn weekday(&mut self, weekday: i8, direction: Option<i8>, tense: Option<Tense>) -> String {
        if self.narration.is_on()
            && let Some(day) = self.narration.day()
            && direction.is_none()
        {
            let ahead = i64::from((weekday - day.weekday().to_monday_one_offset()).rem_euclid(7));
            return calendar::days(day, ahead).map_or_else(|| "XXXX-XX-XX".to_owned(), |day| day.to_string());
        }
        self.narration.note_news();
        let Some(today) = self.today() else {
            return match self.publish_date {
                Some(published) => format!("{published}-WXX-{weekday}"),
                None => format!("XXXX-WXX-{weekday}"),
            };
        };
        let back = i64::from((today.weekday().to_monday_one_offset() - weekday).rem_euclid(7));
        let offset = match (direction, tense) {
            (Some(-1), _) => {
                if back == 0 {
                    -7
                } else {
                    -back
                }
            }
            (Some(1), _) | (None, Some(Tense::Future)) => 7 - back,
            (Some(_), _) => i64::from(weekday - today.weekday().to_monday_one_offset()),
            (None, _) => -back,
        };
        calendar::days(today, offset).map_or_else(|| "XXXX-XX-XX".to_owned(), |day| day.to_string())
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
            let Some(month) = reference.month() else { return Some(year) };
            Some(match (said.direction, tense) {
                (Some(-1), _) if begins >= month || ends >= month => year - 1,
                (Some(1), _) if ends <= month => year + 1,
                (Some(_), _) => year,
                (None, Some(Tense::Past)) if begins > month => year - 1,
                (None, Some(Tense::Future)) if ends < month => year + 1,
                (None, None) if begins > month + 5 => year - 1,
                _ => year,
            })
        });
        if let Some(year) = said.year {
            self.note(PublishDate::Year(year));
        }
        year.map_or_else(|| format!("XXXX-{stretch}"), |year| format!("{year:04}-{stretch}"))
    }

    fn feast_year(&mut self, said: &Calendar, rule: &str, tense: Option<Tense>) -> Option<i16> {
        if let Some(year) = said.year {
            self.note(PublishDate::Year(year));
            return Some(year);
        }
        let reference = self.reference()?;
        let year = reference.year();
        let Some(day) = calendar::feast(rule, year) else { return Some(year) };
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
        let base = match base {
            Base::Publication => self.publish_date,
            // A day is reckoned from a day, even where a month or a year was named since.
            Base::Named if unit == Unit::Day => {
                self.narration.day().map(PublishDate::Day).or(self.named()).or(self.publish_date)
            }
            Base::Named => self.named().or(self.publish_date),
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
        let years = |n: i64| year.checked_add(n).filter(|year| (1..=9999).contains(year));
        match unit {
            Unit::Century => Some(format!("{:02}", years(count.checked_mul(100)?)? / 100)),
            Unit::Decade => Some(format!("{:03}", years(count.checked_mul(10)?)? / 10)),
            Unit::Year => years(count).map(|year| format!("{year:04}")),
            Unit::Month | Unit::Quarter | Unit::Half => {
                let months = match unit {
                    Unit::Quarter => 3,
                    Unit::Half => 6,
                    _ => 1,
                };
                let Some(month) = base.month() else { return years(0).map(|year| format!("{year:04}-XX")) };
                let (year, month) =
                    shift_month(base.year(), month, i32::try_from(count.checked_mul(months)?).ok()?)?;
                Some(match unit {
                    Unit::Quarter => format!("{year:04}-Q{}", (month + 2) / 3),
                    Unit::Half => format!("{year:04}-H{}", (month + 5) / 6),
                    _ => format!("{year:04}-{month:02}"),
                })
            }
            Unit::Week | Unit::Weekend | Unit::Day => {
                let Some(day) = base.day() else {
                    return Some(format!(
                        "{base}{}",
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
                        self.narration.move_to(shifted, self.sentence);
                        shifted.to_string()
                    }
                })
            }
            Unit::Hour | Unit::Minute | Unit::Second => base.day().map(|day| format!("{day}TXX")),
        }
    }

    /// The year that two digits mean: the one nearest to the publication, at most ten years ahead.
    pub(super) fn century_of(&self, two_digits: i16) -> i16 {
        let told = self.named().filter(|_| self.narration.is_whole());
        let now = told.or(self.publish_date).map_or(2000, PublishDate::year);
        let candidate = now - now.rem_euclid(100) + two_digits;
        if candidate > now + 10 { candidate - 100 } else { candidate }
    }

    /// Notes the day that a value is of, if it is of one.
    pub(super) fn note_day(&mut self, sentence: usize, value: &str) {
        if value.len() == 10 && value.as_bytes()[4] == b'-' {
            self.day = Some((sentence, value.to_owned()));
        }
    }

    /// Whether the text tells of another time than its own.
    pub(super) fn is_narration(&self) -> bool {
        self.narration.is_on()
    }

    /// Whether it does so from beginning to end.
    pub(super) fn is_whole_narration(&self) -> bool {
        self.narration.is_whole()
    }

    /// The day that a time of day without one belongs to: that of its sentence, else that of the article.
    pub(super) fn day(&self, sentence: usize) -> String {
        if let Some((_, day)) = self.day.as_ref().filter(|(of, _)| *of == sentence) {
            return day.clone();
        }
        let day = if self.narration.is_on() { self.named().or(self.publish_date) } else { self.publish_date };
        match day {
            Some(PublishDate::Day(day)) => day.to_string(),
            Some(PublishDate::Month(year, month)) => format!("{year:04}-{month:02}-XX"),
            Some(PublishDate::Year(year)) => format!("{year:04}-XX-XX"),
            None => "XXXX-XX-XX".to_owned(),
        }
    }

    /// What a value was reckoned from, in words.
    pub(super) fn base_in_words(&self, base: Base) -> Option<String> {
        match base {
            Base::Publication => self.publish_date.map(|date| format!("publication date {date}")),
            Base::Named => self
                .named()
                .map(|date| format!("{date} named before"))
                .or_else(|| self.base_in_words(Base::Publication)),
        }
    }
}

/// So many months after a month.
fn shift_month(year: i16, month: i8, count: i32) -> Option<(i16, i8)> {
    let months = (i32::from(year) * 12 + i32::from(month) - 1).checked_add(count)?;
    let year = i16::try_from(months.div_euclid(12)).ok().filter(|year| *year > 0)?;
    Some((year, i8::try_from(months.rem_euclid(12)).ok()? + 1))
}
