//! The parts of the benchmark: what is called, and what the outcome is held against.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use claimdesk::proto::v1::{
    ExtractClaimsRequest, ExtractClaimsResponse, article_service_client::ArticleServiceClient,
};
use prost::Message as _;

use crate::{
    echo::Echo,
    generator::{Call, Callers, Outcome, closed, open},
    processes::{self, Watched},
    profile,
    replay::Ceiling,
    report::{Report, Target},
    room::{CONNECTIONS, REPLAYED, Room, WARM_UP},
    streams,
};

/// How many callers there are in a closed loop.
const CALLERS: usize = 16;
const STREAMS: usize = 1_000;
/// How many times as much as can be served is asked for.
const TOO_MUCH: f64 = 10.0;

/// A part that can be run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Submit,
    Extract,
    Latency,
    Watch,
    Overload,
    Profile,
}

impl Part {
    pub(crate) const ALL: [Self; 6] =
        [Self::Submit, Self::Extract, Self::Latency, Self::Watch, Self::Overload, Self::Profile];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Extract => "extract",
            Self::Latency => "latency",
            Self::Watch => "watch",
            Self::Overload => "overload",
            Self::Profile => "profile",
        }
    }

    pub(crate) async fn run(self, room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
        match self {
            Self::Submit => submit(room, report).await,
            Self::Extract => extract(room, report).await,
            Self::Latency => latency(room, report).await,
            Self::Watch => watch(room, report).await,
            Self::Overload => overload(room, report).await,
            Self::Profile => profile::print(room, report).await,
        }
    }
}

/// SubmitArticle beside pgbench, which is measured before and behind it.
async fn submit(room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
    let pgbench = |lasting: Duration| -> anyhow::Result<Ceiling> {
        room.replay.run(&room.cluster, REPLAYED, CONNECTIONS, lasting)
    };
    pgbench(WARM_UP)?;
    let before = pgbench(room.lasting)?;
    report.ceiling("pgbench, the same rows", &before);
    let outcome = measure_peak(room, report).await?;
    let behind = room.replay.run(&room.cluster, REPLAYED, CONNECTIONS, room.lasting)?;
    report.ceiling("pgbench, again", &behind);
    let [served, replayed] = room.rows_per_article().await?;
    report.note(&format!(
        "an article: {served:.1} rows by the service, {replayed:.1} by pgbench; {} statements each",
        room.replay.statements
    ));
    ensure!((served / replayed - 1.0).abs() < 0.1, "pgbench does not store the same rows");
    let ceiling = f64::midpoint(before.rate, behind.rate);
    report.aim("SubmitArticle, share of pgbench's", outcome.rate / ceiling, Target::AtLeast(0.6));
    Ok(())
}

/// Measures how many articles are stored a second at most.
async fn measure_peak(room: &mut Room, report: &mut Report) -> anyhow::Result<Outcome> {
    let outcome =
        closed(&room.callers, Call::Submit, CALLERS, room.lasting, room.watched()).await?.whole()?;
    report.row(&format!("SubmitArticle, {CALLERS} callers"), &outcome);
    room.peak = Some(outcome.rate);
    Ok(outcome)
}

async fn peak(room: &mut Room, report: &mut Report) -> anyhow::Result<f64> {
    match room.peak {
        Some(peak) => Ok(peak),
        None => Ok(measure_peak(room, report).await?.rate),
    }
}

/// ExtractClaims beside a server that does nothing, which is measured before and behind it.
async fn extract(room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
    let answers = answers(room).await?;
    #[expect(clippy::cast_precision_loss, reason = "some kilobytes")]
    let mean = |sizes: usize| sizes as f64 / answers.len() as f64;
    report.note(&format!(
        "a text: {:.0} bytes; its answer: {:.1} claims, {:.0} bytes",
        mean(room.articles.texts().iter().map(|article| article.text.len()).sum()),
        mean(answers.iter().map(|answer| answer.claims.len()).sum()),
        mean(answers.iter().map(ExtractClaimsResponse::encoded_len).sum()),
    ));
    let echo = Echo::start(&answers)?;
    let empty = Callers::connect(echo.address(), &room.articles).await?;
    let watched = Watched { service: Some(echo.pid()), postgres: None };
    closed(&empty, Call::Extract, CALLERS, WARM_UP, watched).await?.whole()?;
    let before = closed(&empty, Call::Extract, CALLERS, room.lasting, watched).await?.whole()?;
    report.row("an empty call of equal sizes", &before);
    closed(&room.callers, Call::Extract, CALLERS, WARM_UP, room.watched()).await?.whole()?;
    let outcome =
        closed(&room.callers, Call::Extract, CALLERS, room.lasting, room.watched()).await?.whole()?;
    report.row(&format!("ExtractClaims, {CALLERS} callers"), &outcome);
    let behind = closed(&empty, Call::Extract, CALLERS, room.lasting, watched).await?.whole()?;
    report.row("an empty call, again", &behind);
    let ceiling = f64::midpoint(before.rate, behind.rate);
    report.aim("ExtractClaims, share of the empty call's", outcome.rate / ceiling, Target::AtLeast(0.5));
    Ok(())
}

/// What ExtractClaims answers to each text.
async fn answers(room: &Room) -> anyhow::Result<Vec<ExtractClaimsResponse>> {
    let mut client = ArticleServiceClient::connect(room.service.address().to_owned()).await?;
    let mut answers = Vec::new();
    for article in room.articles.texts() {
        let request = ExtractClaimsRequest { article: Some(article.clone()), ..Default::default() };
        answers.push(client.extract_claims(request).await.context("ExtractClaims")?.into_inner());
    }
    Ok(answers)
}

/// SubmitArticle at half of the peak, at a fixed rate.
async fn latency(room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
    let rate = peak(room, report).await? / 2.0;
    let outcome = open(&room.callers, Call::Submit, rate, room.lasting, room.watched()).await?.whole()?;
    report.row("SubmitArticle, half of the peak, open loop", &outcome);
    let ratio = outcome.milliseconds(0.99) / outcome.milliseconds(0.5);
    report.aim("SubmitArticle at half of the peak, p99 of the median", ratio, Target::Below(5.0));
    Ok(())
}

/// Ten times the peak: what is served all the same. The peak is measured before and behind it: an article takes PostgreSQL the
/// longer the more there are already.
async fn overload(room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
    let before_it = measure_peak(room, report).await?.rate;
    let pid = room.service.pid();
    let before = processes::resident(pid);
    let load = open(&room.callers, Call::Submit, before_it * TOO_MUCH, room.lasting, room.watched());
    let (outcome, most) = processes::most_resident(pid, load).await;
    let outcome = outcome?;
    report.row("SubmitArticle, ten times the peak, open loop", &outcome);
    report.note(&format!("memory of the service: {before:.0} MB before, {most:.0} MB at most"));
    ensure!(outcome.failed == 0, "{} calls failed", outcome.failed);
    let peak = f64::midpoint(before_it, measure_peak(room, report).await?.rate);
    report.aim(
        "SubmitArticle at ten times the peak, share of the peak",
        outcome.rate / peak,
        Target::AtLeast(0.9),
    );
    report.aim("the same: most resident memory of the service, MB", most, Target::Below(256.0));
    Ok(())
}

/// The memory of a new process with very many open streams.
async fn watch(room: &mut Room, report: &mut Report) -> anyhow::Result<()> {
    room.restart().await?;
    let memory =
        streams::measure(room.service.address(), room.service.pid(), STREAMS, &room.callers, room.lasting)
            .await?;
    report.note(&format!(
        "{STREAMS} streams of WatchClaims: {:.0} MB before, {:.0} MB with all open, {:.0} MB at most while they were told of \
         {} changes",
        memory.before, memory.open, memory.most, memory.told
    ));
    report.aim("resident memory with 1,000 open streams, MB", memory.open, Target::Below(150.0));
    Ok(())
}
