//! The article service.

use tonic::{Request, Response, Status, Streaming};

use super::{
    Desk, ServiceError, convert, filter,
    import::Outcomes,
    list::{self, Arguments},
    name,
    validate::Checks,
    write,
};
use crate::{
    claim::{Article, ContentType},
    extract::Extraction,
    proto::{
        extraction_message,
        v1::{self, article_service_server::ArticleService},
    },
    store::{ArticleQuery, DeleteArticle, SortBy, SubmitArticle, SubmittedArticle},
};

#[tonic::async_trait]
impl ArticleService for Desk {
    async fn submit_article(
        &self,
        request: Request<v1::SubmitArticleRequest>,
    ) -> Result<Response<v1::SubmitArticleResponse>, Status> {
        Ok(self.submit(request).await?)
    }

    async fn extract_claims(
        &self,
        request: Request<v1::ExtractClaimsRequest>,
    ) -> Result<Response<v1::ExtractClaimsResponse>, Status> {
        Ok(self.extract(request.into_inner()).await?)
    }

    async fn get_article(
        &self,
        request: Request<v1::GetArticleRequest>,
    ) -> Result<Response<v1::GetArticleResponse>, Status> {
        let id = article_id("name", &request.get_ref().name)?;
        let found = self.read_stored(request.metadata(), |store| {
            let id = &id;
            async move { Ok((store.article(id).await?, store.article_versions(id).await?)) }
        });
        let (article, versions) = found.await?;
        Ok(Response::new(v1::GetArticleResponse {
            article: Some(convert::article(&article)),
            versions: versions.iter().map(convert::article_version).collect(),
        }))
    }

    async fn list_articles(
        &self,
        request: Request<v1::ListArticlesRequest>,
    ) -> Result<Response<v1::ListArticlesResponse>, Status> {
        Ok(self.list(request).await?)
    }

    async fn delete_article(
        &self,
        request: Request<v1::DeleteArticleRequest>,
    ) -> Result<Response<v1::DeleteArticleResponse>, Status> {
        Ok(self.delete(request).await?)
    }

    type ImportArticlesStream = Outcomes;

    async fn import_articles(
        &self,
        request: Request<Streaming<v1::ImportArticlesRequest>>,
    ) -> Result<Response<Outcomes>, Status> {
        Ok(self.import(request).await?)
    }
}

/// Reads the name of an article that stands in a field.
pub(super) fn article_id(field: &'static str, name: &str) -> Result<crate::store::ArticleId, ServiceError> {
    let id = name::parse_article(name).map_err(|error| ServiceError::Name { field, error })?;
    tracing::Span::current().record("article", id.as_str());
    Ok(id)
}

impl Desk {
    async fn submit(
        &self,
        request: Request<v1::SubmitArticleRequest>,
    ) -> Result<Response<v1::SubmitArticleResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write =
            write::write("SubmitArticle", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        let least = body.min_check_worthiness;
        checks.score("min_check_worthiness", least);
        let content_type = checks.content_type(body.article.as_ref());
        let article = checks.article(body.article)?;
        checks.finish()?;
        let (article, extraction) = self.read(article, content_type).await?;
        let command = SubmitArticle {
            article: Article { language: Some(extraction.language), ..article },
            claims: extraction.claims.into_iter().filter(|claim| claim.check_worthiness >= least).collect(),
        };
        self.run(&command, &write, submitted).await
    }

    async fn extract(
        &self,
        request: v1::ExtractClaimsRequest,
    ) -> Result<Response<v1::ExtractClaimsResponse>, ServiceError> {
        let mut checks = Checks::default();
        checks.score("min_check_worthiness", request.min_check_worthiness);
        let content_type = checks.content_type(request.article.as_ref());
        let article = checks.article(request.article)?;
        checks.finish()?;
        let (article, mut extraction) = self.read(article, content_type).await?;
        extraction.claims.retain(|claim| claim.check_worthiness >= request.min_check_worthiness);
        let mut response = extraction_message(extraction, request.all_points, request.explain);
        if content_type != ContentType::Plain {
            response.text = article.text;
        }
        Ok(Response::new(response))
    }

    /// Runs the extractor. What was read of a page is a text like any other: it must say something and has the limit.
    pub(super) async fn read(
        &self,
        article: Article,
        content_type: ContentType,
    ) -> Result<(Article, Extraction), ServiceError> {
        let (article, extraction) = self.extractor.extract(article, content_type, "article.language").await?;
        let mut checks = Checks::default();
        checks.read_text(&article.text)?;
        checks.finish()?;
        Ok((article, extraction))
    }

    async fn list(
        &self,
        request: Request<v1::ListArticlesRequest>,
    ) -> Result<Response<v1::ListArticlesResponse>, ServiceError> {
        const ORDERS: [(&str, SortBy); 2] =
            [("create_time", SortBy::CreateTime), ("publish_date", SortBy::PublishDate)];
        let (metadata, _, request) = request.into_parts();
        let (sort, descending) = list::order(&request.order_by, &ORDERS, (SortBy::CreateTime, true))?;
        let arguments = Arguments::of(&["ListArticles", &request.filter, &request.order_by]);
        let query = ArticleQuery {
            filter: filter::articles(&request.filter)?,
            sort,
            descending,
            after: arguments.cursor(&request.page_token, sort)?,
            size: list::size(request.page_size),
        };
        let page = self.read_stored(&metadata, |store| {
            let query = &query;
            async move { store.articles(query).await }
        });
        let page = page.await?;
        Ok(Response::new(v1::ListArticlesResponse {
            articles: page.items.iter().map(convert::article).collect(),
            next_page_token: arguments.token(page.next)?,
        }))
    }

    async fn delete(
        &self,
        request: Request<v1::DeleteArticleRequest>,
    ) -> Result<Response<v1::DeleteArticleResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write =
            write::write("DeleteArticle", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        let etag = checks.etag("etag", body.etag);
        checks.finish()?;
        let command = DeleteArticle { id: article_id("name", &body.name)?, etag, force: body.force };
        self.run(&command, &write, |()| v1::DeleteArticleResponse {}).await
    }
}

fn submitted(outcome: &SubmittedArticle) -> v1::SubmitArticleResponse {
    tracing::Span::current().record("article", outcome.article.id.as_str());
    v1::SubmitArticleResponse {
        article: Some(convert::article(&outcome.article)),
        claims: outcome.claims.iter().map(convert::claim).collect(),
        created: outcome.created,
    }
}
