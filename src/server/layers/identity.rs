//! Who calls, and whether that caller may call this method: decided by the headers alone, before anything else of the
//! request is looked at.

mod guarded;

use std::{
    convert::Infallible,
    mem,
    pin::Pin,
    task::{Context, Poll},
};

use tonic::{Status, body::Body};
use tower::Service;

use super::{Request, Response};
use crate::{
    server::{
        auth::{Authenticator, Identity},
        connection::Peer,
    },
    service::{self, Access, Caller, ServiceError},
};
use guarded::Guarded;

/// Puts an [`Identified`] around a service.
#[derive(Debug, Clone)]
pub(in crate::server) struct IdentityLayer {
    authenticator: Option<Authenticator>,
}

impl IdentityLayer {
    /// With an authenticator, callers are asked for credentials; without one, nobody is.
    pub(in crate::server) fn new(authenticator: Option<Authenticator>) -> Self {
        Self { authenticator }
    }
}

impl<S> tower::Layer<S> for IdentityLayer {
    type Service = Identified<S>;

    fn layer(&self, inner: S) -> Identified<S> {
        Identified { inner, authenticator: self.authenticator.clone() }
    }
}

/// A service whose callers are known.
#[derive(Debug, Clone)]
pub(in crate::server) struct Identified<S> {
    inner: S,
    authenticator: Option<Authenticator>,
}

impl<S> Service<Request> for Identified<S>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let access = service::access(request.uri().path());
        let authenticator = match (&self.authenticator, access) {
            (_, Some(Access::Open)) => return Box::pin(self.inner.call(request)),
            (None, Some(_)) => {
                request.extensions_mut().insert(Caller::Unasked);
                return Box::pin(self.inner.call(request));
            }
            (None, None) => {
                let error = ServiceError::MethodUnknown(method(&request));
                return Box::pin(async { Ok(Status::from(error).into_http()) });
            }
            (Some(authenticator), _) => authenticator.clone(),
        };
        // The one that is ready is the one to call; its clone is asked again before the next call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            match admit(&authenticator, access, &mut request).await {
                Ok(identity) => {
                    let response = inner.call(request).await?;
                    Ok(response.map(|body| Body::new(Guarded::new(body, authenticator, identity))))
                }
                Err(error) => Ok(Status::from(error).into_http()),
            }
        })
    }
}

/// The method of a call, such as `claimdesk.v1.ClaimService/GetClaim`.
fn method(request: &Request) -> String {
    request.uri().path().trim_start_matches('/').to_owned()
}

/// Finds out who calls, and whether they may; the request then carries its caller.
async fn admit(
    authenticator: &Authenticator,
    access: Option<Access>,
    request: &mut Request,
) -> Result<Identity, ServiceError> {
    let peer = request.extensions().get::<Peer>();
    let identity = match authenticator.identify(request.headers(), peer).await {
        Ok(identity) => identity,
        Err(error) => {
            let address = peer.and_then(|peer| peer.address).map(tracing::field::display);
            tracing::info!(peer = address, "the caller is not known");
            return Err(error);
        }
    };
    let span = tracing::Span::current();
    span.record("subject", &*identity.subject);
    span.record("roles", tracing::field::display(identity.roles));
    let subject = || identity.subject.to_string();
    match access {
        Some(access) if access.admits(identity.roles) => {}
        Some(Access::Roles(enough)) => {
            return Err(ServiceError::RoleMissing { subject: subject(), method: method(request), enough });
        }
        _ => return Err(ServiceError::MethodUnknown(method(request))),
    }
    if let Some(claimed) = service::claimed(request.headers())?
        && claimed != *identity.subject
    {
        return Err(ServiceError::ReviewerMismatch { subject: subject(), claimed });
    }
    // No handler has a use for it, and what is not there is not logged.
    request.headers_mut().remove(http::header::AUTHORIZATION);
    request.extensions_mut().insert(identity.caller());
    Ok(identity)
}
