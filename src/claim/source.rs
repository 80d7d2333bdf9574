use serde::{Deserialize, Serialize};

use super::{PublishDate, Span, Stance, keyword::keywords};

keywords! {
    /// What part a source has in a claim.
    SourceRole, "role of a source", {
        /// The article that carries the claim.
        Publication = "PUBLICATION",
        /// Who says it.
        Speaker = "SPEAKER",
        /// Who passes it on.
        Relay = "RELAY",
        /// What a reviewer or submitter adds to check it by.
        Evidence = "EVIDENCE",
    }
}

/// Where a claim comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What part it has.
    pub role: SourceRole,
    /// The name as the text or the submitter gives it; may be empty.
    pub name: String,
    /// Where the article's text mentions it: the name, or the pronoun for it.
    pub span: Option<Span>,
    /// The words that mark it as the source; may be empty.
    pub cue: String,
    /// Whether the source stays unnamed.
    pub anonymous: bool,
    /// Address of the article or of the evidence; may be empty.
    pub uri: String,
    /// Publisher of the article or of the evidence; may be empty.
    pub publisher: String,
    /// What the evidence says, verbatim; may be empty.
    pub quote: String,
    /// For evidence, which way it speaks.
    pub stance: Option<Stance>,
    /// When the evidence was looked at, or the article was published.
    pub date: Option<PublishDate>,
}

impl Source {
    /// A source of which only its part and its name are known.
    #[must_use]
    pub fn named(role: SourceRole, name: impl Into<String>) -> Self {
        Self {
            role,
            name: name.into(),
            span: None,
            cue: String::new(),
            anonymous: false,
            uri: String::new(),
            publisher: String::new(),
            quote: String::new(),
            stance: None,
            date: None,
        }
    }
}
