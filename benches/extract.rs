//! The whole extractor on one thread, in bytes of text a second, beside two ceilings of the same machine in the same
//! run: a walk over the text's words, and one search for numbers by a regular expression. At last a table of the least of
//! several readings: what others do on a shared machine only ever adds to a reading.

#![expect(clippy::print_stdout, reason = "its table is what it is run for")]

#[path = "common/cpu_time.rs"]
mod cpu_time;

mod common;

use std::{hint::black_box, time::Duration};

use claimdesk::{claim::Article, extract::extract};
use common::thread_time;
use cpu_time::CpuTime;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group};
use regex::Regex;

fn bytes(articles: &[Article]) -> u64 {
    articles.iter().map(|article| article.text.len() as u64).sum()
}

fn extraction(criterion: &mut Criterion<CpuTime>) {
    let number = Regex::new(r"\d+(?:[.,]\d+)*").expect("a pattern");
    for (name, articles) in common::sets() {
        let mut group = criterion.benchmark_group(name);
        group
            .throughput(Throughput::Bytes(bytes(&articles)))
            .sampling_mode(SamplingMode::Flat)
            .sample_size(10);
        group.bench_function("words", |bencher| {
            bencher.iter(|| {
                let words = |article: &Article| article.text.split_whitespace().count();
                black_box(articles.iter().map(words).sum::<usize>())
            });
        });
        group.bench_function("numbers", |bencher| {
            bencher.iter(|| {
                let numbers = |article: &Article| number.find_iter(&article.text).count();
                black_box(articles.iter().map(numbers).sum::<usize>())
            });
        });
        group.bench_function("extract", |bencher| {
            bencher.iter(|| {
                for article in &articles {
                    black_box(extract(article)).expect("a language that there is a pack for");
                }
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(CpuTime);
    targets = extraction
}

/// Of so many readings of each set the least counts.
const READINGS: usize = 12;

/// The least time of all readings of a set.
fn least(articles: &[Article], mut read: impl FnMut(&Article)) -> Duration {
    let mut reading = || {
        let began = thread_time();
        articles.iter().for_each(&mut read);
        thread_time() - began
    };
    (0..READINGS).map(|_| reading()).min().unwrap_or_default()
}

fn table() {
    let number = Regex::new(r"\d+(?:[.,]\d+)*").expect("a pattern");
    println!("MiB/s of the thread's time, the least of {READINGS} readings\n");
    println!("{:<22} {:>9} {:>9} {:>11}", "articles", "numbers", "extract", "of numbers");
    for (name, articles) in common::sets() {
        let speed = |time: Duration| {
            let mebibytes = f64::from(u32::try_from(bytes(&articles)).unwrap_or(u32::MAX)) / 1_048_576.0;
            mebibytes / time.as_secs_f64()
        };
        let numbers = speed(least(&articles, |article| {
            black_box(number.find_iter(&article.text).count());
        }));
        let extraction = speed(least(&articles, |article| {
            black_box(extract(article)).expect("a language that there is a pack for");
        }));
        println!(
            "{name:<22} {numbers:>9.0} {extraction:>9.1} {:>11}",
            format!("1/{:.0}", numbers / extraction)
        );
    }
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    table();
}
