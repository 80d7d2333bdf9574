//! Client certificates as credentials.

use claimdesk::proto::v1;
use rcgen::SanType;
use tonic::{Code, Request};

use super::{
    pki::{Authority, Signed, articles, channel},
    world::{Guarded, bearing, call, reason},
};
use crate::{
    harness,
    samples::{article, decision, submission},
};

struct Mutual {
    desk: Guarded,
    service: Authority,
    clients: Authority,
}

fn start() -> Mutual {
    let (service, clients) = (Authority::new("of the service"), Authority::new("of clients"));
    let mut arguments = service.serve(&service.service());
    arguments.extend([
        "--client-ca".to_owned(),
        clients.file("clients.pem", &clients.certificate()),
        "--client-certificate-roles".to_owned(),
        "spiffe://example.org/cms=submitter,ada@example.org=reviewer".to_owned(),
    ]);
    Mutual { desk: Guarded::start_with(&arguments), service, clients }
}

impl Mutual {
    async fn list(&self, own: Option<&Signed>) -> Result<(), tonic::Status> {
        let channel = channel(self.desk.server.address(), &self.service, own);
        articles(&channel).list_articles(v1::ListArticlesRequest::default()).await.map(drop)
    }
}

fn email(address: &str) -> Vec<SanType> {
    vec![SanType::Rfc822Name(address.try_into().expect("an address"))]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_says_who_calls() {
    let mutual = start();
    let address = mutual.desk.server.address();
    let uri = SanType::URI("spiffe://example.org/cms".try_into().expect("a URI"));
    let cms = mutual.clients.sign("a name that does not count", vec![uri], 30);
    let ada = mutual.clients.sign("Ada", email("ada@example.org"), 30);

    let sender = channel(address, &mutual.service, Some(&cms));
    let stored =
        articles(&sender).submit_article(submission(article("auth/certificates"))).await.expect("stored");
    let claim = stored.into_inner().claims[0].name.clone();
    let status =
        articles(&sender).list_articles(v1::ListArticlesRequest::default()).await.expect_err("no reader");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "ROLE_MISSING"));

    let reviewer = channel(address, &mutual.service, Some(&ada));
    let mut reviews = v1::review_service_client::ReviewServiceClient::new(reviewer.clone());
    let review = reviews.review_claim(decision(&claim, "VERIFIED")).await.expect("decided").into_inner();
    assert_eq!(review.review.expect("a review").reviewer, "ada@example.org");

    // A token goes before the certificate, and a wrong one is not passed over.
    let mut client = articles(&reviewer);
    let request = bearing(&mutual.desk.admin, v1::DeleteArticleRequest::default());
    let status = client.delete_article(request).await.expect_err("no name");
    assert_eq!(status.code(), Code::InvalidArgument, "an administrator may: {status:?}");
    let status = client.list_articles(bearing("cdk_wrong", v1::ListArticlesRequest::default())).await;
    assert_eq!(status.expect_err("a wrong token").code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_certificate_or_with_a_wrong_one_nobody_is_known() {
    let mutual = start();
    let status = mutual.list(None).await.expect_err("no certificate");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "CREDENTIALS_MISSING"));
    let open = channel(mutual.desk.server.address(), &mutual.service, None);
    call(open, "grpc.health.v1.Health/Check", Request::new(())).await.expect("health is open");

    let ada = mutual.clients.sign("Ada", email("ada@example.org"), 30);
    mutual.list(Some(&ada)).await.expect("a reviewer reads");
    let nobody = mutual.clients.sign("Bert", email("bert@example.org"), 30);
    let status = mutual.list(Some(&nobody)).await.expect_err("no role");
    assert_eq!(reason(&status), "ROLE_MISSING");
    let nameless = mutual.clients.sign("", vec![], 30);
    let status = mutual.list(Some(&nameless)).await.expect_err("no name");
    assert_eq!(reason(&status), "CREDENTIALS_INVALID");

    // These do not even get a connection.
    let foreign = Authority::new("foreign").sign("Ada", email("ada@example.org"), 30);
    let ended = mutual.clients.sign("Ada", email("ada@example.org"), 0);
    for (what, own) in [("of another authority", &foreign), ("that has ended", &ended)] {
        let status = mutual.list(Some(own)).await.expect_err(what);
        assert!(!matches!(status.code(), Code::Ok | Code::PermissionDenied), "{what}: {status:?}");
    }
}

#[test]
fn the_client_shows_its_certificate() {
    let mutual = start();
    let ada = mutual.clients.sign("Ada", email("ada@example.org"), 30);
    let files = [
        mutual.service.file("ca.pem", &mutual.service.certificate()),
        mutual.clients.file("ada.pem", &ada.certificate),
        mutual.clients.file("ada.key", &ada.key),
    ];
    let address = format!("https://{}", mutual.desk.server.address());
    let client = |arguments: &[&str]| {
        let mut command =
            harness::client_command(&["articles", "list", "--server", &address, "--ca-cert", &files[0]]);
        harness::answer(command.args(arguments), "")
    };
    client(&["--client-cert", &files[1], "--client-key", &files[2]]).success();
    let refused = client(&[]);
    assert_eq!(refused.code, 4, "{refused:?}");
    assert!(
        refused.stderr.contains("CREDENTIALS_MISSING") && refused.stderr.contains("--token-file"),
        "{refused:?}"
    );
    let half = client(&["--client-cert", &files[1]]);
    assert_eq!(half.code, 2, "{half:?}");
}
