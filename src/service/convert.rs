//! What is stored, as messages of the contract.

use jiff::Timestamp;

use super::name;
use crate::{
    claim::{Evidence, canonical},
    proto::{claim_message, v1},
    store::{
        ArticleId, ArticleVersion, Breach, ClaimKey, Lease, Seal, StoredArticle, StoredChange, StoredClaim,
        StoredReview, StoredToken,
    },
};

fn timestamp(time: Timestamp) -> pbjson_types::Timestamp {
    pbjson_types::Timestamp { seconds: time.as_second(), nanos: time.subsec_nanosecond() }
}

fn count(count: i32) -> u32 {
    u32::try_from(count).unwrap_or(0)
}

/// An article, with its text if it was read.
pub(super) fn article(stored: &StoredArticle) -> v1::Article {
    let article = &stored.article;
    v1::Article {
        name: name::article(&stored.id),
        text: article.text.clone(),
        uri: article.uri.clone(),
        publisher: article.publisher.clone(),
        title: article.title.clone(),
        authors: article.authors.clone(),
        publish_date: article.publish_date.map(|date| date.to_string()).unwrap_or_default(),
        language: article.language.clone().unwrap_or_default(),
        etag: stored.etag(),
        create_time: Some(timestamp(stored.create_time)),
        claim_count: count(stored.claim_count),
        content_type: String::new(),
        previous_version: stored.previous_version.as_ref().map(name::article).unwrap_or_default(),
        next_version: stored.next_version.as_ref().map(name::article).unwrap_or_default(),
    }
}

/// A text of an address.
pub(super) fn article_version(stored: &ArticleVersion) -> v1::ArticleVersion {
    v1::ArticleVersion {
        number: count(stored.number),
        article: name::article(&stored.article),
        create_time: Some(timestamp(stored.create_time)),
    }
}

/// A stored claim.
pub(super) fn claim(stored: &StoredClaim) -> v1::Claim {
    v1::Claim {
        name: name::claim(&stored.key),
        state: stored.state.to_string(),
        origin: stored.origin.to_string(),
        etag: stored.etag(),
        create_time: Some(timestamp(stored.create_time)),
        update_time: Some(timestamp(stored.update_time)),
        review_count: count(stored.review_count),
        previous_claim: stored.lineage.previous.as_ref().map(name::claim).unwrap_or_default(),
        differs_from_previous: stored.lineage.differs_from_previous,
        succession: stored.lineage.succession.to_string(),
        next_claim: stored.lineage.next.as_ref().map(name::claim).unwrap_or_default(),
        ..claim_message(stored.claim.clone(), false)
    }
}

/// A lease.
pub(super) fn lease(lease: &Lease) -> v1::Lease {
    v1::Lease {
        claim: Some(claim(&lease.claim)),
        owner: lease.owner.clone(),
        token: lease.token.clone(),
        expire_time: Some(timestamp(lease.expire_time)),
    }
}

/// A stored review.
pub(super) fn review(stored: &StoredReview) -> v1::Review {
    let review = &stored.review;
    v1::Review {
        name: name::review(&stored.claim, stored.id),
        verdict: review.verdict.to_string(),
        point_ids: review.point_ids.clone(),
        evidence: review.evidence.iter().map(evidence).collect(),
        note: review.note.clone(),
        correction: review.correction.clone(),
        reviewer: review.reviewer.clone(),
        create_time: Some(timestamp(stored.create_time)),
        previous_state: stored.previous_state.to_string(),
        carried_from: stored
            .carried_from
            .as_ref()
            .map(|from| name::review(&from.claim, from.review))
            .unwrap_or_default(),
        based_on: stored.based_on.as_ref().map(name::claim).unwrap_or_default(),
    }
}

fn evidence(evidence: &Evidence) -> v1::Evidence {
    v1::Evidence {
        uri: evidence.uri.clone(),
        quote: evidence.quote.clone(),
        publisher: evidence.publisher.clone(),
        stance: evidence.stance.to_string(),
        access_time: Some(timestamp(evidence.access_time)),
    }
}

/// A row of the change log. What was and is comes in the form that its seal covers.
pub(super) fn change(stored: &StoredChange) -> v1::Change {
    let seal = stored.seal.clone();
    let (previous_hash, hash) = seal.map(|Seal { previous, hash }| (previous, hash)).unwrap_or_default();
    v1::Change {
        name: name::change(&stored.article, stored.position),
        claim: claim_name(Some(&stored.article), stored.claim),
        kind: stored.kind.clone(),
        before: stored.before.as_ref().map(canonical).unwrap_or_default(),
        after: stored.after.as_ref().map(canonical).unwrap_or_default(),
        actor: stored.actor.clone(),
        reason: stored.reason.clone(),
        change_time: Some(timestamp(stored.change_time)),
        previous_hash,
        hash,
    }
}

fn claim_name(article: Option<&ArticleId>, claim: Option<i32>) -> String {
    let key = article.zip(claim).map(|(article, claim)| ClaimKey { article: article.clone(), claim });
    key.map(|key| name::claim(&key)).unwrap_or_default()
}

/// Something that is not as it was written.
pub(super) fn breach(breach: &Breach) -> v1::Breach {
    let claim = claim_name(breach.article.as_ref(), breach.claim);
    let name = match (&breach.article, breach.position) {
        (Some(article), Some(position)) => name::change(article, position),
        (Some(_), None) if !claim.is_empty() => claim.clone(),
        (Some(article), None) => name::article(article),
        (None, _) => String::new(),
    };
    v1::Breach { kind: breach.kind.as_str().to_owned(), name, claim, description: breach.description.clone() }
}

/// A stored token.
pub(super) fn token(stored: &StoredToken) -> v1::Token {
    v1::Token {
        name: name::token(&stored.id),
        subject: stored.subject.clone(),
        roles: stored.roles.iter().map(|role| role.to_string()).collect(),
        creator: stored.creator.clone(),
        create_time: Some(timestamp(stored.create_time)),
        expire_time: Some(timestamp(stored.expire_time)),
        last_use_time: stored.last_use_time.map(timestamp),
        revoke_time: stored.revoke_time.map(timestamp),
        revoker: stored.revoker.clone().unwrap_or_default(),
    }
}
