//! What a sentence has that speaks for or against checking it.

use crate::{
    claim::{FigureKind, Modality, PointValue, SourceRole, TimexType},
    extract::{
        attribution::Attributions,
        document::{BlockKind, Document, Shape},
        expression::Expressions,
        language::{Pack, WellKnown},
    },
};

macro_rules! features {
    ($($name:ident: $reason:literal,)+) => {
        /// What a sentence has, each with its strength; 0 where it has it not.
        #[derive(Debug, Default)]
        pub(in crate::extract) struct Features {
            $($name: f64,)+
        }

        impl Features {
            /// The names of the features in a pack's weights.
            pub(in crate::extract) const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];
            /// What each feature is, as a reviewer reads it.
            pub(super) const REASONS: &'static [&'static str] = &[$($reason),+];
            /// The same where it speaks against a check.
            pub(super) const REASONS_AGAINST: &'static [&'static str] = &[$(concat!("less: ", $reason)),+];

            /// How strong each feature is.
            pub(in crate::extract) fn strengths(&self) -> [f64; Self::NAMES.len()] {
                [$(self.$name),+]
            }
        }
    };
}

features! {
    figure: "has a figure",
    figures: "has several figures",
    money: "names a sum of money",
    percent: "names a percentage",
    digits: "has numbers",
    age: "gives an age",
    length_of_time: "says how long",
    date: "names a date",
    vague_date: "gives a time only roughly",
    record: "claims a record",
    comparison: "speaks of size or change",
    grave: "tells of harm, crime, law or power",
    names: "names persons or places",
    reported: "reports what somebody said",
    named_source: "names its source",
    official_source: "names an official source",
    anonymous_source: "its source stays unnamed",
    alleged: "hearsay",
    denied: "denies something",
    planned: "announces a plan",
    predicted: "predicts",
    past: "tells what happened",
    finite: "is a full statement",
    quoted: "is a quotation",
    question: "asks",
    exclamation: "exclaims",
    opinion: "expresses an opinion",
    asked: "reports a question",
    conditional: "depends on a condition",
    vague: "is vague",
    modal: "says what should or could be",
    speculation: "guesses at what could be",
    first_person: "speaks in the first person",
    belief: "tells what somebody believes",
    evaluation: "praises or blames",
    emphasis: "is emphatic",
    colloquial: "is talk",
    address: "speaks to its audience",
    general: "names nothing in particular",
    done: "tells what was done",
    plain: "states plainly",
    quoted_past: "quotes what happened",
    quoted_names: "quotes names",
    quoted_plain: "quotes a plain statement",
    opinion_piece: "stands among opinions",
    length: "says much",
    short: "says little",
    no_words: "has no words to check",
}

/// A sentence of so many words says as much as one of more.
const FULL_LENGTH: usize = 28;

/// More grave words than this make a matter no graver.
const MOST_GRAVE: usize = 2;

/// A condition is told from one of the first tokens: a quotation mark may stand before it.
const CONDITION: usize = 2;

/// A sentence with a larger share between quotation marks is a quotation with words around it.
const MOSTLY_QUOTED: f64 = 0.5;

/// More words of a kind than this say no more.
const MOST_OF_A_KIND: usize = 3;

/// So many sentences without an opinion are thought of as standing beside those of a text, so that one opinion makes no
/// short text an opinion piece.
const PLAIN_SENTENCES: usize = 4;
/// A text with no larger share of opinions is a report, one with so much more is an opinion piece.
const REPORT: f64 = 0.2;
const OPINION_PIECE: f64 = 0.25;

/// The classes of which it matters how many words of a sentence have them.
const COUNTED: [WellKnown; 5] =
    [WellKnown::Grave, WellKnown::Opinion, WellKnown::Evaluative, WellKnown::Emphatic, WellKnown::Colloquial];
const COUNTED_MASK: u64 = WellKnown::mask(&COUNTED);

/// What the words of a sentence are, seen in one walk.
#[derive(Debug, Default)]
struct Words {
    /// The well-known classes of what is stated.
    stated: u64,
    /// The well-known classes of all of it.
    any: u64,
    /// How many words of what is stated have the classes of [`COUNTED`].
    counts: [usize; COUNTED.len()],
    /// The number of words.
    words: usize,
    /// Whether there are digits.
    digits: bool,
    /// Whether a name is part of what is stated: a capital inside of the sentence.
    names: bool,
    /// The last mark that can end a sentence.
    terminal: Option<usize>,
}

impl Words {
    fn of(document: &Document, pack: &Pack, position: usize, attributions: &Attributions) -> Self {
        let tokens = document.sentences[position].tokens.clone();
        let stated = attributions.stated(position);
        let all_stated = stated.is_all();
        let mut seen = Self::default();
        for at in tokens.clone() {
            let token = &document.tokens[at];
            let classes = pack.well_known(token.symbol);
            seen.any |= classes;
            seen.words += usize::from(token.shape.is_word());
            seen.digits |= token.shape == Shape::Digits;
            if classes & WellKnown::mask(&[WellKnown::Terminal]) != 0 {
                seen.terminal = Some(at);
            }
            if !(all_stated || stated.has(at)) {
                continue;
            }
            seen.stated |= classes;
            if classes & COUNTED_MASK != 0 {
                for (count, class) in seen.counts.iter_mut().zip(COUNTED) {
                    *count += usize::from(classes & WellKnown::mask(&[class]) != 0);
                }
            }
            seen.names |= at > tokens.start
                && token.shape.is_capital()
                && classes & WellKnown::mask(&[WellKnown::Function]) == 0;
        }
        seen
    }
}

impl Features {
    /// The features of each sentence of the running text, with its position.
    pub(in crate::extract) fn of_text(
        document: &Document,
        pack: &Pack,
        expressions: &Expressions,
        attributions: &Attributions,
    ) -> Vec<(usize, Self)> {
        let is_running = |position: &usize| {
            document.blocks[document.sentences[*position].block].kind == BlockKind::Paragraph
        };
        let mut all: Vec<(usize, Self)> = Vec::with_capacity(document.sentences.len());
        all.extend(
            (0..document.sentences.len())
                .filter(is_running)
                .map(|position| (position, Self::of(document, pack, position, expressions, attributions))),
        );
        let own: Vec<f64> = all.iter().filter_map(|(_, features)| features.own_opinion()).collect();
        let opinions = own.iter().sum::<f64>() / small(own.len() + PLAIN_SENTENCES);
        let opinion_piece = ((opinions - REPORT) / OPINION_PIECE).clamp(0.0, 1.0);
        for (_, features) in &mut all {
            features.opinion_piece = opinion_piece * (1.0 - features.quoted);
        }
        all
    }

    /// How much of an opinion a sentence is, from 0 to 1, where it is the article's own; `None` in a quotation.
    fn own_opinion(&self) -> Option<f64> {
        let signs = self.question
            + self.exclamation
            + self.opinion
            + self.evaluation / 2.0
            + self.emphasis / 2.0
            + self.first_person
            + self.address
            + self.modal;
        (self.quoted == 0.0).then_some(signs.min(2.0) / 2.0)
    }

    /// The features of a sentence by itself, given by its position.
    fn of(
        document: &Document,
        pack: &Pack,
        position: usize,
        expressions: &Expressions,
        attributions: &Attributions,
    ) -> Self {
        let tokens = document.sentences[position].tokens.clone();
        let yes = |yes: bool| f64::from(u8::from(yes));
        let Words { stated, any, counts, words, digits, names, terminal } =
            Words::of(document, pack, position, attributions);
        let has = |class| yes(stated & WellKnown::mask(&[class]) != 0);
        let count = |class| {
            let at = COUNTED.iter().position(|&counted| counted == class);
            at.map_or(0, |at| counts[at])
        };
        // Behind an auxiliary it is no question, and no belief, that is told: "was asked to", "is believed to have".
        let active = |class| {
            let is_active = |at: usize| {
                pack.has(document.tokens[at].symbol, class)
                    && !attributions.is_quoted(at)
                    && (at == tokens.start
                        || !pack.has(document.tokens[at - 1].symbol, WellKnown::FiniteVerb))
            };
            yes(any & WellKnown::mask(&[class]) != 0 && tokens.clone().any(is_active))
        };
        // With a capital inside of a sentence it is another word: "May".
        let small_word = |class| {
            let is_small = |at: usize| {
                let token = &document.tokens[at];
                pack.has(token.symbol, class) && (at == tokens.start || !token.shape.is_capital())
            };
            yes(stated & WellKnown::mask(&[class]) != 0 && tokens.clone().any(is_small))
        };
        let mut features = Self {
            comparison: has(WellKnown::Comparison),
            grave: small(count(WellKnown::Grave).min(MOST_GRAVE)),
            past: has(WellKnown::PastTense),
            finite: has(WellKnown::FiniteVerb),
            opinion: small(count(WellKnown::Opinion)),
            asked: active(WellKnown::Asking),
            belief: active(WellKnown::Belief),
            conditional: yes(tokens.clone().take(CONDITION).any(|at| {
                document.tokens[at].shape.is_capital()
                    && pack.has(document.tokens[at].symbol, WellKnown::Condition)
            })),
            vague: has(WellKnown::Vague),
            modal: small_word(WellKnown::Modal),
            speculation: small_word(WellKnown::Speculative),
            first_person: has(WellKnown::Personal),
            evaluation: small(count(WellKnown::Evaluative).min(MOST_OF_A_KIND)),
            emphasis: small(count(WellKnown::Emphatic).min(MOST_OF_A_KIND)),
            colloquial: small(count(WellKnown::Colloquial).min(MOST_OF_A_KIND)),
            address: has(WellKnown::Address),
            done: has(WellKnown::PastForm),
            length: small(words.min(FULL_LENGTH)) / small(FULL_LENGTH),
            short: yes(words < 6),
            no_words: yes(words < 3),
            names: yes(names),
            ..Self::default()
        };
        features.pointed(expressions, position);
        // The digits of an age tell who somebody is, as a name does.
        let of_age = |at| {
            expressions.of_sentence(position).iter().any(|e| is_age(&e.point.value) && e.tokens.contains(&at))
        };
        features.digits = yes(digits
            && (features.age == 0.0
                || tokens.clone().any(|at| document.tokens[at].shape == Shape::Digits && !of_age(at))));
        // What stands at the end, behind any quotation mark or bracket.
        if let Some(last) = terminal.filter(|last| last + 3 >= tokens.end) {
            features.question = yes(pack.has(document.tokens[last].symbol, WellKnown::QuestionMark));
            features.exclamation =
                yes(!pack.has(document.tokens[last].symbol, WellKnown::FullStop)) - features.question;
        }
        features.attributed(document, pack, position, attributions);
        if attributions.of_sentence(position).next().is_some() || features.quoted > 0.0 {
            // That somebody said so can be checked.
            features.speculation = 0.0;
        }
        features.combined();
        features
    }

    /// What follows from several features together.
    fn combined(&mut self) {
        let yes = |yes: bool| f64::from(u8::from(yes));
        let soft = self.opinion
            + self.evaluation
            + self.modal
            + self.vague
            + self.question
            + self.exclamation
            + self.first_person
            + self.address
            + self.conditional
            + self.asked;
        let quoted = yes(self.quoted >= MOSTLY_QUOTED);
        self.plain = (1.0 - quoted) * yes(soft == 0.0);
        self.quoted_plain = quoted * yes(soft == 0.0);
        self.quoted_past = quoted * yes(self.past + self.done > 0.0);
        self.quoted_names = quoted * self.names;
        self.general = yes(self.digits + self.names + self.past + self.figure == 0.0);
    }

    /// What the points of the sentence say.
    fn pointed(&mut self, expressions: &Expressions, position: usize) {
        for point in expressions.of_sentence(position).iter().map(|expression| &expression.point.value) {
            match point {
                // "PRESENT_REF" and the like: "now", "once".
                PointValue::Date(date) if date.value.ends_with("_REF") => self.vague_date = 1.0,
                PointValue::Date(date) if date.timex_type == TimexType::Duration => self.length_of_time = 1.0,
                PointValue::Date(_) => self.date = 1.0,
                PointValue::Record(_) => self.record = 1.0,
                point if is_age(point) => self.age = 1.0,
                PointValue::Figure(figure) => {
                    self.figures = self.figure;
                    self.figure = 1.0;
                    match figure.kind {
                        FigureKind::Money => self.money = 1.0,
                        FigureKind::Percent => self.percent = 1.0,
                        _ => {}
                    }
                }
            }
        }
    }

    fn attributed(&mut self, document: &Document, pack: &Pack, position: usize, attributions: &Attributions) {
        match attributions.modality(position) {
            Modality::Asserted => {}
            Modality::Reported => self.reported = 1.0,
            Modality::Alleged => self.alleged = 1.0,
            Modality::Denied => self.denied = 1.0,
            Modality::Planned => self.planned = 1.0,
            Modality::Predicted => self.predicted = 1.0,
        }
        for attributed in attributions.of_sentence(position) {
            let Some(speaker) = attributed.speaker.clone() else { continue };
            if speaker.clone().any(|at| pack.has(document.tokens[at].symbol, WellKnown::Official)) {
                self.official_source = 1.0;
            }
            for source in &attributed.sources {
                if source.anonymous {
                    self.anonymous_source = 1.0;
                } else if source.role == SourceRole::Speaker {
                    self.named_source = 1.0;
                }
            }
        }
        self.quoted = attributions.quoted(position);
    }
}

fn is_age(point: &PointValue) -> bool {
    matches!(point, PointValue::Figure(figure) if figure.kind == FigureKind::Age)
}

/// A count as a strength.
fn small(count: usize) -> f64 {
    f64::from(u16::try_from(count).unwrap_or(u16::MAX))
}
