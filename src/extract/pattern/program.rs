//! The patterns of a layer as one program: a Thompson automaton whose steps consume letters.

use compact_str::CompactString;

use super::{
    letters::{Letters, SetId},
    syntax::{Node, SyntaxError},
};

/// The position of a step in its program.
pub(super) type StepId = u32;

/// The position of a pattern in its layer.
pub(super) type PatternId = u16;

/// One step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// Consumes a letter of a set.
    Letter { set: SetId, next: StepId },
    /// Goes on at both; a search for parts tries the first one first.
    Split { first: StepId, second: StepId },
    /// Notes where a part begins (an even slot) or ends (an odd one).
    Note { slot: u16, next: StepId },
    /// A pattern fits.
    End(PatternId),
}

/// The patterns of a layer.
#[derive(Debug, Default)]
pub(super) struct Program {
    steps: Vec<Step>,
    /// For each pattern, its last step and its first: its steps lie between the two.
    patterns: Vec<(StepId, StepId)>,
    /// For each step, how many common letters can follow from there at most until a letter must come that is not common;
    /// [`NEVER`] where a match may end before one comes.
    to_rare: Vec<u16>,
}

/// More common letters than any pattern has.
pub(super) const NEVER: u16 = u16::MAX;

impl Program {
    /// Adds a pattern behind those that are there, and gives the names of its parts in the order of their slots.
    ///
    /// # Errors
    /// If it has a token that there is no letter for.
    pub(super) fn add(&mut self, node: &Node, letters: &Letters) -> Result<Vec<CompactString>, SyntaxError> {
        let pattern = PatternId::try_from(self.patterns.len()).unwrap_or(PatternId::MAX);
        let last = self.push(Step::End(pattern), letters);
        let first = self.write(node, last, 0, letters)?;
        self.patterns.push((last, first));
        let mut parts = Vec::new();
        names(node, &mut parts);
        Ok(parts)
    }

    /// The step at a position.
    pub(super) fn step(&self, id: StepId) -> Step {
        self.steps[id as usize]
    }

    /// The number of steps.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// The first step of each pattern.
    pub(super) fn starts(&self) -> impl Iterator<Item = StepId> {
        self.patterns.iter().map(|&(_, first)| first)
    }

    /// The positions between which the steps of a pattern lie, and its first step.
    pub(super) fn of_pattern(&self, pattern: PatternId) -> (std::ops::RangeInclusive<StepId>, StepId) {
        let (last, first) = self.patterns[usize::from(pattern)];
        let end = self
            .patterns
            .get(usize::from(pattern) + 1)
            .map_or(StepId::try_from(self.steps.len()).unwrap_or(StepId::MAX), |&(next, _)| next);
        (last..=end.saturating_sub(1), first)
    }

    /// How many common letters can follow from a step at most until a rare one must come.
    pub(super) fn to_rare(&self, step: StepId) -> u16 {
        self.to_rare[step as usize]
    }

    fn push(&mut self, step: Step, letters: &Letters) -> StepId {
        // What a step leads to is always written before it.
        self.to_rare.push(match step {
            Step::End(_) => NEVER,
            Step::Letter { set, .. } if !letters.has_common(set) => 0,
            Step::Letter { next, .. } => self.to_rare(next).saturating_add(1),
            Step::Note { next, .. } => self.to_rare(next),
            Step::Split { first, second } => self.to_rare(first).max(self.to_rare(second)),
        });
        self.steps.push(step);
        StepId::try_from(self.steps.len() - 1).unwrap_or(StepId::MAX)
    }

    /// Writes the steps of a node that go on at `next`, and gives the first of them. `part` is the position of the first
    /// named part in it.
    fn write(
        &mut self,
        node: &Node,
        next: StepId,
        part: usize,
        letters: &Letters,
    ) -> Result<StepId, SyntaxError> {
        Ok(match node {
            Node::Token { all, none, source } => {
                let set = letters.set_of(all, none).filter(|&set| !letters.set(set).is_empty());
                let set = set.ok_or_else(|| SyntaxError::Impossible(source.clone()))?;
                self.push(Step::Letter { set, next }, letters)
            }
            Node::Sequence(nodes) => {
                let mut part = part + nodes.iter().map(parts_in).sum::<usize>();
                let mut next = next;
                for node in nodes.iter().rev() {
                    part -= parts_in(node);
                    next = self.write(node, next, part, letters)?;
                }
                next
            }
            Node::Alternatives(nodes) => {
                let mut part = part + nodes.iter().map(parts_in).sum::<usize>();
                let mut all: Option<StepId> = None;
                for node in nodes.iter().rev() {
                    part -= parts_in(node);
                    let first = self.write(node, next, part, letters)?;
                    all = Some(match all {
                        Some(second) => self.push(Step::Split { first, second }, letters),
                        None => first,
                    });
                }
                all.unwrap_or(next)
            }
            Node::Repeat(node, least, most) => {
                let mut first = next;
                for _ in *least..*most {
                    let more = self.write(node, first, part, letters)?;
                    first = self.push(Step::Split { first: more, second: next }, letters);
                }
                for _ in 0..*least {
                    first = self.write(node, first, part, letters)?;
                }
                first
            }
            Node::Capture(_, node) => {
                let slot = u16::try_from(2 * part).unwrap_or(u16::MAX - 1);
                let end = self.push(Step::Note { slot: slot + 1, next }, letters);
                let next = self.write(node, end, part + 1, letters)?;
                self.push(Step::Note { slot, next }, letters)
            }
        })
    }
}

/// The number of named parts in a node.
fn parts_in(node: &Node) -> usize {
    match node {
        Node::Token { .. } => 0,
        Node::Sequence(nodes) | Node::Alternatives(nodes) => nodes.iter().map(parts_in).sum(),
        Node::Repeat(node, ..) => parts_in(node),
        Node::Capture(_, node) => 1 + parts_in(node),
    }
}

/// The names of the parts of a node, in the order in which they begin.
fn names(node: &Node, found: &mut Vec<CompactString>) {
    match node {
        Node::Token { .. } => {}
        Node::Sequence(nodes) | Node::Alternatives(nodes) => nodes.iter().for_each(|node| names(node, found)),
        Node::Repeat(node, ..) => names(node, found),
        Node::Capture(name, node) => {
            found.push(name.into());
            names(node, found);
        }
    }
}
