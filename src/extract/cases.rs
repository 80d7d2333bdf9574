//! The packs' case tables, `languages/<code>/cases/*.toml`, run as tests.

use std::{fmt::Write, fs, path::Path};

use proptest::prelude::*;
use serde::{Deserialize, de::DeserializeOwned};

use super::{Extraction, extract, languages};
use crate::claim::{Article, SourceRole};

/// A file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table<T> {
    case: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SentenceCase {
    text: String,
    sentences: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributionCase {
    /// The sentences before, which the last one may depend on.
    #[serde(default)]
    before: String,
    /// The sentence that is tested.
    text: String,
    /// The sentences behind it.
    #[serde(default)]
    after: String,
    speaker: Option<String>,
    relay: Option<String>,
    cue: Option<String>,
    modality: String,
    #[serde(default)]
    anonymous: bool,
}

fn table<T: DeserializeOwned>(language: &str, name: &str) -> Vec<T> {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("languages").join(language).join("cases").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: Table<T> = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    table.case
}

fn read(language: &str, text: &str) -> Extraction {
    let article =
        Article { text: text.to_owned(), language: Some(language.to_owned()), ..Article::default() };
    extract(&article).unwrap()
}

#[test]
fn texts_have_their_sentences() {
    let mut wrong = String::new();
    for language in languages() {
        for case in table::<SentenceCase>(language, "sentences.toml") {
            let found: Vec<_> = read(language, &case.text)
                .sentences
                .iter()
                .map(|s| s.span.of(&case.text).unwrap().to_owned())
                .collect();
            if found != case.sentences {
                let _ = writeln!(wrong, "{language}: {:?}\n   is {found:?}", case.text);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn sentences_have_their_sources() {
    let mut wrong = String::new();
    for language in languages() {
        for case in table::<AttributionCase>(language, "attribution.toml") {
            let parts = [&case.before, &case.text, &case.after];
            let parts: Vec<_> =
                parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect();
            let text = parts.join(" ");
            let extraction = read(language, &text);
            let Some(claim) = extraction.claims.iter().find(|claim| claim.quote == case.text) else {
                let _ = writeln!(wrong, "{language}: {:?}\n   is no claim", case.text);
                continue;
            };
            let of = |role| claim.sources.iter().find(|source| source.role == role);
            let name = |role| of(role).map(|source| source.name.clone());
            let (speaker, relay) = (name(SourceRole::Speaker), name(SourceRole::Relay));
            let cue = of(SourceRole::Speaker).or(of(SourceRole::Relay)).map(|source| source.cue.clone());
            let anonymous = claim.sources.iter().any(|source| source.anonymous);
            let right = speaker == case.speaker
                && relay == case.relay
                && (case.cue.is_none() || cue == case.cue)
                && claim.modality.as_str() == case.modality
                && anonymous == case.anonymous;
            if !right {
                let _ = writeln!(
                    wrong,
                    "{language}: {:?}\n   is {speaker:?} {relay:?} {cue:?} {} anonymous: {anonymous}",
                    case.text, claim.modality
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Pieces that texts are made of to provoke: marks, line ends, characters of several code units, cues.
const PIECES: &[&str] = &[
    "\r\n",
    "\n\n",
    "\n",
    " ",
    "\u{a0}",
    "\u{ad}",
    "e\u{301}",
    "👩\u{200d}👩",
    "„",
    "“",
    "\"",
    "»",
    "'",
    "(",
    ")",
    ".",
    "!",
    "?",
    ",",
    ":",
    "-",
    "–",
    "19.",
    "3.14",
    "Dr.",
    "z. B.",
    "sagte",
    "Putin",
    "dass",
    "laut",
    "Angaben",
    "zufolge",
    "said",
    "that",
    "according",
    "to",
    "The",
    "he",
    "sei",
    "habe",
    "Nach",
    "wie",
    "mit",
    "teilte",
    "so",
    "ß",
    "İ",
    "字",
    "\u{feff}",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn spans_reproduce_any_text(text in "\\PC{0,120}", english in any::<bool>()) {
        check(&text, if english { "en" } else { "de" })?;
    }

    #[test]
    fn spans_reproduce_texts_of_hard_pieces(pieces in prop::collection::vec((0..PIECES.len(), any::<bool>()), 0..80), english in any::<bool>()) {
        let text: String = pieces.iter().flat_map(|&(at, space)| [PIECES[at], if space { " " } else { "" }]).collect();
        check(&text, if english { "en" } else { "de" })?;
    }
}

fn check(text: &str, language: &str) -> Result<(), TestCaseError> {
    let extraction = read(language, text);
    for claim in &extraction.claims {
        prop_assert_eq!(claim.span.and_then(|span| span.of(text)), Some(claim.quote.as_str()));
        prop_assert!((0.0..=1.0).contains(&claim.check_worthiness));
        for source in &claim.sources {
            prop_assert!(source.span.is_none_or(|span| span.of(text).is_some()));
        }
    }
    for point in &extraction.points {
        prop_assert_eq!(point.span.of(text), Some(point.text.as_str()));
    }
    for said in &extraction.attributions {
        prop_assert!(said.content.of(text).is_some_and(|content| !content.is_empty()));
    }
    let mut end = 0;
    for sentence in &extraction.sentences {
        prop_assert!(sentence.span.start >= end && sentence.span.end > sentence.span.start);
        end = sentence.span.end;
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorthCases {
    worth: Vec<String>,
    routine: Vec<String>,
}

#[test]
fn half_a_score_parts_what_is_worth_a_check_from_what_is_not() {
    for language in languages() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("languages").join(language);
        let text = fs::read_to_string(path.join("cases/worthiness.toml")).unwrap();
        let cases: WorthCases = toml::from_str(&text).unwrap();
        let share = |texts: &[String]| {
            let above = |text: &&String| {
                read(language, text).sentences.iter().any(|sentence| sentence.check_worthiness >= 0.5)
            };
            texts.iter().filter(above).count() as f64 / texts.len() as f64
        };
        let (worth, routine) = (share(&cases.worth), share(&cases.routine));
        assert!(worth >= 0.85 && routine <= 0.15, "{language}: {worth:.2} of worth, {routine:.2} of routine");
    }
}
