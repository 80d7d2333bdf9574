//! The calls that are measured: one caller, one call after the other, sizes in turns.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use claimdesk::proto::v1::{
    self, claim_service_client::ClaimServiceClient, review_service_client::ReviewServiceClient,
};
use fastrand::Rng;
use hdrhistogram::Histogram;
use sqlx::PgConnection;
use tonic::transport::{Channel, Endpoint};

use crate::{cluster::Service, texts};

/// How often each call is made before it counts, and how often in each round.
const WARM_UP: usize = 100;
const CALLS: usize = 500;
/// So many claims are asked for at random.
const NAMES: i64 = 5_000;
/// About how many claims an article has: those that are asked for stand at any place in it. The first of each is decided on
/// wherever it stands, and what was decided elsewhere on one further on is suggested.
const PLACES: i64 = 11;
const PAGE: u32 = 25;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Lease,
    LeaseFiltered,
    Release,
    ListValues,
    ListText,
    ListPublisher,
    ListRare,
    NextPage,
    GetListed,
    GetAny,
}

impl Call {
    pub(crate) const ALL: [Self; 10] = [
        Self::Lease,
        Self::LeaseFiltered,
        Self::Release,
        Self::ListValues,
        Self::ListText,
        Self::ListPublisher,
        Self::ListRare,
        Self::NextPage,
        Self::GetListed,
        Self::GetAny,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Lease => "LeaseClaims, of all",
            Self::LeaseFiltered => "LeaseClaims, language, kind and publisher",
            Self::Release => "ReleaseLease",
            Self::ListValues => "ListClaims, figure.unit and a year of dates",
            Self::ListText => "ListClaims, text",
            Self::ListPublisher => "ListClaims, publisher and state, by score",
            Self::ListRare => "ListClaims, publisher and unit, by score",
            Self::NextPage => "ListClaims, publisher and state, second page",
            Self::GetListed => "GetClaim, of the best of a publisher",
            Self::GetAny => "GetClaim, of any claim",
        }
    }
}

/// A caller of the service on one database.
pub(crate) struct Caller {
    claims: ClaimServiceClient<Channel>,
    reviews: ReviewServiceClient<Channel>,
    names: Vec<String>,
    publishers: Vec<String>,
    random: Rng,
    /// What was leased, to be given back; and where the last page ended.
    lease: Option<v1::Lease>,
    last_page: Option<(v1::ListClaimsRequest, String)>,
    /// The claims of the last list.
    listed: Vec<String>,
    /// How many claims the answers had, and how many suggestions.
    pub(crate) answered: u64,
}

impl Caller {
    pub(crate) async fn new(service: &Service, connection: &mut PgConnection) -> anyhow::Result<Self> {
        let channel = Endpoint::from_shared(service.address().to_owned())?.connect().await?;
        let rows: Vec<(String,)> = sqlx::query_as(
            "SELECT 'articles/' || c.article_id || '/claims/' || c.claim_id
               FROM generate_series(1, $1) AS number
              CROSS JOIN LATERAL (SELECT article_id, claim_id FROM claim
                                   WHERE article_id > substr(md5(number::text), 1, 16)
                                   ORDER BY article_id, claim_id OFFSET number % $2 LIMIT 1) AS c",
        )
        .bind(NAMES)
        .bind(PLACES)
        .fetch_all(connection)
        .await?;
        Ok(Self {
            claims: ClaimServiceClient::new(channel.clone()),
            reviews: ReviewServiceClient::new(channel),
            names: rows.into_iter().map(|(name,)| name).collect(),
            publishers: texts::publishers(),
            random: Rng::with_seed(7),
            lease: None,
            last_page: None,
            listed: Vec::new(),
            answered: 0,
        })
    }

    /// Makes a call, and what has to be done before it and behind it; gives how long the call itself took.
    async fn call(&mut self, call: Call) -> anyhow::Result<Duration> {
        match call {
            Call::Lease | Call::LeaseFiltered => {
                let took = self.lease(call == Call::LeaseFiltered).await?;
                self.release().await?;
                Ok(took)
            }
            Call::Release => {
                self.lease(false).await?;
                self.release().await
            }
            // As a reviewer does, from a list.
            Call::GetListed => {
                let answered = self.answered;
                self.list(Call::ListPublisher).await?;
                self.answered = answered;
                let name = self.random.choice(&self.listed).cloned().context("the list is empty")?;
                self.get(name).await
            }
            // Of very many claims, most have been read by nobody for long.
            Call::GetAny => {
                let name = self.random.choice(&self.names).cloned().unwrap_or_default();
                self.get(name).await
            }
            Call::NextPage => {
                self.list(Call::ListPublisher).await?;
                self.next_page().await
            }
            list => self.list(list).await,
        }
    }

    async fn lease(&mut self, filtered: bool) -> anyhow::Result<Duration> {
        let language = ["de", "en"][self.random.usize(..2)];
        let filter = format!(
            "language = {language} AND kind = FIGURE AND publisher = \"{}\"",
            self.publishers[self.random.usize(..texts::PUBLISHERS)]
        );
        let filter = if filtered { filter } else { String::new() };
        let request = v1::LeaseClaimsRequest { filter, ..Default::default() };
        let began = Instant::now();
        let answer = self.reviews.lease_claims(request).await.context("LeaseClaims")?;
        let took = began.elapsed();
        self.lease = answer.into_inner().leases.pop();
        self.answered += u64::from(self.lease.is_some());
        Ok(took)
    }

    async fn release(&mut self) -> anyhow::Result<Duration> {
        let Some(lease) = self.lease.take() else { return Ok(Duration::ZERO) };
        let name = lease.claim.map(|claim| claim.name).unwrap_or_default();
        let request = v1::ReleaseLeaseRequest { name, lease_token: lease.token, ..Default::default() };
        let began = Instant::now();
        self.reviews.release_lease(request).await.context("ReleaseLease")?;
        Ok(began.elapsed())
    }

    async fn list(&mut self, call: Call) -> anyhow::Result<Duration> {
        let random = &mut self.random;
        let (filter, order_by) = match call {
            Call::ListValues => {
                let year = random.u16(2008..2024);
                (
                    format!("figure.unit = EUR AND date >= {year}-01-01 AND date < {}-01-01", year + 1),
                    "create_time desc",
                )
            }
            Call::ListText => (format!("text : {}", texts::word(random)), "create_time desc"),
            Call::ListPublisher => (
                format!(
                    "publisher = \"{}\" AND state = UNREVIEWED",
                    self.publishers[random.usize(..texts::PUBLISHERS)]
                ),
                "check_worthiness desc",
            ),
            _ => {
                // One to nine claims in a thousand.
                let filter = format!(
                    "figure.unit = \"%\" AND publisher = \"{}\"",
                    self.publishers[random.usize(3..16)]
                );
                (filter, "check_worthiness desc")
            }
        };
        let request = v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            filter,
            order_by: order_by.to_owned(),
            page_size: PAGE,
            ..Default::default()
        };
        let began = Instant::now();
        let answer = self.claims.list_claims(request.clone()).await.context("ListClaims")?;
        let took = began.elapsed();
        let answer = answer.into_inner();
        self.answered += answer.claims.len() as u64;
        self.listed = answer.claims.into_iter().map(|claim| claim.name).collect();
        self.last_page = Some((request, answer.next_page_token));
        Ok(took)
    }

    async fn next_page(&mut self) -> anyhow::Result<Duration> {
        let (request, page_token) = self.last_page.take().context("there is no page before")?;
        let request = v1::ListClaimsRequest { page_token, ..request };
        let began = Instant::now();
        self.claims.list_claims(request).await.context("ListClaims")?;
        Ok(began.elapsed())
    }

    async fn get(&mut self, name: String) -> anyhow::Result<Duration> {
        let began = Instant::now();
        let answer = self.claims.get_claim(v1::GetClaimRequest { name }).await.context("GetClaim")?;
        let took = began.elapsed();
        self.answered += answer.into_inner().suggestions.len() as u64;
        Ok(took)
    }
}

/// What a call took on one size, in microseconds: of each figure the least of all rounds, so that what else the machine
/// does counts as little as can be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) median: u64,
    pub(crate) p99: u64,
    /// How many claims, or suggestions, an answer had.
    pub(crate) answered: f64,
}

/// Measures a call on all sizes.
pub(crate) async fn measure(call: Call, callers: &mut [Caller], rounds: usize) -> anyhow::Result<Vec<Took>> {
    let mut all = vec![Took { median: u64::MAX, p99: u64::MAX, answered: 0.0 }; callers.len()];
    for _ in 0..WARM_UP {
        for caller in &mut *callers {
            caller.call(call).await?;
        }
    }
    callers.iter_mut().for_each(|caller| caller.answered = 0);
    for _ in 0..rounds {
        let mut histograms =
            callers.iter().map(|_| Histogram::<u64>::new(3)).collect::<Result<Vec<_>, _>>()?;
        for _ in 0..CALLS {
            for (caller, histogram) in callers.iter_mut().zip(&mut histograms) {
                let took = caller.call(call).await?;
                histogram.record(u64::try_from(took.as_micros())?)?;
            }
        }
        for (took, histogram) in all.iter_mut().zip(histograms) {
            took.median = took.median.min(histogram.value_at_quantile(0.5));
            took.p99 = took.p99.min(histogram.value_at_quantile(0.99));
        }
    }
    for (took, caller) in all.iter_mut().zip(callers.iter()) {
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let answered = caller.answered as f64 / (rounds * CALLS) as f64;
        took.answered = answered;
        ensure!(answered > 0.0, "{}: nothing was found", call.name());
    }
    Ok(all)
}
