//! gRPC, HTTP/2 and TCP by hand, as no library would send them.

use std::{fs, time::Duration};

use claimdesk::proto::v1;
use prost::bytes::Bytes;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::Status;

use crate::harness::Server;

/// How long anything here may take on the slowest of machines.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The preface of HTTP/2.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames.
pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;
/// Flags of frames.
pub(super) const END_STREAM: u8 = 1;
pub(super) const ACK: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;

/// The method that most of this is sent to: it takes the largest messages and stores nothing.
pub(super) const EXTRACT: &str = "/claimdesk.v1.ArticleService/ExtractClaims";

/// What came of a call.
#[derive(Debug)]
pub(super) enum Outcome {
    /// A status of gRPC, wherever it stood.
    Status(Status),
    /// A status of HTTP, and none of gRPC.
    Http(u16),
    /// No answer.
    Ended(h2::Error),
}

impl Outcome {
    /// Its status; panics where it has none.
    #[track_caller]
    pub(super) fn status(self) -> Status {
        match self {
            Self::Status(status) => status,
            other => panic!("no status of gRPC: {other:?}"),
        }
    }
}

/// A message of gRPC with this flag and this many bytes by its prefix.
pub(super) fn prefixed(flag: u8, length: u32, message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![flag];
    bytes.extend(length.to_be_bytes());
    bytes.extend(message);
    bytes
}

/// A message of gRPC as it should be.
pub(super) fn message(message: &[u8]) -> Vec<u8> {
    prefixed(0, u32::try_from(message.len()).expect("not that long"), message)
}

/// Calls a method with any headers besides the usual ones, and these bytes for a body. `ends` tells whether the stream is
/// ended behind them.
pub(super) async fn post(
    server: &Server,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
    ends: bool,
) -> Outcome {
    let work = async {
        let stream = TcpStream::connect(server.address()).await.expect("a service that listens");
        let mut builder = h2::client::Builder::new();
        builder.max_header_list_size(1 << 20);
        let (sender, connection) = builder.handshake::<_, Bytes>(stream).await?;
        let driver = tokio::spawn(connection);
        let mut sender = sender.ready().await?;
        let mut request = http::Request::post(format!("http://{}{path}", server.address()));
        for (name, value) in [("content-type", "application/grpc"), ("te", "trailers")] {
            if !headers.iter().any(|(known, _)| *known == name) {
                request = request.header(name, value);
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (answer, mut out) = sender.send_request(request.body(()).expect("a request"), false)?;
        // The answer may come before all is sent.
        let _ = out.send_data(body.into(), ends);
        let answer = answer.await?;
        let told = Status::from_header_map(answer.headers());
        let code = answer.status().as_u16();
        let outcome = match told {
            Some(status) => Outcome::Status(status),
            None if code != 200 => Outcome::Http(code),
            None => {
                let mut body = answer.into_body();
                while let Some(part) = body.data().await {
                    let _ = body.flow_control().release_capacity(part?.len());
                }
                let trailers = body.trailers().await?.unwrap_or_default();
                Outcome::Status(Status::from_header_map(&trailers).expect("a status in the trailers"))
            }
        };
        driver.abort();
        Ok(outcome)
    };
    match timeout(PATIENCE, work).await.expect("an answer") {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Ended(error),
    }
}

/// A connection whose bytes are ours.
pub(super) struct Wire(pub(super) TcpStream);

impl Wire {
    pub(super) async fn open(server: &Server) -> Self {
        Self(TcpStream::connect(server.address()).await.expect("a service that listens"))
    }

    /// A connection on which HTTP/2 has begun, with these settings.
    pub(super) async fn http2(server: &Server, settings: &[u8]) -> Self {
        let mut wire = Self::open(server).await;
        let begun = [PREFACE, &frame(SETTINGS, 0, 0, settings), &frame(SETTINGS, ACK, 0, &[])].concat();
        wire.0.write_all(&begun).await.expect("a service that reads");
        wire
    }

    /// Sends bytes until all are sent, or the service has closed its side: whether all were.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> bool {
        timeout(PATIENCE, self.0.write_all(bytes)).await.is_ok_and(|sent| sent.is_ok())
    }

    /// Reads until a frame of this kind has come: whether one has before the connection was closed.
    pub(super) async fn hears(&mut self, kind: u8) -> bool {
        let mut read = Vec::new();
        let mut part = [0; 16 << 10];
        loop {
            match timeout(PATIENCE, self.0.read(&mut part)).await.expect("something is said") {
                Ok(0) | Err(_) => return false,
                Ok(number) => read.extend_from_slice(&part[..number]),
            }
            if kinds(&read).contains(&kind) {
                return true;
            }
        }
    }

    /// What the service sends until it closes the connection; panics if it does not.
    pub(super) async fn until_closed(&mut self) -> Vec<u8> {
        let mut read = Vec::new();
        let mut part = [0; 4096];
        loop {
            match timeout(PATIENCE, self.0.read(&mut part)).await.expect("a connection that is closed") {
                Ok(0) | Err(_) => return read,
                Ok(number) => read.extend_from_slice(&part[..number]),
            }
        }
    }
}

/// A frame of HTTP/2.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload").to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// The kinds of the frames in what was read, as far as they are whole.
pub(super) fn kinds(mut bytes: &[u8]) -> Vec<u8> {
    let mut found = Vec::new();
    while let [a, b, c, kind, _, _, _, _, _, rest @ ..] = bytes {
        found.push(*kind);
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        bytes = rest.get(length..).unwrap_or_default();
    }
    found
}

/// A setting of HTTP/2.
pub(super) fn setting(number: u16, value: u32) -> Vec<u8> {
    [&number.to_be_bytes()[..], &value.to_be_bytes()].concat()
}

/// The headers of a call as HPACK, each written out.
pub(super) fn headers(path: &str) -> Vec<u8> {
    let all = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path),
        (":authority", "claimdesk"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    all.iter().flat_map(|(name, value)| header(name, value)).collect()
}

/// A header as HPACK, written out; neither its name nor its value is longer than 126 bytes.
pub(super) fn header(name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![0];
    for text in [name, value] {
        bytes.push(u8::try_from(text.len()).expect("a short text"));
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// That the service answers a normal call.
pub(super) async fn answers(server: &Server) {
    let request = v1::ListArticlesRequest { page_size: 1, ..Default::default() };
    let mut client = server.articles();
    let answer = timeout(PATIENCE, client.list_articles(request)).await;
    answer.expect("an answer in time").expect("an answer to a normal call");
}

/// The most memory that the service has ever had resident, in mebibytes.
pub(super) fn most_resident(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its memory");
    let number: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    number >> 10
}
