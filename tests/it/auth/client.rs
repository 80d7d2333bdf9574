//! The client: `claimdesk tokens`, tokens from each place, and that none is ever shown.

use std::{fs, process::Command};

use super::world::Guarded;
use crate::harness::{self, Answer, BINARY};

impl Guarded {
    /// The client, without credentials.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = harness::client_command(arguments);
        command.env("CLAIMDESK_SERVER", self.server.url());
        command
    }

    /// The client as the administrator.
    fn client(&self, arguments: &[&str]) -> Answer {
        harness::answer(self.command(arguments).arg("--token-file").arg(&self.file), "")
    }
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let desk = Guarded::start();
    let made =
        desk.client(&["tokens", "create", "ada@example.org", "--role", "reviewer,submitter", "--for", "12h"]);
    assert!(made.stderr.contains("ada@example.org (SUBMITTER, REVIEWER)"), "{made:?}");
    assert!(made.stderr.contains("shown this once"), "{made:?}");
    let secret = made.success().trim().to_owned();
    assert!(secret.starts_with("cdk_") && secret.len() == 68);
    let json = desk.client(&["tokens", "create", "cms", "--role", "submitter", "-o", "json"]).json();
    assert!(json["secret"].as_str().is_some_and(|secret| secret.starts_with("cdk_")), "{json}");
    assert_eq!(desk.client(&["tokens", "create", "cms", "--role", "submitter", "-o", "name"]).code, 2);
    assert_eq!(desk.client(&["tokens", "create", "cms", "--role", "boss"]).code, 2);
    assert_eq!(desk.client(&["tokens", "create", "cms", "--role", "admin", "--for", "1000d"]).code, 2);

    let listed = desk.client(&["tokens", "list"]).success();
    let row = listed.lines().find(|line| line.contains("ada@example.org")).expect("a row");
    assert!(row.contains("SUBMITTER,REVIEWER") && row.contains("valid") && row.contains("never"), "{listed}");
    let list =
        |token: &str| harness::answer(desk.command(&["articles", "list"]).env("CLAIMDESK_TOKEN", token), "");
    list(&secret).success();

    let name = row.split_whitespace().next().expect("a name");
    let revoked = desk.client(&["tokens", "revoke", name]);
    assert!(revoked.stderr.contains("ada@example.org is revoked"), "{revoked:?}");
    let listed = desk.client(&["tokens", "list"]).success();
    assert!(listed.lines().any(|line| line.contains(name) && line.contains("revoked")), "{listed}");
    let began = std::time::Instant::now();
    let refused = loop {
        let answer = list(&secret);
        if answer.code != 0 {
            break answer;
        }
        assert!(began.elapsed() < std::time::Duration::from_secs(60), "it is still taken");
    };
    assert_eq!(refused.code, 4);
    assert!(refused.stderr.contains("CREDENTIALS_INVALID"), "{refused:?}");
    // The token in place of its name is not shown again.
    let mistaken = desk.client(&["tokens", "revoke", &secret]);
    assert!(mistaken.code == 2 && !mistaken.stderr.contains(&secret[8..]), "{mistaken:?}");
}

#[test]
fn a_token_comes_from_the_environment_a_file_or_the_command_line_but_from_one_of_them() {
    let desk = Guarded::start();
    let list = ["articles", "list"];
    harness::answer(desk.command(&list).env("CLAIMDESK_TOKEN", &desk.admin), "").success();
    harness::answer(desk.command(&list).env("CLAIMDESK_TOKEN_FILE", &desk.file), "").success();
    harness::answer(desk.command(&list).args(["--token", &desk.admin]), "").success();
    harness::answer(desk.command(&list).arg(format!("--token={}", desk.admin)), "").success();
    let none = harness::answer(&mut desk.command(&list), "");
    assert!(none.code == 4 && none.stderr.contains("CREDENTIALS_MISSING"), "{none:?}");
    let two = harness::answer(
        desk.command(&list).env("CLAIMDESK_TOKEN", &desk.admin).arg("--token-file").arg(&desk.file),
        "",
    );
    assert!(two.code == 2 && two.stderr.contains("two tokens"), "{two:?}");
    let empty = harness::scratch("token").join("empty");
    fs::write(&empty, "\n").expect("written");
    let nothing = harness::answer(desk.command(&list).arg("--token-file").arg(&empty), "");
    assert_eq!(nothing.code, 2, "{nothing:?}");
    // Who is known by a token is not known by the name of the user as well.
    harness::answer(desk.command(&list).env("CLAIMDESK_TOKEN", &desk.admin).env("USER", "eve"), "").success();
    let eve = harness::answer(
        desk.command(&list).env("CLAIMDESK_TOKEN", &desk.admin).args(["--reviewer", "eve"]),
        "",
    );
    assert!(eve.code == 4 && eve.stderr.contains("REVIEWER_MISMATCH"), "{eve:?}");
}

#[test]
fn a_token_is_not_sent_in_the_clear_to_another_machine() {
    let mut command = harness::client_command(&["articles", "list", "--server", "http://192.0.2.1:7878"]);
    let refused = harness::answer(command.env("CLAIMDESK_TOKEN", "cdk_secret"), "");
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.stderr.contains("--insecure-send-token") && !refused.stderr.contains("secret\""),
        "{refused:?}"
    );
}

#[test]
fn a_token_shows_nowhere() {
    let desk = Guarded::start();
    let help = harness::answer(
        desk.command(&["articles", "list", "--help"]).env("CLAIMDESK_TOKEN", &desk.admin),
        "",
    );
    assert!(!help.success().contains(&desk.admin), "help shows variables");

    // A watch stays long enough to be looked at.
    let mut watch = Command::new(BINARY);
    watch.args(["claims", "watch", "--token", &desk.admin, "--server", &desk.server.url()]);
    let mut watch = watch.stdout(std::process::Stdio::null()).spawn().expect("the client");
    let line = format!("/proc/{}/cmdline", watch.id());
    let began = std::time::Instant::now();
    let shown = loop {
        let shown = fs::read(&line).unwrap_or_default();
        let shown = String::from_utf8_lossy(&shown).replace('\0', " ");
        if !shown.contains("cdk_") && shown.contains("watch") {
            break shown;
        }
        assert!(
            began.elapsed() < std::time::Duration::from_secs(30),
            "the command line shows the token: {shown}"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    assert!(shown.contains("claims watch --server"), "{shown}");
    watch.kill().expect("it ran");
    watch.wait().expect("an end");
}

#[test]
fn grpcurl_sends_a_token_in_the_header() {
    let desk = Guarded::start();
    let call = |header: &str| {
        let address = desk.server.address();
        let method = "claimdesk.v1.ArticleService/ListArticles";
        harness::answer(harness::tool("grpcurl").args(["-plaintext", "-H", header, address, method]), "")
    };
    call(&format!("authorization: Bearer {}", desk.admin)).success();
    let refused = call("authorization: Bearer cdk_0");
    assert!(refused.code != 0 && refused.stderr.contains("Unauthenticated"), "{refused:?}");
    assert!(refused.stderr.contains("CREDENTIALS_INVALID"), "the details can be read: {refused:?}");
}
