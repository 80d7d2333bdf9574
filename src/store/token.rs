//! Bearer tokens. What is stored of a token is its SHA-256 hash; whoever reads the table can call nothing with it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use super::{Store, StoreError, article::unreadable, time::Time};
use crate::claim::{Role, Roles};

/// How coarse the time of the last use is, in seconds: a token that is used all day is written to so rarely.
const LAST_USE_SECONDS: f64 = 300.0;

/// A token that is to be stored.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Its identifier, which is no secret.
    pub id: String,
    /// The SHA-256 of the token, in hexadecimal.
    pub hash: String,
    /// Whom a call with it is recorded as.
    pub subject: String,
    /// What a call with it may do.
    pub roles: Roles,
    /// Who makes it.
    pub creator: String,
    /// For how long it is valid from now, in seconds.
    pub seconds: f64,
}

/// A token as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// Its identifier, which is no secret.
    pub id: String,
    /// Whom a call with it is recorded as.
    pub subject: String,
    /// What a call with it may do.
    pub roles: Roles,
    /// Who made it.
    pub creator: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// When it ends.
    pub expire_time: Timestamp,
    /// When it was last used, to some minutes.
    pub last_use_time: Option<Timestamp>,
    /// When it was revoked.
    pub revoke_time: Option<Timestamp>,
    /// Who revoked it.
    pub revoker: Option<String>,
}

/// Whether a token can be used, by the clock of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// It can.
    Valid,
    /// Its time is over.
    Expired,
    /// It was revoked.
    Revoked,
}

/// The last token of a page; the next page begins behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenPlace {
    /// When it was made.
    pub create_time: Timestamp,
    /// Its identifier.
    pub id: String,
}

const COLUMNS: &str =
    "token_id, subject, roles, creator, create_time, expire_time, last_use_time, revoke_time, revoker";

#[derive(FromRow)]
struct TokenRow {
    token_id: String,
    subject: String,
    roles: Vec<String>,
    creator: String,
    create_time: Time,
    expire_time: Time,
    last_use_time: Option<Time>,
    revoke_time: Option<Time>,
    revoker: Option<String>,
}

impl TryFrom<TokenRow> for StoredToken {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.token_id,
            subject: row.subject,
            roles: row.roles.iter().map(|word| word.parse()).collect::<Result<_, _>>().map_err(unreadable)?,
            creator: row.creator,
            create_time: row.create_time.0,
            expire_time: row.expire_time.0,
            last_use_time: row.last_use_time.map(|time| time.0),
            revoke_time: row.revoke_time.map(|time| time.0),
            revoker: row.revoker,
        })
    }
}

#[derive(FromRow)]
struct Presented {
    #[sqlx(flatten)]
    token: TokenRow,
    expired: bool,
    unrecorded: bool,
}

impl Store {
    /// Stores a token; nothing where one with the same hash is there already, whatever became of it.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn create_token(&self, token: &NewToken) -> Result<Option<StoredToken>, StoreError> {
        self.within(async {
            let sql = format!(
                "INSERT INTO token (token_id, hash, subject, roles, creator, expire_time)
             VALUES ($1, $2, $3, $4, $5, now() + $6 * interval '1 second')
             ON CONFLICT (hash) DO NOTHING RETURNING {COLUMNS}"
            );
            let roles: Vec<&str> = token.roles.iter().map(Role::as_str).collect();
            let row: Option<TokenRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(&token.id)
                .bind(&token.hash)
                .bind(&token.subject)
                .bind(roles)
                .bind(&token.creator)
                .bind(token.seconds)
                .fetch_optional(&self.pool)
                .await?;
            row.map(StoredToken::try_from).transpose()
        })
        .await
    }

    /// The token of a hash, and whether it can be used; nothing where there is none. Its use is recorded, coarsely.
    ///
    /// # Errors
    /// If the database cannot be reached.
    #[tracing::instrument(name = "store.token", skip_all)]
    pub async fn present_token(&self, hash: &str) -> Result<Option<(StoredToken, TokenState)>, StoreError> {
        self.within(async {
            let sql = format!(
                "SELECT {COLUMNS}, expire_time <= now() AS expired,
                    coalesce(last_use_time < now() - $2 * interval '1 second', true) AS unrecorded
             FROM token WHERE hash = $1"
            );
            let row: Option<Presented> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(hash)
                .bind(LAST_USE_SECONDS)
                .fetch_optional(&self.pool)
                .await?;
            let Some(Presented { token, expired, unrecorded }) = row else { return Ok(None) };
            let token = StoredToken::try_from(token)?;
            let state = match (&token.revoke_time, expired) {
                (Some(_), _) => TokenState::Revoked,
                (None, true) => TokenState::Expired,
                (None, false) => TokenState::Valid,
            };
            if state == TokenState::Valid && unrecorded {
                self.record_use(&token.id).await;
            }
            Ok(Some((token, state)))
        })
        .await
    }

    /// Records that a token was used. Who calls does not depend on it: a database that takes no writes still tells.
    async fn record_use(&self, id: &str) {
        let done = sqlx::query("UPDATE token SET last_use_time = now() WHERE token_id = $1")
            .bind(id)
            .execute(&self.pool)
            .await;
        if let Err(error) = done {
            tracing::warn!(%error, "the use of a token could not be recorded");
        }
    }

    /// Gives a page of the tokens, the oldest first.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn tokens(
        &self,
        after: Option<&TokenPlace>,
        size: u32,
    ) -> Result<(Vec<StoredToken>, Option<TokenPlace>), StoreError> {
        self.within(async {
            let sql = format!(
                "SELECT {COLUMNS} FROM token
             WHERE $1::timestamptz IS NULL OR (create_time, token_id) > ($1, $2)
             ORDER BY create_time, token_id LIMIT $3"
            );
            let rows: Vec<TokenRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(after.map(|place| Time(place.create_time)))
                .bind(after.map(|place| &place.id))
                .bind(i64::from(size) + 1)
                .fetch_all(&self.pool)
                .await?;
            let mut tokens = rows.into_iter().map(StoredToken::try_from).collect::<Result<Vec<_>, _>>()?;
            let more = tokens.len() > size as usize;
            tokens.truncate(size as usize);
            let last = tokens.last().filter(|_| more);
            let next = last.map(|token| TokenPlace { create_time: token.create_time, id: token.id.clone() });
            Ok((tokens, next))
        })
        .await
    }

    /// Revokes a token. Of one that is revoked already, the first time stays on record.
    ///
    /// # Errors
    /// If there is no such token, or the database cannot be reached.
    pub async fn revoke_token(&self, id: &str, revoker: &str) -> Result<StoredToken, StoreError> {
        self.within(async {
            let sql = format!(
                "UPDATE token SET revoke_time = coalesce(revoke_time, now()), revoker = coalesce(revoker, $2)
             WHERE token_id = $1 RETURNING {COLUMNS}"
            );
            let row: Option<TokenRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
                .bind(id)
                .bind(revoker)
                .fetch_optional(&self.pool)
                .await?;
            row.ok_or_else(|| StoreError::TokenNotFound(id.to_owned()))?.try_into()
        })
        .await
    }
}
