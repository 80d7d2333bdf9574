//! Many articles in one stream: read side by side, stored one after the other, answered in the order they came.
//!
//! Two tasks work on a stream. One takes messages and has each read on a core of its own, no more than a few ahead; the
//! other takes what was read, in order, stores it and answers. Whoever does not read the outcomes stops the one, and that
//! the other: nothing piles up, here or in the database's connections, of which a stream uses one at a time to write.

use std::{num::NonZero, thread};

use prost::Message;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming};
use tracing::Instrument as _;

use super::{
    Desk, MESSAGE_LIMIT, ServiceError, caller, convert,
    error::{item_status, ok},
    validate::Checks,
    watch::ended,
    write,
};
use crate::{
    claim::Article,
    proto::v1,
    store::{Answer, RequestKey, StoreError, SubmitArticle, SubmittedArticle, Write},
};

const METHOD: &str = "ImportArticles";
/// How many outcomes wait for a caller who does not read them.
const WAITING: usize = 16;

/// What a caller is sent.
pub(super) type Outcomes = ReceiverStream<Result<v1::ImportArticlesResponse, Status>>;

/// A message that was read.
struct Read {
    request_id: String,
    work: Result<Work, ServiceError>,
}

/// What is left to do.
enum Work {
    /// To store an article.
    Store(Box<SubmitArticle>, Write),
    /// Nothing: this was answered before.
    Repeat(Vec<u8>),
}

/// What comes out of the stream of messages, in its order.
enum Next {
    /// A message that is being read.
    Reading(JoinHandle<Read>),
    /// There are no more, and this is why.
    End(ServiceError),
}

impl Desk {
    pub(super) async fn import(
        &self,
        request: Request<Streaming<v1::ImportArticlesRequest>>,
    ) -> Result<Response<Outcomes>, ServiceError> {
        let actor = caller::actor(request.extensions(), request.metadata())?;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let (ahead, in_order) = mpsc::channel(cores * 2);
        let (out, outcomes) = mpsc::channel(WAITING);
        tokio::spawn(take(self.clone(), actor, request.into_inner(), ahead).in_current_span());
        let desk = self.clone();
        let answering = async move {
            let articles = answer(desk, in_order, out).await;
            tracing::info!(articles, "import ended");
        };
        tokio::spawn(answering.in_current_span());
        Ok(Response::new(ReceiverStream::new(outcomes)))
    }

    /// Checks a message, and finds the claims of its article.
    async fn read_import(&self, body: v1::ImportArticlesRequest, actor: String) -> Read {
        let request_id = body.request_id.clone();
        Read { request_id, work: self.work(body, actor).await }
    }

    async fn work(&self, body: v1::ImportArticlesRequest, actor: String) -> Result<Work, ServiceError> {
        let mut checks = Checks::default();
        checks.request_id("request_id", &body.request_id);
        checks.score("min_check_worthiness", body.min_check_worthiness);
        let content_type = checks.content_type(body.article.as_ref());
        let request = write::key(METHOD, &body, &body.request_id, &actor);
        let article = checks.article(body.article)?;
        checks.finish()?;
        let write = Write { actor, request, validate_only: body.validate_only };
        if let Some(key) = asked_before(&write)
            && let Some(answer) = self.store.answered(key).await?
        {
            return Ok(Work::Repeat(answer));
        }
        let (article, extraction) = self.read(article, content_type).await?;
        let least = body.min_check_worthiness;
        let command = SubmitArticle {
            article: Article { language: Some(extraction.language), ..article },
            claims: extraction.claims.into_iter().filter(|claim| claim.check_worthiness >= least).collect(),
        };
        Ok(Work::Store(Box::new(command), write))
    }

    /// Does what is left to do.
    async fn finish_import(&self, work: Work) -> Result<v1::ImportArticlesResponse, ServiceError> {
        let before = match work {
            Work::Repeat(before) => before,
            Work::Store(command, write) => {
                let encode = |outcome: &SubmittedArticle| stored(outcome).encode_to_vec();
                match self.store.write(&*command, &write, encode).await? {
                    Answer::New(outcome) => return Ok(stored(&outcome)),
                    Answer::Before(before) => before,
                }
            }
        };
        let answer = v1::ImportArticlesResponse::decode(before.as_slice())
            .map_err(|error| ServiceError::Internal(format!("a stored answer: {error}")))?;
        Ok(v1::ImportArticlesResponse { repeated: true, ..answer })
    }
}

/// The request whose answer may be known already.
fn asked_before(write: &Write) -> Option<&RequestKey> {
    write.request.as_ref().filter(|_| !write.validate_only)
}

/// Takes messages until there are no more, the service ends, or nobody waits for what becomes of them.
async fn take(
    desk: Desk,
    actor: String,
    mut messages: Streaming<v1::ImportArticlesRequest>,
    ahead: mpsc::Sender<Next>,
) {
    let mut ending = desk.ending.clone();
    loop {
        // A place first: a message that is taken is worked on.
        let Ok(place) = ahead.reserve().await else { return };
        let message = tokio::select! {
            () = ended(&mut ending) => Err(ServiceError::ShuttingDown),
            () = ahead.closed() => return,
            message = messages.message() => message.map_err(|status| broken(&status)),
        };
        match message {
            Ok(None) => return,
            Ok(Some(body)) => {
                let (desk, actor) = (desk.clone(), actor.clone());
                let reading = async move { desk.read_import(body, actor).await };
                place.send(Next::Reading(tokio::spawn(reading.in_current_span())));
            }
            Err(error) => return place.send(Next::End(error)),
        }
    }
}

/// Stores what was read, and answers; says how many articles were answered.
async fn answer(
    desk: Desk,
    mut in_order: mpsc::Receiver<Next>,
    out: mpsc::Sender<Result<v1::ImportArticlesResponse, Status>>,
) -> u32 {
    let mut index: u32 = 0;
    loop {
        let next = tokio::select! {
            next = in_order.recv() => next,
            () = out.closed() => None,
        };
        let why = match next {
            None => return index,
            Some(Next::End(error)) => error,
            Some(Next::Reading(reading)) => match outcome(&desk, reading).await {
                Ok(answer) => {
                    let answer = v1::ImportArticlesResponse { index, ..answer };
                    // The caller is gone: what it has sent besides is not stored.
                    if out.send(Ok(answer)).await.is_err() {
                        return index;
                    }
                    index = index.saturating_add(1);
                    continue;
                }
                Err(error) => error,
            },
        };
        let _ = out.send(Err(why.into())).await;
        return index;
    }
}

/// What became of a message; an error where it is no fault of the message's, and the next would fare no better.
async fn outcome(desk: &Desk, reading: JoinHandle<Read>) -> Result<v1::ImportArticlesResponse, ServiceError> {
    let Read { request_id, work } =
        reading.await.map_err(|error| ServiceError::Internal(format!("an import: {error}")))?;
    let done = match work {
        Ok(work) => desk.finish_import(work).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(answer) => Ok(v1::ImportArticlesResponse { request_id, ..answer }),
        Err(ServiceError::Store(error)) if error.is_away() || matches!(error, StoreError::Full(_)) => {
            Err(error.into())
        }
        Err(error) => Ok(v1::ImportArticlesResponse {
            request_id,
            outcome: "FAILED".to_owned(),
            status: Some(item_status(error)),
            ..v1::ImportArticlesResponse::default()
        }),
    }
}

/// The answer for an article that is stored.
fn stored(outcome: &SubmittedArticle) -> v1::ImportArticlesResponse {
    v1::ImportArticlesResponse {
        outcome: if outcome.created { "STORED" } else { "KNOWN" }.to_owned(),
        status: Some(ok()),
        article: Some(convert::article(&outcome.article)),
        ..v1::ImportArticlesResponse::default()
    }
}

/// Why there are no more messages where the stream did not end.
fn broken(status: &Status) -> ServiceError {
    match status.code() {
        Code::OutOfRange | Code::ResourceExhausted => ServiceError::MessageTooLarge { limit: MESSAGE_LIMIT },
        _ => {
            let told = status.message().trim_start_matches("failed to decode Protobuf message: ");
            ServiceError::Malformed(told.to_owned())
        }
    }
}
