//! Traces: a collector gets the spans of a call, as a part of the caller's trace, and nothing of what an article says.

use std::sync::{Arc, Mutex};

use claimdesk::proto::v1;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind, status::StatusCode};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::harness::{Options, Server, database};
use super::samples::{article, submission};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A collector that keeps what it is sent.
#[derive(Clone, Default)]
struct Collector {
    told: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.told.lock().expect("no panic").push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Begins to listen; gives the URL.
    async fn start(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let service = TraceServiceServer::new(self.clone());
        let incoming = TcpListenerStream::new(listener);
        tokio::spawn(tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming));
        url
    }

    fn spans(&self) -> Vec<Span> {
        let told = self.told.lock().expect("no panic");
        let resources = told.iter().flat_map(|request| &request.resource_spans);
        resources.flat_map(|it| &it.scope_spans).flat_map(|it| it.spans.clone()).collect()
    }
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_part_of_its_callers_trace_and_tells_nothing_of_the_article() {
    let collector = Collector::default();
    let url = collector.start().await;
    let arguments = ["--otlp-endpoint", &url, "--log-format", "json", "--log-level", "debug"];
    let arguments = arguments.map(str::to_owned).to_vec();
    let server = Server::start_with(Options { database: Some(database()), arguments, ..Options::default() });
    let mut request = Request::new(submission(article("traces/one")));
    let parent = format!("00-{TRACE}-{PARENT}-01");
    request.metadata_mut().insert("traceparent", parent.parse().expect("a value"));
    server.articles().submit_article(request).await.expect("an article");
    let missing = v1::GetArticleRequest { name: "articles/k3f9w2m8q0x7t5bz".to_owned() };
    server.articles().get_article(missing.clone()).await.expect_err("no such article");
    // One that its caller does not want traced.
    let mut request = Request::new(missing);
    let parent = format!("00-{}-{PARENT}-00", "ab".repeat(16));
    request.metadata_mut().insert("traceparent", parent.parse().expect("a value"));
    server.articles().get_article(request).await.expect_err("no such article");
    // What was not sent yet is sent at the end.
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.log());

    let spans = collector.spans();
    let of = |name: &str| {
        spans.iter().find(|span| span.name == name).unwrap_or_else(|| panic!("no {name}: {spans:#?}"))
    };
    let call = of("claimdesk.v1.ArticleService/SubmitArticle");
    assert_eq!((hex(&call.trace_id).as_str(), hex(&call.parent_span_id).as_str()), (TRACE, PARENT));
    assert_eq!(call.kind(), SpanKind::Server);
    for name in ["extract", "store.write"] {
        assert_eq!(of(name).parent_span_id, call.span_id, "{name}");
    }
    assert_eq!(of("store.commit").parent_span_id, of("store.write").span_id);
    let attribute = |span: &Span, key: &str| {
        span.attributes.iter().find(|it| it.key == key).map(|it| format!("{:?}", it.value))
    };
    let bytes = attribute(of("extract"), "bytes").expect("how much was read");
    assert!(bytes.contains(&article("").text.len().to_string()), "{bytes}");
    let missing = of("claimdesk.v1.ArticleService/GetArticle");
    assert!(missing.parent_span_id.is_empty(), "a trace of its own");
    assert!(attribute(missing, "rpc.grpc.status_code").is_some_and(|code| code.contains("IntValue(5)")));
    let status = missing.status.as_ref().map_or(StatusCode::Unset, |status| status.code());
    assert_eq!(status, StatusCode::Unset, "what a caller gets wrong is no fault of the service");
    assert!(spans.iter().all(|span| hex(&span.trace_id) != "ab".repeat(16)), "{spans:#?}");
    let all = format!("{:?}", collector.told.lock().expect("no panic"));
    assert!(all.contains("claimdesk") && !all.contains("Beschäftigten"), "{all}");

    // The log goes with it.
    let log = server.log();
    let lines: Vec<serde_json::Value> =
        log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let answered = lines.iter().find(|line| {
        line["message"] == "answered"
            && line["span"]["rpc.method"] == "claimdesk.v1.ArticleService/SubmitArticle"
    });
    assert_eq!(answered.expect("a line")["span"]["trace_id"], TRACE);
    assert!(!log.contains("Beschäftigten"), "the log tells nothing of an article's text");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_without_traces_names_the_callers_trace_and_a_collector_that_is_away_holds_up_nothing() {
    let arguments = ["--log-format", "json"].map(str::to_owned).to_vec();
    let server = Server::start_with(Options { database: Some(database()), arguments, ..Options::default() });
    let mut request = Request::new(v1::ListArticlesRequest::default());
    let parent = format!("00-{TRACE}-{PARENT}-01");
    request.metadata_mut().insert("traceparent", parent.parse().expect("a value"));
    server.articles().list_articles(request).await.expect("an answer");
    assert!(server.log().contains(TRACE), "{}", server.log());

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", nobody.local_addr().expect("an address"));
    drop(nobody);
    let arguments = ["--otlp-endpoint", &url].map(str::to_owned).to_vec();
    let server = Server::start_with(Options { database: Some(database()), arguments, ..Options::default() });
    server.articles().list_articles(v1::ListArticlesRequest::default()).await.expect("an answer");
    server.signal("TERM");
    assert!(server.wait().success(), "{}", server.log());
    assert!(
        server.log().contains(&url[7..]) || server.log().contains("BatchSpanProcessor"),
        "{}",
        server.log()
    );
}
