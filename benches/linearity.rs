//! What a byte of a text of 1 MiB costs, read as a whole and read in texts of 10 KiB, for news and for texts made to hurt.
//! Ends with 1 if a byte of the whole costs more than 1.3 times one of the pieces.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

mod common;

use std::process::ExitCode;

use claimdesk::{claim::Article, extract::extract};
use common::thread_time;

const SHORT: usize = 10 * 1024;
const LONG: usize = 1024 * 1024;
/// How much more a byte of the long text may cost.
const LIMIT: f64 = 1.3;
/// Each text is read at least so often, and at most so often while it seems too slow.
const ROUNDS: usize = 4;
const MOST_ROUNDS: usize = 12;

fn main() -> ExitCode {
    let mut texts: Vec<(String, String)> = common::sets()
        .into_iter()
        .map(|(name, articles)| {
            let texts: Vec<_> = articles.into_iter().map(|article| article.text).collect();
            (name, texts.join("\n\n"))
        })
        .collect();
    for (name, piece) in [
        ("digits", "7"),
        ("digits in groups", "1.234.567,"),
        ("one word", "a"),
        ("der der der", "der "),
        ("weekdays", "Montag "),
        ("months", "May March 4 "),
        ("numbers in words", "zweiundzwanzigtausend hundert "),
        ("nested quotes", "„“»«\"'"),
        ("open quotes", "„er sagte "),
        ("brackets", "([(["),
        ("blank lines", "\n\n"),
        ("full stops", ". "),
        ("commas", "sagte er, "),
        ("said and said", "he said she said he told "),
        ("first since", "the first time since the first since "),
        ("seit seit", "zum ersten Mal seit 24 Jahren seit "),
        ("percent", "3,5 Prozent von 4 Millionen "),
        ("marks", "–—…·"),
        ("combining", "a\u{301}\u{308}"),
    ] {
        texts.push((name.to_owned(), piece.to_owned()));
    }
    println!(
        "The same mebibyte, read as one text and as a hundred; nanoseconds of the thread's time for a byte, the least of \
         {ROUNDS} to {MOST_ROUNDS} readings.\n"
    );
    println!("{:<22} {:>12} {:>12} {:>7}", "text", "of 10 KiB", "of 1 MiB", "ratio");
    let mut slow = Vec::new();
    for (name, piece) in texts {
        let language = if name.ends_with("en") { "en" } else { "de" };
        let (short, long) = costs(&piece, language);
        let ratio = long / short;
        println!("{name:<22} {short:>12.1} {long:>12.1} {ratio:>7.2}");
        if ratio > LIMIT {
            slow.push(name);
        }
    }
    if slow.is_empty() {
        println!("\nas a whole, none costs more than {LIMIT} times as much");
        return ExitCode::SUCCESS;
    }
    println!("\nas a whole, more than {LIMIT} times as much: {}", slow.join(", "));
    ExitCode::FAILURE
}

/// What a byte costs in texts of 10 KiB and in the one text that they make together.
fn costs(piece: &str, language: &str) -> (f64, f64) {
    let mut text = piece.repeat(LONG / piece.len() + 1);
    text.truncate(text.floor_char_boundary(LONG));
    let mut pieces = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (first, more) = rest.split_at(rest.ceil_char_boundary(SHORT.min(rest.len())));
        pieces.push(article(first, language));
        rest = more;
    }
    let whole = [article(&text, language)];
    let (mut short, mut long) = (f64::INFINITY, f64::INFINITY);
    // In turns, so that what else the machine does falls on both; and more often where it seems to have fallen on one.
    for round in 0..MOST_ROUNDS {
        if round >= ROUNDS && long <= LIMIT * short {
            break;
        }
        short = short.min(cost(&pieces));
        long = long.min(cost(&whole));
    }
    (short, long)
}

fn article(text: &str, language: &str) -> Article {
    Article {
        text: text.to_owned(),
        language: Some(language.to_owned()),
        publish_date: "2024-06-19".parse().ok(),
        ..Article::default()
    }
}

/// Nanoseconds of this thread's time for each byte.
fn cost(articles: &[Article]) -> f64 {
    let began = thread_time();
    for article in articles {
        extract(article).expect("a language that there is a pack for");
    }
    let bytes: usize = articles.iter().map(|article| article.text.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
    let bytes = bytes as f64;
    (thread_time() - began).as_secs_f64() / bytes * 1e9
}
