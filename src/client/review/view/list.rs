//! The list of claims: a row for each that is visible.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Paragraph,
};

use super::super::{
    model::{Link, Model},
    theme::Role,
    wrap::shorten,
};
use crate::{client::value::clean, proto::v1};

/// No more of a quote is looked at for a row.
const LONGEST_QUOTE: usize = 1000;

pub(super) fn draw(frame: &mut Frame, area: Rect, model: &mut Model) {
    let rows = area.height as usize;
    model.rows = rows;
    let tab = model.tab;
    let window = &mut model.tabs[tab].window;
    window.follow(rows);
    let (top, end, cursor) = (window.top(), window.end(), window.cursor());
    if end == 0 {
        frame.render_widget(Paragraph::new(nothing(model)).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    let mut lines = Vec::with_capacity(rows);
    for place in top..(top + rows) {
        match model.current().window.get(place) {
            Some(claim) => lines.push(row(model, claim, place == cursor, area.width as usize)),
            None if place == end && model.current().window.is_loading() => {
                lines.push(Line::styled("     …", model.config.theme.style(Role::Dim)));
            }
            None => break,
        }
    }
    frame.render_widget(Paragraph::new(lines), area);
}

/// What is shown instead of claims.
fn nothing(model: &Model) -> String {
    let tab = model.current();
    match &tab.problem {
        _ if matches!(model.link, Link::Lost { .. }) => "The service is away.".to_owned(),
        Some(problem) => problem.clone(),
        None if tab.window.is_loading() || !tab.window.ends() => "Loading …".to_owned(),
        None if tab.search.is_empty() => "No claim fits this tab.".to_owned(),
        None => "No claim of this tab has these words.".to_owned(),
    }
}

fn row(model: &Model, claim: &v1::Claim, under_cursor: bool, width: usize) -> Line<'static> {
    let theme = &model.config.theme;
    let name = &claim.name;
    let mark = if model.marks.contains(name) { "●" } else { " " };
    let (flag, flag_role) = flag(model, name);
    let sign = match claim.state.as_str() {
        "VERIFIED" => "✓",
        "DISPUTED" => "✗",
        "UNVERIFIABLE" => "?",
        "DISMISSED" => "−",
        _ if claim.review_count > 0 => "~",
        _ => "·",
    };
    let state = theme.style(Role::of_state(&claim.state));
    let decided = claim.state != "UNREVIEWED";
    let quote = claim.quote.get(..claim.quote.floor_char_boundary(LONGEST_QUOTE)).unwrap_or_default();
    let score = score(claim.check_worthiness);
    let used = 2 + 2 + 4 + 1;
    let style = |style: Style| if under_cursor { style.patch(theme.style(Role::Cursor)) } else { style };
    let text = if decided { theme.style(Role::Dim) } else { Style::new() };
    let quote = shorten(&clean(quote), width.saturating_sub(used));
    let padding =
        " ".repeat(width.saturating_sub(used + unicode_width::UnicodeWidthStr::width(quote.as_str())));
    Line::from(vec![
        Span::styled(mark, style(theme.style(Role::Mark))),
        Span::styled(flag, style(theme.style(flag_role))),
        Span::styled(format!("{sign} "), style(state)),
        Span::styled(format!("{score} "), style(theme.style(Role::Dim))),
        Span::styled(format!("{quote}{padding}"), style(text)),
    ])
}

/// What else there is to say of a claim in a single sign.
fn flag(model: &Model, name: &str) -> (&'static str, Role) {
    if model.elsewhere.contains_key(name) {
        ("!", Role::Warning)
    } else if model.is_sending(name) {
        ("↑", Role::Key)
    } else if model.lease_of(name).is_some() {
        ("◆", Role::Key)
    } else if model.drafts.get(name).is_some_and(|draft| !draft.is_empty()) {
        ("✎", Role::Mark)
    } else {
        (" ", Role::Dim)
    }
}

fn score(score: f64) -> String {
    if score.is_finite() { format!("{:.2}", score.clamp(0.0, 1.0)) } else { "   ?".to_owned() }
}
