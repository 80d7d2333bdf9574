//! Who calls. The process puts a [`Caller`] into every request before a handler sees it.

use std::sync::Arc;

use http::HeaderMap;
use tonic::{Extensions, metadata::MetadataMap};

use super::{ServiceError, error::Violation};
use crate::claim::Roles;

/// The metadata key that tells who decides, where nobody is asked for credentials.
pub const REVIEWER: &str = "claimdesk-reviewer";
/// Who calls, where nobody says so.
const ANONYMOUS: &str = "anonymous";
/// How long a name may be, in code points.
const NAME_LIMIT: usize = 100;

/// Who calls.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody is asked: whoever the call says.
    Unasked,
    /// Who the credentials say, and what they allow.
    Known {
        /// The name that stands in reviews, leases and the change log.
        subject: Arc<str>,
        /// What the caller may do.
        roles: Roles,
    },
}

/// A name that cannot stand in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSubject {
    /// There is nothing in it.
    #[error("is empty; give the name that is to stand in the record")]
    Empty,
    /// It is too long.
    #[error("has more than {NAME_LIMIT} characters; give a shorter name")]
    TooLong,
    /// It has a line break or the like.
    #[error("has a control character; take it out")]
    Control,
    /// It would look like a call that nobody was asked for.
    #[error("is \"{ANONYMOUS}\", which stands for nobody; give another name")]
    Anonymous,
}

/// Checks the name that credentials give their bearer.
///
/// # Errors
/// If it cannot stand in a record.
pub fn subject(name: &str) -> Result<&str, InvalidSubject> {
    let name = name.trim();
    if name.is_empty() {
        return Err(InvalidSubject::Empty);
    }
    if name.chars().count() > NAME_LIMIT {
        return Err(InvalidSubject::TooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(InvalidSubject::Control);
    }
    if name.eq_ignore_ascii_case(ANONYMOUS) {
        return Err(InvalidSubject::Anonymous);
    }
    Ok(name)
}

/// The name that a call gives itself, if any.
///
/// # Errors
/// If the name cannot be one.
pub fn claimed(headers: &HeaderMap) -> Result<Option<String>, ServiceError> {
    let wrong = |description: &str| {
        ServiceError::Fields(vec![Violation {
            field: format!("metadata {REVIEWER}"),
            description: description.to_owned(),
        }])
    };
    let Some(value) = headers.get(REVIEWER) else { return Ok(None) };
    let name = std::str::from_utf8(value.as_bytes()).map_err(|_| wrong("is not UTF-8"))?.trim();
    if name.chars().count() > NAME_LIMIT {
        return Err(wrong("has more than 100 characters; give a shorter name"));
    }
    Ok((!name.is_empty()).then(|| name.to_owned()))
}

/// The name that stands in the record of what a call does.
pub(super) fn actor(extensions: &Extensions, metadata: &MetadataMap) -> Result<String, ServiceError> {
    match extensions.get::<Caller>() {
        Some(Caller::Known { subject, .. }) => Ok(subject.to_string()),
        Some(Caller::Unasked) => Ok(claimed(metadata.as_ref())?.unwrap_or_else(|| ANONYMOUS.to_owned())),
        None => Err(ServiceError::Internal("a call came in without its caller".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(caller: Option<Caller>, name: Option<&str>) -> Result<String, ServiceError> {
        let (mut extensions, mut metadata) = (Extensions::new(), MetadataMap::new());
        if let Some(caller) = caller {
            extensions.insert(caller);
        }
        if let Some(name) = name {
            metadata.insert(REVIEWER, name.parse().expect("a value"));
        }
        actor(&extensions, &metadata)
    }

    #[test]
    fn where_nobody_is_asked_a_caller_has_a_name_or_is_anonymous() {
        let unasked = || Some(Caller::Unasked);
        assert_eq!(named(unasked(), None).expect("a name"), "anonymous");
        assert_eq!(named(unasked(), Some("  ")).expect("a name"), "anonymous");
        assert_eq!(named(unasked(), Some(" ada ")).expect("a name"), "ada");
        assert!(named(unasked(), Some(&"x".repeat(101))).is_err());
    }

    #[test]
    fn credentials_say_who_calls_and_nothing_else_does() {
        let known = Caller::Known { subject: "ada".into(), roles: Roles::NONE };
        assert_eq!(named(Some(known), Some("eve")).expect("a name"), "ada");
        assert!(matches!(named(None, Some("eve")), Err(ServiceError::Internal(_))));
    }

    #[test]
    fn a_subject_can_stand_in_a_record() {
        assert_eq!(subject(" ada@example.org "), Ok("ada@example.org"));
        for (name, error) in [
            ("  ", InvalidSubject::Empty),
            ("a\nb", InvalidSubject::Control),
            ("Anonymous", InvalidSubject::Anonymous),
        ] {
            assert_eq!(subject(name), Err(error), "{name:?}");
        }
        assert_eq!(subject(&"ä".repeat(101)), Err(InvalidSubject::TooLong));
    }
}
