//! Two roles of the database: one owns the schema, the other serves from it.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use claimdesk::proto::v1;

use super::{database_name, migrate, two_roles};
use crate::harness::{self, Options, Server, answer, client_command, number, refused};
use crate::queue::by;
use crate::samples::{GERMAN, article, decision, submission, submit};

const SECOND: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.\n\
    Es ist der erste Besuch eines Präsidenten seit 24 Jahren.\n\
    Der Umsatz sank im vergangenen Jahr auf 1,6 Milliarden Euro.\n";

fn checking(url: &str, more: &[&str]) -> Server {
    let arguments = [&["--migrate", "check"], more].concat().into_iter().map(str::to_owned).collect();
    Server::start_with(Options { database: Some(url.to_owned()), arguments, ..Options::default() })
}

#[test]
fn a_service_that_may_not_change_the_schema_waits_for_it() {
    let (owner, serving, role) = two_roles();
    let log = harness::scratch("waiting").join("log");
    let mut command = client_command(&["serve", "--listen", "127.0.0.1:0", "--migrate", "check"]);
    command.env("DATABASE_URL", &serving).stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(fs::File::create(&log).expect("a log file"));
    let mut service = command.spawn().expect("the built binary");
    harness::reap(service.id());
    let mut says = |what: &str| {
        let began = Instant::now();
        loop {
            let log = fs::read_to_string(&log).expect("a log file");
            if log.contains(what) {
                return log;
            }
            let ended = service.try_wait().expect("a child");
            assert!(ended.is_none() && began.elapsed() < Duration::from_secs(60), "no \"{what}\":\n{log}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let log = says("waiting for the database's schema");
    assert!(log.contains("migrations are missing") && log.contains("claimdesk migrate"), "{log}");
    let told = migrate(&owner, &["--serving-role", &role]);
    assert!(told.stderr.contains("up to date") && told.stderr.contains(&role), "{told:?}");
    assert_eq!(told.code, 0, "{told:?}");
    says("listening on");
    harness::kill("TERM", service.id());
    assert_eq!(service.wait().expect("a child").code(), Some(0));
    harness::release(service.id());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_that_serves_needs_no_right_to_change_the_schema() {
    let (owner, serving, role) = two_roles();
    migrate(&owner, &["--serving-role", &role]).success();
    assert!(migrate(&owner, &["--serving-role", &role]).stderr.contains(" 0 of them new"), "a second time");
    let server = checking(&serving, &[]);

    // Everything that writes.
    let stored = submit(&server, "roles/one").await;
    let name = stored.article.expect("an article").name;
    let mut reviews = server.reviews();
    let leased =
        reviews.lease_claims(by("ada", v1::LeaseClaimsRequest { max_claims: 3, ..Default::default() })).await;
    let leases = leased.expect("leases").into_inner().leases;
    assert_eq!(leases.len(), 3);
    let decided = leases[0].claim.as_ref().expect("a claim").name.clone();
    let request = v1::ReviewClaimRequest {
        lease_token: leases[0].token.clone(),
        request_id: "roles-1".to_owned(),
        ..decision(&decided, "VERIFIED")
    };
    reviews.review_claim(by("ada", request)).await.expect("a review");
    for (at, lease) in leases.iter().enumerate().skip(1) {
        let name = lease.claim.as_ref().expect("a claim").name.clone();
        let token = lease.token.clone();
        if at == 1 {
            let request = v1::RenewLeaseRequest { name, lease_token: token, ..Default::default() };
            reviews.renew_lease(by("ada", request)).await.expect("renewed");
        } else {
            reviews
                .release_lease(by(
                    "ada",
                    v1::ReleaseLeaseRequest { name, lease_token: token, ..Default::default() },
                ))
                .await
                .expect("released");
        }
    }
    let reopened =
        v1::ReopenClaimRequest { name: decided.clone(), note: "once more".to_owned(), ..Default::default() };
    reviews.reopen_claim(by("ada", reopened)).await.expect("reopened");
    let mut second = article("roles/one");
    second.text = SECOND.to_owned();
    let next = server.articles().submit_article(submission(second)).await.expect("a version").into_inner();
    let by_hand = v1::SubmitClaimRequest {
        parent: next.article.as_ref().expect("an article").name.clone(),
        claim: Some(v1::Claim { quote: "auf 1,6 Milliarden Euro".to_owned(), ..Default::default() }),
        ..Default::default()
    };
    server.claims().submit_claim(by_hand).await.expect("a claim by hand");
    let next = next.article.expect("an article").name;
    let search = v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        filter: "Umsatz AND state = UNREVIEWED".to_owned(),
        ..Default::default()
    };
    let found = server.claims().list_claims(search).await.expect("a search").into_inner();
    assert!(!found.claims.is_empty());
    let line =
        serde_json::json!({"text": GERMAN, "uri": "https://example.org/roles/import", "language": "de"});
    let mut import = client_command(&["import", "-", "-o", "jsonl"]);
    answer(import.env("CLAIMDESK_SERVER", server.url()), format!("{line}\n")).success();
    for name in [&next, &name] {
        server.client(&["articles", "delete", name, "--force"]).success();
    }
    server.client(&["audit", "verify"]).success();
    drop(server);

    // And tokens, which are made where credentials are asked for.
    let file = harness::scratch("roles").join("admin.token").display().to_string();
    let server = checking(&serving, &["--bootstrap-token-file", &file]);
    let token = server
        .client(&["tokens", "create", "ada", "--role", "reader", "--token-file", &file, "-o", "json"])
        .json();
    let id = token["name"].as_str().or_else(|| token["token"]["name"].as_str()).expect("a name").to_owned();
    server.client(&["tokens", "revoke", &id, "--token-file", &file]).success();
    drop(server);

    // And nothing beyond.
    for statement in [
        "CREATE TABLE more (id int)",
        "ALTER TABLE claim ADD COLUMN more int",
        "DROP TABLE queue",
        "UPDATE change SET actor = 'somebody'",
        "DELETE FROM change",
        "TRUNCATE change",
        "UPDATE review SET verdict = 'DISPUTED'",
        "DELETE FROM review",
        "DELETE FROM claim",
        "UPDATE _sqlx_migrations SET success = false",
    ] {
        let said = refused(&serving, statement);
        assert!(said.contains("permission denied") || said.contains("must be owner"), "{statement}: {said}");
    }
    let said = refused(&owner, "DELETE FROM change");
    assert!(said.contains("permission denied"), "{said}");
    let closed = format!(
        "SELECT count(*) FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            AND NOT has_table_privilege('{role}', c.oid, 'SELECT')"
    );
    assert_eq!(number(&owner, &closed), 0, "a table that the serving role has no right to");
}

#[test]
fn what_is_wrong_with_a_migration_is_told() {
    let (owner, serving, _) = two_roles();
    let nowhere = migrate("", &[]);
    assert_eq!(nowhere.code, 2);
    insta::assert_snapshot!(nowhere.stderr, @"claimdesk: --database-url: which database? Give its URL, or DATABASE_URL; a private PostgreSQL is brought up to date by claimdesk serve itself");
    let odd = migrate("mysql://user:secret@host/db", &[]);
    assert!(odd.code == 2 && !odd.stderr.contains("secret"), "{odd:?}");
    let powerless = migrate(&serving, &[]);
    assert_eq!(powerless.code, 1, "{powerless:?}");
    assert!(powerless.stderr.contains("permission denied"), "{powerless:?}");
    let nobody = migrate(&owner, &["--serving-role", "nobody_of_this_name"]);
    assert_eq!(nobody.code, 1, "{nobody:?}");
    assert!(nobody.stderr.contains("\"nobody_of_this_name\" does not exist"), "{nobody:?}");
    let same = migrate(&owner, &["--serving-role", &format!("owner_{}", database_name(&owner))]);
    assert!(same.code == 2 && same.stderr.contains("leave it out"), "{same:?}");
    let mut serve = client_command(&["serve", "--listen", "127.0.0.1:0", "--migrate", "sometimes"]);
    let refused = answer(serve.env("DATABASE_URL", &owner), "");
    assert!(refused.code == 2 && refused.stderr.contains("auto or check"), "{refused:?}");
    let alone = harness::offline(&["serve", "--listen", "127.0.0.1:0", "--migrate", "check"], "");
    assert!(alone.code == 2 && alone.stderr.contains("--migrate"), "{alone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_schema_is_refused_and_a_later_one_is_served() {
    let url = harness::database();
    migrate(&url, &[]).success();
    harness::query(
        &url,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'of a later version', true, '\\x00', 1)",
    );
    let server = checking(&url, &[]);
    assert!(server.log().contains("a later version"), "{}", server.log());
    submit(&server, "roles/later").await;
    drop(server);
    harness::query(&url, "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 1");
    let arguments = vec!["--migrate".to_owned(), "check".to_owned()];
    let options = Options { database: Some(url), arguments, ..Options::default() };
    let log = Server::spawn(options).err().expect("refused");
    assert!(log.contains("this version cannot work on the database; migration 1 was applied"), "{log}");
}

#[test]
fn the_client_tells_whether_a_service_answers() {
    let server = Server::start();
    let healthy = server.client(&["health"]);
    assert_eq!((healthy.code, healthy.stdout.as_str()), (0, ""), "{healthy:?}");
    assert_eq!(server.client(&["health", "claimdesk.v1.ClaimService"]).code, 0);
    assert_eq!(server.client(&["health", "claimdesk.v1.NoSuchService"]).code, 1);
    assert_eq!(server.client(&["health", "--no-such-option"]).code, 2);
    server.signal("TERM");
    server.wait();
    let gone = server.client(&["health", "--timeout", "1s"]);
    assert_eq!(gone.code, 1, "{gone:?}");
    assert!(gone.stderr.contains("cannot reach"), "{gone:?}");
}
