//! The model as it is drawn. What is drawn costs what is visible, however many claims there are.

mod foot;
mod list;
mod overlay;
mod preview;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Block, Borders, Paragraph},
};
use unicode_width::UnicodeWidthStr as _;

use super::{
    model::{MAX_COUNT, Mode, Model, Tab},
    theme::Role,
};

/// From this width on, list and preview stand side by side.
const ROOMY: u16 = 90;

/// Draws the screen.
pub(super) fn draw(frame: &mut Frame, model: &mut Model) {
    let area = frame.area();
    let [tabs, middle, foot] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(2)]).areas(area);
    frame.render_widget(tab_line(model, tabs.width as usize), tabs);
    let (list, preview) = match area.width >= ROOMY {
        true => {
            let [list, preview] =
                Layout::horizontal([Constraint::Percentage(40), Constraint::Percentage(60)]).areas(middle);
            let border =
                Block::new().borders(Borders::LEFT).border_style(model.config.theme.style(Role::Border));
            let inner = border.inner(preview);
            frame.render_widget(border, preview);
            (list, inner)
        }
        false => {
            let [list, rule, preview] =
                Layout::vertical([Constraint::Percentage(35), Constraint::Length(1), Constraint::Min(1)])
                    .areas(middle);
            let border =
                Block::new().borders(Borders::TOP).border_style(model.config.theme.style(Role::Border));
            frame.render_widget(border, rule);
            (list, preview)
        }
    };
    list::draw(frame, list, model);
    preview::draw(frame, preview, model);
    foot::draw(frame, foot, model);
    match &model.mode {
        // Where there is room, the list stays in sight.
        Mode::Form(form) if preview.width >= 58 => overlay::form(frame, preview, model, form),
        Mode::Form(form) => overlay::form(frame, middle, model, form),
        Mode::Confirm(confirm) => overlay::confirm(frame, middle, model, confirm),
        Mode::Help(scroll) => overlay::help(frame, area, model, *scroll),
        Mode::Prompt(prompt) => foot::prompt(frame, foot, model, prompt),
        Mode::List | Mode::Away => {}
    }
}

/// The tabs with their counts; where there are too many for the line, those around the current one.
fn tab_line(model: &Model, width: usize) -> Paragraph<'static> {
    let labels: Vec<String> = model.tabs.iter().map(label).collect();
    let mut first = 0;
    let reach = |first: usize| labels[first..=model.tab].iter().map(|label| label.width()).sum::<usize>();
    while first < model.tab && reach(first) > width {
        first += 1;
    }
    let spans = labels.into_iter().enumerate().skip(first).map(|(at, label)| {
        let role = if at == model.tab { Role::ActiveTab } else { Role::Tab };
        Span::styled(label, model.config.theme.style(role))
    });
    Paragraph::new(Line::from_iter(spans))
}

fn label(tab: &Tab) -> String {
    let count = match tab.count {
        Some(count) if count >= MAX_COUNT => format!(" {MAX_COUNT}+"),
        Some(count) => format!(" {count}"),
        None => String::new(),
    };
    let search = if tab.search.is_empty() { String::new() } else { format!(" /{}", tab.search) };
    format!(" {}{search}{count} ", tab.saved.name)
}

/// A part of an area in its middle, as wide and high as asked as far as there is room.
fn middle_of(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
