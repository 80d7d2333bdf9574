//! Databases of very many claims, whose rows are those that the service writes.
//!
//! The service itself stores and reviews the articles of a seed. All else are copies of them, made by PostgreSQL: each at an
//! address of its own, of another publisher, at another time, with everything that follows from it.

use std::{
    collections::HashMap,
    num::NonZero,
    sync::Arc,
    thread::available_parallelism,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use claimdesk::{claim::canonical, store::Store};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, types::Json};
use tokio::{sync::Mutex, task::JoinSet};
use tonic::transport::Endpoint;

use crate::{
    cluster::{Cluster, Purpose, Service},
    seed,
};

/// How many copies of the seed there are, whatever the size: of each text there are then as many in all.
const COPIES: u64 = 10;
/// When the first claim was stored, and over how many days all are.
const FIRST: &str = "2023-01-01 00:00:00+00";
const DAYS: u32 = 1_000;
/// Up to how many claims have their change log: no call that is measured reads it, and it takes a third of all.
const LOGGED: u64 = 1_000_000;
/// How many changes get the texts of their seals at once.
const SEALED_AT_ONCE: i64 = 20_000;

/// The terms of the times of a row `t`, as `src/store/search/` makes them; checked against it by `check.rs`.
pub(crate) const TIME_TERMS: &str = "ARRAY(SELECT name || ':' || level || ':' || (floor(extract(epoch FROM at))::bigint >> level)
     FROM (VALUES ('ct', create_time), ('ut', update_time)) AS time (name, at), UNNEST(ARRAY[2, 8, 14, 20]) AS level)";

/// The tables that are copied column by column.
const COPIED: [&str; 7] = ["article", "claim", "point", "source", "review", "queue", "likeness"];

/// The database of a size.
pub(crate) fn name(claims: u64) -> String {
    format!("claims_{claims}")
}

/// Whether the database of a size has a change log.
pub(crate) const fn is_logged(claims: u64) -> bool {
    claims <= LOGGED
}

/// Whether the database of a size is there.
pub(crate) async fn exists(cluster: &Cluster, claims: u64) -> anyhow::Result<bool> {
    let mut connection = cluster.connect("postgres").await?;
    let there: Option<(i32,)> = sqlx::query_as("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(name(claims))
        .fetch_optional(&mut connection)
        .await?;
    Ok(there.is_some())
}

/// Makes the database of a size, under another name until it is whole.
pub(crate) async fn make(cluster: &mut Cluster, claims: u64) -> anyhow::Result<()> {
    let began = Instant::now();
    let step = |what: &str| println!("  {:>5} s  {what}", began.elapsed().as_secs());
    println!("making a database of {claims} claims");
    cluster.start(Purpose::Load)?;
    let unfinished = format!("unfinished_{claims}");
    let mut administration = cluster.connect("postgres").await?;
    for statement in
        [format!("DROP DATABASE IF EXISTS {unfinished}"), format!("CREATE DATABASE {unfinished}")]
    {
        administration.execute(AssertSqlSafe(statement)).await?;
    }
    {
        let service = Service::start(&cluster.url(&unfinished))?;
        let channel = Endpoint::from_shared(service.address().to_owned())?.connect().await?;
        let articles = seed::fill(&channel, claims / COPIES).await?;
        step(&format!("the service has stored {articles} articles and reviewed some of their claims"));
    }
    let mut connection = cluster.connect(&unfinished).await?;
    connection
        .execute("ALTER SCHEMA public RENAME TO seed; CREATE SCHEMA public; SET TimeZone = 'UTC'")
        .await?;
    migrate(cluster, &unfinished).await?;
    connection.execute(include_str!("prepare.sql")).await?;
    if is_logged(claims) {
        write_seal_texts(&mut connection).await?;
    }
    connection.execute("INSERT INTO public.word SELECT * FROM seed.word").await?;
    connection.execute("ANALYZE").await?;
    step("the seed is prepared");
    let indexes = drop_indexes(&mut connection).await?;
    copy(&mut connection, is_logged(claims), &step).await?;
    connection.execute("DROP SCHEMA seed CASCADE").await?;
    indexes.make(cluster, &unfinished).await?;
    step("the indexes are made");
    connection.execute("VACUUM (ANALYZE)").await?;
    connection.close().await?;
    step("vacuumed and analysed");
    let rename = format!("ALTER DATABASE {unfinished} RENAME TO {}", name(claims));
    administration.execute(AssertSqlSafe(rename)).await?;
    administration.execute("CHECKPOINT").await?;
    Ok(())
}

/// Brings the schema of a database up to date.
pub(crate) async fn migrate(cluster: &Cluster, database: &str) -> anyhow::Result<()> {
    let store = Store::new(cluster.url(database).parse()?, 1, Duration::from_secs(10));
    store.migrate().await.with_context(|| format!("{database} cannot be brought up to date"))?;
    store.close().await;
    // Indexes of expressions have statistics of their own.
    cluster.connect(database).await?.execute("ANALYZE claim_search").await?;
    Ok(())
}

/// Writes, for each change of the seed, what its seal covers besides what differs from copy to copy.
async fn write_seal_texts(connection: &mut PgConnection) -> anyhow::Result<()> {
    type Row = (String, i64, Option<Json<Value>>, Option<Json<Value>>, String, String);
    let text = |value: &Option<Json<Value>>| {
        value.as_ref().map_or_else(|| "null".to_owned(), |value| canonical(&value.0))
    };
    let mut after = (String::new(), 0);
    loop {
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT article_id, position, before, after, actor, reason FROM seed.change
              WHERE (article_id, position) > ($1, $2) ORDER BY article_id, position LIMIT $3",
        )
        .bind(&after.0)
        .bind(after.1)
        .bind(SEALED_AT_ONCE)
        .fetch_all(&mut *connection)
        .await?;
        let Some((article, position, ..)) = rows.last() else { break };
        after = (article.clone(), *position);
        let (mut articles, mut positions) = (Vec::new(), Vec::new());
        let (mut heads, mut middles, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for (article, position, before, after, actor, reason) in rows {
            articles.push(article);
            positions.push(position);
            heads.push(format!(
                "{{\"actor\":{},\"after\":{},\"article\":\"",
                Value::from(actor),
                text(&after)
            ));
            middles.push(format!("\",\"before\":{},\"change_time\":\"", text(&before)));
            tails.push(format!("\",\"reason\":{}}}", Value::from(reason)));
        }
        sqlx::query(
            "INSERT INTO seed.sealing
             SELECT c.article_id, c.position, c.claim_id, c.kind, c.before, c.after, c.actor, c.reason, c.change_time, head,
                    middle, tail
               FROM UNNEST($1::text[], $2::int8[], $3::text[], $4::text[], $5::text[])
                 AS item (article_id, position, head, middle, tail)
               JOIN seed.change c ON c.article_id = item.article_id AND c.position = item.position
              ORDER BY c.article_id, c.position",
        )
        .bind(articles)
        .bind(positions)
        .bind(heads)
        .bind(middles)
        .bind(tails)
        .execute(&mut *connection)
        .await?;
    }
    connection.execute("CREATE INDEX ON seed.sealing (article_id, position)").await?;
    Ok(())
}

/// What makes the indexes and keys of the tables again.
struct Indexes {
    indexes: Vec<String>,
    /// One after the other, behind the indexes: keys of a table lock it, and foreign ones need those that they lead to.
    keys: Vec<String>,
}

impl Indexes {
    /// Makes them; each core has one of the indexes under way.
    async fn make(self, cluster: &Cluster, database: &str) -> anyhow::Result<()> {
        let left = Arc::new(Mutex::new(self.indexes));
        let mut makers = JoinSet::new();
        for _ in 0..available_parallelism().map_or(1, NonZero::get) {
            let mut connection = cluster.connect(database).await?;
            let left = Arc::clone(&left);
            makers.spawn(async move {
                loop {
                    let Some(next) = left.lock().await.pop() else { return anyhow::Ok(()) };
                    connection.execute(AssertSqlSafe(next.clone())).await.with_context(|| next)?;
                }
            });
        }
        while let Some(made) = makers.join_next().await {
            made??;
        }
        let mut connection = cluster.connect(database).await?;
        for key in self.keys {
            connection.execute(AssertSqlSafe(key.clone())).await.with_context(|| key)?;
        }
        Ok(())
    }
}

/// Takes away all indexes and keys of the empty tables, and gives what makes them again.
async fn drop_indexes(connection: &mut PgConnection) -> anyhow::Result<Indexes> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
                format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
           FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f')
            AND conrelid <> 'stream_head'::regclass
          ORDER BY contype = 'f' DESC, conname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let (drops, mut keys): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    // Foreign keys go first, and come last.
    keys.reverse();
    for statement in drops {
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    // The last is made first: those of terms take longest.
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'stream_head'
          ORDER BY indexdef LIKE '% USING gin %', indexname",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut indexes = Vec::with_capacity(rows.len());
    for (index, definition) in rows {
        connection.execute(AssertSqlSafe(format!("DROP INDEX public.{index}"))).await?;
        indexes.push(definition);
    }
    Ok(Indexes { indexes, keys })
}

/// Copies the seed, in one transaction: what it writes into tables that it has emptied needs no log.
async fn copy(connection: &mut PgConnection, logged: bool, step: &impl Fn(&str)) -> anyhow::Result<()> {
    let mut tables = String::new();
    for table in COPIED {
        tables.push_str(&copy_of(connection, table).await?);
    }
    tables.push_str(
        "INSERT INTO public.address (address_id, article_id, number)
         SELECT encode(sha256(convert_to(uri, 'UTF8')), 'hex'), article_id, 1 FROM seed.copy;
         INSERT INTO public.article_version (address_id, number, article_id, create_time)
         SELECT encode(sha256(convert_to(uri, 'UTF8')), 'hex'), 1, article_id, create_time + shift FROM seed.copy;",
    );
    let mut transaction = connection.begin().await?;
    transaction.execute("TRUNCATE article, claim, point, source, review, queue, likeness, claim_search, change, address, article_version").await?;
    for pass in 0..COPIES {
        let mut sql = include_str!("pass.sql").replace(":tables", &tables);
        if logged {
            sql.push_str(include_str!("log.sql"));
        }
        for (name, value) in [
            (":time_terms", TIME_TERMS.to_owned()),
            (":passes", COPIES.to_string()),
            (":pass", pass.to_string()),
            (":first", FIRST.to_owned()),
            (":days", DAYS.to_string()),
        ] {
            sql = sql.replace(name, &value);
        }
        transaction.execute(AssertSqlSafe(sql)).await?;
        step(&format!("copy {} of {COPIES}", pass + 1));
    }
    transaction.commit().await?;
    Ok(())
}

/// The statement that copies a table.
async fn copy_of(connection: &mut PgConnection, table: &str) -> anyhow::Result<String> {
    let columns: Vec<(String,)> = sqlx::query_as(
        "SELECT attname::text FROM pg_attribute WHERE attrelid = ('public.' || $1)::regclass AND attnum > 0
            AND NOT attisdropped ORDER BY attnum",
    )
    .bind(table)
    .fetch_all(connection)
    .await?;
    ensure!(!columns.is_empty(), "there is no table {table}");
    let other: HashMap<&str, &str> = HashMap::from([
        ("article_id", "x.article_id"),
        ("uri", "x.uri"),
        ("publisher", "x.publisher"),
        ("create_time", "s.create_time + x.shift"),
        ("update_time", "s.update_time + x.shift"),
    ]);
    let names: Vec<String> = columns.iter().map(|(name,)| format!("\"{name}\"")).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|(name,)| {
            other.get(name.as_str()).map_or_else(|| format!("s.\"{name}\""), |value| (*value).to_owned())
        })
        .collect();
    Ok(format!(
        "INSERT INTO public.{table} ({}) SELECT {} FROM seed.{table} s JOIN seed.copy x ON x.old = s.article_id;\n",
        names.join(", "),
        values.join(", ")
    ))
}
