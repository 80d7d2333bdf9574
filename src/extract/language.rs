//! Language packs: all that is known of a language, as data. The folders of `languages/` are compiled into the binary.

mod chapter;
mod compiled;
mod last_bytes;
mod lexicon;
mod numerals;
mod pack;
mod well_known;
mod words;

use std::sync::{LazyLock, OnceLock};

pub use compiled::PackError;
pub(super) use pack::Pack;
pub(super) use well_known::WellKnown;

use super::UnsupportedLanguage;
use compiled::Compiled;

include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The packs that are compiled in, in the order of their codes; each is loaded when it is first needed.
static PACKS: LazyLock<Vec<Embedded>> = LazyLock::new(|| {
    let embedded = |(code, chapters): &(&'static str, &'static [(&'static str, &'static str)])| Embedded {
        code,
        chapters,
        three_letter_code: compiled::three_letter_code(chapters),
        compiled: OnceLock::new(),
    };
    EMBEDDED.iter().map(embedded).collect()
});

/// A pack that is compiled in.
struct Embedded {
    code: &'static str,
    chapters: &'static [(&'static str, &'static str)],
    three_letter_code: String,
    compiled: OnceLock<Compiled>,
}

impl Embedded {
    #[expect(clippy::expect_used, reason = "the packs are part of the binary, and a test loads each of them")]
    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| {
            Compiled::load(self.code, self.chapters).expect("the packs in the binary are sound")
        })
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
    Compiled::load(code, chapters).map(|_| ())
}

/// The pack of a language.
pub(super) fn pack(code: &str) -> Result<Pack, UnsupportedLanguage> {
    let primary = code.split(['-', '_']).next().unwrap_or(code);
    let known = PACKS.iter().find(|embedded| embedded.code.eq_ignore_ascii_case(primary));
    known.map(|embedded| Pack::of(embedded.compiled())).ok_or_else(|| UnsupportedLanguage {
        given: code.to_owned(),
        available: languages().map(str::to_owned).collect(),
    })
}

/// So much of a text tells its language.
const DETECTION_BYTES: usize = 16 << 10;

/// The pack that fits a text best: that of the detected language, or the one that knows most of its words.
pub(super) fn detect(text: &str) -> Pack {
    let head = &text[..text.floor_char_boundary(DETECTION_BYTES)];
    let detected = whichlang::detect_language(head).three_letter_code();
    let fits = PACKS.iter().find(|embedded| embedded.three_letter_code == detected);
    Pack::of(fits.map(Embedded::compiled).unwrap_or_else(|| {
        let known = |pack: &&Compiled| head.split_whitespace().filter(|word| pack.knows(word)).count();
        PACKS.iter().map(Embedded::compiled).max_by_key(known).unwrap_or_else(|| PACKS[0].compiled())
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_in_the_binary_is_sound() {
        for (code, chapters) in EMBEDDED.iter() {
            if let Err(error) = Compiled::load(code, chapters) {
                panic!("{error}");
            }
        }
    }

    #[test]
    fn a_chapter_that_asks_for_more_than_its_size_is_refused() {
        let settings = "[language]\nthree_letter_code = \"xxx\"\ndecimal_mark = \".\"\ngroup_marks = \",\"\n\
            ordinal_full_stop = false\ncompound_numerals = false\ncomma_before_content = false\n";
        let told = |text: &str| {
            let chapters = [("language.toml", settings), ("time.toml", text)];
            check_pack("xx", &chapters).map_err(|error| error.to_string())
        };
        let pattern = |notation: &str| {
            format!(
                "[class.w]\n_ = \"w\"\n[[pattern]]\nname = \"x\"\nmake = \"nothing\"\nmatch = '{notation}'\n"
            )
        };
        assert_eq!(told(&pattern("w (w | w?){1,3}")), Ok(()));
        let deep = "(".repeat(100_000);
        let macros = (0..11).fold("[macro]\nm11 = 'w'\n".to_owned(), |text, at| {
            let next = format!("m{} ", at + 1);
            format!("{text}m{at} = '{}'\n", next.repeat(20))
        });
        for (bomb, said) in [
            (pattern(&deep), "24 deep"),
            (pattern("(((w{255}){255}){255}){255}"), "steps"),
            (format!("{macros}{}", pattern("m0")), "steps"),
            (format!("[class.w]\n_ = '{}'\n", "{a,b}".repeat(100)), "forms"),
        ] {
            let error = told(&bomb).expect_err(said);
            assert!(error.contains(said), "{}", error.chars().take(300).collect::<String>());
        }
    }
}
