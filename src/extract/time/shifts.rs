//! Times that are reckoned from another: "three years ago", "tomorrow".

use compact_str::{CompactString, ToCompactString, format_compact};
use rust_decimal::Decimal;

use super::{
    Timeline, calendar,
    calendar::Unit,
    clauses::Tense,
    clock::clock,
    construct::{Made, part_within},
    lengths::{duration, half, whole},
    resolve::Base,
    slots::Slots,
};
use crate::claim::TimexType;

pub(super) fn deictic(slots: &Slots, timeline: &mut Timeline, tense: Option<Tense>) -> Option<Made> {
    let days = slots.word("deictic").and_then(|days| days.parse::<i64>().ok()).unwrap_or(0);
    if days == 0 && timeline.is_narration() && !slots.has("day_part") {
        return Some(Made::new(TimexType::Date, slots.matched.constant("narrated")?));
    }
    let clock = clock(slots, slots);
    // What is so today, in the present tense, is no news of the day.
    if days == 0
        && clock.is_none()
        && tense.is_none()
        && timeline.goes_by_tense()
        && !timeline.tells_days()
        && let Some(value) = slots.matched.constant("untensed")
    {
        return Some(Made::new(TimexType::Date, value));
    }
    let derivation = in_words(timeline.base_in_words(Base::Publication), &offset_in_words(days, Unit::Day));
    let value = timeline.offset(days, Unit::Day, Base::Publication)?;
    Some(match clock {
        Some(clock) => Made::derived(TimexType::Time, format_compact!("{value}T{clock}"), derivation),
        None => Made::derived(TimexType::Date, value, derivation),
    })
}

pub(super) fn shift(slots: &Slots, timeline: &mut Timeline) -> Option<Made> {
    // In a narration "the next year" follows the one told of, not the one of the text.
    let base = slots.matched.constant("base");
    let named = base == Some("named")
        || (slots.has("direction") && base != Some("publication") || base == Some("narration"))
            && timeline.is_narration();
    let base = if named { Base::Named } else { Base::Publication };
    let sign = slots
        .word("direction")
        .or_else(|| slots.matched.constant("sign"))
        .and_then(|sign| sign.parse::<i64>().ok())?;
    let ahead = slots.matched.constant("future").filter(|_| timeline.prefers_future());
    let sign = ahead.and_then(|sign| sign.parse().ok()).unwrap_or(sign);
    // What they count in weeks or months from today is a day to those who do.
    if slots.matched.constant("exact").is_some()
        && timeline.prefers_future()
        && let Some(made) = appointment(slots, timeline)
    {
        return Some(made);
    }
    let unit_name = slots.unit()?;
    let (each, unit) = Unit::several(unit_name)?;
    if slots.has("vague_count") {
        let vague = if sign < 0 { "PAST_REF" } else { "FUTURE_REF" };
        return Some(Made::new(TimexType::Date, vague));
    }
    let count = match slots.decimal("count") {
        Some(count) => count.checked_add(half(slots))?,
        None if slots.has("count") => return None,
        None => slots.matched.constant("count").and_then(|n| n.parse().ok()).unwrap_or(Decimal::ONE),
    };
    let count = count.checked_mul(each)?;
    if slots.matched.constant("compare") == Some("quarter")
        && count == Decimal::ONE
        && unit == Unit::Year
        && timeline.has_quarter()
        && !timeline.is_narration()
    {
        let value = timeline.compared(i16::try_from(sign).ok()?)?;
        return Some(Made::new(TimexType::Date, value));
    }
    let (count, unit) = whole(count, unit)?;
    let offset = count.checked_mul(sign)?;
    let derivation = in_words(timeline.base_in_words(base), &offset_in_words(offset, unit));
    let value = timeline.offset(offset, unit, base);
    let timex_type = if matches!(unit, Unit::Hour | Unit::Minute | Unit::Second) {
        // "An hour later" than an event that has no time of day tells no more than how long it took.
        if named && !timeline.prefers_future() {
            return duration(slots, slots, timeline);
        }
        TimexType::Time
    } else {
        TimexType::Date
    };
    if slots.matched.constant("value") == Some("length") {
        let length = unit.duration(&count.to_compact_string());
        return Some(Made { at: value, ..Made::derived(TimexType::Duration, length, derivation) });
    }
    let value = value?;
    Some(match clock(slots, slots) {
        Some(clock) if timex_type == TimexType::Date => {
            Made::derived(TimexType::Time, format_compact!("{value}T{clock}"), derivation)
        }
        _ => {
            let interval = part_within(slots).and_then(|part| calendar::narrowed(&value, part));
            // "The rest of the week" begins with the publication.
            let interval = interval.or_else(|| {
                slots.matched.constant("rest")?;
                let (begin, end) = calendar::interval(&value)?;
                let today = timeline.publish_day()?.to_compact_string();
                (begin <= today && today < end).then_some((today, end))
            });
            Made { interval, ..Made::derived(timex_type, value, derivation) }
        }
    })
}

/// The day of an appointment so many units from today.
fn appointment(slots: &Slots, timeline: &Timeline) -> Option<Made> {
    let (each, unit) = Unit::several(slots.unit()?)?;
    let sign: i64 = slots.matched.constant("sign")?.parse().ok()?;
    let count = slots.decimal("count")?.checked_add(half(slots))?.checked_mul(each)?;
    let (count, unit) = whole(count, unit)?;
    let mut day = if slots.has("working") && unit == Unit::Day {
        calendar::working_days(timeline.publish_day()?, sign.checked_mul(count)?)?
    } else {
        calendar::shifted(timeline.publish_day()?, sign.checked_mul(count)?, unit)?
    };
    for (count, unit) in slots.smaller_units() {
        day = calendar::shifted(day, sign.checked_mul(count)?, unit)?;
    }
    let derivation = in_words(timeline.base_in_words(Base::Publication), "");
    Some(Made::derived(TimexType::Date, calendar::day(day), derivation))
}

pub(super) fn in_words(base: Option<CompactString>, offset: &str) -> CompactString {
    base.map(|base| format_compact!("from the {base}{offset}")).unwrap_or_default()
}

fn offset_in_words(offset: i64, unit: Unit) -> CompactString {
    match offset {
        0 => CompactString::default(),
        offset if offset < 0 => {
            format_compact!(" minus {}", unit.duration(&offset.unsigned_abs().to_compact_string()))
        }
        offset => format_compact!(" plus {}", unit.duration(&offset.to_compact_string())),
    }
}
