//! Who a review, a lease and a change are by: the credentials say it, and nothing in the request does.

use claimdesk::proto::v1;
use tonic::Code;

use super::world::{Guarded, bearing, reason};
use crate::samples::{article, decision, submission};

#[tokio::test(flavor = "multi_thread")]
async fn the_credentials_say_who_decides() {
    let desk = Guarded::start();
    let cms = desk.token("cms", &["SUBMITTER"]).await;
    let ada = desk.token("ada", &["REVIEWER"]).await;
    let stored =
        desk.server.articles().submit_article(bearing(&cms, submission(article("auth/identity")))).await;
    let claims = stored.expect("stored").into_inner().claims;

    let lease = v1::LeaseClaimsRequest { max_claims: 1, ..v1::LeaseClaimsRequest::default() };
    let leases =
        desk.server.reviews().lease_claims(bearing(&ada, lease)).await.expect("a lease").into_inner().leases;
    assert_eq!(leases[0].owner, "ada");

    let mut decided = decision(&claims[0].name, "VERIFIED");
    if leases[0].claim.as_ref().is_some_and(|claim| claim.name == claims[0].name) {
        decided.lease_token = leases[0].token.clone();
    }
    let review = desk.server.reviews().review_claim(bearing(&ada, decided)).await.expect("decided");
    assert_eq!(review.into_inner().review.expect("a review").reviewer, "ada");

    let parent = claims[0].name.clone();
    let changes = v1::ListChangesRequest { parent, ..v1::ListChangesRequest::default() };
    let changes =
        desk.server.claims().list_changes(bearing(&ada, changes)).await.expect("a list").into_inner();
    let actors: Vec<_> = changes.changes.iter().map(|change| change.actor.as_str()).collect();
    assert_eq!(actors, ["cms", "ada"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_who_called() {
    let desk = Guarded::start_with(&["--log-format".to_owned(), "json".to_owned()]);
    let ada = desk.token("ada", &["READER"]).await;
    desk.server
        .articles()
        .list_articles(bearing(&ada, v1::ListArticlesRequest::default()))
        .await
        .expect("a reader");
    desk.server
        .reviews()
        .review_claim(bearing(&ada, decision("x", "VERIFIED")))
        .await
        .expect_err("no reviewer");
    desk.server.signal("TERM");
    desk.server.wait();
    let log = desk.server.log();
    let events: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    for (method, status) in [
        ("claimdesk.v1.ArticleService/ListArticles", "Ok"),
        ("claimdesk.v1.ReviewService/ReviewClaim", "PermissionDenied"),
    ] {
        let call = events
            .iter()
            .find(|event| event["message"] == "answered" && event["span"]["rpc.method"] == method);
        let call = call.unwrap_or_else(|| panic!("{method} is not told:\n{log}"));
        assert_eq!(call["status"], status);
        assert_eq!(
            (&call["span"]["subject"], &call["span"]["roles"]),
            (&"ada".into(), &"READER".into()),
            "{call}"
        );
    }
    assert!(!log.contains(&ada) && !log.contains(&desk.admin), "a token stands in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_be_somebody_else() {
    let desk = Guarded::start();
    let ada = desk.token("ada", &["REVIEWER"]).await;
    let reading = |name: &str| {
        let mut request = bearing(&ada, v1::ListArticlesRequest::default());
        request.metadata_mut().insert("claimdesk-reviewer", name.parse().expect("a value"));
        request
    };
    let status = desk.server.articles().list_articles(reading("eve")).await.expect_err("refused");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "REVIEWER_MISMATCH"));
    assert!(status.message().contains("ada") && status.message().contains("eve"), "{status:?}");
    desk.server.articles().list_articles(reading("ada")).await.expect("the same name does no harm");
}
