//! A PostgreSQL of the benchmark's own, and services on its databases.

use std::{
    env, fs, io,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

/// How long a program may take to get ready, or to end.
const PATIENCE: Duration = Duration::from_secs(300);
/// What holds for both, besides the memory.
const COMMON: [&str; 4] =
    ["listen_addresses=", "random_page_cost=1.1", "max_wal_size=2GB", "checkpoint_timeout=30min"];
/// What is loaded can be made again: nothing of it has to survive a crash.
const LOADING: [&str; 8] = [
    "wal_level=minimal",
    "max_wal_senders=0",
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "work_mem=256MB",
    "maintenance_work_mem=2GB",
];

/// What a cluster is started for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To fill databases fast, and not durably.
    Load,
    /// To be measured: as durable as PostgreSQL is by itself.
    Serve,
}

/// A cluster of databases in a folder; it is stopped when it is dropped.
pub(crate) struct Cluster {
    binaries: PathBuf,
    data: PathBuf,
    sockets: TempDir,
    owner: Option<(u32, u32)>,
    running: Option<Child>,
}

impl Cluster {
    /// The cluster of a folder, which is made where there is none.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let binaries =
            env::var_os("PG_BIN").context("PG_BIN does not name PostgreSQL's programs: use `make`")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        // Short, since the path of a socket may have no more than 107 bytes.
        let sockets = tempfile::Builder::new().prefix("claimdesk-bench-").tempdir_in("/tmp")?;
        let cluster = Self {
            binaries: binaries.into(),
            data: folder.canonicalize()?.join("cluster"),
            sockets,
            owner: unprivileged()?,
            running: None,
        };
        cluster.give(cluster.sockets.path())?;
        if !cluster.data.join("PG_VERSION").exists() {
            fs::create_dir_all(&cluster.data)?;
            cluster.give(&cluster.data)?;
            let mut initdb = cluster.program("initdb");
            initdb.args([
                "--auth=trust",
                "--username=claimdesk",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "-D",
            ]);
            let made = initdb.arg(&cluster.data).output()?;
            ensure!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(cluster)
    }

    /// Where it says what it does.
    pub(crate) fn log(&self) -> PathBuf {
        self.data.with_extension("log")
    }

    /// Its first process, of which all others are children.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(Child::id)
    }

    /// A program of PostgreSQL's that connects to this cluster.
    pub(crate) fn client(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C").stdin(Stdio::null());
        command.env("PGHOST", self.sockets.path()).env("PGUSER", "claimdesk");
        command
    }

    fn give(&self, folder: &Path) -> io::Result<()> {
        self.owner.map_or(Ok(()), |(user, group)| chown(folder, Some(user), Some(group)))
    }

    /// A program as whom PostgreSQL must run, with nothing of our surroundings.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.join(name));
        command
            .current_dir("/")
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C")
            .stdin(Stdio::null());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command
    }

    /// Starts it, or starts it again for another purpose.
    pub(crate) fn start(&mut self, purpose: Purpose) -> anyhow::Result<()> {
        self.stop();
        let log = self.log();
        let mut command = self.program("postgres");
        command.arg("-D").arg(&self.data).arg("-c");
        command.arg(format!("unix_socket_directories={}", self.sockets.path().display()));
        // As its manual has it: a quarter for itself, and the system keeps files in much of the rest.
        let memory = memory();
        command.args(["-c", &format!("shared_buffers={}MB", memory / 4)]);
        command.args(["-c", &format!("effective_cache_size={}MB", memory / 4 * 3)]);
        if purpose == Purpose::Serve && self.counts_statements() {
            command.args(["-c", "shared_preload_libraries=pg_stat_statements"]);
        }
        let special: &[&str] = if purpose == Purpose::Load { &LOADING } else { &[] };
        for setting in COMMON.iter().chain(special) {
            command.args(["-c", setting]);
        }
        let mut child = command
            .stdout(fs::File::create(&log)?)
            .stderr(fs::File::options().append(true).open(&log)?)
            .spawn()?;
        let (pid_file, began, pid) =
            (self.data.join("postmaster.pid"), Instant::now(), format!("{}\n", child.id()));
        let ready = |text: String| text.starts_with(&pid) && text.contains("ready");
        while !fs::read_to_string(&pid_file).is_ok_and(&ready) {
            if child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                bail!("PostgreSQL does not start; see {}", log.display());
            }
            sleep(Duration::from_millis(20));
        }
        self.running = Some(child);
        Ok(())
    }

    /// Whether this PostgreSQL can tell how long statements took.
    pub(crate) fn counts_statements(&self) -> bool {
        let library = self.program("pg_config").arg("--pkglibdir").output();
        let library = library.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        library.is_ok_and(|folder| Path::new(&folder).join("pg_stat_statements.so").exists())
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            end(&mut child, Signal::INT);
        }
    }

    /// The address of a database of it.
    pub(crate) fn url(&self, database: &str) -> String {
        let socket = self.sockets.path().display().to_string().replace('/', "%2F");
        format!("postgres://claimdesk@{socket}/{database}")
    }

    pub(crate) async fn connect(&self, database: &str) -> anyhow::Result<PgConnection> {
        PgConnection::connect(&self.url(database))
            .await
            .with_context(|| format!("cannot connect to {database}"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The memory of the machine in MB; where it cannot be told, that of a small one.
fn memory() -> u64 {
    let total = |text: String| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    };
    fs::read_to_string("/proc/meminfo").ok().and_then(total).map_or(8_192, |kilobytes| kilobytes / 1_024)
}

/// Whom PostgreSQL runs as where we run as root, which it refuses.
fn unprivileged() -> anyhow::Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let id = |arguments: [&str; 2]| {
        let output = Command::new("id").args(arguments).output().ok()?;
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().ok()
    };
    let ids =
        ["postgres", "nobody"].into_iter().find_map(|user| Some((id(["-u", user])?, id(["-g", user])?)));
    ids.map(Some).context("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}

/// The real service on a database; it is ended when it is dropped.
pub(crate) struct Service {
    child: Child,
    address: String,
    _folder: TempDir,
}

impl Service {
    /// Starts the built binary and waits until it is ready.
    pub(crate) fn start(database: &str) -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new().prefix("claimdesk-bench-").tempdir()?;
        let (ready, log) = (folder.path().join("address"), folder.path().join("log"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_claimdesk"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--address-file"]).arg(&ready);
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CLAIMDESK_")) {
            command.env_remove(name);
        }
        // Nothing of the configuration of whoever runs this.
        command.env("XDG_CONFIG_HOME", folder.path()).env("DATABASE_URL", database).stdin(Stdio::null());
        command.stdout(fs::File::create(&log)?).stderr(fs::File::options().append(true).open(&log)?);
        let mut child = command.spawn().context("the built binary does not start")?;
        let began = Instant::now();
        loop {
            let address = fs::read_to_string(&ready).unwrap_or_default();
            if address.contains(':') {
                let address = format!("http://{}", address.trim().trim_start_matches("http://"));
                return Ok(Self { child, address, _folder: folder });
            }
            if child.try_wait()?.is_some() || began.elapsed() > PATIENCE {
                bail!("the service does not start:\n{}", fs::read_to_string(&log).unwrap_or_default());
            }
            sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// `http://host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.child, Signal::TERM);
    }
}

/// Asks a process to end, and makes it end where it does not.
pub(crate) fn end(child: &mut Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
    let began = Instant::now();
    while matches!(child.try_wait(), Ok(None)) && began.elapsed() < PATIENCE {
        sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
}
