//! Holds a sample of a database against what the service itself makes of the same articles.

use anyhow::{Context as _, ensure};
use claimdesk::proto::v1::{
    self, article_service_client::ArticleServiceClient, claim_service_client::ClaimServiceClient,
};
use sqlx::{AssertSqlSafe, Executor as _, FromRow, PgConnection};
use tonic::transport::Endpoint;

use crate::{
    cluster::{Cluster, Service},
    data::{self, TIME_TERMS},
};

/// How many articles are looked at.
const SAMPLE: i64 = 25;
/// The database that the articles are stored in once more.
const SCRATCH: &str = "scratch";

/// What is told of the rows of an article: not when they came, nor what was decided on since.
const ROWS: [(&str, &str); 8] = [
    ("article", "SELECT to_jsonb(t) - 'create_time' FROM article t WHERE article_id = $1"),
    (
        "claim",
        "SELECT to_jsonb(t) - '{state,version,review_count,create_time,update_time}'::text[]
           FROM claim t WHERE article_id = $1 ORDER BY claim_id",
    ),
    ("point", "SELECT to_jsonb(t) FROM point t WHERE article_id = $1 ORDER BY claim_id, point_id"),
    (
        "source",
        "SELECT to_jsonb(t) FROM source t WHERE article_id = $1 AND review_id IS NULL ORDER BY claim_id, source_id",
    ),
    (
        "likeness",
        "SELECT to_jsonb(t) - '{create_time,decided}'::text[] FROM likeness t WHERE article_id = $1 ORDER BY claim_id, number",
    ),
    (
        "address",
        "SELECT jsonb_build_array(to_jsonb(t), to_jsonb(v) - 'create_time') FROM address t JOIN article_version v
          USING (address_id) WHERE t.article_id = $1",
    ),
    (
        "change",
        "SELECT to_jsonb(t) - '{position,change_time,previous_hash,hash}'::text[] FROM change t
          WHERE article_id = $1 AND kind IN ('ARTICLE_CREATED', 'CLAIM_CREATED') ORDER BY position",
    ),
    // Those of decided claims have other terms by now.
    (
        "claim_search",
        "SELECT jsonb_build_array(claim_id, check_worthiness, ARRAY(SELECT lexeme FROM UNNEST(terms) WHERE lexeme !~ '^[cu]t:'))
           FROM claim_search WHERE article_id = $1 AND claim_id = ANY($2) ORDER BY claim_id",
    ),
];

/// What must be the same of all claims: where they stand in the queue, in their terms and in the log.
const CONSISTENT: &str = "SELECT count(*) FROM claim c
      LEFT JOIN queue q USING (article_id, claim_id)
      LEFT JOIN claim_search t USING (article_id, claim_id)
     WHERE c.article_id = ANY($1)
       AND ((c.state = 'UNREVIEWED') <> (q.article_id IS NOT NULL)
            OR NOT coalesce(t.terms @@ ('''st:' || c.state || '''')::tsquery, false)
            OR (q.check_worthiness, q.create_time) IS DISTINCT FROM
               (CASE WHEN c.state = 'UNREVIEWED' THEN c.check_worthiness END, CASE WHEN c.state = 'UNREVIEWED' THEN c.create_time END)
            OR (t.check_worthiness, t.create_time, t.update_time)
               IS DISTINCT FROM (c.check_worthiness, c.create_time, c.update_time)
            OR EXISTS (SELECT FROM likeness l WHERE l.article_id = c.article_id AND l.claim_id = c.claim_id
                          AND (l.decided = (c.state = 'UNREVIEWED') OR l.create_time <> c.create_time))
            OR c.review_count <> (SELECT count(*) FROM review r WHERE r.article_id = c.article_id AND r.claim_id = c.claim_id))";

#[derive(FromRow)]
struct ArticleRow {
    article_id: String,
    uri: String,
    publisher: String,
    title: String,
    publish_date: String,
    language: String,
    body: String,
}

/// Fails where a row of the sample is not what the service writes.
pub(crate) async fn check(cluster: &Cluster, claims: u64, service: &Service) -> anyhow::Result<()> {
    let mut administration = cluster.connect("postgres").await?;
    for statement in [format!("DROP DATABASE IF EXISTS {SCRATCH}"), format!("CREATE DATABASE {SCRATCH}")] {
        administration.execute(AssertSqlSafe(statement)).await?;
    }
    let scratch_service = Service::start(&cluster.url(SCRATCH))?;
    let mut client = ArticleServiceClient::connect(scratch_service.address().to_owned()).await?;
    let channel = Endpoint::from_shared(service.address().to_owned())?.connect().await?;
    let mut measured = ClaimServiceClient::new(channel);
    let (mut copied, mut stored) =
        (cluster.connect(&data::name(claims)).await?, cluster.connect(SCRATCH).await?);
    let sample = sample(&mut copied).await?;
    for article in &sample {
        let submitted = v1::Article {
            text: article.body.clone(),
            uri: article.uri.clone(),
            publisher: article.publisher.clone(),
            title: article.title.clone(),
            publish_date: article.publish_date.clone(),
            language: article.language.clone(),
            ..v1::Article::default()
        };
        let request = v1::SubmitArticleRequest { article: Some(submitted), ..Default::default() };
        client.submit_article(request).await.context("SubmitArticle")?;
        let open: Vec<(i32,)> = sqlx::query_as("SELECT claim_id FROM queue WHERE article_id = $1")
            .bind(&article.article_id)
            .fetch_all(&mut copied)
            .await?;
        let open: Vec<i32> = open.into_iter().map(|(claim,)| claim).collect();
        let logged = data::is_logged(claims);
        for (table, question) in ROWS.into_iter().filter(|(table, _)| logged || *table != "change") {
            let ours = rows(&mut copied, question, &article.article_id, &open).await?;
            let theirs = rows(&mut stored, question, &article.article_id, &open).await?;
            // A claim need not have a point or a source.
            let written = !theirs.is_empty() || matches!(table, "point" | "source" | "claim_search");
            ensure!(
                written && ours == theirs,
                "{table} of article {}:\n{ours:?}\nThe service writes:\n{theirs:?}",
                article.article_id
            );
        }
        if !logged {
            continue;
        }
        let request = v1::VerifyChangesRequest {
            parent: format!("articles/{}", article.article_id),
            ..Default::default()
        };
        let verified = measured.verify_changes(request).await.context("VerifyChanges")?.into_inner();
        ensure!(
            verified.breaches.is_empty() && verified.unsealed_count == 0 && verified.change_count > 0,
            "the change log of article {}: {verified:?}",
            article.article_id
        );
    }
    let keys: Vec<String> = sample.into_iter().map(|article| article.article_id).collect();
    let (wrong,): (i64,) = sqlx::query_as(CONSISTENT).bind(&keys).fetch_one(&mut copied).await?;
    ensure!(wrong == 0, "{wrong} claims of the sample are not the same in all tables");
    for connection in [&mut copied, &mut stored] {
        // What stands for time in terms: made by the service in the one, and by us in the other.
        let question = format!(
            "SELECT count(*) FROM claim_search t WHERE article_id = ANY($1)
                AND ARRAY(SELECT lexeme FROM UNNEST(terms) WHERE lexeme ~ '^[cu]t:' ORDER BY lexeme)
                    <> ARRAY(SELECT DISTINCT term FROM UNNEST({TIME_TERMS}) AS term ORDER BY term)"
        );
        let (wrong,): (i64,) =
            sqlx::query_as(AssertSqlSafe(question)).bind(&keys).fetch_one(connection).await?;
        ensure!(wrong == 0, "{wrong} claims of the sample have terms of another time");
    }
    println!("  {} articles of {claims} claims are, row by row, what the service makes of them", keys.len());
    Ok(())
}

/// Articles from all over the table.
async fn sample(connection: &mut PgConnection) -> anyhow::Result<Vec<ArticleRow>> {
    let rows = sqlx::query_as(
        "SELECT DISTINCT ON (a.article_id) a.article_id, a.uri, a.publisher, a.title, a.publish_date, a.language, a.body
           FROM generate_series(1, $1) AS number
          CROSS JOIN LATERAL (SELECT * FROM article WHERE article_id > substr(md5(number::text), 1, 16)
                               ORDER BY article_id LIMIT 1) AS a",
    )
    .bind(SAMPLE)
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

async fn rows(
    connection: &mut PgConnection,
    question: &'static str,
    article: &str,
    claims: &[i32],
) -> anyhow::Result<Vec<String>> {
    let query = sqlx::query_as(question).bind(article);
    let query = if question.contains("$2") { query.bind(claims) } else { query };
    let rows: Vec<(serde_json::Value,)> = query.fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(row,)| row.to_string()).collect())
}
