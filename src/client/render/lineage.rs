//! How a claim stands to those of other versions of its article, in words.

use crate::{claim::Succession, client::name, proto::v1};

/// What became of a claim that is not current any more, in a word.
pub(super) fn short(claim: &v1::Claim) -> Option<String> {
    let succession: Succession = claim.succession.parse().ok()?;
    (succession != Succession::Current).then(|| succession.as_str().to_lowercase())
}

/// What it was, and what became of it.
pub(in crate::client) fn long(claim: &v1::Claim) -> Option<String> {
    let next = name::short(&claim.next_claim);
    let became = match claim.succession.parse().ok() {
        Some(Succession::Kept) => {
            Some(format!("The article has a new version, in which this claim is {next}."))
        }
        Some(Succession::Changed) => {
            Some(format!("The article has a new version, in which {next} says it differently."))
        }
        Some(Succession::Vanished) => {
            Some("The article has a new version, in which this claim does not stand.".to_owned())
        }
        Some(Succession::Current) | None => None,
    };
    let previous = name::short(&claim.previous_claim);
    let was = match (claim.previous_claim.is_empty(), claim.differs_from_previous) {
        (true, _) => None,
        (false, true) => {
            Some(format!("In the article's version before it was {previous}, and said something else."))
        }
        (false, false) => Some(format!("In the article's version before it was {previous}.")),
    };
    let lines: Vec<String> = was.into_iter().chain(became).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_of_the_only_version_has_nothing_to_say() {
        let claim = v1::Claim { succession: "CURRENT".to_owned(), ..v1::Claim::default() };
        assert_eq!((short(&claim), long(&claim), long(&v1::Claim::default())), (None, None, None));
    }

    #[test]
    fn what_a_claim_was_and_became_is_told() {
        let claim = v1::Claim {
            previous_claim: "articles/k3f/claims/7".to_owned(),
            differs_from_previous: true,
            succession: "VANISHED".to_owned(),
            ..v1::Claim::default()
        };
        assert_eq!(short(&claim).as_deref(), Some("vanished"));
        assert_eq!(
            long(&claim).as_deref(),
            Some(
                "In the article's version before it was k3f/7, and said something else.\n\
                 The article has a new version, in which this claim does not stand."
            )
        );
    }
}
