//! What the service does under load, beside what the same machine can do at best in the same run. Ends with 1 where a target is
//! missed.
//!
//! `make bench-load` runs it; SECONDS says how long each measurement takes, ONLY which parts are run, DIR where its PostgreSQL
//! lies meanwhile.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

#[path = "load/capture.rs"]
mod capture;
#[path = "common/cluster.rs"]
mod cluster;
#[path = "load/echo.rs"]
mod echo;
#[path = "load/generator.rs"]
mod generator;
#[path = "load/parts.rs"]
mod parts;
#[path = "load/processes.rs"]
mod processes;
#[path = "load/profile.rs"]
mod profile;
#[path = "load/replay.rs"]
mod replay;
#[path = "load/report.rs"]
mod report;
#[path = "load/room.rs"]
mod room;
#[path = "load/streams.rs"]
mod streams;
#[path = "common/texts.rs"]
#[expect(dead_code, reason = "some of it only the other benchmarks need")]
mod texts;

use std::{env, path::Path, process::ExitCode, time::Duration};

use anyhow::{Context as _, bail, ensure};
use parts::Part;
use report::Report;
use room::Room;
use tokio::signal::unix::{SignalKind, signal};

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments: Vec<_> = env::args_os().collect();
    if let [_, argument, folder] = &arguments[..]
        && argument == echo::ARGUMENT
    {
        echo::serve(Path::new(folder)).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut terminated = signal(SignalKind::terminate())?;
    // What was started is stopped as `run` is dropped.
    tokio::select! {
        ended = run() => ended,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminated.recv() => bail!("terminated"),
    }
}

async fn run() -> anyhow::Result<ExitCode> {
    let seconds = env::var("SECONDS").unwrap_or_else(|_| "10".to_owned());
    let seconds = seconds.parse::<u64>().ok().filter(|seconds| *seconds > 0);
    let lasting = Duration::from_secs(seconds.context("SECONDS is not a number of seconds such as 10")?);
    let only = env::var("ONLY").unwrap_or_default();
    let only: Vec<&str> = only.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    for name in &only {
        let names = Part::ALL.map(Part::name).join(", ");
        ensure!(
            Part::ALL.iter().any(|part| part.name() == *name),
            "ONLY has {name}, which is none of {names}"
        );
    }
    let folder = env::var_os("DIR").unwrap_or_else(|| env!("CARGO_TARGET_TMPDIR").into());
    let mut room = Room::open(Path::new(&folder), lasting).await?;
    let mut report = Report::default();
    for part in Part::ALL {
        if only.is_empty() || only.contains(&part.name()) {
            part.run(&mut room, &mut report).await?;
        }
    }
    let missed = report.print_targets();
    Ok(if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
