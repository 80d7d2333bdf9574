//! The schema: brought up to date at the start, also beside other versions of claimdesk.
//!
//! A migration works under the code before it. So a database that a newer version has migrated is no obstacle: both versions
//! run side by side for as long as an upgrade takes, and a process of the older one may start again meanwhile. A migration
//! that takes something away works under the code of the last few versions only; its file is called
//! `0042_…_needs_0037.sql`, and who does not know migration 37 refuses to work on a database that has 42.

use std::sync::LazyLock;

use sqlx::{
    Connection, PgConnection,
    migrate::{MigrateError, Migrator},
};

use super::{Store, StoreError, pool};

/// The schema, forward only.
pub(super) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("./migrations");
    // Those of newer versions are looked at here.
    migrations.set_ignore_missing(true);
    migrations
});

/// Why this version cannot work with the schema of a database.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// A newer version has taken something away that this one needs.
    #[error(
        "a newer claimdesk has migrated the database ({version}: {description}), and it takes a version that knows migration \
         {needed}; this one knows them up to {known}: start the newer version"
    )]
    TooNew {
        /// The migration that takes a newer version.
        version: i64,
        /// What it does.
        description: String,
        /// The migration that a version must know.
        needed: i64,
        /// The newest that this version knows.
        known: i64,
    },
    /// A migration was applied that neither this nor a newer version has.
    #[error(
        "migration {version} ({description}) was applied to the database and belongs to no release: start the build of \
         claimdesk that applied it, or give this one a database of its own"
    )]
    Foreign {
        /// Which.
        version: i64,
        /// What it does.
        description: String,
    },
    /// A migration is not what it was when it was applied.
    #[error(
        "migration {0} was applied to the database by a build in which it had another content: start that build, or restore \
         a backup into a new database and start this one there; nothing was changed"
    )]
    Changed(i64),
    /// A migration was left half done.
    #[error("migration {0} was left half done: restore a backup from before it, and start claimdesk again")]
    HalfDone(i64),
    /// A migration failed; it was rolled back.
    #[error("migration {version} failed, and was rolled back: {source}")]
    Failed {
        /// Which.
        version: i64,
        /// Why.
        source: sqlx::Error,
    },
    /// Anything else.
    #[error(transparent)]
    Other(MigrateError),
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        let schema = match error {
            MigrateError::Execute(error) => return error.into(),
            MigrateError::ExecuteMigration(source, version) => match Self::from(source) {
                Self::Database(source) => SchemaError::Failed { version, source },
                // The database is away or full: no fault of the migration.
                other => return other,
            },
            MigrateError::VersionMismatch(version) => SchemaError::Changed(version),
            MigrateError::Dirty(version) => SchemaError::HalfDone(version),
            other => SchemaError::Other(other),
        };
        Self::Schema(schema)
    }
}

impl Store {
    /// Brings the schema up to date. Several replicas may do so at once: they wait for each other.
    ///
    /// # Errors
    /// If the database cannot be reached, or has a schema that this version cannot work with.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // A connection of its own tells at once why there is none, and gives the migrations' lock back however it ends.
        let mut connection = pool::connect(&self.pool.connect_options()).await?;
        let result = run(&mut connection).await;
        let _ = connection.close().await;
        result
    }
}

async fn run(connection: &mut PgConnection) -> Result<(), StoreError> {
    let known: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    let newest = known.iter().copied().max().unwrap_or_default();
    let unknown = unknown(connection, &known).await?;
    for (version, description) in &unknown {
        judge(*version, description, newest)?;
    }
    MIGRATIONS.run(connection).await?;
    if let Some((version, description)) = unknown.last() {
        tracing::warn!(
            version,
            description,
            known = newest,
            "a newer claimdesk has migrated the database; this one works beside it"
        );
    }
    Ok(())
}

/// The migrations of a database that this version does not know, in their order.
async fn unknown(connection: &mut PgConnection, known: &[i64]) -> Result<Vec<(i64, String)>, StoreError> {
    let (begun,): (bool,) =
        sqlx::query_as("SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass('_sqlx_migrations'))")
            .fetch_one(&mut *connection)
            .await?;
    if !begun {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_as(
        "SELECT version, description FROM _sqlx_migrations WHERE version <> ALL ($1) ORDER BY version",
    )
    .bind(known)
    .fetch_all(connection)
    .await?)
}

/// Whether this version, which knows migrations up to `known`, can work where a migration was applied that it does not know.
pub(super) fn judge(version: i64, description: &str, known: i64) -> Result<(), SchemaError> {
    if version < known {
        return Err(SchemaError::Foreign { version, description: description.to_owned() });
    }
    match needed(description) {
        Some(needed) if needed > known => {
            Err(SchemaError::TooNew { version, description: description.to_owned(), needed, known })
        }
        _ => Ok(()),
    }
}

/// The migration that a version must know to work under one of this description: "drop the old column needs 0037".
fn needed(description: &str) -> Option<i64> {
    let mut words = description.split_whitespace().skip_while(|word| *word != "needs").skip(1);
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_schema_is_no_obstacle_unless_it_says_so() {
        assert!(judge(12, "one more column", 11).is_ok());
        assert!(judge(15, "without the old column needs 0011", 11).is_ok());
        assert!(judge(15, "what a reviewer needs", 11).is_ok(), "a word is no number");
        let refused = judge(15, "without the old column needs 0012", 11).expect_err("it is too new");
        assert!(matches!(refused, SchemaError::TooNew { version: 15, needed: 12, known: 11, .. }));
        assert!(matches!(judge(7, "a branch", 11), Err(SchemaError::Foreign { version: 7, .. })));
    }
}
