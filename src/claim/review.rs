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

impl Verdict {
    /// The state of a claim after this verdict.
    ///
    /// # Errors
    /// If the state it is in does not allow it: only an unreviewed claim is decided, only a decided one reopened.
    pub fn apply(self, from: ClaimState) -> Result<ClaimState, IllegalTransition> {
        let to = match self {
            Self::Verified => ClaimState::Verified,
            Self::Disputed => ClaimState::Disputed,
            Self::Unverifiable => ClaimState::Unverifiable,
            Self::Dismissed => ClaimState::Dismissed,
            Self::Reopened => ClaimState::Unreviewed,
        };
        if (from == ClaimState::Unreviewed) == (self == Self::Reopened) {
            return Err(IllegalTransition { from, verdict: self });
        }
        Ok(to)
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

    #[test]
    fn an_unreviewed_claim_is_decided_and_a_decided_one_reopened() {
        assert_eq!(Verdict::Verified.apply(ClaimState::Unreviewed), Ok(ClaimState::Verified));
        assert_eq!(Verdict::Reopened.apply(ClaimState::Disputed), Ok(ClaimState::Unreviewed));
        assert!(Verdict::Disputed.apply(ClaimState::Verified).is_err());
        assert!(Verdict::Reopened.apply(ClaimState::Unreviewed).is_err());
    }
}
