//! Page tokens: any text, and any text in the place of the cursor in a token that fits its list otherwise. Reading must not
//! panic, and what is read is written and read again as it was.

#![no_main]

use claimdesk::{
    service::{Arguments, PageTokenError},
    store::{ArticleId, AuditPlace, Cursor, Position, SortBy, TokenPlace},
};
use data_encoding::BASE64URL_NOPAD;
use libfuzzer_sys::fuzz_target;

const SORTS: [SortBy; 5] =
    [SortBy::CreateTime, SortBy::UpdateTime, SortBy::CheckWorthiness, SortBy::PublishDate, SortBy::Log];

// The first line is an argument of the list, the rest the text.
fuzz_target!(|input: &str| {
    let (argument, text) = input.split_once('\n').unwrap_or(("", input));
    let arguments = Arguments::of(&["List", argument]);
    let cursor =
        Cursor { position: Position::Log(7), article: ArticleId::of("", argument), claim: 1, review: 0 };
    let token = arguments.token(Some(cursor.clone())).expect("a token");
    assert_eq!(arguments.cursor(&token, SortBy::Log), Ok(Some(cursor)));
    let json = BASE64URL_NOPAD.decode(token.as_bytes()).expect("what was encoded");
    let json = String::from_utf8(json).expect("JSON");
    let (head, _) = json.split_once(r#","cursor":"#).expect("a cursor");
    let inside = BASE64URL_NOPAD.encode(format!(r#"{head},"cursor":{text}}}"#).as_bytes());
    for token in [text, &BASE64URL_NOPAD.encode(text.as_bytes()), &inside] {
        for sort in SORTS {
            if let Ok(Some(cursor)) = arguments.cursor(token, sort) {
                let written = arguments.token(Some(cursor.clone())).expect("a token");
                let again = arguments.cursor(&written, sort).expect("what was written").expect("a cursor");
                // A score that is no number is not equal to itself.
                assert_eq!(format!("{again:?}"), format!("{cursor:?}"));
                assert_eq!(
                    Arguments::of(&["List", argument, ""]).cursor(&written, sort),
                    Err(PageTokenError::OtherArguments)
                );
            }
        }
        let _ = arguments.place::<AuditPlace>(token);
        let _ = arguments.place::<TokenPlace>(token);
    }
});
