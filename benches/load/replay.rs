//! The same rows by pgbench: the statements that the service was seen to send, with the same values, in the same number of
//! round trips, on as many connections. What must differ from article to article is made anew, by pgbench or in the
//! statement: the article's identifier, its address, its shard, its place in the change log, the time.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context as _, ensure};
use hdrhistogram::Histogram;
use regex::{Captures, Regex};
use sha2::{Digest as _, Sha256};
use sqlx::{Executor as _, PgConnection, Postgres, QueryBuilder};

use crate::{
    capture::{Captured, Statement},
    cluster::Cluster,
    generator::histogram,
    processes::{Clock, Shares, Watched},
};

/// How many articles a client stores before it takes another text: to fetch one is a round trip that the service has not.
const SAME_TEXT: u32 = 20;
/// Larger numbers are moments in microseconds.
const MOMENT: i64 = 1_000_000_000_000_000;

/// Where the value of a parameter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// It is that of the text.
    Value,
    /// The identifier of the article, and a list of nothing else.
    Article,
    Articles,
    Uri,
    Address,
    Shards,
    /// The last place in the log, and all places.
    LastPlace,
    Places,
    /// The moment of the transaction, and a list of nothing else.
    Now,
    Moments,
}

/// In this order: the list of one shard could be taken for one of places.
const SLOTS: [Slot; 9] = [
    Slot::Article,
    Slot::Uri,
    Slot::Address,
    Slot::Articles,
    Slot::Now,
    Slot::Moments,
    Slot::Shards,
    Slot::LastPlace,
    Slot::Places,
];

impl Slot {
    /// Whether a value that was seen is one of these.
    fn fits(self, captured: &Captured, statement: &Statement, value: &str) -> bool {
        let logs = statement.text.contains("stream_head");
        let writes_log = logs && statement.text.contains("INSERT INTO change");
        let items = items(value);
        let all = |wanted: &str| !items.is_empty() && items.iter().all(|item| *item == wanted);
        match self {
            Self::Value => true,
            Self::Article => value == captured.article,
            Self::Articles => all(&captured.article),
            Self::Uri => value == captured.uri,
            Self::Address => value == address(&captured.uri),
            Self::Shards => logs && all(&shard(&captured.article).to_string()),
            Self::LastPlace => writes_log && items.len() == 1 && numbers(&items).is_some(),
            Self::Places => {
                writes_log
                    && numbers(&items)
                        .is_some_and(|numbers| numbers.windows(2).all(|two| two[1] == two[0] + 1))
            }
            Self::Now => {
                value.get(..5).is_some_and(|year| year.starts_with("20") && year.ends_with('-')) && writes_log
            }
            Self::Moments => numbers(&items).is_some_and(|numbers| {
                numbers.iter().all(|number| *number > MOMENT && *number == numbers[0])
            }),
        }
    }

    /// What stands in the statement instead of the parameter.
    fn expression(self, name: &str) -> String {
        let count = format!(":{name}_n::integer");
        match self {
            Self::Value => format!(":{name}"),
            Self::Article => ":id::text".to_owned(),
            Self::Articles => format!("array_fill(:id::text, ARRAY[{count}])"),
            Self::Uri => "('https://load.example/' || :id::text)".to_owned(),
            Self::Address => "repeat(:id::text, 4)".to_owned(),
            Self::Shards => format!("array_fill(:shard::integer, ARRAY[{count}])"),
            Self::LastPlace => "ARRAY[:head_position::bigint + :changes::integer]".to_owned(),
            Self::Places => format!(
                "ARRAY(SELECT generate_series(:head_position::bigint + 1, :head_position::bigint + {count}))"
            ),
            Self::Now => ":head_now::timestamptz".to_owned(),
            Self::Moments => {
                format!("array_fill((extract(epoch FROM now()) * 1000000)::bigint, ARRAY[{count}])")
            }
        }
    }

    /// Whether the length of the list is needed.
    const fn counts(self) -> bool {
        matches!(self, Self::Articles | Self::Shards | Self::Places | Self::Moments)
    }
}

/// The items of a list without any that are quoted.
fn items(value: &str) -> Vec<&str> {
    let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    inner.filter(|inner| !inner.is_empty()).map(|inner| inner.split(',').collect()).unwrap_or_default()
}

fn numbers(items: &[&str]) -> Option<Vec<i64>> {
    let numbers: Option<Vec<i64>> = items.iter().map(|item| item.parse().ok()).collect();
    numbers.filter(|numbers| !numbers.is_empty())
}

/// As the store makes them: src/store/version.rs, src/store/article.rs.
fn address(uri: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(uri))
}

fn shard(article: &str) -> u8 {
    Sha256::digest(article)[0] % 32
}

/// A script for pgbench, and the values that it takes from the table `bench.text`.
#[derive(Debug)]
pub(crate) struct Replay {
    script: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
    /// How many statements the transaction has, BEGIN and COMMIT among them.
    pub(crate) statements: usize,
}

impl Replay {
    pub(crate) fn new(captured: &[Captured]) -> anyhow::Result<Self> {
        let last = captured.last().context("the log shows no article that was stored")?;
        // A connection's first transaction also asks for types.
        let texts = |captured: &Captured| -> Vec<String> {
            captured.statements.iter().map(|statement| statement.text.clone()).collect()
        };
        let same: Vec<&Captured> = captured.iter().filter(|one| texts(one) == texts(last)).collect();
        ensure!(same.len() * 10 > captured.len() * 9, "articles are stored by different statements");
        let mut replay = Self {
            script: String::new(),
            columns: vec!["changes".to_owned()],
            rows: same
                .iter()
                .map(|one| Ok(vec![changes(one)?.to_string()]))
                .collect::<anyhow::Result<_>>()?,
            statements: last.statements.len(),
        };
        let mut transaction = String::new();
        for (at, statement) in last.statements.iter().enumerate() {
            transaction.push_str(&replay.statement(&same, at, statement)?);
        }
        let columns = replay.columns.join(", ");
        replay.script = format!(
            "\\if :calls % {SAME_TEXT} = 0\n\\set number random(0, {})\n\
             SELECT {columns} FROM bench.text WHERE number = :number \\gset\n\\endif\n\\set calls :calls + 1\n\
             \\set id random({MOMENT}, {})\n\\set shard random(0, 31)\n{transaction}",
            same.len() - 1,
            MOMENT * 9 - 1
        );
        Ok(replay)
    }

    /// A statement with expressions instead of its parameters.
    fn statement(&mut self, captured: &[&Captured], at: usize, last: &Statement) -> anyhow::Result<String> {
        let mut expressions = Vec::new();
        for number in 0..last.parameters.len() {
            let name = format!("s{at}_{}", number + 1);
            let mut values = Vec::new();
            for one in captured {
                let statement = &one.statements[at];
                let value =
                    statement.parameters.get(number).context("a parameter that is not always there")?;
                values.push((*one, statement, value));
            }
            let fits =
                |slot: &Slot| values.iter().all(|(one, statement, value)| slot.fits(one, statement, value));
            let slot = SLOTS.into_iter().find(fits).unwrap_or(Slot::Value);
            if slot == Slot::Value {
                self.columns.push(name.clone());
            } else if slot.counts() {
                self.columns.push(format!("{name}_n"));
            }
            for ((_, _, value), row) in values.iter().zip(&mut self.rows) {
                if slot == Slot::Value {
                    row.push((*value).clone());
                } else if slot.counts() {
                    row.push(items(value).len().to_string());
                }
            }
            expressions.push(slot.expression(&name));
        }
        let parameter = Regex::new(r"\$(\d+)")?;
        let text = parameter.replace_all(&last.text, |found: &Captures<'_>| {
            let number = found[1].parse::<usize>().unwrap_or_default();
            expressions.get(number - 1).cloned().unwrap_or_default()
        });
        let end = if text.contains("FOR UPDATE") { " \\gset head_\n" } else { ";\n" };
        Ok(format!("{text}{end}"))
    }

    /// Stores the values in a database.
    pub(crate) async fn prepare(&self, connection: &mut PgConnection) -> anyhow::Result<()> {
        let columns: Vec<_> = self.columns.iter().map(|name| format!("{name} text")).collect();
        let plain: Vec<_> =
            self.columns.iter().map(|name| format!("ALTER COLUMN {name} SET STORAGE EXTERNAL")).collect();
        let sql = format!(
            "CREATE SCHEMA bench; CREATE TABLE bench.text (number integer PRIMARY KEY, {}); ALTER TABLE bench.text {}",
            columns.join(", "),
            plain.join(", ")
        );
        connection.execute(sqlx::AssertSqlSafe(sql)).await?;
        for (number, row) in (0..).zip(&self.rows) {
            let mut sql = QueryBuilder::<Postgres>::new("INSERT INTO bench.text VALUES (");
            let mut values = sql.separated(", ");
            values.push_bind::<i32>(number);
            for value in row {
                values.push_bind(value);
            }
            sql.push(")").build().execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Lets pgbench store articles for some time.
    pub(crate) fn run(
        &self,
        cluster: &Cluster,
        database: &str,
        connections: usize,
        lasting: Duration,
    ) -> anyhow::Result<Ceiling> {
        let folder = tempfile::Builder::new().prefix("claimdesk-bench-").tempdir()?;
        let script = folder.path().join("script.sql");
        fs::write(&script, &self.script)?;
        let seconds = lasting.as_secs().max(1).to_string();
        let clock = Clock::start(Watched { service: None, postgres: cluster.pid() });
        let mut pgbench = cluster.client("pgbench");
        pgbench.args(["-n", "-M", "prepared", "-j", "2", "-D", "calls=0", "-T", &seconds, "-l"]);
        pgbench.args(["-c", &connections.to_string(), "--log-prefix"]).arg(folder.path().join("log"));
        let output =
            pgbench.arg("-f").arg(&script).arg(database).output().context("pgbench does not start")?;
        let (said, complaints) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "pgbench failed: {complaints}");
        let rate = Regex::new(r"tps = ([0-9.]+)")?.captures(&said).context("pgbench tells no rate")?;
        Ok(Ceiling { rate: rate[1].parse()?, took: took(folder.path())?, shares: clock.shares() })
    }
}

/// How many rows of the change log a transaction wrote.
fn changes(captured: &Captured) -> anyhow::Result<usize> {
    let writes = |statement: &&Statement| statement.text.contains("INSERT INTO change");
    let statement = captured.statements.iter().find(writes).context("no statement writes the log")?;
    let lengths = statement.parameters.iter().map(|value| items(value));
    let places =
        lengths.filter(|items| items.len() > 1 && items.iter().all(|item| *item == captured.article));
    places.map(|items| items.len()).max().context("no row of the log")
}

/// What PostgreSQL does by itself.
#[derive(Debug)]
pub(crate) struct Ceiling {
    pub(crate) rate: f64,
    /// In microseconds.
    pub(crate) took: Histogram<u64>,
    pub(crate) shares: Shares,
}

/// How long each transaction took, by pgbench's logs.
fn took(folder: &Path) -> anyhow::Result<Histogram<u64>> {
    let mut histogram = histogram()?;
    for file in fs::read_dir(folder)? {
        let file = file?;
        if !file.file_name().to_string_lossy().starts_with("log.") {
            continue;
        }
        for line in fs::read_to_string(file.path())?.lines() {
            let microseconds = line.split(' ').nth(2).context("a line of pgbench's log without a time")?;
            histogram.saturating_record(microseconds.parse()?);
        }
    }
    Ok(histogram)
}
