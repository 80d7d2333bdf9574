//! The part of a list that is loaded: pages around the cursor, never all of it.

use std::{
    cell::Cell,
    collections::{HashSet, VecDeque},
    sync::Arc,
};

use crate::proto::v1;

/// How many claims are asked for at once.
pub(super) const PAGE_SIZE: u32 = 100;
/// How many pages stay loaded.
const KEPT_PAGES: usize = 12;
/// How near to the end of what is loaded the cursor may come before the next page is asked for.
const AHEAD: usize = 60;

/// A page of the list that is to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Its number, counted from 0.
    pub(super) page: usize,
    pub(super) token: String,
}

#[derive(Debug)]
struct Page {
    /// The place of its first claim in the list.
    start: usize,
    claims: Vec<Arc<v1::Claim>>,
}

/// A list, as far as it is loaded, with a cursor on one of its claims. Places are counted from the list's beginning.
#[derive(Debug)]
pub(super) struct Window {
    pages: VecDeque<Page>,
    /// The number of the first page that is loaded.
    first: usize,
    /// The tokens of all pages known of, by their numbers; none of the first.
    tokens: Vec<String>,
    /// Where each page before the loaded ones began.
    starts: Vec<usize>,
    /// Whether the last page is among those loaded before.
    complete: bool,
    /// The page that was asked for.
    loading: Option<usize>,
    kept: usize,
    cursor: usize,
    /// The place of the first claim on the screen.
    top: usize,
    /// How many claims were looked at: what drawing costs.
    looked_at: Cell<usize>,
}

impl Default for Window {
    fn default() -> Self {
        Self::keeping(KEPT_PAGES)
    }
}

impl Window {
    fn keeping(kept: usize) -> Self {
        Self {
            pages: VecDeque::new(),
            first: 0,
            tokens: vec![String::new()],
            starts: Vec::new(),
            complete: false,
            loading: None,
            kept,
            cursor: 0,
            top: 0,
            looked_at: Cell::new(0),
        }
    }

    /// A list that is loaded as a whole.
    pub(super) fn whole(claims: Vec<v1::Claim>) -> Self {
        let mut window = Self::keeping(usize::MAX);
        window.complete = true;
        let mut claims = claims.into_iter().map(Arc::new).peekable();
        while claims.peek().is_some() {
            let (start, claims) = (window.end(), claims.by_ref().take(PAGE_SIZE as usize).collect());
            window.pages.push_back(Page { start, claims });
        }
        window
    }

    /// The place behind the last claim that is loaded.
    pub(super) fn end(&self) -> usize {
        self.pages.back().map_or(0, |page| page.start + page.claims.len())
    }

    /// The place of the first claim that is loaded.
    pub(super) fn begin(&self) -> usize {
        self.pages.front().map_or(0, |page| page.start)
    }

    /// Whether the list ends with what is loaded.
    pub(super) fn ends(&self) -> bool {
        self.complete
    }

    pub(super) fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn top(&self) -> usize {
        self.top
    }

    /// How many claims were looked at by now.
    #[cfg(test)]
    pub(super) fn looked_at(&self) -> usize {
        self.looked_at.get()
    }

    /// The claim at a place, if it is loaded.
    pub(super) fn get(&self, place: usize) -> Option<&Arc<v1::Claim>> {
        self.looked_at.set(self.looked_at.get() + 1);
        let page = self.pages.partition_point(|page| page.start <= place).checked_sub(1)?;
        let page = &self.pages[page];
        page.claims.get(place - page.start)
    }

    /// The claim under the cursor.
    pub(super) fn selected(&self) -> Option<&Arc<v1::Claim>> {
        self.get(self.cursor)
    }

    /// All claims that are loaded, with their places.
    pub(super) fn loaded(&self) -> impl Iterator<Item = (usize, &Arc<v1::Claim>)> {
        self.pages
            .iter()
            .flat_map(|page| page.claims.iter().enumerate().map(|(at, claim)| (page.start + at, claim)))
    }

    /// Where a claim stands, if it is loaded.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.loaded().find(|(_, claim)| claim.name == name).map(|(place, _)| place)
    }

    /// Puts a claim in the place of the same one as it was.
    pub(super) fn replace(&mut self, claim: &Arc<v1::Claim>) {
        let page = self.pages.iter_mut().flat_map(|page| page.claims.iter_mut());
        for old in page.filter(|old| old.name == claim.name) {
            *old = claim.clone();
        }
    }

    /// Puts a claim behind the one under the cursor, and the cursor on it.
    pub(super) fn insert(&mut self, claim: Arc<v1::Claim>) {
        let Some(at) = self.pages.partition_point(|page| page.start <= self.cursor).checked_sub(1) else {
            self.pages.push_back(Page { start: 0, claims: vec![claim] });
            self.cursor = 0;
            return;
        };
        let page = &mut self.pages[at];
        let behind = (self.cursor - page.start + 1).min(page.claims.len());
        page.claims.insert(behind, claim);
        self.cursor = page.start + behind;
        for later in self.pages.iter_mut().skip(at + 1) {
            later.start += 1;
        }
    }

    /// Moves the cursor, as far as there are claims.
    pub(super) fn go(&mut self, place: usize) {
        self.cursor = place.clamp(self.begin(), self.end().saturating_sub(1).max(self.begin()));
    }

    /// Moves what is shown so that the cursor is on the screen, which has so many rows.
    pub(super) fn follow(&mut self, rows: usize) {
        let margin = 2.min(rows.saturating_sub(1) / 2);
        let lowest = self.cursor.saturating_sub(rows.saturating_sub(1 + margin));
        let highest = self.cursor.saturating_sub(margin);
        let last = self.end().saturating_sub(rows);
        self.top = self.top.clamp(lowest, highest.max(lowest)).min(last).max(self.begin().min(highest));
    }

    /// The page to ask for next, if there is one to ask for. It counts as asked for from then on.
    pub(super) fn want(&mut self) -> Option<Wanted> {
        if self.loading.is_some() {
            return None;
        }
        let page = if self.first > 0 && self.cursor < self.begin() + AHEAD {
            self.first - 1
        } else if !self.complete && self.cursor + AHEAD >= self.end() {
            self.first + self.pages.len()
        } else {
            return None;
        };
        let token = self.tokens.get(page)?.clone();
        self.loading = Some(page);
        Some(Wanted { page, token })
    }

    /// What was asked for does not come.
    pub(super) fn failed(&mut self) {
        self.loading = None;
    }

    /// Puts a page in. A claim that is loaded already stays where it is. The cursor stays on its claim.
    pub(super) fn fill(&mut self, number: usize, claims: Vec<Arc<v1::Claim>>, next: String) {
        self.loading = None;
        let known: HashSet<&str> = self.loaded().map(|(_, claim)| claim.name.as_str()).collect();
        let claims: Vec<_> =
            claims.into_iter().filter(|claim| !known.contains(claim.name.as_str())).collect();
        if number == self.first + self.pages.len() {
            self.complete = next.is_empty();
            self.tokens.truncate(number + 1);
            if !next.is_empty() {
                self.tokens.push(next);
            }
            self.pages.push_back(Page { start: self.end(), claims });
            while self.pages.len() > self.kept && self.cursor >= self.pages[1].start {
                if let Some(page) = self.pages.pop_front() {
                    self.starts.push(page.start);
                    self.first += 1;
                }
            }
        } else if number + 1 == self.first {
            // Since it was dropped the page may have become shorter or longer: all behind it moves along.
            let start = self.starts.pop().unwrap_or(0);
            let (was, is) = (self.begin(), start + claims.len());
            for page in &mut self.pages {
                page.start = page.start - was + is;
            }
            self.cursor = (self.cursor + is).saturating_sub(was);
            self.top = (self.top + is).saturating_sub(was);
            self.pages.push_front(Page { start, claims });
            self.first = number;
            while self.pages.len() > self.kept
                && self.pages.back().is_some_and(|page| self.cursor < page.start)
            {
                self.pages.pop_back();
                self.complete = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(range: std::ops::Range<usize>) -> Vec<Arc<v1::Claim>> {
        range.map(|at| Arc::new(v1::Claim { name: at.to_string(), ..v1::Claim::default() })).collect()
    }

    fn name(window: &Window, place: usize) -> &str {
        window.get(place).map_or("", |claim| &claim.name)
    }

    /// Asks for pages of a list of this length as a service would give them.
    fn load(window: &mut Window, length: usize) -> usize {
        let mut asked = 0;
        while let Some(wanted) = window.want() {
            let start = wanted.token.parse().unwrap_or(0);
            let end = (start + PAGE_SIZE as usize).min(length);
            let next = if end < length { end.to_string() } else { String::new() };
            window.fill(wanted.page, page(start..end), next);
            asked += 1;
        }
        asked
    }

    #[test]
    fn only_pages_around_the_cursor_are_loaded() {
        let mut window = Window::default();
        assert_eq!(load(&mut window, 100_000), 1);
        while window.cursor() < 5_000 {
            window.go(window.cursor() + 37);
            load(&mut window, 100_000);
        }
        assert_eq!(name(&window, window.cursor()), window.cursor().to_string());
        assert!(window.loaded().count() <= (KEPT_PAGES + 1) * PAGE_SIZE as usize);
        assert!(window.begin() > 0, "what lies far behind was dropped");
        while window.cursor() > 0 {
            window.go(window.cursor().saturating_sub(41));
            load(&mut window, 100_000);
            assert_eq!(name(&window, window.cursor()), window.cursor().to_string());
        }
        assert!(window.loaded().count() <= (KEPT_PAGES + 1) * PAGE_SIZE as usize);
    }

    #[test]
    fn the_cursor_stays_on_its_claim_when_an_earlier_page_comes_back_shorter() {
        let mut window = Window::default();
        load(&mut window, 100_000);
        while window.begin() == 0 {
            window.go(window.cursor() + 50);
            load(&mut window, 100_000);
        }
        window.go(window.begin() + 10);
        let under = name(&window, window.cursor()).to_owned();
        let wanted = window.want().expect("the page before");
        let first: usize = wanted.token.parse().unwrap_or(0);
        window.fill(wanted.page, page(first..first + 70), String::new());
        assert_eq!(name(&window, window.cursor()), under);
    }

    #[test]
    fn a_claim_is_put_behind_the_cursor_and_never_listed_twice() {
        let mut window = Window::default();
        window.fill(0, page(0..3), "3".to_owned());
        window.go(1);
        window.insert(page(5..6).remove(0));
        assert_eq!((window.cursor(), name(&window, 2), name(&window, 3)), (2, "5", "2"));
        window.fill(1, page(3..7), String::new());
        let names: Vec<&str> = window.loaded().map(|(_, claim)| claim.name.as_str()).collect();
        assert_eq!(names, ["0", "1", "5", "2", "3", "4", "6"]);
        assert!(window.ends() && window.want().is_none());
        let mut empty = Window::default();
        empty.insert(page(1..2).remove(0));
        assert_eq!(empty.selected().map(|claim| claim.name.as_str()), Some("1"));
    }

    #[test]
    fn the_cursor_is_always_on_the_screen() {
        let mut window = Window::whole((0..250).map(|_| v1::Claim::default()).collect());
        for place in [0, 10, 249, 100, 103, 0] {
            window.go(place);
            for rows in [1, 2, 3, 20] {
                window.follow(rows);
                assert!(window.top() <= place && place < window.top() + rows, "{place} of {rows}");
            }
        }
        window.go(10_000);
        assert_eq!(window.cursor(), 249);
    }
}
