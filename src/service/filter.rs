//! The filter language: the part of AIP-160 that the contract names.
//!
//! `restriction = field operator value`, joined by AND, OR and NOT (or `-`), with parentheses. As in AIP-160, OR binds
//! tighter than AND: `a AND b OR c` is `a AND (b OR c)`.

mod fields;
mod parser;

use super::ServiceError;
use crate::store::{ArticleTest, ClaimTest, Expression};

/// A filter that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {problem}")]
pub struct FilterError {
    /// The character where it cannot be read on, counted from 1.
    pub(super) position: usize,
    problem: String,
}

/// Reads a filter on articles, as ListArticles takes it; an empty one is none.
///
/// # Errors
/// If it cannot be read; the error tells where, and what was expected there.
pub fn articles(text: &str) -> Result<Option<Expression<ArticleTest>>, ServiceError> {
    Ok(parser::parse(text, fields::ARTICLE, fields::article)?)
}

/// Reads a filter on claims, as ListClaims, WatchClaims and LeaseClaims take it; an empty one is none.
///
/// # Errors
/// If it cannot be read; the error tells where, and what was expected there.
pub fn claims(text: &str) -> Result<Option<Expression<ClaimTest>>, ServiceError> {
    Ok(parser::parse(text, fields::CLAIM, fields::claim)?)
}
