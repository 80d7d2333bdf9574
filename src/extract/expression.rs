//! The expressions of a text: dates, figures and records, each with the tokens that it covers.

use std::{cell::LazyCell, ops::Range, sync::Arc};

use compact_str::CompactString;

use super::{
    document::Document,
    figure,
    language::Pack,
    pattern::{Match, Matcher, Stream},
    time,
};
use crate::claim::{Point, PointValue, PublishDate};

/// A date, a figure or a record in the text.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    /// Its tokens, as positions in the document's.
    pub(super) tokens: Range<usize>,
    /// The position of its sentence in the document's.
    pub(super) sentence: usize,
    /// What it says.
    pub(super) point: Arc<Point>,
}

impl Expression {
    /// An expression over a range of tokens that is not empty; `derivation` says how its value was reckoned.
    pub(super) fn new(
        document: &Document,
        sentence: usize,
        tokens: Range<usize>,
        value: PointValue,
        derivation: CompactString,
        pattern: &Arc<str>,
    ) -> Self {
        let point = Arc::new(Point {
            span: document.span(tokens.clone()),
            text: document.slice(tokens.clone()).into(),
            value,
            derivation,
            pattern: Arc::clone(pattern),
        });
        Self { tokens, sentence, point }
    }
}

/// A text has hardly more expressions than one for so many tokens.
const TOKENS_FOR_ONE: usize = 12;

/// The expressions of a text, in its order; records may enclose others.
#[derive(Debug, Default)]
pub(super) struct Expressions {
    all: Vec<Expression>,
    /// For each sentence, the position of its first expression among all, or where it would be; and the number of all.
    first: Vec<u32>,
}

impl Expressions {
    /// Finds the dates and figures of a text.
    pub(super) fn find(
        document: &Document,
        pack: &Pack,
        publish_date: Option<PublishDate>,
        prefer: time::Prefer,
    ) -> Self {
        let stream = &document.stream;
        let mut timeline = time::Timeline::of(document, pack, publish_date, prefer);
        let mut all = Vec::with_capacity(document.tokens.len() / TOKENS_FOR_ONE);
        for (position, sentence) in document.sentences.iter().enumerate() {
            timeline.enter(position, sentence.block);
            let clauses = LazyCell::new(|| time::Clauses::of(document, pack, sentence.tokens.clone()));
            let mut interpret = |matched: Match| {
                if matched.pattern.definition.make.starts_with("time.") {
                    time::interpret(&matched, document, pack, position, &clauses, &mut timeline, &mut all);
                } else {
                    figure::interpret(&matched, document, pack, position, &mut all);
                }
            };
            if prefer == time::Prefer::Future {
                with_appointments(pack, stream, sentence.tokens.clone()).into_iter().for_each(interpret);
            } else {
                pack.points().scan(stream, sentence.tokens.clone(), &mut interpret);
            }
        }
        let mut expressions = Self { all, first: vec![0; document.sentences.len() + 1] };
        expressions.arrange();
        expressions
    }

    /// Puts all in the order of the text, and notes where those of each sentence begin.
    fn arrange(&mut self) {
        self.all
            .sort_by_key(|expression| (expression.tokens.start, std::cmp::Reverse(expression.tokens.end)));
        self.note_first();
    }

    /// Notes where the expressions of each sentence begin.
    fn note_first(&mut self) {
        let mut at = 0;
        for (sentence, first) in self.first.iter_mut().enumerate() {
            at += self.all[at..].iter().take_while(|expression| expression.sentence < sentence).count();
            *first = short(at);
        }
    }

    /// Adds expressions, keeping the order of the text.
    pub(super) fn extend(&mut self, more: Vec<Expression>) {
        if !more.is_empty() {
            self.all.extend(more);
            self.arrange();
        }
    }

    /// Keeps the expressions that a test lets pass, which sees them in the order of the text.
    pub(super) fn retain(&mut self, keep: impl FnMut(&Expression) -> bool) {
        let before = self.all.len();
        self.all.retain(keep);
        if self.all.len() < before {
            self.note_first();
        }
    }

    /// All expressions, in the order of the text.
    pub(super) fn all(&self) -> &[Expression] {
        &self.all
    }

    /// The expressions of a sentence, in the order of the text.
    pub(super) fn of_sentence(&self, sentence: usize) -> &[Expression] {
        &self.all[self.range_of_sentence(sentence)]
    }

    /// Where the expressions of a sentence stand among all.
    pub(super) fn range_of_sentence(&self, sentence: usize) -> Range<usize> {
        let first =
            |sentence: usize| self.first.get(sentence).map_or(self.all.len(), |&first| first as usize);
        first(sentence)..first(sentence + 1)
    }

    /// All as points.
    pub(super) fn into_points(self) -> Vec<Arc<Point>> {
        self.all.into_iter().map(|expression| expression.point).collect()
    }
}

/// The dates and figures of a sentence, and those dates that only appointments have: of two that overlap the longer one, of
/// equals the appointment.
fn with_appointments<'p>(pack: &'p Pack, stream: &Stream, sentence: Range<usize>) -> Vec<Match<'p>> {
    let (mut points, mut appointments) = (Vec::new(), Vec::new());
    pack.points().scan(stream, sentence.clone(), |matched| points.push(matched));
    pack.appointments().scan(stream, sentence, |matched| {
        if matched.pattern.definition.make != "time.nothing" {
            appointments.push(matched);
        }
    });
    let overlap = |one: &Match, other: &Match| {
        let (one, other) = (one.span(), other.span());
        one.start < other.end && other.start < one.end
    };
    // Both are in order and overlap none of their own, so that each walk over the other goes on where the last one stopped.
    let mut from = 0;
    appointments.retain(|appointment| {
        from += points[from..].iter().take_while(|p| p.span().end <= appointment.span().start).count();
        let mut near = points[from..].iter().take_while(|p| p.span().start < appointment.span().end);
        near.all(|point| point.span().len() <= appointment.span().len())
    });
    from = 0;
    points.retain(|point| {
        from += appointments[from..].iter().take_while(|a| a.span().end <= point.span().start).count();
        appointments.get(from).is_none_or(|appointment| !overlap(appointment, point))
    });
    points.append(&mut appointments);
    points.sort_by_key(|matched| matched.range.start);
    points
}

/// Whether a layer above the points can have a match in a sentence, told without a look at how its expressions lie in it.
pub(super) fn may_fit(
    layer: Matcher,
    document: &Document,
    pack: &Pack,
    expressions: &Expressions,
    sentence: usize,
) -> bool {
    let fits = |expression: &Expression| {
        pack.expression(&expression.point.value).is_some_and(|symbol| layer.may_fit(&[symbol]))
    };
    layer.may_fit(&document.stream.symbols()[document.sentences[sentence].tokens.clone()])
        || expressions.of_sentence(sentence).iter().any(fits)
}

/// A sentence in which each date and figure counts as one item, for the layers above the points.
#[derive(Debug, Default)]
pub(super) struct Items {
    /// The symbols of the items.
    pub(super) stream: Stream,
    items: Vec<Item>,
}

/// A token, or the tokens of an expression.
#[derive(Debug, Clone, Copy)]
struct Item {
    start: u32,
    end: u32,
    /// The position of the expression in [`Expressions::of_sentence`]; [`WORD`] for a token.
    expression: u32,
}

/// No expression.
const WORD: u32 = u32::MAX;

impl Items {
    /// Takes the items of a sentence in, given by its position, instead of those of another. Records are left out: they
    /// enclose others.
    pub(super) fn read(
        &mut self,
        document: &Document,
        pack: &Pack,
        expressions: &Expressions,
        sentence: usize,
    ) {
        self.read_all_but(document, pack, expressions, sentence, |_| false);
    }

    /// The same, but some expressions stay the words that they are.
    pub(super) fn read_all_but(
        &mut self,
        document: &Document,
        pack: &Pack,
        expressions: &Expressions,
        sentence: usize,
        words: impl Fn(&Expression) -> bool,
    ) {
        self.stream.clear();
        self.items.clear();
        let Range { start: mut at, end } = document.sentences[sentence].tokens;
        for (position, expression) in expressions.of_sentence(sentence).iter().enumerate() {
            if expression.tokens.start < at
                || matches!(expression.point.value, PointValue::Record(_))
                || words(expression)
            {
                continue;
            }
            let Some(symbol) = pack.expression(&expression.point.value) else { continue };
            self.copy(document, at..expression.tokens.start);
            self.stream.push(symbol);
            let Range { start, end } = expression.tokens;
            self.items.push(Item { start: short(start), end: short(end), expression: short(position) });
            at = end;
        }
        self.copy(document, at..end);
    }

    fn copy(&mut self, document: &Document, tokens: Range<usize>) {
        self.stream.extend(&document.stream.symbols()[tokens.clone()]);
        let word = |at| Item { start: at, end: at + 1, expression: WORD };
        self.items.extend((short(tokens.start)..short(tokens.end)).map(word));
    }

    /// The number of items.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// The tokens of a range of items that is not empty.
    pub(super) fn tokens(&self, items: Range<usize>) -> Range<usize> {
        let end = items.end.max(items.start + 1) - 1;
        self.items[items.start].start as usize..self.items[end].end as usize
    }

    /// The position of the first expression in a range of items.
    pub(super) fn expression(&self, items: Range<usize>) -> Option<usize> {
        let found = self.items[items].iter().find(|item| item.expression != WORD);
        found.map(|item| item.expression as usize)
    }
}

/// A position among the tokens of a text, which has less than four gibibytes.
pub(super) fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
