//! Checks of the fields of a request. All that is wrong is gathered and told at once.

use std::{ops::RangeInclusive, str::FromStr, time::Duration};

use super::{ServiceError, error::Violation};
use crate::{
    claim::{
        Article, ContentType, Evidence, InvalidContentType, PublishDate, Source, SourceRole, Stance, Verdict,
    },
    proto::v1,
    store::ClaimKey,
};

/// How long the text of an article may be, in bytes.
pub(super) const TEXT_LIMIT: usize = 1 << 20;
/// How long a URI may be, in code points.
const URI_LIMIT: usize = 2_000;
/// How long a name, a title or the like may be, in code points.
const NAME_LIMIT: usize = 500;
/// How long a note or a quote may be, in code points.
const NOTE_LIMIT: usize = 10_000;
/// How many authors, sources, points or pieces of evidence there may be.
const COUNT_LIMIT: usize = 100;

/// A length of time, or the usual one where none is given; nothing where it is none or out of range.
pub(super) fn duration(
    given: Option<pbjson_types::Duration>,
    usual: Duration,
    range: RangeInclusive<Duration>,
) -> Option<Duration> {
    let Some(given) = given else { return Some(usual) };
    let (seconds, nanos) = (u64::try_from(given.seconds).ok()?, u32::try_from(given.nanos).ok()?);
    let duration = (nanos < 1_000_000_000).then(|| Duration::new(seconds, nanos))?;
    range.contains(&duration).then_some(duration)
}

/// What was found wrong so far.
#[derive(Debug, Default)]
pub(super) struct Checks {
    violations: Vec<Violation>,
}

impl Checks {
    /// Notes that a field is wrong.
    pub(super) fn fail(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.violations.push(Violation { field: field.into(), description: description.into() });
    }

    /// Takes over what was found wrong in a part of the request.
    pub(super) fn within(&mut self, part: &str, checks: Self) {
        let parts = checks.violations.into_iter();
        self.violations.extend(parts.map(|it| Violation { field: format!("{part}.{}", it.field), ..it }));
    }

    /// Ends the checks: an error if anything was wrong.
    pub(super) fn finish(self) -> Result<(), ServiceError> {
        if self.violations.is_empty() { Ok(()) } else { Err(ServiceError::Fields(self.violations)) }
    }

    /// A text that the database can keep, of no more than so many code points.
    pub(super) fn text(&mut self, field: &str, text: &str, limit: usize) {
        let length = text.chars().count();
        if length > limit {
            self.fail(field, format!("has {length} characters; at most {limit} are possible"));
        }
        self.no_nul(field, text);
    }

    fn no_nul(&mut self, field: &str, text: &str) {
        if let Some(at) = text.chars().position(|c| c == '\0') {
            self.fail(field, format!("has a NUL character (U+0000) at character {at}; take it out"));
        }
    }

    /// A text that says something.
    fn required(&mut self, field: &str, text: &str) {
        self.must(field, !text.trim().is_empty());
    }

    fn count(&mut self, field: &str, count: usize) {
        if count > COUNT_LIMIT {
            self.fail(field, format!("has {count} entries; at most {COUNT_LIMIT} are possible"));
        }
    }

    /// An address on the web, or nothing.
    fn uri(&mut self, field: &str, uri: &str) {
        self.text(field, uri, URI_LIMIT);
        if uri.is_empty() {
            return;
        }
        let lower: String = uri.chars().take(8).flat_map(char::to_lowercase).collect();
        let host = lower.strip_prefix("http://").or_else(|| lower.strip_prefix("https://"));
        let rest = uri.split_once("://").map_or("", |(_, rest)| rest);
        if host.is_none() || rest.is_empty() || rest.starts_with(['/', '?', '#', ':']) {
            self.fail(field, "is no address on the web; write it in full, such as https://example.org/page");
        } else if uri.chars().any(|c| c.is_whitespace() || c.is_control()) {
            self.fail(field, "has a space or a control character; write it as %20 or the like");
        }
    }

    /// A word of a closed list.
    pub(super) fn keyword<T: FromStr<Err: ToString>>(&mut self, field: &str, word: &str) -> Option<T> {
        match word.trim().parse() {
            Ok(word) => Some(word),
            Err(error) => {
                self.fail(field, T::Err::to_string(&error));
                None
            }
        }
    }

    fn date(&mut self, field: &str, text: &str) -> Option<PublishDate> {
        if text.is_empty() {
            return None;
        }
        text.parse()
            .map_err(|error: crate::claim::InvalidPublishDate| self.fail(field, error.to_string()))
            .ok()
    }

    /// The id of a request, or nothing.
    pub(super) fn request_id(&mut self, field: &str, id: &str) {
        let fits = id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if id.len() > 64 || !fits {
            self.fail(field, "is no request id; it has 1 to 64 letters, digits, - or _, such as a UUID");
        }
    }

    /// A score from 0 to 1.
    pub(super) fn score(&mut self, field: &str, score: f64) {
        if !(0.0..=1.0).contains(&score) {
            self.fail(field, format!("is {score}; a score is from 0 to 1"));
        }
    }

    /// The etag that the caller saw, or `None`.
    pub(super) fn etag(&mut self, field: &str, etag: String) -> Option<String> {
        self.text(field, &etag, 64);
        (!etag.is_empty()).then_some(etag)
    }

    /// The token of the caller's lease, or `None`.
    pub(super) fn lease_token(&mut self, field: &str, token: String) -> Option<String> {
        self.text(field, &token, 64);
        (!token.is_empty()).then_some(token)
    }

    /// The name of another claim, or nothing.
    pub(super) fn claim_name(&mut self, field: &str, name: &str) -> Option<ClaimKey> {
        if name.is_empty() {
            return None;
        }
        super::name::parse_claim(name).map_err(|error| self.fail(field, error.to_string())).ok()
    }

    /// What cannot be left out.
    pub(super) fn must(&mut self, field: &str, is_there: bool) {
        if !is_there {
            self.fail(field, "is empty; it is needed");
        }
    }

    fn language(&mut self, field: &str, code: &str) -> Option<String> {
        if code.is_empty() {
            return None;
        }
        if code.len() != 2 || !code.bytes().all(|b| b.is_ascii_alphabetic()) {
            let shown: String = code.chars().take(20).collect();
            self.fail(
                field,
                format!("\"{shown}\" is no language; write its ISO 639-1 code, such as de or en"),
            );
            return None;
        }
        Some(code.to_ascii_lowercase())
    }

    /// How the text of an article is written.
    pub(super) fn content_type(&mut self, article: Option<&v1::Article>) -> ContentType {
        let written = article.map_or("", |article| article.content_type.as_str());
        written.parse().unwrap_or_else(|error: InvalidContentType| {
            self.fail("article.content_type", error.to_string());
            ContentType::Plain
        })
    }

    /// An article to be read. A text over the limit is an error of its own.
    pub(super) fn article(&mut self, article: Option<v1::Article>) -> Result<Article, ServiceError> {
        let Some(article) = article else {
            self.fail("article", "is missing; it is needed, with its text");
            return Ok(Article::default());
        };
        self.read_text(&article.text)?;
        self.no_nul("article.text", &article.text);
        self.uri("article.uri", &article.uri);
        self.text("article.publisher", &article.publisher, NAME_LIMIT);
        self.text("article.title", &article.title, NAME_LIMIT);
        self.count("article.authors", article.authors.len());
        for (at, author) in article.authors.iter().enumerate().take(COUNT_LIMIT) {
            self.text(&format!("article.authors[{at}]"), author, NAME_LIMIT);
        }
        Ok(Article {
            publish_date: self.date("article.publish_date", &article.publish_date),
            language: self.language("article.language", &article.language),
            text: article.text,
            uri: article.uri,
            publisher: article.publisher,
            title: article.title,
            authors: article.authors,
        })
    }

    /// A text that is not too long and says something.
    pub(super) fn read_text(&mut self, text: &str) -> Result<(), ServiceError> {
        if text.len() > TEXT_LIMIT {
            return Err(ServiceError::TextTooLong {
                field: "article.text",
                size: text.len(),
                limit: TEXT_LIMIT,
            });
        }
        self.required("article.text", text);
        Ok(())
    }

    /// The parts of a claim that a person writes: the quote, how it is said, its language, its sources.
    pub(super) fn claim(&mut self, claim: Option<v1::Claim>) -> WrittenClaim {
        let Some(claim) = claim else {
            self.fail("claim", "is missing; it is needed, with its quote");
            return WrittenClaim::default();
        };
        self.required("claim.quote", &claim.quote);
        self.text("claim.quote", &claim.quote, NOTE_LIMIT);
        self.count("claim.sources", claim.sources.len());
        let modality =
            if claim.modality.is_empty() { None } else { self.keyword("claim.modality", &claim.modality) };
        let language = self.language("claim.language", &claim.language);
        let sources = claim
            .sources
            .into_iter()
            .enumerate()
            .take(COUNT_LIMIT)
            .filter_map(|(at, source)| self.source(at, source))
            .collect();
        WrittenClaim { quote: claim.quote, modality, language, sources }
    }

    fn source(&mut self, at: usize, source: v1::Source) -> Option<Source> {
        let field = |name: &str| format!("claim.sources[{at}].{name}");
        self.text(&field("name"), &source.name, NAME_LIMIT);
        self.text(&field("cue"), &source.cue, NAME_LIMIT);
        self.uri(&field("uri"), &source.uri);
        self.text(&field("publisher"), &source.publisher, NAME_LIMIT);
        self.text(&field("quote"), &source.quote, NOTE_LIMIT);
        let date = self.date(&field("date"), &source.date);
        let role: SourceRole = self.keyword(&field("role"), &source.role)?;
        if source.name.is_empty() && source.uri.is_empty() && source.publisher.is_empty() && !source.anonymous
        {
            self.fail(field("name"), "is empty; a source has a name, a uri or a publisher, or is anonymous");
        }
        if role == SourceRole::Evidence && source.uri.is_empty() {
            self.fail(field("uri"), "is empty; evidence needs its address");
        }
        let stance = match (source.stance.as_str(), role) {
            ("", SourceRole::Evidence) => Some(Stance::Context),
            ("", _) => None,
            (word, _) => self.keyword(&field("stance"), word),
        };
        Some(Source {
            role,
            name: source.name,
            // A span is a finding of the extractor; one given by hand is not looked at.
            span: None,
            cue: source.cue,
            anonymous: source.anonymous,
            uri: source.uri,
            publisher: source.publisher,
            quote: source.quote,
            stance,
            date,
        })
    }

    /// A verdict that decides.
    pub(super) fn verdict(&mut self, field: &str, word: &str) -> Option<Verdict> {
        const NEEDED: &str = "VERIFIED, DISPUTED, UNVERIFIABLE or DISMISSED";
        match word.trim().parse() {
            Ok(Verdict::Reopened) => {
                self.fail(
                    field,
                    format!("REOPENED is no decision; call ReopenClaim, or use one of {NEEDED}"),
                );
                None
            }
            Ok(verdict) => Some(verdict),
            Err(_) => {
                let shown: String = word.chars().take(40).collect();
                self.fail(field, format!("\"{shown}\" is no verdict; use one of {NEEDED}"));
                None
            }
        }
    }

    /// A note or a correction.
    pub(super) fn note(&mut self, field: &str, text: &str) {
        self.text(field, text, NOTE_LIMIT);
    }

    /// What a verdict rests on; what is not said follows from the verdict and from now.
    pub(super) fn evidence(
        &mut self,
        evidence: Vec<v1::Evidence>,
        verdict: Option<Verdict>,
        now: jiff::Timestamp,
    ) -> Vec<Evidence> {
        self.count("evidence", evidence.len());
        let default = verdict.map_or(Stance::Context, Verdict::default_stance);
        let mut read = Vec::new();
        for (at, piece) in evidence.into_iter().enumerate().take(COUNT_LIMIT) {
            let field = |name: &str| format!("evidence[{at}].{name}");
            self.required(&field("uri"), &piece.uri);
            self.uri(&field("uri"), &piece.uri);
            self.text(&field("quote"), &piece.quote, NOTE_LIMIT);
            self.text(&field("publisher"), &piece.publisher, NAME_LIMIT);
            let stance = match piece.stance.as_str() {
                "" => Some(default),
                word => self.keyword(&field("stance"), word),
            };
            let access_time = match piece.access_time {
                None => Some(now),
                Some(time) => jiff::Timestamp::new(time.seconds, time.nanos).ok(),
            };
            if access_time.is_none_or(|time| jiff::tz::Offset::UTC.to_datetime(time).year() < 1) {
                self.fail(field("access_time"), "is no time; write it as 2024-06-19T10:00:00Z");
            }
            if let (Some(stance), Some(access_time)) = (stance, access_time) {
                let v1::Evidence { uri, quote, publisher, .. } = piece;
                read.push(Evidence { uri, quote, publisher, stance, access_time });
            }
        }
        read
    }

    /// The points that a verdict rests on; whether the claim has them, the store tells.
    pub(super) fn point_ids(&mut self, ids: &[String]) {
        self.count("point_ids", ids.len());
        for (at, id) in ids.iter().enumerate().take(COUNT_LIMIT) {
            let number = id.strip_prefix('p').unwrap_or_default();
            if number.is_empty() || number.len() > 9 || !number.bytes().all(|b| b.is_ascii_digit()) {
                let shown: String = id.chars().take(20).collect();
                self.fail(
                    format!("point_ids[{at}]"),
                    format!("\"{shown}\" is no point; write its id, such as p1"),
                );
            } else if ids[..at].contains(id) {
                self.fail(format!("point_ids[{at}]"), format!("{id} is there twice; leave one out"));
            }
        }
    }
}

/// The parts of a claim that a person writes.
#[derive(Debug, Default)]
pub(super) struct WrittenClaim {
    pub(super) quote: String,
    pub(super) modality: Option<crate::claim::Modality>,
    pub(super) language: Option<String>,
    pub(super) sources: Vec<Source>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(checks: Checks) -> Vec<String> {
        checks.violations.into_iter().map(|violation| violation.field).collect()
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let mut checks = Checks::default();
        let article = v1::Article {
            text: " \n".to_owned(),
            uri: "ftp://example.org".to_owned(),
            publish_date: "June 2024".to_owned(),
            language: "german".to_owned(),
            authors: vec!["a\0b".to_owned()],
            ..v1::Article::default()
        };
        checks.article(Some(article)).expect("not too long");
        assert_eq!(
            fields(checks),
            ["article.text", "article.uri", "article.authors[0]", "article.publish_date", "article.language"]
        );
    }

    #[test]
    fn a_text_over_the_limit_says_by_how_much() {
        let article = v1::Article { text: "x".repeat(TEXT_LIMIT + 1), ..v1::Article::default() };
        let error = Checks::default().article(Some(article)).expect_err("too long");
        assert!(matches!(error, ServiceError::TextTooLong { size: 1_048_577, .. }));
        let article = v1::Article { text: "x".repeat(TEXT_LIMIT), ..v1::Article::default() };
        assert!(Checks::default().article(Some(article)).is_ok());
    }

    #[test]
    fn addresses_are_of_the_web() {
        for good in ["", "https://example.org", "HTTP://example.org/a?b=c#d", "https://öbb.at/ä"] {
            let mut checks = Checks::default();
            checks.uri("uri", good);
            assert!(checks.finish().is_ok(), "{good}");
        }
        for bad in
            ["example.org", "https://", "https:///x", "javascript:alert(1)", "https://a b", "file:///etc"]
        {
            let mut checks = Checks::default();
            checks.uri("uri", bad);
            assert!(checks.finish().is_err(), "{bad}");
        }
    }

    #[test]
    fn reopening_is_no_verdict() {
        let mut checks = Checks::default();
        assert_eq!(checks.verdict("verdict", "verified"), Some(Verdict::Verified));
        assert_eq!(checks.verdict("verdict", "REOPENED"), None);
        assert_eq!(checks.verdict("verdict", "TRUE"), None);
        assert_eq!(fields(checks), ["verdict", "verdict"]);
    }
}
