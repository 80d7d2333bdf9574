//! Those who watch the service: metrics, liveness, readiness.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use claimdesk::proto::v1;
use tonic::Code;

use super::harness::{Options, Proxy, Server, database, root};
use super::samples::{article, submission};

/// A service that tells those who watch, and the address where it does.
fn watched(database: String) -> (Server, String) {
    watched_with(Options { database: Some(database), ..Options::default() })
}

/// The same, started in another way.
pub(crate) fn watched_with(mut options: Options) -> (Server, String) {
    options.arguments.extend(["--metrics-listen".to_owned(), "127.0.0.1:0".to_owned()]);
    let server = Server::start_with(options);
    let log = server.log();
    let told = log.lines().find_map(|line| line.split_once("/metrics, /livez and /readyz on "));
    let address = told.expect("the log tells where").1.trim().to_owned();
    (server, address)
}

/// The status and the body that a path has.
pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("a port");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a socket");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("headers and a body");
    (head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status"), body.to_owned())
}

/// The value of a time series.
pub(crate) fn value(metrics: &str, series: &str) -> Option<f64> {
    let mut lines = metrics.lines().filter_map(|line| line.rsplit_once(' '));
    lines.find(|(name, _)| *name == series).and_then(|(_, value)| value.parse().ok())
}

/// Waits until a path has a status.
pub(crate) fn wait_for(address: &str, path: &str, status: u16) -> String {
    let began = Instant::now();
    loop {
        let (found, body) = get(address, path);
        if found == status {
            return body;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{path} still has {found}: {body}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted_by_method_and_status() {
    let (server, address) = watched(database());
    let mut client = server.articles();
    client.submit_article(submission(article("metrics/one"))).await.expect("an article");
    for _ in 0..2 {
        let missing = v1::GetArticleRequest { name: "articles/k3f9w2m8q0x7t5bz".to_owned() };
        client.get_article(missing).await.expect_err("no such article");
    }
    let mut made_up = tonic::client::Grpc::new(server.channel());
    for number in 0..20 {
        made_up.ready().await.expect("a connection");
        let path = format!("/claimdesk.v1.ArticleService/MadeUp{number}").parse().expect("a path");
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        let refused = made_up.unary(tonic::Request::new(()), path, codec).await.expect_err("no such method");
        assert_eq!(refused.code(), Code::Unimplemented);
    }
    let (status, metrics) = get(&address, "/metrics");
    assert_eq!(status, 200);
    let calls = |method: &str, code: &str| {
        value(&metrics, &format!("claimdesk_calls_total{{method=\"{method}\",code=\"{code}\"}}"))
    };
    assert_eq!(calls("claimdesk.v1.ArticleService/SubmitArticle", "Ok"), Some(1.0), "{metrics}");
    let get_article = "claimdesk.v1.ArticleService/GetArticle";
    assert_eq!(calls(get_article, "NotFound"), Some(2.0), "{metrics}");
    assert_eq!(calls("unknown", "Unimplemented"), Some(20.0), "callers make up no time series: {metrics}");
    assert!(!metrics.contains("MadeUp"));
    let durations = format!("claimdesk_call_duration_seconds_count{{method=\"{get_article}\"}}");
    assert_eq!(value(&metrics, &durations), Some(2.0), "{metrics}");
    assert_eq!(value(&metrics, "claimdesk_calls_in_flight"), Some(0.0), "{metrics}");
    assert!(value(&metrics, "claimdesk_database_connections_max").is_some_and(|most| most >= 1.0));
    assert!(metrics.ends_with("# EOF\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_and_what_waits_is_told() {
    let (server, address) = watched(database());
    let submitted = server.articles().submit_article(submission(article("metrics/queue"))).await;
    let claims = submitted.expect("an article").into_inner().claims;
    let mut reviews = server.reviews();
    let ask = |seconds| v1::LeaseClaimsRequest {
        parent: "articles/-".to_owned(),
        max_claims: 1,
        lease_duration: Some(pbjson_types::Duration { seconds, nanos: 0 }),
        ..Default::default()
    };
    let first = reviews.lease_claims(ask(1)).await.expect("a lease").into_inner().leases;
    // Another takes the same claim once the lease is over.
    let began = Instant::now();
    loop {
        let again = v1::LeaseClaimsRequest { max_claims: 100, ..ask(600) };
        let again = reviews.lease_claims(again).await.expect("an answer").into_inner().leases;
        if again.iter().any(|lease| lease.claim == first[0].claim) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the lease does not end");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let number = claims.len() as f64;
    let began = Instant::now();
    let metrics = loop {
        let (_, metrics) = get(&address, "/metrics");
        if value(&metrics, "claimdesk_leases_active") == Some(number) {
            break metrics;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{metrics}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    };
    let of = |series: &str| value(&metrics, series).unwrap_or_else(|| panic!("no {series} in:\n{metrics}"));
    assert_eq!(of("claimdesk_claims_total{language=\"de\"}"), number);
    assert_eq!(of("claimdesk_queue_claims"), number);
    assert_eq!(of("claimdesk_lease_expiries_total"), 1.0);
    assert!(of("claimdesk_queue_oldest_age_seconds") > 0.0);
    assert!(of("claimdesk_points_total{kind=\"date\",language=\"de\"}") >= 1.0);
    let text = article("metrics/queue").text.len() as f64;
    assert_eq!(of("claimdesk_extracted_bytes_total{language=\"de\"}"), text);
    assert!(of("claimdesk_extraction_seconds_total") > 0.0);
}

#[test]
fn readiness_follows_the_database_and_liveness_does_not() {
    let mut way = Proxy::open();
    let (server, address) = watched(way.database());
    assert_eq!(get(&address, "/livez"), (200, "ok\n".to_owned()));
    assert_eq!(wait_for(&address, "/readyz", 200), "ok\n");
    way.close();
    let why = wait_for(&address, "/readyz", 503);
    assert!(why.starts_with("the database"), "{why}");
    assert_eq!(get(&address, "/livez").0, 200);
    way.reopen();
    wait_for(&address, "/readyz", 200);
    assert_eq!(get(&address, "/elsewhere").0, 404);
    drop(server);
}

#[test]
fn an_address_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let arguments = vec!["--metrics-listen".to_owned(), address.clone()];
    let options = Options { database: Some(database()), arguments, ..Options::default() };
    let log = Server::spawn(options).err().expect("a service that does not start");
    assert!(log.contains(&format!("cannot listen on {address} for metrics")), "{log}");
    assert!(log.contains("--metrics-listen"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_alert_rules_the_dashboard_and_the_documentation_name_metrics_that_there_are() {
    let (server, address) = watched(database());
    server.articles().submit_article(submission(article("metrics/names"))).await.expect("an answer");
    let (_, metrics) = get(&address, "/metrics");
    let names = |text: &str| -> BTreeSet<String> {
        let name = regex::Regex::new(r"claimdesk_[a-z_]+").expect("a pattern");
        name.find_iter(text).map(|found| found.as_str().to_owned()).collect()
    };
    let there = names(&metrics);
    for file in ["deploy/alerts.yaml", "deploy/dashboard.json", "docs/observability.md"] {
        let text = fs::read_to_string(root().join(file)).expect("a file");
        let named = names(&text);
        assert!(!named.is_empty(), "{file}");
        let unknown: Vec<&String> = named.difference(&there).collect();
        assert!(unknown.is_empty(), "{file} names {unknown:?}, which there are not:\n{metrics}");
    }
    let rules = fs::read_to_string(root().join("deploy/alerts.yaml")).expect("a file");
    let rules: serde_json::Value = serde_yaml_ng::from_str(&rules).expect("YAML");
    let rules = rules["groups"][0]["rules"].as_array().expect("rules");
    assert!(rules.iter().all(|rule| rule["alert"].is_string() && rule["expr"].is_string()), "{rules:?}");
    // What is counted is seen: the dashboard leaves out no metric that the page explains.
    let text = |file: &str| fs::read_to_string(root().join(file)).expect("a file");
    let shown = names(&text("deploy/dashboard.json"));
    let whole = |name: &String| name.trim_end_matches("_bucket").to_owned();
    let shown: BTreeSet<String> = shown.iter().map(whole).collect();
    let unseen: Vec<String> = names(&text("docs/observability.md"))
        .iter()
        .map(whole)
        .filter(|name| !shown.contains(name))
        .collect();
    assert!(unseen.is_empty(), "deploy/dashboard.json does not show {unseen:?}");
}
