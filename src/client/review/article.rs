//! An article made ready to be shown around one of its claims, at a cost that does not depend on its length.

use ratatui::{style::Style, text::Line};

use super::{
    theme::{Role, Theme},
    wrap::wrap,
};
use crate::proto::v1;

/// No paragraph is longer for us, so that none costs much to show.
const LONGEST_BLOCK: usize = 2000;

/// A paragraph, or a part of one.
#[derive(Debug)]
struct Block {
    /// The place of its first code point in the article's text.
    start: usize,
    /// Its code points; none stands for a control character.
    letters: Vec<char>,
}

/// A claim's place in the text.
#[derive(Debug)]
struct Place {
    start: usize,
    end: usize,
}

/// An article's text in blocks, and where its claims stand.
#[derive(Debug)]
pub(super) struct ArticleText {
    article: v1::Article,
    blocks: Vec<Block>,
    places: Vec<Place>,
    /// The length of the longest claim, which says how far back to look for one.
    longest: usize,
}

impl ArticleText {
    /// Makes an article and its claims ready.
    pub(super) fn new(mut article: v1::Article, claims: &[v1::Claim]) -> Self {
        let blocks = blocks(&std::mem::take(&mut article.text));
        let mut places: Vec<Place> = claims
            .iter()
            .filter_map(|claim| claim.span)
            .map(|span| Place { start: span.start as usize, end: span.end as usize })
            .collect();
        places.sort_by_key(|place| place.start);
        let longest = places.iter().map(|place| place.end.saturating_sub(place.start)).max().unwrap_or(0);
        Self { article, blocks, places, longest }
    }

    pub(super) fn name(&self) -> &str {
        &self.article.name
    }

    /// The article without its text.
    pub(super) fn article(&self) -> &v1::Article {
        &self.article
    }

    /// So many lines of the text around a claim, whose first line stands a little below the top, moved by `scroll` lines.
    /// The claim is highlighted with its points, its siblings are dimmed.
    pub(super) fn around(
        &self,
        claim: &v1::Claim,
        (width, height): (usize, usize),
        scroll: i32,
        theme: &Theme,
    ) -> Vec<Line<'static>> {
        let Some(span) = claim.span.filter(|span| span.start < span.end) else {
            return self.lines(0, claim, width, theme, height, 0);
        };
        let at = self.blocks.partition_point(|block| block.start <= span.start as usize).saturating_sub(1);
        let Some(block) = self.blocks.get(at) else { return Vec::new() };
        // The text of the block before the claim says on which line the claim begins.
        let before: String =
            block.letters.iter().take((span.start as usize).saturating_sub(block.start)).collect();
        let line = wrap(&[(&before, Style::new())], width, 0).len() - 1;
        let above = i32::try_from(height / 4).unwrap_or(0);
        let first = i32::try_from(line).unwrap_or(0).saturating_sub(above).saturating_add(scroll);
        let lines = self.lines(at, claim, width, theme, height, first);
        // Near the end of the text there is room for what stands before.
        let missing = i32::try_from(height - lines.len()).unwrap_or(0);
        match missing {
            0 => lines,
            // It was scrolled over the end: the last lines are shown.
            _ if lines.is_empty() => {
                let last = self.blocks.len().saturating_sub(1);
                self.lines(last, claim, width, theme, height, -missing)
            }
            _ => self.lines(at, claim, width, theme, height, first.saturating_sub(missing)),
        }
    }

    /// Lines from `first` on, counted from the beginning of a block; before it where it is negative.
    fn lines(
        &self,
        mut block: usize,
        claim: &v1::Claim,
        width: usize,
        theme: &Theme,
        height: usize,
        mut first: i32,
    ) -> Vec<Line<'static>> {
        while first < 0 && block > 0 {
            block -= 1;
            let lines = self.block(block, claim, width, theme).len();
            first += i32::try_from(lines).unwrap_or(i32::MAX);
        }
        let mut shown = Vec::with_capacity(height);
        let mut skip = usize::try_from(first).unwrap_or(0);
        while shown.len() < height && block < self.blocks.len() {
            let lines = self.block(block, claim, width, theme);
            let left = height - shown.len();
            let count = lines.len();
            shown.extend(lines.into_iter().skip(skip).take(left));
            skip = skip.saturating_sub(count);
            block += 1;
        }
        shown
    }

    fn block(&self, at: usize, claim: &v1::Claim, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let block = &self.blocks[at];
        let end = block.start + block.letters.len();
        let mut styles = vec![theme.style(Role::Dim); block.letters.len()];
        let mut paint = |from: usize, to: usize, style: Style| {
            let (from, to) = (from.max(block.start), to.min(end));
            for letter in styles.iter_mut().take(to.saturating_sub(block.start)).skip(from - block.start) {
                *letter = letter.patch(style);
            }
        };
        let first = self.places.partition_point(|place| place.start + self.longest < block.start);
        for place in self.places[first..].iter().take_while(|place| place.start < end) {
            if place.end > block.start {
                paint(place.start, place.end, theme.style(Role::Sibling));
            }
        }
        if let Some(span) = claim.span {
            let (start, end) = (span.start as usize, span.end as usize);
            for letter in styles
                .iter_mut()
                .take(end.saturating_sub(block.start))
                .skip(start.saturating_sub(block.start))
            {
                *letter = theme.style(Role::Claim);
            }
            for point in claim.points.iter().filter_map(|point| point.span) {
                let (from, to) = ((point.start as usize).max(block.start), point.end as usize);
                let inside = styles.iter_mut().take(to.saturating_sub(block.start)).skip(from - block.start);
                for letter in inside {
                    *letter = letter.patch(theme.style(Role::Point));
                }
            }
        }
        let mut parts: Vec<(String, Style)> = Vec::new();
        for (letter, style) in block.letters.iter().zip(styles) {
            match parts.last_mut() {
                Some((text, same)) if *same == style => text.push(*letter),
                _ => parts.push((letter.to_string(), style)),
            }
        }
        let parts: Vec<(&str, Style)> = parts.iter().map(|(text, style)| (text.as_str(), *style)).collect();
        wrap(&parts, width, 0)
    }
}

/// The paragraphs of a text; longer ones in parts. What a terminal would obey is replaced, so that places stay the same.
fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = vec![Block { start: 0, letters: Vec::new() }];
    for (at, c) in text.chars().enumerate() {
        let Some(block) = blocks.last_mut() else { break };
        let long =
            block.letters.len() >= LONGEST_BLOCK && (c == ' ' || block.letters.len() >= LONGEST_BLOCK * 2);
        if c == '\n' || long {
            blocks.push(Block { start: at + 1, letters: Vec::new() });
            if c == '\n' || c == ' ' {
                continue;
            }
            if let Some(block) = blocks.last_mut() {
                block.start = at;
            }
        }
        let shown = if c.is_whitespace() { ' ' } else { crate::client::value::printable_char(c) };
        if let Some(block) = blocks.last_mut() {
            block.letters.push(shown);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn claim(text: &str, quote: &str) -> v1::Claim {
        let start = text.find(quote).map_or(0, |at| text[..at].chars().count());
        let span = v1::Span {
            start: u32::try_from(start).expect("short"),
            end: u32::try_from(start + quote.chars().count()).expect("short"),
        };
        v1::Claim { quote: quote.to_owned(), span: Some(span), ..v1::Claim::default() }
    }

    fn marked(lines: &[Line], style: Style) -> String {
        let spans = lines.iter().flat_map(|line| &line.spans).filter(|span| span.style == style);
        spans.map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn the_claim_stands_out_wherever_it_stands() {
        let theme = Theme::new(&BTreeMap::new(), true).expect("a theme");
        let filler = "Über die Brücke kam niemand. \u{1F309}\r\n\n".repeat(200);
        let text = format!("{filler}Der Pegel stieg um 3 Meter. Mehr nicht.\n{filler}");
        let claim = claim(&text, "Der Pegel stieg um 3 Meter.");
        let sibling = super::tests::claim(&text, "Mehr nicht.");
        let article = v1::Article { text, ..v1::Article::default() };
        let ready = ArticleText::new(article, &[sibling, claim.clone()]);
        for width in [12, 40, 200] {
            let lines = ready.around(&claim, (width, 12), 0, &theme);
            assert_eq!(lines.len(), 12);
            let words = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(words(marked(&lines, theme.style(Role::Claim))), "Der Pegel stieg um 3 Meter.");
            assert!(
                marked(&lines, theme.style(Role::Dim).patch(theme.style(Role::Sibling))).contains("Mehr")
            );
        }
        assert!(marked(&ready.around(&claim, (40, 5), 90, &theme), theme.style(Role::Claim)).is_empty());
        assert!(!ready.around(&claim, (40, 5), -100_000, &theme).is_empty());
        let end = ready.around(&claim, (40, 5), 100_000, &theme);
        assert!(marked(&end, theme.style(Role::Claim)).is_empty());
    }

    #[test]
    fn a_text_without_a_break_is_cut_and_impossible_spans_do_no_harm() {
        let theme = Theme::new(&BTreeMap::new(), true).expect("a theme");
        for text in ["x".repeat(50_000), "word ".repeat(10_000), String::new()] {
            let longest = blocks(&text).iter().map(|block| block.letters.len()).max().unwrap_or(0);
            assert!(longest <= 2 * LONGEST_BLOCK);
            let letters: usize = blocks(&text).iter().map(|block| block.letters.len()).sum();
            assert!(letters + blocks(&text).len() > text.len());
            let article = v1::Article { text, ..v1::Article::default() };
            let ready = ArticleText::new(article, &[]);
            for (start, end) in [(0, 5), (49_990, 60_000), (7, 3), (90_000, 90_001)] {
                let claim = v1::Claim { span: Some(v1::Span { start, end }), ..v1::Claim::default() };
                let _ = ready.around(&claim, (30, 10), 0, &theme);
            }
        }
    }
}
