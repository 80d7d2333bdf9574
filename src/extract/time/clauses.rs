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
    clauses: Vec<(Range<usize>, Option<Tense>)>,
    sentence: Option<Tense>,
}

impl Clauses {
    /// The clauses of a sentence.
    pub(in crate::extract) fn of(document: &Document, pack: &Pack, sentence: Range<usize>) -> Self {
        let mut clauses = Vec::new();
        let mut start = sentence.start;
        let mut tense = None;
        let mut first = None;
        for at in sentence.clone() {
            let symbol = document.tokens[at].symbol;
            if pack.has(symbol, WellKnown::ClauseBreak) && at > start {
                clauses.push((start..at, tense));
                (start, tense) = (at, None);
            }
            // A word of the future outweighs the auxiliaries of the past that come with it.
            if pack.has(symbol, WellKnown::FutureTense) {
                tense = Some(Tense::Future);
            } else if tense.is_none() && pack.has(symbol, WellKnown::PastTense) {
                tense = Some(Tense::Past);
            }
            first = first.or(tense);
        }
        clauses.push((start..sentence.end, tense));
        Self { clauses, sentence: first }
    }

    /// The tense at a token: that of its clause, else that of the sentence.
    pub(in crate::extract) fn tense(&self, token: usize) -> Option<Tense> {
        let clause = self.clauses.iter().find(|(clause, _)| clause.contains(&token));
        clause.and_then(|(_, tense)| *tense).or(self.sentence)
    }
}
