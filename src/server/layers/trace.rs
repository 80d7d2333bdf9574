//! The span of a call, and the trace that it belongs to: the caller's, where the call says so (W3C Trace Context).

use http::HeaderMap;
use opentelemetry::{
    propagation::{Extractor, TextMapPropagator as _},
    trace::{Status, TraceContextExt as _},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::Code;
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The headers that say which trace a call belongs to.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

/// The span of a call of one of our methods, as a part of its caller's trace.
pub(super) fn span(method: &str, headers: &HeaderMap) -> Span {
    let span = tracing::info_span!(
        "call",
        rpc.method = %method,
        subject = Empty,
        roles = Empty,
        article = Empty,
        claim = Empty,
        trace_id = Empty,
        otel.kind = Empty
    );
    let parent = TraceContextPropagator::new().extract(&Headers(headers));
    let of_caller = parent.span().span_context().trace_id();
    // It fails where no traces are sent; then the log has the caller's, if there is one.
    let (sent, trace) = match span.set_parent(parent.clone()) {
        Ok(()) => {
            span.record("otel.kind", "server");
            span.set_attribute("rpc.system", "grpc");
            let context = span.context();
            context.span().update_name(method.to_owned());
            (true, context.span().span_context().trace_id())
        }
        Err(_) => (false, of_caller),
    };
    if sent || parent.span().span_context().is_valid() {
        span.record("trace_id", tracing::field::display(trace));
    }
    span
}

/// How the call ended, for its trace.
pub(super) fn ended(span: &Span, code: Code) {
    span.set_attribute("rpc.grpc.status_code", i64::from(i32::from(code)));
    // Faults of the service, as OpenTelemetry's conventions for gRPC count them; all others are the caller's.
    let ours = matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    );
    if ours {
        span.set_status(Status::error(format!("{code:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_part_of_the_trace_that_its_caller_names() {
        let mut headers = HeaderMap::new();
        let of = |headers: &HeaderMap| {
            let context = TraceContextPropagator::new().extract(&Headers(headers));
            let span = context.span();
            span.span_context().is_valid().then(|| span.span_context().trace_id().to_string())
        };
        assert_eq!(of(&headers), None);
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert("traceparent", parent.parse().expect("a value"));
        assert_eq!(of(&headers).as_deref(), Some("4bf92f3577b34da6a3ce929d0e0e4736"));
        headers.insert("traceparent", "00-0-0-01".parse().expect("a value"));
        assert_eq!(of(&headers), None);
    }
}
