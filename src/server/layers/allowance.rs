//! What each caller may do: so many calls in a second, and so many streams at once.
//!
//! It stands behind the layer that knows who calls. A caller is who the credentials say; where nobody is asked for any, all
//! that come from one address are one caller.

use std::{
    collections::HashMap,
    convert::Infallible,
    num::NonZero,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use tonic::{Status, body::Body};
use tower::Service;

use super::{Request, Response, held::Held};
use crate::{
    server::{
        connection::Peer,
        metrics::{CALLS_PER_SECOND, Metrics, STREAMS_PER_CALLER},
    },
    service::{self, Access, Caller, ServiceError},
};

/// How often callers are forgotten who have not called for a while.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// A caller, by name or by address.
type Name = Arc<str>;

/// Puts an [`Allowed`] around a service.
#[derive(Debug, Clone)]
pub(in crate::server) struct AllowanceLayer {
    rate: Option<Arc<Rate>>,
    streams: Streams,
    metrics: Metrics,
}

/// How often callers may call.
#[derive(Debug)]
struct Rate {
    limiter: DefaultKeyedRateLimiter<Name>,
    per_second: u32,
}

/// The streams that are open, by caller. Clones count the same.
#[derive(Debug, Clone)]
struct Streams {
    open: Arc<Mutex<HashMap<Name, u32>>>,
    most: u32,
}

/// A stream that is open until this is dropped.
#[derive(Debug)]
struct OpenStream {
    streams: Streams,
    name: Name,
}

impl AllowanceLayer {
    /// Each caller may begin `per_second` calls in a second and have `streams` streams open. Called within a runtime.
    pub(in crate::server) fn new(per_second: Option<NonZero<u32>>, streams: u32, metrics: Metrics) -> Self {
        let rate = per_second.map(|per_second| {
            let limiter = RateLimiter::keyed(Quota::per_second(per_second));
            Arc::new(Rate { limiter, per_second: per_second.get() })
        });
        if let Some(rate) = &rate {
            let rate = Arc::downgrade(rate);
            tokio::spawn(async move {
                loop {
                    tokio::time::sleep(FORGET_EVERY).await;
                    let Some(rate) = rate.upgrade() else { return };
                    rate.limiter.retain_recent();
                    rate.limiter.shrink_to_fit();
                }
            });
        }
        Self { rate, streams: Streams { open: Arc::default(), most: streams }, metrics }
    }

    /// Lets a call in, or sends it away. What comes back is held until the answer has ended.
    fn admit(&self, request: &Request) -> Result<Option<impl Send + use<>>, ServiceError> {
        let path = request.uri().path();
        if !matches!(service::access(path), Some(Access::Roles(_))) {
            return Ok(None);
        }
        let name = name(request);
        if let Some(rate) = &self.rate {
            rate.take(&name).inspect_err(|_| self.metrics.sent_away(CALLS_PER_SECOND))?;
        }
        if !service::is_stream(path) {
            return Ok(None);
        }
        let open = self.streams.open(name).inspect_err(|_| self.metrics.sent_away(STREAMS_PER_CALLER))?;
        Ok(Some((open, self.metrics.stream(path))))
    }
}

impl Rate {
    fn take(&self, name: &Name) -> Result<(), ServiceError> {
        self.limiter.check_key(name).map_err(|early| ServiceError::TooManyCalls {
            limit: self.per_second,
            wait: early.wait_time_from(self.limiter.clock().now()),
        })
    }
}

impl Streams {
    fn open(&self, name: Name) -> Result<OpenStream, ServiceError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let number = open.entry(Arc::clone(&name)).or_insert(0);
        if *number >= self.most {
            return Err(ServiceError::TooManyStreams { limit: self.most });
        }
        *number += 1;
        Ok(OpenStream { streams: self.clone(), name })
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = open.get_mut(&self.name) {
            *number -= 1;
            if *number == 0 {
                open.remove(&self.name);
            }
        }
    }
}

/// Who calls, as far as limits go.
fn name(request: &Request) -> Name {
    match request.extensions().get::<Caller>() {
        // No address has a space in it: nobody can be named like one.
        Some(Caller::Known { subject, .. }) => format!("name {subject}").into(),
        _ => match request.extensions().get::<Peer>().and_then(Peer::subscriber) {
            Some(address) => address.to_string().into(),
            None => "".into(),
        },
    }
}

impl<S> tower::Layer<S> for AllowanceLayer {
    type Service = Allowed<S>;

    fn layer(&self, inner: S) -> Allowed<S> {
        Allowed { inner, allowance: self.clone() }
    }
}

/// A service whose callers each have their limits.
#[derive(Debug, Clone)]
pub(in crate::server) struct Allowed<S> {
    inner: S,
    allowance: AllowanceLayer,
}

impl<S> Service<Request> for Allowed<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.allowance.admit(&request) {
            Ok(None) => Box::pin(self.inner.call(request)),
            Ok(Some(held)) => {
                let answer = self.inner.call(request);
                Box::pin(async move { Ok(answer.await?.map(|body| Body::new(Held::new(body, held)))) })
            }
            Err(error) => Box::pin(async { Ok(Status::from(error).into_http()) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_has_used_up_a_second_is_told_when_to_come_again() {
        let per_second = NonZero::new(5).expect("a number");
        let rate = Rate { limiter: RateLimiter::keyed(Quota::per_second(per_second)), per_second: 5 };
        let (ada, bob): (Name, Name) = ("name ada".into(), "name bob".into());
        // The fifth part of a second may pass while the test waits for the processor, and gives one back.
        let refused = (0..1000).find_map(|_| rate.take(&ada).err());
        match refused {
            Some(ServiceError::TooManyCalls { limit: 5, wait }) => {
                assert!(wait <= Duration::from_millis(200), "{wait:?}");
            }
            other => panic!("{other:?}"),
        }
        assert!(rate.take(&bob).is_ok(), "one caller takes nothing from another");
    }

    #[test]
    fn a_stream_that_ends_makes_room_for_another_and_leaves_nothing_behind() {
        let streams = Streams { open: Arc::default(), most: 1 };
        let first = streams.open("a".into()).expect("room");
        assert!(matches!(streams.open("a".into()), Err(ServiceError::TooManyStreams { limit: 1 })));
        assert!(streams.open("b".into()).is_ok());
        drop(first);
        assert!(streams.open("a".into()).is_ok());
        assert!(streams.open.lock().expect("no panic").is_empty());
    }
}
