//! Eight reviewers empty the queue at once, while clients and services are killed: each claim is reviewed exactly once.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use claimdesk::proto::v1;
use claimdesk::proto::v1::review_service_client::ReviewServiceClient;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};

use super::harness::{self, Options, Server};
use super::queue::by;
use super::samples::{article, decision, reason, submission};

const REVIEWERS: usize = 8;
const ARTICLES: usize = 50;
const CLAIMS_EACH: usize = 100;
const CLAIMS: usize = ARTICLES * CLAIMS_EACH;
const LEASE_SECONDS: i64 = 3;

/// What the reviewers share.
struct Round {
    /// Where the service is now.
    url: RwLock<String>,
    /// The last lease on each claim that a reviewer got to see: its token, and its end in microseconds.
    seen: Mutex<HashMap<String, (String, i64)>>,
    /// Who was told that the claim is decided.
    done: Mutex<HashMap<String, String>>,
    /// Makes the ids of requests.
    requests: AtomicUsize,
}

impl Round {
    fn connect(&self) -> ReviewServiceClient<Channel> {
        let url = self.url.read().expect("no panic").clone();
        ReviewServiceClient::new(Endpoint::from_shared(url).expect("an address").connect_lazy())
    }

    fn id(&self) -> String {
        format!("drain-{}", self.requests.fetch_add(1, Ordering::Relaxed))
    }

    fn done(&self) -> usize {
        self.done.lock().expect("no panic").len()
    }

    /// Notes leases, and that nobody else holds one of them.
    fn granted(&self, leases: &[v1::Lease]) {
        let mut seen = self.seen.lock().expect("no panic");
        for lease in leases {
            let name = lease.claim.as_ref().expect("a claim").name.clone();
            let end = lease.expire_time.as_ref().expect("an end");
            let end = end.seconds * 1_000_000 + i64::from(end.nanos) / 1000;
            let begin = end - LEASE_SECONDS * 1_000_000;
            if let Some((token, ended)) = seen.insert(name.clone(), (lease.token.clone(), end))
                && token != lease.token
            {
                assert!(ended <= begin, "{name} was leased {} microseconds too early", ended - begin);
            }
        }
    }
}

/// Calls until the service answers, wherever it is by then.
async fn persist<A, F>(round: &Round, call: impl Fn(ReviewServiceClient<Channel>) -> F) -> Result<A, Status>
where
    F: Future<Output = Result<Response<A>, Status>>,
{
    loop {
        match call(round.connect()).await {
            Ok(answer) => return Ok(answer.into_inner()),
            // A connection that breaks has many codes, but none of our details.
            Err(status) if status.code() == Code::Unavailable || status.details().is_empty() => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(status) => return Err(status),
        }
    }
}

/// Takes claims and decides on them until none is left.
async fn review(round: Arc<Round>, name: String) {
    while round.done() < CLAIMS {
        let request = v1::LeaseClaimsRequest {
            max_claims: 5,
            lease_duration: Some(pbjson_types::Duration { seconds: LEASE_SECONDS, nanos: 0 }),
            request_id: round.id(),
            ..Default::default()
        };
        let leases = persist(&round, |mut client| {
            let request = by(&name, request.clone());
            async move { client.lease_claims(request).await }
        });
        let leases = leases.await.expect("leases").leases;
        round.granted(&leases);
        if leases.is_empty() {
            // The rest is leased to others, perhaps to some who were killed.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for lease in leases {
            let claim = lease.claim.expect("a claim").name;
            let request = v1::ReviewClaimRequest {
                lease_token: lease.token,
                request_id: round.id(),
                ..decision(&claim, "VERIFIED")
            };
            let answer = persist(&round, |mut client| {
                let request = by(&name, request.clone());
                async move { client.review_claim(request).await }
            });
            match answer.await {
                Ok(answer) => {
                    assert_eq!(answer.claim.expect("a claim").review_count, 1);
                    let before = round.done.lock().expect("no panic").insert(claim.clone(), name.clone());
                    assert_eq!(before, None, "{claim} was reviewed twice");
                }
                Err(status) => assert_eq!(reason(&status), "LEASE_LOST", "{status:?}"),
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_claim_is_reviewed_exactly_once_whoever_is_killed() {
    let url = harness::database();
    let start = || Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    let mut server = start();
    for at in 0..ARTICLES {
        let mut one = article(&format!("drain/{at}"));
        one.text = (0..CLAIMS_EACH)
            .map(|guests| format!("Im Jahr 2023 kamen {} Gäste.\n", 1000 + at * CLAIMS_EACH + guests))
            .collect();
        let stored = server.articles().submit_article(submission(one)).await.unwrap().into_inner();
        assert_eq!(stored.claims.len(), CLAIMS_EACH);
    }

    let round = Arc::new(Round {
        url: RwLock::new(server.url()),
        seen: Mutex::default(),
        done: Mutex::default(),
        requests: AtomicUsize::new(0),
    });
    let begin = |number: usize| tokio::spawn(review(Arc::clone(&round), format!("reviewer-{number}")));
    let mut reviewers: Vec<_> = (0..REVIEWERS).map(begin).collect();
    for kill in 1..=12 {
        // At every so many decisions somebody is killed: two clients, then the service.
        while round.done() < CLAIMS * kill / 14 {
            for reviewer in &reviewers {
                assert!(!reviewer.is_finished(), "nobody stops before all is done");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if kill % 3 == 0 {
            server.signal("KILL");
            server.wait();
            server = start();
            *round.url.write().expect("no panic") = server.url();
        } else {
            // What the killed one holds is free when its time has come; what it sent may still be done.
            reviewers[kill % REVIEWERS].abort();
            let killed = std::mem::replace(&mut reviewers[kill % REVIEWERS], begin(REVIEWERS + kill));
            assert!(killed.await.is_err_and(|error| error.is_cancelled()));
        }
        let open = harness::number(&url, "SELECT count(*) FROM queue");
        if open == 0 {
            break;
        }
    }
    // Decisions whose answers died with a client are done, and known to nobody.
    while harness::number(&url, "SELECT count(*) FROM queue") > 0 {
        for reviewer in &reviewers {
            assert!(!reviewer.is_finished(), "nobody stops before all is done");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for reviewer in reviewers {
        reviewer.abort();
        assert!(!reviewer.await.is_err_and(|error| error.is_panic()));
    }

    let mut reviewed = HashSet::new();
    let mut token = String::new();
    loop {
        let request = v1::ListReviewsRequest {
            parent: "articles/-/claims/-".to_owned(),
            page_size: 1000,
            page_token: token,
        };
        let page = server.reviews().list_reviews(request).await.unwrap().into_inner();
        for review in page.reviews {
            let claim = review.name.split("/reviews/").next().expect("a name").to_owned();
            let told = round.done.lock().expect("no panic").get(&claim).cloned();
            assert!(told.is_none_or(|name| name == review.reviewer), "{claim} is another one's");
            assert!(reviewed.insert(claim), "{} is a second one", review.name);
        }
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(reviewed.len(), CLAIMS);
    let gaps = "SELECT sum(position)::bigint - (SELECT count(*) FROM change) FROM stream_head";
    assert_eq!(harness::number(&url, gaps), 0, "the log has no gaps");
    for (what, sql) in [
        ("states", "SELECT count(*) FROM claim WHERE state = 'VERIFIED' AND review_count = 1"),
        (
            "changes",
            "SELECT count(DISTINCT (article_id, claim_id)) FROM change WHERE kind = 'CLAIM_REVIEWED'",
        ),
        ("entries", "SELECT count(*) FROM change WHERE kind = 'CLAIM_REVIEWED'"),
    ] {
        assert_eq!(harness::number(&url, sql), i64::try_from(CLAIMS).expect("a number"), "{what}");
    }
}
