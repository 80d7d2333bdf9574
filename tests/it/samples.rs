//! Articles and helpers that many tests use.

use claimdesk::proto::v1;
use tonic::Status;
use tonic_types::StatusExt as _;

use super::harness::Server;

/// Three sentences, each a claim by itself.
pub(crate) const GERMAN: &str = "Die Zahl der Beschäftigten stieg im Jahr 2023 um 3,2 Prozent auf 12.400.\n\
    Es ist der erste Besuch eines Präsidenten seit 24 Jahren.\n\
    Der Umsatz sank im vergangenen Jahr auf 1,5 Milliarden Euro.\n";

/// An article that no other test has, by its label.
pub(crate) fn article(label: &str) -> v1::Article {
    v1::Article {
        text: GERMAN.to_owned(),
        uri: format!("https://example.org/{label}"),
        publisher: "Beispiel-Agentur".to_owned(),
        title: "Ein Titel".to_owned(),
        publish_date: "2024-06-19".to_owned(),
        language: "de".to_owned(),
        ..v1::Article::default()
    }
}

/// The request that stores an article and nothing else.
pub(crate) fn submission(article: v1::Article) -> v1::SubmitArticleRequest {
    v1::SubmitArticleRequest { article: Some(article), ..v1::SubmitArticleRequest::default() }
}

/// Stores the article of this label.
pub(crate) async fn submit(server: &Server, label: &str) -> v1::SubmitArticleResponse {
    server.articles().submit_article(submission(article(label))).await.expect("stored").into_inner()
}

/// Stores the article of this label and gives its first claim.
pub(crate) async fn first_claim(server: &Server, label: &str) -> v1::Claim {
    submit(server, label).await.claims.into_iter().next().expect("a claim")
}

/// The request that marks a claim.
pub(crate) fn decision(name: &str, verdict: &str) -> v1::ReviewClaimRequest {
    v1::ReviewClaimRequest {
        name: name.to_owned(),
        verdict: verdict.to_owned(),
        evidence: vec![v1::Evidence {
            uri: "https://example.org/report".to_owned(),
            quote: "as the report has it".to_owned(),
            ..v1::Evidence::default()
        }],
        note: "read in the report".to_owned(),
        ..v1::ReviewClaimRequest::default()
    }
}

/// The name of an article in the name of one of its claims.
pub(crate) fn parent(claim: &str) -> String {
    claim.split("/claims/").next().expect("a name").to_owned()
}

/// The reason in a status's ErrorInfo.
pub(crate) fn reason(status: &Status) -> String {
    let info = status.get_error_details().error_info().cloned();
    let info = info.unwrap_or_else(|| panic!("no ErrorInfo in {status:?}"));
    assert_eq!(info.domain, "claimdesk");
    let published = v1::ErrorReason::from_str_name(&format!("ERROR_REASON_{}", info.reason));
    assert!(published.is_some(), "{} is no published reason", info.reason);
    info.reason
}

/// The fields that a status's BadRequest names.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    status
        .get_error_details()
        .bad_request()
        .map(|bad| bad.field_violations.iter().map(|violation| violation.field.clone()).collect())
        .unwrap_or_default()
}

/// What must hold for every span: the text between its ends, counted in code points, is the quote.
#[track_caller]
pub(crate) fn assert_spans(text: &str, claims: &[v1::Claim]) {
    let letters: Vec<char> = text.chars().collect();
    let slice = |span: &v1::Span| -> String {
        assert!(
            span.start < span.end && span.end as usize <= letters.len(),
            "{span:?} lies outside of the text"
        );
        letters[span.start as usize..span.end as usize].iter().collect()
    };
    for claim in claims {
        let span = claim.span.as_ref().expect("a place in the text");
        assert_eq!(slice(span), claim.quote);
        for point in &claim.points {
            let place = point.span.as_ref().expect("a place in the text");
            assert_eq!(slice(place), point.text);
            assert!(
                span.start <= place.start && place.end <= span.end,
                "{point:?} lies outside of its claim"
            );
        }
        for source in &claim.sources {
            if let Some(place) = &source.span {
                assert_eq!(slice(place), source.name);
            }
        }
    }
}
