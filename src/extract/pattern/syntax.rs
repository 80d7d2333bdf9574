//! The notation of patterns: classes in sequence, with alternatives, bounded repetition and named parts.
//!
//! ```text
//! "am"? weekday=weekday ","? day=day_number ~"." month=month year=year_number?
//! ```
//!
//! * `name`: a token of a class, or the macro of that name; `a&b&!c`: a token with the classes a and b and not c;
//!   `any`: any token;
//! * `"word|other"`: one of these words; one that is written with a capital matches only with a capital;
//! * `~x`: nothing stands between the token and the one before;
//! * `x y`, `x | y`, `(x)`, `x?`, `x{2,5}`: sequence, alternatives, grouping, at most once, bounded repetition;
//! * `name=x`: the part of the match that `x` covers.

use std::{cell::Cell, collections::BTreeMap};

use super::alphabet::{Alphabet, ClassId};

/// What is wrong with a pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::extract) enum SyntaxError {
    /// Something else was expected.
    #[error("expected {expected} at \"{rest}\"")]
    Expected {
        /// What would have fitted.
        expected: &'static str,
        /// What stands there.
        rest: String,
    },
    /// Neither a class nor a macro.
    #[error("there is no class and no macro \"{0}\"")]
    UnknownClass(String),
    /// A macro that needs itself.
    #[error("macros nest too deeply at \"{0}\"; does one use itself?")]
    TooDeep(String),
    /// Groups within groups.
    #[error("parentheses nest more than {GROUP_DEPTH} deep at \"{0}\"")]
    GroupsTooDeep(String),
    /// A pattern of which macros and repetition make too much.
    #[error(
        "with its macros and repetitions the pattern has more than {MOST_STEPS} steps; allow fewer repetitions"
    )]
    TooLarge,
    /// A part that no token can match.
    #[error("no token can ever match {0}")]
    Impossible(String),
}

/// A pattern as it is written.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// A token with all of the first and none of the second classes.
    Token { all: Vec<ClassId>, none: Vec<ClassId>, source: String },
    /// One after the other.
    Sequence(Vec<Node>),
    /// One of them.
    Alternatives(Vec<Node>),
    /// So many times.
    Repeat(Box<Node>, u8, u8),
    /// A named part.
    Capture(String, Box<Node>),
}

impl Node {
    /// How many steps a program has for it, at most.
    fn steps(&self) -> usize {
        let all =
            |nodes: &[Self]| nodes.iter().fold(nodes.len(), |sum, node| sum.saturating_add(node.steps()));
        match self {
            Self::Token { .. } => 1,
            Self::Sequence(nodes) | Self::Alternatives(nodes) => all(nodes),
            Self::Repeat(node, _, most) => node.steps().saturating_add(1).saturating_mul(usize::from(*most)),
            Self::Capture(_, node) => node.steps().saturating_add(2),
        }
    }
}

/// Reads patterns with the classes and macros of a pack.
pub(in crate::extract) struct Syntax<'a> {
    /// The classes.
    pub(in crate::extract) alphabet: &'a Alphabet,
    /// The macros: patterns that are written once and used by name.
    pub(in crate::extract) macros: &'a BTreeMap<String, String>,
}

/// Macros may nest this deep.
const DEPTH: usize = 12;
/// Parentheses may nest this deep within a pattern or a macro.
const GROUP_DEPTH: usize = 24;
/// How many steps a pattern may have with its macros written out and its repetitions unrolled: many times what the largest
/// of ours has. Both multiply, so that a line could ask for any amount of memory.
const MOST_STEPS: usize = 100_000;

impl Syntax<'_> {
    /// Reads a whole pattern.
    pub(super) fn parse(&self, pattern: &str) -> Result<Node, SyntaxError> {
        let node = self.parse_nested(pattern, 0, &Cell::new(MOST_STEPS))?;
        if node.steps() > MOST_STEPS { Err(SyntaxError::TooLarge) } else { Ok(node) }
    }

    /// Reads a pattern or a macro in it; `left` is how many tokens the whole may still have.
    fn parse_nested(&self, pattern: &str, depth: usize, left: &Cell<usize>) -> Result<Node, SyntaxError> {
        if depth > DEPTH {
            return Err(SyntaxError::TooDeep(pattern.to_owned()));
        }
        let mut reader = Reader { syntax: self, rest: pattern, depth, groups: 0, left };
        let node = reader.alternatives()?;
        if !reader.rest.is_empty() {
            return Err(reader.expected("the end"));
        }
        Ok(node)
    }

    /// The words of all literals in a pattern, each literal with its name as a class.
    pub(in crate::extract) fn literals(pattern: &str) -> impl Iterator<Item = (String, Vec<String>)> {
        let literals: Vec<_> = pattern
            .split('"')
            .skip(1)
            .step_by(2)
            .map(|literal| (format!("\"{literal}\""), literal.split('|').map(str::to_owned).collect()))
            .collect();
        literals.into_iter()
    }
}

struct Reader<'s, 'a> {
    syntax: &'s Syntax<'a>,
    rest: &'s str,
    depth: usize,
    groups: usize,
    left: &'s Cell<usize>,
}

impl Reader<'_, '_> {
    fn expected(&self, expected: &'static str) -> SyntaxError {
        SyntaxError::Expected { expected, rest: self.rest.chars().take(30).collect() }
    }

    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, mark: char) -> bool {
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn alternatives(&mut self) -> Result<Node, SyntaxError> {
        let mut nodes = vec![self.sequence()?];
        while self.take('|') {
            nodes.push(self.sequence()?);
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Alternatives(nodes) })
    }

    fn sequence(&mut self) -> Result<Node, SyntaxError> {
        let mut nodes = Vec::new();
        self.skip();
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            nodes.push(self.repeated()?);
            self.skip();
        }
        match nodes.len() {
            0 => Err(self.expected("a class, a word or a group")),
            1 => Ok(nodes.remove(0)),
            _ => Ok(Node::Sequence(nodes)),
        }
    }

    fn repeated(&mut self) -> Result<Node, SyntaxError> {
        let node = self.named()?;
        if self.take('?') {
            return Ok(Node::Repeat(Box::new(node), 0, 1));
        }
        if !self.take('{') {
            return Ok(node);
        }
        let (inside, rest) = self.rest.split_once('}').ok_or_else(|| self.expected("}"))?;
        let (least, most) = inside.split_once(',').unwrap_or((inside, inside));
        let bound =
            |text: &str| text.trim().parse::<u8>().map_err(|_| self.expected("a bound such as {1,3}"));
        let (least, most) = (bound(least)?, bound(most)?);
        if most < least || most == 0 {
            return Err(self.expected("a bound such as {1,3}"));
        }
        self.rest = rest;
        Ok(Node::Repeat(Box::new(node), least, most))
    }

    fn named(&mut self) -> Result<Node, SyntaxError> {
        let length = self.rest.find(|c: char| !is_name(c)).unwrap_or(self.rest.len());
        if length > 0 && self.rest[length..].starts_with('=') {
            let name = self.rest[..length].to_owned();
            self.rest = &self.rest[length + 1..];
            return Ok(Node::Capture(name, Box::new(self.atom()?)));
        }
        self.atom()
    }

    fn atom(&mut self) -> Result<Node, SyntaxError> {
        if self.take('(') {
            self.groups += 1;
            if self.groups > GROUP_DEPTH {
                return Err(SyntaxError::GroupsTooDeep(self.rest.chars().take(30).collect()));
            }
            let node = self.alternatives()?;
            if !self.take(')') {
                return Err(self.expected(")"));
            }
            self.groups -= 1;
            return Ok(node);
        }
        self.left.set(self.left.get().checked_sub(1).ok_or(SyntaxError::TooLarge)?);
        let before = self.rest;
        let (mut all, mut none) = (Vec::new(), Vec::new());
        if self.take('~') {
            all.push(self.class("glued")?);
        }
        loop {
            let negated = self.take('!');
            if self.take('"') {
                let (literal, rest) = self.rest.split_once('"').ok_or_else(|| self.expected("\""))?;
                let class = self.class(&format!("\"{literal}\""))?;
                self.rest = rest;
                if negated { none.push(class) } else { all.push(class) }
            } else {
                let length = self.rest.find(|c: char| !is_name(c)).unwrap_or(self.rest.len());
                if length == 0 {
                    return Err(self.expected("a class, a word or a group"));
                }
                let name = &self.rest[..length];
                self.rest = &self.rest[length..];
                if let Some(text) = self.syntax.macros.get(name) {
                    if !all.is_empty() || !none.is_empty() || negated || self.rest.starts_with('&') {
                        return Err(SyntaxError::Expected {
                            expected: "a class, not a macro,",
                            rest: name.to_owned(),
                        });
                    }
                    return self.syntax.parse_nested(text, self.depth + 1, self.left);
                }
                if name != "any" {
                    let class = self.class(name)?;
                    if negated { none.push(class) } else { all.push(class) }
                }
            }
            if !self.take('&') {
                break;
            }
        }
        let source = before[..before.len() - self.rest.len()].to_owned();
        Ok(Node::Token { all, none, source })
    }

    fn class(&self, name: &str) -> Result<ClassId, SyntaxError> {
        self.syntax.alphabet.class(name).ok_or_else(|| SyntaxError::UnknownClass(name.to_owned()))
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
