//! Callers: as many as are given, each with one call after the other (a closed loop), or one call at each beat of a clock,
//! whatever became of those before (an open loop).

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use claimdesk::proto::v1::{self, article_service_client::ArticleServiceClient};
use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tonic::{
    Code, Request, Status,
    transport::{Channel, Endpoint},
};

use crate::{
    processes::{Clock, Shares, Watched},
    texts::{self, Newsroom},
};

/// Over how many connections calls go.
const CONNECTIONS: usize = 4;
/// How long a caller waits for an answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// How large a text is, in bytes, and how many there are. Each is sent again and again, as an article of another address.
const TEXT: usize = 4_096;
const TEXTS: usize = 128;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Submit,
    Extract,
}

/// The articles that are sent, without end: no two are the same.
#[derive(Debug)]
pub(crate) struct Articles {
    texts: Vec<v1::Article>,
    next: AtomicU64,
}

impl Articles {
    pub(crate) fn new() -> Self {
        let mut newsroom = Newsroom::new();
        let article = |number| {
            let story = newsroom.feature(TEXT);
            v1::Article {
                text: story.text,
                publisher: texts::publisher(number % texts::PUBLISHERS),
                title: story.title,
                publish_date: story.publish_date,
                language: story.language.to_owned(),
                ..v1::Article::default()
            }
        };
        Self { texts: (0..TEXTS).map(article).collect(), next: AtomicU64::new(0) }
    }

    /// All texts, once each, and how many there are.
    pub(crate) fn texts(&self) -> &[v1::Article] {
        &self.texts
    }

    /// The next article, and its number.
    fn next(&self) -> (usize, v1::Article) {
        let number = usize::try_from(self.next.fetch_add(1, Ordering::Relaxed)).unwrap_or_default();
        // In an order that has nothing to do with that of the connections.
        let text = &self.texts[number * 53 % self.texts.len()];
        (number, v1::Article { uri: format!("https://load.example/{number}"), ..text.clone() })
    }
}

/// Callers of one server. Clones share its connections.
#[derive(Debug, Clone)]
pub(crate) struct Callers {
    clients: Vec<ArticleServiceClient<Channel>>,
    articles: Arc<Articles>,
}

impl Callers {
    pub(crate) async fn connect(address: &str, articles: &Arc<Articles>) -> anyhow::Result<Self> {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            let channel = Endpoint::from_shared(address.to_owned())?.connect().await?;
            clients.push(ArticleServiceClient::new(channel));
        }
        Ok(Self { clients, articles: Arc::clone(articles) })
    }

    /// Makes one call with the next article.
    pub(crate) async fn call(&self, call: Call) -> Result<(), Status> {
        let (number, article) = self.articles.next();
        let article = Some(article);
        let mut client = self.clients[number % self.clients.len()].clone();
        match call {
            Call::Submit => {
                let mut request =
                    Request::new(v1::SubmitArticleRequest { article, ..v1::SubmitArticleRequest::default() });
                request.set_timeout(DEADLINE);
                let answer = client.submit_article(request).await?.into_inner();
                if !answer.created {
                    return Err(Status::already_exists("the article was there"));
                }
            }
            Call::Extract => {
                let mut request =
                    Request::new(v1::ExtractClaimsRequest { article, ..v1::ExtractClaimsRequest::default() });
                request.set_timeout(DEADLINE);
                client.extract_claims(request).await?;
            }
        }
        Ok(())
    }
}

/// What became of many calls.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// How many were answered while it was measured, for each second.
    pub(crate) rate: f64,
    /// How many were sent away as too many, and how many failed otherwise.
    pub(crate) refused: u64,
    pub(crate) failed: u64,
    /// How long those took that were answered, in microseconds.
    pub(crate) took: Histogram<u64>,
    pub(crate) shares: Shares,
}

impl Outcome {
    /// So much of the calls took no longer.
    pub(crate) fn milliseconds(&self, quantile: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "far less than a year")]
        let microseconds = self.took.value_at_quantile(quantile) as f64;
        microseconds / 1e3
    }

    /// Fails where a call did that should not have.
    pub(crate) fn whole(self) -> anyhow::Result<Self> {
        ensure!(
            self.failed + self.refused == 0,
            "{} calls failed and {} were refused, without any need",
            self.failed,
            self.refused
        );
        Ok(self)
    }
}

/// For durations of up to an hour, in microseconds.
pub(crate) fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, 3_600_000_000, 3)?)
}

/// What is counted as the calls come back.
struct Tally {
    answered: u64,
    refused: u64,
    failed: u64,
    took: Histogram<u64>,
}

impl Tally {
    fn new() -> anyhow::Result<Self> {
        Ok(Self { answered: 0, refused: 0, failed: 0, took: histogram()? })
    }

    fn count(&mut self, answer: &Result<(), Status>, took: Duration, in_time: bool) {
        match answer {
            Ok(()) => {
                self.answered += u64::from(in_time);
                self.took.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
            }
            Err(status) if status.code() == Code::ResourceExhausted => self.refused += 1,
            Err(_) => self.failed += 1,
        }
    }

    fn outcome(self, lasting: Duration, shares: Shares) -> Outcome {
        let Self { answered, refused, failed, took } = self;
        #[expect(clippy::cast_precision_loss, reason = "some millions")]
        let rate = answered as f64 / lasting.as_secs_f64();
        Outcome { rate, refused, failed, took, shares }
    }
}

/// So many callers, each of whom calls again as soon as there is an answer.
pub(crate) async fn closed(
    callers: &Callers,
    call: Call,
    number: usize,
    lasting: Duration,
    watched: Watched,
) -> anyhow::Result<Outcome> {
    let clock = Clock::start(watched);
    let end = Instant::now() + lasting;
    let mut tasks = JoinSet::new();
    for _ in 0..number {
        let (callers, mut tally) = (callers.clone(), Tally::new()?);
        tasks.spawn(async move {
            loop {
                let began = Instant::now();
                if began >= end {
                    return tally;
                }
                let answer = callers.call(call).await;
                tally.count(&answer, began.elapsed(), Instant::now() <= end);
            }
        });
    }
    tokio::time::sleep_until(end.into()).await;
    let shares = clock.shares();
    let mut all = Tally::new()?;
    while let Some(tally) = tasks.join_next().await {
        let tally = tally.context("a caller")?;
        all.answered += tally.answered;
        all.refused += tally.refused;
        all.failed += tally.failed;
        all.took.add(tally.took)?;
    }
    Ok(all.outcome(lasting, shares))
}

/// So many calls a second. What a call takes is reckoned from when it should have begun: a server that stands still makes
/// all wait who would have called meanwhile.
pub(crate) async fn open(
    callers: &Callers,
    call: Call,
    rate: f64,
    lasting: Duration,
    watched: Watched,
) -> anyhow::Result<Outcome> {
    let clock = Clock::start(watched);
    let began = Instant::now();
    let end = began + lasting;
    let tally = Arc::new(Mutex::new(Tally::new()?));
    let mut tasks = JoinSet::new();
    for number in 0_u32.. {
        let due = began + Duration::from_secs_f64(f64::from(number) / rate);
        if due >= end {
            break;
        }
        if Instant::now() < due {
            tokio::time::sleep_until(due.into()).await;
        }
        let (callers, tally) = (callers.clone(), Arc::clone(&tally));
        tasks.spawn(async move {
            let answer = callers.call(call).await;
            let (took, in_time) = (due.elapsed(), Instant::now() <= end);
            tally.lock().unwrap_or_else(PoisonError::into_inner).count(&answer, took, in_time);
        });
        while tasks.try_join_next().is_some() {}
    }
    // Who could not even send them in time has measured nothing.
    let late = end.elapsed();
    ensure!(late < lasting / 10, "calls cannot be sent that fast here: the last was {late:?} late");
    let shares = clock.shares();
    while let Some(done) = tasks.join_next().await {
        done.context("a caller")?;
    }
    let tally = Arc::into_inner(tally).context("a caller is left")?;
    Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner).outcome(lasting, shares))
}
