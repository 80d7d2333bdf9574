//! The patterns that run together, as one automaton.

use std::{cell::RefCell, collections::BTreeMap, ops::Range, sync::Arc};

use compact_str::CompactString;

use super::{
    alphabet::Symbol,
    anchors::{Anchors, Phrases},
    letters::{Letter, Letters},
    locator::{Locator, Parts},
    program::{PatternId, Program},
    recogniser::Recogniser,
    syntax::{Node, Syntax, SyntaxError},
};

/// A pattern as its pack gives it.
#[derive(Debug, Clone)]
pub(in crate::extract) struct PatternDefinition {
    /// Unique in the layer.
    pub(in crate::extract) name: Arc<str>,
    /// The notation of [`Syntax`].
    pub(in crate::extract) notation: String,
    /// What is made of a match.
    pub(in crate::extract) make: String,
    /// What every match of it has besides its named parts.
    pub(in crate::extract) constants: BTreeMap<String, String>,
}

/// A pattern that is part of an automaton.
#[derive(Debug)]
pub(in crate::extract) struct Pattern {
    /// Its name and what is made of it.
    pub(in crate::extract) definition: PatternDefinition,
    /// The names of its parts, in the order of the automaton's groups.
    parts: Vec<CompactString>,
    /// What every match of it has besides.
    constants: Vec<(CompactString, String)>,
    /// The bits of the names of its parts and constants: most names that are asked for are none of them.
    names: u64,
    /// The symbol that stands for a match of it in the layers above.
    pub(in crate::extract) symbol: Option<Symbol>,
}

/// A bit for a name, which few others share.
#[inline]
fn bit(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let (first, last) = (bytes.first().copied().unwrap_or(0), bytes.last().copied().unwrap_or(0));
    1 << ((usize::from(first) * 5 + usize::from(last) * 11 + bytes.len() * 7) % 64)
}

/// The symbols of a sequence of tokens or expressions.
#[derive(Debug, Clone, Default)]
pub(in crate::extract) struct Stream {
    symbols: Vec<Symbol>,
}

impl Stream {
    /// Takes all symbols out.
    pub(in crate::extract) fn clear(&mut self) {
        self.symbols.clear();
    }

    /// Adds symbols at the end.
    pub(in crate::extract) fn extend(&mut self, symbols: &[Symbol]) {
        self.symbols.extend_from_slice(symbols);
    }

    /// Adds a symbol at the end.
    pub(in crate::extract) fn push(&mut self, symbol: Symbol) {
        self.symbols.push(symbol);
    }

    /// The symbols.
    pub(in crate::extract) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }
}

impl FromIterator<Symbol> for Stream {
    fn from_iter<I: IntoIterator<Item = Symbol>>(symbols: I) -> Self {
        Self { symbols: symbols.into_iter().collect() }
    }
}

/// A place where a pattern fits.
#[derive(Debug)]
pub(in crate::extract) struct Match<'l> {
    /// The pattern.
    pub(in crate::extract) pattern: &'l Pattern,
    /// The whole of it, as positions in the stream.
    pub(in crate::extract) range: Range<usize>,
    parts: Parts,
}

impl Match<'_> {
    /// The first part of a name.
    #[inline]
    pub(in crate::extract) fn part(&self, name: &str) -> Option<Range<usize>> {
        self.parts(name).next()
    }

    /// Whether there may be a part or a constant of a name; `false` is sure, and told without a look at them.
    #[inline]
    pub(in crate::extract) fn may_have(&self, name: &str) -> bool {
        self.pattern.names & bit(name) != 0
    }

    /// All parts of a name, in order.
    #[inline]
    pub(in crate::extract) fn parts(&self, name: &str) -> impl Iterator<Item = Range<usize>> {
        let parts = if self.may_have(name) { self.parts.as_slice() } else { &[] };
        let of_name = parts.iter().filter(move |[part, ..]| self.pattern.parts[usize::from(*part)] == name);
        of_name.map(|[_, start, end]| {
            self.range.start + usize::from(*start)..self.range.start + usize::from(*end)
        })
    }

    /// A constant of the pattern.
    #[inline]
    pub(in crate::extract) fn constant(&self, name: &str) -> Option<&str> {
        if !self.may_have(name) {
            return None;
        }
        self.pattern.constants.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What the match is about: its part named "span", or the whole.
    pub(in crate::extract) fn span(&self) -> Range<usize> {
        self.part("span").unwrap_or_else(|| self.range.clone())
    }
}

/// The patterns that run together. The longest match wins, among equals the pattern that was given first.
#[derive(Debug)]
pub(in crate::extract) struct Layer {
    patterns: Vec<Pattern>,
    letters: Letters,
    program: Program,
    anchors: Anchors,
    /// For each symbol that stands for what patterns make, the anchors of these patterns.
    made: BTreeMap<Symbol, Anchors>,
}

/// What has been learnt of a layer by using it, with room to work in.
#[derive(Debug, Default)]
pub(in crate::extract) struct Known {
    text: Vec<Letter>,
    recogniser: Recogniser,
    locator: Locator,
}

/// A layer at work, with what is known of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::extract) struct Matcher<'l> {
    layer: &'l Layer,
    known: &'l RefCell<Known>,
}

impl Layer {
    /// Compiles patterns. `symbols` has the symbol of each class that a constant `class` can name, and `phrases` the
    /// anchors of those that other layers make.
    ///
    /// # Errors
    /// With the position of the pattern that cannot be read, or can never match.
    pub(in crate::extract) fn compile(
        definitions: Vec<PatternDefinition>,
        syntax: &Syntax,
        symbols: &BTreeMap<String, Symbol>,
        phrases: &Phrases,
    ) -> Result<Self, (usize, SyntaxError)> {
        let mut nodes = Vec::with_capacity(definitions.len());
        for (position, definition) in definitions.iter().enumerate() {
            nodes.push(syntax.parse(&definition.notation).map_err(|error| (position, error))?);
        }
        let letters = Letters::new(&nodes, syntax.alphabet);
        let mut program = Program::default();
        let mut patterns = Vec::with_capacity(definitions.len());
        for (position, (definition, node)) in definitions.into_iter().zip(&nodes).enumerate() {
            let parts = program.add(node, &letters).map_err(|error| (position, error))?;
            let constants: Vec<(CompactString, String)> =
                definition.constants.iter().map(|(name, value)| (name.into(), value.clone())).collect();
            let names = parts.iter().chain(constants.iter().map(|(name, _)| name));
            let names = names.fold(0, |names, name| names | bit(name));
            let symbol = definition.constants.get("class").and_then(|class| symbols.get(class)).copied();
            patterns.push(Pattern { definition, parts, constants, names, symbol });
        }
        let anchors = Anchors::of(nodes.iter(), syntax.alphabet, phrases);
        let mut making: BTreeMap<Symbol, Vec<&Node>> = BTreeMap::new();
        for (pattern, node) in patterns.iter().zip(&nodes) {
            if let Some(symbol) = pattern.symbol {
                making.entry(symbol).or_default().push(node);
            }
        }
        let anchors_of = |nodes: Vec<&Node>| Anchors::of(nodes.into_iter(), syntax.alphabet, phrases);
        let made = making.into_iter().map(|(symbol, nodes)| (symbol, anchors_of(nodes))).collect();
        Ok(Self { patterns, letters, program, anchors, made })
    }

    /// For each symbol that stands for what patterns make, the anchors of these patterns.
    pub(in crate::extract) fn made(&self) -> impl Iterator<Item = (Symbol, &Anchors)> {
        self.made.iter().map(|(&symbol, anchors)| (symbol, anchors))
    }

    /// The layer at work.
    pub(in crate::extract) fn with<'l>(&'l self, known: &'l RefCell<Known>) -> Matcher<'l> {
        Matcher { layer: self, known }
    }
}

impl<'l> Matcher<'l> {
    /// Whether there can be a match in a stream; `false` where it has nothing that a match needs.
    pub(in crate::extract) fn may_fit(&self, symbols: &[Symbol]) -> bool {
        symbols.iter().any(|&symbol| self.layer.anchors.has(symbol))
    }

    /// All matches within a range of a stream, in order. They do not overlap, but for what a pattern looks at without
    /// covering it.
    pub(in crate::extract) fn scan(
        &self,
        stream: &Stream,
        range: Range<usize>,
        mut found: impl FnMut(Match<'l>),
    ) {
        if self.layer.patterns.is_empty() {
            return;
        }
        let Layer { letters, program, anchors, .. } = self.layer;
        let Known { text, recogniser, locator } = &mut *self.known.borrow_mut();
        let symbols = &stream.symbols[range.clone()];
        // No match begins behind the last anchor.
        let Some(last) = symbols.iter().rposition(|&symbol| anchors.has(symbol)) else { return };
        letters.write(symbols, text);
        let (mut at, mut rare) = (0, 0);
        while let Some((pattern, place)) =
            recogniser.next_match(program, letters, text, at..last + 1, &mut rare)
        {
            let matched = self.matched(locator, range.start, pattern, text, place.clone());
            at = (matched.span().end - range.start).max(place.start + 1);
            found(matched);
        }
    }

    /// The longest match that begins where a range of a stream does.
    pub(in crate::extract) fn first(&self, stream: &Stream, range: Range<usize>) -> Option<Match<'l>> {
        let symbols = stream.symbols.get(range.clone()).filter(|_| !self.layer.patterns.is_empty())?;
        let Layer { letters, program, .. } = self.layer;
        let Known { text, recogniser, locator } = &mut *self.known.borrow_mut();
        letters.write(symbols, text);
        let (pattern, end) = recogniser.longest(program, letters, text, 0)?;
        Some(self.matched(locator, range.start, pattern, text, 0..end))
    }

    /// A match of a range of a text that begins at `offset` in its stream.
    fn matched(
        &self,
        locator: &mut Locator,
        offset: usize,
        id: PatternId,
        text: &[Letter],
        range: Range<usize>,
    ) -> Match<'l> {
        let pattern = &self.layer.patterns[usize::from(id)];
        let parts = if pattern.parts.is_empty() {
            Parts::new()
        } else {
            locator.parts(&self.layer.program, &self.layer.letters, id, &text[range.clone()])
        };
        Match { pattern, range: range.start + offset..range.end + offset, parts }
    }
}
