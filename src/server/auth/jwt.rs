//! JSON Web Tokens of an issuer that is trusted, as RFC 7519 and RFC 8725 have them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use jsonwebtoken::{Validation, decode, decode_header, errors::ErrorKind};
use serde_json::{Map, Value};

use super::{EXPIRED, Identity, KeySource, Proof, RoleNames, UNKNOWN, jwks::Keys, refused, signature};
use crate::{
    claim::{Role, Roles},
    service::{ServiceError, subject},
};

/// By how much the clocks of the issuer and of this machine may differ.
const LEEWAY: Duration = Duration::from_secs(60);
/// How long a token may be, in bytes.
const LONGEST: usize = 8 << 10;

/// Which JWTs are taken.
#[derive(Debug, Clone)]
pub(in crate::server) struct JwtSettings {
    /// Who makes them: the claim `iss`.
    pub(in crate::server) issuer: String,
    /// For whom they are made: one of these must stand in the claim `aud`.
    pub(in crate::server) audience: Vec<String>,
    /// Where the issuer's keys are.
    pub(in crate::server) keys: KeySource,
    /// Which claim has the roles; dots lead into objects.
    pub(in crate::server) roles_claim: String,
    /// Which claim says who calls.
    pub(in crate::server) subject_claim: String,
    /// What the issuer calls the roles; our own names where it is empty.
    pub(in crate::server) role_names: RoleNames,
}

/// Reads the JWTs of an issuer.
#[derive(Debug)]
pub(super) struct Jwt {
    settings: JwtSettings,
    keys: Arc<Keys>,
}

impl Jwt {
    /// Begins to look at the issuer's keys. Called within a runtime.
    pub(super) fn start(settings: JwtSettings) -> Self {
        signature::install();
        let keys = Keys::start(settings.keys.clone(), settings.issuer.clone());
        Self { settings, keys }
    }

    /// Who a token stands for.
    pub(super) async fn identify(&self, token: &str) -> Result<Identity, ServiceError> {
        const NOT_USABLE: &str = "the JWT cannot be used here";
        if token.len() > LONGEST {
            return Err(refused("the JWT is too long", UNKNOWN));
        }
        let header = decode_header(token).map_err(|_| refused("the JWT's header cannot be read", UNKNOWN))?;
        if header.crit.is_some() {
            return Err(refused("the JWT asks for something that is not known here (crit)", NOT_USABLE));
        }
        let kind =
            header.typ.as_deref().map(|kind| kind.trim_start_matches("application/").to_ascii_lowercase());
        // A token that was made for another purpose, such as to log out, is none to call with.
        if !matches!(kind.as_deref(), None | Some("jwt" | "at+jwt")) {
            return Err(refused("the JWT is made for another purpose, such as to log out", NOT_USABLE));
        }
        let key = self.keys.find(header.kid.as_deref(), header.alg).await;
        let key =
            key.ok_or_else(|| refused("the JWT is signed by a key that the issuer does not have", UNKNOWN))?;
        let mut validation = Validation::new(header.alg);
        validation.leeway = LEEWAY.as_secs();
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&self.settings.audience);
        let claims = decode::<Map<String, Value>>(token, &key, &validation)
            .map_err(|error| unfit(error.kind()))?
            .claims;
        self.read(&claims)
    }

    /// What the claims of a token say.
    fn read(&self, claims: &Map<String, Value>) -> Result<Identity, ServiceError> {
        const NAMELESS: &str = "the JWT does not say who calls, or with a name that cannot stand in a record";
        let claim = |path: &str| {
            // A claim may have dots in its own name.
            claims.get(path).or_else(|| {
                let (first, rest) = path.split_once('.')?;
                rest.split('.').try_fold(claims.get(first)?, |value, step| value.get(step))
            })
        };
        let name = claim(&self.settings.subject_claim).and_then(Value::as_str);
        let name = name.and_then(|name| subject(name).ok());
        let name = name.ok_or_else(|| refused("the JWT has no usable subject", NAMELESS))?;
        let roles = claim(&self.settings.roles_claim).map_or(Roles::NONE, |value| self.roles(value));
        let end = claims.get("exp").and_then(Value::as_f64).filter(|end| (0.0..1e11).contains(end));
        let end = end.map(|end| SystemTime::UNIX_EPOCH + Duration::from_secs_f64(end) + LEEWAY);
        let end = end.ok_or_else(|| refused("the JWT has no usable end", UNKNOWN))?;
        Ok(Identity { subject: name.into(), roles, proof: Proof::Until(end) })
    }

    /// The roles in a list, or in a text with spaces between them, as in `scope`.
    fn roles(&self, value: &Value) -> Roles {
        let words: Vec<&str> = match value {
            Value::String(text) => text.split_whitespace().collect(),
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let names = &self.settings.role_names;
        if names.is_empty() {
            words.iter().filter_map(|word| word.parse::<Role>().ok()).collect()
        } else {
            names.iter().filter(|(name, _)| words.contains(&name.as_str())).map(|(_, role)| *role).collect()
        }
    }
}

/// Why a token is refused. What its claims say is told: its signature was right.
fn unfit(error: &ErrorKind) -> ServiceError {
    match error {
        ErrorKind::ExpiredSignature => refused("the JWT has expired (exp)", EXPIRED),
        ErrorKind::ImmatureSignature => refused("the JWT is not valid yet (nbf)", "the JWT is not valid yet"),
        ErrorKind::InvalidIssuer => refused(
            "the JWT is of another issuer (iss)",
            "the JWT is of another issuer than the service trusts",
        ),
        ErrorKind::InvalidAudience => refused(
            "the JWT is for another audience (aud)",
            "the JWT is made for another service (its audience)",
        ),
        ErrorKind::MissingRequiredClaim(_) => {
            refused("the JWT lacks exp, iss or aud", "the JWT lacks a claim: exp, iss and aud are needed")
        }
        _ => refused("the JWT's signature or form is wrong", UNKNOWN),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn roles_and_subject_come_from_the_claims_that_are_set() {
        let jwt = |roles_claim: &str, subject_claim: &str, role_names: RoleNames| {
            Jwt::start(JwtSettings {
                issuer: "https://id.example.org".to_owned(),
                audience: vec!["claimdesk".to_owned()],
                keys: KeySource::File("nowhere".into()),
                roles_claim: roles_claim.to_owned(),
                subject_claim: subject_claim.to_owned(),
                role_names,
            })
        };
        let claims = json!({
            "sub": "f81d4fae", "email": "ada@example.org", "exp": 4_102_444_800_u64,
            "roles": ["reviewer", "unknown", 5], "scope": "openid submitter",
            "realm_access": {"roles": ["desk-editors"]},
            "https://example.org/roles": ["READER"],
        });
        let claims = claims.as_object().expect("an object");
        let who = |jwt: Jwt| {
            let identity = jwt.read(claims).expect("a caller");
            (identity.subject.to_string(), identity.roles)
        };
        assert_eq!(who(jwt("roles", "sub", vec![])), ("f81d4fae".to_owned(), Roles::of(&[Role::Reviewer])));
        assert_eq!(who(jwt("scope", "email", vec![])).1, Roles::of(&[Role::Submitter]));
        let names = vec![("desk-editors".to_owned(), Role::Reviewer), ("reviewer".to_owned(), Role::Admin)];
        assert_eq!(
            who(jwt("realm_access.roles", "email", names)),
            ("ada@example.org".to_owned(), Roles::of(&[Role::Reviewer]))
        );
        assert_eq!(who(jwt("https://example.org/roles", "sub", vec![])).1, Roles::of(&[Role::Reader]));
        assert_eq!(who(jwt("groups", "sub", vec![])).1, Roles::NONE);
        assert!(jwt("roles", "name", vec![]).read(claims).is_err(), "somebody must call");
        let endless = json!({"sub": "ada"});
        assert!(jwt("roles", "sub", vec![]).read(endless.as_object().expect("an object")).is_err());
    }
}
