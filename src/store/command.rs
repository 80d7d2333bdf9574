//! Writes: one command, one transaction.

use std::time::Duration;

use sqlx::{Acquire, PgConnection};
use tracing::Instrument as _;

use super::{RequestKey, Store, StoreError, change, request, search};
pub(super) use change::{Change, ChangeKind};

/// How often a write that lost against another one is tried again.
const ATTEMPTS: u32 = 8;

/// Who writes, and how.
#[derive(Debug, Clone)]
pub struct Write {
    /// Stands in the change log.
    pub actor: String,
    /// Makes a repeat get the first answer.
    pub request: Option<RequestKey>,
    /// Does everything, then takes it back.
    pub validate_only: bool,
}

/// What a command did.
#[derive(Debug)]
pub struct Done<T> {
    /// What the caller wants to know.
    pub outcome: T,
    /// What changed, for the log.
    pub changes: Vec<Change>,
}

/// One write. It runs in a transaction that the store begins and commits, perhaps more than once.
pub trait Command: Sync {
    /// What the caller wants to know.
    type Outcome: Send;

    /// Reads what it must, decides, and writes, in a number of statements that does not depend on the data.
    fn run(
        &self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<Done<Self::Outcome>, StoreError>> + Send;
}

/// What came of a write.
#[derive(Debug)]
pub enum Answer<T> {
    /// It was done now.
    New(T),
    /// It was done before; this is the answer that was given then, encoded.
    Before(Vec<u8>),
}

impl Store {
    /// Runs a command. `encode` makes the answer that a repeat of the request will get.
    ///
    /// # Errors
    /// If the command cannot be done; nothing is stored then.
    #[tracing::instrument(name = "store.write", skip_all)]
    pub async fn write<C: Command>(
        &self,
        command: &C,
        write: &Write,
        encode: impl Fn(&C::Outcome) -> Vec<u8> + Send + Sync,
    ) -> Result<Answer<C::Outcome>, StoreError> {
        self.within(async {
            let mut attempt = 0;
            loop {
                attempt += 1;
                match self.attempt(command, write, &encode).await {
                    Err(error) if error.is_conflict() && attempt < ATTEMPTS => {
                        tracing::debug!(attempt, "a write lost against another one and is tried again");
                        tokio::time::sleep(Duration::from_millis(2 << attempt)).await;
                    }
                    answer => return answer,
                }
            }
        })
        .await
    }

    async fn attempt<C: Command>(
        &self,
        command: &C,
        write: &Write,
        encode: &(impl Fn(&C::Outcome) -> Vec<u8> + Send + Sync),
    ) -> Result<Answer<C::Outcome>, StoreError> {
        let mut connection = self.pool.acquire().instrument(tracing::info_span!("store.connection")).await?;
        // Dropped before its commit, as when the caller is gone, a transaction is rolled back.
        let mut transaction = connection.begin().await?;
        let key = write.request.as_ref().filter(|_| !write.validate_only);
        if let Some(key) = key
            && let Some(response) = request::claim(&mut transaction, key).await?
        {
            return Ok(Answer::Before(response));
        }
        let done = match command.run(&mut transaction).await {
            Ok(done) => done,
            Err(error) => {
                // Whoever hears of the failure finds nothing locked by it any more.
                let _ = transaction.rollback().await;
                return Err(error);
            }
        };
        if write.validate_only {
            transaction.rollback().await?;
            return Ok(Answer::New(done.outcome));
        }
        if let Some(key) = key {
            request::answer(&mut transaction, key, &encode(&done.outcome)).await?;
        }
        search::follow(&mut transaction, &done.changes).await?;
        change::append(&mut transaction, &write.actor, done.changes).await?;
        transaction.commit().instrument(tracing::info_span!("store.commit")).await?;
        Ok(Answer::New(done.outcome))
    }
}
