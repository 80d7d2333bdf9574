//! An answer that ends when its caller may no longer call: a watch does not outlive the token that it was opened with.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::HeaderMap;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tonic::{Status, body::Body};

use crate::{
    server::auth::{Authenticator, Identity},
    service::ServiceError,
};

/// How often is looked whether the caller may still call.
const EVERY: Duration = Duration::from_secs(2);

type Watch = Pin<Box<dyn Future<Output = ServiceError> + Send>>;

/// A body that is watched for as long as it takes.
pub(super) struct Guarded {
    body: Option<Body>,
    authenticator: Authenticator,
    identity: Identity,
    /// There from the first time on that the body has nothing ready: an answer that is whole at once needs none.
    watch: Option<Watch>,
}

impl Guarded {
    pub(super) fn new(body: Body, authenticator: Authenticator, identity: Identity) -> Self {
        Self { body: Some(body), authenticator, identity, watch: None }
    }
}

/// Waits until the caller may no longer call.
async fn withdrawn(authenticator: Authenticator, identity: Identity) -> ServiceError {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = authenticator.still(&identity).await {
            return error;
        }
    }
}

impl HttpBody for Guarded {
    type Data = <Body as HttpBody>::Data;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        if let Some(watch) = &mut this.watch
            && let Poll::Ready(error) = watch.as_mut().poll(context)
        {
            // What the handler still does for this answer ends as well.
            this.body = None;
            let status = Status::from(error);
            let mut trailers = HeaderMap::new();
            return Poll::Ready(Some(status.add_header(&mut trailers).map(|()| Frame::trailers(trailers))));
        }
        let frame = Pin::new(body).poll_frame(context);
        if frame.is_pending() && this.watch.is_none() {
            let mut watch: Watch = Box::pin(withdrawn(this.authenticator.clone(), this.identity.clone()));
            // Its timer must know whom to wake.
            if watch.as_mut().poll(context).is_pending() {
                this.watch = Some(watch);
            }
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}
