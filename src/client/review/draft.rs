//! What a reviewer has written of a claim and not sent yet.

use serde::{Deserialize, Serialize};

use crate::{claim::Verdict, proto::v1};

/// The name of the draft that is for all marked claims.
pub(super) const MARKED: &str = "marked";

/// A piece of evidence as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Piece {
    pub(super) uri: String,
    pub(super) quote: String,
    pub(super) publisher: String,
    /// SUPPORTS, REFUTES, CONTEXT; empty where it follows from the verdict.
    pub(super) stance: String,
}

/// A decision that was made and has no answer yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unsent {
    pub(super) verdict: String,
    pub(super) request_id: String,
    pub(super) etag: String,
    pub(super) lease_token: String,
}

/// What is written of a claim, and not on record yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Draft {
    /// The claim's resource name, or [`MARKED`].
    pub(super) claim: String,
    pub(super) evidence: Vec<Piece>,
    /// The piece that is being typed.
    pub(super) unfinished: Piece,
    pub(super) note: String,
    pub(super) correction: String,
    /// The points that the decision is to rest on.
    pub(super) point_ids: Vec<String>,
    /// The claim decided on before that the decision is to rest on; empty for none.
    pub(super) based_on: String,
    /// The decision, once it is made.
    pub(super) unsent: Option<Unsent>,
}

impl Piece {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<&'static str> {
        let address = self.uri.trim();
        let scheme = ["http://", "https://"].iter().any(|scheme| {
            address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        match address {
            "" => Some("The address is missing."),
            _ if !scheme => Some("The address must begin with http:// or https://."),
            _ => None,
        }
    }

    fn message(&self) -> v1::Evidence {
        v1::Evidence {
            uri: self.uri.trim().to_owned(),
            quote: self.quote.trim().to_owned(),
            publisher: self.publisher.trim().to_owned(),
            stance: self.stance.clone(),
            access_time: None,
        }
    }
}

impl Draft {
    /// An empty one.
    pub(super) fn of(claim: &str) -> Self {
        Self { claim: claim.to_owned(), ..Self::default() }
    }

    /// Whether there is nothing in it that would be missed.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::of(&self.claim)
    }

    /// Whether a decision that needs a ground has one.
    pub(super) fn has_ground(&self) -> bool {
        !self.evidence.is_empty()
            || !self.unfinished.is_empty()
            || !self.note.trim().is_empty()
            || !self.based_on.is_empty()
    }

    /// Takes the piece that was being typed for finished.
    pub(super) fn finish_piece(&mut self) {
        if !self.unfinished.is_empty() {
            self.evidence.push(std::mem::take(&mut self.unfinished));
        }
    }

    /// The decision on a claim that rests on it.
    pub(super) fn request(&self, claim: &str, verdict: Verdict) -> v1::ReviewClaimRequest {
        v1::ReviewClaimRequest {
            name: claim.to_owned(),
            verdict: verdict.to_string(),
            point_ids: self.point_ids.clone(),
            evidence: self.evidence.iter().map(Piece::message).collect(),
            note: self.note.trim().to_owned(),
            correction: self.correction.trim().to_owned(),
            based_on: self.based_on.clone(),
            ..v1::ReviewClaimRequest::default()
        }
    }
}

/// Whether a decision needs evidence or a note.
pub(super) fn needs_ground(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Verified | Verdict::Disputed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_becomes_a_request() {
        let mut draft = Draft::of("articles/a/claims/1");
        assert!(draft.is_empty() && !draft.has_ground());
        draft.unfinished.uri = " https://example.org ".to_owned();
        assert!(draft.has_ground());
        draft.finish_piece();
        draft.finish_piece();
        draft.note = "seen\n".to_owned();
        let request = draft.request("articles/a/claims/1", Verdict::Disputed);
        assert_eq!(request.evidence.len(), 1);
        assert_eq!(
            (request.evidence[0].uri.as_str(), request.note.as_str()),
            ("https://example.org", "seen")
        );
        assert_eq!(request.verdict, "DISPUTED");
    }

    #[test]
    fn an_earlier_decision_is_a_ground() {
        let draft = Draft { based_on: "articles/b/claims/2".to_owned(), ..Draft::of("articles/a/claims/1") };
        assert!(draft.has_ground() && !draft.is_empty());
        assert_eq!(draft.request("articles/a/claims/1", Verdict::Verified).based_on, "articles/b/claims/2");
    }

    #[test]
    fn an_address_is_one_of_the_web() {
        let piece = |uri: &str| Piece { uri: uri.to_owned(), ..Piece::default() }.problem();
        assert_eq!(piece("HTTPS://example.org"), None);
        assert!(piece("example.org").is_some_and(|problem| problem.contains("http://")));
        assert!(piece(" ").is_some());
        assert!(piece("ü").is_some());
    }
}
