//! What claimdesk asks of a database, put to one: `make conformance DATABASE=URL` tells which promises an engine that speaks
//! PostgreSQL's protocol keeps. Without a URL it is the run's PostgreSQL.
//!
//! Nothing is asked but through the service, so that whatever answers like PostgreSQL may be behind it; and nothing is needed
//! but one database of its own, which may have been used for this before.

#![expect(clippy::print_stdout, reason = "a report for whoever certifies an engine")]

mod claims;
mod record;
mod side_by_side;

use std::time::Duration;

use claimdesk::proto::v1;
use tokio::time::timeout;

use super::harness::{self, Options, Server};
use super::samples::{article, submission};

/// Longer than a promise takes to keep.
const PATIENCE: Duration = Duration::from_secs(120);

/// Two services on the database that is looked at.
#[derive(Clone)]
pub(super) struct Engine {
    first: &'static Server,
    second: &'static Server,
    url: String,
    /// Makes the articles of this run others than those of a run before.
    run: String,
}

impl Engine {
    /// Stores the article of this label.
    async fn submit(&self, label: &str) -> v1::SubmitArticleResponse {
        let request = submission(article(&self.label(label)));
        self.first.articles().submit_article(request).await.expect("stored").into_inner()
    }

    fn label(&self, label: &str) -> String {
        format!("conformance/{}/{label}", self.run)
    }

    async fn claim(&self, name: &str) -> v1::Claim {
        let request = v1::GetClaimRequest { name: name.to_owned() };
        self.second.claims().get_claim(request).await.expect("a claim").into_inner().claim.expect("a claim")
    }
}

/// Puts promises to the engine, each as a task of its own, so that one that is broken keeps the others not back.
macro_rules! promises {
    ($engine:expr, $($room:ident::$promise:ident),+ $(,)?) => {{
        let mut broken = Vec::new();
        $(
            let name = stringify!($promise).replace('_', " ");
            let kept = timeout(PATIENCE, tokio::spawn($room::$promise($engine.clone()))).await;
            let kept = matches!(kept, Ok(Ok(())));
            println!("{}  {name}", if kept { "kept  " } else { "BROKEN" });
            if !kept {
                broken.push(name);
            }
        )+
        broken
    }};
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_database_keeps_what_claimdesk_promises() {
    let given = std::env::var("CLAIMDESK_CONFORMANCE_URL").ok().filter(|url| !url.trim().is_empty());
    let url = given.unwrap_or_else(harness::database);
    let migrate = || {
        let mut command = harness::client_command(&["migrate"]);
        command.env("DATABASE_URL", &url);
        harness::answer(&mut command, "")
    };
    // Two at once, and once more.
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(migrate);
        (migrate(), other.join().expect("no panic"))
    });
    one.success();
    other.success();
    assert!(migrate().stderr.contains(" 0 of them new"));
    println!("kept    the schema can be made by two at once and is made once");

    let start = || {
        let arguments = vec!["--migrate".to_owned(), "check".to_owned()];
        let server =
            Server::start_with(Options { database: Some(url.clone()), arguments, ..Options::default() });
        &*Box::leak(Box::new(server))
    };
    let engine =
        Engine { first: start(), second: start(), url: url.clone(), run: uuid::Uuid::now_v7().to_string() };
    let broken = promises!(
        engine,
        claims::an_article_is_read_back_as_it_was_stored,
        claims::two_thousand_claims_are_stored_in_one_piece,
        claims::a_new_version_keeps_what_has_not_changed,
        claims::what_is_deleted_takes_everything_with_it,
        claims::what_is_only_checked_leaves_nothing,
        claims::words_and_ranges_find_their_claims,
        claims::pages_have_everything_once_while_others_write,
        claims::what_was_seen_before_is_found,
        side_by_side::the_same_article_at_once_is_one,
        side_by_side::the_same_request_at_once_is_carried_out_once,
        side_by_side::versions_at_once_come_one_after_the_other,
        side_by_side::of_two_decisions_at_once_one_is_made,
        side_by_side::each_claim_is_leased_to_one_alone,
        side_by_side::a_lease_that_is_over_is_free,
        side_by_side::batches_at_once_do_not_wait_in_a_circle,
        record::an_old_etag_decides_nothing,
        record::a_batch_is_made_whole_or_not_at_all,
        record::a_watch_misses_nothing_while_many_write,
        record::the_log_of_an_article_is_in_the_order_of_what_happened,
        record::a_service_that_is_killed_leaves_nothing_half_done,
        record::everything_on_record_is_sealed,
    );
    for server in [engine.first, engine.second] {
        server.signal("TERM");
        server.wait();
    }
    assert!(broken.is_empty(), "broken: {broken:#?}");
}
