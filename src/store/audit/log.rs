//! The change log by itself: whether each change fits its seal, each seal the one before, and no number is left out.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};

use super::{AuditPage, AuditPlace, Breach, BreachKind};
use crate::store::{
    ArticleId, StoreError, StoredChange,
    article::SHARDS,
    history::{COLUMNS, ChangeRow},
};

/// How many changes are looked at in one go.
const PAGE: i64 = 1000;

/// A change, its shard as it is stored, and the seal that stands before it in the log.
#[derive(FromRow)]
struct Row {
    #[sqlx(flatten)]
    change: ChangeRow,
    shard: i32,
    before_it: Option<String>,
}

/// The counter of a shard, and up to where changes may be without a seal.
#[derive(FromRow, Clone, Copy)]
struct Head {
    position: i64,
    sealed_after: i64,
}

fn question() -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(COLUMNS).push(
        ", h.shard,
           (SELECT o.hash FROM change o
             WHERE o.article_id = h.article_id AND o.position < h.position AND o.hash IS NOT NULL
             ORDER BY o.position DESC LIMIT 1) AS before_it
           FROM change h WHERE ",
    );
    sql
}

async fn head(connection: &mut PgConnection, shard: i32) -> Result<Head, StoreError> {
    let head = sqlx::query_as("SELECT position, sealed_after FROM stream_head WHERE shard = $1")
        .bind(shard)
        .fetch_optional(connection)
        .await?;
    Ok(head.unwrap_or(Head { position: 0, sealed_after: 0 }))
}

/// A page of the changes of one article, behind a position.
pub(super) async fn of_article(
    connection: &mut PgConnection,
    article: &ArticleId,
    after: i64,
) -> Result<AuditPage, StoreError> {
    let head = head(connection, article.shard()).await?;
    let mut sql = question();
    sql.push("h.article_id = ").push_bind(article.as_str().to_owned());
    sql.push(" AND h.position > ").push_bind(after).push(" ORDER BY h.position LIMIT ").push_bind(PAGE);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *connection).await?;
    let mut page = AuditPage::default();
    let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
    let mut last = after;
    for row in rows {
        last = check(row, head, &mut page)?.position;
    }
    page.next = Some(match full {
        true => AuditPlace::Log { shard: 0, position: last, article: String::new() },
        false => AuditPlace::Rows(String::new()),
    });
    Ok(page)
}

/// A page of the changes of one shard, behind a position and an article at it.
pub(super) async fn of_shard(
    connection: &mut PgConnection,
    shard: i32,
    after: i64,
    after_article: String,
) -> Result<AuditPage, StoreError> {
    // Read before the changes: all up to it are committed.
    let head = self::head(connection, shard).await?;
    let mut sql = question();
    sql.push("h.shard = ").push_bind(shard);
    sql.push(" AND (h.position, h.article_id) > (")
        .push_bind(after)
        .push(", ")
        .push_bind(after_article.clone());
    sql.push(") ORDER BY h.position, h.article_id LIMIT ").push_bind(PAGE);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(&mut *connection).await?;
    let full = rows.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
    let mut page = AuditPage::default();
    let (mut last, mut last_article) = (after, after_article);
    for row in rows {
        let change = check(row, head, &mut page)?;
        if change.position > last + 1 {
            page.breaches.push(missing(shard, last + 1, change.position - 1));
        }
        if change.position == last {
            page.breaches.push(breach(
                BreachKind::Added,
                &change,
                format!("the log has two changes {} in shard {shard}", change.position),
            ));
        }
        last = change.position;
        last_article = change.article.into();
    }
    if full {
        page.next = Some(AuditPlace::Log { shard, position: last, article: last_article });
        return Ok(page);
    }
    if last < head.position {
        page.breaches.push(missing(shard, last + 1, head.position));
    }
    // Read behind the changes: none is numbered higher.
    let head = self::head(connection, shard).await?;
    if last > head.position {
        page.breaches.push(Breach {
            kind: BreachKind::Added,
            article: None,
            claim: None,
            position: Some(head.position + 1),
            description: format!(
                "the log goes up to {last} in shard {shard}, but only {} were counted",
                head.position
            ),
        });
    }
    page.next = Some(match shard + 1 < i32::from(SHARDS) {
        true => AuditPlace::Log { shard: shard + 1, position: 0, article: String::new() },
        false => AuditPlace::Rows(String::new()),
    });
    Ok(page)
}

/// Holds a change against its seal, and that against the one before.
fn check(row: Row, head: Head, page: &mut AuditPage) -> Result<StoredChange, StoreError> {
    let (shard, before_it) = (row.shard, row.before_it.unwrap_or_default());
    let change = StoredChange::try_from(row.change)?;
    page.changes += 1;
    let mut found =
        |kind, description: &str| page.breaches.push(breach(kind, &change, description.to_owned()));
    if shard != change.article.shard() {
        found(BreachKind::Altered, "it stands in the shard of another article");
    }
    match &change.seal {
        Some(seal) => {
            if change.entry().seal(&seal.previous) != seal.hash {
                found(BreachKind::Altered, "it is not what was sealed");
            }
            if seal.previous != before_it {
                found(
                    BreachKind::Removed,
                    "the change of the article that it was sealed behind is not there, or was sealed anew",
                );
            }
        }
        None if change.position > head.sealed_after => found(
            BreachKind::Unsealed,
            "it has no seal: somebody took it away, or a version of claimdesk without seals wrote it",
        ),
        None => page.unsealed += 1,
    }
    Ok(change)
}

fn breach(kind: BreachKind, change: &StoredChange, description: String) -> Breach {
    let (article, claim) = (Some(change.article.clone()), change.claim);
    Breach { kind, article, claim, position: Some(change.position), description }
}

fn missing(shard: i32, first: i64, last: i64) -> Breach {
    let what =
        if first == last { format!("change {first} is") } else { format!("changes {first} to {last} are") };
    Breach {
        kind: BreachKind::Removed,
        article: None,
        claim: None,
        position: Some(first),
        description: format!("{what} missing in shard {shard}"),
    }
}
