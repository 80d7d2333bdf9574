//! Words from a closed list, as they stand in the contract and in the store.

/// A word that is not in its closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{given}\" is no {what}; use one of {}", allowed.join(", "))]
pub struct UnknownKeyword {
    /// What was asked for, such as "verdict".
    pub what: &'static str,
    /// What was given instead, as far as it helps.
    pub given: String,
    /// The words that would do.
    pub allowed: &'static [&'static str],
}

/// Declares an enum whose variants have one spelling in capitals everywhere outside of Rust.
macro_rules! keywords {
    ($(#[$meta:meta])* $name:ident, $what:literal, { $($(#[$vmeta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vmeta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// All words, in the order of declaration.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word in capitals.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::claim::UnknownKeyword;

            /// Reads the word in any letter case.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $(if text.eq_ignore_ascii_case($word) { return Ok(Self::$variant); })+
                Err($crate::claim::UnknownKeyword { what: $what, given: text.chars().take(40).collect(), allowed: Self::WORDS })
            }
        }
    };
}
pub(super) use keywords;

#[cfg(test)]
mod tests {
    use crate::claim::{ClaimState, Verdict};

    #[test]
    fn words_are_read_in_any_case_and_written_in_capitals() {
        assert_eq!("verified".parse::<Verdict>().map(|v| v.to_string()), Ok("VERIFIED".to_owned()));
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "true".parse::<ClaimState>().expect_err("no state");
        assert_eq!(
            error.to_string(),
            "\"true\" is no state; use one of UNREVIEWED, VERIFIED, DISPUTED, UNVERIFIABLE, DISMISSED"
        );
    }
}
