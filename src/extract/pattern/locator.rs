//! Where the named parts of a match lie: a search through its pattern's steps.

use smallvec::SmallVec;

use super::{
    letters::{Letter, Letters},
    memory::Memory,
    program::{PatternId, Program, Step, StepId},
};

/// A named part of a match: its position among the parts of the pattern, and where it begins and ends behind the beginning
/// of the match.
pub(super) type Part = [u16; 3];

/// The named parts of a match; most have no more than these.
pub(super) type Parts = SmallVec<[Part; 6]>;

/// Matches longer than this are not remembered.
const LONGEST_REMEMBERED: usize = 48;
/// A match for which more places would have to be visited has no parts.
const MOST_PLACES: usize = 1 << 25;

/// What one thread knows of the parts of a layer's matches. Language repeats itself: most matches look like one before.
#[derive(Debug, Default)]
pub(super) struct Locator {
    known: Memory,
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
    ) -> Parts {
        if text.len() > LONGEST_REMEMBERED {
            return self.search.run(program, letters, pattern, text);
        }
        self.known.get_or_insert(pattern, text, || self.search.run(program, letters, pattern, text))
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
    fn run(&mut self, program: &Program, letters: &Letters, pattern: PatternId, text: &[Letter]) -> Parts {
        let (steps, first) = program.of_pattern(pattern);
        let width = text.len() + 1;
        let places = (steps.end() - steps.start() + 1) as usize * width;
        if places > MOST_PLACES || width > usize::from(u16::MAX) {
            return Parts::new();
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
            Some([u16::try_from(part).ok()?, start, end])
        };
        self.slots.chunks(2).enumerate().filter_map(part).collect()
    }
}
