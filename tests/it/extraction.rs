//! What must hold for every text, however odd: spans that reproduce the quotes, and no panic.

use claimdesk::{claim, extract::extract};
use proptest::prelude::*;

use super::harness::offline;

/// Parts that a text may be made of: facts, and all that makes counting hard.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop::sample::select(vec![
            "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.",
            "Es ist der erste Besuch seit 24 Jahren.",
            "„Wir waren am 19. Juni dort. Es waren 40“, sagte Müller.",
            "Laut Dr. Weiß kostete das z. B. 3,14 Mio. Euro.",
            "The minister said on Tuesday that 2.7 million people had left.",
            "It was the highest figure since 1998, according to U.S. officials.",
            "He said: “It rose by 5% last year. We are 71 years old.”",
        ])
        .prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "\n", "\r\n", "\n\n", "\r", " ", "\u{a0}", "\u{202f}", "\u{ad}", "\u{200b}", "\u{feff}", "\t", "\u{2028}",
            "👨‍👩‍👧‍👦", "🇩🇪", "e\u{301}", "a\u{308}", "ﬁ", "„", "“", "\"", "»", "«", "'", "–", "—", "…", ".", "!", "?", "(",
            ")", "[", "1", "24", "3.", "%", "€", "St. Pölten", "p.m.", "2024-06", "1.000.000", "-5", "½",
        ])
        .prop_map(str::to_owned),
        1 => "\\PC{0,8}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spans_reproduce_the_text(parts in prop::collection::vec(part(), 0..12), german in any::<bool>()) {
        let text = parts.concat();
        let article = claim::Article {
            text: text.clone(),
            publish_date: Some("2024-06-19".parse().expect("a date")),
            language: Some(if german { "de" } else { "en" }.to_owned()),
            ..claim::Article::default()
        };
        let found = extract(&article).expect("a language that there is a pack for");
        prop_assert_eq!(&found, &extract(&article).expect("as before"), "the same input gives the same output");
        let letters: Vec<char> = text.chars().collect();
        let slice = |span: claim::Span| letters.get(span.start as usize..span.end as usize).map(String::from_iter);
        let mut last = 0;
        for claim in &found.claims {
            let span = claim.span.expect("an extracted claim has a place");
            prop_assert_eq!(slice(span), Some(claim.quote.clone()));
            prop_assert!(span.start >= last, "claims come in the order of the text");
            last = span.start;
            for point in &claim.points {
                prop_assert_eq!(slice(point.span), Some(point.text.to_string()));
                prop_assert!(span.start <= point.span.start && point.span.end <= span.end);
            }
            for source in &claim.sources {
                if let Some(place) = source.span {
                    prop_assert!(slice(place).is_some_and(|mention| !mention.is_empty()));
                    // A pronoun has its place, and the name that it stands for.
                    prop_assert!(source.name.split_whitespace().all(|word| text.contains(word)));
                }
            }
            prop_assert!((0.0..=1.0).contains(&claim.check_worthiness));
        }
        for point in &found.points {
            prop_assert_eq!(slice(point.span), Some(point.text.to_string()));
        }
        for sentence in &found.sentences {
            prop_assert!(slice(sentence.span).is_some());
        }
    }
}

#[test]
fn a_long_text_takes_time_in_proportion() {
    let article = |times: usize| claim::Article {
        text: "Im Juli 2024 kamen 40 Gäste aus 3 Ländern, sagte Müller der Agentur. ".repeat(times),
        language: Some("de".to_owned()),
        ..claim::Article::default()
    };
    let time = |times| {
        let article = article(times);
        let began = std::time::Instant::now();
        extract(&article).expect("German");
        began.elapsed()
    };
    time(100);
    let (short, long) = (time(1_000), time(8_000));
    assert!(long < short * 40, "8 times the text took {long:?}, the text itself {short:?}");
}

#[test]
fn offline_it_needs_no_service() {
    let text = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.\n";
    let found = offline(&["extract", "-", "--publish-date", "2024-06", "-o", "json"], text).json();
    let claim = &found["claims"][0];
    assert_eq!(claim["quote"], text.trim_end());
    assert!(claim["span"]["end"].as_u64() == Some(text.trim_end().chars().count() as u64), "{claim}");
}
