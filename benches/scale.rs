//! What calls cost with ten thousand, a million and ten million stored claims. Ends with 1 where the 99th percentile of a
//! call is more than 1.5 times that with the fewest claims.
//!
//! `make bench-scale` runs it; SIZES names the numbers of claims, DIR where the databases lie, ROUNDS how often 500 of each call
//! are measured. Databases that are there are used again.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

#[path = "scale/check.rs"]
mod check;
#[path = "common/cluster.rs"]
#[expect(dead_code, reason = "some of it only the other benchmarks need")]
mod cluster;
#[path = "scale/data.rs"]
mod data;
#[path = "scale/measure.rs"]
mod measure;
#[path = "scale/seed.rs"]
mod seed;
#[path = "scale/submission.rs"]
mod submission;
#[path = "common/texts.rs"]
#[expect(dead_code, reason = "some of it only the other benchmarks need")]
mod texts;

use std::{env, path::PathBuf, process::ExitCode};

use anyhow::{Context as _, bail, ensure};
use cluster::{Cluster, Purpose, Service};
use measure::{Call, Caller};
use sqlx::{Executor as _, PgConnection};
use tokio::signal::unix::{SignalKind, signal};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How many times as long as with the fewest claims a call may take.
const LIMIT: f64 = 1.5;
/// About what a claim takes on the disk, and for how many a second makes the rows and their indexes.
const BYTES_PER_CLAIM: u64 = 5_500;
const CLAIMS_PER_SECOND: u64 = 3_000;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut terminated = signal(SignalKind::terminate())?;
    // What was started is stopped as `run` is dropped.
    tokio::select! {
        ended = run() => ended,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminated.recv() => bail!("terminated"),
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let sizes = env::var("SIZES").unwrap_or_else(|_| "10000,1000000,10000000".to_owned());
    let sizes = sizes.split(',').map(|size| size.trim().parse::<u64>()).collect::<Result<Vec<_>, _>>();
    let mut sizes = sizes.context("SIZES is not a list of numbers such as 10000,1000000")?;
    sizes.sort_unstable();
    sizes.dedup();
    ensure!(sizes.first().is_some_and(|least| *least >= 10_000), "each of SIZES must be at least 10000");
    let rounds = env::var("ROUNDS").unwrap_or_else(|_| "6".to_owned());
    let rounds = rounds.parse::<usize>().ok().filter(|rounds| *rounds > 0);
    let rounds = rounds.context("ROUNDS is not a number of rounds such as 6")?;
    let folder = PathBuf::from(env::var_os("DIR").context("DIR does not say where the databases shall lie")?);
    let mut cluster = Cluster::open(&folder)?;
    cluster.start(Purpose::Load)?;
    let mut missing = Vec::new();
    for size in &sizes {
        if !data::exists(&cluster, *size).await? {
            missing.push(*size);
        }
    }
    let claims: u64 = missing.iter().sum();
    if claims > 0 {
        println!(
            "{claims} claims are made in {}: about {} GB, while they are made a fifth more, in about {} minutes on two \
             cores.",
            folder.display(),
            claims * BYTES_PER_CLAIM / 1_000_000_000 + 1,
            claims / CLAIMS_PER_SECOND / 60 + 1
        );
    }
    for size in missing {
        data::make(&mut cluster, size).await?;
    }
    // Those of a version before are brought up to date where that is fast.
    cluster.start(Purpose::Load)?;
    for size in &sizes {
        data::migrate(&cluster, &data::name(*size)).await?;
    }
    cluster.start(Purpose::Serve)?;
    let (mut services, mut callers, mut connections) = (Vec::new(), Vec::new(), Vec::new());
    for size in &sizes {
        let service = Service::start(&cluster.url(&data::name(*size)))?;
        check::check(&cluster, *size, &service).await?;
        let mut connection = cluster.connect(&data::name(*size)).await?;
        callers.push(Caller::new(&service, &mut connection).await?);
        services.push(service);
        connections.push(connection);
    }
    let slow = report(&sizes, &mut callers, rounds).await?;
    report_submissions(&sizes, &services, &mut connections, cluster.counts_statements()).await?;
    for (call, size, ratio) in &slow {
        println!(
            "{call} with {size} claims takes {ratio:.2} times as long as with the fewest (at most {LIMIT})"
        );
    }
    Ok(if slow.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Measures all calls and prints what they took; gives those that took too long.
async fn report(
    sizes: &[u64],
    callers: &mut [Caller],
    rounds: usize,
) -> anyhow::Result<Vec<(&'static str, u64, f64)>> {
    let mut slow = Vec::new();
    println!(
        "\n{:<44} {:>10} {:>8} {:>9} {:>9} {:>7} {:>7}",
        "call", "claims", "answered", "p50, ms", "p99, ms", "of p50", "of p99"
    );
    for call in Call::ALL {
        let took = measure::measure(call, callers, rounds).await?;
        for (size, of_size) in sizes.iter().zip(&took) {
            let ratio = |value: fn(&measure::Took) -> u64| {
                milliseconds(value(of_size)) / milliseconds(value(&took[0])).max(1e-3)
            };
            let (median, p99) = (ratio(|took| took.median), ratio(|took| took.p99));
            println!(
                "{:<44} {size:>10} {:>8.2} {:>9.2} {:>9.2} {median:>7.2} {p99:>7.2}",
                call.name(),
                of_size.answered,
                milliseconds(of_size.median),
                milliseconds(of_size.p99),
            );
            if p99 > LIMIT {
                slow.push((call.name(), *size, p99));
            }
        }
    }
    Ok(slow)
}

/// Prints what it costs to store an article, and what of that is for finding its claims.
async fn report_submissions(
    sizes: &[u64],
    services: &[Service],
    connections: &mut [PgConnection],
    counted: bool,
) -> anyhow::Result<()> {
    println!(
        "\n{:<44} {:>10} {:>8} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7}",
        "call", "claims", "claims", "p50, ms", "p99, ms", "terms", "like", "terms", "claims"
    );
    for ((size, service), connection) in sizes.iter().zip(services).zip(connections) {
        if counted {
            connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements").await?;
        }
        let cost = submission::measure(service, connection, counted).await?;
        let share = |share: Option<f64>| {
            share.map_or_else(|| "-".to_owned(), |share| format!("{:.0} %", share * 100.0))
        };
        println!(
            "{:<44} {size:>10} {:>8.1} {:>9.2} {:>9.2} {:>7.1} {:>7.1} {:>7} {:>7}",
            "SubmitArticle, taken back",
            cost.claims_per_article,
            milliseconds(cost.median),
            milliseconds(cost.p99),
            cost.terms_per_claim,
            cost.likenesses_per_claim,
            share(cost.share_of_terms),
            share(cost.share_of_claims),
        );
    }
    Ok(())
}

fn milliseconds(microseconds: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "far less than a year")]
    let milliseconds = microseconds as f64 / 1e3;
    milliseconds
}
