//! Where several reviewers must agree: who may decide, what becomes of the claim, who gets it from the queue.

use claimdesk::proto::v1;
use tonic::{Code, Status};

use super::harness::{self, Options, Server};
use super::queue::by;
use super::samples::{decision, reason, submit};

fn start(reviews_required: u32) -> Server {
    Server::start_with(Options {
        database: Some(harness::database()),
        arguments: vec!["--reviews-required".to_owned(), reviews_required.to_string()],
        ..Options::default()
    })
}

async fn decide(server: &Server, reviewer: &str, claim: &str, verdict: &str) -> Result<v1::Claim, Status> {
    let answer = server.reviews().review_claim(by(reviewer, decision(claim, verdict))).await?;
    Ok(answer.into_inner().claim.expect("a claim"))
}

async fn on_record(server: &Server, claim: &str) -> Vec<(String, String, String)> {
    let request = v1::ListReviewsRequest { parent: claim.to_owned(), ..Default::default() };
    let reviews = server.reviews().list_reviews(request).await.expect("a list").into_inner().reviews;
    reviews.into_iter().map(|review| (review.reviewer, review.verdict, review.previous_state)).collect()
}

fn record(entries: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    entries.iter().map(|(who, what, from)| (who.to_string(), what.to_string(), from.to_string())).collect()
}

#[tokio::test]
async fn two_who_agree_decide() {
    let server = start(2);
    let claim = submit(&server, "four-eyes/agree").await.claims[0].name.clone();
    let first = decide(&server, "ada", &claim, "VERIFIED").await.unwrap();
    assert_eq!((first.state.as_str(), first.review_count), ("UNREVIEWED", 1));
    for verdict in ["VERIFIED", "DISPUTED"] {
        let status = decide(&server, "ada", &claim, verdict).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "SAME_REVIEWER"));
    }
    let second = decide(&server, "bob", &claim, "VERIFIED").await.unwrap();
    assert_eq!((second.state.as_str(), second.review_count), ("VERIFIED", 2));
    assert_eq!(
        on_record(&server, &claim).await,
        record(&[("ada", "VERIFIED", "UNREVIEWED"), ("bob", "VERIFIED", "UNREVIEWED")])
    );
    let status = decide(&server, "cyd", &claim, "VERIFIED").await.unwrap_err();
    assert_eq!(reason(&status), "TRANSITION_ILLEGAL");
}

#[tokio::test]
async fn two_who_disagree_dispute_with_both_on_record() {
    let server = start(2);
    let claim = submit(&server, "four-eyes/disagree").await.claims[0].name.clone();
    decide(&server, "ada", &claim, "VERIFIED").await.unwrap();
    assert_eq!(decide(&server, "bob", &claim, "UNVERIFIABLE").await.unwrap().state, "DISPUTED");
    assert_eq!(
        on_record(&server, &claim).await,
        record(&[("ada", "VERIFIED", "UNREVIEWED"), ("bob", "UNVERIFIABLE", "UNREVIEWED")])
    );
}

#[tokio::test]
async fn of_three_the_first_to_disagree_ends_it() {
    let server = start(3);
    let claims = submit(&server, "four-eyes/three").await.claims;
    let (one, two) = (&claims[0].name, &claims[1].name);
    for reviewer in ["ada", "bob"] {
        for claim in [one, two] {
            let after = decide(&server, reviewer, claim, "DISMISSED").await.unwrap();
            assert_eq!(after.state, "UNREVIEWED");
        }
    }
    assert_eq!(decide(&server, "cyd", one, "DISMISSED").await.unwrap().state, "DISMISSED");
    assert_eq!(decide(&server, "cyd", two, "VERIFIED").await.unwrap().state, "DISPUTED");
}

#[tokio::test]
async fn a_claim_that_waits_is_in_the_queue_of_the_others() {
    let server = start(2);
    let stored = submit(&server, "four-eyes/queue").await;
    let article = stored.article.expect("an article").name;
    let claim = stored.claims[0].name.clone();
    let lease = async |reviewer: &str| {
        let request =
            v1::LeaseClaimsRequest { parent: article.clone(), max_claims: 100, ..Default::default() };
        let leases = server.reviews().lease_claims(by(reviewer, request)).await.unwrap().into_inner().leases;
        leases.into_iter().map(|lease| (lease.claim.unwrap().name, lease.token)).collect::<Vec<_>>()
    };
    let leases = lease("ada").await;
    assert_eq!(leases.len(), 3);
    for (name, lease_token) in leases {
        let request = v1::ReviewClaimRequest { lease_token, ..decision(&name, "VERIFIED") };
        server.reviews().review_claim(by("ada", request)).await.unwrap();
    }
    assert!(lease("ada").await.is_empty(), "ada has done her part");
    let leases = lease("bob").await;
    assert_eq!(leases.len(), 3, "her leases ended with it");
    let token = &leases.iter().find(|(name, _)| *name == claim).expect("the claim").1;

    let status = decide(&server, "cyd", &claim, "VERIFIED").await.unwrap_err();
    assert_eq!(reason(&status), "LEASE_HELD");
    let request = v1::ReviewClaimRequest { lease_token: token.clone(), ..decision(&claim, "VERIFIED") };
    let after = server.reviews().review_claim(by("bob", request)).await.unwrap().into_inner();
    assert_eq!(after.claim.expect("a claim").state, "VERIFIED");
    assert!(lease("cyd").await.is_empty(), "what is left is bob's");
}

#[tokio::test]
async fn a_first_decision_can_be_taken_back() {
    let server = start(2);
    let claim = submit(&server, "four-eyes/back").await.claims[0].name.clone();
    decide(&server, "ada", &claim, "VERIFIED").await.unwrap();
    let reopen = v1::ReopenClaimRequest { name: claim.clone(), ..Default::default() };
    let after = server.reviews().reopen_claim(by("ada", reopen.clone())).await.unwrap().into_inner();
    assert_eq!(after.claim.expect("a claim").state, "UNREVIEWED");
    let status = server.reviews().reopen_claim(by("ada", reopen)).await.unwrap_err();
    assert_eq!(reason(&status), "TRANSITION_ILLEGAL", "there is nothing left to take back");
    assert_eq!(decide(&server, "ada", &claim, "DISPUTED").await.unwrap().state, "UNREVIEWED");
    assert_eq!(decide(&server, "bob", &claim, "DISPUTED").await.unwrap().state, "DISPUTED");
    assert_eq!(on_record(&server, &claim).await.len(), 4, "and all of it is on record");
}

#[tokio::test]
async fn of_twenty_at_once_two_decide() {
    let server = start(2);
    let claim = submit(&server, "four-eyes/race").await.claims[0].name.clone();
    let tasks: Vec<_> = (0..20)
        .map(|at| {
            let mut client = server.reviews();
            // Each reviewer comes twice.
            let request = by(&format!("reviewer-{}", at / 2), decision(&claim, "VERIFIED"));
            tokio::spawn(async move { client.review_claim(request).await })
        })
        .collect();
    let mut decided = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => decided += 1,
            Err(status) => assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}"),
        }
    }
    assert_eq!(decided, 2);
    let record = on_record(&server, &claim).await;
    assert_eq!(record.len(), 2);
    assert_ne!(record[0].0, record[1].0);
}

#[test]
fn the_client_says_what_it_waits_for() {
    let server = start(2);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let claim = runtime.block_on(submit(&server, "four-eyes/client")).claims[0].name.clone();
    let verify =
        |reviewer: &str| server.client(&["verify", &claim, "--note", "read", "--reviewer", reviewer]);
    let first = verify("ada");
    assert!(first.code == 0 && first.stderr.contains("until another reviewer has decided"), "{first:?}");
    let again = verify("ada");
    assert!(again.code == 5 && again.stderr.contains("SAME_REVIEWER"), "{again:?}");
    let second = verify("bob");
    assert!(second.code == 0 && second.stderr.contains("is now VERIFIED"), "{second:?}");
}

#[test]
fn a_number_of_reviewers_that_makes_no_sense_is_refused() {
    let log = Server::spawn(Options {
        database: Some(harness::database()),
        arguments: vec!["--reviews-required".to_owned(), "0".to_owned()],
        ..Options::default()
    })
    .err()
    .expect("refused");
    assert!(log.contains("--reviews-required") && log.contains("1 to 10"), "{log}");
}
