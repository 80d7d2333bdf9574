//! More than can be served, or than one caller may have: some is sent away at once, the rest is answered, and the service goes
//! on.

use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use sqlx::{Connection as _, Executor as _};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use super::harness::{Options, Server, database};
use super::samples::{article, submission};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_sent_away_at_once_and_may_come_again() {
    let arguments = vec!["--concurrent-calls".to_owned(), "2".to_owned()];
    let server = Server::start_with(Options { database: Some(database()), arguments, ..Options::default() });
    let mut long = article("overload/long");
    long.text = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern.\n".repeat(20_000);
    let request = v1::ExtractClaimsRequest { article: Some(long), ..Default::default() };
    let calls: Vec<_> = (0..24)
        .map(|_| {
            let (mut client, request) = (server.articles(), request.clone());
            tokio::spawn(async move { client.extract_claims(request).await })
        })
        .collect();
    // Whoever asks how things stand is answered meanwhile.
    let mut health = HealthClient::new(server.channel());
    health.check(HealthCheckRequest { service: String::new() }).await.expect("health is told");
    let (mut answered, mut sent_away) = (0, 0);
    for call in calls {
        match call.await.expect("a call that ends") {
            Ok(response) => {
                assert!(!response.into_inner().claims.is_empty());
                answered += 1;
            }
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                let details = status.get_error_details();
                let info = details.error_info().expect("a reason");
                assert_eq!(info.reason, "OVERLOADED");
                assert_eq!(info.metadata.get("limit").map(String::as_str), Some("2"));
                assert!(details.retry_info().and_then(|retry| retry.retry_delay).is_some());
                sent_away += 1;
            }
        }
    }
    assert!(answered >= 2 && sent_away >= 1, "{answered} were answered, {sent_away} sent away");
    // The log tells of them together.
    let log = server.log();
    assert!((1..=24).contains(&log.matches("calls are sent away").count()), "{log}");
    let mut short = request;
    short.article = Some(article("overload/short"));
    server.articles().extract_claims(short).await.expect("there is room again");
}

fn service(arguments: &[&str]) -> Server {
    let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
    Server::start_with(Options { database: Some(database()), arguments, ..Options::default() })
}

/// The reason of a refusal, its limit, and when to try again.
fn refusal(status: &tonic::Status) -> (String, String, Duration) {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    let details = status.get_error_details();
    let info = details.error_info().expect("a reason");
    let limit = info.metadata.get("limit").cloned().unwrap_or_default();
    let wait = details.retry_info().and_then(|retry| retry.retry_delay).expect("when to try again");
    (info.reason.clone(), limit, wait)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_calls_too_often_is_told_when_to_come_again() {
    let server = service(&["--calls-per-second", "1"]);
    let mut articles = server.articles();
    let mut sent_away = None;
    for _ in 0..1000 {
        match articles.list_articles(v1::ListArticlesRequest::default()).await {
            Ok(_) => {}
            Err(status) => {
                sent_away = Some(status);
                break;
            }
        }
    }
    let (reason, limit, wait) = refusal(&sent_away.expect("some of a thousand calls are too many"));
    assert_eq!((reason.as_str(), limit.as_str()), ("TOO_MANY_CALLS", "1"));
    assert!(!wait.is_zero() && wait <= Duration::from_millis(1002), "{wait:?}");
    // Whoever asks how things stand is answered as often as he likes.
    let mut health = HealthClient::new(server.channel());
    for _ in 0..20 {
        health.check(HealthCheckRequest { service: String::new() }).await.expect("health is told");
    }
    // Waiting for as long as was told is enough.
    tokio::time::sleep(wait).await;
    articles.list_articles(v1::ListArticlesRequest::default()).await.expect("its turn has come");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_has_so_many_streams_and_one_that_ends_makes_room() {
    let server = service(&["--streams-per-caller", "2"]);
    let mut claims = server.claims();
    let first = claims.watch_claims(v1::WatchClaimsRequest::default()).await.expect("a stream");
    let second = claims.watch_claims(v1::WatchClaimsRequest::default()).await.expect("a stream");
    // An import is a stream as well.
    let none = tokio_stream::empty::<v1::ImportArticlesRequest>();
    let third = server.articles().import_articles(none).await.expect_err("one too many");
    let (reason, limit, _) = refusal(&third);
    assert_eq!((reason.as_str(), limit.as_str()), ("TOO_MANY_STREAMS", "2"));
    let list = v1::ListClaimsRequest { parent: "articles/-".to_owned(), ..Default::default() };
    claims.list_claims(list).await.expect("a call is no stream");
    drop(first);
    let began = Instant::now();
    while let Err(status) = claims.watch_claims(v1::WatchClaimsRequest::default()).await {
        assert_eq!(refusal(&status).0, "TOO_MANY_STREAMS");
        assert!(began.elapsed() < Duration::from_secs(60), "{status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    drop(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_does_not_end_is_ended_and_a_stream_is_not() {
    let url = database();
    let arguments = ["--call-timeout", "1"].map(str::to_owned).to_vec();
    let server = Server::start_with(Options { database: Some(url.clone()), arguments, ..Options::default() });
    let mut watch = server.claims().watch_claims(v1::WatchClaimsRequest::default()).await.expect("a stream");
    // Somebody holds what the call has to write.
    let mut connection = sqlx::PgConnection::connect(&url).await.expect("the database");
    connection.execute("BEGIN; LOCK TABLE article IN ACCESS EXCLUSIVE MODE").await.expect("a lock");
    let stuck =
        server.articles().list_articles(v1::ListArticlesRequest::default()).await.expect_err("no answer");
    assert_eq!(stuck.code(), Code::DeadlineExceeded, "{stuck}");
    connection.execute("COMMIT").await.expect("the end of the lock");
    let submitted = server.articles().submit_article(submission(article("overload/watch"))).await;
    submitted.expect("there is nothing in the way any more");
    let seen = async {
        while let Some(message) = watch.get_mut().message().await.expect("a stream that goes on") {
            if message.change.is_some() {
                return;
            }
        }
        panic!("the stream ended");
    };
    tokio::time::timeout(Duration::from_secs(60), seen).await.expect("a change");
}
