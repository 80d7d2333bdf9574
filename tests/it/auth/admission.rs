//! Every role against every method, and that nothing else of a request is looked at before.

use std::collections::BTreeSet;

use prost::Message as _;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use super::world::{Guarded, bearing, call, reason};
use crate::harness::{self, Options, Server};

/// Who may call what: S submitter, R reader, V reviewer, A admin, and 0 for nobody known.
const METHODS: [(&str, &str); 26] = [
    ("claimdesk.v1.ArticleService/SubmitArticle", "S  A"),
    ("claimdesk.v1.ArticleService/ImportArticles", "S  A"),
    ("claimdesk.v1.ArticleService/ExtractClaims", "SRVA"),
    ("claimdesk.v1.ArticleService/GetArticle", " RVA"),
    ("claimdesk.v1.ArticleService/ListArticles", " RVA"),
    ("claimdesk.v1.ArticleService/DeleteArticle", "   A"),
    ("claimdesk.v1.ClaimService/SubmitClaim", "S VA"),
    ("claimdesk.v1.ClaimService/GetClaim", " RVA"),
    ("claimdesk.v1.ClaimService/ListClaims", " RVA"),
    ("claimdesk.v1.ClaimService/WatchClaims", " RVA"),
    ("claimdesk.v1.ClaimService/ListChanges", " RVA"),
    ("claimdesk.v1.ClaimService/VerifyChanges", "   A"),
    ("claimdesk.v1.ReviewService/LeaseClaims", "  VA"),
    ("claimdesk.v1.ReviewService/RenewLease", "  VA"),
    ("claimdesk.v1.ReviewService/ReleaseLease", "  VA"),
    ("claimdesk.v1.ReviewService/ReviewClaim", "  VA"),
    ("claimdesk.v1.ReviewService/BatchReviewClaims", "  VA"),
    ("claimdesk.v1.ReviewService/ReopenClaim", "  VA"),
    ("claimdesk.v1.ReviewService/ListReviews", " RVA"),
    ("claimdesk.v1.AdminService/CreateToken", "   A"),
    ("claimdesk.v1.AdminService/ListTokens", "   A"),
    ("claimdesk.v1.AdminService/RevokeToken", "   A"),
    ("grpc.health.v1.Health/Check", "0SRVA"),
    ("grpc.health.v1.Health/Watch", "0SRVA"),
    ("grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "0SRVA"),
    ("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", "0SRVA"),
];

#[test]
fn the_methods_here_are_those_of_the_contract() {
    let set = prost_types::FileDescriptorSet::decode(claimdesk::proto::DESCRIPTORS).expect("descriptors");
    let services = set.file.iter().flat_map(|file| &file.service);
    let of_the_contract: BTreeSet<String> = services
        .flat_map(|service| {
            service.method.iter().map(|it| format!("claimdesk.v1.{}/{}", service.name(), it.name()))
        })
        .collect();
    let here = METHODS.iter().map(|(method, _)| (*method).to_owned());
    let here: BTreeSet<String> = here.filter(|method| method.starts_with("claimdesk.")).collect();
    assert_eq!(here, of_the_contract);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_role_may_call_its_methods_and_no_others() {
    let desk = Guarded::start();
    let channel = desk.server.channel();
    let mut callers = vec![('0', None)];
    for (letter, role) in [('S', "submitter"), ('R', "reader"), ('V', "reviewer"), ('A', "admin")] {
        callers.push((letter, Some(desk.token(&format!("only-{role}"), &[role]).await)));
    }
    for (letter, token) in &callers {
        for (method, may) in METHODS {
            let request = token.as_ref().map_or_else(|| Request::new(()), |token| bearing(token, ()));
            let answer = call(channel.clone(), method, request).await;
            let code = answer.as_ref().err().map_or(Code::Ok, tonic::Status::code);
            match (may.contains(*letter), token) {
                (true, _) => assert!(
                    !matches!(code, Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented),
                    "{letter} may call {method}: {answer:?}"
                ),
                (false, None) => {
                    let status = answer.expect_err(method);
                    assert_eq!(
                        (code, reason(&status).as_str()),
                        (Code::Unauthenticated, "CREDENTIALS_MISSING")
                    );
                    assert!(status.message().contains("authorization"), "{status:?}");
                }
                (false, Some(_)) => {
                    let status = answer.expect_err(method);
                    assert_eq!(code, Code::PermissionDenied, "{letter} may not call {method}: {status:?}");
                    assert_eq!(reason(&status), "ROLE_MISSING");
                    let metadata = status.get_details_error_info().expect("a reason").metadata;
                    assert_eq!(metadata["method"], method);
                    assert!(metadata["roles"].contains("ADMIN"), "{metadata:?}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_roles_add_up() {
    let desk = Guarded::start();
    let both = desk.token("cms", &["submitter", "READER"]).await;
    for method in ["claimdesk.v1.ArticleService/SubmitArticle", "claimdesk.v1.ArticleService/ListArticles"] {
        let answer = call(desk.server.channel(), method, bearing(&both, ())).await;
        let code = answer.err().map(|status| status.code());
        assert!(!matches!(code, Some(Code::PermissionDenied | Code::Unauthenticated)), "{method}: {code:?}");
    }
    let refused =
        call(desk.server.channel(), "claimdesk.v1.ReviewService/ReviewClaim", bearing(&both, ())).await;
    assert_eq!(refused.expect_err("no reviewer").code(), Code::PermissionDenied);
}

/// Begins a call by hand, sends nothing of its message, and gives what is answered to that.
async fn headers_alone(address: &str, path: &str, token: Option<&str>) -> http::HeaderMap {
    let stream = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let (mut client, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    let driver = tokio::spawn(connection);
    let mut request = http::Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let (answer, _open) = client.send_request(request.body(()).expect("a request"), false).expect("sent");
    let answer = tokio::time::timeout(std::time::Duration::from_secs(30), answer).await;
    let headers = answer.expect("an answer to the headers alone").expect("an answer").headers().clone();
    driver.abort();
    headers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_may_not_is_sent_away_before_the_message_is_there() {
    let desk = Guarded::start();
    let reader = desk.token("reader", &["READER"]).await;
    let address = desk.server.address();
    let status = |headers: &http::HeaderMap| headers["grpc-status"].to_str().expect("a number").to_owned();
    let path = "/claimdesk.v1.ArticleService/SubmitArticle";
    assert_eq!(status(&headers_alone(address, path, None).await), "16");
    assert_eq!(status(&headers_alone(address, path, Some("cdk_nonsense")).await), "16");
    assert_eq!(status(&headers_alone(address, path, Some(&reader)).await), "7");
    let unknown = "/claimdesk.v1.ArticleService/DropArticles";
    assert_eq!(
        status(&headers_alone(address, unknown, None).await),
        "16",
        "nothing is told of methods either"
    );
    assert_eq!(status(&headers_alone(address, unknown, Some(&desk.admin)).await), "12");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_credentials_everything_is_open_on_loopback_but_the_tokens() {
    let server = harness::shared();
    for (method, _) in METHODS {
        let answer = call(server.channel(), method, Request::new(())).await;
        let status = answer.err();
        let code = status.as_ref().map(tonic::Status::code);
        if method.contains("AdminService") {
            assert_eq!(code, Some(Code::FailedPrecondition), "{method}");
            assert_eq!(status.as_ref().map(reason).as_deref(), Some("CREDENTIALS_NOT_ASKED"), "{method}");
        } else {
            assert!(
                !matches!(code, Some(Code::Unauthenticated | Code::PermissionDenied)),
                "{method}: {code:?}"
            );
        }
    }
    let unknown = call(server.channel(), "claimdesk.v1.ArticleService/DropArticles", Request::new(())).await;
    let unknown = unknown.expect_err("no such method");
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::Unimplemented, "METHOD_UNKNOWN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_can_be_switched_off() {
    let arguments = vec!["--reflection".to_owned(), "off".to_owned()];
    let server =
        Server::start_with(Options { database: Some(harness::database()), arguments, ..Options::default() });
    let listed = harness::answer(harness::tool("grpcurl").args(["-plaintext", server.address(), "list"]), "");
    assert_ne!(listed.code, 0, "{listed:?}");
    assert!(listed.stderr.contains("does not support the reflection API"), "{listed:?}");
    let health = call(server.channel(), "grpc.health.v1.Health/Check", Request::new(())).await;
    assert!(health.is_ok(), "{health:?}");
}
