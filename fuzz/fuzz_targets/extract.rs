//! The extractor on any text: it must not panic, and every span must quote what it says.

#![no_main]

use claimdesk::{
    claim::{Article, ContentType},
    extract::{Options, Prefer, extract_with},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, &str)| {
    let (setting, text) = input;
    let choice = |shift: u8| usize::from(setting >> shift & 3);
    let article = Article {
        text: text.to_owned(),
        publish_date: [None, "2024".parse().ok(), "2024-06".parse().ok(), "2024-06-19".parse().ok()][choice(0)],
        language: [None, Some("de"), Some("en"), Some("de")][choice(2)].map(str::to_owned),
        ..Article::default()
    };
    let options = Options {
        content_type: if setting & 64 == 0 { ContentType::Plain } else { ContentType::Html },
        prefer: [Prefer::Tense, Prefer::Past, Prefer::Future, Prefer::Tense][choice(4)],
    };
    // A language that there is no pack for is an answer like any other.
    let Ok((article, extraction)) = extract_with(article, options) else { return };
    for point in &extraction.points {
        assert_eq!(point.span.of(&article.text), Some(point.text.as_str()));
    }
    for claim in &extraction.claims {
        assert_eq!(claim.span.and_then(|span| span.of(&article.text)), Some(claim.quote.as_str()));
    }
});
