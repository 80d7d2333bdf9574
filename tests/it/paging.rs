//! Going through lists page by page.

use claimdesk::proto::v1;
use tonic::Code;

use super::harness::Server;
use super::samples::{fields, reason, submit};

async fn page(server: &Server, request: &v1::ListClaimsRequest) -> v1::ListClaimsResponse {
    server
        .claims()
        .list_claims(request.clone())
        .await
        .unwrap_or_else(|status| panic!("{status:?}"))
        .into_inner()
}

#[tokio::test]
async fn every_claim_comes_once_whatever_the_order_and_the_size() {
    let server = Server::start();
    let mut expected = Vec::new();
    for at in 0..7 {
        let stored = submit(&server, &format!("paging/{at}")).await;
        expected.extend(stored.claims.into_iter().map(|claim| claim.name));
    }
    let mut sorted = expected.clone();
    sorted.sort();
    for order_by in
        ["", "create_time", "create_time desc", "update_time", "update_time desc", "check_worthiness desc"]
    {
        for page_size in [1, 2, 5, 21, 100] {
            let mut request = v1::ListClaimsRequest {
                parent: "articles/-".to_owned(),
                page_size,
                order_by: order_by.to_owned(),
                filter: "state = \"UNREVIEWED\"".to_owned(),
                ..Default::default()
            };
            let mut seen = Vec::new();
            loop {
                let answer = page(&server, &request).await;
                assert!(answer.claims.len() <= page_size as usize);
                seen.extend(answer.claims.into_iter().map(|claim| claim.name));
                if answer.next_page_token.is_empty() {
                    break;
                }
                assert!(seen.len() <= expected.len(), "a list without an end");
                request.page_token = answer.next_page_token;
            }
            if order_by.is_empty() {
                assert_eq!(seen, expected, "the order of arrival, then of the text");
            }
            seen.sort();
            assert_eq!(seen, sorted, "order_by {order_by:?}, page_size {page_size}");
        }
    }
}

#[tokio::test]
async fn claims_are_counted_as_far_as_asked() {
    let server = Server::start();
    for at in 0..3 {
        submit(&server, &format!("paging/count/{at}")).await;
    }
    let count = async |filter: &str, max_count| {
        let request = v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            page_size: 2,
            filter: filter.to_owned(),
            max_count,
            ..Default::default()
        };
        page(&server, &request).await.total_size
    };
    assert_eq!(count("", 1000).await, 9);
    assert_eq!(count("", 5).await, 5, "no further");
    assert_eq!(count("", 0).await, 0, "nobody asked");
    assert_eq!(count("points.kind = RECORD", u32::MAX).await, 3);
    assert_eq!(count("state = VERIFIED", 10).await, 0);
}

#[tokio::test]
async fn a_page_token_is_good_for_its_own_list_only() {
    let server = Server::start();
    let name = submit(&server, "paging/token").await.article.unwrap().name;
    let first = v1::ListClaimsRequest { parent: name.clone(), page_size: 1, ..Default::default() };
    let token = page(&server, &first).await.next_page_token;
    assert!(!token.is_empty());

    // Another size is no other list.
    let larger = v1::ListClaimsRequest { page_token: token.clone(), page_size: 2, ..first.clone() };
    assert_eq!(page(&server, &larger).await.claims.len(), 2);

    let next = v1::ListClaimsRequest { page_token: token.clone(), ..first.clone() };
    for other in [
        v1::ListClaimsRequest { filter: "state = \"UNREVIEWED\"".to_owned(), ..next.clone() },
        v1::ListClaimsRequest { order_by: "update_time".to_owned(), ..next.clone() },
        v1::ListClaimsRequest { parent: "articles/-".to_owned(), ..next.clone() },
        v1::ListClaimsRequest { page_token: "nonsense".to_owned(), ..next.clone() },
        v1::ListClaimsRequest { page_token: format!("{token}A"), ..next.clone() },
        v1::ListClaimsRequest { page_token: token[..token.len() / 2].to_owned(), ..next.clone() },
    ] {
        let status = server.claims().list_claims(other).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "PAGE_TOKEN_INVALID"));
        assert_eq!(fields(&status), ["page_token"]);
    }
    let request = v1::ListArticlesRequest { page_token: token, ..Default::default() };
    let status = server.articles().list_articles(request).await.unwrap_err();
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID", "a token of another list");
}

#[tokio::test]
async fn a_page_has_fifty_unless_told_and_never_more_than_a_thousand() {
    let server = Server::start();
    for at in 0..18 {
        submit(&server, &format!("paging/size-{at}")).await;
    }
    let all = v1::ListClaimsRequest { parent: "articles/-".to_owned(), ..Default::default() };
    assert_eq!(page(&server, &all).await.claims.len(), 50);
    let large = v1::ListClaimsRequest { page_size: u32::MAX, ..all };
    assert_eq!(page(&server, &large).await.claims.len(), 54);
    let unordered = v1::ListClaimsRequest { order_by: "quote".to_owned(), ..large };
    let status = server.claims().list_claims(unordered).await.unwrap_err();
    assert_eq!((status.code(), fields(&status).join("")), (Code::InvalidArgument, "order_by".to_owned()));
}

#[tokio::test]
async fn what_arrives_while_paging_shifts_nothing() {
    let server = Server::start();
    let first = submit(&server, "paging/early").await;
    let mut request =
        v1::ListClaimsRequest { parent: "articles/-".to_owned(), page_size: 2, ..Default::default() };
    let mut seen: Vec<String> = Vec::new();
    for round in 0.. {
        let answer = page(&server, &request).await;
        seen.extend(answer.claims.into_iter().map(|claim| claim.name));
        if round < 2 {
            submit(&server, &format!("paging/late-{round}")).await;
        }
        if answer.next_page_token.is_empty() {
            break;
        }
        request.page_token = answer.next_page_token;
    }
    let unique: std::collections::HashSet<_> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "nothing comes twice");
    assert!(first.claims.iter().all(|claim| seen.contains(&claim.name)), "nothing is left out");
}
