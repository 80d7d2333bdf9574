//! Connections on which something else is spoken than HTTP/2, or nothing.

use std::time::Duration;

use super::wire::{PING, PREFACE, Wire, answers, frame};
use crate::harness;

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_something_else_is_not_listened_to() {
    let server = harness::shared();
    let hello = [&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3][..], &[0x5a; 502]].concat();
    for said in [
        b"GET / HTTP/1.1\r\nHost: claimdesk\r\nConnection: close\r\n\r\n".to_vec(),
        b"POST /claimdesk.v1.ArticleService/ListArticles HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            .to_vec(),
        hello,
        b"SSH-2.0-OpenSSH_9.9\r\nsomething more that is no preface\r\n".to_vec(),
        vec![0; 100],
    ] {
        let mut wire = Wire::open(server).await;
        wire.send(&said).await;
        let read = wire.until_closed().await;
        // Whether HTTP/1.1 is answered or not: nothing is served over it.
        let read = String::from_utf8_lossy(&read);
        assert!(!read.starts_with("HTTP/1.1 200"), "{read}");
    }
    answers(server).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_is_not_waited_for() {
    let server = harness::shared();
    let mut wires = Vec::new();
    for said in [&[][..], &PREFACE[..1], &PREFACE[..23]] {
        let mut wire = Wire::open(server).await;
        wire.send(said).await;
        wires.push(wire);
    }
    // One who goes on letter by letter gains nothing by it.
    let mut slow = Wire::open(server).await;
    let dripping = tokio::spawn(async move {
        for byte in &PREFACE[..20] {
            if !slow.send(&[*byte]).await {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        slow.until_closed().await
    });
    answers(server).await;
    for mut wire in wires {
        wire.until_closed().await;
    }
    dripping.await.expect("a connection that is closed");
    // Who has begun is waited for.
    let mut patient = Wire::http2(server, &[]).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    assert!(patient.send(&frame(PING, 0, 0, &[5; 8])).await && patient.hears(PING).await, "it is still open");
    answers(server).await;
}
