//! The service is killed fifty times while it writes.

use std::time::Duration;

use super::super::harness::{self, Options, Server};
use super::load::{SERVICE_AWAY, Writers};

const KILLS: usize = 50;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_fifty_times_has_each_acknowledged_write_once() {
    let mut random = fastrand::Rng::with_seed(20_240_619);
    let database = harness::database();
    let mut server = Server::start_with(Options { database: Some(database.clone()), ..Options::default() });
    let listen = Some(server.address().to_owned());
    let writers = Writers::start(&server.url(), "service", 6, SERVICE_AWAY);
    writers.progress().await;
    for round in 0..KILLS {
        // At any moment of the first calls, for which the service first makes itself ready; and of those behind them.
        let most = if round % 2 == 0 { 150_000 } else { 30_000 };
        if round % 2 == 1 {
            writers.one_more().await;
        }
        tokio::time::sleep(Duration::from_micros(random.u64(..most))).await;
        server.signal("KILL");
        server.wait();
        let options =
            Options { database: Some(database.clone()), listen: listen.clone(), ..Options::default() };
        server = Server::start_with(options);
    }
    writers.progress().await;
    let (acknowledged, refused) = (writers.acknowledged(), writers.refused());
    assert!(refused >= KILLS, "{refused} calls broke: the service was not killed under load");
    assert!(acknowledged >= KILLS / 2, "{acknowledged} articles: hardly anything was written");
    writers.finish(&server).await;
}
