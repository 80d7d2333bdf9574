//! The service through the real grpcurl, without any .proto file at hand.

use serde_json::{Value, json};

use super::harness::{self, Answer, Server, answer, tool};

/// Calls a method as `grpcurl -d`.
fn call(server: &Server, method: &str, request: &Value) -> Answer {
    grpcurl(&["-plaintext", "-d", &request.to_string(), server.address(), method])
}

fn grpcurl(arguments: &[&str]) -> Answer {
    answer(tool("grpcurl").args(arguments), "")
}

fn article(label: &str) -> Value {
    json!({"article": {
        "text": super::samples::GERMAN,
        "uri": format!("https://example.org/{label}"),
        "publisher": "Beispiel-Agentur",
        "publishDate": "2024-06-19",
    }})
}

#[test]
fn lists_and_describes_by_reflection() {
    let server = harness::shared();
    let services = grpcurl(&["-plaintext", server.address(), "list"]).success();
    for service in [
        "claimdesk.v1.ArticleService",
        "claimdesk.v1.ClaimService",
        "claimdesk.v1.ReviewService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1alpha.ServerReflection",
    ] {
        assert!(services.lines().any(|line| line == service), "{service} is missing:\n{services}");
    }
    let methods = grpcurl(&["-plaintext", server.address(), "list", "claimdesk.v1.ReviewService"]).success();
    assert!(methods.contains("claimdesk.v1.ReviewService.ReviewClaim"), "{methods}");
    let described = grpcurl(&["-plaintext", server.address(), "describe", "claimdesk.v1.Claim"]).success();
    assert!(described.contains("string quote = 2;"), "{described}");
    assert!(described.contains("The statement, verbatim."), "the comments come along:\n{described}");
    let template = grpcurl(&[
        "-plaintext",
        "-msg-template",
        server.address(),
        "describe",
        ".claimdesk.v1.ReviewClaimRequest",
    ]);
    assert!(template.success().contains("\"pointIds\""));
}

#[test]
fn the_whole_path() {
    let server = harness::shared();
    let submitted =
        call(server, "claimdesk.v1.ArticleService/SubmitArticle", &article("grpcurl/path")).json();
    let name = submitted["article"]["name"].as_str().expect("a name").to_owned();
    assert_eq!(submitted["created"], true);
    assert_eq!(submitted["claims"].as_array().map(Vec::len), Some(3));

    let by_hand = call(
        server,
        "claimdesk.v1.ClaimService/SubmitClaim",
        &json!({"parent": name, "claim": {
            "quote": "Im Jahr 2022 waren es 12.000 Beschäftigte.",
            "sources": [{"role": "SPEAKER", "name": "Erika Muster"},
                        {"role": "EVIDENCE", "uri": "https://example.org/statistics", "stance": "SUPPORTS"}],
        }}),
    );
    let claim = by_hand.json()["claim"].clone();
    assert_eq!(claim["origin"], "SUBMITTED");
    assert!(claim["sources"].as_array().is_some_and(|sources| sources.len() >= 2), "{claim}");

    let listed = call(
        server,
        "claimdesk.v1.ClaimService/ListClaims",
        &json!({"parent": name, "filter": "state = \"UNREVIEWED\" AND origin = \"EXTRACTED\""}),
    )
    .json();
    let claims: Vec<&str> = listed["claims"]
        .as_array()
        .expect("claims")
        .iter()
        .filter_map(|claim| claim["name"].as_str())
        .collect();
    assert_eq!(claims.len(), 3);

    for (claim, verdict, stance) in [(claims[0], "VERIFIED", "SUPPORTS"), (claims[1], "DISPUTED", "REFUTES")]
    {
        let request = json!({
            "name": claim,
            "verdict": verdict,
            "evidence": [{"uri": "https://example.org/report", "quote": "as the report has it"}],
            "note": "read in the report",
        });
        let request = request.to_string();
        let arguments = ["-plaintext", "-H", "claimdesk-reviewer: erika", "-d", &request, server.address()];
        let method = "claimdesk.v1.ReviewService/ReviewClaim";
        let answer = grpcurl(&[arguments.as_slice(), &[method]].concat()).json();
        assert_eq!(answer["claim"]["state"], verdict);
        assert_eq!(answer["review"]["reviewer"], "erika");
        assert_eq!(answer["review"]["evidence"][0]["stance"], stance);
        let reviews =
            call(server, "claimdesk.v1.ReviewService/ListReviews", &json!({"parent": claim})).json();
        assert_eq!(reviews["reviews"][0]["verdict"], verdict);
    }
}

#[test]
fn health_answers() {
    let server = harness::shared();
    let all = grpcurl(&["-plaintext", server.address(), "grpc.health.v1.Health/Check"]).json();
    assert_eq!(all, json!({"status": "SERVING"}));
    let one =
        call(server, "grpc.health.v1.Health/Check", &json!({"service": "claimdesk.v1.ClaimService"})).json();
    assert_eq!(one, json!({"status": "SERVING"}));
}

#[test]
fn error_details_can_be_read() {
    let server = harness::shared();
    let answer = call(server, "claimdesk.v1.ClaimService/GetClaim", &json!({"name": "claims/7"}));
    assert_ne!(answer.code, 0);
    let text = answer.stderr;
    assert!(text.contains("Code: InvalidArgument"), "{text}");
    for part in [
        "google.rpc.ErrorInfo",
        "\"reason\": \"NAME_INVALID\"",
        "google.rpc.BadRequest",
        "\"field\": \"name\"",
    ] {
        let dense = text.replace("\":\"", "\": \"");
        assert!(dense.contains(part), "{part} is missing:\n{text}");
    }
    assert!(text.contains("articles/"), "it shows the form: {text}");
}

#[tokio::test]
async fn newer_clients_find_reflection_v1() {
    use tonic_reflection::pb::v1::ServerReflectionRequest;
    use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
    use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
    use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

    let mut client = ServerReflectionClient::new(harness::shared().channel());
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
    let answer = answers.message().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
        panic!("no list: {answer:?}")
    };
    assert!(list.service.iter().any(|service| service.name == "claimdesk.v1.ClaimService"), "{list:?}");
}
