//! What is asked of the reviewer: forms, lines, and questions.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{
    draft::{Draft, MARKED, Piece},
    input::Input,
};
use crate::claim::Verdict;

/// What a form is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A piece of evidence.
    Evidence,
    /// The note.
    Note,
    /// How it should read.
    Correction,
    /// What a decision rests on.
    Decide(Verdict),
}

/// What is typed into a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Uri,
    Quote,
    Publisher,
    Stance,
    Note,
    Correction,
}

#[derive(Debug)]
pub(super) struct Field {
    pub(super) what: What,
    pub(super) input: Input,
}

/// Fields of a claim's draft, one of which is typed into.
#[derive(Debug)]
pub(super) struct Form {
    pub(super) purpose: Purpose,
    /// The claim, or [`MARKED`].
    pub(super) claim: String,
    pub(super) fields: Vec<Field>,
    pub(super) focus: usize,
    /// What is wrong with what was typed.
    pub(super) problem: String,
}

/// What a key did to a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pressed {
    /// It is finished.
    Done,
    /// It is left; what was typed stays in the draft.
    Left,
    /// Something was typed.
    Typed,
    /// Nothing that matters.
    Nothing,
}

const STANCES: [&str; 4] = ["", "SUPPORTS", "REFUTES", "CONTEXT"];

impl What {
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Uri => "Address",
            Self::Quote => "What it says",
            Self::Publisher => "Publisher",
            Self::Stance => "Stance",
            Self::Note => "Note",
            Self::Correction => "Correction",
        }
    }

    /// Whether it may have several lines.
    fn has_lines(self) -> bool {
        matches!(self, Self::Note | Self::Correction | Self::Quote)
    }

    fn of(self, draft: &mut Draft) -> &mut String {
        match self {
            Self::Uri => &mut draft.unfinished.uri,
            Self::Quote => &mut draft.unfinished.quote,
            Self::Publisher => &mut draft.unfinished.publisher,
            Self::Stance => &mut draft.unfinished.stance,
            Self::Note => &mut draft.note,
            Self::Correction => &mut draft.correction,
        }
    }
}

impl Form {
    /// A form with what the draft has already.
    pub(super) fn new(purpose: Purpose, claim: &str, draft: Option<&Draft>) -> Self {
        let whats: &[What] = match purpose {
            Purpose::Evidence => &[What::Uri, What::Quote, What::Publisher, What::Stance],
            Purpose::Note => &[What::Note],
            Purpose::Correction => &[What::Correction],
            Purpose::Decide(Verdict::Disputed) => &[What::Uri, What::Quote, What::Note, What::Correction],
            Purpose::Decide(_) => &[What::Uri, What::Quote, What::Note],
        };
        let mut draft = draft.cloned().unwrap_or_default();
        let field = |what: &What| Field { what: *what, input: Input::new(what.of(&mut draft).clone()) };
        let fields = whats.iter().map(field).collect();
        Self { purpose, claim: claim.to_owned(), fields, focus: 0, problem: String::new() }
    }

    /// Whether it is about all marked claims.
    pub(super) fn is_for_marked(&self) -> bool {
        self.claim == MARKED
    }

    fn field(&mut self) -> &mut Field {
        &mut self.fields[self.focus]
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> Pressed {
        let fields = self.fields.len();
        let with_modifier = key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SHIFT);
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let what = self.field().what;
        self.problem.clear();
        match key.code {
            KeyCode::Esc => Pressed::Left,
            KeyCode::Char('c' | 'g') if control => Pressed::Left,
            KeyCode::Char('j') if control && what.has_lines() => self.typed("\n"),
            KeyCode::Enter if with_modifier && what.has_lines() => self.typed("\n"),
            KeyCode::Enter => Pressed::Done,
            KeyCode::Char('s') if control => Pressed::Done,
            KeyCode::Tab | KeyCode::Down => {
                self.focus = (self.focus + 1) % fields;
                Pressed::Nothing
            }
            KeyCode::BackTab | KeyCode::Up => {
                self.focus = (self.focus + fields - 1) % fields;
                Pressed::Nothing
            }
            _ if what == What::Stance => self.turn(key),
            _ if self.field().input.key(key) => Pressed::Typed,
            _ => Pressed::Nothing,
        }
    }

    /// The next stance, or the one before, or the one that begins with this letter.
    fn turn(&mut self, key: KeyEvent) -> Pressed {
        let now = STANCES.iter().position(|stance| *stance == self.field().input.text()).unwrap_or(0);
        let next = match key.code {
            KeyCode::Right | KeyCode::Char(' ') => (now + 1) % STANCES.len(),
            KeyCode::Left => (now + STANCES.len() - 1) % STANCES.len(),
            KeyCode::Backspace | KeyCode::Delete => 0,
            KeyCode::Char(c) => {
                let begins = |stance: &&str| stance.starts_with(c.to_ascii_uppercase());
                STANCES.iter().position(begins).unwrap_or(now)
            }
            _ => now,
        };
        self.field().input = Input::new(STANCES[next]);
        Pressed::Typed
    }

    /// Text that comes all at once.
    pub(super) fn typed(&mut self, text: &str) -> Pressed {
        let field = self.field();
        if field.what == What::Stance {
            return Pressed::Nothing;
        }
        let lines = field.what.has_lines();
        field.input.insert(if lines { text } else { text.trim() }, lines);
        Pressed::Typed
    }

    /// Writes what was typed into the draft.
    pub(super) fn write(&self, draft: &mut Draft) {
        for field in &self.fields {
            field.what.of(draft).clear();
            field.what.of(draft).push_str(field.input.text());
        }
    }

    /// What is wrong with what was typed, now that it is to be used.
    pub(super) fn check(&self, draft: &Draft) -> Option<&'static str> {
        let piece: Option<&'static str> = match &draft.unfinished {
            piece if piece.is_empty() => None,
            piece => Piece::problem(piece),
        };
        match self.purpose {
            Purpose::Evidence => Piece::problem(&draft.unfinished),
            Purpose::Decide(_) if !draft.has_ground() => {
                Some("It needs the address of evidence, or a note that says why.")
            }
            Purpose::Decide(_) => piece,
            Purpose::Note | Purpose::Correction => None,
        }
    }
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Search,
    Command,
}

/// A line that is typed at the foot of the screen.
#[derive(Debug)]
pub(super) struct Prompt {
    pub(super) line: Line,
    pub(super) input: Input,
}

/// A question to be answered with yes or no.
#[derive(Debug)]
pub(super) struct Confirm {
    pub(super) question: String,
    pub(super) answer: Confirmed,
}

/// What is done after a yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Confirmed {
    /// Decide on all marked claims.
    Marked(Verdict),
    /// Throw the draft away.
    Discard,
    /// Leave, although decisions are not stored yet.
    Quit,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(form: &mut Form, code: KeyCode) -> Pressed {
        form.key(KeyEvent::new(code, KeyModifiers::NONE))
    }

    #[test]
    fn what_is_typed_is_in_the_draft() {
        let mut form = Form::new(Purpose::Evidence, "a", None);
        form.typed(" https://example.org\n");
        press(&mut form, KeyCode::Tab);
        assert_eq!(form.typed("two\nlines"), Pressed::Typed);
        press(&mut form, KeyCode::Up);
        press(&mut form, KeyCode::Up);
        assert_eq!(press(&mut form, KeyCode::Char('r')), Pressed::Typed);
        let mut draft = Draft::of("a");
        form.write(&mut draft);
        assert_eq!(draft.unfinished.uri, "https://example.org");
        assert_eq!(draft.unfinished.quote, "two\nlines");
        assert_eq!(draft.unfinished.stance, "REFUTES");
        assert_eq!(form.check(&draft), None);
        let again = Form::new(Purpose::Evidence, "a", Some(&draft));
        assert_eq!(again.fields[1].input.text(), "two\nlines");
    }

    #[test]
    fn a_verdict_is_not_sent_without_a_ground() {
        let form = Form::new(Purpose::Decide(Verdict::Verified), "a", None);
        let mut draft = Draft::of("a");
        assert!(form.check(&draft).is_some_and(|problem| problem.contains("a note")));
        draft.unfinished.uri = "example.org".to_owned();
        assert!(form.check(&draft).is_some_and(|problem| problem.contains("http://")));
        draft.unfinished.uri.clear();
        draft.note = "seen".to_owned();
        assert_eq!(form.check(&draft), None);
    }

    #[test]
    fn only_a_text_of_several_lines_takes_a_break() {
        let alt_enter = KeyEvent::new(KeyCode::Enter, KeyModifiers::ALT);
        let mut note = Form::new(Purpose::Note, "a", None);
        assert_eq!(note.key(alt_enter), Pressed::Typed);
        assert_eq!(note.fields[0].input.text(), "\n");
        let mut evidence = Form::new(Purpose::Evidence, "a", None);
        assert_eq!(evidence.key(alt_enter), Pressed::Done);
    }
}
