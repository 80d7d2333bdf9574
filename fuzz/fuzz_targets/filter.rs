//! The filter language on any text: it must not panic, an error points into the text, and what is read means the same in
//! parentheses and the opposite behind NOT.

#![no_main]

use claimdesk::{
    service::{ServiceError, filter},
    store::Expression,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    check(text, filter::claims);
    check(text, filter::articles);
});

fn check<T: PartialEq + std::fmt::Debug>(
    text: &str,
    read: fn(&str) -> Result<Option<Expression<T>>, ServiceError>,
) {
    match read(text) {
        Ok(None) => assert!(text.trim().is_empty()),
        Ok(Some(expression)) => {
            if let Some(wrapped) = unless_too_much(read(&format!("({text})"))) {
                assert_eq!(wrapped.as_ref(), Some(&expression));
            }
            if let Some(denied) = unless_too_much(read(&format!("NOT ({text})"))) {
                assert_eq!(denied, Some(Expression::Not(Box::new(expression))));
            }
        }
        Err(error) => {
            let told = error.to_string();
            let position = told.strip_prefix("filter: at character ").and_then(|rest| rest.split_once(':'));
            let position: usize = position.and_then(|(number, _)| number.parse().ok()).expect("a position");
            assert!((1..=text.chars().count() + 1).contains(&position), "{told}");
        }
    }
}

/// What was read, unless the parentheses that were added are too many or the text is too long with them.
fn unless_too_much<T>(read: Result<T, ServiceError>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(error) => {
            let told = error.to_string();
            assert!(told.contains("deep, no deeper") || told.contains("characters; at most"), "{told}");
            None
        }
    }
}
