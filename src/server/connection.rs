//! A connection, with TLS or without, that is closed only when its peer has read what was written.

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
    /// When to stop waiting; set once our side is closed.
    closing: Option<Pin<Box<Sleep>>>,
}

impl Connection {
    /// A connection in the clear.
    pub(super) fn plain(stream: TcpStream) -> Self {
        let peer = Peer { address: stream.peer_addr().ok(), certificate: None };
        Self { stream: Stream::Plain(stream), peer, closing: None }
    }

    /// A connection whose handshake is done.
    pub(super) fn tls(stream: TlsStream<TcpStream>, certificate: Option<Certificate>) -> Self {
        let peer =
            Peer { address: stream.get_ref().0.peer_addr().ok(), certificate: certificate.map(Arc::new) };
        Self { stream: Stream::Tls(Box::new(stream)), peer, closing: None }
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
        with!(&mut self.stream, stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        with!(&mut self.stream, stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        with!(&mut self.stream, stream => Pin::new(stream).poll_write_vectored(context, pieces))
    }

    fn is_write_vectored(&self) -> bool {
        with!(&self.stream, stream => stream.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        with!(&mut self.stream, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, closing, .. } = self.get_mut();
        let waiting = match closing {
            Some(waiting) => waiting,
            None => {
                ready!(with!(&mut *stream, stream => Pin::new(stream).poll_shutdown(context)))?;
                closing.insert(Box::pin(sleep(LINGER)))
            }
        };
        if waiting.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut memory = [MaybeUninit::uninit(); 4096];
        loop {
            let mut unread = ReadBuf::uninit(&mut memory);
            match ready!(with!(&mut *stream, stream => Pin::new(stream).poll_read(context, &mut unread))) {
                Ok(()) if !unread.filled().is_empty() => {}
                // The peer is done, or gone: either way there is nobody to wait for.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscriber_of_ipv6_is_one_address() {
        let of = |text: &str| Peer { address: text.parse().ok(), certificate: None }.subscriber();
        assert_eq!(of("[2001:db8:1:2:3::4]:5"), of("[2001:db8:1:2:ffff::]:6"));
        assert_ne!(of("[2001:db8:1:2::1]:5"), of("[2001:db8:1:3::1]:5"));
        assert_eq!(of("[::ffff:192.0.2.7]:5"), of("192.0.2.7:9"));
    }
}
