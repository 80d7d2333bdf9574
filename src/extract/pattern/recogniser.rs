//! The program as a deterministic automaton, of which only the states are made that texts lead to.

use std::ops::Range;

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

/// When all states together stand for so many steps, they are forgotten (16 MiB).
const MOST_STEPS: usize = 4 << 20;
/// When so many transitions are known, the states are forgotten.
const MOST_TRANSITIONS: usize = 1 << 20;

/// When there are so many states, they are forgotten: a search adds no more of them than a text has letters.
const MOST_STATES: usize = 1 << 15;

/// What one thread knows of a layer's automaton.
#[derive(Debug, Default)]
pub(super) struct Recogniser {
    /// The steps that each state stands for, sorted.
    states: Vec<Box<[StepId]>>,
    /// The first pattern that fits where a state is reached.
    fits: Vec<Option<PatternId>>,
    by_steps: FxHashMap<Box<[StepId]>, StateId>,
    /// Where each letter leads from the start.
    start: Vec<First>,
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

/// Where a letter leads from the start (24 bits), and how many common letters can follow at most until a rare one must
/// come (8 bits): it is read for each token and layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct First(u32);

impl First {
    /// Where it leads has not been asked yet.
    const UNKNOWN: Self = Self(u32::MAX);
    /// Any number of common letters, or more than can be counted here.
    const ANY: u32 = 0xff;

    fn new(state: StateId, most_common: u16) -> Self {
        Self(state << 8 | u32::from(most_common).min(Self::ANY))
    }

    fn state(self) -> StateId {
        self.0 >> 8
    }

    /// Whether the next letter that is not common, so many letters on, is too far away.
    fn gives_up(self, rare: usize) -> bool {
        let most_common = self.0 & Self::ANY;
        most_common != Self::ANY && rare > most_common as usize + 1
    }
}

/// No letter that is not common follows.
const FAR: usize = usize::MAX / 2;

impl Recogniser {
    /// The first place in a range of a text where a match begins, and the longest match there: its pattern and its
    /// range. Of two patterns that fit equally long, the one given first. `rare` is the position of a letter that is not
    /// common, with none between it and where it was last asked for; 0 at first.
    pub(super) fn next_match(
        &mut self,
        program: &Program,
        letters: &Letters,
        text: &[Letter],
        starts: Range<usize>,
        rare: &mut usize,
    ) -> Option<(PatternId, Range<usize>)> {
        if self.states.is_empty() {
            self.begin(program, letters);
        }
        for start in starts {
            let letter = text[start];
            let mut first = self.start[usize::from(letter)];
            if first.state() == DEAD {
                continue;
            }
            if first == First::UNKNOWN {
                first = self.first(program, letters, letter);
            }
            // Most beginnings are given up because no letter is near that is not common.
            if *rare <= start {
                let behind = text[start + 1..].iter().position(|&letter| !letters.is_common(letter));
                *rare = behind.map_or(FAR, |distance| start + 1 + distance);
            }
            if first.gives_up(*rare - start) {
                continue;
            }
            if self.is_full() {
                self.begin(program, letters);
                first = self.first(program, letters, letter);
            }
            if let Some((pattern, end)) = self.walk(program, letters, text, start, first.state()) {
                return Some((pattern, start..end));
            }
        }
        None
    }

    /// The longest match that begins at a position of a text: its pattern, and the position behind it.
    pub(super) fn longest(
        &mut self,
        program: &Program,
        letters: &Letters,
        text: &[Letter],
        start: usize,
    ) -> Option<(PatternId, usize)> {
        if self.states.is_empty() || self.is_full() {
            self.begin(program, letters);
        }
        let letter = *text.get(start)?;
        let mut first = self.start[usize::from(letter)];
        if first == First::UNKNOWN {
            first = self.first(program, letters, letter);
        }
        self.walk(program, letters, text, start, first.state())
    }

    /// Goes on behind the letter at a position, which led to a state.
    fn walk(
        &mut self,
        program: &Program,
        letters: &Letters,
        text: &[Letter],
        start: usize,
        mut state: StateId,
    ) -> Option<(PatternId, usize)> {
        let fit = |this: &Self, state: StateId, end| this.fits[state as usize].map(|pattern| (pattern, end));
        let mut best = fit(self, state, start + 1);
        for (position, &letter) in text.iter().enumerate().skip(start + 1) {
            state = self.next(program, letters, state, letter);
            if state == DEAD {
                break;
            }
            best = fit(self, state, position + 1).or(best);
        }
        best
    }

    /// Whether it is time to forget the states.
    fn is_full(&self) -> bool {
        self.steps > MOST_STEPS
            || self.transitions.count > MOST_TRANSITIONS
            || self.states.len() > MOST_STATES
    }

    /// Forgets all states but the start.
    fn begin(&mut self, program: &Program, letters: &Letters) {
        self.states.clear();
        self.fits.clear();
        self.by_steps.clear();
        self.transitions.clear();
        self.steps = 0;
        self.start.clear();
        self.start.resize(letters.count(), First::UNKNOWN);
        self.marks.clear();
        self.marks.resize(program.len(), 0);
        self.mark = 1;
        self.reached.clear();
        self.state(program);
        program.starts().for_each(|step| self.reach(program, step));
        self.state(program);
    }

    /// Where a letter leads from the start, asked for the first time.
    #[cold]
    fn first(&mut self, program: &Program, letters: &Letters, letter: Letter) -> First {
        let state = self.follow(program, letters, START, letter);
        let most_common = if letters.is_common(letter) {
            self.states[state as usize].iter().map(|&step| program.to_rare(step)).max().unwrap_or(0)
        } else {
            NEVER
        };
        let first = First::new(state, most_common);
        self.start[usize::from(letter)] = first;
        first
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
