//! Words and their classes: one look-up a word.

use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::{last_bytes::LastBytes, numerals::Numerals};
use crate::extract::{
    document::Shape,
    pattern::{Alphabet, ClassId, Symbol},
};

/// The shapes of words and marks, as positions in an entry's symbols.
const SHAPES: [Shape; 5] = [Shape::Lower, Shape::Capitalised, Shape::Upper, Shape::Initial, Shape::Mark];

/// What a form is, once for each shape and each side of [`Alphabet`]'s "glued".
type Symbols = [[Symbol; 2]; SHAPES.len()];

/// One class of a form.
#[derive(Debug, Clone)]
struct Sense {
    class: ClassId,
    value: Box<str>,
    /// Whether the form has the class only if it is written with a capital.
    capital: bool,
}

#[derive(Debug, Default)]
struct Form {
    senses: Vec<Sense>,
    /// Whether an entry of the form is written with a capital.
    needs_capital: bool,
    symbols: Option<Symbols>,
}

impl Form {
    /// Its classes, with a capital or without.
    fn classes(&self, capital: bool) -> Vec<ClassId> {
        self.senses.iter().filter(|sense| capital || !sense.capital).map(|sense| sense.class).collect()
    }
}

/// The words of a pack, being collected and then looked up.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// By the form in small letters.
    index: FxHashMap<Box<str>, u32>,
    forms: Vec<Form>,
    /// Endings that follow a number in words.
    endings: FxHashMap<Box<str>, u32>,
    last_bytes: LastBytes,
    /// Endings of words that are no entries themselves.
    word_endings: FxHashMap<Box<str>, u32>,
    word_last_bytes: LastBytes,
    /// A number in words that is no entry itself.
    numeral: Option<Symbols>,
    unknown: Option<Symbols>,
    digits: Vec<[Symbol; 2]>,
}

/// Whether digits of a value and a length are of a class.
type FitsDigits = fn(u32, usize) -> bool;

/// The classes that a run of digits can have besides "digits", by its value and length.
const DIGIT_CLASSES: [(&str, FitsDigits); 10] = [
    ("day_number", |value, length| length <= 2 && (1..=31).contains(&value)),
    ("month_number", |value, length| length <= 2 && (1..=12).contains(&value)),
    ("hour_number", |value, length| length <= 2 && value <= 24),
    ("minute_number", |value, length| length == 2 && value < 60),
    ("year_number", |value, length| length == 4 && (1000..2200).contains(&value)),
    ("digit", |_, length| length == 1),
    ("two_digits", |_, length| length == 2),
    ("three_digits", |_, length| length == 3),
    ("four_digits", |_, length| length == 4),
    ("round_digits", |value, length| matches!((length, value % 10, value % 100), (2, 0, _) | (3, _, 0))),
];

impl Lexicon {
    /// Adds a form with a class and a value; an ambiguous one is answered with the value it has already.
    pub(super) fn add(&mut self, form: &str, class: ClassId, value: &str) -> Result<(), String> {
        let capital = form.starts_with(char::is_uppercase);
        let position = Self::place(&mut self.index, &mut self.forms, form);
        let senses = &mut self.forms[position].senses;
        if let Some(sense) = senses.iter_mut().find(|sense| sense.class == class) {
            sense.capital &= capital;
            return if *sense.value == *value { Ok(()) } else { Err(sense.value.to_string()) };
        }
        senses.push(Sense { class, value: value.into(), capital });
        Ok(())
    }

    /// Adds an ending that follows a number in words.
    pub(super) fn add_ending(&mut self, ending: &str, class: ClassId, value: &str) {
        let position = Self::place(&mut self.endings, &mut self.forms, ending);
        self.forms[position].senses.push(Sense { class, value: value.into(), capital: false });
        self.last_bytes.add(ending);
    }

    /// Adds an ending that gives a class to words that are no entries.
    pub(super) fn add_word_ending(&mut self, ending: &str, class: ClassId, value: &str) {
        let position = Self::place(&mut self.word_endings, &mut self.forms, ending);
        let senses = &mut self.forms[position].senses;
        if !senses.iter().any(|sense| sense.class == class) {
            // An ending is written small, so that what is said of its capital is said by the class itself.
            senses.push(Sense { class, value: value.into(), capital: false });
        }
        self.word_last_bytes.add(ending);
    }

    /// The longest ending that a word has behind at least one other letter.
    fn word_ending(&self, folded: &str) -> Option<usize> {
        self.word_last_bytes.lengths(folded).find_map(|length| {
            let ending = folded.get(folded.len() - length..)?;
            self.word_endings.get(ending).map(|&form| form as usize)
        })
    }

    fn place(index: &mut FxHashMap<Box<str>, u32>, forms: &mut Vec<Form>, form: &str) -> usize {
        let next = u32::try_from(forms.len()).unwrap_or(u32::MAX);
        let position = *index.entry(form.to_lowercase().into()).or_insert(next);
        if position == next {
            forms.push(Form::default());
        }
        position as usize
    }

    /// Declares the classes that tokens have by their looks.
    pub(super) fn declare_shapes(alphabet: &mut Alphabet) {
        for name in
            ["glued", "word", "lower", "capital", "upper", "initial", "mark", "digits", "unknown", "numeral"]
        {
            alphabet.declare(name);
        }
        for (name, _) in DIGIT_CLASSES {
            alphabet.declare(name);
        }
    }

    /// Gives the entries the classes of their endings too: an entry of one chapter must not hide from another what
    /// the word looks like.
    fn inherit(&mut self) {
        let inherited: Vec<(usize, usize)> = self
            .index
            .iter()
            .filter_map(|(word, &form)| Some((form as usize, self.word_ending(word)?)))
            .collect();
        for (form, ending) in inherited {
            let senses = self.forms[ending].senses.clone();
            let own = &mut self.forms[form].senses;
            for sense in senses {
                if !own.iter().any(|other| other.class == sense.class) {
                    own.push(sense);
                }
            }
        }
    }

    /// Makes the symbols of all forms; to be called once, after the last form.
    pub(super) fn freeze(&mut self, alphabet: &mut Alphabet) {
        for form in &mut self.forms {
            form.needs_capital = form.senses.iter().any(|sense| sense.capital);
        }
        self.inherit();
        let numeral = alphabet.declare("numeral");
        let unknown = alphabet.declare("unknown");
        // Symbols of one shape are made in a row, so that a class of a whole shape is a few ranges of them.
        let mut made: Vec<Vec<[Symbol; 2]>> = vec![Vec::new(); self.forms.len() + 2];
        for shape in SHAPES {
            for glued in [false, true] {
                let looks =
                    |classes: Vec<ClassId>, alphabet: &mut Alphabet| looks(alphabet, shape, glued, classes);
                for (position, symbols) in made.iter_mut().enumerate() {
                    let classes = match position.checked_sub(2) {
                        Some(form) => self.forms[form].classes(shape.is_capital()),
                        None => vec![[numeral, unknown][position]],
                    };
                    let symbol = looks(classes, alphabet);
                    match symbols.last_mut() {
                        Some(last) if glued => last[1] = symbol,
                        _ => symbols.push([symbol, symbol]),
                    }
                }
            }
        }
        let mut made = made.into_iter().map(|symbols| Symbols::try_from(symbols).ok());
        self.numeral = made.next().flatten();
        self.unknown = made.next().flatten();
        for (form, symbols) in self.forms.iter_mut().zip(made) {
            form.symbols = symbols;
        }
        let digits = alphabet.declare("digits");
        let glued = alphabet.declare("glued");
        for set in 0_usize..1 << DIGIT_CLASSES.len() {
            let mut classes = vec![digits];
            classes.extend(
                DIGIT_CLASSES
                    .iter()
                    .enumerate()
                    .filter(|(bit, _)| set >> bit & 1 == 1)
                    .map(|(_, (name, _))| alphabet.declare(name)),
            );
            let loose = alphabet.symbol(classes.clone());
            classes.push(glued);
            self.digits.push([loose, alphabet.symbol(classes)]);
        }
    }

    /// The symbols of a token with a space before it and glued to the one before.
    pub(super) fn symbols(
        &self,
        word: &str,
        shape: Shape,
        folded: &mut CompactString,
        numerals: &Numerals,
    ) -> [Symbol; 2] {
        if shape == Shape::Digits {
            let value = if word.len() <= 4 { word.parse().unwrap_or(0) } else { 0 };
            let set = DIGIT_CLASSES
                .iter()
                .enumerate()
                .fold(0_usize, |set, (bit, (_, fits))| set | usize::from(fits(value, word.len())) << bit);
            return self.digits[set];
        }
        fold(word, folded);
        let position = SHAPES.iter().position(|&s| s == shape).unwrap_or(0);
        let known = match self.index.get(folded.as_str()) {
            Some(&form) => self.forms[form as usize].symbols.as_ref(),
            None if shape.is_word() && numerals.read(folded).is_some() => self.numeral.as_ref(),
            None => self
                .ending(folded, numerals)
                .map(|(form, _)| form)
                .or_else(|| if shape.is_word() { self.word_ending(folded) } else { None })
                .and_then(|form| self.forms[form].symbols.as_ref()),
        };
        known.or(self.unknown.as_ref()).map_or(self.digits[0], |symbols| symbols[position])
    }

    /// The ending of a word that follows a number in words, and the length of the number.
    fn ending(&self, folded: &str, numerals: &Numerals) -> Option<(usize, usize)> {
        self.last_bytes.lengths(folded).find_map(|length| {
            let at = folded.len() - length;
            let form = folded.get(at..).and_then(|ending| self.endings.get(ending))?;
            numerals.read(&folded[..at])?;
            Some((*form as usize, at))
        })
    }

    /// The value that a word has in a class, if it has the class.
    pub(super) fn value(&self, word: &str, class: ClassId, numerals: &Numerals) -> Option<&str> {
        let mut folded = CompactString::default();
        fold(word, &mut folded);
        let form = match self.index.get(folded.as_str()) {
            Some(&form) => form as usize,
            None => {
                self.ending(&folded, numerals).map(|(form, _)| form).or_else(|| self.word_ending(&folded))?
            }
        };
        self.forms[form].senses.iter().find(|sense| sense.class == class).map(|sense| &*sense.value)
    }

    /// The number in words that a word begins with, where an ending follows it.
    pub(super) fn stem<'f>(&self, folded: &'f str, numerals: &Numerals) -> Option<&'f str> {
        if self.index.contains_key(folded) {
            return None;
        }
        self.ending(folded, numerals).map(|(_, at)| &folded[..at])
    }

    /// Whether a word has a class only as it is written with a capital.
    pub(super) fn needs_capital(&self, word: &str, folded: &mut CompactString) -> bool {
        fold(word, folded);
        let Some(form) = self.index.get(folded.as_str()).map(|&form| &self.forms[form as usize]) else {
            return false;
        };
        // A letter alone means one thing as a capital and another as none ("m" and "M").
        let letter = word.chars().nth(1).is_none();
        form.needs_capital && (!letter || form.senses.iter().all(|sense| sense.capital))
    }

    /// Whether a word is an entry.
    pub(super) fn knows(&self, word: &str) -> bool {
        self.index.contains_key(word.to_lowercase().as_str())
    }
}

/// Writes a word in small letters and without soft hyphens over `folded`.
pub(super) fn fold(word: &str, folded: &mut CompactString) {
    folded.clear();
    if word.is_ascii() {
        folded.push_str(word);
        folded.make_ascii_lowercase();
    } else {
        for c in word.chars() {
            match c {
                c if c.is_ascii() => folded.push(c.to_ascii_lowercase()),
                '\u{ad}' => {}
                '’' => folded.push('\''),
                c => folded.extend(c.to_lowercase()),
            }
        }
    }
}

/// The symbol of a token of some classes that looks as it does.
fn looks(alphabet: &mut Alphabet, shape: Shape, glued: bool, mut classes: Vec<ClassId>) -> Symbol {
    let names: &[&str] = match shape {
        Shape::Lower => &["word", "lower"],
        Shape::Capitalised => &["word", "capital"],
        Shape::Upper => &["word", "capital", "upper"],
        Shape::Initial => &["word", "capital", "initial"],
        Shape::Digits | Shape::Mark => &["mark"],
    };
    classes.extend(names.iter().map(|name| alphabet.declare(name)));
    if glued {
        classes.push(alphabet.declare("glued"));
    }
    alphabet.symbol(classes)
}
