//! Text to tokens: runs of letters, runs of digits, and single marks.

use crate::extract::{
    language::Pack,
    pattern::{Stream, Symbol},
    worthiness::WordGrams,
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

/// Cuts a text into tokens, with their symbols and what the n-grams of each add up to; they take the place of others. In a
/// text without any capital, words are looked up as if they had those that they need.
pub(super) fn tokenize(
    text: &str,
    pack: &Pack,
    tokens: &mut Vec<Token>,
    stream: &mut Stream,
    grams: &mut Vec<WordGrams>,
) {
    let words = &mut *pack.words();
    tokens.clear();
    stream.clear();
    grams.clear();
    let mut cursor = Cursor { text, byte: 0, more: 0 };
    let has_capitals = text.contains(char::is_uppercase);
    loop {
        let before = cursor.byte;
        let newlines = cursor.spaces();
        let glued = cursor.byte == before && before > 0;
        let (byte, start) = (cursor.byte, cursor.position());
        let Some(shape) = cursor.token() else { break };
        let bytes = byte..cursor.byte;
        let looks = if !has_capitals
            && shape == Shape::Lower
            && pack.needs_capital(&text[bytes.clone()], words.room())
        {
            Shape::Capitalised
        } else {
            shape
        };
        let known = pack.known(text, bytes, looks, words);
        let symbol = known.symbols[usize::from(glued)];
        tokens.push(Token {
            byte_start: count(byte),
            byte_end: count(cursor.byte),
            start,
            end: cursor.position(),
            shape,
            glued,
            newlines,
            symbol,
        });
        stream.push(symbol);
        grams.push(known.grams);
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A place in a text, counted in bytes and in code points.
struct Cursor<'t> {
    text: &'t str,
    byte: usize,
    /// How many more bytes than code points lie before it.
    more: usize,
}

impl Cursor<'_> {
    /// Its place in code points.
    fn position(&self) -> u32 {
        count(self.byte - self.more)
    }

    fn peek(&self) -> Option<char> {
        match self.text.as_bytes().get(self.byte)? {
            ascii if ascii.is_ascii() => Some(char::from(*ascii)),
            _ => self.text[self.byte..].chars().next(),
        }
    }

    /// Passes over the character that stands here.
    fn pass(&mut self, c: char) {
        self.byte += c.len_utf8();
        self.more += c.len_utf8() - 1;
    }

    /// Passes over white space, and says how many lines end in it: 0, 1, or 2 for more.
    fn spaces(&mut self) -> u8 {
        // Most often it is one space, or none.
        if self.text.as_bytes().get(self.byte) == Some(&b' ') {
            self.byte += 1;
        }
        if self.text.as_bytes().get(self.byte).is_some_and(u8::is_ascii_graphic) {
            return 0;
        }
        let mut newlines = 0_u8;
        while let Some(c) = self.peek().filter(|&c| is_space(c)) {
            self.pass(c);
            // CRLF is one line end: the carriage return counts only where no line feed follows.
            let ends_line = c == '\n'
                || c == '\r' && !matches!(self.peek(), Some('\n'))
                || matches!(c, '\u{85}' | '\u{2028}');
            newlines = if c == '\u{2029}' { 2 } else { newlines.saturating_add(u8::from(ends_line)).min(2) };
        }
        newlines
    }

    /// Passes over the token that begins here, and says what it looks like; `None` at the end of the text.
    fn token(&mut self) -> Option<Shape> {
        let rest = &self.text.as_bytes()[self.byte..];
        let first = *rest.first()?;
        if first.is_ascii_digit() {
            self.byte += rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            return Some(Shape::Digits);
        }
        let first = if first.is_ascii() { char::from(first) } else { self.peek()? };
        if first.is_ascii_alphabetic() || !first.is_ascii() && first.is_alphabetic() {
            return Some(self.word(first));
        }
        self.pass(first);
        // Two apostrophes or backticks in a row are how typewriters and TeX write one quotation mark.
        if matches!(first, '\'' | '`') && self.peek() == Some(first) {
            self.pass(first);
        }
        while let Some(next) = self.peek_beyond_ascii().filter(|&c| continues_word(c)) {
            self.pass(next);
        }
        Some(Shape::Mark)
    }

    /// Passes over the letters of a word.
    fn word(&mut self, first: char) -> Shape {
        let start = self.byte;
        let (mut letters, mut all_upper) = (0, true);
        loop {
            let ascii = ascii_letters(&self.text.as_bytes()[self.byte..]);
            letters += ascii;
            self.byte += ascii;
            let Some(next) = self.peek_beyond_ascii() else { break };
            if next.is_alphabetic() {
                letters += 1;
                all_upper &= next.is_uppercase();
            } else if !continues_word(next) {
                break;
            }
            self.pass(next);
        }
        if !first.is_uppercase() {
            return Shape::Lower;
        }
        if letters == 1 {
            return Shape::Initial;
        }
        let is_small = |byte: &u8| byte.is_ascii_lowercase();
        if all_upper && !self.text.as_bytes()[start..self.byte].iter().any(is_small) {
            Shape::Upper
        } else {
            Shape::Capitalised
        }
    }

    /// The character that stands here, if it is none of ASCII.
    fn peek_beyond_ascii(&self) -> Option<char> {
        self.text.as_bytes().get(self.byte).filter(|byte| !byte.is_ascii())?;
        self.peek()
    }
}

/// How many ASCII letters a text begins with. Eight bytes are looked at together, each in its own part of one number.
fn ascii_letters(text: &[u8]) -> usize {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    const UPPER_BITS: u64 = 0x80 * EACH;
    let mut length = 0;
    while let Some(bytes) = text[length..].first_chunk::<8>() {
        let bytes = u64::from_le_bytes(*bytes);
        let small = (bytes | (0x20 * EACH)) & !UPPER_BITS;
        // The upper bit of a byte says whether it is at least "a", and whether it is more than "z".
        let (from_a, beyond_z) = (small + (0x80 - 0x61) * EACH, small + (0x80 - 0x7b) * EACH);
        let others = !(from_a & !beyond_z & !bytes) & UPPER_BITS;
        if others != 0 {
            return length + others.trailing_zeros() as usize / 8;
        }
        length += 8;
    }
    length + text[length..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count()
}

#[cfg(test)]
mod tests {
    use super::ascii_letters;

    #[test]
    fn letters_are_told_from_all_other_bytes() {
        for byte in 0..=u8::MAX {
            for place in 0..20 {
                let mut text = [b'm'; 20];
                text[place] = byte;
                let letters = if byte.is_ascii_alphabetic() { 20 } else { place };
                assert_eq!(ascii_letters(&text), letters, "{byte} at {place}");
            }
        }
    }
}
