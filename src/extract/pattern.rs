//! The one matching engine: patterns over word classes, compiled once, run once over the tokens.
//!
//! A token's classes are one [`Symbol`] of the pack's [`Alphabet`]. A [`Layer`] writes the symbols that its patterns do
//! not tell apart as one letter, and each class as a set of letters, so that its patterns become one ordinary
//! automaton over text, determinised as it runs. Repetitions are bounded and matches never overlap, so the time is
//! linear.

mod alphabet;
mod layer;
mod letters;
mod syntax;

pub(super) use alphabet::{Alphabet, ClassId, Symbol};
pub(super) use layer::{Layer, Match, PatternDefinition, Stream};
pub(super) use syntax::Syntax;
