//! Points and sources in the few words that fit a line.

use crate::proto::v1;

/// The normalised value of a point, as a person reads it: `2023-09`, `3.2 %`, `12.4 bn EUR`, `FIRST Besuch over P24Y ⇒ 2000`.
pub(super) fn value(point: &v1::Point) -> String {
    match &point.value {
        Some(v1::point::Value::Date(date)) => date.value.clone(),
        Some(v1::point::Value::Figure(it)) => figure(it),
        Some(v1::point::Value::Record(it)) => record(it),
        None => String::new(),
    }
}

/// The kind of a point with its subkind: `DATE`, `DURATION`, `MONEY`, `RECORD`.
pub(super) fn kind(point: &v1::Point) -> &str {
    match &point.value {
        Some(v1::point::Value::Date(date)) => &date.r#type,
        Some(v1::point::Value::Figure(figure)) => &figure.kind,
        Some(v1::point::Value::Record(_)) => "RECORD",
        None => "",
    }
}

/// A point on a line: its text, and its value where that says more than the text.
pub(super) fn point(point: &v1::Point) -> String {
    let text = clean(&point.text);
    match value(point) {
        value if value.is_empty() || value == text => text,
        value => format!("{text} → {value}"),
    }
}

/// The interval that a date resolves to: `2023-09-01 … 2023-10-01`.
pub(super) fn interval(point: &v1::Point) -> Option<String> {
    match &point.value {
        Some(v1::point::Value::Date(date)) if !date.begin.is_empty() && !date.end.is_empty() => {
            Some(format!("{} … {}", date.begin, date.end))
        }
        _ => None,
    }
}

fn figure(figure: &v1::Figure) -> String {
    let amount = |number: &str| match figure.kind.as_str() {
        "MONEY" | "NUMBER" => scaled(number),
        _ => grouped(number),
    };
    let mut number = amount(&figure.value);
    if !figure.max.is_empty() {
        number = format!("{number}–{}", amount(&figure.max));
    }
    let bound = match figure.bound.as_str() {
        "LOWER" => "≥ ",
        "UPPER" => "≤ ",
        _ => "",
    };
    let about = if figure.approximate { "~ " } else { "" };
    let what = match figure.kind.as_str() {
        "AGE" => return format!("{about}{bound}age {number}{}", with_space(unless_years(&figure.unit))),
        "ORDINAL" => return ordinal(&figure.value),
        "PERCENT" if figure.unit.is_empty() => "%".to_owned(),
        _ => figure.unit.clone(),
    };
    format!("{about}{bound}{number}{}{}", with_space(&what), with_space(&clean(&figure.counted)))
}

/// The unit of an age, unless it is the year, which goes without saying.
fn unless_years(unit: &str) -> &str {
    if unit == "a" { "" } else { unit }
}

fn with_space(word: &str) -> String {
    if word.is_empty() { String::new() } else { format!(" {word}") }
}

fn record(record: &v1::Record) -> String {
    let mut text = match record.rank {
        0 | 1 => record.direction.clone(),
        rank => format!("{} {}", ordinal(&rank.to_string()), record.direction),
    };
    text.push_str(&with_space(&clean(&record.of)));
    if !record.scope.is_empty() {
        text.push_str(&format!(" [{}]", clean(&record.scope)));
    }
    if !record.since.is_empty() {
        text.push_str(&format!(" since {}", record.since));
    }
    if !record.span.is_empty() {
        text.push_str(&format!(" over {}", record.span));
    }
    if !record.implied.is_empty() && record.implied != record.since {
        text.push_str(&format!(" ⇒ {}", record.implied));
    }
    text
}

fn ordinal(number: &str) -> String {
    let suffix = match number.as_bytes() {
        [.., b'1', _] => "th",
        [.., b'1'] => "st",
        [.., b'2'] => "nd",
        [.., b'3'] => "rd",
        [.., b'0'..=b'9'] => "th",
        _ => "",
    };
    format!("{number}{suffix}")
}

/// A decimal in millions, billions or trillions where that loses nothing, otherwise with its digits grouped.
fn scaled(number: &str) -> String {
    let digits = number.trim_start_matches('-');
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        for (zeros, word) in [(12, "tn"), (9, "bn"), (6, "m")] {
            let Some(split) = digits.len().checked_sub(zeros).filter(|split| *split > 0) else { continue };
            let fraction = digits[split..].trim_end_matches('0');
            if fraction.len() <= 3 {
                let sign = if number.starts_with('-') { "-" } else { "" };
                let point = if fraction.is_empty() { "" } else { "." };
                return format!("{sign}{}{point}{fraction} {word}", grouped(&digits[..split]));
            }
        }
    }
    grouped(number)
}

/// A decimal with its digits in groups of three.
fn grouped(number: &str) -> String {
    let (sign, rest) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = rest.find('.').map_or((rest, ""), |at| rest.split_at(at));
    if whole.len() < 5 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return number.to_owned();
    }
    let mut text = sign.to_owned();
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

/// A source on a line: `SPEAKER Putin`, `EVIDENCE refutes https://…`.
pub(super) fn source(source: &v1::Source) -> String {
    let mut text = source.role.clone();
    if !source.stance.is_empty() {
        text.push_str(&format!(" {}", source.stance.to_lowercase()));
    }
    // Evidence is looked up by its address, everybody else is known by a name.
    let order = match source.role.as_str() {
        "EVIDENCE" => [&source.uri, &source.name, &source.publisher],
        _ => [&source.name, &source.publisher, &source.uri],
    };
    if let Some(named) = order.into_iter().find(|it| !it.is_empty()) {
        text.push_str(&format!(" {}", clean(named)));
    }
    if source.anonymous {
        text.push_str(" (unnamed)");
    }
    text
}

/// The moment to the minute, in UTC.
pub(super) fn moment(time: Option<&pbjson_types::Timestamp>) -> String {
    time.and_then(|time| jiff::Timestamp::from_second(time.seconds).ok())
        .map(|time| time.strftime("%Y-%m-%d %H:%MZ").to_string())
        .unwrap_or_default()
}

/// A number of things, in words: "no articles", "1 article", "2 articles".
pub(super) fn counted(count: u64, what: &str) -> String {
    match count {
        0 => format!("no {what}s"),
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

/// The text on one line, without anything that a terminal would obey.
pub(super) fn clean(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text with its lines, but without anything else that a terminal would obey: control characters, and marks that
/// turn the direction of writing around.
pub(super) fn printable(text: &str) -> String {
    text.chars().filter(|c| *c != '\r').map(printable_char).collect()
}

/// The character, or what stands for one that a terminal would obey.
pub(super) fn printable_char(c: char) -> char {
    if obeyed(c) { '\u{FFFD}' } else { c }
}

fn obeyed(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(kind: &str, value: &str, unit: &str) -> v1::Figure {
        v1::Figure {
            kind: kind.to_owned(),
            value: value.to_owned(),
            unit: unit.to_owned(),
            ..v1::Figure::default()
        }
    }

    #[test]
    fn figures_read_like_figures() {
        let table = [
            (number("MONEY", "12400000000", "EUR"), "12.4 bn EUR"),
            (number("MONEY", "1234567", "EUR"), "1,234,567 EUR"),
            (number("MONEY", "-3500000", "USD"), "-3.5 m USD"),
            (number("MONEY", "2000000000000", "USD"), "2 tn USD"),
            (number("PERCENT", "3.2", "%"), "3.2 %"),
            (number("PERCENT", "3.2", ""), "3.2 %"),
            (number("QUANTITY", "25000", "km"), "25,000 km"),
            (number("AGE", "71", "a"), "age 71"),
            (number("AGE", "3", "mo"), "age 3 mo"),
            (number("ORDINAL", "23", ""), "23rd"),
            (number("ORDINAL", "111", ""), "111th"),
            (number("NUMBER", "2024", ""), "2024"),
            (v1::Figure { max: "4000000".to_owned(), ..number("MONEY", "3500000", "EUR") }, "3.5 m–4 m EUR"),
            (
                v1::Figure {
                    bound: "LOWER".to_owned(),
                    counted: "Kinder".to_owned(),
                    ..number("NUMBER", "300", "")
                },
                "≥ 300 Kinder",
            ),
            (v1::Figure { approximate: true, ..number("NUMBER", "300", "") }, "~ 300"),
        ];
        for (given, expected) in table {
            assert_eq!(figure(&given), expected);
        }
    }

    #[test]
    fn records_say_of_what_and_since_when() {
        let first = v1::Record {
            rank: 1,
            direction: "FIRST".to_owned(),
            of: "Aufenthalt".to_owned(),
            span: "P24Y".to_owned(),
            implied: "2000".to_owned(),
            ..v1::Record::default()
        };
        assert_eq!(record(&first), "FIRST Aufenthalt over P24Y ⇒ 2000");
        let third =
            v1::Record { rank: 3, direction: "LARGEST".to_owned(), scope: "in Europe".to_owned(), ..first };
        assert_eq!(record(&third), "3rd LARGEST Aufenthalt [in Europe] over P24Y ⇒ 2000");
    }

    #[test]
    fn nothing_in_a_text_can_command_the_terminal() {
        assert_eq!(clean("a\u{1b}[31mb\n c\u{202E}d"), "a\u{FFFD}[31mb c\u{FFFD}d");
        assert_eq!(printable("a\r\nb\u{7}"), "a\nb\u{FFFD}");
    }
}
