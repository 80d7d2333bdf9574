//! Many callers, and more than one service on a database.

use claimdesk::proto::v1;
use tonic::Code;

use super::harness::{self, Options, Server};
use super::samples::{article, decision, submission, submit};

#[tokio::test]
async fn fifty_articles_at_once() {
    let server = Server::start();
    let tasks: Vec<_> = (0..50)
        .map(|at| {
            let mut client = server.articles();
            tokio::spawn(
                async move { client.submit_article(submission(article(&format!("at-once/{at}")))).await },
            )
        })
        .collect();
    let mut names = std::collections::HashSet::new();
    for task in tasks {
        let answer = task.await.unwrap().unwrap().into_inner();
        assert!(answer.created);
        assert_eq!(answer.claims.len(), 3);
        names.insert(answer.article.unwrap().name);
    }
    assert_eq!(names.len(), 50);
}

#[tokio::test]
async fn the_same_article_fifty_times_at_once_is_one() {
    let server = Server::start();
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let mut client = server.articles();
            tokio::spawn(async move { client.submit_article(submission(article("at-once/same"))).await })
        })
        .collect();
    let mut created = 0;
    let mut names = std::collections::HashSet::new();
    for task in tasks {
        let answer = task.await.unwrap().unwrap().into_inner();
        created += usize::from(answer.created);
        names.insert(answer.article.unwrap().name);
        names.extend(answer.claims.into_iter().map(|claim| claim.name));
    }
    assert_eq!((created, names.len()), (1, 4));
    let listed =
        server.articles().list_articles(v1::ListArticlesRequest::default()).await.unwrap().into_inner();
    assert_eq!(listed.articles.len(), 1);
}

#[tokio::test]
async fn the_same_request_id_fifty_times_at_once_is_one_decision() {
    let server = harness::shared();
    let claim = super::samples::first_claim(server, "at-once/request-id").await;
    let request = v1::ReviewClaimRequest {
        request_id: "at-once-request-id".to_owned(),
        ..decision(&claim.name, "VERIFIED")
    };
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (mut client, request) = (server.reviews(), request.clone());
            tokio::spawn(async move { client.review_claim(request).await })
        })
        .collect();
    let mut reviews = std::collections::HashSet::new();
    for task in tasks {
        reviews.insert(task.await.unwrap().unwrap().into_inner().review.unwrap().name);
    }
    assert_eq!(reviews.len(), 1);
}

#[tokio::test]
async fn two_replicas_start_at_once_on_an_empty_database() {
    let url = harness::database();
    let start = || {
        let url = url.clone();
        tokio::task::spawn_blocking(move || {
            Server::start_with(Options { database: Some(url), ..Options::default() })
        })
    };
    let (one, two, three) = (start(), start(), start());
    let (one, two, three) = (one.await.unwrap(), two.await.unwrap(), three.await.unwrap());
    let stored = submit(&one, "replicas/first").await;
    let claim = &stored.claims[0];
    let request = v1::ReviewClaimRequest { etag: claim.etag.clone(), ..decision(&claim.name, "VERIFIED") };
    two.reviews().review_claim(request).await.expect("what one has stored, the other sees");
    let reopen =
        v1::ReopenClaimRequest { name: claim.name.clone(), etag: claim.etag.clone(), ..Default::default() };
    let status = three.reviews().reopen_claim(reopen).await.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let again = submit(&two, "replicas/first").await;
    assert!(!again.created);

    let at_once: Vec<_> = (0..30)
        .map(|at| {
            let mut client = [&one, &two, &three][at % 3].articles();
            tokio::spawn(async move { client.submit_article(submission(article("replicas/same"))).await })
        })
        .collect();
    let mut created = 0;
    for task in at_once {
        created += usize::from(task.await.unwrap().unwrap().into_inner().created);
    }
    assert_eq!(created, 1);
}
