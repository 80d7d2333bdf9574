//! Styled text in lines of a width.

use ratatui::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// Breaks text into lines no wider than `width`, between words where there is room; further lines begin with so many
/// spaces. Breaks in the text are kept.
pub(super) fn wrap(parts: &[(&str, Style)], width: usize, indent: usize) -> Vec<Line<'static>> {
    let width = width.max(4);
    let indent = indent.min(width / 2);
    let mut lines = vec![Row::default()];
    for (text, style) in parts {
        for letter in text.graphemes(true) {
            let Some(row) = lines.last_mut() else { break };
            if letter == "\n" || letter == "\r\n" {
                lines.push(Row::indented(indent));
                continue;
            }
            let room = row.width + letter.width();
            if room > width {
                let mut next = Row::indented(indent);
                if letter != " " {
                    next.take(row);
                    next.push(letter, *style);
                }
                lines.push(next);
            } else {
                row.push(letter, *style);
            }
        }
    }
    lines.into_iter().map(Row::line).collect()
}

/// A line that is being filled.
#[derive(Default)]
struct Row {
    letters: Vec<(String, Style)>,
    width: usize,
    /// How many of them are the indent.
    indent: usize,
}

impl Row {
    fn indented(indent: usize) -> Self {
        let letters = vec![(" ".to_owned(), Style::new()); indent];
        Self { letters, width: indent, indent }
    }

    fn push(&mut self, letter: &str, style: Style) {
        self.width += letter.width();
        self.letters.push((letter.to_owned(), style));
    }

    /// Takes the word that the line before ends with, unless it is all that line has.
    fn take(&mut self, before: &mut Self) {
        let Some(space) = before.letters.iter().rposition(|(letter, _)| letter == " ") else { return };
        if space < before.indent {
            return;
        }
        for (letter, style) in before.letters.drain(space + 1..) {
            self.push(&letter, style);
        }
    }

    fn line(self) -> Line<'static> {
        let mut spans: Vec<Span<'static>> = Vec::new();
        for (letter, style) in self.letters {
            match spans.last_mut() {
                Some(span) if span.style == style => span.content.to_mut().push_str(&letter),
                _ => spans.push(Span::styled(letter, style)),
            }
        }
        Line::from(spans)
    }
}

/// The beginning of a text that fits a width, with an ellipsis where there is more.
pub(super) fn shorten(text: &str, width: usize) -> String {
    // No more of a long text is looked at than can be shown.
    let mut shown = String::new();
    let mut taken = 0;
    for letter in text.graphemes(true) {
        let wide = letter.width();
        if taken + wide > width {
            while taken + 1 > width {
                let Some((at, last)) = shown.grapheme_indices(true).next_back() else { return shown };
                taken -= last.width();
                shown.truncate(at);
            }
            shown.push('…');
            return shown;
        }
        shown.push_str(letter);
        taken += wide;
    }
    shown
}

#[cfg(test)]
mod tests {
    use ratatui::style::Modifier;

    use super::*;

    fn plain(lines: &[Line]) -> Vec<String> {
        lines.iter().map(|line| line.spans.iter().map(|span| span.content.as_ref()).collect()).collect()
    }

    #[test]
    fn words_stay_whole_where_there_is_room() {
        let lines = wrap(&[("one two three fourteenletters x", Style::new())], 9, 2);
        assert_eq!(plain(&lines), ["one two ", "  three ", "  fourtee", "  nletter", "  s x"]);
        assert_eq!(plain(&wrap(&[("a\n\nb", Style::new())], 9, 0)), ["a", "", "b"]);
        assert_eq!(plain(&wrap(&[], 9, 0)), [""]);
    }

    #[test]
    fn styles_go_along_over_the_break() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let lines = wrap(&[("aaa ", Style::new()), ("bbb ccc", bold)], 8, 0);
        assert_eq!(plain(&lines), ["aaa bbb ", "ccc"]);
        assert_eq!((lines[0].spans.len(), lines[1].spans[0].style), (2, bold));
    }

    #[test]
    fn wide_letters_count_twice() {
        assert_eq!(plain(&wrap(&[("日本語文", Style::new())], 5, 0)), ["日本", "語文"]);
        assert_eq!(shorten("日本語", 5), "日本…");
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(shorten("abcd", 3), "ab…");
        assert_eq!(shorten("abcd", 0), "");
    }
}
