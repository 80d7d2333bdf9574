//! Records: a rank among all of a time or a place.
//!
//! The patterns run over sentences in which each date and figure is one item, but for ordinals, whose words are part
//! of many records ("drittgrößte", "the second of its kind").

mod implied;

use std::ops::Range;

use super::{
    document::{BlockKind, Document},
    expression::{Expression, Expressions, Items, may_fit},
    language::Pack,
    pattern::Match,
};
use crate::claim::{DateValue, Direction, FigureKind, PointValue, PublishDate, Record, TimexType};

/// What the patterns of records may make.
///
/// Parts: `rank`, the words that rank; `of`, what is ranked; `since` and `over`, the time it is the first in; `event`, an
/// event that it is the first since; `scope`.
/// Constants: `rank` and `direction`, where no word says so.
pub(super) const CONSTRUCTORS: &[&str] = &["record.rank", "record.nothing"];

/// Finds the records of a text and adds them to its expressions; an ordinal that a record is made of gives way to it.
pub(super) fn find(
    document: &Document,
    pack: &Pack,
    publish_date: Option<PublishDate>,
    expressions: &mut Expressions,
) {
    let mut records = Vec::new();
    let mut items = Items::default();
    for (position, sentence) in document.sentences.iter().enumerate() {
        if document.blocks[sentence.block].kind == BlockKind::Aside
            || !may_fit(pack.records(), document, pack, expressions, position)
        {
            continue;
        }
        items.read_all_but(document, pack, expressions, position, is_ordinal);
        pack.records().scan(&items.stream, 0..items.len(), |matched| {
            if matched.pattern.definition.make == "record.rank" {
                let reader = Reader {
                    matched: &matched,
                    document,
                    pack,
                    expressions,
                    items: &items,
                    sentence: position,
                };
                records.extend(reader.read(publish_date));
            }
        });
    }
    let taken: Vec<Range<usize>> = records.iter().map(|(_, rank)| rank.clone()).collect();
    let mut next = 0;
    expressions.retain(|expression| {
        while next < taken.len() && taken[next].end <= expression.tokens.start {
            next += 1;
        }
        !(is_ordinal(expression) && taken.get(next).is_some_and(|rank| rank.start < expression.tokens.end))
    });
    expressions.extend(records.into_iter().map(|(record, _)| record).collect());
}

fn is_ordinal(expression: &Expression) -> bool {
    matches!(&expression.point.value, PointValue::Figure(figure) if figure.kind == FigureKind::Ordinal)
}

/// A match, and where it stands.
struct Reader<'a> {
    matched: &'a Match<'a>,
    document: &'a Document<'a>,
    pack: &'a Pack,
    expressions: &'a Expressions,
    items: &'a Items,
    sentence: usize,
}

impl Reader<'_> {
    /// The record, and the tokens that rank.
    fn read(&self, publish_date: Option<PublishDate>) -> Option<(Expression, Range<usize>)> {
        let whole = self.items.tokens(self.matched.span());
        let ranking = self.tokens("rank").unwrap_or_else(|| whole.clone());
        let value = |class| self.pack.value_in(self.document, ranking.clone(), class);
        let direction =
            value("superlative").or_else(|| self.matched.constant("direction"))?.parse::<Direction>().ok()?;
        let rank =
            self.matched.constant("rank").or_else(|| value("rank_prefix")).or_else(|| value("ordinal_word"));
        let rank = rank.and_then(|rank| rank.parse().ok()).unwrap_or(1);
        let since = self
            .date("since", |date| date.timex_type != TimexType::Duration)
            .map(|date| date.value.to_string())
            .or_else(|| {
                let event = self.tokens("event")?;
                self.pack.value_in(self.document, event, "event_year").map(str::to_owned)
            });
        let span = self
            .date("over", |date| date.timex_type == TimexType::Duration)
            .map(|date| implied::in_years(&date.value));
        let (implied, derivation) = match (&since, &span, publish_date) {
            (Some(since), ..) => (implied::year(since), String::new()),
            (None, Some(span), Some(publish_date)) => match implied::before(publish_date, span) {
                Some((time, derivation)) => (Some(time), derivation),
                None => (None, String::new()),
            },
            _ => (None, String::new()),
        };
        let record =
            Record { rank, direction, of: self.text("of"), since, span, implied, scope: self.text("scope") };
        let name = &self.matched.pattern.definition.name;
        let value = PointValue::Record(Box::new(record));
        let expression = Expression::new(self.document, self.sentence, whole, value, derivation.into(), name);
        Some((expression, ranking))
    }

    fn tokens(&self, part: &str) -> Option<Range<usize>> {
        self.matched.part(part).filter(|part| !part.is_empty()).map(|part| self.items.tokens(part))
    }

    fn text(&self, part: &str) -> String {
        self.tokens(part).map(|tokens| self.document.slice(tokens).to_owned()).unwrap_or_default()
    }

    fn date(&self, part: &str, fits: impl Fn(&DateValue) -> bool) -> Option<&DateValue> {
        let position = self.items.expression(self.matched.part(part)?)?;
        match &self.expressions.of_sentence(self.sentence).get(position)?.point.value {
            PointValue::Date(date) if fits(date) => Some(date),
            _ => None,
        }
    }
}
