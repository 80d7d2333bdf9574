//! A pack, loaded, checked and compiled.

use std::{collections::BTreeMap, sync::Arc};

use rust_decimal::Decimal;

use super::{
    chapter::{Chapter, Settings, forms},
    lexicon::Lexicon,
    numerals::{Numerals, Part},
    pack::Memory,
    well_known::WellKnown,
};
use crate::{
    claim::{FigureKind, PointKind, PointValue, TimexType},
    extract::{
        pattern::{Alphabet, ClassId, Layer, PatternDefinition, PhraseAnchors, Pool, Symbol, Syntax},
        worthiness::Model,
    },
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
    ("phrases", &["phrase"]),
    ("attributions", &["attribution"]),
    ("modalities", &["modality"]),
    ("beside", &["beside"]),
    ("relations", &["consistency"]),
    ("appointments", &["appointment"]),
];

/// All that is known of a language.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) code: String,
    pub(super) settings: Settings,
    pub(super) alphabet: Alphabet,
    pub(super) lexicon: Lexicon,
    pub(super) numerals: Numerals,
    /// For each symbol, the classes of [`WellKnown`] that it has, a bit for each.
    pub(super) well_known: Vec<u64>,
    /// Symbols of whole expressions, in the order of [`expression_classes`].
    pub(super) expressions: Vec<Symbol>,
    /// The symbol of a pronoun as a phrase.
    pub(super) pronoun: Option<Symbol>,
    /// In the order of [`LAYERS`].
    pub(super) layers: Vec<Layer>,
    pub(super) worthiness: Model,
    /// What has been learnt of it by using it.
    pub(super) memories: Pool<Box<Memory>>,
}

/// The classes of phrases, for the layer of attributions: a name or noun without an article, one that can be a
/// subject, one that cannot, a pronoun, one without an article that is no name, a survey, and a share of those
/// whom one asked.
const PHRASES: &[&str] = &["NAME", "SUBJECT", "OBLIQUE", "PRONOUN", "PLURAL", "SURVEY", "SHARE"];

/// The classes of whole expressions, for the layers above the points: the words for what they are, those of times first, then
/// those of figures and of records.
fn expression_classes() -> impl Iterator<Item = &'static str> {
    let records = std::iter::once(PointKind::Record.as_str());
    TimexType::WORDS.iter().chain(FigureKind::WORDS).copied().chain(records)
}

/// The position in [`expression_classes`] of what an expression is.
pub(super) fn expression_class(value: &PointValue) -> usize {
    match value {
        PointValue::Date(date) => date.timex_type as usize,
        PointValue::Figure(figure) => TimexType::WORDS.len() + figure.kind as usize,
        PointValue::Record(_) => TimexType::WORDS.len() + FigureKind::WORDS.len(),
    }
}

/// The classes of what stands in every sentence. Where a pattern needs anything else, it is looked for only near that.
const COMMON: &[&str] = &["unknown", "function", "comma", "full_stop", "expression", "phrase"];

/// The ISO 639-3 code in the settings of a pack's chapters; empty where none has settings.
pub(super) fn three_letter_code(chapters: &[(&str, &str)]) -> String {
    let settings = |(file, text): &(&str, &str)| {
        (*file == "language.toml").then(|| toml::from_str::<Chapter>(text).ok()?.language).flatten()
    };
    chapters.iter().find_map(settings).map(|settings| settings.three_letter_code).unwrap_or_default()
}

impl Compiled {
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
        let classes = expression_classes().map(|name| (name, "expression"));
        let classes = classes.chain(PHRASES.iter().map(|&name| (name, "phrase")));
        let symbols: BTreeMap<String, Symbol> = classes
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
        let mut phrases = PhraseAnchors::new();
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
                    let name: Arc<str> = format!("{code}/{stem}/{}", entry.name.get_ref()).into();
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
            let layer =
                Layer::compile(definitions, &syntax, &symbols, &phrases).map_err(|(position, error)| {
                    let (file, text, at) = places.get(position).copied().unwrap_or(("", "", 0));
                    failure(file, text, at, error.to_string())
                })?;
            phrases.extend(layer.made().map(|(symbol, anchors)| (symbol, anchors.clone())));
            layers.push(layer);
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
            expressions: expression_classes().filter_map(|name| symbols.get(name)).copied().collect(),
            pronoun: symbols.get("PRONOUN").copied(),
            layers,
            worthiness,
            memories: Pool::default(),
        })
    }

    /// Whether a word is in the pack's lexicon.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.lexicon.knows(word)
    }
}
