//! PostgreSQL's programs, and the clusters that tests make with them.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::{PATIENCE, root, scratch, world};

#[expect(clippy::zombie_processes, reason = "it runs as long as this process; the reaper stops it")]
pub(super) fn start_cluster(folder: &Path) {
    make_cluster(folder);
    // What these tests store may be lost with the machine; those of durability run a PostgreSQL of their own.
    start_postgres(folder, &["fsync=off", "max_connections=400"]);
}

/// Makes a server, or what makes one, say nothing, and keeps it out of the way of signals to the tests.
fn aside(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    command
}

/// Gives a folder to the user that PostgreSQL runs as.
pub(crate) fn give(folder: &Path) {
    if let Some((user, group)) = unprivileged() {
        chown(folder, Some(user), Some(group)).expect("root may");
    }
}

/// Makes a cluster in a new folder; its user is claimdesk.
pub(crate) fn make_cluster(folder: &Path) {
    fs::create_dir(folder).expect("a folder");
    give(folder);
    let data = folder.join("data");
    let made = aside(postgres_program("initdb"))
        .args(["--auth=trust", "--username=claimdesk", "--encoding=UTF8", "--locale=C", "--no-sync"])
        .arg("-D")
        .arg(&data)
        .status();
    assert!(made.expect("initdb").success(), "initdb failed in {}", data.display());
}

/// Starts a cluster, whose socket is in its folder, and waits until it answers.
pub(crate) fn start_postgres(folder: &Path, settings: &[&str]) -> Child {
    let data = folder.join("data");
    let mut command = aside(postgres_program("postgres"));
    command.arg("-D").arg(&data).args(["-c", "listen_addresses="]);
    command.arg("-c").arg(format!("unix_socket_directories={}", folder.display()));
    for setting in settings {
        command.args(["-c", setting]);
    }
    let began = Instant::now();
    let mut child = command.spawn().expect("postgres");
    let status = data.join("postmaster.pid");
    // A file that a killed server has left behind tells of another process.
    while !fs::read_to_string(&status).is_ok_and(|status| {
        status.contains("ready") && status.lines().next() == Some(&child.id().to_string())
    }) {
        assert!(began.elapsed() < PATIENCE, "PostgreSQL does not get ready");
        if child.try_wait().expect("a child").is_some() {
            // What is left of one that was killed may still hold its memory for a moment.
            std::thread::sleep(Duration::from_millis(100));
            child = command.spawn().expect("postgres");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

/// One of the programs that come with PostgreSQL, in an environment of its own, as the user that the server runs as.
pub(crate) fn postgres_program(name: &str) -> Command {
    let folder = postgres_binaries();
    let file = folder.join(name);
    // Packages put what belongs to the client elsewhere; those of the same version come first.
    as_postgres(&if file.exists() { file } else { PathBuf::from(name) })
}

/// A program, run as the user that PostgreSQL runs as.
pub(crate) fn as_postgres(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    if let Some((user, group)) = unprivileged() {
        command.uid(user).gid(group);
    }
    command
}

/// A new folder for a server that runs as PostgreSQL's user.
pub(crate) fn scratch_of_postgres(what: &str) -> PathBuf {
    let folder = scratch(what);
    give(&folder);
    folder
}

/// The folder of the socket of the run's PostgreSQL.
pub(crate) fn postgres_socket() -> &'static Path {
    &world().cluster
}

fn postgres_binaries() -> PathBuf {
    if let Some(folder) = std::env::var_os("PG_BIN") {
        return folder.into();
    }
    let found = Command::new(root().join("scripts/postgres.sh")).output().expect("scripts/postgres.sh");
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    PathBuf::from(String::from_utf8_lossy(&found.stdout).trim())
}

/// Whom PostgreSQL runs as where the tests run as root, which it refuses.
fn unprivileged() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| {
        let output = Command::new("id").args(arguments).output().expect("id");
        String::from_utf8_lossy(&output.stdout).trim().parse::<u32>().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = ["postgres", "nobody"].into_iter().find(|user| id(&["-u", user]).is_some())?;
    Some((id(&["-u", user])?, id(&["-g", user])?))
}
