//! The people of a text, to tell whom a pronoun or a description means.

use std::ops::Range;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::{quotations, sources};
use crate::extract::{
    document::{BlockKind, Document, Shape},
    language::{Pack, WellKnown},
};

/// A pronoun means somebody at most so many sentences back.
const REACH: usize = 3;
/// A name has no more words than this.
const LONGEST: usize = 4;

/// The well-known classes of words with a capital that are no part of a name.
const NO_NAME: u64 = WellKnown::mask(&[
    WellKnown::Function,
    WellKnown::RoleNoun,
    WellKnown::Title,
    WellKnown::Agency,
    WellKnown::ReportNoun,
]);

/// Somebody whom a text names.
#[derive(Debug)]
struct Person {
    /// The fullest name.
    name: String,
    /// The value of the class `gender`, if some word with the name tells it.
    gender: Option<CompactString>,
    /// The words for what somebody is, in small letters.
    roles: Vec<CompactString>,
}

/// The people of a text and where it mentions them.
#[derive(Debug, Default)]
pub(super) struct People {
    all: Vec<Person>,
    /// The first token of each mention outside of quotations, with the position of the person; in the order of the text.
    mentions: Vec<(usize, usize)>,
    /// The position of a person by the last word of the name.
    by_last: FxHashMap<String, usize>,
    /// The position of the one person with a role; `None` where there are several.
    by_role: FxHashMap<CompactString, Option<usize>>,
}

/// Words with a capital that may be a name.
struct Candidate<'p> {
    tokens: Range<usize>,
    roles: SmallVec<[CompactString; 1]>,
    gender: Option<&'p str>,
    titled: bool,
    article: bool,
}

impl People {
    /// Finds the people of a text: names of several words with a role, a title or a given name, or whose last word also
    /// stands alone.
    pub(super) fn of(document: &Document, pack: &Pack, quotes: &[Range<usize>]) -> Self {
        let candidates = candidates(document, pack);
        let last = |candidate: &Candidate| document.word(candidate.tokens.end - 1);
        let alone = candidates.iter().filter(|candidate| candidate.tokens.len() == 1 && !candidate.article);
        let alone: FxHashSet<&str> = alone.map(last).collect();
        let mut people = Self::default();
        let mut known: FxHashMap<&str, usize> = FxHashMap::default();
        for candidate in &candidates {
            let several = candidate.tokens.len() > 1;
            let told = candidate.titled || !candidate.roles.is_empty() || candidate.gender.is_some();
            let named = several && !candidate.article && (told || alone.contains(last(candidate)));
            if !named && (several || !candidate.titled) {
                continue;
            }
            let at = *known.entry(last(candidate)).or_insert_with(|| {
                people.all.push(Person { name: String::new(), gender: None, roles: Vec::new() });
                people.all.len() - 1
            });
            let person = &mut people.all[at];
            if person.name.is_empty() || several && !person.name.contains(' ') {
                person.name = sources::plain(document.slice(candidate.tokens.clone()));
            }
            person.gender = person.gender.take().or_else(|| candidate.gender.map(CompactString::from));
            if person.roles.len() < LONGEST {
                person.roles.extend(candidate.roles.iter().cloned());
            }
            for role in &candidate.roles {
                let only = people.by_role.entry(role.clone()).or_insert(Some(at));
                *only = only.filter(|&other| other == at);
            }
        }
        people.by_last = known.iter().map(|(&last, &at)| (last.to_owned(), at)).collect();
        for candidate in candidates.iter().filter(|_| !known.is_empty()) {
            let start = candidate.tokens.start;
            if let Some(&person) = known.get(last(candidate))
                && quotations::around(quotes, start).is_none()
            {
                people.mentions.push((start, person));
            }
        }
        people
    }

    /// The name of whom a word means that stands at a token of a sentence: the only one of a gender or a role among those
    /// whom the sentence before it, or else the nearest before, mentions.
    pub(super) fn meant(
        &self,
        document: &Document,
        pack: &Pack,
        sentence: usize,
        token: usize,
        gender: Option<&str>,
        role: Option<&str>,
    ) -> Option<&str> {
        let mut end = token;
        for position in (sentence.saturating_sub(REACH)..=sentence).rev() {
            let start = document.sentences[position].tokens.start;
            let from = self.mentions.partition_point(|(at, _)| *at < start);
            let to = self.mentions.partition_point(|(at, _)| *at < end);
            end = start;
            let mut only: Option<usize> = None;
            for &(_, person) in &self.mentions[from..to.max(from)] {
                let fits = self.fits(person, gender) && role.is_none_or(|role| self.has_role(person, role));
                if fits && only.replace(person).is_some_and(|other| other != person) {
                    return None;
                }
            }
            if let Some(person) = only {
                return Some(&self.all[person].name);
            }
            if role.is_none()
                && position < sentence
                && self.somebody_unnamed(document, pack, position, gender)
            {
                return None;
            }
        }
        // A role that one person alone has needs no mention nearby.
        let person = (*self.by_role.get(role?)?)?;
        self.fits(person, gender).then(|| self.all[person].name.as_str())
    }

    /// Whether a name can be of a gender: it is, or nothing tells.
    pub(super) fn can_be(&self, name: &str, gender: Option<&str>) -> bool {
        let last = name.rsplit(' ').next().unwrap_or(name);
        self.by_last.get(last).is_none_or(|&person| self.fits(person, gender))
    }

    /// Whether a sentence speaks of somebody of a gender without a name: a pronoun behind it may mean them.
    pub(super) fn somebody_unnamed(
        &self,
        document: &Document,
        pack: &Pack,
        sentence: usize,
        gender: Option<&str>,
    ) -> bool {
        let fits = |at: usize| {
            let of = |at: usize| pack.value(document.word(at), "gender");
            let is = of(at).or_else(|| of(at.checked_sub(1)?));
            gender.is_none_or(|wanted| is.is_none_or(|is| is == wanted))
        };
        let named = |at: usize| self.mentions.binary_search_by_key(&(at + 1), |(start, _)| *start).is_ok();
        let mut tokens = document.sentences[sentence].tokens.clone();
        pack.any_has(document, tokens.clone(), "person")
            && tokens.any(|at| pack.has_class(document.tokens[at].symbol, "person") && !named(at) && fits(at))
    }

    fn fits(&self, person: usize, gender: Option<&str>) -> bool {
        match (gender, self.all[person].gender.as_deref()) {
            (Some(wanted), Some(is)) => wanted == is,
            _ => true,
        }
    }

    fn has_role(&self, person: usize, role: &str) -> bool {
        self.all[person].roles.iter().any(|other| other == role)
    }
}

/// The runs of words with a capital, without roles and titles in front.
fn candidates<'p>(document: &Document, pack: &'p Pack) -> Vec<Candidate<'p>> {
    let mut found = Vec::with_capacity(document.tokens.len() / 8);
    let is = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    for block in document.blocks.iter().filter(|block| block.kind != BlockKind::Aside) {
        let mut at = block.tokens.start;
        while at < block.tokens.end {
            let part = |at: usize| {
                document.tokens[at].shape.is_capital()
                    && pack.well_known(document.tokens[at].symbol) & NO_NAME == 0
            };
            if !part(at) {
                at += 1;
                continue;
            }
            let start = at;
            let mut end = at + 1;
            while end < block.tokens.end && end < start + 2 * LONGEST {
                // Behind a given name, what follows may belong to it.
                let given = is(end - 1, WellKnown::Gender);
                if !given && part(end) {
                    end += 1;
                    continue;
                }
                let initial =
                    document.tokens[end - 1].shape == Shape::Initial && is(end, WellKnown::FullStop);
                // "NATO-Generalsekretär" is a role, however it begins.
                let hyphen = is(end, WellKnown::Dash)
                    && document.tokens[end].glued
                    && end + 1 < block.tokens.end
                    && document.tokens[end + 1].glued
                    && document.tokens[end + 1].shape.is_capital()
                    && !is(end + 1, WellKnown::RoleNoun);
                let joint =
                    given.then(|| sources::particles(document, pack, end..block.tokens.end)).flatten();
                if !initial && !hyphen && joint.is_none() && !part(end) {
                    break;
                }
                end = joint.unwrap_or(end) + 1 + usize::from(hyphen);
            }
            at = end;
            // "3.2 million euros": in German a sum has capitals as well.
            if start > block.tokens.start && document.tokens[start - 1].shape == Shape::Digits {
                continue;
            }
            found.push(candidate(document, pack, block.tokens.start, start..end));
        }
    }
    found
}

fn candidate<'p>(document: &Document, pack: &'p Pack, from: usize, tokens: Range<usize>) -> Candidate<'p> {
    let is = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let gender = |at: usize| {
        let told = is(at, WellKnown::Gender).then(|| pack.value(document.word(at), "gender"));
        told.flatten()
    };
    let mut candidate = Candidate {
        gender: tokens.clone().find_map(gender),
        tokens: tokens.clone(),
        roles: SmallVec::new(),
        titled: false,
        article: false,
    };
    // What stands in front: "Foreign minister", "Dr.", "the".
    for before in (from..tokens.start).rev().take(LONGEST) {
        if is(before, WellKnown::RoleNoun) {
            candidate.roles.push(CompactString::from_str_to_lowercase(document.word(before)));
        } else if is(before, WellKnown::Title) {
            candidate.titled = true;
        } else if !is(before, WellKnown::FullStop) {
            candidate.article = candidate.roles.is_empty()
                && !candidate.titled
                && is(before, WellKnown::Function)
                && is(before, WellKnown::Article);
            break;
        }
        candidate.gender = candidate.gender.or_else(|| gender(before));
    }
    if candidate.roles.is_empty() && tokens.len() > 1 {
        candidate.roles.extend(apposed_role(document, pack, from, &tokens));
    }
    candidate
}

/// The role in an apposition to a name: "the mayor of Norwick, Anna Stone", "Anna Stone, mayor of Norwick".
fn apposed_role(document: &Document, pack: &Pack, from: usize, name: &Range<usize>) -> Option<CompactString> {
    let is = |at: usize, class| pack.has(document.tokens[at].symbol, class);
    let ends = |at: usize| is(at, WellKnown::Comma) || document.tokens[at].shape == Shape::Mark;
    let role = |at: usize| {
        is(at, WellKnown::RoleNoun).then(|| CompactString::from_str_to_lowercase(document.word(at)))
    };
    let comma = |at: usize| at < document.tokens.len() && is(at, WellKnown::Comma);
    if comma(name.end) {
        let behind = (name.end + 1..document.tokens.len()).take(LONGEST).take_while(|&at| !ends(at));
        if let Some(found) = behind.filter_map(role).next() {
            return Some(found);
        }
    }
    let before = name.start.checked_sub(1).filter(|&at| at >= from && comma(at))?;
    let words = (from..before).rev().take(LONGEST).take_while(|&at| !ends(at));
    words.filter_map(role).next()
}
