//! The text of a page, and what its markup says of the parts.
//!
//! The page is read as a stream of tags in one pass, without a tree: however it is nested, the time is linear. What is
//! no text (scripts, forms, menus) is left out; where a page marks its article, all around it is, too.

use std::ops::Range;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

use super::document::{BlockKind, Mark};

/// What was read of a page.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The text: an empty line between blocks, a tab between cells.
    pub(super) text: String,
    /// The parts whose kind the markup tells, in order.
    pub(super) marks: Vec<Mark>,
}

/// What an element means for the text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    /// Nothing in it is text of the article.
    LeftOut,
    /// A block of a kind that the markup tells.
    Marked(BlockKind),
    /// The article itself.
    Article,
    /// A block.
    Block,
    /// A cell of a table.
    Cell,
    /// The end of a line.
    Line,
    /// Anything inside of a line.
    Inline,
}

fn element(name: &[u8]) -> Element {
    match name {
        b"script" | b"style" | b"template" | b"noscript" | b"noembed" | b"noframes" | b"svg" | b"math"
        | b"title" | b"nav" | b"footer" | b"form" | b"button" | b"select" | b"textarea" | b"iframe"
        | b"object" | b"audio" | b"video" | b"canvas" | b"dialog" | b"datalist" | b"menu" => Element::LeftOut,
        b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" => Element::Marked(BlockKind::Heading),
        b"figcaption" | b"caption" | b"table" | b"aside" | b"address" => Element::Marked(BlockKind::Aside),
        b"article" => Element::Article,
        b"p" | b"div" | b"section" | b"main" | b"header" | b"body" | b"html" | b"head" | b"ul" | b"ol"
        | b"li" | b"dl" | b"dt" | b"dd" | b"blockquote" | b"figure" | b"tr" | b"thead" | b"tbody"
        | b"tfoot" | b"pre" | b"hr" | b"fieldset" | b"details" | b"summary" | b"center" | b"hgroup" => {
            Element::Block
        }
        b"td" | b"th" => Element::Cell,
        b"br" => Element::Line,
        _ => Element::Inline,
    }
}

/// Elements that have no end tag.
fn is_void(name: &[u8]) -> bool {
    matches!(name, b"br" | b"hr" | b"img" | b"input" | b"wbr" | b"link" | b"meta" | b"source" | b"embed")
}

/// Reads a page.
pub(super) fn read(html: &str) -> Page {
    let mut reader = Reader::default();
    let mut emitter = DefaultEmitter::<()>::default();
    // The contents of scripts and the like are no tags.
    emitter.naively_switch_states(true);
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&tag.name),
            Token::String(text) => reader.text(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    reader.finish()
}

/// An element that holds for all in it, and how many of the same name are open in it.
#[derive(Debug)]
struct Open {
    name: Vec<u8>,
    depth: usize,
    /// Where its text begins.
    start: usize,
    kind: BlockKind,
}

impl Open {
    fn new(name: &[u8], start: usize, kind: BlockKind) -> Self {
        Self { name: name.to_owned(), depth: 1, start, kind }
    }

    /// Takes note of a tag; says whether it closes the element.
    fn closes(&mut self, name: &[u8], is_end: bool) -> bool {
        if self.name == name {
            self.depth = if is_end { self.depth.saturating_sub(1) } else { self.depth + 1 };
        }
        self.depth == 0
    }
}

#[derive(Debug, Default)]
struct Reader {
    page: Page,
    left_out: Option<Open>,
    marked: Option<Open>,
    article: Option<Open>,
    /// The text of the longest article so far.
    longest: Option<Range<usize>>,
    /// What must stand before the next text.
    gap: Gap,
}

/// What parts a text from the one before.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    Nothing,
    Space,
    Tab,
    Line,
    Block,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if let Some(open) = &mut self.left_out {
            open.closes(name, false);
            return;
        }
        let element = element(name);
        let hidden = tag.attributes.contains_key(&b"hidden"[..]) && !is_void(name);
        if (element == Element::LeftOut || hidden) && !tag.self_closing {
            self.left_out = Some(Open::new(name, 0, BlockKind::Aside));
            self.gap = self.gap.max(if element == Element::Inline { Gap::Space } else { Gap::Block });
            return;
        }
        self.part(element);
        if let Some(open) = &mut self.marked {
            open.closes(name, false);
        } else if let Element::Marked(kind) = element {
            self.marked = Some(Open::new(name, self.page.text.len(), kind));
        }
        if let Some(open) = &mut self.article {
            open.closes(name, false);
        } else if element == Element::Article {
            self.article = Some(Open::new(name, self.page.text.len(), BlockKind::Paragraph));
        }
    }

    fn end(&mut self, name: &[u8]) {
        if let Some(open) = &mut self.left_out {
            if open.closes(name, true) {
                self.left_out = None;
            }
            return;
        }
        self.part(element(name));
        if self.marked.as_mut().is_some_and(|open| open.closes(name, true)) {
            self.end_mark();
        }
        if self.article.as_mut().is_some_and(|open| open.closes(name, true)) {
            self.end_article();
        }
    }

    fn part(&mut self, element: Element) {
        let gap = match element {
            Element::Inline | Element::LeftOut => Gap::Nothing,
            Element::Cell => Gap::Tab,
            Element::Line => Gap::Line,
            Element::Marked(_) | Element::Article | Element::Block => Gap::Block,
        };
        self.gap = self.gap.max(gap);
    }

    fn text(&mut self, text: &str) {
        if self.left_out.is_some() {
            return;
        }
        for c in text.chars().filter(|&c| c != '\0') {
            if c.is_ascii_whitespace() {
                self.gap = self.gap.max(Gap::Space);
                continue;
            }
            let gap = std::mem::take(&mut self.gap);
            if !self.page.text.is_empty() {
                self.page.text.push_str(match gap {
                    Gap::Nothing => "",
                    Gap::Space => " ",
                    Gap::Tab => "\t",
                    Gap::Line => "\n",
                    Gap::Block => "\n\n",
                });
            }
            self.page.text.push(c);
        }
    }

    fn end_mark(&mut self) {
        if let Some(open) = self.marked.take().filter(|open| open.start < self.page.text.len()) {
            self.page.marks.push(Mark { bytes: open.start..self.page.text.len(), kind: open.kind });
        }
    }

    fn end_article(&mut self) {
        if let Some(open) = self.article.take() {
            let range = open.start..self.page.text.len();
            if range.len() > self.longest.as_ref().map_or(0, Range::len) {
                self.longest = Some(range);
            }
        }
    }

    fn finish(mut self) -> Page {
        self.end_mark();
        self.end_article();
        let Some(article) = self.longest else { return self.page };
        let within = &self.page.text[article.clone()];
        // What is between two blocks belongs to neither.
        let start = article.start + within.len() - within.trim_start().len();
        let shifted = |mark: &Mark| Mark {
            bytes: mark.bytes.start.saturating_sub(start)..mark.bytes.end.min(article.end) - start,
            kind: mark.kind,
        };
        let inside = |mark: &&Mark| mark.bytes.end > start && mark.bytes.start < article.end;
        Page {
            marks: self.page.marks.iter().filter(inside).map(shifted).collect(),
            text: within.trim_start().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(page: &Page) -> Vec<(&str, BlockKind)> {
        page.marks.iter().map(|mark| (page.text[mark.bytes.clone()].trim(), mark.kind)).collect()
    }

    #[test]
    fn a_page_becomes_blocks_of_text() {
        let page = read(
            "<!DOCTYPE html><html><head><title>Site</title><style>p { color: red }</style></head><body>\
             <h1>Bridge &amp; road</h1><p>The <b>bridge</b>\n  opened in&nbsp;1974.<p>It is 300&#160;m long.</p>\
             <script>if (1 < 2) { document.write(\"<p>no</p>\") }</script>Rest<br>of it</body></html>",
        );
        assert_eq!(
            page.text,
            "Bridge & road\n\nThe bridge opened in\u{a0}1974.\n\nIt is 300\u{a0}m long.\n\nRest\nof it"
        );
        assert_eq!(marked(&page), [("Bridge & road", BlockKind::Heading)]);
    }

    #[test]
    fn what_is_around_the_article_is_left_out() {
        let page = read(
            "<nav>Home</nav><article><p>Short.</p></article><article><h2>Fire</h2><p>Two people died.</p>\
             <figure><img src=a.jpg><figcaption>The house</figcaption></figure>\
             <aside><p>Also read this</p></aside><table><tr><td>Dead<td>2</table></article><footer>Imprint</footer>",
        );
        assert_eq!(page.text, "Fire\n\nTwo people died.\n\nThe house\n\nAlso read this\n\nDead\t2");
        assert_eq!(
            marked(&page),
            [
                ("Fire", BlockKind::Heading),
                ("The house", BlockKind::Aside),
                ("Also read this", BlockKind::Aside),
                ("Dead\t2", BlockKind::Aside),
            ]
        );
    }

    #[test]
    fn text_without_tags_is_text() {
        assert_eq!(read("2 < 3, he said.\nNo tags here.").text, "2 < 3, he said. No tags here.");
        assert_eq!(read("").text, "");
        assert_eq!(read("<p hidden>Not seen</p><nav>never closed").text, "");
    }

    const PIECES: &[&str] = &[
        "<article>",
        "</article>",
        "<h1>",
        "</h1>",
        "<p>",
        "</p>",
        "<nav>",
        "</nav>",
        "<table>",
        "<td>",
        "</table>",
        "<br>",
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "<",
        ">",
        "&amp;",
        "&#0;",
        "text ",
        "ä",
        "\n",
        "<aside>",
        "</aside>",
        "<p hidden>",
        "<br/>",
        "<nav/>",
        "\0",
    ];

    proptest! {
        #[test]
        fn marks_lie_within_the_text_in_order(pieces in prop::collection::vec(0..PIECES.len(), 0..60)) {
            let html: String = pieces.iter().map(|&at| PIECES[at]).collect();
            let page = read(&html);
            prop_assert!(!page.text.contains('\0'));
            let mut end = 0;
            for mark in &page.marks {
                prop_assert!(mark.bytes.start >= end && page.text.get(mark.bytes.clone()).is_some());
                end = mark.bytes.end;
            }
        }
    }
}
