//! What every call passes through: its span, the gate, the room for it, its deadline, who calls, and a last look at its status.

mod deadline;
mod identity;
mod panic;
mod refine;
mod room;

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
    time::Instant,
};

use tonic::{Code, Status, body::Body};
use tower::Service;
use tracing::{Instrument, field::Empty};

use super::{
    metrics::Metrics,
    phase::{Phase, Receiver},
};
use crate::service::ServiceError;
pub(super) use identity::IdentityLayer;
pub(super) use panic::answer_to_panic;
use room::Room;

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
}

impl CallLayer {
    /// `most` calls of our own services are under way at once.
    pub(super) fn new(phase: Receiver, metrics: Metrics, most: usize) -> Self {
        Self { phase, metrics, room: Room::new(most) }
    }
}

impl<S> tower::Layer<S> for CallLayer {
    type Service = Call<S>;

    fn layer(&self, inner: S) -> Call<S> {
        let Self { phase, metrics, room } = self.clone();
        Call { inner, phase, metrics, room }
    }
}

/// A service whose calls are spanned, gated and bounded.
#[derive(Debug, Clone)]
pub(super) struct Call<S> {
    inner: S,
    phase: Receiver,
    metrics: Metrics,
    room: Room,
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
        let method = path.trim_start_matches('/').to_owned();
        let span = if own {
            tracing::info_span!("call", rpc.method = %method, subject = Empty, roles = Empty, article = Empty, claim = Empty)
        } else {
            tracing::debug_span!("call", rpc.method = %method)
        };
        let begun = Instant::now();
        let watched = self.metrics.call(&path);
        let admitted = gate(*self.phase.borrow(), own).and_then(|()| {
            // Whoever asks how things stand is answered however much there is to do.
            own.then(|| self.room.take()).transpose()
        });
        let work = admitted
            .map(|place| (place, deadline::bounded(deadline::of(&request), self.inner.call(request))));
        let answer = async move {
            let response = match work {
                Ok((_place, work)) => refine::refined(work.await?),
                Err(error) => Status::from(error).into_http(),
            };
            let (code, seconds) = (code(&response), begun.elapsed());
            watched.answered(code, seconds);
            let milliseconds = seconds.as_secs_f64() * 1000.0;
            if own {
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
