//! Lengths of time.

use compact_str::ToCompactString;
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{calendar::Unit, construct::Made, resolve::Timeline, slots::Slots};
use crate::claim::TimexType;

/// The half that "and a half" adds.
pub(super) fn half(slots: &Slots) -> Decimal {
    if slots.has("and_half") { Decimal::new(5, 1) } else { Decimal::ZERO }
}

/// A count of units in whole numbers: half a year is six months.
pub(super) fn whole(count: Decimal, unit: Unit) -> Option<(i64, Unit)> {
    if count.fract().is_zero() {
        return Some((count.to_i64()?, unit));
    }
    let (per, smaller) = match unit {
        Unit::Year => (12, Unit::Month),
        Unit::Week => (7, Unit::Day),
        Unit::Day => (24, Unit::Hour),
        Unit::Month => (30, Unit::Day),
        Unit::Hour => (60, Unit::Minute),
        Unit::Minute => (60, Unit::Second),
        Unit::Decade => (10, Unit::Year),
        Unit::Century => (100, Unit::Year),
        _ => return None,
    };
    let count = count.checked_mul(Decimal::from(per))?.round();
    Some((count.to_i64()?, smaller))
}

/// What a count of units has beyond whole ones, in a smaller unit.
pub(super) fn rest_of(count: Decimal, unit: Unit) -> Option<(i64, Unit)> {
    let exact = matches!(unit, Unit::Year | Unit::Day | Unit::Hour | Unit::Minute);
    (exact && count > Decimal::ONE && !count.fract().is_zero()).then(|| whole(count.fract(), unit)).flatten()
}

pub(super) fn duration(slots: &Slots, rest: &Slots, timeline: &Timeline) -> Option<Made> {
    if let Some(value) = slots.matched.constant("value") {
        return Some(Made::new(TimexType::Duration, value));
    }
    if let Some(value) = slots.word("length") {
        return Some(Made::new(TimexType::Duration, value));
    }
    let unit = slots.unit().or_else(|| rest.unit())?;
    let (each, unit) = Unit::several(unit)?;
    let count = if slots.has("vague_count") {
        "X".to_compact_string()
    } else {
        let constant = slots.matched.constant("count").and_then(|n| n.parse().ok());
        let Some(count) = slots.decimal("count").or(constant) else {
            let count = if each == Decimal::ONE { "X".to_compact_string() } else { each.to_compact_string() };
            return Some(Made::new(TimexType::Duration, unit.duration(&count)));
        };
        let count = count.saturating_add(half(slots)).checked_mul(each)?;
        let (said, named) = (count, unit);
        match whole(count, unit) {
            Some((count, unit)) => {
                let mut parts = vec![(count, unit)];
                parts.extend(slots.smaller_units());
                // "Two and a half years" are two years and six months.
                if let Some(rest) = rest_of(said, named) {
                    parts = vec![(said.trunc().to_i64()?, named), rest];
                }
                let length =
                    Unit::durations(&parts).unwrap_or_else(|| unit.duration(&count.to_compact_string()));
                let direction = slots.word("direction").and_then(|direction| direction.parse().ok());
                let interval = direction.and_then(|direction| timeline.span_from_now(direction, count, unit));
                let interval = match slots.matched.parts("within").next() {
                    Some(_) => timeline.span_within(count, unit),
                    None => interval,
                };
                return Some(Made { interval, ..Made::new(TimexType::Duration, length) });
            }
            None => count.normalize().to_compact_string(),
        }
    };
    Some(Made::new(TimexType::Duration, unit.duration(&count)))
}
