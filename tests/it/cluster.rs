//! A PostgreSQL of a test's own, which is killed and started again. What it has committed is on the disk.

use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use super::harness;

/// A cluster.
pub(crate) struct Cluster {
    folder: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(crate) fn start() -> Self {
        let folder = harness::scratch("cluster").join("pg");
        harness::make_cluster(&folder);
        let mut cluster = Self { folder, server: None };
        cluster.start_again();
        cluster
    }

    /// Makes a standby of it, which follows by streaming replication, and starts it.
    pub(crate) fn standby(&self) -> Self {
        let folder = harness::scratch("standby").join("pg");
        std::fs::create_dir(&folder).expect("a folder");
        harness::give(&folder);
        let copied = harness::postgres_program("pg_basebackup")
            .args([
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
                "--username=claimdesk",
                "--host",
            ])
            .arg(&self.folder)
            .arg("--pgdata")
            .arg(folder.join("data"))
            .output()
            .expect("pg_basebackup");
        assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
        let mut standby = Self { folder, server: None };
        standby.start_again();
        standby
    }

    /// Starts it, after it was killed.
    pub(crate) fn start_again(&mut self) {
        let server = harness::start_postgres(&self.folder, &["max_connections=50"]);
        harness::reap(server.id());
        self.server = Some(server);
    }

    /// The URL of a database of it.
    pub(crate) fn url(&self, name: &str) -> String {
        harness::url_of(&self.folder, name)
    }

    /// Where its socket is.
    pub(crate) fn socket(&self) -> PathBuf {
        self.folder.join(".s.PGSQL.5432")
    }

    /// Runs a statement in its own database.
    pub(crate) fn administer(&self, statement: &str) {
        harness::query(&self.url("postgres"), statement);
    }

    /// Kills all its processes at once, as a machine that loses its power does.
    pub(crate) fn kill(&mut self) {
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
pub(crate) fn kill_all(pid: u32) {
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
