use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{DateValue, Figure, Record, Span, keyword::keywords};

keywords! {
    /// What a point is.
    PointKind, "kind of point", {
        /// A date, a time, a duration or a repetition.
        Date = "DATE",
        /// A number with what it measures.
        Figure = "FIGURE",
        /// A rank among all of a time or a place.
        Record = "RECORD",
    }
}

/// What in a claim can be checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Where it stands in the article's text.
    pub span: Span,
    /// The text of the span.
    pub text: CompactString,
    /// The normalised value.
    pub value: PointValue,
    /// How the value was reached, in words a reviewer can follow; empty where the text says it outright.
    pub derivation: CompactString,
    /// The pattern of the language pack that made it.
    pub pattern: Arc<str>,
}

/// The normalised value of a point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PointValue {
    /// A date, a time, a duration or a repetition.
    Date(DateValue),
    /// A number with what it measures.
    Figure(Figure),
    /// A rank among all of a time or a place.
    Record(Box<Record>),
}

impl Point {
    /// What the point is.
    #[must_use]
    pub fn kind(&self) -> PointKind {
        match self.value {
            PointValue::Date(_) => PointKind::Date,
            PointValue::Figure(_) => PointKind::Figure,
            PointValue::Record(_) => PointKind::Record,
        }
    }

    /// The identifier of the point at a position among its claim's points, counted from 0: "p1" is the first.
    #[must_use]
    pub fn id(position: usize) -> String {
        format!("p{}", position + 1)
    }
}
