//! Which key does what: the usual keys, and those of the configuration.

use std::collections::{BTreeMap, HashMap};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, ENTRIES, Entry, Group};

/// A key with the keys held down with it. Shift is part of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    code: KeyCode,
    modifiers: KeyModifiers,
}

/// A key map that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyError {
    #[error("keys.{0}: there is no such action; `?` on the screen lists them")]
    Action(String),
    #[error(
        "keys.{action}: \"{key}\" is no key; write it like \"v\", \"ctrl-d\", \"alt-x\", \"enter\", \"f5\""
    )]
    Key { action: String, key: String },
    #[error("keys: \"{key}\" is given to both {first} and {second}")]
    Twice { key: String, first: &'static str, second: &'static str },
}

/// Which key does what.
#[derive(Debug, Clone)]
pub(super) struct Keymap {
    actions: HashMap<Key, Action>,
    /// The keys of each entry, as they are shown.
    keys: Vec<Vec<String>>,
}

const NAMED: [(&str, KeyCode); 15] = [
    ("enter", KeyCode::Enter),
    ("space", KeyCode::Char(' ')),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("esc", KeyCode::Esc),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Key {
    fn of(event: KeyEvent) -> Self {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        Self { code: event.code, modifiers }
    }

    /// Reads a key as the configuration writes it.
    fn read(text: &str) -> Option<Self> {
        if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Some(Self { code: *code, modifiers: KeyModifiers::NONE });
        }
        for (prefix, modifier) in [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT)] {
            if let Some(rest) = text.strip_prefix(prefix) {
                let inner = Self::read(rest)?;
                return Some(Self { modifiers: inner.modifiers | modifier, ..inner });
            }
        }
        if let Some(number) = text.strip_prefix('f').and_then(|digits| digits.parse().ok()) {
            return (1..=12)
                .contains(&number)
                .then_some(Self { code: KeyCode::F(number), modifiers: KeyModifiers::NONE });
        }
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_control() => {
                Some(Self { code: KeyCode::Char(letter), modifiers: KeyModifiers::NONE })
            }
            _ => None,
        }
    }
}

impl Keymap {
    /// The usual keys, but for the actions that the configuration gives keys of their own.
    pub(super) fn new(given: &BTreeMap<String, Vec<String>>) -> Result<Self, KeyError> {
        if let Some(unknown) = given.keys().find(|name| Action::of(name).is_none()) {
            return Err(KeyError::Action(unknown.clone()));
        }
        let mut actions: HashMap<Key, &'static Entry> = HashMap::new();
        let mut keys = Vec::with_capacity(ENTRIES.len());
        for entry in ENTRIES {
            let own: Vec<String> = match given.get(entry.name) {
                Some(given) => given.clone(),
                None => entry.keys.iter().map(|key| (*key).to_owned()).collect(),
            };
            for text in &own {
                let key = Key::read(text)
                    .ok_or_else(|| KeyError::Key { action: entry.name.to_owned(), key: text.clone() })?;
                if let Some(other) = actions.insert(key, entry) {
                    return Err(KeyError::Twice { key: text.clone(), first: other.name, second: entry.name });
                }
            }
            keys.push(own);
        }
        Ok(Self { actions: actions.into_iter().map(|(key, entry)| (key, entry.action)).collect(), keys })
    }

    /// What a key does.
    pub(super) fn action(&self, event: KeyEvent) -> Option<Action> {
        self.actions.get(&Key::of(event)).copied()
    }

    /// The first key of an action, for hints; its name where it has none.
    pub(super) fn key(&self, action: Action) -> String {
        let at = ENTRIES.iter().position(|entry| entry.action == action);
        let key = at.and_then(|at| self.keys[at].first().cloned());
        key.unwrap_or_else(|| {
            let name = at.map_or("", |at| ENTRIES[at].name);
            format!(":{name}")
        })
    }

    /// The help of a group: keys, and what they do. The points are one line.
    pub(super) fn help(&self, group: Group) -> Vec<(String, &'static str)> {
        let mut lines = Vec::new();
        for (entry, keys) in ENTRIES.iter().zip(&self.keys).filter(|(entry, _)| entry.group == group) {
            match entry.action {
                Action::Point(1) => lines.push((self.points(), "rest the decision on a point, or no longer")),
                Action::Point(_) => {}
                _ if keys.is_empty() => lines.push((format!(":{}", entry.name), entry.help)),
                _ => lines.push((keys.join(", "), entry.help)),
            }
        }
        lines
    }

    fn points(&self) -> String {
        let keys = [1, 9].map(|point| self.key(Action::Point(point)));
        keys.join(" … ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(given: &[(&str, &[&str])]) -> Result<Keymap, KeyError> {
        let given = given.iter().map(|(name, keys)| {
            ((*name).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
        });
        Keymap::new(&given.collect())
    }

    #[test]
    fn the_usual_keys_do_not_collide() {
        let map = map(&[]).expect("a key map");
        let press = |code, modifiers| map.action(KeyEvent::new(code, modifiers));
        assert_eq!(press(KeyCode::Char('v'), KeyModifiers::NONE), Some(Action::Verify));
        assert_eq!(press(KeyCode::Char('J'), KeyModifiers::SHIFT), Some(Action::PreviewDown));
        assert_eq!(press(KeyCode::Char('d'), KeyModifiers::CONTROL), Some(Action::PreviewDown));
        assert_eq!(press(KeyCode::BackTab, KeyModifiers::SHIFT), Some(Action::PreviousTab));
        assert_eq!(press(KeyCode::Char('v'), KeyModifiers::ALT), None);
    }

    #[test]
    fn the_configuration_moves_keys_and_the_help_follows() {
        let map = map(&[("verify", &["f5", "alt-v"]), ("dismiss", &[])]).expect("a key map");
        assert_eq!(map.action(KeyEvent::new(KeyCode::F(5), KeyModifiers::NONE)), Some(Action::Verify));
        assert_eq!(map.action(KeyEvent::new(KeyCode::Char('v'), KeyModifiers::NONE)), None);
        let help = map.help(Group::Decide);
        assert!(help.contains(&("f5, alt-v".to_owned(), "verify: it is so")), "{help:?}");
        assert!(help.iter().any(|(key, _)| key == ":dismiss"), "{help:?}");
    }

    #[test]
    fn mistakes_are_named() {
        let error = |given| map(given).expect_err("a mistake").to_string();
        assert!(error(&[("verfy", &["v"])]).starts_with("keys.verfy: there is no such action"));
        assert!(error(&[("verify", &["ctrl-alt"])]).contains("\"ctrl-alt\" is no key"));
        assert_eq!(error(&[("verify", &["d"])]), "keys: \"d\" is given to both verify and dispute");
    }
}
