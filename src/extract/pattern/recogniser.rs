//! The program as a deterministic automaton, of which only the states are made that texts lead to.

use rustc_hash::FxHashMap;

use super::{
    letters::{Letter, Letters},
    program::{NEVER, PatternId, Program, Step, StepId},
    transitions::Transitions,
};

/// The position of a state.
pub(super) type StateId = u32;

/// From here nothing fits any more.
const DEAD: StateId = 0;
/// Where every search begins.
const START: StateId = 1;
/// No state, in the row of the start: where a letter leads has not been asked yet.
const UNKNOWN: StateId = StateId::MAX;

/// When all states together stand for so many steps, they are forgotten (16 MiB).
const MOST_STEPS: usize = 4 << 20;
/// When so many transitions are known, the states are forgotten.
const MOST_TRANSITIONS: usize = 1 << 20;

/// What one thread knows of a layer's automaton.
#[derive(Debug, Default)]
pub(super) struct Recogniser {
    /// The steps that each state stands for, sorted.
    states: Vec<Box<[StepId]>>,
    /// The first pattern that fits where a state is reached.
    fits: Vec<Option<PatternId>>,
    by_steps: FxHashMap<Box<[StepId]>, StateId>,
    /// Where a letter leads from the start, and how many common letters can follow at most until a rare one must come.
    start: Vec<(StateId, u16)>,
    /// Where a letter leads from another state.
    transitions: Transitions,
    /// The number of steps of all states.
    steps: usize,
    /// Room to work in: the steps reached, those still to follow, and for each step the search that reached it last. A
    /// search makes a transition, so that their number is bounded.
    reached: Vec<StepId>,
    ahead: Vec<StepId>,
    marks: Vec<u32>,
    mark: u32,
}

impl Recogniser {
    /// The longest match that begins at a position of a text: its pattern, and the position behind it. Of two patterns
    /// that fit equally long, the one given first. `rare` is the position of the next letter behind `start` that is not
    /// common: most beginnings are given up because none is near.
    pub(super) fn longest(
        &mut self,
        program: &Program,
        letters: &Letters,
        text: &[Letter],
        start: usize,
        rare: usize,
    ) -> Option<(PatternId, usize)> {
        if self.states.is_empty() || self.steps > MOST_STEPS || self.transitions.count > MOST_TRANSITIONS {
            self.begin(program, letters);
        }
        let (mut state, most_common) = self.first(program, letters, *text.get(start)?);
        if state == DEAD || rare - start > usize::from(most_common) + 1 && most_common != NEVER {
            return None;
        }
        let mut best = self.fits[state as usize].map(|pattern| (pattern, start + 1));
        for (position, &letter) in text.iter().enumerate().skip(start + 1) {
            state = self.next(program, letters, state, letter);
            if state == DEAD {
                break;
            }
            if let Some(pattern) = self.fits[state as usize] {
                best = Some((pattern, position + 1));
            }
        }
        best
    }

    /// Forgets all states but the start.
    fn begin(&mut self, program: &Program, letters: &Letters) {
        self.states.clear();
        self.fits.clear();
        self.by_steps.clear();
        self.transitions.clear();
        self.steps = 0;
        self.start.clear();
        self.start.resize(letters.count(), (UNKNOWN, NEVER));
        self.marks.clear();
        self.marks.resize(program.len(), 0);
        self.mark = 1;
        self.reached.clear();
        self.state(program);
        program.starts().for_each(|step| self.reach(program, step));
        self.state(program);
    }

    /// Where a letter leads from the start, and how many common letters can follow at most until a rare one must come.
    fn first(&mut self, program: &Program, letters: &Letters, letter: Letter) -> (StateId, u16) {
        let known = self.start[usize::from(letter)];
        if known.0 != UNKNOWN {
            return known;
        }
        let state = self.follow(program, letters, START, letter);
        let most_common = if letters.is_common(letter) {
            self.states[state as usize].iter().map(|&step| program.to_rare(step)).max().unwrap_or(0)
        } else {
            NEVER
        };
        self.start[usize::from(letter)] = (state, most_common);
        (state, most_common)
    }

    /// Where a letter leads from another state.
    fn next(&mut self, program: &Program, letters: &Letters, from: StateId, letter: Letter) -> StateId {
        if let Some(known) = self.transitions.get(from, letter) {
            return known;
        }
        let to = self.follow(program, letters, from, letter);
        self.transitions.insert(from, letter, to);
        to
    }

    /// Makes the state that a letter leads to from another.
    fn follow(&mut self, program: &Program, letters: &Letters, from: StateId, letter: Letter) -> StateId {
        self.reached.clear();
        self.mark += 1;
        for at in 0..self.states[from as usize].len() {
            if let Step::Letter { set, next } = program.step(self.states[from as usize][at])
                && letters.set(set).has(letter)
            {
                self.reach(program, next);
            }
        }
        self.state(program)
    }

    /// Adds a step to those reached, with all that it leads to without a letter.
    fn reach(&mut self, program: &Program, step: StepId) {
        self.ahead.push(step);
        while let Some(step) = self.ahead.pop() {
            if std::mem::replace(&mut self.marks[step as usize], self.mark) == self.mark {
                continue;
            }
            match program.step(step) {
                Step::Letter { .. } | Step::End(_) => self.reached.push(step),
                Step::Note { next, .. } => self.ahead.push(next),
                Step::Split { first, second } => self.ahead.extend([first, second]),
            }
        }
    }

    /// The state of the steps reached, made if it is new.
    fn state(&mut self, program: &Program) -> StateId {
        self.reached.sort_unstable();
        if let Some(&state) = self.by_steps.get(self.reached.as_slice()) {
            return state;
        }
        let state = StateId::try_from(self.states.len()).unwrap_or(DEAD);
        let steps: Box<[StepId]> = self.reached.as_slice().into();
        let ends = steps.iter().filter_map(|&step| match program.step(step) {
            Step::End(pattern) => Some(pattern),
            _ => None,
        });
        self.fits.push(ends.min());
        self.steps += steps.len();
        self.states.push(steps.clone());
        self.by_steps.insert(steps, state);
        state
    }
}
