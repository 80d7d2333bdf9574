//! Proves that nothing of the change log was altered or taken out, and that the rows are what the log says; or tells where
//! they are not.
//!
//! It goes through the log shard by shard, then through the articles, in pages that each read what is committed, so that no
//! transaction stays open, and the service goes on writing meanwhile.

mod log;
mod rows;

use serde::{Deserialize, Serialize};

use super::{ArticleId, Store, StoreError, article::SHARDS};

/// How far an audit has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuditPlace {
    /// In the log: all of this shard up to this position, and this article at it, has been looked at.
    Log {
        /// The shard.
        shard: i32,
        /// The position.
        position: i64,
        /// The article at it; empty at the beginning.
        article: String,
    },
    /// In the rows: all articles up to this one have been looked at.
    Rows(String),
}

impl AuditPlace {
    /// Where an audit begins.
    #[must_use]
    pub const fn start() -> Self {
        Self::Log { shard: 0, position: 0, article: String::new() }
    }
}

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// What is wrong.
    pub kind: BreachKind,
    /// The article, where it is known.
    pub article: Option<ArticleId>,
    /// The claim, where it is one.
    pub claim: Option<i32>,
    /// The place in the log, where it is there; of several, the first.
    pub position: Option<i64>,
    /// In words.
    pub description: String,
}

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreachKind {
    /// A change does not fit its seal.
    Altered,
    /// Changes that were there are not.
    Removed,
    /// A change is there that nobody wrote.
    Added,
    /// A change has no seal where it should have one.
    Unsealed,
    /// An article, a claim or a review is not what the log says.
    RowDiffers,
}

impl BreachKind {
    /// The word in the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Altered => "ALTERED",
            Self::Removed => "REMOVED",
            Self::Added => "ADDED",
            Self::Unsealed => "UNSEALED",
            Self::RowDiffers => "ROW_DIFFERS",
        }
    }
}

/// A part of an audit.
#[derive(Debug, Default)]
pub struct AuditPage {
    /// What was found.
    pub breaches: Vec<Breach>,
    /// How many changes were looked at.
    pub changes: u32,
    /// How many of them are older than the seals.
    pub unsealed: u32,
    /// How many articles were held against the log.
    pub articles: u32,
    /// Where to go on; `None` at the end.
    pub next: Option<AuditPlace>,
}

impl Store {
    /// Audits a part of what there is: of one article, or of everything.
    ///
    /// # Errors
    /// If the database cannot be reached. What was tampered with is no error.
    #[tracing::instrument(name = "store.audit", skip_all)]
    pub async fn audit(
        &self,
        article: Option<&ArticleId>,
        from: AuditPlace,
    ) -> Result<AuditPage, StoreError> {
        self.within(async {
            let mut connection = self.pool.acquire().await?;
            match (from, article) {
                (AuditPlace::Log { position, .. }, Some(article)) => {
                    log::of_article(&mut connection, article, position).await
                }
                (AuditPlace::Rows(_), Some(article)) => {
                    rows::page(&mut connection, &[article.as_str().to_owned()]).await
                }
                (AuditPlace::Log { shard, position, article }, None) if shard < i32::from(SHARDS) => {
                    log::of_shard(&mut connection, shard, position, article).await
                }
                (AuditPlace::Log { .. }, None) => Ok(AuditPage::default()),
                (AuditPlace::Rows(after), None) => {
                    let articles = rows::articles(&mut connection, &after).await?;
                    let mut page = rows::page(&mut connection, &articles).await?;
                    page.next = articles.into_iter().next_back().map(AuditPlace::Rows);
                    Ok(page)
                }
            }
        })
        .await
    }
}
