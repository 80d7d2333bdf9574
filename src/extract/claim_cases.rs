//! The packs' articles, `languages/<code>/cases/articles.toml`: which of their sentences become claims.

use std::{fmt::Write, fs, path::Path};

use serde::Deserialize;

use super::{extract, languages};
use crate::claim::{Article, Span};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Articles {
    article: Vec<String>,
}

/// The text of an article, and its parts with whether each is a claim.
fn read(annotated: &str) -> (String, Vec<(Span, bool)>) {
    let mut text = String::new();
    let mut parts = Vec::new();
    let length = |text: &str| u32::try_from(text.chars().count()).unwrap();
    let mut gap = "";
    for line in annotated.trim().lines() {
        if line.is_empty() {
            gap = "\n\n";
            continue;
        }
        let (mark, part) = line.split_at(1);
        let part = if mark == "|" { line } else { part.trim_start() };
        text.push_str(gap);
        let start = length(&text);
        text.push_str(part);
        parts.push((Span::new(start, length(&text)), mark == "+"));
        gap = " ";
    }
    (text, parts)
}

#[test]
fn claims_are_what_a_reader_would_check() {
    for language in languages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages").join(language);
        let cases = fs::read_to_string(path.join("cases/articles.toml")).unwrap();
        let cases: Articles = toml::from_str(&cases).unwrap();
        assert!(cases.article.len() >= 10, "{language} has too few articles to measure on");
        let (mut right, mut found, mut wanted) = (0, 0, 0);
        let mut wrong = String::new();
        for annotated in &cases.article {
            let (text, parts) = read(annotated);
            let article =
                Article { text: text.clone(), language: Some(language.to_owned()), ..Article::default() };
            let claims = extract(&article).unwrap().claims;
            found += claims.len();
            for (span, is_claim) in parts {
                let hits = claims
                    .iter()
                    .filter_map(|claim| claim.span)
                    .filter(|claim| claim.start < span.end && span.start < claim.end)
                    .count();
                wanted += usize::from(is_claim);
                right += usize::from(is_claim && hits > 0);
                if is_claim != (hits > 0) {
                    let _ =
                        writeln!(wrong, "{} {}", if is_claim { "+" } else { "-" }, span.of(&text).unwrap());
                }
            }
        }
        let share = |of: usize| right as f64 / of as f64;
        assert!(
            share(found) >= 0.9 && share(wanted) >= 0.95,
            "{language}: {right} of {found} found, of {wanted}\n{wrong}"
        );
    }
}
