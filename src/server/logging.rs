//! The log: events on standard error, for people or for machines.

use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt as _, filter_fn},
    fmt,
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use super::{LogFormat, Observation, telemetry::Telemetry};

/// Where the span of a call begins. What is spanned further in is for traces; a line of the log tells of the call.
const CALLS: &str = "claimdesk::server";

/// Begins to log, and to make spans for traces where they are sent. A second call changes nothing.
pub(super) fn start(observation: &Observation, telemetry: Option<&Telemetry>) {
    let written = || {
        let level = EnvFilter::new(observation.log_level.to_string());
        level.and(filter_fn(|it| it.is_event() || it.target().starts_with(CALLS)))
    };
    // Spans alone: what the log tells of causes stays there.
    let traced = telemetry.map(|telemetry| {
        let layer = OpenTelemetryLayer::new(telemetry.tracer()).with_location(false).with_threads(false);
        let ours = filter_fn(|it| {
            it.is_span() && it.target().starts_with("claimdesk") && *it.level() <= tracing::Level::INFO
        });
        layer.with_target(false).with_tracked_inactivity(false).with_filter(ours)
    });
    let registry = tracing_subscriber::registry().with(traced);
    let _ = match observation.log_format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours());
            registry.with(layer.with_filter(written())).try_init()
        }
        LogFormat::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(layer.with_writer(std::io::stderr).with_filter(written())).try_init()
        }
    };
}

/// Whether standard error is a terminal that nobody asked to keep plain.
fn colours() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
