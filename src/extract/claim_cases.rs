//! The packs' articles, `languages/<code>/cases/articles.toml`: which of their sentences become claims, and who says so.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use serde::Deserialize;

use super::{extract, languages};
use crate::claim::{Article, Claim, SourceRole, Span};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Articles {
    article: Vec<String>,
}

/// A sentence of an annotated article, or another part of its text.
struct Part {
    span: Span,
    is_claim: bool,
    /// Who says so, where the text names somebody.
    speakers: BTreeSet<String>,
}

/// The text of an article, and its parts.
fn read(annotated: &str) -> (String, Vec<Part>) {
    let mut text = String::new();
    let mut parts: Vec<Part> = Vec::new();
    let length = |text: &str| u32::try_from(text.chars().count()).unwrap();
    let mut gap = "";
    for line in annotated.trim().lines() {
        if line.is_empty() {
            gap = "\n\n";
            continue;
        }
        let (mark, part) = line.split_at(1);
        if mark == "=" {
            parts.last_mut().unwrap().speakers.insert(part.trim_start().to_owned());
            continue;
        }
        let part = if mark == "|" { line } else { part.trim_start() };
        text.push_str(gap);
        let start = length(&text);
        text.push_str(part);
        let span = Span::new(start, length(&text));
        parts.push(Part { span, is_claim: mark == "+", speakers: BTreeSet::new() });
        gap = " ";
    }
    (text, parts)
}

/// How many were found, how many were wanted, and how many were both.
#[derive(Default)]
struct Tally {
    right: usize,
    found: usize,
    wanted: usize,
}

impl Tally {
    fn precision(&self) -> f64 {
        self.right as f64 / self.found.max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / self.wanted.max(1) as f64
    }

    fn line(&self, what: &str) -> String {
        let (precision, recall) = (self.precision(), self.recall());
        format!("{what}: {} wanted, precision {precision:.3}, recall {recall:.3}", self.wanted)
    }
}

fn names(claim: &Claim) -> BTreeSet<String> {
    let speaks = |role| matches!(role, SourceRole::Speaker | SourceRole::Relay);
    claim.sources.iter().filter(|source| speaks(source.role)).map(|source| source.name.clone()).collect()
}

#[test]
fn claims_are_what_a_reader_would_check() {
    let mut figures = String::new();
    for language in languages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages").join(language);
        let cases = fs::read_to_string(path.join("cases/articles.toml")).unwrap();
        let cases: Articles = toml::from_str(&cases).unwrap();
        assert!(cases.article.len() >= 10, "{language} has too few articles to measure on");
        let (mut claims, mut speakers) = (Tally::default(), Tally::default());
        let mut wrong = String::new();
        for annotated in &cases.article {
            let (text, parts) = read(annotated);
            let article =
                Article { text: text.clone(), language: Some(language.to_owned()), ..Article::default() };
            let found = extract(&article).unwrap().claims;
            claims.found += found.len();
            for Part { span, is_claim, speakers: wanted } in parts {
                let overlaps = |claim: &&Claim| {
                    claim.span.is_some_and(|claim| claim.start < span.end && span.start < claim.end)
                };
                let hits: Vec<_> = found.iter().filter(overlaps).collect();
                claims.wanted += usize::from(is_claim);
                claims.right += usize::from(is_claim && !hits.is_empty());
                if is_claim == hits.is_empty() {
                    let mark = if is_claim { "+" } else { "-" };
                    let _ = writeln!(wrong, "{mark} {}", span.of(&text).unwrap());
                }
                // Who says what is no claim does not matter.
                if is_claim && !hits.is_empty() {
                    let named: BTreeSet<String> = hits.iter().flat_map(|claim| names(claim)).collect();
                    speakers.found += named.len();
                    speakers.wanted += wanted.len();
                    speakers.right += named.intersection(&wanted).count();
                    if named != wanted {
                        let _ = writeln!(wrong, "= {wanted:?} {named:?} {}", span.of(&text).unwrap());
                    }
                }
            }
        }
        let _ = writeln!(figures, "{language} {}", claims.line("claims"));
        let _ = writeln!(figures, "{language} {}", speakers.line("speakers"));
        assert!(
            claims.precision() >= 0.9 && claims.recall() >= 0.95,
            "{language}: {}\n{wrong}",
            claims.line("claims")
        );
    }
    // These figures stand in docs/evaluation.md.
    insta::assert_snapshot!(figures, @r"
    de claims: 60 wanted, precision 0.935, recall 0.967
    de speakers: 17 wanted, precision 0.875, recall 0.824
    en claims: 53 wanted, precision 0.945, recall 0.981
    en speakers: 16 wanted, precision 0.824, recall 0.875
    ");
}
