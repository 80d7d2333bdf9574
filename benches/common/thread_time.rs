//! The time that this thread was given, instead of the time that went by: what else the machine does counts less.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The CPU time of the calling thread so far.
pub(crate) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.try_into().expect("time goes ahead"),
        time.tv_nsec.try_into().expect("less than a second"),
    )
}
