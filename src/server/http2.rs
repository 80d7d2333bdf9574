//! What a connection may ask of us at most, before anything of a call is looked at.

use std::time::Duration;

use tonic::transport::Server;

/// How many calls and streams a connection may have open at once: a thousand watches, and some room. HTTP/2 sets no limit by
/// itself; who wants more opens another connection, as gRPC's libraries do.
const MOST_STREAMS: u32 = 1024;
/// How large the headers of a call may be, unpacked, in bytes. A JWT of a generous issuer has 4 KiB; our own have a few
/// hundred. A header that goes on over many frames counts as a whole.
const MOST_HEADER_BYTES: u32 = 16 << 10;
/// How many streams the peer may have reset before they were looked at (CVE-2023-44487); more end the connection. Who gives
/// calls up in earnest gives up those that have begun.
const MOST_PENDING_RESETS: usize = 20;
/// How many streams we may have reset for faults of the peer (CVE-2025-8671); more end the connection. tonic sets no limit by
/// itself.
const MOST_LOCAL_RESETS: usize = 1024;
/// How often a quiet connection is asked whether its peer is still there. That also ends a frame that was begun and never
/// ends, since the answer could only come behind it.
const PING_EVERY: Duration = Duration::from_secs(60);
/// How long the answer to that may take.
const PING_PATIENCE: Duration = Duration::from_secs(20);

/// A server with these bounds, to be given its services.
pub(super) fn server() -> Server {
    Server::builder()
        .max_concurrent_streams(MOST_STREAMS)
        .http2_max_header_list_size(MOST_HEADER_BYTES)
        .http2_max_pending_accept_reset_streams(Some(MOST_PENDING_RESETS))
        .http2_max_local_error_reset_streams(Some(MOST_LOCAL_RESETS))
        .http2_keepalive_interval(Some(PING_EVERY))
        .http2_keepalive_timeout(Some(PING_PATIENCE))
}
