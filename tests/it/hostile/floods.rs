//! HTTP/2 as it is abused: more streams, resets, headers and settings than anybody needs, and peers who read nothing.

use std::time::Duration;

use claimdesk::proto::v1;
use prost::Message as _;

use super::wire::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, EXTRACT, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, Wire, answers, frame, header, headers, kinds, message, most_resident, setting,
};
use crate::{
    harness::{Options, Server, database},
    samples::{GERMAN, article, submit},
};

/// By how much the service may grow for a flood, in mebibytes.
const GROWTH: u64 = 64;

/// The cancellation of a stream.
const CANCEL: [u8; 4] = [0, 0, 0, 8];

/// A stream that is opened and stays open: the headers of a call, and nothing of its message.
fn opened(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, &headers(EXTRACT))
}

fn odd(from: u32, number: u32) -> impl Iterator<Item = u32> {
    (from..from + number).map(|at| 2 * at + 1)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_flood_is_too_much() {
    // So many calls at once that the streams are what runs out.
    let arguments = vec!["--concurrent-calls".to_owned(), "100000".to_owned()];
    let server = Server::start_with(Options { database: Some(database()), arguments, ..Options::default() });
    submit(&server, "hostile/floods").await;
    answers(&server).await;
    let before = most_resident(&server);
    let bounded = |what: &str| {
        let grown = most_resident(&server).saturating_sub(before);
        assert!(grown < GROWTH, "{what}: the service has grown by {grown} MiB");
    };

    // More streams at once than are allowed: the others are refused, and the connection goes on.
    let mut wire = Wire::http2(&server, &[]).await;
    let many: Vec<u8> = odd(0, 1500).flat_map(opened).collect();
    assert!(wire.send(&many).await);
    assert!(wire.hears(RST_STREAM).await, "the streams that are too many are refused");
    assert!(wire.send(&frame(PING, 0, 0, &[3; 8])).await && wire.hears(PING).await, "the connection goes on");
    answers(&server).await;
    bounded("streams");
    drop(wire);

    // Streams that are reset as soon as they are opened (CVE-2023-44487).
    let mut wire = Wire::http2(&server, &[]).await;
    let resets: Vec<u8> = odd(0, 20_000)
        .flat_map(|stream| [opened(stream), frame(RST_STREAM, 0, stream, &CANCEL)].concat())
        .collect();
    wire.send(&resets).await;
    wire.send(&frame(PING, 0, 0, &[7; 8])).await;
    let _ = wire.hears(PING).await;
    answers(&server).await;
    bounded("resets");
    drop(wire);

    // Headers that never end (CVE-2024-27316 and others).
    let mut wire = Wire::http2(&server, &[]).await;
    wire.send(&frame(HEADERS, 0, 1, &headers(EXTRACT))).await;
    let part = frame(CONTINUATION, 0, 1, &header("x-more", &"x".repeat(100)).repeat(140));
    for _ in 0..1000 {
        if !wire.send(&part).await {
            break;
        }
    }
    assert!(
        !wire.hears(HEADERS).await,
        "headers without an end have no answer, and the connection is closed"
    );
    answers(&server).await;
    bounded("headers");

    // Settings and pings whose answers nobody reads: the service stops to read as well.
    for flood in [frame(SETTINGS, 0, 0, &setting(4, 70_000)), frame(PING, 0, 0, &[1; 8])] {
        let mut wire = Wire::http2(&server, &[]).await;
        let much = flood.repeat(50_000);
        let sent = async {
            for _ in 0..40 {
                if !wire.send(&much).await {
                    break;
                }
            }
        };
        // Where nothing is read any more, sending stops for good.
        let _ = tokio::time::timeout(Duration::from_secs(2), sent).await;
        answers(&server).await;
        bounded("settings or pings");
    }

    // Data for streams that there are not, and frames that make no sense: the connection ends.
    for nonsense in [
        frame(DATA, 0, 99, &[0; 1000]),
        frame(HEADERS, END_HEADERS, 2, &headers(EXTRACT)),
        frame(HEADERS, END_HEADERS, 1, &[0xff; 40]),
        frame(SETTINGS, 0, 0, &[0; 5]),
        frame(PING, 0, 1, &[0; 8]),
        vec![0xff; 64],
    ] {
        let mut wire = Wire::http2(&server, &[]).await;
        wire.send(&nonsense).await;
        let read = kinds(&wire.until_closed().await);
        assert!(read.contains(&GOAWAY), "{read:?}");
    }
    answers(&server).await;
    bounded("nonsense");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_nothing_holds_up_nobody() {
    let server = Server::start();
    let mut short = article("hostile/reader");
    short.text = GERMAN.repeat(20);
    let request = v1::ExtractClaimsRequest { article: Some(short), all_points: true, ..Default::default() };
    let body = message(&request.encode_to_vec());
    assert!(body.len() < 16 << 10, "one frame");
    // Fewer in all than the calls that may be under way: what is meant here is who reads, not who asks.
    let calls: Vec<u8> = odd(0, 60)
        .flat_map(|stream| [opened(stream), frame(DATA, END_STREAM, stream, &body)].concat())
        .collect();
    answers(&server).await;
    let before = most_resident(&server);
    // SETTINGS_INITIAL_WINDOW_SIZE of 0: not a byte of an answer may be sent.
    let mut wires = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::http2(&server, &setting(4, 0)).await;
        assert!(wire.hears(WINDOW_UPDATE).await, "there is room for the calls");
        assert!(wire.send(&calls).await);
        wires.push(wire);
        answers(&server).await;
    }
    // All have been read once this is answered: a ping stands behind them.
    for wire in &mut wires {
        assert!(wire.send(&frame(PING, 0, 0, &[1; 8])).await && wire.hears(PING).await, "it is still open");
    }
    answers(&server).await;
    let grown = most_resident(&server).saturating_sub(before);
    assert!(grown < 4 * GROWTH, "the service has grown by {grown} MiB");
}
