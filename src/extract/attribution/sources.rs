//! From the words that name a source to the source: its name, its part, and whether it stays unnamed.

use std::ops::Range;

use super::phrases::Kind;
use crate::{
    claim::{Source, SourceRole},
    extract::{
        document::{Document, Shape},
        language::{Pack, WellKnown},
    },
};

/// The persons that a text has named as speakers, to tell whom a pronoun or a description means.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The last name that spoke.
    last: Option<(String, usize)>,
}

/// A pronoun means a name at most so many sentences back.
const REACH: usize = 4;

impl Names {
    /// The source that a frame of a sentence names.
    pub(super) fn source(
        &mut self,
        document: &Document,
        pack: &Pack,
        sentence: usize,
        tokens: Range<usize>,
        kind: Kind,
        cue: Option<Range<usize>>,
    ) -> Source {
        let head = head(document, pack, tokens.clone());
        let agency = is_agency(document, pack, tokens.clone());
        let anonymous = tokens.clone().any(|at| pack.has(document.tokens[at].symbol, WellKnown::Anonymous));
        let mut name = plain(document.slice(head.range.clone()));
        let described = kind == Kind::Pronoun || head.described;
        if described {
            if let Some((last, at)) = &self.last
                && sentence <= at + REACH
                && (kind == Kind::Pronoun || age_or_role(document, pack, head.range))
            {
                name.clone_from(last);
            }
        } else if !agency && !anonymous {
            self.last = Some((name.clone(), sentence));
        }
        Source {
            span: Some(document.span(tokens)),
            cue: cue.map(|cue| plain(document.slice(cue))).unwrap_or_default(),
            anonymous: anonymous && !agency,
            ..Source::named(if agency { SourceRole::Relay } else { SourceRole::Speaker }, name)
        }
    }
}

/// Whether a phrase names an agency, a newspaper or a broadcaster.
pub(super) fn is_agency(document: &Document, pack: &Pack, mut tokens: Range<usize>) -> bool {
    tokens.any(|at| {
        let symbol = document.tokens[at].symbol;
        pack.has(symbol, WellKnown::Agency) || pack.has(symbol, WellKnown::AgencyNoun)
    })
}

struct Head {
    range: Range<usize>,
    /// Whether it describes rather than names: it begins with an adjective, a number or a role.
    described: bool,
}

/// The name within a phrase: "Jens Stoltenberg" of "NATO-Generalsekretär Jens Stoltenberg".
fn head(document: &Document, pack: &Pack, mut tokens: Range<usize>) -> Head {
    // What is left of an article in front, and of what stands for no name: an age, an account.
    while tokens.len() > 1 && pack.has(document.tokens[tokens.start].symbol, WellKnown::Function) {
        tokens.start += 1;
    }
    let no_name = |at: usize| pack.has(document.tokens[at].symbol, WellKnown::ReportNoun);
    if document.tokens[tokens.start].shape == Shape::Digits || tokens.clone().any(no_name) {
        return Head { range: tokens, described: true };
    }
    let token = |at: usize| &document.tokens[at];
    let role = |at: usize| {
        pack.has(token(at).symbol, WellKnown::RoleNoun) || pack.has(token(at).symbol, WellKnown::AgencyNoun)
    };
    let is_name = |at: usize| {
        token(at).shape.is_capital() && !role(at) && !pack.has(token(at).symbol, WellKnown::Function)
    };
    // The phrase proper ends before a genitive, a preposition or a bracket.
    let proper_end = tokens
        .clone()
        .skip(1)
        .find(|&at| {
            pack.has(token(at).symbol, WellKnown::Function)
                || pack.has(token(at).symbol, WellKnown::OpenBracket)
        })
        .unwrap_or(tokens.end);
    let mut start = tokens.start;
    for at in tokens.start..proper_end {
        let joins = at > tokens.start && token(at).glued && token(at).shape != Shape::Mark;
        let more = || (at + 1..proper_end).any(is_name);
        if role(at) && more() || token(at).shape == Shape::Lower && !joins || token(at).shape == Shape::Digits
        {
            start = at + 1;
        }
    }
    if start < proper_end && (start..proper_end).any(is_name) {
        while start + 1 < proper_end && token(start).shape == Shape::Mark {
            start += 1;
        }
        let mut end = proper_end;
        while end > start + 1 && token(end - 1).shape == Shape::Mark {
            end -= 1;
        }
        return Head { range: start..end, described: false };
    }
    // Behind the genitive a name may follow: "der Sprecher des Kremls Dmitri Peskow" stays as it is.
    Head { range: tokens, described: true }
}

/// Whether a description can stand for a person: an age, or a role such as "der Minister".
fn age_or_role(document: &Document, pack: &Pack, tokens: Range<usize>) -> bool {
    tokens.len() <= 3
        && tokens.clone().all(|at| !pack.has(document.tokens[at].symbol, WellKnown::Function))
        && tokens.into_iter().any(|at| {
            let token = &document.tokens[at];
            token.shape == Shape::Digits || pack.has(token.symbol, WellKnown::RoleNoun)
        })
}

/// A stretch of text on one line.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
