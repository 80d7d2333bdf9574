//! The part of the configuration that says who brings the schema up to date, and that of `claimdesk migrate`.

use std::{path::PathBuf, str::FromStr};

use sqlx::postgres::PgConnectOptions;

use super::{
    ConfigurationError, Database, file,
    values::{connect_options, path, text},
};

/// The command line of `claimdesk migrate`.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct MigrateArguments {
    /// PostgreSQL whose schema is to be brought up to date, as postgres://user:password@host/database. The user must be one who
    /// may create tables, and whom they belong to then
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File with the password for the database, where the URL has none
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_DATABASE_PASSWORD_FILE")]
    pub database_password_file: Option<PathBuf>,
    /// A role of the database that is to serve: it gets the rights that claimdesk serve --migrate check needs, and no more
    #[arg(long, value_name = "ROLE", env = "CLAIMDESK_SERVING_ROLE")]
    pub serving_role: Option<String>,
    /// Configuration file [default: $XDG_CONFIG_HOME/claimdesk/config.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_CONFIG")]
    pub config: Option<PathBuf>,
}

/// What `claimdesk migrate` must know, checked.
#[derive(Debug)]
pub struct Migration {
    /// The database.
    pub options: PgConnectOptions,
    /// Who is to serve from it, if that is somebody else.
    pub serving_role: Option<String>,
}

impl Migration {
    /// Brings flags and environment (both in `arguments`) and the file together.
    ///
    /// # Errors
    /// If any of it makes no sense.
    pub fn resolve(arguments: MigrateArguments) -> Result<Self, ConfigurationError> {
        let file = file(arguments.config.as_deref())?;
        let url = text(arguments.database_url).or(text(file.database_url));
        let url = url.ok_or_else(|| ConfigurationError::Setting {
            setting: "database-url",
            problem: "which database? Give its URL, or DATABASE_URL; a private PostgreSQL is brought up to date by claimdesk \
                      serve itself"
                .to_owned(),
        })?;
        let password = path(arguments.database_password_file).or(path(file.database_password_file));
        Ok(Self {
            options: connect_options("database-url", &url, password.as_deref())?,
            serving_role: text(arguments.serving_role).or(text(file.serving_role)),
        })
    }
}

/// Who brings the schema up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaMode {
    /// The service itself, at its start.
    Auto,
    /// Somebody else: the service waits for it.
    Check,
}

impl SchemaMode {
    /// What was asked for; the service itself where nothing was.
    pub(super) fn resolve(word: Option<String>, database: &Database) -> Result<Self, ConfigurationError> {
        let mode = word.map_or(Ok(Self::Auto), |word| word.parse())?;
        if mode == Self::Check && matches!(database, Database::Private(_)) {
            return Err(wrong(
                "a private PostgreSQL has nobody else to migrate it; leave it out, or give --database-url",
            ));
        }
        Ok(mode)
    }
}

impl FromStr for SchemaMode {
    type Err = ConfigurationError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.trim().to_ascii_lowercase().as_str() {
            "auto" => Ok(Self::Auto),
            "check" => Ok(Self::Check),
            _ => Err(wrong(&format!("\"{word}\" is not known; write auto or check"))),
        }
    }
}

fn wrong(problem: &str) -> ConfigurationError {
    ConfigurationError::Setting { setting: "migrate", problem: problem.to_owned() }
}
