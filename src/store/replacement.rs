//! A text that takes the place of another at its address: what becomes of the claims of both.
//!
//! Reviews of claims that stay the same are carried over, all of them and in their order, so that the state of a claim still
//! follows from what is on its record. Each copy names the review that it repeats, and is a change of its own in the log.
//! Claims of the replaced text leave the queue; a lease on one that stays the same goes on with it.

mod carry;
mod handwritten;

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use sqlx::PgConnection;

use super::{
    ArticleId, ClaimKey, Lineage, StoreError, StoredArticle, StoredClaim,
    article::{read, record, unreadable},
    claim,
    command::{Change, ChangeKind},
    review,
};
use crate::claim::{Claim, Continued, Origin, Succession, continued};
use carry::Becoming;

/// A text that takes the place of another. Both belong to one address, whose row is locked.
#[derive(Debug)]
pub(super) struct Replacement<'a> {
    /// The article that stood there.
    pub(super) previous: &'a ArticleId,
    /// The article that stands there now.
    pub(super) article: &'a StoredArticle,
    /// Its text.
    pub(super) text: &'a str,
    /// Whether it was stored before, and is the current one again.
    pub(super) returned: bool,
}

impl Replacement<'_> {
    /// Marks the claims of the replaced article, and carries over what stays the same. Gives the changes.
    pub(super) async fn run(&self, connection: &mut PgConnection) -> Result<Vec<Change>, StoreError> {
        lock(connection, &[self.previous, &self.article.id]).await?;
        let old = claim::of_article(connection, self.previous).await?;
        let mut new = claim::of_article(connection, &self.article.id).await?;
        let mut pairs = self.pairs(&old, &new);
        let mut changes = Vec::new();
        for (at, copy, written) in handwritten::copy(connection, self, &old, &pairs).await? {
            changes.push(copy.creation(&written));
            pairs.push(Continued {
                old: at,
                new: new.len(),
                kept: copy.claim.continues(&old[at].claim) && copy.claim.span.is_some(),
            });
            new.push(copy);
        }
        let becoming = self.becoming(connection, &old, &new, &pairs).await?;
        carry::write(connection, &becoming).await?;
        changes.extend(becoming.iter().flat_map(Becoming::changes));
        if self.returned {
            changes.extend(restored(connection, &self.article.id, Some(self.previous)).await?);
        }
        changes.extend(self.supersede(connection, &old, &new, &pairs).await?);
        Ok(changes)
    }

    /// Which claims go on from which. One that a person wrote is not told by being similar: it is copied where it still holds.
    fn pairs(&self, old: &[StoredClaim], new: &[StoredClaim]) -> Vec<Continued> {
        let claims =
            |stored: &[StoredClaim]| -> Vec<Claim> { stored.iter().map(|it| it.claim.clone()).collect() };
        let (before, now) = (claims(old), claims(new));
        let (before, now): (Vec<_>, Vec<_>) = (before.iter().collect(), now.iter().collect());
        continued(&before, &now, |at| old[at].origin == Origin::Extracted)
    }

    /// What becomes of the new article's claims.
    async fn becoming(
        &self,
        connection: &mut PgConnection,
        old: &[StoredClaim],
        new: &[StoredClaim],
        pairs: &[Continued],
    ) -> Result<Vec<Becoming>, StoreError> {
        let pair_of: HashMap<usize, Continued> = pairs.iter().map(|pair| (pair.new, *pair)).collect();
        // A claim that is there again has what was decided on it in the versions between, as far as it stayed the same.
        let later =
            if self.returned { latest_kept(connection, &self.article.id).await? } else { BTreeMap::new() };
        let mut from: HashMap<usize, StoredClaim> = HashMap::new();
        for (at, claim) in new.iter().enumerate() {
            let source = match pair_of.get(&at) {
                Some(pair) if pair.kept => Some(old[pair.old].clone()),
                _ => later.get(&claim.key.claim).cloned(),
            };
            from.extend(source.map(|source| (at, source)));
        }
        let keys: Vec<ClaimKey> =
            from.values().chain(from.keys().map(|at| &new[*at])).map(|claim| claim.key.clone()).collect();
        let reviews =
            if keys.is_empty() { HashMap::new() } else { review::of_claims(connection, &keys).await? };
        let of = |key: &ClaimKey| reviews.get(key).map(Vec::as_slice).unwrap_or_default();
        let mut becoming = Vec::new();
        for (at, claim) in new.iter().enumerate() {
            let pair = pair_of.get(&at);
            if pair.is_none() && !self.returned {
                continue;
            }
            let lineage = Lineage {
                previous: pair.map(|pair| old[pair.old].key.clone()),
                differs_from_previous: pair.is_some_and(|pair| !pair.kept),
                ..Lineage::NONE
            };
            let mut next = Becoming::of(claim, lineage, of(&claim.key));
            if let Some(source) = from.get(&at) {
                next.carry(source.state, of(&source.key));
            }
            next.leased_as = pair.filter(|pair| pair.kept).map(|pair| old[pair.old].key.clone());
            becoming.push(next);
        }
        Ok(becoming)
    }

    /// Marks the claims of the replaced article and takes them out of the queue.
    async fn supersede(
        &self,
        connection: &mut PgConnection,
        old: &[StoredClaim],
        new: &[StoredClaim],
        pairs: &[Continued],
    ) -> Result<Vec<Change>, StoreError> {
        let Some(before) = read(connection, self.previous, false).await? else { return Ok(Vec::new()) };
        let pair_of: HashMap<usize, &Continued> = pairs.iter().map(|pair| (pair.old, pair)).collect();
        let fates: Vec<(Succession, Option<i32>)> = (0..old.len())
            .map(|at| match pair_of.get(&at) {
                Some(pair) if pair.kept => (Succession::Kept, Some(new[pair.new].key.claim)),
                Some(pair) => (Succession::Changed, Some(new[pair.new].key.claim)),
                None => (Succession::Vanished, None),
            })
            .collect();
        sqlx::query(
            "WITH marked AS (
                 UPDATE claim c
                    SET succession = item.succession, next_claim_id = item.next,
                        next_article_id = CASE WHEN item.next IS NULL THEN NULL ELSE $2 END,
                        version = c.version + 1, update_time = now()
                   FROM UNNEST($3::int4[], $4::text[], $5::int4[]) AS item (claim_id, succession, next)
                  WHERE c.article_id = $1 AND c.claim_id = item.claim_id
             ), unqueued AS (DELETE FROM queue WHERE article_id = $1)
             UPDATE article SET version = version + 1 WHERE article_id = $1",
        )
        .bind(self.previous.as_str())
        .bind(self.article.id.as_str())
        .bind(old.iter().map(|claim| claim.key.claim).collect::<Vec<_>>())
        .bind(fates.iter().map(|(succession, _)| succession.as_str()).collect::<Vec<_>>())
        .bind(fates.iter().map(|(_, next)| *next).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
        let mut changes: Vec<Change> = old
            .iter()
            .zip(&fates)
            .map(|(claim, (succession, next))| {
                let next = next.map(|claim| json!({ "article": self.article.id, "claim": claim }));
                Change {
                    article: self.previous.clone(),
                    claim_id: Some(claim.key.claim),
                    kind: ChangeKind::ClaimSuperseded,
                    before: Some(json!({
                        "state": claim.state, "version": claim.version, "review_count": claim.review_count,
                    })),
                    after: Some(json!({
                        "state": claim.state, "version": claim.version + 1, "review_count": claim.review_count,
                        "succession": succession, "next_claim": next,
                    })),
                    reason: String::new(),
                }
            })
            .collect();
        let mut after = StoredArticle { version: before.version + 1, ..before.clone() };
        after.next_version = Some(self.article.id.clone());
        changes.push(article_change(ChangeKind::ArticleSuperseded, &before, &after));
        Ok(changes)
    }
}

/// Makes an article the current one of its address again, as the one behind it is deleted. Gives the changes.
pub(super) async fn restore(
    connection: &mut PgConnection,
    article: &ArticleId,
) -> Result<Vec<Change>, StoreError> {
    lock(connection, &[article]).await?;
    let claims = claim::of_article(connection, article).await?;
    let keys: Vec<ClaimKey> = claims.iter().map(|claim| claim.key.clone()).collect();
    let reviews = if keys.is_empty() { HashMap::new() } else { review::of_claims(connection, &keys).await? };
    let becoming: Vec<Becoming> = claims
        .iter()
        .map(|claim| {
            let lineage = Lineage { succession: Succession::Current, next: None, ..claim.lineage.clone() };
            Becoming::of(claim, lineage, reviews.get(&claim.key).map(Vec::as_slice).unwrap_or_default())
        })
        .collect();
    carry::write(connection, &becoming).await?;
    let mut changes: Vec<Change> = becoming.iter().flat_map(Becoming::changes).collect();
    changes.extend(restored(connection, article, None).await?);
    Ok(changes)
}

/// Writes down that an article is the current one again.
async fn restored(
    connection: &mut PgConnection,
    article: &ArticleId,
    replaced: Option<&ArticleId>,
) -> Result<Option<Change>, StoreError> {
    let Some(before) = read(connection, article, false).await? else { return Ok(None) };
    sqlx::query("UPDATE article SET version = version + 1 WHERE article_id = $1")
        .bind(article.as_str())
        .execute(connection)
        .await?;
    let mut after = StoredArticle { version: before.version + 1, next_version: None, ..before.clone() };
    if let Some(replaced) = replaced {
        after.previous_version = Some(replaced.clone());
    }
    Ok(Some(article_change(ChangeKind::ArticleRestored, &before, &after)))
}

fn article_change(kind: ChangeKind, before: &StoredArticle, after: &StoredArticle) -> Change {
    Change {
        article: before.id.clone(),
        claim_id: None,
        kind,
        before: Some(record(before)),
        after: Some(record(after)),
        reason: String::new(),
    }
}

/// Locks articles, their claims and these claims' rows of the queue, in the order in which everybody does: whoever adds a
/// claim to one of them or decides on one is waited for.
async fn lock(connection: &mut PgConnection, articles: &[&ArticleId]) -> Result<(), StoreError> {
    let articles: Vec<&str> = articles.iter().map(|article| article.as_str()).collect();
    for statement in [
        "SELECT FROM article WHERE article_id = ANY($1) ORDER BY article_id FOR UPDATE",
        "SELECT FROM claim WHERE article_id = ANY($1) ORDER BY article_id, claim_id FOR UPDATE",
        "SELECT FROM queue WHERE article_id = ANY($1) ORDER BY article_id, claim_id FOR UPDATE",
    ] {
        sqlx::query(statement).bind(&articles).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Of each claim of an article that later versions have kept, the last of those, by its number in the article.
async fn latest_kept(
    connection: &mut PgConnection,
    article: &ArticleId,
) -> Result<BTreeMap<i32, StoredClaim>, StoreError> {
    let rows: Vec<(i32, String, i32)> = sqlx::query_as(
        "WITH RECURSIVE chain AS (
             SELECT claim_id AS first, 0 AS step, article_id, claim_id, succession, next_article_id, next_claim_id
               FROM claim WHERE article_id = $1
             UNION ALL
             SELECT chain.first, chain.step + 1, c.article_id, c.claim_id, c.succession, c.next_article_id, c.next_claim_id
               FROM chain
               JOIN claim c ON c.article_id = chain.next_article_id AND c.claim_id = chain.next_claim_id
              WHERE chain.succession = 'KEPT'
         )
         SELECT DISTINCT ON (first) first, article_id, claim_id FROM chain WHERE step > 0
          ORDER BY first, step DESC",
    )
    .bind(article.as_str())
    .fetch_all(&mut *connection)
    .await?;
    let mut first_of = HashMap::with_capacity(rows.len());
    for (first, article, claim) in rows {
        first_of.insert(ClaimKey { article: article.parse().map_err(unreadable)?, claim }, first);
    }
    if first_of.is_empty() {
        return Ok(BTreeMap::new());
    }
    let keys: Vec<ClaimKey> = first_of.keys().cloned().collect();
    let claims = claim::read_all(connection, &keys).await?;
    Ok(claims.into_iter().filter_map(|claim| Some((*first_of.get(&claim.key)?, claim))).collect())
}
