//! What is measured, and beside it what it is held against: the service on a durable PostgreSQL, and a second database that
//! began the same.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use sqlx::{Executor as _, PgConnection};
use tempfile::TempDir;

use crate::{
    capture,
    cluster::{Cluster, Purpose, Service},
    generator::{Articles, Call, Callers, closed},
    processes::Watched,
    replay::Replay,
};

/// What runs before anything counts.
pub(crate) const WARM_UP: Duration = Duration::from_secs(2);
/// The connections of the service to its database, which are its default, and of pgbench.
pub(crate) const CONNECTIONS: usize = 8;
/// The databases: one for the service, one for pgbench, and what both began as.
pub(crate) const SERVED: &str = "served";
pub(crate) const REPLAYED: &str = "replayed";
const CAPTURED: &str = "captured";
/// Where the rows of an article stand.
const TABLES: [&str; 11] = [
    "article",
    "claim",
    "point",
    "source",
    "queue",
    "likeness",
    "claim_search",
    "change",
    "address",
    "article_version",
    "word",
];

/// All that is running.
pub(crate) struct Room {
    // In the order in which they are to end.
    pub(crate) service: Service,
    pub(crate) cluster: Cluster,
    pub(crate) callers: Callers,
    pub(crate) articles: Arc<Articles>,
    pub(crate) replay: Replay,
    pub(crate) lasting: Duration,
    /// How many articles the service stores a second at most; `None` as long as that was not measured.
    pub(crate) peak: Option<f64>,
    _folder: TempDir,
}

impl Room {
    /// Starts PostgreSQL in a folder of its own, looks at what the service sends to store articles, and starts the service.
    pub(crate) async fn open(folder: &Path, lasting: Duration) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)?;
        let folder = tempfile::Builder::new().prefix("load-").tempdir_in(folder)?;
        // PostgreSQL may run as somebody else.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
        let mut cluster = Cluster::open(folder.path())?;
        cluster.start(Purpose::Serve)?;
        let mut connection = cluster.connect("postgres").await?;
        connection.execute("CREATE DATABASE captured").await?;
        connection.execute("ALTER DATABASE captured SET log_statement = 'all'").await?;
        let articles = Arc::new(Articles::new());
        {
            let service = Service::start(&cluster.url(CAPTURED))?;
            let callers = Callers::connect(service.address(), &articles).await?;
            for _ in articles.texts() {
                callers.call(Call::Submit).await.context("SubmitArticle")?;
            }
        }
        let replay = Replay::new(&capture::read(&cluster.log())?)?;
        for database in [SERVED, REPLAYED] {
            let sql = format!("CREATE DATABASE {database} TEMPLATE {CAPTURED}");
            connection.execute(sqlx::AssertSqlSafe(sql)).await?;
        }
        replay.prepare(&mut cluster.connect(REPLAYED).await?).await?;
        let service = Service::start(&cluster.url(SERVED))?;
        let callers = Callers::connect(service.address(), &articles).await?;
        let room = Self { service, cluster, callers, articles, replay, lasting, peak: None, _folder: folder };
        for call in [Call::Submit, Call::Extract] {
            closed(&room.callers, call, CONNECTIONS, WARM_UP, room.watched()).await?.whole()?;
        }
        Ok(room)
    }

    /// Ends the service and starts it again: with new connections, and little memory.
    pub(crate) async fn restart(&mut self) -> anyhow::Result<()> {
        self.service = Service::start(&self.cluster.url(SERVED))?;
        self.callers = Callers::connect(self.service.address(), &self.articles).await?;
        Ok(())
    }

    pub(crate) fn watched(&self) -> Watched {
        Watched { service: Some(self.service.pid()), postgres: self.cluster.pid() }
    }

    /// How many rows an article has, in the database of the service and in that of pgbench.
    pub(crate) async fn rows_per_article(&self) -> anyhow::Result<[f64; 2]> {
        let mut rows = [0.0; 2];
        for (database, rows) in [SERVED, REPLAYED].into_iter().zip(&mut rows) {
            *rows = rows_per_article(&mut self.cluster.connect(database).await?).await?;
        }
        Ok(rows)
    }
}

async fn rows_per_article(connection: &mut PgConnection) -> anyhow::Result<f64> {
    let counts = TABLES.map(|table| format!("(SELECT count(*) FROM {table})")).join(" + ");
    let sql = format!("SELECT ({counts})::float8 / (SELECT count(*) FROM article)");
    let (rows,): (f64,) = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_one(connection).await?;
    Ok(rows)
}
