//! The way to the service, for work that goes on beside the screen.

use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tonic::{Code, Request, Response, Status, transport::Channel};

use super::message::{Answer, Message, Problem};
use crate::client::{
    error::{Error, reason},
    session::Caller,
};

/// How long to wait before a second attempt; each further pause is twice as long, up to the longest.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(200);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A way to the service that tries again until it is there, and tells how it is with the connection.
#[derive(Clone)]
pub(super) struct Line {
    pub(super) caller: Caller,
    messages: UnboundedSender<Message>,
}

impl Problem {
    pub(super) fn of(error: &Error) -> Self {
        let (reason, away) = match error {
            Error::Refused(status) => (
                reason(status).unwrap_or_default(),
                matches!(
                    status.code(),
                    Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown
                ),
            ),
            Error::Unreachable { .. } | Error::TimedOut { .. } => (String::new(), true),
            _ => (String::new(), false),
        };
        let text = crate::client::value::printable(&error.to_string());
        Self { text, reason, away }
    }
}

impl Line {
    pub(super) fn new(caller: Caller, messages: UnboundedSender<Message>) -> Self {
        Self { caller, messages }
    }

    pub(super) fn tell(&self, answer: Answer) {
        // Where nobody listens any more, there is nobody to tell.
        let _ = self.messages.send(Message::Answer(answer));
    }

    /// Calls a method until the service is there to answer.
    pub(super) async fn ask<Q, A, F>(
        &self,
        request: Q,
        method: impl Fn(Channel, Request<Q>) -> F,
    ) -> Result<A, Problem>
    where
        Q: Clone,
        F: Future<Output = Result<Response<A>, Status>>,
    {
        self.until_there(|| self.caller.once(request.clone(), &method)).await
    }

    /// Does something until the service is there to do it.
    pub(super) async fn until_there<T, F>(&self, mut attempt: impl FnMut() -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut pause = FIRST_PAUSE;
        let mut lost = false;
        loop {
            let outcome = attempt().await.map_err(|error| Problem::of(&error));
            match outcome {
                Err(problem) if problem.away => {
                    self.tell(Answer::Lost);
                    lost = true;
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                outcome => {
                    if lost {
                        self.tell(Answer::Connected);
                    }
                    return outcome;
                }
            }
        }
    }
}
