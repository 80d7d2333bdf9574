//! `claimdesk review --plain`: prompts and lines, through pipes.

use claimdesk::proto::v1;
use regex::Regex;

use super::{
    harness::{self, Answer, Server, answer, client_command, scratch},
    samples::submit,
    versions::{decide, reviews, send, text},
};

/// Runs it with these lines.
fn run(server: &Server, reviewer: &str, lines: &str) -> Answer {
    let home = scratch("home");
    let mut command = client_command(&["review", "--plain"]);
    command
        .env("CLAIMDESK_SERVER", server.url())
        .env("CLAIMDESK_REVIEWER", reviewer)
        .env("XDG_STATE_HOME", &home)
        .env("XDG_CONFIG_HOME", &home)
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("BROWSER");
    answer(&mut command, lines)
}

fn masked(text: &str) -> String {
    let times = Regex::new(r"20\d\d-\d\d-\d\d \d\d:\d\dZ").expect("a pattern");
    times.replace_all(text, "2024-06-20 08:00Z").into_owned()
}

#[test]
fn a_script_of_commands_reviews_claims() {
    let server = Server::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stored = runtime.block_on(submit(&server, "plain/script"));
    let name = |at: usize| {
        let name = &stored.claims[at].name;
        name.trim_start_matches("articles/").replace("/claims/", "/")
    };
    let lines = format!(
        "# a comment\ntabs\nlist 2\nnext\nevidence https://example.org/register It says so.\npoint 1\nverify\nnext\ndispute\n\
         The register says otherwise.\nreopen\nshow\nmark {} {}\ndismiss no claims\nyes\nundo\nopen\nquit\n",
        name(0),
        name(2)
    );
    let done = run(&server, "ada", &lines);
    assert_eq!(done.code, 0, "{done:?}");
    insta::assert_snapshot!(masked(&done.stdout));
    let request = v1::ListReviewsRequest {
        parent: "articles/-/claims/-".to_owned(),
        page_size: 100,
        ..Default::default()
    };
    let reviews = runtime.block_on(async { server.reviews().list_reviews(request).await });
    let reviews = reviews.expect("reviews").into_inner().reviews;
    let mut verdicts: Vec<&str> = reviews.iter().map(|review| review.verdict.as_str()).collect();
    verdicts.sort_unstable();
    assert_eq!(verdicts, ["DISMISSED", "DISPUTED", "REOPENED", "REOPENED", "VERIFIED"]);
}

#[test]
fn what_was_seen_before_is_told_and_accepted() {
    const SAID: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.";
    const OTHERWISE: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 13.100.";
    let server = Server::start();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let article = |label, sentence| v1::Article { language: "de".to_owned(), ..text(label, &[sentence]) };
    let (earlier, later) = runtime.block_on(async {
        let earlier = send(&server, article("plain/1", SAID)).await.claims.remove(0).name;
        decide(&server, "bob", &earlier, "DISPUTED").await.expect("decided");
        send(&server, article("plain/2", OTHERWISE)).await;
        (earlier, send(&server, article("plain/3", SAID)).await.claims.remove(0).name)
    });
    let none = run(&server, "ada", "accept\n");
    assert_eq!(none.code, 2, "there is no claim yet: {none:?}");
    let done = run(&server, "ada", &format!("take {later}\nlike {earlier}\nlike\naccept\naccept\n"));
    let short = earlier.trim_start_matches("articles/").replace("/claims/", "/");
    for part in [
        format!("Seen before: {short} is DISPUTED, 1.00 alike: \"{SAID}\" (Beispiel-Agentur, 2024-06-19)"),
        "Said otherwise: p".to_owned(),
        format!("Not sent yet: rests on {short};"),
        "Not sent yet: nothing.".to_owned(),
        "is DISPUTED now.".to_owned(),
    ] {
        assert!(done.stdout.contains(&part), "{part} is missing: {}", done.stdout);
    }
    let review = runtime.block_on(reviews(&server, &later)).remove(0);
    assert_eq!((review.verdict.as_str(), review.based_on), ("DISPUTED", earlier));
}

#[test]
fn the_exit_code_is_that_of_the_first_line_that_failed() {
    let server = harness::shared();
    let done = run(server, "ada", "fly\ntake k3f9w2m8q0x7t5bz/1\n");
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.stdout.contains("there is no command \"fly\""), "{done:?}");
    let done = run(server, "ada", "take k3f9w2m8q0x7t5bz/1\nfly\n");
    assert_eq!(done.code, 3, "{done:?}");
    assert_eq!(run(server, "ada", "").code, 0);
    assert_eq!(run(server, "ada", "help\nverify\n").code, 2, "there is no claim yet");
}

#[test]
fn a_claim_of_somebody_else_is_shown_and_not_decided_on() {
    let server = harness::shared();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let stored = runtime.block_on(submit(server, "plain/held"));
    let name = stored.claims[0].name.clone();
    let lease = v1::LeaseClaimsRequest { claim: name.clone(), ..Default::default() };
    let leased =
        runtime.block_on(async { server.reviews().lease_claims(super::queue::by("bob", lease)).await });
    assert_eq!(leased.expect("a lease").into_inner().leases.len(), 1);
    let done = run(server, "ada", &format!("take {name}\ndismiss\n"));
    assert_eq!(done.code, 5, "{done:?}");
    assert!(done.stdout.contains("It is not free") && done.stdout.contains("LEASE_HELD"), "{done:?}");
}
