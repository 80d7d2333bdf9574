//! Which web pages may call: what a browser asks before it lets one (cross-origin resource sharing).

use std::time::Duration;

use http::{HeaderName, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{
    server::configuration::WebOrigins,
    service::{POSITION, REVIEWER},
};

/// How long a browser may remember the answer; none does for longer than two hours.
const MAX_AGE: Duration = Duration::from_secs(7200);

/// Lets pages of these origins call by gRPC-Web, with the metadata that the contract knows.
pub(in crate::server) fn cross_origin(origins: &WebOrigins) -> CorsLayer {
    let name = HeaderName::from_static;
    CorsLayer::new()
        .allow_origin(match origins {
            WebOrigins::Any => AllowOrigin::any(),
            WebOrigins::Listed(origins) => AllowOrigin::list(origins.iter().cloned()),
        })
        .allow_methods([Method::POST])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            name("grpc-timeout"),
            name("traceparent"),
            name("tracestate"),
            name("x-grpc-web"),
            name("x-user-agent"),
            name(POSITION),
            name(REVIEWER),
        ])
        .expose_headers(["grpc-status", "grpc-message", "grpc-status-details-bin", POSITION].map(name))
        .max_age(MAX_AGE)
}
