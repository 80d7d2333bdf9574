//! What a person uses: commands and output formats. Talks gRPC only; never the store.
//!
//! Data goes to standard output, messages go to standard error, and the exit code tells what became of it
//! ([`EXIT_CODES`]). `docs/client.md` describes it for users.

mod article_input;
mod articles;
mod changes;
mod claims;
mod credentials;
mod error;
mod export;
mod extract;
mod grid;
mod health;
mod highlight;
mod import;
mod leases;
mod lines;
mod name;
mod output;
mod paging;
mod render;
mod review;
mod reviews;
mod session;
mod submit;
mod tokens;
mod value;
mod watch;

use std::process::ExitCode;

use error::Error;
pub use review::Rehearsal;

/// What the exit codes mean, as `--help` shows it.
pub const EXIT_CODES: &str = "Exit codes:
  0  done
  1  it failed: input that cannot be read, a fault of the service
  2  wrong usage: an unknown option, a value that the service does not accept
  3  there is no such article or claim
  4  not authorised
  5  conflict: the state does not allow it, or it changed in the meantime
  6  the service cannot be reached, or did not answer in time";

/// The commands of the client.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Send an article in; find and store its claims.
    #[command(after_help = EXIT_CODES)]
    Submit(Box<submit::Submit>),
    /// Send many articles in, one on each line of a file.
    #[command(after_help = EXIT_CODES)]
    Import(Box<import::Import>),
    /// List, show and add claims.
    #[command(subcommand, alias = "claim")]
    Claims(claims::Claims),
    /// Take claims from the queue: those most worth a check are yours for a time.
    #[command(after_help = EXIT_CODES)]
    Lease(Box<leases::LeaseClaims>),
    /// Review claims all day: a screen with the queue, the article, and all that is on record.
    #[command(after_help = EXIT_CODES)]
    Review(Box<review::Review>),
    /// Hold a leased claim longer.
    #[command(after_help = EXIT_CODES)]
    Renew(Box<leases::RenewLease>),
    /// Give a leased claim back to the queue.
    #[command(after_help = EXIT_CODES)]
    Release(Box<leases::ReleaseLease>),
    /// Mark a claim as verified: it is so.
    #[command(after_help = EXIT_CODES)]
    Verify(Box<reviews::Decide>),
    /// Mark a claim as disputed: it is not so.
    #[command(after_help = EXIT_CODES)]
    Dispute(Box<reviews::Decide>),
    /// Mark a claim as unverifiable: it cannot be told.
    #[command(after_help = EXIT_CODES)]
    Unverifiable(Box<reviews::Decide>),
    /// Dismiss a claim: it is no claim at all.
    #[command(after_help = EXIT_CODES)]
    Dismiss(Box<reviews::Decide>),
    /// Take the decision on a claim back; what was decided stays on record.
    #[command(after_help = EXIT_CODES)]
    Reopen(Box<reviews::Reopen>),
    /// Show the decisions on record.
    #[command(subcommand)]
    Reviews(reviews::Reviews),
    /// Show what happened to an article or a claim.
    #[command(subcommand)]
    Changes(changes::Changes),
    /// Prove that what is on record is all there and unaltered.
    #[command(subcommand)]
    Audit(changes::Audit),
    /// List, show and delete articles.
    #[command(subcommand, alias = "article")]
    Articles(articles::Articles),
    /// Say who may call the service: make, list and revoke tokens.
    #[command(subcommand, alias = "token")]
    Tokens(tokens::Tokens),
    /// Tell whether the service answers calls, by the exit code: for scripts, and for the health checks of containers.
    #[command(after_help = health::EXIT_CODES)]
    Health(Box<health::Health>),
    /// Write claims for other programs: as lines of JSON, or as fact checks in the form of schema.org.
    #[command(after_help = EXIT_CODES)]
    Export(Box<export::Export>),
    /// Find the claims of a text here, without a service and without storing anything.
    #[command(after_help = EXIT_CODES)]
    Extract(Box<extract::Extract>),
    /// Write the completions of a shell, such as `claimdesk completions bash`.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Runs a command; `program` is the whole command line's definition, for shell completions.
#[must_use]
pub fn run(command: Command, program: clap::Command) -> ExitCode {
    let done = credentials::conceal_token().map_err(Error::Runtime).and_then(|()| dispatch(command, program));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(error) if error.is_closed_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            output::report(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: Command, program: clap::Command) -> Result<(), Error> {
    use crate::claim::Verdict;
    match command {
        Command::Submit(submit) => submit.run(),
        Command::Import(import) => import.run(),
        Command::Claims(claims) => claims.run(),
        Command::Lease(lease) => lease.run(),
        Command::Review(review) => review.run(),
        Command::Renew(renew) => renew.run(),
        Command::Release(release) => release.run(),
        Command::Verify(decide) => decide.run(Verdict::Verified),
        Command::Dispute(decide) => decide.run(Verdict::Disputed),
        Command::Unverifiable(decide) => decide.run(Verdict::Unverifiable),
        Command::Dismiss(decide) => decide.run(Verdict::Dismissed),
        Command::Reopen(reopen) => reopen.run(),
        Command::Reviews(reviews) => reviews.run(),
        Command::Changes(changes) => changes.run(),
        Command::Audit(audit) => audit.run(),
        Command::Articles(articles) => articles.run(),
        Command::Tokens(tokens) => tokens.run(),
        Command::Health(health) => health.run(),
        Command::Export(export) => export.run(),
        Command::Extract(extract) => extract.run(),
        Command::Completions { shell } => completions(shell, program),
    }
}

fn completions(shell: clap_complete::Shell, mut program: clap::Command) -> Result<(), Error> {
    use std::io::Write;

    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, name, &mut script);
    std::io::stdout().lock().write_all(&script).map_err(Error::Write)
}
