//! The client as a person starts it: what it prints where, and how it ends.

use super::harness::{self, Answer, Server, answer, client_command, offline};

const TEXT: &str = super::samples::GERMAN;

/// Stores an article and gives the names of its claims.
fn submit(server: &Server, label: &str) -> Vec<String> {
    let url = format!("https://example.org/{label}");
    let arguments =
        ["submit", "-", "--url", &url, "--publisher", "Beispiel-Agentur", "--publish-date", "2024-06-19"];
    let mut command = client_command(&arguments);
    command.args(["-o", "name"]).env("CLAIMDESK_SERVER", server.url());
    let names: Vec<String> = answer(&mut command, TEXT).success().lines().map(str::to_owned).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    names
}

/// What a person reads, without what differs from run to run.
fn readable(answer: &Answer, name: &str) -> String {
    let (article, claim) = name.split_once("/claims/").expect("a claim's name");
    answer.stderr.replace(claim, "CLAIM").replace(article.trim_start_matches("articles/"), "ARTICLE")
}

#[test]
fn the_whole_path() {
    let server = harness::shared();
    let names = submit(server, "command-line/path");
    let article = names[0].split("/claims/").next().expect("a name").to_owned();

    let listed = server.client(&["claims", "list", &article, "-o", "json"]).json();
    let listed = listed.as_array().or_else(|| listed["claims"].as_array()).expect("claims").clone();
    assert_eq!(listed.len(), 3);
    let lines = server.client(&["claims", "list", &article, "-o", "jsonl"]).success();
    assert_eq!(lines.lines().count(), 3);
    let table = server.client(&["claims", "list", &article]).success();
    assert!(table.contains("erste Besuch") && !table.contains('\u{1b}'), "no colours in a pipe:\n{table}");
    let got = server.client(&["claims", "get", &names[1], "-o", "yaml"]).success();
    assert!(got.contains("quote: Es ist der erste Besuch"), "{got}");

    let evidence =
        ["--evidence", "https://example.org/report", "--note", "read there", "--reviewer", "erika"];
    server.client(&[&["verify", &names[0]], evidence.as_slice()].concat()).success();
    server.client(&[&["dispute", &names[1]], evidence.as_slice()].concat()).success();
    server.client(&["dismiss", &names[2], "--note", "no claim"]).success();
    server.client(&["reopen", &names[2], "--note", "it is one"]).success();
    let reviews = server.client(&["reviews", "list", &names[0], "-o", "jsonl"]).success();
    assert!(reviews.contains("VERIFIED") && reviews.contains("erika"), "{reviews}");
    let states = ["claims", "list", &article, "--state", "verified", "-o", "name"];
    assert_eq!(server.client(&states).success().trim(), names[0]);

    let article_text = server.client(&["articles", "get", &article, "--highlight"]).success();
    assert!(article_text.contains("Beschäftigten"), "{article_text}");
    assert!(server.client(&["articles", "list", "-o", "name"]).success().contains(&article));
    assert_eq!(server.client(&["articles", "delete", &article]).code, 5, "reviewed: not without --force");
    server.client(&["articles", "delete", &article, "--force"]).success();
    assert_eq!(server.client(&["articles", "get", &article]).code, 3);
}

#[test]
fn a_conflict_is_told_in_words_and_by_exit_code_5() {
    let server = harness::shared();
    let name = submit(server, "command-line/conflict").remove(0);
    server.client(&["verify", &name, "--note", "read"]).success();
    let refused = server.client(&["dispute", &name, "--note", "no"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (5, ""));
    let text = readable(&refused, &name);
    assert!(text.contains("VERIFIED") && text.contains("reopen"), "it says what to do:\n{text}");
}

#[test]
fn what_is_not_there_is_exit_code_3() {
    let server = harness::shared();
    let name = submit(server, "command-line/missing").remove(0);
    let article = name.split("/claims/").next().expect("a name");
    server.client(&["articles", "delete", article]).success();
    let refused = server.client(&["claims", "get", &name]);
    assert_eq!((refused.code, refused.stdout.as_str()), (3, ""));
    assert!(readable(&refused, &name).contains("ARTICLE"), "{refused:?}");
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let server = harness::shared();
    for arguments in [
        ["claims", "list", "--no-such-option"].as_slice(),
        &["verify"],
        &["claims", "list", "-o", "xml"],
        &["claims", "list", "--filter", "state ="],
        &["submit", "-", "--publish-date", "yesterday"],
    ] {
        let refused = server.client(arguments);
        assert_eq!(refused.code, 2, "{arguments:?}: {refused:?}");
        assert!(!refused.stderr.is_empty() && refused.stdout.is_empty(), "{arguments:?}: {refused:?}");
    }
}

#[test]
fn a_service_that_is_away_is_exit_code_6() {
    let mut command =
        client_command(&["claims", "list", "--server", "http://127.0.0.1:9", "--timeout", "1s"]);
    let refused = answer(&mut command, "");
    assert_eq!(refused.code, 6, "{refused:?}");
    assert!(refused.stderr.contains("127.0.0.1:9"), "{refused:?}");
}

#[test]
fn a_file_that_is_no_text_is_exit_code_1() {
    let file = harness::scratch("file").join("article.txt");
    std::fs::write(&file, b"Am 19. Juni \xff\xfe").expect("a file");
    let file = file.display().to_string();
    for arguments in [["submit", &file], ["extract", &file]] {
        let refused = harness::shared().client(&arguments);
        assert_eq!(refused.code, 1, "{refused:?}");
        assert!(refused.stderr.contains("UTF-8") && refused.stderr.contains("article.txt"), "{refused:?}");
    }
    let missing = harness::shared().client(&["submit", "/nowhere/article.txt"]);
    assert_eq!(missing.code, 1, "{missing:?}");
}

#[test]
fn a_text_that_is_empty_or_too_long_is_refused() {
    let server = harness::shared();
    let mut command = client_command(&["submit", "-"]);
    let empty = answer(command.env("CLAIMDESK_SERVER", server.url()), "");
    assert!(matches!(empty.code, 1 | 2), "{empty:?}");
    let mut command = client_command(&["submit", "-"]);
    let long = "Im Juli 2024 kamen 40 Gäste.\n".repeat((2 << 20) / 30);
    let long = answer(command.env("CLAIMDESK_SERVER", server.url()), long);
    assert!(matches!(long.code, 1 | 2), "{long:?}");
    assert!(long.stderr.contains("1 MiB") || long.stderr.contains("1048576"), "{}", long.stderr);
}

#[test]
fn completions_are_made_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(offline(&["completions", shell], "").success().contains("claimdesk"));
    }
}
