//! The gRPC handlers, thin: each validates, calls, converts. The one table of errors stands in [`error`].

mod access;
mod admin;
mod article;
mod batch;
mod caller;
mod claim;
mod convert;
mod error;
mod extraction;
pub mod filter;
mod history;
mod import;
mod lease;
mod list;
mod name;
mod reader;
mod related;
mod review;
mod tally;
mod token;
mod validate;
mod watch;
mod write;

use std::sync::Arc;

use crate::{
    proto::v1::{
        admin_service_server::AdminServiceServer, article_service_server::ArticleServiceServer,
        claim_service_server::ClaimServiceServer, review_service_server::ReviewServiceServer,
    },
    store::{Replica, Store},
};

pub use access::{Access, STREAMS, access, is_stream};
pub use caller::{Caller, InvalidSubject, REVIEWER, claimed, subject};
pub use error::ServiceError;
use extraction::Extractor;
pub use list::{Arguments, PageTokenError};
pub use reader::POSITION;
pub use tally::Tally;
pub use token::{Secret, TOKEN_PREFIX, token_identifier};
pub use watch::{InvalidWatchToken, WatchToken};

/// The largest message that is taken, in bytes: a text of the longest kind, and room for the rest.
pub const MESSAGE_LIMIT: usize = 4 << 20;

/// The full names of the services, as the health service knows them.
pub const NAMES: [&str; 4] = [
    "claimdesk.v1.AdminService",
    "claimdesk.v1.ArticleService",
    "claimdesk.v1.ClaimService",
    "claimdesk.v1.ReviewService",
];

/// The handlers of all services. Clones share everything.
#[derive(Debug, Clone)]
pub struct Desk {
    store: Store,
    replica: Option<Replica>,
    extractor: Arc<Extractor>,
    tally: Tally,
    reviews_required: u32,
    feed: Arc<watch::Feed>,
    ending: tokio::sync::watch::Receiver<bool>,
}

/// The rules that a deployment sets.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// How many reviewers must agree on a claim.
    pub reviews_required: u32,
    /// How many changes are kept in memory for watchers who are behind.
    pub watch_buffer: u32,
}

impl Desk {
    /// Handlers that work on a store, and read from its replica where there is one, by these rules; what they do counts in the tally, and open streams end when `ending`
    /// says so. Called within a runtime.
    #[must_use]
    pub fn new(
        store: Store,
        replica: Option<Replica>,
        rules: Rules,
        tally: Tally,
        ending: tokio::sync::watch::Receiver<bool>,
    ) -> Self {
        let kept = usize::try_from(rules.watch_buffer).unwrap_or(usize::MAX);
        let feed = watch::start(&store, kept, ending.clone());
        let (extractor, reviews_required) = (Arc::new(Extractor::new(tally.clone())), rules.reviews_required);
        Self { store, replica, extractor, tally, reviews_required, feed, ending }
    }

    /// The admin service, ready to be mounted.
    #[must_use]
    pub fn admin_service(&self) -> AdminServiceServer<Self> {
        AdminServiceServer::new(self.clone()).max_decoding_message_size(MESSAGE_LIMIT)
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
