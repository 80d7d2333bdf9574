//! What a byte of text costs in a text of 10 KiB and in one of 1 MiB, for news and for texts made to hurt. Ends with 1 if
//! a byte of the long text costs more than 1.3 times one of the short.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

mod common;

use std::process::ExitCode;

use claimdesk::{claim::Article, extract::extract};
use rustix::time::{ClockId, clock_gettime};

const SHORT: usize = 10 * 1024;
const LONG: usize = 1024 * 1024;
/// How much more a byte of the long text may cost.
const LIMIT: f64 = 1.3;

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
    println!("{:<22} {:>14} {:>14} {:>7}", "text", "ns/byte 10 KiB", "ns/byte 1 MiB", "ratio");
    let mut slow = Vec::new();
    for (name, piece) in texts {
        let language = if name.ends_with("en") { "en" } else { "de" };
        let (short, long) = (cost(&piece, SHORT, language), cost(&piece, LONG, language));
        let ratio = long / short;
        println!("{name:<22} {short:>14.1} {long:>14.1} {ratio:>7.2}");
        if ratio > LIMIT {
            slow.push(name);
        }
    }
    if slow.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("more than {LIMIT} times: {}", slow.join(", "));
    ExitCode::FAILURE
}

/// Nanoseconds of this thread's time for each byte: the least of some runs, so that what else the machine does counts
/// little.
fn cost(piece: &str, size: usize, language: &str) -> f64 {
    let mut text = piece.repeat(size / piece.len() + 1);
    while !text.is_char_boundary(size.min(text.len())) {
        text.push(' ');
        text.remove(0);
    }
    text.truncate(size);
    let article = Article {
        text,
        language: Some(language.to_owned()),
        publish_date: "2024-06-19".parse().ok(),
        ..Article::default()
    };
    // Short texts are read as often as it takes to come to the bytes of a long one.
    let times = (LONG / size).min(20);
    let run = || {
        let began = seconds();
        for _ in 0..times {
            extract(&article).expect("a language that there is a pack for");
        }
        seconds() - began
    };
    run();
    let least = (0..3).map(|_| run()).fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_precision_loss, reason = "a few million at most")]
    let bytes = (times * size) as f64;
    least / bytes * 1e9
}

fn seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    #[expect(clippy::cast_precision_loss, reason = "seconds and nanoseconds of a short run")]
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds
}
