//! From the words of the field to the messages of the contract.

use std::borrow::Cow;

use super::v1;
use crate::{claim, extract};

/// The answer to a request to extract: the claims, and with `all_points` also every expression, attribution and
/// sentence that was recognised. Only with `explain` the points name the patterns that made them.
#[must_use]
pub fn extraction_message(
    extraction: extract::Extraction,
    all_points: bool,
    explain: bool,
) -> v1::ExtractClaimsResponse {
    let mut message =
        v1::ExtractClaimsResponse { language: extraction.language, ..v1::ExtractClaimsResponse::default() };
    if all_points {
        let points = extraction.points.iter().enumerate();
        message.points = points.map(|(at, point)| point_message(at, point, explain)).collect();
        message.attributions = extraction.attributions.iter().map(Into::into).collect();
        message.sentences = extraction.sentences.iter().map(Into::into).collect();
    }
    message.claims = extraction.claims.into_iter().map(|claim| claim_message(claim, explain)).collect();
    message
}

/// The message of a claim, without what only the store knows (name, state, origin, etag, times). Only with `explain` its
/// points name the patterns that made them.
#[must_use]
pub fn claim_message(claim: claim::Claim, explain: bool) -> v1::Claim {
    let points = claim.points.iter().enumerate();
    let reasons = claim.check_worthiness_reasons.into_iter();
    v1::Claim {
        points: points.map(|(at, point)| point_message(at, point, explain)).collect(),
        quote: claim.quote,
        span: claim.span.map(Into::into),
        sources: claim.sources.into_iter().map(Into::into).collect(),
        modality: claim.modality.as_str().to_owned(),
        check_worthiness: claim.check_worthiness,
        check_worthiness_reasons: reasons.map(Cow::into_owned).collect(),
        findings: claim.findings.into_iter().map(Into::into).collect(),
        language: claim.language,
        ..v1::Claim::default()
    }
}

/// The message of the point at a position among its claim's points, counted from 0. Only with `explain` it names the pattern
/// that made it.
#[must_use]
pub fn point_message(position: usize, point: &claim::Point, explain: bool) -> v1::Point {
    v1::Point {
        id: claim::Point::id(position),
        span: Some(point.span.into()),
        text: point.text.as_str().to_owned(),
        value: Some((&point.value).into()),
        derivation: point.derivation.as_str().to_owned(),
        pattern: if explain { point.pattern.as_ref().to_owned() } else { String::new() },
    }
}

impl From<claim::Span> for v1::Span {
    fn from(span: claim::Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

impl From<&claim::PointValue> for v1::point::Value {
    fn from(value: &claim::PointValue) -> Self {
        match value {
            claim::PointValue::Date(date) => Self::Date(v1::DateValue {
                r#type: date.timex_type.as_str().to_owned(),
                value: date.value.as_str().to_owned(),
                begin: date.begin.as_ref().map(|begin| begin.as_str().to_owned()).unwrap_or_default(),
                end: date.end.as_ref().map(|end| end.as_str().to_owned()).unwrap_or_default(),
            }),
            claim::PointValue::Figure(figure) => Self::Figure(v1::Figure {
                kind: figure.kind.as_str().to_owned(),
                value: figure.value.to_string(),
                max: figure.max.map(|max| max.to_string()).unwrap_or_default(),
                unit: figure.unit.as_str().to_owned(),
                counted: figure.counted.as_str().to_owned(),
                approximate: figure.approximate,
                bound: figure.bound.map(|bound| bound.as_str().to_owned()).unwrap_or_default(),
            }),
            claim::PointValue::Record(record) => Self::Record(v1::Record {
                rank: record.rank,
                direction: record.direction.as_str().to_owned(),
                of: record.of.clone(),
                since: record.since.clone().unwrap_or_default(),
                span: record.span.clone().unwrap_or_default(),
                implied: record.implied.clone().unwrap_or_default(),
                scope: record.scope.clone(),
            }),
        }
    }
}

impl From<claim::Source> for v1::Source {
    fn from(source: claim::Source) -> Self {
        Self {
            role: source.role.as_str().to_owned(),
            name: source.name,
            span: source.span.map(Into::into),
            cue: source.cue,
            anonymous: source.anonymous,
            uri: source.uri,
            publisher: source.publisher,
            quote: source.quote,
            stance: source.stance.map(|stance| stance.as_str().to_owned()).unwrap_or_default(),
            date: source.date.map(|date| date.to_string()).unwrap_or_default(),
        }
    }
}

impl From<claim::Finding> for v1::Finding {
    fn from(finding: claim::Finding) -> Self {
        Self {
            outcome: finding.outcome.as_str().to_owned(),
            point_id: claim::Point::id(finding.point),
            derivation: finding.derivation,
            span: finding.span.map(Into::into),
        }
    }
}

impl From<&extract::Attribution> for v1::Attribution {
    fn from(attribution: &extract::Attribution) -> Self {
        Self {
            content: Some(attribution.content.into()),
            speaker: attribution.speaker.map(Into::into),
            cue: attribution.cue.map(Into::into),
        }
    }
}

impl From<&extract::Sentence> for v1::Sentence {
    fn from(sentence: &extract::Sentence) -> Self {
        Self { span: Some(sentence.span.into()), check_worthiness: sentence.check_worthiness }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::extraction_message;
    use crate::{
        claim::{Claim, DateValue, Modality, Point, PointValue, Span, TimexType},
        extract::{Attribution, Extraction, Sentence},
    };

    fn extraction() -> Extraction {
        let point = Point {
            span: Span::new(0, 4),
            text: "2000".into(),
            value: PointValue::Date(DateValue {
                timex_type: TimexType::Date,
                value: "2000".into(),
                begin: None,
                end: None,
            }),
            derivation: "".into(),
            pattern: "year".into(),
        };
        let point = Arc::new(point);
        Extraction {
            language: "en".to_owned(),
            claims: vec![Claim {
                quote: "2000.".to_owned(),
                span: Some(Span::new(0, 5)),
                points: vec![point.clone()],
                sources: vec![],
                modality: Modality::Asserted,
                check_worthiness: 0.5,
                check_worthiness_reasons: vec![],
                findings: vec![],
                language: "en".to_owned(),
            }],
            points: vec![point],
            attributions: vec![Attribution { content: Span::new(0, 4), speaker: None, cue: None }],
            sentences: vec![Sentence { span: Span::new(0, 5), check_worthiness: 0.5 }],
        }
    }

    #[test]
    fn gives_the_claims_alone_and_keeps_the_patterns_back() {
        let message = extraction_message(extraction(), false, false);
        assert_eq!(message.claims.len(), 1);
        assert_eq!(message.claims[0].points[0].pattern, "");
        assert!(message.points.is_empty() && message.attributions.is_empty() && message.sentences.is_empty());
    }

    #[test]
    fn gives_everything_and_the_patterns_when_asked() {
        let message = extraction_message(extraction(), true, true);
        assert_eq!(message.claims[0].points[0].pattern, "year");
        assert_eq!(message.points[0].pattern, "year");
        assert_eq!(message.points[0].id, "p1");
        assert_eq!((message.attributions.len(), message.sentences.len()), (1, 1));
    }
}
