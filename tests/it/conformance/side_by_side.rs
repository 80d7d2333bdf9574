//! Promises to those who do things at the same time.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tokio::task::JoinSet;
use tonic::Code;

use super::Engine;
use crate::queue::by;
use crate::samples::{GERMAN, article, decision, reason, submission};

pub(super) async fn the_same_article_at_once_is_one(engine: Engine) {
    let mut calls = JoinSet::new();
    for at in 0..20 {
        let mut client = [engine.first, engine.second][at % 2].articles();
        let request = submission(article(&engine.label("same")));
        calls.spawn(async move { client.submit_article(request).await });
    }
    let (mut created, mut names) = (0, HashSet::new());
    for answer in calls.join_all().await {
        let answer = answer.expect("stored").into_inner();
        created += usize::from(answer.created);
        names.insert(answer.article.expect("an article").name);
    }
    assert_eq!((created, names.len()), (1, 1));
}

pub(super) async fn the_same_request_at_once_is_carried_out_once(engine: Engine) {
    let claim = engine.submit("request").await.claims[0].name.clone();
    let request_id = format!("once-{}", engine.run);
    let mut calls = JoinSet::new();
    for at in 0..20 {
        let mut client = [engine.first, engine.second][at % 2].reviews();
        let request =
            v1::ReviewClaimRequest { request_id: request_id.clone(), ..decision(&claim, "VERIFIED") };
        calls.spawn(async move { client.review_claim(request).await });
    }
    let mut etags = HashSet::new();
    for answer in calls.join_all().await {
        let claim = answer.expect("the one answer").into_inner().claim.expect("a claim");
        assert_eq!(claim.review_count, 1);
        etags.insert(claim.etag);
    }
    assert_eq!(etags.len(), 1);
}

pub(super) async fn versions_at_once_come_one_after_the_other(engine: Engine) {
    let mut calls = JoinSet::new();
    for at in 0..8 {
        let mut client = [engine.first, engine.second][at % 2].articles();
        let mut version = article(&engine.label("versions"));
        version.text = format!("{GERMAN}Im Juli 2024 kamen {} Gäste.\n", 40 + at);
        calls.spawn(async move { client.submit_article(submission(version)).await });
    }
    let mut names = HashSet::new();
    for answer in calls.join_all().await {
        names.insert(answer.expect("stored").into_inner().article.expect("an article").name);
    }
    assert_eq!(names.len(), 8);
    let mut current = 0;
    for name in &names {
        let request = v1::ListClaimsRequest {
            parent: name.clone(),
            filter: "state = UNREVIEWED".to_owned(),
            ..Default::default()
        };
        let claims = engine.first.claims().list_claims(request).await.expect("claims").into_inner().claims;
        let claim = claims.first().expect("a claim").name.clone();
        let decided = engine.second.reviews().review_claim(decision(&claim, "VERIFIED")).await;
        match decided {
            Ok(_) => current += 1,
            Err(status) => assert_eq!(reason(&status), "CLAIM_SUPERSEDED"),
        }
    }
    assert_eq!(current, 1, "one of them is the current one");
}

pub(super) async fn of_two_decisions_at_once_one_is_made(engine: Engine) {
    for claim in engine.submit("two-decisions").await.claims {
        let (mut one, mut other) = (engine.first.reviews(), engine.second.reviews());
        let (one, other) = tokio::join!(
            one.review_claim(by("ada", decision(&claim.name, "VERIFIED"))),
            other.review_claim(by("bob", decision(&claim.name, "DISPUTED"))),
        );
        let refused = match (one, other) {
            (Ok(_), Err(status)) | (Err(status), Ok(_)) => status,
            both => panic!("{both:?}"),
        };
        assert!(matches!(refused.code(), Code::FailedPrecondition | Code::Aborted), "{refused:?}");
        assert_eq!(engine.claim(&claim.name).await.review_count, 1);
    }
}

pub(super) async fn each_claim_is_leased_to_one_alone(engine: Engine) {
    let mut parents = Vec::new();
    for at in 0..4 {
        parents.push(engine.submit(&format!("leased/{at}")).await.article.expect("an article").name);
    }
    let mut calls = JoinSet::new();
    for at in 0..16 {
        let mut client = [engine.first, engine.second][at % 2].reviews();
        let request =
            v1::LeaseClaimsRequest { parent: parents[at % 4].clone(), max_claims: 1, ..Default::default() };
        calls.spawn(async move { client.lease_claims(by(&format!("reviewer-{at}"), request)).await });
    }
    let mut leased = Vec::new();
    for answer in calls.join_all().await {
        leased.extend(answer.expect("leases").into_inner().leases);
    }
    let names: HashSet<String> =
        leased.iter().map(|lease| lease.claim.as_ref().expect("a claim").name.clone()).collect();
    assert_eq!((leased.len(), names.len()), (12, 12));
}

/// Leases all of an article for a second.
async fn lease(engine: &Engine, parent: &str, who: &str) -> Vec<v1::Lease> {
    let request = v1::LeaseClaimsRequest {
        parent: parent.to_owned(),
        max_claims: 10,
        lease_duration: Some(pbjson_types::Duration { seconds: 1, nanos: 0 }),
        ..Default::default()
    };
    engine.first.reviews().lease_claims(by(who, request)).await.expect("leases").into_inner().leases
}

pub(super) async fn a_lease_that_is_over_is_free(engine: Engine) {
    let parent = engine.submit("over").await.article.expect("an article").name;
    let held = lease(&engine, &parent, "ada").await;
    assert_eq!(held.len(), 3);
    let began = Instant::now();
    let taken = loop {
        let taken = lease(&engine, &parent, "bob").await;
        if !taken.is_empty() {
            break taken;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "nothing gets free");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let name = taken[0].claim.as_ref().expect("a claim").name.clone();
    let late = held.iter().find(|lease| lease.claim.as_ref().is_some_and(|claim| claim.name == name));
    let token = late.expect("the same claim").token.clone();
    let request = v1::ReviewClaimRequest { lease_token: token, ..decision(&name, "VERIFIED") };
    let refused = engine.second.reviews().review_claim(by("ada", request)).await;
    assert_eq!(reason(&refused.expect_err("the lease is lost")), "LEASE_LOST");
}

pub(super) async fn batches_at_once_do_not_wait_in_a_circle(engine: Engine) {
    let mut claims = Vec::new();
    for at in 0..6 {
        claims.extend(engine.submit(&format!("circle/{at}")).await.claims);
    }
    let mut calls = JoinSet::new();
    for at in 0..6 {
        let mut client = [engine.first, engine.second][at % 2].reviews();
        // Each begins somewhere else, and half of them go the other way round.
        let mut names: Vec<String> = claims.iter().map(|claim| claim.name.clone()).collect();
        names.rotate_left(at * 3);
        if at % 2 == 1 {
            names.reverse();
        }
        let requests = names.iter().map(|name| decision(name, "VERIFIED")).collect();
        let request = v1::BatchReviewClaimsRequest { requests, item_by_item: true, ..Default::default() };
        calls.spawn(async move { client.batch_review_claims(by(&format!("reviewer-{at}"), request)).await });
    }
    for answer in calls.join_all().await {
        answer.expect("outcomes");
    }
    for claim in claims {
        assert_eq!(engine.claim(&claim.name).await.review_count, 1);
    }
}
