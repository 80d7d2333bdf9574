//! The fields that can be filtered by, and what each can be compared with.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::parser::{Operator, Problem, Value};
use crate::{
    claim::{
        ClaimState, Modality, Origin, Outcome, PointKind, PublishDate, SourceRole, Succession, UnknownKeyword,
    },
    store::{ArticleTest, ClaimTest, Comparison, DateRange, NumberTest, TextTest, TimeRange, has_words},
};

/// The fields of an article.
pub(super) const ARTICLE: &[&str] =
    &["publisher", "uri", "title", "language", "publish_date", "create_time", "claim_count"];

/// The fields of a claim.
pub(super) const CLAIM: &[&str] = &[
    "text",
    "state",
    "succession",
    "origin",
    "language",
    "modality",
    "check_worthiness",
    "review_count",
    "quote",
    "points.kind",
    "points.value",
    "points.unit",
    "sources.role",
    "sources.name",
    "findings.outcome",
    "publisher",
    "uri",
    "publish_date",
    "create_time",
    "update_time",
    "kind",
    "date",
    "figure.value",
    "figure.unit",
    "source",
    "score",
];

/// A condition on an article.
pub(super) fn article(field: &str, operator: Operator, value: &Value) -> Result<ArticleTest, Problem> {
    Ok(match field {
        "publisher" => ArticleTest::Publisher(text(operator, value)?),
        "uri" => ArticleTest::Uri(text(operator, value)?),
        "title" => ArticleTest::Title(text(operator, value)?),
        "language" => ArticleTest::Language(lower(operator, value)?),
        "publish_date" => ArticleTest::PublishDate(comparison(operator)?, date(value)?),
        "create_time" => ArticleTest::CreateTime(comparison(operator)?, time(value)?),
        "claim_count" => ArticleTest::ClaimCount(number(operator, value)?),
        _ => return Err(Problem::Field),
    })
}

/// A condition on a claim.
pub(super) fn claim(field: &str, operator: Operator, value: &Value) -> Result<ClaimTest, Problem> {
    Ok(match field {
        "text" => ClaimTest::Text(words(operator, value)?),
        "state" => ClaimTest::State(keyword::<ClaimState>(operator, value)?),
        "succession" => ClaimTest::Succession(keyword::<Succession>(operator, value)?),
        "origin" => ClaimTest::Origin(keyword::<Origin>(operator, value)?),
        "language" => ClaimTest::Language(lower(operator, value)?),
        "modality" => ClaimTest::Modality(keyword::<Modality>(operator, value)?),
        "check_worthiness" | "score" => ClaimTest::CheckWorthiness(number(operator, value)?),
        "review_count" => ClaimTest::ReviewCount(number(operator, value)?),
        "quote" => ClaimTest::Quote(text(operator, value)?),
        "points.kind" | "kind" => ClaimTest::PointKind(keyword::<PointKind>(operator, value)?),
        "points.value" => point_value(operator, value)?,
        "date" => ClaimTest::PointDate(comparison(operator)?, date(value)?),
        "figure.value" => ClaimTest::PointNumber(number(operator, value)?),
        "points.unit" | "figure.unit" => ClaimTest::PointUnit(text(operator, value)?),
        "sources.role" => ClaimTest::SourceRole(keyword::<SourceRole>(operator, value)?),
        "sources.name" | "source" => ClaimTest::SourceName(text(operator, value)?),
        "findings.outcome" => ClaimTest::FindingOutcome(keyword::<Outcome>(operator, value)?),
        "publisher" => ClaimTest::Publisher(text(operator, value)?),
        "uri" => ClaimTest::Uri(text(operator, value)?),
        "publish_date" => ClaimTest::PublishDate(comparison(operator)?, date(value)?),
        "create_time" => ClaimTest::CreateTime(comparison(operator)?, time(value)?),
        "update_time" => ClaimTest::UpdateTime(comparison(operator)?, time(value)?),
        _ => return Err(Problem::Field),
    })
}

/// A value is a number if it is written as one without quotation marks, and a date if it is compared by order; else it is
/// compared as the text that it is.
fn point_value(operator: Operator, value: &Value) -> Result<ClaimTest, Problem> {
    match operator {
        Operator::Has => Ok(ClaimTest::PointValue(TextTest::Contains(value.text.clone()))),
        Operator::Equal => Ok(match decimal(&value.text) {
            Some(number) if !value.quoted => {
                ClaimTest::PointNumber(NumberTest { comparison: Comparison::Equal, number })
            }
            _ => ClaimTest::PointValue(TextTest::Is(value.text.clone())),
        }),
        _ => match decimal(&value.text) {
            Some(_) if !value.quoted => number(operator, value).map(ClaimTest::PointNumber),
            _ => match value.text.parse::<PublishDate>() {
                Ok(date) => Ok(ClaimTest::PointDate(comparison(operator)?, date.into())),
                Err(_) => Err(Problem::Value(format!(
                    "\"{}\" has no order; compare with a number such as 12.5, or with a date such as 2024-06-19, \
                     2024-06 or (in quotation marks) \"2024\"",
                    value.text
                ))),
            },
        },
    }
}

/// Words that are looked for.
fn words(operator: Operator, value: &Value) -> Result<String, Problem> {
    if !matches!(operator, Operator::Equal | Operator::Has) {
        return Err(Problem::Operator("a text has no order; write text : \"some words\"".to_owned()));
    }
    if !has_words(&value.text) {
        return Err(Problem::Value(format!("\"{}\" has no word to look for", value.text)));
    }
    Ok(value.text.clone())
}

fn text(operator: Operator, value: &Value) -> Result<TextTest, Problem> {
    match operator {
        Operator::Equal => Ok(TextTest::Is(value.text.clone())),
        Operator::Has => Ok(TextTest::Contains(value.text.clone())),
        _ => Err(Problem::Operator("a text has no order; use =, != or : (contains)".to_owned())),
    }
}

/// A text that is stored in lower case.
fn lower(operator: Operator, value: &Value) -> Result<TextTest, Problem> {
    let value = Value { text: value.text.to_lowercase(), quoted: value.quoted };
    text(operator, &value)
}

/// A word of a closed list, in any letter case. That a list of points or sources has it can also be asked with a colon.
fn keyword<T: FromStr<Err = UnknownKeyword> + ToString>(
    operator: Operator,
    value: &Value,
) -> Result<TextTest, Problem> {
    if !matches!(operator, Operator::Equal | Operator::Has) {
        return Err(Problem::Operator("a word has no order; use = or !=".to_owned()));
    }
    let word: T = value.text.parse().map_err(|error: UnknownKeyword| Problem::Value(error.to_string()))?;
    Ok(TextTest::Is(word.to_string()))
}

fn comparison(operator: Operator) -> Result<Comparison, Problem> {
    Ok(match operator {
        Operator::Equal => Comparison::Equal,
        Operator::Less => Comparison::Less,
        Operator::LessOrEqual => Comparison::LessOrEqual,
        Operator::Greater => Comparison::Greater,
        Operator::GreaterOrEqual => Comparison::GreaterOrEqual,
        Operator::NotEqual | Operator::Has => {
            return Err(Problem::Operator("expected one of = != < <= > >=".to_owned()));
        }
    })
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

fn number(operator: Operator, value: &Value) -> Result<NumberTest, Problem> {
    let number = decimal(&value.text)
        .ok_or_else(|| Problem::Value(format!("\"{}\" is no number; write 12 or 0.75", value.text)))?;
    Ok(NumberTest { comparison: comparison(operator)?, number })
}

fn date(value: &Value) -> Result<DateRange, Problem> {
    let date: PublishDate = value
        .text
        .parse()
        .map_err(|error: crate::claim::InvalidPublishDate| Problem::Value(error.to_string()))?;
    Ok(date.into())
}

fn time(value: &Value) -> Result<TimeRange, Problem> {
    if let Ok(date) = value.text.parse::<PublishDate>() {
        return Ok(DateRange::from(date).into());
    }
    let moment: jiff::Timestamp = value.text.parse().map_err(|_| {
        Problem::Value(format!(
            "\"{}\" is no time; write 2024-06-19T10:00:00Z, or a date such as 2024-06-19 for all of it",
            value.text
        ))
    })?;
    let end = jiff::Timestamp::from_microsecond(moment.as_microsecond().saturating_add(1)).unwrap_or(moment);
    Ok(TimeRange { start: moment, end })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::*, *};

    #[test]
    fn every_field_is_known_to_both() {
        let value = |text: &str| Value { text: text.to_owned(), quoted: false };
        let values = [
            "2024-06",
            "UNREVIEWED",
            "CURRENT",
            "EXTRACTED",
            "ASSERTED",
            "DATE",
            "SPEAKER",
            "NOT_DECIDABLE",
            "12",
        ];
        for field in ARTICLE {
            assert!(values.iter().any(|v| article(field, Operator::Equal, &value(v)).is_ok()), "{field}");
        }
        for field in CLAIM {
            assert!(
                values.iter().any(|v| super::claim(field, Operator::Equal, &value(v)).is_ok()),
                "{field}"
            );
        }
    }

    #[test]
    fn the_filters_of_the_contract_are_read() {
        for filter in [
            r#"state = "UNREVIEWED" AND points.kind = "RECORD""#,
            "check_worthiness >= 0.7 AND NOT modality = denied",
            "sources.name : putin OR quote : \"24 Jahren\"",
            "points.value >= 2023-01-01 AND points.unit = EUR AND points.value > 12.5",
            "create_time > 2024-06-19T10:00:00Z AND update_time < 2030",
            "date >= 2023-01-01 AND figure.unit = EUR AND figure.value > 1000000 AND score > 0.5 AND kind = DATE",
            "text : \"Klima Gipfel\" AND -source : putin",
            "Gipfel AND (\"24\" OR Besuch)",
        ] {
            assert!(matches!(claims(filter), Ok(Some(_))), "{filter}");
        }
        assert!(matches!(articles(r#"publisher = "APA" AND publish_date >= "2024-06""#), Ok(Some(_))));
    }

    #[test]
    fn a_wrong_value_is_answered_with_the_right_ones() {
        let error = claims("state = OPEN").expect_err("no state").to_string();
        assert_eq!(
            error,
            "filter: at character 9: \"OPEN\" is no state; use one of UNREVIEWED, VERIFIED, DISPUTED, UNVERIFIABLE, \
             DISMISSED"
        );
        let error = claims("state > VERIFIED").expect_err("no order").to_string();
        assert_eq!(error, "filter: at character 7: a word has no order; use = or !=");
        assert!(claims("check_worthiness : 1").is_err());
        assert!(articles("claim_count = many").is_err());
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(field in prop::sample::select(CLAIM.to_vec()), value in "\\PC{0,30}") {
            let _ = claims(&format!("{field} >= \"{value}\""));
            let _ = claims(&format!("{field} = {value}"));
            let _ = articles(&format!("publish_date <= {value}"));
        }
    }
}
