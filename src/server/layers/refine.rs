//! Statuses that come from tonic rather than from a handler get the form that all others have.

use tonic::{Code, Status};

use super::Response;
use crate::service::{MESSAGE_LIMIT, ServiceError};

/// The answer as it was, or, where tonic could not even read the request, one that says what to do.
pub(super) fn refined(response: Response) -> Response {
    let Some(status) = response.extensions().get::<Status>() else { return response };
    if !status.details().is_empty() {
        return response;
    }
    let error = match status.code() {
        // The message itself, or what it unpacks to, is over the limit.
        Code::OutOfRange | Code::ResourceExhausted => ServiceError::MessageTooLarge { limit: MESSAGE_LIMIT },
        Code::Internal => ServiceError::Malformed(told(status.message())),
        _ => return response,
    };
    Status::from(error).into_http()
}

/// What prost says of a message that it could not read, without what only programmers of ours want to know.
fn told(message: &str) -> String {
    message.trim_start_matches("failed to decode Protobuf message: ").to_owned()
}
