//! Decisions: what they change, what is refused, what stays on record.

use claimdesk::proto::v1;
use tonic::metadata::MetadataValue;
use tonic::{Code, Request};

use super::harness;
use super::samples::{decision, fields, first_claim, parent, reason};

#[tokio::test]
async fn a_verdict_goes_on_record_with_its_evidence() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/verdict").await;
    let mut request = Request::new(v1::ReviewClaimRequest {
        etag: claim.etag.clone(),
        verdict: "verified".to_owned(),
        ..decision(&claim.name, "")
    });
    request.metadata_mut().insert("claimdesk-reviewer", MetadataValue::from_static("erika"));
    let answer = server.reviews().review_claim(request).await.unwrap().into_inner();
    let (review, after) = (answer.review.unwrap(), answer.claim.unwrap());
    assert!(review.name.starts_with(&format!("{}/reviews/", claim.name)), "{}", review.name);
    assert_eq!((review.verdict.as_str(), review.previous_state.as_str()), ("VERIFIED", "UNREVIEWED"));
    assert_eq!(review.reviewer, "erika");
    assert_eq!(review.evidence[0].stance, "SUPPORTS");
    assert!(review.evidence[0].access_time.is_some() && review.create_time.is_some());
    assert_eq!((after.state.as_str(), after.review_count), ("VERIFIED", 1));
    assert_ne!(after.etag, claim.etag);
    let evidence =
        after.sources.iter().find(|source| source.role == "EVIDENCE").expect("evidence is a source");
    assert_eq!(evidence.uri, "https://example.org/report");

    let request = v1::ListReviewsRequest { parent: claim.name.clone(), ..Default::default() };
    let listed = server.reviews().list_reviews(request).await.unwrap().into_inner();
    assert_eq!(listed.reviews, vec![review]);
    let read =
        server.claims().get_claim(v1::GetClaimRequest { name: claim.name }).await.unwrap().into_inner();
    assert_eq!(read.claim, Some(after));
}

#[tokio::test]
async fn a_decision_is_taken_back_by_reopening_and_both_stay_on_record() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/reopen").await;
    let after = server.reviews().review_claim(decision(&claim.name, "DISPUTED")).await.unwrap().into_inner();
    let request = v1::ReopenClaimRequest {
        name: claim.name.clone(),
        note: "the report was about another year".to_owned(),
        etag: after.claim.unwrap().etag,
        ..Default::default()
    };
    let reopened = server.reviews().reopen_claim(request).await.unwrap().into_inner();
    let review = reopened.review.unwrap();
    assert_eq!((review.verdict.as_str(), review.previous_state.as_str()), ("REOPENED", "DISPUTED"));
    assert_eq!(review.reviewer, "anonymous");
    assert_eq!(reopened.claim.unwrap().state, "UNREVIEWED");
    server.reviews().review_claim(decision(&claim.name, "VERIFIED")).await.unwrap();

    let request = v1::ListReviewsRequest { parent: claim.name.clone(), ..Default::default() };
    let reviews = server.reviews().list_reviews(request).await.unwrap().into_inner().reviews;
    let verdicts: Vec<_> = reviews.iter().map(|review| review.verdict.as_str()).collect();
    assert_eq!(verdicts, ["DISPUTED", "REOPENED", "VERIFIED"], "the oldest first");

    let request =
        v1::ListReviewsRequest { parent: format!("{}/claims/-", parent(&claim.name)), ..Default::default() };
    assert_eq!(server.reviews().list_reviews(request).await.unwrap().into_inner().reviews.len(), 3);
}

#[tokio::test]
async fn an_illegal_transition_is_refused() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/illegal").await;
    let reopen = v1::ReopenClaimRequest { name: claim.name.clone(), ..Default::default() };
    let status = server.reviews().reopen_claim(reopen).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "TRANSITION_ILLEGAL"));

    server.reviews().review_claim(decision(&claim.name, "VERIFIED")).await.unwrap();
    for verdict in ["VERIFIED", "DISPUTED", "UNVERIFIABLE", "DISMISSED"] {
        let status = server.reviews().review_claim(decision(&claim.name, verdict)).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::FailedPrecondition, "TRANSITION_ILLEGAL")
        );
    }
    let request = v1::ListReviewsRequest { parent: claim.name, ..Default::default() };
    let listed = server.reviews().list_reviews(request).await.unwrap().into_inner();
    assert_eq!(listed.reviews.len(), 1, "what is refused leaves no trace");
}

#[tokio::test]
async fn a_stale_etag_is_aborted() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/stale").await;
    let decide =
        |verdict: &str| v1::ReviewClaimRequest { etag: claim.etag.clone(), ..decision(&claim.name, verdict) };
    server.reviews().review_claim(decide("VERIFIED")).await.unwrap();
    let reopen =
        v1::ReopenClaimRequest { name: claim.name.clone(), etag: claim.etag.clone(), ..Default::default() };
    let status = server.reviews().reopen_claim(reopen).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
    let status = server.reviews().review_claim(decide("DISPUTED")).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));
}

#[tokio::test]
async fn a_request_id_makes_a_retry_safe() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/retry").await;
    let request = v1::ReviewClaimRequest {
        request_id: "reviews-retry-1".to_owned(),
        etag: claim.etag.clone(),
        ..decision(&claim.name, "VERIFIED")
    };
    let first = server.reviews().review_claim(request.clone()).await.unwrap().into_inner();
    let second = server.reviews().review_claim(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, second);
    let other = v1::ReviewClaimRequest { verdict: "DISPUTED".to_owned(), ..request };
    let status = server.reviews().review_claim(other).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "REQUEST_ID_REUSED"));
}

#[tokio::test]
async fn validate_only_decides_nothing() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/validate").await;
    let request = v1::ReviewClaimRequest { validate_only: true, ..decision(&claim.name, "VERIFIED") };
    let answer = server.reviews().review_claim(request).await.unwrap().into_inner();
    assert_eq!(answer.claim.unwrap().state, "VERIFIED");
    let read = server.claims().get_claim(v1::GetClaimRequest { name: claim.name.clone() }).await.unwrap();
    assert_eq!(read.into_inner().claim, Some(claim));
}

#[tokio::test]
async fn a_decision_is_refused_with_the_field_that_is_wrong() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/refused").await;
    let good = decision(&claim.name, "VERIFIED");
    let evidence = |uri: &str| vec![v1::Evidence { uri: uri.to_owned(), ..Default::default() }];
    for (request, field) in [
        (decision(&claim.name, "MAYBE"), "verdict"),
        (decision(&claim.name, "REOPENED"), "verdict"),
        (decision(&claim.name, ""), "verdict"),
        (
            v1::ReviewClaimRequest { evidence: evidence("file:///etc/passwd"), ..good.clone() },
            "evidence[0].uri",
        ),
        (v1::ReviewClaimRequest { evidence: evidence(""), ..good.clone() }, "evidence[0].uri"),
        (v1::ReviewClaimRequest { point_ids: vec!["p99".to_owned()], ..good.clone() }, "point_ids"),
        (v1::ReviewClaimRequest { note: "x".repeat(10_001), ..good.clone() }, "note"),
        (v1::ReviewClaimRequest { correction: "ä".repeat(10_001), ..good.clone() }, "correction"),
        (v1::ReviewClaimRequest { request_id: "no spaces".to_owned(), ..good.clone() }, "request_id"),
        (v1::ReviewClaimRequest { evidence: vec![], note: String::new(), ..good.clone() }, "evidence"),
    ] {
        let status = server.reviews().review_claim(request).await.expect_err(field);
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "FIELD_INVALID"),
            "{field}"
        );
        assert_eq!(fields(&status), [field]);
    }
    let read = server.claims().get_claim(v1::GetClaimRequest { name: claim.name.clone() }).await.unwrap();
    assert_eq!(read.into_inner().claim, Some(claim));
}

#[tokio::test]
async fn of_two_reviewers_at_once_one_decides() {
    let server = harness::shared();
    let claim = first_claim(server, "reviews/race").await;
    let tasks: Vec<_> = (0..20)
        .map(|at| {
            let mut client = server.reviews();
            let verdict = if at % 2 == 0 { "VERIFIED" } else { "DISPUTED" };
            let request =
                v1::ReviewClaimRequest { etag: claim.etag.clone(), ..decision(&claim.name, verdict) };
            tokio::spawn(async move { client.review_claim(request).await })
        })
        .collect();
    let mut decided = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => decided += 1,
            Err(status) => assert_eq!(status.code(), Code::Aborted, "{status:?}"),
        }
    }
    assert_eq!(decided, 1);
}
