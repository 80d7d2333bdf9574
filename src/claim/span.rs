use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A half-open range of Unicode code points of an article's text as it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The first code point.
    pub start: u32,
    /// The code point behind the last one.
    pub end: u32,
}

impl Span {
    /// The span from `start` up to `end`, both in code points.
    #[must_use]
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// Whether the two have a code point in common.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Whether `other` lies within this span.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The text of the span, or `None` if it reaches past the end of `text`.
    #[must_use]
    pub fn of(self, text: &str) -> Option<&str> {
        text.get(self.bytes_in(text)?)
    }

    /// Where a quote first stands in a text.
    #[must_use]
    pub fn find(quote: &str, text: &str) -> Option<Self> {
        let at = text.find(quote)?;
        let start = u32::try_from(text[..at].chars().count()).ok()?;
        let length = u32::try_from(quote.chars().count()).ok()?;
        Some(Self::new(start, start.checked_add(length)?))
    }

    /// The span as a range of bytes of `text`, or `None` if it reaches past its end.
    #[must_use]
    pub fn bytes_in(self, text: &str) -> Option<Range<usize>> {
        let mut bounds = text.char_indices().map(|(at, _)| at).chain(std::iter::once(text.len()));
        let start = bounds.nth(self.start as usize)?;
        let end = match self.end.checked_sub(self.start)? {
            0 => start,
            length => bounds.nth(length as usize - 1)?,
        };
        Some(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::Span;

    #[test]
    fn counts_code_points_not_bytes() {
        assert_eq!(Span::new(2, 4).of("a\u{1F600}öü"), Some("öü"));
        assert_eq!(Span::new(4, 4).of("a\u{1F600}öü"), Some(""));
        assert_eq!(Span::new(3, 5).of("a\u{1F600}öü"), None);
    }

    #[test]
    fn a_quote_gets_its_place_in_code_points() {
        let text = "Ä\u{1F600} öffnet. Ja.";
        let span = Span::find("öffnet.", text).expect("a place");
        assert_eq!(span, Span::new(3, 10));
        assert_eq!(span.of(text), Some("öffnet."));
        assert_eq!(Span::find("nie", text), None);
    }
}
