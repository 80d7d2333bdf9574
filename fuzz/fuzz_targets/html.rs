//! The HTML reader on any markup: it must not panic, what it reads has no NUL and is no longer than the page can say, and
//! every span quotes it.

#![no_main]

use claimdesk::{
    claim::{Article, ContentType},
    extract::{Options, Prefer, extract_with},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &str| {
    let article =
        Article { text: html.to_owned(), language: Some("en".to_owned()), ..Article::default() };
    let options = Options { content_type: ContentType::Html, prefer: Prefer::default() };
    let (article, extraction) = extract_with(article, options).expect("a language with a pack");
    let text = &article.text;
    assert!(!text.contains('\0'));
    // The longest that a character reference makes of its letters, and a line break for each tag.
    assert!(text.len() <= 2 * html.len() + 16, "{} bytes of {}", text.len(), html.len());
    for point in &extraction.points {
        assert_eq!(point.span.of(text), Some(point.text.as_str()));
    }
    for claim in &extraction.claims {
        assert_eq!(claim.span.and_then(|span| span.of(text)), Some(claim.quote.as_str()));
    }
    for sentence in &extraction.sentences {
        assert!(sentence.span.of(text).is_some());
    }
});
