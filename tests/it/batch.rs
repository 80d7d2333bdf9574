//! Several decisions in one call: all or none, or each by itself with a status of its own.

use claimdesk::proto::v1;
use tonic::{Code, Status};

use super::harness::{self, Server};
use super::queue::by;
use super::samples::{decision, fields, reason, submit};

fn batch(requests: Vec<v1::ReviewClaimRequest>) -> v1::BatchReviewClaimsRequest {
    v1::BatchReviewClaimsRequest { requests, ..Default::default() }
}

async fn decide(
    server: &Server,
    request: v1::BatchReviewClaimsRequest,
) -> Result<Vec<v1::BatchReviewOutcome>, Status> {
    Ok(server.reviews().batch_review_claims(by("ada", request)).await?.into_inner().outcomes)
}

async fn states(server: &Server, claims: &[v1::Claim]) -> Vec<String> {
    let mut states = Vec::new();
    for claim in claims {
        let request = v1::GetClaimRequest { name: claim.name.clone() };
        let read = server.claims().get_claim(request).await.expect("a claim").into_inner();
        states.push(read.claim.expect("a claim").state);
    }
    states
}

#[tokio::test]
async fn decisions_on_claims_of_several_articles_are_made_together() {
    let server = harness::shared();
    let mut claims = submit(server, "batch/one").await.claims;
    claims.extend(submit(server, "batch/two").await.claims);
    let verdicts = ["VERIFIED", "DISPUTED", "UNVERIFIABLE", "DISMISSED", "VERIFIED", "DISPUTED"];
    // Not in the order of the names.
    let mut requests: Vec<_> =
        claims.iter().zip(verdicts).map(|(claim, verdict)| decision(&claim.name, verdict)).collect();
    requests.reverse();
    let outcomes = decide(server, batch(requests.clone())).await.unwrap();
    assert_eq!(outcomes.len(), 6);
    for (outcome, request) in outcomes.iter().zip(&requests) {
        let (review, claim) = (outcome.review.as_ref().unwrap(), outcome.claim.as_ref().unwrap());
        assert_eq!((&outcome.name, &claim.name), (&request.name, &request.name));
        assert_eq!(outcome.status.as_ref().unwrap().code, "OK");
        assert_eq!((review.verdict.as_str(), review.reviewer.as_str()), (request.verdict.as_str(), "ada"));
        assert_eq!(claim.state, request.verdict);
        let evidence = claim.sources.iter().filter(|source| source.role == "EVIDENCE").count();
        assert_eq!(evidence, 1);
        let request = v1::ListReviewsRequest { parent: claim.name.clone(), ..Default::default() };
        let listed = server.reviews().list_reviews(request).await.unwrap().into_inner().reviews;
        assert_eq!(listed, std::slice::from_ref(review));
    }
    assert_eq!(states(server, &claims).await, verdicts);
}

#[tokio::test]
async fn one_that_is_refused_keeps_all_back() {
    let server = harness::shared();
    let claims = submit(server, "batch/atomic").await.claims;
    server.reviews().review_claim(decision(&claims[1].name, "DISMISSED")).await.unwrap();
    let all: Vec<_> = claims.iter().map(|claim| decision(&claim.name, "VERIFIED")).collect();
    let status = decide(server, batch(all.clone())).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "TRANSITION_ILLEGAL"));
    assert!(status.message().contains("requests[1]"), "it says which: {}", status.message());

    let mut wrong = all.clone();
    wrong[2].point_ids = vec!["p99".to_owned()];
    wrong.remove(1);
    let status = decide(server, batch(wrong)).await.unwrap_err();
    assert_eq!(fields(&status), ["requests[1].point_ids"]);
    assert_eq!(states(server, &claims).await, ["UNREVIEWED", "DISMISSED", "UNREVIEWED"]);
}

#[tokio::test]
async fn item_by_item_each_has_its_status() {
    let server = harness::shared();
    let claims = submit(server, "batch/items").await.claims;
    let stale = v1::ReviewClaimRequest { etag: "v99".to_owned(), ..decision(&claims[1].name, "VERIFIED") };
    let missing = format!("{}99", claims[0].name);
    let requests = vec![
        decision(&claims[0].name, "VERIFIED"),
        stale,
        decision(&missing, "VERIFIED"),
        decision(&claims[2].name, "MAYBE"),
        decision("claims/7", "VERIFIED"),
        decision(&claims[0].name, "DISPUTED"),
    ];
    let request = v1::BatchReviewClaimsRequest { item_by_item: true, ..batch(requests) };
    let outcomes = decide(server, request).await.unwrap();
    let told: Vec<_> = outcomes
        .iter()
        .map(|outcome| {
            let status = outcome.status.as_ref().unwrap();
            assert_eq!(outcome.review.is_some(), status.code == "OK", "{outcome:?}");
            assert_eq!(status.message.is_empty(), status.code == "OK", "{outcome:?}");
            (status.code.as_str(), status.reason.as_str())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("OK", ""),
            ("ABORTED", "ETAG_MISMATCH"),
            ("NOT_FOUND", "CLAIM_NOT_FOUND"),
            ("INVALID_ARGUMENT", "FIELD_INVALID"),
            ("INVALID_ARGUMENT", "FIELD_INVALID"),
            ("INVALID_ARGUMENT", "FIELD_INVALID"),
        ]
    );
    assert_eq!(outcomes[2].name, missing);
    assert_eq!(states(server, &claims).await, ["VERIFIED", "UNREVIEWED", "UNREVIEWED"]);
}

#[tokio::test]
async fn a_repeated_batch_gets_the_first_answer() {
    let server = harness::shared();
    for item_by_item in [false, true] {
        let claims = submit(server, &format!("batch/repeated-{item_by_item}")).await.claims;
        let requests = claims.iter().map(|claim| decision(&claim.name, "VERIFIED")).collect();
        let request_id = format!("batch-repeated-{item_by_item}");
        let request = v1::BatchReviewClaimsRequest { item_by_item, request_id, ..batch(requests) };
        let first = decide(server, request.clone()).await.unwrap();
        assert_eq!(decide(server, request.clone()).await.unwrap(), first);
        let mut other = request;
        other.requests.pop();
        match decide(server, other).await {
            Err(status) => assert_eq!(reason(&status), "REQUEST_ID_REUSED"),
            Ok(outcomes) => {
                assert!(item_by_item);
                for outcome in outcomes {
                    assert_eq!(outcome.status.unwrap().reason, "REQUEST_ID_REUSED");
                }
            }
        }
    }
}

#[tokio::test]
async fn validate_only_decides_nothing() {
    let server = harness::shared();
    for item_by_item in [false, true] {
        let claims = submit(server, &format!("batch/validate-{item_by_item}")).await.claims;
        let requests = claims.iter().map(|claim| decision(&claim.name, "VERIFIED")).collect();
        let request = v1::BatchReviewClaimsRequest { validate_only: true, item_by_item, ..batch(requests) };
        for outcome in decide(server, request).await.unwrap() {
            assert_eq!(outcome.claim.unwrap().state, "VERIFIED");
        }
        assert_eq!(states(server, &claims).await, ["UNREVIEWED"; 3]);
    }
}

#[tokio::test]
async fn a_batch_is_refused_with_the_field_that_is_wrong() {
    let server = harness::shared();
    let claims = submit(server, "batch/fields").await.claims;
    let other = submit(server, "batch/fields-other").await.article.unwrap().name;
    let good = decision(&claims[0].name, "VERIFIED");
    for (requests, expected) in [
        (vec![], "requests"),
        (vec![good.clone(); 101], "requests"),
        (vec![good.clone(), good.clone()], "requests[1].name"),
        (vec![decision("articles/1", "VERIFIED")], "requests[0].name"),
        (vec![decision(&claims[0].name, "MAYBE")], "requests[0].verdict"),
        (
            vec![v1::ReviewClaimRequest { request_id: "x".to_owned(), ..good.clone() }],
            "requests[0].request_id",
        ),
        (vec![v1::ReviewClaimRequest { validate_only: true, ..good.clone() }], "requests[0].validate_only"),
    ] {
        let status = decide(server, batch(requests)).await.expect_err(expected);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(fields(&status).first().map(String::as_str), Some(expected));
    }
    let elsewhere = v1::BatchReviewClaimsRequest { parent: other, ..batch(vec![good]) };
    assert_eq!(fields(&decide(server, elsewhere).await.unwrap_err()), ["requests[0].name"]);
    assert_eq!(states(server, &claims).await, ["UNREVIEWED"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_cross_each_other_come_to_an_end() {
    let server = harness::shared();
    let mut claims = Vec::new();
    for at in 0..4 {
        claims.extend(submit(server, &format!("batch/crossing-{at}")).await.claims);
    }
    let tasks: Vec<_> = (0..16)
        .map(|at| {
            let mut requests: Vec<_> = claims.iter().map(|claim| decision(&claim.name, "VERIFIED")).collect();
            requests.rotate_left(at % 12);
            if at % 2 == 0 {
                requests.reverse();
            }
            let mut client = server.reviews();
            tokio::spawn(async move { client.batch_review_claims(batch(requests)).await })
        })
        .collect();
    let mut made = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            Err(status) => assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}"),
        }
    }
    assert_eq!(made, 1);
}

#[test]
fn the_client_decides_on_several_alike() {
    let server = harness::shared();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let claims = runtime.block_on(submit(server, "batch/client")).claims;
    let names: Vec<&str> = claims.iter().map(|claim| claim.name.as_str()).collect();
    server.client(&["verify", names[1], "--note", "read"]).success();
    let refused = server.client(&[&["dismiss"], names.as_slice()].concat());
    assert!(refused.code == 5 && refused.stderr.contains("requests[1]"), "{refused:?}");
    let some = server.client(&[&["dismiss", "--each", "-o", "name"], names.as_slice()].concat());
    assert_eq!(some.code, 5, "{some:?}");
    assert!(some.stderr.contains("1 of 3 decisions were refused"), "{some:?}");
    assert!(
        some.stderr.contains("TRANSITION_ILLEGAL") && some.stderr.contains("is now DISMISSED"),
        "{some:?}"
    );
    let wrong = server.client(&[&["verify", "--point", "p1", "--note", "x"], names.as_slice()].concat());
    assert_eq!(wrong.code, 2, "{wrong:?}");
}
