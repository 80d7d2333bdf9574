//! Whether the schema is there, and who may do what with it: for a service whose role may not change it.

use sqlx::{Connection, PgConnection};

use super::{
    SchemaError, Store, StoreError,
    error::code,
    pool,
    schema::{MIGRATIONS, judge},
};

/// What the role that serves may do with each table, and no more: what is on record can only be added to. Rows that go with
/// their article are deleted by the foreign keys, for which nobody needs a right.
const RIGHTS: &[(&str, &[&str])] = &[
    ("_sqlx_migrations", &["SELECT"]),
    ("address", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("article", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("article_version", &["SELECT", "INSERT", "DELETE"]),
    ("change", &["SELECT", "INSERT"]),
    ("claim", &["SELECT", "INSERT", "UPDATE"]),
    ("claim_search", &["SELECT", "INSERT", "UPDATE"]),
    ("claim_search_backlog", &["SELECT", "UPDATE", "DELETE"]),
    ("likeness", &["SELECT", "INSERT", "UPDATE"]),
    ("point", &["SELECT", "INSERT"]),
    ("queue", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("request", &["SELECT", "INSERT", "UPDATE", "DELETE"]),
    ("review", &["SELECT", "INSERT"]),
    ("source", &["SELECT", "INSERT"]),
    ("stream_head", &["SELECT", "UPDATE"]),
    ("token", &["SELECT", "INSERT", "UPDATE"]),
    ("word", &["SELECT", "INSERT"]),
];

/// What indexes are made by: whoever writes a row runs them.
const FUNCTIONS: &[&str] =
    &["terms_by_score(tsvector, double precision)", "terms_by_worth(tsvector, double precision)"];

/// How the schema stands to what this version needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    /// All is there. A later version may have added something, which this one does not see.
    Ready {
        /// How many migrations there are that this version does not know.
        newer: usize,
    },
    /// Migrations are missing.
    Behind {
        /// How many.
        missing: usize,
        /// Of how many.
        all: usize,
    },
    /// The tables are there, but the role may not use them.
    Closed {
        /// What it may not do, as in "INSERT on change".
        rights: Vec<String>,
    },
}

impl Store {
    /// Whether the schema is there and may be used. Nothing is changed.
    ///
    /// # Errors
    /// If the database cannot be reached, or has migrations of the same numbers that are others.
    pub async fn schema(&self) -> Result<SchemaState, StoreError> {
        let mut connection = pool::connect(&self.pool.connect_options()).await?;
        let state = state(&mut connection).await;
        let _ = connection.close().await;
        state
    }

    /// Lets a role serve: it may use the tables of the schema as far as a service has to, and not change the schema. Nothing is
    /// done where it is the role that is connected, which would take from itself what it needs; the answer is false then.
    ///
    /// # Errors
    /// If there is no such role, or whoever is connected may not give it anything.
    pub async fn let_serve(&self, role: &str) -> Result<bool, StoreError> {
        let mut connection = pool::connect(&self.pool.connect_options()).await?;
        let given = give_rights(&mut connection, role).await;
        let _ = connection.close().await;
        given
    }

    /// How many migrations this version knows.
    #[must_use]
    pub fn migrations() -> usize {
        MIGRATIONS.iter().count()
    }
}

async fn state(connection: &mut PgConnection) -> Result<SchemaState, StoreError> {
    let all = Store::migrations();
    let rows = sqlx::query_as(
        "SELECT version, success, checksum, description FROM _sqlx_migrations ORDER BY version",
    )
    .fetch_all(&mut *connection)
    .await;
    let applied: Vec<(i64, bool, Vec<u8>, String)> = match rows {
        Ok(rows) => rows,
        Err(error) => {
            return match code(&error).as_deref() {
                // There is no such table.
                Some("42P01") => Ok(SchemaState::Behind { missing: all, all }),
                // There is, but it was not opened to this role.
                Some("42501") => {
                    Ok(SchemaState::Closed { rights: vec!["SELECT on _sqlx_migrations".to_owned()] })
                }
                _ => Err(error.into()),
            };
        }
    };
    let mut missing = 0;
    for migration in MIGRATIONS.iter() {
        let wrong = |error| Err(StoreError::Schema(error));
        match applied.iter().find(|(version, ..)| *version == migration.version) {
            None => missing += 1,
            Some((version, false, ..)) => return wrong(SchemaError::HalfDone(*version)),
            Some((version, true, checksum, _)) if **checksum != *migration.checksum => {
                return wrong(SchemaError::Changed(*version));
            }
            Some(_) => {}
        }
    }
    if missing > 0 {
        return Ok(SchemaState::Behind { missing, all });
    }
    let rights = rights_missing(connection).await?;
    if !rights.is_empty() {
        return Ok(SchemaState::Closed { rights });
    }
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or_default();
    let mut newer = 0;
    for (version, .., description) in
        applied.iter().filter(|(version, ..)| !MIGRATIONS.version_exists(*version))
    {
        judge(*version, description, known)?;
        newer += 1;
    }
    Ok(SchemaState::Ready { newer })
}

/// What the role may not do of what a service has to.
async fn rights_missing(connection: &mut PgConnection) -> Result<Vec<String>, StoreError> {
    let (tables, rights): (Vec<&str>, Vec<&str>) =
        RIGHTS.iter().flat_map(|(table, rights)| rights.iter().map(|right| (*table, *right))).unzip();
    let rows = sqlx::query_scalar(
        "SELECT need.right || ' on ' || need.name FROM UNNEST($1::text[], $2::text[]) AS need (name, \"right\")
          WHERE NOT has_table_privilege(need.name, need.right) ORDER BY 1",
    );
    Ok(rows.bind(tables).bind(rights).fetch_all(connection).await?)
}

async fn give_rights(connection: &mut PgConnection, role: &str) -> Result<bool, StoreError> {
    let (schema, itself): (Option<String>, bool) =
        sqlx::query_as("SELECT current_schema()::text, current_user = $1")
            .bind(role)
            .fetch_one(&mut *connection)
            .await?;
    if itself {
        return Ok(false);
    }
    let role = quoted(role);
    let mut statements =
        vec![format!("GRANT USAGE ON SCHEMA {} TO {role}", quoted(&schema.unwrap_or_default()))];
    for (table, rights) in RIGHTS {
        statements.push(format!("REVOKE ALL ON {table} FROM {role}"));
        statements.push(format!("GRANT {} ON {table} TO {role}", rights.join(", ")));
    }
    statements
        .extend(FUNCTIONS.iter().map(|function| format!("GRANT EXECUTE ON FUNCTION {function} TO {role}")));
    let mut transaction = connection.begin().await?;
    for statement in statements {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(true)
}

/// A name as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
