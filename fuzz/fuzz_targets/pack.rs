//! Language packs: any text as a chapter beside the settings of a real pack. It is read or refused with a line of the chapter,
//! at no more than its size costs.

#![no_main]

use claimdesk::extract::check_pack;
use libfuzzer_sys::fuzz_target;

const LANGUAGE: &str = include_str!("../../languages/en/language.toml");
const CHAPTERS: [&str; 12] = [
    "time.toml",
    "figure.toml",
    "record.toml",
    "phrase.toml",
    "attribution.toml",
    "modality.toml",
    "beside.toml",
    "consistency.toml",
    "appointment.toml",
    "document.toml",
    "claim.toml",
    "language.toml",
];

fuzz_target!(|input: (u8, &str)| {
    let (chapter, text) = input;
    let file = CHAPTERS[usize::from(chapter) % CHAPTERS.len()];
    let whole = [(file, text)];
    let beside = [("language.toml", LANGUAGE), (file, text)];
    for chapters in [&beside[..], &whole[..]] {
        if let Err(error) = check_pack("xx", chapters) {
            assert!(error.line >= 1, "{error}");
            if error.file == file && file != "language.toml" {
                assert!(error.line <= text.matches('\n').count() + 1, "{error}");
            }
        }
    }
});
