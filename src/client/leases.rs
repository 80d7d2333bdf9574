//! `claimdesk lease`, `renew` and `release`: claims of the queue that are yours for a time.

use std::time::Duration;

use super::{
    claims::{any, both},
    error::Error,
    name::{ArticleName, ClaimName},
    output::{Answer, Output, say},
    render::{Look, claims_table},
    session::{Connection, duration, request_id, review_service},
    value::moment,
};
use crate::{claim::PointKind, proto::v1};

/// The options of `claimdesk lease`.
#[derive(Debug, clap::Args)]
pub struct LeaseClaims {
    /// Only claims of this article, such as k3f or articles/k3f; of all where absent.
    article: Option<ArticleName>,
    /// Only claims that fit, in the filter language of AIP-160, such as: language = "de" AND create_time > 2024-06-19
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only claims with a point of this kind: date, figure or record; give it again, or commas, for several.
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    kind: Vec<PointKind>,
    /// Lease at most so many, up to 100.
    #[arg(long, value_name = "NUMBER", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// This claim, if it is free.
    #[arg(long, value_name = "CLAIM", conflicts_with_all = ["limit", "after", "article"])]
    claim: Option<ClaimName>,
    /// First what is left of this claim's article, in the order of the text from there on.
    #[arg(long, value_name = "CLAIM")]
    after: Option<ClaimName>,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    time: Time,
}

/// The options of `claimdesk renew`.
#[derive(Debug, clap::Args)]
pub struct RenewLease {
    #[command(flatten)]
    leased: Leased,
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    time: Time,
}

/// The options of `claimdesk release`.
#[derive(Debug, clap::Args)]
pub struct ReleaseLease {
    #[command(flatten)]
    leased: Leased,
    #[command(flatten)]
    common: Common,
}

/// How long a lease lasts.
#[derive(Debug, clap::Args)]
struct Time {
    /// How long the claims are yours: seconds, or with a unit as in 30s, 5m.
    #[arg(long = "for", value_name = "TIME", default_value = "5m", value_parser = duration)]
    length: Duration,
}

/// A claim that is leased.
#[derive(Debug, clap::Args)]
struct Leased {
    /// The claim, such as k3f/7 or articles/k3f/claims/7.
    claim: ClaimName,
    /// The lease's token, as `claimdesk lease` told it.
    #[arg(long, value_name = "TOKEN")]
    lease_token: String,
}

/// What all three take.
#[derive(Debug, clap::Args)]
struct Common {
    /// Makes a retry by you safe: the same id with the same command gets the first answer.
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    #[command(flatten)]
    connection: Connection,
    #[command(flatten)]
    output: Output,
}

impl LeaseClaims {
    pub(super) fn run(&self) -> Result<(), Error> {
        let kind = any("points.kind", self.kind.iter().map(|kind| kind.as_str()));
        let request = v1::LeaseClaimsRequest {
            parent: self.article.as_ref().map(|article| article.0.clone()).unwrap_or_default(),
            filter: both(self.filter.as_deref(), &[kind]),
            max_claims: self.limit,
            after_claim: self.after.as_ref().map(|claim| claim.0.clone()).unwrap_or_default(),
            lease_duration: self.time.message(),
            request_id: request_id(self.common.request_id.as_ref()),
            claim: self.claim.as_ref().map(|claim| claim.0.clone()).unwrap_or_default(),
        };
        let session = self.common.connection.open()?;
        let answer = session
            .call(request, async |channel, request| review_service(channel).lease_claims(request).await)?;
        self.common.output.printer().answer(&answer)?;
        match answer.leases.as_slice() {
            [] => say("No claim that fits is free."),
            leases => tell(leases),
        }
        Ok(())
    }
}

impl RenewLease {
    pub(super) fn run(&self) -> Result<(), Error> {
        let request = v1::RenewLeaseRequest {
            name: self.leased.claim.0.clone(),
            lease_token: self.leased.lease_token.clone(),
            lease_duration: self.time.message(),
            request_id: request_id(self.common.request_id.as_ref()),
        };
        let session = self.common.connection.open()?;
        let answer = session
            .call(request, async |channel, request| review_service(channel).renew_lease(request).await)?;
        self.common.output.printer().answer(&answer)?;
        tell(answer.lease.as_slice());
        Ok(())
    }
}

impl ReleaseLease {
    pub(super) fn run(&self) -> Result<(), Error> {
        let request = v1::ReleaseLeaseRequest {
            name: self.leased.claim.0.clone(),
            lease_token: self.leased.lease_token.clone(),
            request_id: request_id(self.common.request_id.as_ref()),
        };
        let session = self.common.connection.open()?;
        session
            .call(request, async |channel, request| review_service(channel).release_lease(request).await)?;
        say(&format!("{} is free.", self.leased.claim.0));
        Ok(())
    }
}

impl Time {
    fn message(&self) -> Option<pbjson_types::Duration> {
        let seconds = i64::try_from(self.length.as_secs()).unwrap_or(i64::MAX);
        let nanos = i32::try_from(self.length.subsec_nanos()).unwrap_or(0);
        Some(pbjson_types::Duration { seconds, nanos })
    }
}

/// Says until when, and how to finish.
fn tell(leases: &[v1::Lease]) {
    let Some(lease) = leases.first() else { return };
    let what = match leases.len() {
        1 => "This claim is".to_owned(),
        many => format!("These {many} claims are"),
    };
    say(&format!(
        "{what} yours until {}: finish with --lease-token {}",
        moment(lease.expire_time.as_ref()),
        super::value::clean(&lease.token)
    ));
}

fn leases_table(leases: &[v1::Lease], look: &Look) -> String {
    let claims: Vec<v1::Claim> = leases.iter().filter_map(|lease| lease.claim.clone()).collect();
    claims_table(&claims, look)
}

fn name(lease: &v1::Lease) -> &str {
    lease.claim.as_ref().map_or("", |claim| &claim.name)
}

impl Answer for v1::LeaseClaimsResponse {
    type Item = v1::Lease;

    fn items(&self) -> &[v1::Lease] {
        &self.leases
    }

    fn name(lease: &v1::Lease) -> &str {
        name(lease)
    }

    fn table(&self, look: &Look) -> String {
        leases_table(self.items(), look)
    }
}

impl Answer for v1::RenewLeaseResponse {
    type Item = v1::Lease;

    fn items(&self) -> &[v1::Lease] {
        self.lease.as_slice()
    }

    fn name(lease: &v1::Lease) -> &str {
        name(lease)
    }

    fn table(&self, look: &Look) -> String {
        leases_table(self.items(), look)
    }
}
