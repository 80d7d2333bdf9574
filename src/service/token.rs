//! The secret of a bearer token: how it is made, what it looks like, and what is kept of it.

use data_encoding::HEXLOWER;
use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest as _, Sha256};

use super::ServiceError;

/// How every token begins, so that people and scanners of leaked secrets know it for what it is.
pub const TOKEN_PREFIX: &str = "cdk_";
/// How much chance there is in a token, in bytes.
const ENTROPY: usize = 32;
/// How much chance there is in the identifier of a token, in bytes.
const IDENTIFIER: usize = 8;

/// A bearer token. It shows itself to nobody by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A new token: 256 bits of the system's generator.
    ///
    /// # Errors
    /// If the system has no chance to give.
    pub fn generate() -> Result<Self, ServiceError> {
        Ok(Self(format!("{TOKEN_PREFIX}{}", chance::<ENTROPY>()?)))
    }

    /// A text that has the form of a token; nothing of any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(TOKEN_PREFIX)?;
        let hexadecimal = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (digits.len() == ENTROPY * 2 && hexadecimal).then(|| Self(text.to_owned()))
    }

    /// The token in full, for whoever it is made for.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored of it, and what it is found by: its SHA-256, in hexadecimal.
    ///
    /// A look-up by the hash takes its time by the hash. Who measures that learns something of a hash, and from a hash there is
    /// no way back to 256 bits of chance: so nothing of the token is told, and no comparison has to be constant in time.
    #[must_use]
    pub fn hash(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(&self.0))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{TOKEN_PREFIX}…")
    }
}

/// The identifier of a new token, which is no secret.
///
/// # Errors
/// If the system has no chance to give.
pub fn token_identifier() -> Result<String, ServiceError> {
    chance::<IDENTIFIER>()
}

/// Bytes of the system's generator, in hexadecimal.
fn chance<const BYTES: usize>() -> Result<String, ServiceError> {
    let mut bytes = [0; BYTES];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| ServiceError::Internal("the system gives no random numbers".to_owned()))?;
    Ok(HEXLOWER.encode(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_by_its_form_and_shows_nothing() {
        let (one, other) = (Secret::generate().expect("a token"), Secret::generate().expect("a token"));
        assert_ne!(one, other);
        assert_eq!(Secret::parse(one.reveal()), Some(one.clone()));
        assert_ne!(one.hash(), other.hash());
        assert_eq!(format!("{one:?}"), "cdk_…");
        let digits = &one.reveal()[TOKEN_PREFIX.len()..];
        assert_eq!(digits.len(), 64);
        for wrong in ["", "cdk_", digits, &format!("cdk_{}", &digits[1..]), &format!("cdk_{digits}0")] {
            assert_eq!(Secret::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Secret::parse(&one.reveal().to_uppercase()), None);
    }
}
