//! The part of the configuration that says what others may see of the service at work: log, metrics, traces.

use std::{net::SocketAddr, str::FromStr};

use http::Uri;
use tracing_subscriber::EnvFilter;

use super::{
    ConfigurationError,
    values::{address, text},
};

const DEFAULT_LEVEL: &str = "info,sqlx=warn";
const DEFAULT_RATIO: f64 = 1.0;

/// The command line of `claimdesk serve`, as far as it says what is seen of the service at work.
#[derive(Debug, Default, Clone, clap::Args)]
#[command(next_help_heading = "What is seen of it at work")]
pub struct ObservationArguments {
    /// Log lines for people (text) or for machines (json) [default: text]
    #[arg(long, value_name = "FORMAT", env = "CLAIMDESK_LOG_FORMAT")]
    pub log_format: Option<String>,
    /// What is logged: error, warn, info, debug or trace, also for single parts as in "info,claimdesk::store=debug"
    /// [default: info]
    #[arg(long, value_name = "LEVEL", env = "CLAIMDESK_LOG_LEVEL")]
    pub log_level: Option<String>,
    /// Address and port for /metrics, /livez and /readyz, over plain HTTP and for anybody who can reach it; none without it
    #[arg(long, value_name = "HOST:PORT", env = "CLAIMDESK_METRICS_LISTEN")]
    pub metrics_listen: Option<String>,
    /// Collector that traces are sent to by OTLP over gRPC, such as http://127.0.0.1:4317; none are without it
    #[arg(long, value_name = "URL", env = "CLAIMDESK_OTLP_ENDPOINT")]
    pub otlp_endpoint: Option<String>,
    /// Share of the calls that are traced, 0 to 1, where the caller does not say it [default: 1]
    #[arg(long, value_name = "RATIO", env = "CLAIMDESK_TRACE_RATIO")]
    pub trace_ratio: Option<String>,
}

/// The same in the configuration file.
#[derive(Debug, Default)]
pub(super) struct ObservationFile {
    pub(super) log_format: Option<String>,
    pub(super) log_level: Option<String>,
    pub(super) metrics_listen: Option<String>,
    pub(super) otlp_endpoint: Option<String>,
    pub(super) trace_ratio: Option<f64>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where traces go.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::server) struct Tracing {
    /// The collector.
    pub(in crate::server) endpoint: String,
    /// The share of the calls that are traced where the caller does not say it, 0 to 1.
    pub(in crate::server) ratio: f64,
}

/// What is seen of the service at work, checked.
#[derive(Debug)]
pub struct Observation {
    /// How log lines look.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_level: EnvFilter,
    /// Where to answer those who watch, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// Where traces go, if anywhere.
    pub(in crate::server) tracing: Option<Tracing>,
}

impl Observation {
    pub(super) fn merge(
        given: ObservationArguments,
        file: ObservationFile,
    ) -> Result<Self, ConfigurationError> {
        let format = text(given.log_format).or(file.log_format).unwrap_or_else(|| "text".to_owned());
        let level = text(given.log_level).or(file.log_level).unwrap_or_else(|| DEFAULT_LEVEL.to_owned());
        let metrics_listen = text(given.metrics_listen).or(text(file.metrics_listen));
        let endpoint = text(given.otlp_endpoint).or(text(file.otlp_endpoint));
        let ratio = ratio(text(given.trace_ratio), file.trace_ratio)?;
        Ok(Self {
            log_format: format.parse()?,
            log_level: EnvFilter::try_new(&level).map_err(|error| ConfigurationError::Setting {
                setting: "log-level",
                problem: format!(
                    "\"{level}\" is no level ({error}); write error, warn, info, debug or trace"
                ),
            })?,
            metrics_listen: metrics_listen.map(|text| address("metrics-listen", &text)).transpose()?,
            tracing: endpoint
                .map(|endpoint| Ok(Tracing { endpoint: collector(endpoint)?, ratio }))
                .transpose()?,
        })
    }
}

impl FromStr for LogFormat {
    type Err = ConfigurationError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.to_ascii_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(ConfigurationError::Setting {
                setting: "log-format",
                problem: format!("\"{word}\" is no format; write text or json"),
            }),
        }
    }
}

fn ratio(given: Option<String>, file: Option<f64>) -> Result<f64, ConfigurationError> {
    let wrong = |told: &str| ConfigurationError::Setting {
        setting: "trace-ratio",
        problem: format!("\"{told}\" is not from 0 to 1"),
    };
    let ratio = match given {
        Some(text) => text.trim().parse().map_err(|_| wrong(&text))?,
        None => file.unwrap_or(DEFAULT_RATIO),
    };
    if (0.0..=1.0).contains(&ratio) { Ok(ratio) } else { Err(wrong(&ratio.to_string())) }
}

/// The URL of a collector.
fn collector(url: String) -> Result<String, ConfigurationError> {
    let parsed = url.parse::<Uri>().ok();
    let whole = parsed
        .is_some_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some());
    if whole {
        return Ok(url);
    }
    let problem = format!("\"{url}\" is no URL of a collector; write it as http://127.0.0.1:4317");
    Err(ConfigurationError::Setting { setting: "otlp-endpoint", problem })
}
