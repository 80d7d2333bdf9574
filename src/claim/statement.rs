use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Finding, Point, Source, Span, keyword::keywords};

keywords! {
    /// How a claim is said.
    Modality, "modality", {
        /// The article says so itself.
        Asserted = "ASSERTED",
        /// Somebody is said to have said so.
        Reported = "REPORTED",
        /// It is said to be so, without anybody vouching for it.
        Alleged = "ALLEGED",
        /// It is said not to be so.
        Denied = "DENIED",
        /// It is meant to be so in the future.
        Planned = "PLANNED",
        /// It is expected to be so in the future.
        Predicted = "PREDICTED",
    }
}

impl Modality {
    /// How something is said that the article stands by, or that somebody else does.
    pub const SAID: [Self; 2] = [Self::Asserted, Self::Reported];
}

keywords! {
    /// Where a claim stands; it follows from its reviews.
    ClaimState, "state", {
        /// Nobody has decided, or the decision was taken back.
        Unreviewed = "UNREVIEWED",
        /// It is so.
        Verified = "VERIFIED",
        /// It is not so.
        Disputed = "DISPUTED",
        /// It cannot be told.
        Unverifiable = "UNVERIFIABLE",
        /// It is no claim at all.
        Dismissed = "DISMISSED",
    }
}

keywords! {
    /// Who made a claim out of the text.
    Origin, "origin", {
        /// The extractor.
        Extracted = "EXTRACTED",
        /// A person.
        Submitted = "SUBMITTED",
    }
}

/// One checkable statement of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The statement, verbatim.
    pub quote: String,
    /// Where the quote stands in the article's text; `None` for a claim written by hand that is no quotation.
    pub span: Option<Span>,
    /// What in it can be checked, in the order of the text.
    pub points: Vec<Arc<Point>>,
    /// Where it comes from.
    pub sources: Vec<Source>,
    /// How it is said.
    pub modality: Modality,
    /// How much a check is worth, from 0 to 1.
    pub check_worthiness: f64,
    /// Why the score is what it is, in words, the weightiest first.
    pub check_worthiness_reasons: Vec<Cow<'static, str>>,
    /// What the article's own text says of the points.
    pub findings: Vec<Finding>,
    /// ISO 639-1 code of the language.
    pub language: String,
}
