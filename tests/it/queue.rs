//! The queue: who gets which claim, for how long, and what finishing asks for.

use claimdesk::proto::v1;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request, Status};

use super::harness::{self, Options, Server};
use super::samples::{article, decision, fields, parent, reason, submission, submit};

/// A call in the name of a reviewer.
pub(crate) fn by<M>(reviewer: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let name = MetadataValue::try_from(reviewer).expect("a name in ASCII");
    request.metadata_mut().insert("claimdesk-reviewer", name);
    request
}

/// The request for so many claims of an article.
fn some(article: &str, max_claims: u32) -> v1::LeaseClaimsRequest {
    v1::LeaseClaimsRequest { parent: article.to_owned(), max_claims, ..Default::default() }
}

async fn lease(server: &Server, reviewer: &str, request: v1::LeaseClaimsRequest) -> Vec<v1::Lease> {
    server.reviews().lease_claims(by(reviewer, request)).await.expect("leases").into_inner().leases
}

fn names(leases: &[v1::Lease]) -> Vec<String> {
    leases.iter().map(|lease| lease.claim.as_ref().expect("a claim").name.clone()).collect()
}

fn seconds(seconds: i64) -> Option<pbjson_types::Duration> {
    Some(pbjson_types::Duration { seconds, nanos: 0 })
}

#[track_caller]
fn assert_lost(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::Aborted, "LEASE_LOST"));
}

#[tokio::test]
async fn what_is_worth_most_comes_first_and_goes_to_one_alone() {
    let server = harness::shared();
    let stored = submit(server, "queue/order").await;
    let article = stored.article.expect("an article").name;
    let mut claims = stored.claims;
    claims.sort_by(|a, b| b.check_worthiness.total_cmp(&a.check_worthiness));
    let expected: Vec<_> = claims.iter().map(|claim| claim.name.clone()).collect();

    let first = lease(server, "ada", some(&article, 2)).await;
    assert_eq!(names(&first), expected[..2]);
    assert_eq!(first[0].claim.as_ref(), Some(&claims[0]), "the claim itself is as it was");
    assert!(first.iter().all(|lease| lease.owner == "ada" && lease.expire_time.is_some()));
    let second = lease(server, "bob", some(&article, 100)).await;
    assert_eq!(names(&second), expected[2..]);
    assert!(lease(server, "cyd", some(&article, 1)).await.is_empty());
    assert!(lease(server, "ada", some(&article, 1)).await.is_empty(), "nor does anybody get their own twice");
}

#[tokio::test]
async fn only_the_holder_decides_and_only_with_the_token() {
    let server = harness::shared();
    let article = submit(server, "queue/token").await.article.expect("an article").name;
    let lease = lease(server, "ada", some(&article, 1)).await.remove(0);
    let name = lease.claim.expect("a claim").name;
    let decide =
        |token: &str| v1::ReviewClaimRequest { lease_token: token.to_owned(), ..decision(&name, "VERIFIED") };

    for reviewer in ["bob", "ada"] {
        let status = server.reviews().review_claim(by(reviewer, decide(""))).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "LEASE_HELD"));
        assert!(status.message().contains("ada"), "it says who has it: {}", status.message());
    }
    assert_lost(&server.reviews().review_claim(by("ada", decide("some-other-token"))).await.unwrap_err());
    assert_lost(&server.reviews().review_claim(by("bob", decide(&lease.token))).await.unwrap_err());
    let request = v1::ListReviewsRequest { parent: name.clone(), ..Default::default() };
    assert!(server.reviews().list_reviews(request).await.unwrap().into_inner().reviews.is_empty());

    let decided = server.reviews().review_claim(by("ada", decide(&lease.token))).await.unwrap().into_inner();
    assert_eq!(decided.claim.expect("a claim").state, "VERIFIED");
    assert_lost(&server.reviews().review_claim(by("ada", decide(&lease.token))).await.unwrap_err());
}

#[tokio::test]
async fn a_claim_leaves_the_queue_with_its_decision_and_comes_back_reopened() {
    let server = harness::shared();
    let stored = submit(server, "queue/reopened").await;
    let article = stored.article.expect("an article").name;
    let claim = &stored.claims[1].name;
    server.reviews().review_claim(decision(claim, "DISPUTED")).await.unwrap();
    let others = names(&lease(server, "ada", some(&article, 100)).await);
    assert_eq!(others.len(), 2);
    assert!(!others.contains(claim));
    let reopen = v1::ReopenClaimRequest { name: claim.clone(), ..Default::default() };
    server.reviews().reopen_claim(reopen).await.unwrap();
    assert_eq!(names(&lease(server, "bob", some(&article, 100)).await), std::slice::from_ref(claim));

    let by_hand = v1::SubmitClaimRequest {
        parent: article.clone(),
        claim: Some(v1::Claim { quote: "Im Jahr 2022 waren es 12.000.".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    let by_hand = server.claims().submit_claim(by_hand).await.unwrap().into_inner().claim.unwrap().name;
    assert_eq!(names(&lease(server, "bob", some(&article, 100)).await), [by_hand]);

    let delete = v1::DeleteArticleRequest { name: article.clone(), force: true, ..Default::default() };
    server.articles().delete_article(delete).await.expect("leases keep nobody from it");
    let status = server.reviews().lease_claims(some(&article, 1)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "ARTICLE_NOT_FOUND"));
}

#[tokio::test]
async fn an_expired_lease_is_free_at_once() {
    let url = harness::database();
    let server = Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    let article = submit(&server, "queue/expired").await.article.expect("an article").name;
    let old = lease(&server, "ada", some(&article, 3)).await.remove(0);
    let name = old.claim.as_ref().expect("a claim").name.clone();
    assert!(lease(&server, "bob", some(&article, 3)).await.is_empty());

    // The time has come; nobody did anything but look at the clock.
    harness::query(&url, "UPDATE queue SET lease_expire_time = clock_timestamp()");
    let request =
        v1::RenewLeaseRequest { name: name.clone(), lease_token: old.token.clone(), ..Default::default() };
    assert_lost(&server.reviews().renew_lease(by("ada", request)).await.unwrap_err());
    let late = v1::ReviewClaimRequest { lease_token: old.token.clone(), ..decision(&name, "VERIFIED") };
    assert_lost(&server.reviews().review_claim(by("ada", late.clone())).await.unwrap_err());

    let new = lease(&server, "bob", some(&article, 1)).await.remove(0);
    assert_eq!(new.claim.expect("a claim").name, name);
    assert_ne!(new.token, old.token);
    assert_lost(&server.reviews().review_claim(by("ada", late)).await.unwrap_err());
    let request =
        v1::ReleaseLeaseRequest { name: name.clone(), lease_token: old.token, ..Default::default() };
    assert_lost(&server.reviews().release_lease(by("ada", request)).await.unwrap_err());
    let request = v1::ReviewClaimRequest { lease_token: new.token, ..decision(&name, "VERIFIED") };
    server.reviews().review_claim(by("bob", request)).await.expect("the new lease holds");
}

#[tokio::test]
async fn a_lease_is_renewed_and_released() {
    let server = harness::shared();
    let article = submit(server, "queue/renewed").await.article.expect("an article").name;
    let lease = lease(server, "ada", some(&article, 1)).await.remove(0);
    let name = lease.claim.clone().expect("a claim").name;
    let renew = v1::RenewLeaseRequest {
        name: name.clone(),
        lease_token: lease.token.clone(),
        lease_duration: seconds(3600),
        ..Default::default()
    };
    let renewed = server.reviews().renew_lease(by("ada", renew.clone())).await.unwrap().into_inner();
    let renewed = renewed.lease.expect("a lease");
    let end = |lease: &v1::Lease| lease.expire_time.as_ref().expect("an end").seconds;
    assert!(end(&renewed) > end(&lease) + 3000, "{renewed:?}");
    assert_eq!((&renewed.token, &renewed.claim), (&lease.token, &lease.claim));
    assert_lost(&server.reviews().renew_lease(by("bob", renew.clone())).await.unwrap_err());

    let release =
        v1::ReleaseLeaseRequest { name: name.clone(), lease_token: lease.token, ..Default::default() };
    assert_lost(&server.reviews().release_lease(by("bob", release.clone())).await.unwrap_err());
    server.reviews().release_lease(by("ada", release.clone())).await.unwrap();
    assert_lost(&server.reviews().renew_lease(by("ada", renew)).await.unwrap_err());
    let again = super::queue::lease(server, "bob", some(&article, 1)).await;
    assert_eq!(names(&again), std::slice::from_ref(&name));

    let unknown = v1::ReleaseLeaseRequest { name: format!("{name}99"), ..release };
    let status = server.reviews().release_lease(by("ada", unknown)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "CLAIM_NOT_FOUND"));
}

#[tokio::test]
async fn the_rest_of_an_article_can_come_first() {
    let server = Server::start();
    let one = submit(&server, "queue/after").await;
    let mut other = article("queue/after-other");
    other.text.push_str("Im Jahr 2023 kamen 40 Gäste.\n");
    server.articles().submit_article(submission(other)).await.unwrap();
    let claims: Vec<_> = one.claims.iter().map(|claim| claim.name.clone()).collect();
    let request = |filter: &str| v1::LeaseClaimsRequest {
        after_claim: claims[1].clone(),
        filter: filter.to_owned(),
        ..some("", 5)
    };
    let leases = names(&lease(&server, "ada", request("")).await);
    assert_eq!(leases.len(), 5);
    assert_eq!(leases[..3], [claims[2].clone(), claims[0].clone(), claims[1].clone()]);
    assert!(leases[3..].iter().all(|name| parent(name) != parent(&claims[0])), "{leases:?}");
}

#[tokio::test]
async fn a_claim_can_be_asked_for_by_its_name() {
    let server = harness::shared();
    let stored = submit(server, "queue/by-name").await;
    let (first, last) = (stored.claims[0].name.clone(), stored.claims[2].name.clone());
    let this = |claim: &str| v1::LeaseClaimsRequest { claim: claim.to_owned(), ..some("", 5) };
    assert_eq!(names(&lease(server, "ada", this(&last)).await), std::slice::from_ref(&last));
    assert!(lease(server, "bob", this(&last)).await.is_empty(), "ada has it");
    let unfit = v1::LeaseClaimsRequest { filter: "language = fr".to_owned(), ..this(&first) };
    assert!(lease(server, "bob", unfit).await.is_empty());
    let status = server.reviews().lease_claims(this(&format!("{first}99"))).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "CLAIM_NOT_FOUND"));
    let status = server.reviews().lease_claims(this("claims/1")).await.unwrap_err();
    assert_eq!((status.code(), fields(&status)), (Code::InvalidArgument, vec!["claim".to_owned()]));
}

#[tokio::test]
async fn a_filter_says_what_fits() {
    let server = Server::start();
    let german = submit(&server, "queue/filter").await;
    let english = v1::Article {
        text: "The harbour lost 12 customers in May 2023.".to_owned(),
        language: "en".to_owned(),
        publisher: "Example Courier".to_owned(),
        ..article("queue/filter-english")
    };
    let english = server.articles().submit_article(submission(english)).await.unwrap().into_inner();
    let filtered =
        |filter: &str| v1::LeaseClaimsRequest { filter: filter.to_owned(), ..some("articles/-", 100) };
    for filter in [
        "language = fr",
        "publisher = Nobody",
        "create_time > 2999-01-01",
        "language = en AND points.kind = RECORD",
        "state = VERIFIED",
    ] {
        assert!(lease(&server, "ada", filtered(filter)).await.is_empty(), "{filter}");
    }
    let of_english = names(&lease(&server, "ada", filtered("publisher = \"Example Courier\"")).await);
    assert_eq!(of_english, [english.claims[0].name.clone()]);
    let record = "language = de AND points.kind = RECORD AND create_time > 2024";
    assert_eq!(names(&lease(&server, "ada", filtered(record)).await), [german.claims[1].name.clone()]);

    let status = server.reviews().lease_claims(filtered("state =")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "FILTER_INVALID"));
}

#[tokio::test]
async fn a_repeated_request_gets_the_same_leases() {
    let server = harness::shared();
    let article = submit(server, "queue/repeated").await.article.expect("an article").name;
    let request = v1::LeaseClaimsRequest { request_id: "queue-repeated-1".to_owned(), ..some(&article, 2) };
    let first = lease(server, "ada", request.clone()).await;
    assert_eq!(lease(server, "ada", request.clone()).await, first);
    let status = server.reviews().lease_claims(by("bob", request)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "REQUEST_ID_REUSED"));
}

#[tokio::test]
async fn a_lease_is_refused_with_the_field_that_is_wrong() {
    let server = harness::shared();
    for (request, field) in [
        (v1::LeaseClaimsRequest { lease_duration: seconds(0), ..some("", 1) }, "lease_duration"),
        (v1::LeaseClaimsRequest { lease_duration: seconds(86_401), ..some("", 1) }, "lease_duration"),
        (v1::LeaseClaimsRequest { request_id: "no spaces".to_owned(), ..some("", 1) }, "request_id"),
        (v1::LeaseClaimsRequest { after_claim: "claims/1".to_owned(), ..some("", 1) }, "after_claim"),
        (some("articles/1", 1), "parent"),
    ] {
        let status = server.reviews().lease_claims(request).await.expect_err(field);
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        assert_eq!(fields(&status), [field]);
    }
    let request = v1::ReleaseLeaseRequest { name: "articles/1/claims/1".to_owned(), ..Default::default() };
    assert_eq!(fields(&server.reviews().release_lease(request).await.unwrap_err()), ["lease_token"]);
    let request = v1::RenewLeaseRequest { name: "articles/1/claims/1".to_owned(), ..Default::default() };
    assert_eq!(fields(&server.reviews().renew_lease(request).await.unwrap_err()), ["lease_token"]);
}

#[tokio::test]
async fn a_lease_outlives_the_service_that_gave_it() {
    let url = harness::database();
    let start = || Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    let one = start();
    let article = submit(&one, "queue/outlives").await.article.expect("an article").name;
    let lease = lease(&one, "ada", some(&article, 1)).await.remove(0);
    one.signal("KILL");
    one.wait();
    let two = start();
    assert_eq!(super::queue::lease(&two, "bob", some(&article, 100)).await.len(), 2, "one is still ada's");
    let name = lease.claim.expect("a claim").name;
    let request = v1::ReviewClaimRequest { lease_token: lease.token, ..decision(&name, "VERIFIED") };
    two.reviews().review_claim(by("ada", request)).await.expect("the lease holds");
}

#[tokio::test]
async fn what_a_version_without_a_queue_wrote_is_mended() {
    let url = harness::database();
    let start = || Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    let one = start();
    let stored = submit(&one, "queue/mended").await;
    let article = stored.article.expect("an article").name;
    let decided = &stored.claims[0].name;
    one.reviews().review_claim(decision(decided, "VERIFIED")).await.unwrap();
    // As that version leaves it: what it stored is not in the queue, what it decided on still is.
    harness::query(
        &url,
        "DELETE FROM queue;
         INSERT INTO queue (article_id, claim_id, check_worthiness, create_time)
         SELECT article_id, claim_id, check_worthiness, create_time FROM claim WHERE state = 'VERIFIED'",
    );
    assert!(lease(&one, "ada", some(&article, 100)).await.is_empty(), "what is decided is not given out");
    let two = start();
    let mut leases = Vec::new();
    while leases.len() < 2 {
        leases.extend(names(&lease(&two, "ada", some(&article, 100)).await));
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(!leases.contains(decided));
    while harness::number(&url, "SELECT count(*) FROM queue") != 2 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[test]
fn the_client_takes_holds_and_gives_back() {
    let server = harness::shared();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let article = runtime.block_on(submit(server, "queue/client")).article.expect("an article").name;
    let taken = server.client(&["lease", &article, "--limit", "2", "--reviewer", "ada", "-o", "json"]);
    let said = taken.stderr.clone();
    let leases = taken.json()["leases"].as_array().expect("leases").clone();
    let token = leases[0]["token"].as_str().expect("a token").to_owned();
    assert!(leases.len() == 2 && said.contains(&format!("--lease-token {token}")), "{said}");
    let name = |at: usize| leases[at]["claim"]["name"].as_str().expect("a name").to_owned();
    let as_ada = |arguments: &[&str]| server.client(&[arguments, &["--reviewer", "ada"]].concat());

    let refused = server.client(&["verify", &name(0), "--note", "read"]);
    assert_eq!(refused.code, 5, "{refused:?}");
    assert!(refused.stderr.contains("LEASE_HELD") && refused.stderr.contains("--lease-token"), "{refused:?}");
    as_ada(&["renew", &name(0), "--lease-token", &token, "--for", "10m"]).success();
    as_ada(&["verify", &name(0), "--note", "read", "--lease-token", &token]).success();
    let released = as_ada(&["release", &name(1), "--lease-token", &token]);
    assert!(released.stderr.contains("is free"), "{released:?}");
    let left = server.client(&["lease", &article, "--limit", "9", "--after", &name(0), "-o", "name"]);
    assert_eq!(left.success().lines().count(), 2);
    let none = server.client(&["lease", &article, "--kind", "record,figure"]);
    assert!(none.code == 0 && none.stderr.contains("No claim that fits is free"), "{none:?}");
    assert_eq!(as_ada(&["renew", &name(1), "--lease-token", &token]).code, 5);
}
