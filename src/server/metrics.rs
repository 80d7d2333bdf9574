//! What is counted for those who watch the service, in the text format of OpenMetrics.

use std::{sync::Arc, time::Duration};

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
use tonic::Code;

use crate::{service, store::Store};

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
    store: Store,
}

impl Metrics {
    /// Nothing is counted yet. `most` is how many connections the store may have.
    pub(super) fn new(store: Store, most: u32) -> Self {
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
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program that runs", build);
        Self { registry: Arc::new(registry), calls, durations, in_flight, connections, store }
    }

    /// A call that has arrived at a path.
    pub(super) fn call(&self, path: &str) -> Watched {
        let known = service::access(path).is_some();
        let method = if known { path.trim_start_matches('/') } else { "unknown" };
        self.in_flight.inc();
        Watched { metrics: self.clone(), method: method.to_owned() }
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
