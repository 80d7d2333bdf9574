//! Where letters lead from state to state, in as little memory as can be: it is read once for each token and layer, and
//! what is read together lies together.

use super::{letters::Letter, recogniser::StateId};

/// The row of a state without transitions.
const NO_ROW: Row = Row { start: 0, bits: 0 };
/// No transition.
const NONE: u32 = u32::MAX;
/// A row begins with two to the power of so many slots.
const LEAST_BITS: u8 = 2;
/// Where the transitions of a state lie among all slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row {
    start: u32,
    /// It has two to the power of so many slots; 0 where it has none.
    bits: u8,
}

/// For each state, a small hash table with linear probing. Each slot holds a letter and the state that it leads to, 16 bits
/// each.
#[derive(Debug, Default)]
pub(super) struct Transitions {
    rows: Vec<(Row, u16)>,
    slots: Vec<u32>,
    /// For each size, where rows lay that have outgrown it.
    free: Vec<Vec<u32>>,
    /// The number of transitions.
    pub(super) count: usize,
}

impl Transitions {
    /// Forgets all of them.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
        self.slots.clear();
        self.free.clear();
        self.count = 0;
    }

    /// Where a letter leads from a state, if it is known.
    #[inline]
    pub(super) fn get(&self, from: StateId, letter: Letter) -> Option<StateId> {
        let (row, _) = *self.rows.get(from as usize)?;
        if row == NO_ROW {
            return None;
        }
        let slots = self.slots.get(row.start as usize..)?.get(..1 << row.bits)?;
        let mut at = place(letter, row.bits);
        loop {
            let slot = slots[at & (slots.len() - 1)];
            if slot >> 16 == u32::from(letter) && slot != NONE {
                return Some(slot & u32::from(u16::MAX));
            }
            if slot == NONE {
                return None;
            }
            at += 1;
        }
    }

    /// Adds one that is not known, if a slot can hold its state.
    pub(super) fn insert(&mut self, from: StateId, letter: Letter, to: StateId) {
        if to >= u32::from(u16::MAX) {
            return;
        }
        if self.rows.len() <= from as usize {
            self.rows.resize(from as usize + 1, (NO_ROW, 0));
        }
        let (row, count) = self.rows[from as usize];
        let filled = usize::from(count) + 1;
        let row = if row == NO_ROW || 4 * filled > 3 << row.bits { self.grow(row) } else { row };
        self.rows[from as usize] = (row, count.saturating_add(1));
        self.put(row, u32::from(letter) << 16 | to);
        self.count += 1;
    }

    /// Moves a row to where it has twice the room.
    fn grow(&mut self, row: Row) -> Row {
        let bits = if row == NO_ROW { LEAST_BITS } else { row.bits + 1 };
        if self.free.len() <= usize::from(bits) {
            self.free.resize(usize::from(bits) + 1, Vec::new());
        }
        let size = 1_usize << bits;
        let start = self.free[usize::from(bits)].pop().unwrap_or_else(|| {
            let start = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
            self.slots.resize(self.slots.len() + size, NONE);
            start
        });
        let grown = Row { start, bits };
        if row != NO_ROW {
            for at in row.start as usize..row.start as usize + (1 << row.bits) {
                let slot = std::mem::replace(&mut self.slots[at], NONE);
                if slot != NONE {
                    self.put(grown, slot);
                }
            }
            self.free[usize::from(row.bits)].push(row.start);
        }
        grown
    }

    fn put(&mut self, row: Row, slot: u32) {
        let start = row.start as usize;
        let slots = &mut self.slots[start..start + (1 << row.bits)];
        let letter = Letter::try_from(slot >> 16).unwrap_or(Letter::MAX);
        let mut at = place(letter, row.bits);
        while slots[at & (slots.len() - 1)] != NONE {
            at += 1;
        }
        let at = at & (slots.len() - 1);
        slots[at] = slot;
    }
}

/// Where the search for a letter begins in a row.
fn place(letter: Letter, bits: u8) -> usize {
    // 2^16 over the golden ratio: a multiplier that spreads keys (Knuth, The Art of Computer Programming 3, 6.4).
    usize::from(letter.wrapping_mul(0x9e37) >> Letter::BITS.saturating_sub(u32::from(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_inserted_is_found() {
        let mut transitions = Transitions::default();
        assert_eq!(transitions.get(1, 1), None);
        for from in 0..300_u32 {
            for letter in 0..40 {
                transitions.insert(from, letter * 7, from * 40 + u32::from(letter));
            }
        }
        for from in 0..300_u32 {
            for letter in 0..40 {
                assert_eq!(transitions.get(from, letter * 7), Some(from * 40 + u32::from(letter)));
            }
            assert_eq!(transitions.get(from, 1), None);
        }
        assert_eq!(transitions.count, 12_000);
        transitions.clear();
        assert_eq!((transitions.get(7, 7), transitions.count), (None, 0));
    }

    #[test]
    fn a_state_may_have_all_letters() {
        let mut transitions = Transitions::default();
        for letter in 0..Letter::MAX {
            transitions.insert(5, letter, u32::from(letter) % 100);
        }
        assert!((0..Letter::MAX).all(|letter| transitions.get(5, letter) == Some(u32::from(letter) % 100)));
        assert_eq!(transitions.get(5, Letter::MAX), None);
    }
}
