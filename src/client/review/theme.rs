//! The colours of the screen: the sixteen that every terminal has, those of the configuration, or none.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};

/// A colour that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ColorError {
    #[error("colors.{given}: nothing has this name; there are {}", Role::names())]
    Role { given: String },
    #[error(
        "colors.{role}: \"{word}\" is no colour; write a name such as \"green\" or \"lightblue\", \"#rrggbb\" or a number \
         up to 255, \"on\" before the background, and bold, dim, italic, underlined or reversed"
    )]
    Word { role: String, word: String },
}

macro_rules! roles {
    ($($role:ident, $name:literal, $style:expr;)+) => {
        /// What has a colour of its own.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Role {
            $($role,)+
        }

        impl Role {
            const ALL: &[(Self, &'static str)] = &[$((Self::$role, $name),)+];

            /// How it looks where nothing else is said.
            fn usual(self) -> Style {
                match self { $(Self::$role => $style,)+ }
            }
        }
    };
}

const PLAIN: Style = Style::new();

roles! {
    Tab, "tab", PLAIN;
    ActiveTab, "active_tab", PLAIN.add_modifier(Modifier::REVERSED).add_modifier(Modifier::BOLD);
    Cursor, "cursor", PLAIN.add_modifier(Modifier::REVERSED);
    Heading, "heading", PLAIN.fg(Color::Cyan).add_modifier(Modifier::BOLD);
    Border, "border", PLAIN.add_modifier(Modifier::DIM);
    Claim, "claim", PLAIN.fg(Color::Yellow).add_modifier(Modifier::BOLD);
    Point, "point", PLAIN.add_modifier(Modifier::UNDERLINED);
    Sibling, "sibling", PLAIN.fg(Color::Cyan).add_modifier(Modifier::DIM);
    Dim, "dim", PLAIN.add_modifier(Modifier::DIM);
    Value, "value", PLAIN.fg(Color::Cyan);
    Key, "key", PLAIN.fg(Color::Cyan).add_modifier(Modifier::BOLD);
    Mark, "mark", PLAIN.fg(Color::Magenta).add_modifier(Modifier::BOLD);
    Warning, "warning", PLAIN.fg(Color::Yellow).add_modifier(Modifier::BOLD);
    Problem, "problem", PLAIN.fg(Color::Red).add_modifier(Modifier::BOLD);
    Unreviewed, "unreviewed", PLAIN.fg(Color::Yellow);
    Verified, "verified", PLAIN.fg(Color::Green);
    Disputed, "disputed", PLAIN.fg(Color::Red);
    Unverifiable, "unverifiable", PLAIN.fg(Color::Magenta);
    Dismissed, "dismissed", PLAIN.add_modifier(Modifier::DIM);
}

impl Role {
    fn names() -> String {
        Self::ALL.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ")
    }

    /// The role of a claim's state.
    pub(super) fn of_state(state: &str) -> Self {
        match state {
            "VERIFIED" => Self::Verified,
            "DISPUTED" => Self::Disputed,
            "UNVERIFIABLE" => Self::Unverifiable,
            "DISMISSED" => Self::Dismissed,
            _ => Self::Unreviewed,
        }
    }
}

/// How each thing looks.
#[derive(Debug, Clone)]
pub(super) struct Theme {
    styles: Vec<Style>,
}

impl Theme {
    /// The usual looks, but for those that the configuration says. Where there are to be no colours, only weight, lines and
    /// reversal tell things apart.
    pub(super) fn new(given: &BTreeMap<String, String>, colored: bool) -> Result<Self, ColorError> {
        let unknown = given.keys().find(|name| Role::ALL.iter().all(|(_, known)| known != name));
        if let Some(given) = unknown {
            return Err(ColorError::Role { given: given.clone() });
        }
        let style = |(role, name): &(Role, &'static str)| match given.get(*name) {
            Some(words) => read(name, words),
            None => Ok(role.usual()),
        };
        let mut styles = Role::ALL.iter().map(style).collect::<Result<Vec<_>, _>>()?;
        if !colored {
            for style in &mut styles {
                (style.fg, style.bg) = (None, None);
            }
        }
        Ok(Self { styles })
    }

    pub(super) fn style(&self, role: Role) -> Style {
        Role::ALL.iter().position(|(one, _)| *one == role).map_or(PLAIN, |at| self.styles[at])
    }
}

fn read(role: &str, words: &str) -> Result<Style, ColorError> {
    let mut style = PLAIN;
    let mut background = false;
    for word in words.split_whitespace() {
        let modifier = match word {
            "bold" => Some(Modifier::BOLD),
            "dim" => Some(Modifier::DIM),
            "italic" => Some(Modifier::ITALIC),
            "underlined" => Some(Modifier::UNDERLINED),
            "reversed" => Some(Modifier::REVERSED),
            _ => None,
        };
        if let Some(modifier) = modifier {
            style = style.add_modifier(modifier);
        } else if word == "on" {
            background = true;
        } else {
            let wrong = || ColorError::Word { role: role.to_owned(), word: word.to_owned() };
            let color = word.parse::<Color>().map_err(|_| wrong())?;
            style = if background { style.bg(color) } else { style.fg(color) };
        }
    }
    Ok(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn theme(given: &[(&str, &str)], colored: bool) -> Result<Theme, ColorError> {
        let given = given.iter().map(|(role, words)| ((*role).to_owned(), (*words).to_owned()));
        Theme::new(&given.collect(), colored)
    }

    #[test]
    fn the_configuration_changes_a_look() {
        let theme = theme(&[("claim", "bold black on #ffcc00")], true).expect("a theme");
        let style = theme.style(Role::Claim);
        assert_eq!((style.fg, style.bg), (Some(Color::Black), Some(Color::Rgb(255, 204, 0))));
        assert_eq!(theme.style(Role::Verified).fg, Some(Color::Green));
    }

    #[test]
    fn without_colours_weight_and_lines_are_left() {
        let theme = theme(&[("claim", "bold red")], false).expect("a theme");
        for (role, name) in Role::ALL {
            let style = theme.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
        }
        assert!(theme.style(Role::Claim).add_modifier.contains(Modifier::BOLD));
    }

    #[test]
    fn the_usual_looks_keep_to_sixteen_colours() {
        let theme = theme(&[], true).expect("a theme");
        for (role, name) in Role::ALL {
            let color = theme.style(*role).fg;
            assert!(!matches!(color, Some(Color::Rgb(..) | Color::Indexed(_))), "{name}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        assert!(
            theme(&[("claims", "red")], true).is_err_and(|error| error.to_string().contains("active_tab"))
        );
        assert!(theme(&[("claim", "on")], true).is_ok());
        assert!(theme(&[("claim", "rot")], true).is_err_and(|error| error.to_string().contains("\"rot\"")));
    }
}
