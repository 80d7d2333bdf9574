//! Numbers in words: "einundzwanzigtausend", "two hundred and five", and the digits of "1.234,5".

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

/// The parts of numbers in words.
#[derive(Debug, Default)]
pub(super) struct Numerals {
    parts: FxHashMap<Box<str>, Part>,
    longest: usize,
    first_bytes: Vec<bool>,
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

/// A number in words as it is summed up.
#[derive(Debug, Default)]
pub(super) struct Sum {
    total: Decimal,
    current: Option<Decimal>,
    any: bool,
}

impl Sum {
    /// Adds the next part; `None` if the number grows out of bounds.
    pub(super) fn add(&mut self, part: Part) -> Option<()> {
        match part {
            Part::Joiner => return Some(()),
            Part::Count(value) => self.current = Some(self.current.unwrap_or_default().checked_add(value)?),
            Part::Scale(scale) if scale < Decimal::ONE_THOUSAND => {
                self.current = Some(self.current.unwrap_or(Decimal::ONE).checked_mul(scale)?);
            }
            Part::Scale(scale) => {
                let count = self.current.take();
                // "two hundred thousand million": a greater scale takes all that stands before it.
                if count.is_none() && self.any {
                    self.total = self.total.checked_mul(scale)?;
                } else {
                    self.total = self.total.checked_add(count.unwrap_or(Decimal::ONE).checked_mul(scale)?)?;
                }
            }
        }
        self.any = true;
        Some(())
    }

    /// The number, if there was any part.
    pub(super) fn finish(self) -> Option<Decimal> {
        if self.any { self.total.checked_add(self.current.unwrap_or_default()) } else { None }
    }
}

/// A number in one word has no more parts than this.
const MOST_PARTS: usize = 24;

impl Numerals {
    /// The parts of a language; `compound` if they are written together.
    pub(super) fn new(parts: impl IntoIterator<Item = (String, Part)>, compound: bool) -> Self {
        let parts: FxHashMap<Box<str>, Part> =
            parts.into_iter().map(|(form, part)| (form.into(), part)).collect();
        let mut first_bytes = vec![false; 256];
        for form in parts.keys() {
            if let Some(&byte) = form.as_bytes().first() {
                first_bytes[usize::from(byte)] = true;
            }
        }
        let longest = parts.keys().map(|form| form.len()).max().unwrap_or(0);
        Self { parts, longest, first_bytes, compound }
    }

    /// A word that is one part.
    pub(super) fn part(&self, folded: &str) -> Option<Part> {
        self.parts.get(folded).copied()
    }

    /// The number that a word in small letters is as a whole.
    pub(super) fn read(&self, folded: &str) -> Option<Decimal> {
        let first = *folded.as_bytes().first()?;
        if !self.first_bytes.get(usize::from(first)).copied().unwrap_or(false) {
            return None;
        }
        let mut sum = Sum::default();
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
        if most == 0 || !self.first_bytes[usize::from(folded.as_bytes()[0])] {
            return None;
        }
        let longest = folded.floor_char_boundary(self.longest.min(folded.len()));
        (1..=longest).rev().filter(|&end| folded.is_char_boundary(end)).find_map(|end| {
            let part = *self.parts.get(&folded[..end])?;
            let mut rest = self.compound(&folded[end..], most - 1)?;
            rest.insert(0, part);
            Some(rest)
        })
    }
}
