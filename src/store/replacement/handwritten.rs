//! Claims that persons wrote by hand: no extractor finds them again, so they go along by themselves.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use sqlx::{PgConnection, types::Json};

use super::Replacement;
use crate::{
    claim::{Claim, Continued, Origin, PointValue, Source, SourceRole, Span},
    store::{NewClaim, StoreError, StoredClaim, claim, time::Time},
};

/// Copies the handwritten claims that still hold to the new article: those whose quote stands in its text, and those that
/// never were quotations, which a reviewer will have to look at again. Gives each as stored and as it was written, with the
/// position of its original.
pub(super) async fn copy(
    connection: &mut PgConnection,
    replacement: &Replacement<'_>,
    old: &[StoredClaim],
    pairs: &[Continued],
) -> Result<Vec<(usize, StoredClaim, NewClaim)>, StoreError> {
    let paired: HashSet<usize> = pairs.iter().map(|pair| pair.old).collect();
    let mut copies: Vec<(usize, Claim)> = Vec::new();
    for (at, stored) in old.iter().enumerate() {
        if stored.origin == Origin::Submitted && !paired.contains(&at) {
            copies.extend(in_text(stored, replacement).map(|claim| (at, claim)));
        }
    }
    if copies.is_empty() {
        return Ok(Vec::new());
    }
    let written = written_sources(connection, replacement).await?;
    for (at, claim) in &mut copies {
        claim.sources = written.get(&old[*at].key.claim).cloned().unwrap_or_default();
    }
    let count = i32::try_from(copies.len()).unwrap_or(i32::MAX);
    let (first,): (i32,) = sqlx::query_as(
        "UPDATE article SET next_claim_id = next_claim_id + $2, claim_count = claim_count + $2, version = version + 1
          WHERE article_id = $1 RETURNING next_claim_id - $2",
    )
    .bind(replacement.article.id.as_str())
    .bind(count)
    .fetch_one(&mut *connection)
    .await?;
    let new: Vec<Claim> = copies.iter().map(|(_, claim)| claim.clone()).collect();
    let (now,): (Time,) = sqlx::query_as("SELECT now()").fetch_one(&mut *connection).await?;
    let stored: Vec<StoredClaim> = (first..)
        .zip(&new)
        .map(|(id, claim)| StoredClaim::fresh(replacement.article, id, claim, Origin::Submitted, now.0))
        .collect();
    claim::insert(connection, &replacement.article.id, &stored, &new).await?;
    Ok(copies.into_iter().zip(stored).map(|((at, written), stored)| (at, stored, written)).collect())
}

/// The claim as it is one of the new text; nothing where it is not. A time that was reckoned from the publish date would have
/// to be reckoned again where that is another one: such a claim does not go along.
fn in_text(stored: &StoredClaim, replacement: &Replacement<'_>) -> Option<Claim> {
    let old = &stored.claim;
    let span = Span::find(&old.quote, replacement.text);
    if old.span.is_some() && span.is_none() {
        return None;
    }
    let published = old.sources.iter().find(|source| source.role == SourceRole::Publication)?.date;
    let reckoned = old.points.iter().any(|point| match &point.value {
        PointValue::Figure(_) => false,
        PointValue::Date(_) | PointValue::Record(_) => !point.derivation.is_empty(),
    });
    if reckoned && published != replacement.article.article.publish_date {
        return None;
    }
    let start = |span: Option<Span>| span.map_or(0, |span| span.start);
    let mut claim = Claim { span, sources: Vec::new(), ..old.clone() };
    for point in claim.points.iter_mut().map(Arc::make_mut) {
        let moved = |at: u32| at.saturating_sub(start(old.span)).saturating_add(start(span));
        point.span = Span::new(moved(point.span.start), moved(point.span.end));
    }
    Some(claim)
}

/// The sources that the claims of the replaced article were written with, by the claims' numbers.
async fn written_sources(
    connection: &mut PgConnection,
    replacement: &Replacement<'_>,
) -> Result<HashMap<i32, Vec<Source>>, StoreError> {
    let rows: Vec<(i32, Json<Source>)> = sqlx::query_as(
        "SELECT claim_id, detail FROM source
          WHERE article_id = $1 AND review_id IS NULL ORDER BY claim_id, source_id",
    )
    .bind(replacement.previous.as_str())
    .fetch_all(connection)
    .await?;
    let mut sources: HashMap<i32, Vec<Source>> = HashMap::new();
    for (claim, source) in rows {
        sources.entry(claim).or_default().push(source.0);
    }
    Ok(sources)
}
