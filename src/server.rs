//! The process: configuration, listeners, health, reflection, shutdown, the private PostgreSQL.

use std::process::ExitCode;

/// The command line of `claimdesk serve`.
#[derive(Debug, clap::Args)]
pub struct ServeArguments {}

/// Runs the service until a signal ends it.
#[must_use]
pub fn serve(_arguments: ServeArguments) -> ExitCode {
    ExitCode::SUCCESS
}
