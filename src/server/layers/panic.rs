//! A handler that panicked answers INTERNAL; its connection lives on.

use std::any::Any;

use tonic::{Status, body::Body};

use crate::service::ServiceError;

/// The answer to a call whose handler panicked.
pub(in crate::server) fn answer_to_panic(panic: Box<dyn Any + Send>) -> http::Response<Body> {
    let said = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Status::from(ServiceError::Internal(format!("a handler panicked: {said}"))).into_http()
}
