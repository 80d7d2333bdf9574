//! A way to a database that can be slow, hang, and lose what is on it.

use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

/// What becomes of bytes on the way.
#[derive(Clone, Copy, PartialEq)]
enum Pace {
    /// They come after so long, in each direction.
    After(Duration),
    /// They stay on the way, and no connection is closed.
    Never,
}

/// The way. It ends with the test's runtime.
pub(super) struct Way {
    port: u16,
    pace: watch::Sender<Pace>,
    /// Which connections are lost: those of before this number.
    lost: watch::Sender<u64>,
    made: watch::Receiver<u64>,
}

impl Way {
    /// A way to a socket.
    pub(super) async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (pace, paces) = watch::channel(Pace::After(Duration::ZERO));
        let (lost, losses) = watch::channel(0);
        let (making, made) = watch::channel(0_u64);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let _ = near.set_nodelay(true);
                let number = making.borrow().to_owned();
                making.send_replace(number + 1);
                let Ok(far) = UnixStream::connect(&socket).await else { continue };
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(carry(near_in, far_out, number, paces.clone(), losses.clone()));
                tokio::spawn(carry(far_in, near_out, number, paces.clone(), losses.clone()));
            }
        });
        Self { port, pace, lost, made }
    }

    /// The URL of a database this way.
    pub(super) fn url(&self, name: &str) -> String {
        format!("postgres://claimdesk@127.0.0.1:{}/{name}", self.port)
    }

    /// Bytes take so long, in each direction.
    pub(super) fn delay(&self, delay: Duration) {
        self.pace.send_replace(Pace::After(delay));
    }

    /// Nothing comes through any more, and nothing is closed.
    pub(super) fn hang(&self) {
        self.pace.send_replace(Pace::Never);
    }

    /// Nothing comes through any more on the connections of now, for good; new ones work.
    pub(super) fn lose(&self) {
        self.lost.send_replace(*self.made.borrow());
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u64,
    mut pace: watch::Receiver<Pace>,
    mut lost: watch::Receiver<u64>,
) {
    let mut bytes = vec![0; 16 << 10];
    while let Ok(length) = from.read(&mut bytes).await {
        if *lost.borrow_and_update() > number {
            // Neither end hears of it.
            let _ = lost.wait_for(|_| false).await;
        }
        let Ok(now) = pace.wait_for(|pace| *pace != Pace::Never).await.map(|pace| *pace) else { break };
        if let Pace::After(delay) = now
            && !delay.is_zero()
        {
            tokio::time::sleep(delay).await;
        }
        if length == 0 || to.write_all(&bytes[..length]).await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
