//! Runs the extractor: on short texts where the call is answered, on others away from there, on as many at once as there are
//! cores.

use std::{num::NonZero, sync::Arc, thread, time::Instant};

use tokio::sync::Semaphore;

use super::{ServiceError, Tally};
use crate::{
    claim::{Article, ContentType},
    extract::{self, Extraction, UnsupportedLanguage},
};

/// A text of up to so many bytes is read at once, by the thread that answers the call. That takes less than a millisecond; to
/// hand it to another thread and back takes a good part of it, and what one thread allocates and another one frees is cold.
const SHORT: usize = 8 << 10;

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
        let options = extract::Options { content_type, ..extract::Options::default() };
        let wrong = |error| ServiceError::Language { field, error };
        let span = tracing::info_span!("extract", bytes = article.text.len());
        if article.text.len() <= SHORT {
            return span.in_scope(|| read(article, options, &self.tally)).map_err(wrong);
        }
        let place = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let tally = self.tally.clone();
        let work = tokio::task::spawn_blocking(move || {
            let extracted = span.in_scope(|| read(article, options, &tally));
            // Held until the work is done, also when the caller is gone by then.
            drop(place);
            extracted
        });
        let extracted =
            work.await.map_err(|error| ServiceError::Internal(format!("the extractor failed: {error}")))?;
        extracted.map_err(wrong)
    }
}

/// Reads a text, and counts what was read.
fn read(
    article: Article,
    options: extract::Options,
    tally: &Tally,
) -> Result<(Article, Extraction), UnsupportedLanguage> {
    let (bytes, begun) = (article.text.len(), Instant::now());
    let extracted = extract::extract_with(article, options);
    if let Ok((_, extraction)) = &extracted {
        tally.read(bytes, extraction, begun.elapsed());
    }
    extracted
}
