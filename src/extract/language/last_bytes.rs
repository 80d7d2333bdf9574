//! What words end with, roughly: a test that most words fail.

/// Pairs of bytes, so that most words need not be looked up by their endings.
#[derive(Debug)]
pub(super) struct PairsOfBytes(Vec<u64>);

impl Default for PairsOfBytes {
    fn default() -> Self {
        Self(vec![0; (1 << 16) / 64])
    }
}

impl PairsOfBytes {
    fn place(word: &str) -> Option<usize> {
        let &[.., a, b] = word.as_bytes() else { return None };
        Some(usize::from(u16::from_be_bytes([a, b])))
    }

    /// Adds the last two bytes of an ending.
    pub(super) fn add(&mut self, ending: &str) {
        match Self::place(ending) {
            Some(place) => self.0[place / 64] |= 1 << (place % 64),
            // An ending of one byte can follow any.
            None => self.0.fill(u64::MAX),
        }
    }

    /// Whether an ending has the last two bytes of a word.
    pub(super) fn has(&self, word: &str) -> bool {
        Self::place(word).is_some_and(|place| self.0[place / 64] >> (place % 64) & 1 == 1)
    }
}
