//! The letters of a layer: symbols that none of its patterns tells apart are one letter.

use rustc_hash::FxHashMap;

use super::{
    alphabet::{Alphabet, ClassId, Symbol},
    syntax::Node,
};

/// A symbol as one layer sees it.
pub(super) type Letter = u16;

/// The position of a [`LetterSet`] among those of its layer.
pub(super) type SetId = u32;

/// What a pattern asks of one token: to have all of the first and none of the second classes.
type Token = (Vec<ClassId>, Vec<ClassId>);

/// The letters that a token of a pattern can be, a bit for each.
#[derive(Debug)]
pub(super) struct LetterSet {
    bits: Vec<u64>,
}

impl LetterSet {
    /// Whether a letter is in the set.
    pub(super) fn has(&self, letter: Letter) -> bool {
        self.bits[usize::from(letter) / 64] >> (letter % 64) & 1 == 1
    }

    /// Whether no letter is.
    pub(super) fn is_empty(&self) -> bool {
        self.bits.iter().all(|&bits| bits == 0)
    }
}

/// How the symbols of an alphabet are written in one layer.
#[derive(Debug)]
pub(super) struct Letters {
    /// For each symbol, its letter.
    of_symbol: Vec<Letter>,
    count: usize,
    /// For each token that a pattern asks for, the position of its set.
    of_token: FxHashMap<Token, SetId>,
    sets: Vec<LetterSet>,
    /// Common words and marks are written as the first letters, so many of them.
    common: Letter,
}

impl Letters {
    /// The letters that patterns need.
    pub(super) fn new(nodes: &[Node], alphabet: &Alphabet) -> Self {
        let mut tokens = Vec::new();
        nodes.iter().for_each(|node| collect(node, &mut tokens));
        tokens.sort_unstable();
        tokens.dedup();
        // For each symbol, the tokens that it fits, in order.
        let mut fits: Vec<Vec<SetId>> = vec![Vec::new(); alphabet.all().count()];
        for (token, (all, none)) in (0..).zip(&tokens) {
            alphabet.each_with(all, none, |symbol| fits[symbol.index()].push(token));
        }
        let mut letters: FxHashMap<&[SetId], Letter> = FxHashMap::default();
        let number = |letters: &mut FxHashMap<_, _>, symbol: Symbol| {
            // There are no more letters than symbols, and those are counted in 16 bits.
            let next = Letter::try_from(letters.len()).unwrap_or(Letter::MAX);
            *letters.entry(fits[symbol.index()].as_slice()).or_insert(next)
        };
        for symbol in alphabet.common() {
            number(&mut letters, symbol);
        }
        let common = Letter::try_from(letters.len()).unwrap_or(Letter::MAX);
        let of_symbol = alphabet.all().map(|symbol| number(&mut letters, symbol)).collect();
        let count = letters.len();
        let mut sets: Vec<LetterSet> =
            tokens.iter().map(|_| LetterSet { bits: vec![0; count.div_ceil(64)] }).collect();
        for (tokens, letter) in letters {
            for &token in tokens {
                sets[token as usize].bits[usize::from(letter) / 64] |= 1 << (letter % 64);
            }
        }
        Self { of_symbol, count, of_token: tokens.into_iter().zip(0..).collect(), sets, common }
    }

    /// The number of letters.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The position of the set of letters that a token of a pattern can be.
    pub(super) fn set_of(&self, all: &[ClassId], none: &[ClassId]) -> Option<SetId> {
        self.of_token.get(&(all.to_vec(), none.to_vec())).copied()
    }

    /// The set at a position.
    pub(super) fn set(&self, id: SetId) -> &LetterSet {
        &self.sets[id as usize]
    }

    /// The letter of a symbol.
    pub(super) fn of(&self, symbol: Symbol) -> Letter {
        self.of_symbol[symbol.index()]
    }

    /// Whether common words or marks are written as a letter.
    pub(super) fn is_common(&self, letter: Letter) -> bool {
        letter < self.common
    }

    /// Whether common words or marks are written as a letter of a set.
    pub(super) fn has_common(&self, id: SetId) -> bool {
        (0..self.common).any(|letter| self.set(id).has(letter))
    }

    /// Writes symbols in letters over `text`.
    pub(super) fn write(&self, symbols: &[Symbol], text: &mut Vec<Letter>) {
        text.clear();
        text.extend(symbols.iter().map(|&symbol| self.of(symbol)));
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
