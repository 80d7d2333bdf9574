//! Classes, and the sets of them that tokens have.

use rustc_hash::FxHashMap;

/// A class of tokens: "month", "digits", or the words of one literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract) struct ClassId(u16);

/// A set of classes that a token can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract) struct Symbol(u16);

/// There are no more symbols than can be counted in 16 bits.
const MOST: usize = 1 << 16;

/// What stands in every sentence weighs so much more than a listed word.
pub(super) const EVERYWHERE: usize = 1_000_000;

/// Classes whose symbols weigh more than others; what stands in every sentence last.
const WEIGHTS: [(&[&str], usize); 2] = [
    (&["expression", "frequent", "digits"], 100),
    (&["unknown", "comma", "full_stop", "phrase"], EVERYWHERE),
];

impl Symbol {
    /// Its position among all symbols.
    pub(in crate::extract) fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// The classes of a pack, and the symbols that stand for sets of them.
#[derive(Debug, Default)]
pub(in crate::extract) struct Alphabet {
    classes: FxHashMap<String, ClassId>,
    symbols: FxHashMap<Vec<ClassId>, Symbol>,
    sets: Vec<Vec<ClassId>>,
    /// The classes of words and marks that stand in every sentence.
    common: Vec<ClassId>,
    /// For each class, a bit for each symbol; filled by [`Alphabet::freeze`].
    members: Vec<Vec<u64>>,
    /// For each symbol, its weight; filled by [`Alphabet::freeze`].
    weights: Vec<usize>,
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

    /// Prepares [`Alphabet::has`] and [`Alphabet::weight`]; to be called when all symbols are made.
    pub(in crate::extract) fn freeze(&mut self) {
        let words = self.sets.len().div_ceil(64);
        self.members = vec![vec![0; words]; self.classes.len()];
        for (symbol, set) in self.sets.iter().enumerate() {
            for class in set {
                self.members[usize::from(class.0)][symbol / 64] |= 1 << (symbol % 64);
            }
        }
        let mut weights = vec![1; self.sets.len()];
        for (names, weight) in WEIGHTS {
            for class in names.iter().filter_map(|name| self.class(name)) {
                self.each_with(&[class], &[], |symbol| weights[symbol.index()] = weight);
            }
        }
        self.weights = weights;
    }

    /// Whether a symbol has a class.
    #[inline]
    pub(in crate::extract) fn has(&self, symbol: Symbol, class: ClassId) -> bool {
        self.members[usize::from(class.0)][symbol.index() / 64] >> (symbol.index() % 64) & 1 == 1
    }

    /// Says of a class that its words or marks stand in every sentence.
    pub(in crate::extract) fn declare_common(&mut self, class: ClassId) {
        self.common.push(class);
    }

    /// The symbols of words and marks that stand in every sentence.
    pub(super) fn common(&self) -> impl Iterator<Item = Symbol> {
        self.all().filter(|&symbol| self.common.iter().any(|&class| self.has(symbol, class)))
    }

    /// How often words of a symbol are to be expected in texts, to compare it with others. Symbols of common marks and of
    /// words that the lexicon does not list stand for many.
    pub(super) fn weight(&self, symbol: Symbol) -> usize {
        self.weights.get(symbol.index()).copied().unwrap_or(1)
    }

    /// Calls with each symbol that has all of the first and none of the second classes, in order.
    pub(super) fn each_with(&self, all: &[ClassId], none: &[ClassId], mut found: impl FnMut(Symbol)) {
        let members = |class: &ClassId, word: usize| self.members[usize::from(class.0)][word];
        for word in 0..self.sets.len().div_ceil(64) {
            let mut bits = all.iter().fold(u64::MAX, |bits, class| bits & members(class, word));
            bits = none.iter().fold(bits, |bits, class| bits & !members(class, word));
            while bits != 0 {
                let index = word * 64 + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                if index < self.sets.len() {
                    found(Symbol(u16::try_from(index).unwrap_or(u16::MAX)));
                }
            }
        }
    }

    /// For each symbol, which of some classes it has, a bit for each; there are at most 64 of them.
    pub(in crate::extract) fn masks(&self, classes: &[ClassId]) -> Vec<u64> {
        let mut masks = vec![0; self.sets.len()];
        for (bit, class) in classes.iter().enumerate().take(64) {
            self.each_with(std::slice::from_ref(class), &[], |symbol| masks[symbol.index()] |= 1 << bit);
        }
        masks
    }

    /// All symbols.
    pub(super) fn all(&self) -> impl Iterator<Item = Symbol> {
        (0..self.sets.len()).map(|index| Symbol(u16::try_from(index).unwrap_or(u16::MAX)))
    }
}
