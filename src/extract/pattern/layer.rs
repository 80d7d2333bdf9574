//! The patterns that run together, as one automaton.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use super::{
    alphabet::Symbol,
    letters::{Letter, Letters},
    locator::{Locator, Part},
    pool::Pool,
    program::{NEVER, PatternId, Program},
    recogniser::Recogniser,
    syntax::{Syntax, SyntaxError},
};

/// A pattern as its pack gives it.
#[derive(Debug, Clone)]
pub(in crate::extract) struct PatternDefinition {
    /// Unique in the layer.
    pub(in crate::extract) name: String,
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
    parts: Vec<String>,
}

/// The symbols of a sequence of tokens or expressions.
#[derive(Debug, Default)]
pub(in crate::extract) struct Stream {
    symbols: Vec<Symbol>,
}

impl Stream {
    /// An empty stream with room for so many symbols.
    pub(in crate::extract) fn with_capacity(symbols: usize) -> Self {
        Self { symbols: Vec::with_capacity(symbols) }
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
    parts: Arc<[Part]>,
}

impl Match<'_> {
    /// The first part of a name.
    pub(in crate::extract) fn part(&self, name: &str) -> Option<Range<usize>> {
        self.parts(name).next()
    }

    /// All parts of a name, in order.
    pub(in crate::extract) fn parts(&self, name: &str) -> impl Iterator<Item = Range<usize>> {
        self.parts.iter().filter(move |(part, _)| self.pattern.parts[usize::from(*part)] == name).map(
            |(_, range)| {
                self.range.start + usize::from(range.start)..self.range.start + usize::from(range.end)
            },
        )
    }

    /// A constant of the pattern.
    pub(in crate::extract) fn constant(&self, name: &str) -> Option<&str> {
        self.pattern.definition.constants.get(name).map(String::as_str)
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
    /// Whether some pattern fits common words alone.
    fits_common: bool,
    known: Pool<Known>,
}

/// What one thread has learnt of a layer by using it, with room to work in.
#[derive(Debug, Default)]
struct Known {
    text: Vec<Letter>,
    recogniser: Recogniser,
    locator: Locator,
}

impl Layer {
    /// Compiles patterns.
    ///
    /// # Errors
    /// With the position of the pattern that cannot be read, or can never match.
    pub(in crate::extract) fn compile(
        definitions: Vec<PatternDefinition>,
        syntax: &Syntax,
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
            patterns.push(Pattern { definition, parts });
        }
        let fits_common = program.starts().any(|step| program.to_rare(step) == NEVER);
        Ok(Self { patterns, letters, program, fits_common, known: Pool::default() })
    }

    /// Whether there can be a match in a stream; `false` where it has nothing but common words.
    pub(in crate::extract) fn may_fit(&self, stream: &Stream) -> bool {
        self.fits_common
            || stream.symbols.iter().any(|&symbol| !self.letters.is_common(self.letters.of(symbol)))
    }

    /// All matches within a range of a stream, in order. They do not overlap, but for what a pattern looks at without
    /// covering it.
    pub(in crate::extract) fn scan<'l>(
        &'l self,
        stream: &Stream,
        range: Range<usize>,
        mut found: impl FnMut(Match<'l>),
    ) {
        if self.patterns.is_empty() {
            return;
        }
        self.known.with(|Known { text, recogniser, locator }| {
            self.letters.write(&stream.symbols[range.clone()], text);
            let (mut at, mut rare) = (0, 0);
            while at < text.len() {
                rare = self.rare(text, at, rare);
                let found_here = recogniser.longest(&self.program, &self.letters, text, at, rare);
                let Some((pattern, end)) = found_here else {
                    at += 1;
                    continue;
                };
                let matched = self.matched(locator, range.start, pattern, text, at..end);
                at = (matched.span().end - range.start).max(at + 1);
                found(matched);
            }
        });
    }

    /// The longest match that begins where a range of a stream does.
    pub(in crate::extract) fn first<'l>(&'l self, stream: &Stream, range: Range<usize>) -> Option<Match<'l>> {
        let symbols = stream.symbols.get(range.clone()).filter(|_| !self.patterns.is_empty())?;
        self.known.with(|Known { text, recogniser, locator }| {
            self.letters.write(symbols, text);
            let rare = self.rare(text, 0, 0);
            let (pattern, end) = recogniser.longest(&self.program, &self.letters, text, 0, rare)?;
            Some(self.matched(locator, range.start, pattern, text, 0..end))
        })
    }

    /// The position of the next letter behind another that is not common, at least `from`; far behind the text where there
    /// is none.
    fn rare(&self, text: &[Letter], at: usize, from: usize) -> usize {
        if from > at {
            return from;
        }
        let behind = text[at + 1..].iter().position(|&letter| !self.letters.is_common(letter));
        behind.map_or(text.len() + usize::from(NEVER), |distance| at + 1 + distance)
    }

    /// A match of a range of a text that begins at `offset` in its stream.
    fn matched<'l>(
        &'l self,
        locator: &mut Locator,
        offset: usize,
        id: PatternId,
        text: &[Letter],
        range: Range<usize>,
    ) -> Match<'l> {
        let pattern = &self.patterns[usize::from(id)];
        let parts = if pattern.parts.is_empty() {
            Arc::default()
        } else {
            locator.parts(&self.program, &self.letters, id, &text[range.clone()])
        };
        Match { pattern, range: range.start + offset..range.end + offset, parts }
    }
}
