//! Where the named parts of a match lie: a search through its pattern's steps that remembers what it found before.

use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use super::{
    letters::{Letter, Letters},
    program::{PatternId, Program, Step, StepId},
};

/// A named part of a match: its position among the parts of the pattern, and its place behind the beginning of the match.
pub(super) type Part = (u16, Range<u16>);

/// Matches longer than this are not remembered.
const LONGEST_REMEMBERED: usize = 48;
/// When so many matches are remembered, they are forgotten.
const MOST_REMEMBERED: usize = 1 << 15;
/// A match for which more places would have to be visited has no parts.
const MOST_PLACES: usize = 1 << 25;

/// What one thread knows of the parts of a layer's matches.
#[derive(Debug, Default)]
pub(super) struct Locator {
    /// By the pattern and the letters of the match. Language repeats itself: most matches look like one before.
    known: FxHashMap<Box<[Letter]>, Arc<[Part]>>,
    key: Vec<Letter>,
    search: Search,
}

impl Locator {
    /// The parts of a match of a pattern that has some, given as its letters.
    pub(super) fn parts(
        &mut self,
        program: &Program,
        letters: &Letters,
        pattern: PatternId,
        text: &[Letter],
    ) -> Arc<[Part]> {
        self.key.clear();
        self.key.push(pattern);
        self.key.extend_from_slice(text);
        if let Some(parts) = self.known.get(self.key.as_slice()) {
            return parts.clone();
        }
        let parts = self.search.run(program, letters, pattern, text);
        if text.len() <= LONGEST_REMEMBERED {
            if self.known.len() >= MOST_REMEMBERED {
                self.known.clear();
            }
            self.known.insert(self.key.as_slice().into(), parts.clone());
        }
        parts
    }
}

/// What is still to be tried.
#[derive(Debug, Clone, Copy)]
enum Task {
    /// To go on at a step, with the text from a position.
    Try(StepId, u16),
    /// To give a slot back what it held.
    Restore(u16, Option<u16>),
}

/// A search that tries what a pattern prefers first, and each step at each position but once.
#[derive(Debug, Default)]
struct Search {
    tasks: Vec<Task>,
    visited: Vec<u64>,
    slots: Vec<Option<u16>>,
}

impl Search {
    fn run(
        &mut self,
        program: &Program,
        letters: &Letters,
        pattern: PatternId,
        text: &[Letter],
    ) -> Arc<[Part]> {
        let (steps, first) = program.of_pattern(pattern);
        let width = text.len() + 1;
        let places = (steps.end() - steps.start() + 1) as usize * width;
        if places > MOST_PLACES || width > usize::from(u16::MAX) {
            return Arc::default();
        }
        self.visited.clear();
        self.visited.resize(places.div_ceil(64), 0);
        self.slots.clear();
        self.tasks.clear();
        self.tasks.push(Task::Try(first, 0));
        while let Some(task) = self.tasks.pop() {
            match task {
                Task::Restore(slot, held) => self.slots[usize::from(slot)] = held,
                Task::Try(step, at) => {
                    let place = (step - steps.start()) as usize * width + usize::from(at);
                    let seen = &mut self.visited[place / 64];
                    if *seen >> (place % 64) & 1 == 1 {
                        continue;
                    }
                    *seen |= 1 << (place % 64);
                    match program.step(step) {
                        Step::Letter { set, next } => {
                            if text.get(usize::from(at)).is_some_and(|&letter| letters.set(set).has(letter)) {
                                self.tasks.push(Task::Try(next, at + 1));
                            }
                        }
                        Step::Split { first, second } => {
                            self.tasks.extend([Task::Try(second, at), Task::Try(first, at)]);
                        }
                        Step::Note { slot, next } => {
                            if usize::from(slot) >= self.slots.len() {
                                self.slots.resize(usize::from(slot) + 1, None);
                            }
                            let held = self.slots[usize::from(slot)].replace(at);
                            self.tasks.extend([Task::Restore(slot, held), Task::Try(next, at)]);
                        }
                        Step::End(_) if usize::from(at) == text.len() => break,
                        Step::End(_) => {}
                    }
                }
            }
        }
        let part = |(part, slots): (usize, &[Option<u16>])| {
            let &[Some(start), Some(end)] = slots else { return None };
            Some((u16::try_from(part).ok()?, start..end))
        };
        self.slots.chunks(2).enumerate().filter_map(part).collect()
    }
}
