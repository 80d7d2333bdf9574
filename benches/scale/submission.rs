//! What it costs to store an article, and how much of that is for finding its claims later.
//!
//! The articles are stored and taken back (`validate_only`), so that the database stays what it was.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use claimdesk::proto::v1::{self, article_service_client::ArticleServiceClient};
use hdrhistogram::Histogram;
use sqlx::PgConnection;

use crate::{
    cluster::Service,
    texts::{self, Newsroom},
};

const ARTICLES: u32 = 300;

/// What a submission costs in a database.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) median: u64,
    pub(crate) p99: u64,
    pub(crate) claims_per_article: f64,
    pub(crate) terms_per_claim: f64,
    pub(crate) likenesses_per_claim: f64,
    /// The share of the call's time in which PostgreSQL writes terms and words; `None` where it does not count statements.
    pub(crate) share_of_terms: Option<f64>,
    /// The share in which it writes everything else of the claims.
    pub(crate) share_of_claims: Option<f64>,
}

/// Stores articles that are not there, and takes them back.
pub(crate) async fn measure(
    service: &Service,
    connection: &mut PgConnection,
    counted: bool,
) -> anyhow::Result<Cost> {
    let mut client = ArticleServiceClient::connect(service.address().to_owned()).await?;
    let mut newsroom = Newsroom::new();
    let mut histogram = Histogram::<u64>::new(3)?;
    let (mut claims, mut all) = (0, Duration::ZERO);
    if counted {
        sqlx::query("SELECT pg_stat_statements_reset()").execute(&mut *connection).await?;
    }
    for number in 0..ARTICLES {
        let story = newsroom.story();
        let article = v1::Article {
            text: story.text,
            uri: format!("https://example.org/submission/{number}"),
            publisher: texts::publisher(0),
            title: story.title,
            publish_date: story.publish_date,
            language: story.language.to_owned(),
            ..v1::Article::default()
        };
        let request =
            v1::SubmitArticleRequest { article: Some(article), validate_only: true, ..Default::default() };
        let began = Instant::now();
        let answer = client.submit_article(request).await.context("SubmitArticle")?;
        let took = began.elapsed();
        all += took;
        claims += answer.into_inner().claims.len();
        histogram.record(u64::try_from(took.as_micros())?)?;
    }
    let mut share = async |beginning: &str| -> anyhow::Result<Option<f64>> {
        if !counted {
            return Ok(None);
        }
        let (milliseconds,): (f64,) = sqlx::query_as(
            "SELECT coalesce(sum(total_exec_time), 0)::float8 FROM pg_stat_statements
              WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND starts_with(query, $1)",
        )
        .bind(beginning)
        .fetch_one(&mut *connection)
        .await?;
        Ok(Some(milliseconds / 1e3 / all.as_secs_f64()))
    };
    let (share_of_terms, share_of_claims) = (share("WITH words AS").await?, share("WITH claims AS").await?);
    let (terms_per_claim, likenesses_per_claim): (f64, f64) = sqlx::query_as(
        "SELECT avg(length(t.terms))::float8,
                avg((SELECT count(*) FROM likeness l WHERE l.article_id = t.article_id AND l.claim_id = t.claim_id))::float8
           FROM (SELECT * FROM claim_search LIMIT 1000) AS t",
    )
    .fetch_one(connection)
    .await?;
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let claims_per_article = claims as f64 / f64::from(ARTICLES);
    Ok(Cost {
        median: histogram.value_at_quantile(0.5),
        p99: histogram.value_at_quantile(0.99),
        claims_per_article,
        terms_per_claim,
        likenesses_per_claim,
        share_of_terms,
        share_of_claims,
    })
}
