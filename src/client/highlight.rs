//! An article with its claims highlighted in place.

use std::{collections::BTreeMap, fmt::Write as _};

use anstyle::Style;

use super::{
    name,
    render::{Look, state_style},
    value::{clean, printable},
};
use crate::proto::v1;

const DIM: Style = Style::new().dimmed();

/// What begins or ends at a place of the text. Ends come before beginnings, and outer things begin before inner ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Edge {
    PointEnds,
    ClaimEnds(usize),
    ClaimBegins(usize),
    PointBegins,
}

/// The text with its claims in the colours of their states and the points in them underlined; without colours, claims
/// stand in brackets with their numbers and points between stars. A legend follows.
pub(super) fn article(article: &v1::Article, claims: &[v1::Claim], look: &Look) -> String {
    let mut text = String::new();
    let bold = Style::new().bold();
    if !article.title.is_empty() {
        let _ = writeln!(text, "{bold}{}{bold:#}\n", clean(&article.title));
    }
    let marked = mark(&article.text, claims, look.colored);
    let width = look.width.clamp(20, 100);
    for paragraph in marked.lines() {
        wrap(&mut text, paragraph, width);
    }
    carry_styles(text.trim_end()) + &legend(claims, look)
}

/// The text with what shows its claims and points.
fn mark(text: &str, claims: &[v1::Claim], colored: bool) -> String {
    let edges = edges(claims);
    let mut next = edges.iter().peekable();
    let mut marked = String::with_capacity(text.len() * 2);
    let mut open: Vec<usize> = Vec::new();
    let mut points = 0_usize;
    let ends = [(text.chars().count(), '\n')];
    for (at, c) in text.chars().enumerate().chain(ends) {
        while let Some((_, edge)) = next.next_if(|(place, _)| *place as usize <= at) {
            apply(*edge, claims, colored, &mut marked, &mut open, &mut points);
        }
        marked.push_str(&printable(c.encode_utf8(&mut [0; 4])));
    }
    marked
}

fn edges(claims: &[v1::Claim]) -> Vec<(u32, Edge)> {
    let mut edges = Vec::new();
    for (at, claim) in claims.iter().enumerate() {
        let Some(span) = claim.span.filter(|span| span.start < span.end) else { continue };
        edges.extend([(span.start, Edge::ClaimBegins(at)), (span.end, Edge::ClaimEnds(at))]);
        for point in
            claim.points.iter().filter_map(|point| point.span).filter(|point| point.start < point.end)
        {
            edges.extend([(point.start, Edge::PointBegins), (point.end, Edge::PointEnds)]);
        }
    }
    edges.sort_unstable();
    edges
}

fn apply(
    edge: Edge,
    claims: &[v1::Claim],
    colored: bool,
    marked: &mut String,
    open: &mut Vec<usize>,
    points: &mut usize,
) {
    match edge {
        Edge::ClaimBegins(claim) => open.push(claim),
        Edge::ClaimEnds(claim) => open.retain(|other| *other != claim),
        Edge::PointBegins => *points += 1,
        Edge::PointEnds => *points = points.saturating_sub(1),
    }
    if !colored {
        match edge {
            Edge::ClaimBegins(claim) => {
                let _ = write!(marked, "[{}: ", number(claims, claim));
            }
            Edge::ClaimEnds(_) => marked.push(']'),
            // Points may overlap: only the outermost ones are marked.
            Edge::PointBegins if *points == 1 => marked.push('*'),
            Edge::PointEnds if *points == 0 => marked.push('*'),
            _ => {}
        }
        return;
    }
    marked.push_str("\u{1b}[0m");
    let style = open.last().map(|claim| state_style(&claims[*claim].state));
    if let (Edge::ClaimBegins(claim), Some(style)) = (edge, style) {
        let number_style = style.bold().invert();
        let _ = write!(marked, "{number_style} {} \u{1b}[0m\u{a0}", number(claims, claim));
    }
    if let Some(style) = style {
        let style = if *points > 0 { style.bold().underline() } else { style };
        let _ = write!(marked, "{style}");
    }
}

fn number(claims: &[v1::Claim], claim: usize) -> String {
    match claims[claim].name.as_str() {
        "" => (claim + 1).to_string(),
        name => name::last(name).to_owned(),
    }
}

fn wrap(text: &mut String, paragraph: &str, width: usize) {
    let options = textwrap::Options::new(width)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
    for line in textwrap::wrap(paragraph, options) {
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

/// Ends the styles at the end of each line and takes them up again on the next: pagers forget them there.
fn carry_styles(text: &str) -> String {
    let mut carried = String::with_capacity(text.len());
    let mut active = String::new();
    for line in text.lines() {
        carried.push_str(&active);
        carried.push_str(line);
        for sequence in line.split('\u{1b}').skip(1) {
            let Some(end) = sequence.find('m') else { continue };
            match &sequence[..=end] {
                "[0m" => active.clear(),
                sequence => {
                    active.push('\u{1b}');
                    active.push_str(sequence);
                }
            }
        }
        if !active.is_empty() {
            carried.push_str("\u{1b}[0m");
        }
        carried.push('\n');
    }
    carried
}

fn legend(claims: &[v1::Claim], look: &Look) -> String {
    let mut text = String::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for claim in claims {
        *counts.entry(claim.state.as_str()).or_default() += 1;
    }
    let states = counts
        .iter()
        .map(|(state, count)| {
            let style = state_style(state);
            let state = if state.is_empty() { "not stored" } else { state };
            format!("{style}{count} {state}{style:#}")
        })
        .collect::<Vec<_>>()
        .join(&format!("{DIM} · {DIM:#}"));
    let how = if look.colored {
        let point = Style::new().bold().underline();
        format!("{point}underlined{point:#}: a point to check")
    } else {
        "[7: …]: claim 7 · *…*: a point to check".to_owned()
    };
    let states = if states.is_empty() { "no claims".to_owned() } else { states };
    let _ = writeln!(text, "\n{DIM}──{DIM:#} {states} {DIM}──{DIM:#} {how}");
    if !look.colored {
        let decided =
            claims.iter().enumerate().filter(|(_, claim)| !matches!(claim.state.as_str(), "" | "UNREVIEWED"));
        for (at, claim) in decided {
            let _ = writeln!(text, "[{}] {}", number(claims, at), claim.state);
        }
    }
    for (at, claim) in claims.iter().enumerate().filter(|(_, claim)| claim.span.is_none()) {
        let style = state_style(&claim.state);
        let _ = writeln!(
            text,
            "Not in the text: {style}[{}: {}]{style:#}",
            number(claims, at),
            clean(&claim.quote)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(number: u32, text: &str, quote: &str, point: &str, state: &str) -> v1::Claim {
        let span = |part: &str| {
            let start = text.find(part).map(|at| text[..at].chars().count()).expect("stands in the text");
            let length = part.chars().count();
            v1::Span {
                start: u32::try_from(start).expect("short"),
                end: u32::try_from(start + length).expect("short"),
            }
        };
        v1::Claim {
            name: format!("articles/a/claims/{number}"),
            quote: quote.to_owned(),
            span: Some(span(quote)),
            points: vec![v1::Point {
                span: Some(span(point)),
                text: point.to_owned(),
                ..v1::Point::default()
            }],
            state: state.to_owned(),
            ..v1::Claim::default()
        }
    }

    fn example() -> (v1::Article, Vec<v1::Claim>) {
        let text = "Vor der Brücke\r\n\r\nDie Brücke ist \u{1F309} seit 40 Jahren gesperrt. Das kostet 3 Millionen Euro. Schön!";
        let claims = vec![
            claim(1, text, "Die Brücke ist \u{1F309} seit 40 Jahren gesperrt.", "40 Jahren", "VERIFIED"),
            claim(2, text, "Das kostet 3 Millionen Euro.", "3 Millionen Euro", "UNREVIEWED"),
            v1::Claim {
                span: None,
                points: vec![],
                quote: "Von Hand.".to_owned(),
                ..claim(3, text, "Das", "Das", "DISPUTED")
            },
        ];
        (v1::Article { text: text.to_owned(), title: "Brücke".to_owned(), ..v1::Article::default() }, claims)
    }

    #[test]
    fn without_colours_brackets_show_the_claims() {
        let (text, claims) = example();
        let look = Look { width: 50, wide: false, colored: false };
        insta::assert_snapshot!(anstream::adapter::strip_str(&article(&text, &claims, &look)), @r#"
    Brücke

    Vor der Brücke

    [1: Die Brücke ist 🌉 seit *40 Jahren* gesperrt.]
    [2: Das kostet *3 Millionen Euro*.] Schön!

    ── 1 DISPUTED · 1 UNREVIEWED · 1 VERIFIED ── [7: …]: claim 7 · *…*: a point to check
    [1] VERIFIED
    [3] DISPUTED
    Not in the text: [3: Von Hand.]
    "#);
    }

    #[test]
    fn with_colours_no_style_reaches_over_the_end_of_a_line() {
        let (text, claims) = example();
        let look = Look { width: 40, wide: false, colored: true };
        insta::assert_snapshot!(article(&text, &claims, &look).replace('\u{1b}', "^"), @r#"
    ^[1mBrücke^[0m

    Vor der Brücke

    ^[0m^[1m^[7m^[32m 1 ^[0m ^[32mDie Brücke ist 🌉 seit ^[0m^[1m^[4m^[32m40 Jahren^[0m^[32m^[0m
    ^[32mgesperrt.^[0m ^[0m^[1m^[7m^[33m 2 ^[0m ^[33mDas kostet ^[0m^[1m^[4m^[33m3 Millionen^[0m
    ^[1m^[4m^[33mEuro^[0m^[33m.^[0m Schön!

    ^[2m──^[0m ^[31m1 DISPUTED^[0m^[2m · ^[0m^[33m1 UNREVIEWED^[0m^[2m · ^[0m^[32m1 VERIFIED^[0m ^[2m──^[0m ^[1m^[4munderlined^[0m: a point to check
    Not in the text: ^[31m[3: Von Hand.]^[0m
    "#);
    }

    #[test]
    fn overlapping_and_impossible_spans_do_no_harm() {
        let span = |start, end| Some(v1::Span { start, end });
        let claim = |start, end| v1::Claim { span: span(start, end), ..v1::Claim::default() };
        let claims = [claim(0, 5), claim(3, 8), claim(7, 2), claim(100, 200), claim(4, 4)];
        let text = v1::Article { text: "abcdefghij".to_owned(), ..v1::Article::default() };
        for colored in [true, false] {
            let shown = article(&text, &claims, &Look { width: 0, wide: false, colored });
            assert!(shown.contains('j'));
        }
    }
}
