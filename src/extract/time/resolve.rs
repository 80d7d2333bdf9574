//! From what an expression says to the time that it means.

mod dates;
mod offsets;
mod stretches;

use compact_str::{CompactString, ToCompactString, format_compact};
use jiff::civil::Date;

use super::{calendar, clauses::Tense, feasts, narration::Narration};
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

/// The time line of an article: when it was published, and where its narration stands.
#[derive(Debug)]
pub(in crate::extract) struct Timeline {
    publish_date: Option<PublishDate>,
    prefer: Prefer,
    narration: Narration,
    /// The last time that the text gave in any way, and the position of its sentence.
    last: Option<(usize, PublishDate)>,
    /// The last quarter that the text reported of: year and number.
    quarter: Option<(i16, i8)>,
    /// Whether the text reports of a longer time since then: of nine months, or of a year.
    longer: bool,
    /// The positions of the sentence and the block that are being read.
    place: (usize, usize),
    /// The same, where the text gave a time last.
    dated: Option<(usize, usize)>,
    /// The day that the text gave last, and the position of its sentence.
    day: Option<(usize, CompactString)>,
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
    pub(super) stretch: Option<CompactString>,
    /// The number of a week of the year (ISO 8601).
    pub(super) week: Option<i8>,
    /// The week of a weekday: -1 for the last, 0 for this, 1 for the next.
    pub(super) of_week: Option<i8>,
    /// -1 for the last, 0 for this, 1 for the next.
    pub(super) direction: Option<i8>,
    /// The rule of a feast: see [`feasts::feast`].
    pub(super) feast: Option<CompactString>,
    /// Whether it is only mentioned, beside what the text reports of: "after a weak second quarter".
    pub(super) aside: bool,
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
        let far = self.publish_date.is_none_or(|published| published.year() - named.year() > 1);
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
        // The text's own year is where it comes to in the end.
        if self.publish_date.is_some_and(|published| published.year() == year) {
            return false;
        }
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
    pub(super) fn calendar(&mut self, said: &Calendar, tense: Option<Tense>) -> Option<CompactString> {
        if let Some(rule) = &said.feast {
            let year = self.feast_year(said, rule, tense);
            let Some(year) = year else { return Some("XXXX-XX-XX".to_compact_string()) };
            return feasts::feast(rule, year).map(|day| day.to_compact_string());
        }
        if let Some(stretch) = &said.stretch {
            return Some(self.stretch(said, stretch, tense));
        }
        if let Some(week) = said.week {
            let year = said.year.or_else(|| Some(self.reference()?.year()))?;
            if said.year.is_some() {
                self.note(PublishDate::Year(year));
            }
            return (1..=53).contains(&week).then(|| format_compact!("{}-W{week:02}", calendar::year(year)));
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
            self.day = Some((sentence, value.to_compact_string()));
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
    pub(super) fn day(&self, sentence: usize) -> CompactString {
        let told = |of: usize, day: &str| of == sentence || self.goes_on(sentence - of, day);
        if let Some((_, day)) = self.day.as_ref().filter(|(of, day)| told(*of, day)) {
            return day.clone();
        }
        let day = if self.narration.is_on() { self.in_mind() } else { self.publish_date };
        match day {
            Some(PublishDate::Day(day)) => calendar::day(day),
            Some(month @ PublishDate::Month(..)) => format_compact!("{}-XX", calendar::written(month)),
            Some(year @ PublishDate::Year(_)) => format_compact!("{}-XX-XX", calendar::written(year)),
            None => "XXXX-XX-XX".to_compact_string(),
        }
    }
}
