//! Where the time of an extraction goes: the share of each stage, in the time that the thread was given.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

mod common;

use std::time::Duration;

use claimdesk::{
    claim::Article,
    extract::{Stage, extract_in_stages},
};
use common::thread_time;

/// Each stage with what the table calls it.
const STAGES: [(Stage, &str); 5] = [
    (Stage::Document, "document"),
    (Stage::Points, "points"),
    (Stage::Records, "records"),
    (Stage::Attributions, "attributions"),
    (Stage::Claims, "claims"),
];

/// Each set is read so often, the first time to know its words and states.
const ROUNDS: usize = 4;

fn main() {
    print!("{:<22}", "articles");
    STAGES.iter().for_each(|(_, name)| print!(" {name:>13}"));
    println!();
    for (name, articles) in common::sets() {
        read(&articles);
        let mut times = [Duration::ZERO; STAGES.len()];
        for _ in 1..ROUNDS {
            times.iter_mut().zip(read(&articles)).for_each(|(time, more)| *time += more);
        }
        let whole: f64 = times.iter().map(Duration::as_secs_f64).sum();
        print!("{name:<22}");
        times.iter().for_each(|time| print!(" {:>12.0}%", 100.0 * time.as_secs_f64() / whole));
        println!();
    }
}

/// The time that each stage took over all of some articles.
fn read(articles: &[Article]) -> [Duration; STAGES.len()] {
    let mut times = [Duration::ZERO; STAGES.len()];
    for article in articles {
        let mut began = thread_time();
        extract_in_stages(article, |stage| {
            let ended = thread_time();
            for ((of, _), time) in STAGES.iter().zip(&mut times) {
                *time += if *of == stage { ended - began } else { Duration::ZERO };
            }
            began = ended;
        })
        .expect("a language that there is a pack for");
    }
    times
}
