//! A PostgreSQL of a test's own, which is killed and started again. What it has committed is on the disk.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use super::super::harness;

/// A cluster.
pub(super) struct Cluster {
    folder: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(super) fn start() -> Self {
        let folder = harness::scratch("cluster").join("pg");
        harness::make_cluster(&folder);
        let mut cluster = Self { folder, server: None };
        cluster.start_again();
        cluster
    }

    /// Starts it, after it was killed.
    pub(super) fn start_again(&mut self) {
        let server = harness::start_postgres(&self.folder, &["max_connections=50"]);
        harness::reap(server.id());
        self.server = Some(server);
    }

    /// The URL of a database of it.
    pub(super) fn url(&self, name: &str) -> String {
        harness::url_of(&self.folder, name)
    }

    /// Where its socket is.
    pub(super) fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Runs a statement in its own database.
    pub(super) fn administer(&self, statement: &str) {
        harness::query(&self.url("postgres"), statement);
    }

    /// Kills all its processes at once, as a machine that loses its power does.
    pub(super) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            kill_all(server.id());
            let _ = server.wait();
            harness::release(server.id());
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills a process and all those that it has started, and waits until they are gone.
pub(super) fn kill_all(pid: u32) {
    // While it stands still it starts no more.
    harness::kill("STOP", pid);
    let mut all = children(pid);
    all.push(pid);
    for pid in &all {
        // One that has just ended is as dead as it is to be.
        let _ = std::process::Command::new("kill")
            .args(["-KILL", &pid.to_string()])
            .stderr(std::process::Stdio::null())
            .status();
    }
    let began = Instant::now();
    while all.iter().any(|pid| harness::alive(*pid)) {
        assert!(began.elapsed() < Duration::from_secs(30), "{all:?} do not die");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn children(parent: u32) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"));
        // "123 (postgres) S 99 …": the parent comes second behind the name.
        let of = stat.ok().and_then(|stat| {
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)?.parse::<u32>().ok())
        });
        if of == Some(parent) {
            found.push(pid);
        }
    }
    found
}
