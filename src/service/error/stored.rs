//! The part of the table of errors that tells what the store did not do.

use tonic::Code;

use super::{RETRY_DATABASE, RETRY_FULL, Row, Violation, chain, internal};
use crate::{proto::v1::ErrorReason, store::StoreError};

impl From<StoreError> for Row {
    fn from(error: StoreError) -> Self {
        use ErrorReason as Reason;
        match error {
            StoreError::ArticleNotFound(id) => {
                let name = super::super::name::article(&id);
                Self::new(
                    Code::NotFound,
                    Reason::ArticleNotFound,
                    format!("there is no {name}; ListArticles tells which there are"),
                )
                .with("name", name)
            }
            StoreError::ClaimNotFound(key) => {
                let name = super::super::name::claim(&key);
                Self::new(
                    Code::NotFound,
                    Reason::ClaimNotFound,
                    format!("there is no {name}; ListClaims tells which there are"),
                )
                .with("name", name)
            }
            StoreError::TokenNotFound(id) => {
                let name = super::super::name::token(&id);
                Self::new(
                    Code::NotFound,
                    Reason::TokenNotFound,
                    format!("there is no {name}; ListTokens tells which there are"),
                )
                .with("name", name)
            }
            StoreError::ClaimSuperseded { key, next } => {
                let row = |message: String| {
                    Self::new(Code::FailedPrecondition, Reason::ClaimSuperseded, message)
                        .with("name", super::super::name::claim(&key))
                };
                match next {
                    Some(next) => {
                        let next = super::super::name::claim(&next);
                        row(format!("the article has a new version; decide on {next}, which goes on from this claim"))
                            .with("next_claim", next)
                    }
                    None => row("the article has a new version, in which this claim does not stand".to_owned()),
                }
            }
            StoreError::ArticleSuperseded { article, next } => {
                let next = super::super::name::article(&next);
                Self::new(
                    Code::FailedPrecondition,
                    Reason::ArticleSuperseded,
                    format!("the article has a new version; add the claim to {next}"),
                )
                .with("name", super::super::name::article(&article))
                .with("next_version", next)
            }
            StoreError::IllegalTransition(error) => {
                Self::new(Code::FailedPrecondition, Reason::TransitionIllegal, error.to_string())
                    .with("state", error.from)
                    .with("verdict", error.verdict)
            }
            StoreError::SameReviewer(error) => Self::new(
                Code::FailedPrecondition,
                Reason::SameReviewer,
                format!("{error}; take another claim"),
            )
            .with("reviewer", error.0),
            StoreError::Decision { index, error } => {
                let row = Self::from(*error);
                let message = format!("requests[{index}]: {}; nothing was decided", row.message);
                let within = |violation: Violation| Violation {
                    field: format!("requests[{index}].{}", violation.field),
                    ..violation
                };
                let fields = row.fields.into_iter().map(within).collect();
                Self { message, fields, ..row }.with("index", index)
            }
            StoreError::NoBasis { key, why } => {
                let description = format!(
                    "a decision cannot rest on {}: {why}; name another claim that was decided on, or none",
                    super::super::name::claim(&key)
                );
                Self::new(Code::InvalidArgument, Reason::FieldInvalid, format!("based_on: {description}"))
                    .field("based_on", description)
            }
            StoreError::PointNotFound { id, count } => {
                let known = match count {
                    0 => "the claim has no points: leave point_ids empty".to_owned(),
                    1 => "the claim has one point, p1".to_owned(),
                    count => format!("the claim has p1 to p{count}"),
                };
                let description = format!("there is no point \"{id}\"; {known}");
                Self::new(Code::InvalidArgument, Reason::FieldInvalid, format!("point_ids: {description}"))
                    .field("point_ids", description)
            }
            StoreError::ArticleReviewed { article, reviewed } => Self::new(
                Code::FailedPrecondition,
                Reason::ArticleReviewed,
                format!("{reviewed} of the article's claims have reviews; set force to delete them as well"),
            )
            .with("name", super::super::name::article(&article))
            .with("reviewed_claims", reviewed),
            StoreError::EtagMismatch { given, current } => Self::new(
                Code::Aborted,
                Reason::EtagMismatch,
                format!(
                    "it changed since you read it: its etag is {current}, not {given}; read it again, then decide again"
                ),
            )
            .with("etag", current),
            StoreError::LeaseLost(key) => Self::new(
                Code::Aborted,
                Reason::LeaseLost,
                "the lease is not yours any more: it ended, or somebody else has the claim; lease it again, then decide",
            )
            .with("name", super::super::name::claim(&key)),
            StoreError::LeaseHeld { key, owner, until } => Self::new(
                Code::Aborted,
                Reason::LeaseHeld,
                format!("{owner} has leased the claim until {until}; give the lease's token, or take another claim"),
            )
            .with("name", super::super::name::claim(&key))
            .with("owner", owner)
            .with("expire_time", until),
            StoreError::RequestIdReused(id) => Self::new(
                Code::InvalidArgument,
                Reason::RequestIdReused,
                format!("request_id \"{id}\" belongs to another request; give each request an id of its own"),
            )
            .field("request_id", "was used for another request"),
            StoreError::IdentifierTaken(id) => {
                tracing::warn!(article = %id, "two articles have the same identifier");
                let description = "another article has the same identifier; change the text or the URI a little";
                Self::new(Code::InvalidArgument, Reason::FieldInvalid, format!("article.text: {description}"))
                    .field("article.text", description)
            }
            StoreError::WordTooCommon(word) => {
                let description = format!("\"{word}\" is a part of very many words; write more of the word");
                Self::new(Code::InvalidArgument, Reason::FilterTooBroad, format!("filter: {description}"))
                    .field("filter", description)
            }
            StoreError::SearchTooLong => {
                let description = "so few claims of so many fit that it takes too long to find them; narrow it by what is \
                                   found at once: state, language, kind, date, figure.unit, publisher, sources.name, or \
                                   text with whole words";
                Self::new(Code::InvalidArgument, Reason::FilterTooBroad, format!("filter: {description}"))
                    .field("filter", description)
            }
            StoreError::Unavailable(cause) => {
                tracing::warn!(error = %chain(&cause), "the database is not available");
                Self::new(
                    Code::Unavailable,
                    Reason::DatabaseUnavailable,
                    "the database cannot be reached; try again in a moment (with the same request_id, if it was a write)",
                )
                .retry(RETRY_DATABASE)
            }
            StoreError::Silent(_) => {
                tracing::warn!(%error, "the database is not available");
                Self::new(
                    Code::Unavailable,
                    Reason::DatabaseUnavailable,
                    format!(
                        "{error}; try again in a moment (with the same request_id, if it was a write: it may have been done)"
                    ),
                )
                .retry(RETRY_DATABASE)
            }
            StoreError::Full(cause) => {
                tracing::error!(error = %chain(&cause), "the database's disk is full");
                Self::new(
                    Code::ResourceExhausted,
                    Reason::StorageFull,
                    "the database's disk is full: nothing was stored, and what is stored can be read; once its operator has \
                     made room, try again (with the same request_id)",
                )
                .retry(RETRY_FULL)
            }
            StoreError::Vanished => Self::new(
                Code::Unavailable,
                Reason::DatabaseUnavailable,
                "other writes to the same article came in between; try again in a moment",
            )
            .retry(RETRY_DATABASE),
            error @ (StoreError::Schema(_) | StoreError::Unreadable(_) | StoreError::Database(_)) => {
                internal(&chain(&error))
            }
        }
    }
}
