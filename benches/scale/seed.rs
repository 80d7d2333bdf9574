//! Articles that the real service stores and reviews: what all others are copies of.

use std::sync::Arc;

use anyhow::Context as _;
use claimdesk::proto::v1::{
    self, article_service_client::ArticleServiceClient, review_service_client::ReviewServiceClient,
};
use pbjson_types::Timestamp;
use tokio::{sync::Mutex, task::JoinSet};
use tonic::transport::Channel;

use crate::texts::{self, Newsroom};

/// At how many addresses each text stands; what is decided on one of them is suggested for the other.
const PRINTINGS: usize = 2;
/// How many articles are sent side by side.
const SENDERS: usize = 4;
/// How many decisions a call makes.
const BATCH: usize = 100;
/// Of how many claims of the first and of the second printing one is decided on.
const ONE_DECIDED_OF: [usize; PRINTINGS] = [6, 30];

/// Fills an empty service with at least so many claims, and decides on some. Gives how many articles there are.
pub(crate) async fn fill(channel: &Channel, claims: u64) -> anyhow::Result<u64> {
    let state = Arc::new(Mutex::new(State {
        newsroom: Newsroom::new(),
        articles: 0,
        claims: 0,
        decided: Vec::new(),
    }));
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(send(channel.clone(), Arc::clone(&state), claims));
    }
    while let Some(sender) = senders.join_next().await {
        sender??;
    }
    let state = state.lock().await;
    let mut client = ReviewServiceClient::new(channel.clone());
    for (number, names) in state.decided.chunks(BATCH).enumerate() {
        let requests = names.iter().enumerate().map(|(at, name)| decision(name, number + at)).collect();
        let batch = v1::BatchReviewClaimsRequest { requests, ..Default::default() };
        client.batch_review_claims(batch).await.context("BatchReviewClaims")?;
    }
    Ok(state.articles)
}

/// When the evidence was looked at: 1 January 2015.
const ACCESSED: i64 = 1_420_070_400;

struct State {
    newsroom: Newsroom,
    articles: u64,
    claims: u64,
    decided: Vec<String>,
}

async fn send(channel: Channel, state: Arc<Mutex<State>>, claims: u64) -> anyhow::Result<()> {
    let mut client = ArticleServiceClient::new(channel);
    loop {
        let (number, story) = {
            let mut state = state.lock().await;
            if state.claims >= claims {
                return Ok(());
            }
            state.articles += PRINTINGS as u64;
            (state.articles, state.newsroom.story())
        };
        for (printing, one_decided_of) in ONE_DECIDED_OF.into_iter().enumerate() {
            let article = v1::Article {
                text: story.text.clone(),
                uri: format!("https://example.org/{number}/{printing}"),
                publisher: texts::publisher(
                    (usize::try_from(number)? / PRINTINGS + printing) % texts::PUBLISHERS,
                ),
                title: story.title.clone(),
                publish_date: story.publish_date.clone(),
                language: story.language.to_owned(),
                ..v1::Article::default()
            };
            let request = v1::SubmitArticleRequest { article: Some(article), ..Default::default() };
            let stored = client.submit_article(request).await.context("SubmitArticle")?.into_inner();
            let mut state = state.lock().await;
            state.claims += stored.claims.len() as u64;
            let decided = stored.claims.into_iter().map(|claim| claim.name);
            state.decided.extend(decided.step_by(one_decided_of));
        }
    }
}

fn decision(name: &str, number: usize) -> v1::ReviewClaimRequest {
    let verdict = ["VERIFIED", "DISPUTED", "VERIFIED", "UNVERIFIABLE", "DISMISSED"][number % 5];
    let evidence = v1::Evidence {
        uri: format!("https://example.net/report/{number}"),
        quote: "The report has the same figure.".to_owned(),
        publisher: "Office of Numbers".to_owned(),
        access_time: Some(Timestamp { seconds: ACCESSED, nanos: 0 }),
        ..v1::Evidence::default()
    };
    v1::ReviewClaimRequest {
        name: name.to_owned(),
        verdict: verdict.to_owned(),
        evidence: if number % 5 < 3 { vec![evidence] } else { Vec::new() },
        note: "Read in the report.".to_owned(),
        ..v1::ReviewClaimRequest::default()
    }
}
