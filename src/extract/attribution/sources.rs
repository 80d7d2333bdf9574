//! From the words that name a source to the source: its name, its part, and whether it stays unnamed.

use std::ops::Range;

use compact_str::CompactString;

use super::{people::People, phrases::Kind};
use crate::{
    claim::{Source, SourceRole},
    extract::{
        document::{Document, Shape},
        language::{Pack, WellKnown},
    },
};

/// Whom a text has named as speakers, and the people of it, to tell whom a pronoun or a description means.
#[derive(Debug)]
pub(super) struct Names {
    last: Option<Speaker>,
    people: People,
}

/// Who spoke last.
#[derive(Debug)]
struct Speaker {
    name: String,
    /// The position of the sentence.
    sentence: usize,
    /// The article in front, which names of people do not have: "the ministry".
    article: Option<CompactString>,
}

/// Who spoke last is meant at most so many sentences on.
const REACH: usize = 4;

impl Names {
    /// The people of a text, none of whom has spoken.
    pub(super) fn of(document: &Document, pack: &Pack, quotations: &[Range<usize>]) -> Self {
        Self { last: None, people: People::of(document, pack, quotations) }
    }

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
        // The cue may tell it too: "said on condition of anonymity".
        let anonymous = tokens
            .clone()
            .chain(cue.clone().unwrap_or_default())
            .any(|at| pack.has(document.tokens[at].symbol, WellKnown::Anonymous));
        let mut name = plain(document.slice(head.range.clone()));
        let article = article(document, pack, head.range.start);
        let described = kind == Kind::Pronoun || head.described;
        if described {
            if let Some(meant) = self.meant(document, pack, sentence, head.range, kind) {
                name = meant;
                self.last = Some(Speaker { name: name.clone(), sentence, article: None });
            }
        } else if !agency && !anonymous {
            self.last = Some(Speaker { name: name.clone(), sentence, article });
        }
        Source {
            span: Some(document.span(tokens)),
            cue: cue.map(|cue| plain(document.slice(cue))).unwrap_or_default(),
            anonymous: anonymous && !agency,
            ..Source::named(if agency { SourceRole::Relay } else { SourceRole::Speaker }, name)
        }
    }

    /// Whom a pronoun or a description means.
    fn meant(
        &self,
        document: &Document,
        pack: &Pack,
        sentence: usize,
        tokens: Range<usize>,
        kind: Kind,
    ) -> Option<String> {
        // A thing or several people: no name of one fits.
        let thing = pack.any_has(document, tokens.clone(), "no_person");
        if thing || kind != Kind::Pronoun && !age_or_role(document, pack, tokens.clone()) {
            return None;
        }
        // The article tells the gender of a description.
        let gender = || {
            let article = tokens.start.checked_sub(1).filter(|_| kind != Kind::Pronoun);
            let words = tokens.clone().chain(article);
            words.into_iter().find_map(|at| pack.value(document.word(at), "gender"))
        };
        let gender = gender();
        let role = (kind != Kind::Pronoun)
            .then(|| {
                tokens
                    .clone()
                    .find(|&at| pack.has(document.tokens[at].symbol, WellKnown::RoleNoun))
                    .map(|at| document.word(at).to_lowercase())
            })
            .flatten();
        let first = tokens.start;
        let last = self.last.as_ref().filter(|last| {
            sentence <= last.sentence + REACH
                && !(last.sentence + 1..sentence)
                    .any(|at| self.people.somebody_unnamed(document, pack, at, gender))
        });
        let speaker = last
            .filter(|last| match &last.article {
                None => self.people.can_be(&last.name, gender),
                // "She" may be the ministry where the language gives it a gender; no thing has an age or a role.
                Some(article) => {
                    let of_thing = pack.value(article, "gender");
                    kind == Kind::Pronoun && of_thing.is_some() && of_thing == gender
                }
            })
            .map(|last| last.name.clone());
        if role.is_some() {
            return self
                .people
                .meant(document, pack, sentence, first, gender, role.as_deref())
                .map(str::to_owned)
                .or(speaker);
        }
        speaker
            .or_else(|| self.people.meant(document, pack, sentence, first, gender, None).map(str::to_owned))
    }
}

/// Whether a phrase names an agency, a newspaper or a broadcaster.
pub(super) fn is_agency(document: &Document, pack: &Pack, mut tokens: Range<usize>) -> bool {
    tokens.any(|at| {
        let symbol = document.tokens[at].symbol;
        pack.has(symbol, WellKnown::Agency) || pack.has(symbol, WellKnown::AgencyNoun)
    })
}

/// The article right in front of a token.
fn article(document: &Document, pack: &Pack, token: usize) -> Option<CompactString> {
    let before = token.checked_sub(1)?;
    pack.has(document.tokens[before].symbol, WellKnown::Article).then(|| document.word(before).into())
}

/// So many particles may stand within a name: "von der".
const MOST_PARTICLES: usize = 2;

/// The end of the particles that a range begins with, where a name goes on behind them: of "von der" in "von der Leyen".
pub(super) fn particles(document: &Document, pack: &Pack, tokens: Range<usize>) -> Option<usize> {
    let has = |at: usize, class| pack.has_class(document.tokens[at].symbol, class);
    let first = Some(tokens.start).filter(|&at| tokens.contains(&at) && has(at, "name_particle"))?;
    let second = Some(first + 1).filter(|&at| tokens.contains(&at) && has(at, "particle_article"));
    let end = second.unwrap_or(first) + 1;
    (tokens.contains(&end) && document.tokens[end].shape == Shape::Capitalised).then_some(end)
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
    // "Ursula von der Leyen", but not "Peter Lang von der Bank": behind a given name, particles belong to the name.
    let particle = |at: usize| {
        let joint = (tokens.start + 1..=at).rev().take(MOST_PARTICLES).find_map(|from| {
            let given = from - 1;
            let alone = given.checked_sub(1).is_none_or(|it| !tokens.contains(&it) || !is_name(it));
            let is_given = is_name(given) && (alone || pack.has(token(given).symbol, WellKnown::Gender));
            is_given.then(|| particles(document, pack, from..tokens.end)).flatten().map(|end| from..end)
        });
        joint.is_some_and(|joint| joint.contains(&at))
    };
    // The phrase proper ends before a genitive, a preposition or a bracket.
    let proper_end = tokens
        .clone()
        .skip(1)
        .find(|&at| {
            pack.has(token(at).symbol, WellKnown::Function) && !particle(at)
                || pack.has(token(at).symbol, WellKnown::OpenBracket)
        })
        .unwrap_or(tokens.end);
    // "Turkish finance minister" describes, whatever capitals it has.
    let ends_in_role =
        proper_end > tokens.start + 1 && token(proper_end - 1).shape == Shape::Lower && role(proper_end - 1);
    let mut start = tokens.start;
    for at in tokens.start..proper_end {
        let joins = at > tokens.start && token(at).glued && token(at).shape != Shape::Mark;
        let more = || (at + 1..proper_end).any(is_name);
        let before_name = role(at)
            || token(at).shape == Shape::Lower && !joins && !particle(at)
            || token(at).shape == Shape::Digits;
        if before_name && more() {
            start = at + 1;
        }
    }
    if !ends_in_role && start < proper_end && (start..proper_end).any(is_name) {
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

/// A description of so many tokens may stand for a person: "58-year-old" has five.
const LONGEST_DESCRIPTION: usize = 5;

/// Whether a description can stand for a person: an age, or a role such as "der Minister".
fn age_or_role(document: &Document, pack: &Pack, tokens: Range<usize>) -> bool {
    tokens.len() <= LONGEST_DESCRIPTION
        && tokens.clone().all(|at| {
            let token = &document.tokens[at];
            token.glued || !pack.has(token.symbol, WellKnown::Function)
        })
        && tokens.into_iter().any(|at| {
            let token = &document.tokens[at];
            token.shape == Shape::Digits || pack.has(token.symbol, WellKnown::RoleNoun)
        })
}

/// A stretch of text on one line.
pub(super) fn plain(text: &str) -> String {
    // Nearly all are as they shall be, and are copied once.
    let mut before = ' ';
    let is_plain = text.chars().all(|c| {
        let single = !c.is_whitespace() || c == ' ' && before != ' ';
        before = c;
        single
    });
    if is_plain && before != ' ' {
        return text.to_owned();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
