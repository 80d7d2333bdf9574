//! Whether a claim says the same as one that was decided on before.

use std::collections::BTreeSet;

use super::{Claim, PointValue, likeness::lower};

/// From this share of words on, claims of the same points are taken to say the same.
const ALIKE: f64 = 0.5;
/// And claims that have no points from this.
const ALIKE_WITHOUT_POINTS: f64 = 0.75;
/// How many words that only one of them has are told.
const TOLD: usize = 6;

/// How much a claim is like another one whose points have the same values.
#[derive(Debug, Clone, PartialEq)]
pub struct Resemblance {
    /// The share of words that they have in common, from 0 to 1.
    pub score: f64,
    /// What is the same, and what is not, in words.
    pub reasons: Vec<String>,
}

impl Claim {
    /// Whether the claim can be like one of this quote, as far as the quote alone can tell: `false` only where
    /// [`Self::resembles`] tells nothing, whatever the points and sources of the other are.
    #[must_use]
    pub fn may_resemble(&self, quote: &str) -> bool {
        let here = words(self);
        let quote = lower(quote);
        let common = here.iter().filter(|word| quote.contains(word.as_str())).count();
        // The other one has those words at least.
        self.share(common, here.len() + common).is_some()
    }

    /// The share of words in common, of all that both have; nothing where it is too small.
    fn share(&self, common: usize, all: usize) -> Option<f64> {
        let score = match all {
            0 => 1.0,
            #[expect(clippy::cast_precision_loss, reason = "a claim has fewer words than 2^52")]
            all => 2.0 * common as f64 / all as f64,
        };
        let least = if self.points.is_empty() { ALIKE_WITHOUT_POINTS } else { ALIKE };
        (score >= least).then_some(score)
    }

    /// How much the claim is like an earlier one; nothing where it does not say the same.
    #[must_use]
    pub fn resembles(&self, earlier: &Self) -> Option<Resemblance> {
        if self.content() != earlier.content() {
            return None;
        }
        let (here, there) = (words(self), words(earlier));
        let common = here.intersection(&there).count();
        let score = self.share(common, here.len() + there.len())?;
        if self.quote == earlier.quote {
            return Some(Resemblance { score: 1.0, reasons: vec!["the same words".to_owned()] });
        }
        let mut reasons = Vec::new();
        if !self.points.is_empty() {
            let values: Vec<_> = self.points.iter().map(|point| value(&point.value)).collect();
            reasons.push(format!("the same points: {}", values.join(", ")));
        }
        let only = |mine: &BTreeSet<String>, other: &BTreeSet<String>| {
            mine.difference(other).take(TOLD).cloned().collect::<Vec<_>>().join(", ")
        };
        reasons.push(match here == there {
            true => "the same words besides".to_owned(),
            false => format!("{common} of {} words the same", here.union(&there).count()),
        });
        for (place, words) in [("here", only(&here, &there)), ("there", only(&there, &here))] {
            if !words.is_empty() {
                reasons.push(format!("only {place}: {words}"));
            }
        }
        Some(Resemblance { score, reasons })
    }
}

fn words(claim: &Claim) -> BTreeSet<String> {
    claim.words().into_iter().map(|word| word.text).collect()
}

fn value(value: &PointValue) -> String {
    match value {
        PointValue::Date(date) => date.value.to_string(),
        PointValue::Figure(figure) => format!("{} {}", figure.value, figure.unit).trim_end().to_owned(),
        PointValue::Record(record) => {
            format!("{} {}", record.direction.as_str().to_lowercase(), record.rank)
        }
    }
}
