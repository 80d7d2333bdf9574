use serde::{Deserialize, Serialize};

use super::keyword::keywords;

keywords! {
    /// By what a record ranks.
    Direction, "direction", {
        /// By time, from the beginning.
        First = "FIRST",
        /// By time, from the end.
        Last = "LAST",
        /// By height or level.
        Highest = "HIGHEST",
        /// By height or level, from below.
        Lowest = "LOWEST",
        /// By size.
        Largest = "LARGEST",
        /// By size, from below.
        Smallest = "SMALLEST",
        /// By length in time or space.
        Longest = "LONGEST",
        /// By length, from below.
        Shortest = "SHORTEST",
        /// By quality.
        Best = "BEST",
        /// By quality, from below.
        Worst = "WORST",
        /// By age.
        Oldest = "OLDEST",
        /// By age, from below.
        Youngest = "YOUNGEST",
        /// There is no other.
        Only = "ONLY",
        /// By number.
        Most = "MOST",
        /// By number, from below.
        Fewest = "FEWEST",
    }
}

/// A rank among all of a time or a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// 1 for the first or the largest, 3 for the third-largest.
    pub rank: u32,
    /// By what it ranks.
    pub direction: Direction,
    /// Of what, as the text has it; may be empty.
    pub of: String,
    /// Since when, as a TIMEX3 value.
    pub since: Option<String>,
    /// Over what span, as a TIMEX3 duration.
    pub span: Option<String>,
    /// The earlier time that it implies, as a TIMEX3 value.
    pub implied: Option<String>,
    /// Within what, as the text has it; may be empty.
    pub scope: String,
}
