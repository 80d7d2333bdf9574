//! What a watcher is answered: messages, and in the end the reason why there are no more.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::sync::{mpsc, oneshot};
use tokio_stream::Stream;
use tonic::Status;

use crate::proto::v1::WatchClaimsResponse;

/// The messages, then the status. The status has a way of its own: it comes through also where messages are left unread.
#[derive(Debug)]
pub(super) struct Answer {
    messages: mpsc::Receiver<WatchClaimsResponse>,
    end: Option<oneshot::Receiver<Status>>,
}

impl Answer {
    pub(super) fn new(messages: mpsc::Receiver<WatchClaimsResponse>, end: oneshot::Receiver<Status>) -> Self {
        Self { messages, end: Some(end) }
    }
}

impl Stream for Answer {
    type Item = Result<WatchClaimsResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(message) = ready!(self.messages.poll_recv(context)) {
            return Poll::Ready(Some(Ok(message)));
        }
        let Some(end) = &mut self.end else { return Poll::Ready(None) };
        let status = ready!(Pin::new(end).poll(context));
        self.end = None;
        Poll::Ready(status.ok().map(Err))
    }
}
