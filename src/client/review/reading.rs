//! What is read of the service: counts, what there is of a claim, and what happens.

use std::{sync::Arc, time::Duration};

use super::{
    article::ArticleText,
    line::{FIRST_PAUSE, LONGEST_PAUSE, Line},
    message::{Answer, Details, Problem},
    model::{MAX_COUNT, Record},
};
use crate::{
    client::{
        error::Error,
        name::article_of,
        session::{Caller, article_service, claim_service, request_id, review_service},
    },
    proto::v1,
};

/// How long the cursor must rest on a claim before more is read of it.
const REST: Duration = Duration::from_millis(60);
/// How many reviews and changes of a claim are shown.
const RECORDS: u32 = 50;

async fn list_claims(
    caller: &Caller,
    request: v1::ListClaimsRequest,
) -> Result<v1::ListClaimsResponse, Error> {
    caller.once(request, async |channel, request| claim_service(channel).list_claims(request).await).await
}

pub(super) async fn count(line: Line, parent: String, tab: usize, generation: u64, filter: String) {
    let request =
        v1::ListClaimsRequest { parent, page_size: 1, filter, max_count: MAX_COUNT, ..Default::default() };
    // A count is nothing to wait for: the next change asks again.
    if let Ok(answer) = list_claims(&line.caller, request).await {
        line.tell(Answer::Counted { tab, generation, count: answer.total_size });
    }
}

pub(super) async fn release(line: Line, claim: String, token: String) {
    let request = v1::ReleaseLeaseRequest { name: claim, lease_token: token, request_id: request_id(None) };
    let answer = line
        .caller
        .once(request, async |channel, request| review_service(channel).release_lease(request).await);
    // A lease that cannot be given back runs out.
    let _ = answer.await;
}

pub(super) async fn details(line: Line, claim: String, with_article: bool) {
    tokio::time::sleep(REST).await;
    let read = line.until_there(|| read_details(&line.caller, &claim, with_article)).await;
    match read {
        Ok(details) => line.tell(Answer::Details(Box::new(details))),
        Err(problem) if problem.reason.ends_with("_NOT_FOUND") => {
            line.tell(Answer::Failed("It is gone: its article was deleted.".to_owned()));
        }
        Err(problem) => line.tell(Answer::Failed(problem.text)),
    }
}

async fn read_details(caller: &Caller, claim: &str, with_article: bool) -> Result<Details, Error> {
    let name = v1::GetClaimRequest { name: claim.to_owned() };
    let fresh = caller.once(name, async |channel, request| claim_service(channel).get_claim(request).await);
    let reviews =
        v1::ListReviewsRequest { parent: claim.to_owned(), page_size: RECORDS, ..Default::default() };
    let reviews =
        caller.once(reviews, async |channel, request| review_service(channel).list_reviews(request).await);
    let changes =
        v1::ListChangesRequest { parent: claim.to_owned(), page_size: RECORDS, ..Default::default() };
    let changes =
        caller.once(changes, async |channel, request| claim_service(channel).list_changes(request).await);
    let article = async {
        if with_article { read_article(caller, article_of(claim)).await.map(Some) } else { Ok(None) }
    };
    let (fresh, reviews, changes, article) = tokio::try_join!(fresh, reviews, changes, article)?;
    let record = Record {
        claim: fresh.claim.unwrap_or_default(),
        reviews: reviews.reviews,
        changes: changes.changes,
        suggestions: fresh.suggestions,
        contradictions: fresh.possible_contradictions,
    };
    Ok(Details { record, article })
}

async fn read_article(caller: &Caller, name: &str) -> Result<Arc<ArticleText>, Error> {
    let article = v1::GetArticleRequest { name: name.to_owned() };
    let article =
        caller.once(article, async |channel, request| article_service(channel).get_article(request).await);
    let siblings = v1::ListClaimsRequest { parent: name.to_owned(), page_size: 1000, ..Default::default() };
    let (article, siblings) = tokio::try_join!(article, list_claims(caller, siblings))?;
    Ok(Arc::new(ArticleText::new(article.article.unwrap_or_default(), &siblings.claims)))
}

/// Tells what happens, for as long as there is a screen; goes on where it was cut off.
pub(super) async fn watch(line: Line, parent: String) {
    let mut token = String::new();
    let mut pause = FIRST_PAUSE;
    loop {
        let request = v1::WatchClaimsRequest {
            parent: parent.clone(),
            only_new: token.is_empty(),
            watch_token: token.clone(),
            ..Default::default()
        };
        let begun = line
            .caller
            .begin(request, async |channel, request| claim_service(channel).watch_claims(request).await)
            .await;
        match begun {
            Ok(mut messages) => {
                line.tell(Answer::Connected);
                pause = FIRST_PAUSE;
                while let Ok(Some(message)) = messages.message().await {
                    token.clone_from(&message.watch_token);
                    if message.change.is_some() {
                        line.tell(Answer::Changed(Box::new(message)));
                    }
                }
                line.tell(Answer::Lost);
            }
            Err(error) => match Problem::of(&error) {
                problem if problem.away => line.tell(Answer::Lost),
                // What was missed shows when the lists are loaded again.
                problem
                    if matches!(problem.reason.as_str(), "WATCH_TOKEN_TOO_OLD" | "WATCH_TOKEN_INVALID") =>
                {
                    token.clear();
                }
                problem => {
                    line.tell(Answer::Failed(problem.text));
                    pause = LONGEST_PAUSE;
                }
            },
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
