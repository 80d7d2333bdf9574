//! Promises of what is stored: it is there, whole, and found.

use std::collections::HashSet;

use claimdesk::proto::v1;
use tonic::Code;

use super::Engine;
use crate::samples::{GERMAN, article, assert_spans, decision, reason, submission};

pub(super) async fn an_article_is_read_back_as_it_was_stored(engine: Engine) {
    let stored = engine.submit("read-back").await;
    let kept = stored.article.expect("an article");
    assert_spans(GERMAN, &stored.claims);
    let request = v1::GetArticleRequest { name: kept.name.clone() };
    let read = engine.second.articles().get_article(request).await.expect("an article").into_inner();
    assert_eq!(read.article.expect("an article").text, GERMAN);
    for claim in stored.claims {
        let read = engine.claim(&claim.name).await;
        assert_eq!((&read.quote, &read.points, &read.sources), (&claim.quote, &claim.points, &claim.sources));
        assert_eq!((read.etag, read.create_time), (claim.etag, claim.create_time));
    }
}

pub(super) async fn two_thousand_claims_are_stored_in_one_piece(engine: Engine) {
    let mut long = article(&engine.label("long"));
    long.text = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern.\n".repeat(2_000);
    let stored = engine.first.articles().submit_article(submission(long)).await.expect("stored").into_inner();
    assert_eq!(stored.claims.len(), 2_000);
    let name = stored.article.expect("an article").name;
    let request = v1::ListClaimsRequest { parent: name, page_size: 1_000, ..Default::default() };
    let listed = engine.second.claims().list_claims(request).await.expect("claims").into_inner();
    assert_eq!(listed.claims.len(), 1_000);
    assert!(!listed.next_page_token.is_empty());
}

pub(super) async fn a_new_version_keeps_what_has_not_changed(engine: Engine) {
    let stored = engine.submit("version").await;
    let (first, last) = (&stored.claims[0], &stored.claims[2]);
    for claim in [first, last] {
        engine.first.reviews().review_claim(decision(&claim.name, "VERIFIED")).await.expect("a review");
    }
    let mut next = article(&engine.label("version"));
    next.text = GERMAN.replace("1,5 Milliarden", "1,6 Milliarden");
    let next = engine.second.articles().submit_article(submission(next)).await.expect("stored").into_inner();
    let state = |quote: &str| {
        let claim = next.claims.iter().find(|claim| claim.quote.contains(quote)).expect("a claim");
        claim.state.clone()
    };
    assert_eq!((state("12.400").as_str(), state("1,6 Milliarden").as_str()), ("VERIFIED", "UNREVIEWED"));
    let refused = engine.first.reviews().review_claim(decision(&last.name, "DISPUTED")).await;
    assert_eq!(reason(&refused.expect_err("it was replaced")), "CLAIM_SUPERSEDED");
}

pub(super) async fn what_is_deleted_takes_everything_with_it(engine: Engine) {
    let stored = engine.submit("deleted").await;
    let name = stored.article.expect("an article").name;
    let claim = stored.claims[0].name.clone();
    engine.first.reviews().review_claim(decision(&claim, "VERIFIED")).await.expect("a review");
    let request = v1::DeleteArticleRequest { name: name.clone(), force: true, ..Default::default() };
    engine.first.articles().delete_article(request).await.expect("deleted");
    let gone = engine.second.claims().get_claim(v1::GetClaimRequest { name: claim }).await;
    assert_eq!(gone.expect_err("deleted").code(), Code::NotFound);
    let again = engine.submit("deleted").await;
    assert!(again.created && again.claims.iter().all(|claim| claim.state == "UNREVIEWED"));
}

pub(super) async fn what_is_only_checked_leaves_nothing(engine: Engine) {
    let request = v1::SubmitArticleRequest {
        validate_only: true,
        ..submission(article(&engine.label("only-checked")))
    };
    let checked = engine.first.articles().submit_article(request).await.expect("checked").into_inner();
    let name = checked.article.expect("an article").name;
    let missing = engine.second.articles().get_article(v1::GetArticleRequest { name }).await;
    assert_eq!(missing.expect_err("not stored").code(), Code::NotFound);
    assert!(engine.submit("only-checked").await.created);
}

/// The names of the claims that a filter finds, page by page.
async fn found(engine: &Engine, filter: &str, page_size: u32) -> Vec<String> {
    let mut names = Vec::new();
    let mut request = v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        filter: filter.to_owned(),
        page_size,
        ..Default::default()
    };
    loop {
        let page = engine.second.claims().list_claims(request.clone()).await.expect("claims").into_inner();
        names.extend(page.claims.into_iter().map(|claim| claim.name));
        if page.next_page_token.is_empty() {
            return names;
        }
        request.page_token = page.next_page_token;
    }
}

pub(super) async fn words_and_ranges_find_their_claims(engine: Engine) {
    let stored = engine.submit("search").await;
    let uri = format!("uri = \"https://example.org/{}\"", engine.label("search"));
    let sales = &stored.claims.iter().find(|claim| claim.quote.contains("Umsatz")).expect("a claim").name;
    for filter in [
        "Umsätze",
        "milliarden AND figure.unit = EUR",
        "figure.value > 1400000000 AND figure.value <= 1500000000",
        "state = UNREVIEWED AND NOT kind = RECORD AND text : \"sank Jahr\"",
    ] {
        let names = found(&engine, &format!("({filter}) AND {uri}"), 10).await;
        assert_eq!(names, [sales.as_str()], "{filter}");
    }
    assert!(found(&engine, &format!("date >= 2099-01-01 AND {uri}"), 10).await.is_empty());
}

/// Stores an article of the publisher whose pages are read.
async fn publish(engine: &Engine, publisher: &str, at: usize) {
    let one =
        v1::Article { publisher: publisher.to_owned(), ..article(&engine.label(&format!("pages/{at}"))) };
    engine.first.articles().submit_article(submission(one)).await.expect("stored");
}

pub(super) async fn pages_have_everything_once_while_others_write(engine: Engine) {
    let publisher = engine.label("pages");
    let filter = format!("publisher = \"{publisher}\"");
    for at in 0..8 {
        publish(&engine, &publisher, at).await;
    }
    let before = found(&engine, &filter, 1_000).await;
    assert_eq!(before.len(), 24);
    let writes = async {
        for at in 8..16 {
            publish(&engine, &publisher, at).await;
        }
    };
    let (paged, ()) = tokio::join!(found(&engine, &filter, 5), writes);
    let once: HashSet<&String> = paged.iter().collect();
    assert_eq!(once.len(), paged.len(), "nothing is there twice");
    assert!(before.iter().all(|name| once.contains(name)), "nothing is missing");
}

pub(super) async fn what_was_seen_before_is_found(engine: Engine) {
    let stored = engine.submit("seen/one").await;
    let decided = &stored.claims[0].name;
    engine.first.reviews().review_claim(decision(decided, "VERIFIED")).await.expect("a review");
    let other = engine.submit("seen/two").await;
    let request = v1::GetClaimRequest { name: other.claims[0].name.clone() };
    let got = engine.second.claims().get_claim(request).await.expect("a claim").into_inner();
    assert!(!got.suggestions.is_empty(), "the same was decided before");
}
