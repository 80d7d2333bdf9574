//! Who says so: speaker, relay and how it is said.
//!
//! Noun phrases become one item each ([`phrases`]); the pack's patterns find the frames among them ([`frames`]): cue,
//! speaker, relay; and [`content`] tells what each attributes. A quotation without a frame, and a sentence in the mood
//! of reported speech, go to whoever spoke last in the paragraph.

mod content;
mod frames;
mod people;
mod phrases;
mod quotations;
mod sources;
mod surveys;

use std::{ops::Range, rc::Rc};

use frames::Frame;
use phrases::Phrases;
use smallvec::SmallVec;

use super::{
    Attribution,
    document::{BlockKind, Document, Sentence, Shape},
    expression::{Expressions, Items},
    language::{Pack, WellKnown},
};
use crate::claim::{Modality, Source};

/// What the patterns of attributions may make.
///
/// `attribution.source` has the parts `cue`, `speaker`, `relay` and `relative` (the pronoun of a relative clause), and the
/// constants `content` (`sentence`, `after` or `none`; a clause on either side without it), `speaker` (`subject`: who
/// spoke in the frame before, or else the first phrase; `none`: nobody), `stance`, `survey` and `at` (`start` of the
/// sentence). Beside the well-known classes, a pack may have `circumstance`, `saying` and `subjunctive` to tell where what is
/// said begins and ends; `no_person` to tell whom a pronoun means; `survey`; `denies`, `denied_object` and `denied_pronoun`.
pub(super) const CONSTRUCTORS: &[&str] = &["attribution.source", "phrase.phrase", "modality.modality"];

/// A quotation of fewer tokens is a term in quotation marks rather than something said.
const SHORTEST_QUOTATION: usize = 7;
/// A sentence with a larger share between quotation marks is a quotation with words around it.
const MOSTLY_QUOTED: f64 = 0.5;
/// Who spoke last is who goes on speaking for at most so many sentences.
const CARRY: usize = 6;

/// Sources, which several attributions may have in common.
type Sources = SmallVec<[Rc<Source>; 2]>;

/// What somebody is said to have said.
#[derive(Debug, Clone)]
pub(super) struct Attributed {
    /// The tokens of what is said.
    pub(super) content: Range<usize>,
    /// The tokens of who says it.
    pub(super) speaker: Option<Range<usize>>,
    /// The tokens that attribute it.
    pub(super) cue: Option<Range<usize>>,
    /// The sources that it names.
    pub(super) sources: Sources,
}

impl Attributed {
    /// The tokens of all that belongs to it.
    fn whole(&self) -> Range<usize> {
        let parts = [Some(&self.content), self.cue.as_ref()];
        let parts = || parts.iter().flatten().filter(|part| !part.is_empty());
        parts().map(|part| part.start).min().unwrap_or(0)..parts().map(|part| part.end).max().unwrap_or(0)
    }

    /// The places in the text; `None` if nothing is said.
    fn spans(&self, document: &Document) -> Option<Attribution> {
        if self.content.is_empty() {
            return None;
        }
        Some(Attribution {
            content: document.span(self.content.clone()),
            speaker: self.speaker.clone().map(|tokens| document.span(tokens)),
            cue: self.cue.clone().map(|tokens| document.span(tokens)),
        })
    }
}

/// The attributions of a text.
#[derive(Debug, Default)]
pub(super) struct Attributions {
    all: Vec<Attributed>,
    /// For each sentence, the positions of those that are about it.
    of_sentence: Vec<SmallVec<[usize; 2]>>,
    modality: Vec<Modality>,
    /// For each sentence, the share of it that stands between quotation marks.
    quoted: Vec<f64>,
    /// All that stands between quotation marks, in the order of the text.
    quotations: Vec<Range<usize>>,
}

impl Attributions {
    /// Finds the attributions of a text.
    pub(super) fn find(document: &Document, pack: &Pack, expressions: &Expressions) -> Self {
        Finder::new(document, pack).run(expressions)
    }

    /// The attributions that are about a sentence, given by its position.
    pub(super) fn of_sentence(&self, sentence: usize) -> impl Iterator<Item = &Attributed> {
        self.of_sentence.get(sentence).into_iter().flatten().filter_map(|&at| self.all.get(at))
    }

    /// The sources of a sentence, each once.
    pub(super) fn sources(&self, sentence: usize) -> Vec<Source> {
        let mut sources: SmallVec<[&Source; 4]> = SmallVec::new();
        for source in self.of_sentence(sentence).flat_map(|attributed| &attributed.sources) {
            let known = |other: &&Source| {
                other.role == source.role && (other.name == source.name || other.span == source.span)
            };
            if !sources.iter().any(known) {
                sources.push(source);
            }
        }
        sources.into_iter().cloned().collect()
    }

    /// How a sentence is said.
    pub(super) fn modality(&self, sentence: usize) -> Modality {
        self.modality.get(sentence).copied().unwrap_or(Modality::Asserted)
    }

    /// The share of a sentence that stands between quotation marks, be they its own or those of a longer quotation.
    pub(super) fn quoted(&self, sentence: usize) -> f64 {
        self.quoted.get(sentence).copied().unwrap_or(0.0)
    }

    /// Whether a token stands between quotation marks.
    pub(super) fn is_quoted(&self, token: usize) -> bool {
        quotations::around(&self.quotations, token).is_some()
    }

    /// What a sentence states, given by its position.
    pub(super) fn stated(&self, sentence: usize) -> Stated<'_> {
        let mostly_quoted = self.quoted(sentence) >= MOSTLY_QUOTED;
        Stated {
            quotations: mostly_quoted.then_some(self.quotations.as_slice()),
            told: self.of_sentence(sentence).flat_map(|of| [&of.cue, &of.speaker]).flatten().collect(),
        }
    }

    /// The places of all of them in the text, in its order, but for those within what another attributes.
    pub(super) fn spans(&self, document: &Document) -> Vec<Attribution> {
        let mut order: Vec<_> = self.all.iter().collect();
        order.sort_by_key(|attributed| (attributed.content.start, usize::MAX - attributed.content.end));
        let mut outer = 0..0;
        let mut spans = Vec::new();
        for attributed in order {
            let whole = attributed.whole();
            if outer.start <= whole.start && whole.end <= outer.end {
                continue;
            }
            if let Some(span) = attributed.spans(document) {
                if attributed.content.end > outer.end {
                    outer = attributed.content.clone();
                }
                spans.push(span);
            }
        }
        spans
    }
}

/// What a sentence states, rather than the words that tell who says so.
pub(super) struct Stated<'a> {
    /// Where the sentence is a quotation for the most part, all quotations: it states nothing outside of them.
    quotations: Option<&'a [Range<usize>]>,
    /// The tokens of who says it, and of the words that attribute it.
    told: SmallVec<[&'a Range<usize>; 4]>,
}

impl Stated<'_> {
    /// Whether every token of the sentence is part of it.
    pub(super) fn is_all(&self) -> bool {
        self.quotations.is_none() && self.told.is_empty()
    }

    /// Whether a token of the sentence is part of it.
    pub(super) fn has(&self, token: usize) -> bool {
        self.quotations.is_none_or(|quotations| quotations::around(quotations, token).is_some())
            && !self.told.iter().any(|told| told.contains(&token))
    }
}

/// Who spoke last.
#[derive(Debug, Clone)]
struct Voice {
    sources: Sources,
    speaker: Option<Range<usize>>,
    sentence: usize,
    block: usize,
}

/// What a sentence says of how it is said.
#[derive(Debug, Clone, Default)]
struct Reading {
    told: Option<Modality>,
    /// Whether it has a frame.
    framed: bool,
    /// Whether a frame of it states something.
    stated: bool,
    /// Who speaks in it.
    voice: Option<Rc<Voice>>,
    /// The survey that it names.
    survey: Option<Sources>,
    /// Whether it tells results of a survey.
    results: bool,
}

struct Finder<'a, 't> {
    document: &'a Document<'t>,
    pack: &'a Pack,
    quotations: Vec<Range<usize>>,
    found: Attributions,
    names: sources::Names,
    voice: Option<Rc<Voice>>,
    /// The survey that was named last, and the last sentence that tells of it.
    survey: Option<(Sources, usize)>,
}

impl<'a, 't> Finder<'a, 't> {
    fn new(document: &'a Document<'t>, pack: &'a Pack) -> Self {
        let quotations = quotations::find(document, pack);
        let share = |sentence: &Sentence| quotations::share(&quotations, sentence.tokens.clone());
        let found = Attributions {
            quoted: document.sentences.iter().map(share).collect(),
            of_sentence: vec![SmallVec::new(); document.sentences.len()],
            modality: vec![Modality::Asserted; document.sentences.len()],
            all: Vec::new(),
            quotations: quotations.clone(),
        };
        let names = sources::Names::of(document, pack, &quotations);
        Self { document, pack, quotations, found, names, voice: None, survey: None }
    }

    fn run(mut self, expressions: &Expressions) -> Attributions {
        // First the frames, then what goes on without one: a quotation may be claimed by the frame behind it.
        let (mut phrases, mut items) = (Phrases::default(), Items::default());
        let mut readings: Vec<Reading> = vec![Reading::default(); self.document.sentences.len()];
        for (position, sentence) in self.document.sentences.iter().enumerate() {
            if self.document.blocks[sentence.block].kind == BlockKind::Aside {
                continue;
            }
            let results = surveys::tells_results(self.document, self.pack, expressions, position);
            if !phrases.read(self.document, self.pack, expressions, position, &mut items) {
                readings[position].results = results;
                continue;
            }
            let mut frames = frames::find(self.document, self.pack, &self.quotations, &phrases);
            let share = surveys::has_share(expressions, position);
            frames.retain(|frame| self.passes_on(frame));
            frames.retain(|frame| (share || !frame.survey) && !self.is_quoted_speech(frame));
            // Who only passes on what the sentence says needs somebody who says it.
            if frames.iter().all(|frame| frame.place == frames::Place::Nowhere) {
                frames.clear();
            }
            let named = frames.iter().filter(|frame| self.names_speaker(frame)).count();
            for (at, frame) in frames.iter().enumerate() {
                let relays = named > 0 && !self.names_speaker(frame) && frame.speaker.is_some();
                self.frame(position, frame, frames.get(at + 1).map(|next| next.tokens.start), relays);
            }
            readings[position] = Reading {
                told: self.told(&phrases),
                framed: !frames.is_empty(),
                stated: frames.iter().any(|frame| !frame.stance),
                voice: self.voice.clone().filter(|voice| voice.sentence == position),
                survey: self.survey.clone().filter(|(_, at)| *at == position).map(|(sources, _)| sources),
                results,
            };
        }
        self.voice = None;
        self.survey = None;
        // Sentences that wait for the frame behind them: a quotation or reported speech that nobody has claimed yet.
        let mut waiting: Option<usize> = None;
        for (position, reading) in readings.into_iter().enumerate() {
            let block = self.document.sentences[position].block;
            if self.document.blocks[block].kind == BlockKind::Aside {
                continue;
            }
            let Reading { told, framed, stated, voice, survey, results } = reading;
            if let Some(sources) = survey {
                self.survey = Some((sources, position));
            }
            if voice.is_some() {
                self.voice = voice;
            }
            let reported = told == Some(Modality::Reported);
            let quoted = self.quotations_of(position);
            let carried = !stated && (reported || quoted) && self.found.of_sentence[position].is_empty();
            if carried && !self.carry(position, quoted) {
                waiting = waiting.or(Some(position));
            } else if let (Some(first), Some(voice)) = (waiting.take(), self.voice.clone())
                && voice.sentence == position
                && self.document.sentences[first].block == block
                && position - first <= CARRY
            {
                for earlier in first..position {
                    if self.found.of_sentence[earlier].is_empty() {
                        self.give(earlier, &voice, self.document.sentences[earlier].tokens.clone());
                    }
                }
            }
            if results && !quoted && self.found.of_sentence[position].is_empty() {
                self.carry_survey(position);
            }
            let attributed = !self.found.of_sentence[position].is_empty();
            self.found.modality[position] = match told {
                Some(Modality::Reported) | None if attributed => Modality::Reported,
                Some(Modality::Planned | Modality::Predicted) if attributed && framed => Modality::Reported,
                Some(modality) => modality,
                None => Modality::Asserted,
            };
        }
        for (position, about) in self.found.of_sentence.iter().enumerate() {
            if !about.is_empty() && self.found.modality[position] == Modality::Asserted {
                self.found.modality[position] = Modality::Reported;
            }
        }
        self.found
    }

    /// Whether a frame stands within what somebody is quoted with, and so is part of what they say.
    fn is_quoted_speech(&self, frame: &Frame) -> bool {
        quotations::around(&self.quotations, frame.cue.start).is_some_and(|quotation| {
            quotation.len() >= SHORTEST_QUOTATION
                && quotation.end >= frame.cue.end
                && quotation.start < frame.tokens.start
        })
    }

    /// How a sentence is said by its own words, as far as they tell.
    fn told(&self, phrases: &Phrases) -> Option<Modality> {
        let mut told: Option<Modality> = None;
        self.pack.modalities().scan(&phrases.stream, 0..phrases.len(), |matched| {
            let modality = matched.constant("modality").and_then(|name| name.parse().ok());
            let weight = |modality: Option<Modality>| match modality {
                Some(Modality::Denied) => 5,
                Some(Modality::Alleged) => 4,
                Some(Modality::Planned) => 3,
                Some(Modality::Predicted) => 2,
                Some(Modality::Reported) => 1,
                Some(Modality::Asserted) | None => 0,
            };
            if weight(modality) > weight(told) {
                told = modality;
            }
        });
        told
    }

    /// Whether a frame names somebody who speaks, rather than an agency that passes it on.
    fn names_speaker(&self, frame: &Frame) -> bool {
        !frame.stance
            && frame
                .speaker
                .clone()
                .is_some_and(|(tokens, _)| !sources::is_agency(self.document, self.pack, tokens))
    }

    /// Whether a frame that only tells who passes something on names an agency, a newspaper or a broadcaster.
    fn passes_on(&self, frame: &Frame) -> bool {
        frame.place != frames::Place::Nowhere
            || frame.relay.clone().is_some_and(|tokens| sources::is_agency(self.document, self.pack, tokens))
    }

    /// Takes a frame of a sentence; one that `relays` names who passes on what another frame of the sentence attributes.
    fn frame(&mut self, position: usize, frame: &Frame, next: Option<usize>, relays: bool) {
        let sentence = self.document.sentences[position].tokens.clone();
        let content = if relays && frame.place == frames::Place::Sentence {
            0..0
        } else {
            let contents =
                content::Contents { document: self.document, pack: self.pack, quotations: &self.quotations };
            let content = contents.of(&sentence, frame, next);
            self.denied(position, frame).unwrap_or(content)
        };
        let mut sources = Sources::new();
        let speaker = frame.subject();
        if frame.stance {
            // Who takes a stance is whom a pronoun behind it means.
            if let Some((tokens, kind)) = frame.speaker.clone() {
                let _ = self.names.source(self.document, self.pack, position, tokens, kind, None);
            }
            self.found.all.push(Attributed { content, speaker, cue: Some(frame.cue.clone()), sources });
            return;
        }
        if let Some((tokens, kind)) = frame.speaker.clone() {
            let cue = Some(frame.cue.clone());
            sources.push(Rc::new(self.names.source(self.document, self.pack, position, tokens, kind, cue)));
        }
        if let Some(tokens) = frame.relay.clone() {
            let mut relay =
                self.names.source(self.document, self.pack, position, tokens, phrases::Kind::Noun, None);
            relay.role = crate::claim::SourceRole::Relay;
            sources.push(Rc::new(relay));
        }
        let block = self.document.sentences[position].block;
        if frame.place == frames::Place::Nowhere {
            // It adds to who speaks.
        } else if sources.is_empty() && !frame.nobody {
            // A frame that names nobody goes on for who spoke last: "demnach".
            if let Some(voice) =
                self.voice.as_ref().filter(|voice| voice.block == block && position <= voice.sentence + CARRY)
            {
                sources.clone_from(&voice.sources);
            }
        } else if !relays && !sources.is_empty() {
            self.voice = Some(Rc::new(Voice {
                sources: sources.clone(),
                speaker: speaker.clone(),
                sentence: position,
                block,
            }));
        }
        let survey = |tokens: Range<usize>| surveys::names_one(self.document, self.pack, tokens);
        if (survey(frame.cue.clone()) || speaker.clone().is_some_and(survey)) && !sources.is_empty() {
            self.survey = Some((sources.clone(), position));
        }
        self.add(position, Attributed { content, speaker, cue: Some(frame.cue.clone()), sources });
    }

    /// The sentence before, if a frame denies what stands there: "He has denied the accusations."
    fn denied(&self, position: usize, frame: &Frame) -> Option<Range<usize>> {
        let sentences = &self.document.sentences;
        let tokens = sentences[position].tokens.clone();
        let has = |at: usize, class| self.pack.has_class(self.document.tokens[at].symbol, class);
        let is = |at: usize, class| self.pack.has(self.document.tokens[at].symbol, class);
        let says_what = |at: usize| {
            is(at, WellKnown::ContentClause) || is(at, WellKnown::Colon) || is(at, WellKnown::Quotation)
        };
        let denies = |mut tokens: Range<usize>| tokens.any(|at| has(at, "denies"));
        // "He denies." is of what stands before it, "he denied stealing it" is not.
        let goes_on =
            |from: usize| (from..tokens.end).any(|at| self.document.tokens[at].shape == Shape::Lower);
        if !denies(frame.cue.clone())
            || !tokens.clone().any(|at| has(at, "denied_object"))
                && goes_on(frame.cue.end)
                && !(frame.cue.end < tokens.end && has(frame.cue.end, "denied_pronoun"))
            || tokens.into_iter().any(says_what)
        {
            return None;
        }
        // Where one denial follows another, both are of what stands before them.
        let block = sentences[position].block;
        let before = (position.saturating_sub(CARRY)..position)
            .rev()
            .find(|&before| !denies(sentences[before].tokens.clone()))?;
        (sentences[before].block == block).then(|| sentences[before].tokens.clone())
    }

    /// Gives a sentence that tells results to the survey that was named last.
    fn carry_survey(&mut self, position: usize) {
        if let Some((sources, last)) = &mut self.survey
            && position <= *last + CARRY
        {
            *last = position;
            let sources = sources.clone();
            self.add(position, Attributed { content: 0..0, speaker: None, cue: None, sources });
        }
    }

    /// Adds an attribution for its own sentence and for those that its content reaches into.
    fn add(&mut self, position: usize, attributed: Attributed) {
        let at = self.found.all.len();
        let sentences = &self.document.sentences;
        let mut about = position..position;
        if !attributed.content.is_empty() {
            about.start =
                sentences.partition_point(|sentence| sentence.tokens.end <= attributed.content.start);
            about.end = sentences.partition_point(|sentence| sentence.tokens.start < attributed.content.end);
        }
        if !about.contains(&position) {
            self.found.of_sentence[position].push(at);
        }
        for about in about {
            self.found.of_sentence[about].push(at);
        }
        self.found.all.push(attributed);
    }

    /// Whether a sentence is for the most part a quotation.
    fn quotations_of(&self, position: usize) -> bool {
        let sentence = &self.document.sentences[position].tokens;
        quotations::around(&self.quotations, sentence.start)
            .or_else(|| quotations::first_in(&self.quotations, sentence.clone()))
            .is_some_and(|quotation| {
                let inside =
                    quotation.end.min(sentence.end).saturating_sub(quotation.start.max(sentence.start));
                quotation.len() >= SHORTEST_QUOTATION && inside * 2 >= sentence.len()
            })
    }

    /// Gives a sentence to who spoke last in its paragraph, or in the one before if it is a quotation.
    fn carry(&mut self, position: usize, quoted: bool) -> bool {
        let block = self.document.sentences[position].block;
        let Some(voice) = self.voice.clone() else { return false };
        let near = voice.block == block || quoted && voice.block + 1 >= block;
        if !near || position > voice.sentence + CARRY {
            return false;
        }
        let sentence = self.document.sentences[position].tokens.clone();
        let content = if quoted {
            let quotation = quotations::around(&self.quotations, sentence.start)
                .or_else(|| quotations::first_in(&self.quotations, sentence.clone()))
                .unwrap_or_else(|| sentence.clone());
            quotation.start.max(sentence.start)..quotation.end
        } else {
            sentence
        };
        if !self.extend(position, &voice, &content, quoted) {
            self.give(position, &voice, content);
        }
        if let Some(last) = self.voice.as_mut().map(Rc::make_mut) {
            last.sentence = position;
            last.block = block;
        }
        true
    }

    /// Adds a sentence to what the one before attributes, if it goes on with it: reported speech with reported speech, a
    /// quotation with a quotation.
    fn extend(&mut self, position: usize, voice: &Voice, content: &Range<usize>, quoted: bool) -> bool {
        let sentences = &self.document.sentences;
        let follows =
            voice.sentence + 1 == position && sentences[voice.sentence].block == sentences[position].block;
        let before = self.found.of_sentence[voice.sentence].last().copied().filter(|_| follows);
        let Some(last) = before.and_then(|at| self.found.all.get_mut(at)) else { return false };
        let quotes = |at: usize| self.pack.has(self.document.tokens[at].symbol, WellKnown::QuoteMark);
        let goes_on = if quoted {
            last.content.end > last.content.start && quotes(last.content.end - 1)
        } else {
            last.cue.is_none()
        };
        if !goes_on || last.speaker != voice.speaker || last.content.start >= content.end {
            return false;
        }
        last.content.end = content.end;
        self.found.of_sentence[position].extend(before);
        true
    }

    fn give(&mut self, position: usize, voice: &Voice, content: Range<usize>) {
        let speaker = voice.speaker.clone();
        self.add(position, Attributed { content, speaker, cue: None, sources: voice.sources.clone() });
    }
}
