//! What there is to know of the selected claim: its place in the article, and all that is on record.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::Line,
    widgets::Paragraph,
};

use super::super::{
    action::Action,
    draft::{Draft, Piece},
    model::{Model, Record},
    theme::{Role, Theme},
    wrap::{shorten, wrap},
};
use crate::{
    client::{
        name::{article_of, last, short},
        render::lineage,
        value::{self, clean, moment, printable},
    },
    proto::v1,
};

pub(super) fn draw(frame: &mut Frame, area: Rect, model: &mut Model) {
    let Some(claim) = model.selected().cloned() else { return };
    let theme = &model.config.theme;
    let article = model.article(article_of(&claim.name));
    let about = article.map(|article| about(article.article())).unwrap_or_default();
    let share = if model.article_large { 75 } else { 40 };
    let most = usize::from(area.height.saturating_sub(1)) * share / 100;
    let width = area.width as usize;
    let around = match article {
        Some(article) => article.around(&claim, (width, most), model.article_scroll, theme),
        None => wrap(&[(&printable(&claim.quote), theme.style(Role::Claim))], width, 0),
    };
    let taken = u16::try_from(around.len().min(most)).unwrap_or(0);
    let [head, text, rule, rest] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(taken),
        Constraint::Length(1),
        Constraint::Min(1),
    ])
    .areas(area);
    let about = shorten(&about, width);
    frame.render_widget(Paragraph::new(Line::styled(about, theme.style(Role::Heading))), head);
    frame.render_widget(Paragraph::new(around), text);
    let line = "─".repeat(width);
    frame.render_widget(Paragraph::new(Line::styled(line, theme.style(Role::Border))), rule);
    let lines = known(model, &claim, rest.width as usize);
    // No further than to the last line.
    let scroll = model.scroll.min(lines.len().saturating_sub(rest.height as usize));
    let more = lines.len() > scroll + rest.height as usize;
    let shown: Vec<Line> = lines.into_iter().skip(scroll).take(rest.height as usize).collect();
    frame.render_widget(Paragraph::new(shown), rest);
    if more && rest.width > 2 && rest.height > 0 {
        let corner = Rect { x: rest.x + rest.width - 1, y: rest.y + rest.height - 1, width: 1, height: 1 };
        frame.render_widget(Paragraph::new(Line::styled("↓", theme.style(Role::Key))), corner);
    }
    model.scroll = scroll;
}

/// An article on a line: publisher, date, title.
fn about(article: &v1::Article) -> String {
    let parts = [&article.publisher, &article.publish_date, &article.title, &article.uri];
    let said: Vec<String> =
        parts.into_iter().filter(|part| !part.is_empty()).map(|part| clean(part)).collect();
    said.join(" · ")
}

/// Lines of text, section by section.
struct Page<'a> {
    lines: Vec<Line<'static>>,
    width: usize,
    theme: &'a Theme,
}

impl Page<'_> {
    fn heading(&mut self, text: &str) {
        self.lines.push(Line::styled(text.to_owned(), self.theme.style(Role::Heading)));
    }

    /// A text with further lines indented.
    fn say(&mut self, parts: &[(&str, Role)], indent: usize) {
        let parts: Vec<(&str, Style)> =
            parts.iter().map(|(text, role)| (*text, self.theme.style(*role))).collect();
        self.lines.extend(wrap(&parts, self.width, indent));
    }
}

fn known(model: &Model, claim: &v1::Claim, width: usize) -> Vec<Line<'static>> {
    let mut page = Page { lines: Vec::new(), width, theme: &model.config.theme };
    heading(&mut page, model, claim);
    let draft = model.drafts.get(&claim.name).filter(|draft| !draft.is_empty());
    if let Some(draft) = draft {
        written(&mut page, draft);
    }
    points(&mut page, claim, draft);
    findings(&mut page, claim);
    sources(&mut page, claim);
    if let Some(record) = model.record(&claim.name) {
        seen_before(&mut page, model, record, draft);
        contradictions(&mut page, record);
        decisions(&mut page, record);
        history(&mut page, record);
    }
    if !claim.check_worthiness_reasons.is_empty() {
        page.heading("Worth a check");
        let reasons: Vec<String> =
            claim.check_worthiness_reasons.iter().map(|reason| clean(reason)).collect();
        page.say(&[(&reasons.join(", "), Role::Dim)], 0);
    }
    page.lines
}

fn heading(page: &mut Page, model: &Model, claim: &v1::Claim) {
    let state = match model.record(&claim.name).and_then(|record| record.reviews.last()) {
        Some(last) if claim.state == "UNREVIEWED" && last.verdict == "REOPENED" => "UNREVIEWED again",
        Some(_) if claim.state == "UNREVIEWED" => "UNREVIEWED, waits for another reviewer",
        _ => &claim.state,
    };
    let name = short(&claim.name);
    let said = format!("  {}  {}", claim.modality.to_lowercase(), claim.language);
    page.say(
        &[
            (&format!("{name}  "), Role::Tab),
            (state, Role::of_state(&claim.state)),
            (&format!("  {:.2}", claim.check_worthiness), Role::Tab),
            (&said, Role::Dim),
        ],
        2,
    );
    if let Some(elsewhere) = model.elsewhere.get(&claim.name) {
        let state = if elsewhere.state.is_empty() { "gone" } else { &elsewhere.state };
        let key = model.config.keymap.key(Action::Refresh);
        let actor = clean(&elsewhere.actor);
        let text = format!("It changed meanwhile: it is {state} now ({actor}). {key} lists it as it is.");
        page.say(&[(&text, Role::Warning)], 0);
    }
    if let Some(text) = lineage::long(claim) {
        page.say(&[(&text, Role::Warning)], 2);
    }
    if claim.span.is_none() {
        page.say(&[(&printable(&claim.quote), Role::Claim)], 0);
    }
}

fn written(page: &mut Page, draft: &Draft) {
    let title = match &draft.unsent {
        Some(unsent) => format!("Being stored: {}", unsent.verdict),
        None => "Yours, not sent yet".to_owned(),
    };
    page.heading(&title);
    let pieces = draft
        .evidence
        .iter()
        .map(|piece| (piece, ""))
        .chain(Some((&draft.unfinished, " (unfinished)")).filter(|(piece, _)| !piece.is_empty()));
    for (Piece { uri, quote, publisher, stance }, unfinished) in pieces {
        let words = [stance.to_lowercase(), clean(uri), clean(publisher)];
        let said: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        page.say(&[("+ ", Role::Mark), (&said.join(" "), Role::Tab), (unfinished, Role::Warning)], 2);
        if !quote.is_empty() {
            page.say(&[("  “", Role::Dim), (&clean(quote), Role::Dim), ("”", Role::Dim)], 2);
        }
    }
    for (label, text) in [("Note: ", &draft.note), ("It should read: ", &draft.correction)] {
        if !text.is_empty() {
            page.say(&[(label, Role::Mark), (printable(text).trim_end(), Role::Tab)], 2);
        }
    }
    let rests_on: Vec<String> = draft
        .point_ids
        .iter()
        .cloned()
        .chain((!draft.based_on.is_empty()).then(|| short(&draft.based_on)))
        .collect();
    if !rests_on.is_empty() {
        page.say(&[("Rests on ", Role::Mark), (&rests_on.join(", "), Role::Tab)], 2);
    }
}

fn points(page: &mut Page, claim: &v1::Claim, draft: Option<&Draft>) {
    if claim.points.is_empty() {
        return;
    }
    page.heading("Points");
    for (at, point) in claim.points.iter().enumerate() {
        let rests = draft.is_some_and(|draft| draft.point_ids.contains(&point.id));
        let sign = if rests { "●" } else { " " };
        let number = format!("{}{sign}", at + 1);
        let kind = format!("  {}", value::kind(point).to_lowercase());
        let interval = value::interval(point).map(|it| format!("  {it}")).unwrap_or_default();
        page.say(
            &[
                (&number, Role::Mark),
                (&value::point(point), Role::Value),
                (&kind, Role::Dim),
                (&interval, Role::Dim),
            ],
            4,
        );
        if !point.derivation.is_empty() {
            page.say(&[("  ", Role::Dim), (&clean(&point.derivation), Role::Dim)], 4);
        }
    }
}

fn findings(page: &mut Page, claim: &v1::Claim) {
    if claim.findings.is_empty() {
        return;
    }
    page.heading("What the text itself says");
    for finding in &claim.findings {
        let role = match finding.outcome.as_str() {
            "CONTRADICTED_BY_TEXT" => Role::Problem,
            "SUPPORTED_BY_TEXT" => Role::Verified,
            _ => Role::Dim,
        };
        let outcome = finding.outcome.to_lowercase().replace('_', " ");
        let point = format!("{} ", finding.point_id);
        page.say(
            &[
                (&point, Role::Mark),
                (&outcome, role),
                (": ", Role::Tab),
                (&clean(&finding.derivation), Role::Tab),
            ],
            3,
        );
    }
}

fn sources(page: &mut Page, claim: &v1::Claim) {
    if claim.sources.is_empty() {
        return;
    }
    page.heading("Sources");
    for source in &claim.sources {
        page.say(&[(&value::source(source), Role::Tab)], 2);
        if source.role == "EVIDENCE" && !source.quote.is_empty() {
            page.say(&[("  “", Role::Dim), (&clean(&source.quote), Role::Dim), ("”", Role::Dim)], 2);
        }
    }
}

fn seen_before(page: &mut Page, model: &Model, record: &Record, draft: Option<&Draft>) {
    if record.suggestions.is_empty() {
        return;
    }
    let keymap = &model.config.keymap;
    let (accept, like) = (keymap.key(Action::Accept), keymap.key(Action::Like));
    page.heading(&format!("Seen before: {accept} decides alike, {like} chooses"));
    for one in &record.suggestions {
        let rests = draft.is_some_and(|draft| draft.based_on == one.claim);
        let sign = if rests { "●" } else { " " };
        let alike = format!("  {:.2} alike", one.score);
        page.say(
            &[
                (sign, Role::Mark),
                (&one.state, Role::of_state(&one.state)),
                (&format!("  {}", short(&one.claim)), Role::Tab),
                (&alike, Role::Dim),
            ],
            3,
        );
        beside(page, &one.quote, &one.publisher, &one.publish_date);
        for reason in &one.reasons {
            page.say(&[("  ", Role::Dim), (&clean(reason), Role::Dim)], 4);
        }
    }
}

fn contradictions(page: &mut Page, record: &Record) {
    if record.contradictions.is_empty() {
        return;
    }
    page.heading("Said otherwise elsewhere");
    for one in &record.contradictions {
        page.say(
            &[
                (&format!("{} ", one.point_id), Role::Mark),
                (&clean(&one.derivation), Role::Warning),
                (&format!("  {}  ", short(&one.claim)), Role::Tab),
                (&one.state, Role::of_state(&one.state)),
            ],
            3,
        );
        beside(page, &one.quote, &one.publisher, &one.publish_date);
    }
}

/// What another claim says, and where.
fn beside(page: &mut Page, quote: &str, publisher: &str, publish_date: &str) {
    let from: Vec<String> =
        [publisher, publish_date].into_iter().filter(|part| !part.is_empty()).map(clean).collect();
    let from = if from.is_empty() { String::new() } else { format!("  {}", from.join(", ")) };
    page.say(&[("  “", Role::Dim), (&clean(quote), Role::Tab), ("”", Role::Dim), (&from, Role::Dim)], 3);
}

fn decisions(page: &mut Page, record: &Record) {
    if record.reviews.is_empty() {
        return;
    }
    page.heading("Decisions, the latest first");
    for review in record.reviews.iter().rev() {
        let state = if review.verdict == "REOPENED" { "UNREVIEWED" } else { &review.verdict };
        let when = format!(" {} {}", clean(&review.reviewer), moment(review.create_time.as_ref()));
        page.say(&[(&review.verdict, Role::of_state(state)), (&when, Role::Dim)], 2);
        for piece in &review.evidence {
            let said = format!("  {} {}", piece.stance.to_lowercase(), clean(&piece.uri));
            page.say(&[(&said, Role::Tab)], 4);
        }
        for (label, text) in [("", &review.note), ("It should read: ", &review.correction)] {
            if !text.is_empty() {
                page.say(&[("  ", Role::Dim), (label, Role::Dim), (&printable(text), Role::Tab)], 2);
            }
        }
    }
}

fn history(page: &mut Page, record: &Record) {
    if record.changes.is_empty() {
        return;
    }
    page.heading("History");
    for change in record.changes.iter().rev() {
        let kind = change.kind.to_lowercase().replace('_', " ");
        let when = moment(change.change_time.as_ref());
        let line = format!("{when}  {kind}  {}  #{}", clean(&change.actor), last(&change.name));
        page.say(&[(&line, Role::Dim)], 2);
    }
}
