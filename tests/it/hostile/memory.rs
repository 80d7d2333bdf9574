//! Messages that would become much larger in memory than they are on the wire.

use std::io::Write as _;

use claimdesk::proto::v1;
use prost::{
    Message as _,
    encoding::{WireType, encode_key, encode_varint},
};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::wire::{EXTRACT, Outcome, answers, message, most_resident, post, prefixed};
use crate::{
    harness::Server,
    samples::{article, fields, submit},
};

/// By how much the service may grow for all that is sent here, in mebibytes: for a dozen messages of up to four, not for the
/// gigabytes that they would unfold to.
const GROWTH: u64 = 160;

/// So many zeros, packed.
fn bomb(mebibytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..mebibytes {
        packer.write_all(&zeros).expect("memory");
    }
    packer.finish().expect("memory")
}

/// A field of bytes, such as a message.
fn field(number: u32, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_key(number, WireType::LengthDelimited, &mut bytes);
    encode_varint(value.len() as u64, &mut bytes);
    bytes.extend(value);
    bytes
}

/// So many fields of no bytes.
fn empty(number: u32, times: usize) -> Vec<u8> {
    field(number, &[]).repeat(times)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_message_costs_much_more_than_its_size() {
    let server = Server::start();
    submit(&server, "hostile/memory").await;
    let good = v1::ExtractClaimsRequest { article: Some(article("hostile")), ..Default::default() };
    let good = good.encode_to_vec();
    let service = |method: &str| format!("/claimdesk.v1.{method}");
    let (submit, claim) = (service("ArticleService/SubmitArticle"), service("ClaimService/SubmitClaim"));
    let batch = service("ReviewService/BatchReviewClaims");
    let before = most_resident(&server);

    let packed = bomb(256);
    let packed = prefixed(1, u32::try_from(packed.len()).expect("a short message"), &packed);
    let bomb = || post(&server, EXTRACT, &[("grpc-encoding", "gzip")], packed.clone(), true);
    for outcome in <[Outcome; 4]>::from(tokio::join!(bomb(), bomb(), bomb(), bomb())) {
        let status = outcome.status();
        assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    }

    // Groups within groups; no message of ours has one.
    let mut deep = vec![0x0b; 50_000];
    deep.extend(&good);
    let unknown: Vec<u8> = (0..60_000_u64)
        .flat_map(|at| {
            let mut bytes = Vec::new();
            encode_key(1000, WireType::Varint, &mut bytes);
            encode_varint(at, &mut bytes);
            bytes
        })
        .chain(good.iter().copied())
        .collect();
    let overlong = vec![0xff; 1 << 20];
    let within = |number, inner: &[u8]| message(&field(number, inner));
    let invalid = Code::InvalidArgument;
    // (what, method, message, status)
    for (what, path, body, code) in [
        ("groups", EXTRACT, message(&deep), invalid),
        ("unknown fields", EXTRACT, message(&unknown), Code::Ok),
        ("an endless number", EXTRACT, message(&overlong), invalid),
        ("authors", &submit, within(1, &empty(6, 2_000_000)), invalid),
        ("100,000 unknown fields", EXTRACT, message(&[empty(1000, 100_000), good.clone()].concat()), invalid),
        ("sources", &claim, within(2, &empty(5, 2_000_000)), invalid),
        ("points", &claim, within(2, &empty(4, 2_000_000)), invalid),
        ("decisions", &batch, message(&empty(2, 2_000_000)), invalid),
        ("evidence", &batch, within(2, &empty(4, 1_900_000)), invalid),
    ] {
        let outcome = post(&server, path, &[], body, true).await;
        let status = outcome.status();
        assert_eq!(status.code(), code, "{what}: {status:?}");
        let told = status.message().len() + status.details().len();
        assert!(told < 8 << 10, "{what}: a status of {told} bytes");
    }
    let grown = most_resident(&server) - before;
    assert!(grown < GROWTH, "the service has grown by {grown} MiB");
    answers(&server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_fields_are_told_in_a_few_words() {
    let server = crate::harness::shared();
    let points: Vec<String> = (0..79_000).map(|at| format!("p{at}")).collect();
    let review = v1::ReviewClaimRequest {
        name: "articles/0123456789abcdef/claims/1".to_owned(),
        verdict: "VERIFIED".to_owned(),
        point_ids: points,
        ..Default::default()
    };
    let authors = v1::SubmitArticleRequest {
        article: Some(v1::Article { authors: vec!["\0".to_owned(); 79_000], ..article("hostile/authors") }),
        ..Default::default()
    };
    let sources = v1::SubmitClaimRequest {
        parent: "articles/0123456789abcdef".to_owned(),
        claim: Some(v1::Claim {
            quote: "Es kamen 40 Gäste.".to_owned(),
            sources: vec![v1::Source::default(); 11_000],
            ..Default::default()
        }),
        ..Default::default()
    };
    for (path, body, first) in [
        ("/claimdesk.v1.ReviewService/ReviewClaim", review.encode_to_vec(), "point_ids"),
        ("/claimdesk.v1.ArticleService/SubmitArticle", authors.encode_to_vec(), "article.authors"),
        ("/claimdesk.v1.ClaimService/SubmitClaim", sources.encode_to_vec(), "claim.sources"),
    ] {
        let status = post(server, path, &[], message(&body), true).await.status();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        let told = fields(&status);
        assert!(told.iter().any(|field| field == first) && told.len() <= 20, "{told:?}");
        assert!(status.get_error_details().error_info().is_some());
        assert!(status.message().len() + status.details().len() < 8 << 10, "{path}");
    }
    answers(server).await;
}
