//! What lies over the rest for a while: forms, questions, the help.

use ratatui::{
    Frame,
    layout::{Margin, Position, Rect},
    text::{Line, Span},
    widgets::{Block, BorderType, Clear, Paragraph},
};
use unicode_width::UnicodeWidthStr as _;

use super::{
    super::{
        action::Group,
        form::{Confirm, Form, Purpose, What},
        model::Model,
        theme::Role,
        update::COMMANDS,
        wrap::wrap,
    },
    middle_of,
};
use crate::client::name::short;

const LABEL: usize = 14;

fn boxed<'a>(title: &str, model: &Model) -> Block<'a> {
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(model.config.theme.style(Role::Key))
        .title(Span::styled(format!(" {title} "), model.config.theme.style(Role::Heading)))
}

/// A form: a label and its text for each field, which grows with what is typed.
pub(super) fn form(frame: &mut Frame, area: Rect, model: &Model, form: &Form) {
    let theme = &model.config.theme;
    let width = area.width.min(78);
    let room = (width as usize).saturating_sub(LABEL + 5).max(8);
    let mut lines: Vec<Line> = Vec::new();
    let mut cursor = None;
    for (at, field) in form.fields.iter().enumerate() {
        let focused = at == form.focus;
        let text = match field.what {
            What::Stance if field.input.text().is_empty() => "as the decision says",
            _ => field.input.text(),
        };
        let role = if focused { Role::Key } else { Role::Dim };
        let label = format!("{:<LABEL$}", field.what.label());
        if focused {
            // The cursor stands where the text before it ends.
            let before = wrap(&[(field.input.before(), theme.style(Role::Tab))], room, 0);
            let column = before.last().map_or(0, Line::width).min(room);
            cursor = Some((lines.len() + before.len() - 1, LABEL + column));
        }
        for (number, line) in wrap(&[(text, theme.style(Role::Tab))], room, 0).into_iter().enumerate() {
            let label = if number == 0 { label.clone() } else { " ".repeat(LABEL) };
            let mut spans = vec![Span::styled(label, theme.style(role))];
            spans.extend(line.spans);
            lines.push(Line::from(spans));
        }
    }
    lines.push(Line::default());
    let inner = (width as usize).saturating_sub(4);
    if form.problem.is_empty() {
        lines.extend(wrap(&[(hint(form), theme.style(Role::Dim))], inner, 0));
    } else {
        lines.extend(wrap(&[(&form.problem, theme.style(Role::Problem))], inner, 0));
    }
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    // At the foot, so that the article stays in sight.
    let place = Rect { y: area.y + area.height - height, height, ..middle_of(area, width, height) };
    let visible = (height as usize).saturating_sub(2);
    let skip = cursor.map_or(0, |(row, _)| (row + 1).saturating_sub(visible));
    frame.render_widget(Clear, place);
    let block = boxed(&title(form, model), model);
    let inside = block.inner(place).inner(Margin::new(1, 0));
    frame.render_widget(block, place);
    frame.render_widget(Paragraph::new(lines.into_iter().skip(skip).collect::<Vec<_>>()), inside);
    if let Some((row, column)) = cursor {
        let (x, y) =
            (u16::try_from(column).unwrap_or(0), u16::try_from(row.saturating_sub(skip)).unwrap_or(0));
        frame.set_cursor_position(Position { x: inside.x + x, y: inside.y + y });
    }
}

fn title(form: &Form, model: &Model) -> String {
    let whose = match form.is_for_marked() {
        true => format!("{} marked claims", model.marks.len()),
        false => short(&form.claim),
    };
    match form.purpose {
        Purpose::Evidence => format!("Evidence for {whose}"),
        Purpose::Note => format!("Note on {whose}"),
        Purpose::Correction => format!("How {whose} should read"),
        Purpose::Decide(verdict) => format!("{verdict}: what does it rest on? ({whose})"),
    }
}

fn hint(form: &Form) -> &'static str {
    match form.purpose {
        Purpose::Decide(_) => {
            "It needs an address or a note. Enter: decide · Tab: next field · Alt-Enter: new line · Esc: leave"
        }
        Purpose::Evidence => "Enter: done · Tab: next field · ←/→ turns the stance · Esc: leave",
        Purpose::Note | Purpose::Correction => "Enter: done · Alt-Enter: new line · Esc: leave",
    }
}

/// A question.
pub(super) fn confirm(frame: &mut Frame, area: Rect, model: &Model, confirm: &Confirm) {
    let theme = &model.config.theme;
    let width = area.width.min(60);
    let mut lines =
        wrap(&[(&confirm.question, theme.style(Role::Tab))], (width as usize).saturating_sub(4), 0);
    lines.push(Line::default());
    lines.push(Line::from(vec![
        Span::styled("y", theme.style(Role::Key)),
        Span::raw(" yes   "),
        Span::styled("n", theme.style(Role::Key)),
        Span::raw(" no"),
    ]));
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let place = middle_of(area, width, height);
    frame.render_widget(Clear, place);
    let block = boxed("Sure?", model);
    frame.render_widget(Paragraph::new(lines), block.inner(place).inner(Margin::new(1, 0)));
    frame.render_widget(block, place);
}

/// All keys, as they are now, and the commands that are no key's.
pub(super) fn help(frame: &mut Frame, area: Rect, model: &Model, scroll: usize) {
    let theme = &model.config.theme;
    let groups = Group::ALL.map(|group| (group.title(), model.config.keymap.help(group)));
    let commands: Vec<(String, &'static str)> = COMMANDS
        .iter()
        .map(|(name, takes, help)| (format!(":{name} {takes}").trim_end().to_owned(), *help))
        .collect();
    let all = groups.into_iter().chain([("Commands", commands)]);
    let mut lines = Vec::new();
    let width = (area.width as usize).saturating_sub(4);
    let column = 24.min(width / 3);
    for (title, entries) in all {
        lines.push(Line::styled(title, theme.style(Role::Heading)));
        for (keys, help) in entries {
            let gap = " ".repeat(column.saturating_sub(keys.width()).max(1));
            let parts = [
                (keys.as_str(), theme.style(Role::Key)),
                (gap.as_str(), theme.style(Role::Tab)),
                (help, theme.style(Role::Tab)),
            ];
            lines.extend(wrap(&parts, width, column));
        }
    }
    lines.push(Line::styled("Signs of the list", theme.style(Role::Heading)));
    lines.extend(wrap(
        &[(
            "· open  ~ open again, or waits for another reviewer  ✓ verified  ✗ disputed  ? unverifiable  − dismissed  ● marked  ◆ yours  \
             ✎ draft  ↑ being stored  ! changed meanwhile",
            theme.style(Role::Tab),
        )],
        width,
        0,
    ));
    let visible = (area.height as usize).saturating_sub(2);
    let scroll = scroll.min(lines.len().saturating_sub(visible));
    let more = lines.len() > scroll + visible;
    let title =
        if more { "Keys — ↓ for more, any other key goes back" } else { "Keys — any key goes back" };
    frame.render_widget(Clear, area);
    let block = boxed(title, model);
    frame.render_widget(
        Paragraph::new(lines.into_iter().skip(scroll).collect::<Vec<_>>()),
        block.inner(area).inner(Margin::new(1, 0)),
    );
    frame.render_widget(block, area);
}
