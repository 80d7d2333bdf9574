//! Reads that go to a standby, and callers who find there what they have written.

use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tonic::{Code, Request};

use super::cluster::Cluster;
use super::harness::{self, Options, Server};
use super::samples::{decision, first_claim};

/// The metadata key of a place in the log.
const POSITION: &str = "claimdesk-position";

/// A service that writes to the one and reads from the other.
fn serve(primary: &Cluster, standby: &Cluster, lag: &str) -> Server {
    let replica = standby.url("desk");
    let arguments = ["--replica-url", &replica, "--replica-staleness", lag].map(str::to_owned).to_vec();
    Server::start_with(Options { database: Some(primary.url("desk")), arguments, ..Options::default() })
}

/// The state of a claim, for a caller who needs a position or none.
async fn state(server: &Server, claim: &str, position: Option<&str>) -> String {
    let mut request = Request::new(v1::GetClaimRequest { name: claim.to_owned() });
    if let Some(position) = position {
        request.metadata_mut().insert(POSITION, position.parse().expect("a value"));
    }
    let answer = server.claims().get_claim(request).await.expect("a claim").into_inner();
    answer.claim.expect("a claim").state
}

async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}: not yet");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_go_to_the_standby_and_who_has_written_finds_it() {
    let primary = Cluster::start();
    primary.administer("CREATE DATABASE desk");
    let mut standby = primary.standby();
    // Longer than any test takes: reads stay with the standby however far it is behind.
    let patient = serve(&primary, &standby, "3600");
    let claim = first_claim(&patient, "replica/claim").await.name;
    let told = |server: &Server| server.log().contains("reads go to the replica");
    eventually("the standby is used", async || told(&patient)).await;
    let replayed = || harness::number(&standby.url("desk"), "SELECT count(*) FROM claim");
    eventually("the standby has the claim", async || replayed() > 0).await;

    harness::query(&standby.url("postgres"), "SELECT pg_wal_replay_pause()");
    let reviewed = patient.reviews().review_claim(decision(&claim, "VERIFIED")).await.expect("a review");
    let position =
        reviewed.metadata().get(POSITION).expect("where the write is").to_str().expect("text").to_owned();
    assert_eq!(state(&patient, &claim, None).await, "UNREVIEWED", "the standby does not have it yet");
    assert_eq!(state(&patient, &claim, Some(&position)).await, "VERIFIED", "who has written finds it");
    let mut list = Request::new(v1::ListReviewsRequest { parent: claim.clone(), ..Default::default() });
    list.metadata_mut().insert(POSITION, position.parse().expect("a value"));
    assert_eq!(patient.reviews().list_reviews(list).await.expect("reviews").into_inner().reviews.len(), 1);

    // One that takes a standby only if it is no more than a second behind.
    let strict = serve(&primary, &standby, "1");
    eventually("reads go where the claim is", async || state(&strict, &claim, None).await == "VERIFIED")
        .await;

    harness::query(&standby.url("postgres"), "SELECT pg_wal_replay_resume()");
    eventually("the standby follows", async || state(&patient, &claim, None).await == "VERIFIED").await;
    assert_eq!(state(&patient, &claim, Some(&position)).await, "VERIFIED");

    // Without the standby, everything goes on.
    standby.kill();
    for position in [None, Some(position.as_str())] {
        assert_eq!(state(&patient, &claim, position).await, "VERIFIED");
    }
    standby.start_again();
    let times = |server: &Server| server.log().matches("reads go to the replica").count();
    eventually("the standby is used again", async || times(&strict) >= 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_is_none_is_refused_and_a_private_database_has_no_replica() {
    let server = harness::shared();
    let mut request = Request::new(v1::ListArticlesRequest::default());
    request.metadata_mut().insert(POSITION, "yesterday".parse().expect("a value"));
    let refused = server.articles().list_articles(request).await.expect_err("no position");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("metadata claimdesk-position"), "{refused}");

    let arguments = ["--replica-url", "postgres://claimdesk@127.0.0.1:9/none"].map(str::to_owned).to_vec();
    let log = Server::spawn(Options { arguments, ..Options::default() }).err().expect("it does not start");
    assert!(log.contains("--replica-url: a private PostgreSQL has no replica"), "{log}");
}
