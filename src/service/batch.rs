//! Several decisions in one call: all or none, or each by itself.

use std::collections::HashSet;

use tonic::{Request, Response};

use super::{
    Desk, ServiceError, convert,
    error::{item_status, ok},
    name,
    review::{decided, read},
    validate::Checks,
    write,
};
use crate::{
    proto::v1,
    store::{ArticleId, ClaimKey, Decided, Decision, RequestKey, Write},
};

/// How many decisions there are in a batch at most.
const MOST: usize = 100;

/// A decision of a batch: the claim's name as it was given, and the decision or what is wrong with it.
struct Item {
    name: String,
    decision: Option<Decision>,
    checks: Checks,
}

impl Desk {
    pub(super) async fn batch(
        &self,
        request: Request<v1::BatchReviewClaimsRequest>,
    ) -> Result<Response<v1::BatchReviewClaimsResponse>, ServiceError> {
        let body = request.get_ref();
        let mut checks = Checks::default();
        let write =
            write::write("BatchReviewClaims", &request, &body.request_id, body.validate_only, &mut checks)?;
        let body = request.into_inner();
        match body.requests.len() {
            0 => checks.fail("requests", "is empty; give at least one decision"),
            1..=MOST => {}
            many => checks.fail("requests", format!("has {many} decisions; at most {MOST} are possible")),
        }
        let parent = if body.parent.is_empty() { "articles/-" } else { &body.parent };
        let article =
            name::parse_articles(parent).map_err(|error| ServiceError::Name { field: "parent", error })?;
        let mut seen = HashSet::new();
        let items = body.requests.into_iter().take(MOST);
        let items: Vec<Item> =
            items.map(|one| item(one, article.as_ref(), &write.actor, &mut seen)).collect();
        if body.item_by_item {
            checks.finish()?;
            return self.one_by_one(items, &write).await;
        }
        let mut decisions = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            checks.within(&format!("requests[{at}]"), item.checks);
            decisions.extend(item.decision);
        }
        checks.finish()?;
        let command = self.decisions(decisions);
        self.run(&command, &write, |outcome| v1::BatchReviewClaimsResponse {
            outcomes: outcome.iter().map(made).collect(),
        })
        .await
    }

    /// Makes each decision in a transaction of its own. A repeat finds what was answered for each.
    async fn one_by_one(
        &self,
        items: Vec<Item>,
        write: &Write,
    ) -> Result<Response<v1::BatchReviewClaimsResponse>, ServiceError> {
        let mut outcomes = Vec::with_capacity(items.len());
        for (at, Item { name, decision, checks }) in items.into_iter().enumerate() {
            // A colon stands in no id that a caller may choose.
            let key = write
                .request
                .as_ref()
                .map(|key| RequestKey { id: format!("{}:{at}", key.id), ..key.clone() });
            let write = Write { request: key, ..write.clone() };
            let outcome = match (checks.finish(), decision) {
                (Ok(()), Some(decision)) => self.by_itself(decision, &write).await,
                (Ok(()), None) => {
                    Err(ServiceError::Internal("a decision passed the checks unread".to_owned()))
                }
                (Err(error), _) => Err(error),
            };
            outcomes.push(match outcome {
                Ok(v1::ReviewClaimResponse { review, claim }) => {
                    v1::BatchReviewOutcome { name, status: Some(ok()), review, claim }
                }
                Err(error) => v1::BatchReviewOutcome {
                    name,
                    status: Some(item_status(error)),
                    ..v1::BatchReviewOutcome::default()
                },
            });
        }
        Ok(Response::new(v1::BatchReviewClaimsResponse { outcomes }))
    }

    async fn by_itself(
        &self,
        decision: Decision,
        write: &Write,
    ) -> Result<v1::ReviewClaimResponse, ServiceError> {
        let command = self.decisions(vec![decision]);
        Ok(self.run(&command, write, |outcome| decided(outcome)).await?.into_inner())
    }
}

/// Reads a decision of a batch.
fn item(
    request: v1::ReviewClaimRequest,
    article: Option<&ArticleId>,
    reviewer: &str,
    seen: &mut HashSet<ClaimKey>,
) -> Item {
    let mut checks = Checks::default();
    let name = request.name.clone();
    let key = match name::parse_claim(&name) {
        Ok(key) => Some(key),
        Err(error) => {
            checks.fail("name", error.to_string());
            None
        }
    };
    if let Some(key) = &key {
        if article.is_some_and(|article| *article != key.article) {
            checks.fail(
                "name",
                "is no claim of the batch's parent; leave the parent out for claims of several",
            );
        }
        if !seen.insert(key.clone()) {
            checks.fail("name", "is in the batch twice; leave one out");
        }
    }
    if !request.request_id.is_empty() {
        checks.fail("request_id", "belongs to the batch as a whole; set it there");
    }
    if request.validate_only {
        checks.fail("validate_only", "belongs to the batch as a whole; set it there");
    }
    let read = read(request, reviewer, &mut checks);
    Item { name, decision: read.zip(key).map(|(read, key)| read.on(key)), checks }
}

fn made(decided: &Decided) -> v1::BatchReviewOutcome {
    v1::BatchReviewOutcome {
        name: name::claim(&decided.claim.key),
        status: Some(ok()),
        review: Some(convert::review(&decided.review)),
        claim: Some(convert::claim(&decided.claim)),
    }
}
