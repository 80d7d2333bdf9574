//! What can happen to the screen, and what it wants done about it.

use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::{article::ArticleText, draft::Draft, model::Record, shelf::KeptLease, window::Wanted};
use crate::proto::v1;

/// Something that happened.
#[derive(Debug)]
pub(super) enum Message {
    Key(KeyEvent),
    Paste(String),
    /// The terminal has another size, or is the screen's again.
    Redraw,
    /// Time has passed.
    Tick,
    /// The terminal is gone.
    Gone,
    /// What became of an effect.
    Answer(Answer),
}

/// What came back.
#[derive(Debug)]
pub(super) enum Answer {
    Listed {
        tab: usize,
        generation: u64,
        page: usize,
        claims: Vec<Arc<v1::Claim>>,
        next: String,
    },
    ListFailed {
        tab: usize,
        generation: u64,
        problem: Problem,
    },
    Counted {
        tab: usize,
        generation: u64,
        count: u32,
    },
    Details(Box<Details>),
    /// A claim that is the reviewer's now; none where none is free.
    Leased {
        wish: Wish,
        lease: Option<Box<v1::Lease>>,
    },
    LeaseFailed {
        wish: Wish,
        problem: Problem,
    },
    Renewed {
        claim: String,
        outcome: Result<(), Problem>,
    },
    /// What became of an order: of each of its claims, or of all.
    Sent {
        order: String,
        outcome: Result<Vec<Outcome>, Problem>,
    },
    /// Something happened to a claim, here or elsewhere.
    Changed(Box<v1::WatchClaimsResponse>),
    Connected,
    Lost,
    /// What an editor left, or why it could not be asked.
    Edited {
        claim: String,
        outcome: Result<String, String>,
    },
    /// Something that went wrong on this machine.
    Failed(String),
}

/// What is known of a claim beyond the list.
#[derive(Debug)]
pub(super) struct Details {
    pub(super) record: Record,
    /// Its article, where it was asked for.
    pub(super) article: Option<Arc<ArticleText>>,
}

/// Which claim is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// The next of the queue.
    Next,
    /// The same, instead of the one that is held.
    Another,
    /// This one.
    This,
}

/// Why the service did not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// In words.
    pub(super) text: String,
    /// The published reason; empty where there is none.
    pub(super) reason: String,
    /// Whether the service was only away.
    pub(super) away: bool,
}

/// What became of a decision on a claim.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    pub(super) name: String,
    pub(super) result: Result<v1::Claim, Problem>,
}

/// Something that is to be stored, whatever it takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Order {
    /// The request id: the same at each attempt.
    pub(super) id: String,
    pub(super) task: Task,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Task {
    /// Decide on claims.
    Review(Vec<v1::ReviewClaimRequest>),
    /// Take the decisions on claims back.
    Reopen(Vec<String>),
}

impl Order {
    /// An order with an id of its own.
    pub(super) fn new(task: Task) -> Self {
        Self { id: crate::client::session::request_id(None), task }
    }

    /// The claims that it is about.
    pub(super) fn claims(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        match &self.task {
            Task::Review(requests) => Box::new(requests.iter().map(|request| request.name.as_str())),
            Task::Reopen(names) => Box::new(names.iter().map(String::as_str)),
        }
    }
}

/// What the screen wants done. Nothing of it holds up the next key.
#[derive(Debug, PartialEq)]
pub(super) enum Effect {
    /// Load a page of a tab.
    List {
        tab: usize,
        generation: u64,
        wanted: Wanted,
        filter: String,
        order_by: String,
    },
    /// Count the claims of a tab.
    Count {
        tab: usize,
        generation: u64,
        filter: String,
    },
    /// Read what there is of a claim; its article too, where it is not at hand.
    Details {
        claim: String,
        with_article: bool,
    },
    /// Lease the next claim of the queue, or this one.
    Lease {
        wish: Wish,
        filter: String,
        claim: String,
    },
    Renew {
        claim: String,
        token: String,
    },
    Release {
        claim: String,
        token: String,
    },
    /// Store a decision.
    Send(Order),
    /// Keep a draft as it is now.
    Keep(Box<Draft>),
    /// Keep the lease that is held, or none.
    KeepLease(Option<KeptLease>),
    /// Have a note edited.
    Edit {
        claim: String,
        text: String,
    },
    /// Show an address.
    Open(String),
    /// Put a text on the clipboard.
    Copy(String),
    /// Draw everything anew.
    Clear,
    /// Go into the background.
    Suspend,
    /// Leave.
    Quit,
}
