//! Why a call failed, and the one table that turns it into a status.
//!
//! Every status has a `google.rpc.ErrorInfo` with a reason of [`ErrorReason`]; a wrong field has a
//! `google.rpc.BadRequest`, and what may work later a `google.rpc.RetryInfo`.

mod stored;

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{caller::REVIEWER, filter::FilterError, list::PageTokenError, name::NameError};
use crate::{
    claim::{Role, Roles},
    extract::UnsupportedLanguage,
    proto::v1::{ErrorReason, ItemStatus},
    store::StoreError,
};

/// The domain of the reasons in `google.rpc.ErrorInfo`.
const DOMAIN: &str = "claimdesk";

/// How long to wait before the next try of a call that the database could not serve.
const RETRY_DATABASE: Duration = Duration::from_secs(1);
/// How long to wait until somebody may have made room on the database's disk.
const RETRY_FULL: Duration = Duration::from_secs(30);
/// How long to wait for another replica, or for this one to come back.
const RETRY_SHUTDOWN: Duration = Duration::from_secs(2);

/// How long to wait until some of the calls under way have been answered.
const RETRY_OVERLOADED: Duration = Duration::from_millis(500);
/// How long to wait until a stream may have ended.
const RETRY_STREAMS: Duration = Duration::from_secs(5);
/// How long to wait after too many unknown tokens.
const RETRY_FAILURES: Duration = Duration::from_secs(5);

/// How many wrong fields are told at most: a status travels in headers, which must not grow too large.
const MOST_VIOLATIONS: usize = 20;
/// How long what is told of a field may be, in characters, and how long the message in all.
const LONGEST_DESCRIPTION: usize = 400;
const LONGEST_MESSAGE: usize = 2_000;

/// A field that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field: `claim.sources[0].role`.
    pub field: String,
    /// What is wrong with it, and what would be right.
    pub description: String,
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// Fields are missing or wrong.
    #[error("{}", summary(.0))]
    Fields(Vec<Violation>),
    /// A resource name does not have its form.
    #[error("{field}: {error}")]
    Name {
        /// The field it stands in.
        field: &'static str,
        /// What is wrong with it.
        error: NameError,
    },
    /// The filter cannot be read.
    #[error("filter: {0}")]
    Filter(#[from] FilterError),
    /// The page token is not one of this list.
    #[error("page_token: {0}")]
    PageToken(#[from] PageTokenError),
    /// There is no pack for the language.
    #[error("{field}: {error}")]
    Language {
        /// The field it stands in.
        field: &'static str,
        /// Which language, and which there are.
        error: UnsupportedLanguage,
    },
    /// The text is over the limit.
    #[error(
        "{field} has {size} bytes; the limit is {limit} bytes (1 MiB): send it in parts, as articles of their own"
    )]
    TextTooLong {
        /// The field it stands in.
        field: &'static str,
        /// How long it is, in bytes.
        size: usize,
        /// How long it may be.
        limit: usize,
    },
    /// The message is over the limit.
    #[error("the message is larger than {limit} bytes, which is the limit; an article's text may have 1 MiB")]
    MessageTooLarge {
        /// How large it may be.
        limit: usize,
    },
    /// The message is not what the contract says.
    #[error("the message cannot be read: {0}")]
    Malformed(String),
    /// The watch token is none of ours.
    #[error("watch_token: is none that this service gave out; send the last one as it was, or nothing")]
    WatchToken,
    /// A watch token from a log that was put back to an earlier moment and has gone another way since.
    #[error(
        "watch_token: is of a log that was put back to an earlier moment since; watch with only_new, and list the claims anew"
    )]
    WatchTokenOfOtherLog,
    /// What is behind the watch token is no longer kept.
    #[error("watch_token: changes behind it are no longer kept; list the claims, then watch from {oldest}")]
    WatchTokenTooOld {
        /// The oldest token that can be used.
        oldest: String,
    },
    /// A watcher does not read fast enough.
    #[error("changes come faster than they are read; resume from the last watch_token that was received")]
    WatcherTooSlow {
        /// How many it has missed; 0 where it stopped to read.
        missed: u64,
    },
    /// The call says nothing of who calls.
    #[error(
        "this service asks who calls: give a token in the metadata key authorization, as \"Bearer TOKEN\" (claimdesk: \
         --token-file or CLAIMDESK_TOKEN), or a client certificate where the service takes them"
    )]
    CredentialsMissing,
    /// What the call says of who calls is not valid.
    #[error("the credentials are not valid: {0}")]
    CredentialsInvalid(&'static str),
    /// Too many unknown tokens came from the caller's address.
    #[error("too many unknown tokens came from this address; correct the token, and try again in a moment")]
    TooManyFailures,
    /// The caller may not call the method.
    #[error("{subject} may not call {method}: {}", needed(*enough))]
    RoleMissing {
        /// The caller.
        subject: String,
        /// The method.
        method: String,
        /// The roles of which one would do, besides ADMIN.
        enough: Roles,
    },
    /// The call says that somebody else calls than the credentials do.
    #[error(
        "the credentials are those of {subject}, and the metadata key {REVIEWER} says {claimed}: leave it out, since who \
         calls is told by the credentials"
    )]
    ReviewerMismatch {
        /// The caller.
        subject: String,
        /// What the call says.
        claimed: String,
    },
    /// Tokens are managed where nobody is asked for credentials.
    #[error(
        "tokens are managed only where the service asks for credentials: start it with --bootstrap-token-file FILE, and \
         use the token in that file"
    )]
    CredentialsNotAsked,
    /// There is no such method.
    #[error("there is no method {0}; see which there are in the contract, or by reflection")]
    MethodUnknown(String),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service has not started yet.
    #[error("the service is starting; try again in a moment")]
    Starting,
    /// As many calls are under way as are taken.
    #[error(
        "the service has {limit} calls under way, which is as many as it takes; nothing was done, try again in a moment"
    )]
    Overloaded {
        /// How many are taken.
        limit: usize,
    },
    /// The caller calls more often than each caller may.
    #[error("each caller may begin {limit} calls in a second; nothing was done, try again in {} ms", wait.as_millis() + 1)]
    TooManyCalls {
        /// How many a second may be begun.
        limit: u32,
        /// How long to wait until one more is taken.
        wait: Duration,
    },
    /// The caller has as many streams open as each caller may.
    #[error("each caller may have {limit} streams (watches and imports) open; end one of them first")]
    TooManyStreams {
        /// How many may be open.
        limit: u32,
    },
    /// The service is about to end.
    #[error("the service is shutting down; try again in a moment")]
    ShuttingDown,
    /// The caller's deadline passed.
    #[error("the deadline passed before the answer was there; nothing was left half done")]
    DeadlineExceeded,
    /// A fault of ours, told in the log.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Which roles would do.
fn needed(enough: Roles) -> String {
    let words: Vec<&str> = enough.iter().map(Role::as_str).chain(["ADMIN"]).collect();
    format!("it takes the role {}", words.join(" or "))
}

/// What a person reads when several fields are wrong.
fn summary(violations: &[Violation]) -> String {
    let shown = violations.iter().take(MOST_VIOLATIONS);
    let told: Vec<_> = shown.map(|v| format!("{}: {}", v.field, v.description)).collect();
    match violations.len().saturating_sub(MOST_VIOLATIONS) {
        0 => told.join("; "),
        more => format!("{}; and {more} more", told.join("; ")),
    }
}

/// What the table says of an error.
struct Row {
    code: Code,
    reason: ErrorReason,
    message: String,
    metadata: HashMap<String, String>,
    fields: Vec<Violation>,
    retry: Option<Duration>,
}

impl Row {
    fn new(code: Code, reason: ErrorReason, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            metadata: HashMap::new(),
            fields: Vec::new(),
            retry: None,
        }
    }

    fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    fn field(mut self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.fields.push(Violation { field: field.into(), description: description.into() });
        self
    }

    fn retry(mut self, after: Duration) -> Self {
        self.retry = Some(after);
        self
    }
}

impl From<ServiceError> for Row {
    fn from(error: ServiceError) -> Self {
        use ErrorReason as Reason;
        let message = error.to_string();
        match error {
            ServiceError::Fields(fields) => {
                Self { fields, ..Self::new(Code::InvalidArgument, Reason::FieldInvalid, message) }
            }
            ServiceError::Name { field, error } => {
                Self::new(Code::InvalidArgument, Reason::NameInvalid, message).field(field, error.to_string())
            }
            ServiceError::Filter(error) => Self::new(Code::InvalidArgument, Reason::FilterInvalid, message)
                .with("position", error.position)
                .field("filter", error.to_string()),
            ServiceError::PageToken(error) => {
                Self::new(Code::InvalidArgument, Reason::PageTokenInvalid, message)
                    .field("page_token", error.to_string())
            }
            ServiceError::Language { field, error } => {
                Self::new(Code::InvalidArgument, Reason::LanguageUnsupported, message)
                    .with("language", &error.given)
                    .with("available", error.available.join(","))
                    .field(field, error.to_string())
            }
            ServiceError::TextTooLong { size, limit, .. } => {
                Self::new(Code::OutOfRange, Reason::TextTooLong, message)
                    .with("size_bytes", size)
                    .with("limit_bytes", limit)
            }
            ServiceError::MessageTooLarge { limit } => {
                Self::new(Code::OutOfRange, Reason::MessageTooLarge, message).with("limit_bytes", limit)
            }
            ServiceError::Malformed(_) => Self::new(Code::InvalidArgument, Reason::FieldInvalid, message),
            ServiceError::WatchToken => Self::new(Code::InvalidArgument, Reason::WatchTokenInvalid, message)
                .field("watch_token", "is none that this service gave out"),
            ServiceError::WatchTokenOfOtherLog => {
                Self::new(Code::InvalidArgument, Reason::WatchTokenInvalid, message)
                    .field("watch_token", "is of a log that was put back to an earlier moment since")
            }
            ServiceError::WatchTokenTooOld { oldest } => {
                Self::new(Code::OutOfRange, Reason::WatchTokenTooOld, message).with("oldest_token", oldest)
            }
            ServiceError::WatcherTooSlow { missed } => {
                Self::new(Code::ResourceExhausted, Reason::WatcherTooSlow, message)
                    .with("missed", missed)
                    .retry(Duration::ZERO)
            }
            ServiceError::CredentialsMissing => {
                Self::new(Code::Unauthenticated, Reason::CredentialsMissing, message)
            }
            ServiceError::CredentialsInvalid(_) => {
                Self::new(Code::Unauthenticated, Reason::CredentialsInvalid, message)
            }
            ServiceError::TooManyFailures => {
                Self::new(Code::ResourceExhausted, Reason::TooManyFailures, message).retry(RETRY_FAILURES)
            }
            ServiceError::RoleMissing { subject, method, enough } => {
                let roles = enough.iter().map(Role::as_str).chain(["ADMIN"]).collect::<Vec<_>>().join(",");
                Self::new(Code::PermissionDenied, Reason::RoleMissing, message)
                    .with("subject", subject)
                    .with("method", method)
                    .with("roles", roles)
            }
            ServiceError::ReviewerMismatch { subject, .. } => {
                Self::new(Code::PermissionDenied, Reason::ReviewerMismatch, message).with("subject", subject)
            }
            ServiceError::CredentialsNotAsked => {
                Self::new(Code::FailedPrecondition, Reason::CredentialsNotAsked, message)
            }
            ServiceError::MethodUnknown(_) => Self::new(Code::Unimplemented, Reason::MethodUnknown, message),
            ServiceError::Store(error) => error.into(),
            ServiceError::Starting => {
                Self::new(Code::Unavailable, Reason::DatabaseUnavailable, message).retry(RETRY_DATABASE)
            }
            ServiceError::Overloaded { limit } => {
                Self::new(Code::ResourceExhausted, Reason::Overloaded, message)
                    .with("limit", limit)
                    .retry(RETRY_OVERLOADED)
            }
            ServiceError::TooManyCalls { limit, wait } => {
                Self::new(Code::ResourceExhausted, Reason::TooManyCalls, message)
                    .with("limit", limit)
                    // What is told in milliseconds must not be a little too early.
                    .retry(wait + Duration::from_millis(1))
            }
            ServiceError::TooManyStreams { limit } => {
                Self::new(Code::ResourceExhausted, Reason::TooManyStreams, message)
                    .with("limit", limit)
                    .retry(RETRY_STREAMS)
            }
            ServiceError::ShuttingDown => {
                Self::new(Code::Unavailable, Reason::ShuttingDown, message).retry(RETRY_SHUTDOWN)
            }
            ServiceError::DeadlineExceeded => {
                Self::new(Code::DeadlineExceeded, Reason::DeadlineExceeded, message)
            }
            ServiceError::Internal(cause) => internal(&cause),
        }
    }
}

/// A fault of ours: the cause goes into the log, and nothing of it to the caller.
fn internal(cause: &str) -> Row {
    tracing::error!(error = cause, "a call failed by a fault of claimdesk");
    Row::new(Code::Internal, ErrorReason::Internal, "a fault of claimdesk; its log has the cause")
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told = format!("{told}: {error}");
        cause = error.source();
    }
    told
}

/// A text that stands in headers, cut where it is too long for that: some errors repeat what the caller wrote.
fn cut(mut text: String, limit: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(limit) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The reason as it stands in ErrorInfo, without the enum's prefix.
#[must_use]
fn reason_name(reason: ErrorReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name)
}

/// The status of a part of a call that went well.
pub(super) fn ok() -> ItemStatus {
    ItemStatus { code: "OK".to_owned(), ..ItemStatus::default() }
}

/// The status of a part of a call that failed.
pub(super) fn item_status(error: ServiceError) -> ItemStatus {
    let row = Row::from(error);
    // The codes as the documentation of gRPC writes them: InvalidArgument is INVALID_ARGUMENT.
    let mut code = String::new();
    for letter in format!("{:?}", row.code).chars() {
        if letter.is_ascii_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.push(letter.to_ascii_uppercase());
    }
    let message = cut(row.message, LONGEST_MESSAGE);
    ItemStatus { code, reason: reason_name(row.reason).to_owned(), message }
}

impl From<ServiceError> for Status {
    fn from(error: ServiceError) -> Self {
        let row = Row::from(error);
        let mut details = ErrorDetails::with_error_info(reason_name(row.reason), DOMAIN, row.metadata);
        for violation in row.fields.into_iter().take(MOST_VIOLATIONS) {
            let description = cut(violation.description, LONGEST_DESCRIPTION);
            details.add_bad_request_violation(violation.field, description);
        }
        if row.retry.is_some() {
            details.set_retry_info(row.retry);
        }
        Self::with_error_details(row.code, cut(row.message, LONGEST_MESSAGE), details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_a_reason_of_the_contract() {
        let status = Status::from(ServiceError::TextTooLong {
            field: "article.text",
            size: 2_097_152,
            limit: 1_048_576,
        });
        assert_eq!(status.code(), Code::OutOfRange);
        let details = status.get_error_details();
        let info = details.error_info().expect("an ErrorInfo");
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("TEXT_TOO_LONG", "claimdesk"));
        assert_eq!(info.metadata.get("limit_bytes").map(String::as_str), Some("1048576"));
        assert!(status.message().contains("2097152 bytes"), "{}", status.message());
    }

    #[test]
    fn of_many_wrong_fields_some_are_told() {
        let wrong = |at| Violation { field: format!("requests[{at}]"), description: "is empty".to_owned() };
        let status = Status::from(ServiceError::Fields((0..500).map(wrong).collect()));
        assert!(status.message().ends_with("requests[19]: is empty; and 480 more"), "{}", status.message());
        let details = status.get_error_details();
        assert_eq!(details.bad_request().map(|bad| bad.field_violations.len()), Some(20));
    }

    #[test]
    fn what_the_caller_wrote_does_not_make_a_status_grow() {
        let wrong = |at| Violation { field: format!("f[{at}]"), description: "ä".repeat(100_000) };
        let error = || ServiceError::Fields((0..50).map(wrong).collect());
        let status = Status::from(error());
        assert!(status.message().starts_with("f[0]: ää") && status.message().ends_with('…'));
        assert!(status.message().len() + status.details().len() < 32 << 10);
        assert!(item_status(error()).message.len() < 8 << 10);
    }

    #[test]
    fn a_part_of_a_call_has_its_status_in_words() {
        let field = Violation { field: "note".to_owned(), description: "is too long".to_owned() };
        let status = item_status(ServiceError::Fields(vec![field]));
        assert_eq!(status.code, "INVALID_ARGUMENT");
        assert_eq!((status.reason.as_str(), status.message.as_str()), ("FIELD_INVALID", "note: is too long"));
    }

    #[test]
    fn an_internal_error_shows_nothing_of_its_cause() {
        let cause = StoreError::Database(sqlx::Error::ColumnNotFound("relation \"claim\"".to_owned()));
        let status = Status::from(ServiceError::from(cause));
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("claim\""));
    }

    #[test]
    fn what_may_work_later_says_when() {
        let status = Status::from(ServiceError::ShuttingDown);
        let details = status.get_error_details();
        assert!(details.retry_info().is_some_and(|info| info.retry_delay == Some(RETRY_SHUTDOWN)));
    }
}
