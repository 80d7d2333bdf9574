//! The files of a pack as they are written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::extract::worthiness::WrittenNgrams as Ngrams;

/// One file of a pack.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chapter {
    /// What holds for the language as a whole; in one chapter of a pack.
    pub(super) language: Option<Settings>,
    /// Endings, by the name that `~` refers to.
    #[serde(default)]
    pub(super) paradigm: BTreeMap<String, String>,
    /// Words by class and value.
    #[serde(default)]
    pub(super) class: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
    /// Endings that make a word of a class out of a number in words, by class and value.
    #[serde(default)]
    pub(super) suffix: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
    /// Endings that give a word of no other entry a class, whatever stands before them, by class and value.
    #[serde(default)]
    pub(super) ending: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
    /// The weights of linear scores, by the name of the score and of what is weighed.
    #[serde(default)]
    pub(super) weights: BTreeMap<String, BTreeMap<String, f64>>,
    /// The weights of n-grams, by the name of the score.
    #[serde(default)]
    pub(super) ngrams: BTreeMap<String, Ngrams>,
    /// Patterns that others use by name.
    #[serde(default)]
    pub(super) r#macro: BTreeMap<String, Spanned<String>>,
    /// The patterns.
    #[serde(default)]
    pub(super) pattern: Vec<Entry>,
}

/// What holds for a language as a whole.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// ISO 639-3 code.
    pub(super) three_letter_code: String,
    /// The mark before decimals.
    pub(super) decimal_mark: char,
    /// The marks that may stand between groups of three digits.
    pub(super) group_marks: String,
    /// Whether a full stop behind digits makes an ordinal.
    pub(super) ordinal_full_stop: bool,
    /// Whether numbers in words are written as one word.
    pub(super) compound_numerals: bool,
    /// Whether a comma parts a verb of saying from the clause that is said.
    pub(super) comma_before_content: bool,
}

/// One pattern of a chapter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) name: Spanned<String>,
    pub(super) make: String,
    pub(super) r#match: Spanned<String>,
    #[serde(default)]
    pub(super) with: BTreeMap<String, String>,
}

/// All forms of an entry: `a{b,c} d~p` with the paradigm p = "- s" gives ab, ac, d and ds.
pub(super) fn forms<'a>(
    text: &'a str,
    paradigms: &'a BTreeMap<String, String>,
) -> Result<Vec<String>, String> {
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        // A tilde that stands alone is itself.
        let (stem, endings) = match word.split_once('~').filter(|_| word.len() > 1) {
            None => (word, vec![""]),
            Some((stem, name)) => {
                let endings =
                    paradigms.get(name).ok_or_else(|| format!("there is no paradigm \"{name}\""))?;
                (stem, endings.split_whitespace().map(|ending| ending.trim_start_matches('-')).collect())
            }
        };
        for stem in braces(stem)? {
            all.extend(endings.iter().map(|ending| format!("{stem}{ending}")));
        }
    }
    Ok(all)
}

fn braces(word: &str) -> Result<Vec<String>, String> {
    let Some((head, rest)) = word.split_once('{') else { return Ok(vec![word.to_owned()]) };
    let (choices, tail) =
        rest.split_once('}').ok_or_else(|| format!("a brace is not closed in \"{word}\""))?;
    let tails = braces(tail)?;
    Ok(choices
        .split(',')
        .flat_map(|choice| tails.iter().map(move |tail| format!("{head}{choice}{tail}")))
        .collect())
}
