//! The image.

use std::fs;
use std::process::Command;

use super::{assert_known, text};
use crate::harness::{self, answer, root};

/// The instructions of the Dockerfile, continued lines joined.
fn instructions() -> Vec<(String, String)> {
    let joined = text("Dockerfile")
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n")
        .replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| line.trim().split_once(' '));
    lines
        .map(|(word, rest)| (word.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" ")))
        .collect()
}

fn all<'a>(instructions: &'a [(String, String)], word: &str) -> Vec<&'a str> {
    instructions.iter().filter(|(found, _)| found == word).map(|(_, rest)| rest.as_str()).collect()
}

#[test]
fn the_image_is_built_by_one_stage_and_run_by_another_that_has_nothing_else_in_it() {
    let instructions = instructions();
    let stages = all(&instructions, "FROM");
    assert_eq!(stages.len(), 2, "{stages:?}");
    let manifest: toml::Table = text("Cargo.toml").parse().expect("TOML");
    let rust = manifest["package"]["rust-version"].as_str().expect("a version");
    assert_eq!(all(&instructions, "ARG"), [format!("RUST_VERSION={rust}")], "the Rust of Cargo.toml");
    assert!(
        stages[0].starts_with("rust:${RUST_VERSION}-slim") && stages[0].ends_with(" AS build"),
        "{stages:?}"
    );
    assert!(stages[1].starts_with("gcr.io/distroless/cc-debian12"), "{stages:?}");
    let debian = |name: &str| name.contains("bookworm") || name.contains("debian12");
    assert!(stages.iter().all(|stage| debian(stage)), "one libc for both: {stages:?}");

    let last = instructions.iter().rposition(|(word, _)| word == "FROM").expect("a stage");
    let (build, run) = instructions.split_at(last);
    let built = all(build, "RUN");
    assert_eq!(built.len(), 1);
    assert!(built[0].contains("cargo build --locked --release --bin claimdesk"), "{built:?}");
    assert_eq!(built[0].matches("--mount=type=cache").count(), 2, "{built:?}");
    assert!(built[0].contains("/out/claimdesk"));
    assert!(all(run, "RUN").is_empty(), "nothing is installed");
    let program = "/usr/local/bin/claimdesk";
    assert!(all(run, "COPY").contains(&format!("--from=build /out/claimdesk {program}").as_str()));
    assert_eq!(all(run, "ENTRYPOINT"), [format!("[\"{program}\"]")]);
    assert_eq!(all(run, "CMD"), ["[\"serve\"]"]);
    let user: Vec<u32> = all(run, "USER")[0].split(':').map(|id| id.parse().expect("a number")).collect();
    assert!(user.len() == 2 && user.iter().all(|id| *id > 0), "{user:?}");
}

#[test]
fn the_image_is_checked_by_the_program_itself() {
    let instructions = instructions();
    let check = all(&instructions, "HEALTHCHECK")[0];
    let (_, command) = check.split_once("CMD ").expect("a command");
    let command: Vec<String> = serde_json::from_str(command).expect("no shell: there is none");
    assert_eq!(command[..2], ["/usr/local/bin/claimdesk", "health"]);
    // What stands behind it is what the program takes: nobody listens there, which is told by exit code 1.
    let mut check = Command::new(harness::BINARY);
    check.args(&command[1..]).args(["--server", "http://127.0.0.1:9"]);
    let told = answer(&mut check, "");
    assert_eq!(told.code, 1, "{told:?}");
    let set: Vec<&str> = all(&instructions, "ENV")
        .iter()
        .flat_map(|line| line.split(' '))
        .filter_map(|pair| pair.split('=').next())
        .collect();
    assert!(set.len() >= 3);
    assert_known("serve", set);
    let ports = all(&instructions, "EXPOSE")[0];
    let environment = all(&instructions, "ENV")[0];
    for port in ports.split(' ') {
        assert!(environment.contains(&format!("0.0.0.0:{port}")), "{port}: {environment}");
    }
}

/// What goes into the build's context is enough for Cargo to know the package, and its build reads nothing else.
#[test]
fn the_context_of_the_build_has_what_it_needs() {
    let ignored = text(".dockerignore");
    let mut lines = ignored.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    assert_eq!(lines.next(), Some("*"), "only what is named goes in");
    let named: Vec<&str> = lines.map(|line| line.strip_prefix('!').expect("an exception")).collect();
    let context = harness::scratch("context");
    for name in &named {
        let copied = Command::new("cp").arg("-R").arg(root().join(name)).arg(&context).status();
        assert!(copied.expect("cp").success(), "{name}");
    }
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--no-deps", "--offline", "--format-version", "1"]).current_dir(&context);
    let package = answer(&mut metadata, "").json();
    let targets: Vec<&str> = package["packages"][0]["targets"]
        .as_array()
        .expect("targets")
        .iter()
        .filter_map(|target| target["name"].as_str())
        .collect();
    assert!(targets.contains(&"claimdesk"), "{targets:?}");
    let watched = fs::read_to_string(root().join("build.rs")).expect("build.rs");
    for line in watched.lines().filter_map(|line| line.split_once("rerun-if-changed=")) {
        let folder = line.1.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        assert!(named.contains(&folder), "{folder}");
    }
}
