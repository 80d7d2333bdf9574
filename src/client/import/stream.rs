//! The talk with the service: lines go out, outcomes come back in the same order, and after a cut it goes on with the
//! first line that has no outcome. No more than so many lines are under way.

use std::{collections::VecDeque, io, path::PathBuf, time::Instant};

use tokio::{
    sync::mpsc,
    time::{sleep, sleep_until, timeout},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use super::line::Line;
use crate::{
    client::{
        error::{Error, reason},
        session::{ATTEMPTS, FIRST_PAUSE, Session, article_service, pause_after},
    },
    proto::v1,
};

/// How many lines are sent ahead of the outcome that comes next.
const UNDER_WAY: usize = 32;

/// Why a stream ended before all was told.
enum Cut {
    /// By the service or the network; perhaps another one goes further.
    Status(Status),
    /// For good.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Cut {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The lines of an input on their way.
pub(super) struct Talk<'a> {
    session: &'a Session,
    lines: mpsc::Receiver<io::Result<Line>>,
    /// Those that have no outcome yet.
    under_way: VecDeque<Line>,
    /// Whether there may be more lines.
    open: bool,
    /// Why the input could not be read to its end.
    unreadable: Option<Error>,
    answered: u64,
}

impl<'a> Talk<'a> {
    pub(super) fn new(session: &'a Session, lines: mpsc::Receiver<io::Result<Line>>) -> Self {
        Self { session, lines, under_way: VecDeque::new(), open: true, unreadable: None, answered: 0 }
    }

    /// Sends all lines; `take` gets each with what became of it, in order. `what` names the input in messages.
    pub(super) async fn run(
        mut self,
        what: &str,
        take: &mut impl FnMut(&Line, &v1::ImportArticlesResponse) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (mut attempts, mut pause, mut since) = (0, FIRST_PAUSE, Instant::now());
        loop {
            let before = self.answered;
            let status = match self.once(what, take).await {
                Ok(()) => return self.unreadable.map_or(Ok(()), Err),
                Err(Cut::Failed(error)) => return Err(error),
                Err(Cut::Status(status)) => status,
            };
            if self.answered > before {
                (attempts, pause, since) = (0, FIRST_PAUSE, Instant::now());
            }
            attempts += 1;
            // A service that has answered is worth waiting for: it may be about to start again.
            let patient = self.answered > 0 && since.elapsed() < self.session.timeout();
            if !passing(&status) || !(patient || attempts < ATTEMPTS) {
                return Err(self.session.failure(status));
            }
            sleep(pause_after(&status, pause)).await;
            pause *= 2;
        }
    }

    /// Opens a stream, sends what has no outcome yet, and goes on from there.
    async fn once(
        &mut self,
        what: &str,
        take: &mut impl FnMut(&Line, &v1::ImportArticlesResponse) -> Result<(), Error>,
    ) -> Result<(), Cut> {
        let (sender, requests) = mpsc::channel(UNDER_WAY);
        let send = |sender: &mpsc::Sender<_>, line: &Line| {
            if let Ok(request) = &line.request {
                // There is a place for each that is under way. Where the stream is gone, its status tells why.
                let _ = sender.try_send(request.clone());
            }
        };
        self.under_way.iter().for_each(|line| send(&sender, line));
        let mut sender = Some(sender).filter(|_| self.open);
        let patience = self.session.timeout();
        let request = self.session.stream_request(ReceiverStream::new(requests));
        let mut client = article_service(self.session.channel());
        let answers = timeout(patience, client.import_articles(request)).await;
        let answers = answers.map_err(|_| self.session.timed_out())?;
        let mut answers = answers.map_err(Cut::Status)?.into_inner();
        let mut deadline = tokio::time::Instant::now() + patience;
        loop {
            while let Some(Line { request: Err(status), .. }) = self.under_way.front() {
                let refused = failed(status.clone());
                self.pop(&refused, take)?;
            }
            if !self.open && self.under_way.is_empty() {
                return Ok(());
            }
            tokio::select! {
                line = self.lines.recv(), if self.open && self.under_way.len() < UNDER_WAY => match line {
                    Some(Ok(line)) => {
                        if self.under_way.is_empty() {
                            deadline = tokio::time::Instant::now() + patience;
                        }
                        sender.iter().for_each(|sender| send(sender, &line));
                        self.under_way.push_back(line);
                    }
                    last => {
                        // What is under way is answered before the failure is told.
                        self.unreadable = last.and_then(Result::err).map(|cause| {
                            Error::Read { path: PathBuf::from(what), cause }
                        });
                        self.open = false;
                        sender = None;
                    }
                },
                answer = answers.message() => match answer.map_err(Cut::Status)? {
                    Some(answer) => {
                        self.answered += 1;
                        deadline = tokio::time::Instant::now() + patience;
                        self.pop(&answer, take)?;
                    }
                    None => return Err(Cut::Status(Status::unavailable("the service ended the import early"))),
                },
                () = sleep_until(deadline), if !self.under_way.is_empty() => {
                    return Err(self.session.timed_out().into());
                }
            }
        }
    }

    /// Hands the next line over with what became of it.
    fn pop(
        &mut self,
        answer: &v1::ImportArticlesResponse,
        take: &mut impl FnMut(&Line, &v1::ImportArticlesResponse) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let strange = || Error::Format("the service answers what was not sent".to_owned());
        let line = self.under_way.pop_front().ok_or_else(strange)?;
        if line.request.as_ref().is_ok_and(|request| request.request_id != answer.request_id) {
            return Err(strange());
        }
        take(&line, answer)
    }
}

/// What became of a line that was not sent.
fn failed(status: v1::ItemStatus) -> v1::ImportArticlesResponse {
    v1::ImportArticlesResponse {
        outcome: "FAILED".to_owned(),
        status: Some(status),
        ..v1::ImportArticlesResponse::default()
    }
}

/// Whether another attempt may fare better: the service says so, or it was cut off without a reason of its own.
fn passing(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable => true,
        Code::Unknown | Code::Cancelled | Code::Internal => reason(status).is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_tried_again_and_a_refusal_is_not() {
        use tonic_types::{ErrorDetails, StatusExt as _};
        let told = |code| {
            Status::with_error_details(code, "no", ErrorDetails::with_error_info("INTERNAL", "claimdesk", []))
        };
        for status in
            [Status::unavailable(""), told(Code::Unavailable), Status::unknown("h2"), Status::internal("h2")]
        {
            assert!(passing(&status), "{status:?}");
        }
        for status in [told(Code::Internal), Status::unimplemented(""), Status::permission_denied("")] {
            assert!(!passing(&status), "{status:?}");
        }
    }
}
