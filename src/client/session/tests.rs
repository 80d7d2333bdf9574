use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use tonic_types::ErrorDetails;

use super::*;
use crate::proto::v1::{self, review_service_server as server};

#[test]
fn reads_times_with_and_without_a_unit() {
    for (text, milliseconds) in
        [("30", 30_000), ("30s", 30_000), ("500ms", 500), ("2m", 120_000), ("1.5", 1_500)]
    {
        assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
    }
    for text in ["", "s", "0", "-1", "5h", "nan", "1e300", "inf", "5µ"] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn waits_as_long_as_the_service_says_but_not_for_ever() {
    let away = |delay| {
        Status::with_error_details(Code::Unavailable, "away", ErrorDetails::with_retry_info(Some(delay)))
    };
    assert_eq!(pause_after(&away(Duration::from_secs(1)), FIRST_PAUSE), Duration::from_secs(1));
    assert_eq!(pause_after(&away(Duration::from_secs(600)), FIRST_PAUSE), LONGEST_PAUSE);
    assert_eq!(pause_after(&Status::unavailable("away"), FIRST_PAUSE), FIRST_PAUSE);
}

/// A service that is away for some calls, slow, or rude, and remembers what it was asked.
#[derive(Default)]
struct Fickle {
    away_for: AtomicU32,
    slow: bool,
    seen: Mutex<Vec<(String, Option<String>)>>,
}

#[tonic::async_trait]
impl server::ReviewService for Arc<Fickle> {
    async fn review_claim(
        &self,
        request: Request<v1::ReviewClaimRequest>,
    ) -> Result<Response<v1::ReviewClaimResponse>, Status> {
        let reviewer = request.metadata().get(REVIEWER).and_then(|it| it.to_str().ok()).map(str::to_owned);
        self.seen.lock().expect("no panic").push((request.into_inner().request_id, reviewer));
        if self.slow {
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
        match self.away_for.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Err(Status::unavailable("away")),
            Err(_) => Ok(Response::new(v1::ReviewClaimResponse::default())),
        }
    }

    async fn lease_claims(
        &self,
        _: Request<v1::LeaseClaimsRequest>,
    ) -> Result<Response<v1::LeaseClaimsResponse>, Status> {
        Err(Status::unimplemented("no"))
    }

    async fn renew_lease(
        &self,
        _: Request<v1::RenewLeaseRequest>,
    ) -> Result<Response<v1::RenewLeaseResponse>, Status> {
        Err(Status::unimplemented("no"))
    }

    async fn release_lease(
        &self,
        _: Request<v1::ReleaseLeaseRequest>,
    ) -> Result<Response<v1::ReleaseLeaseResponse>, Status> {
        Err(Status::unimplemented("no"))
    }

    async fn batch_review_claims(
        &self,
        _: Request<v1::BatchReviewClaimsRequest>,
    ) -> Result<Response<v1::BatchReviewClaimsResponse>, Status> {
        Err(Status::unimplemented("no"))
    }

    async fn reopen_claim(
        &self,
        _: Request<v1::ReopenClaimRequest>,
    ) -> Result<Response<v1::ReopenClaimResponse>, Status> {
        Err(Status::failed_precondition("no"))
    }

    async fn list_reviews(
        &self,
        _: Request<v1::ListReviewsRequest>,
    ) -> Result<Response<v1::ListReviewsResponse>, Status> {
        Err(Status::unimplemented("no"))
    }
}

/// Runs a service on a thread of its own and gives its address.
fn serve(fickle: &Arc<Fickle>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket");
    let address = listener.local_addr().expect("an address");
    let service = server::ReviewServiceServer::new(Arc::clone(fickle));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let incoming = tokio_stream::wrappers::TcpListenerStream::new(listener);
            tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming).await
        })
    });
    format!("http://{address}")
}

fn session(server: &str, timeout: Duration) -> Session {
    let credentials = Credentials::default();
    let connection =
        Connection { server: server.to_owned(), reviewer: Some("anna".to_owned()), timeout, credentials };
    connection.open().expect("an address")
}

fn review(session: &Session) -> Result<v1::ReviewClaimResponse, Error> {
    let request =
        v1::ReviewClaimRequest { request_id: request_id(None), ..v1::ReviewClaimRequest::default() };
    session.call(request, async |channel, request| review_service(channel).review_claim(request).await)
}

#[test]
fn tries_again_with_the_same_request_id_and_says_who_asks() {
    let fickle = Arc::new(Fickle { away_for: 2.into(), ..Fickle::default() });
    review(&session(&serve(&fickle), Duration::from_secs(10))).expect("the third attempt");
    let seen = fickle.seen.lock().expect("no panic");
    assert_eq!(seen.len(), 3);
    assert!(!seen[0].0.is_empty() && seen.windows(2).all(|two| two[0] == two[1]), "{seen:?}");
    assert_eq!(seen[0].1.as_deref(), Some("anna"));
}

#[test]
fn gives_up_on_a_service_that_stays_away() {
    let fickle = Arc::new(Fickle { away_for: 100.into(), ..Fickle::default() });
    let error = review(&session(&serve(&fickle), Duration::from_secs(10))).expect_err("away");
    assert_eq!((error.exit_code(), error.to_string()), (6, "away (UNAVAILABLE)".to_owned()));
    assert_eq!(fickle.seen.lock().expect("no panic").len(), ATTEMPTS as usize);
}

#[test]
fn waits_only_so_long() {
    let fickle = Arc::new(Fickle { slow: true, ..Fickle::default() });
    let error = review(&session(&serve(&fickle), Duration::from_millis(200))).expect_err("slow");
    assert!(matches!(error, Error::TimedOut { .. }), "{error:?}");
}

#[test]
fn names_the_address_where_nobody_answers() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port");
    let error = review(&session(&free.to_string(), Duration::from_secs(10))).expect_err("nobody");
    assert_eq!(error.exit_code(), 6);
    let message = error.to_string();
    assert!(
        message.starts_with(&format!("cannot reach the service at http://{free}: Connection refused")),
        "{message}"
    );
}

#[test]
fn refuses_addresses_that_are_none() {
    for server in ["", "http://", "https://", "ftp://example.org", "http://a b"] {
        let connection = Connection {
            server: server.to_owned(),
            reviewer: None,
            timeout: Duration::from_secs(1),
            credentials: Credentials::default(),
        };
        assert_eq!(connection.open().err().map(|error| error.exit_code()), Some(2), "{server}");
    }
}

#[test]
fn a_reviewer_is_written_in_ascii() {
    let connection = |reviewer: &str| Connection {
        server: "http://localhost:1".to_owned(),
        reviewer: Some(reviewer.to_owned()),
        timeout: Duration::from_secs(1),
        credentials: Credentials::default(),
    };
    assert_eq!(connection("Jürgen").open().err().map(|error| error.exit_code()), Some(2));
    assert!(connection("anna@example.org").open().is_ok());
}
