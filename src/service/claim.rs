//! The claim service.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::{
    Desk, ServiceError,
    article::article_id,
    convert, filter,
    list::{self, Arguments},
    name, related,
    validate::{Checks, WrittenClaim},
    watch::Answers,
    write,
};
use crate::{
    claim::{Article, Claim, ContentType, Modality, Span},
    extract::Extraction,
    proto::v1::{self, claim_service_server::ClaimService},
    store::{ClaimKey, ClaimQuery, SortBy, SubmitClaim},
};

/// How far claims are counted at most.
const HIGHEST_COUNT: u32 = 10_000;

#[tonic::async_trait]
impl ClaimService for Desk {
    async fn submit_claim(
        &self,
        request: Request<v1::SubmitClaimRequest>,
    ) -> Result<Response<v1::SubmitClaimResponse>, Status> {
        Ok(self.submit_by_hand(request).await?)
    }

    async fn get_claim(
        &self,
        request: Request<v1::GetClaimRequest>,
    ) -> Result<Response<v1::GetClaimResponse>, Status> {
        let key = claim_key(&request.get_ref().name)?;
        let found = self.read_stored(request.metadata(), |store| {
            let key = &key;
            async move { store.claim_and_alike(key).await }
        });
        let (claim, alike) = found.await?;
        Ok(Response::new(related::claim(&claim, &alike)))
    }

    async fn list_claims(
        &self,
        request: Request<v1::ListClaimsRequest>,
    ) -> Result<Response<v1::ListClaimsResponse>, Status> {
        Ok(self.list_of_claims(request).await?)
    }

    type WatchClaimsStream = Answers;

    async fn watch_claims(
        &self,
        request: Request<v1::WatchClaimsRequest>,
    ) -> Result<Response<Answers>, Status> {
        Ok(self.watch(request.into_inner()).await?)
    }

    async fn list_changes(
        &self,
        request: Request<v1::ListChangesRequest>,
    ) -> Result<Response<v1::ListChangesResponse>, Status> {
        Ok(self.list_of_changes(request).await?)
    }

    async fn verify_changes(
        &self,
        request: Request<v1::VerifyChangesRequest>,
    ) -> Result<Response<v1::VerifyChangesResponse>, Status> {
        Ok(self.verify(request.into_inner()).await?)
    }
}

/// Reads the name of a claim that stands in the field `name`.
pub(super) fn claim_key(name: &str) -> Result<ClaimKey, ServiceError> {
    let key = name::parse_claim(name).map_err(|error| ServiceError::Name { field: "name", error })?;
    tracing::Span::current().record("article", key.article.as_str()).record("claim", key.claim);
    Ok(key)
}

impl Desk {
    async fn submit_by_hand(
        &self,
        request: Request<v1::SubmitClaimRequest>,
    ) -> Result<Response<v1::SubmitClaimResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write = write::write("SubmitClaim", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        let written = checks.claim(body.claim);
        checks.finish()?;
        let id = article_id("parent", &body.parent)?;
        let parent = self.store.article(&id).await?.article;
        let quoted = Article {
            text: written.quote.trim().to_owned(),
            language: written.language.clone().or_else(|| parent.language.clone()),
            publish_date: parent.publish_date,
            ..Article::default()
        };
        let (quoted, extraction) =
            self.extractor.extract(quoted, ContentType::Plain, "claim.language").await?;
        let command =
            SubmitClaim { article: id, claim: by_hand(written, quoted.text, extraction, &parent.text) };
        self.run(&command, &write, |stored| v1::SubmitClaimResponse { claim: Some(convert::claim(stored)) })
            .await
    }

    async fn list_of_claims(
        &self,
        request: Request<v1::ListClaimsRequest>,
    ) -> Result<Response<v1::ListClaimsResponse>, ServiceError> {
        const ORDERS: [(&str, SortBy); 3] = [
            ("create_time", SortBy::CreateTime),
            ("update_time", SortBy::UpdateTime),
            ("check_worthiness", SortBy::CheckWorthiness),
        ];
        let (metadata, _, request) = request.into_parts();
        let article = name::parse_articles(&request.parent)
            .map_err(|error| ServiceError::Name { field: "parent", error })?;
        let (sort, descending) = list::order(&request.order_by, &ORDERS, (SortBy::CreateTime, false))?;
        let arguments = Arguments::of(&["ListClaims", &request.parent, &request.filter, &request.order_by]);
        let query = ClaimQuery {
            article,
            filter: filter::claims(&request.filter)?,
            sort,
            descending,
            after: arguments.cursor(&request.page_token, sort)?,
            size: list::size(request.page_size),
            max_count: request.max_count.min(HIGHEST_COUNT),
        };
        let found = self.read_stored(&metadata, |store| {
            let query = &query;
            async move { Ok((store.claims(query).await?, store.count_claims(query).await?)) }
        });
        let (page, total_size) = found.await?;
        Ok(Response::new(v1::ListClaimsResponse {
            claims: page.items.iter().map(convert::claim).collect(),
            next_page_token: arguments.token(page.next)?,
            total_size,
        }))
    }
}

/// A claim that a person wrote, with the points that were found in its quote. Where the quote stands in the article's text,
/// the points get their places in that text; otherwise they count in the quote.
fn by_hand(written: WrittenClaim, quote: String, extraction: Extraction, text: &str) -> Claim {
    let span = Span::find(&quote, text);
    let mut points = extraction.points;
    if let Some(span) = span {
        for point in points.iter_mut().map(Arc::make_mut) {
            point.span = Span::new(point.span.start + span.start, point.span.end + span.start);
        }
    }
    let weightiest =
        extraction.claims.iter().max_by(|a, b| a.check_worthiness.total_cmp(&b.check_worthiness));
    Claim {
        span,
        points,
        sources: written.sources,
        modality: written
            .modality
            .or_else(|| weightiest.map(|claim| claim.modality))
            .unwrap_or(Modality::Asserted),
        check_worthiness: weightiest.map_or(0.5, |claim| claim.check_worthiness),
        check_worthiness_reasons: weightiest
            .map(|claim| claim.check_worthiness_reasons.clone())
            .unwrap_or_default(),
        // Findings compare with the rest of a text, and there is none.
        findings: Vec::new(),
        language: extraction.language,
        quote,
    }
}
