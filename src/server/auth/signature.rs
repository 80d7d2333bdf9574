//! The signatures of JWTs by ring, which the TLS of this process rests on already.
//!
//! Only signatures by a private key are known here: a secret that is shared (HS256 and the like) verifies nothing, whatever a
//! token's header says.

use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result, new_error},
    signature::{Error, Verifier},
};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

/// Verifies with ring, and signs nothing.
static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: no_signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes ring the one that verifies JWTs in this process. More than once changes nothing.
pub(super) fn install() {
    let _ = PROVIDER.install_default();
}

fn no_signer(_: &Algorithm, _: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    Err(new_error(ErrorKind::UnsupportedAlgorithm))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let unfit = || new_error(ErrorKind::InvalidKeyFormat);
    if key.family() != algorithm.family() {
        return Err(unfit());
    }
    let key = match (scheme(*algorithm)?, key.kind()) {
        (Scheme::Rsa(parameters), DecodingKeyKind::RsaModulusExponent { n, e }) => {
            Key::Rsa(parameters, RsaPublicKeyComponents { n: n.clone(), e: e.clone() })
        }
        (Scheme::Curve(scheme), DecodingKeyKind::SecretOrDer(point)) => {
            Key::Curve(UnparsedPublicKey::new(scheme, point.clone()))
        }
        _ => return Err(unfit()),
    };
    Ok(Box::new(Ring { algorithm: *algorithm, key }))
}

/// What ring calls an algorithm.
enum Scheme {
    Rsa(&'static RsaParameters),
    Curve(&'static dyn VerificationAlgorithm),
}

fn scheme(algorithm: Algorithm) -> Result<Scheme> {
    Ok(match algorithm {
        Algorithm::RS256 => Scheme::Rsa(&RSA_PKCS1_2048_8192_SHA256),
        Algorithm::RS384 => Scheme::Rsa(&RSA_PKCS1_2048_8192_SHA384),
        Algorithm::RS512 => Scheme::Rsa(&RSA_PKCS1_2048_8192_SHA512),
        Algorithm::PS256 => Scheme::Rsa(&RSA_PSS_2048_8192_SHA256),
        Algorithm::PS384 => Scheme::Rsa(&RSA_PSS_2048_8192_SHA384),
        Algorithm::PS512 => Scheme::Rsa(&RSA_PSS_2048_8192_SHA512),
        Algorithm::ES256 => Scheme::Curve(&ECDSA_P256_SHA256_FIXED),
        Algorithm::ES384 => Scheme::Curve(&ECDSA_P384_SHA384_FIXED),
        Algorithm::EdDSA => Scheme::Curve(&ED25519),
        _ => return Err(new_error(ErrorKind::UnsupportedAlgorithm)),
    })
}

/// A public key with its algorithm.
struct Ring {
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Rsa(&'static RsaParameters, RsaPublicKeyComponents<Vec<u8>>),
    Curve(UnparsedPublicKey<Vec<u8>>),
}

impl Verifier<Vec<u8>> for Ring {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let verified = match &self.key {
            Key::Rsa(parameters, key) => key.verify(parameters, message, signature),
            Key::Curve(key) => key.verify(message, signature),
        };
        verified.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Ring {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

/// The algorithms that keys of a family may be used with.
pub(super) fn of_family(family: AlgorithmFamily) -> Vec<Algorithm> {
    family.algorithms().iter().copied().filter(|algorithm| scheme(*algorithm).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_secret_verifies_nothing() {
        let secret = DecodingKey::from_secret(b"a public key, taken for a secret");
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512, Algorithm::RS256] {
            assert!(verifier(&algorithm, &secret).is_err(), "{algorithm:?}");
        }
        assert!(of_family(AlgorithmFamily::Hmac).is_empty());
    }
}
