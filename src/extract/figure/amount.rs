//! The exact value of a number: digits, words, scales, fractions and decimals that are read out.

use std::ops::Range;

use rust_decimal::Decimal;

use crate::extract::{
    document::{Document, Shape},
    language::{Pack, WellKnown},
};

/// A fraction that no decimal can hold is given to so many digits.
pub(super) const DIGITS: u32 = 16;

/// The value of a range of tokens, as far as it is one number.
pub(super) fn read(document: &Document, pack: &Pack, tokens: Range<usize>) -> Option<Decimal> {
    // Digits alone have no classes of words.
    if tokens.len() == 1 && document.tokens[tokens.start].shape == Shape::Digits {
        return pack.number(document, tokens);
    }
    let has = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let mut tokens = tokens;
    let mut negative = false;
    while tokens.start < tokens.end
        && (has(tokens.start, WellKnown::Minus) || has(tokens.start, WellKnown::Plus))
    {
        negative |= has(tokens.start, WellKnown::Minus);
        tokens.start += 1;
    }
    let of_itself = ["vague_number", "times_value"];
    if let Some(value) = of_itself.iter().find_map(|class| pack.value_in(document, tokens.clone(), class)) {
        return value.parse().ok();
    }
    // "a kilo": an article counts one where its pattern takes it for a value.
    if !tokens.is_empty()
        && tokens.clone().all(|at| has(at, WellKnown::ArticleNumeral) && !has(at, WellKnown::Numeral))
    {
        return Some(Decimal::ONE);
    }
    let value = read_positive(document, pack, tokens)?;
    Some(if negative { -value } else { value })
}

/// The place in an order that a range of tokens names: digits, a word ("third"), or a number and a word ("twenty-first").
pub(super) fn read_ordinal(document: &Document, pack: &Pack, tokens: Range<usize>) -> Option<Decimal> {
    let word = tokens.clone().find(|&at| pack.has_class(document.tokens[at].symbol, "ordinal_word"));
    let Some(word) = word else { return pack.number(document, tokens) };
    let place = match pack.value_in(document, word..word + 1, "ordinal_word") {
        Some(value) if !value.is_empty() => value.parse().ok()?,
        // "zweihundertste": the number that the word begins with.
        _ => pack.number(document, word..word + 1)?,
    };
    match pack.number(document, tokens.start..word) {
        None => Some(place),
        Some(before) if place >= Decimal::ONE_HUNDRED => before.checked_mul(place),
        Some(before) => before.checked_add(place),
    }
}

/// The classes of words and marks that make more of a number than digits, words and scales in a row.
const PARTED: u64 = WellKnown::mask(&[
    WellKnown::ScaleLetter,
    WellKnown::DecimalWord,
    WellKnown::Slash,
    WellKnown::FractionWord,
    WellKnown::FractionMark,
]);

fn read_positive(document: &Document, pack: &Pack, mut tokens: Range<usize>) -> Option<Decimal> {
    if pack.any_well_known(document, tokens.clone()) & PARTED == 0 {
        return integer(document, pack, tokens);
    }
    let has = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let find = |class| tokens.clone().find(|&at| has(at, class));
    if let Some(at) = tokens.clone().rev().find(|&at| has(at, WellKnown::ScaleLetter) && at > tokens.start) {
        let scale: Decimal = pack.value_in(document, at..at + 1, "scale_letter")?.parse().ok()?;
        tokens.end = at;
        return read_positive(document, pack, tokens)?.checked_mul(scale);
    }
    if let Some(at) = find(WellKnown::DecimalWord).filter(|&at| at > tokens.start) {
        let decimals = spoken(document, pack, at + 1..tokens.end)?;
        return integer(document, pack, tokens.start..at)?.checked_add(decimals);
    }
    if let Some(at) = find(WellKnown::Slash).filter(|&at| at > tokens.start && at + 1 < tokens.end) {
        let part = digits(document, at - 1)?.checked_div(digits(document, at + 1)?)?.round_dp(DIGITS);
        return with_whole(document, pack, tokens.start..at - 1, part, at + 2..tokens.end);
    }
    if let Some(at) = find(WellKnown::FractionWord) {
        let part = fraction(pack.value_in(document, at..at + 1, "fraction_word")?)?;
        // "fünf und drei Viertel": what stands before the joiner is whole.
        let joiner = (tokens.start..at).rev().find(|&at| has(at, WellKnown::NumeralJoiner));
        let (whole, count) = match joiner {
            Some(joiner) => (tokens.start..joiner, joiner + 1..at),
            None => (tokens.start..tokens.start, tokens.start..at),
        };
        let count = if count.is_empty() {
            Decimal::ONE
        } else {
            pack.number(document, count).unwrap_or(Decimal::ONE)
        };
        // "one hundred and thirty fifths": so many parts that the whole number is of them too.
        let parts = part.checked_mul(count)?;
        if parts >= Decimal::ONE && !whole.is_empty() {
            let count = pack.number(document, whole)?.checked_add(count)?;
            return part.checked_mul(count).map(|value| value.round_dp(DIGITS));
        }
        return with_whole(document, pack, whole, parts.round_dp(DIGITS), at + 1..tokens.end);
    }
    if let Some(at) = find(WellKnown::FractionMark) {
        let part = fraction(pack.value_in(document, at..at + 1, "fraction_mark")?)?;
        return with_whole(document, pack, tokens.start..at, part.round_dp(DIGITS), at + 1..tokens.end);
    }
    integer(document, pack, tokens)
}

/// A number in digits or words; digits may begin with the decimal mark.
fn integer(document: &Document, pack: &Pack, tokens: Range<usize>) -> Option<Decimal> {
    let first = document.tokens.get(tokens.start)?;
    if first.shape == Shape::Mark
        && tokens.len() > 1
        && document.tokens[tokens.start + 1].shape == Shape::Digits
    {
        // ".500": the mark was checked by the pattern.
        let decimals: Decimal = format!("0.{}", document.word(tokens.start + 1)).parse().ok()?;
        return match scale(document, pack, tokens) {
            Some(scale) => decimals.checked_mul(scale),
            None => Some(decimals),
        };
    }
    pack.number(document, tokens)
}

/// A fraction with the whole number before it and the scale behind it.
fn with_whole(
    document: &Document,
    pack: &Pack,
    whole: Range<usize>,
    part: Decimal,
    behind: Range<usize>,
) -> Option<Decimal> {
    let whole = if whole.is_empty() { Decimal::ZERO } else { pack.number(document, whole)? };
    let sum = whole.checked_add(part)?;
    match pack.number(document, behind) {
        Some(scale) => sum.checked_mul(scale),
        None => Some(sum),
    }
}

/// A value times a power of ten; `None` where no decimal can hold it.
pub(super) fn times_power_of_ten(value: Decimal, power: Decimal) -> Option<Decimal> {
    let power = i32::try_from(power).ok()?;
    let factor = (0..power.unsigned_abs().min(29))
        .try_fold(Decimal::ONE, |factor, _| factor.checked_mul(Decimal::TEN))?;
    let result = if power < 0 { value.checked_div(factor)? } else { value.checked_mul(factor)? };
    // What is rounded to nothing cannot be held.
    (result.is_zero() == value.is_zero()).then_some(result)
}

/// The scale that the last word of a range is, if it is one.
pub(super) fn scale(document: &Document, pack: &Pack, tokens: Range<usize>) -> Option<Decimal> {
    ["scale", "scale_letter"]
        .iter()
        .find_map(|class| pack.value_in(document, tokens.clone(), class)?.parse().ok())
}

fn digits(document: &Document, at: usize) -> Option<Decimal> {
    document.word(at).parse().ok()
}

/// "1/3" as a number.
fn fraction(text: &str) -> Option<Decimal> {
    let (numerator, denominator) = text.split_once('/')?;
    numerator.parse::<Decimal>().ok()?.checked_div(denominator.parse().ok()?)
}

/// What stands behind a decimal mark that is read out: "drei" is 0.3, "fünfzehn" is 0.15, "one four" is 0.14; a scale
/// is not part of it.
fn spoken(document: &Document, pack: &Pack, tokens: Range<usize>) -> Option<Decimal> {
    let mut digits = String::from("0.");
    for at in tokens {
        let value = pack.number(document, at..at + 1)?;
        digits.push_str(&value.normalize().to_string());
    }
    digits.parse().ok()
}
