//! What processes use of the machine: the CPU time they were given, and the memory they hold.

use std::{
    fs,
    num::NonZero,
    thread::available_parallelism,
    time::{Duration, Instant},
};

/// Linux counts the time of processes in hundredths of a second, whatever its timer does.
const TICKS_PER_SECOND: f64 = 100.0;

/// Whom to watch besides ourselves.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Watched {
    pub(crate) service: Option<u32>,
    /// The first process of PostgreSQL.
    pub(crate) postgres: Option<u32>,
}

/// The shares of all cores that each was given, between 0 and 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shares {
    /// This process and the programs that it started and that have ended, such as pgbench.
    pub(crate) generator: f64,
    pub(crate) service: f64,
    pub(crate) postgres: f64,
}

/// The time from which shares are reckoned.
#[derive(Debug)]
pub(crate) struct Clock {
    watched: Watched,
    began: Instant,
    before: [f64; 3],
}

impl Clock {
    pub(crate) fn start(watched: Watched) -> Self {
        Self { watched, began: Instant::now(), before: seconds(watched) }
    }

    pub(crate) fn shares(&self) -> Shares {
        let cores = available_parallelism().map_or(1, NonZero::get);
        #[expect(clippy::cast_precision_loss, reason = "some dozens")]
        let all = self.began.elapsed().as_secs_f64() * cores as f64;
        let now = seconds(self.watched);
        let [generator, service, postgres] =
            [0, 1, 2].map(|at| (now[at] - self.before[at]).max(0.0) / all.max(1e-9));
        Shares { generator, service, postgres }
    }
}

fn seconds(watched: Watched) -> [f64; 3] {
    let own = stat(std::process::id()).map_or(0.0, |stat| stat.own + stat.ended_children);
    let service = watched.service.and_then(stat).map_or(0.0, |stat| stat.own);
    [own, service, watched.postgres.map_or(0.0, family)]
}

/// The time of a process, its children, and those of its children that have ended.
fn family(pid: u32) -> f64 {
    let children = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let child = entry.file_name().to_str()?.parse().ok().and_then(stat)?;
        (child.parent == pid).then_some(child.own)
    });
    let children: f64 = children.sum();
    stat(pid).map_or(0.0, |stat| stat.own + stat.ended_children) + children
}

struct Stat {
    parent: u32,
    own: f64,
    ended_children: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may have anything in it, also parentheses. Behind it the third field begins.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at - 3)?.parse::<f64>().ok();
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: (ticks(14)? + ticks(15)?) / TICKS_PER_SECOND,
        ended_children: (ticks(16)? + ticks(17)?) / TICKS_PER_SECOND,
    })
}

/// The resident memory of a process, in megabytes of a million bytes; 0 where it is gone.
pub(crate) fn resident(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next());
    kibibytes.and_then(|number| number.parse::<f64>().ok()).unwrap_or_default() * 1_024.0 / 1e6
}

/// Runs some work, and tells the most memory that a process held meanwhile.
pub(crate) async fn most_resident<T>(pid: u32, work: impl Future<Output = T>) -> (T, f64) {
    let mut most = resident(pid);
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return (done, most.max(resident(pid))),
            _ = ticks.tick() => most = most.max(resident(pid)),
        }
    }
}
