//! Promises of what is on record: all of it, in order, and nothing half done.

use std::collections::HashSet;
use std::time::Duration;

use claimdesk::proto::v1;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tonic::Code;

use super::Engine;
use crate::harness::{Options, Server};
use crate::samples::{article, decision, submission};

pub(super) async fn an_old_etag_decides_nothing(engine: Engine) {
    let claim = engine.submit("etag").await.claims.remove(0);
    engine.first.reviews().review_claim(decision(&claim.name, "VERIFIED")).await.expect("a review");
    let reopen = v1::ReopenClaimRequest {
        name: claim.name.clone(),
        etag: claim.etag.clone(),
        note: "read again".to_owned(),
        ..Default::default()
    };
    let refused = engine.second.reviews().reopen_claim(reopen).await.expect_err("the etag is old");
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(engine.claim(&claim.name).await.state, "VERIFIED");
}

pub(super) async fn a_batch_is_made_whole_or_not_at_all(engine: Engine) {
    let stored = engine.submit("batch").await;
    let names: Vec<&String> = stored.claims.iter().map(|claim| &claim.name).collect();
    let mut requests: Vec<_> = names.iter().map(|name| decision(name, "VERIFIED")).collect();
    requests[2].etag = "\"none\"".to_owned();
    let request = v1::BatchReviewClaimsRequest { requests, ..Default::default() };
    engine.first.reviews().batch_review_claims(request).await.expect_err("one of them is refused");
    for name in names {
        assert_eq!(engine.claim(name).await.state, "UNREVIEWED");
    }
}

pub(super) async fn a_watch_misses_nothing_while_many_write(engine: Engine) {
    let request = v1::WatchClaimsRequest { only_new: true, ..Default::default() };
    let mut watch = engine.second.claims().watch_claims(request).await.expect("a watch").into_inner();
    // The first checkpoint says where it begins.
    watch.message().await.expect("a message").expect("no end");
    let mut calls = JoinSet::new();
    for at in 0..40 {
        let mut client = [engine.first, engine.second][at % 2].articles();
        let request = submission(article(&engine.label(&format!("watch/{at}"))));
        calls.spawn(async move { client.submit_article(request).await });
    }
    let mut expected = HashSet::new();
    for answer in calls.join_all().await {
        expected.insert(answer.expect("stored").into_inner().article.expect("an article").name);
    }
    let (mut changes, mut told) = (HashSet::new(), 0);
    while told < expected.len() * 4 {
        let message = timeout(Duration::from_secs(60), watch.message()).await.expect("in time");
        let Some(change) = message.expect("a message").expect("no end").change else { continue };
        let article = change.name.split("/changes/").next().expect("a name");
        if expected.contains(article) {
            assert!(changes.insert(change.name.clone()), "{} is told twice", change.name);
            told += 1;
        }
    }
}

pub(super) async fn the_log_of_an_article_is_in_the_order_of_what_happened(engine: Engine) {
    let stored = engine.submit("log").await;
    let mut calls = JoinSet::new();
    for (at, claim) in stored.claims.iter().enumerate() {
        let mut client = [engine.first, engine.second][at % 2].reviews();
        let request = decision(&claim.name, "VERIFIED");
        calls.spawn(async move { client.review_claim(request).await });
    }
    for answer in calls.join_all().await {
        answer.expect("a review");
    }
    let parent = stored.article.expect("an article").name;
    let request = v1::ListChangesRequest { parent, page_size: 100, ..Default::default() };
    let changes = engine.second.claims().list_changes(request).await.expect("changes").into_inner().changes;
    assert_eq!(changes.len(), 7, "an article, three claims, three reviews");
    let mut log: Vec<(i64, &str)> = changes
        .iter()
        .map(|change| {
            let position = change.name.rsplit('/').next().and_then(|number| number.parse().ok());
            (position.expect("a position"), change.kind.as_str())
        })
        .collect();
    let listed = log.clone();
    log.sort_unstable();
    assert!(listed.iter().eq(&log) || listed.iter().eq(log.iter().rev()), "{listed:?}");
    let kinds: Vec<&str> = log.iter().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds[0], "ARTICLE_CREATED");
    assert_eq!((&kinds[1..4], &kinds[4..]), (&["CLAIM_CREATED"; 3][..], &["CLAIM_REVIEWED"; 3][..]));
    let positions: HashSet<i64> = log.iter().map(|(position, _)| *position).collect();
    assert_eq!(positions.len(), 7, "no number is given twice");
}

pub(super) async fn a_service_that_is_killed_leaves_nothing_half_done(engine: Engine) {
    let options = Options {
        database: Some(engine.url.clone()),
        arguments: vec!["--migrate".to_owned(), "check".to_owned()],
        ..Options::default()
    };
    let doomed = tokio::task::spawn_blocking(|| Server::start_with(options)).await.expect("a service");
    let mut calls = JoinSet::new();
    for at in 0..16 {
        let mut client = doomed.articles();
        let request = submission(article(&engine.label(&format!("killed/{at}"))));
        calls.spawn(async move { client.submit_article(request).await });
    }
    let first = calls.join_next().await.expect("an answer").expect("no panic");
    doomed.signal("KILL");
    let mut answered: Vec<_> = first.into_iter().collect();
    for answer in calls.join_all().await {
        answered.extend(answer);
    }
    for answer in answered {
        let name = answer.into_inner().article.expect("an article").name;
        engine.first.articles().get_article(v1::GetArticleRequest { name }).await.expect("it was answered");
    }
    for at in 0..16 {
        let stored = engine.submit(&format!("killed/{at}")).await;
        assert_eq!(stored.claims.len(), 3, "whole, whether it was there or not");
    }
}

pub(super) async fn everything_on_record_is_sealed(engine: Engine) {
    let mut page_token = String::new();
    loop {
        let request = v1::VerifyChangesRequest { page_token, ..Default::default() };
        let part = engine.first.claims().verify_changes(request).await.expect("an audit").into_inner();
        assert!(part.breaches.is_empty(), "{:?}", part.breaches);
        page_token = part.next_page_token;
        if page_token.is_empty() {
            return;
        }
    }
}
