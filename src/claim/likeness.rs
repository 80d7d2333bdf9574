//! By what claims are found that may say the same, or the same with another figure, without comparing all with all.
//!
//! A claim has a few keys. Each is made from what its points are of (times, kinds and units of figures, but not their
//! values) and from one of its words, chosen by MinHash (A. Broder, On the resemblance and containment of documents, 1997):
//! two claims of the same points share a key with the probability of the share of words that they have in common.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::{Claim, PointValue, PublishDate, SourceRole, Span, TimexType};

/// How many keys a claim has. Claims with half of their words in common share one of four in 94 of 100 cases.
const KEYS: usize = 4;
/// Shorter words say little of what a claim is about.
const TELLING: usize = 4;

/// By what a claim is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// Of these, claims that are alike share one.
    pub keys: [i64; KEYS],
    /// Claims of the same keys whose points have the same values have this in common.
    pub content: i64,
}

/// A word of a claim outside of its points and of the names of its sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    /// Whether it begins with a capital letter.
    pub(super) capital: bool,
    /// Its first code point's place in the quote.
    pub(super) at: usize,
}

impl Word {
    pub(super) fn is_telling(&self) -> bool {
        self.text.chars().count() >= TELLING
    }
}

impl Claim {
    /// By what the claim is found.
    #[must_use]
    pub fn likeness(&self) -> Likeness {
        let words: BTreeSet<String> = self.words().into_iter().map(|word| word.text).collect();
        let telling = words.iter().filter(|word| word.chars().count() >= TELLING).count();
        // A short claim is known by all of its words.
        let least = if telling < 2 { 0 } else { TELLING };
        let mut smallest = [u64::MAX; KEYS];
        for word in words.iter().filter(|word| word.chars().count() >= least) {
            // One hash has room for four.
            for (smallest, hash) in smallest.iter_mut().zip(Sha256::digest(word).chunks_exact(8)) {
                *smallest = (*smallest).min(number(hash).cast_unsigned());
            }
        }
        let frame = self.frame().join("\n");
        let mut keys = [0; KEYS];
        for (at, (key, smallest)) in keys.iter_mut().zip(smallest).enumerate() {
            *key = number(&Sha256::digest(format!("{frame}\n{at} {smallest}")));
        }
        Likeness { keys, content: number(&Sha256::digest(self.content().join("\n"))) }
    }

    /// What the points are of, without the values of figures; in an order of their own.
    fn frame(&self) -> Vec<String> {
        let mut frame: Vec<String> = self.points.iter().map(|point| self.subject(&point.value)).collect();
        frame.sort_unstable();
        frame
    }

    /// The values of all points; in an order of their own.
    pub(super) fn content(&self) -> Vec<String> {
        let value = |value: &PointValue| match value {
            PointValue::Figure(figure) => {
                let max = figure.max.unwrap_or(figure.value).normalize();
                let bound = figure.bound.map_or("", |bound| bound.as_str());
                let about = figure.approximate;
                format!("{} {} {max} {bound} {about}", self.subject(value), figure.value.normalize())
            }
            PointValue::Date(_) | PointValue::Record(_) => self.subject(value),
        };
        let mut content: Vec<String> = self.points.iter().map(|point| value(&point.value)).collect();
        content.sort_unstable();
        content
    }

    /// What a point is of. A time that has no place in the calendar is one of the article's own day.
    fn subject(&self, value: &PointValue) -> String {
        match value {
            PointValue::Date(date) => match (&date.begin, &date.end, date.timex_type) {
                (Some(begin), Some(end), kind) => format!("{kind} {begin} {end}"),
                (.., kind @ (TimexType::Date | TimexType::Time)) => {
                    let day = self.published().map(|date| date.to_string()).unwrap_or_default();
                    format!("{kind} {} {day}", date.value)
                }
                (.., kind) => format!("{kind} {}", date.value),
            },
            PointValue::Figure(figure) => format!("{} {}", figure.kind, figure.unit),
            PointValue::Record(record) => {
                let parts =
                    [&record.since, &record.span, &record.implied].map(|it| it.as_deref().unwrap_or("-"));
                format!("{} {} {}", record.direction, record.rank, parts.join(" "))
            }
        }
    }

    /// When the article was published.
    pub(super) fn published(&self) -> Option<PublishDate> {
        self.sources
            .iter()
            .find(|source| source.role == SourceRole::Publication)
            .and_then(|source| source.date)
    }

    /// The words outside of the points and of the names of the sources, in their order.
    pub(super) fn words(&self) -> Vec<Word> {
        let base = self.span.map_or(0, |span| span.start);
        let points = self.points.iter().map(|point| point.span);
        let sources = self.sources.iter().filter(|_| self.span.is_some()).filter_map(|source| source.span);
        let mut hidden: Vec<Span> = points.chain(sources).collect();
        hidden.sort_unstable();
        let (mut hidden, mut until) = (hidden.into_iter().peekable(), 0);
        let mut words: Vec<Word> = Vec::new();
        let mut within = false;
        for (at, letter) in self.quote.chars().enumerate() {
            let place = base.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
            while let Some(span) = hidden.next_if(|span| span.start <= place) {
                until = until.max(span.end);
            }
            let seen = letter.is_alphanumeric() && place >= until;
            match (seen, within.then(|| words.last_mut()).flatten()) {
                (true, Some(word)) => word.text.extend(letter.to_lowercase()),
                (true, None) => words.push(Word {
                    text: letter.to_lowercase().collect(),
                    capital: letter.is_uppercase(),
                    at,
                }),
                (false, _) => {}
            }
            within = seen;
        }
        words
    }
}

/// A text in the letters that words are compared in. Every word of a claim is a part of its quote in them.
pub(super) fn lower(quote: &str) -> String {
    quote.chars().flat_map(char::to_lowercase).collect()
}

/// The first eight bytes of a hash as a number.
fn number(hash: &[u8]) -> i64 {
    hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{DateValue, Modality, Point};

    fn claim(quote: &str, start: u32, points: &[(u32, u32)]) -> Claim {
        let point = |(from, to): &(u32, u32)| Point {
            span: Span::new(*from, *to),
            text: Default::default(),
            value: PointValue::Date(DateValue {
                timex_type: TimexType::Date,
                value: "2023".into(),
                begin: Some("2023-01-01".into()),
                end: Some("2024-01-01".into()),
            }),
            derivation: Default::default(),
            pattern: Default::default(),
        };
        let length = u32::try_from(quote.chars().count()).expect("a short quote");
        Claim {
            quote: quote.to_owned(),
            span: Some(Span::new(start, start + length)),
            points: points.iter().map(|it| std::sync::Arc::new(point(it))).collect(),
            sources: Vec::new(),
            modality: Modality::Asserted,
            check_worthiness: 0.5,
            check_worthiness_reasons: Vec::new(),
            findings: Vec::new(),
            language: "de".to_owned(),
        }
    }

    #[test]
    fn words_are_those_outside_of_the_points() {
        let words = claim("Öl war 2023, x im Mai 2023 teuer.", 10, &[(17, 21), (25, 36), (28, 36)]).words();
        let texts: Vec<_> = words.iter().map(|word| (word.text.as_str(), word.capital, word.at)).collect();
        assert_eq!(texts, [("öl", true, 0), ("war", false, 3), ("x", false, 13), ("teuer", false, 27)]);
    }

    #[test]
    fn claims_of_the_same_share_a_key_and_a_content() {
        let one = claim("Der Verein baute 2023 neue Brunnen in Norden.", 0, &[(17, 21)]).likeness();
        let moved = claim("2023 baute der Verein neue Brunnen in Norden.", 7, &[(7, 11)]).likeness();
        assert_eq!(one, moved);
        let none = claim("Der Verein baute 2023 neue Brunnen in Norden.", 0, &[]).likeness();
        assert!(one.content != none.content && one.keys.iter().all(|key| !none.keys.contains(key)));
    }

    #[test]
    fn each_word_is_a_part_of_the_quote_in_small_letters() {
        let claim = claim("ÖL war 2023er Ware, ΣΟΦΟΣ im Mai 2023 İst teuer.", 0, &[(7, 11), (29, 37)]);
        let quote = lower(&claim.quote);
        for word in claim.words() {
            assert!(quote.contains(&word.text), "{word:?}");
        }
    }

    #[test]
    fn a_claim_of_very_many_points_takes_no_longer_for_each() {
        let points: Vec<(u32, u32)> = (0..100_000).map(|at| (at * 5, at * 5 + 4)).collect();
        assert_eq!(claim(&"2023 ".repeat(100_000), 0, &points).words(), []);
    }
}
