//! The parts of a match and what their words are worth.

use std::ops::Range;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{calendar::Unit, lengths::whole};
use crate::extract::{document::Document, language::Pack, pattern::Match};

/// What the items of a match share: what one lacks stands in the last, or anywhere.
pub(super) struct Shared<'s> {
    pub(super) last: Slots<'s>,
    pub(super) whole: Slots<'s>,
}

/// The parts of a match within a range, by name.
pub(super) struct Slots<'s> {
    pub(super) sentence: usize,
    pub(super) matched: &'s Match<'s>,
    pub(super) document: &'s Document<'s>,
    pub(super) pack: &'s Pack,
    pub(super) within: Range<usize>,
}

impl<'s> Slots<'s> {
    // Of all that is asked for, a match has little: what is not there costs no call.
    #[inline]
    pub(super) fn part(&self, name: &str) -> Option<Range<usize>> {
        if self.matched.may_have(name) { self.part_within(name) } else { None }
    }

    fn part_within(&self, name: &str) -> Option<Range<usize>> {
        self.matched.parts(name).find(|part| self.within.start <= part.start && part.end <= self.within.end)
    }

    #[inline]
    pub(super) fn has(&self, name: &str) -> bool {
        self.part(name).is_some()
    }

    /// The value of the part's word in the class of the same name.
    #[inline]
    pub(super) fn word(&self, name: &str) -> Option<&'s str> {
        let part = match self.part(name) {
            None if name == "holiday" => self.part("feast_day"),
            part => part,
        };
        self.value(name, part?)
    }

    /// The value of a part's word in the classes that parts of a name may be of.
    pub(super) fn value(&self, name: &str, part: Range<usize>) -> Option<&'s str> {
        let classes: &[&str] = match name {
            "direction" => &["direction", "skipping", "previous_year", "year_adjective"],
            "of_year" => &["direction", "previous_year"],
            "of_week" => &["direction", "skipping"],
            "of_month" => &["direction"],
            "month" => &["month", "month_week"],
            "weekday" => &["weekday", "weekday_short"],
            "deictic" => &["deictic", "deictic_adjective"],
            "decade_word" => &["decade_word", "decade_years"],
            "stretch" => &["stretch", "stretch_unit", "quarter"],
            "holiday" => &["holiday", "holiday_of_mary", "feast_day"],
            "vague_time" => &["vague_time", "turn_of_year"],
            _ => return self.pack.value_in(self.document, part, name),
        };
        classes.iter().find_map(|class| self.pack.value_in(self.document, part.clone(), class))
    }

    /// The unit that the part "unit" names, whatever class of words it is of, or that the pattern does.
    pub(super) fn unit(&self) -> Option<&'s str> {
        let classes = [
            "unit",
            "unit_adjective",
            "unit_ending",
            "unit_plural",
            "prior_day",
            "prior_unit",
            "set_unit",
            "weekend",
            "following_unit",
            "following_units",
        ];
        let part = self.part("unit").or_else(|| self.part("set_unit"));
        let named = part.and_then(|part| {
            classes.iter().find_map(|class| self.pack.value_in(self.document, part.clone(), class))
        });
        named.or_else(|| self.matched.constant("unit"))
    }

    /// The smaller units that a length has besides, with their counts: "and ten minutes".
    pub(super) fn smaller_units(&self) -> Vec<(i64, Unit)> {
        let within = |part: &Range<usize>| self.within.start <= part.start && part.end <= self.within.end;
        let counts = self.matched.parts("also_count").filter(within);
        let units = self.matched.parts("also_unit").filter(within);
        let units = units.filter_map(|unit| self.pack.value_in(self.document, unit, "unit"));
        counts
            .zip(units.chain(
                ["unit_below", "unit_at_last"].into_iter().filter_map(|name| self.matched.constant(name)),
            ))
            .filter_map(|(count, unit)| whole(self.decimal_at("also_count", count)?, Unit::of(unit)?))
            .collect()
    }

    #[inline]
    pub(super) fn decimal(&self, name: &str) -> Option<Decimal> {
        let has = |name| self.matched.may_have(name);
        if has(name) || name == "count" && has("numerator") { self.decimal_within(name) } else { None }
    }

    fn decimal_within(&self, name: &str) -> Option<Decimal> {
        let value = self.part(name).and_then(|part| self.decimal_at(name, part));
        if name != "count" {
            return value;
        }
        // "2 1/2 years", "three quarters of an hour".
        match (self.part("numerator"), self.part("denominator")) {
            (Some(over), Some(under)) => {
                let over = self.decimal_at("numerator", over)?;
                let share = over.checked_div(self.decimal_at("denominator", under)?)?;
                value.unwrap_or_default().checked_add(share)
            }
            _ => value,
        }
    }

    pub(super) fn decimal_at(&self, name: &str, part: Range<usize>) -> Option<Decimal> {
        let ordinal = self.ordinal(part.clone());
        let fraction = || {
            self.pack
                .value_in(self.document, part.clone(), "clock_fraction")
                .filter(|_| matches!(name, "past" | "short_of"))
                .and_then(|value| value.parse().ok())
        };
        if let Some(minutes) = fraction() {
            return Some(minutes);
        }
        if name == "denominator"
            && let Some(share) = self.pack.value_in(self.document, part.clone(), "share")
        {
            return share.parse().ok();
        }
        let article = || {
            self.pack
                .value_in(self.document, part.clone(), "article_count")
                .and_then(|value| value.parse().ok())
        };
        ordinal.or_else(|| self.pack.number(self.document, part.clone())).or_else(article)
    }

    /// An ordinal in words: "second", "twenty-second".
    pub(super) fn ordinal(&self, part: Range<usize>) -> Option<Decimal> {
        let word = |part| self.pack.value_in(self.document, part, "ordinal_word")?.parse::<Decimal>().ok();
        let first = part.start..part.start + 1;
        let tens = if part.len() > 1 { self.pack.number(self.document, first) } else { None };
        match tens {
            Some(tens) => {
                let unit = word(part.end - 1..part.end).filter(|unit| *unit < Decimal::TEN)?;
                tens.checked_add(unit)
            }
            None => word(part),
        }
    }

    #[inline]
    pub(super) fn number<N: TryFrom<i64>>(&self, name: &str) -> Option<N> {
        if self.matched.may_have(name) { N::try_from(self.integer(name)?).ok() } else { None }
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.decimal(name).filter(Decimal::is_integer)?.to_i64()
    }
}

/// Which quarter or half it is.
pub(super) fn nth(slots: &Slots) -> Option<i8> {
    slots.number("nth").or_else(|| constant(slots, "nth"))
}

/// A number that the pattern gives itself.
pub(super) fn constant(slots: &Slots, name: &str) -> Option<i8> {
    slots.matched.constant(name)?.parse().ok()
}
