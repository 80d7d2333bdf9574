//! The process: configuration, listeners, health, reflection, shutdown, the private PostgreSQL.

mod auth;
mod configuration;
mod connection;
mod http2;
mod layers;
mod listener;
mod logging;
mod metrics;
mod passwd;
mod phase;
mod postgres_binaries;
mod private_postgres;
mod probes;
mod run;
mod schema;
mod telemetry;
mod tls;

use std::{io::Write, process::ExitCode};

pub use auth::BootstrapError;
pub use configuration::{
    Configuration, ConfigurationError, LimitArguments, Limits, LogFormat, MigrateArguments, Migration,
    Observation, ObservationArguments, SchemaMode, Security, SecurityArguments, ServeArguments,
};
pub use private_postgres::PrivatePostgresError;
pub use run::ServeError;
pub use schema::MigrationError;
use telemetry::Telemetry;
pub use telemetry::TelemetryError;
pub use tls::TlsError;

/// The exit code for mistakes in the configuration.
const MISCONFIGURED: u8 = 2;

/// Runs the service until a signal ends it: 0 after a clean end, 1 after a failure, 2 if the configuration is wrong.
#[must_use]
pub fn serve(arguments: ServeArguments) -> ExitCode {
    let configuration = match Configuration::resolve(arguments) {
        Ok(configuration) => configuration,
        Err(error) => return tell(&error, MISCONFIGURED),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&error, 1),
    };
    let telemetry = {
        let _within = runtime.enter();
        match configuration.observation.tracing.as_ref().map(Telemetry::start).transpose() {
            Ok(telemetry) => telemetry,
            Err(error) => return tell(&error, MISCONFIGURED),
        }
    };
    logging::start(&configuration.observation, telemetry.as_ref());
    let result = runtime.block_on(run::run(configuration));
    if let Some(telemetry) = telemetry {
        telemetry.end();
    }
    // An extraction that is still running holds up nobody.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => tell(&error, 1),
    }
}

/// Brings a database's schema up to date: 0 when it is, 1 if it cannot be, 2 if the configuration is wrong.
#[must_use]
pub fn migrate(arguments: MigrateArguments) -> ExitCode {
    let migration = match Migration::resolve(arguments) {
        Ok(migration) => migration,
        Err(error) => return tell(&error, MISCONFIGURED),
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return tell(&error, 1),
    };
    match runtime.block_on(schema::migrate(migration)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error @ MigrationError::SameRole(_)) => tell(&error, MISCONFIGURED),
        Err(error) => tell(&error, 1),
    }
}

/// Tells a person why the service does not run, with the causes.
fn tell(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let mut told = format!("claimdesk: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Many errors repeat their cause.
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = error.source();
    }
    // Nothing is left to do if standard error is closed.
    let _ = writeln!(std::io::stderr(), "{told}");
    ExitCode::from(code)
}
