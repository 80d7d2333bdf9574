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
    store::{DecideClaim, ReviewQuery, SortBy},
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
        Ok(self.list_of_reviews(request.into_inner()).await?)
    }
}

impl Desk {
    async fn decide(
        &self,
        request: Request<v1::ReviewClaimRequest>,
    ) -> Result<Response<v1::ReviewClaimResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("ReviewClaim", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        let verdict = checks.verdict("verdict", &body.verdict);
        checks.point_ids(&body.point_ids);
        checks.note("note", &body.note);
        checks.note("correction", &body.correction);
        if matches!(verdict, Some(Verdict::Verified | Verdict::Disputed))
            && body.evidence.is_empty()
            && body.note.trim().is_empty()
        {
            checks.fail("evidence", "is empty; VERIFIED and DISPUTED need evidence, or a note that says why");
        }
        let evidence = checks.evidence(body.evidence, verdict, Timestamp::now());
        let etag = checks.etag("etag", body.etag);
        let lease_token = checks.lease_token("lease_token", body.lease_token);
        checks.finish()?;
        let Some(verdict) = verdict else {
            return Err(ServiceError::Internal("a verdict passed the checks unread".to_owned()));
        };
        let command = DecideClaim {
            key: claim_key(&body.name)?,
            review: Review {
                verdict,
                point_ids: body.point_ids,
                evidence,
                note: body.note,
                correction: body.correction,
                reviewer: write.actor.clone(),
            },
            etag,
            lease_token,
        };
        self.run(&command, &write, |decided| v1::ReviewClaimResponse {
            review: Some(convert::review(&decided.review)),
            claim: Some(convert::claim(&decided.claim)),
        })
        .await
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
        let command = DecideClaim {
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
        };
        self.run(&command, &write, |decided| v1::ReopenClaimResponse {
            review: Some(convert::review(&decided.review)),
            claim: Some(convert::claim(&decided.claim)),
        })
        .await
    }

    async fn list_of_reviews(
        &self,
        request: v1::ListReviewsRequest,
    ) -> Result<Response<v1::ListReviewsResponse>, ServiceError> {
        let (article, claim) = name::parse_claims(&request.parent)
            .map_err(|error| ServiceError::Name { field: "parent", error })?;
        let arguments = Arguments::of(&["ListReviews", &request.parent]);
        let query = ReviewQuery {
            article,
            claim,
            after: arguments.cursor(&request.page_token, SortBy::CreateTime)?,
            size: list::size(request.page_size),
        };
        let page = self.store.reviews(&query).await?;
        Ok(Response::new(v1::ListReviewsResponse {
            reviews: page.items.iter().map(convert::review).collect(),
            next_page_token: arguments.token(page.next)?,
        }))
    }
}
