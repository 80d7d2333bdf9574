//! Messages whose frames are not what they say.

use claimdesk::proto::v1;
use prost::Message as _;
use tonic::Code;
use tonic_types::StatusExt as _;

use super::wire::{EXTRACT, Outcome, answers, message, post, prefixed};
use crate::{harness, samples::article};

/// A request that is answered, if it comes as it is.
fn request() -> Vec<u8> {
    v1::ExtractClaimsRequest { article: Some(article("hostile")), ..Default::default() }.encode_to_vec()
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("a short message")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frame_that_is_not_what_it_says_is_told_as_such() {
    let server = harness::shared();
    let good = request();
    let whole = length(&good);
    let gzip = [("grpc-encoding", "gzip")];
    let import = "/claimdesk.v1.ArticleService/ImportArticles";
    let malformed = (Code::InvalidArgument, "FIELD_INVALID");
    let too_large = (Code::OutOfRange, "MESSAGE_TOO_LARGE");
    assert_eq!(post(server, EXTRACT, &[], message(&good), true).await.status().code(), Code::Ok);
    // (what, path, headers, body, whether the stream ends behind it, what is answered)
    for (what, path, headers, body, ends, told) in [
        ("a length that is too short", EXTRACT, &[][..], prefixed(0, whole - 3, &good), true, malformed),
        ("a message that ends early", EXTRACT, &[], prefixed(0, whole + 1, &good), true, malformed),
        ("half a prefix", EXTRACT, &[], vec![0, 0, 0], true, malformed),
        ("no message", EXTRACT, &[], Vec::new(), true, malformed),
        ("a message of no bytes", EXTRACT, &[], prefixed(0, 0, &[]), true, malformed),
        ("a length of 4 GiB", EXTRACT, &[], prefixed(0, u32::MAX, &good), false, too_large),
        ("a byte more than the limit", EXTRACT, &[], prefixed(0, (4 << 20) + 1, &good), false, too_large),
        ("an unknown flag", EXTRACT, &[], prefixed(2, whole, &good), true, malformed),
        ("all flags", EXTRACT, &gzip, prefixed(0xff, whole, &good), true, malformed),
        ("packed, but not said how", EXTRACT, &[], prefixed(1, whole, &good), true, malformed),
        ("not packed, but said so", EXTRACT, &gzip, prefixed(1, whole, &good), true, malformed),
        ("a stream of nonsense", import, &[], message(&[0xff; 40]), true, malformed),
        ("a stream with a flag", import, &[], prefixed(7, whole, &good), true, malformed),
        ("a stream that ends early", import, &[], prefixed(0, whole + 9, &good), true, malformed),
        ("a stream with a length of 4 GiB", import, &[], prefixed(0, u32::MAX, &[]), false, too_large),
    ] {
        let status = post(server, path, headers, body, ends).await.status();
        assert_eq!(status.code(), told.0, "{what}: {status:?}");
        let reason = status.get_error_details().error_info().map(|info| info.reason.clone());
        assert_eq!(reason.as_deref(), Some(told.1), "{what}: {status:?}");
        assert!(!status.message().is_empty(), "{what}");
    }
    let unknown = post(server, EXTRACT, &[("grpc-encoding", "br")], message(&good), true).await.status();
    assert_eq!(unknown.code(), Code::Unimplemented, "{unknown:?}");
    answers(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_grpc_gets_an_answer_of_its_own_kind() {
    let server = harness::shared();
    let good = message(&request());
    for path in
        ["/", "/claimdesk.v1.ArticleService", "/claimdesk.v1.ArticleService/", "/x.v1.Other/Call", "/%00/%ff"]
    {
        match post(server, path, &[], good.clone(), true).await {
            Outcome::Status(status) => assert_eq!(status.code(), Code::Unimplemented, "{path}: {status:?}"),
            other => panic!("{path}: {other:?}"),
        }
    }
    for kind in
        ["application/json", "text/html", "application/grpc+json", "", "application/x-www-form-urlencoded"]
    {
        match post(server, EXTRACT, &[("content-type", kind)], good.clone(), true).await {
            // It is read as what it should be, or refused; it is never a fault of the service.
            Outcome::Status(status) => assert_ne!(status.code(), Code::Internal, "{kind}: {status:?}"),
            Outcome::Http(code) => assert!((400..500).contains(&code), "{kind}: {code}"),
            Outcome::Ended(error) => panic!("{kind}: {error}"),
        }
    }
    answers(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_too_large_are_refused() {
    let server = harness::shared();
    let good = message(&request());
    let long = "x".repeat(200_000);
    let many: Vec<(String, String)> = (0..3000).map(|at| (format!("x-{at}"), "value".to_owned())).collect();
    let many: Vec<_> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for headers in [&[("x-long", long.as_str())][..], &many] {
        match post(server, EXTRACT, headers, good.clone(), true).await {
            Outcome::Http(code) => assert_eq!(code, 431),
            Outcome::Status(status) => panic!("{status:?}"),
            Outcome::Ended(_) => {}
        }
    }
    let fitting = "x".repeat(8000);
    let status = post(server, EXTRACT, &[("x-long", fitting.as_str())], good, true).await.status();
    assert_eq!(status.code(), Code::Ok, "{status:?}");
    answers(server).await;
}
