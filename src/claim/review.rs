use serde::{Deserialize, Serialize};

use super::{ClaimState, keyword::keywords};

keywords! {
    /// What a reviewer decides.
    Verdict, "verdict", {
        /// It is so.
        Verified = "VERIFIED",
        /// It is not so.
        Disputed = "DISPUTED",
        /// It cannot be told.
        Unverifiable = "UNVERIFIABLE",
        /// It is no claim at all.
        Dismissed = "DISMISSED",
        /// The decision before is taken back.
        Reopened = "REOPENED",
    }
}

keywords! {
    /// Which way a piece of evidence speaks.
    Stance, "stance", {
        /// For the claim.
        Supports = "SUPPORTS",
        /// Against it.
        Refutes = "REFUTES",
        /// Neither, but good to know.
        Context = "CONTEXT",
    }
}

/// Something outside the article that speaks for or against a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Its address.
    pub uri: String,
    /// What it says, verbatim; may be empty.
    pub quote: String,
    /// Who published it; may be empty.
    pub publisher: String,
    /// Which way it speaks.
    pub stance: Stance,
    /// When it was looked at.
    pub access_time: jiff::Timestamp,
}

/// One decision by one reviewer, before it is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// What is decided.
    pub verdict: Verdict,
    /// The points that it rests on, by their ids; empty for the claim as a whole.
    pub point_ids: Vec<String>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What the reviewer wants others to know; may be empty.
    pub note: String,
    /// How the claim should read; may be empty.
    pub correction: String,
    /// Who decides.
    pub reviewer: String,
}

/// A decision that the claim's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a claim that is {from} cannot become {verdict}; {}", match .verdict {
    Verdict::Reopened => "only a decided claim can be reopened",
    _ => "reopen it first",
})]
pub struct IllegalTransition {
    /// The state that the claim is in.
    pub from: ClaimState,
    /// What was to be decided.
    pub verdict: Verdict,
}

/// A decision by somebody who has decided on the claim already, where another one has to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} has decided on this claim already, and it waits for another reviewer")]
pub struct SameReviewer(pub String);

/// Why a decision is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionRefused {
    /// The claim's state does not allow it.
    #[error(transparent)]
    Transition(#[from] IllegalTransition),
    /// It takes another reviewer.
    #[error(transparent)]
    SameReviewer(#[from] SameReviewer),
}

/// A decision made since the claim was last opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// By whom.
    pub reviewer: String,
    /// What.
    pub verdict: Verdict,
}

impl Review {
    /// The state of a claim after this review, where so many reviewers must agree. Until they are complete it stays
    /// unreviewed; the first to disagree makes it disputed.
    ///
    /// # Errors
    /// If the state it is in does not allow it: only an unreviewed claim is decided, only one with decisions reopened. And
    /// if several must agree, and this reviewer is among those before.
    pub fn apply(
        &self,
        from: ClaimState,
        earlier: &[Earlier],
        reviews_required: u32,
    ) -> Result<ClaimState, DecisionRefused> {
        let Self { verdict, reviewer, .. } = self;
        let open = from == ClaimState::Unreviewed;
        let allowed = match verdict {
            Verdict::Reopened => !open || !earlier.is_empty(),
            _ => open,
        };
        if !allowed {
            return Err(IllegalTransition { from, verdict: *verdict }.into());
        }
        let Some(decided) = verdict.state() else { return Ok(ClaimState::Unreviewed) };
        if reviews_required <= 1 {
            return Ok(decided);
        }
        if earlier.iter().any(|earlier| earlier.reviewer == *reviewer) {
            return Err(SameReviewer(reviewer.clone()).into());
        }
        if earlier.iter().any(|earlier| earlier.verdict != *verdict) {
            return Ok(ClaimState::Disputed);
        }
        let complete = earlier.len() + 1 >= usize::try_from(reviews_required).unwrap_or(usize::MAX);
        Ok(if complete { decided } else { ClaimState::Unreviewed })
    }
}

impl Verdict {
    /// The state of a claim that is so decided; none for a decision taken back.
    const fn state(self) -> Option<ClaimState> {
        Some(match self {
            Self::Verified => ClaimState::Verified,
            Self::Disputed => ClaimState::Disputed,
            Self::Unverifiable => ClaimState::Unverifiable,
            Self::Dismissed => ClaimState::Dismissed,
            Self::Reopened => return None,
        })
    }

    /// The stance of evidence whose giver did not say which way it speaks.
    #[must_use]
    pub const fn default_stance(self) -> Stance {
        match self {
            Self::Verified => Stance::Supports,
            Self::Disputed => Stance::Refutes,
            Self::Unverifiable | Self::Dismissed | Self::Reopened => Stance::Context,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(verdict: Verdict, reviewer: &str) -> Review {
        Review {
            verdict,
            point_ids: Vec::new(),
            evidence: Vec::new(),
            note: String::new(),
            correction: String::new(),
            reviewer: reviewer.to_owned(),
        }
    }

    fn earlier(verdict: Verdict, reviewer: &str) -> Earlier {
        Earlier { reviewer: reviewer.to_owned(), verdict }
    }

    #[test]
    fn an_unreviewed_claim_is_decided_and_a_decided_one_reopened() {
        let after = |verdict, from| review(verdict, "ada").apply(from, &[], 1);
        assert_eq!(after(Verdict::Verified, ClaimState::Unreviewed), Ok(ClaimState::Verified));
        assert_eq!(after(Verdict::Reopened, ClaimState::Disputed), Ok(ClaimState::Unreviewed));
        assert!(after(Verdict::Disputed, ClaimState::Verified).is_err());
        assert!(after(Verdict::Reopened, ClaimState::Unreviewed).is_err());
    }

    #[test]
    fn where_two_must_agree_the_second_is_another_one() {
        use ClaimState::{Disputed, Unreviewed, Verified};
        let first = [earlier(Verdict::Verified, "ada")];
        let second = |verdict, who| review(verdict, who).apply(Unreviewed, &first, 2);
        assert_eq!(review(Verdict::Verified, "ada").apply(Unreviewed, &[], 2), Ok(Unreviewed));
        assert_eq!(second(Verdict::Verified, "bob"), Ok(Verified));
        assert_eq!(second(Verdict::Dismissed, "bob"), Ok(Disputed));
        let refused = second(Verdict::Verified, "ada");
        assert_eq!(refused, Err(DecisionRefused::SameReviewer(SameReviewer("ada".to_owned()))));
        assert_eq!(second(Verdict::Reopened, "ada"), Ok(Unreviewed), "a first decision can be taken back");
        assert_eq!(review(Verdict::Verified, "bob").apply(Unreviewed, &first, 3), Ok(Unreviewed));
    }
}
