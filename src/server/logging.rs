//! The log: events on standard error, for people or for machines.

use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use super::LogFormat;

/// Begins to log. A second call changes nothing.
pub(super) fn start(format: LogFormat, level: &EnvFilter) {
    let registry = tracing_subscriber::registry().with(EnvFilter::new(level.to_string()));
    let _ = match format {
        LogFormat::Text => {
            let layer = fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colours());
            registry.with(layer).try_init()
        }
        LogFormat::Json => {
            let layer = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
            registry.with(layer.with_writer(std::io::stderr)).try_init()
        }
    };
}

/// Whether standard error is a terminal that nobody asked to keep plain.
fn colours() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
