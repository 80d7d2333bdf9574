//! A memory of the words that were looked up last. A text repeats its words, and looking one up means folding it,
//! reading it as a number and trying its endings.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use crate::extract::{document::Shape, pattern::Symbol};

/// So many words are remembered; a power of two.
const WORDS: usize = 1 << 12;
/// Longer words are not.
const LONGEST: usize = 24;

/// A word with its symbols.
#[derive(Debug, Clone, Copy)]
struct Word {
    bytes: [u8; LONGEST],
    length: u8,
    shape: Shape,
    symbols: [Symbol; 2],
}

/// The words that were looked up last, each at the place that its hash gives it.
#[derive(Debug, Default)]
pub(in crate::extract) struct Words {
    places: Vec<Option<Word>>,
    folded: String,
}

impl Words {
    /// The symbols of a word that looks as it does, remembered or looked up; `look_up` also gets room to work in.
    pub(super) fn symbols(
        &mut self,
        word: &str,
        shape: Shape,
        look_up: impl FnOnce(&str, &mut String) -> [Symbol; 2],
    ) -> [Symbol; 2] {
        if word.len() > LONGEST {
            return look_up(word, &mut self.folded);
        }
        if self.places.is_empty() {
            self.places.resize(WORDS, None);
        }
        let mut hasher = FxHasher::default();
        hasher.write(word.as_bytes());
        let place = &mut self.places[hasher.finish() as usize & (WORDS - 1)];
        if let Some(known) = place
            && known.shape == shape
            && &known.bytes[..usize::from(known.length)] == word.as_bytes()
        {
            return known.symbols;
        }
        let symbols = look_up(word, &mut self.folded);
        let mut bytes = [0; LONGEST];
        bytes[..word.len()].copy_from_slice(word.as_bytes());
        let length = u8::try_from(word.len()).unwrap_or_default();
        *place = Some(Word { bytes, length, shape, symbols });
        symbols
    }

    /// Room to work in.
    pub(in crate::extract) fn room(&mut self) -> &mut String {
        &mut self.folded
    }
}
