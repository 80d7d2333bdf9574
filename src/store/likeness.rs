//! Claims that may say the same as another, or the same with another figure.
//!
//! Each claim has a few rows, written with it. A question reads a bounded number of rows from an index, however many claims
//! there are; whether what was found says the same is told by `claim/resemblance.rs` and `claim/contradiction.rs`.

use sqlx::PgConnection;

use super::{ClaimKey, Store, StoreError, StoredClaim, article::unreadable, claim};
use crate::claim::{ClaimState, Modality, Succession};

/// How the likenesses of today are made; kept with each claim, so that another way can be told from it.
pub(super) const METHOD: i16 = 1;
/// How many rows are read for each key at most.
const ROWS: i64 = 50;
/// How many claims are looked up for each list at most, and how many of them are read and compared: each stands on pages of
/// its own.
const CONSIDERED: i64 = 8;
const COMPARED: usize = 4;
/// How many claims are given likenesses in one transaction.
const MENDED: i64 = 200;

/// The columns of many likenesses, one list for each, for one statement.
#[derive(Debug, Default)]
pub(super) struct LikenessColumns {
    pub(super) article: Vec<String>,
    pub(super) claim: Vec<i32>,
    pub(super) number: Vec<i16>,
    pub(super) key: Vec<i64>,
    pub(super) content: Vec<i64>,
}

impl LikenessColumns {
    pub(super) fn of(claims: &[StoredClaim]) -> Self {
        let mut columns = Self::default();
        for stored in claims {
            let likeness = stored.claim.likeness();
            for (number, key) in (1..).zip(likeness.keys) {
                columns.article.push(stored.key.article.as_str().to_owned());
                columns.claim.push(stored.key.claim);
                columns.number.push(number);
                columns.key.push(key);
                columns.content.push(likeness.content);
            }
        }
        columns
    }
}

/// Claims that a claim may be like.
#[derive(Debug, Default)]
pub struct Alike {
    /// Those that were decided on, and whose points have the same values.
    pub decided: Vec<StoredClaim>,
    /// Those of other articles whose points are of the same, with other values.
    pub otherwise: Vec<StoredClaim>,
}

/// What is told of a claim that may be like another, before it is read: which list it is for, its key and its quote.
type Considered = (bool, String, i32, String);

/// Finds what may be like a claim. One statement for both lists; what a list is not asked for costs nothing.
///
/// Those that share most keys have most words in common. Those of other values stand before and behind those of the same in
/// the index: however many say the same, they are not read. Of those that agree among themselves, two are enough.
const CONSIDER: &str = "\
    WITH decided AS (
        SELECT l.article_id, l.claim_id, count(*) AS shared
          FROM UNNEST($1::int8[]) AS asked (key)
         CROSS JOIN LATERAL (
               SELECT article_id, claim_id, create_time FROM likeness
                WHERE key = asked.key AND content = $2 AND decided
                ORDER BY create_time DESC LIMIT $3) l
         WHERE $6 AND (l.article_id, l.claim_id) <> ($4, $5)
         GROUP BY l.article_id, l.claim_id
         ORDER BY shared DESC, max(l.create_time) DESC, l.article_id, l.claim_id LIMIT $10
    ), otherwise AS (
        SELECT article_id, claim_id, shared
          FROM (SELECT l.article_id, l.claim_id, count(*) AS shared, max(l.create_time) AS create_time,
                       row_number() OVER (
                           PARTITION BY l.content
                           ORDER BY count(*) DESC, max(l.create_time) DESC, l.article_id, l.claim_id) AS number
                  FROM UNNEST($1::int8[]) AS asked (key)
                 CROSS JOIN LATERAL (
                       (SELECT article_id, claim_id, content, create_time FROM likeness
                         WHERE key = asked.key AND content > $2 ORDER BY content, create_time LIMIT $3)
                       UNION ALL
                       (SELECT article_id, claim_id, content, create_time FROM likeness
                         WHERE key = asked.key AND content < $2
                         ORDER BY content DESC, create_time DESC LIMIT $3)) l
                 WHERE $7 AND l.article_id <> $4
                 GROUP BY l.article_id, l.claim_id, l.content) counted
         ORDER BY number > 2, shared DESC, create_time DESC, article_id, claim_id LIMIT $10
    )
    SELECT decided, article_id, claim_id, quote
      FROM (SELECT true AS decided, c.article_id, c.claim_id, c.quote, c.update_time, found.shared
              FROM decided found JOIN claim c ON c.article_id = found.article_id AND c.claim_id = found.claim_id
             WHERE c.state <> 'UNREVIEWED' AND c.succession <> 'KEPT'
            UNION ALL
            SELECT false, c.article_id, c.claim_id, c.quote, c.update_time, found.shared
              FROM otherwise found JOIN claim c ON c.article_id = found.article_id AND c.claim_id = found.claim_id
             WHERE c.state <> 'DISMISSED' AND c.succession = 'CURRENT' AND c.language = $8 AND c.modality = ANY($9)) considered
     ORDER BY decided, shared DESC, update_time DESC, article_id, claim_id";

impl Store {
    /// Gives one claim, and finds those that it may be like. For one of a version of its article that was replaced, none.
    ///
    /// # Errors
    /// If there is none of this key, or the database cannot be reached.
    #[tracing::instrument(name = "store.claim_and_alike", skip_all)]
    pub async fn claim_and_alike(&self, key: &ClaimKey) -> Result<(StoredClaim, Alike), StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            let stored = claim::read(&mut connection, key).await?;
            let stored = stored.ok_or_else(|| StoreError::ClaimNotFound(key.clone()))?;
            let alike = alike(&mut connection, &stored).await?;
            Ok((stored, alike))
        })
        .await
    }

    /// Gives likenesses to claims that were decided on and have none, because a version before there were any stored them.
    /// Does so for a few, and gives how many that were.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn mend_likeness(&self) -> Result<u64, StoreError> {
        self.aside(async {
            let mut transaction = self.pool.begin().await?;
            let found: Vec<(String, i32)> = sqlx::query_as(
                "SELECT article_id, claim_id FROM claim WHERE likeness = 0 AND state <> 'UNREVIEWED'
              ORDER BY article_id, claim_id LIMIT $1 FOR UPDATE SKIP LOCKED",
            )
            .bind(MENDED)
            .fetch_all(&mut *transaction)
            .await?;
            let keys = found.into_iter().map(|(article, claim)| {
                Ok(ClaimKey { article: article.parse().map_err(unreadable)?, claim })
            });
            let keys = keys.collect::<Result<Vec<_>, StoreError>>()?;
            let claims = read(&mut transaction, &keys).await?;
            if claims.is_empty() {
                return Ok(0);
            }
            let LikenessColumns { article, claim, number, key, content } = LikenessColumns::of(&claims);
            sqlx::query(
                "WITH item AS (
                 SELECT * FROM UNNEST($1::text[], $2::int4[], $3::int2[], $4::int8[], $5::int8[])
                     AS item (article_id, claim_id, number, key, content)
             ), marked AS (
                 UPDATE claim c SET likeness = $6
                   FROM (SELECT DISTINCT article_id, claim_id FROM item) AS one
                  WHERE c.article_id = one.article_id AND c.claim_id = one.claim_id
             )
             INSERT INTO likeness (article_id, claim_id, number, key, content, create_time, decided)
             SELECT item.article_id, item.claim_id, item.number, item.key, item.content, c.create_time, true
               FROM item JOIN claim c ON c.article_id = item.article_id AND c.claim_id = item.claim_id
             ON CONFLICT (article_id, claim_id, number) DO NOTHING",
            )
            .bind(article)
            .bind(claim)
            .bind(number)
            .bind(key)
            .bind(content)
            .bind(METHOD)
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(u64::try_from(claims.len()).unwrap_or(u64::MAX))
        })
        .await
    }
}

async fn alike(connection: &mut PgConnection, stored: &StoredClaim) -> Result<Alike, StoreError> {
    let current = stored.lineage.succession == Succession::Current;
    let (decided, otherwise) =
        (current && stored.state == ClaimState::Unreviewed, current && stored.claim.can_be_contradicted());
    if !decided && !otherwise {
        return Ok(Alike::default());
    }
    let likeness = stored.claim.likeness();
    let considered: Vec<Considered> = sqlx::query_as(CONSIDER)
        .bind(&likeness.keys[..])
        .bind(likeness.content)
        .bind(ROWS)
        .bind(stored.key.article.as_str())
        .bind(stored.key.claim)
        .bind(decided)
        .bind(otherwise)
        .bind(&stored.claim.language)
        .bind(Modality::SAID.map(Modality::as_str))
        .bind(CONSIDERED)
        .fetch_all(&mut *connection)
        .await?;
    // Most that share a key have other words: the quote tells that, and nothing else of them is read.
    let (mut resembling, mut contradicting) = (Vec::new(), Vec::new());
    for (decided, article, claim, quote) in considered {
        let key = ClaimKey { article: article.parse().map_err(unreadable)?, claim };
        match decided {
            true if stored.claim.may_resemble(&quote) => resembling.push(key),
            false if stored.claim.may_be_contradicted(&quote) => contradicting.push(key),
            _ => {}
        }
    }
    resembling.truncate(COMPARED);
    contradicting.truncate(COMPARED);
    let keys = [&resembling[..], &contradicting[..]].concat();
    let (decided, otherwise) =
        read(connection, &keys).await?.into_iter().partition(|other| resembling.contains(&other.key));
    Ok(Alike { decided, otherwise })
}

async fn read(connection: &mut PgConnection, keys: &[ClaimKey]) -> Result<Vec<StoredClaim>, StoreError> {
    if keys.is_empty() { Ok(Vec::new()) } else { claim::read_all(connection, keys).await }
}
