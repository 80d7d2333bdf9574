//! A pack, loaded and checked.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    chapter::{Chapter, Settings, forms},
    lexicon::{Lexicon, fold},
    numerals::{Numerals, Part},
    well_known::WellKnown,
    words::Words,
};
use crate::extract::{
    document::{Document, Shape},
    pattern::{Alphabet, ClassId, Layer, PatternDefinition, Pool, Symbol, Syntax},
    worthiness::Model,
};

/// What is wrong with a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("languages/{code}/{file}:{line}: {message}")]
pub struct PackError {
    /// The code of the pack's language.
    pub code: String,
    /// The chapter.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

/// The layers of patterns, each with the chapters that it is made of and the constructors that they may name.
/// Of two patterns of a layer that fit equally long, the one with the constant `first` wins, else the one of the chapter
/// named first.
const LAYERS: [(&str, &[&str]); 9] = [
    ("document", &["document"]),
    ("points", &["time", "figure"]),
    ("records", &["record"]),
    ("attributions", &["attribution"]),
    ("phrases", &["phrase"]),
    ("modalities", &["modality"]),
    ("beside", &["beside"]),
    ("relations", &["consistency"]),
    ("appointments", &["appointment"]),
];

/// All that is known of a language.
#[derive(Debug)]
pub(in crate::extract) struct Pack {
    code: String,
    settings: Settings,
    alphabet: Alphabet,
    lexicon: Lexicon,
    numerals: Numerals,
    /// For each symbol, the classes of [`WellKnown`] that it has, a bit for each.
    well_known: Vec<u64>,
    /// Symbols of whole expressions, by the name of their class.
    expressions: BTreeMap<String, Symbol>,
    layers: Vec<Layer>,
    worthiness: Model,
    words: Pool<Words>,
}

/// The classes of phrases, for the layer of attributions: a name or noun without an article, one that can be a
/// subject, one that cannot, a pronoun, one without an article that is no name, a survey, and a share of those
/// whom one asked.
const PHRASES: &[&str] = &["NAME", "SUBJECT", "OBLIQUE", "PRONOUN", "PLURAL", "SURVEY", "SHARE"];

/// The classes of what stands in every sentence. Where a pattern needs anything else, it is looked for only near that.
const COMMON: &[&str] = &["unknown", "function", "comma", "full_stop", "expression", "phrase"];

/// The classes of whole expressions, for the layers above the points.
const EXPRESSIONS: &[&str] = &[
    "DATE", "TIME", "DURATION", "SET", "NUMBER", "PERCENT", "MONEY", "QUANTITY", "AGE", "ORDINAL", "RECORD",
];

/// The ISO 639-3 code in the settings of a pack's chapters; empty where none has settings.
pub(super) fn three_letter_code(chapters: &[(&str, &str)]) -> String {
    let settings = |(file, text): &(&str, &str)| {
        (*file == "language.toml").then(|| toml::from_str::<Chapter>(text).ok()?.language).flatten()
    };
    chapters.iter().find_map(settings).map(|settings| settings.three_letter_code).unwrap_or_default()
}

impl Pack {
    /// Loads the chapters of a pack, given as pairs of file name and content.
    pub(super) fn load(code: &str, chapters: &[(&str, &str)]) -> Result<Self, PackError> {
        let failure = |file: &str, text: &str, at: usize, message: String| PackError {
            code: code.to_owned(),
            file: file.to_owned(),
            line: text[..at.min(text.len())].matches('\n').count() + 1,
            message,
        };
        let mut read = Vec::new();
        for &(file, text) in chapters {
            let chapter: Chapter = toml::from_str(text).map_err(|error| {
                failure(file, text, error.span().map_or(0, |span| span.start), error.message().to_owned())
            })?;
            read.push((file, text, chapter));
        }
        let settings = read
            .iter()
            .find_map(|(.., chapter)| chapter.language.clone())
            .ok_or_else(|| failure("", "", 0, "no chapter has a [language] section".to_owned()))?;

        let mut alphabet = Alphabet::default();
        let mut lexicon = Lexicon::default();
        Lexicon::declare_shapes(&mut alphabet);
        let well_known: Vec<ClassId> = WellKnown::NAMES.iter().map(|name| alphabet.declare(name)).collect();
        for name in COMMON {
            let class = alphabet.declare(name);
            alphabet.declare_common(class);
        }
        let paradigms: BTreeMap<String, String> =
            read.iter().flat_map(|(.., chapter)| chapter.paradigm.clone()).collect();
        let mut parts = Vec::new();
        let mut weights = BTreeMap::new();
        for (file, text, chapter) in &read {
            for (name, values) in &chapter.class {
                let class = alphabet.declare(name);
                for (value, entry) in values {
                    let at = |message| failure(file, text, entry.span().start, message);
                    let value = if value == "_" { "" } else { value };
                    for form in forms(entry.get_ref(), &paradigms).map_err(at)? {
                        let known = |known| {
                            at(format!("\"{form}\" has the values \"{known}\" and \"{value}\" in {name}"))
                        };
                        lexicon.add(&form, class, value).map_err(known)?;
                        let number =
                            || value.parse::<Decimal>().map_err(|_| at(format!("\"{value}\" is no number")));
                        match name.as_str() {
                            "numeral" => parts.push((form.to_lowercase(), Part::Count(number()?))),
                            "scale" => parts.push((form.to_lowercase(), Part::Scale(number()?))),
                            "numeral_joiner" => parts.push((form.to_lowercase(), Part::Joiner)),
                            _ => {}
                        }
                    }
                }
            }
            for (name, values) in &chapter.suffix {
                let class = alphabet.declare(name);
                for (value, entry) in values {
                    let at = |message| failure(file, text, entry.span().start, message);
                    for form in forms(entry.get_ref(), &paradigms).map_err(at)? {
                        lexicon.add_ending(
                            &form.to_lowercase(),
                            class,
                            if value == "_" { "" } else { value },
                        );
                    }
                }
            }
            for (name, values) in &chapter.ending {
                let class = alphabet.declare(name);
                for (value, entry) in values {
                    let at = |message| failure(file, text, entry.span().start, message);
                    for form in forms(entry.get_ref(), &paradigms).map_err(at)? {
                        lexicon.add_word_ending(
                            &form.to_lowercase(),
                            class,
                            if value == "_" { "" } else { value },
                        );
                    }
                }
            }
            weights.extend(chapter.weights.clone());
            let notations =
                chapter.r#macro.values().chain(chapter.pattern.iter().map(|entry| &entry.r#match));
            for notation in notations {
                for (literal, words) in Syntax::literals(notation.get_ref()) {
                    let class = alphabet.declare(&literal);
                    for word in words {
                        // A literal has no values, so that it is never ambiguous.
                        let _ = lexicon.add(&word, class, "");
                    }
                }
            }
        }
        lexicon.freeze(&mut alphabet);
        let expressions = [(EXPRESSIONS, "expression"), (PHRASES, "phrase")]
            .into_iter()
            .flat_map(|(names, group)| names.iter().map(move |name| (*name, group)))
            .map(|(name, group)| {
                let classes = vec![alphabet.declare(name), alphabet.declare(group)];
                (name.to_owned(), alphabet.symbol(classes))
            })
            .collect();
        alphabet.freeze();

        let well_known = alphabet.masks(&well_known);
        let macros: BTreeMap<String, String> = read
            .iter()
            .flat_map(|(.., chapter)| {
                chapter.r#macro.iter().map(|(name, text)| (name.clone(), text.get_ref().clone()))
            })
            .collect();
        let syntax = Syntax { alphabet: &alphabet, macros: &macros };
        let mut layers = Vec::new();
        for (_, names) in LAYERS {
            let mut definitions = Vec::new();
            let mut places = Vec::new();
            let chapters = names.iter().flat_map(|room| {
                read.iter().map(move |(file, text, chapter)| {
                    (room, file.trim_end_matches(".toml"), file, text, chapter)
                })
            });
            for (room, stem, file, text, chapter) in chapters {
                if stem != *room && !stem.strip_prefix(room).is_some_and(|rest| rest.starts_with('-')) {
                    continue;
                }
                for entry in &chapter.pattern {
                    let name = format!("{code}/{stem}/{}", entry.name.get_ref());
                    let at = entry.r#match.span().start;
                    if definitions.iter().any(|other: &PatternDefinition| other.name == name) {
                        return Err(failure(
                            file,
                            text,
                            at,
                            format!("there are two patterns \"{}\"", entry.name.get_ref()),
                        ));
                    }
                    // Appointments are made of times.
                    let maker = if *room == "appointment" { "time" } else { room };
                    let make = format!("{maker}.{}", entry.make);
                    if !crate::extract::CONSTRUCTORS.iter().any(|known| known.contains(&make.as_str())) {
                        return Err(failure(file, text, at, format!("there is no constructor \"{make}\"")));
                    }
                    places.push((*file, *text, at));
                    let notation = entry.r#match.get_ref().clone();
                    definitions.push(PatternDefinition {
                        name,
                        notation,
                        make,
                        constants: entry.with.clone(),
                    });
                }
            }
            let mut order: Vec<usize> = (0..definitions.len()).collect();
            order.sort_by_key(|&position| !definitions[position].constants.contains_key("first"));
            let definitions = order.iter().map(|&position| definitions[position].clone()).collect();
            let places: Vec<_> = order.iter().map(|&position| places[position]).collect();
            layers.push(Layer::compile(definitions, &syntax).map_err(|(position, error)| {
                let (file, text, at) = places.get(position).copied().unwrap_or(("", "", 0));
                failure(file, text, at, error.to_string())
            })?);
        }
        let ngrams = read.iter().flat_map(|(.., chapter)| &chapter.ngrams);
        let ngrams = ngrams.map(|(score, ngrams)| (score.as_str(), ngrams)).collect();
        let worthiness = Model::read(&weights, &ngrams).map_err(|message| failure("", "", 0, message))?;
        let numerals = Numerals::new(parts, settings.compound_numerals);
        Ok(Self {
            code: code.to_owned(),
            settings,
            alphabet,
            lexicon,
            numerals,
            well_known,
            expressions,
            layers,
            worthiness,
            words: Pool::default(),
        })
    }

    /// ISO 639-1 code of the language.
    pub(in crate::extract) fn code(&self) -> &str {
        &self.code
    }

    /// Whether a full stop behind digits makes an ordinal.
    pub(in crate::extract) fn ordinal_full_stop(&self) -> bool {
        self.settings.ordinal_full_stop
    }

    /// Whether a comma parts what is said from who says it: "He says, it is so".
    pub(in crate::extract) fn comma_before_content(&self) -> bool {
        self.settings.comma_before_content
    }

    /// Patterns over the beginnings of blocks.
    pub(in crate::extract) fn document(&self) -> &Layer {
        &self.layers[0]
    }

    /// Patterns of dates and figures, over tokens.
    pub(in crate::extract) fn points(&self) -> &Layer {
        &self.layers[1]
    }

    /// Patterns of records, over tokens and whole dates and figures.
    pub(in crate::extract) fn records(&self) -> &Layer {
        &self.layers[2]
    }

    /// Patterns of attributions, likewise.
    pub(in crate::extract) fn attributions(&self) -> &Layer {
        &self.layers[3]
    }

    /// Patterns of noun phrases, which the attributions are made of, over tokens and whole dates and figures.
    pub(in crate::extract) fn phrases(&self) -> &Layer {
        &self.layers[4]
    }

    /// Patterns that tell how a sentence is said, over tokens and phrases.
    pub(in crate::extract) fn modalities(&self) -> &Layer {
        &self.layers[5]
    }

    /// What tells claims, and how much a check of them is worth.
    pub(in crate::extract) fn worthiness(&self) -> &Model {
        &self.worthiness
    }

    /// Patterns of what stands beside a figure and qualifies it, over tokens.
    pub(in crate::extract) fn beside(&self) -> &Layer {
        &self.layers[6]
    }

    /// Patterns of figures and dates that a sentence relates to each other, over tokens and whole dates and figures.
    pub(in crate::extract) fn relations(&self) -> &Layer {
        &self.layers[7]
    }

    /// Patterns of dates that only those who make appointments write, over tokens.
    pub(in crate::extract) fn appointments(&self) -> &Layer {
        &self.layers[8]
    }

    /// The symbol of a whole expression of a class, such as "DATE".
    pub(in crate::extract) fn expression(&self, class: &str) -> Option<Symbol> {
        self.expressions.get(class).copied()
    }

    /// Works with a memory of words, to look many up.
    pub(in crate::extract) fn with_words<R>(&self, work: impl FnOnce(&mut Words) -> R) -> R {
        self.words.with(work)
    }

    /// The symbols of a token with a space before it and glued to the one before.
    pub(in crate::extract) fn symbols(&self, word: &str, shape: Shape, words: &mut Words) -> [Symbol; 2] {
        words.symbols(word, shape, |word, folded| self.lexicon.symbols(word, shape, folded, &self.numerals))
    }

    /// Whether a word is in the lexicon only as it is written with a capital.
    pub(in crate::extract) fn needs_capital(&self, word: &str, folded: &mut String) -> bool {
        self.lexicon.needs_capital(word, folded)
    }

    /// Whether a symbol has a class.
    pub(in crate::extract) fn has(&self, symbol: Symbol, class: WellKnown) -> bool {
        self.well_known(symbol) >> class as u32 & 1 == 1
    }

    /// The well-known classes of a symbol, a bit for each by its position in [`WellKnown`].
    pub(in crate::extract) fn well_known(&self, symbol: Symbol) -> u64 {
        self.well_known[symbol.index()]
    }

    /// Whether a symbol has the class of a name; `false` where the pack has no such class.
    pub(in crate::extract) fn has_class(&self, symbol: Symbol, class: &str) -> bool {
        self.alphabet.class(class).is_some_and(|class| self.alphabet.has(symbol, class))
    }

    /// The value that a word has in a class, if it has the class.
    pub(in crate::extract) fn value(&self, word: &str, class: &str) -> Option<&str> {
        self.lexicon.value(word, self.alphabet.class(class)?, &self.numerals)
    }

    /// The value that the first word of a range with that class has in it.
    pub(in crate::extract) fn value_in(
        &self,
        document: &Document,
        tokens: std::ops::Range<usize>,
        class: &str,
    ) -> Option<&str> {
        let class = self.alphabet.class(class)?;
        tokens
            .filter(|&token| self.alphabet.has(document.tokens[token].symbol, class))
            .find_map(|token| self.lexicon.value(document.word(token), class, &self.numerals))
    }

    /// Whether a word is in the pack's lexicon.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.lexicon.knows(word)
    }

    /// The number that a range of tokens is as a whole, in digits, words or both. A word that begins with a number
    /// ("zweitägig") counts with that number. `None` where it is none, or one that a decimal of 28 digits cannot hold.
    pub(in crate::extract) fn number(
        &self,
        document: &Document,
        tokens: std::ops::Range<usize>,
    ) -> Option<Decimal> {
        let mut sum = self.numerals.sum();
        let mut folded = String::new();
        let mut negative = false;
        let mut at = tokens.start;
        while at < tokens.end {
            let token = &document.tokens[at];
            let word = document.word(at);
            if token.shape == Shape::Digits {
                let (value, end) = self.digits(document, at..tokens.end)?;
                sum.add(Part::Count(value))?;
                at = end;
                continue;
            }
            fold(word, &mut folded);
            if let Some(part) = self.numerals.part(&folded) {
                sum.add(part)?;
            } else if let Some(value) = self.numerals.read(&folded) {
                sum.add(Part::Count(value))?;
            } else if let Some(value) =
                self.lexicon.stem(&folded, &self.numerals).and_then(|stem| self.numerals.read(stem))
            {
                sum.add(Part::Count(value))?;
            } else if at == tokens.start && matches!(word, "-" | "−" | "–") {
                negative = true;
            }
            at += 1;
        }
        sum.finish().map(|value| if negative { -value } else { value })
    }

    /// The number in digits at the beginning of a range, with its group and decimal marks, and where it ends.
    fn digits(&self, document: &Document, tokens: std::ops::Range<usize>) -> Option<(Decimal, usize)> {
        let mut digits = document.word(tokens.start).to_owned();
        // What comes before groups of three is no longer than a group itself.
        let grouped = digits.len() <= 3;
        let mut at = tokens.start + 1;
        let mut decimals = false;
        let mut group = None;
        while at + 1 < tokens.end {
            let (mark, next) = (document.word(at), at + 1);
            let token = &document.tokens[next];
            // A space between groups is no token: the groups then stand side by side.
            if !document.tokens[at].glued || !token.glued || token.shape != Shape::Digits || decimals {
                break;
            }
            let length = document.word(next).len();
            let mut marks = mark.chars();
            // "12,34,567": groups of two, with more behind them.
            let pair = length == 2
                && at + 3 < tokens.end
                && document.tokens[at + 2].glued
                && document.tokens[at + 3].shape == Shape::Digits;
            match (marks.next(), marks.next()) {
                (Some(mark), None)
                    if (length == 3 || pair) && grouped && self.settings.group_marks.contains(mark) =>
                {
                    group = Some(mark);
                }
                // "1'234.50": where another mark groups, this one is the decimal mark.
                (Some(mark), None)
                    if self.settings.group_marks.contains(mark)
                        && group.is_some_and(|group| group != mark) =>
                {
                    digits.push('.');
                    decimals = true;
                }
                // "5.7 Milliarden": too few digits for a group.
                (Some(mark), None)
                    if mark == self.settings.decimal_mark
                        || length < 3 && group.is_none() && self.settings.group_marks.contains(mark) =>
                {
                    digits.push('.');
                    decimals = true;
                }
                _ => break,
            }
            digits.push_str(document.word(next));
            at += 2;
        }
        while grouped && !decimals && at < tokens.end && digits.len() <= 12 {
            let token = &document.tokens[at];
            if token.shape != Shape::Digits || token.glued || token.end - token.start != 3 {
                break;
            }
            digits.push_str(document.word(at));
            at += 1;
        }
        let is_mark = |at: usize| document.word(at).chars().eq([self.settings.decimal_mark]);
        if !decimals && at > tokens.start + 1 && at + 1 < tokens.end && is_mark(at) {
            let next = &document.tokens[at + 1];
            if document.tokens[at].glued && next.glued && next.shape == Shape::Digits {
                digits.push('.');
                digits.push_str(document.word(at + 1));
                at += 2;
            }
        }
        digits.parse().ok().map(|value| (value, at))
    }
}
