//! Whether two claims give different figures of the same thing at the same time.
//!
//! A false alarm costs more than one that is missed. So everything besides the figures has to be the same: times, what is
//! counted, units, names and all words that tell something; and figures differ only where no rounding makes them one.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::{
    Bound, Claim, Figure, FigureKind, Modality, Point, PointValue, TimexType,
    likeness::{Word, lower},
};

/// A claim with more figures is no single statement.
const MOST_FIGURES: usize = 16;
/// How many telling words only one of both may have.
const MOST_MISSING: usize = 1;
/// How far a figure that is called approximate may be off.
const ABOUT: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// Two figures of the same thing at the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contradiction {
    /// The figure's position among the claim's points.
    pub point: usize,
    /// The other one's among those of the other claim.
    pub other_point: usize,
    /// What is compared, in words.
    pub derivation: String,
}

impl Claim {
    /// The first figure that the other claim gives otherwise; nothing where it is not certain that both speak of the same.
    #[must_use]
    pub fn contradicted_by(&self, other: &Self) -> Option<Contradiction> {
        if !self.is_said() || !other.is_said() || self.language != other.language {
            return None;
        }
        let time = self.time()?;
        if other.time()? != time || self.fixed() != other.fixed() || !same_subject(self, other) {
            return None;
        }
        let (here, there) = (self.figures(), other.figures());
        if here.len() > MOST_FIGURES
            || here.len() != there.len()
            || !here.iter().zip(&there).all(|(a, b)| of_the_same(self, a, other, b))
        {
            return None;
        }
        let (a, b) = here.iter().zip(&there).find(|(a, b)| apart(a.figure, b.figure))?;
        Some(Contradiction {
            point: a.position,
            other_point: b.position,
            derivation: format!(
                "{} here, {} there, both of {}",
                a.point.text,
                b.point.text,
                time.into_iter().collect::<Vec<_>>().join(", "),
            ),
        })
    }

    /// Whether there can be a claim that contradicts this one: `false` only where [`Self::contradicted_by`] tells nothing,
    /// whatever the other is.
    #[must_use]
    pub fn can_be_contradicted(&self) -> bool {
        self.is_said()
            && self.time().is_some()
            && self
                .points
                .iter()
                .any(|point| matches!(&point.value, PointValue::Figure(it) if is_compared(it)))
    }

    /// Whether a claim of this quote can contradict the claim, as far as the quote alone can tell: `false` only where
    /// [`Self::contradicted_by`] tells nothing, whatever the points and sources of the other are.
    #[must_use]
    pub fn may_be_contradicted(&self, quote: &str) -> bool {
        let quote = lower(quote);
        let here = self.words();
        missing(&here, |word| quote.contains(word)).is_some_and(|missing| missing <= MOST_MISSING)
    }

    /// Whether the claim is stated, or reported, as it stands.
    fn is_said(&self) -> bool {
        Modality::SAID.contains(&self.modality)
    }

    /// The times that the claim speaks of; nothing where there is none, or one that has no place in the calendar.
    fn time(&self) -> Option<BTreeSet<String>> {
        let mut times = BTreeSet::new();
        for point in &self.points {
            if let PointValue::Date(date) = &point.value {
                match (&date.begin, &date.end) {
                    (Some(begin), Some(end)) => {
                        times.insert(format!("{begin} to {end}"));
                    }
                    _ if matches!(date.timex_type, TimexType::Date | TimexType::Time) => return None,
                    _ => {}
                }
            }
        }
        (!times.is_empty()).then_some(times)
    }

    /// What must be the same in both: all points but for the figures that are compared.
    fn fixed(&self) -> Vec<&PointValue> {
        let compared =
            |value: &&PointValue| matches!(value, PointValue::Figure(figure) if is_compared(figure));
        let dated = |value: &&PointValue| matches!(value, PointValue::Date(date) if date.begin.is_some());
        self.points.iter().map(|point| &point.value).filter(|it| !compared(it) && !dated(it)).collect()
    }

    fn figures(&self) -> Vec<Compared<'_>> {
        let mut figures = Vec::new();
        for (position, point) in self.points.iter().enumerate() {
            if let PointValue::Figure(figure) = &point.value
                && is_compared(figure)
            {
                figures.push(Compared { position, point, figure });
            }
        }
        figures
    }

    /// The word before a point, in lower case.
    fn word_before(&self, point: &Point) -> Option<String> {
        let start = point.span.start.checked_sub(self.span.map_or(0, |span| span.start))?;
        let before: String = self.quote.chars().take(usize::try_from(start).ok()?).collect();
        before.split_whitespace().next_back().map(str::to_lowercase)
    }
}

/// A figure that is compared.
struct Compared<'a> {
    position: usize,
    point: &'a Point,
    figure: &'a Figure,
}

/// Ages and places in an order belong to what is spoken of.
fn is_compared(figure: &Figure) -> bool {
    matches!(figure.kind, FigureKind::Number | FigureKind::Percent | FigureKind::Money | FigureKind::Quantity)
}

/// Whether two figures are of the same kind, unit and things, and stand behind the same word: "by 3 percent" is nothing that
/// "to 5 percent" could contradict.
fn of_the_same(mine: &Claim, a: &Compared<'_>, theirs: &Claim, b: &Compared<'_>) -> bool {
    a.figure.kind == b.figure.kind
        && a.figure.unit == b.figure.unit
        && a.figure.counted.to_lowercase() == b.figure.counted.to_lowercase()
        && mine.word_before(a.point) == theirs.word_before(b.point)
}

/// How many telling words are unknown elsewhere; nothing where one of the words is a name, or has digits.
fn missing(of: &[Word], known: impl Fn(&str) -> bool) -> Option<usize> {
    let mut missing = 0;
    for word in of.iter().filter(|word| !known(&word.text)) {
        let numbered = word.text.chars().any(char::is_numeric);
        // Any word may begin a sentence with a capital.
        let named = word.capital && (word.at > 0 || word.is_telling());
        if numbered || named {
            return None;
        }
        missing += usize::from(word.is_telling());
    }
    Some(missing)
}

/// Whether the claims speak of the same: every name and every telling word of one stands in the other, but for one word in
/// small letters that only one of them has.
fn same_subject(mine: &Claim, theirs: &Claim) -> bool {
    let (here, there) = (mine.words(), theirs.words());
    let missing = |from: &[Word], of: &[Word]| {
        let known: BTreeSet<&str> = from.iter().map(|word| word.text.as_str()).collect();
        missing(of, |word| known.contains(word))
    };
    let begins_otherwise = |from: &[Word], of: &[Word]| {
        of.first().is_some_and(|first| first.at == 0 && from.iter().all(|word| word.text != first.text))
    };
    if here.is_empty() || begins_otherwise(&here, &there) && begins_otherwise(&there, &here) {
        return false;
    }
    let (Some(here_only), Some(there_only)) = (missing(&there, &here), missing(&here, &there)) else {
        return false;
    };
    here_only + there_only <= MOST_MISSING
}

/// Whether no rounding, bound or "about" lets both be true.
fn apart(a: &Figure, b: &Figure) -> bool {
    let ((least_a, most_a), (least_b, most_b)) = (range(a), range(b));
    let below = |most: Option<Decimal>, least: Option<Decimal>| {
        most.zip(least).is_some_and(|(most, least)| most <= least)
    };
    below(most_a, least_b) || below(most_b, least_a)
}

/// What a figure can mean: a number written with so many places may be rounded to them.
fn range(figure: &Figure) -> (Option<Decimal>, Option<Decimal>) {
    let (value, max) = (figure.value, figure.max.unwrap_or(figure.value));
    let slack = |value: Decimal| {
        let about = if figure.approximate { value.abs().checked_mul(ABOUT) } else { None };
        half_place(value).max(about.unwrap_or_default())
    };
    let least = value.checked_sub(slack(value));
    let most = max.checked_add(slack(max));
    match figure.bound {
        Some(Bound::Lower) => (least, None),
        Some(Bound::Upper) => (None, most),
        None => (least, most),
    }
}

/// Half of the last place that a number says something of: 50 of 12400, 0.05 of 3.2.
fn half_place(value: Decimal) -> Decimal {
    let value = value.normalize();
    let mut place = Decimal::new(1, value.scale());
    let ten = Decimal::TEN;
    while !value.is_zero() && place.checked_mul(ten).is_some_and(|next| (value % next).is_zero()) {
        place *= ten;
    }
    place / Decimal::TWO
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(value: &str) -> Figure {
        Figure {
            kind: FigureKind::Number,
            value: value.parse().expect("a number"),
            max: None,
            unit: Default::default(),
            counted: Default::default(),
            approximate: false,
            bound: None,
        }
    }

    #[test]
    fn a_number_may_be_rounded_to_its_last_place() {
        for (value, half) in [("12400", "50"), ("3.2", "0.05"), ("3.0", "0.5"), ("7", "0.5"), ("0", "0.5")] {
            assert_eq!(
                half_place(value.parse().expect("a number")),
                half.parse().expect("a number"),
                "{value}"
            );
        }
        assert!(half_place(Decimal::MAX) >= Decimal::new(5, 1));
    }

    #[test]
    fn figures_are_apart_where_no_reading_lets_both_be_true() {
        let about = |value| Figure { approximate: true, ..figure(value) };
        let bound = |value, bound| Figure { bound: Some(bound), ..figure(value) };
        let up_to = |value, max: &str| Figure { max: max.parse().ok(), ..figure(value) };
        for (a, b, expected) in [
            (figure("12400"), figure("12431"), false),
            (figure("12400"), figure("13100"), true),
            (figure("3.2"), figure("3.3"), true),
            (figure("3"), figure("3.2"), false),
            (about("12450"), figure("13111"), false),
            (about("12450"), figure("15111"), true),
            (bound("300", Bound::Lower), figure("417"), false),
            (bound("300", Bound::Lower), figure("117"), true),
            (bound("300", Bound::Upper), figure("117"), false),
            (bound("300", Bound::Upper), figure("417"), true),
            (up_to("12", "15"), figure("13"), false),
            (up_to("12", "15"), figure("17"), true),
            (figure("-3"), figure("3"), true),
        ] {
            assert_eq!((apart(&a, &b), apart(&b, &a)), (expected, expected), "{a:?} {b:?}");
        }
    }
}
