//! Strings that PostgreSQL cannot keep, or that nobody wants to read in an error, in every field that takes one.

use claimdesk::proto::v1;
use prost::Message;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::wire::{answers, message, post};
use crate::{
    harness::{self, Server},
    samples::fields,
};

/// A request of a method, as JSON with all its strings, and the fields that may be any length.
struct Request {
    method: &'static str,
    body: Value,
    encode: fn(Value) -> Vec<u8>,
}

fn encode<T: Message + DeserializeOwned>(body: Value) -> Vec<u8> {
    serde_json::from_value::<T>(body).expect("a request").encode_to_vec()
}

fn requests() -> Vec<Request> {
    let claim = "articles/0123456789abcdef/claims/1";
    let article = json!({
        "text": "Im Juli 2024 kamen 40 Gäste.", "uri": "https://example.org/hostile/nul", "publisher": "p", "title": "t",
        "authors": ["a"], "publish_date": "2024-06-19", "language": "de", "content_type": "text/plain",
    });
    let decision = json!({
        "name": claim, "verdict": "VERIFIED", "point_ids": ["p1"], "note": "n", "correction": "c", "etag": "e",
        "evidence": [{"uri": "https://example.org", "quote": "q", "publisher": "p", "stance": "SUPPORTS"}],
        "request_id": "r", "lease_token": "l", "based_on": claim,
    });
    let mut item = decision.clone();
    if let Some(item) = item.as_object_mut() {
        item.remove("request_id");
    }
    let source = json!({
        "role": "EVIDENCE", "name": "n", "cue": "c", "uri": "https://example.org", "publisher": "p", "quote": "q",
        "stance": "SUPPORTS", "date": "2024",
    });
    let written =
        json!({"quote": "Es kamen 40 Gäste.", "modality": "ASSERTED", "language": "de", "sources": [source]});
    macro_rules! request {
        ($service:literal, $method:literal, $type:ident, $body:tt) => {
            Request {
                method: concat!("/claimdesk.v1.", $service, "/", $method),
                body: json!($body),
                encode: encode::<v1::$type>,
            }
        };
    }
    vec![
        request!("ArticleService", "SubmitArticle", SubmitArticleRequest, {"article": article, "request_id": "r"}),
        request!("ArticleService", "ExtractClaims", ExtractClaimsRequest, {"article": article}),
        request!("ArticleService", "GetArticle", GetArticleRequest, {"name": "articles/0123456789abcdef"}),
        request!("ArticleService", "DeleteArticle", DeleteArticleRequest,
            {"name": "articles/0123456789abcdef", "etag": "e", "request_id": "r"}),
        request!("ArticleService", "ListArticles", ListArticlesRequest,
            {"page_token": "", "filter": "title : x", "order_by": "create_time"}),
        request!("ClaimService", "SubmitClaim", SubmitClaimRequest,
            {"parent": "articles/0123456789abcdef", "claim": written, "request_id": "r"}),
        request!("ClaimService", "GetClaim", GetClaimRequest, {"name": claim}),
        request!("ClaimService", "ListClaims", ListClaimsRequest,
            {"parent": "articles/-", "page_token": "", "filter": "quote : x", "order_by": "create_time"}),
        request!("ClaimService", "WatchClaims", WatchClaimsRequest,
            {"parent": "articles/-", "filter": "quote : x", "watch_token": ""}),
        request!("ClaimService", "ListChanges", ListChangesRequest, {"parent": claim, "page_token": ""}),
        request!("ClaimService", "VerifyChanges", VerifyChangesRequest, {"parent": "articles/-", "page_token": ""}),
        request!("ReviewService", "LeaseClaims", LeaseClaimsRequest,
            {"parent": "articles/-", "filter": "quote : x", "after_claim": claim, "request_id": "r"}),
        request!("ReviewService", "LeaseClaims", LeaseClaimsRequest, {"claim": claim}),
        request!("ReviewService", "RenewLease", RenewLeaseRequest,
            {"name": claim, "lease_token": "l", "request_id": "r"}),
        request!("ReviewService", "ReleaseLease", ReleaseLeaseRequest,
            {"name": claim, "lease_token": "l", "request_id": "r"}),
        request!("ReviewService", "ReviewClaim", ReviewClaimRequest, decision),
        request!("ReviewService", "BatchReviewClaims", BatchReviewClaimsRequest,
            {"parent": "articles/-", "requests": [item], "request_id": "r"}),
        request!("ReviewService", "ReopenClaim", ReopenClaimRequest,
            {"name": claim, "note": "n", "etag": "e", "request_id": "r"}),
        request!("ReviewService", "ListReviews", ListReviewsRequest, {"parent": claim, "page_token": ""}),
    ]
}

/// Every string in a value: its path as an error names it, and as JSON Pointer has it.
fn strings(value: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(_) => found.push((path.to_owned(), pointer.to_owned())),
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                strings(item, &format!("{path}[{at}]"), &format!("{pointer}/{at}"), found);
            }
        }
        Value::Object(entries) => {
            for (name, entry) in entries {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                strings(entry, &path, &format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// What each method says where one of its strings is another.
async fn with_each_string(server: &Server, change: fn(&str) -> String, check: impl Fn(&str, &str, &Status)) {
    for Request { method, body, encode } in requests() {
        let mut found = Vec::new();
        strings(&body, "", "", &mut found);
        assert!(!found.is_empty(), "{method}");
        for (path, pointer) in found {
            let mut body = body.clone();
            let place = body.pointer_mut(&pointer).expect("a string");
            *place = Value::String(change(place.as_str().expect("a string")));
            let status = post(server, method, &[], message(&encode(body)), true).await.status();
            let told = status.message().len() + status.details().len();
            assert!(told < 8 << 10, "{method}, {path}: a status of {told} bytes");
            check(method, &path, &status);
        }
    }
    answers(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_is_refused_in_every_field() {
    let change = |text: &str| match text.char_indices().nth(1) {
        Some((at, _)) => format!("{}\0{}", &text[..at], &text[at..]),
        None => format!("{text}\0"),
    };
    with_each_string(harness::shared(), change, |method, path, status| {
        assert_eq!(status.code(), Code::InvalidArgument, "{method}, {path}: {status:?}");
        let told = fields(status);
        assert!(told.iter().any(|field| field == path), "{method}, {path}: {told:?}, {status:?}");
        assert!(status.get_error_details().error_info().is_some(), "{method}, {path}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_string_that_is_far_too_long_is_refused_in_few_words() {
    with_each_string(
        harness::shared(),
        |_| "ä".repeat(300_000),
        |method, path, status| {
            // The text of an article may be that long.
            if path == "article.text" {
                assert_eq!(status.code(), Code::Ok, "{method}: {status:?}");
                return;
            }
            assert_eq!(status.code(), Code::InvalidArgument, "{method}, {path}: {status:?}");
            assert!(fields(status).iter().any(|field| field == path), "{method}, {path}: {status:?}");
        },
    )
    .await;
}
