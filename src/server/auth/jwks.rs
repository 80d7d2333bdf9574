//! The public keys of an issuer: a set of JSON Web Keys, from a file or from the web, and again when they change.

mod fetch;

use std::{
    net::IpAddr,
    path::PathBuf,
    str::FromStr,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use http::Uri;
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::signature;
use fetch::{FetchError, fetch};

/// How often the keys are looked at anyway, so that one that is withdrawn is not taken for long.
const FILE_EVERY: Duration = Duration::from_secs(5);
const WEB_EVERY: Duration = Duration::from_secs(300);
/// How much time lies between two looks that unknown keys cause.
const FILE_PAUSE: Duration = Duration::from_secs(1);
const WEB_PAUSE: Duration = Duration::from_secs(10);

/// Where the keys of an issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) enum KeySource {
    /// In a file.
    File(PathBuf),
    /// At an address of the web.
    Web(Uri),
    /// Where the issuer of this address says.
    Discovered(Uri),
}

/// A place that keys cannot be had from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address that can be trusted; write https://…, or http:// for this machine alone")]
pub(in crate::server) struct InvalidKeySource(String);

impl KeySource {
    /// What an issuer says of its keys at its own address, as OpenID Connect Discovery has it.
    pub(in crate::server) fn discovered(issuer: &str) -> Result<Self, InvalidKeySource> {
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        trusted(&address).map(Self::Discovered)
    }

    fn every(&self) -> Duration {
        if matches!(self, Self::File(_)) { FILE_EVERY } else { WEB_EVERY }
    }

    fn pause(&self) -> Duration {
        if matches!(self, Self::File(_)) { FILE_PAUSE } else { WEB_PAUSE }
    }
}

impl FromStr for KeySource {
    type Err = InvalidKeySource;

    /// Reads an address of the web, or the name of a file.
    fn from_str(text: &str) -> Result<Self, InvalidKeySource> {
        if text.contains("://") { trusted(text).map(Self::Web) } else { Ok(Self::File(text.into())) }
    }
}

/// An address at which nobody on the way can put in keys of their own.
fn trusted(address: &str) -> Result<Uri, InvalidKeySource> {
    let wrong = || InvalidKeySource(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| wrong())?;
    let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if here => Ok(uri),
        _ => Err(wrong()),
    }
}

/// A public key, and what it may be used with.
pub(super) struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    /// The key itself.
    pub(super) decoding: DecodingKey,
}

/// Why keys could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("{0}: there is no set of JSON Web Keys in it: {1}")]
    NoSet(String, serde_json::Error),
    #[error("{0} says that it is the issuer \"{1}\"")]
    OtherIssuer(String, String),
    #[error(transparent)]
    Address(#[from] InvalidKeySource),
}

/// The keys of an issuer, kept up to date.
pub(super) struct Keys {
    source: KeySource,
    issuer: String,
    keys: RwLock<Arc<Vec<Key>>>,
    /// When they were last looked at; locked while somebody does.
    looked: Mutex<Option<Instant>>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keys").field("source", &self.source).finish_non_exhaustive()
    }
}

impl Keys {
    /// The keys of a source, looked at now and then from now on. Called within a runtime.
    pub(super) fn start(source: KeySource, issuer: String) -> Arc<Self> {
        let keys = Arc::new(Self { source, issuer, keys: RwLock::default(), looked: Mutex::default() });
        let watched = Arc::downgrade(&keys);
        tokio::spawn(async move {
            while let Some(keys) = watched.upgrade() {
                keys.look(Duration::ZERO).await;
                let every = keys.source.every();
                drop(keys);
                tokio::time::sleep(every).await;
            }
        });
        keys
    }

    /// The key that a token names, or the only one that fits where it names none. An unknown one may be new: then the source
    /// is looked at once more, but not too often.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        if let Some(key) = self.known(id, algorithm) {
            return Some(key);
        }
        self.look(self.source.pause()).await;
        self.known(id, algorithm)
    }

    fn known(&self, id: Option<&str>, algorithm: Algorithm) -> Option<DecodingKey> {
        let keys = Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner));
        let mut fitting = keys
            .iter()
            .filter(|key| id.is_none() || key.id.as_deref() == id)
            .filter(|key| key.algorithms.contains(&algorithm));
        let key = fitting.next()?;
        fitting.next().is_none().then(|| key.decoding.clone())
    }

    /// Looks at the source, if nobody has done so within the pause.
    async fn look(&self, pause: Duration) {
        let mut looked = self.looked.lock().await;
        if looked.is_some_and(|time| time.elapsed() < pause) {
            return;
        }
        *looked = Some(Instant::now());
        match self.load().await {
            Ok(keys) => {
                if keys.is_empty() {
                    tracing::warn!(source = ?self.source, "there is no key in it that can verify a JWT");
                }
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
            }
            // Those that were there are still the issuer's, as far as anybody knows.
            Err(error) => {
                tracing::warn!(%error, "the keys of the JWT issuer cannot be read; those from before stay")
            }
        }
    }

    async fn load(&self) -> Result<Vec<Key>, KeyError> {
        let (from, text) = match &self.source {
            KeySource::File(path) => {
                let name = path.display().to_string();
                let text = tokio::fs::read(path).await;
                let text = text.map_err(|source| KeyError::File { path: name.clone(), source })?;
                (name, text)
            }
            KeySource::Web(uri) => (uri.to_string(), fetch(uri).await?),
            KeySource::Discovered(uri) => {
                let uri = self.discover(uri).await?;
                (uri.to_string(), fetch(&uri).await?)
            }
        };
        read(&text).map_err(|error| KeyError::NoSet(from, error))
    }

    /// Asks the issuer where its keys are.
    async fn discover(&self, uri: &Uri) -> Result<Uri, KeyError> {
        #[derive(Deserialize)]
        struct Configuration {
            issuer: String,
            jwks_uri: String,
        }
        let text = fetch(uri).await?;
        let found: Configuration =
            serde_json::from_slice(&text).map_err(|error| KeyError::NoSet(uri.to_string(), error))?;
        if found.issuer != self.issuer {
            return Err(KeyError::OtherIssuer(uri.to_string(), found.issuer));
        }
        Ok(trusted(&found.jwks_uri)?)
    }
}

/// Reads a set of keys. Keys for other purposes and of other kinds are passed over.
fn read(text: &[u8]) -> Result<Vec<Key>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(text)?;
    Ok(set.keys.into_iter().filter_map(|key| usable(&serde_json::from_value(key).ok()?)).collect())
}

fn usable(jwk: &Jwk) -> Option<Key> {
    if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return None;
    }
    let mut algorithms = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => signature::of_family(AlgorithmFamily::Rsa),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => vec![Algorithm::ES256],
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => vec![Algorithm::ES384],
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            vec![Algorithm::EdDSA]
        }
        _ => return None,
    };
    if let Some(only) = &jwk.common.key_algorithm {
        let only = only.to_string();
        algorithms.retain(|algorithm| format!("{algorithm:?}") == only);
    }
    let decoding = DecodingKey::from_jwk(jwk).ok()?;
    Some(Key { id: jwk.common.key_id.clone(), algorithms, decoding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_from_a_file_or_over_a_way_that_nobody_can_tamper_with() {
        assert_eq!("keys.json".parse(), Ok(KeySource::File("keys.json".into())));
        for right in ["https://id.example.org/keys", "http://127.0.0.1:8080/keys", "http://[::1]/keys"] {
            assert!(matches!(right.parse(), Ok(KeySource::Web(_))), "{right}");
        }
        for wrong in [
            "http://id.example.org/keys",
            "ftp://127.0.0.1/keys",
            "https://",
            "http://127.0.0.1.example.org/",
        ] {
            assert!(wrong.parse::<KeySource>().is_err(), "{wrong}");
        }
        let discovered = KeySource::discovered("https://id.example.org/realm/").expect("an address");
        let uri = "https://id.example.org/realm/.well-known/openid-configuration".parse().expect("a URI");
        assert_eq!(discovered, KeySource::Discovered(uri));
    }

    #[test]
    fn only_keys_that_verify_signatures_are_taken() {
        let point = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let set = serde_json::json!({"keys": [
            {"kty": "OKP", "crv": "Ed25519", "kid": "one", "x": point},
            {"kty": "OKP", "crv": "Ed25519", "kid": "two", "use": "enc", "x": point},
            {"kty": "oct", "kid": "three", "k": "c2VjcmV0"},
            {"kty": "EC", "crv": "P-521", "kid": "four", "x": point, "y": point},
            {"kty": "something", "kid": "five"},
            {"kty": "RSA", "kid": "six", "alg": "RS256", "n": "AQAB", "e": "AQAB"},
            5,
        ]});
        let keys = read(set.to_string().as_bytes()).expect("a set");
        let found: Vec<_> = keys.iter().map(|key| (key.id.as_deref(), key.algorithms.as_slice())).collect();
        assert_eq!(found, [(Some("one"), &[Algorithm::EdDSA][..]), (Some("six"), &[Algorithm::RS256])]);
        assert!(read(b"[]").is_err());
    }
}
