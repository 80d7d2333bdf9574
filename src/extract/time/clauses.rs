//! The tense of each clause of a sentence, which decides whether "in July" is behind or ahead.

use std::ops::Range;

use smallvec::SmallVec;

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
    clauses: SmallVec<[Clause; 6]>,
    /// The words that tell the tense, in the order of the text.
    cues: SmallVec<[(usize, Tense); 8]>,
}

/// A clause.
#[derive(Debug)]
struct Clause {
    /// The token behind its last.
    end: usize,
    /// The cue behind its last.
    cues_end: usize,
}

/// The classes of words that end a clause or tell its tense.
const TELLING: u64 =
    WellKnown::mask(&[WellKnown::ClauseBreak, WellKnown::Plan, WellKnown::FutureTense, WellKnown::PastTense]);

/// A word of the past so close behind one of the future belongs to it: "will have been", "was due to be".
const WORDS_OF_ONE_VERB: usize = 3;

impl Clauses {
    /// The clauses of a sentence.
    pub(in crate::extract) fn of(document: &Document, pack: &Pack, sentence: Range<usize>) -> Self {
        let (mut clauses, mut cues) = (SmallVec::new(), SmallVec::<[(usize, Tense); 8]>::new());
        let mut first_cue = 0;
        for at in sentence.clone() {
            let symbol = document.tokens[at].symbol;
            let told = pack.well_known(symbol);
            if told & TELLING == 0 {
                continue;
            }
            let has = |class| told & WellKnown::mask(&[class]) != 0;
            if has(WellKnown::ClauseBreak) && at > sentence.start {
                clauses.push(Clause { end: at, cues_end: cues.len() });
                first_cue = cues.len();
            }
            let past_at =
                cues[first_cue..].last().filter(|(_, tense)| *tense == Tense::Past).map(|&(cue, _)| cue);
            // Who agreed "to the sale" plans nothing.
            let before_noun = || {
                let next = document.tokens.get(at + 1).filter(|_| at + 1 < sentence.end);
                next.is_some_and(|next| {
                    pack.has(next.symbol, WellKnown::Function) && !pack.has(next.symbol, WellKnown::Plan)
                })
            };
            let of_plans = || {
                has(WellKnown::Plan)
                    && at > sentence.start
                    && !(past_at.is_some_and(|cue| cue + 1 == at) && before_noun())
                    && pack.has(document.tokens[at - 1].symbol, WellKnown::BeforePlan)
                    && past_at.is_none_or(|cue| at - cue != 2)
            };
            // What "had been scheduled" was so once.
            let of_old = || {
                past_at.is_some_and(|cue| cue + 1 == at)
                    && (sentence.start.max(at.saturating_sub(WORDS_OF_ONE_VERB))..at)
                        .any(|before| pack.has(document.tokens[before].symbol, WellKnown::Pluperfect))
            };
            if has(WellKnown::FutureTense) && !of_old() || of_plans() {
                cues.push((at, Tense::Future));
            } else if has(WellKnown::PastTense) {
                let of_future = cues[first_cue..]
                    .last()
                    .is_some_and(|&(cue, tense)| tense == Tense::Future && at - cue <= WORDS_OF_ONE_VERB);
                if !of_future {
                    cues.push((at, Tense::Past));
                }
            }
        }
        clauses.push(Clause { end: sentence.end, cues_end: cues.len() });
        Self { clauses, cues }
    }

    /// The tense at a token: that of the word before it in its clause, or else after it, or else that of the sentence.
    pub(in crate::extract) fn tense(&self, token: usize) -> Option<Tense> {
        // Both are in the order of the text: a sentence may have any number of them.
        let clause = self.clauses.partition_point(|clause| clause.end <= token);
        let from = clause.checked_sub(1).map_or(0, |before| self.clauses[before].cues_end);
        let of_clause = self.clauses.get(clause).map_or(&[][..], |clause| &self.cues[from..clause.cues_end]);
        let before = of_clause.partition_point(|(at, _)| *at < token);
        let cue = of_clause
            .get(before.saturating_sub(1))
            .or_else(|| self.cues[..from].last())
            .or_else(|| self.cues.first());
        cue.map(|&(_, tense)| tense)
    }
}
