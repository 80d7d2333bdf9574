//! From the parts of a match to what the expression says.

use compact_str::{CompactString, ToCompactString, format_compact};
use std::ops::Range;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    Clauses, Timeline, calendar,
    calendar::{Third, Unit},
    clauses::Tense,
    clock::{clock, shared_clock},
    lengths::duration,
    resolve::{Base, Calendar},
    shifts::{deictic, in_words, shift},
    slots::{Shared, Slots, constant, nth},
};
use crate::{
    claim::{DateValue, PointValue, TimexType},
    extract::{document::Document, expression::Expression, language::Pack, pattern::Match},
};

/// What the patterns of times may make:
///
/// * `date`: from year, short_year, of_year, month, day, week, weekday, of_week, stretch, nth, direction, holiday, era,
///   decade, century; with hour (and minute, or the minutes `past` it or `short_of` it) or day_part it is a TIME
///   (`quarter_on_the_way` is the first quarter of the hour before). Parts named `item` are dates of their own (ranges and lists); what one lacks
///   it takes from the last; parts named `sure` are dates even where the constant `only` says that the whole is not to be read.
///   The parts begins, middle and ends narrow its interval ("early", "the end of"), `offset` with `count` and `unit` reckons
///   on from it, `of_month` is a month off the publication's, `from_hour` has its half of the day from the last item. The
///   constant `take` has the week, weekend, weekend-of-feast, first-day or last-day of it (`from_end` counts days or weeks back from its end), `order` = "either" says that the day may stand
///   first, `weeks` that it is so many weekdays ahead or ago by `count`, `own_year` is as "9-11-2001";
/// * `shift`: so many (`count`) units (`unit`) from the publication (or, with the constant base = "named", from the time
///   that the text named last, with base = "narration" only in a narration), ahead or back by `direction`, or the constant
///   `sign`; the constant value = "length" makes it a DURATION that keeps the time it leads to as its interval. Where
///   what lies ahead is preferred, the constant `exact` makes it a day; else the constant else = "duration" makes it a length;
/// * `deictic`: by the value of the class deictic, in days; with day_part or hour a TIME; today has the value of the
///   constant `narrated` in a narration, and that of `untensed` where no verb says when;
/// * `duration`: count and unit, with `also_count` of the smaller `also_unit` besides; `set`: unit or weekday, or the constant `value`; `reference`: the value of vague_time;
/// * `quarter`: the quarter that the text speaks of, in `year`, or with the constant `year_offset` so many years off, with
///   `compare` the same period of whatever length; with the constant
///   `quarter_of` = "end" a date is the quarter that ended on the day which is the last item; a date with the constant `aside` names a quarter only to compare with it;
/// * `nothing`: what looks like a date and is none.
pub(in crate::extract) const CONSTRUCTORS: &[&str] = &[
    "time.date",
    "time.shift",
    "time.deictic",
    "time.duration",
    "time.set",
    "time.quarter",
    "time.reference",
    "time.nothing",
];

/// Makes the expressions of a match.
pub(in crate::extract) fn interpret(
    matched: &Match,
    document: &Document,
    pack: &Pack,
    sentence: usize,
    clauses: &Clauses,
    timeline: &mut Timeline,
    found: &mut Vec<Expression>,
) {
    let whole = matched.span();
    let is_read = is_read(matched, timeline);
    let items: Vec<Range<usize>> = matched.parts(if is_read { "item" } else { "sure" }).collect();
    let items = if items.is_empty() && is_read { vec![whole.clone()] } else { items };
    let last = items.last().cloned().unwrap_or_default();
    for item in items {
        let slots = Slots { sentence, matched, document, pack, within: item.clone() };
        let rest = Slots { sentence, matched, document, pack, within: last.clone() };
        // "until May" lies ahead and "since May" behind, whatever the tense.
        let said = match (matched.parts("ahead").next(), matched.parts("behind").next()) {
            (Some(_), _) => Some(Tense::Future),
            (None, Some(_)) => Some(Tense::Past),
            (None, None) => clauses.tense(item.start),
        };
        let tense = timeline.tense(said);
        let rest =
            &Shared { last: rest, whole: Slots { sentence, matched, document, pack, within: whole.clone() } };
        let Some(Made { timex_type, value, at, interval, derivation }) = make(&slots, rest, timeline, tense)
        else {
            continue;
        };
        if matches!(timex_type, TimexType::Date | TimexType::Time) {
            timeline.note_day(sentence, value.split('T').next().unwrap_or_default());
        }
        let at =
            at.or_else(|| matches!(timex_type, TimexType::Date | TimexType::Time).then(|| value.clone()));
        let (begin, end) = interval.or_else(|| calendar::interval(&at?)).unzip();
        let value = PointValue::Date(DateValue { timex_type, value, begin, end });
        let name = &matched.pattern.definition.name;
        found.push(Expression::new(document, sentence, item, value, derivation, name));
    }
}

/// What an expression means.
pub(super) struct Made {
    pub(super) timex_type: TimexType,
    /// The TIMEX3 value.
    pub(super) value: CompactString,
    /// The value of the time that a length reaches back or ahead to: "three years ago".
    pub(super) at: Option<CompactString>,
    /// The interval of a length that reaches back or ahead from the publication: "the last three years".
    pub(super) interval: Option<(CompactString, CompactString)>,
    /// How the value was reckoned, in words; empty where the text says all of it.
    pub(super) derivation: CompactString,
}

impl Made {
    pub(super) fn new(timex_type: TimexType, value: impl Into<CompactString>) -> Self {
        Self {
            timex_type,
            value: value.into(),
            at: None,
            interval: None,
            derivation: CompactString::default(),
        }
    }

    pub(super) fn derived(
        timex_type: TimexType,
        value: impl Into<CompactString>,
        derivation: CompactString,
    ) -> Self {
        Self { derivation, ..Self::new(timex_type, value) }
    }
}

/// Whether a pattern is to be read as a whole: some is said only in a history of the time that it tells of, some only in
/// news, and some only by those who make appointments.
fn is_read(matched: &Match, timeline: &Timeline) -> bool {
    match matched.constant("only") {
        Some("history") => timeline.is_narration(),
        Some("future") => timeline.prefers_future(),
        Some(_) => !timeline.is_narration(),
        None => true,
    }
}

fn make(slots: &Slots, rest: &Shared, timeline: &mut Timeline, tense: Option<Tense>) -> Option<Made> {
    // "In three weeks" is a length to those who make no appointments.
    if slots.matched.constant("else") == Some("duration") && !timeline.prefers_future() {
        return duration(slots, &rest.last, timeline);
    }
    if slots.matched.constant("report_of") == Some("longer") {
        timeline.note_longer();
    }
    match slots.matched.pattern.definition.make.as_str() {
        "time.date" => date(slots, rest, timeline, tense),
        "time.shift" => shift(slots, timeline),
        "time.deictic" => deictic(slots, timeline, tense),
        "time.duration" => duration(slots, &rest.last, timeline),
        "time.quarter" => {
            let years =
                slots.matched.constant("year_offset").and_then(|years| years.parse().ok()).unwrap_or(0);
            let value = if let Some(year) = slots.number("year") {
                timeline.quarter_of(year)
            } else if slots.matched.constant("compare").is_some() {
                timeline.same_period(years)?
            } else if years == 0 {
                timeline.note_quarter();
                timeline.quarter(0)?
            } else {
                timeline.compared(years)?
            };
            Some(Made::new(TimexType::Date, value))
        }
        "time.set" => set(slots),
        "time.reference" => {
            let value = slots.word("vague_time").filter(|value| !value.is_empty());
            let value = value.or_else(|| slots.matched.constant("value"))?;
            Some(Made::new(TimexType::Date, value))
        }
        _ => None,
    }
}

fn date(slots: &Slots, rest: &Shared, timeline: &mut Timeline, tense: Option<Tense>) -> Option<Made> {
    let said = |slots: &Slots, timeline: &Timeline| {
        let compound = slots.word("weekday_part");
        let compound = compound.and_then(|value| value.split_once('-'));
        let short = slots.number("short_year").map(|year| match rest.whole.number("year") {
            Some(near) => year_near(near, year),
            None => timeline.year_of_two_digits(year),
        });
        let stretch = slots.word("stretch").map(|stretch| match nth(slots) {
            Some(nth) => format_compact!("{stretch}{nth}"),
            None => stretch.into(),
        });
        let month: Option<i8> =
            slots.word("month").and_then(|m| m.parse().ok()).or_else(|| slots.number("month"));
        let of_month = slots.word("of_month").and_then(|months| months.parse().ok());
        let of_month = of_month.or_else(|| constant(slots, "of_month").map(i32::from));
        let of_month = of_month.and_then(|months| timeline.month_off(months));
        let month = month.or(of_month.map(|(_, month)| month));
        let weekday: Option<i8> =
            slots.word("weekday").or_else(|| compound.map(|(day, _)| day)).and_then(|w| w.parse().ok());
        // "The first Monday of May" is a movable feast like any other.
        let nth_of_month = month.zip(weekday.or_else(|| constant(slots, "weekday"))).zip(nth(slots));
        let nth_of_month =
            nth_of_month.map(|((month, weekday), nth)| format_compact!("nth-{month}-{weekday}-{nth}"));
        Calendar {
            year: slots
                .number::<i16>("year")
                .or(short)
                .map(|year| if slots.has("era") { -year } else { year })
                .or_else(|| relative_year(slots, timeline))
                .or(of_month.map(|(year, _)| year)),
            month,
            day: slots.number("day").or_else(|| constant(slots, "day")),
            weekday,
            stretch,
            week: slots.number("week"),
            of_week: slots
                .word("of_week")
                .and_then(|weeks| weeks.parse().ok())
                .or_else(|| slots.number("weeks"))
                .or_else(|| slots.number("weeks_ago").map(|weeks: i8| -weeks)),
            direction: slots.word("direction").and_then(|d| d.parse().ok()),
            feast: nth_of_month
                .or_else(|| {
                    Some(format_compact!("from-{}-{}", slots.matched.constant("nth_from")?, nth(slots)?))
                })
                .or_else(|| {
                    ["orthodox_feast", "first_feast", "second_feast", "holiday"]
                        .iter()
                        .find_map(|class| slots.word(class))
                        .map(CompactString::from)
                })
                .or_else(|| slots.matched.constant("holiday").map(CompactString::from)),
            aside: slots.matched.constant("aside").is_some(),
        }
    };
    // "Two Fridays ago", "three Sundays from now".
    let weeks: Option<i8> = constant(slots, "weeks");
    let tense = match weeks {
        Some(weeks) => Some(if weeks < 0 { Tense::Past } else { Tense::Future }),
        None => tense,
    };
    let mut calendar = said(slots, timeline);
    // Most often there is one item, the last.
    let alone = rest.last.within == slots.within;
    let shared = if alone { calendar.clone() } else { said(&rest.last, timeline) };
    // "Since May 3", "ended May 3": never ahead of the publication, however near.
    if calendar.month.is_some() && calendar.day.is_some() && slots.matched.parts("behind").next().is_some() {
        calendar.direction = calendar.direction.or(Some(-1));
    }
    // "31/10": no year has so many months, the day stands first.
    if let (Some(month @ 13..=31), Some(day @ 1..=12)) = (calendar.month, calendar.day)
        && slots.matched.constant("order") == Some("either")
    {
        (calendar.month, calendar.day) = (Some(day), Some(month));
    }
    // "9/11" is the day of one year: the pattern says which, as "9-11-2001".
    let own = slots.matched.constant("own_year").and_then(|own| own.rsplit_once('-'));
    if let (Some(month), Some(day), None) = (calendar.month, calendar.day, calendar.year)
        && let Some((_, year)) = own.filter(|(of, _)| *of == format_compact!("{month}-{day}"))
    {
        calendar.year = year.parse().ok();
    }
    if rest.last.has("era") {
        calendar.year = calendar.year.map(|year| -year.abs());
    }
    if calendar.month.is_none() && calendar.day.is_some() {
        calendar.month = shared.month.or_else(|| said(&rest.whole, timeline).month);
    }
    if calendar.month.is_some() || calendar.stretch.is_some() {
        // "November to February 2017" begins in the year before.
        let earlier = calendar.month.zip(shared.month).is_some_and(|(month, last)| month > last);
        calendar.year = calendar.year.or(shared.year.map(|year| year - i16::from(earlier)));
    }
    if slots.matched.constant("quarter_of") == Some("end") && calendar.day.is_none() {
        timeline.quarter_ended(&mut calendar, &shared);
    }
    if calendar.year.is_none() && slots.has("of_year") {
        let shift = slots.word("of_year").and_then(|shift| shift.parse().ok()).unwrap_or(0);
        let base = if timeline.is_narration() { Base::Named } else { Base::Publication };
        calendar.year = timeline.offset(shift, Unit::Year, base).and_then(|year| year.parse().ok());
    }
    if calendar.month.is_some_and(|month| !(1..=12).contains(&month))
        || calendar.day.is_some_and(|day| !(1..=31).contains(&day))
    {
        return None;
    }
    let stretches = |letter, most| {
        let stretch = calendar.stretch.as_deref().and_then(|stretch| stretch.strip_prefix(letter));
        stretch.and_then(|nth| nth.parse().ok()).is_some_and(|nth: i8| !(1..=most).contains(&nth))
    };
    if stretches('Q', 4) || stretches('H', 2) {
        return None;
    }
    // "1969's" is of the year.
    let decade = slots.number::<i16>("decade");
    if let Some(year) = decade.filter(|year| *year >= 1000 && year % 10 != 0 && !slots.has("era")) {
        let year = calendar::year(year);
        return Some(Made::new(TimexType::Date, year));
    }
    let decade_word = || slots.word("decade_word").and_then(|decade| decade.parse().ok());
    if let Some(decade) = decade.or_else(decade_word) {
        let decade =
            if decade < 100 && !slots.has("era") { timeline.decade_of_two_digits(decade) } else { decade };
        let era = if slots.has("era") { "BC" } else { "" };
        return Some(Made::new(TimexType::Date, format_compact!("{era}{:03}", decade / 10)));
    }
    if let Some(century) = slots.number::<i16>("century") {
        let era = if slots.has("era") { "BC" } else { "" };
        return Some(Made::new(TimexType::Date, format_compact!("{era}{:02}", century - 1)));
    }
    // "At 5 pm on Friday": a time of day is that of the day that follows it.
    let clock = clock(slots, &rest.whole).or_else(|| shared_clock(slots, rest));
    let only_clock = calendar == Calendar::default() && clock.is_some() && !slots.has("deictic");
    if only_clock {
        calendar = shared;
    }
    let complete = calendar.year.is_some();
    let nothing = calendar == Calendar::default();
    // "Tomorrow, Tuesday": the weekday is that of the day it is told beside.
    let told_beside = calendar.weekday.is_some() && calendar.day.is_none() && timeline.has_day();
    let days = if only_clock {
        rest.last.word("deictic")
    } else if told_beside {
        slots.matched.parts("deictic").next().and_then(|part| slots.value("deictic", part))
    } else {
        slots.word("deictic")
    };
    let days = days.and_then(|days| days.parse().ok());
    let nothing = nothing && days.is_none();
    let value = if let Some(days) = days {
        timeline.offset(days, Unit::Day, Base::Publication)?
    } else if nothing {
        timeline.day(slots.sentence)
    } else {
        let mut day = timeline.calendar(&calendar, tense)?;
        // "The second last week of May" is a week before its last.
        if let Some(nth) = slots.number::<i64>("from_end") {
            let (last, each) = match slots.matched.constant("take") {
                Some("week") => (day.parse().ok()?, 7),
                _ => (calendar::days(calendar::interval(&day)?.1.parse().ok()?, -1)?, 1),
            };
            let found = calendar::days(last, nth.checked_sub(1)?.checked_mul(-each)?)?;
            day = if each == 7 { calendar::week(found) } else { calendar::day(found) };
        }
        // "The second week of May" is the week that its second Thursday is in, as in ISO 8601.
        match (slots.matched.constant("take"), day.parse()) {
            (Some("week"), Ok(day)) => calendar::week(day),
            (Some("weekend"), Ok(day)) => format_compact!("{}-WE", calendar::week(day)),
            // That of a feast on a Monday is the one before it.
            (Some("weekend-of-feast"), Ok(day)) => {
                format_compact!("{}-WE", calendar::week(calendar::days(day, -1)?))
            }
            (Some("first-day"), _) => calendar::interval(&day)?.0,
            (Some("last-day"), _) => {
                calendar::day(calendar::days(calendar::interval(&day)?.1.parse().ok()?, -1)?)
            }
            _ => day,
        }
    };
    let value = match weeks {
        Some(weeks) => {
            let more = slots.decimal("count")?.to_i64()?.checked_sub(1)?.checked_mul(7 * i64::from(weeks))?;
            calendar::day(calendar::days(value.parse().ok()?, more)?)
        }
        None => from_anchor(slots, value)?,
    };
    let derivation = if complete {
        CompactString::default()
    } else {
        in_words(timeline.base_in_words(Base::Publication), "")
    };
    match clock {
        Some(clock) => Some(Made::derived(TimexType::Time, format_compact!("{value}T{clock}"), derivation)),
        None if nothing => None,
        None => {
            let interval = part_within(slots).and_then(|part| calendar::narrowed(&value, part));
            Some(Made { interval, ..Made::derived(TimexType::Date, value, derivation) })
        }
    }
}

/// The day so many units from the day that the text names: "two weeks after Easter".
fn from_anchor(slots: &Slots, anchor: CompactString) -> Option<CompactString> {
    let Some(sign) = slots.word("offset").and_then(|sign| sign.parse::<i64>().ok()) else {
        return Some(anchor);
    };
    let (each, unit) = Unit::several(slots.unit()?)?;
    let count = slots.decimal("count").unwrap_or(Decimal::ONE).checked_mul(each)?;
    let day = anchor.parse().ok()?;
    calendar::shifted(day, sign.checked_mul(count.to_i64()?)?, unit).map(calendar::day)
}

/// The part of a longer time that is meant: "early", "the middle of", "late".
pub(super) fn part_within(slots: &Slots) -> Option<Third> {
    [("begins", Third::First), ("middle", Third::Middle), ("ends", Third::Last)]
        .into_iter()
        .find_map(|(name, third)| slots.has(name).then_some(third))
}

/// The year of two digits that is nearest to another year.
fn year_near(near: i16, two_digits: i16) -> i16 {
    let year = near - near.rem_euclid(100) + two_digits;
    match year - near {
        51.. => year - 100,
        ..-50 => year + 100,
        _ => year,
    }
}

/// The year that "of last year" and "of that year" name.
fn relative_year(slots: &Slots, timeline: &Timeline) -> Option<i16> {
    if slots.has("year_same") {
        return timeline.year_off(0, Base::Named);
    }
    let direction = slots.part("year_direction")?;
    let years = slots.pack.value_in(slots.document, direction, "direction")?.parse().ok()?;
    timeline.year_off(years, Base::Publication)
}

fn set(slots: &Slots) -> Option<Made> {
    let value = if let Some(value) = slots.matched.constant("value") {
        value.to_compact_string()
    } else if let Some(value) = slots.word("frequency").filter(|value| !value.is_empty()) {
        value.into()
    } else if let Some(day) = slots.number::<u8>("day") {
        format_compact!("XXXX-XX-{day:02}")
    } else if let Some(weekday) = slots.word("weekday") {
        let time = clock(slots, slots)
            .map(|clock| format_compact!("T{}", clock.strip_suffix(":00").unwrap_or(&clock)));
        format_compact!("XXXX-WXX-{weekday}{}", time.unwrap_or_default())
    } else if let Some(part) = slots.word("day_part") {
        format_compact!("XXXX-XX-XXT{part}")
    } else if let Some(stretch) = slots.word("stretch") {
        format_compact!("XXXX-{stretch}")
    } else if let Some(month) = slots.word("month").and_then(|month| month.parse::<u8>().ok()) {
        format_compact!("XXXX-{month:02}")
    } else {
        let count = slots.decimal("count").and_then(|count| count.to_i64()).unwrap_or(1);
        Unit::of(slots.unit()?)?.duration(&count.to_compact_string())
    };
    Some(Made::new(TimexType::Set, value))
}
