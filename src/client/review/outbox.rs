//! Decisions on their way: one after the other, each until the service has answered, each with the same request id at each
//! attempt.

use tokio::sync::mpsc::UnboundedReceiver;

use super::{
    line::Line,
    message::{Answer, Order, Outcome, Problem, Task},
};
use crate::{client::session::review_service, proto::v1};

/// How many decisions go in one call at most.
const BATCH: usize = 100;

/// Delivers orders until there are no more.
pub(super) async fn deliver(line: Line, mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        let outcome = match &order.task {
            Task::Review(requests) => review(&line, &order.id, requests).await,
            Task::Reopen(names) => Ok(reopen(&line, &order.id, names).await),
        };
        line.tell(Answer::Sent { order: order.id, outcome });
    }
}

async fn review(line: &Line, id: &str, requests: &[v1::ReviewClaimRequest]) -> Result<Vec<Outcome>, Problem> {
    if let [request] = requests {
        let request = v1::ReviewClaimRequest { request_id: id.to_owned(), ..request.clone() };
        let name = request.name.clone();
        let answer = line
            .ask(request, async |channel, request| review_service(channel).review_claim(request).await)
            .await;
        let result = answer.map(|answer: v1::ReviewClaimResponse| answer.claim.unwrap_or_default());
        return Ok(vec![Outcome { name, result }]);
    }
    let mut outcomes = Vec::with_capacity(requests.len());
    for (number, batch) in requests.chunks(BATCH).enumerate() {
        let request = v1::BatchReviewClaimsRequest {
            requests: batch.to_vec(),
            item_by_item: true,
            request_id: format!("{id}-{number}"),
            ..Default::default()
        };
        let answer = line
            .ask(request, async |channel, request| review_service(channel).batch_review_claims(request).await)
            .await;
        match answer {
            Ok(answer) => outcomes.extend(answer.outcomes.into_iter().map(outcome)),
            // As a whole it is refused, so each of it is.
            Err(problem) => outcomes.extend(
                batch
                    .iter()
                    .map(|request| Outcome { name: request.name.clone(), result: Err(problem.clone()) }),
            ),
        }
    }
    Ok(outcomes)
}

fn outcome(outcome: v1::BatchReviewOutcome) -> Outcome {
    let status = outcome.status.unwrap_or_default();
    let result = match outcome.claim {
        Some(claim) => Ok(claim),
        None => Err(Problem {
            text: format!("{} ({}, {})", status.message, status.code, status.reason),
            reason: status.reason,
            away: false,
        }),
    };
    Outcome { name: outcome.name, result }
}

async fn reopen(line: &Line, id: &str, names: &[String]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(names.len());
    for (number, name) in names.iter().enumerate() {
        let request = v1::ReopenClaimRequest {
            name: name.clone(),
            request_id: format!("{id}-{number}"),
            ..Default::default()
        };
        let answer = line
            .ask(request, async |channel, request| review_service(channel).reopen_claim(request).await)
            .await;
        let result = answer.map(|answer: v1::ReopenClaimResponse| answer.claim.unwrap_or_default());
        outcomes.push(Outcome { name: name.clone(), result });
    }
    outcomes
}
