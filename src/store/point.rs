//! Points: what in a claim can be checked.

use std::sync::Arc;

use crate::claim::{Point, PointValue};

/// The columns of many points but for the whole of each, one list for each, for one statement.
#[derive(Debug, Default)]
pub(super) struct PointColumns {
    pub(super) claim_id: Vec<i32>,
    pub(super) point_id: Vec<i32>,
    pub(super) kind: Vec<&'static str>,
    pub(super) start: Vec<i32>,
    pub(super) end: Vec<i32>,
    pub(super) quote: Vec<String>,
    pub(super) value: Vec<String>,
    pub(super) number: Vec<Option<String>>,
    pub(super) number_max: Vec<Option<String>>,
    pub(super) unit: Vec<String>,
    pub(super) begin: Vec<Option<String>>,
    pub(super) until: Vec<Option<String>>,
}

impl PointColumns {
    /// Adds the points of a claim.
    pub(super) fn add(&mut self, claim_id: i32, points: &[Arc<Point>]) {
        for (id, point) in (1..).zip(points) {
            self.claim_id.push(claim_id);
            self.point_id.push(id);
            self.kind.push(point.kind().as_str());
            self.start.push(code_point(point.span.start));
            self.end.push(code_point(point.span.end));
            self.quote.push(point.text.to_string());
            let (mut number, mut number_max, mut unit, mut begin, mut until) =
                (None, None, String::new(), None, None);
            self.value.push(match &point.value {
                PointValue::Date(date) => {
                    begin = date.begin.as_ref().map(ToString::to_string);
                    until = date.end.as_ref().map(ToString::to_string);
                    date.value.to_string()
                }
                PointValue::Figure(figure) => {
                    number = Some(figure.value.to_string());
                    number_max = Some(figure.max.unwrap_or(figure.value).to_string());
                    unit = figure.unit.to_string();
                    figure.value.to_string()
                }
                PointValue::Record(record) => [&record.implied, &record.span, &record.since]
                    .into_iter()
                    .flatten()
                    .next()
                    .map_or_else(|| record.rank.to_string(), Clone::clone),
            });
            self.number.push(number);
            self.number_max.push(number_max);
            self.unit.push(unit);
            self.begin.push(begin);
            self.until.push(until);
        }
    }
}

/// A place in a text, which has at most a mebibyte.
pub(super) fn code_point(at: u32) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}
