//! The admin service: bearer tokens.

use std::time::Duration;

use tonic::{Extensions, Request, Response, Status};

use super::{
    Desk, ServiceError,
    caller::{self, Caller},
    convert,
    list::{self, Arguments},
    name,
    token::{Secret, token_identifier},
    validate::{self, Checks},
};
use crate::{
    claim::{Role, Roles},
    proto::v1::{self, admin_service_server::AdminService},
    store::{NewToken, TokenPlace},
};

/// How long a token is valid where the request does not say.
const USUAL: Duration = Duration::from_secs(90 * 86_400);
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

#[tonic::async_trait]
impl AdminService for Desk {
    async fn create_token(
        &self,
        request: Request<v1::CreateTokenRequest>,
    ) -> Result<Response<v1::CreateTokenResponse>, Status> {
        Ok(self.new_token(request).await?)
    }

    async fn list_tokens(
        &self,
        request: Request<v1::ListTokensRequest>,
    ) -> Result<Response<v1::ListTokensResponse>, Status> {
        Ok(self.list_of_tokens(request).await?)
    }

    async fn revoke_token(
        &self,
        request: Request<v1::RevokeTokenRequest>,
    ) -> Result<Response<v1::RevokeTokenResponse>, Status> {
        Ok(self.revoke(request).await?)
    }
}

/// Who manages tokens. Where nobody is asked for credentials, anybody could make tokens that stay valid when that changes.
fn administrator(extensions: &Extensions) -> Result<String, ServiceError> {
    match extensions.get::<Caller>() {
        Some(Caller::Known { subject, .. }) => Ok(subject.to_string()),
        _ => Err(ServiceError::CredentialsNotAsked),
    }
}

impl Desk {
    async fn new_token(
        &self,
        request: Request<v1::CreateTokenRequest>,
    ) -> Result<Response<v1::CreateTokenResponse>, ServiceError> {
        let creator = administrator(request.extensions())?;
        let body = request.into_inner();
        let given = body.token.unwrap_or_default();
        let mut checks = Checks::default();
        if let Err(error) = caller::subject(&given.subject) {
            checks.fail("token.subject", error.to_string());
        }
        let roles: Roles = given
            .roles
            .iter()
            .enumerate()
            .filter_map(|(at, word)| checks.keyword::<Role>(&format!("token.roles[{at}]"), word))
            .collect();
        checks.must("token.roles", !given.roles.is_empty());
        let ttl = validate::duration(body.ttl, USUAL, SHORTEST..=LONGEST);
        if ttl.is_none() {
            checks.fail("ttl", "is out of range; a token is valid from 1s to 31622400s (366 days)");
        }
        checks.finish()?;
        let secret = Secret::generate()?;
        let token = NewToken {
            id: token_identifier()?,
            hash: secret.hash(),
            subject: given.subject.trim().to_owned(),
            roles,
            creator,
            seconds: ttl.unwrap_or(USUAL).as_secs_f64(),
        };
        let stored = self.store.create_token(&token).await?;
        let stored =
            stored.ok_or_else(|| ServiceError::Internal("two tokens have the same hash".to_owned()))?;
        tracing::info!(token = %stored.id, token.subject = %stored.subject, token.roles = %roles, "made a token");
        Ok(Response::new(v1::CreateTokenResponse {
            token: Some(convert::token(&stored)),
            secret: secret.reveal().to_owned(),
        }))
    }

    async fn list_of_tokens(
        &self,
        request: Request<v1::ListTokensRequest>,
    ) -> Result<Response<v1::ListTokensResponse>, ServiceError> {
        administrator(request.extensions())?;
        let body = request.into_inner();
        let arguments = Arguments::of(&["ListTokens"]);
        let after: Option<TokenPlace> = arguments.place(&body.page_token)?;
        if after.as_ref().is_some_and(|place| place.id.contains('\0')) {
            return Err(list::PageTokenError::Unreadable.into());
        }
        let (tokens, next) = self.store.tokens(after.as_ref(), list::size(body.page_size)).await?;
        Ok(Response::new(v1::ListTokensResponse {
            tokens: tokens.iter().map(convert::token).collect(),
            next_page_token: arguments.token(next)?,
        }))
    }

    async fn revoke(
        &self,
        request: Request<v1::RevokeTokenRequest>,
    ) -> Result<Response<v1::RevokeTokenResponse>, ServiceError> {
        let revoker = administrator(request.extensions())?;
        let id = name::parse_token(&request.get_ref().name)
            .map_err(|error| ServiceError::Name { field: "name", error })?;
        let token = self.store.revoke_token(id, &revoker).await?;
        tracing::info!(token = %token.id, token.subject = %token.subject, "revoked a token");
        Ok(Response::new(v1::RevokeTokenResponse { token: Some(convert::token(&token)) }))
    }
}
