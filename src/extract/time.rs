//! Dates and times: recognised by the pack's patterns, then resolved against the publication date and the text before.

mod calendar;
mod clauses;
mod clock;
mod construct;
mod feasts;
mod lengths;
mod moon;
mod narration;
mod resolve;
mod shifts;
mod slots;

pub(super) use clauses::Clauses;
pub(super) use construct::{CONSTRUCTORS, interpret};
pub use resolve::Prefer;
pub(super) use resolve::Timeline;

#[cfg(test)]
mod tests;
