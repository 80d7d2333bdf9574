//! What a person uses: commands and output formats. Talks gRPC only; never the store.

use std::process::ExitCode;

/// The commands of the client.
#[derive(Debug, clap::Subcommand)]
pub enum Command {}

/// Runs a command; `program` is the whole command line's definition, for shell completions.
#[must_use]
pub fn run(command: Command, _program: clap::Command) -> ExitCode {
    match command {}
}
