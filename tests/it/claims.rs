//! Claims: written by hand, read, listed by filter.

use claimdesk::proto::v1;
use tonic::Code;

use super::harness::{self, Server};
use super::samples::{decision, fields, first_claim, parent, reason, submit};

fn by_hand(parent: &str, quote: &str) -> v1::SubmitClaimRequest {
    v1::SubmitClaimRequest {
        parent: parent.to_owned(),
        claim: Some(v1::Claim {
            quote: quote.to_owned(),
            modality: "reported".to_owned(),
            sources: vec![
                v1::Source {
                    role: "SPEAKER".to_owned(),
                    name: "Erika Muster".to_owned(),
                    ..Default::default()
                },
                v1::Source {
                    role: "evidence".to_owned(),
                    uri: "https://example.org/statistics".to_owned(),
                    stance: "supports".to_owned(),
                    date: "2024-06".to_owned(),
                    ..Default::default()
                },
            ],
            ..Default::default()
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_claim_by_hand_keeps_its_sources_and_gets_its_place() {
    let server = harness::shared();
    let name = submit(server, "claims/by-hand").await.article.unwrap().name;
    let quote = "der erste Besuch eines Präsidenten seit 24 Jahren";
    let answer = server.claims().submit_claim(by_hand(&name, quote)).await.unwrap().into_inner();
    let claim = answer.claim.unwrap();
    assert_eq!((claim.origin.as_str(), claim.state.as_str()), ("SUBMITTED", "UNREVIEWED"));
    assert_eq!(claim.modality, "REPORTED", "words are taken in any letter case");
    assert!(claim.sources.iter().any(|source| source.role == "SPEAKER" && source.name == "Erika Muster"));
    assert!(claim.sources.iter().any(|source| source.role == "EVIDENCE" && source.stance == "SUPPORTS"));
    let span = claim.span.expect("the quote stands in the text");
    let text: Vec<char> = super::samples::GERMAN.chars().collect();
    assert_eq!(text[span.start as usize..span.end as usize].iter().collect::<String>(), quote);

    let read = server.claims().get_claim(v1::GetClaimRequest { name: claim.name.clone() }).await.unwrap();
    assert_eq!(read.into_inner().claim, Some(claim.clone()));
    let request = v1::GetArticleRequest { name };
    let article = server.articles().get_article(request).await.unwrap().into_inner().article.unwrap();
    assert_eq!(article.claim_count, 4);
}

#[tokio::test]
async fn a_claim_by_hand_need_be_no_quotation() {
    let server = harness::shared();
    let name = submit(server, "claims/no-quotation").await.article.unwrap().name;
    let request = by_hand(&name, "Im Jahr 2022 waren es 12.000 Beschäftigte.");
    let claim = server.claims().submit_claim(request).await.unwrap().into_inner().claim.unwrap();
    assert_eq!(claim.span, None);
}

#[tokio::test]
async fn a_claim_by_hand_is_refused_with_the_field_that_is_wrong() {
    let server = harness::shared();
    let name = submit(server, "claims/refused").await.article.unwrap().name;
    let refuse = async |request: v1::SubmitClaimRequest| {
        let status = server.claims().submit_claim(request).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
        (reason(&status), fields(&status).join(" "))
    };
    let with = |change: fn(&mut v1::Claim)| {
        let mut request = by_hand(&name, "Ein Satz.");
        change(request.claim.as_mut().unwrap());
        request
    };
    let field = |name: &str| ("FIELD_INVALID".to_owned(), name.to_owned());
    assert_eq!(refuse(with(|claim| claim.quote.clear())).await, field("claim.quote"));
    assert_eq!(refuse(with(|claim| claim.modality = "SHOUTED".to_owned())).await, field("claim.modality"));
    assert_eq!(
        refuse(with(|claim| claim.sources[1].role = "GOSSIP".to_owned())).await,
        field("claim.sources[1].role")
    );
    assert_eq!(refuse(v1::SubmitClaimRequest { claim: None, ..by_hand(&name, "") }).await, field("claim"));
    let (reason, _) = refuse(by_hand("article/1", "Ein Satz.")).await;
    assert_eq!(reason, "NAME_INVALID");
}

#[tokio::test]
async fn claims_are_listed_by_filter() {
    let server = Server::start();
    let claims = submit(&server, "claims/filter").await.claims;
    server.reviews().review_claim(decision(&claims[1].name, "VERIFIED")).await.unwrap();
    let count = async |filter: &str| {
        let request = v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            filter: filter.to_owned(),
            ..Default::default()
        };
        let answer = server.claims().list_claims(request).await;
        answer.unwrap_or_else(|status| panic!("{filter}: {status:?}")).into_inner().claims.len()
    };
    for (filter, expected) in [
        ("", 3),
        ("state = \"UNREVIEWED\"", 2),
        ("state = VERIFIED", 1),
        ("state = \"VERIFIED\" AND review_count = 1", 1),
        ("NOT state = \"VERIFIED\"", 2),
        ("-state = \"VERIFIED\"", 2),
        ("state != \"VERIFIED\"", 2),
        ("state = \"VERIFIED\" OR state = \"UNREVIEWED\"", 3),
        ("(state = \"VERIFIED\" OR state = \"UNREVIEWED\") AND quote : \"Umsatz\"", 1),
        ("quote : \"Präsident\"", 1),
        ("quote : \"%\"", 0),
        ("quote : \"_\"", 0),
        ("language = \"de\" AND origin = \"EXTRACTED\"", 3),
        ("publisher = \"Beispiel-Agentur\"", 3),
        ("uri = \"https://example.org/claims/filter\"", 3),
        ("publish_date = \"2024-06-19\"", 3),
        ("publish_date < \"2024\"", 0),
        ("check_worthiness >= 0", 3),
        ("create_time > \"2020-01-01T00:00:00Z\"", 3),
        ("update_time < \"2020-01-01T00:00:00Z\"", 0),
        ("sources.role = \"SPEAKER\"", 0),
    ] {
        assert_eq!(count(filter).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn a_hostile_filter_is_refused_or_harmless() {
    let server = harness::shared();
    first_claim(server, "claims/hostile").await;
    let long = "a".repeat(200_000);
    let deep = format!("{}state = \"X\"{}", "(".repeat(20_000), ")".repeat(20_000));
    let nots = format!("{}state = \"X\"", "NOT ".repeat(20_000));
    let wide = vec!["state = \"VERIFIED\""; 5_000].join(" OR ");
    for filter in [
        "state = \"UNREVIEWED",
        "state",
        "= 3",
        "state = = 3",
        "state = \"UNREVIEWED\" AND",
        "(state = \"UNREVIEWED\"",
        "state = \"UNREVIEWED\")",
        "nothing = 3",
        "state = \"NONSENSE\"",
        "check_worthiness = \"a lot\"",
        "create_time > \"yesterday\"",
        "points.kind.kind = \"DATE\"",
        "state = \"x\"; DROP TABLE claim",
        "' OR 1 = 1 --",
        "\u{0}",
        &long,
        &deep,
        &nots,
        &wide,
    ] {
        let request = v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            filter: filter.to_owned(),
            ..Default::default()
        };
        let status = server.claims().list_claims(request).await.expect_err(&filter[..filter.len().min(60)]);
        assert_eq!(status.code(), Code::InvalidArgument, "{:.60}: {status:?}", filter);
        assert_eq!(reason(&status), "FILTER_INVALID", "{:.60}", filter);
        assert_eq!(fields(&status), ["filter"], "{:.60}", filter);
        assert!(status.message().len() < 1000, "a message is for people");
    }
    for filter in
        ["quote : \"'; DROP TABLE claim; --\"", "quote : \"\\\\\"", "publisher = \"x\" OR quote : \"$1\""]
    {
        let request = v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            filter: filter.to_owned(),
            ..Default::default()
        };
        let answer = server
            .claims()
            .list_claims(request)
            .await
            .unwrap_or_else(|status| panic!("{filter}: {status:?}"));
        assert_eq!(answer.into_inner().claims, vec![], "{filter}");
    }
}

#[tokio::test]
async fn a_list_of_one_article_has_no_other_claims() {
    let server = harness::shared();
    let one = first_claim(server, "claims/one").await;
    submit(server, "claims/another").await;
    let request = v1::ListClaimsRequest { parent: parent(&one.name), ..Default::default() };
    let listed = server.claims().list_claims(request).await.unwrap().into_inner().claims;
    assert_eq!(listed.len(), 3);
    assert!(listed.iter().all(|claim| parent(&claim.name) == parent(&one.name)));

    let request = v1::ListClaimsRequest { parent: "articles/nowhere".to_owned(), ..Default::default() };
    let status = server.claims().list_claims(request).await.unwrap_err();
    assert!(matches!(status.code(), Code::NotFound | Code::InvalidArgument), "{status:?}");
}
