//! How much a check of a sentence is worth, and why; and whether there is anything to check in it at all.
//!
//! Both are linear scores over features that a person understands ([`features`]) and over hashed n-grams ([`ngrams`]). The
//! weights are data of the language pack: the tables `weights.worth` and `weights.claim`, each with a `bias`, and
//! `ngrams.worth` and `ngrams.claim`. A feature that a pack does not weigh counts nothing, and n-grams without a table
//! neither.

mod features;
mod ngrams;

use std::{borrow::Cow, collections::BTreeMap};

use smallvec::SmallVec;

pub(super) use features::Features;
pub(super) use ngrams::{WordGrams, Written as WrittenNgrams, each as each_ngram};

use super::document::{Document, Shape};

/// No more reasons than this are given.
const MOST_REASONS: usize = 5;
/// A sentence has hardly more reasons than these.
const USUAL_REASONS: usize = 16;
/// What weighs less is no reason.
const LEAST_WEIGHT: f64 = 0.1;

/// The scores, by their names in a pack.
const SCORES: [&str; 2] = [WORTH, "claim"];
/// The name of the score of worth, by which the weights of claims weigh it too.
const WORTH: &str = "worth";
/// A sum beyond this says no more about whether there is something to check.
const MOST_WORTH: f64 = 2.0;

/// The weights of a pack.
#[derive(Debug)]
pub(super) struct Model {
    worth: Linear,
    claim: Linear,
    /// How much the sum of the score of worth counts in whether there is something to check.
    worth_in_claim: f64,
    /// The weights of n-grams in the one and the other.
    ngrams: [Option<ngrams::Weights>; 2],
}

/// The weights of one score.
#[derive(Debug)]
struct Linear {
    bias: f64,
    weights: Vec<f64>,
}

impl Linear {
    fn read(name: &str, tables: &BTreeMap<String, BTreeMap<String, f64>>) -> Result<Self, String> {
        let empty = BTreeMap::new();
        let table = tables.get(name).unwrap_or(&empty);
        if let Some(unknown) = table
            .keys()
            .find(|key| !matches!(key.as_str(), "bias" | WORTH) && !Features::NAMES.contains(&key.as_str()))
        {
            return Err(format!("weights.{name} weighs \"{unknown}\", which is no feature"));
        }
        let weight = |name: &str| table.get(name).copied().unwrap_or(0.0);
        Ok(Self { bias: weight("bias"), weights: Features::NAMES.iter().map(|name| weight(name)).collect() })
    }

    fn sum(&self, strengths: &Strengths) -> f64 {
        self.bias + strengths.iter().map(|&(at, strength)| self.weights[at] * strength).sum::<f64>()
    }
}

/// The features that a sentence has, by their positions, each with its strength: few of all.
type Strengths = SmallVec<[(usize, f64); 24]>;

/// What is thought of a sentence.
pub(super) struct Judgement {
    /// How much a check is worth, from 0 to 1.
    pub(super) worth: f64,
    /// Why, in words, the weightiest first.
    pub(super) reasons: Vec<Cow<'static, str>>,
    /// Whether it states something that evidence could confirm or refute.
    pub(super) checkable: bool,
}

impl Model {
    /// Reads the weights of a pack; an error names the table and what is wrong in it.
    pub(super) fn read(
        weights: &BTreeMap<String, BTreeMap<String, f64>>,
        ngrams: &BTreeMap<&str, &WrittenNgrams>,
    ) -> Result<Self, String> {
        let mut names = weights.keys().map(String::as_str).chain(ngrams.keys().copied());
        if let Some(unknown) = names.find(|name| !SCORES.contains(name)) {
            return Err(format!("weights.{unknown} is no score"));
        }
        let table = |name| ngrams.get(name).copied().map(ngrams::Weights::read).transpose();
        Ok(Self {
            worth: Linear::read("worth", weights)?,
            claim: Linear::read("claim", weights)?,
            worth_in_claim: weights.get("claim").and_then(|table| table.get(WORTH)).copied().unwrap_or(0.0),
            ngrams: [table(SCORES[0])?, table(SCORES[1])?],
        })
    }

    /// What a word adds to the score of every sentence that it stands in.
    pub(super) fn grams(&self, word: &str, shape: Shape) -> WordGrams {
        WordGrams::of(self.ngrams.each_ref().map(Option::as_ref), word, shape)
    }

    /// Judges a sentence by its features and its words, given by its position.
    pub(super) fn judge(&self, document: &Document, position: usize, features: &Features) -> Judgement {
        let mut strengths = Strengths::new();
        for (at, &strength) in features.strengths().iter().enumerate() {
            if strength != 0.0 {
                strengths.push((at, strength));
            }
        }
        let tokens = document.sentences[position].tokens.clone();
        let [worth_words, claim_words] =
            ngrams::sums(self.ngrams.each_ref().map(Option::as_ref), &document.grams[tokens]);
        let worth = self.worth.sum(&strengths) + worth_words;
        let claim = self.claim.sum(&strengths) + self.worth_in_claim * limited(worth) + claim_words;
        let checkable = claim > 0.0;
        Judgement {
            worth: (logistic(worth) * 1e4).round() / 1e4,
            reasons: if checkable { self.reasons(&strengths) } else { Vec::new() },
            checkable,
        }
    }

    fn reasons(&self, strengths: &Strengths) -> Vec<Cow<'static, str>> {
        let mut reasons: SmallVec<[(f64, usize); USUAL_REASONS]> = SmallVec::new();
        let weighed = strengths.iter().map(|&(at, strength)| (self.worth.weights[at] * strength, at));
        weighed.filter(|(weight, _)| weight.abs() >= LEAST_WEIGHT).for_each(|reason| reasons.push(reason));
        reasons.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
        let said = |&(weight, at): &(f64, usize)| {
            Cow::Borrowed(if weight > 0.0 { Features::REASONS[at] } else { Features::REASONS_AGAINST[at] })
        };
        reasons.iter().take(MOST_REASONS).map(said).collect()
    }
}

/// The score of worth as far as it counts in whether there is something to check.
pub(in crate::extract) fn limited(worth: f64) -> f64 {
    worth.clamp(-MOST_WORTH, MOST_WORTH)
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
