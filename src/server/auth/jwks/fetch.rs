//! One GET of a small document: within seconds, no larger than it may be, and no redirects, which could lead anywhere.

use std::time::Duration;

use http::{Uri, header};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How large it may be, in bytes.
const LARGEST: usize = 1 << 20;

/// Why a document could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{uri}: {cause}")]
pub(in crate::server::auth) struct FetchError {
    uri: Uri,
    cause: String,
}

/// Gets a document. Who answers is checked against the certificates that the system trusts, or those of SSL_CERT_FILE.
pub(super) async fn fetch(uri: &Uri) -> Result<Vec<u8>, FetchError> {
    let failed = |cause: String| FetchError { uri: uri.clone(), cause };
    match tokio::time::timeout(PATIENCE, get(uri)).await {
        Ok(answer) => answer.map_err(|error| failed(told(&*error))),
        Err(_) => Err(failed(format!("no answer within {} s", PATIENCE.as_secs()))),
    }
}

async fn get(uri: &Uri) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let provider = rustls::crypto::ring::default_provider();
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(provider)?
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let request = http::Request::get(uri)
        .header(header::ACCEPT, "application/json")
        .header(header::USER_AGENT, concat!("claimdesk/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<&[u8]>::new())?;
    let answer = client.request(request).await?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("the answer is {}", answer.status()).into());
    }
    let body = Limited::new(answer.into_body(), LARGEST).collect().await?;
    Ok(body.to_bytes().into())
}

/// An error with its causes.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}
