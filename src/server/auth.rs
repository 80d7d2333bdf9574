//! Who calls: credentials become a caller.
//!
//! A call has a bearer token of ours, a JWT of an issuer that is trusted, or comes over a connection with a client
//! certificate. A bearer token goes before the certificate, and is never passed over if it is wrong.

mod bootstrap;
mod certificate;
mod failures;
mod jwks;
mod jwt;
mod signature;
mod tokens;

use std::{sync::Arc, time::SystemTime};

use http::{HeaderMap, header::AUTHORIZATION};

use super::connection::Peer;
use crate::{
    claim::Roles,
    service::{Caller, Secret, ServiceError},
    store::Store,
};
pub use bootstrap::BootstrapError;
pub(super) use bootstrap::bootstrap;
pub(super) use certificate::Certificate;
pub(super) use jwks::KeySource;
pub(super) use jwt::JwtSettings;

/// What the credentials of one kind call a role: names, each with the role that it gives.
pub(super) type RoleNames = Vec<(String, crate::claim::Role)>;

/// What of credentials is the same for every service: which kinds are taken.
#[derive(Debug, Clone, Default)]
pub(super) struct AuthSettings {
    /// JWT, if an issuer is trusted.
    pub(super) jwt: Option<JwtSettings>,
    /// What names in client certificates stand for.
    pub(super) certificate_roles: RoleNames,
}

/// Makes callers of credentials. Clones share what they have found out.
#[derive(Debug, Clone)]
pub(super) struct Authenticator {
    tokens: Arc<tokens::Tokens>,
    jwt: Option<Arc<jwt::Jwt>>,
    certificate_roles: Arc<RoleNames>,
}

/// Who calls, and how long that can be relied on.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// The name that stands in records.
    pub(super) subject: Arc<str>,
    /// What the caller may do.
    pub(super) roles: Roles,
    proof: Proof,
}

/// What shows who calls.
#[derive(Debug, Clone)]
enum Proof {
    /// A token of ours, by its hash.
    Token(Arc<str>),
    /// Something that is valid until then.
    Until(SystemTime),
}

impl Identity {
    /// The caller, as handlers know one.
    pub(super) fn caller(&self) -> Caller {
        Caller::Known { subject: Arc::clone(&self.subject), roles: self.roles }
    }
}

impl Authenticator {
    /// An authenticator that takes the tokens of this store, and what the settings say. Called within a runtime.
    pub(super) fn new(store: Store, settings: AuthSettings) -> Self {
        Self {
            tokens: Arc::new(tokens::Tokens::new(store)),
            jwt: settings.jwt.map(|settings| Arc::new(jwt::Jwt::start(settings))),
            certificate_roles: Arc::new(settings.certificate_roles),
        }
    }

    /// Who calls.
    ///
    /// # Errors
    /// If the call does not say it, or says it wrongly, or if it cannot be looked up now.
    pub(super) async fn identify(
        &self,
        headers: &HeaderMap,
        peer: Option<&Peer>,
    ) -> Result<Identity, ServiceError> {
        match bearer(headers)? {
            Some(token) if token.starts_with(crate::service::TOKEN_PREFIX) => {
                let secret = Secret::parse(token)
                    .ok_or_else(|| refused("it does not have the form of a token", UNKNOWN))?;
                self.tokens.identify(&secret, peer.and_then(Peer::subscriber)).await
            }
            Some(token) => match &self.jwt {
                Some(jwt) => jwt.identify(token).await,
                None => {
                    Err(refused("it is no token of claimdesk, and no issuer of JWTs is trusted", UNKNOWN))
                }
            },
            None => match peer.and_then(|peer| peer.certificate.as_deref()) {
                Some(certificate) => certificate.identify(&self.certificate_roles),
                None => Err(ServiceError::CredentialsMissing),
            },
        }
    }

    /// Whether who called a while ago might still call: for answers that go on.
    ///
    /// # Errors
    /// If not. A database that cannot be reached is no reason.
    pub(super) async fn still(&self, identity: &Identity) -> Result<(), ServiceError> {
        match &identity.proof {
            Proof::Token(hash) => self.tokens.still(hash).await,
            Proof::Until(end) if SystemTime::now() > *end => Err(refused("they have expired since", EXPIRED)),
            Proof::Until(_) => Ok(()),
        }
    }
}

/// What a caller is told of a token that is unknown, mistyped, expired or revoked: the same.
const UNKNOWN: &str = "the token is unknown, mistyped, expired or revoked; check it, or ask for a new one";
const EXPIRED: &str = "they have expired; call again with new ones";

/// Refuses credentials. The log tells why, the caller as much as is no secret.
fn refused(because: &str, told: &'static str) -> ServiceError {
    tracing::info!(because, "credentials were refused");
    ServiceError::CredentialsInvalid(told)
}

/// The bearer token of a call, if it has one.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, ServiceError> {
    const FORM: &str = "the metadata key authorization must be there once, as \"Bearer TOKEN\"";
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let token = value.to_str().ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") && values.next().is_none() => {
            Ok(Some(token.trim()))
        }
        _ => Err(refused("the authorization is not a single bearer token", FORM)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<Option<String>> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, value.parse().expect("a value"));
        }
        bearer(&headers).ok().map(|token| token.map(str::to_owned))
    }

    #[test]
    fn a_call_has_one_bearer_token_or_none() {
        assert_eq!(read(&[]), Some(None));
        assert_eq!(read(&["Bearer abc"]), Some(Some("abc".to_owned())));
        assert_eq!(read(&["bearer  abc "]), Some(Some("abc".to_owned())));
        for wrong in [&["abc"][..], &["Basic abc"], &["Bearer"], &["Bearer a", "Bearer b"]] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn who_called_a_while_ago_may_call_until_the_credentials_end() {
        let away = "postgres://nobody@127.0.0.1:9/none".parse().expect("a URL");
        let authenticator = Authenticator::new(
            Store::new(away, 1, std::time::Duration::from_secs(1)),
            AuthSettings::default(),
        );
        let until = |seconds: i64| {
            let time = SystemTime::now();
            let span = std::time::Duration::from_secs(seconds.unsigned_abs());
            let end = if seconds < 0 { time - span } else { time + span };
            Identity { subject: "ada".into(), roles: Roles::NONE, proof: Proof::Until(end) }
        };
        assert!(authenticator.still(&until(60)).await.is_ok());
        assert!(matches!(authenticator.still(&until(-1)).await, Err(ServiceError::CredentialsInvalid(_))));
    }
}
