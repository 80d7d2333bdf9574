//! Bearer tokens: made, used, refused, revoked.

use claimdesk::proto::v1;
use tonic::{Code, Request};
use tonic_types::StatusExt as _;

use super::world::{Guarded, bearing, eventually, reason};
use crate::harness;

/// A text with the form of a token that nobody made.
fn foreign(number: usize) -> String {
    format!("cdk_{number:064x}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_told_once_and_only_its_hash_is_kept() {
    let desk = Guarded::start();
    let made = desk.create("ada@example.org", &["reviewer"], 3600).await;
    let (secret, token) = (made.secret, made.token.expect("a token"));
    assert!(secret.starts_with("cdk_") && secret.len() == 68, "{secret}");
    assert!(token.name.starts_with("tokens/"), "{token:?}");
    assert_eq!(
        (token.subject.as_str(), token.roles.as_slice()),
        ("ada@example.org", &["REVIEWER".to_owned()][..])
    );
    assert_eq!(token.creator, "bootstrap");
    let seconds = |time: Option<pbjson_types::Timestamp>| time.expect("a time").seconds;
    assert_eq!(seconds(token.expire_time) - seconds(token.create_time), 3600);
    assert!(token.last_use_time.is_none() && token.revoke_time.is_none());

    let kept = harness::number(&desk.database, "SELECT count(*) FROM token");
    assert_eq!(kept, 2);
    let digits = secret.trim_start_matches("cdk_");
    let question = format!("SELECT count(*) FROM token t WHERE t::text LIKE '%{digits}%'");
    assert_eq!(harness::number(&desk.database, &question), 0, "the token itself is nowhere");

    desk.try_reading(&format!("Bearer {secret}")).await.expect("a reviewer reads");
    let listed = desk.tokens().list_tokens(bearing(&desk.admin, v1::ListTokensRequest::default())).await;
    let listed = listed.expect("a list").into_inner().tokens;
    assert_eq!(listed.len(), 2);
    assert!(listed[1].last_use_time.is_some(), "its use is on record: {listed:?}");
    // A second use soon after is not written.
    let first = listed[1].last_use_time;
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    desk.try_reading(&format!("Bearer {secret}")).await.expect("a reviewer reads");
    let again = desk.tokens().list_tokens(bearing(&desk.admin, v1::ListTokensRequest::default())).await;
    assert_eq!(again.expect("a list").into_inner().tokens[1].last_use_time, first);

    let log = desk.server.log();
    for secret in [digits, desk.admin.trim_start_matches("cdk_")] {
        assert!(!log.contains(secret), "no token stands in the log");
    }
    assert!(log.contains("ada@example.org") && log.contains("REVIEWER"), "who called stands in it:\n{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_listed_in_pages() {
    let desk = Guarded::start();
    for subject in ["a", "b", "c"] {
        desk.token(subject, &["READER"]).await;
    }
    let (mut subjects, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = v1::ListTokensRequest { page_size: 2, page_token };
        let page =
            desk.tokens().list_tokens(bearing(&desk.admin, request)).await.expect("a page").into_inner();
        subjects.extend(page.tokens.into_iter().map(|token| token.subject));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(subjects, ["bootstrap", "a", "b", "c"]);
    let request = v1::ListTokensRequest { page_size: 2, page_token: "nonsense".to_owned() };
    let status = desk.tokens().list_tokens(bearing(&desk.admin, request)).await.expect_err("no token");
    assert_eq!(reason(&status), "PAGE_TOKEN_INVALID");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_new_token_is_told_field_by_field() {
    let desk = Guarded::start();
    let token =
        v1::Token { subject: "a\nb".to_owned(), roles: vec!["boss".to_owned()], ..v1::Token::default() };
    let ttl = Some(pbjson_types::Duration { seconds: 0, nanos: 0 });
    let request = v1::CreateTokenRequest { token: Some(token), ttl };
    let status = desk.tokens().create_token(bearing(&desk.admin, request)).await.expect_err("refused");
    let fields = status.get_details_bad_request().expect("fields").field_violations;
    let fields: Vec<_> = fields.into_iter().map(|violation| violation.field).collect();
    assert_eq!(fields, ["token.subject", "token.roles[0]", "ttl"]);
    let nothing = desk.tokens().create_token(bearing(&desk.admin, v1::CreateTokenRequest::default())).await;
    let fields = nothing.expect_err("refused").get_details_bad_request().expect("fields").field_violations;
    assert_eq!(fields.len(), 2, "{fields:?}");
    let request = v1::RevokeTokenRequest { name: "tokens/0000000000000000".to_owned() };
    let status = desk.tokens().revoke_token(bearing(&desk.admin, request)).await.expect_err("none");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "TOKEN_NOT_FOUND"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_a_token_exists() {
    let desk = Guarded::start();
    let short = desk.create("short", &["ADMIN"], 1).await;
    let revoked = desk.create("revoked", &["ADMIN"], 3600).await;
    desk.revoke(&revoked.token.expect("a token").name).await;
    eventually("a token of a second expires", async || {
        desk.try_reading(&format!("Bearer {}", short.secret)).await.is_err()
    })
    .await;
    let mut answers = Vec::new();
    for token in [
        &short.secret,
        &revoked.secret,
        &foreign(1),
        "cdk_",
        "cdk_0",
        &desk.admin.to_uppercase(),
        "abc",
        "a.b.c",
    ] {
        let status = desk.try_reading(&format!("Bearer {token}")).await.expect_err(token);
        assert_eq!(status.code(), Code::Unauthenticated, "{token}");
        answers.push((status.message().to_owned(), reason(&status)));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "all are answered alike: {answers:?}");
    assert_eq!(answers[0].1, "CREDENTIALS_INVALID");
    for wrong in ["cdk_0", &format!("Basic {}", desk.admin), "Bearer"] {
        let status = desk.try_reading(wrong).await.expect_err(wrong);
        assert!(status.message().contains("Bearer TOKEN"), "{status:?}");
    }
    let mut twice = Request::new(v1::ListArticlesRequest::default());
    for _ in 0..2 {
        let value = format!("Bearer {}", desk.admin).parse().expect("a value");
        twice.metadata_mut().append("authorization", value);
    }
    let status = desk.server.articles().list_articles(twice).await.expect_err("two tokens");
    assert_eq!(status.code(), Code::Unauthenticated);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revocation_reaches_every_replica_and_ends_open_streams() {
    let desk = Guarded::start();
    let replica = desk.replica();
    assert_eq!(desk.admin, replica.admin);
    let made = desk.create("watcher", &["READER"], 3600).await;
    let authorization = format!("Bearer {}", made.secret);
    desk.try_reading(&authorization).await.expect("valid here");
    replica.try_reading(&authorization).await.expect("valid there");
    let request = bearing(&made.secret, v1::WatchClaimsRequest::default());
    let mut watch = replica.server.claims().watch_claims(request).await.expect("a watch").into_inner();

    let name = made.token.expect("a token").name;
    let revoked = desk.revoke(&name).await;
    assert_eq!(revoked.revoker, "bootstrap");
    assert_eq!(desk.revoke(&name).await, revoked, "once more changes nothing");
    for desk in [&desk, &replica] {
        eventually("the token is refused", async || desk.try_reading(&authorization).await.is_err()).await;
    }
    let ended = async {
        loop {
            match watch.message().await {
                Ok(Some(_)) => {}
                other => return other,
            }
        }
    };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(60), ended).await.expect("an end");
    let status = ended.expect_err("the watch is cut off");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "CREDENTIALS_INVALID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_and_holds_up_nobody_who_is_known() {
    let desk = Guarded::start();
    let good = desk.token("good", &["READER"]).await;
    desk.try_reading(&format!("Bearer {good}")).await.expect("known");
    let mut slowed = None;
    for number in 0..200 {
        let status = desk.try_reading(&format!("Bearer {}", foreign(number))).await.expect_err("unknown");
        if status.code() == Code::ResourceExhausted {
            slowed = Some(status);
            break;
        }
        assert_eq!(status.code(), Code::Unauthenticated);
    }
    let slowed = slowed.expect("slowed down");
    assert_eq!(reason(&slowed), "TOO_MANY_FAILURES");
    assert!(slowed.get_details_retry_info().is_some(), "{slowed:?}");
    tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
    for number in 200..230 {
        let _ = desk.try_reading(&format!("Bearer {}", foreign(number))).await;
        desk.try_reading(&format!("Bearer {good}")).await.expect("known from the same address");
    }
}
