//! The process: how it is configured, what it refuses, how it stops.

use std::fs;
use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use super::harness::{self, Options, Server, offline};
use super::samples::{article, submission};

#[tokio::test(flavor = "multi_thread")]
async fn a_term_lets_calls_end_and_exits_0() {
    let server = Server::start();
    let mut health = HealthClient::new(server.channel());
    let mut watch = health.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let mut long = article("process/drain");
    long.text = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern.\n".repeat(5_000);
    let mut client = server.articles();
    client.list_articles(v1::ListArticlesRequest::default()).await.expect("a connection that stands");
    let call = tokio::spawn(async move { client.submit_article(submission(long)).await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let began = Instant::now();
    server.signal("TERM");
    let flipped = watch.message().await;
    if let Ok(Some(status)) = flipped {
        assert_eq!(status.status(), ServingStatus::NotServing);
    }
    drop(watch);
    call.await.unwrap().expect("a call that was under way ends");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_does_not_keep_the_service_up() {
    let server = Server::start();
    let mut health = HealthClient::new(server.channel());
    let mut watch = health.watch(HealthCheckRequest { service: String::new() }).await.unwrap().into_inner();
    watch.message().await.unwrap();
    let began = Instant::now();
    server.signal("INT");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn another_address_than_loopback_is_refused() {
    let arguments = vec!["--listen".to_owned(), "0.0.0.0:0".to_owned()];
    let refused = answer_of_serve(&arguments);
    assert_eq!(refused.code, 2);
    insta::assert_snapshot!(refused.stderr, @"claimdesk: 0.0.0.0:0 can be reached from other machines, and without TLS the credentials that claimdesk asks for could be read on the way: give --tls-cert and --tls-key; or listen on 127.0.0.1 or [::1]; or say --insecure-plaintext if something in front of claimdesk does TLS, or --insecure-allow-anonymous if it decides who may call");
}

#[test]
fn a_database_that_is_not_there_is_told() {
    let refused = answer_of_serve(&[
        "--listen".to_owned(),
        "127.0.0.1:0".to_owned(),
        "--database-url".to_owned(),
        "postgres://nobody:secret@127.0.0.1:9/none".to_owned(),
    ]);
    assert_ne!(refused.code, 0);
    assert!(!refused.stderr.contains("secret"), "no password in a message: {refused:?}");
}

fn answer_of_serve(arguments: &[String]) -> harness::Answer {
    let data = harness::scratch("refused");
    let mut command = harness::client_command(&["serve"]);
    command.arg("--data-dir").arg(data).args(arguments);
    harness::answer(&mut command, "")
}

#[test]
fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
    let file = harness::scratch("config").join("claimdesk.toml");
    fs::write(&file, "log_format = \"json\"\n").unwrap();
    let json = |arguments: &[&str], environment: Vec<(&'static str, String)>| {
        let mut all = vec!["--config".to_owned(), file.display().to_string()];
        all.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        let database = Some(harness::database());
        let server =
            Server::start_with(Options { database, arguments: all, environment, ..Options::default() });
        server.log().starts_with('{')
    };
    let environment = |value: &str| vec![("CLAIMDESK_LOG_FORMAT", value.to_owned())];
    assert!(json(&[], vec![]), "the file alone");
    assert!(!json(&[], environment("text")), "the environment over the file");
    assert!(json(&["--log-format", "json"], environment("text")), "the command line over the environment");
    assert!(!json(&["--log-format", "text"], vec![]), "the command line over the file");
}

#[test]
fn a_wrong_line_in_the_file_is_named() {
    let folder = harness::scratch("config");
    let file = folder.join("claimdesk.toml");
    fs::write(&file, "lisssten = \"127.0.0.1:0\"\n").unwrap();
    let arguments = vec!["--config".to_owned(), file.display().to_string()];
    let log = Server::spawn(Options { arguments, ..Options::default() }).err().expect("refused");
    assert!(log.contains("lisssten") && log.contains("claimdesk.toml"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_json_lines_and_keeps_texts_to_itself() {
    let server = Server::start_with(Options {
        database: Some(harness::database()),
        arguments: vec!["--log-format".to_owned(), "json".to_owned()],
        ..Options::default()
    });
    server.articles().submit_article(submission(article("process/log"))).await.unwrap();
    let request = v1::GetArticleRequest { name: "articles/none".to_owned() };
    server.articles().get_article(request).await.unwrap_err();
    server.signal("TERM");
    server.wait();
    let log = server.log();
    assert!(!log.is_empty());
    for line in log.lines() {
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        assert!(event.is_object());
    }
    assert!(log.contains("SubmitArticle"), "a call leaves a line:\n{log}");
    assert!(!log.contains("Beschäftigten"), "the text of an article never stands in the log");
}

#[test]
fn help_explains_each_option() {
    let help = offline(&["serve", "--help"], "").success();
    for option in ["--listen", "--database-url", "--data-dir", "--address-file", "--log-format", "--config"] {
        assert!(help.contains(option), "{option} is missing:\n{help}");
    }
    assert!(help.contains("DATABASE_URL"));
}
