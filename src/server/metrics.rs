//! What is counted for those who watch the service, in the text format of OpenMetrics.

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
        info::Info,
    },
    registry::{Registry, Unit},
};
use tokio::time::sleep;
use tonic::Code;

use crate::{
    service::{self, Tally},
    store::{QueueFigures, Store},
};

/// The limits of each caller, as they are counted.
pub(super) const CALLS_PER_SECOND: &str = "calls_per_second";
pub(super) const STREAMS_PER_CALLER: &str = "streams_per_caller";
/// How often the queue is looked at.
const QUEUE_EVERY: Duration = Duration::from_secs(10);

/// Calls of a method. A path that is no method of ours is "unknown", so that callers cannot make up time series.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Method {
    method: String,
}

/// Calls of a method that were answered in one way.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: String,
    code: String,
}

/// Calls that were sent away by one limit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Limit {
    limit: &'static str,
}

/// Connections to the database in one state.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Connections {
    state: &'static str,
}

/// The upper bounds of the buckets of durations: 1 ms, and 14 times twice as much as before, up to 16 s.
fn durations() -> Histogram {
    Histogram::new(exponential_buckets(0.001, 2.0, 15))
}

/// All that is counted. Clones count the same.
#[derive(Debug, Clone)]
pub(super) struct Metrics {
    registry: Arc<Registry>,
    calls: Family<Answer, Counter>,
    durations: Family<Method, Histogram, fn() -> Histogram>,
    in_flight: Gauge,
    connections: Family<Connections, Gauge>,
    streams: Family<Method, Gauge>,
    sent_away: Family<Limit, Counter>,
    queue: Queue,
    store: Store,
}

/// The queue of claims, as it was a moment ago. It is the same for all replicas on one database.
#[derive(Debug, Clone, Default)]
struct Queue {
    claims: Gauge,
    oldest: Gauge<f64, AtomicU64>,
    leases: Gauge,
}

impl Metrics {
    /// Nothing is counted yet. `most` is how many connections the store may have; the handlers count in `tally`.
    pub(super) fn new(store: Store, most: u32, tally: &Tally) -> Self {
        let mut registry = Registry::with_prefix("claimdesk");
        let calls = Family::default();
        let durations: Family<Method, Histogram, fn() -> Histogram> = Family::new_with_constructor(durations);
        let (in_flight, connections, limit) = (Gauge::default(), Family::default(), Gauge::<i64>::default());
        registry.register("calls", "Calls that were answered, by the status in the headers", calls.clone());
        registry.register_with_unit(
            "call_duration",
            "From the arrival of a call to the headers of its answer",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register("calls_in_flight", "Calls whose answer has not begun", in_flight.clone());
        registry.register(
            "database_connections",
            "Connections to the database, in use or idle",
            connections.clone(),
        );
        limit.set(most.into());
        registry.register("database_connections_max", "Connections to the database at most", limit);
        let (streams, sent_away) = (Family::<Method, Gauge>::default(), Family::<Limit, Counter>::default());
        let queue = Queue::default();
        // Known from the start, so that a first time is a step from 0.
        for limit in [CALLS_PER_SECOND, STREAMS_PER_CALLER] {
            drop(sent_away.get_or_create(&Limit { limit }));
        }
        for path in service::STREAMS {
            drop(streams.get_or_create(&Method { method: path.trim_start_matches('/').to_owned() }));
        }
        registry.register("streams", "Streams that are open", streams.clone());
        registry.register(
            "rate_limited",
            "Calls that were sent away since their caller is at a limit of each caller",
            sent_away.clone(),
        );
        registry.register("queue_claims", "Claims that wait for a decision", queue.claims.clone());
        registry.register_with_unit(
            "queue_oldest_age",
            "How long the claim that waits longest has waited",
            Unit::Seconds,
            queue.oldest.clone(),
        );
        registry.register("leases_active", "Claims that reviewers have taken", queue.leases.clone());
        tally.register(&mut registry);
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program that runs", build);
        let registry = Arc::new(registry);
        Self { registry, calls, durations, in_flight, connections, streams, sent_away, queue, store }
    }

    /// A call that has arrived at a path.
    pub(super) fn call(&self, path: &str) -> Watched {
        let known = service::access(path).is_some();
        let method = if known { path.trim_start_matches('/') } else { "unknown" };
        self.in_flight.inc();
        Watched { metrics: self.clone(), method: method.to_owned() }
    }

    /// A stream that is open until what is given is dropped.
    pub(super) fn stream(&self, path: &str) -> OpenStream {
        let method = Method { method: path.trim_start_matches('/').to_owned() };
        let open = self.streams.get_or_create_owned(&method);
        open.inc();
        OpenStream { open }
    }

    /// A call was sent away by a limit of each caller.
    pub(super) fn sent_away(&self, limit: &'static str) {
        self.sent_away.get_or_create(&Limit { limit }).inc();
    }

    /// Looks at the queue now and then, for as long as the process. A database that is away leaves the figures as they were.
    pub(super) async fn follow_queue(self) {
        loop {
            match self.store.queue_figures().await {
                Ok(QueueFigures { claims, oldest, leases }) => {
                    self.queue.claims.set(claims);
                    self.queue.oldest.set(oldest.unwrap_or_default().as_secs_f64());
                    self.queue.leases.set(leases);
                }
                Err(error) => tracing::warn!(%error, "the figures of the queue could not be read"),
            }
            sleep(QUEUE_EVERY).await;
        }
    }

    /// All figures as they are now.
    pub(super) fn encoded(&self) -> String {
        let (all, idle) = self.store.connections();
        for (state, number) in [("used", all - idle), ("idle", idle)] {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            self.connections.get_or_create(&Connections { state }).set(number);
        }
        let mut text = String::new();
        // Writing to a String never fails.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// A stream that is open.
#[derive(Debug)]
pub(super) struct OpenStream {
    open: Gauge,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.open.dec();
    }
}

/// A call under way. It counts as one until this is dropped.
#[derive(Debug)]
pub(super) struct Watched {
    metrics: Metrics,
    method: String,
}

impl Watched {
    /// Its answer has begun.
    pub(super) fn answered(self, code: Code, after: Duration) {
        let Self { metrics, method } = &self;
        metrics.durations.get_or_create(&Method { method: method.clone() }).observe(after.as_secs_f64());
        let answer = Answer { method: method.clone(), code: format!("{code:?}") };
        metrics.calls.get_or_create(&answer).inc();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
    }
}
