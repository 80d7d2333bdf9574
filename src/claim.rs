//! The words of the field as types: articles, claims, points, sources and reviews. No I/O, no SQL, no wire format.

mod article;
mod continuity;
mod contradiction;
mod date;
mod figure;
mod finding;
mod keyword;
mod likeness;
mod point;
mod publish_date;
mod record;
mod resemblance;
mod review;
mod role;
mod seal;
mod source;
mod span;
mod statement;

pub use article::{Article, ContentType, InvalidContentType};
pub use continuity::{Continued, Succession, continued};
pub use contradiction::Contradiction;
pub use date::{DateValue, TimexType};
pub use figure::{Bound, Figure, FigureKind};
pub use finding::{Finding, Outcome};
pub use keyword::UnknownKeyword;
pub use likeness::Likeness;
pub use point::{Point, PointKind, PointValue};
pub use publish_date::{InvalidPublishDate, PublishDate};
pub use record::{Direction, Record};
pub use resemblance::Resemblance;
pub use review::{
    DecisionRefused, Earlier, Evidence, IllegalTransition, Review, SameReviewer, Stance, Verdict,
};
pub use role::{Role, Roles};
pub use seal::{Entry, canonical};
pub use source::{Source, SourceRole};
pub use span::Span;
pub use statement::{Claim, ClaimState, Modality, Origin};
