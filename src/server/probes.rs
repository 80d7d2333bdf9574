//! The port for those who watch the service: `/metrics`, `/livez` and `/readyz`, over HTTP/1.1.
//!
//! Nobody is asked who calls, so that a deployment keeps the port to itself. What is told here is figures: no text of an
//! article, no name.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, extract::State, routing::get};
use http::{StatusCode, header::CONTENT_TYPE};
use tokio::{net::TcpListener, time::timeout};

use super::{
    metrics::Metrics,
    phase::{Phase, Receiver},
};
use crate::store::Store;

/// A database that takes longer to say anything is not ready.
const DATABASE_PATIENCE: Duration = Duration::from_secs(1);

/// The media type of OpenMetrics' text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the port tells of.
#[derive(Debug, Clone)]
pub(super) struct Probes {
    pub(super) metrics: Metrics,
    pub(super) store: Store,
    pub(super) phase: Receiver,
}

impl Probes {
    /// Begins to answer on an address, and gives the one that it is in the end. It goes on for as long as the process.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub(super) async fn start(self, address: SocketAddr) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/livez", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(self);
        tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "/metrics, /livez and /readyz do not answer any more");
            }
        });
        Ok(address)
    }
}

async fn metrics(State(probes): State<Probes>) -> ([(http::HeaderName, &'static str); 1], String) {
    ([(CONTENT_TYPE, OPEN_METRICS)], probes.metrics.encoded())
}

/// Whether calls are answered: the process serves, and the database answers.
async fn ready(State(probes): State<Probes>) -> (StatusCode, &'static str) {
    let phase = *probes.phase.borrow();
    let away = |why| (StatusCode::SERVICE_UNAVAILABLE, why);
    match phase {
        Phase::Starting => away("starting: the database is being made ready\n"),
        Phase::Draining => away("ending: calls under way are finished\n"),
        Phase::Serving => match timeout(DATABASE_PATIENCE, probes.store.ping()).await {
            Ok(Ok(())) => (StatusCode::OK, "ok\n"),
            Ok(Err(_)) => away("the database cannot be reached\n"),
            Err(_) => away("the database does not answer within a second\n"),
        },
    }
}
