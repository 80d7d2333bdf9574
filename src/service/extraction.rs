//! Runs the extractor away from the threads that answer calls, on as many texts at once as there are cores.

use std::{num::NonZero, sync::Arc, thread, time::Instant};

use tokio::sync::Semaphore;

use super::{ServiceError, Tally};
use crate::{
    claim::{Article, ContentType},
    extract::{self, Extraction},
};

/// The places where an extraction can run.
#[derive(Debug)]
pub(super) struct Extractor {
    places: Arc<Semaphore>,
    tally: Tally,
}

impl Extractor {
    /// One place for each core; what is read there counts in the tally.
    pub(super) fn new(tally: Tally) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self { places: Arc::new(Semaphore::new(cores)), tally }
    }

    /// Finds the claims of an article, and gives the article back with the text that spans count in. `field` is where
    /// the request names the language.
    pub(super) async fn extract(
        &self,
        article: Article,
        content_type: ContentType,
        field: &'static str,
    ) -> Result<(Article, Extraction), ServiceError> {
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let span = tracing::info_span!("extract", bytes = article.text.len());
        let tally = self.tally.clone();
        let work = tokio::task::spawn_blocking(move || {
            let (bytes, begun) = (article.text.len(), Instant::now());
            let extracted = span.in_scope(|| {
                extract::extract_with(
                    article,
                    extract::Options { content_type, ..extract::Options::default() },
                )
            });
            if let Ok((_, extraction)) = &extracted {
                tally.read(bytes, extraction, begun.elapsed());
            }
            // Held until the work is done, also when the caller is gone by then.
            drop(place);
            extracted
        });
        let extracted =
            work.await.map_err(|error| ServiceError::Internal(format!("the extractor failed: {error}")))?;
        extracted.map_err(|error| ServiceError::Language { field, error })
    }
}
