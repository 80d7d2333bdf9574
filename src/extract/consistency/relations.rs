//! Figures and dates that one sentence relates to each other in so many words: a change with its ends, parts with their
//! sum, an age with a year of birth, a measure in two units.
//!
//! The pack's patterns run over sentences in which each date and figure is one item, and ask for the words that relate
//! them. Roundings are given room; what lies between agreement and contradiction is left alone.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{Comparison, Text, dates::year_only};
use crate::{
    claim::{Figure, PointValue},
    extract::{
        expression::{Expression, Items, may_fit},
        figure::in_unit,
        pattern::Match,
    },
};

/// What the patterns of relations may make.
///
/// * `multiple`: `multiplied`, a word whose value is the factor, and the ends, `from` and `to`, or `range`; `more`, words
///   that make the factor a lower bound;
/// * `percent`: `change`, a word whose value is 1 for a rise and -1 for a fall, `percent`, and the ends;
/// * `sum`: `total` and several `part`; with the constant `explicit` the text says that they are all;
/// * `share`: `total`, and a `part` of it;
/// * `age`: `age`, and `born`, a year;
/// * `twice`: `value`, and `again`, the same in another unit.
pub(in crate::extract) const CONSTRUCTORS: &[&str] = &[
    "consistency.multiple",
    "consistency.percent",
    "consistency.sum",
    "consistency.share",
    "consistency.age",
    "consistency.twice",
    "consistency.nothing",
];

/// Figures of a sentence that prove or refute one of its points, by the position of that point's expression in the
/// sentence.
pub(super) type Found = BTreeMap<usize, Comparison>;

impl Text<'_> {
    /// What a sentence says of its own figures, with the positions of their expressions in the sentence.
    pub(super) fn relations(&self, sentence: usize) -> Found {
        let mut found = Found::new();
        let expressions = self.expressions.of_sentence(sentence);
        if expressions.is_empty()
            || !may_fit(self.pack.relations(), self.document, self.pack, self.expressions, sentence)
        {
            return found;
        }
        let items = &mut *self.items.borrow_mut();
        items.read(self.document, self.pack, self.expressions, sentence);
        self.pack.relations().scan(&items.stream, 0..items.len(), |matched| {
            let relation = Relation { text: self, matched: &matched, items, expressions };
            let made = match matched.pattern.definition.make.as_str() {
                "consistency.multiple" => relation.multiple(),
                "consistency.percent" => relation.percent(),
                "consistency.sum" => relation.sum(),
                "consistency.share" => relation.share(),
                "consistency.age" => relation.age(),
                "consistency.twice" => relation.twice(),
                _ => None,
            };
            if let Some((position, comparison)) = made {
                found.entry(position).or_insert(comparison);
            }
        });
        found
    }
}

/// A match, and where it stands.
struct Relation<'a> {
    text: &'a Text<'a>,
    matched: &'a Match<'a>,
    items: &'a Items,
    expressions: &'a [Expression],
}

/// A figure of a part, with the position of its expression.
type Part<'a> = (usize, &'a Figure);

impl<'a> Relation<'a> {
    fn position(&self, part: &str) -> Option<usize> {
        self.items.expression(self.matched.part(part)?)
    }

    fn figure_at(&self, position: usize) -> Option<Part<'a>> {
        match &self.expressions.get(position)?.point.value {
            PointValue::Figure(figure) => Some((position, figure)),
            _ => None,
        }
    }

    fn figure(&self, part: &str) -> Option<Part<'a>> {
        self.figure_at(self.position(part)?)
    }

    /// The value that a word of a part has in a class.
    fn word(&self, part: &str) -> Option<Decimal> {
        let tokens = self.items.tokens(self.matched.part(part).filter(|part| !part.is_empty())?);
        self.text.pack.value_in(self.text.document, tokens, part)?.parse().ok()
    }

    /// The first and the last value of a change, with the expression of the last and whether both are exact.
    fn ends(&self) -> Option<(usize, Decimal, Decimal, bool)> {
        if let Some((position, range)) = self.figure("range") {
            return Some((position, range.value, range.max?, !range.approximate));
        }
        let ((_, from), (position, to)) = (self.figure("from")?, self.figure("to")?);
        (alike(from, to) && from.max.is_none() && to.max.is_none()).then_some((
            position,
            from.value,
            to.value,
            exact(from) && exact(to),
        ))
    }

    /// "doubled from 3 to 6 million".
    fn multiple(&self) -> Option<(usize, Comparison)> {
        let times = self.word("multiplied")?;
        let (position, from, to, exact) = self.ends()?;
        let ratio = to.checked_div(from).filter(|ratio| ratio.is_sign_positive() && !ratio.is_zero())?;
        let relative = ratio.checked_div(times)?;
        let more = self.matched.part("more").is_some_and(|more| !more.is_empty());
        let (low, high) = if more && times > Decimal::ONE {
            (share(98), Decimal::MAX)
        } else if more {
            (Decimal::ZERO, share(102))
        } else {
            (share(85), share(120))
        };
        // Far off: "doubled" for less than 1.4 or for more than 3 times as much.
        let (least, most) = if more { (low * share(80), high) } else { (share(70), share(150)) };
        let most = if more && times < Decimal::ONE { share(125) } else { most };
        let derivation = format!(
            "from {} to {} is {} times as much, the text says {} times",
            plain(from),
            plain(to),
            plain(ratio.round_dp(2)),
            plain(times)
        );
        let agrees = if (low..=high).contains(&relative) {
            true
        } else if exact && !(least..=most).contains(&relative) {
            false
        } else {
            return None;
        };
        Some((position, Comparison::new(agrees, derivation)))
    }

    /// "rose 10 percent from 200 to 220".
    fn percent(&self) -> Option<(usize, Comparison)> {
        let direction = self.word("change")?;
        let (position, percent) = self.figure("percent")?;
        let (_, from, to, levels_exact) = self.ends()?;
        if percent.max.is_some() || from <= Decimal::ZERO || to <= Decimal::ZERO {
            return None;
        }
        let change = |from: Decimal, to: Decimal| {
            to.checked_sub(from)?.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(from)?.checked_mul(direction)
        };
        let is = change(from, to)?;
        // What the ends may have been before they were rounded.
        let (from_room, to_room) = (rounding(from), rounding(to));
        let one = change(from.checked_add(from_room)?, to.checked_sub(to_room)?)?;
        let other = change(from.checked_sub(from_room)?, to.checked_add(to_room)?)?;
        let room = rounding(percent.value);
        let (low, high) = (one.min(other).checked_sub(room)?, one.max(other).checked_add(room)?);
        let derivation = format!(
            "from {} to {} is {} percent, the text says {}",
            plain(from),
            plain(to),
            plain(is.checked_mul(direction)?.round_dp(1)),
            plain(percent.value.checked_mul(direction)?)
        );
        let off = is.checked_sub(percent.value)?.abs();
        let agrees = if (low..=high).contains(&percent.value)
            || percent.approximate && off <= percent.value.checked_mul(share(10))?
        {
            true
        } else if levels_exact
            && exact(percent)
            && off > Decimal::TWO.max(percent.value.checked_mul(share(25))?)
        {
            false
        } else {
            return None;
        };
        Some((position, Comparison::new(agrees, derivation)))
    }

    /// "30 women and 20 men, 50 people in all".
    fn sum(&self) -> Option<(usize, Comparison)> {
        let (position, total) = self.figure("total")?;
        let mut sum = Decimal::ZERO;
        let mut room = rounding(total.value);
        let mut all_exact = exact(total);
        let mut terms = Vec::new();
        for part in self.matched.parts("part") {
            let (_, part) = self.figure_at(self.items.expression(part)?)?;
            if !alike(part, total) || part.max.is_some() {
                return None;
            }
            sum = sum.checked_add(part.value)?;
            room = room.checked_add(rounding(part.value))?;
            all_exact &= exact(part);
            terms.push(plain(part.value));
        }
        if terms.len() < 2 || total.max.is_some() || !all_exact {
            return None;
        }
        let off = sum.checked_sub(total.value)?.abs();
        let counted = sum.is_integer() && total.value.is_integer() && total.unit.is_empty();
        let agrees = if off.is_zero() || !counted && off <= room {
            true
        } else if self.matched.constant("explicit").is_some() && (counted || off > room * Decimal::TWO) {
            false
        } else {
            return None;
        };
        let derivation =
            format!("{} is {}, the text says {}", terms.join(" + "), plain(sum), plain(total.value));
        Some((position, Comparison::new(agrees, derivation)))
    }

    /// "50 people, 60 of them children": a part is no more than the whole.
    fn share(&self) -> Option<(usize, Comparison)> {
        let ((_, total), (position, part)) = (self.figure("total")?, self.figure("part")?);
        let comparable = alike(part, total) && exact(part) && exact(total);
        (comparable && part.max.is_none() && total.max.is_none() && part.value > total.value).then(|| {
            let derivation = format!(
                "{} are more than the {} that they are part of",
                plain(part.value),
                plain(total.value)
            );
            (position, Comparison::new(false, derivation))
        })
    }

    /// "the 71-year-old, born in 1953".
    fn age(&self) -> Option<(usize, Comparison)> {
        let (position, age) = self.figure("age")?;
        let born = self.expressions.get(self.position("born")?)?;
        let year = self.text.year_named(born)?;
        let publish_year = i32::from(self.text.publish_date?.year());
        if !matches!(age.unit.as_str(), "a") || age.max.is_some() || !exact(age) {
            return None;
        }
        let age = i32::try_from(age.value).ok()?;
        let turns = publish_year.checked_sub(year)?;
        let agrees = age == turns || age == turns - 1;
        // A year more may be the time that the article was in the making.
        if !agrees && (turns - 2..=turns + 1).contains(&age) {
            return None;
        }
        let derivation = format!(
            "who was born in {year} is {} or {turns} years old in {publish_year}, the text says {age}",
            turns - 1
        );
        let comparison = Comparison { span: Some(born.point.span), ..Comparison::new(agrees, derivation) };
        Some((position, comparison))
    }

    /// "5 miles (8 km)".
    fn twice(&self) -> Option<(usize, Comparison)> {
        let ((position, one), (_, other)) = (self.figure("value")?, self.figure("again")?);
        if one.unit == other.unit || one.max.is_some() || other.max.is_some() {
            return None;
        }
        let readings = in_unit(one.value, &one.unit, &other.unit);
        let nearest = readings.into_iter().min_by_key(|reading| (*reading - other.value).abs())?;
        let off = nearest.checked_sub(other.value)?.abs();
        let room = other.value.abs().checked_mul(share(5))?.max(rounding(other.value));
        let derivation = format!(
            "{} {} are {} {}, the text says {}",
            plain(one.value),
            one.unit,
            plain(nearest.round_dp(1)),
            other.unit,
            plain(other.value)
        );
        let agrees = if off <= room {
            true
        } else if exact(one)
            && exact(other)
            && off > other.value.abs().checked_mul(share(20))?.max(room * Decimal::TWO)
        {
            false
        } else {
            return None;
        };
        Some((position, Comparison::new(agrees, derivation)))
    }
}

impl Text<'_> {
    /// The year of a date that names it, however precise.
    fn year_named(&self, expression: &Expression) -> Option<i32> {
        year_only(expression).or_else(|| {
            let PointValue::Date(date) = &expression.point.value else { return None };
            let year = date.value.get(..4).filter(|_| self.names_year(expression))?;
            year.parse().ok()
        })
    }
}

/// Whether two figures are of the same kind and unit.
fn alike(one: &Figure, other: &Figure) -> bool {
    one.kind == other.kind && one.unit == other.unit
}

/// Whether the text gives a figure without "about" or "more than".
fn exact(figure: &Figure) -> bool {
    !figure.approximate && figure.bound.is_none()
}

/// So many hundredths.
fn share(percent: i64) -> Decimal {
    Decimal::new(percent, 2)
}

/// How far a value may lie from what it was rounded from: half of its last digit, and no more than half a hundredth.
fn rounding(value: Decimal) -> Decimal {
    let value = value.abs().normalize();
    if value.scale() > 0 {
        return Decimal::new(5, value.scale().saturating_add(1).min(28));
    }
    let (mut rest, mut unit) = (value, Decimal::ONE);
    while !rest.is_zero() && (rest % Decimal::TEN).is_zero() {
        rest /= Decimal::TEN;
        unit *= Decimal::TEN;
    }
    (unit / Decimal::TWO).min((value * Decimal::new(5, 3)).max(Decimal::new(5, 1)))
}

fn plain(value: Decimal) -> String {
    value.normalize().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_room_of_its_last_digit() {
        let room = |value: &str| rounding(value.parse().expect("a number")).normalize().to_string();
        assert_eq!(room("12.4"), "0.05");
        assert_eq!(room("7"), "0.5");
        assert_eq!(room("12400000000"), "50000000");
        assert_eq!(room("100"), "0.5");
        assert_eq!(room("0"), "0.5");
    }
}
