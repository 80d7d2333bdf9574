//! Very many open streams of WatchClaims, and somebody who stores articles meanwhile.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, ensure};
use claimdesk::proto::v1::{WatchClaimsRequest, claim_service_client::ClaimServiceClient};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;

use crate::{
    generator::{Call, Callers},
    processes,
};

/// How many streams a connection carries: a server of HTTP/2 need not take more than a hundred.
const OF_A_CONNECTION: usize = 100;

/// The memory of the service, in MB.
#[derive(Debug)]
pub(crate) struct Memory {
    pub(crate) before: f64,
    /// With all streams open.
    pub(crate) open: f64,
    /// The most, while articles were stored and all streams told of it.
    pub(crate) most: f64,
    /// How many changes the streams gave.
    pub(crate) told: u64,
}

/// Opens so many streams, and stores an article each second.
pub(crate) async fn measure(
    address: &str,
    service: u32,
    number: usize,
    callers: &Callers,
    lasting: Duration,
) -> anyhow::Result<Memory> {
    let before = processes::resident(service);
    let told = Arc::new(AtomicU64::new(0));
    let mut streams = JoinSet::new();
    let mut channel = None;
    for at in 0..number {
        if at % OF_A_CONNECTION == 0 {
            channel = Some(Endpoint::from_shared(address.to_owned())?.connect().await?);
        }
        let mut client = ClaimServiceClient::new(channel.clone().context("a connection")?);
        let request =
            WatchClaimsRequest { parent: "articles/-".to_owned(), only_new: true, ..Default::default() };
        let mut stream = client.watch_claims(request).await.context("WatchClaims")?.into_inner();
        let told = Arc::clone(&told);
        streams.spawn(async move {
            while stream.message().await.is_ok_and(|message| message.is_some()) {
                told.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let open = processes::resident(service);
    let storing = async {
        for _ in 0..lasting.as_secs() {
            callers.call(Call::Submit).await.context("SubmitArticle")?;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        anyhow::Ok(())
    };
    let (stored, most) = processes::most_resident(service, storing).await;
    stored?;
    while streams.try_join_next().is_some() {
        ensure!(streams.len() == number, "streams have ended");
    }
    let told = told.load(Ordering::Relaxed);
    ensure!(told >= number as u64, "the streams gave only {told} changes");
    Ok(Memory { before, open, most, told })
}
