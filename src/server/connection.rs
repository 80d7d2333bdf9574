//! A connection, with TLS or without, that is closed only when its peer has read what was written, and that waits neither for
//! a greeting nor for a reader without end.

use std::{
    io::{self, IoSlice},
    mem::MaybeUninit,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::{Sleep, sleep},
};
use tokio_rustls::server::TlsStream;
use tonic::transport::server::Connected;

use super::auth::Certificate;

/// How long a peer that does not close its side keeps a closing connection.
const LINGER: Duration = Duration::from_secs(5);
/// How long a peer has for the first bytes it sends. Before HTTP/2 has begun there are no pings that would tell whether
/// anybody is there; a peer on the slowest of lines needs a second or two for 24 bytes.
const GREETING: Duration = Duration::from_secs(10);
/// So many bytes say hello: the preface of HTTP/2 (RFC 9113, section 3.4).
const GREETING_BYTES: usize = 24;
/// How long a peer may read nothing while something waits for it. HTTP/2 has a flow control of its own, in which a reader
/// may take its time; this is the line below it, which no reader who is there leaves full for so long. Pings do not help
/// here: they wait in the same line.
const STALL: Duration = Duration::from_secs(60);

/// Who is at the other end of a connection. It stands in the extensions of each of its requests.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    /// Its address.
    pub(super) address: Option<SocketAddr>,
    /// Its certificate, if it showed one that a trusted authority signed.
    pub(super) certificate: Option<Arc<Certificate>>,
}

impl Peer {
    /// Whose calls and failures count together: an address, of IPv6 the network that one subscriber has.
    pub(super) fn subscriber(&self) -> Option<IpAddr> {
        Some(match self.address?.ip().to_canonical() {
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                IpAddr::from([a, b, c, d, 0, 0, 0, 0])
            }
            ip => ip,
        })
    }

    /// Its address, as it stands in the log.
    fn shown(&self) -> Option<tracing::field::DisplayValue<SocketAddr>> {
        self.address.map(tracing::field::display)
    }
}

/// What bytes go through.
#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Does the same with either stream.
macro_rules! with {
    ($stream:expr, $inner:ident => $work:expr) => {
        match $stream {
            Stream::Plain($inner) => $work,
            Stream::Tls($inner) => $work,
        }
    };
}

/// A stream whose shutdown reads on until the peer has closed its side as well.
///
/// A socket that is closed while something unread lies in it (a window update, a ping) is reset, and the peer loses what
/// it has not read yet: RFC 9112, section 9.6, tells of the same for HTTP/1.1.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Stream,
    peer: Peer,
    /// What is missing of the peer's first bytes, and when they must be there.
    greeting: Option<(usize, Pin<Box<Sleep>>)>,
    /// How long the peer may read nothing.
    stall: Duration,
    /// When it must have read something; set while it does not.
    stalled: Option<Pin<Box<Sleep>>>,
    /// When to stop waiting; set once our side is closed.
    closing: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// A connection in the clear.
    pub(super) fn plain(stream: TcpStream) -> Self {
        let peer = Peer { address: stream.peer_addr().ok(), certificate: None };
        Self::new(Stream::Plain(stream), peer, GREETING, STALL)
    }

    /// A connection whose handshake is done.
    pub(super) fn tls(stream: TlsStream<TcpStream>, certificate: Option<Certificate>) -> Self {
        let peer =
            Peer { address: stream.get_ref().0.peer_addr().ok(), certificate: certificate.map(Arc::new) };
        Self::new(Stream::Tls(Box::new(stream)), peer, GREETING, STALL)
    }

    fn new(stream: Stream, peer: Peer, greeting: Duration, stall: Duration) -> Self {
        let greeting = Some((GREETING_BYTES, Box::pin(sleep(greeting))));
        Self { stream, peer, greeting, stall, stalled: None, closing: None }
    }

    /// What a write came to, unless the peer has read nothing for too long.
    fn unless_stalled<T>(
        &mut self,
        written: Poll<io::Result<T>>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let stall = self.stall;
        let limit = self.stalled.get_or_insert_with(|| Box::pin(sleep(stall)));
        ready!(limit.as_mut().poll(context));
        tracing::info!(peer = self.peer.shown(), "a connection was closed: its peer reads nothing");
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = with!(&mut self.stream, stream => Pin::new(stream).poll_read(context, buffer));
        let Some((missing, limit)) = &mut self.greeting else { return read };
        *missing = missing.saturating_sub(buffer.filled().len() - before);
        if *missing == 0 {
            self.greeting = None;
        } else if read.is_pending() {
            ready!(limit.as_mut().poll(context));
            tracing::info!(peer = self.peer.shown(), "a connection was closed: its peer says nothing");
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = with!(&mut self.stream, stream => Pin::new(stream).poll_write(context, bytes));
        self.unless_stalled(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written =
            with!(&mut self.stream, stream => Pin::new(stream).poll_write_vectored(context, pieces));
        self.unless_stalled(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        with!(&self.stream, stream => stream.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = with!(&mut self.stream, stream => Pin::new(stream).poll_flush(context));
        self.unless_stalled(flushed, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.closing.is_none() {
            let closed = with!(&mut this.stream, stream => Pin::new(stream).poll_shutdown(context));
            ready!(this.unless_stalled(closed, context))?;
        }
        let waiting = this.closing.get_or_insert_with(|| Box::pin(sleep(LINGER)));
        if waiting.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut memory = [MaybeUninit::uninit(); 4096];
        loop {
            let mut unread = ReadBuf::uninit(&mut memory);
            let read = with!(&mut this.stream, stream => Pin::new(stream).poll_read(context, &mut unread));
            match ready!(read) {
                Ok(()) if !unread.filled().is_empty() => {}
                // The peer is done, or gone: either way there is nobody to wait for.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
        time::timeout,
    };

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(600);

    /// Both ends of a connection, ours with these limits.
    async fn pair(greeting: Duration, stall: Duration) -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let far = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("a connection");
        let (near, address) = listener.accept().await.expect("a connection");
        let peer = Peer { address: Some(address), certificate: None };
        (Connection::new(Stream::Plain(near), peer, greeting, stall), far)
    }

    #[tokio::test]
    async fn who_reads_nothing_is_cut_off() {
        let (mut near, far) = pair(LONG, SHORT).await;
        let much = vec![0; 64 << 20];
        let error = near.write_all(&much).await.expect_err("nobody reads it");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(far);
    }

    #[tokio::test]
    async fn who_reads_again_is_waited_for_anew() {
        let (mut near, mut far) = pair(LONG, LONG).await;
        assert!(timeout(SHORT, near.write_all(&vec![0; 64 << 20])).await.is_err(), "nobody reads it yet");
        assert!(near.stalled.is_some());
        let reading = tokio::spawn(async move {
            let mut part = vec![0; 1 << 20];
            while far.read(&mut part).await.is_ok_and(|number| number > 0) {}
        });
        near.write_all(&[1]).await.expect("room again");
        assert!(near.stalled.is_none());
        drop(near);
        reading.await.expect("all was read");
    }

    #[tokio::test]
    async fn the_first_bytes_have_a_time_and_later_ones_have_not() {
        let (mut near, mut far) = pair(SHORT, LONG).await;
        far.write_all(&[1; GREETING_BYTES - 1]).await.expect("sent");
        let mut bytes = [0; 64];
        let error = loop {
            match near.read(&mut bytes).await {
                Ok(number) => assert!(number > 0),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        let (mut near, mut far) = pair(SHORT, LONG).await;
        far.write_all(&[1; GREETING_BYTES]).await.expect("sent");
        let mut greeting = [0; GREETING_BYTES];
        near.read_exact(&mut greeting).await.expect("what lies there already");
        sleep(2 * SHORT).await;
        far.write_all(&[2]).await.expect("sent");
        assert_eq!(near.read(&mut bytes).await.expect("a byte"), 1);
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_address() {
        let of = |text: &str| Peer { address: text.parse().ok(), certificate: None }.subscriber();
        assert_eq!(of("[2001:db8:1:2:3::4]:5"), of("[2001:db8:1:2:ffff::]:6"));
        assert_ne!(of("[2001:db8:1:2::1]:5"), of("[2001:db8:1:3::1]:5"));
        assert_eq!(of("[::ffff:192.0.2.7]:5"), of("192.0.2.7:9"));
    }
}
