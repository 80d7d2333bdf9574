//! Numbers in words: "einundzwanzigtausend", "two hundred and five", and the digits of "1.234,5".

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::last_bytes::LastBytes;

/// The parts of numbers in words.
#[derive(Debug, Default)]
pub(super) struct Numerals {
    parts: FxHashMap<Box<str>, Part>,
    /// For each byte, the lengths of the parts that begin with it, a bit for each.
    lengths: Vec<u64>,
    /// What a number ends with.
    last_bytes: LastBytes,
    compound: bool,
}

/// A part of a number in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It counts itself.
    Count(Decimal),
    /// It multiplies what stands before it.
    Scale(Decimal),
    /// It joins others.
    Joiner,
}

/// A number in words as it is summed up. What does not make one number ("three zero", "thousand thousand") makes none.
#[derive(Debug)]
pub(super) struct Sum {
    /// Whether units follow a joiner before their tens, as in "einundzwanzig", rather than the other way round.
    units_first: bool,
    /// What the scales behind have taken already.
    total: Decimal,
    /// The scale of the last part of the total: the rest must stay below it.
    scale: Option<Decimal>,
    /// What no scale has taken yet.
    current: Option<Decimal>,
    /// What may still be added to it: numbers below this.
    room: Decimal,
    joined: bool,
}

impl Sum {
    /// An empty sum.
    pub(super) fn new(units_first: bool) -> Self {
        Self {
            units_first,
            total: Decimal::ZERO,
            scale: None,
            current: None,
            room: Decimal::ZERO,
            joined: false,
        }
    }

    /// Adds the next part; `None` if it does not fit, or if the number grows out of bounds.
    pub(super) fn add(&mut self, part: Part) -> Option<()> {
        match part {
            Part::Joiner => self.joined = true,
            Part::Count(value) => self.count(value)?,
            Part::Scale(scale) if scale < Decimal::ONE_THOUSAND => self.small(scale)?,
            Part::Scale(scale) => self.great(scale)?,
        }
        if part != Part::Joiner {
            self.joined = false;
        }
        Some(())
    }

    fn count(&mut self, value: Decimal) -> Option<()> {
        let (ten, hundred) = (Decimal::TEN, Decimal::ONE_HUNDRED);
        let tens = value >= Decimal::from(20) && value < hundred && (value % ten).is_zero();
        let sum = match self.current {
            None if self.scale.is_some_and(|scale| value >= scale) => return None,
            None => value,
            Some(current) if value < self.room && !value.is_zero() => current.checked_add(value)?,
            // "einundzwanzig", also behind hundreds.
            Some(current)
                if self.units_first
                    && self.joined
                    && tens
                    && !(current % ten).is_zero()
                    && current % hundred < ten =>
            {
                current.checked_add(value)?
            }
            // "nineteen eighty", "one twenty-two": the hundred goes without saying.
            Some(current)
                if !self.units_first
                    && !self.joined
                    && current < hundred
                    && current.is_integer()
                    && !current.is_zero()
                    && (ten..hundred).contains(&value) =>
            {
                current.checked_mul(hundred)?.checked_add(value)?
            }
            // A number in digits that repeats what is said already makes no sense as one number.
            Some(_) => return None,
        };
        self.current = Some(sum);
        self.room = match (tens, self.units_first) {
            (true, false) => ten,
            // "einhundert fünfzehn": a word that ends in hundreds has room for what is written apart.
            (_, true) if value >= hundred && (value % hundred).is_zero() => hundred,
            _ => Decimal::ZERO,
        };
        Some(())
    }

    fn small(&mut self, scale: Decimal) -> Option<()> {
        let limit = if self.units_first { Decimal::from(20) } else { Decimal::ONE_HUNDRED };
        let hundreds = scale == Decimal::ONE_HUNDRED;
        self.current = Some(match self.current {
            // "zero hundred" is how a digit is dictated, and "sechzighundert" no number.
            Some(current) if hundreds && (current >= limit || self.joined) => return None,
            Some(current) if current.is_zero() => scale,
            Some(current) => current.checked_mul(scale)?,
            None => scale,
        });
        self.room = if hundreds { Decimal::ONE_HUNDRED } else { Decimal::ZERO };
        Some(())
    }

    fn great(&mut self, scale: Decimal) -> Option<()> {
        let count = self.current.take();
        match (count, self.scale) {
            // "two hundred thousand million": a greater scale takes all that stands before it.
            (_, Some(last)) if scale > last => {
                self.total = self.total.checked_add(count.unwrap_or_default())?.checked_mul(scale)?;
            }
            (Some(count), Some(last)) if scale < last => {
                self.total = self.total.checked_add(count.checked_mul(scale)?)?
            }
            (_, Some(_)) => return None,
            (count, None) => self.total = count.unwrap_or(Decimal::ONE).checked_mul(scale)?,
        }
        self.scale = Some(scale);
        self.room = Decimal::ZERO;
        Some(())
    }

    /// The number, if there was any part.
    pub(super) fn finish(self) -> Option<Decimal> {
        match (self.current, self.scale) {
            _ if self.joined => None,
            (None, None) => None,
            (current, _) => self.total.checked_add(current.unwrap_or_default()),
        }
    }
}

/// A part has no more bytes than this.
const LONGEST_PART: usize = u64::BITS as usize - 1;

/// A number in one word has no more parts than this.
const MOST_PARTS: usize = 24;

impl Numerals {
    /// The parts of a language; `compound` if they are written together.
    pub(super) fn new(parts: impl IntoIterator<Item = (String, Part)>, compound: bool) -> Self {
        let parts: FxHashMap<Box<str>, Part> =
            parts.into_iter().map(|(form, part)| (form.into(), part)).collect();
        let mut lengths = vec![0; 256];
        for form in parts.keys() {
            if let Some(&byte) = form.as_bytes().first() {
                lengths[usize::from(byte)] |= 1 << form.len().min(LONGEST_PART);
            }
        }
        let mut last_bytes = LastBytes::default();
        parts.keys().for_each(|form| last_bytes.add(form));
        Self { parts, lengths, last_bytes, compound }
    }

    /// A word that is one part.
    pub(super) fn part(&self, folded: &str) -> Option<Part> {
        self.parts.get(folded).copied()
    }

    /// An empty sum for the language.
    pub(super) fn sum(&self) -> Sum {
        Sum::new(self.compound)
    }

    /// The number that a word in small letters is as a whole.
    pub(super) fn read(&self, folded: &str) -> Option<Decimal> {
        let first = *folded.as_bytes().first()?;
        if self.lengths.get(usize::from(first)).is_none_or(|&lengths| lengths == 0)
            || folded.len() > 1 && !self.last_bytes.has(folded)
        {
            return None;
        }
        let mut sum = Sum::new(self.compound);
        if let Some(&part) = self.parts.get(folded) {
            sum.add(part)?;
            return sum.finish();
        }
        if !self.compound {
            return None;
        }
        self.compound(folded, MOST_PARTS)?.into_iter().try_for_each(|part| sum.add(part))?;
        sum.finish()
    }

    /// The parts that a word is made of: the longest that fits comes first, shorter ones where that leads nowhere.
    fn compound(&self, folded: &str, most: usize) -> Option<Vec<Part>> {
        if folded.is_empty() {
            return Some(Vec::new());
        }
        if most == 0 {
            return None;
        }
        let mut lengths = self.lengths[usize::from(folded.as_bytes()[0])];
        let longest_first = std::iter::from_fn(|| {
            let length = lengths.checked_ilog2()?;
            lengths ^= 1 << length;
            Some(length as usize)
        });
        let mut ends = longest_first.filter(|&end| folded.is_char_boundary(end));
        ends.find_map(|end| {
            let part = *self.parts.get(&folded[..end])?;
            let mut rest = self.compound(&folded[end..], most - 1)?;
            rest.insert(0, part);
            Some(rest)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german() -> Numerals {
        let count = |form: &str, value: i64| (form.to_owned(), Part::Count(value.into()));
        let scale = |form: &str, value: i64| (form.to_owned(), Part::Scale(value.into()));
        Numerals::new(
            [
                count("ein", 1),
                count("zwei", 2),
                count("drei", 3),
                count("sieben", 7),
                count("acht", 8),
                count("zwölf", 12),
                count("achtzehn", 18),
                count("zwanzig", 20),
                count("fünfzig", 50),
                count("sechzig", 60),
                count("achtzig", 80),
                scale("hundert", 100),
                scale("tausend", 1000),
                ("und".to_owned(), Part::Joiner),
            ],
            true,
        )
    }

    #[test]
    fn one_word_is_one_number() {
        for (word, value) in [
            ("einundzwanzig", 21),
            ("einundzwanzigtausend", 21_000),
            ("siebenhunderteinundzwanzigtausendundzwölf", 721_012),
            ("achtzehnhundertzweiundfünfzig", 1852),
            ("hundertzwei", 102),
            ("hunderttausend", 100_000),
            ("zweihundertdreiundachtzig", 283),
            ("tausend", 1000),
        ] {
            assert_eq!(german().read(word), Some(Decimal::from(value)), "{word}");
        }
    }

    #[test]
    fn what_makes_no_number_is_none() {
        for word in [
            "zweidrei",
            "sechzighundert",
            "tausendtausend",
            "zwanzigzwei",
            "und",
            "einund",
            "zweiundzwölf",
            "",
        ] {
            assert_eq!(german().read(word), None, "{word}");
        }
    }
}
