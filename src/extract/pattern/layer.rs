//! The patterns that run together, as one automaton.

use std::{
    collections::BTreeMap,
    ops::Range,
    panic::{RefUnwindSafe, UnwindSafe},
    sync::OnceLock,
};

use regex_automata::{
    Anchored, Input, MatchKind, PatternID,
    hybrid::dfa::{Cache, DFA},
    nfa::thompson::{
        self, NFA, WhichCaptures,
        backtrack::{self, BoundedBacktracker},
    },
    util::{captures::Captures, pool::Pool, syntax as regex_syntax},
};

use super::{
    alphabet::Symbol,
    letters::Letters,
    syntax::{Node, Syntax, SyntaxError},
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
        let mut stream = Self::default();
        symbols.into_iter().for_each(|symbol| stream.push(symbol));
        stream
    }
}

/// A place where a pattern fits.
#[derive(Debug)]
pub(in crate::extract) struct Match<'l> {
    /// The pattern.
    pub(in crate::extract) pattern: &'l Pattern,
    /// The whole of it, as positions in the stream.
    pub(in crate::extract) range: Range<usize>,
    parts: Vec<(&'l str, Range<usize>)>,
}

impl Match<'_> {
    /// The first part of a name.
    pub(in crate::extract) fn part(&self, name: &str) -> Option<Range<usize>> {
        self.parts.iter().find(|(part, _)| *part == name).map(|(_, range)| range.clone())
    }

    /// All parts of a name, in order.
    pub(in crate::extract) fn parts(&self, name: &str) -> impl Iterator<Item = Range<usize>> {
        self.parts.iter().filter(move |(part, _)| *part == name).map(|(_, range)| range.clone())
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

type New<T> = Box<dyn Fn() -> T + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// How much a search for parts may remember of where it was: 4 MiB.
const PLACES_VISITED: usize = 4 << 20;

/// Finds the parts of a match of one pattern.
struct Locator {
    machine: BoundedBacktracker,
    /// Making these costs more than a search.
    memory: Pool<(backtrack::Cache, Captures), New<(backtrack::Cache, Captures)>>,
}

impl Locator {
    fn compile(expression: &str) -> Option<Self> {
        let nfa = nfa(&[format!("(?:{expression})\\z")], WhichCaptures::All).ok()?;
        let machine = BoundedBacktracker::builder()
            .configure(BoundedBacktracker::config().visited_capacity(PLACES_VISITED))
            .build_from_nfa(nfa)
            .ok()?;
        let fresh = machine.clone();
        let memory = Pool::new(Box::new(move || (fresh.create_cache(), fresh.create_captures())) as Box<_>);
        Some(Self { machine, memory })
    }
}

/// The patterns that run together. The longest match wins, among equals the pattern that was given first.
pub(in crate::extract) struct Layer {
    patterns: Vec<Pattern>,
    recognise: DFA,
    caches: Pool<Cache, New<Cache>>,
    /// Each pattern by itself, with its parts; compiled when it first fits.
    locate: Vec<(String, OnceLock<Option<Locator>>)>,
    letters: Letters,
    /// For each letter, whether any pattern can begin with it.
    starts: Vec<bool>,
}

impl std::fmt::Debug for Layer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layer").field("patterns", &self.patterns.len()).finish_non_exhaustive()
    }
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
        let mut patterns = Vec::with_capacity(definitions.len());
        let mut expressions = Vec::with_capacity(definitions.len());
        let mut nodes = Vec::with_capacity(definitions.len());
        for (position, definition) in definitions.iter().enumerate() {
            nodes.push(syntax.parse(&definition.notation).map_err(|error| (position, error))?);
        }
        let letters = Letters::of(&nodes, syntax.alphabet);
        let mut starts = vec![false; letters.count()];
        for (position, (definition, node)) in definitions.into_iter().zip(&nodes).enumerate() {
            let mut writer = Writer { letters: &letters, expression: String::new(), parts: Vec::new() };
            writer.write(node).map_err(|error| (position, error))?;
            writer.mark_starts(node, &mut starts);
            expressions.push(writer.expression);
            patterns.push(Pattern { definition, parts: writer.parts });
        }
        let too_large =
            |error: &dyn std::fmt::Display| (0, SyntaxError::Impossible(format!("all patterns: {error}")));
        let recognise =
            nfa(&expressions, WhichCaptures::None).map_err(|error| too_large(&error)).and_then(|nfa| {
                DFA::builder()
                    .configure(
                        DFA::config()
                            .match_kind(MatchKind::All)
                            .cache_capacity(64 << 20)
                            .skip_cache_capacity_check(true)
                            .minimum_cache_clear_count(None),
                    )
                    .build_from_nfa(nfa)
                    .map_err(|error| too_large(&error))
            })?;
        let locate = expressions.into_iter().map(|expression| (expression, OnceLock::new())).collect();
        let fresh = recognise.clone();
        let caches = Pool::new(Box::new(move || fresh.create_cache()) as Box<_>);
        Ok(Self { patterns, recognise, caches, locate, letters, starts })
    }

    /// All matches within a range of a stream, in order. They do not overlap, but for what a pattern looks at without
    /// covering it.
    pub(in crate::extract) fn scan<'l>(
        &'l self,
        stream: &Stream,
        range: Range<usize>,
        mut found: impl FnMut(Match<'l>),
    ) {
        let mut cache = self.caches.get();
        let text = self.letters.text(&stream.symbols[range.clone()]);
        let mut at = range.start;
        while at < range.end {
            let found_here = self.longest(&mut cache, &text, at - range.start);
            let Some((pattern, end)) = found_here.map(|(pattern, end)| (pattern, range.start + end)) else {
                at += 1;
                continue;
            };
            let matched = self.locate(&text, range.start, pattern, at..end);
            at = matched.span().end.max(at + 1);
            found(matched);
        }
    }

    /// The longest match that begins where a range of a stream does.
    pub(in crate::extract) fn first<'l>(&'l self, stream: &Stream, range: Range<usize>) -> Option<Match<'l>> {
        let symbols = stream.symbols.get(range.clone())?;
        let text = self.letters.text(symbols);
        let (pattern, end) = self.longest(&mut self.caches.get(), &text, 0)?;
        Some(self.locate(&text, range.start, pattern, range.start..range.start + end))
    }

    /// The longest match that begins at a position of a text in letters: its pattern, and the position behind it.
    fn longest(&self, cache: &mut Cache, text: &str, start: usize) -> Option<(PatternID, usize)> {
        let width = self.letters.width();
        let first = text.get(start * width..)?.chars().next()?;
        if !self.starts[self.letters.index(first)] {
            return None;
        }
        let input = Input::new(text).range(start * width..).anchored(Anchored::Yes);
        // The automaton gives up only when its cache is too small for one state; then nothing is found here.
        let half = self.recognise.try_search_fwd(cache, &input).ok().flatten()?;
        let end = half.offset() / width;
        (end > start).then_some((half.pattern(), end))
    }

    /// The parts of a match of a range of a stream, of which `text` begins at `offset`.
    fn locate<'l>(&'l self, text: &str, offset: usize, id: PatternID, range: Range<usize>) -> Match<'l> {
        let pattern = &self.patterns[id.as_usize()];
        let mut parts = Vec::with_capacity(pattern.parts.len());
        let (expression, locator) = &self.locate[id.as_usize()];
        if pattern.parts.is_empty() {
            return Match { pattern, range, parts };
        }
        if let Some(locator) = locator.get_or_init(|| Locator::compile(expression)) {
            let width = self.letters.width();
            let mut memory = locator.memory.get();
            let (cache, captures) = &mut *memory;
            let text = &text[(range.start - offset) * width..(range.end - offset) * width];
            let input = Input::new(text).anchored(Anchored::Yes);
            // A match is far shorter than what the machine can visit; one that is not has no parts.
            if locator.machine.try_search(cache, &input, captures).is_err() {
                return Match { pattern, range, parts };
            }
            for (group, name) in pattern.parts.iter().enumerate() {
                if let Some(span) = captures.get_group(group + 1) {
                    parts.push((
                        name.as_str(),
                        range.start + span.start / width..range.start + span.end / width,
                    ));
                }
            }
        }
        Match { pattern, range, parts }
    }
}

fn nfa<S: AsRef<str>>(expressions: &[S], captures: WhichCaptures) -> Result<NFA, thompson::BuildError> {
    thompson::Compiler::new()
        .syntax(regex_syntax::Config::new())
        .configure(NFA::config().which_captures(captures).shrink(false))
        .build_many(expressions)
}

/// Writes a pattern as a regular expression over the characters that stand for symbols.
struct Writer<'a> {
    letters: &'a Letters,
    expression: String,
    parts: Vec<String>,
}

impl Writer<'_> {
    fn write(&mut self, node: &Node) -> Result<(), SyntaxError> {
        match node {
            Node::Token { all, none, source } => {
                if all.is_empty() && none.is_empty() {
                    self.expression.push_str("(?s:.)");
                    return Ok(());
                }
                let letters = self.letters.of_token(node);
                if letters.is_empty() {
                    return Err(SyntaxError::Impossible(source.clone()));
                }
                self.expression.push('[');
                for run in letters.chunk_by(|a, b| *b == *a + 1) {
                    let (first, last) = (run[0], run[run.len() - 1]);
                    let letter = |index| u32::from(self.letters.letter(index));
                    self.expression.push_str(&format!(
                        "\\x{{{:x}}}-\\x{{{:x}}}",
                        letter(first),
                        letter(last)
                    ));
                }
                self.expression.push(']');
            }
            Node::Sequence(nodes) => nodes.iter().try_for_each(|node| self.write(node))?,
            Node::Alternatives(nodes) => {
                for (position, node) in nodes.iter().enumerate() {
                    self.expression.push_str(if position == 0 { "(?:" } else { "|" });
                    self.write(node)?;
                }
                self.expression.push(')');
            }
            Node::Repeat(node, least, most) => {
                self.expression.push_str("(?:");
                self.write(node)?;
                self.expression.push_str(&format!("){{{least},{most}}}"));
            }
            Node::Capture(name, node) => {
                self.parts.push(name.clone());
                self.expression.push('(');
                self.write(node)?;
                self.expression.push(')');
            }
        }
        Ok(())
    }

    /// Marks the letters that a pattern can begin with; says whether it can match nothing at all.
    fn mark_starts(&self, node: &Node, starts: &mut [bool]) -> bool {
        match node {
            Node::Token { .. } => {
                self.letters.of_token(node).iter().for_each(|&letter| starts[letter] = true);
                false
            }
            Node::Sequence(nodes) => nodes.iter().all(|node| self.mark_starts(node, starts)),
            Node::Alternatives(nodes) => {
                let mut empty = false;
                for node in nodes {
                    empty |= self.mark_starts(node, starts);
                }
                empty
            }
            Node::Repeat(node, least, _) => self.mark_starts(node, starts) || *least == 0,
            Node::Capture(_, node) => self.mark_starts(node, starts),
        }
    }
}
