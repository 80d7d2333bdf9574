//! Tables without borders: cells of several styled lines, wrapped to the width of the terminal.

use anstyle::Style;
use textwrap::core::display_width;

/// Between two columns.
const GAP: usize = 2;
/// No column is made narrower than this, even if the table grows wider than the terminal.
const NARROWEST: usize = 12;

/// A line of a cell, of one style.
#[derive(Debug, Clone)]
pub(super) struct Line {
    text: String,
    style: Style,
    /// Where the text goes on when it is wrapped.
    indent: usize,
}

impl Line {
    /// A line in the terminal's own style.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self::styled(text, Style::new())
    }

    /// A line in a style.
    pub(super) fn styled(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style, indent: 0 }
    }

    /// The same line, whose continuation is moved to the right.
    pub(super) fn hanging(self) -> Self {
        Self { indent: 2, ..self }
    }
}

/// A column: its heading, and whether it gives way when the terminal is narrow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    heading: &'static str,
    /// What share of the room that is left the column gets; 0 for a column that is as wide as its content.
    share: usize,
}

/// A column that is as wide as its content.
pub(super) const fn fixed(heading: &'static str) -> Column {
    Column { heading, share: 0 }
}

/// A column that takes its share of the room that is left.
pub(super) const fn flexible(heading: &'static str, share: usize) -> Column {
    Column { heading, share }
}

/// A table.
#[derive(Debug)]
pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Vec<Line>>>,
    /// Whether an empty line stands between two rows.
    airy: bool,
}

impl Grid {
    /// A table without rows.
    pub(super) fn new(columns: Vec<Column>, airy: bool) -> Self {
        Self { columns, rows: Vec::new(), airy }
    }

    /// Adds a row; a cell for each column.
    pub(super) fn row(&mut self, cells: Vec<Vec<Line>>) {
        self.rows.push(cells);
    }

    /// The table as text of at most `width` columns of the terminal, with styles as ANSI sequences.
    pub(super) fn render(&self, width: usize) -> String {
        let widths = self.widths(width);
        let mut text = String::new();
        let headings: Vec<Vec<Line>> = self
            .columns
            .iter()
            .map(|column| vec![Line::styled(column.heading, Style::new().bold())])
            .collect();
        push_row(&mut text, &headings, &widths);
        for (at, row) in self.rows.iter().enumerate() {
            if self.airy && at > 0 {
                text.push('\n');
            }
            push_row(&mut text, row, &widths);
        }
        text
    }

    /// How wide each column is: what is fixed takes what it needs, the others share the rest.
    fn widths(&self, width: usize) -> Vec<usize> {
        let natural: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| {
                let cells = self.rows.iter().filter_map(|row| row.get(at)).flatten();
                cells
                    .map(|line| display_width(&line.text))
                    .chain([display_width(column.heading)])
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let gaps = GAP * self.columns.len().saturating_sub(1);
        let taken: usize = self
            .columns
            .iter()
            .zip(&natural)
            .filter(|(column, _)| column.share == 0)
            .map(|(_, width)| width)
            .sum();
        let mut left = width.saturating_sub(gaps + taken);
        let mut shares: usize = self.columns.iter().map(|column| column.share).sum();
        let mut widths = natural.clone();
        // A column that needs less than its share leaves the difference to the others, so the modest come first.
        let mut order: Vec<usize> =
            (0..self.columns.len()).filter(|at| self.columns[*at].share > 0).collect();
        order.sort_by_key(|at| natural[*at] / self.columns[*at].share);
        for at in order {
            let share = left * self.columns[at].share / shares;
            widths[at] = natural[at].min(share.max(NARROWEST).max(display_width(self.columns[at].heading)));
            left = left.saturating_sub(widths[at]);
            shares -= self.columns[at].share;
        }
        widths
    }
}

fn push_row(text: &mut String, cells: &[Vec<Line>], widths: &[usize]) {
    let wrapped: Vec<Vec<(String, Style)>> =
        cells.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    for line in 0..height {
        let mut pending = 0;
        for (cell, width) in wrapped.iter().zip(widths) {
            let written = match cell.get(line).filter(|(content, _)| !content.is_empty()) {
                Some((content, style)) => {
                    text.extend(std::iter::repeat_n(' ', pending));
                    pending = 0;
                    text.push_str(&format!("{style}{content}{style:#}"));
                    display_width(content)
                }
                None => 0,
            };
            // Spaces are written only before something: no line ends with any.
            pending += width.saturating_sub(written) + GAP;
        }
        text.push('\n');
    }
}

fn wrap(lines: &[Line], width: usize) -> Vec<(String, Style)> {
    let indents = [String::new(), "  ".to_owned()];
    lines
        .iter()
        .flat_map(|line| {
            let options = textwrap::Options::new(width.max(1))
                .subsequent_indent(&indents[usize::from(line.indent > 0)])
                .word_separator(textwrap::WordSeparator::AsciiSpace)
                .word_splitter(textwrap::WordSplitter::NoHyphenation)
                .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
            let wrapped = textwrap::wrap(&line.text, options);
            wrapped.into_iter().map(|part| (part.into_owned(), line.style)).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let mut grid = Grid::new(vec![fixed("NO"), flexible("TEXT", 2), flexible("WHAT", 1)], true);
        grid.row(vec![
            vec![Line::plain("1")],
            vec![Line::plain("Die Brücke war seit vierzig Jahren nicht mehr gesperrt gewesen.")],
            vec![Line::plain("vierzig Jahren → P40Y").hanging()],
        ]);
        grid.row(vec![vec![Line::plain("12")], vec![Line::plain("東京タワーは世界一")], vec![]]);
        grid
    }

    #[test]
    fn wraps_cells_to_the_width() {
        insta::assert_snapshot!(anstream::adapter::strip_str(&grid().render(44)), @r#"
    NO  TEXT                        WHAT
    1   Die Brücke war seit         vierzig
        vierzig Jahren nicht mehr     Jahren →
        gesperrt gewesen.             P40Y

    12  東京タワーは世界一
    "#);
    }

    #[test]
    fn keeps_to_the_width_where_it_can() {
        for width in [30, 44, 60, 80, 200] {
            let text = anstream::adapter::strip_str(&grid().render(width)).to_string();
            assert!(text.lines().all(|line| display_width(line) <= width), "{width}:\n{text}");
        }
    }

    #[test]
    fn survives_a_terminal_of_no_width() {
        assert!(!grid().render(0).is_empty());
    }
}
