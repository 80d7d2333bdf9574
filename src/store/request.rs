//! Answers to writes that named a request_id, so that a repeat gets the first answer.

use sqlx::PgConnection;

use super::{Store, StoreError};

/// What makes two requests the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The id that the caller chose.
    pub id: String,
    /// The method that was called.
    pub method: &'static str,
    /// SHA-256 of the request, in hexadecimal.
    pub fingerprint: String,
}

/// Takes the request_id for this transaction, or gives the answer that was given before. A twin at work on the same id is
/// waited for.
pub(super) async fn claim(
    connection: &mut PgConnection,
    key: &RequestKey,
) -> Result<Option<Vec<u8>>, StoreError> {
    let taken = sqlx::query(
        "INSERT INTO request (request_id, method, fingerprint) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(&key.id)
    .bind(key.method)
    .bind(&key.fingerprint)
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if taken == 1 {
        return Ok(None);
    }
    let answer = before(connection, key).await?;
    answer.map(Some).ok_or_else(|| StoreError::Unreadable(format!("no answer to request {}", key.id)))
}

/// The answer that was given before, if any was.
async fn before(connection: &mut PgConnection, key: &RequestKey) -> Result<Option<Vec<u8>>, StoreError> {
    let found: Option<(String, String, Option<Vec<u8>>)> =
        sqlx::query_as("SELECT method, fingerprint, response FROM request WHERE request_id = $1")
            .bind(&key.id)
            .fetch_optional(connection)
            .await?;
    let Some((method, fingerprint, response)) = found else { return Ok(None) };
    if method != key.method || fingerprint != key.fingerprint {
        return Err(StoreError::RequestIdReused(key.id.clone()));
    }
    Ok(response)
}

/// Keeps the answer for whoever repeats the request.
pub(super) async fn answer(
    connection: &mut PgConnection,
    key: &RequestKey,
    response: &[u8],
) -> Result<(), StoreError> {
    sqlx::query("UPDATE request SET response = $2 WHERE request_id = $1")
        .bind(&key.id)
        .bind(response)
        .execute(connection)
        .await?;
    Ok(())
}

impl Store {
    /// The answer that a request got before, if it was made before.
    ///
    /// # Errors
    /// If the id belongs to another request, or the database cannot be reached.
    #[tracing::instrument(name = "store.answered", skip_all)]
    pub async fn answered(&self, key: &RequestKey) -> Result<Option<Vec<u8>>, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            before(&mut connection, key).await
        })
        .await
    }

    /// Forgets the answers that are older than so many hours.
    ///
    /// # Errors
    /// If the database cannot be reached.
    pub async fn forget_requests(&self, hours: u32) -> Result<u64, StoreError> {
        self.aside(async {
            let done = sqlx::query("DELETE FROM request WHERE create_time < now() - $1 * interval '1 hour'")
                .bind(f64::from(hours))
                .execute(&self.pool)
                .await?;
            Ok(done.rows_affected())
        })
        .await
    }
}
