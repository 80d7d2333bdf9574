//! What the reviewer types: forms, searches, commands.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::super::{
    action::{Action, ENTRIES},
    draft::MARKED,
    form::{Form, Line, Pressed, Prompt, Purpose},
    input::Input,
    message::Effect,
    model::{Mode, Model},
};
use crate::proto::v1;

/// The commands that are no key's, with what they take and do.
pub(in crate::client::review) const COMMANDS: [(&str, &str, &str); 6] = [
    ("tab", "NAME", "go to the tab of this name or number"),
    (
        "filter",
        "FILTER",
        "list the claims of this tab that fit, in the filter language of ListClaims; none takes it back",
    ),
    ("drafts", "", "go to the next claim that you wrote of and did not decide on"),
    ("note", "TEXT", "write the note here"),
    ("correction", "TEXT", "write here how it should read"),
    ("evidence", "ADDRESS TEXT", "add evidence and what it says"),
];

impl Model {
    /// Opens the form for evidence, the note or the correction.
    pub(super) fn write(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(subject) = self.subject() else { return };
        if subject != MARKED {
            self.begin_work(&subject, effects);
        }
        let draft = self.drafts.get(&subject);
        let purpose = match action {
            Action::Evidence => Purpose::Evidence,
            Action::Correction => Purpose::Correction,
            _ => {
                let text = draft.map(|draft| draft.note.clone()).unwrap_or_default();
                self.mode = Mode::Away;
                effects.push(Effect::Edit { claim: subject, text });
                return;
            }
        };
        self.mode = Mode::Form(Form::new(purpose, &subject, draft));
    }

    /// The note is typed on the screen, since there is no editor.
    pub(in crate::client::review) fn write_here(&mut self, claim: &str) {
        self.mode = Mode::Form(Form::new(Purpose::Note, claim, self.drafts.get(claim)));
    }

    /// Rests the decision on a point, or no longer.
    pub(super) fn point(&mut self, number: u8, effects: &mut Vec<Effect>) {
        let Some(claim) = self.selected().cloned() else { return };
        let Some(point) = claim.points.get(usize::from(number).saturating_sub(1)) else {
            self.warn(format!("There is no point {number}."));
            return;
        };
        let points = &mut self.draft(&claim.name).point_ids;
        match points.iter().position(|id| *id == point.id) {
            Some(at) => drop(points.remove(at)),
            None => points.push(point.id.clone()),
        }
        self.keep_draft(&claim.name, effects);
    }

    /// Rests the decision on the next claim that was decided on and may say the same; on none after the last.
    pub(super) fn like(&mut self, effects: &mut Vec<Effect>) {
        let Some(claim) = self.selected().map(|claim| claim.name.clone()) else { return };
        let Some(seen) = self.seen_before(&claim) else { return };
        let based_on = self.drafts.get(&claim).map(|draft| draft.based_on.as_str()).unwrap_or_default();
        let next = match seen.iter().position(|one| one.claim == based_on) {
            Some(at) => seen.get(at + 1),
            None => seen.first(),
        };
        let next = next.map(|one| one.claim.clone()).unwrap_or_default();
        self.begin_work(&claim, effects);
        self.draft(&claim).based_on = next;
        self.keep_draft(&claim, effects);
    }

    /// What was decided on before and may say the same as a claim; says so where there is nothing.
    pub(super) fn seen_before(&mut self, claim: &str) -> Option<Vec<v1::Suggestion>> {
        let seen = self.record(claim).map(|record| record.suggestions.clone());
        match seen {
            Some(seen) if !seen.is_empty() => return Some(seen),
            Some(_) => self.warn("Nothing that says the same was decided on before."),
            None => self.warn("What was seen before is still being looked up."),
        }
        None
    }

    pub(super) fn form_key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Mode::Form(form) = &mut self.mode else { return };
        let pressed = form.key(key);
        self.pressed(pressed, effects);
    }

    pub(super) fn paste(&mut self, text: &str, effects: &mut Vec<Effect>) {
        match &mut self.mode {
            Mode::Form(form) => {
                let pressed = form.typed(text);
                self.pressed(pressed, effects);
            }
            Mode::Prompt(prompt) => prompt.input.insert(text.trim(), false),
            _ => {}
        }
    }

    fn pressed(&mut self, pressed: Pressed, effects: &mut Vec<Effect>) {
        let Mode::Form(form) = std::mem::replace(&mut self.mode, Mode::List) else { return };
        match pressed {
            Pressed::Nothing => self.mode = Mode::Form(form),
            Pressed::Typed => {
                let draft = self.draft(&form.claim);
                form.write(draft);
                effects.push(Effect::Keep(Box::new(draft.clone())));
                self.mode = Mode::Form(form);
            }
            Pressed::Left => {
                self.keep_draft(&form.claim, effects);
                if self.drafts.contains_key(&form.claim) {
                    let discard = self.config.keymap.key(Action::Discard);
                    self.tell(format!("Kept as a draft; {discard} throws it away."));
                }
            }
            Pressed::Done => self.finish(form, effects),
        }
    }

    fn finish(&mut self, mut form: Form, effects: &mut Vec<Effect>) {
        let draft = self.draft(&form.claim);
        form.write(draft);
        if let Some(problem) = form.check(draft) {
            problem.clone_into(&mut form.problem);
            self.mode = Mode::Form(form);
            return;
        }
        match form.purpose {
            Purpose::Evidence => draft.finish_piece(),
            Purpose::Note | Purpose::Correction => {}
            Purpose::Decide(verdict) => {
                self.keep_draft(&form.claim, effects);
                self.go_ahead(&form.claim, verdict, effects);
                return;
            }
        }
        self.keep_draft(&form.claim, effects);
    }

    pub(super) fn prompt(&mut self, line: Line) {
        let text = match line {
            Line::Search => self.current().search.clone(),
            Line::Command => String::new(),
        };
        self.mode = Mode::Prompt(Prompt { line, input: Input::new(text) });
    }

    pub(super) fn prompt_key(&mut self, key: KeyEvent, effects: &mut Vec<Effect>) {
        let Mode::Prompt(mut prompt) = std::mem::replace(&mut self.mode, Mode::List) else { return };
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => {}
            KeyCode::Char('c' | 'g') if control => {}
            KeyCode::Enter => {
                let text = prompt.input.text().trim().to_owned();
                match prompt.line {
                    Line::Search => self.search(text, effects),
                    Line::Command => self.command(&text, effects),
                }
            }
            KeyCode::Tab if prompt.line == Line::Command => {
                complete(&mut prompt.input);
                self.mode = Mode::Prompt(prompt);
            }
            _ => {
                prompt.input.key(key);
                self.mode = Mode::Prompt(prompt);
            }
        }
    }

    /// Lists the claims of this tab whose quotes have these words; all where there are none.
    fn search(&mut self, words: String, effects: &mut Vec<Effect>) {
        let tab = self.tab;
        let current = self.current_mut();
        current.search = words;
        current.replace();
        effects.push(Effect::Count { tab, generation: current.generation, filter: current.filter() });
    }

    fn command(&mut self, text: &str, effects: &mut Vec<Effect>) {
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        let subject = self.subject();
        match name {
            "" => {}
            "tab" => self.tab_of(rest),
            "filter" => self.filter(rest, effects),
            "drafts" => self.next_draft(),
            "note" | "correction" | "evidence" if !rest.is_empty() => {
                let Some(subject) = subject else { return };
                let draft = self.draft(&subject);
                match name {
                    "note" => rest.clone_into(&mut draft.note),
                    "correction" => rest.clone_into(&mut draft.correction),
                    _ => {
                        let (uri, quote) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
                        uri.clone_into(&mut draft.unfinished.uri);
                        quote.trim().clone_into(&mut draft.unfinished.quote);
                        if let Some(problem) = draft.unfinished.problem() {
                            self.complain(problem);
                            return;
                        }
                        draft.finish_piece();
                    }
                }
                self.keep_draft(&subject, effects);
            }
            name => match Action::of(name).or_else(|| short_action(name)) {
                Some(action) => self.act(action, effects),
                None => self.warn(format!("There is no command \"{name}\".")),
            },
        }
    }

    fn tab_of(&mut self, given: &str) {
        let number = given.parse::<usize>().ok().filter(|number| (1..=self.tabs.len()).contains(number));
        let named = |name: &str| name.to_lowercase().starts_with(&given.to_lowercase());
        let place = number
            .map(|number| number - 1)
            .or_else(|| self.tabs.iter().position(|tab| named(&tab.saved.name)));
        match place.filter(|_| !given.is_empty()) {
            Some(place) => self.go_to_tab(place),
            None => self.warn(format!("There is no tab \"{given}\".")),
        }
    }

    fn filter(&mut self, filter: &str, effects: &mut Vec<Effect>) {
        let usual = self.config.tabs.get(self.tab).map(|tab| tab.filter.clone()).unwrap_or_default();
        let tab = self.tab;
        let current = self.current_mut();
        current.saved.filter =
            crate::client::claims::both(Some(&usual), std::slice::from_ref(&in_parentheses(filter)));
        current.replace();
        effects.push(Effect::Count { tab, generation: current.generation, filter: current.filter() });
    }

    /// Goes to the next claim of the list with a draft.
    fn next_draft(&mut self) {
        let cursor = self.current().window.cursor();
        let drafts: Vec<usize> = self
            .current()
            .window
            .loaded()
            .filter(|(_, claim)| self.drafts.contains_key(&claim.name))
            .map(|(place, _)| place)
            .collect();
        match drafts.iter().find(|place| **place > cursor).or_else(|| drafts.first()) {
            Some(place) => self.go(*place),
            None => self.tell("None of the claims listed here has a draft."),
        }
    }
}

fn in_parentheses(filter: &str) -> String {
    if filter.is_empty() { String::new() } else { format!("({filter})") }
}

/// The action whose name begins so, if there is only one; `q` is what people type to leave.
fn short_action(name: &str) -> Option<Action> {
    if name == "q" {
        return Some(Action::Quit);
    }
    let mut fitting = ENTRIES.iter().filter(|entry| entry.name.starts_with(name));
    fitting.next().filter(|_| fitting.next().is_none()).map(|entry| entry.action)
}

/// Completes a command's name.
fn complete(input: &mut Input) {
    let typed = input.text().to_owned();
    let names = ENTRIES.iter().map(|entry| entry.name).chain(COMMANDS.iter().map(|(name, ..)| *name));
    if let Some(name) =
        names.filter(|name| name.starts_with(&typed) && **name != *typed).min_by_key(|name| name.len())
    {
        *input = Input::new(name);
    }
}
