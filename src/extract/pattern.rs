//! The one matching engine: patterns over word classes, compiled once, run once over the tokens.
//!
//! A token's classes are one [`Symbol`] of the pack's [`Alphabet`]. A [`Layer`] counts the symbols that its patterns do
//! not tell apart as one letter. Its patterns become one program ([`program`]), which runs as a deterministic automaton
//! whose states are made when a text first leads to them ([`recogniser`]); the parts of what it finds are searched for
//! within the one pattern that fits ([`locator`]). Repetitions are bounded and matches never overlap, so the time is
//! linear.

mod alphabet;
mod anchors;
mod layer;
mod letters;
mod locator;
mod memory;
mod pool;
mod program;
mod recogniser;
mod syntax;
mod transitions;

pub(super) use alphabet::{Alphabet, ClassId, Symbol};
pub(super) use anchors::Phrases as PhraseAnchors;
pub(super) use layer::{Known, Layer, Match, Matcher, PatternDefinition, Stream};
pub(super) use pool::Pool;
pub(super) use syntax::Syntax;
