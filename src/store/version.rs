//! Versions of an article: the texts that stood at an address one after the other.
//!
//! The row of an address is locked by whoever stores or deletes a text of it, before anything else, so that its versions come
//! one after the other. An article without an address has none.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{FromRow, PgConnection};

use super::{ArticleId, Store, StoreError, article::unreadable, time::Time};

/// How long ago a version of claimdesk without addresses may have stored what is added.
const MENDED_DAYS: i32 = 2;
/// How many versions of an article are told.
const TOLD: i64 = 100;

/// The columns `previous_version` and `next_version` of an article `a`: what stood at its address before it came there last,
/// and what does since.
pub(super) const NEIGHBOURS: &str = ", \
    (SELECT o.article_id FROM article_version v
       JOIN article_version o ON o.address_id = v.address_id AND o.number < v.number AND o.article_id <> v.article_id
      WHERE v.article_id = a.article_id ORDER BY v.number DESC, o.number DESC LIMIT 1) AS previous_version, \
    (SELECT o.article_id
       FROM (SELECT address_id, number FROM article_version
              WHERE article_id = a.article_id ORDER BY number DESC LIMIT 1) v
       JOIN article_version o ON o.address_id = v.address_id AND o.number > v.number
      ORDER BY o.number LIMIT 1) AS next_version";

/// Where an address stands; its row is locked.
#[derive(Debug)]
pub(super) struct Address {
    id: String,
    /// The article whose text was sent last.
    pub(super) current: ArticleId,
    number: i32,
}

/// SHA-256 of a URI, in hexadecimal.
fn address_id(uri: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(uri))
}

/// Locks the row of an address; where there is none yet, it begins with this article.
pub(super) async fn lock(
    connection: &mut PgConnection,
    uri: &str,
    article: &ArticleId,
) -> Result<Option<Address>, StoreError> {
    if uri.is_empty() {
        return Ok(None);
    }
    let id = address_id(uri);
    let (current, number): (String, i32) = sqlx::query_as(
        "WITH locked AS (
             INSERT INTO address (address_id, article_id, number) VALUES ($1, $2, 1)
             ON CONFLICT (address_id) DO UPDATE SET number = address.number RETURNING article_id, number
         ), begun AS (
             INSERT INTO article_version (address_id, number, article_id, create_time)
             SELECT $1, 1, $2, now() FROM locked WHERE article_id = $2 AND number = 1
             ON CONFLICT (address_id, number) DO NOTHING
         )
         SELECT article_id, number FROM locked",
    )
    .bind(&id)
    .bind(article.as_str())
    .fetch_one(connection)
    .await?;
    Ok(Some(Address { id, current: current.parse().map_err(unreadable)?, number }))
}

impl Address {
    /// From now on, this article is the one at the address.
    pub(super) async fn move_to(
        &self,
        connection: &mut PgConnection,
        article: &ArticleId,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "WITH moved AS (UPDATE address SET article_id = $2, number = $3 WHERE address_id = $1)
             INSERT INTO article_version (address_id, number, article_id, create_time) VALUES ($1, $3, $2, now())",
        )
        .bind(&self.id)
        .bind(article.as_str())
        .bind(self.number.saturating_add(1))
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Forgets an article. Gives the one that stood at the address before, where this one was current and there is one.
    pub(super) async fn forget(
        self,
        connection: &mut PgConnection,
        article: &ArticleId,
    ) -> Result<Option<ArticleId>, StoreError> {
        sqlx::query("DELETE FROM article_version WHERE article_id = $1")
            .bind(article.as_str())
            .execute(&mut *connection)
            .await?;
        if self.current != *article {
            return Ok(None);
        }
        let before: Option<(String,)> = sqlx::query_as(
            "SELECT article_id FROM article_version WHERE address_id = $1 ORDER BY number DESC LIMIT 1",
        )
        .bind(&self.id)
        .fetch_optional(&mut *connection)
        .await?;
        match before {
            Some((before,)) => {
                sqlx::query("UPDATE address SET article_id = $2 WHERE address_id = $1")
                    .bind(&self.id)
                    .bind(&before)
                    .execute(connection)
                    .await?;
                before.parse().map(Some).map_err(unreadable)
            }
            None => {
                sqlx::query("DELETE FROM address WHERE address_id = $1")
                    .bind(&self.id)
                    .execute(connection)
                    .await?;
                Ok(None)
            }
        }
    }
}

/// The article that took another one's place at its address.
pub(super) async fn next(
    connection: &mut PgConnection,
    article: &ArticleId,
) -> Result<Option<ArticleId>, StoreError> {
    let next: Option<(String,)> = sqlx::query_as(
        "SELECT o.article_id
           FROM article_version v JOIN article_version o ON o.address_id = v.address_id AND o.number > v.number
          WHERE v.article_id = $1
            AND v.number = (SELECT max(number) FROM article_version WHERE article_id = $1)
          ORDER BY o.number LIMIT 1",
    )
    .bind(article.as_str())
    .fetch_optional(connection)
    .await?;
    next.map(|(next,)| next.parse().map_err(unreadable)).transpose()
}

/// A text of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleVersion {
    /// Rises with every text of the address.
    pub number: i32,
    /// The article.
    pub article: ArticleId,
    /// When it came.
    pub create_time: Timestamp,
}

#[derive(FromRow)]
struct VersionRow {
    number: i32,
    article_id: String,
    create_time: Time,
}

impl Store {
    /// The versions of the article at its address, itself among them, the oldest first; of very many, the last. A text that
    /// came back is there as often as it came. None where the article has no address.
    ///
    /// # Errors
    /// If the database cannot be reached.
    #[tracing::instrument(name = "store.versions", skip_all)]
    pub async fn article_versions(&self, article: &ArticleId) -> Result<Vec<ArticleVersion>, StoreError> {
        self.within(async {
            let rows: Vec<VersionRow> = sqlx::query_as(
                "SELECT number, article_id, create_time FROM article_version
              WHERE address_id = (SELECT address_id FROM article_version WHERE article_id = $1 LIMIT 1)
              ORDER BY number DESC LIMIT $2",
            )
            .bind(article.as_str())
            .bind(TOLD)
            .fetch_all(&self.pool)
            .await?;
            let read = |row: VersionRow| {
                Ok(ArticleVersion {
                    number: row.number,
                    article: row.article_id.parse().map_err(unreadable)?,
                    create_time: row.create_time.0,
                })
            };
            rows.into_iter().rev().map(read).collect()
        })
        .await
    }

    /// Adds the addresses that a version of claimdesk without them has stored articles for in the last days. Gives how many
    /// that were.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn mend_addresses(&self) -> Result<u64, StoreError> {
        self.aside(async {
        let added = sqlx::query(
            "WITH missed AS (
                 SELECT DISTINCT ON (uri) encode(sha256(convert_to(uri, 'UTF8')), 'hex') AS address_id, article_id,
                        create_time
                   FROM article WHERE create_time > now() - $1 * interval '1 day' AND uri <> ''
                  ORDER BY uri, create_time DESC, article_id
             ), added AS (
                 INSERT INTO address (address_id, article_id, number)
                 SELECT address_id, article_id, 1 FROM missed ON CONFLICT (address_id) DO NOTHING
                 RETURNING address_id, article_id
             )
             INSERT INTO article_version (address_id, number, article_id, create_time)
             SELECT address_id, 1, article_id, create_time FROM added JOIN missed USING (address_id, article_id)
             ON CONFLICT (address_id, number) DO NOTHING",
        )
        .bind(MENDED_DAYS)
        .execute(&self.pool)
        .await?;
        Ok(added.rows_affected())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::address_id;

    #[test]
    fn an_address_is_hashed_as_the_migration_does() {
        // printf %s https://example.org/ä | sha256sum
        assert_eq!(
            address_id("https://example.org/ä"),
            "6d8340ea566a2a7924279d20175952ff2e41221900c58b87af22ac92b66e11ef"
        );
    }
}
