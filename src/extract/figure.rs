//! Figures: numbers with what they measure.
//!
//! The pack's patterns say where a number stands and which parts it has; [`amount`] gives the exact value of a part,
//! [`unit`] the code of what it measures, and [`beside`] reads what qualifies it: "rund", "mehr als", the noun counted.

mod amount;
mod beside;
mod measure;
mod unit;

pub(super) use measure::in_unit;

use std::ops::Range;

use compact_str::CompactString;
use rust_decimal::Decimal;
use smallvec::{SmallVec, smallvec};

use super::{
    document::Document,
    expression::Expression,
    language::{Pack, WellKnown},
    pattern::Match,
};
use crate::claim::{Figure, FigureKind, PointValue};

/// What the patterns of figures may make.
///
/// Their parts: `value` and, for a range, `max`; `sign`, a word or mark that makes them negative; `scale`, which
/// multiplies both; `denominator`, which divides the value; `power`, the power of ten that multiplies it (and `base`, the ten); `unit` (and
/// `per`, `square`, `cubic`, or the digit `exponent`); `minor`, the smaller coins; `more`, a part in a smaller unit;
/// `counted`, the thing counted; `approximate`, words that say so themselves. Two parts `item` hold the ends of a range
/// that is none if it falls: "from 40 to 30" are two figures.
/// A part `unit_of_first` is the unit of a range's lower end: if it is another than `unit`, the two are no range.
/// Their constants: `value`, `unit`; `more_unit`, the unit of `more` where no word says it; `factor`, which multiplies the value; `ascending`, for a range that is no figure at
/// all unless it rises; `pair`, for two figures that are never a range; `written`, for a fraction that may be a date or a
/// name; `pair_near` and `percent_near`, a class of words that make two figures of a range, or percentages of numbers,
/// if one of them stands nearby in the sentence.
pub(super) const CONSTRUCTORS: &[&str] = &[
    "figure.number",
    "figure.percent",
    "figure.money",
    "figure.quantity",
    "figure.age",
    "figure.ordinal",
    "figure.nothing",
];

/// What the patterns of the words beside a figure may make.
pub(super) const BESIDE: &[&str] = &[
    "beside.approximate",
    "beside.lower",
    "beside.upper",
    "beside.lower_after",
    "beside.upper_after",
    "beside.counted",
];

/// Nobody and nothing that a newspaper gives the age of in this way is older.
const OLDEST: u32 = 130;

/// What fractions are written in.
const FRACTIONS: [u32; 14] = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 40, 100, 1000];

/// How many tokens before and behind a match "nearby" is.
const NEARBY: usize = 40;

/// A number that shares the scale of one behind it is less than so many times as much.
const FALL: u32 = 5;

/// Makes the expressions of a match.
pub(super) fn interpret(
    matched: &Match,
    document: &Document,
    pack: &Pack,
    sentence: usize,
    found: &mut Vec<Expression>,
) {
    let kind = match matched.pattern.definition.make.strip_prefix("figure.") {
        Some("number") if is_near(matched, document, pack, sentence, "percent_near") => FigureKind::Percent,
        Some("number") => FigureKind::Number,
        Some("percent") => FigureKind::Percent,
        Some("money") => FigureKind::Money,
        Some("quantity") => FigureKind::Quantity,
        Some("age") => FigureKind::Age,
        Some("ordinal") => FigureKind::Ordinal,
        _ => return,
    };
    let Some((value, max)) = values(matched, document, pack) else { return };
    if kind == FigureKind::Age
        && (value.is_sign_negative() || matched.constant("person").is_some() && value > Decimal::from(OLDEST))
    {
        return;
    }
    let year = |part| {
        let part = matched.part(part)?;
        Some(part.len() == 1 && pack.has(document.tokens[part.start].symbol, WellKnown::YearNumber))
    };
    // "between 1600 and 1900" are years, unless the pattern saw what is counted behind them.
    let years = || year("value") == Some(true) && year("max") == Some(true);
    if kind == FigureKind::Number && max.is_some() && years() && matched.part("span").is_none() {
        return;
    }
    let Some(unit) = unit::code(matched, document, pack, kind) else { return };
    let unit_of_first = matched
        .part("unit_of_first")
        .and_then(|part| unit::any(document, pack, part))
        .filter(|first| unit.strip_prefix(first).is_none_or(|rest| rest.starts_with(char::is_alphabetic)));
    let apart = unit_of_first.is_some()
        || matched.constant("pair").is_some()
        || is_near(matched, document, pack, sentence, "pair_near");
    let (value, unit) = match matched.parts("more").next() {
        Some(_) => match with_more(matched, document, pack, value, &unit) {
            Some(sum) => sum,
            None => return,
        },
        None => (value, unit),
    };
    let items: Vec<Range<usize>> = matched.parts("item").collect();
    // "in 2022 to 6 million": what no scale reaches and looks like a year is one.
    let scaled = matched.part("max").and_then(|part| amount::scale(document, pack, part)).is_some();
    let figures: SmallVec<[_; 2]> = match (max, items.as_slice()) {
        (Some(max), [_, second]) if scaled && year("value") == Some(true) => {
            smallvec![(second.clone(), max, None)]
        }
        (Some(max), [first, second]) if max < value || apart => {
            smallvec![(first.clone(), value, None), (second.clone(), max, None)]
        }
        (Some(max), _) if max < value => smallvec![(extent(matched), max, Some(value))],
        (Some(max), _) if max == value => smallvec![(extent(matched), value, None)],
        (max, _) => smallvec![(extent(matched), value, max)],
    };
    let several = figures.len() > 1;
    for (position, (tokens, value, max)) in figures.into_iter().enumerate() {
        let unit = unit_of_first
            .filter(|_| several && position == 0)
            .map_or_else(|| unit.clone(), CompactString::from);
        let beside = beside::read(document, pack, sentence, tokens.clone());
        let counted = match matched.part("counted") {
            Some(counted) => document.slice(counted).into(),
            None if matches!(kind, FigureKind::Number | FigureKind::Ordinal) => beside.counted,
            None => CompactString::default(),
        };
        let figure = Figure {
            kind,
            value: value.normalize(),
            max: max.map(|max| max.normalize()),
            unit,
            counted,
            approximate: beside.approximate || matched.part("approximate").is_some(),
            bound: if max.is_some() { None } else { beside.bound },
        };
        found.push(Expression::new(
            document,
            sentence,
            tokens,
            PointValue::Figure(figure),
            CompactString::default(),
            &matched.pattern.definition.name,
        ));
    }
}

/// Whether a word of the class that a constant of the match names stands near it in its sentence.
fn is_near(matched: &Match, document: &Document, pack: &Pack, sentence: usize, constant: &str) -> bool {
    let Some(class) = matched.constant(constant) else { return false };
    let limits = &document.sentences[sentence].tokens;
    let start = limits.start.max(matched.range.start.saturating_sub(NEARBY));
    let end = limits.end.min(matched.range.end + NEARBY);
    pack.any_has(document, start..end, class)
}

/// The sum of a measure and its parts in smaller units, in the smallest of them: it then needs no rounding.
fn with_more(
    matched: &Match,
    document: &Document,
    pack: &Pack,
    value: Decimal,
    unit: &str,
) -> Option<(Decimal, CompactString)> {
    let mut sum = value;
    let mut smallest = CompactString::from(unit);
    for more in matched.parts("more") {
        let unit = unit::of(document, pack, more.clone()).or_else(|| matched.constant("more_unit"))?;
        let ratio = measure::ratio(&smallest, unit)?;
        if ratio <= Decimal::ONE {
            return None;
        }
        sum = sum.checked_mul(ratio)?.checked_add(amount::read(document, pack, more)?)?;
        smallest = CompactString::from(unit);
    }
    Some((sum.round_dp(amount::DIGITS), smallest))
}

/// The value of a match and, for a range, its upper end.
fn values(matched: &Match, document: &Document, pack: &Pack) -> Option<(Decimal, Option<Decimal>)> {
    let ordinal = matched.pattern.definition.make == "figure.ordinal";
    let read = |part: Range<usize>| {
        if ordinal { amount::read_ordinal(document, pack, part) } else { amount::read(document, pack, part) }
    };
    let mut value = match (matched.constant("value"), matched.part("value")) {
        (Some(value), _) => value.parse().ok()?,
        (None, Some(part)) => read(part)?,
        (None, None) => return None,
    };
    let mut max = match matched.part("max") {
        Some(part) => Some(read(part)?),
        None => None,
    };
    if let (Some(upper), Some(scale)) =
        (max, matched.part("max").and_then(|part| amount::scale(document, pack, part)))
    {
        // "10 bis 15 Millionen": the scale of the upper end is that of both.
        let lower = value.checked_mul(scale)?;
        let scaled = matched.part("value").is_some_and(|part| amount::scale(document, pack, part).is_some());
        // So is it in "from 200 to 190 million", but not in "from 200 to 4 million".
        if !scaled && lower < upper.checked_mul(FALL.into())? {
            value = lower;
        }
    }
    if let Some(scale) = matched.part("scale").and_then(|part| amount::scale(document, pack, part)) {
        value = value.checked_mul(scale)?;
        max = match max {
            Some(max) => Some(max.checked_mul(scale)?),
            None => None,
        };
    }
    if let Some(minor) = matched.part("minor").and_then(read) {
        value = value.checked_add(minor.checked_div(Decimal::ONE_HUNDRED)?)?;
    }
    if matched.part("sign").is_some() {
        value = -value;
        max = max.map(|max| -max);
    }
    if let Some(denominator) = matched.part("denominator") {
        let denominator = amount::read_ordinal(document, pack, denominator.clone())
            .or_else(|| amount::read(document, pack, denominator))?;
        if value > denominator {
            return None;
        }
        // "9/11" and "24/7" are no fractions.
        let fraction = |denominator| FRACTIONS.iter().any(|&usual| denominator == Decimal::from(usual));
        if matched.constant("written").is_some() && (value == denominator || !fraction(denominator)) {
            return None;
        }
        value = value.checked_div(denominator)?.round_dp(amount::DIGITS);
    }
    if let Some(factor) = matched.constant("factor") {
        value = value.checked_mul(factor.parse().ok()?)?;
    }
    if let Some(power) = matched.part("power") {
        if matched.part("base").is_some_and(|base| document.slice(base) != "10") {
            return None;
        }
        value = amount::times_power_of_ten(value, amount::read(document, pack, power)?)?;
    }
    match max {
        Some(max) if max <= value && matched.constant("ascending").is_some() => None,
        max => Some((value, max)),
    }
}

/// The tokens of the figure itself, without what its pattern only looks at: its part "span", or else all parts that say
/// what it is.
fn extent(matched: &Match) -> Range<usize> {
    if let Some(span) = matched.part("span") {
        return span;
    }
    // Each by its name, so that what is not there costs nothing.
    let parts = [
        matched.part("sign"),
        matched.part("value"),
        matched.part("max"),
        matched.part("scale"),
        matched.part("denominator"),
        matched.part("power"),
        matched.part("unit"),
        matched.part("per"),
        matched.part("square"),
        matched.part("cubic"),
        matched.part("exponent"),
        matched.part("minor"),
        matched.part("more"),
    ];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or_else(|| matched.range.clone())
}
