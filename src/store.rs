//! PostgreSQL. Only this room knows SQL.
//!
//! Everything that is stored has a file of its own. A write is a [`Command`], run by [`Store::write`] in one short
//! transaction together with its rows of the change log and the answer to its request_id.

mod addition;
mod article;
mod audit;
mod change;
mod claim;
mod command;
mod decision;
mod deletion;
mod error;
mod filter;
mod history;
mod lease;
mod likeness;
mod page;
mod point;
mod pool;
mod queue;
mod replacement;
mod replica;
mod request;
mod review;
mod rights;
mod schema;
mod search;
mod source;
mod stream;
mod submission;
mod time;
mod token;
mod version;

use std::time::Duration;

use sqlx::{PgPool, postgres::PgConnectOptions};

pub use addition::SubmitClaim;
pub use article::{ArticleId, ArticleQuery, StoredArticle};
pub use audit::{AuditPage, AuditPlace, Breach, BreachKind};
pub use change::{Change, ChangeKind};
pub use claim::{ClaimKey, ClaimQuery, Lineage, NewClaim, StoredClaim};
pub use command::{Answer, Command, Done, Write};
pub use decision::{DecideClaims, Decided, Decision};
pub use deletion::DeleteArticle;
pub use error::StoreError;
pub use filter::{
    ArticleTest, ClaimTest, Comparison, DateRange, Expression, NumberTest, TextTest, TimeRange,
};
pub use history::{ChangeQuery, Seal, StoredChange};
pub use lease::{Lease, LeaseClaims, ReleaseLease, RenewLease};
pub use likeness::Alike;
pub use page::{Cursor, Page, Position, SortBy};
pub use queue::QueueFigures;
pub use replica::{InvalidPosition, LogPosition, Replica};
pub use request::RequestKey;
pub use review::{ReviewKey, ReviewQuery, StoredReview};
pub use rights::SchemaState;
pub use schema::SchemaError;
pub use search::{Searcher, has_words};
pub use stream::{Distance, InvalidPlace, ShardPlace, StreamPlace, StreamedChange};
pub use submission::{SubmitArticle, SubmittedArticle};
pub use token::{NewToken, StoredToken, TokenPlace, TokenState};
pub use version::ArticleVersion;

/// The stored articles, claims and reviews. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Store {
    pool: PgPool,
    searcher: Searcher,
    patience: Duration,
}

impl Store {
    /// A store on a database that need not be there yet. No statement of a search may take longer than `search_timeout`.
    #[must_use]
    pub fn new(options: PgConnectOptions, connections: u32, search_timeout: Duration) -> Self {
        let options = options.application_name("claimdesk");
        let pool = pool::pool(options, connections);
        Self { pool, searcher: Searcher::new(search_timeout), patience: pool::PATIENCE.max(search_timeout) }
    }

    /// What commands that search need.
    #[must_use]
    pub fn searcher(&self) -> Searcher {
        self.searcher.clone()
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// If it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&self.pool).await?;
        Ok(())
    }

    /// How many connections there are, and how many of them nobody uses.
    #[must_use]
    pub fn connections(&self) -> (usize, usize) {
        let all = usize::try_from(self.pool.size()).unwrap_or(usize::MAX);
        (all, self.pool.num_idle().min(all))
    }

    /// Closes all connections, when the calls that use them are done.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
