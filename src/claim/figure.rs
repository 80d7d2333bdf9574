use compact_str::CompactString;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::keyword::keywords;

keywords! {
    /// What kind of number a figure is.
    FigureKind, "kind of figure", {
        /// A bare number, or a number of counted things.
        Number = "NUMBER",
        /// A share of a hundred, or of a thousand.
        Percent = "PERCENT",
        /// An amount of a currency.
        Money = "MONEY",
        /// An amount of a physical unit.
        Quantity = "QUANTITY",
        /// Somebody's or something's age.
        Age = "AGE",
        /// A place in an order.
        Ordinal = "ORDINAL",
    }
}

keywords! {
    /// The side on which a figure is only a bound.
    Bound, "bound", {
        /// "More than", "at least".
        Lower = "LOWER",
        /// "Less than", "up to".
        Upper = "UPPER",
    }
}

/// The normalised value of a number with what it measures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What kind of number it is.
    pub kind: FigureKind,
    /// The exact value; the lower end of a range.
    pub value: Decimal,
    /// The upper end of a range.
    pub max: Option<Decimal>,
    /// A UCUM code, an ISO 4217 code, or empty.
    pub unit: CompactString,
    /// What is counted, as the text has it; empty where nothing is.
    pub counted: CompactString,
    /// Whether the text calls the value approximate.
    pub approximate: bool,
    /// The side on which the value is only a bound.
    pub bound: Option<Bound>,
}
