//! What all writes have in common: who writes, and the request_id that makes a repeat safe.

use data_encoding::HEXLOWER;
use prost::Message;
use sha2::{Digest, Sha256};
use tonic::{Request, Response};

use super::{Desk, ServiceError, caller, validate::Checks};
use crate::store::{Answer, Command, RequestKey, Write};

/// Reads what all writes have in common.
pub(super) fn write<M: Message>(
    method: &'static str,
    request: &Request<M>,
    request_id: &str,
    validate_only: bool,
    checks: &mut Checks,
) -> Result<Write, ServiceError> {
    checks.request_id("request_id", request_id);
    let actor = caller::actor(request.extensions(), request.metadata())?;
    let key = key(method, request.get_ref(), request_id, &actor);
    Ok(Write { actor, request: key, validate_only })
}

/// What makes a repeat of a message known; nothing where it has no id.
pub(super) fn key<M: Message>(
    method: &'static str,
    message: &M,
    request_id: &str,
    actor: &str,
) -> Option<RequestKey> {
    (!request_id.is_empty()).then(|| RequestKey {
        id: request_id.to_owned(),
        method,
        // prost writes fields in the order of their numbers, and the contract has no maps: the same request has the same
        // bytes. Another caller's is another request.
        fingerprint: HEXLOWER
            .encode(&Sha256::new().chain_update(message.encode_to_vec()).chain_update(actor).finalize()),
    })
}

impl Desk {
    /// Runs a command and answers with what `convert` makes of its outcome, or with what was answered before.
    pub(super) async fn run<C: Command, M: Message + Default>(
        &self,
        command: &C,
        write: &Write,
        convert: fn(&C::Outcome) -> M,
    ) -> Result<Response<M>, ServiceError> {
        self.run_and(command, write, convert, |_| {}).await
    }

    /// Does the same, and shows the outcome to `seen` where the command was done now.
    pub(super) async fn run_and<C: Command, M: Message + Default>(
        &self,
        command: &C,
        write: &Write,
        convert: fn(&C::Outcome) -> M,
        seen: impl FnOnce(&C::Outcome),
    ) -> Result<Response<M>, ServiceError> {
        let answer = self.store.write(command, write, |outcome| convert(outcome).encode_to_vec()).await?;
        let message = match answer {
            Answer::New(outcome) => {
                seen(&outcome);
                convert(&outcome)
            }
            Answer::Before(bytes) => M::decode(bytes.as_slice())
                .map_err(|error| ServiceError::Internal(format!("a stored answer: {error}")))?,
        };
        let mut response = Response::new(message);
        self.tell_position(response.metadata_mut()).await;
        Ok(response)
    }
}
