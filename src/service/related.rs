//! What is told besides a claim: earlier ones that may say the same, and others that may contradict it.

use super::{convert, name};
use crate::{
    claim::{Claim, Point, SourceRole},
    proto::v1,
    store::{Alike, StoredClaim},
};

/// How many of each are told at most.
const TOLD: usize = 5;

/// A claim, and what is told besides it.
pub(super) fn claim(stored: &StoredClaim, alike: &Alike) -> v1::GetClaimResponse {
    let mut suggestions: Vec<v1::Suggestion> =
        alike.decided.iter().filter_map(|other| suggestion(&stored.claim, other)).collect();
    suggestions.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.claim.cmp(&b.claim)));
    suggestions.truncate(TOLD);
    let mut contradictions: Vec<v1::PossibleContradiction> =
        alike.otherwise.iter().filter_map(|other| contradiction(&stored.claim, other)).collect();
    contradictions.sort_by(|a, b| a.claim.cmp(&b.claim));
    contradictions.truncate(TOLD);
    v1::GetClaimResponse {
        claim: Some(convert::claim(stored)),
        suggestions,
        possible_contradictions: contradictions,
    }
}

fn suggestion(claim: &Claim, other: &StoredClaim) -> Option<v1::Suggestion> {
    let resemblance = claim.resembles(&other.claim)?;
    let (publisher, publish_date) = published(&other.claim);
    Some(v1::Suggestion {
        claim: name::claim(&other.key),
        state: other.state.to_string(),
        score: resemblance.score,
        reasons: resemblance.reasons,
        quote: other.claim.quote.clone(),
        publisher,
        publish_date,
    })
}

fn contradiction(claim: &Claim, other: &StoredClaim) -> Option<v1::PossibleContradiction> {
    let contradiction = claim.contradicted_by(&other.claim)?;
    let (publisher, publish_date) = published(&other.claim);
    Some(v1::PossibleContradiction {
        claim: name::claim(&other.key),
        state: other.state.to_string(),
        point_id: Point::id(contradiction.point),
        other_point_id: Point::id(contradiction.other_point),
        derivation: contradiction.derivation,
        quote: other.claim.quote.clone(),
        publisher,
        publish_date,
    })
}

/// Who published a claim, and when.
fn published(claim: &Claim) -> (String, String) {
    let publication = claim.sources.iter().find(|source| source.role == SourceRole::Publication);
    let date = publication.and_then(|source| source.date).map(|date| date.to_string());
    (publication.map(|source| source.publisher.clone()).unwrap_or_default(), date.unwrap_or_default())
}
