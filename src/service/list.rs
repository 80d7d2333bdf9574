//! Lists: the size of a page, its token, and the order.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use super::{ServiceError, error::Violation};
use crate::store::{Cursor, Position, SortBy};

/// How many there are on a page where the request does not say.
const DEFAULT_SIZE: u32 = 50;
/// How many there are on a page at most.
const LARGEST_SIZE: u32 = 1000;
/// How long a page token may be.
const TOKEN_LIMIT: usize = 1000;

/// A page token that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageTokenError {
    /// It is no token of ours.
    #[error("is none that this list gave out; send next_page_token of the page before as it is, or nothing")]
    Unreadable,
    /// It is a token of a list with other arguments.
    #[error(
        "belongs to a list with other arguments; keep parent, filter and order_by as they were, or begin again \
         without a token"
    )]
    OtherArguments,
}

/// The size of a page.
pub(super) fn size(asked: u32) -> u32 {
    if asked == 0 { DEFAULT_SIZE } else { asked.min(LARGEST_SIZE) }
}

/// What stands in a token.
#[derive(Serialize, Deserialize)]
struct Token<C> {
    /// Of the other arguments of the list.
    arguments: String,
    cursor: C,
}

/// What a page token must fit: the method and all arguments but for the size and the token itself.
#[derive(Debug)]
pub struct Arguments(String);

impl Arguments {
    /// The arguments of a list.
    #[must_use]
    pub fn of(arguments: &[&str]) -> Self {
        let mut digest = Sha256::new();
        for argument in arguments {
            digest.update(argument.len().to_le_bytes());
            digest.update(argument);
        }
        Self(BASE64URL_NOPAD.encode(&digest.finalize()[..9]))
    }

    /// The token of the page behind a cursor; empty behind the last.
    ///
    /// # Errors
    /// If the cursor cannot be written down: a fault of ours.
    pub fn token<C: Serialize>(&self, next: Option<C>) -> Result<String, ServiceError> {
        let Some(cursor) = next else { return Ok(String::new()) };
        let json = serde_json::to_vec(&Token { arguments: self.0.clone(), cursor });
        let json = json.map_err(|error| ServiceError::Internal(format!("a page token: {error}")))?;
        Ok(BASE64URL_NOPAD.encode(&json))
    }

    /// Where the page asked for begins. `sort` tells what the list is ordered by.
    ///
    /// # Errors
    /// If it is no token of this list.
    pub fn cursor(&self, token: &str, sort: SortBy) -> Result<Option<Cursor>, PageTokenError> {
        let Some(cursor) = self.place::<Cursor>(token)? else { return Ok(None) };
        let fits = match (&cursor.position, sort) {
            (Position::Time(_), SortBy::CreateTime | SortBy::UpdateTime)
            | (Position::Score(_), SortBy::CheckWorthiness)
            | (Position::Log(_), SortBy::Log) => true,
            (Position::Date(date), SortBy::PublishDate) => !date.contains('\0'),
            _ => false,
        };
        if fits { Ok(Some(cursor)) } else { Err(PageTokenError::Unreadable) }
    }

    /// What a token of this list has in it.
    ///
    /// # Errors
    /// If it is no token of this list.
    pub fn place<C: DeserializeOwned>(&self, token: &str) -> Result<Option<C>, PageTokenError> {
        if token.is_empty() {
            return Ok(None);
        }
        if token.len() > TOKEN_LIMIT {
            return Err(PageTokenError::Unreadable);
        }
        let json = BASE64URL_NOPAD.decode(token.as_bytes()).map_err(|_| PageTokenError::Unreadable)?;
        let token: Token<C> = serde_json::from_slice(&json).map_err(|_| PageTokenError::Unreadable)?;
        if token.arguments != self.0 {
            return Err(PageTokenError::OtherArguments);
        }
        Ok(Some(token.cursor))
    }
}

/// Reads `order_by`: a field, perhaps with "asc" or "desc". An empty one gives the default.
pub(super) fn order(
    order_by: &str,
    fields: &[(&str, SortBy)],
    default: (SortBy, bool),
) -> Result<(SortBy, bool), ServiceError> {
    let mut words = order_by.split_whitespace();
    let Some(field) = words.next() else { return Ok(default) };
    let sort = fields.iter().find(|(name, _)| *name == field).map(|(_, sort)| *sort);
    let descending = match words.next() {
        None | Some("asc") => Some(false),
        Some("desc") => Some(true),
        Some(_) => None,
    };
    match (sort, descending, words.next()) {
        (Some(sort), Some(descending), None) => Ok((sort, descending)),
        _ => {
            let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
            let shown: String = order_by.chars().take(60).collect();
            Err(ServiceError::Fields(vec![Violation {
                field: "order_by".to_owned(),
                description: format!(
                    "\"{shown}\" is no order; write one of {}, with \" desc\" for the reverse",
                    names.join(", ")
                ),
            }]))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::store::ArticleId;

    const FIELDS: [(&str, SortBy); 2] =
        [("create_time", SortBy::CreateTime), ("check_worthiness", SortBy::CheckWorthiness)];

    fn cursor() -> Cursor {
        Cursor { position: Position::Score(0.1), article: ArticleId::of("", "x"), claim: 3, review: 0 }
    }

    #[test]
    fn a_token_comes_back_as_it_was() {
        let arguments = Arguments::of(&["ListClaims", "articles/-", "state = VERIFIED", ""]);
        let token = arguments.token(Some(cursor())).expect("a token");
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{token}");
        assert_eq!(arguments.cursor(&token, SortBy::CheckWorthiness), Ok(Some(cursor())));
        assert_eq!(arguments.token(None::<Cursor>).expect("a token"), "");
        assert_eq!(arguments.cursor("", SortBy::CreateTime), Ok(None));
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        let token = Arguments::of(&["ab", "c"]).token(Some(cursor())).expect("a token");
        assert_eq!(
            Arguments::of(&["a", "bc"]).cursor(&token, SortBy::CheckWorthiness),
            Err(PageTokenError::OtherArguments)
        );
        assert_eq!(
            Arguments::of(&["ab", "c"]).cursor(&token, SortBy::CreateTime),
            Err(PageTokenError::Unreadable)
        );
        for broken in ["x", "e30", "%%%", &token[1..], &"A".repeat(5000)] {
            assert_eq!(
                Arguments::of(&["ab", "c"]).cursor(broken, SortBy::CreateTime),
                Err(PageTokenError::Unreadable)
            );
        }
    }

    #[test]
    fn an_order_is_a_field_and_a_direction() {
        let default = (SortBy::CreateTime, false);
        assert!(matches!(order("", &FIELDS, default), Ok((SortBy::CreateTime, false))));
        assert!(matches!(
            order(" check_worthiness  desc", &FIELDS, default),
            Ok((SortBy::CheckWorthiness, true))
        ));
        for wrong in ["score", "create_time down", "create_time desc, x", "create_time desc desc", "desc"] {
            let error = order(wrong, &FIELDS, default).expect_err(wrong).to_string();
            assert!(error.contains("create_time, check_worthiness"), "{error}");
        }
    }

    const SORTS: [SortBy; 5] =
        [SortBy::CreateTime, SortBy::UpdateTime, SortBy::CheckWorthiness, SortBy::PublishDate, SortBy::Log];

    proptest! {
        #[test]
        fn what_is_written_is_read_as_it_was(
            argument in "\\PC{0,20}",
            score in 0.0..=1.0,
            second in -100_000_000_000_i64..100_000_000_000,
            date in "[0-9-]{0,10}",
            (log, claim, review) in any::<(i64, i32, i32)>(),
        ) {
            let arguments = Arguments::of(&["List", &argument]);
            let article = ArticleId::of("", &argument);
            let time = jiff::Timestamp::from_second(second).expect("within the calendar");
            let positions =
                [Position::Score(score), Position::Time(time), Position::Date(date), Position::Log(log)];
            for position in positions {
                let sort = match position {
                    Position::Score(_) => SortBy::CheckWorthiness,
                    Position::Time(_) => SortBy::UpdateTime,
                    Position::Date(_) => SortBy::PublishDate,
                    Position::Log(_) => SortBy::Log,
                };
                let cursor = Cursor { position, article: article.clone(), claim, review };
                let token = arguments.token(Some(cursor.clone())).expect("a token");
                prop_assert_eq!(arguments.cursor(&token, sort), Ok(Some(cursor)));
                prop_assert_eq!(
                    Arguments::of(&["List", &argument, ""]).cursor(&token, sort),
                    Err(PageTokenError::OtherArguments)
                );
            }
        }

        #[test]
        fn no_token_makes_it_panic(text in "\\PC{0,40}", json in "[\\[\\]{}\":,a-z0-9.-]{0,40}") {
            let arguments = Arguments::of(&["List"]);
            let inside = format!(r#"{{"arguments":"{}","cursor":{json}}}"#, arguments.0);
            for token in [&text, &BASE64URL_NOPAD.encode(json.as_bytes()), &BASE64URL_NOPAD.encode(inside.as_bytes())] {
                for sort in SORTS {
                    if let Ok(Some(cursor)) = arguments.cursor(token, sort) {
                        let written = arguments.token(Some(cursor)).expect("a token");
                        prop_assert!(arguments.cursor(&written, sort).is_ok());
                    }
                }
            }
        }
    }
}
