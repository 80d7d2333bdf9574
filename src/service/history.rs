//! The log's part of the claim service: what happened, and the proof that it is all there.

use tonic::{Request, Response};

use super::{
    Desk, ServiceError, convert,
    list::{self, Arguments, PageTokenError},
    name,
};
use crate::{
    proto::v1,
    store::{AuditPlace, ChangeQuery, SortBy},
};

impl Desk {
    pub(super) async fn list_of_changes(
        &self,
        request: Request<v1::ListChangesRequest>,
    ) -> Result<Response<v1::ListChangesResponse>, ServiceError> {
        let (metadata, _, request) = request.into_parts();
        let (article, claim) = name::parse_changed(&request.parent)
            .map_err(|error| ServiceError::Name { field: "parent", error })?;
        let arguments = Arguments::of(&["ListChanges", &request.parent]);
        let query = ChangeQuery {
            article,
            claim,
            after: arguments.cursor(&request.page_token, SortBy::Log)?,
            size: list::size(request.page_size),
        };
        let page = self.read_stored(&metadata, |store| {
            let query = &query;
            async move { store.changes(query).await }
        });
        let page = page.await?;
        Ok(Response::new(v1::ListChangesResponse {
            changes: page.items.iter().map(convert::change).collect(),
            next_page_token: arguments.token(page.next)?,
        }))
    }

    pub(super) async fn verify(
        &self,
        request: v1::VerifyChangesRequest,
    ) -> Result<Response<v1::VerifyChangesResponse>, ServiceError> {
        let parent = if request.parent.is_empty() { "articles/-" } else { &request.parent };
        let article =
            name::parse_articles(parent).map_err(|error| ServiceError::Name { field: "parent", error })?;
        let arguments = Arguments::of(&["VerifyChanges", parent]);
        let from = arguments.place(&request.page_token)?.unwrap_or_else(AuditPlace::start);
        let (AuditPlace::Log { article: at, .. } | AuditPlace::Rows(at)) = &from;
        if at.contains('\0') {
            return Err(PageTokenError::Unreadable.into());
        }
        let page = self.store.audit(article.as_ref(), from).await?;
        for breach in &page.breaches {
            tracing::warn!(kind = breach.kind.as_str(), article = ?breach.article, claim = breach.claim,
                           position = breach.position, "what is stored is not what was written");
        }
        Ok(Response::new(v1::VerifyChangesResponse {
            breaches: page.breaches.iter().map(convert::breach).collect(),
            change_count: page.changes,
            unsealed_count: page.unsealed,
            article_count: page.articles,
            next_page_token: arguments.token(page.next)?,
        }))
    }
}
