//! Where the process stands between its start and its end.

use tokio::sync::watch;

/// Where the process stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The database is not ready yet.
    Starting,
    /// Calls are answered.
    Serving,
    /// Calls under way are finished, new ones are sent away.
    Draining,
}

/// Tells everyone where the process stands.
pub(super) type Sender = watch::Sender<Phase>;
/// Knows where the process stands.
pub(super) type Receiver = watch::Receiver<Phase>;

/// A process that has just started.
pub(super) fn channel() -> (Sender, Receiver) {
    watch::channel(Phase::Starting)
}
