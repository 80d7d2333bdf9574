//! What every call passes through: its span, the gate, the room for it, its deadline, who calls, what each caller may do, and
//! a last look at its status.

mod allowance;
mod deadline;
mod held;
mod identity;
mod panic;
mod refine;
mod room;
mod trace;
mod web;

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use tonic::{Code, Status, body::Body};
use tower::Service;
use tracing::Instrument;

use super::{
    metrics::Metrics,
    phase::{Phase, Receiver},
};
use crate::service::{self, ServiceError};
pub(super) use allowance::AllowanceLayer;
pub(super) use identity::IdentityLayer;
pub(super) use panic::answer_to_panic;
use room::Room;
pub(super) use web::cross_origin;

type Request = http::Request<Body>;
type Response = http::Response<Body>;

/// The part of the paths of our own services. Health and reflection also answer while others cannot.
const OWN: &str = "/claimdesk.";

/// Puts a [`Call`] around a service.
#[derive(Debug, Clone)]
pub(super) struct CallLayer {
    phase: Receiver,
    metrics: Metrics,
    room: Room,
    timeout: Duration,
}

impl CallLayer {
    /// `most` calls of our own services are under way at once, and each that is no stream ends within the timeout.
    pub(super) fn new(phase: Receiver, metrics: Metrics, most: usize, timeout: Duration) -> Self {
        Self { phase, metrics, room: Room::new(most), timeout }
    }
}

impl<S> tower::Layer<S> for CallLayer {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        let Self { phase, metrics, room, timeout } = self.clone();
        Call { inner, phase, metrics, room, timeout }
    }
}

/// A service whose calls are spanned, gated and bounded.
#[derive(Debug, Clone)]
pub(super) struct Call<S> {
    inner: S,
    phase: Receiver,
    metrics: Metrics,
    room: Room,
    timeout: Duration,
}

impl<S> Service<Request> for Call<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let path = request.uri().path().to_owned();
        let own = path.starts_with(OWN);
        let begun = Instant::now();
        let watched = self.metrics.call(&path);
        // Whoever asks how things stand is answered however much there is to do.
        let admitted =
            gate(*self.phase.borrow(), own).and_then(|()| own.then(|| self.room.take()).transpose());
        let admitted = match admitted {
            // Under more than can be served, what is sent away must cost next to nothing: no span, no line of the log.
            Err(error @ ServiceError::Overloaded { .. }) => {
                let status = Status::from(error);
                watched.answered(status.code(), begun.elapsed());
                return Box::pin(std::future::ready(Ok(status.into_http())));
            }
            admitted => admitted,
        };
        let method = path.trim_start_matches('/').to_owned();
        let span = if own {
            trace::span(&method, request.headers())
        } else {
            tracing::debug_span!("call", rpc.method = %method)
        };
        let work = admitted.map(|place| {
            let stream = !own || service::is_stream(&path);
            let limit = deadline::limit(&request, self.timeout, stream);
            (place, deadline::bounded(limit, self.inner.call(request)))
        });
        let answer = async move {
            let response = match work {
                Ok((_place, work)) => refine::refined(work.await?),
                Err(error) => Status::from(error).into_http(),
            };
            let (code, seconds) = (code(&response), begun.elapsed());
            watched.answered(code, seconds);
            let milliseconds = seconds.as_secs_f64() * 1000.0;
            if own {
                trace::ended(&tracing::Span::current(), code);
                tracing::info!(status = ?code, milliseconds, "answered");
            } else {
                tracing::debug!(status = ?code, milliseconds, "answered");
            }
            Ok(response)
        };
        Box::pin(answer.instrument(span))
    }
}

fn gate(phase: Phase, own: bool) -> Result<(), ServiceError> {
    match phase {
        Phase::Starting if own => Err(ServiceError::Starting),
        Phase::Draining if own => Err(ServiceError::ShuttingDown),
        _ => Ok(()),
    }
}

/// The status of an answer, as far as its headers tell; what goes wrong behind them is a matter of streams.
fn code(response: &Response) -> Code {
    Status::from_header_map(response.headers()).map_or(Code::Ok, |status| status.code())
}
