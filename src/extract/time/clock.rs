//! The time of day that an expression names.

use super::slots::{Shared, Slots};
use compact_str::{CompactString, format_compact};

/// The time of day: hour and minute, or a part of the day.
pub(super) fn clock(slots: &Slots, whole: &Slots) -> Option<CompactString> {
    if let Some(hour) =
        slots.number::<u8>("hour").or_else(|| slots.word("clock_word").and_then(|hour| hour.parse().ok()))
    {
        let minute = slots.number::<u8>("minute").unwrap_or(0);
        let (hour, minute) = match (slots.number::<u8>("past"), slots.number::<u8>("short_of")) {
            (Some(past), _) => (hour, past),
            (_, Some(short)) => (hour.checked_sub(1).unwrap_or(23), 60_u8.checked_sub(short)?),
            _ if slots.has("quarter_on_the_way") => (hour.checked_sub(1).unwrap_or(23), 15),
            _ => (hour, minute),
        };
        let part = part_of_day(slots).or_else(|| part_of_day(whole));
        let hour = match slots.word("meridiem").or_else(|| slots.word("meridiem_letter")) {
            Some("PM") if hour < 12 => hour + 12,
            Some("AM") if hour == 12 => 0,
            None => match (hour, part) {
                (0..12, Some("AF" | "EV")) | (6..12, Some("NI")) | (1..4, Some("MI")) => hour + 12,
                (12, Some("NI")) => 0,
                _ => hour,
            },
            _ => hour,
        };
        let zone = slots.word("zone").unwrap_or_default();
        let second = slots.number::<u8>("second").filter(|&second| second < 60);
        let second = second.map(|second| format_compact!(":{second:02}")).unwrap_or_default();
        return (hour <= 24 && minute < 60).then(|| format_compact!("{hour:02}:{minute:02}{second}{zone}"));
    }
    // "0800 GMT".
    if let Some(clock) =
        slots.number::<u16>("hour_minute").filter(|clock| clock / 100 < 24 && clock % 100 < 60)
    {
        let zone = slots.word("zone").unwrap_or_default();
        return Some(format_compact!("{:02}:{:02}{zone}", clock / 100, clock % 100));
    }
    part_of_day(slots).map(CompactString::from)
}

/// The clock of the first end of a range, which may lack what the other says: "from 3 to 5 p.m.".
pub(super) fn shared_clock(slots: &Slots, shared: &Shared) -> Option<CompactString> {
    let hour = slots.number::<u8>("from_hour").filter(|hour| (1..=12).contains(hour))?;
    let minute = slots.number::<u8>("minute").filter(|&minute| minute < 60).unwrap_or(0);
    let until = clock(&shared.last, &shared.whole)?;
    let until: u8 = until.get(..2)?.parse().ok()?;
    let afternoon = hour % 12 + 12;
    let hour = if until > 12 && afternoon <= until {
        afternoon
    } else {
        hour % 12 + if hour == 12 && until >= 12 { 12 } else { 0 }
    };
    Some(format_compact!("{hour:02}:{minute:02}"))
}

/// The part of the day that is named.
pub(super) fn part_of_day<'s>(slots: &Slots<'s>) -> Option<&'s str> {
    let compound =
        || slots.word("weekday_part").and_then(|value| value.split_once('-').map(|(_, part)| part));
    slots.word("day_part").or_else(|| slots.word("tonight")).or_else(compound).filter(|part| !part.is_empty())
}
