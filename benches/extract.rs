//! The whole extractor on one thread, in bytes of text a second, beside two ceilings of the same machine in the same
//! run: a walk over the text's words, and one search for numbers by a regular expression.

#[path = "common/cpu_time.rs"]
mod cpu_time;

mod common;

use std::hint::black_box;

use claimdesk::{claim::Article, extract::extract};
use cpu_time::CpuTime;
use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
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
criterion_main!(benches);
