//! The case tables of the packs: `languages/<code>/cases/time.toml`.

use std::path::Path;

use serde::Deserialize;

use crate::{
    claim::{Article, PointValue},
    extract::{Options, Prefer, extract_with, languages},
};

#[derive(Deserialize)]
struct Table {
    case: Vec<Case>,
}

/// A text with all its dates, each as "text = TYPE value".
#[derive(Deserialize)]
struct Case {
    text: String,
    #[serde(default = "a_wednesday")]
    publish_date: String,
    /// Whether it is read as appointments are: what a date leaves open lies ahead.
    #[serde(default)]
    appointment: bool,
    dates: Vec<String>,
}

fn a_wednesday() -> String {
    "2024-06-19".to_owned()
}

#[test]
fn dates_are_found_and_resolved_as_the_case_tables_say() {
    let mut wrong = Vec::new();
    for code in languages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("languages/{code}/cases/time.toml"));
        let table: Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for case in table.case {
            let article = Article {
                text: case.text.clone(),
                publish_date: case.publish_date.parse().ok(),
                language: Some(code.to_owned()),
                ..Article::default()
            };
            let prefer = if case.appointment { Prefer::Future } else { Prefer::Tense };
            let (_, extraction) = extract_with(article, Options { prefer, ..Options::default() }).unwrap();
            let found: Vec<String> = extraction
                .points
                .iter()
                .filter_map(|point| match &point.value {
                    PointValue::Date(date) => {
                        Some(format!("{} = {} {}", point.text, date.timex_type, date.value))
                    }
                    _ => None,
                })
                .collect();
            if found != case.dates {
                wrong.push(format!(
                    "{code}: {:?}\n    found    {found:?}\n    expected {:?}",
                    case.text, case.dates
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
