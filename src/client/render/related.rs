//! Claims beside a claim: earlier ones that may say the same, and others that may contradict it.

use anstyle::Style;

use super::{DIM, Look, state_style};
use crate::{
    client::{
        grid::{Grid, Line, fixed, flexible},
        name,
        value::clean,
    },
    proto::v1,
};

/// Suggestions as a table below the claim; nothing where there are none.
pub(super) fn suggestions(suggestions: &[v1::Suggestion], look: &Look) -> String {
    if suggestions.is_empty() {
        return String::new();
    }
    let columns =
        vec![fixed("SEEN BEFORE"), fixed("STATE"), fixed("ALIKE"), flexible("QUOTE", 3), flexible("WHY", 2)];
    let mut grid = Grid::new(columns, true);
    for one in suggestions {
        grid.row(vec![
            vec![Line::styled(name::short(&one.claim), Style::new().bold())],
            vec![Line::styled(&one.state, state_style(&one.state))],
            vec![Line::plain(format!("{:.2}", one.score))],
            quote(&one.quote, &one.publisher, &one.publish_date),
            one.reasons.iter().map(|reason| Line::plain(clean(reason)).hanging()).collect(),
        ]);
    }
    format!("\n{}", grid.render(look.width))
}

/// Possible contradictions as a table below the claim; nothing where there are none.
pub(super) fn contradictions(contradictions: &[v1::PossibleContradiction], look: &Look) -> String {
    if contradictions.is_empty() {
        return String::new();
    }
    let columns = vec![fixed("SAID OTHERWISE"), fixed("STATE"), flexible("QUOTE", 3), flexible("WHAT", 2)];
    let mut grid = Grid::new(columns, true);
    for one in contradictions {
        grid.row(vec![
            vec![Line::styled(name::short(&one.claim), Style::new().bold())],
            vec![Line::styled(&one.state, state_style(&one.state))],
            quote(&one.quote, &one.publisher, &one.publish_date),
            vec![Line::plain(format!("{}: {}", one.point_id, clean(&one.derivation))).hanging()],
        ]);
    }
    format!("\n{}", grid.render(look.width))
}

fn quote(quote: &str, publisher: &str, publish_date: &str) -> Vec<Line> {
    let mut lines = vec![Line::plain(clean(quote))];
    let from: Vec<&str> = [publisher, publish_date].into_iter().filter(|part| !part.is_empty()).collect();
    if !from.is_empty() {
        lines.push(Line::styled(clean(&from.join(", ")), DIM));
    }
    lines
}
