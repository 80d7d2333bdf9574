//! Language packs: all that is known of a language, as data. The folders of `languages/` are compiled into the binary.

mod chapter;
mod lexicon;
mod numerals;
mod pack;
mod well_known;
mod words;

use std::sync::{LazyLock, OnceLock};

pub(super) use pack::Pack;
pub use pack::PackError;
pub(super) use well_known::WellKnown;
pub(super) use words::Words;

use super::UnsupportedLanguage;

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The packs that are compiled in, in the order of their codes; each is loaded when it is first needed.
static PACKS: LazyLock<Vec<Embedded>> = LazyLock::new(|| {
    let embedded = |(code, chapters): &(&'static str, &'static [(&'static str, &'static str)])| Embedded {
        code,
        chapters,
        three_letter_code: pack::three_letter_code(chapters),
        pack: OnceLock::new(),
    };
    EMBEDDED.iter().map(embedded).collect()
});

/// A pack that is compiled in.
struct Embedded {
    code: &'static str,
    chapters: &'static [(&'static str, &'static str)],
    three_letter_code: String,
    pack: OnceLock<Pack>,
}

impl Embedded {
    #[expect(clippy::expect_used, reason = "the packs are part of the binary, and a test loads each of them")]
    fn pack(&self) -> &Pack {
        self.pack
            .get_or_init(|| Pack::load(self.code, self.chapters).expect("the packs in the binary are sound"))
    }
}

/// ISO 639-1 codes of the languages there are packs for.
pub fn languages() -> impl Iterator<Item = &'static str> {
    EMBEDDED.iter().map(|(code, _)| *code)
}

/// Checks a pack's chapters, given as pairs of file name and content, as they are checked when they are compiled in.
///
/// # Errors
/// If a chapter cannot be read, names an unknown class, has a pattern that can never match or an ambiguous entry; the
/// error names file and line.
pub fn check_pack(code: &str, chapters: &[(&str, &str)]) -> Result<(), PackError> {
    Pack::load(code, chapters).map(|_| ())
}

/// The pack of a language.
pub(super) fn pack(code: &str) -> Result<&'static Pack, UnsupportedLanguage> {
    let primary = code.split(['-', '_']).next().unwrap_or(code);
    let known = PACKS.iter().find(|embedded| embedded.code.eq_ignore_ascii_case(primary));
    known.map(Embedded::pack).ok_or_else(|| UnsupportedLanguage {
        given: code.to_owned(),
        available: languages().map(str::to_owned).collect(),
    })
}

/// So much of a text tells its language.
const DETECTION_BYTES: usize = 16 << 10;

/// The pack that fits a text best: that of the detected language, or the one that knows most of its words.
pub(super) fn detect(text: &str) -> &'static Pack {
    let head = &text[..text.floor_char_boundary(DETECTION_BYTES)];
    let detected = whichlang::detect_language(head).three_letter_code();
    match PACKS.iter().find(|embedded| embedded.three_letter_code == detected) {
        Some(embedded) => embedded.pack(),
        None => {
            let known = |pack: &&Pack| head.split_whitespace().filter(|word| pack.knows(word)).count();
            PACKS.iter().map(Embedded::pack).max_by_key(known).unwrap_or_else(|| PACKS[0].pack())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_in_the_binary_is_sound() {
        for (code, chapters) in EMBEDDED.iter() {
            if let Err(error) = Pack::load(code, chapters) {
                panic!("{error}");
            }
        }
    }
}
