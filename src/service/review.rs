//! The review service.

use jiff::Timestamp;
use tonic::{Request, Response, Status};

use super::{
    Desk, ServiceError,
    claim::claim_key,
    convert,
    list::{self, Arguments},
    name,
    validate::Checks,
    write,
};
use crate::{
    claim::{Review, Verdict},
    proto::v1::{self, review_service_server::ReviewService},
    store::{ClaimKey, DecideClaims, Decided, Decision, ReviewQuery, SortBy},
};

#[tonic::async_trait]
impl ReviewService for Desk {
    async fn lease_claims(
        &self,
        request: Request<v1::LeaseClaimsRequest>,
    ) -> Result<Response<v1::LeaseClaimsResponse>, Status> {
        Ok(self.lease(request).await?)
    }

    async fn renew_lease(
        &self,
        request: Request<v1::RenewLeaseRequest>,
    ) -> Result<Response<v1::RenewLeaseResponse>, Status> {
        Ok(self.renew(request).await?)
    }

    async fn release_lease(
        &self,
        request: Request<v1::ReleaseLeaseRequest>,
    ) -> Result<Response<v1::ReleaseLeaseResponse>, Status> {
        Ok(self.release(request).await?)
    }

    async fn review_claim(
        &self,
        request: Request<v1::ReviewClaimRequest>,
    ) -> Result<Response<v1::ReviewClaimResponse>, Status> {
        Ok(self.decide(request).await?)
    }

    async fn batch_review_claims(
        &self,
        request: Request<v1::BatchReviewClaimsRequest>,
    ) -> Result<Response<v1::BatchReviewClaimsResponse>, Status> {
        Ok(self.batch(request).await?)
    }

    async fn reopen_claim(
        &self,
        request: Request<v1::ReopenClaimRequest>,
    ) -> Result<Response<v1::ReopenClaimResponse>, Status> {
        Ok(self.reopen(request).await?)
    }

    async fn list_reviews(
        &self,
        request: Request<v1::ListReviewsRequest>,
    ) -> Result<Response<v1::ListReviewsResponse>, Status> {
        Ok(self.list_of_reviews(request).await?)
    }
}

/// A request to decide, read but for its name.
pub(super) struct Read {
    review: Review,
    etag: Option<String>,
    lease_token: Option<String>,
    based_on: Option<ClaimKey>,
}

/// Reads a request to decide; nothing where something in it is wrong.
pub(super) fn read(body: v1::ReviewClaimRequest, reviewer: &str, checks: &mut Checks) -> Option<Read> {
    let verdict = checks.verdict("verdict", &body.verdict);
    checks.point_ids(&body.point_ids);
    checks.note("note", &body.note);
    checks.note("correction", &body.correction);
    if matches!(verdict, Some(Verdict::Verified | Verdict::Disputed))
        && body.evidence.is_empty()
        && body.note.trim().is_empty()
        && body.based_on.is_empty()
    {
        checks.fail("evidence", "is empty; VERIFIED and DISPUTED need evidence, or a note that says why");
    }
    let based_on = checks.claim_name("based_on", &body.based_on);
    let evidence = checks.evidence(body.evidence, verdict, Timestamp::now());
    let etag = checks.etag("etag", body.etag);
    let lease_token = checks.lease_token("lease_token", body.lease_token);
    let review = Review {
        verdict: verdict?,
        point_ids: body.point_ids,
        evidence,
        note: body.note,
        correction: body.correction,
        reviewer: reviewer.to_owned(),
    };
    Some(Read { review, etag, lease_token, based_on })
}

impl Read {
    /// The decision on a claim.
    pub(super) fn on(self, key: ClaimKey) -> Decision {
        let Self { review, etag, lease_token, based_on } = self;
        Decision { key, review, etag, lease_token, based_on }
    }
}

/// What is answered to a single decision.
pub(super) fn decided(decided: &[Decided]) -> v1::ReviewClaimResponse {
    let decided = decided.first();
    v1::ReviewClaimResponse {
        review: decided.map(|decided| convert::review(&decided.review)),
        claim: decided.map(|decided| convert::claim(&decided.claim)),
    }
}

impl Desk {
    /// The command that makes these decisions, by the rules of this service.
    pub(super) fn decisions(&self, decisions: Vec<Decision>) -> DecideClaims {
        DecideClaims { decisions, reviews_required: self.reviews_required }
    }

    async fn decide(
        &self,
        request: Request<v1::ReviewClaimRequest>,
    ) -> Result<Response<v1::ReviewClaimResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("ReviewClaim", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        let name = body.name.clone();
        let read = read(body, &write.actor, &mut checks);
        checks.finish()?;
        let read =
            read.ok_or_else(|| ServiceError::Internal("a verdict passed the checks unread".to_owned()))?;
        let command = self.decisions(vec![read.on(claim_key(&name)?)]);
        self.run(&command, &write, |outcome| decided(outcome)).await
    }

    async fn reopen(
        &self,
        request: Request<v1::ReopenClaimRequest>,
    ) -> Result<Response<v1::ReopenClaimResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("ReopenClaim", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        checks.note("note", &body.note);
        let etag = checks.etag("etag", body.etag);
        checks.finish()?;
        let decision = Decision {
            key: claim_key(&body.name)?,
            review: Review {
                verdict: Verdict::Reopened,
                point_ids: Vec::new(),
                evidence: Vec::new(),
                note: body.note,
                correction: String::new(),
                reviewer: write.actor.clone(),
            },
            etag,
            lease_token: None,
            based_on: None,
        };
        self.run(&self.decisions(vec![decision]), &write, |outcome| {
            let v1::ReviewClaimResponse { review, claim } = decided(outcome);
            v1::ReopenClaimResponse { review, claim }
        })
        .await
    }

    async fn list_of_reviews(
        &self,
        request: Request<v1::ListReviewsRequest>,
    ) -> Result<Response<v1::ListReviewsResponse>, ServiceError> {
        let (metadata, _, request) = request.into_parts();
        let (article, claim) = name::parse_claims(&request.parent)
            .map_err(|error| ServiceError::Name { field: "parent", error })?;
        let arguments = Arguments::of(&["ListReviews", &request.parent]);
        let query = ReviewQuery {
            article,
            claim,
            after: arguments.cursor(&request.page_token, SortBy::CreateTime)?,
            size: list::size(request.page_size),
        };
        let page = self.read_stored(&metadata, |store| {
            let query = &query;
            async move { store.reviews(query).await }
        });
        let page = page.await?;
        Ok(Response::new(v1::ListReviewsResponse {
            reviews: page.items.iter().map(convert::review).collect(),
            next_page_token: arguments.token(page.next)?,
        }))
    }
}
