//! PostgreSQL is killed, with all its processes, while the service writes: one that the test starts again, and the service's
//! own, which it starts again by itself.

use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::super::durability::postmaster;
use super::super::harness::{self, Options, alive};
use super::super::observability::{get, wait_for, watched_with};
use super::super::samples::reason;
use super::load::{DATABASE_AWAY, Writers};
use crate::cluster::{Cluster, kill_all};

const KILLS: usize = 20;
const KILLS_OF_PRIVATE: usize = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_twenty_times_has_each_acknowledged_write_once() {
    let mut random = fastrand::Rng::with_seed(20_240_620);
    let mut cluster = Cluster::start();
    cluster.administer("CREATE DATABASE killed");
    let (server, probes) =
        watched_with(Options { database: Some(cluster.url("killed")), ..Options::default() });
    let writers = Writers::start(&server.url(), "postgres", 6, DATABASE_AWAY);
    for round in 0..KILLS {
        writers.progress().await;
        tokio::time::sleep(Duration::from_micros(random.u64(..50_000))).await;
        cluster.kill();
        if round % 5 == 0 {
            let why = wait_for(&probes, "/readyz", 503);
            assert!(why.starts_with("the database"), "{why}");
            assert_eq!(get(&probes, "/livez").0, 200, "the process itself is well");
            let status =
                server.articles().list_articles(v1::ListArticlesRequest::default()).await.unwrap_err();
            assert_eq!(
                (status.code(), reason(&status).as_str()),
                (Code::Unavailable, "DATABASE_UNAVAILABLE")
            );
            assert!(status.get_error_details().retry_info().is_some(), "{status:?}");
        }
        cluster.start_again();
        wait_for(&probes, "/readyz", 200);
    }
    writers.progress().await;
    assert!(writers.refused() > 0, "the database was not killed under load");
    writers.finish(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_private_postgresql_is_started_again_after_each_kill() {
    let mut random = fastrand::Rng::with_seed(20_240_621);
    let data = harness::scratch("private").join("data");
    let (server, probes) = watched_with(Options { data: Some(data.clone()), ..Options::default() });
    let writers = Writers::start(&server.url(), "private", 4, DATABASE_AWAY);
    for round in 0..KILLS_OF_PRIVATE {
        writers.progress().await;
        tokio::time::sleep(Duration::from_micros(random.u64(..50_000))).await;
        let (pid, _) = postmaster(&data).expect("a private PostgreSQL");
        if round % 2 == 0 {
            kill_all(pid);
        } else {
            // Its children notice by themselves, and are in the way of the next one until they do.
            harness::kill("KILL", pid);
        }
        let began = Instant::now();
        while postmaster(&data).is_none_or(|(next, _)| next == pid || !alive(next)) {
            assert!(began.elapsed() < Duration::from_secs(60), "it is not started again:\n{}", server.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        wait_for(&probes, "/readyz", 200);
    }
    writers.progress().await;
    assert!(writers.refused() > 0, "the database was not killed under load");
    writers.finish(&server).await;
}
