//! Many services on one PostgreSQL, as docs/scaling.md says.

mod pgbouncer;

use std::collections::HashSet;
use std::time::Duration;

use claimdesk::proto::v1;
use claimdesk::proto::v1::article_service_client::ArticleServiceClient;
use claimdesk::proto::v1::review_service_client::ReviewServiceClient;
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};

use super::harness::{self, Options, Server, number};
use super::queue::by;
use super::samples::{article, decision, submission};

const REPLICAS: usize = 4;
const ARTICLES: usize = 40;
const CLAIMS: usize = 3 * ARTICLES;
const REVIEWERS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// So many services on one database, with few connections each.
fn replicas(number: usize, database: &str) -> Vec<Server> {
    let start = || {
        Server::start_with(Options {
            database: Some(database.to_owned()),
            arguments: vec!["--database-connections".to_owned(), "4".to_owned()],
            ..Options::default()
        })
    };
    // All at once: they wait for each other to bring the schema up to date.
    std::thread::scope(|scope| {
        let starting: Vec<_> = (0..number).map(|_| scope.spawn(start)).collect();
        starting.into_iter().map(|one| one.join().expect("a service")).collect()
    })
}

/// A channel that hands each call to one of the services.
fn balanced(servers: &[Server]) -> Channel {
    let endpoints = servers.iter().map(|server| Endpoint::from_shared(server.url()).expect("an address"));
    Channel::balance_list(endpoints)
}

/// Stores articles, all at once, each by one service or another.
async fn store(channel: &Channel, label: &str, number: usize) {
    let calls: Vec<_> = (0..number)
        .map(|at| {
            let (mut client, label) = (ArticleServiceClient::new(channel.clone()), format!("{label}/{at}"));
            tokio::spawn(async move { client.submit_article(submission(article(&label))).await })
        })
        .collect();
    for call in calls {
        let stored = call.await.expect("no panic").expect("stored").into_inner();
        assert!(stored.created && stored.claims.len() == 3, "{stored:?}");
    }
}

/// Takes claims and decides on them until none is left; the names of those that were taken.
async fn review(channel: Channel, reviewer: String) -> Vec<String> {
    let mut client = ReviewServiceClient::new(channel);
    let mut taken = Vec::new();
    loop {
        let request = v1::LeaseClaimsRequest { max_claims: 2, ..Default::default() };
        let leases = client.lease_claims(by(&reviewer, request)).await.expect("leases").into_inner().leases;
        if leases.is_empty() {
            return taken;
        }
        for lease in leases {
            let claim = lease.claim.expect("a claim").name;
            let request = v1::ReviewClaimRequest { lease_token: lease.token, ..decision(&claim, "VERIFIED") };
            client.review_claim(by(&reviewer, request)).await.expect("whoever holds the lease decides");
            taken.push(claim);
        }
    }
}

/// What a watch of one service tells until it has told of so many claims that were decided.
async fn watch(server: &Server, decided: usize) -> Vec<(String, String)> {
    let mut watch =
        server.claims().watch_claims(v1::WatchClaimsRequest::default()).await.expect("a watch").into_inner();
    let (mut told, mut left) = (Vec::new(), decided);
    while left > 0 {
        let message = timeout(PATIENCE, watch.message()).await.expect("in time").expect("a message");
        if let Some(change) = message.expect("a watch does not end").change {
            left -= usize::from(change.kind == "CLAIM_REVIEWED");
            told.push((change.name, change.kind));
        }
    }
    told
}

/// Submits, leases, decides and watches across services, and looks that it comes to what one service would have done.
async fn share_the_work(servers: &[Server], database: &str, label: &str) {
    let channel = balanced(servers);
    let watches = watch_all(servers);
    let work = async {
        store(&channel, label, ARTICLES).await;
        let reviewers: Vec<_> = (0..REVIEWERS)
            .map(|at| tokio::spawn(review(channel.clone(), format!("reviewer-{at}"))))
            .collect();
        let mut taken = Vec::new();
        for reviewer in reviewers {
            taken.extend(reviewer.await.expect("no panic"));
        }
        taken
    };
    let (told, taken) = tokio::join!(watches, work);
    let once: HashSet<&String> = taken.iter().collect();
    assert_eq!((taken.len(), once.len()), (CLAIMS, CLAIMS), "each claim goes to one reviewer, once");
    assert_eq!(number(database, "SELECT count(*) FROM review"), i64::try_from(CLAIMS).expect("a count"));
    // Whichever service a watcher is at, it hears of all that was written through any.
    for told in told {
        let once: HashSet<&(String, String)> = told.iter().collect();
        assert_eq!(once.len(), told.len(), "nothing is told twice");
        let of = |kind: &str| told.iter().filter(|(_, told)| told == kind).count();
        assert_eq!(
            (of("ARTICLE_CREATED"), of("CLAIM_CREATED"), of("CLAIM_REVIEWED")),
            (ARTICLES, CLAIMS, CLAIMS)
        );
    }
    for server in servers {
        // Which one stores is up to the client: the first that it reaches may have stored all when it reaches the last.
        let log = server.log();
        assert!(log.contains("ReviewClaim") || log.contains("LeaseClaims"), "each has served:\n{log}");
    }
    servers[0].client(&["audit", "verify"]).success();
}

/// A watch at each service, side by side.
async fn watch_all(servers: &[Server]) -> Vec<Vec<(String, String)>> {
    let mut told = Vec::new();
    let (first, rest) = servers.split_first().expect("a service");
    if rest.is_empty() {
        told.push(watch(first, CLAIMS).await);
        return told;
    }
    let (first, rest) = tokio::join!(watch(first, CLAIMS), Box::pin(watch_all(rest)));
    told.push(first);
    told.extend(rest);
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_services_share_the_work_of_one_database() {
    let database = harness::database();
    let servers = replicas(REPLICAS, &database);
    share_the_work(&servers, &database, "scaling/four").await;
}
