//! What a reviewer can do, by name: the key map, the command line and the help are all made from this list.

use crate::claim::Verdict;

/// Something that a key or a command does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Action {
    Down,
    Up,
    PageDown,
    PageUp,
    Top,
    Bottom,
    NextTab,
    PreviousTab,
    PreviewDown,
    PreviewUp,
    Article,
    Take,
    Next,
    Skip,
    Verify,
    Dispute,
    Unverifiable,
    Dismiss,
    Evidence,
    Note,
    Correction,
    Point(u8),
    Like,
    Accept,
    Discard,
    Undo,
    Reopen,
    Mark,
    MarkArticle,
    Unmark,
    Open,
    Copy,
    Search,
    Command,
    Refresh,
    Redraw,
    Help,
    Suspend,
    Quit,
}

/// Where an action stands in the help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Decide,
    Ground,
    Queue,
    Move,
    Several,
    Screen,
}

impl Group {
    pub(super) const ALL: [Self; 6] =
        [Self::Decide, Self::Ground, Self::Queue, Self::Several, Self::Move, Self::Screen];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Decide => "Decide",
            Self::Ground => "What it rests on",
            Self::Queue => "The queue",
            Self::Move => "Move",
            Self::Several => "Several claims",
            Self::Screen => "The screen",
        }
    }
}

/// An action with its name in the configuration and on the command line, its usual keys, and what it does.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) action: Action,
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    pub(super) group: Group,
    pub(super) help: &'static str,
}

macro_rules! entries {
    ($($group:ident: $action:expr, $name:literal, [$($key:literal),*], $help:literal;)+) => {
        /// All there is, in the order of the help.
        pub(super) const ENTRIES: &[Entry] = &[
            $(Entry { action: $action, name: $name, keys: &[$($key),*], group: Group::$group, help: $help },)+
        ];
    };
}

entries! {
    Decide: Action::Verify, "verify", ["v"], "verify: it is so";
    Decide: Action::Dispute, "dispute", ["d"], "dispute: it is not so";
    Decide: Action::Unverifiable, "unverifiable", ["u"], "unverifiable: it cannot be told";
    Decide: Action::Dismiss, "dismiss", ["x"], "dismiss: it is no claim at all";
    Decide: Action::Accept, "accept", ["A"], "decide as a claim seen before was decided, and rest on it";
    Decide: Action::Undo, "undo", ["z"], "take the last decision back; all stays on record";
    Decide: Action::Reopen, "reopen", ["R"], "reopen this claim, whoever has decided";
    Ground: Action::Evidence, "evidence", ["e"], "add a piece of evidence";
    Ground: Action::Note, "note", ["c"], "write the note, in $EDITOR where there is one";
    Ground: Action::Correction, "correction", ["C"], "write how it should read";
    Ground: Action::Point(1), "point_1", ["1"], "rest the decision on point 1, or no longer";
    Ground: Action::Point(2), "point_2", ["2"], "the same with point 2";
    Ground: Action::Point(3), "point_3", ["3"], "the same with point 3";
    Ground: Action::Point(4), "point_4", ["4"], "the same with point 4";
    Ground: Action::Point(5), "point_5", ["5"], "the same with point 5";
    Ground: Action::Point(6), "point_6", ["6"], "the same with point 6";
    Ground: Action::Point(7), "point_7", ["7"], "the same with point 7";
    Ground: Action::Point(8), "point_8", ["8"], "the same with point 8";
    Ground: Action::Point(9), "point_9", ["9"], "the same with point 9";
    Ground: Action::Like, "like", ["l"], "rest the decision on the next claim seen before, or on none";
    Ground: Action::Discard, "discard", ["D"], "throw the draft of this claim away";
    Ground: Action::Open, "open", ["o"], "open the source: the article, or its evidence";
    Ground: Action::Copy, "copy", ["y"], "copy the quote to the clipboard";
    Queue: Action::Next, "next", ["n"], "take the next claim, of the same article first";
    Queue: Action::Skip, "skip", ["s"], "give this claim back and take the next";
    Queue: Action::Take, "take", ["enter"], "take this claim, as it is now";
    Several: Action::Mark, "mark", ["space"], "mark this claim, or no longer";
    Several: Action::MarkArticle, "mark_article", ["m"], "mark the open claims of this article that are listed";
    Several: Action::Unmark, "unmark", ["M"], "unmark all";
    Move: Action::Down, "down", ["j", "down"], "the next claim of the list";
    Move: Action::Up, "up", ["k", "up"], "the claim before";
    Move: Action::PageDown, "page_down", ["ctrl-f", "pagedown"], "a page down";
    Move: Action::PageUp, "page_up", ["ctrl-b", "pageup"], "a page up";
    Move: Action::Top, "top", ["g", "home"], "the first claim";
    Move: Action::Bottom, "bottom", ["G", "end"], "the last claim that is loaded; again loads more";
    Move: Action::NextTab, "next_tab", ["tab", "right"], "the next tab";
    Move: Action::PreviousTab, "previous_tab", ["shift-tab", "left"], "the tab before";
    Move: Action::PreviewDown, "preview_down", ["J", "ctrl-d"], "scroll what is known of the claim, or the article while it is large";
    Move: Action::PreviewUp, "preview_up", ["K", "ctrl-u"], "scroll it back";
    Screen: Action::Search, "search", ["/"], "search the claims of this tab";
    Screen: Action::Command, "command", [":"], "type a command: any name of this page, and more";
    Screen: Action::Article, "article", ["a"], "show more of the article, or less";
    Screen: Action::Refresh, "refresh", ["r"], "list again what there is now";
    Screen: Action::Redraw, "redraw", ["ctrl-l"], "draw the screen anew";
    Screen: Action::Help, "help", ["?"], "this page";
    Screen: Action::Suspend, "suspend", ["ctrl-z"], "back to the shell for a while";
    Screen: Action::Quit, "quit", ["q", "ctrl-c"], "give the claim back, tell what was done, and leave";
}

impl Action {
    /// The action of a name.
    pub(super) fn of(name: &str) -> Option<Self> {
        ENTRIES.iter().find(|entry| entry.name == name).map(|entry| entry.action)
    }

    /// The decision that it makes.
    pub(super) fn verdict(self) -> Option<Verdict> {
        match self {
            Self::Verify => Some(Verdict::Verified),
            Self::Dispute => Some(Verdict::Disputed),
            Self::Unverifiable => Some(Verdict::Unverifiable),
            Self::Dismiss => Some(Verdict::Dismissed),
            _ => None,
        }
    }
}
