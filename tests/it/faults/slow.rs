//! A database that answers slowly, or not at all, or that the network has lost: no call waits for ever, the service says what
//! is wrong, and goes on by itself.

use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::super::harness::{self, Options, Server};
use super::super::observability::{get, value, wait_for, watched_with};
use super::super::samples::{article, reason, submission, submit};
use super::load::{Tolerance, Writers};
use super::way::Way;
use crate::cluster::Cluster;

/// Longer than the service takes to give up, and shorter than a person believes that it hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const SLOW: Tolerance = Tolerance { broken: false, reasons: &["DATABASE_UNAVAILABLE", "DEADLINE_EXCEEDED"] };

/// A service that waits two seconds for its database, with four connections that go this way.
fn start(way: &Way, name: &str) -> (Server, String) {
    let arguments = ["--database-timeout", "2000", "--search-timeout", "1000", "--database-connections", "4"];
    let arguments = arguments.map(str::to_owned).to_vec();
    watched_with(Options { database: Some(way.url(name)), arguments, ..Options::default() })
}

async fn world(name: &str) -> (Cluster, Way) {
    let cluster = Cluster::start();
    cluster.administer(&format!("CREATE DATABASE {name}"));
    let way = Way::to(cluster.socket()).await;
    (cluster, way)
}

/// What becomes of many calls at once, each with this deadline or none; all of them end.
async fn calls(server: &Server, number: usize, deadline: Option<Duration>) -> Vec<Status> {
    let client = server.articles();
    let calls: Vec<_> = (0..number)
        .map(|_| {
            let mut client = client.clone();
            let mut request = Request::new(v1::ListArticlesRequest::default());
            if let Some(deadline) = deadline {
                request.set_timeout(deadline);
            }
            tokio::spawn(async move { client.list_articles(request).await })
        })
        .collect();
    let mut refused = Vec::new();
    for call in calls {
        let ended = tokio::time::timeout(PATIENCE, call).await.expect("a call that ends").expect("no panic");
        refused.extend(ended.err());
    }
    refused
}

fn assert_away(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
    assert!(status.get_error_details().retry_info().is_some(), "{status:?}");
}

fn in_flight(probes: &str) -> f64 {
    value(&get(probes, "/metrics").1, "claimdesk_calls_in_flight").expect("the metric")
}

/// Writes until a write is acknowledged.
async fn heals(server: &Server, label: &str) {
    let began = Instant::now();
    let request =
        v1::SubmitArticleRequest { request_id: label.replace('/', "-"), ..submission(article(label)) };
    while let Err(status) = server.articles().submit_article(request.clone()).await {
        assert_away(&status);
        assert!(began.elapsed() < PATIENCE, "the service does not find its database again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_slow_database_deadlines_are_kept_and_nothing_piles_up() {
    let (_cluster, way) = world("slow").await;
    let (server, probes) = start(&way, "slow");
    let writers = Writers::start(&server.url(), "slow", 3, SLOW);
    writers.progress().await;
    way.delay(Duration::from_millis(700));
    let why = wait_for(&probes, "/readyz", 503);
    assert_eq!(why, "the database does not answer within a second\n");
    assert_eq!(get(&probes, "/livez").0, 200, "the process itself is well");
    let refused = calls(&server, 40, Some(Duration::from_millis(500))).await;
    assert_eq!(refused.len(), 40, "no answer takes less than a second");
    // On a machine with much else to do, the client's own clock may be the first.
    let told: Vec<_> = refused.iter().filter(|status| status.code() != Code::Cancelled).collect();
    assert!(!told.is_empty(), "the service is a little earlier than its callers");
    for status in told {
        assert_eq!((status.code(), reason(status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    }
    way.delay(Duration::ZERO);
    wait_for(&probes, "/readyz", 200);
    writers.progress().await;
    writers.finish(&server).await;
    assert!(in_flight(&probes) < 1.0, "calls are still under way");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_database_that_hangs_no_call_waits_for_ever() {
    let (_cluster, way) = world("hangs").await;
    let (server, probes) = start(&way, "hangs");
    let writers = Writers::start(&server.url(), "hangs", 3, SLOW);
    writers.progress().await;
    way.hang();
    wait_for(&probes, "/readyz", 503);
    assert_eq!(get(&probes, "/livez").0, 200, "the process itself is well");
    // More than there are connections, and none of them with a deadline.
    let refused = calls(&server, 20, None).await;
    assert_eq!(refused.len(), 20);
    refused.iter().for_each(assert_away);
    way.delay(Duration::ZERO);
    wait_for(&probes, "/readyz", 200);
    writers.progress().await;
    writers.finish(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_network_has_lost_are_given_up() {
    let (_cluster, way) = world("lost").await;
    let (server, probes) = start(&way, "lost");
    let writers = Writers::start(&server.url(), "lost", 6, SLOW);
    writers.progress().await;
    // Neither end is told. What the calls hold is given up, and what a lost transaction has locked is let go of.
    way.lose();
    let began = Instant::now();
    writers.progress().await;
    assert!(began.elapsed() < PATIENCE);
    wait_for(&probes, "/readyz", 200);
    assert!(writers.refused() > 0, "no call was on a lost connection");
    writers.finish(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_ends_the_service_while_its_database_hangs() {
    let (_cluster, way) = world("ends").await;
    let (server, _) = start(&way, "ends");
    submit(&server, "faults/ends").await;
    way.hang();
    // A call that is under way, and what is tidied up at the start perhaps.
    let mut client = server.articles();
    let call = tokio::spawn(async move { client.list_articles(v1::ListArticlesRequest::default()).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    let _ = call.await;
}

#[test]
fn a_signal_ends_the_service_while_it_tidies_up() {
    let database = harness::database();
    drop(Server::start_with(Options { database: Some(database.clone()), ..Options::default() }));
    // Locks what tidying up begins with, for as long as this test looks.
    let holder = {
        let database = database.clone();
        std::thread::spawn(move || {
            harness::query(
                &database,
                "BEGIN; LOCK TABLE request IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(20); ROLLBACK",
            );
        })
    };
    let locked = "SELECT count(*) FROM pg_locks WHERE relation = 'request'::regclass AND granted
                     AND mode = 'AccessExclusiveLock'";
    wait_until(|| harness::number(&database, locked) == 1);
    let server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    let waiting = "SELECT count(*) FROM pg_locks WHERE relation = 'request'::regclass AND NOT granted";
    wait_until(|| harness::number(&database, waiting) == 1);
    let began = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(began.elapsed() < Duration::from_secs(15), "it waited for the lock");
    harness::query(
        &database,
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity
          WHERE datname = current_database() AND query LIKE 'BEGIN; LOCK%'",
    );
    let _ = holder.join();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_does_not_wait_for_ever_for_a_database_that_hangs_at_its_start() {
    let cluster = Cluster::start();
    let way = Way::to(cluster.socket()).await;
    way.hang();
    let url = way.url("postgres");
    let options = Options { database: Some(url), ..Options::default() };
    let started = tokio::task::spawn_blocking(move || Server::spawn(options).err());
    let log = started.await.expect("no panic").expect("a service that does not start");
    assert!(log.contains("the database did not answer within 5 s"), "{log}");
    assert!(log.contains("DATABASE_URL"), "it says what to look at:\n{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_after_a_hang_is_done_once() {
    let (_cluster, way) = world("once").await;
    let (server, _) = start(&way, "once");
    heals(&server, "faults/once/0").await;
    way.hang();
    let label = "faults/once/1";
    let request =
        v1::SubmitArticleRequest { request_id: "faults-once-1".to_owned(), ..submission(article(label)) };
    let status = server.articles().submit_article(request).await.expect_err("no answer");
    assert_away(&status);
    way.delay(Duration::ZERO);
    heals(&server, label).await;
    let all = server.articles().list_articles(v1::ListArticlesRequest::default()).await.expect("a list");
    assert_eq!(all.into_inner().articles.len(), 2);
}

#[track_caller]
fn wait_until(mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "it does not come to that");
        std::thread::sleep(Duration::from_millis(20));
    }
}
