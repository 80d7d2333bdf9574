//! Pages of a list: by key, never by number, so that the last page costs what the first does.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

use super::{ArticleId, time::Time};

/// What a list is ordered by, before the identifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// When it was stored.
    CreateTime,
    /// When it last changed; claims only.
    UpdateTime,
    /// How much a check is worth; claims only.
    CheckWorthiness,
    /// When it was published; articles only.
    PublishDate,
    /// Its place in the change log; changes only.
    Log,
}

/// The value of the column that a list is ordered by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Position {
    /// Of a time.
    Time(Timestamp),
    /// Of a score, kept to the last bit.
    Score(#[serde(with = "bits")] f64),
    /// Of a date.
    Date(String),
    /// Of a place in the change log.
    Log(i64),
}

/// A number that survives JSON unchanged.
mod bits {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
    pub(super) fn serialize<S: Serializer>(number: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(number.to_bits())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(f64::from_bits)
    }
}

/// The last row of a page; the next page begins behind it. Identifiers that a list does not have are 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cursor {
    /// The value of the column that the list is ordered by.
    pub position: Position,
    /// The article.
    pub article: ArticleId,
    /// The claim, in lists of claims and reviews.
    pub claim: i32,
    /// The review, in lists of reviews.
    pub review: i32,
}

/// A page, and where the next one begins.
#[derive(Debug)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The last row, if there are more.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Cuts the one row too many that was asked for, which tells whether there are more.
    pub(super) fn cut(mut items: Vec<T>, size: u32, cursor: impl Fn(&T) -> Cursor) -> Self {
        let size = size as usize;
        let more = items.len() > size;
        items.truncate(size);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}

/// Adds the condition that leaves the pages before out, the order and the limit. The columns are ours, never the caller's.
pub(super) fn push_page(
    query: &mut QueryBuilder<Postgres>,
    columns: &[&'static str],
    descending: bool,
    after: Option<&Cursor>,
    size: u32,
) {
    if let Some(cursor) = after {
        push_behind(query, columns, descending, cursor);
    }
    let direction = if descending { " DESC" } else { " ASC" };
    query.push(" ORDER BY ");
    for (at, column) in columns.iter().enumerate() {
        query.push(if at == 0 { "" } else { ", " }).push(*column).push(direction);
    }
    query.push(" LIMIT ").push_bind(i64::from(size) + 1);
}

/// Adds the condition that leaves out what comes before a place, and what is there.
pub(super) fn push_behind(
    query: &mut QueryBuilder<Postgres>,
    columns: &[&'static str],
    descending: bool,
    cursor: &Cursor,
) {
    query.push(" AND (").push(columns.join(", ")).push(if descending { ") < (" } else { ") > (" });
    match &cursor.position {
        Position::Time(time) => query.push_bind(Time(*time)),
        Position::Score(score) => query.push_bind(*score),
        Position::Date(date) => query.push_bind(date.clone()),
        Position::Log(position) => query.push_bind(*position),
    };
    query.push(", ").push_bind(cursor.article.as_str().to_owned());
    for id in [cursor.claim, cursor.review].into_iter().take(columns.len().saturating_sub(2)) {
        query.push(", ").push_bind(id);
    }
    query.push(")");
}
