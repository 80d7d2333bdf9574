//! The parts of matches that were searched for before, each beside what it was searched for: a look-up reads two places.

use std::hash::Hasher;

use rustc_hash::FxHasher;

use super::{
    letters::Letter,
    locator::{Part, Parts},
    program::PatternId,
};

/// When so many matches are remembered, they are forgotten.
const MOST: usize = 1 << 15;
/// The table begins with so many slots; a power of two.
const LEAST_SLOTS: usize = 1 << 8;
/// No entry.
const NONE: u64 = u64::MAX;

/// A hash table with linear probing. A slot holds half of a hash and the place of its entry: the pattern, the number of
/// letters, the letters, the number of parts, and three numbers for each part.
#[derive(Debug, Default)]
pub(super) struct Memory {
    slots: Vec<u64>,
    entries: Vec<u16>,
    count: usize,
}

impl Memory {
    /// The parts of a match, remembered or searched for.
    pub(super) fn get_or_insert(
        &mut self,
        pattern: PatternId,
        text: &[Letter],
        search: impl FnOnce() -> Parts,
    ) -> Parts {
        let hash = hash(pattern, text);
        if let Some(parts) = self.get(hash, pattern, text) {
            return parts;
        }
        let parts = search();
        self.insert(hash, pattern, text, &parts);
        parts
    }

    fn get(&self, hash: u64, pattern: PatternId, text: &[Letter]) -> Option<Parts> {
        if self.slots.is_empty() {
            return None;
        }
        let mut at = self.place(hash);
        while self.slots[at] != NONE {
            if self.slots[at] >> 32 == hash >> 32 {
                let entry = &self.entries[(self.slots[at] & u64::from(u32::MAX)) as usize..];
                if let [of, length, rest @ ..] = entry
                    && *of == pattern
                    && usize::from(*length) == text.len()
                    && let Some((letters, parts)) = rest.split_at_checked(text.len())
                    && letters == text
                {
                    return Some(read(parts));
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
        None
    }

    fn insert(&mut self, hash: u64, pattern: PatternId, text: &[Letter], parts: &[Part]) {
        let (Ok(length), Ok(number)) = (u16::try_from(text.len()), u16::try_from(parts.len())) else {
            return;
        };
        if self.count >= MOST {
            self.slots.fill(NONE);
            self.entries.clear();
            self.count = 0;
        }
        if 2 * self.count >= self.slots.len() {
            let more = (2 * self.slots.len()).max(LEAST_SLOTS);
            let slots = std::mem::replace(&mut self.slots, vec![NONE; more]);
            for slot in slots.into_iter().filter(|&slot| slot != NONE) {
                self.put(slot);
            }
        }
        let Ok(place) = u32::try_from(self.entries.len()) else { return };
        self.entries.extend([pattern, length]);
        self.entries.extend_from_slice(text);
        self.entries.push(number);
        self.entries.extend_from_slice(parts.as_flattened());
        self.put(hash >> 32 << 32 | u64::from(place));
        self.count += 1;
    }

    fn put(&mut self, slot: u64) {
        let mut at = self.place(slot);
        while self.slots[at] != NONE {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = slot;
    }

    /// Where the search for a hash begins: by its upper half, which a slot keeps.
    fn place(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.slots.len() - 1)
    }
}

/// The parts that an entry holds behind its letters.
fn read(entry: &[u16]) -> Parts {
    let Some((&number, parts)) = entry.split_first() else { return Parts::new() };
    Parts::from_slice(parts.as_chunks().0.get(..usize::from(number)).unwrap_or_default())
}

fn hash(pattern: PatternId, text: &[Letter]) -> u64 {
    let mut hasher = FxHasher::default();
    let (fours, rest) = text.as_chunks::<4>();
    hasher.write_u16(pattern);
    for &[a, b, c, d] in fours {
        hasher.write_u64(u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48);
    }
    rest.iter().for_each(|&letter| hasher.write_u16(letter));
    // The sign bit is left free, so that no slot looks empty.
    hasher.finish() >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_found_again() {
        let mut memory = Memory::default();
        let parts = |n: u16| Parts::from_slice(&[[0, 0, n], [1, n, n + 1]]);
        for n in 0..2000 {
            assert_eq!(memory.get_or_insert(n % 7, &[n, 1, 2, 3, n], || parts(n)), parts(n));
        }
        for n in 0..2000 {
            assert_eq!(
                memory.get_or_insert(n % 7, &[n, 1, 2, 3, n], Parts::new),
                parts(n),
                "not searched for"
            );
        }
        assert_eq!(memory.get_or_insert(0, &[], || parts(9)), parts(9), "another one is");
    }
}
