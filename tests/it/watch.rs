//! WatchClaims: every change, in order, none left out and none twice, whatever is cut off in between.

use std::collections::{BTreeMap, HashMap, HashSet};

use claimdesk::proto::v1;
use tonic::{Code, Status, Streaming};
use tonic_types::StatusExt as _;

use super::harness::{self, Options, Server};
use super::samples::{article, decision, fields, first_claim, parent, reason, submission, submit};

type Messages = Streaming<v1::WatchClaimsResponse>;

fn start(arguments: &[&str]) -> (Server, String) {
    let url = harness::database();
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    (Server::start_with(Options { database: Some(url.clone()), arguments, ..Options::default() }), url)
}

async fn watch(server: &Server, request: v1::WatchClaimsRequest) -> Result<Messages, Status> {
    Ok(server.claims().watch_claims(request).await?.into_inner())
}

fn from(token: &str) -> v1::WatchClaimsRequest {
    v1::WatchClaimsRequest { watch_token: token.to_owned(), ..Default::default() }
}

/// The changes up to the first checkpoint, and its token.
async fn until_checkpoint(messages: &mut Messages) -> (Vec<v1::WatchClaimsResponse>, String) {
    let mut changes = Vec::new();
    loop {
        let message = messages.message().await.expect("no error").expect("no end");
        assert!(!message.watch_token.is_empty());
        if message.change.is_none() {
            return (changes, message.watch_token);
        }
        changes.push(message);
    }
}

/// The next change; checkpoints in between are passed over.
async fn next(messages: &mut Messages) -> v1::WatchClaimsResponse {
    loop {
        let message = messages.message().await.expect("no error").expect("no end");
        if message.change.is_some() {
            return message;
        }
    }
}

fn names(messages: &[v1::WatchClaimsResponse]) -> Vec<String> {
    messages.iter().map(|message| message.change.as_ref().expect("a change").name.clone()).collect()
}

/// Everything that is in the log of the articles.
async fn log(server: &Server, articles: &HashSet<String>) -> BTreeMap<String, Vec<v1::Change>> {
    let mut log = BTreeMap::new();
    for article in articles {
        let (mut changes, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = v1::ListChangesRequest { parent: article.clone(), page_size: 1000, page_token };
            let page = server.claims().list_changes(request).await.expect("a list").into_inner();
            changes.extend(page.changes);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        log.insert(article.clone(), changes);
    }
    log
}

#[tokio::test]
async fn a_watch_begins_with_what_was_and_goes_on_with_what_comes() {
    let (server, _) = start(&[]);
    let stored = submit(&server, "watch/begin").await;
    let mut messages = watch(&server, from("")).await.unwrap();
    let (before, _) = until_checkpoint(&mut messages).await;
    assert_eq!(before.len(), 4, "the article and its claims");
    assert_eq!(before[1].claim.as_ref(), Some(&stored.claims[0]));

    let claim = &stored.claims[1].name;
    let answer = server.reviews().review_claim(decision(claim, "VERIFIED")).await.unwrap().into_inner();
    let message = next(&mut messages).await;
    let change = message.change.expect("a change");
    assert_eq!((change.kind.as_str(), &change.claim), ("CLAIM_REVIEWED", claim));
    assert_eq!(message.claim, answer.claim);
    // From then on it is as the log has it, also for one who comes later.
    let reopen = v1::ReopenClaimRequest { name: claim.clone(), ..Default::default() };
    server.reviews().reopen_claim(reopen).await.unwrap();
    let (again, _) = until_checkpoint(&mut watch(&server, from("")).await.unwrap()).await;
    let states: Vec<_> =
        again[4..].iter().map(|message| message.claim.as_ref().unwrap().state.as_str()).collect();
    assert_eq!(states, ["VERIFIED", "UNREVIEWED"]);

    let mut new =
        watch(&server, v1::WatchClaimsRequest { only_new: true, ..Default::default() }).await.unwrap();
    assert!(until_checkpoint(&mut new).await.0.is_empty());
    submit(&server, "watch/begin-new").await;
    let first = next(&mut new).await;
    assert_eq!(first.change.expect("a change").kind, "ARTICLE_CREATED");
}

#[tokio::test]
async fn a_token_resumes_behind_its_message() {
    let (server, _) = start(&[]);
    for at in 0..5 {
        submit(&server, &format!("watch/resume-{at}")).await;
    }
    let (all, end) = until_checkpoint(&mut watch(&server, from("")).await.unwrap()).await;
    assert_eq!(all.len(), 20);
    for (at, message) in all.iter().enumerate() {
        let (rest, rest_end) =
            until_checkpoint(&mut watch(&server, from(&message.watch_token)).await.unwrap()).await;
        assert_eq!(names(&rest), names(&all[at + 1..]));
        assert_eq!(rest_end, end);
    }
}

#[tokio::test]
async fn a_filter_and_an_article_say_what_is_told() {
    let (server, _) = start(&[]);
    let one = submit(&server, "watch/filter").await;
    let english = v1::Article {
        text: "The harbour lost 12 customers in May 2023.".to_owned(),
        language: "en".to_owned(),
        publisher: "Example Courier".to_owned(),
        ..article("watch/filter-english")
    };
    let other = server.articles().submit_article(submission(english)).await.unwrap().into_inner();
    server.reviews().review_claim(decision(&one.claims[0].name, "VERIFIED")).await.unwrap();

    // What the list of claims finds now is what a watch tells of the last change of each.
    for filter in [
        "state = UNREVIEWED",
        "language = en",
        "NOT language = en",
        "publisher : courier OR state = VERIFIED",
        "points.kind = RECORD",
        "points.value = 3.2",
        "points.value > 1000000",
        "points.value >= 2023-01-01",
        "points.value < 2023-06",
        "points.unit = EUR",
        "findings.outcome = SUPPORTED_BY_TEXT",
        "check_worthiness > 0.5",
        "review_count >= 1",
        "quote : HARBOUR",
        "sources.name : agentur",
        "sources.role = SPEAKER",
        "publish_date = 2024-06 AND create_time > 2024",
        "uri : filter-english",
        "modality = ASSERTED AND origin = EXTRACTED",
        "text : \"Präsident\"",
        "Besuch AND NOT customer",
        "text : beschaeftigte OR customer",
        "date >= 2023-01-01 AND figure.unit = EUR",
        "date = 2023",
        "figure.value > 10 AND figure.value < 13",
        "figure.value = 12",
        "kind = FIGURE AND score > 0.1",
        "source : courier",
        "NOT text : umsatz",
        "quote : \"24 Jahre\"",
        "quote : en",
    ] {
        let list = v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            filter: filter.to_owned(),
            ..Default::default()
        };
        let listed = server.claims().list_claims(list).await.expect(filter).into_inner().claims;
        let listed: HashSet<_> = listed.into_iter().map(|claim| (claim.name, claim.etag)).collect();
        let request = v1::WatchClaimsRequest { filter: filter.to_owned(), ..Default::default() };
        let (told, _) = until_checkpoint(&mut watch(&server, request).await.unwrap()).await;
        let told: HashSet<_> = told
            .into_iter()
            .map(|message| message.claim.expect("a claim"))
            .map(|claim| (claim.name, claim.etag))
            // The claim that changed is told as it was before, too.
            .filter(|(name, etag)| *name != one.claims[0].name || *etag != one.claims[0].etag)
            .collect();
        assert_eq!(told, listed, "{filter}");
    }

    let article = other.article.expect("an article").name;
    let request = v1::WatchClaimsRequest { parent: article.clone(), ..Default::default() };
    let mut messages = watch(&server, request).await.unwrap();
    let (told, _) = until_checkpoint(&mut messages).await;
    assert_eq!(told.len(), 2);
    submit(&server, "watch/filter-later").await;
    server.reviews().review_claim(decision(&other.claims[0].name, "DISPUTED")).await.unwrap();
    let change = next(&mut messages).await.change.expect("a change");
    assert_eq!((change.kind.as_str(), parent(&change.claim)), ("CLAIM_REVIEWED", article));
}

#[tokio::test]
async fn a_token_that_cannot_be_used_is_refused() {
    let (server, url) = start(&[]);
    submit(&server, "watch/token").await;
    let (told, end) = until_checkpoint(&mut watch(&server, from("")).await.unwrap()).await;
    for token in ["x", "MQ", "%%%"] {
        let status = watch(&server, from(token)).await.expect_err(token);
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "WATCH_TOKEN_INVALID"));
    }
    let (elsewhere, _) = start(&[]);
    let status = watch(&elsewhere, from(&end)).await.expect_err("of another database");
    assert_eq!(reason(&status), "WATCH_TOKEN_INVALID");
    let both = v1::WatchClaimsRequest { only_new: true, ..from(&end) };
    assert_eq!(fields(&watch(&server, both).await.expect_err("both")), ["only_new"]);
    let wrong = v1::WatchClaimsRequest { filter: "state =".to_owned(), ..Default::default() };
    assert_eq!(reason(&watch(&server, wrong).await.expect_err("a filter")), "FILTER_INVALID");

    // An operator has thrown the oldest changes away.
    harness::query(&url, "DELETE FROM change WHERE position <= 2");
    let status = watch(&server, from(&told[0].watch_token)).await.expect_err("too old");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::OutOfRange, "WATCH_TOKEN_TOO_OLD"));
    let details = status.get_error_details();
    let oldest = details.error_info().and_then(|info| info.metadata.get("oldest_token")).expect("a token");
    let (rest, _) = until_checkpoint(&mut watch(&server, from(oldest)).await.unwrap()).await;
    assert_eq!(names(&rest), names(&told[2..]));
}

#[tokio::test]
async fn a_watch_ends_with_the_service_and_goes_on_with_another() {
    let (server, url) = start(&[]);
    submit(&server, "watch/shutdown").await;
    let mut messages = watch(&server, from("")).await.unwrap();
    let (_, token) = until_checkpoint(&mut messages).await;
    server.signal("TERM");
    let status = messages.message().await.expect_err("an end with a reason");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "SHUTTING_DOWN"));
    assert_eq!(server.wait().code(), Some(0), "no watch holds up the end");
    let other = Server::start_with(Options { database: Some(url), ..Options::default() });
    submit(&other, "watch/shutdown-after").await;
    let (rest, _) = until_checkpoint(&mut watch(&other, from(&token)).await.unwrap()).await;
    assert_eq!(rest.len(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_too_slowly_is_cut_off_and_resumes() {
    let (server, _) = start(&["--watch-buffer", "8"]);
    let mut slow = watch(&server, from("")).await.unwrap();
    let (_, mut token) = until_checkpoint(&mut slow).await;
    // Nobody reads, while more is written than any buffer between holds.
    let mut articles = HashSet::new();
    for at in 0..20 {
        let mut one = article(&format!("watch/slow-{at}"));
        one.text =
            (0..100).map(|guests| format!("Im Jahr 2023 kamen {} Gäste.\n", at * 100 + guests)).collect();
        let stored = server.articles().submit_article(submission(one)).await.unwrap().into_inner();
        articles.insert(stored.article.expect("an article").name);
    }
    let mut told = Vec::new();
    let status = loop {
        match slow.message().await {
            Ok(message) => {
                let message = message.expect("no end without a reason");
                token.clone_from(&message.watch_token);
                told.extend(message.change);
            }
            Err(status) => break status,
        }
    };
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "WATCHER_TOO_SLOW"));
    assert!(told.len() < 2020, "it was cut off before the end");
    while told.len() < 2020 {
        let mut messages = watch(&server, from(&token)).await.unwrap();
        let (rest, end) = until_checkpoint(&mut messages).await;
        told.extend(rest.into_iter().filter_map(|message| message.change));
        token = end;
    }
    assert_complete(told, &log(&server, &articles).await);
}

/// Each change of the log was told once, and those of an article in its order.
#[track_caller]
fn assert_complete(told: Vec<v1::Change>, log: &BTreeMap<String, Vec<v1::Change>>) {
    let mut by_article: HashMap<String, Vec<v1::Change>> = HashMap::new();
    for change in told {
        let article = change.name.split("/changes/").next().expect("a name").to_owned();
        by_article.entry(article).or_default().push(change);
    }
    assert_eq!(by_article.len(), log.len());
    for (article, changes) in log {
        let told = by_article.get(article).map(Vec::as_slice).unwrap_or_default();
        let numbers = |changes: &[v1::Change]| changes.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        assert_eq!(numbers(told), numbers(changes));
        assert_eq!(told, changes.as_slice());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_fifty_times_while_sixteen_write_it_misses_nothing() {
    let (server, url) = start(&[]);
    let server = std::sync::Arc::new(server);
    let mut articles = HashSet::new();
    let mut claims = Vec::new();
    for at in 0..8 {
        let stored = submit(&server, &format!("watch/cut-{at}")).await;
        articles.insert(stored.article.expect("an article").name);
        claims.extend(stored.claims.into_iter().map(|claim| claim.name));
    }
    let (done, mut finished) = tokio::sync::watch::channel(0);
    let done = std::sync::Arc::new(done);
    for writer in 0..16 {
        let (mut reviews, mut submissions) = (server.reviews(), server.articles());
        let (claims, done) = (claims.clone(), std::sync::Arc::clone(&done));
        tokio::spawn(async move {
            for round in 0..25 {
                // Several write about the same claims; who comes too late is refused and goes on.
                let claim = claims[(writer * 7 + round) % claims.len()].clone();
                let _ = reviews.review_claim(decision(&claim, "VERIFIED")).await;
                let reopen = v1::ReopenClaimRequest { name: claim, ..Default::default() };
                let _ = reviews.reopen_claim(reopen).await;
                if round % 5 == 0 {
                    let one = article(&format!("watch/cut-{writer}-{round}"));
                    submissions.submit_article(submission(one)).await.expect("stored");
                }
            }
            done.send_modify(|number| *number += 1);
        });
    }
    let (mut told, mut token, mut cuts) = (Vec::new(), String::new(), 0);
    while cuts < 50 {
        let mut messages = watch(&server, from(&token)).await.unwrap();
        // Some are cut off while they catch up, others while they live on what comes.
        for _ in 0..=(cuts % 9) * 3 {
            // Where the writers are done, the rest is quiet: a checkpoint ends it.
            let message = messages.message().await.unwrap().expect("no end");
            token.clone_from(&message.watch_token);
            let quiet = message.change.is_none();
            told.extend(message.change);
            if quiet && *finished.borrow() == 16 {
                break;
            }
        }
        cuts += 1;
    }
    finished.wait_for(|number| *number == 16).await.expect("the writers");
    let mut messages = watch(&server, from(&token)).await.unwrap();
    told.extend(until_checkpoint(&mut messages).await.0.into_iter().filter_map(|message| message.change));
    for writer in 0..16 {
        for round in (0..25).step_by(5) {
            let one = submit(&server, &format!("watch/cut-{writer}-{round}")).await;
            assert!(!one.created);
            articles.insert(one.article.expect("an article").name);
        }
    }
    let all = harness::number(&url, "SELECT count(*) FROM change");
    assert_eq!(i64::try_from(told.len()).expect("a number"), all);
    assert_complete(told, &log(&server, &articles).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_watchers_ask_the_database_no_more_than_one() {
    const WATCHERS: usize = 2_000;
    const CHANGES: usize = 6;
    let (server, url) = start(&["--database-connections", "4"]);
    let claim = first_claim(&server, "watch/many").await.name;
    let mut watchers = Vec::new();
    for _ in 0..WATCHERS {
        let request = v1::WatchClaimsRequest { only_new: true, ..Default::default() };
        let mut messages = watch(&server, request).await.unwrap();
        until_checkpoint(&mut messages).await;
        watchers.push(messages);
    }
    // A connection tells what it has read when it ends.
    let scans = || {
        let end = "SELECT count(pg_terminate_backend(pid, 20000)) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = 'claimdesk'";
        harness::number(&url, end);
        let scans = "SELECT idx_scan + seq_scan FROM pg_stat_user_tables WHERE relname = 'change'";
        harness::number(&url, scans)
    };
    let before = scans();
    for _ in 0..CHANGES / 2 {
        server.reviews().review_claim(decision(&claim, "VERIFIED")).await.unwrap();
        let reopen = v1::ReopenClaimRequest { name: claim.clone(), ..Default::default() };
        server.reviews().reopen_claim(reopen).await.unwrap();
        for messages in &mut watchers {
            for kind in ["CLAIM_REVIEWED", "CLAIM_REOPENED"] {
                let change = next(messages).await.change.expect("a change");
                assert_eq!(change.kind, kind);
            }
        }
    }
    let read = scans() - before;
    assert!(read >= 1, "at least one reads it");
    assert!(read < i64::try_from(WATCHERS).expect("a number"), "the log was read {read} times");
    // Watching, they hold no connection and no transaction.
    let open = "SELECT count(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND state LIKE 'idle in transaction%'";
    assert_eq!(harness::number(&url, open), 0);
}

#[test]
fn the_client_watches_and_resumes() {
    let (server, _) = start(&[]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let claim = runtime.block_on(first_claim(&server, "watch/client")).name;
    let watched = server.client(&["claims", "watch", "--limit", "4"]);
    assert_eq!((watched.code, watched.stdout.lines().count()), (0, 4), "{watched:?}");
    assert!(
        watched.stdout.contains("article created") && watched.stdout.contains("UNREVIEWED"),
        "{watched:?}"
    );
    let token = watched.stderr.rsplit("--from ").next().expect("a token").trim().to_owned();
    server.client(&["verify", &claim, "--note", "read", "--reviewer", "ada"]).success();
    let arguments = ["claims", "watch", "--limit", "1", "--from", &token, "-o", "jsonl"];
    let lines = server.client(&arguments).success();
    let changes: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|message| !message["change"].is_null())
        .collect();
    assert_eq!(changes.len(), 1);
    assert_eq!(
        (&changes[0]["change"]["actor"], &changes[0]["claim"]["state"]),
        (&"ada".into(), &"VERIFIED".into())
    );
    assert_eq!(server.client(&["claims", "watch", "--from", "x"]).code, 2);
}
