//! Why the store did not do what it was asked.

use std::time::Duration;

use jiff::Timestamp;

use super::{ArticleId, ClaimKey, SchemaError};
use crate::claim::{DecisionRefused, IllegalTransition, SameReviewer};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such article.
    #[error("there is no article {0}")]
    ArticleNotFound(ArticleId),
    /// There is no such claim.
    #[error("there is no claim {0}")]
    ClaimNotFound(ClaimKey),
    /// There is no such token.
    #[error("there is no token {0}")]
    TokenNotFound(String),
    /// The claim is one of a version of its article that another one has replaced.
    #[error("claim {key} is of a version of its article that was replaced")]
    ClaimSuperseded {
        /// The claim.
        key: ClaimKey,
        /// The claim of the next version that goes on from it.
        next: Option<ClaimKey>,
    },
    /// The article is a version that another one has replaced.
    #[error("article {article} was replaced by {next}")]
    ArticleSuperseded {
        /// The article.
        article: ArticleId,
        /// What replaced it.
        next: ArticleId,
    },
    /// The claim's state does not allow the verdict.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// Whoever has decided on the claim already cannot be the other one that it waits for.
    #[error(transparent)]
    SameReviewer(#[from] SameReviewer),
    /// One decision of several cannot be made, so that none was.
    #[error("decision {index}: {error}")]
    Decision {
        /// Which, counted from 0.
        index: usize,
        /// Why.
        #[source]
        error: Box<StoreError>,
    },
    /// A decision rests on a claim that it cannot rest on.
    #[error("a decision cannot rest on claim {key}: {why}")]
    NoBasis {
        /// The claim.
        key: ClaimKey,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A verdict rests on a point that the claim does not have.
    #[error("the claim has no point {id}; it has {count}")]
    PointNotFound {
        /// What was asked for.
        id: String,
        /// How many points the claim has.
        count: usize,
    },
    /// The article has reviewed claims, and its deletion was not forced.
    #[error("article {article} has reviews on {reviewed} of its claims")]
    ArticleReviewed {
        /// The article.
        article: ArticleId,
        /// How many of its claims have a review.
        reviewed: i64,
    },
    /// What is stored has changed since it was read.
    #[error("the etag is {current}, not {given}")]
    EtagMismatch {
        /// What the caller saw.
        given: String,
        /// What it is now.
        current: String,
    },
    /// The lease is not, or no longer, the caller's.
    #[error("the lease on claim {0} is lost")]
    LeaseLost(ClaimKey),
    /// The claim is leased, and its token was not given.
    #[error("claim {key} is leased to {owner} until {until}")]
    LeaseHeld {
        /// The claim.
        key: ClaimKey,
        /// Who has it.
        owner: String,
        /// Until when.
        until: Timestamp,
    },
    /// The request_id belongs to another request.
    #[error("request_id {0} was used for another request")]
    RequestIdReused(String),
    /// Another article has the same identifier.
    #[error("another article has the identifier {0}")]
    IdentifierTaken(ArticleId),
    /// What the write met was deleted while it ran; the next attempt does not meet it.
    #[error("another write came in between, again and again")]
    Vanished,
    /// A word that is looked for is part of too many words.
    #[error("\"{0}\" stands in too many words")]
    WordTooCommon(String),
    /// A search took longer than one may.
    #[error("the search takes too long")]
    SearchTooLong,
    /// The database cannot be reached, or cannot take the write now.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The database did not answer in time: it hangs, or the network lost it.
    #[error("the database did not answer within {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// The database has no room for what is to be stored.
    #[error("the database's disk is full")]
    Full(#[source] sqlx::Error),
    /// The database's schema is not one that this version can work with.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// What is stored cannot be read back.
    #[error("what is stored cannot be read: {0}")]
    Unreadable(String),
    /// Anything else that the database objects to: a fault of claimdesk.
    #[error("the database refused what was asked of it")]
    Database(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether the database is away, for now.
    #[must_use]
    pub fn is_away(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Silent(_))
    }

    /// Whether the transaction lost against another one and would do well to try again.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        if matches!(self, Self::Vanished) {
            return true;
        }
        let (Self::Database(error) | Self::Unavailable(error)) = self else { return false };
        matches!(code(error).as_deref(), Some("40001" | "40P01"))
    }
}

/// The SQLSTATE of an error that the database itself raised.
pub(super) fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // The only statements with a bound are those of searches.
        if code(&error).as_deref() == Some("57014") {
            return Self::SearchTooLong;
        }
        if code(&error).as_deref() == Some("53100") {
            return Self::Full(error);
        }
        let away = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            // What comes over a connection that breaks may be cut anywhere.
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => true,
            sqlx::Error::Database(_) => code(&error).is_some_and(|code| {
                // 08 connection, 53 resources, 57P operator intervention, 58 system, read only after a failover, a
                // transaction that was ended because we were silent, and conflicts that many attempts did not resolve.
                ["08", "53", "57P", "58"].iter().any(|class| code.starts_with(class))
                    || matches!(code.as_str(), "25006" | "25P03" | "40001" | "40P01")
            }),
            _ => false,
        };
        if away { Self::Unavailable(error) } else { Self::Database(error) }
    }
}

impl From<DecisionRefused> for StoreError {
    fn from(error: DecisionRefused) -> Self {
        match error {
            DecisionRefused::Transition(error) => error.into(),
            DecisionRefused::SameReviewer(error) => error.into(),
        }
    }
}
