//! Who asks, where the service wants to know: a token or a client certificate, and how the service itself is known.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::{ffi::OsStrExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::Command,
    str::FromStr,
};

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use tonic::{
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, ClientTlsConfig, Identity, Uri},
};

use super::error::Error;

/// The variable that has a token.
const TOKEN_VARIABLE: &str = "CLAIMDESK_TOKEN";

/// Who asks, and how the service is known.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct Credentials {
    /// Your token. Others on this machine may see a command line for a moment: rather use --token-file or CLAIMDESK_TOKEN.
    #[arg(long, env = TOKEN_VARIABLE, hide_env_values = true, value_name = "TOKEN")]
    token: Option<Token>,
    /// File with your token.
    #[arg(long, env = "CLAIMDESK_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The authority that signed the service's certificate, in PEM; those that the system trusts where absent.
    #[arg(long, env = "CLAIMDESK_CA_CERT", value_name = "FILE")]
    ca_cert: Option<PathBuf>,
    /// Your certificate, in PEM, if the service knows you by one.
    #[arg(long, env = "CLAIMDESK_CLIENT_CERT", value_name = "FILE")]
    client_cert: Option<PathBuf>,
    /// The private key of your certificate, in PEM.
    #[arg(long, env = "CLAIMDESK_CLIENT_KEY", value_name = "FILE")]
    client_key: Option<PathBuf>,
    /// Send the token to another machine without TLS, where everybody on the way can read it.
    #[arg(long)]
    insecure_send_token: bool,
}

/// A token, which is shown to nobody.
#[derive(Clone)]
struct Token(String);

impl FromStr for Token {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.trim().to_owned()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// What stands for the caller, as it goes over the wire.
pub(super) struct Presented {
    /// The value of the metadata key "authorization", if there is a token.
    pub(super) authorization: Option<MetadataValue<Ascii>>,
    /// The settings of TLS, if the address asks for it.
    pub(super) tls: Option<ClientTlsConfig>,
    /// Something that is the same for the same credentials and tells nothing of them; nothing where there are none.
    pub(super) fingerprint: Option<String>,
}

impl Credentials {
    /// Reads what is to be sent to a service.
    pub(super) fn present(&self, server: &Uri) -> Result<Presented, Error> {
        let secure = server.scheme_str() == Some("https");
        let token = self.token()?;
        if token.is_some() && !secure && !is_here(server) && !self.insecure_send_token {
            return Err(Error::Usage(format!(
                "the token is not sent to {server} without TLS, where everybody on the way could read it: use https://, or \
                 say --insecure-send-token if you know the way"
            )));
        }
        let certificate = match (given(self.client_cert.as_ref()), given(self.client_key.as_ref())) {
            (Some(certificate), Some(key)) => Some((read(certificate)?, read(key)?)),
            (None, None) => None,
            _ => {
                return Err(Error::Usage(
                    "--client-cert and --client-key go together: the certificate and its private key"
                        .to_owned(),
                ));
            }
        };
        let authority = given(self.ca_cert.as_ref()).map(read).transpose()?;
        if !secure && (certificate.is_some() || authority.is_some()) {
            return Err(Error::Usage(format!("certificates are for https://, and the address is {server}")));
        }
        let mut digest = Sha256::new();
        let known = token.is_some() || certificate.is_some();
        digest.update(token.as_ref().map(|token| token.0.as_str()).unwrap_or_default());
        digest
            .update(certificate.as_ref().map(|(certificate, _)| certificate.as_slice()).unwrap_or_default());
        let tls = secure.then(|| {
            let tls = ClientTlsConfig::new();
            let tls = match authority {
                Some(authority) => tls.ca_certificate(Certificate::from_pem(authority)),
                None => tls.with_native_roots(),
            };
            match certificate {
                Some((certificate, key)) => tls.identity(Identity::from_pem(certificate, key)),
                None => tls,
            }
        });
        Ok(Presented {
            authorization: token.map(|token| authorization(&token)).transpose()?,
            tls,
            fingerprint: known.then(|| HEXLOWER.encode(&digest.finalize())),
        })
    }

    fn token(&self) -> Result<Option<Token>, Error> {
        let token = self.token.clone().filter(|token| !token.0.is_empty());
        let Some(file) = given(self.token_file.as_ref()) else { return Ok(token) };
        if token.is_some() {
            return Err(Error::Usage(format!(
                "there are two tokens: give --token-file (or CLAIMDESK_TOKEN_FILE), or --token (or {TOKEN_VARIABLE})"
            )));
        }
        let text = fs::read_to_string(file);
        let text = text.map_err(|cause| Error::Read { path: file.to_owned(), cause })?;
        match text.trim() {
            "" => Err(Error::Usage(format!("there is no token in {}", file.display()))),
            token => Ok(Some(Token(token.to_owned()))),
        }
    }
}

fn given(path: Option<&PathBuf>) -> Option<&Path> {
    path.map(PathBuf::as_path).filter(|path| !path.as_os_str().is_empty())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|cause| Error::Read { path: path.to_owned(), cause })
}

fn authorization(token: &Token) -> Result<MetadataValue<Ascii>, Error> {
    let value: Result<MetadataValue<Ascii>, _> = format!("Bearer {}", token.0).parse();
    // The token itself is not repeated.
    let mut value = value
        .map_err(|_| Error::Usage("the token has characters that no token has; copy it again".to_owned()))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Whether an address is this machine's own.
fn is_here(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Takes a token off the command line, which other users of the machine can read: the program starts itself again with the
/// token in its environment, which they cannot.
pub(super) fn conceal_token() -> io::Result<()> {
    let mut arguments = std::env::args_os();
    let program = arguments.next().unwrap_or_default();
    let Some((rest, token)) = without_token(arguments) else { return Ok(()) };
    // It comes back only if it fails.
    Err(Command::new(std::env::current_exe()?).arg0(program).args(rest).env(TOKEN_VARIABLE, token).exec())
}

/// The arguments without the token, and the token; nothing where there is none.
fn without_token(arguments: impl Iterator<Item = OsString>) -> Option<(Vec<OsString>, OsString)> {
    const FLAG: &[u8] = b"--token";
    let (mut rest, mut token) = (Vec::new(), None);
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            rest.push(argument);
            rest.extend(arguments);
            break;
        }
        match bytes.strip_prefix(FLAG) {
            Some([]) if arguments.peek().is_some() => token = arguments.next(),
            Some([b'=', value @ ..]) => token = Some(std::ffi::OsStr::from_bytes(value).to_owned()),
            _ => rest.push(argument),
        }
    }
    Some((rest, token?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_over_tls_or_stays_here() {
        let present = |server: &str, insecure_send_token| {
            let token = Some(Token("cdk_secret".to_owned()));
            let credentials = Credentials { token, insecure_send_token, ..Credentials::default() };
            credentials.present(&server.parse().expect("an address"))
        };
        for here in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://example.org"] {
            let presented = present(here, false).unwrap_or_else(|error| panic!("{here}: {error}"));
            assert!(presented.authorization.is_some_and(|value| value.is_sensitive()), "{here}");
        }
        for away in [
            "http://example.org",
            "http://192.0.2.1:1",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
        ] {
            let error = present(away, false).err().expect(away).to_string();
            assert!(error.contains("--insecure-send-token") && !error.contains("secret"), "{error}");
            assert!(present(away, true).is_ok(), "{away}");
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let shown = format!(
            "{:?}",
            Credentials { token: Some(Token("cdk_secret".to_owned())), ..Credentials::default() }
        );
        assert!(!shown.contains("secret"), "{shown}");
        let error = authorization(&Token("cdk_\nsecret".to_owned())).expect_err("no value").to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn a_token_is_taken_off_the_command_line() {
        let split = |line: &str| {
            let (rest, token) = without_token(line.split(' ').map(OsString::from))?;
            Some((rest.join(std::ffi::OsStr::new(" ")).into_string().ok()?, token.into_string().ok()?))
        };
        let both = |rest: &str, token: &str| Some((rest.to_owned(), token.to_owned()));
        assert_eq!(split("claims list --token abc --all"), both("claims list --all", "abc"));
        assert_eq!(split("claims list --token=abc"), both("claims list", "abc"));
        assert_eq!(split("claims list --token-file abc"), None);
        assert_eq!(split("claims list -- --token abc"), None);
        assert_eq!(split("claims list"), None);
    }
}
