//! Storing, reading, listing and deleting articles.

use claimdesk::proto::v1;
use tonic::Code;

use super::harness::{self, Server};
use super::samples::{
    article, assert_spans, decision, fields, first_claim, parent, reason, submission, submit,
};

#[tokio::test]
async fn submitting_answers_with_the_claims_and_stores_them() {
    let server = harness::shared();
    let answer = submit(server, "articles/submit").await;
    assert!(answer.created);
    assert_eq!(answer.claims.len(), 3);
    assert_spans(super::samples::GERMAN, &answer.claims);
    let stored = answer.article.expect("the article");
    assert!(stored.name.starts_with("articles/"), "{}", stored.name);
    assert_eq!(stored.text, "", "the text need not travel back");
    assert_eq!(stored.claim_count, 3);
    assert!(!stored.etag.is_empty() && stored.create_time.is_some());
    for claim in &answer.claims {
        assert!(claim.name.starts_with(&format!("{}/claims/", stored.name)), "{}", claim.name);
        assert_eq!((claim.state.as_str(), claim.origin.as_str()), ("UNREVIEWED", "EXTRACTED"));
        assert!(!claim.etag.is_empty());
    }

    let request = v1::GetArticleRequest { name: stored.name.clone() };
    let read = server.articles().get_article(request).await.unwrap().into_inner().article.unwrap();
    assert_eq!(read.text, super::samples::GERMAN);
    assert_eq!(read.etag, stored.etag);
    let request = v1::ListClaimsRequest { parent: stored.name, ..Default::default() };
    let listed = server.claims().list_claims(request).await.unwrap().into_inner();
    assert_eq!(listed.claims, answer.claims, "what was answered is what is stored, in the same order");
}

#[tokio::test]
async fn the_same_article_again_gives_the_stored_one() {
    let server = harness::shared();
    let first = submit(server, "articles/again").await;
    let second = submit(server, "articles/again").await;
    assert!(first.created && !second.created);
    assert_eq!(first.article, second.article);
    assert_eq!(first.claims, second.claims);

    let elsewhere = submit(server, "articles/again-elsewhere").await;
    assert!(elsewhere.created, "another URI is another article");
    let mut changed = article("articles/again");
    changed.text.push_str("Im Juli 2024 kamen 40 Gäste.\n");
    let changed = server.articles().submit_article(submission(changed)).await.unwrap().into_inner();
    assert!(changed.created, "another text is another article");
}

#[tokio::test]
async fn the_same_article_again_keeps_what_was_decided() {
    let server = harness::shared();
    let claim = first_claim(server, "articles/decided").await;
    server.reviews().review_claim(decision(&claim.name, "VERIFIED")).await.unwrap();
    let again = submit(server, "articles/decided").await;
    assert_eq!(again.claims[0].name, claim.name);
    assert_eq!(again.claims[0].state, "VERIFIED");
}

#[tokio::test]
async fn validate_only_answers_but_stores_nothing() {
    let server = Server::start();
    let request =
        v1::SubmitArticleRequest { validate_only: true, ..submission(article("articles/validate")) };
    let answer = server.articles().submit_article(request).await.unwrap().into_inner();
    assert_eq!(answer.claims.len(), 3);
    let listed =
        server.articles().list_articles(v1::ListArticlesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.articles, vec![]);
}

#[tokio::test]
async fn extracting_stores_nothing() {
    let server = Server::start();
    let request =
        v1::ExtractClaimsRequest { article: Some(article("articles/extract")), ..Default::default() };
    let answer = server.articles().extract_claims(request).await.unwrap().into_inner();
    assert_eq!(answer.language, "de");
    assert_eq!(answer.claims.len(), 3);
    assert_spans(super::samples::GERMAN, &answer.claims);
    let listed =
        server.articles().list_articles(v1::ListArticlesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.articles, vec![]);
}

/// A page around two sentences that are claims, with what no claim may come from.
const PAGE: &str = "<!DOCTYPE html><html><head><title>Courier</title><script>if (1 < 2) alert('2019')</script></head>\
    <body><nav><a href=/>Home</a></nav><article><h1>Harbour handled 2.7 million containers</h1>\
    <p>The harbour handled <b>2.7&nbsp;million</b> containers last year &ndash; 4.5 percent more than in 2022.</p>\
    <figure><img src=a.jpg><figcaption>The harbour was built in 1911.</figcaption></figure>\
    <aside>Two million people read the Courier every day.</aside>\
    <p>The crane was sold for 3 million euros in May.<br></article>\
    <footer>The Courier was founded in 1950.</footer></body></html>";

#[tokio::test]
async fn a_page_is_read_for_its_article() {
    let server = harness::shared();
    let page = v1::Article {
        text: PAGE.to_owned(),
        content_type: "text/html; charset=utf-8".to_owned(),
        language: "en".to_owned(),
        uri: "https://example.org/articles/page".to_owned(),
        ..Default::default()
    };
    let request = v1::ExtractClaimsRequest { article: Some(page.clone()), ..Default::default() };
    let extracted = server.articles().extract_claims(request).await.unwrap().into_inner();
    assert!(extracted.text.starts_with("Harbour handled 2.7 million containers\n\nThe harbour"));
    assert!(!extracted.text.contains("founded") && !extracted.text.contains("alert"), "{}", extracted.text);
    assert_spans(&extracted.text, &extracted.claims);
    let quotes: Vec<_> = extracted.claims.iter().map(|claim| claim.quote.as_str()).collect();
    assert_eq!(
        quotes,
        [
            "The harbour handled 2.7\u{a0}million containers last year – 4.5 percent more than in 2022.",
            "The crane was sold for 3 million euros in May.",
        ]
    );

    let submitted = server.articles().submit_article(submission(page.clone())).await.unwrap().into_inner();
    let name = submitted.article.expect("the article").name;
    let request = v1::GetArticleRequest { name };
    let stored = server.articles().get_article(request).await.unwrap().into_inner().article.unwrap();
    assert_eq!(stored.text, extracted.text, "what is stored is what spans count in");
    assert_spans(&stored.text, &submitted.claims);

    for (text, content_type, field) in [
        (PAGE, "application/pdf", "article.content_type"),
        ("<nav>Home</nav><p></p>", "text/html", "article.text"),
    ] {
        let article =
            v1::Article { text: text.to_owned(), content_type: content_type.to_owned(), ..page.clone() };
        let status = server.articles().submit_article(submission(article)).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "FIELD_INVALID"));
        assert_eq!(fields(&status), [field]);
    }
}

#[tokio::test]
async fn a_threshold_leaves_claims_out() {
    let server = harness::shared();
    let request = v1::ExtractClaimsRequest {
        article: Some(article("articles/threshold")),
        min_check_worthiness: 1.0,
        ..Default::default()
    };
    let answer = server.articles().extract_claims(request).await.unwrap().into_inner();
    assert!(answer.claims.iter().all(|claim| claim.check_worthiness >= 1.0));
    let request = v1::ExtractClaimsRequest {
        article: Some(article("articles/threshold")),
        min_check_worthiness: 1.5,
        ..Default::default()
    };
    let status = server.articles().extract_claims(request).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "FIELD_INVALID"));
    assert_eq!(fields(&status), ["min_check_worthiness"]);
}

#[tokio::test]
async fn a_request_id_makes_a_retry_safe() {
    let server = harness::shared();
    let request = v1::SubmitArticleRequest {
        request_id: "articles-retry-1".to_owned(),
        ..submission(article("articles/retry"))
    };
    let first = server.articles().submit_article(request.clone()).await.unwrap().into_inner();
    // What happens in between is not in the replay.
    server.reviews().review_claim(decision(&first.claims[0].name, "VERIFIED")).await.unwrap();
    let second = server.articles().submit_article(request.clone()).await.unwrap().into_inner();
    assert_eq!(first, second, "the first answer, created and all");

    let other = v1::SubmitArticleRequest { article: Some(article("articles/retry-other")), ..request };
    let status = server.articles().submit_article(other).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "REQUEST_ID_REUSED"));
    assert_eq!(fields(&status), ["request_id"]);
}

#[tokio::test]
async fn deleting_needs_force_once_claims_are_reviewed() {
    let server = harness::shared();
    let claim = first_claim(server, "articles/delete").await;
    let name = parent(&claim.name);
    server.reviews().review_claim(decision(&claim.name, "DISPUTED")).await.unwrap();

    let request = v1::DeleteArticleRequest { name: name.clone(), ..Default::default() };
    let status = server.articles().delete_article(request.clone()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "ARTICLE_REVIEWED"));

    let stale = v1::DeleteArticleRequest { force: true, etag: "stale".to_owned(), ..request.clone() };
    let status = server.articles().delete_article(stale).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Aborted, "ETAG_MISMATCH"));

    let trial = v1::DeleteArticleRequest { force: true, validate_only: true, ..request.clone() };
    server.articles().delete_article(trial).await.unwrap();
    let forced =
        v1::DeleteArticleRequest { force: true, request_id: "articles-delete-1".to_owned(), ..request };
    server.articles().delete_article(forced.clone()).await.unwrap();
    server.articles().delete_article(forced).await.expect("a retry of what succeeded succeeds");

    let status = server.articles().get_article(v1::GetArticleRequest { name }).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "ARTICLE_NOT_FOUND"));
    let status = server.claims().get_claim(v1::GetClaimRequest { name: claim.name }).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn a_deleted_article_can_be_stored_anew() {
    let server = harness::shared();
    let first = submit(server, "articles/anew").await.article.unwrap();
    let request =
        v1::DeleteArticleRequest { name: first.name.clone(), etag: first.etag, ..Default::default() };
    server.articles().delete_article(request).await.unwrap();
    let second = submit(server, "articles/anew").await;
    assert!(second.created);
    assert_eq!(second.claims.len(), 3);
}

#[tokio::test]
async fn articles_are_listed_by_filter_and_order() {
    let server = Server::start();
    for (label, publisher, date) in [
        ("a", "APA", "2024-06-19"),
        ("b", "dpa", "2024-05"),
        ("c", "APA", "2023"),
        ("d", "dpa", "2024-07-01"),
    ] {
        let mut one = article(label);
        publisher.clone_into(&mut one.publisher);
        date.clone_into(&mut one.publish_date);
        server.articles().submit_article(submission(one)).await.unwrap();
    }
    let list = |filter: &'static str, order_by: &'static str| {
        let mut client = server.articles();
        async move {
            let request = v1::ListArticlesRequest {
                filter: filter.to_owned(),
                order_by: order_by.to_owned(),
                ..Default::default()
            };
            let answer = client.list_articles(request).await.unwrap().into_inner();
            let last = |article: &v1::Article| article.uri.rsplit('/').next().unwrap().to_owned();
            answer.articles.iter().map(last).collect::<Vec<_>>().join(" ")
        }
    };
    assert_eq!(list("", "").await, "d c b a", "the newest first");
    assert_eq!(list("", "create_time").await, "a b c d");
    assert_eq!(list("publisher = \"APA\"", "create_time").await, "a c");
    assert_eq!(list("NOT publisher = \"APA\"", "create_time").await, "b d");
    assert_eq!(list("publish_date >= \"2024-06\"", "publish_date").await, "a d");
    assert_eq!(list("publisher = \"APA\" OR uri : \"/d\"", "create_time desc").await, "d c a");
    assert_eq!(list("claim_count > 3", "").await, "");
}
