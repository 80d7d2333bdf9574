//! How much a check of a sentence is worth, and why; and whether there is anything to check in it at all.
//!
//! Both are linear scores over features that a person understands ([`features`]). The weights are data of the language
//! pack: the tables `weights.worth` and `weights.claim`, each with a `bias`. A feature that a pack does not weigh counts
//! nothing.

mod features;

pub(super) use features::Features;

use super::language::Pack;

/// No more reasons than this are given.
const MOST_REASONS: usize = 5;
/// What weighs less is no reason.
const LEAST_WEIGHT: f64 = 0.1;

/// The score of a sentence from 0 to 1, and its reasons in words, the weightiest first.
pub(super) fn score(pack: &Pack, features: &Features) -> (f64, Vec<String>) {
    let mut sum = pack.weight("worth", "bias");
    let mut reasons = Vec::new();
    for (feature, strength) in features.iter() {
        let weight = pack.weight("worth", feature.name) * strength;
        sum += weight;
        if weight.abs() >= LEAST_WEIGHT {
            reasons.push((weight, feature.reason));
        }
    }
    reasons.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    let reasons = reasons
        .into_iter()
        .take(MOST_REASONS)
        .map(|(weight, reason)| if weight > 0.0 { reason.to_owned() } else { format!("less: {reason}") })
        .collect();
    (logistic(sum), reasons)
}

/// Whether a sentence states something that evidence could confirm or refute.
pub(super) fn is_checkable(pack: &Pack, features: &Features) -> bool {
    let weights = features.iter().map(|(feature, strength)| pack.weight("claim", feature.name) * strength);
    pack.weight("claim", "bias") + weights.sum::<f64>() > 0.0
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
