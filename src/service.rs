//! The gRPC handlers, thin: each validates, calls, converts. The one table of errors stands in [`error`].

mod article;
mod batch;
mod claim;
mod convert;
mod error;
mod extraction;
mod filter;
mod history;
mod lease;
mod list;
mod name;
mod review;
mod validate;
mod write;

use std::sync::Arc;

use crate::{
    proto::v1::{
        article_service_server::ArticleServiceServer, claim_service_server::ClaimServiceServer,
        review_service_server::ReviewServiceServer,
    },
    store::Store,
};

pub use error::ServiceError;
use extraction::Extractor;

/// The largest message that is taken, in bytes: a text of the longest kind, and room for the rest.
pub const MESSAGE_LIMIT: usize = 4 << 20;

/// The full names of the services, as the health service knows them.
pub const NAMES: [&str; 3] =
    ["claimdesk.v1.ArticleService", "claimdesk.v1.ClaimService", "claimdesk.v1.ReviewService"];

/// The handlers of all services. Clones share everything.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Store,
    extractor: Arc<Extractor>,
    reviews_required: u32,
}

impl Desk {
    /// Handlers that work on a store, where so many reviewers must agree on a claim.
    #[must_use]
    pub fn new(store: Store, reviews_required: u32) -> Self {
        Self { store, extractor: Arc::new(Extractor::new()), reviews_required }
    }

    /// The article service, ready to be mounted.
    #[must_use]
    pub fn article_service(&self) -> ArticleServiceServer<Self> {
        ArticleServiceServer::new(self.clone())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
            .send_compressed(tonic::codec::CompressionEncoding::Gzip)
    }

    /// The claim service, ready to be mounted.
    #[must_use]
    pub fn claim_service(&self) -> ClaimServiceServer<Self> {
        ClaimServiceServer::new(self.clone())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
            .send_compressed(tonic::codec::CompressionEncoding::Gzip)
    }

    /// The review service, ready to be mounted.
    #[must_use]
    pub fn review_service(&self) -> ReviewServiceServer<Self> {
        ReviewServiceServer::new(self.clone())
            .max_decoding_message_size(MESSAGE_LIMIT)
            .accept_compressed(tonic::codec::CompressionEncoding::Gzip)
            .send_compressed(tonic::codec::CompressionEncoding::Gzip)
    }
}
