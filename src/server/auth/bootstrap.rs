//! The first token. Tokens are made by whoever has one; the first comes from a file that only the operator can write.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use crate::{
    claim::{Role, Roles},
    service::{Secret, ServiceError, TOKEN_PREFIX, token_identifier},
    store::{NewToken, Store, StoreError},
};

/// Whom calls with the first token are recorded as, and who made it.
const SUBJECT: &str = "bootstrap";
/// How long the first token is valid: long enough to make others with it.
const SECONDS: f64 = 86_400.0;

/// Why there is no first token.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// The file cannot be read or written.
    #[error("--bootstrap-token-file {}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// What stands in the file is no token.
    #[error(
        "--bootstrap-token-file {}: it has no token in it; write {TOKEN_PREFIX} and 64 hexadecimal digits made by chance, \
         as from: printf '{TOKEN_PREFIX}%s' \"$(openssl rand -hex 32)\"; or delete the file, and claimdesk makes one",
        .0.display()
    )]
    NoToken(PathBuf),
    /// The system gives no random numbers.
    #[error("no token can be made: {0}")]
    Generate(String),
    /// The token cannot be stored.
    #[error("the first token cannot be stored")]
    Store(#[from] StoreError),
}

/// Makes the token in the file one of an administrator, for a day. Where there is no file, both are made.
///
/// A token that was stored before, also by another replica that reads the same file, stays as it is: one that was revoked or
/// has expired does not come back.
pub(in crate::server) async fn bootstrap(store: &Store, path: &Path) -> Result<(), BootstrapError> {
    let generate = |error: ServiceError| BootstrapError::Generate(error.to_string());
    let file = |source| BootstrapError::File { path: path.to_owned(), source };
    let secret = match fs::read_to_string(path) {
        Ok(text) => Secret::parse(text.trim()).ok_or_else(|| BootstrapError::NoToken(path.to_owned()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let secret = Secret::generate().map_err(generate)?;
            write(path, secret.reveal()).map_err(file)?;
            secret
        }
        Err(error) => return Err(file(error)),
    };
    let token = NewToken {
        id: token_identifier().map_err(generate)?,
        hash: secret.hash(),
        subject: SUBJECT.to_owned(),
        roles: Roles::of(&[Role::Admin]),
        creator: SUBJECT.to_owned(),
        seconds: SECONDS,
    };
    match store.create_token(&token).await? {
        Some(token) => {
            tracing::info!(file = %path.display(), until = %token.expire_time, "the first token is an administrator's, for a day");
        }
        None => tracing::info!(
            file = %path.display(),
            "the first token was stored before, and stays as it is; delete the file to have another one made"
        ),
    }
    Ok(())
}

/// Writes a new file that nobody else can read.
fn write(path: &Path, secret: &str) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    writeln!(file, "{secret}")?;
    file.sync_all()
}
