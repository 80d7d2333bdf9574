//! The packs' own cases: sentences with what must be found in them, in `languages/<code>/cases/`.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::{
    claim::{Article, PointValue},
    extract::extract,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    publish_date: Option<String>,
    case: Vec<Case>,
}

/// A text, and what it says, in short: "MONEY 3500000 EUR", "NUMBER 10..15", "FIRST 1 P24Y".
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    text: String,
    found: Vec<String>,
}

fn figure(value: &PointValue) -> Option<String> {
    let PointValue::Figure(figure) = value else { return None };
    let max = figure.max.map(|max| format!("..{max}")).unwrap_or_default();
    let bound = figure.bound.map(|bound| format!(" {bound}")).unwrap_or_default();
    let about = if figure.approximate { " ~" } else { "" };
    let unit = if figure.unit.is_empty() { String::new() } else { format!(" {}", figure.unit) };
    Some(format!("{} {}{max}{unit}{about}{bound}", figure.kind, figure.value))
}

fn record(value: &PointValue) -> Option<String> {
    let PointValue::Record(record) = value else { return None };
    let time =
        record.since.as_ref().or(record.span.as_ref()).map(|time| format!(" {time}")).unwrap_or_default();
    Some(format!("{} {}{time}", record.direction, record.rank))
}

fn run(chapter: &str, short: fn(&PointValue) -> Option<String>) {
    let mut wrong = Vec::new();
    for language in super::languages() {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("languages/{language}/cases/{chapter}.toml"));
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let cases: Cases =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let publish_date = cases.publish_date.map(|date| date.parse().expect("a publish date"));
        for case in cases.case {
            let article = Article {
                text: case.text.clone(),
                language: Some(language.to_owned()),
                publish_date,
                ..Article::default()
            };
            let points = extract(&article).expect("a language with a pack").points;
            let found: Vec<String> = points.iter().filter_map(|point| short(&point.value)).collect();
            if found != case.found {
                wrong.push(format!(
                    "{language}: {:?}\n  wants {:?}\n  found {found:?}",
                    case.text, case.found
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Texts with what they prove of their own points: the outcome, and the words of the point.
#[test]
fn findings() {
    let mut wrong = Vec::new();
    for language in super::languages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("languages/{language}/cases/consistency.toml"));
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let checks: Cases =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let publish_date = checks.publish_date.map(|date| date.parse().expect("a publish date"));
        for case in checks.case {
            let article = Article {
                text: case.text.clone(),
                language: Some(language.to_owned()),
                publish_date,
                ..Article::default()
            };
            let claims = extract(&article).expect("a language with a pack").claims;
            let found: Vec<String> = claims
                .iter()
                .flat_map(|claim| claim.findings.iter().map(move |finding| (claim, finding)))
                .map(|(claim, finding)| format!("{}: {}", finding.outcome, claim.points[finding.point].text))
                .collect();
            if found != case.found {
                wrong.push(format!(
                    "{language}: {:?}\n  wants {:?}\n  found {found:?}",
                    case.text, case.found
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn figures() {
    run("figure", figure);
}

#[test]
fn records() {
    run("record", record);
}
