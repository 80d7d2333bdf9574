//! What is refused, and how: text that is empty, too long or no text, names, deadlines, messages over the limit.

use std::time::Duration;

use claimdesk::proto::v1;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

use super::harness::{self, Server};
use super::samples::{article, fields, reason, submission};

async fn refused(article: v1::Article) -> Status {
    harness::shared().articles().submit_article(submission(article)).await.expect_err("a refusal")
}

#[tokio::test]
async fn an_article_is_refused_with_the_field_that_is_wrong() {
    let change = |change: fn(&mut v1::Article)| {
        let mut one = article("errors/field");
        change(&mut one);
        one
    };
    for (wrong, field) in [
        (change(|article| article.text.clear()), "article.text"),
        (change(|article| article.text = " \n\t\u{a0}".to_owned()), "article.text"),
        (change(|article| article.publish_date = "yesterday".to_owned()), "article.publish_date"),
        (change(|article| article.publish_date = "2024-13".to_owned()), "article.publish_date"),
        (change(|article| article.publish_date = "2023-02-29".to_owned()), "article.publish_date"),
        (change(|article| article.uri = "not a uri".to_owned()), "article.uri"),
    ] {
        let status = refused(wrong).await;
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "FIELD_INVALID"),
            "{field}"
        );
        assert_eq!(fields(&status), [field]);
        assert!(!status.message().is_empty());
    }
    let status =
        harness::shared().articles().submit_article(v1::SubmitArticleRequest::default()).await.unwrap_err();
    assert_eq!(fields(&status), ["article"]);
    let status = refused(change(|article| article.language = "fr".to_owned())).await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "LANGUAGE_UNSUPPORTED"));
    assert!(status.message().contains("de") && status.message().contains("en"), "{}", status.message());
}

#[tokio::test]
async fn a_text_with_a_nul_is_refused_or_kept() {
    let mut one = article("errors/nul");
    one.text.push_str("Im Juli 2024\u{0} kamen 40 Gäste.\n");
    match harness::shared().articles().submit_article(submission(one)).await {
        Ok(_) => {}
        Err(status) => {
            assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "FIELD_INVALID"));
            assert_eq!(fields(&status), ["article.text"]);
        }
    }
}

#[tokio::test]
async fn a_text_of_two_mebibytes_is_out_of_range() {
    let mut one = article("errors/too-long");
    one.text = "Im Juli 2024 kamen 40 Gäste.\n".repeat((2 << 20) / 30);
    let status = refused(one).await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::OutOfRange, "TEXT_TOO_LONG"));
    assert!(
        status.message().contains("1 MiB") || status.message().contains("1048576"),
        "{}",
        status.message()
    );
}

#[tokio::test]
async fn a_message_over_the_limit_is_out_of_range() {
    let mut one = article("errors/too-large");
    one.text = "x".repeat(40 << 20);
    let status = refused(one).await;
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
}

#[tokio::test]
async fn one_line_of_a_mebibyte_is_accepted() {
    let mut one = article("errors/one-line");
    let part = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern ";
    one.text = part.repeat((1 << 20) / part.len());
    assert!(one.text.len() <= 1 << 20 && one.text.len() > (1 << 20) - 200);
    let text = one.text.clone();
    let answer = harness::shared().articles().submit_article(submission(one)).await.unwrap().into_inner();
    super::samples::assert_spans(&text, &answer.claims);
}

#[tokio::test]
async fn bytes_that_are_no_utf8_are_refused() {
    // Field 1 of the request (an article) with field 2 (its text) of two bytes that are no UTF-8.
    let message = [0x0a, 0x04, 0x12, 0x02, 0xff, 0xfe];
    let mut client = tonic::client::Grpc::new(harness::shared().channel());
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/claimdesk.v1.ArticleService/SubmitArticle");
    let status = client.unary(Request::new(message.to_vec()), path, Raw).await.unwrap_err();
    assert!(matches!(status.code(), Code::InvalidArgument | Code::Internal), "{status:?}");
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(status.message().contains("UTF-8"), "{status:?}");
}

/// Sends bytes as they are.
struct Raw;

impl tonic::codec::Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl tonic::codec::Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut tonic::codec::EncodeBuf<'_>) -> Result<(), Status> {
        use prost::bytes::BufMut as _;
        buffer.put_slice(&item);
        Ok(())
    }
}

impl tonic::codec::Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut tonic::codec::DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        use prost::bytes::Buf as _;
        let mut bytes = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut bytes);
        Ok(Some(bytes))
    }
}

#[tokio::test]
async fn a_name_that_is_none_is_told_from_one_that_is_unknown() {
    let server = harness::shared();
    let unknown = super::samples::first_claim(server, "errors/names").await.name;
    let unknown = format!("{}zz", &unknown[..unknown.len() - 2]);
    for name in [
        "",
        "claims/1",
        "articles/1",
        "articles//claims/1",
        "articles/-/claims/-",
        "articles/1/claims/1/reviews/1",
    ] {
        let request = v1::GetClaimRequest { name: name.to_owned() };
        let status = server.claims().get_claim(request).await.unwrap_err();
        assert_eq!(
            (status.code(), reason(&status).as_str()),
            (Code::InvalidArgument, "NAME_INVALID"),
            "{name:?}"
        );
        assert_eq!(fields(&status), ["name"], "{name:?}");
    }
    let status = server.claims().get_claim(v1::GetClaimRequest { name: unknown.clone() }).await.unwrap_err();
    assert!(matches!(reason(&status).as_str(), "CLAIM_NOT_FOUND" | "NAME_INVALID"), "{status:?}");
    let request = super::samples::decision("articles/nowhere/claims/c1", "VERIFIED");
    let status = server.reviews().review_claim(request).await.unwrap_err();
    assert!(matches!(status.code(), Code::NotFound | Code::InvalidArgument), "{status:?}");
}

#[tokio::test]
async fn a_deadline_that_passes_is_told_as_such() {
    let server = harness::shared();
    let mut one = article("errors/deadline");
    one.text = "Im Juli 2024 kamen 40 Gäste aus 3 Ländern. ".repeat(20_000);
    let status = refused_over_http2(server, "1n", submission(one)).await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));

    let mut request = Request::new(v1::ListArticlesRequest::default());
    request.set_timeout(Duration::from_secs(30));
    server.articles().list_articles(request).await.expect("time enough");
}

/// The status of a call that is sent by hand, since a gRPC library gives up by itself at the deadline.
async fn refused_over_http2(server: &Server, timeout: &str, message: v1::SubmitArticleRequest) -> Status {
    use prost::Message as _;
    let stream = tokio::net::TcpStream::connect(server.address()).await.expect("a service that listens");
    let (mut sender, connection) = h2::client::handshake(stream).await.expect("HTTP/2");
    tokio::spawn(connection);
    let request = http::Request::post(format!("{}/claimdesk.v1.ArticleService/SubmitArticle", server.url()))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("grpc-timeout", timeout);
    let request = request.body(()).expect("a request");
    let (response, mut body) = sender.send_request(request, false).expect("a stream");
    let message = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).expect("a short message").to_be_bytes());
    frame.extend(message);
    // The answer may come before all is sent.
    let _ = body.send_data(frame.into(), true);
    let response = response.await.expect("an answer");
    Status::from_header_map(response.headers()).expect("a status in the headers")
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable_and_says_when_to_try_again() {
    let mut way = harness::Proxy::open();
    let url = way.database();
    let server = Server::start_with(harness::Options { database: Some(url), ..Default::default() });
    super::samples::submit(&server, "errors/away").await;
    way.close();
    let status = server.articles().list_articles(v1::ListArticlesRequest::default()).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "DATABASE_UNAVAILABLE"));
    assert!(status.get_error_details().retry_info().is_some());

    way.reopen();
    let began = std::time::Instant::now();
    while let Err(status) = server.articles().list_articles(v1::ListArticlesRequest::default()).await {
        assert_eq!(status.code(), Code::Unavailable, "{status:?}");
        assert!(began.elapsed() < Duration::from_secs(20), "the service does not find its database again");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn no_error_shows_sql() {
    let server = harness::shared();
    let mut one = article("errors/sql");
    one.title = "x\u{0}y".to_owned();
    one.publisher = "\u{0}".to_owned();
    if let Err(status) = server.articles().submit_article(submission(one)).await {
        let message = status.message().to_lowercase();
        for word in ["select", "insert", "constraint", "0x00", "sqlx", "relation"] {
            assert!(!message.contains(word), "{status:?}");
        }
    }
}
