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

    // Made with openssl: a public key of RSA, and what its private key, which is gone, signed.
    const MESSAGE: &[u8] = b"a message of three words";
    const MODULUS: &str = "yH44gIE3wtI1TcYxp3zI6ThYm69PpRd637cpYLPApe08J5x_f0wo4hm-FQSRMTgRenKqr6_A1xktwxk7tx1tUm3-fZxln4Jc0wPM\
        jE93A2MRwZ__heuYbg4sTySDpHk5Kf-APoKiiPfqPBzRePfrCGTx_r-AtcE7QsX1gLQxQko7NvAQEVnYba4LbEiFe_SmTRxgk_8F\
        o84SBJrrdLD_B55oXxRa6-o5fhyQjJe6g_5uToxFly-pZz9f1qSJ0dlYfmR7authJxBDtkBLFZenOztqaE8hSRctInVM6P3NTlQO\
        nAgsJ6u9x4_YSrszy8SdUshr8P_dLrH2fh7rpCnWUw";
    const PKCS1_SHA256: &str = "IUOasnhQCzdFTc1l3u5oQAhTN0l3Kx35Hcqk0NoLcq5t61kbtsQBXEzvArbqXPNl6Mxrve9FqFCPVxk7hx4CpLCXuH-eFau0nVpk\
        9MeCjEAB33ce4AdzM4bytRnUt7iMYIG0CuB8wLrmOaBddoaWO1CvowNRpodedha2_9JZEDKxw7L_1t5rh6b96TefN9tSNygyA3pZ\
        K3vuRcCMubygkKXiZV5YTyRUsSvTZcF9h3abXOYzSzaduYws3Ag5hJm5i_HBanKEzJwoZVl00AnQibtIRUGMv27ujd7RB7CYMQ5m\
        kHRzO_R4-qunt0J4MhqhJYRsQpTLmWYaxHmmSfmjOw";
    const PSS_SHA256: &str = "MHpvBHerQwth2lCBrcZvqmnmHy1gkDDPml2r7nJSD7JCQSPDjlyh_KVrLPQv96paZ3a_gx6RsTG1Qp95DMziXuJ-x-D4SNrFZ0sW\
        teBS4V362GkRdDdpvW6fCbHhHYbv5EvAQXPQ5_Du1BW2kvOGWf_crV2DlCxrNJ7fpdhOD7WnDHzCjB36xK-tqFSb5xIaZK73Hj2Z\
        FJyA1VbAgvE1q_nfIhb4D1H7p-4zqd4gLKWRFgLV1_BzhwU0XnW-RXbPmAbzqkecVJkdXadCXi_sShiIKmgaoWSRJWacrlCPh3hf\
        5ZEMwQWvaQZv0dL3MI-_5EXB_bMRC_tKO1pd8CSS0Q";

    #[test]
    fn rsa_is_verified_with_both_kinds_of_padding() {
        install();
        let key = DecodingKey::from_rsa_components(MODULUS, "AQAB").expect("a key");
        let right = |signature: &str, message: &[u8], algorithm| {
            jsonwebtoken::crypto::verify(signature, message, &key, algorithm).expect("a verifier")
        };
        assert!(right(PKCS1_SHA256, MESSAGE, Algorithm::RS256));
        assert!(right(PSS_SHA256, MESSAGE, Algorithm::PS256));
        assert!(!right(PKCS1_SHA256, b"another message", Algorithm::RS256));
        assert!(!right(PKCS1_SHA256, MESSAGE, Algorithm::PS256));
        assert!(!right(PKCS1_SHA256, MESSAGE, Algorithm::RS512));
        assert!(!right("", MESSAGE, Algorithm::RS256));
    }

    #[test]
    fn a_shared_secret_verifies_nothing() {
        let secret = DecodingKey::from_secret(b"a public key, taken for a secret");
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512, Algorithm::RS256] {
            assert!(verifier(&algorithm, &secret).is_err(), "{algorithm:?}");
        }
        assert!(of_family(AlgorithmFamily::Hmac).is_empty());
    }
}
