//! Filters and tokens at the edges of what can be written, and tokens that somebody made by hand: the database must have
//! nothing to complain about.

use claimdesk::proto::v1;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tonic::{Code, Status};

use super::wire::answers;
use crate::{
    harness::{self, Server},
    samples::submit,
};

const NUMBERS: [&str; 5] = [
    "79228162514264337593543950335",
    "-79228162514264337593543950335",
    "0.0000000000000000000000000001",
    "-0",
    "9e99",
];
const DATES: [&str; 8] = [
    "0001",
    "0001-01-01",
    "9999",
    "9999-12-31",
    "\"9999-12-31T23:59:59.999999999Z\"",
    "\"0001-01-01T00:00:00+14:00\"",
    "\"-009999-01-02T01:59:59Z\"",
    "\"2024-06-19T23:59:60Z\"",
];
const TEXTS: [&str; 8] = [
    "\"%\"",
    "\"_\\\\\"",
    "\"\\\\\"",
    "\"'; --\"",
    "\"\u{10ffff}\"",
    "\"\u{feff}\"",
    "\"a\u{301}\"",
    "\"$1\"",
];

fn told(result: Result<(), Status>) -> Code {
    result.map_or_else(|status| status.code(), |()| Code::Ok)
}

async fn claims(server: &Server, filter: &str) -> Result<(), Status> {
    let request = v1::ListClaimsRequest {
        parent: "articles/-".to_owned(),
        page_size: 1,
        filter: filter.to_owned(),
        ..Default::default()
    };
    server.claims().list_claims(request).await.map(drop)
}

async fn articles(server: &Server, filter: &str) -> Result<(), Status> {
    let request = v1::ListArticlesRequest { page_size: 1, filter: filter.to_owned(), ..Default::default() };
    server.articles().list_articles(request).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_filter_is_too_much_for_the_database() {
    let server = harness::shared();
    submit(server, "hostile/filters").await;
    let (numbers, dates, texts) = (&NUMBERS[..], &DATES[..], &TEXTS[..]);
    for (fields, values, operators) in [
        (&["score", "review_count", "figure.value", "points.value"][..], numbers, &["=", ">="][..]),
        (&["date", "publish_date", "create_time", "points.value"], dates, &["=", "<", ">"]),
        (
            &["quote", "text", "source", "publisher", "points.unit", "points.value", "language"],
            texts,
            &["=", ":"],
        ),
    ] {
        for field in fields {
            for value in values {
                for operator in operators {
                    let filter = format!("{field} {operator} {value}");
                    let code = told(claims(server, &filter).await);
                    assert!(matches!(code, Code::Ok | Code::InvalidArgument), "{filter}: {code:?}");
                }
            }
        }
    }
    for (field, values) in
        [("claim_count", numbers), ("publish_date", dates), ("create_time", dates), ("title", texts)]
    {
        for value in values {
            let filter = format!("{field} = {value}");
            let code = told(articles(server, &filter).await);
            assert!(matches!(code, Code::Ok | Code::InvalidArgument), "{filter}: {code:?}");
        }
    }
    let hundred = |one: &str, joined: &str| vec![one; 100].join(joined);
    for filter in [
        hundred("quote : \"a\"", " OR "),
        hundred("NOT text : \"Prozent\"", " AND "),
        hundred("figure.value > 0.5", " OR "),
        format!("{}state = VERIFIED{}", "NOT (".repeat(32), ")".repeat(32)),
        format!("quote : \"{}\"", "ß".repeat(3900)),
        format!("text : \"{}\"", "wort ".repeat(780)),
    ] {
        let code = told(claims(server, &filter).await);
        assert!(
            matches!(code, Code::Ok | Code::InvalidArgument | Code::DeadlineExceeded),
            "{filter}: {code:?}"
        );
    }
    answers(server).await;
}

/// A token with another position in its cursor.
fn forged(token: &str, change: impl Fn(&mut Value)) -> String {
    let json = BASE64URL_NOPAD.decode(token.as_bytes()).expect("a token");
    let mut json: Value = serde_json::from_slice(&json).expect("JSON");
    change(&mut json["cursor"]);
    BASE64URL_NOPAD.encode(json.to_string().as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_forged_token_is_too_much_for_the_database() {
    let server = harness::shared();
    for label in ["hostile/tokens/a", "hostile/tokens/b"] {
        submit(server, label).await;
    }
    let times = [
        "-009999-01-02T01:59:59Z",
        "9999-12-30T22:00:00.999999999Z",
        "0001-01-01T00:00:00Z",
        "-004712-01-01T00:00:00Z",
    ];
    let times: Vec<Value> = times.iter().map(|time| json!({"Time": time})).collect();
    let scores: Vec<Value> = [f64::NAN, f64::INFINITY, -0.0, f64::MIN, 5e-324]
        .iter()
        .map(|score| json!({"Score": score.to_bits()}))
        .collect();
    let dates: Vec<Value> = ["", "x", "9999-99-99", "-1", "２０２４", "'", "2024-06-19T10:00"]
        .iter()
        .map(|date| json!({"Date": date}))
        .collect();
    let lists = [("create_time", &times), ("update_time desc", &times), ("check_worthiness", &scores)];
    for (order_by, positions) in lists {
        let request = |page_token| v1::ListClaimsRequest {
            parent: "articles/-".to_owned(),
            page_size: 1,
            page_token,
            order_by: order_by.to_owned(),
            ..Default::default()
        };
        let first = server.claims().list_claims(request(String::new())).await.expect("a page").into_inner();
        for position in positions {
            let token = forged(&first.next_page_token, |cursor| {
                cursor["position"] = position.clone();
                cursor["claim"] = json!(i32::MIN);
            });
            let code = told(server.claims().list_claims(request(token)).await.map(drop));
            assert!(matches!(code, Code::Ok | Code::InvalidArgument), "{order_by}, {position}: {code:?}");
        }
    }
    for (order_by, positions) in [("create_time", &times), ("publish_date", &dates)] {
        let request = |page_token| v1::ListArticlesRequest {
            page_size: 1,
            page_token,
            order_by: order_by.to_owned(),
            ..Default::default()
        };
        let first =
            server.articles().list_articles(request(String::new())).await.expect("a page").into_inner();
        for position in positions {
            let token = forged(&first.next_page_token, |cursor| cursor["position"] = position.clone());
            let code = told(server.articles().list_articles(request(token)).await.map(drop));
            assert!(matches!(code, Code::Ok | Code::InvalidArgument), "{order_by}, {position}: {code:?}");
        }
    }
    answers(server).await;
}
