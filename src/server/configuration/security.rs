//! The part of the configuration that says who may do what: TLS, credentials, and what may be reached without.

use std::{net::SocketAddr, path::PathBuf};

use super::{
    ConfigurationError,
    values::{is_loopback, path, text, truth},
};
use crate::{
    claim::Role,
    server::{
        auth::{AuthSettings, JwtSettings, KeySource, RoleNames},
        tls::TlsFiles,
    },
};

const DEFAULT_ROLES_CLAIM: &str = "roles";
const DEFAULT_SUBJECT_CLAIM: &str = "sub";

/// The command line of `claimdesk serve`, as far as it says who may do what.
#[derive(Debug, Default, Clone, clap::Args)]
#[command(next_help_heading = "Who may do what")]
pub struct SecurityArguments {
    /// The service's certificate and those between it and its authority, in PEM. Read anew when it changes
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_TLS_CERT")]
    pub tls_cert: Option<PathBuf>,
    /// The private key of the certificate, in PEM. Read anew when it changes
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_TLS_KEY")]
    pub tls_key: Option<PathBuf>,
    /// The authorities whose client certificates are taken as credentials, in PEM. Read anew when it changes
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_CLIENT_CA")]
    pub client_ca: Option<PathBuf>,
    /// Which roles names in client certificates have, as in spiffe://example.org/cms=submitter,ada@example.org=reviewer;
    /// * stands for every certificate
    #[arg(long, value_name = "NAME=ROLE,…", env = "CLAIMDESK_CLIENT_CERTIFICATE_ROLES")]
    pub client_certificate_roles: Option<String>,
    /// The issuer whose JWTs are taken as credentials: the claim "iss"
    #[arg(long, value_name = "URL", env = "CLAIMDESK_JWT_ISSUER")]
    pub jwt_issuer: Option<String>,
    /// What must stand in the claim "aud" of a JWT; with commas, one of several
    #[arg(long, value_name = "NAME,…", env = "CLAIMDESK_JWT_AUDIENCE")]
    pub jwt_audience: Option<String>,
    /// File or URL of the issuer's public keys (JWKS). Without it they are where the issuer says (OpenID Connect Discovery)
    #[arg(long, value_name = "FILE|URL", env = "CLAIMDESK_JWT_KEYS")]
    pub jwt_keys: Option<String>,
    /// Claim of a JWT that has the roles; dots lead into objects, as in realm_access.roles [default: roles]
    #[arg(long, value_name = "CLAIM", env = "CLAIMDESK_JWT_ROLES_CLAIM")]
    pub jwt_roles_claim: Option<String>,
    /// Claim of a JWT that says who calls, for the record [default: sub]
    #[arg(long, value_name = "CLAIM", env = "CLAIMDESK_JWT_SUBJECT_CLAIM")]
    pub jwt_subject_claim: Option<String>,
    /// What the issuer calls the roles, as in desk-editors=reviewer,cms=submitter. Without it they have their own names
    #[arg(long, value_name = "NAME=ROLE,…", env = "CLAIMDESK_JWT_ROLE_NAMES")]
    pub jwt_role_names: Option<String>,
    /// File with the first token, an administrator's for a day; made if it is not there
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_BOOTSTRAP_TOKEN_FILE")]
    pub bootstrap_token_file: Option<PathBuf>,
    /// Ask for credentials on loopback as well [default: false]
    #[arg(
        long,
        env = "CLAIMDESK_REQUIRE_CREDENTIALS",
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true,
        value_name = "true|false"
    )]
    pub require_credentials: Option<String>,
    /// Tell anybody which methods there are, on or off [default: on]
    #[arg(long, value_name = "on|off", env = "CLAIMDESK_REFLECTION")]
    pub reflection: Option<String>,
    /// Take credentials from other machines without TLS: only where something in front of claimdesk does TLS
    #[arg(
        long,
        env = "CLAIMDESK_INSECURE_PLAINTEXT",
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true,
        value_name = "true|false"
    )]
    pub insecure_plaintext: Option<String>,
    /// Answer calls without asking who calls, also from other machines
    #[arg(
        long,
        env = "CLAIMDESK_INSECURE_ALLOW_ANONYMOUS",
        num_args = 0..=1,
        default_missing_value = "true",
        require_equals = true,
        value_name = "true|false"
    )]
    pub insecure_allow_anonymous: Option<String>,
}

/// The same in the configuration file.
#[derive(Debug, Default)]
pub(super) struct SecurityFile {
    pub(super) tls_cert: Option<PathBuf>,
    pub(super) tls_key: Option<PathBuf>,
    pub(super) client_ca: Option<PathBuf>,
    pub(super) client_certificate_roles: Option<String>,
    pub(super) jwt_issuer: Option<String>,
    pub(super) jwt_audience: Option<String>,
    pub(super) jwt_keys: Option<String>,
    pub(super) jwt_roles_claim: Option<String>,
    pub(super) jwt_subject_claim: Option<String>,
    pub(super) jwt_role_names: Option<String>,
    pub(super) bootstrap_token_file: Option<PathBuf>,
    pub(super) require_credentials: Option<bool>,
    pub(super) reflection: Option<String>,
    pub(super) insecure_plaintext: Option<bool>,
    pub(super) insecure_allow_anonymous: Option<bool>,
}

/// Who may do what, checked.
#[derive(Debug)]
pub struct Security {
    /// The files of TLS; without them connections are in the clear.
    pub(in crate::server) tls: Option<TlsFiles>,
    /// Which credentials are taken, besides bearer tokens of our own; nobody is asked for any without it.
    pub(in crate::server) credentials: Option<AuthSettings>,
    /// Where the first token is.
    pub(in crate::server) bootstrap_token_file: Option<PathBuf>,
    /// Whether reflection is served.
    pub(in crate::server) reflection: bool,
    /// Whether other machines can call, and nobody is asked who does.
    pub(in crate::server) open: bool,
}

fn setting(setting: &'static str, problem: impl Into<String>) -> ConfigurationError {
    ConfigurationError::Setting { setting, problem: problem.into() }
}

impl Security {
    pub(super) fn merge(
        given: SecurityArguments,
        file: SecurityFile,
        listen: SocketAddr,
    ) -> Result<Self, ConfigurationError> {
        let flag = |name: &'static str, word: Option<String>, filed: Option<bool>| match text(word) {
            Some(word) => truth(name, &word),
            None => Ok(filed.unwrap_or(false)),
        };
        let anonymous = flag(
            "insecure-allow-anonymous",
            given.insecure_allow_anonymous.clone(),
            file.insecure_allow_anonymous,
        )?;
        let plaintext =
            flag("insecure-plaintext", given.insecure_plaintext.clone(), file.insecure_plaintext)?;
        let required =
            flag("require-credentials", given.require_credentials.clone(), file.require_credentials)?;
        let reflection = match text(given.reflection.clone()).or_else(|| text(file.reflection.clone())) {
            Some(word) => truth("reflection", &word)?,
            None => true,
        };
        let bootstrap_token_file =
            path(given.bootstrap_token_file.clone()).or_else(|| path(file.bootstrap_token_file.clone()));
        let tls = tls(&given, &file)?;
        let jwt = jwt(&given, &file)?;
        let certificate_roles = text(given.client_certificate_roles).or(text(file.client_certificate_roles));
        let client_authorities = tls.as_ref().is_some_and(|tls| tls.client_authorities.is_some());
        if certificate_roles.is_some() && !client_authorities {
            return Err(setting(
                "client-certificate-roles",
                "it needs --client-ca, which says whose certificates count",
            ));
        }
        let certificate_roles = match certificate_roles {
            Some(list) => role_names("client-certificate-roles", &list)?,
            None => RoleNames::new(),
        };
        // Whoever says how credentials are checked wants them to be asked for.
        let wanted = [
            (required, "--require-credentials"),
            (bootstrap_token_file.is_some(), "--bootstrap-token-file"),
            (jwt.is_some(), "--jwt-issuer"),
            (client_authorities, "--client-ca"),
        ];
        let wanted = wanted.into_iter().find(|(wanted, _)| *wanted).map(|(_, by)| by);
        if let Some(by) = wanted.filter(|_| anonymous) {
            let problem =
                format!("it asks nobody for credentials, and {by} asks for them; take one of the two out");
            return Err(setting("insecure-allow-anonymous", problem));
        }
        let remote = !is_loopback(listen.ip());
        let asks = wanted.is_some() || (remote && !anonymous);
        if asks && remote && tls.is_none() && !plaintext {
            return Err(ConfigurationError::Plaintext(listen));
        }
        let open = remote && !asks;
        let credentials = asks.then_some(AuthSettings { jwt, certificate_roles });
        Ok(Self { tls, credentials, bootstrap_token_file, reflection, open })
    }
}

fn tls(given: &SecurityArguments, file: &SecurityFile) -> Result<Option<TlsFiles>, ConfigurationError> {
    let of = |given: &Option<PathBuf>, filed: &Option<PathBuf>| {
        path(given.clone()).or_else(|| path(filed.clone()))
    };
    let client_authorities = of(&given.client_ca, &file.client_ca);
    match (of(&given.tls_cert, &file.tls_cert), of(&given.tls_key, &file.tls_key)) {
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate, key, client_authorities })),
        (Some(_), None) => Err(setting("tls-cert", "it needs --tls-key, the private key of the certificate")),
        (None, Some(_)) => Err(setting("tls-key", "it needs --tls-cert, the certificate of the key")),
        (None, None) if client_authorities.is_some() => {
            Err(setting("client-ca", "it needs TLS: give --tls-cert and --tls-key"))
        }
        (None, None) => Ok(None),
    }
}

fn jwt(given: &SecurityArguments, file: &SecurityFile) -> Result<Option<JwtSettings>, ConfigurationError> {
    let of =
        |given: &Option<String>, filed: &Option<String>| text(given.clone()).or_else(|| text(filed.clone()));
    let audience = of(&given.jwt_audience, &file.jwt_audience);
    let keys = of(&given.jwt_keys, &file.jwt_keys);
    let roles_claim = of(&given.jwt_roles_claim, &file.jwt_roles_claim);
    let subject_claim = of(&given.jwt_subject_claim, &file.jwt_subject_claim);
    let names = of(&given.jwt_role_names, &file.jwt_role_names);
    let Some(issuer) = of(&given.jwt_issuer, &file.jwt_issuer) else {
        let others = [
            ("jwt-audience", &audience),
            ("jwt-keys", &keys),
            ("jwt-roles-claim", &roles_claim),
            ("jwt-subject-claim", &subject_claim),
            ("jwt-role-names", &names),
        ];
        return match others.into_iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(setting(name, "it needs --jwt-issuer, which says whose JWTs are taken")),
            None => Ok(None),
        };
    };
    let audience: Vec<String> = audience.as_deref().map(list).unwrap_or_default();
    if audience.is_empty() {
        return Err(setting(
            "jwt-audience",
            "it is needed: a JWT that is made for another service is none for this one",
        ));
    }
    let keys = match keys {
        Some(source) => source.parse().map_err(|error| setting("jwt-keys", format!("{error}")))?,
        None => KeySource::discovered(&issuer).map_err(|error| setting("jwt-issuer", error.to_string()))?,
    };
    let role_names = match names {
        Some(names) => role_names("jwt-role-names", &names)?,
        None => RoleNames::new(),
    };
    Ok(Some(JwtSettings {
        issuer,
        audience,
        keys,
        roles_claim: roles_claim.unwrap_or_else(|| DEFAULT_ROLES_CLAIM.to_owned()),
        subject_claim: subject_claim.unwrap_or_else(|| DEFAULT_SUBJECT_CLAIM.to_owned()),
        role_names,
    }))
}

/// The entries of a list with commas.
fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(str::to_owned).collect()
}

/// Reads names with their roles: `cms=submitter,ada=reviewer`. A name may have an equals sign in it.
fn role_names(name: &'static str, text: &str) -> Result<RoleNames, ConfigurationError> {
    let entry = |entry: String| {
        let (whose, role) =
            entry.rsplit_once('=').filter(|(whose, _)| !whose.trim().is_empty()).ok_or_else(|| {
                setting(
                    name,
                    format!("\"{entry}\" is no name with its role; write it like cms=submitter,ada=reviewer"),
                )
            })?;
        let role: Role = role.trim().parse().map_err(|error| setting(name, format!("{error}")))?;
        Ok((whose.trim().to_owned(), role))
    };
    list(text).into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(listen: &str, arguments: &[&str]) -> Result<Security, String> {
        use clap::{Args, FromArgMatches};
        let command = SecurityArguments::augment_args(clap::Command::new("serve").no_binary_name(true));
        let matches = command.try_get_matches_from(arguments).map_err(|error| error.to_string())?;
        let given = SecurityArguments::from_arg_matches(&matches).map_err(|error| error.to_string())?;
        let listen = listen.parse().expect("an address");
        Security::merge(given, SecurityFile::default(), listen).map_err(|error| error.to_string())
    }

    const HERE: &str = "127.0.0.1:7878";
    const OPEN: &str = "0.0.0.0:7878";
    const TLS: [&str; 2] = ["--tls-cert=c.pem", "--tls-key=k.pem"];

    #[test]
    fn credentials_are_asked_for_where_others_can_call_or_where_they_are_wanted() {
        let asks = |listen: &str, arguments: &[&str]| {
            merge(listen, arguments).map(|security| security.credentials.is_some())
        };
        assert_eq!(asks(HERE, &[]), Ok(false));
        assert_eq!(asks(HERE, &TLS), Ok(false));
        assert_eq!(asks(HERE, &["--require-credentials"]), Ok(true));
        assert_eq!(asks(HERE, &["--bootstrap-token-file=t"]), Ok(true));
        assert_eq!(
            asks(HERE, &["--jwt-issuer=https://id.example.org", "--jwt-audience=claimdesk"]),
            Ok(true)
        );
        assert_eq!(asks(HERE, &[TLS[0], TLS[1], "--client-ca=ca.pem"]), Ok(true));
        assert_eq!(asks(OPEN, &TLS), Ok(true));
        assert_eq!(asks(OPEN, &["--insecure-plaintext"]), Ok(true));
        assert_eq!(asks(OPEN, &["--insecure-allow-anonymous"]), Ok(false));
    }

    #[test]
    fn what_makes_no_sense_together_is_told() {
        for (listen, arguments, told) in [
            (OPEN, &[][..], "--tls-cert"),
            (OPEN, &["--insecure-plaintext=false"], "--insecure-plaintext"),
            (OPEN, &["--insecure-allow-anonymous=false"], "--tls-cert"),
            (OPEN, &["--insecure-allow-anonymous", "--bootstrap-token-file=t"], "--bootstrap-token-file"),
            (HERE, &["--tls-cert=c.pem"], "--tls-key"),
            (HERE, &["--tls-key=k.pem"], "--tls-cert"),
            (HERE, &["--client-ca=ca.pem"], "--tls-cert"),
            (HERE, &["--client-certificate-roles=ada=admin"], "--client-ca"),
            (HERE, &["--jwt-issuer=https://id.example.org"], "--jwt-audience"),
            (HERE, &["--jwt-audience=claimdesk"], "--jwt-issuer"),
            (HERE, &["--jwt-issuer=http://id.example.org", "--jwt-audience=a"], "https://"),
            (HERE, &["--jwt-issuer=me", "--jwt-audience=a", "--jwt-keys=http://id.example.org/"], "https://"),
            (
                HERE,
                &["--jwt-issuer=me", "--jwt-audience=a", "--jwt-keys=f", "--jwt-role-names=x"],
                "cms=submitter",
            ),
            (
                HERE,
                &["--jwt-issuer=me", "--jwt-audience=a", "--jwt-keys=f", "--jwt-role-names=x=boss"],
                "REVIEWER",
            ),
            (HERE, &["--reflection=maybe"], "neither"),
        ] {
            let error = merge(listen, arguments).expect_err(&arguments.join(" "));
            assert!(error.contains(told), "{arguments:?}: {error}");
        }
    }

    #[test]
    fn names_have_roles() {
        let names = role_names("jwt-role-names", " cms=submitter, CN=ada=reviewer ,").expect("names");
        assert_eq!(names, [("cms".to_owned(), Role::Submitter), ("CN=ada".to_owned(), Role::Reviewer)]);
    }

    #[test]
    fn reflection_is_on_unless_it_is_off() {
        assert!(merge(HERE, &[]).expect("a configuration").reflection);
        assert!(!merge(HERE, &["--reflection", "off"]).expect("a configuration").reflection);
    }
}
