//! Connections, and how long the database may take.
//!
//! A database that is away says so, or its connections break. One that hangs, or that the network lost, says nothing, and a
//! socket waits for it for a quarter of an hour or for ever. So everything here ends in time, from both sides: a call gives
//! up and is told to come again; a connection that does not answer is dropped, not waited for; and PostgreSQL takes back what
//! somebody who is gone has locked.

use std::time::Duration;

use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::{Store, StoreError};

/// How long a call waits for a free connection before it is told to come back later.
pub(super) const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the database may take for all that a call asks of it, if nothing else is said.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How long one part of what is done aside may take: it may read all that there is.
const PATIENCE_ASIDE: Duration = Duration::from_secs(900);
/// How long a connection that lay idle may take to say that it is there.
const HEALTHY: Duration = Duration::from_secs(2);
/// A connection that was used so recently is not asked before it is used again: it has just answered.
const FRESH: Duration = Duration::from_millis(5);
/// How long a connection whose call is over may take to come to its end. It may still be at the statement of a call that
/// was given up: another connection would only add to what the database has to do.
const RELEASE: Duration = Duration::from_secs(5);
/// What PostgreSQL is asked for, where its operator has set nothing: to end a transaction whose client is silent, which
/// holds locks, and to end a statement whose client is gone.
const SETTINGS: [(&str, &str); 2] =
    [("idle_in_transaction_session_timeout", "15s"), ("client_connection_check_interval", "5s")];

/// At most so many connections. They are made when they are needed.
pub(super) fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| Box::pin(set(connection)))
        .test_before_acquire(false)
        .before_acquire(|connection, known| {
            Box::pin(async move {
                if known.idle_for >= FRESH {
                    answers(connection, HEALTHY).await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                answers(connection, RELEASE).await?;
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// A connection outside of the pool.
pub(super) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    match timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(options)).await {
        Ok(connection) => Ok(connection?),
        Err(_) => Err(StoreError::Silent(ACQUIRE_TIMEOUT)),
    }
}

async fn answers(connection: &mut PgConnection, within: Duration) -> Result<(), sqlx::Error> {
    match timeout(within, connection.ping()).await {
        Ok(answer) => answer,
        Err(_) => Err(sqlx::Error::PoolTimedOut),
    }
}

async fn set(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    for (name, value) in SETTINGS {
        let done = sqlx::query(
            "SELECT set_config($1, $2, false) WHERE coalesce(current_setting($1, true), '0') = '0'",
        )
        .bind(name)
        .bind(value)
        .execute(&mut *connection)
        .await;
        match done {
            // An engine or a system that cannot do it goes without.
            Err(sqlx::Error::Database(error)) => {
                tracing::debug!(setting = name, %error, "the database does not take a setting");
            }
            done => {
                done?;
            }
        }
    }
    Ok(())
}

impl Store {
    /// The same store, with a database that may take so long for all that one call asks of it.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience: patience.max(self.searcher.timeout()), ..self }
    }

    /// Does what a call asks for, or gives up in time. Work that is dropped rolls back.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        bounded(self.patience, work).await
    }

    /// Does a part of what is done aside.
    pub(super) async fn aside<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        bounded(PATIENCE_ASIDE, work).await
    }
}

async fn bounded<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    timeout(limit, work).await.unwrap_or(Err(StoreError::Silent(limit)))
}
