//! More calls than can be served: some are sent away at once, the others are answered, and the service goes on.

use claimdesk::proto::v1;
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt as _;

use super::harness::{Options, Server, database};
use super::samples::article;

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
    let mut short = request;
    short.article = Some(article("overload/short"));
    server.articles().extract_claims(short).await.expect("there is room again");
}
