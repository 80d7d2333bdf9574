//! From the words of the field to the messages of the contract.

use super::v1;
use crate::claim;

/// The message of a claim, without what only the store knows (name, state, origin, etag, times).
#[must_use]
pub fn claim_message(claim: &claim::Claim) -> v1::Claim {
    v1::Claim {
        quote: claim.quote.clone(),
        span: claim.span.map(Into::into),
        points: claim.points.iter().enumerate().map(|(at, point)| point_message(at, point)).collect(),
        sources: claim.sources.iter().map(Into::into).collect(),
        modality: claim.modality.to_string(),
        check_worthiness: claim.check_worthiness,
        check_worthiness_reasons: claim.check_worthiness_reasons.clone(),
        findings: claim.findings.iter().map(Into::into).collect(),
        language: claim.language.clone(),
        ..v1::Claim::default()
    }
}

/// The message of the point at a position among its claim's points, counted from 0.
#[must_use]
pub fn point_message(position: usize, point: &claim::Point) -> v1::Point {
    v1::Point {
        id: claim::Point::id(position),
        span: Some(point.span.into()),
        text: point.text.clone(),
        value: Some((&point.value).into()),
        derivation: point.derivation.clone(),
        pattern: point.pattern.clone(),
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
                r#type: date.timex_type.to_string(),
                value: date.value.clone(),
                begin: date.begin.clone().unwrap_or_default(),
                end: date.end.clone().unwrap_or_default(),
            }),
            claim::PointValue::Figure(figure) => Self::Figure(v1::Figure {
                kind: figure.kind.to_string(),
                value: figure.value.to_string(),
                max: figure.max.map(|max| max.to_string()).unwrap_or_default(),
                unit: figure.unit.clone(),
                counted: figure.counted.clone(),
                approximate: figure.approximate,
                bound: figure.bound.map(|bound| bound.to_string()).unwrap_or_default(),
            }),
            claim::PointValue::Record(record) => Self::Record(v1::Record {
                rank: record.rank,
                direction: record.direction.to_string(),
                of: record.of.clone(),
                since: record.since.clone().unwrap_or_default(),
                span: record.span.clone().unwrap_or_default(),
                implied: record.implied.clone().unwrap_or_default(),
                scope: record.scope.clone(),
            }),
        }
    }
}

impl From<&claim::Source> for v1::Source {
    fn from(source: &claim::Source) -> Self {
        Self {
            role: source.role.to_string(),
            name: source.name.clone(),
            span: source.span.map(Into::into),
            cue: source.cue.clone(),
            anonymous: source.anonymous,
            uri: source.uri.clone(),
            publisher: source.publisher.clone(),
            quote: source.quote.clone(),
            stance: source.stance.map(|stance| stance.to_string()).unwrap_or_default(),
            date: source.date.map(|date| date.to_string()).unwrap_or_default(),
        }
    }
}

impl From<&claim::Finding> for v1::Finding {
    fn from(finding: &claim::Finding) -> Self {
        Self {
            outcome: finding.outcome.to_string(),
            point_id: claim::Point::id(finding.point),
            derivation: finding.derivation.clone(),
            span: finding.span.map(Into::into),
        }
    }
}
