//! A field that text is typed into.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation as _;

/// Text with a cursor in it. The cursor is a byte offset that always stands between two letters as a reader sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Input {
    text: String,
    cursor: usize,
}

impl Input {
    /// The text with the cursor at its end.
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// The text behind the cursor.
    pub(super) fn behind(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Puts text in where the cursor is. What a terminal would obey is left out; in a line, breaks become spaces.
    pub(super) fn insert(&mut self, text: &str, lines: bool) {
        for c in text.replace("\r\n", "\n").chars() {
            match c {
                '\n' | '\r' if lines => self.put('\n'),
                '\n' | '\r' | '\t' => self.put(' '),
                c if c.is_control() => {}
                c => self.put(c),
            }
        }
    }

    fn put(&mut self, c: char) {
        self.text.insert(self.cursor, c);
        self.cursor += c.len_utf8();
    }

    /// Does what a key does in a field, as far as it does something there; whether the text is another one now.
    pub(super) fn key(&mut self, key: KeyEvent) -> bool {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let word = control || key.modifiers.contains(KeyModifiers::ALT);
        let length = self.text.len();
        match key.code {
            KeyCode::Char('a') if control => self.cursor = self.line_start(),
            KeyCode::Char('e') if control => self.cursor = self.line_end(),
            KeyCode::Char('u') if control => self.remove(self.line_start(), self.cursor),
            KeyCode::Char('k') if control => self.remove(self.cursor, self.line_end()),
            KeyCode::Char('w') if control => self.remove(self.left_word(), self.cursor),
            KeyCode::Char(c) if !word => self.insert(c.encode_utf8(&mut [0; 4]), false),
            KeyCode::Backspace if word => self.remove(self.left_word(), self.cursor),
            KeyCode::Backspace => self.remove(self.left(), self.cursor),
            KeyCode::Delete => self.remove(self.cursor, self.right()),
            KeyCode::Left if word => self.cursor = self.left_word(),
            KeyCode::Right if word => self.cursor = self.right_word(),
            KeyCode::Left => self.cursor = self.left(),
            KeyCode::Right => self.cursor = self.right(),
            KeyCode::Home => self.cursor = self.line_start(),
            KeyCode::End => self.cursor = self.line_end(),
            _ => {}
        }
        length != self.text.len()
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.cursor = from;
    }

    fn left(&self) -> usize {
        self.before().grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn right(&self) -> usize {
        self.cursor + self.behind().graphemes(true).next().map_or(0, str::len)
    }

    fn left_word(&self) -> usize {
        let before = self.before().trim_end();
        before
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8))
    }

    fn right_word(&self) -> usize {
        let behind = self.behind();
        let begin = behind.len() - behind.trim_start().len();
        self.cursor + behind[begin..].find(char::is_whitespace).map_or(behind.len(), |at| begin + at)
    }

    fn line_start(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.behind().find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, code: KeyCode, modifiers: KeyModifiers) -> bool {
        input.key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn letters_as_a_reader_sees_them_are_one_step() {
        let mut input = Input::new("a👩‍👩‍👧é");
        assert!(press(&mut input, KeyCode::Backspace, KeyModifiers::NONE));
        assert!(!press(&mut input, KeyCode::Left, KeyModifiers::NONE));
        assert_eq!((input.before(), input.behind()), ("a", "👩‍👩‍👧"));
        press(&mut input, KeyCode::Delete, KeyModifiers::NONE);
        assert_eq!(input.text(), "a");
    }

    #[test]
    fn words_and_lines_are_steps_too() {
        let mut input = Input::new("one two  three\nfour");
        press(&mut input, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "one two  three\n");
        press(&mut input, KeyCode::Backspace, KeyModifiers::NONE);
        press(&mut input, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "one two  ");
        press(&mut input, KeyCode::Left, KeyModifiers::ALT);
        assert_eq!(input.behind(), "two  ");
        press(&mut input, KeyCode::Right, KeyModifiers::CONTROL);
        assert_eq!(input.before(), "one two");
        press(&mut input, KeyCode::Home, KeyModifiers::NONE);
        press(&mut input, KeyCode::Char('k'), KeyModifiers::CONTROL);
        assert_eq!(input.text(), "");
    }

    #[test]
    fn what_is_pasted_cannot_command_the_terminal() {
        let mut input = Input::default();
        input.insert("a\r\nb\u{1b}[31m\tc", true);
        assert_eq!(input.text(), "a\nb[31m c");
        let mut line = Input::default();
        line.insert("a\nb", false);
        assert_eq!(line.text(), "a b");
    }
}
