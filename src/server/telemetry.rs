//! Traces of calls, sent to a collector by OTLP.
//!
//! A trace has names, times and sizes in it; nothing of an article, and no token.

use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{ExporterBuildError, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};

use super::configuration::Tracing;

/// How long the collector may take at the end to be told what it was not told yet.
const PATIENCE: Duration = Duration::from_secs(3);

/// Traces cannot be sent.
#[derive(Debug, thiserror::Error)]
#[error("traces cannot be sent to {endpoint}: {source}; check --otlp-endpoint")]
pub struct TelemetryError {
    endpoint: String,
    source: ExporterBuildError,
}

/// Sends traces on until it is ended.
#[derive(Debug)]
pub(super) struct Telemetry {
    provider: SdkTracerProvider,
}

impl Telemetry {
    /// Begins to send traces. A collector that is away is looked for again and again; calls do not wait for it. Called within
    /// a runtime.
    ///
    /// # Errors
    /// If the address cannot be used at all.
    pub(super) fn start(tracing: &Tracing) -> Result<Self, TelemetryError> {
        let Tracing { endpoint, ratio } = tracing;
        let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build();
        let exporter = exporter.map_err(|source| TelemetryError { endpoint: endpoint.clone(), source })?;
        let resource = Resource::builder()
            .with_service_name("claimdesk")
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(*ratio))))
            .with_batch_exporter(exporter)
            .build();
        Ok(Self { provider })
    }

    /// What makes spans.
    pub(super) fn tracer(&self) -> SdkTracer {
        self.provider.tracer("claimdesk")
    }

    /// Sends what is left. It blocks, though not for long; called outside of the runtime, which must still be there.
    pub(super) fn end(self) {
        // A collector that is away has been told of in the log.
        let _ = self.provider.shutdown_with_timeout(PATIENCE);
    }
}
