//! Through PgBouncer in session mode: as many connections as it hands out, and none of the service's own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{replicas, share_the_work};
use crate::harness::{self, root};

/// The program, where there is one or it can be installed.
fn pgbouncer() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("PGBOUNCER") {
        return Some(PathBuf::from(given)).filter(|path| !path.as_os_str().is_empty());
    }
    let found = Command::new(root().join("scripts/pgbouncer.sh")).output().expect("scripts/pgbouncer.sh");
    found.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&found.stdout).trim()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_services_share_pgbouncer_in_session_mode() {
    let Some(program) = pgbouncer() else {
        harness::skipped("there is no PgBouncer, and scripts/pgbouncer.sh cannot install it");
        return;
    };
    let folder = harness::scratch_of_postgres("pgbouncer");
    let settings = format!(
        "[databases]\n* = host={} port=5432 user=claimdesk\n\
         [pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\nunix_socket_mode = 0777\n\
         auth_type = any\npool_mode = session\nmax_client_conn = 50\ndefault_pool_size = 20\n\
         ignore_startup_parameters = extra_float_digits\nlogfile = {folder}/log\npidfile = {folder}/pid\n",
        harness::postgres_socket().display(),
        folder = folder.display(),
    );
    let file = folder.join("pgbouncer.ini");
    fs::write(&file, settings).expect("a file");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("its mode");
    let mut command = harness::as_postgres(&program);
    let mut bouncer =
        command.arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let bouncer = bouncer.as_mut().expect("pgbouncer");
    harness::reap(bouncer.id());
    let socket = folder.join(".s.PGSQL.6432");
    let began = Instant::now();
    while !socket.exists() {
        let log = || fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(bouncer.try_wait().expect("a child").is_none(), "PgBouncer ended:\n{}", log());
        assert!(began.elapsed() < Duration::from_secs(60), "PgBouncer does not listen:\n{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    let direct = harness::database();
    let name = direct.rsplit('/').next().expect("a name");
    let through =
        format!("postgres://claimdesk@{}:6432/{name}", folder.display().to_string().replace('/', "%2F"));
    let servers = replicas(2, &through);
    share_the_work(&servers, &direct, "scaling/pgbouncer").await;
    drop(servers);
    harness::kill("KILL", bouncer.id());
    bouncer.wait().expect("a child");
    harness::release(bouncer.id());
}
