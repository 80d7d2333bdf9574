//! The configuration of `claimdesk serve`: flags, then the environment, then a TOML file, then defaults.

mod limits;
mod migration;
mod observation;
mod security;
mod values;
mod web;

use std::{
    env, fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;

use crate::service::Rules;
use limits::LimitFile;
pub use limits::{LimitArguments, Limits};
pub use migration::{MigrateArguments, Migration, SchemaMode};
use observation::ObservationFile;
pub(super) use observation::Tracing;
pub use observation::{LogFormat, Observation, ObservationArguments};
use security::SecurityFile;
pub use security::{Security, SecurityArguments};
use values::{address, connect_options, number, path, text, within};
pub(super) use web::WebOrigins;

const DEFAULT_LISTEN: &str = "127.0.0.1:7878";
const DEFAULT_CONNECTIONS: u32 = 8;
const DEFAULT_GRACE_SECONDS: u64 = 30;
const DEFAULT_RETENTION_HOURS: u32 = 168;
const DEFAULT_REVIEWS: u32 = 1;
const DEFAULT_WATCH_BUFFER: u32 = 4096;
const DEFAULT_SEARCH_MILLISECONDS: u64 = 10_000;
const DEFAULT_STALENESS_SECONDS: u64 = 5;
const DEFAULT_DATABASE_MILLISECONDS: u64 = 30_000;

/// The command line of `claimdesk serve`. What is not given here is taken from the environment, then from the file.
#[derive(Debug, Default, Clone, clap::Args)]
pub struct ServeArguments {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:7878]
    #[arg(long, value_name = "HOST:PORT", env = "CLAIMDESK_LISTEN")]
    pub listen: Option<String>,
    /// PostgreSQL to store in, as postgres://user:password@host/database. Without it claimdesk runs a private PostgreSQL
    /// of its own
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File with the password for the database, where the URL has none
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_DATABASE_PASSWORD_FILE")]
    pub database_password_file: Option<PathBuf>,
    /// Whether the database's schema is brought up to date at the start (auto), or waited for, because somebody else does it
    /// with claimdesk migrate (check) [default: auto]
    #[arg(long, value_name = "HOW", env = "CLAIMDESK_MIGRATE")]
    pub migrate: Option<String>,
    /// Folder of the private PostgreSQL [default: $XDG_DATA_HOME/claimdesk; /var/lib/claimdesk as root]
    #[arg(long, value_name = "FOLDER", env = "CLAIMDESK_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Connections to the database at most [default: 8]
    #[arg(long, value_name = "NUMBER", env = "CLAIMDESK_DATABASE_CONNECTIONS")]
    pub database_connections: Option<String>,
    /// Configuration file [default: $XDG_CONFIG_HOME/claimdesk/config.toml, if it is there]
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_CONFIG")]
    pub config: Option<PathBuf>,
    /// File to write the address to once calls are answered, for scripts
    #[arg(long, value_name = "FILE", env = "CLAIMDESK_ADDRESS_FILE")]
    pub address_file: Option<PathBuf>,
    /// How long calls under way may take to finish after a signal to end, in seconds [default: 30]
    #[arg(long, value_name = "SECONDS", env = "CLAIMDESK_SHUTDOWN_GRACE")]
    pub shutdown_grace: Option<String>,
    /// How long the answer to a request_id is kept for repeats, in hours [default: 168]
    #[arg(long, value_name = "HOURS", env = "CLAIMDESK_REQUEST_RETENTION")]
    pub request_retention: Option<String>,
    /// How many reviewers must agree on a claim before it is decided; 2 for four eyes [default: 1]
    #[arg(long, value_name = "NUMBER", env = "CLAIMDESK_REVIEWS_REQUIRED")]
    pub reviews_required: Option<String>,
    /// How many changes are kept in memory for watchers who are behind; who is further behind is cut off and resumes
    /// [default: 4096]
    #[arg(long, value_name = "NUMBER", env = "CLAIMDESK_WATCH_BUFFER")]
    pub watch_buffer: Option<String>,
    /// How many milliseconds one statement of a search may take in the database before the caller is told to narrow the
    /// filter [default: 10000]
    #[arg(long, value_name = "MILLISECONDS", env = "CLAIMDESK_SEARCH_TIMEOUT")]
    pub search_timeout: Option<String>,
    /// How many milliseconds the database may take for one call before the caller is told to try again; no less than what a
    /// search may take [default: 30000]
    #[arg(long, value_name = "MILLISECONDS", env = "CLAIMDESK_DATABASE_TIMEOUT")]
    pub database_timeout: Option<String>,
    /// A standby of the database by streaming replication, which reads go to where it has what they need
    #[arg(long, value_name = "URL", env = "CLAIMDESK_REPLICA_URL", hide_env_values = true)]
    pub replica_url: Option<String>,
    /// How many seconds the replica may be behind before reads go to the database that is written to [default: 5]
    #[arg(long, value_name = "SECONDS", env = "CLAIMDESK_REPLICA_STALENESS")]
    pub replica_staleness: Option<String>,
    /// Web pages that may call by gRPC-Web: their origins, as in https://desk.example.org, with commas; * for any. None
    /// without it
    #[arg(long, value_name = "ORIGIN,…", env = "CLAIMDESK_WEB_ORIGINS")]
    pub web_origins: Option<String>,
    /// How much is taken.
    #[command(flatten)]
    pub limits: LimitArguments,
    /// What is seen of it at work.
    #[command(flatten)]
    pub observation: ObservationArguments,
    /// Who may do what.
    #[command(flatten)]
    pub security: SecurityArguments,
}

/// The configuration file. Its keys are the flags, with underscores.
///
/// Those that are flattened on the command line are listed here again: such a key cannot be told from an unknown one.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    metrics_listen: Option<String>,
    database_url: Option<String>,
    database_password_file: Option<PathBuf>,
    migrate: Option<String>,
    serving_role: Option<String>,
    replica_url: Option<String>,
    replica_staleness: Option<u64>,
    data_dir: Option<PathBuf>,
    database_connections: Option<u32>,
    concurrent_calls: Option<usize>,
    calls_per_second: Option<u32>,
    streams_per_caller: Option<u32>,
    call_timeout: Option<u64>,
    web_origins: Option<String>,
    log_format: Option<String>,
    log_level: Option<String>,
    otlp_endpoint: Option<String>,
    trace_ratio: Option<f64>,
    address_file: Option<PathBuf>,
    shutdown_grace: Option<u64>,
    request_retention: Option<u32>,
    reviews_required: Option<u32>,
    watch_buffer: Option<u32>,
    search_timeout: Option<u64>,
    database_timeout: Option<u64>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    client_ca: Option<PathBuf>,
    client_certificate_roles: Option<String>,
    jwt_issuer: Option<String>,
    jwt_audience: Option<String>,
    jwt_keys: Option<String>,
    jwt_roles_claim: Option<String>,
    jwt_subject_claim: Option<String>,
    jwt_role_names: Option<String>,
    bootstrap_token_file: Option<PathBuf>,
    require_credentials: Option<bool>,
    reflection: Option<String>,
    insecure_plaintext: Option<bool>,
    insecure_allow_anonymous: Option<bool>,
}

/// Where things are stored.
#[derive(Debug, Clone)]
pub enum Database {
    /// In a PostgreSQL that somebody else runs.
    Given(Box<PgConnectOptions>),
    /// In a private one, in this folder.
    Private(PathBuf),
}

/// All that the process must know, checked.
#[derive(Debug)]
pub struct Configuration {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where to store.
    pub database: Database,
    /// Who brings the schema up to date.
    pub schema: SchemaMode,
    /// Connections to the database at most.
    pub database_connections: u32,
    /// File to write the address to.
    pub address_file: Option<PathBuf>,
    /// How long calls under way may take to finish.
    pub shutdown_grace: Duration,
    /// How long answers are kept for repeats, in hours.
    pub request_retention: u32,
    /// How long a statement of a search may take.
    pub search_timeout: Duration,
    /// How long the database may take for one call.
    pub database_timeout: Duration,
    /// The rules of reviewing and watching.
    pub rules: Rules,
    /// A standby of the database that reads may go to, and how far it may be behind.
    pub replica: Option<(PgConnectOptions, Duration)>,
    /// Whose web pages may call, if any.
    pub(super) web_origins: Option<WebOrigins>,
    /// How much is taken.
    pub limits: Limits,
    /// What is seen of it at work.
    pub observation: Observation,
    /// Who may do what.
    pub security: Security,
}

/// A mistake in the configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigurationError {
    /// The file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is not what it should be.
    #[error("{}: {}", path.display(), message.trim_end())]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A setting has no sense.
    #[error("--{setting}: {problem}")]
    Setting {
        /// Its flag.
        setting: &'static str,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// Credentials would come in the clear.
    #[error(
        "{0} can be reached from other machines, and without TLS the credentials that claimdesk asks for could be read on \
         the way: give --tls-cert and --tls-key; or listen on 127.0.0.1 or [::1]; or say --insecure-plaintext if something \
         in front of claimdesk does TLS, or --insecure-allow-anonymous if it decides who may call"
    )]
    Plaintext(SocketAddr),
    /// There is no folder to keep the private PostgreSQL in.
    #[error("there is no home folder to store in; give --data-dir FOLDER or --database-url URL")]
    Homeless,
}

impl Configuration {
    /// Brings flags and environment (both in `arguments`), the file and the defaults together.
    ///
    /// # Errors
    /// If any of it makes no sense.
    pub fn resolve(arguments: ServeArguments) -> Result<Self, ConfigurationError> {
        let file = file(arguments.config.as_deref())?;
        Self::merge(arguments, file)
    }

    fn merge(given: ServeArguments, file: File) -> Result<Self, ConfigurationError> {
        let listen = text(given.listen).or(file.listen).unwrap_or_else(|| DEFAULT_LISTEN.to_owned());
        let listen = address("listen", &listen)?;
        let limits = Limits::merge(
            given.limits,
            LimitFile {
                concurrent_calls: file.concurrent_calls,
                calls_per_second: file.calls_per_second,
                streams_per_caller: file.streams_per_caller,
                call_timeout: file.call_timeout,
            },
        )?;
        let observation = Observation::merge(
            given.observation,
            ObservationFile {
                log_format: file.log_format,
                log_level: file.log_level,
                metrics_listen: file.metrics_listen,
                otlp_endpoint: file.otlp_endpoint,
                trace_ratio: file.trace_ratio,
            },
        )?;
        let security = Security::merge(
            given.security,
            SecurityFile {
                tls_cert: file.tls_cert,
                tls_key: file.tls_key,
                client_ca: file.client_ca,
                client_certificate_roles: file.client_certificate_roles,
                jwt_issuer: file.jwt_issuer,
                jwt_audience: file.jwt_audience,
                jwt_keys: file.jwt_keys,
                jwt_roles_claim: file.jwt_roles_claim,
                jwt_subject_claim: file.jwt_subject_claim,
                jwt_role_names: file.jwt_role_names,
                bootstrap_token_file: file.bootstrap_token_file,
                require_credentials: file.require_credentials,
                reflection: file.reflection,
                insecure_plaintext: file.insecure_plaintext,
                insecure_allow_anonymous: file.insecure_allow_anonymous,
            },
            listen,
        )?;
        let password = path(given.database_password_file).or(path(file.database_password_file));
        let database = match text(given.database_url).or(text(file.database_url)) {
            Some(url) => {
                Database::Given(Box::new(connect_options("database-url", &url, password.as_deref())?))
            }
            None => Database::Private(
                match path(given.data_dir).or(path(file.data_dir)).or_else(default_data_dir) {
                    Some(folder) => std::path::absolute(&folder).unwrap_or(folder),
                    None => return Err(ConfigurationError::Homeless),
                },
            ),
        };
        let staleness = within(
            "replica-staleness",
            given.replica_staleness,
            file.replica_staleness.unwrap_or(DEFAULT_STALENESS_SECONDS),
            1..=86_400,
        )?;
        let replica = text(given.replica_url).or(text(file.replica_url)).map(|url| match &database {
            Database::Given(_) => Ok((
                connect_options("replica-url", &url, password.as_deref())?,
                Duration::from_secs(staleness),
            )),
            Database::Private(_) => Err(ConfigurationError::Setting {
                setting: "replica-url",
                problem: "a private PostgreSQL has no replica; give --database-url as well".to_owned(),
            }),
        });
        let replica = replica.transpose()?;
        let schema = SchemaMode::resolve(text(given.migrate).or(text(file.migrate)), &database)?;
        let connections = within(
            "database-connections",
            given.database_connections,
            file.database_connections.unwrap_or(DEFAULT_CONNECTIONS),
            1..=1000,
        )?;
        let reviews = within(
            "reviews-required",
            given.reviews_required,
            file.reviews_required.unwrap_or(DEFAULT_REVIEWS),
            1..=10,
        )?;
        let buffer = within(
            "watch-buffer",
            given.watch_buffer,
            file.watch_buffer.unwrap_or(DEFAULT_WATCH_BUFFER),
            1..=1_000_000,
        )?;
        let search = within(
            "search-timeout",
            given.search_timeout,
            file.search_timeout.unwrap_or(DEFAULT_SEARCH_MILLISECONDS),
            1..=3_600_000,
        )?;
        let patience = within(
            "database-timeout",
            given.database_timeout,
            file.database_timeout.unwrap_or(DEFAULT_DATABASE_MILLISECONDS),
            1..=3_600_000,
        )?;
        let grace = number("shutdown-grace", given.shutdown_grace)?.or(file.shutdown_grace);
        let retention = number("request-retention", given.request_retention)?.or(file.request_retention);
        Ok(Self {
            listen,
            database,
            schema,
            database_connections: connections,
            address_file: path(given.address_file).or(file.address_file),
            shutdown_grace: Duration::from_secs(grace.unwrap_or(DEFAULT_GRACE_SECONDS).min(86_400)),
            request_retention: retention.unwrap_or(DEFAULT_RETENTION_HOURS).max(1),
            search_timeout: Duration::from_millis(search),
            database_timeout: Duration::from_millis(patience),
            rules: Rules { reviews_required: reviews, watch_buffer: buffer },
            replica,
            web_origins: text(given.web_origins)
                .or(text(file.web_origins))
                .map(|text| WebOrigins::read(&text))
                .transpose()?,
            limits,
            observation,
            security,
        })
    }
}

/// The file that was named, else the one in its usual place, else nothing.
fn file(named: Option<&Path>) -> Result<File, ConfigurationError> {
    match named.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => read(path),
        None => match default_file().filter(|path| path.is_file()) {
            Some(path) => read(&path),
            None => Ok(File::default()),
        },
    }
}

fn read(path: &Path) -> Result<File, ConfigurationError> {
    let unreadable = |source| ConfigurationError::Unreadable { path: path.to_owned(), source };
    let text = fs::read_to_string(path).map_err(unreadable)?;
    toml::from_str(&text)
        .map_err(|error| ConfigurationError::File { path: path.to_owned(), message: error.to_string() })
}

/// A folder that a variable names in full, or one under the home folder.
fn base_folder(variable: &str, under_home: &str) -> Option<PathBuf> {
    let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    set(variable).or_else(|| Some(set("HOME")?.join(under_home)))
}

fn default_file() -> Option<PathBuf> {
    Some(base_folder("XDG_CONFIG_HOME", ".config")?.join("claimdesk/config.toml"))
}

fn default_data_dir() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/lib/claimdesk"));
    }
    Some(base_folder("XDG_DATA_HOME", ".local/share")?.join("claimdesk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(given: ServeArguments, file: &str) -> Result<Configuration, ConfigurationError> {
        Configuration::merge(given, toml::from_str(file).expect("a file"))
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file = "listen = \"127.0.0.1:1\"\ndatabase_connections = 3\nlog_format = \"json\"\n";
        let given = ServeArguments {
            listen: Some("127.0.0.1:2".to_owned()),
            data_dir: Some(PathBuf::from("/x")),
            ..ServeArguments::default()
        };
        let merged = merge(given, file).expect("a configuration");
        assert_eq!(merged.listen.port(), 2);
        assert_eq!(merged.database_connections, 3);
        assert_eq!(merged.observation.log_format, LogFormat::Json);
        assert_eq!(merged.shutdown_grace, Duration::from_secs(DEFAULT_GRACE_SECONDS));
        assert!(matches!(merged.database, Database::Private(folder) if folder == Path::new("/x")));
    }

    #[test]
    fn nobody_is_asked_for_no_reviewer_or_for_a_crowd() {
        let given = |reviews: &str| ServeArguments {
            reviews_required: Some(reviews.to_owned()),
            data_dir: Some(PathBuf::from("/x")),
            ..ServeArguments::default()
        };
        assert_eq!(merge(given("2"), "").expect("a configuration").rules.reviews_required, 2);
        assert_eq!(
            merge(given(""), "reviews_required = 3").expect("a configuration").rules.reviews_required,
            3
        );
        for wrong in ["0", "11", "two", "-1"] {
            let error = merge(given(wrong), "").expect_err(wrong).to_string();
            assert!(error.contains("--reviews-required"), "{error}");
        }
    }

    #[test]
    fn an_open_address_must_be_wanted_in_as_many_words() {
        let given = |allow: Option<&str>| ServeArguments {
            listen: Some("0.0.0.0:7878".to_owned()),
            security: SecurityArguments {
                insecure_allow_anonymous: allow.map(str::to_owned),
                ..SecurityArguments::default()
            },
            data_dir: Some(PathBuf::from("/x")),
            ..ServeArguments::default()
        };
        let error = merge(given(None), "").expect_err("refused").to_string();
        assert!(error.contains("--insecure-allow-anonymous"), "{error}");
        assert!(merge(given(Some("true")), "").is_ok());
        assert!(merge(given(None), "insecure_allow_anonymous = true").is_ok());
        assert!(merge(given(Some("false")), "insecure_allow_anonymous = true").is_err());
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_file_and_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        fs::write(&path, "listen = \"127.0.0.1:1\"\nlisten_on = 5\n").expect("written");
        let error = read(&path).expect_err("unknown").to_string();
        assert!(error.contains("config.toml") && error.contains("line 2"), "{error}");
        assert!(error.contains("listen_on"), "{error}");
    }

    #[test]
    fn a_password_is_never_repeated() {
        let given = ServeArguments {
            database_url: Some("mysql://user:secret@host/db".to_owned()),
            ..ServeArguments::default()
        };
        let error = merge(given, "").expect_err("refused").to_string();
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn flags_and_their_documentation_agree() {
        use clap::Args;
        let page = include_str!("../../docs/configuration.md");
        let serve = ServeArguments::augment_args(clap::Command::new("serve"));
        let migrate = MigrateArguments::augment_args(clap::Command::new("migrate"));
        for argument in serve.get_arguments().chain(migrate.get_arguments()) {
            let flag = argument.get_long().expect("every argument has a flag");
            let variable = argument.get_env().expect("every argument has a variable").to_string_lossy();
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let row = page.lines().find(|line| line.contains(&format!("`--{flag}`")));
            let row = row.unwrap_or_else(|| panic!("--{flag} is not documented"));
            assert!(row.contains(&format!("`{variable}`")), "{variable}: {row}");
            if flag != "config" {
                assert!(row.contains(&format!("`{}`", flag.replace('-', "_"))), "the key of {flag}: {row}");
            }
            if let Some(default) =
                help.split("[default: ").nth(1).and_then(|rest| rest.split([']', ';', ',']).next())
            {
                assert!(row.contains(default), "the default of {flag}, {default}: {row}");
            }
        }
    }
}
