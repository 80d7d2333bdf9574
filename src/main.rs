//! Reads the command line and hands over.

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

// An extraction makes and frees many small things; a text of a megabyte makes large ones, which the system's allocator
// would give back each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Finds the checkable statements of news articles, stores them with their sources, and keeps reviewers' verdicts on
/// record.
#[derive(Parser)]
#[command(name = "claimdesk", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = claimdesk::client::EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Run the service.
    Serve(Box<claimdesk::server::ServeArguments>),
    /// Bring a database's schema up to date, and end.
    Migrate(claimdesk::server::MigrateArguments),
    #[command(flatten)]
    Client(claimdesk::client::Command),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Serve(arguments) => claimdesk::server::serve(*arguments),
        Command::Migrate(arguments) => claimdesk::server::migrate(arguments),
        Command::Client(command) => claimdesk::client::run(command, Arguments::command()),
    }
}
