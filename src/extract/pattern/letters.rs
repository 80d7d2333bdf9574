//! The letters of a layer: symbols that none of its patterns tells apart are one letter.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{
    alphabet::{Alphabet, ClassId, Symbol},
    syntax::Node,
};

/// What a pattern asks of one token: to have all of the first and none of the second classes.
type Token = (Vec<ClassId>, Vec<ClassId>);

/// How the symbols of an alphabet are written in one layer.
#[derive(Debug, Default)]
pub(super) struct Letters {
    /// For each symbol, its letter, counted from 0.
    of_symbol: Vec<usize>,
    /// For each token that a pattern asks for, its letters in order.
    of_token: FxHashMap<Token, Vec<usize>>,
    /// The letter of an "any" token.
    all: Vec<usize>,
    /// The code point of the first letter.
    first: u32,
    /// The bytes of each letter in UTF-8.
    width: usize,
}

impl Letters {
    /// The letters that patterns need.
    pub(super) fn of(nodes: &[Node], alphabet: &Alphabet) -> Self {
        let mut tokens = Vec::new();
        nodes.iter().for_each(|node| collect(node, &mut tokens));
        tokens.sort_unstable();
        tokens.dedup();
        let signatures: Vec<Vec<u64>> = alphabet
            .all()
            .map(|symbol| {
                let mut bits = vec![0; tokens.len().div_ceil(64)];
                for (position, (all, none)) in tokens.iter().enumerate() {
                    let fits = all.iter().all(|&class| alphabet.has(symbol, class))
                        && !none.iter().any(|&class| alphabet.has(symbol, class));
                    bits[position / 64] |= u64::from(fits) << (position % 64);
                }
                bits
            })
            .collect();
        let mut letters: BTreeMap<&[u64], usize> =
            signatures.iter().map(|bits| (bits.as_slice(), 0)).collect();
        letters.values_mut().enumerate().for_each(|(position, letter)| *letter = position);
        let of_symbol = signatures.iter().map(|bits| letters[bits.as_slice()]).collect();
        let of_token = tokens
            .into_iter()
            .enumerate()
            .map(|(position, token)| {
                let fits = |bits: &&[u64]| bits[position / 64] >> (position % 64) & 1 == 1;
                (token, letters.iter().filter(|(bits, _)| fits(bits)).map(|(_, &letter)| letter).collect())
            })
            .collect();
        // All letters take the same number of bytes, so that positions can be reckoned.
        let (first, width) = match letters.len() {
            0..=0x80 => (0, 1),
            0x81..=0x780 => (0x80, 2),
            _ => (0x800, 3),
        };
        Self { of_symbol, of_token, all: (0..letters.len()).collect(), first, width }
    }

    /// The number of letters.
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    /// The bytes of each letter.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The letters that a token of a pattern can be, in order.
    pub(super) fn of_token(&self, node: &Node) -> &[usize] {
        match node {
            Node::Token { all, none, .. } if all.is_empty() && none.is_empty() => &self.all,
            Node::Token { all, none, .. } => {
                self.of_token.get(&(all.clone(), none.clone())).map_or(&[], |letters| letters.as_slice())
            }
            _ => &[],
        }
    }

    /// The character that stands for a letter; there are always fewer than reach the surrogates.
    pub(super) fn letter(&self, index: usize) -> char {
        u32::try_from(index).ok().and_then(|index| char::from_u32(self.first + index)).unwrap_or_default()
    }

    /// The position of a letter given as a character.
    pub(super) fn index(&self, letter: char) -> usize {
        (u32::from(letter) - self.first) as usize
    }

    /// Symbols in letters.
    pub(super) fn text(&self, symbols: &[Symbol]) -> String {
        symbols.iter().map(|symbol| self.letter(self.of_symbol[symbol.index()])).collect()
    }
}

fn collect(node: &Node, tokens: &mut Vec<Token>) {
    match node {
        Node::Token { all, none, .. } => tokens.push((all.clone(), none.clone())),
        Node::Sequence(nodes) | Node::Alternatives(nodes) => {
            nodes.iter().for_each(|node| collect(node, tokens))
        }
        Node::Repeat(node, ..) | Node::Capture(_, node) => collect(node, tokens),
    }
}
