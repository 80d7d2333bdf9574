//! A backup, and what a restore of it means for those who go on.

use std::process::Stdio;
use std::time::Duration;

use claimdesk::proto::v1;
use tokio::time::timeout;

use super::{database_name, for_role, migrate, two_roles};
use crate::harness::{self, Options, Server, number, postgres_program, refused};
use crate::samples::{decision, reason, submit};

/// So many articles fill each shard of the log further than one does.
const MOST_ARTICLES: usize = 1_000;
/// Longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn on(url: &str) -> Server {
    let arguments = vec!["--migrate".to_owned(), "check".to_owned()];
    Server::start_with(Options { database: Some(url.to_owned()), arguments, ..Options::default() })
}

/// How many changes a watch tells up to where the log ends, and its last token; or why it does not begin.
async fn watched(server: &Server, token: &str) -> Result<(usize, String), tonic::Status> {
    let request = v1::WatchClaimsRequest { watch_token: token.to_owned(), ..Default::default() };
    let mut watch = server.claims().watch_claims(request).await?.into_inner();
    let mut changes = 0;
    loop {
        let message = timeout(PATIENCE, watch.message()).await.expect("a message in time")?;
        let message = message.expect("a watch does not end");
        if message.change.is_none() {
            return Ok((changes, message.watch_token));
        }
        changes += 1;
    }
}

/// Takes a database out with pg_dump and puts it into a new one of the same owner.
fn dump_and_restore(url: &str, owner: &str) -> String {
    let folder = harness::scratch_of_postgres("backup");
    let file = folder.join("claimdesk.dump");
    let place = harness::database();
    let name = database_name(&place).to_owned();
    harness::administer(&format!("ALTER DATABASE {name} OWNER TO {owner}"));
    let socket = harness::postgres_socket();
    let run = |program: &str, arguments: &[&str], database: &str| {
        let mut command = postgres_program(program);
        command.args(arguments).arg("--host").arg(socket).args([
            "--username",
            "claimdesk",
            "--dbname",
            database,
        ]);
        let output =
            command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{program}: {error}"));
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    let path = file.display().to_string();
    run("pg_dump", &["--format=custom", "--file", &path], database_name(url));
    run("pg_restore", &["--exit-on-error", "--single-transaction", &path], &name);
    for_role(&place, owner)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_is_all_that_is_needed_to_go_on() {
    let (owned, _, serving) = two_roles();
    let owner = format!("owner_{}", database_name(&owned));
    migrate(&owned, &["--serving-role", &serving]).success();
    let server = on(&for_role(&owned, &serving));
    let kept = submit(&server, "backup/kept").await;
    let claim = kept.claims[0].name.clone();
    let request =
        v1::ReviewClaimRequest { request_id: "backup-kept".to_owned(), ..decision(&claim, "VERIFIED") };
    server.reviews().review_claim(request.clone()).await.expect("a review");
    let (changes, then) = watched(&server, "").await.expect("a watch");

    let restored = dump_and_restore(&owned, &owner);
    // What happens after the backup is lost with the old database.
    let lost = submit(&server, "backup/lost").await;
    let late = v1::ReviewClaimRequest {
        request_id: "backup-lost".to_owned(),
        ..decision(&lost.claims[0].name, "VERIFIED")
    };
    server.reviews().review_claim(late.clone()).await.expect("a review");
    let (_, beyond) = watched(&server, &then).await.expect("a watch");
    drop(server);

    let server = on(&for_role(&restored, &serving));
    let audit = server.client(&["audit", "verify"]);
    assert_eq!(audit.code, 0, "{audit:?}");
    let got =
        server.claims().get_claim(v1::GetClaimRequest { name: claim.clone() }).await.expect("the claim");
    assert_eq!(got.into_inner().claim.expect("a claim").state, "VERIFIED");
    // The log is as closed as it was: rights are part of a dump.
    assert!(refused(&restored, "DELETE FROM change").contains("permission denied"));

    // A token of before the backup goes on where it was; one from beyond it is refused.
    assert_eq!(watched(&server, "").await.expect("a watch").0, changes);
    assert_eq!(watched(&server, &then).await.expect("a watch").0, 0);
    let status = watched(&server, &beyond).await.expect_err("a place that the log has not come to");
    assert_eq!(reason(&status), "WATCH_TOKEN_INVALID");
    // Nor is it taken when the log has come that far again: what stands there now is something else.
    let mut refusal = status.message().to_owned();
    for number in 0..MOST_ARTICLES {
        if refusal.contains("put back to an earlier moment") {
            break;
        }
        submit(&server, &format!("backup/other-{number}")).await;
        let status = watched(&server, &beyond).await.expect_err("a token of the log that was lost");
        assert_eq!(reason(&status), "WATCH_TOKEN_INVALID");
        status.message().clone_into(&mut refusal);
    }
    assert!(refusal.contains("put back to an earlier moment"), "{refusal}");
    assert!(watched(&server, &then).await.expect("a watch").0 > 0, "what was before is still the same log");

    // A request of before the backup gets its answer again; one from after it is carried out, since it was lost.
    server.reviews().review_claim(request).await.expect("the first answer");
    assert_eq!(number(&restored, "SELECT count(*) FROM review"), 1);
    let status = server.reviews().review_claim(late).await.expect_err("its article is gone");
    assert_eq!(reason(&status), "CLAIM_NOT_FOUND");
    let again = submit(&server, "backup/lost").await;
    assert!(again.created, "what was lost can be sent again");
}
