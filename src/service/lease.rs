//! The queue's part of the review service: to lease claims, to hold them longer, to give them back.

use std::time::Duration;

use tonic::{Request, Response};

use super::{
    Desk, ServiceError,
    claim::claim_key,
    convert, filter, name,
    validate::{self, Checks},
    write,
};
use crate::{
    proto::v1,
    store::{Lease, LeaseClaims, ReleaseLease, RenewLease},
};

/// How many claims are leased at once at most.
const MOST_CLAIMS: u32 = 100;

impl Desk {
    pub(super) async fn lease(
        &self,
        request: Request<v1::LeaseClaimsRequest>,
    ) -> Result<Response<v1::LeaseClaimsResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("LeaseClaims", &request, &body.request_id, false, &mut checks)?;
        let body = request.into_inner();
        let duration = lease_duration(&mut checks, body.lease_duration);
        checks.finish()?;
        let parent = if body.parent.is_empty() { "articles/-" } else { &body.parent };
        let claim = |field, name: &str| match name {
            "" => Ok(None),
            name => name::parse_claim(name).map(Some).map_err(|error| ServiceError::Name { field, error }),
        };
        let command = LeaseClaims {
            article: name::parse_articles(parent)
                .map_err(|error| ServiceError::Name { field: "parent", error })?,
            filter: filter::claims(&body.filter)?,
            claim: claim("claim", &body.claim)?,
            after: claim("after_claim", &body.after_claim)?,
            size: body.max_claims.clamp(1, MOST_CLAIMS),
            owner: write.actor.clone(),
            token: uuid::Uuid::new_v4().to_string(),
            duration,
            searcher: self.store.searcher(),
        };
        let answer = |leases: &Vec<Lease>| v1::LeaseClaimsResponse {
            leases: leases.iter().map(convert::lease).collect(),
        };
        self.run_and(&command, &write, answer, |leases| {
            self.tally.lapsed(leases.iter().filter(|lease| lease.lapsed).count());
        })
        .await
    }

    pub(super) async fn renew(
        &self,
        request: Request<v1::RenewLeaseRequest>,
    ) -> Result<Response<v1::RenewLeaseResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("RenewLease", &request, &body.request_id, false, &mut checks)?;
        let body = request.into_inner();
        let token = checks.lease_token("lease_token", body.lease_token);
        let duration = lease_duration(&mut checks, body.lease_duration);
        checks.must("lease_token", token.is_some());
        checks.finish()?;
        let command = RenewLease {
            key: claim_key(&body.name)?,
            owner: write.actor.clone(),
            token: token.unwrap_or_default(),
            duration,
        };
        self.run(&command, &write, |lease| v1::RenewLeaseResponse { lease: Some(convert::lease(lease)) })
            .await
    }

    pub(super) async fn release(
        &self,
        request: Request<v1::ReleaseLeaseRequest>,
    ) -> Result<Response<v1::ReleaseLeaseResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("ReleaseLease", &request, &body.request_id, false, &mut checks)?;
        let body = request.into_inner();
        let token = checks.lease_token("lease_token", body.lease_token);
        checks.must("lease_token", token.is_some());
        checks.finish()?;
        let command = ReleaseLease {
            key: claim_key(&body.name)?,
            owner: write.actor.clone(),
            token: token.unwrap_or_default(),
        };
        self.run(&command, &write, |()| v1::ReleaseLeaseResponse {}).await
    }
}

/// How long a lease is to last.
fn lease_duration(checks: &mut Checks, given: Option<pbjson_types::Duration>) -> Duration {
    const USUAL: Duration = Duration::from_secs(300);
    const SHORTEST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(86_400);
    match validate::duration(given, USUAL, SHORTEST..=LONGEST) {
        Some(duration) => duration,
        None => {
            checks
                .fail("lease_duration", "is out of range; a lease lasts from 1s to 86400s, such as \"300s\"");
            USUAL
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_lasts_from_a_second_to_a_day() {
        let read = |seconds, nanos| {
            let mut checks = Checks::default();
            let duration = lease_duration(&mut checks, Some(pbjson_types::Duration { seconds, nanos }));
            checks.finish().ok().map(|()| duration)
        };
        assert_eq!(read(1, 500_000_000), Some(Duration::from_millis(1500)));
        assert_eq!(read(86_400, 0), Some(Duration::from_secs(86_400)));
        for (seconds, nanos) in [(0, 0), (0, 999_999_999), (86_400, 1), (-5, 0), (5, -1), (i64::MAX, 0)] {
            assert_eq!(read(seconds, nanos), None, "{seconds} {nanos}");
        }
        assert_eq!(lease_duration(&mut Checks::default(), None), Duration::from_secs(300));
    }
}
