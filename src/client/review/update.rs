//! What happens to the model with each message, and what is wanted then. Pure: no input, no output, no clock.

mod answers;
mod deciding;
mod leasing;
mod writing;

pub(super) use writing::COMMANDS;

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{
    action::Action,
    draft::MARKED,
    form::{Confirmed, Line},
    message::{Effect, Message},
    model::{Link, Mode, Model},
    shelf::KeptLease,
};
use crate::client::name::article_of;

/// How long after a change the claims are counted again, in seconds.
const RECOUNT_AFTER: i64 = 2;

impl Model {
    /// What is wanted to begin with.
    pub(super) fn begin(&mut self, lease: Option<KeptLease>) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.count(&mut effects);
        if let Some(KeptLease { claim, token }) = lease {
            self.take_over(claim, token, &mut effects);
        }
        let unsent: Vec<_> = self.drafts.values().filter(|draft| draft.unsent.is_some()).cloned().collect();
        for draft in unsent {
            self.send_again(&draft, &mut effects);
        }
        let drafts = self.open_drafts().count();
        if drafts > 0 {
            let key = self.config.keymap.key(Action::Command);
            self.tell(format!(
                "{drafts} unfinished: {key}drafts goes through what you wrote and did not send."
            ));
        }
        self.want(&mut effects);
        effects
    }

    /// Takes a message in.
    pub(super) fn update(&mut self, message: Message) -> Vec<Effect> {
        let mut effects = Vec::new();
        let before = self.selected_name();
        let token_before = self.lease.as_ref().map(|lease| lease.token.clone());
        match message {
            Message::Key(key) if key.kind != KeyEventKind::Release => self.key(key, &mut effects),
            Message::Key(_) => {}
            Message::Paste(text) => self.paste(&text, &mut effects),
            Message::Redraw => effects.push(Effect::Clear),
            Message::Tick => self.tick(&mut effects),
            Message::Gone => effects.push(Effect::Quit),
            Message::Answer(answer) => self.answer(answer, &mut effects),
        }
        let held = self.lease.as_ref().map(|lease| lease.token.as_str());
        if held != token_before.as_deref() {
            effects.push(Effect::KeepLease(
                self.lease
                    .as_ref()
                    .map(|lease| KeptLease { claim: lease.claim.clone(), token: lease.token.clone() }),
            ));
        }
        if self.selected_name() != before {
            (self.scroll, self.article_scroll) = (0, 0);
            self.details(&mut effects);
        }
        self.want(&mut effects);
        effects
    }

    /// Asks for the page of the list that will be needed next.
    fn want(&mut self, effects: &mut Vec<Effect>) {
        let lost = self.link != Link::Up;
        let tab = self.tab;
        let current = self.current_mut();
        if lost || current.problem.is_some() {
            return;
        }
        if let Some(wanted) = current.loading().want() {
            let (generation, filter) = (current.generation, current.filter());
            let order_by = current.saved.order_by.clone();
            effects.push(Effect::List { tab, generation, wanted, filter, order_by });
        }
    }

    /// Asks for what there is of the selected claim.
    fn details(&mut self, effects: &mut Vec<Effect>) {
        let claim = self.selected_name();
        if !claim.is_empty() {
            let with_article = self.article(article_of(&claim)).is_none();
            effects.push(Effect::Details { claim, with_article });
        }
    }

    fn count(&mut self, effects: &mut Vec<Effect>) {
        self.recount = None;
        for (tab, it) in self.tabs.iter().enumerate() {
            effects.push(Effect::Count { tab, generation: it.generation, filter: it.filter() });
        }
    }

    fn tick(&mut self, effects: &mut Vec<Effect>) {
        self.renew(effects);
        let due = self.recount.is_some_and(|since| self.now.as_second() - since.as_second() >= RECOUNT_AFTER);
        if due && self.link == Link::Up {
            self.count(effects);
        }
    }

    fn key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        match &mut self.mode {
            Mode::List => {
                self.notice = None;
                match self.config.keymap.action(key) {
                    Some(action) => self.act(action, effects),
                    None if key.code == KeyCode::Esc => {}
                    None => {
                        let help = self.config.keymap.key(Action::Help);
                        self.warn(format!("This key does nothing; {help} shows those that do."));
                    }
                }
            }
            Mode::Form(_) => self.form_key(key, effects),
            Mode::Prompt(_) => self.prompt_key(key, effects),
            Mode::Confirm(_) => self.confirm_key(key, effects),
            Mode::Help(scroll) => match key.code {
                KeyCode::Down | KeyCode::Char('j' | ' ') | KeyCode::PageDown => *scroll += 5,
                KeyCode::Up | KeyCode::Char('k') | KeyCode::PageUp => *scroll = scroll.saturating_sub(5),
                _ => self.mode = Mode::List,
            },
            Mode::Away => {}
        }
    }

    fn confirm_key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Mode::Confirm(confirm) = std::mem::replace(&mut self.mode, Mode::List) else { return };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('y' | 'Y') if !control => match confirm.answer {
                Confirmed::Marked(verdict) => self.send_marked(verdict, effects),
                Confirmed::Discard => self.discard(effects),
                Confirmed::Quit => effects.push(Effect::Quit),
            },
            KeyCode::Char('n' | 'N' | 'c') | KeyCode::Esc => self.tell("Nothing was done."),
            // Anything else is no answer.
            _ => self.mode = Mode::Confirm(confirm),
        }
    }

    fn act(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let cursor = self.current().window.cursor();
        let page = self.rows.saturating_sub(2).max(1);
        match action {
            Action::Down => self.go(cursor + 1),
            Action::Up => self.go(cursor.saturating_sub(1)),
            Action::PageDown => self.go(cursor + page),
            Action::PageUp => self.go(cursor.saturating_sub(page)),
            Action::Top => self.go(0),
            Action::Bottom => self.go(usize::MAX),
            Action::NextTab => self.go_to_tab((self.tab + 1) % self.tabs.len()),
            Action::PreviousTab => self.go_to_tab((self.tab + self.tabs.len() - 1) % self.tabs.len()),
            Action::PreviewDown => self.scroll_by(5),
            Action::PreviewUp => self.scroll_by(-5),
            Action::Article => self.article_large = !self.article_large,
            Action::Take => self.take(effects),
            Action::Next => self.next(effects),
            Action::Skip => self.skip(effects),
            Action::Verify | Action::Dispute | Action::Unverifiable | Action::Dismiss => {
                if let Some(verdict) = action.verdict() {
                    self.decide(verdict, effects);
                }
            }
            Action::Evidence | Action::Note | Action::Correction => self.write(action, effects),
            Action::Point(number) => self.point(number, effects),
            Action::Like => self.like(effects),
            Action::Accept => self.accept(effects),
            Action::Discard => self.ask_to_discard(),
            Action::Undo => self.undo(effects),
            Action::Reopen => self.reopen(effects),
            Action::Mark => self.mark(),
            Action::MarkArticle => self.mark_article(),
            Action::Unmark => {
                self.marks.clear();
                self.tell("Nothing is marked.");
            }
            Action::Open => self.open(effects),
            Action::Copy => self.copy(effects),
            Action::Search => self.prompt(Line::Search),
            Action::Command => self.prompt(Line::Command),
            Action::Refresh => self.refresh(effects),
            Action::Redraw => effects.push(Effect::Clear),
            Action::Help => self.mode = Mode::Help(0),
            Action::Suspend => effects.push(Effect::Suspend),
            Action::Quit => self.quit(effects),
        }
    }

    /// Scrolls the article where it has most of the room, otherwise what is known of the claim.
    fn scroll_by(&mut self, lines: i32) {
        if self.article_large {
            self.article_scroll = self.article_scroll.saturating_add(lines);
        } else {
            self.scroll = self.scroll.saturating_add_signed(lines as isize);
        }
    }

    fn go(&mut self, place: usize) {
        self.moves += 1;
        let window = &mut self.current_mut().window;
        window.go(place);
        if place == usize::MAX && !window.ends() {
            self.tell("More are being loaded: the same key again goes further.");
        }
    }

    fn go_to_tab(&mut self, tab: usize) {
        self.moves += 1;
        self.tab = tab;
    }

    /// Lists again what there is now; the cursor stays on its claim as far as it can.
    fn refresh(&mut self, effects: &mut Vec<Effect>) {
        self.elsewhere.clear();
        self.records.clear();
        self.arrived = 0;
        for tab in &mut self.tabs {
            tab.refresh();
        }
        self.count(effects);
    }

    fn mark(&mut self) {
        let Some(claim) = self.selected() else { return };
        let name = claim.name.clone();
        if !self.marks.remove(&name) {
            self.marks.insert(name);
        }
        let cursor = self.current().window.cursor();
        self.go(cursor + 1);
    }

    fn mark_article(&mut self) {
        let selected = self.selected_name();
        let article = article_of(&selected).to_owned();
        let claims = self.current().window.loaded().map(|(_, claim)| claim);
        let of_article = claims.filter(|claim| article_of(&claim.name) == article);
        let open: Vec<String> =
            of_article.filter(|claim| claim.state == "UNREVIEWED").map(|claim| claim.name.clone()).collect();
        self.marks.extend(open);
        self.tell(format!("{} marked.", self.marks.len()));
    }

    fn open(&mut self, effects: &mut Vec<Effect>) {
        let Some(claim) = self.selected() else { return };
        let by_role =
            |role: &str| claim.sources.iter().find(|source| source.role == role && !source.uri.is_empty());
        match by_role("PUBLICATION").or_else(|| by_role("EVIDENCE")) {
            Some(source) => effects.push(Effect::Open(source.uri.clone())),
            None => self.warn("Neither the article nor its evidence has an address."),
        }
    }

    fn copy(&mut self, effects: &mut Vec<Effect>) {
        let Some(claim) = self.selected() else { return };
        effects.push(Effect::Copy(crate::client::value::clean(&claim.quote)));
        self.tell("The quote was sent to the terminal's clipboard.");
    }

    fn quit(&mut self, effects: &mut Vec<Effect>) {
        if self.orders.is_empty() {
            effects.push(Effect::Quit);
            return;
        }
        let question = format!(
            "{} not stored yet; what is kept here is sent at the next start. Leave?",
            match self.orders.len() {
                1 => "1 decision is".to_owned(),
                many => format!("{many} decisions are"),
            }
        );
        self.ask(question, Confirmed::Quit);
    }

    /// The draft that a key writes in: that of the marked claims, or of the selected one; its name.
    fn subject(&self) -> Option<String> {
        if self.marks.is_empty() {
            self.selected().map(|claim| claim.name.clone())
        } else {
            Some(MARKED.to_owned())
        }
    }
}

#[cfg(test)]
mod tests;
