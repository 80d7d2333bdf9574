//! What can go wrong in the client, what it says then, and with which exit code it ends.

use std::{fmt::Write as _, io, path::PathBuf};

use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::extract::UnsupportedLanguage;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The command line asks for something that does not make sense.
    #[error("{0}")]
    Usage(String),
    /// A file cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    Read { path: PathBuf, cause: io::Error },
    /// A text is longer than any service takes.
    #[error("{what} is longer than {limit} bytes")]
    TooLong { what: String, limit: usize },
    /// A text is not UTF-8.
    #[error("{what} is not UTF-8 text: the byte at offset {offset} (0x{byte:02X}) does not belong there")]
    NotUtf8 { what: String, offset: usize, byte: u8 },
    /// There is no text.
    #[error("{0} is empty: there is no text to find claims in")]
    Empty(String),
    /// A line of JSON lines cannot be used.
    #[error("line {line} of {what}: {reason}")]
    Line { what: String, line: usize, reason: String },
    /// There is no pack for the language asked for.
    #[error(transparent)]
    Language(#[from] UnsupportedLanguage),
    /// Standard output takes no more.
    #[error("cannot write to standard output: {0}")]
    Write(#[source] io::Error),
    /// The answer cannot be written in the format asked for.
    #[error("cannot write the answer: {0}")]
    Format(String),
    /// The client's own machinery did not start.
    #[error("cannot start: {0}")]
    Runtime(#[source] io::Error),
    /// Some of the lines that were read failed, and said so.
    #[error("some commands failed")]
    SomeLines(u8),
    /// The terminal does not do what it should.
    #[error("the terminal failed: {0}")]
    Terminal(#[source] io::Error),
    /// A signal ended it.
    #[error("ended by signal {0}")]
    Signal(u8),
    /// Nobody answers at the service's address.
    #[error("cannot reach the service at {server}: {cause}")]
    Unreachable { server: String, cause: String },
    /// The service did not answer in time.
    #[error("the service at {server} did not answer within {seconds} s")]
    TimedOut { server: String, seconds: f64 },
    /// What is stored is not what was written.
    #[error("{0} things are not as they were written")]
    Breached(usize),
    /// The service does not answer calls.
    #[error("{0}")]
    Unhealthy(String),
    /// A file cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    Save { path: PathBuf, cause: io::Error },
    /// Some lines of an import were not stored.
    #[error("{failed} of {all} lines were not imported")]
    SomeFailed { failed: u64, all: u64 },
    /// The service said no to some of several.
    #[error("{refused} of {all} decisions were refused")]
    SomeRefused { refused: usize, all: usize },
    /// The service said no.
    #[error("{}", refusal(.0))]
    Refused(Box<Status>),
}

impl Error {
    /// Whether it is only that the reader of the output went away.
    pub(super) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Write(cause) if cause.kind() == io::ErrorKind::BrokenPipe)
    }

    /// The exit code, as [`super::EXIT_CODES`] lists them.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Language(_) => 2,
            Self::Unreachable { .. } | Self::TimedOut { .. } => 6,
            Self::Refused(status) => exit_code(status.code()),
            Self::SomeRefused { .. } => 5,
            Self::SomeLines(code) => *code,
            // As a shell has it.
            Self::Signal(number) => number.saturating_add(128),
            _ => 1,
        }
    }

    /// What to do about it, where that is known.
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::NotUtf8 { .. } => {
                Some("convert it first, such as with: iconv -f WINDOWS-1252 -t UTF-8 FILE".to_owned())
            }
            Self::TooLong { .. } => {
                Some("send one article at a time; the service takes up to 1 MiB".to_owned())
            }
            Self::Unreachable { cause, .. } if cause.contains("certificate") => Some(
                "name the authority that signed the service's certificate with --ca-cert FILE, and the service by the name in \
                 its certificate"
                    .to_owned(),
            ),
            Self::Unreachable { .. } => Some(
                "start it with `claimdesk serve`, or name another one with --server or CLAIMDESK_SERVER"
                    .to_owned(),
            ),
            Self::TimedOut { .. } => {
                Some("give it longer with --timeout, or look into the service's log".to_owned())
            }
            Self::SomeFailed { .. } => {
                Some("correct them and import the file again: what is stored is not stored twice".to_owned())
            }
            Self::Refused(status) => refusal_hint(status),
            Self::Breached(_) => Some(
                "compare with a backup; whoever can write to the database as its superuser can do this"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

/// The exit code for a gRPC status.
fn exit_code(code: Code) -> u8 {
    match code {
        Code::Ok => 0,
        Code::InvalidArgument => 2,
        Code::NotFound => 3,
        Code::Unauthenticated | Code::PermissionDenied => 4,
        Code::Aborted | Code::AlreadyExists | Code::FailedPrecondition => 5,
        Code::Unavailable | Code::DeadlineExceeded => 6,
        Code::Cancelled
        | Code::Unknown
        | Code::ResourceExhausted
        | Code::OutOfRange
        | Code::Unimplemented
        | Code::Internal
        | Code::DataLoss => 1,
    }
}

/// The code as the gRPC documentation writes it.
fn code_word(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// The published reason that stands in the status, such as `ETAG_MISMATCH`.
pub(super) fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// The status in words, each wrong field on a line of its own.
fn refusal(status: &Status) -> String {
    let message = match status.message().trim() {
        "" => "the service gave no reason",
        message => message,
    };
    let mut text = format!("{message} ({}", code_word(status.code()));
    if let Some(reason) = reason(status) {
        let _ = write!(text, ", {reason}");
    }
    text.push(')');
    for violation in status.get_details_bad_request().map(|it| it.field_violations).unwrap_or_default() {
        // With one field, the message often says it all.
        if !message.contains(&violation.description) {
            let _ = write!(text, "\n  {}: {}", violation.field, violation.description);
        } else if !message.contains(&violation.field) {
            let _ = write!(text, "\n  in {}", violation.field);
        }
    }
    for violation in status.get_details_precondition_failure().map(|it| it.violations).unwrap_or_default() {
        if !message.contains(&violation.description) {
            let _ = write!(text, "\n  {}: {}", violation.subject, violation.description);
        }
    }
    text
}

fn refusal_hint(status: &Status) -> Option<String> {
    let by_reason = match reason(status).as_deref() {
        Some("FILTER_INVALID") => "write it like: state = \"UNREVIEWED\" AND points.kind = \"RECORD\"",
        Some("PAGE_TOKEN_INVALID") => "start again from the first page",
        Some("REQUEST_ID_REUSED") => "leave --request-id out, or give a new one",
        Some("LANGUAGE_UNSUPPORTED") => "name a language that is supported with --language",
        Some("ARTICLE_NOT_FOUND") => "see which there are with `claimdesk articles list`",
        Some("CLAIM_NOT_FOUND") => "see which there are with `claimdesk claims list`",
        Some("TRANSITION_ILLEGAL") => {
            "see what was decided with `claimdesk reviews list CLAIM`; `claimdesk reopen CLAIM` takes it back"
        }
        Some("ARTICLE_REVIEWED") => "add --force to delete its reviews too",
        Some("ETAG_MISMATCH") => {
            "read it again (`claimdesk claims get CLAIM`), and decide on what it says now"
        }
        Some("WATCH_TOKEN_TOO_OLD") => "list the claims, then watch anew without --from",
        Some("SAME_REVIEWER") => "`claimdesk lease` gives a claim that waits for you",
        Some("LEASE_LOST") => "take it again with `claimdesk lease`, if it is still open",
        Some("LEASE_HELD") => {
            "if the lease is yours, give its token with --lease-token; `claimdesk lease` gives another claim"
        }
        Some("TEXT_TOO_LONG" | "MESSAGE_TOO_LARGE") => "send one article at a time",
        Some("CREDENTIALS_MISSING") => {
            "give your token with --token-file FILE or CLAIMDESK_TOKEN; whoever has the role ADMIN makes one with \
             `claimdesk tokens create`"
        }
        Some("CREDENTIALS_INVALID") => {
            "whoever has the role ADMIN makes a new token with `claimdesk tokens create`"
        }
        Some("ROLE_MISSING") => {
            "whoever has the role ADMIN makes a token with the role with `claimdesk tokens create`"
        }
        Some("REVIEWER_MISMATCH") => "leave --reviewer out, and unset CLAIMDESK_REVIEWER",
        Some("TOKEN_NOT_FOUND") => "see which there are with `claimdesk tokens list`",
        Some("INTERNAL") => "the service's log has the cause",
        _ => "",
    };
    if !by_reason.is_empty() {
        return Some(by_reason.to_owned());
    }
    if let Some(delay) = status.get_details_retry_info().and_then(|retry| retry.retry_delay) {
        return Some(format!("try again in {} s", delay.as_secs_f64()));
    }
    match status.code() {
        Code::Unauthenticated | Code::PermissionDenied => {
            Some("ask whoever runs the service for access".to_owned())
        }
        Code::Unimplemented => Some("the service is of another version, or no claimdesk".to_owned()),
        Code::Unavailable => Some("try again in a moment".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::{ErrorDetails, StatusExt as _};

    use super::*;

    #[test]
    fn each_status_has_its_exit_code() {
        let table = [
            (Code::Ok, 0),
            (Code::Cancelled, 1),
            (Code::Unknown, 1),
            (Code::InvalidArgument, 2),
            (Code::DeadlineExceeded, 6),
            (Code::NotFound, 3),
            (Code::AlreadyExists, 5),
            (Code::PermissionDenied, 4),
            (Code::ResourceExhausted, 1),
            (Code::FailedPrecondition, 5),
            (Code::Aborted, 5),
            (Code::OutOfRange, 1),
            (Code::Unimplemented, 1),
            (Code::Internal, 1),
            (Code::Unavailable, 6),
            (Code::DataLoss, 1),
            (Code::Unauthenticated, 4),
        ];
        for (code, expected) in table {
            assert_eq!(exit_code(code), expected, "{}", code_word(code));
        }
    }

    #[test]
    fn errors_of_the_client_itself_have_theirs() {
        let unreachable = Error::Unreachable { server: String::new(), cause: String::new() };
        assert_eq!(unreachable.exit_code(), 6);
        assert_eq!(Error::TimedOut { server: String::new(), seconds: 1.0 }.exit_code(), 6);
        assert_eq!(Error::Usage(String::new()).exit_code(), 2);
        assert_eq!(Error::Empty(String::new()).exit_code(), 1);
        assert_eq!(Error::NotUtf8 { what: String::new(), offset: 0, byte: 0 }.exit_code(), 1);
    }

    fn shown(status: Status) -> String {
        let error = Error::Refused(Box::new(status));
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    }

    #[test]
    fn names_each_wrong_field_on_a_line() {
        let mut details = ErrorDetails::new();
        details
            .set_error_info("FIELD_INVALID", "claimdesk", std::collections::HashMap::new())
            .add_bad_request_violation("article.publish_date", "\"2024-13\" is no date")
            .add_bad_request_violation("article.text", "is empty");
        insta::assert_snapshot!(
            shown(Status::with_error_details(Code::InvalidArgument, "two fields are wrong", details)),
            @r#"
    two fields are wrong (INVALID_ARGUMENT, FIELD_INVALID)
      article.publish_date: "2024-13" is no date
      article.text: is empty
    hint:
    "#
        );
    }

    #[test]
    fn a_reason_brings_its_advice() {
        let details = |reason: &str| ErrorDetails::with_error_info(reason, "claimdesk", []);
        insta::assert_snapshot!(
            shown(Status::with_error_details(Code::Aborted, "the claim changed", details("ETAG_MISMATCH"))),
            @r#"
    the claim changed (ABORTED, ETAG_MISMATCH)
    hint: read it again (`claimdesk claims get CLAIM`), and decide on what it says now
    "#
        );
        insta::assert_snapshot!(
            shown(Status::with_error_details(
                Code::Unavailable,
                "the database is away",
                ErrorDetails::with_retry_info(Some(std::time::Duration::from_millis(1500))),
            )),
            @r#"
    the database is away (UNAVAILABLE)
    hint: try again in 1.5 s
    "#
        );
    }
}
