use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::keyword::keywords;

keywords! {
    /// The types of TIMEX3 (TimeML 1.2.1).
    TimexType, "TIMEX3 type", {
        /// A calendar time of a day or longer.
        Date = "DATE",
        /// A time of day.
        Time = "TIME",
        /// A length of time.
        Duration = "DURATION",
        /// A repeated time.
        Set = "SET",
    }
}

/// The normalised value of a temporal expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DateValue {
    /// The TIMEX3 type.
    #[serde(rename = "type")]
    pub timex_type: TimexType,
    /// The TIMEX3 value, such as `2023-09`, `2024-06-WXX-3`, `P24Y` or `PAST_REF`.
    pub value: CompactString,
    /// First moment of the interval meant, as an ISO 8601 date or date-time; `None` where it resolves to none.
    pub begin: Option<CompactString>,
    /// First moment after the interval, likewise.
    pub end: Option<CompactString>,
}
