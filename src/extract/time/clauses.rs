//! The tense of each clause of a sentence, which decides whether "in July" is behind or ahead.

use std::ops::Range;

use crate::extract::{
    document::Document,
    language::{Pack, WellKnown},
};

/// Where a clause lies in time, as far as its words tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extract) enum Tense {
    /// Behind the publication date.
    Past,
    /// Ahead of it.
    Future,
}

/// The clauses of a sentence with their tenses.
#[derive(Debug)]
pub(in crate::extract) struct Clauses {
    clauses: Vec<Clause>,
    sentence: Option<Tense>,
}

/// A clause with the words that tell its tense.
#[derive(Debug)]
struct Clause {
    tokens: Range<usize>,
    cues: Vec<(usize, Tense)>,
}

/// A word of the past so close behind one of the future belongs to it: "will have been", "was due to be".
const WORDS_OF_ONE_VERB: usize = 3;

impl Clauses {
    /// The clauses of a sentence.
    pub(in crate::extract) fn of(document: &Document, pack: &Pack, sentence: Range<usize>) -> Self {
        let mut clauses = Vec::new();
        let mut clause = Clause { tokens: sentence.clone(), cues: Vec::new() };
        let mut first = None;
        for at in sentence.clone() {
            let symbol = document.tokens[at].symbol;
            if pack.has(symbol, WellKnown::ClauseBreak) && at > clause.tokens.start {
                let next = Clause { tokens: at..sentence.end, cues: Vec::new() };
                clause.tokens.end = at;
                clauses.push(std::mem::replace(&mut clause, next));
            }
            let past_at = clause.cues.last().filter(|(_, tense)| *tense == Tense::Past).map(|&(cue, _)| cue);
            let of_plans = || {
                pack.has(symbol, WellKnown::Plan)
                    && at > sentence.start
                    && pack.has(document.tokens[at - 1].symbol, WellKnown::BeforePlan)
                    && past_at.is_none_or(|cue| at - cue != 2)
            };
            // What "had been scheduled" was so once.
            let of_old = || {
                past_at.is_some_and(|cue| cue + 1 == at)
                    && (sentence.start.max(at.saturating_sub(WORDS_OF_ONE_VERB))..at)
                        .any(|before| pack.has(document.tokens[before].symbol, WellKnown::Pluperfect))
            };
            if pack.has(symbol, WellKnown::FutureTense) && !of_old() || of_plans() {
                clause.cues.push((at, Tense::Future));
            } else if pack.has(symbol, WellKnown::PastTense) {
                let of_future = clause
                    .cues
                    .last()
                    .is_some_and(|&(cue, tense)| tense == Tense::Future && at - cue <= WORDS_OF_ONE_VERB);
                if !of_future {
                    clause.cues.push((at, Tense::Past));
                }
            }
            first = first.or(clause.cues.first().map(|&(_, tense)| tense));
        }
        clauses.push(clause);
        Self { clauses, sentence: first }
    }

    /// The tense at a token: that of the word before it in its clause, or else after it, or else that of the sentence.
    pub(in crate::extract) fn tense(&self, token: usize) -> Option<Tense> {
        // Both are in the order of the text: a sentence may have any number of them.
        let clause = self.clauses.partition_point(|clause| clause.tokens.end <= token);
        let cue = self.clauses.get(clause).and_then(|clause| {
            let before = clause.cues.partition_point(|(at, _)| *at < token);
            clause.cues.get(before.saturating_sub(1))
        });
        cue.map(|&(_, tense)| tense).or(self.sentence)
    }
}
