//! What the service really sends to PostgreSQL to store an article: read from PostgreSQL's own log.

use std::{collections::HashMap, path::Path, sync::LazyLock};

use anyhow::{Context as _, ensure};
use regex::Regex;

/// A statement with the values of its parameters, as text.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) parameters: Vec<String>,
}

/// The transaction that stored an article, from BEGIN to COMMIT.
#[derive(Debug, Clone)]
pub(crate) struct Captured {
    pub(crate) article: String,
    pub(crate) uri: String,
    pub(crate) statements: Vec<Statement>,
}

/// How an entry of the log begins: with its time, the number of its process, and what kind of entry it is.
static ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\d{4}-\d\d-\d\d [0-9:.]+ \S+ \[(\d+)\] ([A-Z]+):  (?:execute [^:]*: |(statement: ))?")
        .unwrap_or_else(|error| unreachable!("{error}"))
});

/// The transactions that stored articles, of a log with all statements.
pub(crate) fn read(log: &Path) -> anyhow::Result<Vec<Captured>> {
    let text = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
    let entries: Vec<_> = ENTRY.captures_iter(&text).collect();
    let (mut open, mut captured) = (HashMap::<String, Vec<Statement>>::new(), Vec::new());
    for (at, entry) in entries.iter().enumerate() {
        let (Some(whole), Some(process), Some(kind)) = (entry.get(0), entry.get(1), entry.get(2)) else {
            continue;
        };
        let end = entries.get(at + 1).and_then(|next| next.get(0)).map_or(text.len(), |next| next.start());
        // A line that goes on begins with a tab that is not the statement's.
        let body = text[whole.end()..end].trim_end_matches('\n').replace("\n\t", "\n");
        let statements = open.entry(process.as_str().to_owned()).or_default();
        if kind.as_str() == "DETAIL" && body.contains("arameters: ") {
            let list = body.split_once("arameters: ").map_or("", |(_, list)| list);
            if let Some(last) = statements.last_mut() {
                last.parameters = parameters(list)?;
            }
        }
        if kind.as_str() != "LOG" {
            continue;
        }
        if body == "BEGIN" {
            statements.clear();
        }
        let commits = body == "COMMIT";
        statements.push(Statement { text: body, parameters: Vec::new() });
        if commits {
            captured.extend(of_article(std::mem::take(statements)));
        }
    }
    Ok(captured)
}

/// The transaction, if it is one that stored an article.
fn of_article(statements: Vec<Statement>) -> Option<Captured> {
    let insertion =
        statements.iter().find(|statement| statement.text.starts_with("INSERT INTO article ("))?;
    let (article, uri) = (insertion.parameters.first()?.clone(), insertion.parameters.get(1)?.clone());
    Some(Captured { article, uri, statements })
}

/// The values in a list such as `$1 = 'a', $2 = 'it''s'`.
fn parameters(list: &str) -> anyhow::Result<Vec<String>> {
    let (mut rest, mut values) = (list, Vec::new());
    while !rest.is_empty() {
        let (_, value) = rest.split_once(" = ").context("a parameter without a value")?;
        ensure!(value.starts_with('\''), "a parameter that is NULL");
        let mut value = &value[1..];
        let mut text = String::new();
        loop {
            let (before, behind) = value.split_once('\'').context("a value without an end")?;
            text.push_str(before);
            value = behind;
            let Some(behind) = value.strip_prefix('\'') else { break };
            text.push('\'');
            value = behind;
        }
        values.push(text);
        rest = value.trim_start_matches(", ");
    }
    Ok(values)
}
