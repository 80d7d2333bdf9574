//! A memory of the words that were looked up last. A text repeats its words, and looking one up means folding it,
//! reading it as a number, trying its endings and adding up its n-grams.

use std::ops::Range;

use compact_str::CompactString;

use crate::extract::{document::Shape, pattern::Symbol, worthiness::WordGrams};

/// So many bits of a hash say where a word is remembered.
const PLACE_BITS: u32 = 14;
/// Longer words are not remembered.
const LONGEST: usize = 24;
/// 2^64 over the golden ratio: a multiplier that spreads keys (Knuth, The Art of Computer Programming 3, 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// What the pack knows of a word that looks as it does.
#[derive(Debug, Clone, Copy)]
pub(in crate::extract) struct KnownWord {
    /// Its symbols with a space before it and glued to the word before.
    pub(in crate::extract) symbols: [Symbol; 2],
    /// Its n-grams.
    pub(in crate::extract) grams: WordGrams,
}

/// The bytes of a word, with zeros behind them.
type Bytes = [u64; LONGEST / 8];

/// A word with what is known of it.
#[derive(Debug, Clone, Copy)]
struct Word {
    bytes: Bytes,
    length: u8,
    shape: Shape,
    symbols: [Symbol; 2],
    grams: WordGrams,
}

/// The words that were looked up last, each at the place that its hash gives it.
#[derive(Debug, Default)]
pub(in crate::extract) struct Words {
    places: Vec<Option<Word>>,
    folded: CompactString,
}

impl Words {
    /// What is known of the word in a range of a text that looks as it does, remembered or looked up; `look_up` also gets
    /// room to work in.
    pub(super) fn known(
        &mut self,
        text: &str,
        range: Range<usize>,
        shape: Shape,
        look_up: impl FnOnce(&str, &mut CompactString) -> KnownWord,
    ) -> KnownWord {
        let length = range.len();
        if length > LONGEST {
            return look_up(&text[range], &mut self.folded);
        }
        if self.places.is_empty() {
            self.places.resize(1 << PLACE_BITS, None);
        }
        let bytes = bytes(text.as_bytes(), range.start, length);
        let [first, second, third] = bytes;
        let mixed = (first ^ second.rotate_left(23) ^ third.rotate_left(41)).wrapping_mul(SPREAD);
        let place = &mut self.places[(mixed >> (u64::BITS - PLACE_BITS)) as usize];
        if let Some(word) = place
            && word.bytes == bytes
            && usize::from(word.length) == length
            && word.shape == shape
        {
            return KnownWord { symbols: word.symbols, grams: word.grams };
        }
        let KnownWord { symbols, grams } = look_up(&text[range], &mut self.folded);
        let length = u8::try_from(length).unwrap_or_default();
        *place = Some(Word { bytes, length, shape, symbols, grams });
        KnownWord { symbols, grams }
    }

    /// Room to work in.
    pub(in crate::extract) fn room(&mut self) -> &mut CompactString {
        &mut self.folded
    }
}

/// The bytes of a word of a text that is no longer than [`LONGEST`].
fn bytes(text: &[u8], start: usize, length: usize) -> Bytes {
    // Most words are short.
    if length <= 8 {
        return [eight(text, start, length), 0, 0];
    }
    let more = length.saturating_sub(16);
    [eight(text, start, 8), eight(text, start + 8, length.min(16) - 8), eight(text, start + 16, more)]
}

/// At most eight bytes of a text, with zeros behind them. To read what follows as well and to clear it costs less than to
/// copy a length that varies.
fn eight(text: &[u8], start: usize, length: usize) -> u64 {
    match text.get(start..).and_then(|rest| rest.first_chunk()) {
        Some(bytes) if length < 8 => u64::from_le_bytes(*bytes) & ((1 << (8 * length)) - 1),
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => (start..start + length).rev().fold(0, |value, at| value << 8 | u64::from(text[at])),
    }
}
