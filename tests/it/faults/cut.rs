//! Connections to the database are cut, again and again, while the service writes.

use std::time::Duration;

use super::super::harness::{self, Options, Proxy, Server};
use super::load::{DATABASE_AWAY, Writers};

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_database_ends_are_made_again() {
    let database = harness::database();
    let server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    let writers = Writers::start(&server.url(), "ended", 6, DATABASE_AWAY);
    for _ in 0..30 {
        writers.progress().await;
        harness::query(
            &database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND application_name = 'claimdesk'",
        );
    }
    writers.progress().await;
    assert!(writers.refused() > 0, "no connection was in use when it was ended");
    writers.finish(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_network_cuts_are_made_again() {
    let mut way = Proxy::open();
    let server = Server::start_with(Options { database: Some(way.database()), ..Options::default() });
    let writers = Writers::start(&server.url(), "cut", 6, DATABASE_AWAY);
    for _ in 0..5 {
        writers.progress().await;
        way.close();
        tokio::time::sleep(Duration::from_millis(100)).await;
        way.reopen();
    }
    writers.progress().await;
    assert!(writers.refused() > 0, "no connection was in use when it was cut");
    writers.finish(&server).await;
}
