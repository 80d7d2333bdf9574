use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Number, Value};
use sha2::{Digest, Sha256};

/// One entry of the change log, as its seal covers it.
///
/// The seal is the SHA-256, in lower-case hexadecimal, of a JSON object without spaces whose keys are in the order of the
/// alphabet: `actor`, `after`, `article`, `before`, `change_time`, `claim`, `kind`, `position`, `previous_hash` and
/// `reason`. Texts are written as [`canonical`] does, what is absent as `null`, the time in UTC with six digits behind
/// the second.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The article's identifier.
    pub article: &'a str,
    /// The claim's number; `None` where it was the article itself.
    pub claim: Option<i32>,
    /// Its place in the log.
    pub position: i64,
    /// What happened.
    pub kind: &'a str,
    /// What was.
    pub before: Option<&'a Value>,
    /// What is.
    pub after: Option<&'a Value>,
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub reason: &'a str,
    /// When.
    pub change_time: Timestamp,
}

impl Entry<'_> {
    /// The seal of the entry behind the one that has this seal; empty for the first of an article.
    #[must_use]
    pub fn seal(&self, previous: &str) -> String {
        let mut text = String::new();
        let mut member = |name: &str, value: &dyn Fn(&mut String)| {
            text.push(if text.is_empty() { '{' } else { ',' });
            push_text(&mut text, name);
            text.push(':');
            value(&mut text);
        };
        let json = |value: Option<&Value>, text: &mut String| match value {
            Some(value) => push(text, value),
            None => push_display(text, Value::Null),
        };
        member("actor", &|text| push_text(text, self.actor));
        member("after", &|text| json(self.after, text));
        member("article", &|text| push_text(text, self.article));
        member("before", &|text| json(self.before, text));
        member("change_time", &|text| push_text(text, &moment(self.change_time)));
        member("claim", &|text| match self.claim {
            Some(claim) => push_display(text, claim),
            None => push_display(text, Value::Null),
        });
        member("kind", &|text| push_text(text, self.kind));
        member("position", &|text| push_display(text, self.position));
        member("previous_hash", &|text| push_text(text, previous));
        member("reason", &|text| push_text(text, self.reason));
        text.push('}');
        data_encoding::HEXLOWER.encode(&Sha256::digest(text))
    }
}

/// A moment to the microsecond, which is what a database keeps.
fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// JSON in its one form: no spaces, keys in the order of their bytes, in texts only what must be escaped, and numbers so
/// that the same value is always written alike, whoever wrote it before.
#[must_use]
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    push(&mut text, value);
    text
}

fn push(text: &mut String, value: &Value) {
    match value {
        Value::Null | Value::Bool(_) => push_display(text, value),
        Value::Number(number) => push_number(text, number),
        Value::String(value) => push_text(text, value),
        Value::Array(values) => {
            text.push('[');
            for (at, value) in values.iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                push(text, value);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (at, (name, value)) in members.into_iter().enumerate() {
                if at > 0 {
                    text.push(',');
                }
                push_text(text, name);
                text.push(':');
                push(text, value);
            }
            text.push('}');
        }
    }
}

fn push_text(text: &mut String, value: &str) {
    // Most texts have nothing in them that must be escaped.
    if value.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        text.push_str(&Value::from(value).to_string());
    } else {
        text.push('"');
        text.push_str(value);
        text.push('"');
    }
}

fn push_display(text: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{value}");
}

/// All numbers are written without an exponent: a whole one without a point, whether it was a float or not, all others in
/// the shortest form that reads back as the same float.
fn push_number(text: &mut String, number: &Number) {
    match number.as_f64() {
        _ if number.is_i64() || number.is_u64() => push_display(text, number),
        Some(0.0) | None => text.push('0'),
        Some(float) => push_display(text, float),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(after: &Value) -> Entry<'_> {
        Entry {
            article: "0123456789abcdef",
            claim: Some(7),
            position: 12,
            kind: "CLAIM_REVIEWED",
            before: None,
            after: Some(after),
            actor: "ada",
            reason: "a \"note\"",
            change_time: "2024-06-19T10:00:00.5Z".parse().expect("a time"),
        }
    }

    #[test]
    fn a_seal_can_be_made_again_with_other_tools() {
        // printf '%s' '{"actor":"ada","after":{"a":[1,0],"b":0.25},"article":"0123456789abcdef","before":null,
        // "change_time":"2024-06-19T10:00:00.500000Z","claim":7,"kind":"CLAIM_REVIEWED","position":12,
        // "previous_hash":"","reason":"a \"note\""}' (in one line) | sha256sum
        let after = json!({"b": 0.25, "a": [1.0, -0.0]});
        assert_eq!(
            entry(&after).seal(""),
            "181260cd89cbc54756ab9bf618a6f036b19b0780693cfb152d6eb646e0a17e24"
        );
    }

    #[test]
    fn whatever_changes_the_seal_is_another() {
        let (after, other) = (json!({"state": "VERIFIED"}), json!({"state": "DISPUTED"}));
        let entry = entry(&after);
        let seals = [
            entry.seal(""),
            entry.seal("x"),
            Entry { after: Some(&other), ..entry }.seal(""),
            Entry { before: Some(&after), after: None, ..entry }.seal(""),
            Entry { article: "0123456789abcdeg", ..entry }.seal(""),
            Entry { claim: None, ..entry }.seal(""),
            Entry { position: 13, ..entry }.seal(""),
            Entry { kind: "CLAIM_REOPENED", ..entry }.seal(""),
            Entry { actor: "bob", ..entry }.seal(""),
            Entry { reason: "", ..entry }.seal(""),
            Entry { change_time: "2024-06-19T10:00:00.500001Z".parse().expect("a time"), ..entry }.seal(""),
        ];
        let distinct: std::collections::HashSet<_> = seals.iter().collect();
        assert_eq!(distinct.len(), seals.len());
    }

    #[test]
    fn a_number_is_written_alike_however_it_was_written() {
        for (one, other) in [
            ("1e16", "10000000000000000"),
            ("1.0", "1"),
            ("-0.0", "0"),
            ("0.10", "0.1"),
            ("1e-7", "0.0000001"),
        ] {
            let read = |text: &str| canonical(&serde_json::from_str(text).expect("a number"));
            assert_eq!(read(one), read(other));
        }
        assert_eq!(
            canonical(&json!({"b": "ä\n", "a": [true, null, {}]})),
            "{\"a\":[true,null,{}],\"b\":\"ä\\n\"}"
        );
    }
}
