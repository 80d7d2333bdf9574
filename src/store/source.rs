//! Sources: where claims come from.

use sqlx::types::Json;

use super::StoreError;
use crate::claim::{Evidence, PublishDate, Source, SourceRole};

/// The columns of many sources, one list for each, for one statement.
#[derive(Debug, Default)]
pub(super) struct SourceColumns<'a> {
    pub(super) claim_id: Vec<i32>,
    pub(super) source_id: Vec<i32>,
    pub(super) role: Vec<&'static str>,
    pub(super) name: Vec<&'a str>,
    pub(super) detail: Vec<Json<&'a Source>>,
}

impl<'a> SourceColumns<'a> {
    /// Adds the sources of a claim.
    pub(super) fn add(&mut self, claim_id: i32, sources: &'a [Source]) {
        for (id, source) in (1..).zip(sources) {
            self.claim_id.push(claim_id);
            self.source_id.push(id);
            self.role.push(source.role.as_str());
            self.name.push(&source.name);
            self.detail.push(Json(source));
        }
    }
}

/// The article as a source of its claims. It stands in no row: it follows from the article.
pub(super) fn publication(uri: &str, publisher: &str, date: Option<PublishDate>) -> Source {
    Source {
        uri: uri.to_owned(),
        publisher: publisher.to_owned(),
        date,
        ..Source::named(SourceRole::Publication, publisher)
    }
}

/// A piece of evidence as a source of the claim that it speaks of.
pub(super) fn of_evidence(evidence: &Evidence) -> Source {
    let host = evidence.uri.split_once("://").map_or("", |(_, rest)| rest).split(['/', '?', '#']).next();
    let name = if evidence.publisher.is_empty() { host.unwrap_or_default() } else { &evidence.publisher };
    Source {
        uri: evidence.uri.clone(),
        publisher: evidence.publisher.clone(),
        quote: evidence.quote.clone(),
        stance: Some(evidence.stance),
        date: Some(PublishDate::Day(jiff::tz::Offset::UTC.to_datetime(evidence.access_time).date())),
        ..Source::named(SourceRole::Evidence, name)
    }
}

/// What is not to be said twice of the rows' JSON.
pub(super) fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Unreadable(format!("as JSON: {error}"))
}
