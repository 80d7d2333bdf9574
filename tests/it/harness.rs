//! What the tests stand on: one PostgreSQL cluster for the run, and services started from the built binary.
//!
//! Nothing outlives the run, however it ends: a reaper, a shell that reads from a pipe, stops what is left as soon as
//! the test process is gone.

mod postgres;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use claimdesk::proto::v1::article_service_client::ArticleServiceClient;
use claimdesk::proto::v1::claim_service_client::ClaimServiceClient;
use claimdesk::proto::v1::review_service_client::ReviewServiceClient;
use sqlx::{Connection as _, Executor as _};
use tonic::transport::{Channel, Endpoint};

use postgres::start_cluster;
pub(crate) use postgres::{
    as_postgres, give, make_cluster, postgres_program, postgres_socket, scratch_of_postgres, start_postgres,
};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_claimdesk");

/// Long enough for a slow machine; nothing should come near it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The folder of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A running service.
pub(crate) struct Server {
    address: String,
    child: Mutex<Child>,
    log: PathBuf,
    private: bool,
}

/// How a service is to be started.
#[derive(Clone, Default)]
pub(crate) struct Options {
    /// Where to listen; on a free port where absent.
    pub(crate) listen: Option<String>,
    /// Where the data is; a folder of its own where absent.
    pub(crate) data: Option<PathBuf>,
    /// The database; a private PostgreSQL where absent.
    pub(crate) database: Option<String>,
    /// More of the command line.
    pub(crate) arguments: Vec<String>,
    /// More of the environment.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl Server {
    /// Starts a service on a new database of the run's cluster and waits until it is ready.
    pub(crate) fn start() -> Self {
        Self::start_with(Options { database: Some(database()), ..Options::default() })
    }

    /// Starts a service and waits until it is ready.
    pub(crate) fn start_with(options: Options) -> Self {
        Self::spawn(options).unwrap_or_else(|log| panic!("the service did not start:\n{log}"))
    }

    /// Starts a service; what it logged, where it ends before it is ready.
    pub(crate) fn spawn(options: Options) -> Result<Self, String> {
        let folder = scratch("server");
        let (ready, log) = (folder.join("address"), folder.join("log"));
        let mut command = Command::new(BINARY);
        command
            .args(["serve", "--listen", options.listen.as_deref().unwrap_or("127.0.0.1:0"), "--address-file"])
            .arg(&ready)
            .arg("--data-dir")
            .arg(options.data.unwrap_or_else(|| folder.join("data")))
            .args(&options.arguments)
            .env_remove("DATABASE_URL")
            // Nothing of the configuration of whoever runs the tests.
            .env("XDG_CONFIG_HOME", &folder)
            .env_remove("CLAIMDESK_CONFIG")
            .env_remove("CLAIMDESK_LOG_FORMAT")
            .env_remove("CLAIMDESK_LOG_LEVEL")
            .env_remove("CLAIMDESK_LISTEN")
            .envs(options.environment)
            .stdin(Stdio::null())
            .stdout(fs::File::create(&log).expect("a log file"))
            .stderr(fs::File::options().append(true).open(&log).expect("a log file"));
        let private = options.database.is_none();
        if let Some(url) = options.database {
            command.env("DATABASE_URL", url);
        }
        if let Some(folder) = std::env::var_os("PG_BIN") {
            command.env("PG_BIN", folder);
        }
        let mut child = command.spawn().expect("the built binary");
        world().reap(child.id());
        let began = Instant::now();
        loop {
            if let Ok(address) = fs::read_to_string(&ready)
                && address.trim().contains(':')
            {
                let address = address.trim().trim_start_matches("http://").to_owned();
                return Ok(Self { address, child: Mutex::new(child), log, private });
            }
            if child.try_wait().expect("a child").is_some() || began.elapsed() > PATIENCE {
                let _ = child.kill();
                let _ = child.wait();
                world().release(child.id());
                return Err(fs::read_to_string(&log).unwrap_or_default());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// `host:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// `http://host:port`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A connection of its own.
    pub(crate) fn channel(&self) -> Channel {
        Endpoint::from_shared(self.url()).expect("an address").connect_lazy()
    }

    pub(crate) fn articles(&self) -> ArticleServiceClient<Channel> {
        ArticleServiceClient::new(self.channel()).max_decoding_message_size(64 << 20)
    }

    pub(crate) fn claims(&self) -> ClaimServiceClient<Channel> {
        ClaimServiceClient::new(self.channel()).max_decoding_message_size(64 << 20)
    }

    pub(crate) fn reviews(&self) -> ReviewServiceClient<Channel> {
        ReviewServiceClient::new(self.channel())
    }

    /// The client as a person starts it, talking to this service.
    pub(crate) fn client(&self, arguments: &[&str]) -> Answer {
        let mut command = client_command(arguments);
        command.env("CLAIMDESK_SERVER", self.url());
        answer(&mut command, "")
    }

    /// What the service has logged until now.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.lock().expect("no panic").id()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        kill(name, self.pid());
    }

    /// Waits until the process has ended.
    pub(crate) fn wait(&self) -> ExitStatus {
        let mut child = self.child.lock().expect("no panic");
        let began = Instant::now();
        loop {
            if let Some(status) = child.try_wait().expect("a child") {
                world().release(child.id());
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "the service does not end:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner);
        if matches!(child.try_wait(), Ok(None)) {
            // In order where a private PostgreSQL has to stop with it; otherwise there is nothing to lose.
            if self.private {
                kill("TERM", child.id());
                let began = Instant::now();
                while matches!(child.try_wait(), Ok(None)) && began.elapsed() < Duration::from_secs(20) {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        world().release(child.id());
    }
}

/// The service that most tests share; each keeps to articles of its own.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
}

/// A way to the run's PostgreSQL over TCP that can be closed: a database that is away.
pub(crate) struct Proxy {
    port: u16,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Proxy {
    pub(crate) fn open() -> Self {
        let mut proxy = Self { port: 0, runtime: None };
        proxy.reopen();
        proxy
    }

    /// A new database, this way.
    pub(crate) fn database(&self) -> String {
        let url = database();
        let name = url.rsplit('/').next().expect("a name");
        format!("postgres://claimdesk@127.0.0.1:{}/{name}", self.port)
    }

    /// Cuts what goes through, and refuses more.
    pub(crate) fn close(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    pub(crate) fn reopen(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let socket = world().cluster.join(".s.PGSQL.5432");
        let began = Instant::now();
        let listener = loop {
            match std::net::TcpListener::bind(("127.0.0.1", self.port)) {
                Ok(listener) => break listener,
                Err(error) => assert!(began.elapsed() < PATIENCE, "{error}"),
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        listener.set_nonblocking(true).expect("a socket");
        self.port = listener.local_addr().expect("an address").port();
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
            while let Ok((mut near, _)) = listener.accept().await {
                let socket = socket.clone();
                tokio::spawn(async move {
                    if let Ok(mut far) = tokio::net::UnixStream::connect(socket).await {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        self.runtime = Some(runtime);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
    }
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    /// Its stdout; panics if it failed.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert!(self.code == 0, "exit code {}\nstdout: {}\nstderr: {}", self.code, self.stdout, self.stderr);
        self.stdout
    }

    /// Its stdout as one JSON value; panics if it failed.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        let stdout = self.success();
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{stdout}"))
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The built binary with an environment that does not depend on who runs the tests.
pub(crate) fn client_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(arguments)
        .env("NO_COLOR", "1")
        .env("COLUMNS", "120")
        .env_remove("CLAIMDESK_SERVER")
        .env_remove("CLAIMDESK_REVIEWER")
        .env_remove("CLAIMDESK_TOKEN")
        .env_remove("CLAIMDESK_TOKEN_FILE")
        .env_remove("DATABASE_URL");
    command
}

/// The built binary without a service to talk to.
pub(crate) fn offline(arguments: &[&str], input: &str) -> Answer {
    answer(&mut client_command(arguments), input)
}

/// Runs a command with this on its stdin.
pub(crate) fn answer(command: &mut Command, input: impl AsRef<[u8]>) -> Answer {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.as_ref().to_vec();
    // A command that does not read its stdin closes the pipe early: no fault.
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("its output");
    let _ = writer.join();
    output.into()
}

/// A tool that scripts/tools.sh installs.
pub(crate) fn tool(name: &str) -> Command {
    let folder = std::env::var_os("TOOLS_BIN").map_or_else(|| root().join("build/venv/bin"), PathBuf::from);
    let file = folder.join(name);
    assert!(file.exists(), "{} is missing: run `make test`, or scripts/tools.sh first", file.display());
    Command::new(file)
}

/// A new folder that ends with the run, open to the user that PostgreSQL runs as.
pub(crate) fn scratch(what: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let folder = world().base.join(format!("{what}-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir(&folder).expect("a folder");
    folder
}

/// A new, empty database of the run's cluster, as a URL.
pub(crate) fn database() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!("it_{}", COUNT.fetch_add(1, Ordering::Relaxed));
    administer(&format!("CREATE DATABASE {name}"));
    database_url(&name)
}

/// The URL of a database of the run's cluster.
fn database_url(name: &str) -> String {
    url_of(&world().cluster, name)
}

/// The URL of a database of the cluster in a folder.
pub(crate) fn url_of(cluster: &Path, name: &str) -> String {
    let socket = cluster.display().to_string().replace('/', "%2F");
    format!("postgres://claimdesk@{socket}/{name}")
}

/// Runs one statement in the cluster's own database.
pub(crate) fn administer(statement: &str) {
    query(&database_url("postgres"), statement);
}

/// Runs statements in a database: for what has to be seen or broken behind the service's back.
pub(crate) fn query(url: &str, statement: &str) {
    let (url, statement) = (url.to_owned(), statement.to_owned());
    // A thread of its own, so that it can be called inside and outside of a runtime.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&url).await.expect("the run's PostgreSQL");
            connection.execute(sqlx::AssertSqlSafe(statement)).await.expect("a statement");
            connection.close().await.expect("a clean end");
        });
    })
    .join()
    .expect("no panic");
}

/// What a database says to a statement that it refuses.
pub(crate) fn refused(url: &str, statement: &str) -> String {
    let (url, statement) = (url.to_owned(), statement.to_owned());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&url).await.expect("the run's PostgreSQL");
            let refused = connection.execute(sqlx::AssertSqlSafe(statement)).await.expect_err("a refusal");
            connection.close().await.expect("a clean end");
            refused.to_string()
        })
    })
    .join()
    .expect("no panic")
}

/// What a question of a database for one number gives.
pub(crate) fn number(url: &str, question: &str) -> i64 {
    let (url, question) = (url.to_owned(), question.to_owned());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&url).await.expect("the run's PostgreSQL");
            let number = sqlx::query_scalar(sqlx::AssertSqlSafe(question)).fetch_one(&mut connection).await;
            connection.close().await.expect("a clean end");
            number.expect("a number")
        })
    })
    .join()
    .expect("no panic")
}

/// Sends a signal to a process.
pub(crate) fn kill(signal: &str, pid: u32) {
    let status = Command::new("kill").args([&format!("-{signal}"), &pid.to_string()]).status();
    assert!(status.expect("kill").success(), "no process {pid}");
}

/// Has a process stopped when the run ends, by whatever way.
pub(crate) fn reap(pid: u32) {
    world().reap(pid);
}

/// A process that has ended needs no stopping.
pub(crate) fn release(pid: u32) {
    world().release(pid);
}

/// Whether a process is there and no zombie.
pub(crate) fn alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// What there is once in a run.
struct World {
    base: PathBuf,
    cluster: PathBuf,
    reaper: Mutex<ChildStdin>,
}

impl World {
    fn reap(&self, pid: u32) {
        let _ = writeln!(self.reaper.lock().expect("no panic"), "+{pid}");
    }

    fn release(&self, pid: u32) {
        let _ = writeln!(self.reaper.lock().expect("no panic"), "-{pid}");
    }
}

#[expect(clippy::zombie_processes, reason = "the reaper outlives this process, that is its job")]
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        // Short, since the path of a socket may have no more than 107 bytes.
        let base = tempfile::Builder::new().prefix("cd-it-").tempdir_in("/tmp").expect("a folder").keep();
        fs::set_permissions(&base, fs::Permissions::from_mode(0o755)).expect("its mode");
        let mut reaper = Command::new("sh")
            .args(["-c", REAPER, "reaper"])
            .arg(&base)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("sh");
        let pipe = reaper.stdin.take().expect("a pipe");
        let cluster = base.join("pg");
        start_cluster(&cluster);
        World { base, cluster, reaper: Mutex::new(pipe) }
    })
}

/// Waits for the test process to end, by whatever way; then stops what is left of it.
const REAPER: &str = r#"
left=
while read -r line; do
    pid=${line#?}
    case $line in
        +*) left="$left $pid " ;;
        -*) left=$(printf '%s' "$left" | sed "s/ $pid //") ;;
    esac
done
for pid in $left; do kill -9 "$pid"; done
while read -r _ folder _; do
    case $folder in "$1"/*) umount -l "$folder" ;; esac
done </proc/mounts
find "$1" -name postmaster.pid | while read -r file; do
    pid=$(head -n 1 "$file") && kill -INT "$pid"
    for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" && sleep 0.2; done
done
rm -rf "$1"
"#;

/// Says that something was not tested, and why: past what the test runner keeps of tests that pass.
pub(crate) fn skipped(why: &str) {
    let _ = std::io::stderr().write_all(format!("\n==== SKIPPED: {why} ====\n").as_bytes());
}
