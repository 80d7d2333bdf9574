//! Connections as they come in: accepted one after the other, their TLS handshakes side by side.

use std::{io, sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_stream::{Stream, StreamExt as _, wrappers::ReceiverStream};
use tonic::transport::server::TcpIncoming;

use super::{auth::Certificate, connection::Connection, tls::TlsSettings};

/// How long a handshake may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many handshakes there are at once; who comes then waits to be accepted.
const MOST_HANDSHAKES: usize = 1024;

/// The connections of a listener.
pub(super) type Incoming = std::pin::Pin<Box<dyn Stream<Item = io::Result<Connection>> + Send>>;

/// Accepts connections, with TLS where there are settings for it. Called within a runtime.
pub(super) fn incoming(listener: TcpListener, tls: Option<TlsSettings>) -> Incoming {
    let accepted = TcpIncoming::from(listener).with_nodelay(Some(true));
    match tls {
        None => Box::pin(accepted.map(|accepted| accepted.map(Connection::plain))),
        Some(tls) => {
            let (sender, connections) = mpsc::channel(1);
            tokio::spawn(accept(accepted, tls, sender));
            Box::pin(ReceiverStream::new(connections))
        }
    }
}

/// Accepts connections until nobody takes them any more.
async fn accept(mut accepted: TcpIncoming, tls: TlsSettings, sender: mpsc::Sender<io::Result<Connection>>) {
    let handshakes = Arc::new(Semaphore::new(MOST_HANDSHAKES));
    loop {
        let next = async {
            // Never closed.
            let permit = Arc::clone(&handshakes).acquire_owned().await.ok();
            (permit, accepted.next().await)
        };
        let (permit, accepted) = tokio::select! {
            // With it, the listener is closed.
            () = sender.closed() => return,
            next = next => next,
        };
        match accepted {
            None => return,
            Some(Err(error)) => {
                let _ = sender.send(Err(error)).await;
            }
            Some(Ok(stream)) => {
                let acceptor = TlsAcceptor::from(Arc::clone(&tls.borrow()));
                let sender = sender.clone();
                tokio::spawn(async move {
                    let connection = handshake(&acceptor, stream).await;
                    drop(permit);
                    if let Some(connection) = connection {
                        let _ = sender.send(Ok(connection)).await;
                    }
                });
            }
        }
    }
}

async fn handshake(acceptor: &TlsAcceptor, stream: TcpStream) -> Option<Connection> {
    let address = stream.peer_addr().ok();
    let peer = address.map(tracing::field::display);
    let stream = match timeout(PATIENCE, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::info!(peer, %error, "a TLS handshake failed");
            return None;
        }
        Err(_) => {
            tracing::info!(peer, "a TLS handshake took too long");
            return None;
        }
    };
    let shown = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    match shown.map(Certificate::read).transpose() {
        Ok(certificate) => Some(Connection::tls(stream, certificate)),
        Err(error) => {
            tracing::info!(peer, %error, "a connection was refused");
            None
        }
    }
}
