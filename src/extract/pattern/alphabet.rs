//! Classes, and the sets of them that tokens have.

use rustc_hash::FxHashMap;

/// A class of tokens: "month", "digits", or the words of one literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract) struct ClassId(u16);

/// A set of classes that a token can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract) struct Symbol(u16);

/// Code points from here on stand for symbols: all of them take three bytes in UTF-8.
const FIRST: u32 = 0x800;
/// So many symbols fit below the surrogates.
const MOST: usize = 0xd800 - FIRST as usize;
/// The bytes of one symbol in a stream.
pub(super) const WIDTH: usize = 3;

impl Symbol {
    /// The character that stands for the symbol in a stream.
    pub(super) fn as_char(self) -> char {
        char::from_u32(FIRST + u32::from(self.0)).unwrap_or('\u{800}')
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The classes of a pack, and the symbols that stand for sets of them.
#[derive(Debug, Default)]
pub(in crate::extract) struct Alphabet {
    classes: FxHashMap<String, ClassId>,
    symbols: FxHashMap<Vec<ClassId>, Symbol>,
    sets: Vec<Vec<ClassId>>,
    /// For each class, a bit for each symbol; filled by [`Alphabet::freeze`].
    members: Vec<Vec<u64>>,
}

impl Alphabet {
    /// The class of a name, made if it is new.
    pub(in crate::extract) fn declare(&mut self, name: &str) -> ClassId {
        if let Some(&class) = self.classes.get(name) {
            return class;
        }
        let class = ClassId(u16::try_from(self.classes.len()).unwrap_or(u16::MAX));
        self.classes.insert(name.to_owned(), class);
        class
    }

    /// The class of a name.
    pub(in crate::extract) fn class(&self, name: &str) -> Option<ClassId> {
        self.classes.get(name).copied()
    }

    /// The symbol of a set of classes, made if it is new.
    pub(in crate::extract) fn symbol(&mut self, mut classes: Vec<ClassId>) -> Symbol {
        classes.sort_unstable();
        classes.dedup();
        if let Some(&symbol) = self.symbols.get(&classes) {
            return symbol;
        }
        assert!(self.sets.len() < MOST, "a pack has too many different sets of classes");
        let symbol = Symbol(u16::try_from(self.sets.len()).unwrap_or(u16::MAX));
        self.sets.push(classes.clone());
        self.symbols.insert(classes, symbol);
        symbol
    }

    /// Prepares [`Alphabet::has`]; to be called when all symbols are made.
    pub(in crate::extract) fn freeze(&mut self) {
        let words = self.sets.len().div_ceil(64);
        self.members = vec![vec![0; words]; self.classes.len()];
        for (symbol, set) in self.sets.iter().enumerate() {
            for class in set {
                self.members[usize::from(class.0)][symbol / 64] |= 1 << (symbol % 64);
            }
        }
    }

    /// Whether a symbol has a class.
    pub(in crate::extract) fn has(&self, symbol: Symbol, class: ClassId) -> bool {
        self.members[usize::from(class.0)][symbol.index() / 64] >> (symbol.index() % 64) & 1 == 1
    }

    /// All symbols.
    pub(super) fn all(&self) -> impl Iterator<Item = Symbol> {
        (0..self.sets.len()).map(|index| Symbol(u16::try_from(index).unwrap_or(u16::MAX)))
    }
}
