//! Text to tokens: runs of letters, runs of digits, and single marks.

use crate::extract::{
    language::{Pack, Words},
    pattern::Symbol,
};

/// A run of letters, a run of digits, or a single mark.
#[derive(Debug, Clone, Copy)]
pub(in crate::extract) struct Token {
    /// Its first byte.
    pub(in crate::extract) byte_start: u32,
    /// The byte behind its last.
    pub(in crate::extract) byte_end: u32,
    /// Its first code point.
    pub(in crate::extract) start: u32,
    /// The code point behind its last.
    pub(in crate::extract) end: u32,
    /// What it looks like.
    pub(in crate::extract) shape: Shape,
    /// Whether nothing stands between it and the token before.
    pub(in crate::extract) glued: bool,
    /// Whether a line ends between it and the token before; 2 for an empty line.
    pub(in crate::extract) newlines: u8,
    /// Its classes, as one symbol of the pack's alphabet.
    pub(in crate::extract) symbol: Symbol,
}

impl Token {
    /// The token's text.
    pub(in crate::extract) fn text<'t>(&self, text: &'t str) -> &'t str {
        &text[self.byte_start as usize..self.byte_end as usize]
    }
}

/// What a token looks like, without looking it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::extract) enum Shape {
    /// Letters, the first of them small or of a script without case.
    Lower,
    /// Letters, the first of them a capital, not all.
    Capitalised,
    /// Two or more letters, all capitals.
    Upper,
    /// One capital letter.
    Initial,
    /// ASCII digits.
    Digits,
    /// Anything else.
    Mark,
}

impl Shape {
    /// Whether it starts with a capital.
    pub(in crate::extract) fn is_capital(self) -> bool {
        matches!(self, Self::Capitalised | Self::Upper | Self::Initial)
    }

    /// Whether it is made of letters.
    pub(in crate::extract) fn is_word(self) -> bool {
        !matches!(self, Self::Digits | Self::Mark)
    }
}

/// Characters that stand inside a word without being letters: marks that join to the letter before, soft hyphens and
/// joiners.
fn continues_word(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}

/// Cuts a text into tokens and gives each its symbol. In a text without any capital, words are looked up as if they had
/// those that they need.
pub(super) fn tokenize(text: &str, pack: &Pack) -> Vec<Token> {
    pack.with_words(|words| read(text, pack, words))
}

fn read(text: &str, pack: &Pack, words: &mut Words) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 5 + 1);
    let mut chars = Cursor { text, byte: 0, at: 0 };
    let mut glued = false;
    let mut newlines = 0_u8;
    let has_capitals = text.contains(char::is_uppercase);
    while let Some((byte, c)) = chars.next() {
        let start = chars.at - 1;
        if is_space(c) {
            glued = false;
            // CRLF is one line end: the carriage return counts only where no line feed follows.
            let ends_line = c == '\n'
                || c == '\r' && !matches!(chars.peek(), Some('\n'))
                || matches!(c, '\u{85}' | '\u{2028}');
            newlines = if c == '\u{2029}' { 2 } else { newlines.saturating_add(u8::from(ends_line)).min(2) };
            continue;
        }
        let mut end = byte + c.len_utf8();
        let shape = if c.is_ascii_digit() {
            while let Some(next) = chars.peek().filter(char::is_ascii_digit) {
                end += next.len_utf8();
                chars.next();
            }
            Shape::Digits
        } else if c.is_alphabetic() {
            let first_upper = c.is_uppercase();
            let (mut letters, mut uppers) = (1_u32, u32::from(first_upper));
            loop {
                let (more, capitals) = chars.ascii_letters();
                letters += more;
                uppers += capitals;
                let Some(next) = chars.peek().filter(|&c| c.is_alphabetic() || continues_word(c)) else {
                    break;
                };
                letters += u32::from(next.is_alphabetic());
                uppers += u32::from(next.is_uppercase());
                chars.next();
            }
            end = chars.byte;
            match (first_upper, letters, uppers) {
                (false, ..) => Shape::Lower,
                (true, 1, _) => Shape::Initial,
                (true, n, m) if n == m => Shape::Upper,
                (true, ..) => Shape::Capitalised,
            }
        } else {
            // Two apostrophes or backticks in a row are how typewriters and TeX write one quotation mark.
            if matches!(c, '\'' | '`') && chars.peek() == Some(c) {
                end += c.len_utf8();
                chars.next();
            }
            while let Some(next) = chars.peek().filter(|&c| continues_word(c)) {
                end += next.len_utf8();
                chars.next();
            }
            Shape::Mark
        };
        let word = &text[byte..end];
        let looks = if !has_capitals && shape == Shape::Lower && pack.needs_capital(word, words.room()) {
            Shape::Capitalised
        } else {
            shape
        };
        let symbol = pack.symbols(word, looks, words)[usize::from(glued)];
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        tokens.push(Token {
            byte_start: count(byte),
            byte_end: count(end),
            start,
            end: chars.at,
            shape,
            glued,
            newlines,
            symbol,
        });
        glued = true;
        newlines = 0;
    }
    tokens
}

/// The characters of a text, counted.
struct Cursor<'t> {
    text: &'t str,
    byte: usize,
    at: u32,
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<(usize, char)> {
        let next = self.peek()?;
        let byte = self.byte;
        self.byte += next.len_utf8();
        self.at += 1;
        Some((byte, next))
    }

    fn peek(&self) -> Option<char> {
        match self.text.as_bytes().get(self.byte)? {
            ascii if ascii.is_ascii() => Some(char::from(*ascii)),
            _ => self.text[self.byte..].chars().next(),
        }
    }

    /// Passes over ASCII letters; gives how many there were, and how many of them are capitals.
    fn ascii_letters(&mut self) -> (u32, u32) {
        let rest = &self.text.as_bytes()[self.byte..];
        let (mut letters, mut capitals) = (0, 0);
        for byte in rest.iter().take_while(|byte| byte.is_ascii_alphabetic()) {
            letters += 1;
            capitals += u32::from(byte.is_ascii_uppercase());
        }
        self.byte += letters as usize;
        self.at += letters;
        (letters, capitals)
    }
}
