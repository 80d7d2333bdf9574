//! Words as a search compares them: folded, by their stem, and as parts of compounds.
//!
//! All of it happens here and not in the database, so that every version and build of PostgreSQL finds the same, and a
//! watch, which has no database, finds the same as a list.

use std::collections::BTreeSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// How many different words of a claim can be found at most.
const MOST_WORDS: usize = 2_000;
/// How many characters a word has at most; what is longer is no word.
const LONGEST_WORD: usize = 64;

/// The languages that there are stemmers of, by ISO 639-1.
const STEMMERS: [(&str, Algorithm); 18] = [
    ("ar", Algorithm::Arabic),
    ("da", Algorithm::Danish),
    ("de", Algorithm::German),
    ("el", Algorithm::Greek),
    ("en", Algorithm::English),
    ("es", Algorithm::Spanish),
    ("fi", Algorithm::Finnish),
    ("fr", Algorithm::French),
    ("hu", Algorithm::Hungarian),
    ("it", Algorithm::Italian),
    ("nl", Algorithm::Dutch),
    ("no", Algorithm::Norwegian),
    ("pt", Algorithm::Portuguese),
    ("ro", Algorithm::Romanian),
    ("ru", Algorithm::Russian),
    ("sv", Algorithm::Swedish),
    ("ta", Algorithm::Tamil),
    ("tr", Algorithm::Turkish),
];

/// The languages that write a compound as one word, so that a short part of one is worth finding.
const COMPOUNDING: [&str; 8] = ["da", "de", "fi", "hu", "is", "nl", "no", "sv"];

/// A word of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    /// In lower case, without marks on letters: what a part of a text is looked for in.
    pub(super) plain: String,
    /// As `plain`, but with "ue" for an umlaut as the bare letter: what spellings are compared by.
    pub(super) form: String,
    /// The form of its stem in the language of its text: what inflections are compared by.
    pub(super) stem: String,
}

/// The words of a text, each once, and whether some were left out.
pub(super) fn of_text(text: &str, language: &str) -> (BTreeSet<Word>, bool) {
    let stemmer = Stem::of(language);
    let (mut words, mut all) = (BTreeSet::new(), true);
    for token in tokens(text) {
        let plain = plain(token);
        if plain.is_empty() {
            continue;
        }
        if words.len() >= MOST_WORDS || plain.chars().count() > LONGEST_WORD {
            all = false;
            continue;
        }
        words.insert(Word { form: form(&plain), stem: stemmer.key(&plain), plain });
    }
    (words, all)
}

/// The runs of letters and digits, with the marks on them.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && !is_combining_mark(c)).filter(|token| !token.is_empty())
}

/// In lower case, without the marks on letters. It maps character by character, so that a part of a text stays a part.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ß' => plain.push_str("ss"),
            c if is_combining_mark(c) => {}
            c => plain.push(c),
        }
    }
    plain
}

/// An umlaut that is written as two letters as the one letter that `plain` leaves of it. Behind a vowel or a q the two are
/// letters of their own.
pub(super) fn form(plain: &str) -> String {
    let mut form = String::with_capacity(plain.len());
    let (mut before, mut rest) = (' ', plain.chars().peekable());
    while let Some(c) = rest.next() {
        form.push(c);
        let umlaut = "aou".contains(c) && !"aeiouqy".contains(before);
        if umlaut && rest.next_if_eq(&'e').is_some() {
            before = 'e';
        } else {
            before = c;
        }
    }
    form
}

impl Word {
    /// The pieces of three letters that the word has, in any of its forms.
    pub(super) fn pieces(&self) -> BTreeSet<String> {
        // Most words look the same in two of them, or in all.
        let forms = BTreeSet::from([&self.plain, &self.form, &self.stem]);
        forms.into_iter().flat_map(|form| pieces(form)).collect()
    }
}

/// The pieces of three letters that a text has; of a shorter one there are none.
pub(super) fn pieces(word: &str) -> BTreeSet<String> {
    let letters: Vec<char> = word.chars().collect();
    letters.windows(3).map(|three| three.iter().collect()).collect()
}

/// How the words of one language are brought to their stems.
struct Stem(Option<Stemmer>);

impl Stem {
    fn of(language: &str) -> Self {
        let known = STEMMERS.iter().find(|(code, _)| *code == language);
        Self(known.map(|(_, algorithm)| Stemmer::create(*algorithm)))
    }

    /// The form of the stem of a word. Marks are gone by then, so that all spellings of a word have one stem.
    fn key(&self, plain: &str) -> String {
        match &self.0 {
            Some(stemmer) => form(&stemmer.stem(plain)),
            None => form(plain),
        }
    }
}

/// A word that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sought {
    plain: String,
    form: String,
}

impl Sought {
    /// The words of a text that is looked for.
    pub(super) fn of(text: &str) -> Vec<Self> {
        let plain = tokens(text).map(plain).filter(|plain| !plain.is_empty());
        plain.map(|plain| Self { form: form(&plain), plain }).collect()
    }

    /// Its form.
    pub(super) fn form(&self) -> &str {
        &self.form
    }

    /// What it is looked for by in the languages that have stems; in others it is its form.
    pub(super) fn keys(&self) -> Vec<(&'static str, Key)> {
        STEMMERS.iter().map(|(language, _)| (*language, self.key(language))).collect()
    }

    /// What it is looked for by in a language.
    pub(super) fn key(&self, language: &str) -> Key {
        let stem = Stem::of(language).key(&self.plain);
        let compounding = COMPOUNDING.contains(&language);
        let whole =
            |text: &str, shortest| text.chars().count() >= shortest && text.chars().all(char::is_alphabetic);
        let (part, tail) = match compounding {
            true => (Some(&stem).filter(|stem| whole(stem, 4)), None),
            // Where compounds are rare, a stem is too easily a part of a word that has nothing to do with it.
            false => Some((&self.form, Some(&stem))).filter(|(form, _)| whole(form, 5)).unzip(),
        };
        Key { part: part.cloned(), tail: tail.flatten().cloned(), stem }
    }
}

/// What a word is looked for by in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// Words of this stem are inflections of it.
    pub(super) stem: String,
    /// Words in whose form this stands are compounds of it.
    pub(super) part: Option<String>,
    /// Words whose stem ends with this are compounds of it.
    pub(super) tail: Option<String>,
}

impl Key {
    fn fits(&self, word: &Word) -> bool {
        word.stem == self.stem
            || self.part.as_ref().is_some_and(|part| word.form.contains(part))
            || self.tail.as_ref().is_some_and(|tail| word.stem.ends_with(tail))
    }
}

/// Whether a text has every one of the words, or inflections or compounds of them.
pub(in crate::store) fn has_all(text: &str, language: &str, sought: &str) -> bool {
    let (words, _) = of_text(text, language);
    Sought::of(sought).iter().all(|sought| {
        let key = sought.key(language);
        words.iter().any(|word| word.form == sought.form || key.fits(word))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spellings_of_an_umlaut_find_each_other() {
        for text in
            ["Der Bürgermeister kam.", "Der Buergermeister kam.", "der burgermeister kam", "BÜRGERMEISTER"]
        {
            for sought in ["Bürgermeister", "Buergermeister", "burgermeister", "Bu\u{308}rgermeister"] {
                assert!(has_all(text, "de", sought), "{sought} in {text}");
            }
        }
        assert!(has_all("Die Straße", "de", "STRASSE"));
        assert!(has_all("Die neuen Häuser", "de", "neue Haeuser"));
        assert!(has_all("Une élection", "en", "Election"));
    }

    #[test]
    fn inflections_are_found_in_the_language_of_the_text() {
        for (text, language, sought) in [
            ("Die Ministerin mit den Ministern", "de", "Minister"),
            ("in den Ländern", "de", "Land"),
            ("zwei Verträge", "de", "Vertrages"),
            ("He visited three cities", "en", "visit city"),
            ("higher values", "en", "value"),
        ] {
            assert!(has_all(text, language, sought), "{sought} in {text}");
        }
        assert!(!has_all("He visited three cities", "de", "city"), "German knows no plural in -ies");
        assert!(!has_all("zwei Verträge", "de", "zwei Häuser"), "every word must be there");
    }

    #[test]
    fn compounds_are_found_by_their_parts() {
        for text in ["das Gipfeltreffen", "der Klimagipfel", "des NATO-Gipfels", "die Gipfel"] {
            assert!(has_all(text, "de", "Gipfel"), "{text}");
        }
        assert!(has_all("das Krankenhaus", "de", "Häuser"));
        assert!(has_all("the greenhouses", "en", "house"));
        assert!(!has_all("Der Gipfel", "de", "Klimagipfel"));
        assert!(
            !has_all("Der Wertpapierhandel", "de", "wer"),
            "what is shorter than four letters is a word of its own"
        );
        assert!(has_all("the hypermarkets", "en", "market") && has_all("a hypermarket", "en", "markets"));
        assert!(!has_all("two thousand", "en", "house"));
        assert!(!has_all("separate", "en", "rate"));
        assert!(!has_all("im Jahr 20241", "de", "2024"), "a number is no part of another one");
    }

    #[test]
    fn what_is_longer_than_a_word_is_told() {
        assert!(!of_text(&"a".repeat(65), "de").1);
        let many: Vec<String> = (0..=MOST_WORDS).map(|n| n.to_string()).collect();
        let (words, all) = of_text(&many.join(" "), "de");
        assert_eq!((words.len(), all), (MOST_WORDS, false));
    }

    proptest! {
        #[test]
        fn a_text_has_each_of_its_words(text in "\\PC{0,60}", language in "de|en|") {
            for (word, token) in tokens(&text).map(|token| (plain(token), token)) {
                prop_assert!(word.chars().count() > LONGEST_WORD || has_all(&text, &language, token), "{word}");
            }
        }

        #[test]
        fn a_part_of_a_text_is_a_part_of_its_words(text in "[a-zA-ZäöüÄÖÜßéÉ 0-9-]{1,40}", from in 0..40usize, to in 0..40usize) {
            let letters: Vec<char> = text.chars().collect();
            let (from, to) = (from.min(letters.len()), to.min(letters.len()));
            let part: String = letters.get(from..to).unwrap_or_default().iter().collect();
            let (words, _) = of_text(&text, "de");
            for piece in tokens(&part).map(plain) {
                prop_assert!(words.iter().any(|word| word.plain.contains(&piece)), "{piece} in {text}");
            }
        }
    }
}
