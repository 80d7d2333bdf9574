//! The change log: what it says, and that nothing in it, or besides it, is altered or taken out unseen.

use claimdesk::proto::v1;
use sha2::Digest as _;
use tonic::{Code, Status};

use super::harness::{self, Options, Server};
use super::queue::by;
use super::samples::{decision, parent, reason, submit};

/// A service on a database of its own, and the database.
pub(crate) fn start() -> (Server, String) {
    let url = harness::database();
    (Server::start_with(Options { database: Some(url.clone()), ..Options::default() }), url)
}

pub(crate) async fn changes(server: &Server, parent: &str) -> Result<Vec<v1::Change>, Status> {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        // Two at a time, so that there are pages.
        let request = v1::ListChangesRequest { parent: parent.to_owned(), page_size: 2, page_token };
        let page = server.claims().list_changes(request).await?.into_inner();
        all.extend(page.changes);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

/// All that an audit finds: kinds and names.
pub(crate) async fn audit(server: &Server, parent: &str) -> Vec<(String, String)> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::VerifyChangesRequest { parent: parent.to_owned(), page_token };
        let part = server.claims().verify_changes(request).await.expect("an audit").into_inner();
        for breach in part.breaches {
            assert!(!breach.description.is_empty(), "{breach:?}");
            found.push((breach.kind, breach.name));
        }
        page_token = part.next_page_token;
        if page_token.is_empty() {
            return found;
        }
    }
}

/// Stores an article, decides on its first claim, and takes that back.
async fn eventful(server: &Server, label: &str) -> Vec<v1::Claim> {
    let claims = submit(server, label).await.claims;
    server.reviews().review_claim(by("ada", decision(&claims[0].name, "VERIFIED"))).await.expect("decided");
    let reopen = v1::ReopenClaimRequest {
        name: claims[0].name.clone(),
        note: "too early".to_owned(),
        ..Default::default()
    };
    server.reviews().reopen_claim(by("bob", reopen)).await.expect("reopened");
    claims
}

#[tokio::test]
async fn the_log_of_a_claim_says_what_was_and_what_is() {
    let server = harness::shared();
    let claims = eventful(server, "history/claim").await;
    let log = changes(server, &claims[0].name).await.unwrap();
    let kinds: Vec<_> = log.iter().map(|change| change.kind.as_str()).collect();
    assert_eq!(kinds, ["CLAIM_CREATED", "CLAIM_REVIEWED", "CLAIM_REOPENED"]);
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
    assert_eq!(log[0].before, "");
    assert_eq!(json(&log[0].after)["claim"]["quote"], claims[0].quote.as_str());
    assert_eq!(json(&log[1].before)["state"], "UNREVIEWED");
    assert_eq!(json(&log[1].after)["state"], "VERIFIED");
    assert_eq!(json(&log[1].after)["review"]["evidence"][0]["uri"], "https://example.org/report");
    assert_eq!((log[1].actor.as_str(), log[1].reason.as_str()), ("ada", "read in the report"));
    assert_eq!((log[2].actor.as_str(), log[2].reason.as_str()), ("bob", "too early"));
    assert_eq!(json(&log[2].before)["state"], "VERIFIED");
    assert!(log.iter().all(|change| change.claim == claims[0].name && change.change_time.is_some()));
}

#[tokio::test]
async fn the_log_of_an_article_outlives_it() {
    let server = harness::shared();
    let claims = eventful(server, "history/article").await;
    let article = parent(&claims[0].name);
    let delete = v1::DeleteArticleRequest { name: article.clone(), force: true, ..Default::default() };
    server.articles().delete_article(delete).await.unwrap();
    let log = changes(server, &article).await.unwrap();
    let kinds: Vec<_> = log.iter().map(|change| change.kind.as_str()).collect();
    let created = ["ARTICLE_CREATED", "CLAIM_CREATED", "CLAIM_CREATED", "CLAIM_CREATED"];
    let deleted = ["CLAIM_DELETED", "CLAIM_DELETED", "CLAIM_DELETED", "ARTICLE_DELETED"];
    let decided = ["CLAIM_REVIEWED", "CLAIM_REOPENED"];
    assert_eq!(kinds, [created.as_slice(), &decided, &deleted].concat());
    assert_eq!((log[0].claim.as_str(), log[9].after.as_str()), ("", ""));
    assert_eq!(changes(server, &claims[0].name).await.unwrap().len(), 4);
    assert_eq!(audit(server, &article).await, []);

    // Stored anew, its log goes on.
    submit(server, "history/article").await;
    assert_eq!(changes(server, &article).await.unwrap().len(), 14);
    assert_eq!(audit(server, &article).await, []);
}

#[tokio::test]
async fn seals_can_be_made_again_from_what_is_listed() {
    let server = harness::shared();
    let article = parent(&eventful(server, "history/seals").await[0].name);
    let mut previous = String::new();
    for change in changes(server, &article).await.unwrap() {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let or_null = |json: &str| if json.is_empty() { "null".to_owned() } else { json.to_owned() };
        let claim = change.claim.rsplit('/').next().unwrap_or_default();
        let time = change.change_time.expect("a time");
        let time = jiff::Timestamp::new(time.seconds, time.nanos).expect("a time");
        let covered = format!(
            r#"{{"actor":{},"after":{},"article":"{}","before":{},"change_time":"{}","claim":{},"kind":"{}","position":{},"previous_hash":"{previous}","reason":{}}}"#,
            text(&change.actor),
            or_null(&change.after),
            article.trim_start_matches("articles/"),
            or_null(&change.before),
            time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ"),
            or_null(claim),
            change.kind,
            change.name.rsplit('/').next().expect("a number"),
            text(&change.reason),
        );
        assert_eq!(change.previous_hash, previous);
        assert_eq!(change.hash, data_encoding::HEXLOWER.encode(&sha2::Sha256::digest(&covered)), "{covered}");
        previous = change.hash;
    }
}

#[tokio::test]
async fn what_never_was_has_no_history() {
    let server = harness::shared();
    let claim = submit(server, "history/none").await.claims[0].name.clone();
    let unknown = format!("{claim}99");
    let status = changes(server, &unknown).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "CLAIM_NOT_FOUND"));
    let status = changes(server, "articles/0000000000000000").await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "ARTICLE_NOT_FOUND"));
    for name in ["", "articles/-", "articles/-/claims/-", "claims/7"] {
        let status = changes(server, name).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "NAME_INVALID"),
            "{name}"
        );
    }
    for token in ["x", "e30"] {
        let request = v1::VerifyChangesRequest { page_token: token.to_owned(), ..Default::default() };
        let status = server.claims().verify_changes(request).await.unwrap_err();
        assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_many_write_at_once_is_sealed_without_a_gap() {
    let (server, _) = start();
    let mut claims = Vec::new();
    for at in 0..6 {
        claims.extend(submit(&server, &format!("history/many-{at}")).await.claims);
    }
    // Many decide on the claims of the same articles, one by one and in batches, while articles come and go.
    let mut tasks = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        let (mut client, mut articles) = (server.reviews(), server.articles());
        let (name, other) = (claim.name.clone(), claims[(at + 5) % claims.len()].name.clone());
        tasks.push(tokio::spawn(async move {
            for _ in 0..5 {
                let _ = client.review_claim(decision(&name, "VERIFIED")).await;
                let reopen = v1::ReopenClaimRequest { name: name.clone(), ..Default::default() };
                let _ = client.reopen_claim(reopen).await;
                let requests = vec![decision(&other, "DISMISSED"), decision(&name, "DISPUTED")];
                let batch = v1::BatchReviewClaimsRequest { requests, ..Default::default() };
                let _ = client.batch_review_claims(batch).await;
            }
            if at % 9 == 0 {
                let name = parent(&name);
                let delete = v1::DeleteArticleRequest { name, force: true, ..Default::default() };
                articles.delete_article(delete).await.unwrap();
            }
        }));
    }
    // An audit at any moment finds nothing wrong.
    while tasks.iter().any(|task| !task.is_finished()) {
        assert_eq!(audit(&server, "").await, []);
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn whatever_is_altered_is_found_where_it_is() {
    let (server, url) = start();
    let cases: [(&str, &[(&str, &str)]); 15] = [
        (
            "UPDATE change SET after = jsonb_set(after, '{state}', '\"DISPUTED\"') WHERE CHANGE",
            &[("ALTERED", "CHANGE")],
        ),
        ("UPDATE change SET actor = 'mallory' WHERE CHANGE", &[("ALTERED", "CHANGE")]),
        ("UPDATE change SET reason = '' WHERE CHANGE", &[("ALTERED", "CHANGE")]),
        (
            "UPDATE change SET change_time = change_time - interval '1 microsecond' WHERE CHANGE",
            &[("ALTERED", "CHANGE")],
        ),
        // A seal of one's own does not fit what follows.
        (
            "UPDATE change SET hash = repeat('0', 64) WHERE CHANGE",
            &[("ALTERED", "CHANGE"), ("REMOVED", "NEXT")],
        ),
        (
            "UPDATE change SET hash = NULL, previous_hash = NULL WHERE CHANGE",
            &[("UNSEALED", "CHANGE"), ("REMOVED", "NEXT")],
        ),
        ("DELETE FROM change WHERE CHANGE", &[("REMOVED", "NEXT"), ("ROW_DIFFERS", "CLAIM")]),
        ("UPDATE claim SET state = 'VERIFIED' WHERE CLAIM", &[("ROW_DIFFERS", "CLAIM")]),
        ("UPDATE claim SET quote = 'Es waren 13.' WHERE CLAIM", &[("ROW_DIFFERS", "CLAIM")]),
        (
            "UPDATE point SET detail = jsonb_set(detail, '{text}', '\"2024\"') WHERE CLAIM",
            &[("ROW_DIFFERS", "CLAIM")],
        ),
        ("UPDATE review SET verdict = 'DISPUTED' WHERE CLAIM AND review_id = 1", &[("ROW_DIFFERS", "CLAIM")]),
        ("DELETE FROM review WHERE CLAIM AND review_id = 2", &[("ROW_DIFFERS", "CLAIM")]),
        ("DELETE FROM claim WHERE CLAIM", &[("ROW_DIFFERS", "CLAIM")]),
        ("UPDATE article SET body = body || '!' WHERE ARTICLE", &[("ROW_DIFFERS", "ARTICLE")]),
        ("UPDATE article SET publisher = 'Somebody' WHERE ARTICLE", &[("ROW_DIFFERS", "ARTICLE")]),
    ];
    for (at, (statement, expected)) in cases.into_iter().enumerate() {
        let claim = eventful(&server, &format!("history/altered-{at}")).await[0].name.clone();
        let article = parent(&claim);
        assert_eq!(audit(&server, &article).await, [], "before {statement}");
        let log = changes(&server, &claim).await.unwrap();
        let (change, next) = (&log[1].name, &log[2].name);
        let id = article.trim_start_matches("articles/");
        let number = |name: &str| name.rsplit('/').next().expect("a number").to_owned();
        let statement = statement
            .replace("WHERE CHANGE", &format!("WHERE article_id = '{id}' AND position = {}", number(change)))
            .replace("WHERE CLAIM", &format!("WHERE article_id = '{id}' AND claim_id = {}", number(&claim)))
            .replace("WHERE ARTICLE", &format!("WHERE article_id = '{id}'"));
        harness::query(&url, &statement);
        let name = |place: &str| match place {
            "CHANGE" => change.clone(),
            "NEXT" => next.clone(),
            "CLAIM" => claim.clone(),
            _ => article.clone(),
        };
        let expected: Vec<_> = expected.iter().map(|(kind, place)| (kind.to_string(), name(place))).collect();
        assert_eq!(audit(&server, &article).await, expected, "{statement}");
        // And in a look at all, among what was altered before.
        let all = audit(&server, "articles/-").await;
        assert!(expected.iter().all(|one| all.contains(one)), "{statement}: {all:?}");
    }
}

#[tokio::test]
async fn the_end_of_a_log_cannot_be_cut_off_unseen() {
    for (statement, expected) in [
        // The numbers of the shard show it, and the claim and its review do.
        ("", [("REMOVED", ""), ("ROW_DIFFERS", "CLAIM"), ("ROW_DIFFERS", "CLAIM")].as_slice()),
        // Who sets the numbers back as well has still the claim against them.
        (
            "UPDATE stream_head SET position = position - 1 WHERE position > 0",
            &[("ROW_DIFFERS", "CLAIM"), ("ROW_DIFFERS", "CLAIM")],
        ),
        // And who puts the claim back has the numbers.
        (
            "UPDATE claim SET state = 'VERIFIED', version = version - 1, review_count = 1 WHERE review_count = 2;
             DELETE FROM review WHERE review_id = 2",
            &[("REMOVED", "")],
        ),
    ] {
        let (server, url) = start();
        let claim = eventful(&server, "history/cut").await[0].name.clone();
        assert_eq!(audit(&server, "").await, []);
        harness::query(&url, &format!("DELETE FROM change WHERE kind = 'CLAIM_REOPENED'; {statement}"));
        let name = |place: &str| if place == "CLAIM" { claim.clone() } else { String::new() };
        let expected: Vec<_> = expected.iter().map(|(kind, place)| (kind.to_string(), name(place))).collect();
        assert_eq!(audit(&server, "").await, expected, "{statement}");
    }
    // More than was counted, or the same number twice.
    let (server, url) = start();
    eventful(&server, "history/more").await;
    harness::query(
        &url,
        "INSERT INTO change SELECT article_id, shard, position + 1, claim_id, kind, before, after, actor, reason,
                                   change_time, previous_hash, hash FROM change WHERE kind = 'CLAIM_REOPENED'",
    );
    let kinds: Vec<_> = audit(&server, "").await.into_iter().map(|(kind, _)| kind).collect();
    assert!(kinds.contains(&"ADDED".to_owned()) && kinds.contains(&"ALTERED".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn the_service_itself_cannot_alter_the_log() {
    let url = harness::database();
    let name = url.rsplit('/').next().expect("a name").to_owned();
    harness::administer(&format!("CREATE ROLE app_{name} LOGIN; ALTER DATABASE {name} OWNER TO app_{name}"));
    let url = url.replace("claimdesk@", &format!("app_{name}@"));
    let server = Server::start_with(Options { database: Some(url.clone()), ..Options::default() });
    eventful(&server, "history/role").await;
    for statement in ["UPDATE change SET reason = ''", "DELETE FROM change", "TRUNCATE change"] {
        let refused = harness::refused(&url, statement);
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
    assert_eq!(audit(&server, "").await, []);
}

#[tokio::test]
async fn what_is_older_than_the_seals_is_counted() {
    let (server, url) = start();
    eventful(&server, "history/older").await;
    // As the migration finds what a version without seals has written.
    harness::query(
        &url,
        "UPDATE change SET hash = NULL, previous_hash = NULL; UPDATE stream_head SET sealed_after = position",
    );
    let claims = eventful(&server, "history/newer").await;
    let article = parent(&claims[0].name);
    assert!(changes(&server, &article).await.unwrap().iter().all(|change| !change.hash.is_empty()));
    let (mut older, mut page_token) = (0, String::new());
    loop {
        let request = v1::VerifyChangesRequest { page_token, ..Default::default() };
        let part = server.claims().verify_changes(request).await.unwrap().into_inner();
        assert_eq!(part.breaches, []);
        older += part.unsealed_count;
        page_token = part.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(older, 6);
}

#[test]
fn the_client_shows_the_log_and_what_is_wrong_with_it() {
    let (server, url) = start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let claim = runtime.block_on(eventful(&server, "history/client"))[0].name.clone();
    let short = claim.replace("articles/", "").replace("/claims", "");
    let table = server.client(&["changes", "list", &short]).success();
    for part in ["claim created", "claim reviewed", "VERIFIED", "ada", "too early"] {
        assert!(table.contains(part), "{part} is missing:\n{table}");
    }
    let lines = server.client(&["changes", "list", &parent(&claim), "--all", "-o", "jsonl"]).success();
    assert_eq!(lines.lines().count(), 6);
    let good = server.client(&["audit", "verify"]);
    assert!(good.code == 0 && good.stderr.contains("All of it is as it was written"), "{good:?}");
    harness::query(&url, "UPDATE change SET reason = 'another' WHERE kind = 'CLAIM_REOPENED'");
    let bad = server.client(&["audit", "verify"]);
    assert!(bad.code == 1 && bad.stdout.contains("ALTERED"), "{bad:?}");
    let log = runtime.block_on(changes(&server, &claim)).unwrap();
    assert_eq!(server.client(&["audit", "verify", "-o", "name"]).stdout.trim(), log[2].name);
    assert_eq!(server.client(&["audit", "verify", &parent(&claim)]).code, 1);
}
