//! A PostgreSQL of our own: started with the service, stopped with it, reached by nobody else.
//!
//! Its server programs refuse to run as root, so as root they run as another user. It listens on a Unix socket in a folder
//! that only that user (and root) can enter. It outlives the service if that is killed; the next start stops it first.

mod folders;

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use super::{
    passwd::{self, User},
    postgres_binaries,
};
use folders::Folders;

/// The role that made the cluster; only the start uses it.
const SUPERUSER: &str = "postgres";
/// The role and the database of the service.
const OWNER: &str = "claimdesk";
/// How long the server may take to answer; after a crash it has work to do first.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long the server may take to end before it is told to drop everything.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a start that met the remains of an earlier server is tried again.
const START_ATTEMPTS: u32 = 20;

/// Why there is no private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum PrivatePostgresError {
    /// There are no server programs.
    #[error(
        "PostgreSQL's server programs (initdb, postgres) were not found: install them (Debian and Ubuntu: apt-get install \
         postgresql; Fedora: dnf install postgresql-server; macOS: brew install postgresql), name their folder in PG_BIN, or \
         give a PostgreSQL that is running by --database-url or DATABASE_URL"
    )]
    NoPrograms,
    /// PostgreSQL refuses root, and there is nobody else.
    #[error(
        "PostgreSQL refuses to run as root, and there is no user postgres or nobody: run claimdesk as another user"
    )]
    NoUser,
    /// The other user cannot get to the folder.
    #[error(
        "as root, PostgreSQL runs as another user, who cannot enter {}: choose another --data-dir",
        .0.display()
    )]
    Closed(PathBuf),
    /// A claimdesk is at work on the same folder.
    #[error(
        "another claimdesk uses {}: choose another --data-dir, or give both the same --database-url",
        .0.display()
    )]
    Taken(PathBuf),
    /// The folder for the socket belongs to somebody else.
    #[error("{} is not ours alone: remove it, or set XDG_RUNTIME_DIR to a folder of your own", .0.display())]
    Foreign(PathBuf),
    /// The data was made by another version.
    #[error(
        "{} was made by PostgreSQL {made_by}, and the programs in {} are another version: name the folder of version \
         {made_by} in PG_BIN",
        folder.display(), programs.display()
    )]
    Version {
        /// The data.
        folder: PathBuf,
        /// The version that made it.
        made_by: String,
        /// The programs that were found.
        programs: PathBuf,
    },
    /// A file or folder cannot be used.
    #[error("{}: {source}", path.display())]
    Path {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program did not do its work.
    #[error("{program} failed: {output}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        output: String,
    },
    /// It does not answer.
    #[error("the private PostgreSQL did not answer within {} seconds; see {}", START_TIMEOUT.as_secs(), .0.display())]
    Silent(PathBuf),
    /// Its role or its database could not be made.
    #[error("the private PostgreSQL could not be set up")]
    SetUp(#[source] sqlx::Error),
}

/// The private PostgreSQL.
#[derive(Debug)]
pub(super) struct PrivatePostgres {
    folders: Folders,
    programs: PathBuf,
    user: User,
    connections: u32,
    child: Option<Child>,
    /// Held as long as we live.
    _lock: File,
}

impl PrivatePostgres {
    /// Takes the folder, for a server that `connections` connections will use.
    pub(super) fn open(folder: &Path, connections: u32) -> Result<Self, PrivatePostgresError> {
        let programs = postgres_binaries::find().ok_or(PrivatePostgresError::NoPrograms)?;
        let user = passwd::server_user().ok_or(PrivatePostgresError::NoUser)?;
        let folders = Folders::make(folder, user)?;
        let lock_path = folders.lock();
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(&lock_path);
        let lock = lock.map_err(|source| PrivatePostgresError::Path { path: lock_path.clone(), source })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(PrivatePostgresError::Taken(folder.to_owned())),
            Err(TryLockError::Error(source)) => {
                return Err(PrivatePostgresError::Path { path: lock_path, source });
            }
        }
        let programs = fitting(programs, &folders.cluster())?;
        Ok(Self { folders, programs, user, connections, child: None, _lock: lock })
    }

    /// How the service connects.
    pub(super) fn options(&self) -> PgConnectOptions {
        self.options_of(OWNER, OWNER)
    }

    fn options_of(&self, role: &str, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .socket(self.folders.socket())
            .port(5432)
            .username(role)
            .database(database)
    }

    /// Starts the server, with a cluster, a role and a database, whichever of them are not there yet.
    pub(super) async fn start(&mut self) -> Result<(), PrivatePostgresError> {
        let cluster = self.folders.cluster();
        if !cluster.join("PG_VERSION").is_file() {
            tracing::info!(folder = %self.folders.data().display(), "setting up a private PostgreSQL");
            self.initialise().await?;
        }
        self.end_orphan(&cluster).await?;
        for attempt in 1.. {
            match self.launch().await {
                Ok(()) => break,
                // What an earlier server leaves behind takes a moment to go.
                Err(PrivatePostgresError::Program { output, .. })
                    if attempt < START_ATTEMPTS
                        && (output.contains("still in use") || output.contains("already exists")) =>
                {
                    sleep(Duration::from_millis(250)).await;
                    self.end_orphan(&cluster).await?;
                }
                Err(error) => return Err(error),
            }
        }
        self.set_up().await.map_err(PrivatePostgresError::SetUp)
    }

    /// Waits until the server ends by itself.
    pub(super) async fn ended(&mut self) {
        match &mut self.child {
            Some(child) => {
                let status = child.wait().await;
                tracing::error!(?status, log = %self.folders.log().display(), "the private PostgreSQL ended");
                self.child = None;
            }
            None => std::future::pending().await,
        }
    }

    /// The process of the server.
    pub(super) fn pid(&self) -> Option<Pid> {
        self.child.as_ref().and_then(Child::id).and_then(|id| Pid::from_raw(id.try_into().ok()?))
    }

    /// Stops the server: connections are cut, what is committed is kept.
    pub(super) async fn stop(&mut self) {
        let Some(pid) = self.pid() else { return };
        let Some(mut child) = self.child.take() else { return };
        for (signal, patience) in [(Signal::INT, STOP_TIMEOUT), (Signal::QUIT, Duration::from_secs(5))] {
            let _ = kill_process(pid, signal);
            if tokio::time::timeout(patience, child.wait()).await.is_ok() {
                self.folders.remove_socket();
                tracing::info!("the private PostgreSQL is stopped");
                return;
            }
        }
        tracing::warn!(pid = pid.as_raw_nonzero(), "the private PostgreSQL does not stop");
    }

    /// A server program as the user it must run as, with nothing of our surroundings.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null());
        if rustix::process::geteuid().is_root() {
            command.uid(self.user.uid).gid(self.user.gid);
        }
        command
    }

    /// Makes the cluster, elsewhere first, so that a half-made one is never taken for a whole one.
    async fn initialise(&self) -> Result<(), PrivatePostgresError> {
        let version = self.major_version().await?;
        let locales: &[&[&str]] = if version >= 17 {
            &[&["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]]
        } else {
            &[&["--locale=C.UTF-8"], &["--locale=C"]]
        };
        let mut said = String::new();
        for locale in locales {
            let unfinished = self.folders.make_unfinished()?;
            let output = self
                .command("initdb")
                .arg("--pgdata")
                .arg(&unfinished)
                .args(["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--no-instructions"])
                .args(*locale)
                .kill_on_drop(true)
                .output()
                .await
                .map_err(|source| PrivatePostgresError::Path {
                    path: self.programs.join("initdb"),
                    source,
                })?;
            if output.status.success() {
                return self.folders.finish(&unfinished);
            }
            said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        }
        Err(PrivatePostgresError::Program { program: "initdb", output: said })
    }

    async fn major_version(&self) -> Result<u32, PrivatePostgresError> {
        let path = || self.programs.join("postgres");
        let output = self.command("postgres").arg("--version").output().await;
        let output = output.map_err(|source| PrivatePostgresError::Path { path: path(), source })?;
        let said = String::from_utf8_lossy(&output.stdout);
        // "postgres (PostgreSQL) 15.8 (Debian 15.8-1)", "… 19beta1"
        let number = said.split_whitespace().nth(2).unwrap_or_default();
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().map_err(|_| PrivatePostgresError::Program {
            program: "postgres",
            output: format!("no version in {said:?} {}", String::from_utf8_lossy(&output.stderr)),
        })
    }

    /// Stops a server that a killed claimdesk left behind. As we hold the lock, nobody else uses it.
    async fn end_orphan(&self, cluster: &Path) -> Result<(), PrivatePostgresError> {
        let pid_file = cluster.join("postmaster.pid");
        let Ok(text) = std::fs::read_to_string(&pid_file) else { return Ok(()) };
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).and_then(Pid::from_raw);
        if let Some(pid) = pid {
            let deadline = Instant::now() + STOP_TIMEOUT;
            let mut signal = Signal::INT;
            if is_server(pid, cluster) {
                tracing::info!(pid = pid.as_raw_nonzero(), "stopping the PostgreSQL of an earlier claimdesk");
            }
            while is_server(pid, cluster) {
                let _ = kill_process(pid, signal);
                sleep(Duration::from_millis(100)).await;
                if Instant::now() > deadline {
                    signal = Signal::QUIT;
                }
                if Instant::now() > deadline + STOP_TIMEOUT {
                    let output = format!("process {pid:?} of an earlier claimdesk does not end");
                    return Err(PrivatePostgresError::Program { program: "postgres", output });
                }
            }
        }
        // A file whose process is gone, or only not yet buried, would keep the next server from starting.
        let _ = std::fs::remove_file(&pid_file);
        Ok(())
    }

    /// Starts the server and waits until it answers.
    async fn launch(&mut self) -> Result<(), PrivatePostgresError> {
        self.folders.make_socket()?;
        let log_path = self.folders.log();
        let failed = |source| PrivatePostgresError::Path { path: log_path.clone(), source };
        let log = OpenOptions::new().create(true).append(true).mode(0o600).open(&log_path).map_err(failed)?;
        let logged = log.metadata().map_err(failed)?.len();
        let setting = |name: &str, value: &str| format!("{name}={value}");
        let socket = self.folders.socket().display().to_string();
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folders.cluster());
        for (name, value) in [
            ("listen_addresses", ""),
            ("port", "5432"),
            ("unix_socket_directories", socket.as_str()),
            ("unix_socket_permissions", "0700"),
            ("max_connections", &(self.connections + 10).to_string()),
            ("fsync", "on"),
            ("full_page_writes", "on"),
            ("synchronous_commit", "on"),
            ("timezone", "UTC"),
            ("log_timezone", "UTC"),
            // What callers wrote stays out of the log.
            ("log_min_error_statement", "panic"),
            ("log_parameter_max_length_on_error", "0"),
        ] {
            command.arg("-c").arg(setting(name, value));
        }
        let output = log.try_clone().map_err(failed)?;
        let child = command.stdout(output).stderr(log).spawn();
        let mut child = child
            .map_err(|source| PrivatePostgresError::Path { path: self.programs.join("postgres"), source })?;
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            if let Ok(Some(_)) = child.try_wait() {
                let output = self.folders.log_since(logged);
                return Err(PrivatePostgresError::Program { program: "postgres", output });
            }
            if let Ok(connection) = PgConnection::connect_with(&self.options_of(SUPERUSER, "postgres")).await
            {
                let _ = connection.close().await;
                self.child = Some(child);
                return Ok(());
            }
            if Instant::now() > deadline {
                self.child = Some(child);
                return Err(PrivatePostgresError::Silent(log_path));
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn set_up(&self) -> Result<(), sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.options_of(SUPERUSER, "postgres")).await?;
        let (role, database): (bool, bool) = sqlx::query_as(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1), EXISTS (SELECT FROM pg_database WHERE datname = $1)",
        )
        .bind(OWNER)
        .fetch_one(&mut connection)
        .await?;
        if !role {
            sqlx::query("CREATE ROLE claimdesk LOGIN").execute(&mut connection).await?;
        }
        if !database {
            sqlx::query("CREATE DATABASE claimdesk OWNER claimdesk").execute(&mut connection).await?;
        }
        connection.close().await
    }
}

/// The programs that fit the version of the cluster, if there is one: those found, else those of the distribution.
fn fitting(programs: PathBuf, cluster: &Path) -> Result<PathBuf, PrivatePostgresError> {
    let Ok(made_by) = std::fs::read_to_string(cluster.join("PG_VERSION")) else { return Ok(programs) };
    let made_by = made_by.trim().to_owned();
    let output = std::process::Command::new(programs.join("postgres")).arg("--version").output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let number = said.split_whitespace().nth(2).unwrap_or_default();
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    if digits == made_by || digits.is_empty() {
        return Ok(programs);
    }
    postgres_binaries::of_version(&made_by).ok_or_else(|| PrivatePostgresError::Version {
        folder: cluster.to_owned(),
        made_by,
        programs,
    })
}

/// Whether a process is a server on this cluster, and alive.
fn is_server(pid: Pid, cluster: &Path) -> bool {
    if test_kill_process(pid).is_err() {
        return false;
    }
    let process = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    if !Path::new("/proc/self").exists() {
        return true;
    }
    // A zombie has an empty command line.
    std::fs::read(process.join("cmdline")).is_ok_and(|line| {
        line.split(|byte| *byte == 0).any(|part| part == cluster.as_os_str().as_encoded_bytes())
    })
}
