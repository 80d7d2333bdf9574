//! The clock of the service's machine jumps: leases, the order of changes and watches follow the database's, and do not care.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use claimdesk::proto::v1;
use tonic::{Code, Streaming};

use super::super::harness::{self, Options, Server};
use super::super::queue::by;
use super::super::samples::{decision, first_claim, parent, reason};

const LEASE_SECONDS: i64 = 600;

/// The library that shows a process another time, where it is installed.
fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    let folders = folders.chain([PathBuf::from("/usr/lib"), PathBuf::from("/usr/local/lib")]);
    let mut found = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    found.find(|path| path.is_file())
}

/// A service whose clock jumps when the file says so.
struct Jumping {
    server: Server,
    file: PathBuf,
}

impl Jumping {
    fn start() -> Option<Self> {
        let Some(library) = library() else {
            harness::skipped("a clock that jumps cannot be tested without libfaketime (Debian: faketime)");
            return None;
        };
        let file = harness::scratch("clock").join("offset");
        fs::write(&file, "+0\n").expect("a file");
        let environment = vec![
            ("LD_PRELOAD", library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            // What runs on a clock that cannot jump does not: the system's monotonic clock never does.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
            ("DONT_FAKE_MONOTONIC", "1".to_owned()),
        ];
        let database = Some(harness::database());
        let server = Server::start_with(Options { database, environment, ..Options::default() });
        Some(Self { server, file })
    }

    /// So much is the service's clock ahead of the database's.
    fn jump(&self, offset: &str) {
        let new = self.file.with_extension("new");
        fs::write(&new, format!("{offset}\n")).expect("a file");
        fs::rename(new, &self.file).expect("a file");
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    i64::try_from(now.as_secs()).expect("seconds")
}

fn lease(claim: &str) -> v1::LeaseClaimsRequest {
    v1::LeaseClaimsRequest {
        claim: claim.to_owned(),
        lease_duration: Some(claimdesk_duration()),
        ..Default::default()
    }
}

fn claimdesk_duration() -> pbjson_types::Duration {
    pbjson_types::Duration { seconds: LEASE_SECONDS, nanos: 0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_follow_the_clock_of_the_database() {
    let Some(jumping) = Jumping::start() else { return };
    let server = &jumping.server;
    for (at, (before, after)) in [("+0", "+2d"), ("+2d", "-2d"), ("-2d", "+0")].into_iter().enumerate() {
        jumping.jump(before);
        let claim = first_claim(server, &format!("faults/clock/lease-{at}")).await.name;
        let taken =
            server.reviews().lease_claims(by("ada", lease(&claim))).await.expect("leases").into_inner();
        let taken = taken.leases.into_iter().next().expect("a lease");
        let end = taken.expire_time.expect("an end").seconds;
        let left = end - now();
        assert!((LEASE_SECONDS - 120..=LEASE_SECONDS + 5).contains(&left), "it ends in {left} s");
        jumping.jump(after);
        let others =
            server.reviews().lease_claims(by("bob", lease(&claim))).await.expect("leases").into_inner();
        assert!(others.leases.is_empty(), "the jump gave the claim away: {others:?}");
        let status = server
            .reviews()
            .review_claim(by("bob", decision(&claim, "VERIFIED")))
            .await
            .expect_err("it is ada's");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "LEASE_HELD"));
        let renew = v1::RenewLeaseRequest {
            name: claim.clone(),
            lease_token: taken.token.clone(),
            lease_duration: Some(claimdesk_duration()),
            ..Default::default()
        };
        let renewed = server.reviews().renew_lease(by("ada", renew)).await.expect("renewed").into_inner();
        assert!(renewed.lease.and_then(|lease| lease.expire_time).is_some_and(|time| time.seconds >= end));
        let decide = v1::ReviewClaimRequest { lease_token: taken.token, ..decision(&claim, "VERIFIED") };
        let decided = server.reviews().review_claim(by("ada", decide)).await.expect("decided").into_inner();
        let time = decided.review.and_then(|review| review.create_time).expect("a time").seconds;
        assert!((time - now()).abs() < 120, "a review is of the database's time");
    }
    let log = server.log();
    let days: std::collections::BTreeSet<&str> = log.lines().filter_map(|line| line.get(..10)).collect();
    assert!(days.len() >= 3, "the clock did jump: the log is of {days:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_and_watches_keep_their_order() {
    let Some(jumping) = Jumping::start() else { return };
    let server = &jumping.server;
    let watch = v1::WatchClaimsRequest::default();
    let mut watcher = server.claims().watch_claims(watch).await.expect("a watch").into_inner();
    let (mut told, mut token, mut articles) = (Vec::new(), String::new(), Vec::new());
    for (at, offset) in ["+1d", "-1d", "+3d", "+0"].into_iter().enumerate() {
        jumping.jump(offset);
        let claim = first_claim(server, &format!("faults/clock/order-{at}")).await.name;
        server.reviews().review_claim(decision(&claim, "VERIFIED")).await.expect("decided");
        // The article, its three claims, the decision.
        token = read(&mut watcher, 5 * (at + 1), &mut told).await;
        if at == 1 {
            // From a token of before the jumps that are still to come.
            let request = v1::WatchClaimsRequest { watch_token: token.clone(), ..Default::default() };
            watcher = server.claims().watch_claims(request).await.expect("a watch").into_inner();
        }
        articles.push(parent(&claim));
    }
    assert!(!token.is_empty());
    let mut listed = Vec::new();
    for article in &articles {
        let request = v1::ListChangesRequest { parent: article.clone(), ..Default::default() };
        listed.extend(server.claims().list_changes(request).await.expect("a log").into_inner().changes);
    }
    let names = |changes: &[v1::Change]| changes.iter().map(|change| change.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&told), names(&listed), "each change once, in its order");
    let times: Vec<_> = told.iter().map(|change| change.change_time.expect("a time")).collect();
    let times: Vec<(i64, i32)> = times.iter().map(|time| (time.seconds, time.nanos)).collect();
    assert!(times.is_sorted(), "times go on: {times:?}");
    assert!(times.iter().all(|(seconds, _)| (seconds - now()).abs() < 300), "they are the database's");
    let request = v1::ListArticlesRequest { order_by: "create_time".to_owned(), ..Default::default() };
    let all = server.articles().list_articles(request).await.expect("a list").into_inner().articles;
    assert_eq!(all.into_iter().map(|article| article.name).collect::<Vec<_>>(), articles);
}

/// Reads on until so many changes were told. Gives the last token.
async fn read(
    watcher: &mut Streaming<v1::WatchClaimsResponse>,
    number: usize,
    told: &mut Vec<v1::Change>,
) -> String {
    let mut token = String::new();
    while told.len() < number {
        let message = tokio::time::timeout(Duration::from_secs(60), watcher.message()).await;
        let message = message.expect("news").expect("no error").expect("no end");
        token = message.watch_token;
        told.extend(message.change);
    }
    token
}
