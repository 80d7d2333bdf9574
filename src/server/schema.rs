//! The database's schema: brought up to date by the service, by `claimdesk migrate`, or waited for.

use std::{
    io::Write as _,
    time::{Duration, Instant},
};

use tokio::time::sleep;

use super::configuration::{Migration, SchemaMode};
use crate::store::{SchemaState, Store, StoreError};

/// How long a database may stay away from a migration.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often it is looked whether the schema is there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often it is told that it is not.
const TELL_EVERY: Duration = Duration::from_secs(15);
/// Nothing is searched for here.
const NO_SEARCH: Duration = Duration::from_secs(1);

/// Why a migration was not made.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be used.
    #[error("the schema cannot be brought up to date; check DATABASE_URL or --database-url")]
    Database(#[source] StoreError),
    /// The schema is up to date, but the role that is to serve has not got its rights.
    #[error("the schema is up to date, but the role \"{role}\" cannot be given the rights to serve from it")]
    Rights {
        /// The role.
        role: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// The role that migrates is the one that is to serve.
    #[error(
        "--serving-role: \"{0}\" is the role that migrates; leave it out where one role does both, or migrate as another one"
    )]
    SameRole(String),
}

/// Brings the schema up to date and ends.
pub(super) async fn migrate(migration: Migration) -> Result<(), MigrationError> {
    let store = Store::new(migration.options, 1, NO_SEARCH);
    let begun = Instant::now();
    let before = loop {
        match store.schema().await {
            Err(error) if error.is_away() && begun.elapsed() < PATIENCE => sleep(LOOK_EVERY).await,
            state => break state.map_err(MigrationError::Database)?,
        }
    };
    store.migrate().await.map_err(MigrationError::Database)?;
    let made = if let SchemaState::Behind { missing, .. } = before { missing } else { 0 };
    let mut told =
        format!("the schema is up to date: {} migrations, {made} of them new", Store::migrations());
    if let Some(role) = migration.serving_role {
        match store.let_serve(&role).await {
            Ok(true) => told = format!("{told}; the role \"{role}\" may serve"),
            Ok(false) => return Err(MigrationError::SameRole(role)),
            Err(source) => return Err(MigrationError::Rights { role, source }),
        }
    }
    // Nothing is left to do if standard error is closed.
    let _ = writeln!(std::io::stderr(), "claimdesk: {told}");
    Ok(())
}

/// Gets the schema ready for the service: brings it up to date, or waits until somebody else has.
pub(super) async fn make_ready(store: &Store, mode: SchemaMode) -> Result<(), StoreError> {
    match mode {
        SchemaMode::Auto => store.migrate().await,
        SchemaMode::Check => wait(store).await,
    }
}

/// Waits until the schema is there, however long it takes: whoever brings it up to date may have much to do.
async fn wait(store: &Store) -> Result<(), StoreError> {
    let mut told: Option<Instant> = None;
    loop {
        let missing = match store.schema().await {
            Ok(SchemaState::Ready { newer }) => {
                if newer > 0 {
                    tracing::warn!(newer, "a later version of claimdesk has migrated the database");
                }
                return Ok(());
            }
            Ok(SchemaState::Behind { missing, all }) => {
                format!("{missing} of {all} migrations are missing")
            }
            Ok(SchemaState::Closed { rights }) => {
                format!("this role may not {}", rights.join(", "))
            }
            Err(error) if error.is_away() && told.is_some() => {
                format!("the database does not answer ({error})")
            }
            Err(error) => return Err(error),
        };
        if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            tracing::warn!(
                "waiting for the database's schema: {missing}; run claimdesk migrate, with --serving-role and the role of this \
                 service (--migrate check)"
            );
            told = Some(Instant::now());
        }
        sleep(LOOK_EVERY).await;
    }
}
