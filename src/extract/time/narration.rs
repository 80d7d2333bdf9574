//! Where the narration of a text stands in time: what "on 6 May" and "the same day" refer to where the text tells of
//! another time than its own.

use jiff::civil::Date;

use crate::{
    claim::PublishDate,
    extract::{
        document::{BlockKind, Document, Shape},
        language::{Pack, WellKnown},
    },
};

/// From so many years that lie far from the publication a text may be a narration as a whole.
const FAR_YEARS: usize = 6;
/// A word such as "today" or "on Monday" speaks as much for news as so many years for a narration.
const NEWS_WORD: usize = 4;
/// An essay has "today" as well, but hardly a weekday: one speaks as much for news as so many years for an essay.
const NEWS_WEEKDAY: usize = 2;
/// Fewer do where they stand so densely: one in so many words, and two for each year of its own.
const YEARS_OF_AN_ESSAY: usize = 4;
const DENSITY: usize = 300;
/// So many times named before may be what a month without a year goes on from.
const THREADS: usize = 5;
/// What each mention that a year lacks of four costs: a year named once in passing is soon forgotten.
const SUPPORT: i32 = 6;
/// What a step of a month costs, back and ahead.
const BACK: i32 = 3;
const AHEAD: i32 = 5;
/// What it costs to go on into the next year.
const NEXT_YEAR: i32 = 30;
/// What each thread named later costs.
const AGE: i32 = 14;
/// What it costs to go on from a year of another sentence.
const YEAR_ONLY: i32 = 20;
/// What the same sentence gains.
const SAME_SENTENCE: i32 = 30;

/// The narration of a text.
#[derive(Debug, Default)]
pub(super) struct Narration {
    /// Whether the text as a whole tells of another time than its own.
    whole: bool,
    /// How strongly the text so far does: more than 1 is a narration.
    weight: i32,
    /// Whether its days are tied to its publication: it is news then, whatever years it mentions.
    tied: bool,
    /// The times named last, the latest at the end, each with the position of its sentence.
    threads: Vec<Thread>,
    /// The day named last.
    day: Option<Date>,
    /// The chapters to come, the next at the end, each with the position of its first sentence.
    chapters: Vec<(usize, Option<Chapter>)>,
    /// The chapter that is read.
    chapter: Option<Chapter>,
    /// The position of the sentence that is read.
    sentence: usize,
}

/// A part of a text that its heading gives a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Chapter {
    year: i16,
    /// Whether the heading is the year and nothing else: then it holds for all headings below it.
    annal: bool,
}

/// A year that the text tells of.
#[derive(Debug)]
struct Thread {
    /// The time of it that was named last.
    named: PublishDate,
    /// The position of the sentence that named it.
    sentence: usize,
    /// How often the year was meant.
    mentions: i32,
}

impl Narration {
    /// The narration of a text before its first word is read.
    pub(super) fn of(document: &Document, pack: &Pack, publish_date: Option<PublishDate>) -> Self {
        let Some(published) = publish_date else { return Self::default() };
        let (mut far, mut ahead, mut near, mut news, mut weekdays) =
            (0_usize, 0_usize, 0_usize, 0_usize, 0_usize);
        for token in &document.tokens {
            if token.shape == Shape::Digits && token.end - token.start == 4 {
                match token.text(document.text).parse::<i16>() {
                    Ok(year @ 1000..=2100) if published.year() - year > 1 => far += 1,
                    Ok(year @ 1000..=2100) if year - published.year() > 1 => ahead += 1,
                    Ok(1000..=2100) => near += 1,
                    _ => {}
                }
            } else if pack.has(token.symbol, WellKnown::Weekday) {
                weekdays += 1;
            } else if pack.has(token.symbol, WellKnown::Deictic) {
                news += 1;
            }
        }
        // Where most of its far years lie ahead, a text plans.
        far += if ahead <= far { ahead } else { 0 };
        news += weekdays;
        let history = far >= FAR_YEARS && far >= near + NEWS_WORD * news;
        let essay = far >= YEARS_OF_AN_ESSAY
            && far > 2 * near
            && far * DENSITY > document.tokens.len()
            && far > NEWS_WEEKDAY * weekdays;
        let mut chapters = chapters(document);
        chapters.reverse();
        let tied = news >= far.max(1) && news * DENSITY > document.tokens.len();
        Self { whole: history || essay, tied, chapters, ..Self::default() }
    }

    /// Goes on to a sentence, given by its position.
    pub(super) fn enter(&mut self, sentence: usize) {
        self.sentence = sentence;
        while let Some((_, chapter)) = self.chapters.pop_if(|(first, _)| *first <= sentence) {
            self.chapter = chapter;
        }
    }

    /// The year of the chapter that is read.
    pub(super) fn chapter(&self) -> Option<i16> {
        self.chapter.map(|chapter| chapter.year)
    }

    /// Whether the text tells of another time than its own.
    pub(super) fn is_on(&self) -> bool {
        self.is_whole() || (self.weight > 1 && !self.tied)
    }

    /// Whether the text as a whole tells of another time than its own.
    pub(super) fn is_whole(&self) -> bool {
        self.whole && !self.threads.is_empty()
    }

    /// The time that was named last.
    pub(super) fn now(&self) -> Option<PublishDate> {
        let last = self.threads.last()?;
        Some(match self.chapter {
            Some(Chapter { year, .. }) if last.sentence != self.sentence && last.named.year() != year => {
                PublishDate::Year(year)
            }
            _ => last.named,
        })
    }

    /// The day named last.
    pub(super) fn day(&self) -> Option<Date> {
        self.day
    }

    /// The year of a month that a sentence names without one: that of the thread which it goes on from with the
    /// smallest step, a step back in the same year being smaller than one into the next.
    pub(super) fn year_of(&self, month: i8, sentence: usize) -> Option<i16> {
        // In its chapter a year needs no mention; only the same sentence may name another one.
        if let Some(chapter) = self.chapter
            && self.threads.last().is_none_or(|thread| thread.sentence != sentence)
        {
            return Some(chapter.year);
        }
        let mut best: Option<(i32, i16)> = None;
        for (age, thread) in self.threads.iter().rev().enumerate() {
            let named = thread.named;
            let same_sentence = thread.sentence == sentence;
            let support = if same_sentence { 0 } else { SUPPORT * (4 - thread.mentions.min(4)) };
            for ahead in 0..=1 {
                let step = match named.month() {
                    Some(from) => {
                        let step = i32::from(month - from) + 12 * ahead;
                        if step < 0 { -BACK * step } else { AHEAD * step }
                    }
                    None if same_sentence => 0,
                    None => YEAR_ONLY,
                };
                let cost = step + support + ahead * NEXT_YEAR + AGE * i32::try_from(age).unwrap_or(0)
                    - if same_sentence { SAME_SENTENCE } else { 0 };
                let year = named.year() + i16::try_from(ahead).unwrap_or(0);
                if best.is_none_or(|(least, _)| cost < least) {
                    best = Some((cost, year));
                }
            }
        }
        best.map(|(_, year)| year)
    }

    /// Notes a time that the text names: whether it lies far from the publication, and whether it is only mentioned in
    /// passing.
    pub(super) fn note(&mut self, named: PublishDate, far: bool, aside: bool, sentence: usize) {
        self.weight = (self.weight + if far { 1 } else { -1 }).clamp(-3, 4);
        self.day = named.day().or(self.day);
        if self.chapter.is_some_and(|chapter| !chapter.annal && chapter.year != named.year()) {
            self.chapter = None;
        }
        // A year once more tells nothing new, and would hide the month.
        if let (PublishDate::Year(year), Some(now)) = (named, self.now())
            && year == now.year()
        {
            return;
        }
        self.follow(named, sentence);
        if aside && let [.., _, _] = self.threads.as_slice() {
            let last = self.threads.len() - 1;
            self.threads.swap(last - 1, last);
        }
    }

    /// Notes a word that speaks for news.
    pub(super) fn note_news(&mut self) {
        self.weight = (self.weight - 1).max(-3);
    }

    /// The narration moves on to a time reckoned from where it stood.
    pub(super) fn move_to(&mut self, to: PublishDate, sentence: usize) {
        self.follow(to, sentence);
        self.day = to.day().or(self.day);
    }

    /// Goes on with the thread of the same year, or with a new one.
    fn follow(&mut self, named: PublishDate, sentence: usize) {
        let before = self.threads.iter().position(|thread| thread.named.year() == named.year());
        let mentions = before.map_or(0, |at| self.threads.remove(at).mentions) + 1;
        if self.threads.len() == THREADS {
            self.threads.remove(0);
        }
        self.threads.push(Thread { named, sentence, mentions });
    }
}

/// The chapters of a text by the years in its headings. A heading without a year ends one, unless that is of an annal.
fn chapters(document: &Document) -> Vec<(usize, Option<Chapter>)> {
    let mut chapters: Vec<(usize, Option<Chapter>)> = Vec::new();
    let mut now = None;
    for (position, sentence) in document.sentences.iter().enumerate() {
        let year_in = |at: usize| {
            let token = &document.tokens[at];
            let year = token.text(document.text).parse::<i16>().ok();
            year.filter(|year| {
                token.shape == Shape::Digits && token.end - token.start == 4 && (1000..=2100).contains(year)
            })
        };
        let alone = sentence.tokens.len() == 1;
        if !alone && document.blocks[sentence.block].kind != BlockKind::Heading {
            continue;
        }
        let mut years = sentence.tokens.clone().filter_map(year_in);
        now = match (years.next(), years.next()) {
            (Some(year), None) => Some(Chapter { year, annal: alone }),
            (Some(_), Some(_)) => None,
            (None, _) => now.filter(|chapter: &Chapter| chapter.annal),
        };
        chapters.push((position, now));
    }
    chapters
}
