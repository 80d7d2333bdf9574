//! Where letters lead from state to state, in as little memory as can be: it is read once for each token and layer.

use super::{letters::Letter, recogniser::StateId};

/// States are counted in so many bits.
const STATE_BITS: u32 = 24;
/// No transition.
const NONE: u64 = u64::MAX;
/// The table begins with so many slots; a power of two.
const LEAST_SLOTS: usize = 1 << 10;
/// 2^64 over the golden ratio: a multiplier that spreads keys (Knuth, The Art of Computer Programming 3, 6.4).
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// A hash table with linear probing. Each slot holds the state that a transition comes from (24 bits), its letter (16)
/// and the state that it leads to (24).
#[derive(Debug, Default)]
pub(super) struct Transitions {
    slots: Vec<u64>,
    /// The number of transitions.
    pub(super) count: usize,
}

impl Transitions {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.slots.fill(NONE);
        self.count = 0;
    }

    /// Where a letter leads from a state, if it is known.
    pub(super) fn get(&self, from: StateId, letter: Letter) -> Option<StateId> {
        let key = key(from, letter);
        let mut at = self.place(key)?;
        loop {
            let slot = self.slots[at];
            if slot >> STATE_BITS == key {
                return StateId::try_from(slot & ((1 << STATE_BITS) - 1)).ok();
            }
            if slot == NONE {
                return None;
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds one that is not known.
    pub(super) fn insert(&mut self, from: StateId, letter: Letter, to: StateId) {
        if 2 * self.count >= self.slots.len() {
            let more = (2 * self.slots.len()).max(LEAST_SLOTS);
            let slots = std::mem::replace(&mut self.slots, vec![NONE; more]);
            slots.into_iter().filter(|&slot| slot != NONE).for_each(|slot| self.put(slot));
        }
        self.put(key(from, letter) << STATE_BITS | u64::from(to));
        self.count += 1;
    }

    fn put(&mut self, transition: u64) {
        let Some(mut at) = self.place(transition >> STATE_BITS) else { return };
        while self.slots[at] != NONE {
            at = (at + 1) & (self.slots.len() - 1);
        }
        self.slots[at] = transition;
    }

    /// Where the search for a key begins; `None` in a table without slots.
    fn place(&self, key: u64) -> Option<usize> {
        let bits = self.slots.len().checked_ilog2()?;
        Some((key.wrapping_mul(SPREAD) >> (u64::BITS - bits)) as usize)
    }
}

fn key(from: StateId, letter: Letter) -> u64 {
    u64::from(from) << Letter::BITS | u64::from(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found() {
        let mut transitions = Transitions::default();
        assert_eq!(transitions.get(1, 1), None);
        for from in 0..300_u32 {
            for letter in 0..10 {
                transitions.insert(from, letter, from * 10 + u32::from(letter));
            }
        }
        for from in 0..300_u32 {
            for letter in 0..10 {
                assert_eq!(transitions.get(from, letter), Some(from * 10 + u32::from(letter)));
            }
            assert_eq!(transitions.get(from, 10), None);
        }
        assert_eq!(transitions.count, 3000);
        transitions.clear();
        assert_eq!((transitions.get(7, 7), transitions.count), (None, 0));
    }
}
