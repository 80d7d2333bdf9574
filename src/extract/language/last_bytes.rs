//! What words end with: a test that most words fail.

use rustc_hash::FxHashMap;

/// How long the endings are that end with the last two bytes of a word, so that it need not be looked up by others.
#[derive(Debug, Default)]
pub(super) struct LastBytes {
    /// For each pair of bytes, a bit for each length.
    lengths: FxHashMap<[u8; 2], u64>,
    /// The length of endings of one byte, which can follow any.
    single: u64,
}

/// Longer endings are none.
const LONGEST: usize = u64::BITS as usize - 1;

impl LastBytes {
    /// Adds an ending.
    pub(super) fn add(&mut self, ending: &str) {
        let length = 1 << ending.len().min(LONGEST);
        match ending.as_bytes() {
            &[.., a, b] => *self.lengths.entry([a, b]).or_default() |= length,
            _ => self.single |= length,
        }
    }

    fn bits(&self, word: &str) -> u64 {
        let &[.., a, b] = word.as_bytes() else { return self.single };
        self.single | self.lengths.get(&[a, b]).copied().unwrap_or(0)
    }

    /// Whether some ending can be that of a word.
    pub(super) fn has(&self, word: &str) -> bool {
        self.bits(word) != 0
    }

    /// The lengths in bytes of the endings that a word can have behind at least one byte, the longest first.
    pub(super) fn lengths(&self, word: &str) -> impl Iterator<Item = usize> + use<> {
        let mut bits = self.bits(word) & ((1 << word.len().min(LONGEST)) - 1);
        std::iter::from_fn(move || {
            let length = bits.checked_ilog2()?;
            bits ^= 1 << length;
            Some(length as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lengths_of_endings_that_a_word_can_have_are_given() {
        let mut endings = LastBytes::default();
        ["lich", "ich", "t", "ung"].iter().for_each(|ending| endings.add(ending));
        let lengths = |word| endings.lengths(word).collect::<Vec<_>>();
        assert_eq!(lengths("freundlich"), [4, 3, 1]);
        assert_eq!(lengths("lich"), [3, 1], "an ending stands behind something");
        assert_eq!(lengths("zeitung"), [3, 1]);
        assert_eq!(lengths("x"), [] as [usize; 0]);
    }
}
