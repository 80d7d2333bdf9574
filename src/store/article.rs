//! Articles.

use std::{fmt, str::FromStr};

use data_encoding::{Encoding, Specification};
use jiff::{Timestamp, civil::Date, tz::Offset};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::{
    ArticleTest, Cursor, Expression, Page, Position, SortBy, Store, StoreError, filter, page::push_page,
    time::Time, version,
};
use crate::claim::{Article, PublishDate};

/// The number of shards of the change log.
pub(super) const SHARDS: u8 = 32;

/// The identifier of an article: 16 letters and digits, made from its URI and its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ArticleId(String);

/// A text that cannot be the identifier of an article.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no article; its identifier has 16 lower-case letters and digits")]
pub struct InvalidArticleId(pub String);

impl ArticleId {
    /// The identifier of the article with this URI and this text.
    #[must_use]
    pub fn of(uri: &str, text: &str) -> Self {
        let digest = Sha256::new().chain_update(uri).chain_update([0]).chain_update(text).finalize();
        // 16 characters of 5 bits.
        let mut name = base32().encode(&digest[..10]);
        name.truncate(16);
        Self(name)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The shard of the change log that the article's changes go to.
    pub(super) fn shard(&self) -> i32 {
        i32::from(Sha256::digest(&self.0)[0] % SHARDS)
    }
}

/// Crockford's alphabet, which leaves out what is easily misread.
fn base32() -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.encoding().unwrap_or(data_encoding::BASE32_DNSCURVE)
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ArticleId {
    type Err = InvalidArticleId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidArticleId(text.to_owned())) }
    }
}

impl TryFrom<String> for ArticleId {
    type Error = InvalidArticleId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ArticleId> for String {
    fn from(id: ArticleId) -> Self {
        id.0
    }
}

/// An article as it is stored.
#[derive(Debug, Clone)]
pub struct StoredArticle {
    /// Its identifier.
    pub id: ArticleId,
    /// The article; in lists without its text.
    pub article: Article,
    /// Rises with every change.
    pub version: i64,
    /// The number of its claims.
    pub claim_count: i32,
    /// When it was stored.
    pub create_time: Timestamp,
    /// The article that stood at its address before it.
    pub previous_version: Option<ArticleId>,
    /// The article that took its place at its address.
    pub next_version: Option<ArticleId>,
}

/// The columns of [`ArticleRow`] but for the text.
const COLUMNS: &str = "a.article_id, a.uri, a.publisher, a.title, a.authors, a.publish_date, a.language, \
                       a.version, a.claim_count, a.create_time";

#[derive(FromRow)]
struct ArticleRow {
    article_id: String,
    uri: String,
    publisher: String,
    title: String,
    authors: Vec<String>,
    publish_date: String,
    language: String,
    body: String,
    version: i64,
    claim_count: i32,
    create_time: Time,
    previous_version: Option<String>,
    next_version: Option<String>,
}

impl TryFrom<ArticleRow> for StoredArticle {
    type Error = StoreError;

    fn try_from(row: ArticleRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.article_id.parse().map_err(unreadable)?,
            article: Article {
                text: row.body,
                uri: row.uri,
                publisher: row.publisher,
                title: row.title,
                authors: row.authors,
                publish_date: publish_date(&row.publish_date)?,
                language: Some(row.language),
            },
            version: row.version,
            claim_count: row.claim_count,
            create_time: row.create_time.0,
            previous_version: row.previous_version.map(|id| id.parse().map_err(unreadable)).transpose()?,
            next_version: row.next_version.map(|id| id.parse().map_err(unreadable)).transpose()?,
        })
    }
}

/// What cannot be read back was changed behind our back.
pub(super) fn unreadable(error: impl fmt::Display) -> StoreError {
    StoreError::Unreadable(error.to_string())
}

/// The publish date in a column, which is empty where there is none.
pub(super) fn publish_date(column: &str) -> Result<Option<PublishDate>, StoreError> {
    if column.is_empty() { Ok(None) } else { column.parse().map(Some).map_err(unreadable) }
}

/// The first and the last day that a date can mean.
pub(super) fn days(date: PublishDate) -> (Date, Date) {
    let first = |month| Date::new(date.year(), month, 1).unwrap_or(Date::MIN);
    match date {
        PublishDate::Year(_) => (first(1), first(12).last_of_month()),
        PublishDate::Month(_, month) => (first(month), first(month).last_of_month()),
        PublishDate::Day(day) => (day, day),
    }
}

/// The moment a day begins, and the one the next day begins, in UTC. The last day that can be written begins behind the last
/// moment that there is a value for.
pub(super) fn moments(first: Date, last: Date) -> (Timestamp, Timestamp) {
    let start = |date: Date| Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight()));
    (start(first).unwrap_or(Timestamp::MAX), last.tomorrow().and_then(start).unwrap_or(Timestamp::MAX))
}

/// Which articles, in which order, and from where on.
#[derive(Debug, Clone)]
pub struct ArticleQuery {
    /// Which.
    pub filter: Option<Expression<ArticleTest>>,
    /// By creation or by publish date.
    pub sort: SortBy,
    /// The latest first.
    pub descending: bool,
    /// The last row of the page before.
    pub after: Option<Cursor>,
    /// At most so many.
    pub size: u32,
}

impl Store {
    /// Gives one article with its text.
    ///
    /// # Errors
    /// If there is none of this identifier, or the database cannot be reached.
    #[tracing::instrument(name = "store.article", skip_all)]
    pub async fn article(&self, id: &ArticleId) -> Result<StoredArticle, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            read(&mut connection, id, true).await?.ok_or_else(|| StoreError::ArticleNotFound(id.clone()))
        })
        .await
    }

    /// Gives a page of articles without their texts.
    ///
    /// # Errors
    /// If the database cannot be reached.
    #[tracing::instrument(name = "store.articles", skip_all)]
    pub async fn articles(&self, query: &ArticleQuery) -> Result<Page<StoredArticle>, StoreError> {
        self.within(async {
            let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
            sql.push(COLUMNS).push(version::NEIGHBOURS).push(", '' AS body FROM article a WHERE true");
            if let Some(expression) = &query.filter {
                sql.push(" AND ");
                filter::push(&mut sql, expression, filter::push_article_test);
            }
            let columns = match query.sort {
                SortBy::PublishDate => ["a.publish_first", "a.article_id"],
                _ => ["a.create_time", "a.article_id"],
            };
            push_page(&mut sql, &columns, query.descending, query.after.as_ref(), query.size);
            let rows: Vec<ArticleRow> = sql.build_query_as().fetch_all(&self.pool).await?;
            let articles = rows.into_iter().map(StoredArticle::try_from).collect::<Result<Vec<_>, _>>()?;
            Ok(Page::cut(articles, query.size, |article| Cursor {
                position: match query.sort {
                    SortBy::PublishDate => Position::Date(publish_first(article.article.publish_date)),
                    _ => Position::Time(article.create_time),
                },
                article: article.id.clone(),
                claim: 0,
                review: 0,
            }))
        })
        .await
    }
}

fn publish_first(date: Option<PublishDate>) -> String {
    date.map(|date| days(date).0.to_string()).unwrap_or_default()
}

pub(super) async fn read(
    connection: &mut PgConnection,
    id: &ArticleId,
    with_text: bool,
) -> Result<Option<StoredArticle>, StoreError> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(COLUMNS).push(version::NEIGHBOURS).push(if with_text { ", a.body" } else { ", '' AS body" });
    sql.push(" FROM article a WHERE a.article_id = ").push_bind(id.as_str().to_owned());
    let row: Option<ArticleRow> = sql.build_query_as().fetch_optional(connection).await?;
    row.map(StoredArticle::try_from).transpose()
}

/// What the log keeps of an article: what it is called, not what it says.
pub(super) fn record(article: &StoredArticle) -> serde_json::Value {
    let Article { uri, publisher, title, authors, publish_date, language, .. } = &article.article;
    serde_json::json!({
        "uri": uri, "publisher": publisher, "title": title, "authors": authors, "publish_date": publish_date,
        "language": language, "claim_count": article.claim_count, "version": article.version,
        "previous_version": article.previous_version, "next_version": article.next_version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_begins_behind_everything() {
        let last = Date::new(9999, 12, 31).expect("a day");
        assert_eq!(moments(last, last), (Timestamp::MAX, Timestamp::MAX));
        let before = Date::new(9999, 12, 29).expect("a day");
        assert!(moments(before, before).1 < Timestamp::MAX);
    }

    #[test]
    fn the_same_article_has_the_same_identifier() {
        let id = ArticleId::of("https://example.org/1", "Text.");
        assert_eq!(id, ArticleId::of("https://example.org/1", "Text."));
        assert_ne!(id, ArticleId::of("https://example.org/1T", "ext."));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!((0..32).contains(&id.shard()));
    }

    #[test]
    fn a_date_means_all_its_days() {
        let days_of = |text: &str| {
            let (first, last) = days(text.parse().expect("a date"));
            (first.to_string(), last.to_string())
        };
        assert_eq!(days_of("2024-02"), ("2024-02-01".to_owned(), "2024-02-29".to_owned()));
        assert_eq!(days_of("9999"), ("9999-01-01".to_owned(), "9999-12-31".to_owned()));
    }
}
