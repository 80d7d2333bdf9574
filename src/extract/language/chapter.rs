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

/// How many forms a word may have: more than any paradigm gives, and a bound for braces that multiply.
const MOST_FORMS: usize = 4096;

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
        let stems = braces(stem)?;
        if stems.len().saturating_mul(endings.len()) > MOST_FORMS {
            return Err(too_many(word));
        }
        for stem in stems {
            all.extend(endings.iter().map(|ending| format!("{stem}{ending}")));
        }
    }
    Ok(all)
}

fn too_many(word: &str) -> String {
    let shown: String = word.chars().take(40).collect();
    format!("\"{shown}\" has more than {MOST_FORMS} forms")
}

/// The forms of a word with choices in braces.
fn braces(word: &str) -> Result<Vec<String>, String> {
    let mut heads = vec![String::new()];
    let mut rest = word;
    while let Some((head, behind)) = rest.split_once('{') {
        let (choices, tail) =
            behind.split_once('}').ok_or_else(|| format!("a brace is not closed in \"{word}\""))?;
        if heads.len().saturating_mul(choices.split(',').count()) > MOST_FORMS {
            return Err(too_many(word));
        }
        heads = heads
            .iter()
            .flat_map(|before| choices.split(',').map(move |choice| format!("{before}{head}{choice}")))
            .collect();
        rest = tail;
    }
    heads.iter_mut().for_each(|form| form.push_str(rest));
    Ok(heads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_and_paradigms_multiply_within_bounds() {
        let paradigms = BTreeMap::from([("p".to_owned(), "- s".to_owned())]);
        assert_eq!(
            forms("a{b,c}x{,y} d~p ~", &paradigms).expect("forms"),
            ["abx", "abxy", "acx", "acxy", "d", "ds", "~"]
        );
        for bomb in [&"{a,b}".repeat(400), &format!("{{{}}}~p", ",".repeat(4000))] {
            assert!(forms(bomb, &paradigms).expect_err("too many").contains("4096 forms"));
        }
        assert!(forms(&"{a}".repeat(100_000), &paradigms).is_ok());
        assert!(forms("a{b", &paradigms).is_err());
    }
}
