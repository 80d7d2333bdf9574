use serde::{Deserialize, Serialize};

use super::{Span, keyword::keywords};

keywords! {
    /// How the article's own text stands to a point.
    Outcome, "outcome", {
        /// The text says the same elsewhere, or the reckoning comes out.
        SupportedByText = "SUPPORTED_BY_TEXT",
        /// The text says otherwise elsewhere, or the reckoning does not come out.
        ContradictedByText = "CONTRADICTED_BY_TEXT",
        /// There is something to compare, but it does not decide.
        NotDecidable = "NOT_DECIDABLE",
    }
}

/// What the article's own text says of a point. Never a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How the text stands to the point.
    pub outcome: Outcome,
    /// The point's position among the claim's points, counted from 0.
    pub point: usize,
    /// The reckoning in words and numbers.
    pub derivation: String,
    /// Where in the text the other side of the comparison stands.
    pub span: Option<Span>,
}
