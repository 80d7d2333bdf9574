//! The one matching engine: patterns over word classes, compiled once, run once over the tokens.
//!
//! A token's classes are one [`Symbol`] of the pack's [`Alphabet`]. Each layer writes as one letter what its patterns do
//! not tell apart, and each
//! class as the set of the symbols that have it, so that the patterns of a [`Layer`] become one ordinary automaton
//! over text, determinised as it runs. Repetitions are bounded and matches never overlap, so the time is linear.

mod alphabet;
mod layer;
mod letters;
mod syntax;

pub(super) use alphabet::{Alphabet, ClassId, Symbol};
pub(super) use layer::{Layer, Match, PatternDefinition, Stream};
pub(super) use syntax::Syntax;
