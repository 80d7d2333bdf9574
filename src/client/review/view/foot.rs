//! The two lines at the foot: whose claim it is and for how long, how it is with the connection, and what to do.

use jiff::Timestamp;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};
use unicode_width::UnicodeWidthStr as _;

use super::super::{
    action::Action,
    form::{self, Prompt},
    model::{Link, Model},
    theme::Role,
};
use crate::client::name::short;

/// What the hints name, the most used first.
const HINTS: [(Action, &str); 12] = [
    (Action::Next, "next"),
    (Action::Verify, "verify"),
    (Action::Dispute, "dispute"),
    (Action::Unverifiable, "unverifiable"),
    (Action::Dismiss, "dismiss"),
    (Action::Evidence, "evidence"),
    (Action::Note, "note"),
    (Action::Skip, "skip"),
    (Action::Undo, "undo"),
    (Action::Help, "help"),
    (Action::Search, "search"),
    (Action::Quit, "quit"),
];

pub(super) fn draw(frame: &mut Frame, area: Rect, model: &Model) {
    let [status, hints] = Layout::vertical([Constraint::Length(1), Constraint::Length(1)]).areas(area);
    let right = done(model);
    let width = u16::try_from(right.width()).unwrap_or(u16::MAX);
    let [left, tally] = Layout::horizontal([Constraint::Min(1), Constraint::Length(width)]).areas(status);
    frame.render_widget(Paragraph::new(held(model)), left);
    frame.render_widget(Paragraph::new(right), tally);
    frame.render_widget(Paragraph::new(notice(model, hints.width as usize)), hints);
}

fn held(model: &Model) -> Line<'static> {
    let theme = &model.config.theme;
    let mut spans = Vec::new();
    if let Link::Lost { since } = model.link {
        let seconds = elapsed(since, model.now);
        let text = format!("Connection lost {seconds} s ago · ");
        spans.push(Span::styled(text, theme.style(Role::Problem)));
    }
    if !model.orders.is_empty() {
        let text = format!("{} being stored · ", model.orders.len());
        spans.push(Span::styled(text, theme.style(Role::Warning)));
    }
    match &model.lease {
        Some(lease) => {
            let left = elapsed(model.now, lease.until);
            let name = short(&lease.claim);
            spans.push(Span::raw(format!("◆ {name} is yours for {}:{:02}", left / 60, left % 60)));
        }
        None if model.awaiting.is_some() => spans.push(Span::raw("Looking for the next claim …")),
        None => spans.push(Span::styled("No claim is taken", theme.style(Role::Dim))),
    }
    if !model.marks.is_empty() {
        let text = format!(" · {} marked", model.marks.len());
        spans.push(Span::styled(text, theme.style(Role::Mark)));
    }
    if model.arrived > 0 {
        let key = model.config.keymap.key(Action::Refresh);
        let text = format!(" · {} new: {key} lists them", model.arrived);
        spans.push(Span::styled(text, theme.style(Role::Key)));
    }
    Line::from(spans)
}

fn done(model: &Model) -> String {
    let pace = model.tally.per_hour(model.now).map(|pace| format!(", {pace}/h")).unwrap_or_default();
    format!(" {} · {} decided{pace}", model.reviewer, model.tally.count())
}

fn notice(model: &Model, width: usize) -> Line<'static> {
    let theme = &model.config.theme;
    if let Some(notice) = &model.notice {
        let text = crate::client::value::clean(&notice.text);
        return Line::styled(super::super::wrap::shorten(&text, width), theme.style(notice.role));
    }
    let mut spans = Vec::new();
    let mut used = 0;
    for (action, what) in HINTS {
        let key = model.config.keymap.key(action);
        let wide = key.width() + what.width() + 3;
        if used + wide > width + 2 {
            break;
        }
        used += wide;
        spans.push(Span::styled(key, theme.style(Role::Key)));
        spans.push(Span::raw(format!(" {what}  ")));
    }
    Line::from(spans)
}

/// The line that is typed, in place of the hints.
pub(super) fn prompt(frame: &mut Frame, area: Rect, model: &Model, prompt: &Prompt) {
    let line = Rect { y: area.y + area.height.saturating_sub(1), height: 1, ..area };
    let sign = match prompt.line {
        form::Line::Search => "/",
        form::Line::Command => ":",
    };
    // The end of a long line is shown, where the cursor is.
    let room = (area.width as usize).saturating_sub(3);
    let before = prompt.input.before();
    let skip = before.char_indices().map(|(at, _)| at).find(|at| before[*at..].width() <= room).unwrap_or(0);
    let shown = format!("{sign}{}{}", &before[skip..], prompt.input.behind());
    frame.render_widget(ratatui::widgets::Clear, line);
    frame.render_widget(Paragraph::new(Span::styled(shown, model.config.theme.style(Role::Key))), line);
    let column = u16::try_from(1 + before[skip..].width()).unwrap_or(0);
    frame.set_cursor_position(Position { x: line.x + column, y: line.y });
}

fn elapsed(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second()).max(0)
}
