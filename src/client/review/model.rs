//! What the screen knows: a value that only messages change (`update`), and that is drawn as it is (`view`).

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;

use super::{
    article::ArticleText,
    config::{Config, SavedFilter},
    draft::Draft,
    form::{Confirm, Form, Prompt},
    message::{Effect, Order},
    tally::Tally,
    theme::Role,
    window::Window,
};
use crate::{claim::Verdict, client::claims::both, proto::v1};

/// How far the claims of a tab are counted.
pub(super) const MAX_COUNT: u32 = 1000;
/// How many articles and records stay at hand.
const KEPT_ARTICLES: usize = 8;
const KEPT_RECORDS: usize = 32;

/// A saved filter with its list.
#[derive(Debug)]
pub(super) struct Tab {
    pub(super) saved: SavedFilter,
    /// What the reviewer searches for in it.
    pub(super) search: String,
    pub(super) window: Window,
    /// The list as it is loaded anew, which takes the place of the other once its first page is there.
    pub(super) anew: Option<Window>,
    pub(super) count: Option<u32>,
    /// Rises with each new question, so that answers to old ones are told apart.
    pub(super) generation: u64,
    /// The claim that the cursor was on before the list was loaded again.
    pub(super) return_to: Option<Arc<v1::Claim>>,
    /// Why nothing more is loaded.
    pub(super) problem: Option<String>,
}

/// What has the reviewer's attention.
#[derive(Debug)]
pub(super) enum Mode {
    List,
    Form(Form),
    Prompt(Prompt),
    Confirm(Confirm),
    /// The help, scrolled by so many lines.
    Help(usize),
    /// The terminal is an editor's.
    Away,
}

/// The claim that is the reviewer's for now.
#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) claim: String,
    pub(super) token: String,
    /// When it ends, by the clock of this machine.
    pub(super) until: Timestamp,
    /// Whether it is being made longer.
    pub(super) renewing: bool,
}

/// How it is with the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Up,
    Lost { since: Timestamp },
}

/// What happened to a claim elsewhere since it was listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Elsewhere {
    /// The state that it is in now; empty where it is gone.
    pub(super) state: String,
    pub(super) actor: String,
}

/// What is on record of a claim, and the claim as it was when that was read.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    pub(super) claim: v1::Claim,
    pub(super) reviews: Vec<v1::Review>,
    pub(super) changes: Vec<v1::Change>,
    /// Claims that were decided on and may say the same, the likest first.
    pub(super) suggestions: Vec<v1::Suggestion>,
    /// Claims of other articles that give another figure.
    pub(super) contradictions: Vec<v1::PossibleContradiction>,
}

/// A decision that can be taken back.
#[derive(Debug, Clone)]
pub(super) struct Decided {
    /// The order that it was sent with.
    pub(super) order: String,
    pub(super) claims: Vec<String>,
    /// What it rested on, for a second try.
    pub(super) draft: Draft,
}

/// Something to tell the reviewer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) role: Role,
}

/// All that the screen knows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) now: Timestamp,
    pub(super) reviewer: String,
    pub(super) config: Config,
    /// How long a claim is leased at a time.
    pub(super) lease_time: Duration,
    pub(super) tabs: Vec<Tab>,
    pub(super) tab: usize,
    pub(super) mode: Mode,
    pub(super) lease: Option<Lease>,
    /// The claim that was asked for, and the decision on it that waits for the answer.
    pub(super) taking: Option<(String, Option<Verdict>)>,
    /// The decision after which the next claim is asked for.
    pub(super) advance_after: Option<String>,
    /// Whether the next claim was asked for, and how often the cursor had been moved by then.
    pub(super) awaiting: Option<u64>,
    pub(super) moves: u64,
    pub(super) articles: VecDeque<Arc<ArticleText>>,
    pub(super) records: VecDeque<Record>,
    pub(super) drafts: BTreeMap<String, Draft>,
    /// Decisions that have no answer yet, in their order.
    pub(super) orders: VecDeque<Order>,
    pub(super) decided: Vec<Decided>,
    pub(super) tally: Tally,
    pub(super) link: Link,
    pub(super) notice: Option<Notice>,
    pub(super) marks: BTreeSet<String>,
    pub(super) elsewhere: HashMap<String, Elsewhere>,
    /// Names and etags of claims as decisions of this session left them, whose news may come late.
    pub(super) settled: HashSet<(String, String)>,
    /// Claims that came in since the lists were loaded.
    pub(super) arrived: usize,
    /// Since when the counts are no longer right.
    pub(super) recount: Option<Timestamp>,
    /// How far what is known of the claim is scrolled.
    pub(super) scroll: usize,
    /// How far the article is scrolled from its claim; up where it is negative.
    pub(super) article_scroll: i32,
    /// Whether the article has most of the room.
    pub(super) article_large: bool,
    /// How many claims the list has room for, as it was drawn last.
    pub(super) rows: usize,
}

impl Tab {
    pub(super) fn new(saved: SavedFilter) -> Self {
        Self {
            saved,
            search: String::new(),
            window: Window::default(),
            anew: None,
            count: None,
            generation: 0,
            return_to: None,
            problem: None,
        }
    }

    /// The filter with the search in it.
    pub(super) fn filter(&self) -> String {
        both(Some(&self.saved.filter), std::slice::from_ref(&search_filter(&self.search)))
    }

    /// Loads the list anew; what is shown stays until it is there.
    pub(super) fn refresh(&mut self) {
        self.return_to = self.window.selected().cloned();
        self.anew = Some(Window::default());
        self.generation += 1;
        self.problem = None;
    }

    /// Forgets what is loaded, and loads another list.
    pub(super) fn replace(&mut self) {
        self.refresh();
        self.window = Window::default();
        self.return_to = None;
        self.count = None;
    }

    /// The list that is being loaded.
    pub(super) fn loading(&mut self) -> &mut Window {
        self.anew.as_mut().unwrap_or(&mut self.window)
    }
}

/// The condition of a search: the words, in any of their forms.
pub(super) fn search_filter(words: &str) -> String {
    match words.trim() {
        "" => String::new(),
        words => format!("text : \"{}\"", words.replace('\\', "\\\\").replace('"', "\\\"")),
    }
}

impl Model {
    pub(super) fn new(config: Config, reviewer: &str, lease_time: Duration, now: Timestamp) -> Self {
        Self {
            now,
            reviewer: reviewer.to_owned(),
            tabs: config.tabs.iter().cloned().map(Tab::new).collect(),
            config,
            lease_time,
            tab: 0,
            mode: Mode::List,
            lease: None,
            taking: None,
            advance_after: None,
            awaiting: None,
            moves: 0,
            articles: VecDeque::new(),
            records: VecDeque::new(),
            drafts: BTreeMap::new(),
            orders: VecDeque::new(),
            decided: Vec::new(),
            tally: Tally::new(now),
            link: Link::Up,
            notice: None,
            marks: BTreeSet::new(),
            elsewhere: HashMap::new(),
            settled: HashSet::new(),
            arrived: 0,
            recount: None,
            scroll: 0,
            article_scroll: 0,
            article_large: false,
            rows: 20,
        }
    }

    pub(super) fn current(&self) -> &Tab {
        &self.tabs[self.tab]
    }

    pub(super) fn current_mut(&mut self) -> &mut Tab {
        &mut self.tabs[self.tab]
    }

    /// The claim under the cursor.
    pub(super) fn selected(&self) -> Option<&Arc<v1::Claim>> {
        self.current().window.selected()
    }

    /// A claim that is listed.
    pub(super) fn listed_claim(&self, name: &str) -> Option<&Arc<v1::Claim>> {
        let mut windows = std::iter::once(self.current()).chain(&self.tabs).map(|tab| &tab.window);
        windows
            .find_map(|window| window.loaded().find(|(_, claim)| claim.name == name).map(|(_, claim)| claim))
    }

    /// The name of the claim under the cursor; empty where there is none.
    pub(super) fn selected_name(&self) -> String {
        self.selected().map(|claim| claim.name.clone()).unwrap_or_default()
    }

    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), role: Role::Key });
    }

    pub(super) fn warn(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), role: Role::Warning });
    }

    pub(super) fn complain(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), role: Role::Problem });
    }

    /// The lease on a claim, if it is the reviewer's.
    pub(super) fn lease_of(&self, claim: &str) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| lease.claim == claim)
    }

    /// Whether a decision on a claim is under way.
    pub(super) fn is_sending(&self, claim: &str) -> bool {
        self.orders.iter().any(|order| order.claims().any(|name| name == claim))
    }

    pub(super) fn record(&self, claim: &str) -> Option<&Record> {
        self.records.iter().find(|record| record.claim.name == claim)
    }

    pub(super) fn put_record(&mut self, record: Record) {
        self.records.retain(|old| old.claim.name != record.claim.name);
        self.records.push_back(record);
        if self.records.len() > KEPT_RECORDS {
            self.records.pop_front();
        }
    }

    pub(super) fn article(&self, name: &str) -> Option<&Arc<ArticleText>> {
        self.articles.iter().find(|article| article.name() == name)
    }

    pub(super) fn put_article(&mut self, article: Arc<ArticleText>) {
        self.articles.retain(|old| old.name() != article.name());
        self.articles.push_back(article);
        if self.articles.len() > KEPT_ARTICLES {
            self.articles.pop_front();
        }
    }

    /// Puts a claim in the place of the same one as it was, wherever it is listed.
    pub(super) fn replace(&mut self, claim: &v1::Claim) {
        let claim = Arc::new(claim.clone());
        for tab in &mut self.tabs {
            tab.window.replace(&claim);
        }
        self.elsewhere.remove(&claim.name);
    }

    /// The draft of a claim, to write in.
    pub(super) fn draft(&mut self, claim: &str) -> &mut Draft {
        self.drafts.entry(claim.to_owned()).or_insert_with(|| Draft::of(claim))
    }

    /// Has the draft of a claim kept as it is now.
    pub(super) fn keep_draft(&mut self, claim: &str, effects: &mut Vec<Effect>) {
        let Some(draft) = self.drafts.get(claim) else { return };
        effects.push(Effect::Keep(Box::new(draft.clone())));
        if draft.is_empty() {
            self.drafts.remove(claim);
        }
    }

    /// Throws the draft of a claim away.
    pub(super) fn drop_draft(&mut self, claim: &str, effects: &mut Vec<Effect>) {
        if self.drafts.remove(claim).is_some() {
            effects.push(Effect::Keep(Box::new(Draft::of(claim))));
        }
    }

    /// Drafts of single claims that have no decision yet.
    pub(super) fn open_drafts(&self) -> impl Iterator<Item = &Draft> {
        self.drafts.values().filter(|draft| draft.unsent.is_none() && draft.claim != super::draft::MARKED)
    }
}
