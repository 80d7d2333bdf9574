//! What is there to deploy: the image, compose.yaml, the manifests, the dashboard. There is no engine to run them on here, so
//! they are read, and held against the program and each other; what can be run of them is.

mod compose;
mod image;
mod manifests;
mod watching;

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize as _;
use serde_json::Value;

use super::harness::{offline, root};

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The documents of a YAML file.
fn yaml(file: &str) -> Vec<Value> {
    let text = text(file);
    let documents = serde_yaml_ng::Deserializer::from_str(&text);
    let read = |document| Value::deserialize(document).unwrap_or_else(|error| panic!("{file}: {error}"));
    documents.map(read).collect()
}

/// The variables that commands of the program know, by what `--help` prints.
fn variables(command: &str) -> BTreeSet<String> {
    let help = offline(&[command, "--help"], "").success();
    let name = regex::Regex::new(r"\[env:\s+([A-Z_]+)").expect("a pattern");
    name.captures_iter(&help).map(|found| found[1].to_owned()).collect()
}

#[track_caller]
fn assert_known<'a>(command: &str, names: impl IntoIterator<Item = &'a str>) {
    let known = variables(command);
    assert!(known.contains("DATABASE_URL") || command == "health", "{command}: {known:?}");
    for name in names {
        assert!(known.contains(name), "claimdesk {command} knows no {name}: {known:?}");
    }
}

/// The keys of an object.
fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// A list of texts.
fn texts(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
