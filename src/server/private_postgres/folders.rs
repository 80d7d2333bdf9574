//! The folders of the private PostgreSQL.

use std::{
    env, fs, io,
    io::{Read, Seek, SeekFrom},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{PrivatePostgresError, User};

/// How long the log may get before a start begins a new one, in bytes.
const LOG_LIMIT: u64 = 16 << 20;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Folders {
    data: PathBuf,
    socket: PathBuf,
    user: User,
}

fn path_error(path: &Path) -> impl FnOnce(io::Error) -> PrivatePostgresError {
    let path = path.to_owned();
    |source| PrivatePostgresError::Path { path, source }
}

impl Folders {
    /// Makes the folders that are not there, and checks that the server's user can get to them.
    pub(super) fn make(data: &Path, user: User) -> Result<Self, PrivatePostgresError> {
        let as_root = rustix::process::geteuid().is_root();
        if !data.is_dir() {
            // Others must pass through if the server is another user; what lies in it is closed to them.
            let mode = if as_root { 0o711 } else { 0o700 };
            fs::DirBuilder::new().recursive(true).mode(mode).create(data).map_err(path_error(data))?;
        }
        let data = fs::canonicalize(data).map_err(path_error(data))?;
        if as_root {
            let mode = fs::metadata(&data).map_err(path_error(&data))?.permissions().mode();
            if mode & 0o011 != 0o011 {
                let open = fs::Permissions::from_mode(mode & 0o7777 | 0o011);
                fs::set_permissions(&data, open).map_err(path_error(&data))?;
            }
            for folder in data.ancestors().skip(1) {
                let metadata = fs::metadata(folder).map_err(path_error(folder))?;
                if metadata.mode() & 0o001 == 0 && metadata.uid() != user.uid {
                    return Err(PrivatePostgresError::Closed(folder.to_owned()));
                }
            }
        }
        let socket = socket_folder(&data);
        let folders = Self { data, socket, user };
        if fs::metadata(folders.log()).is_ok_and(|log| log.len() > LOG_LIMIT) {
            let old = folders.data.join("postgresql.log.old");
            fs::rename(folders.log(), &old).map_err(path_error(&old))?;
        }
        Ok(folders)
    }

    /// The folder that everything but the socket lies in.
    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// The cluster.
    pub(super) fn cluster(&self) -> PathBuf {
        self.data.join("postgresql")
    }

    /// The folder of the socket.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    /// The file that is locked by whoever uses the folder.
    pub(super) fn lock(&self) -> PathBuf {
        self.data.join("lock")
    }

    /// The server's log.
    pub(super) fn log(&self) -> PathBuf {
        self.data.join("postgresql.log")
    }

    /// What the server logged behind a place, the last lines of it.
    pub(super) fn log_since(&self, place: u64) -> String {
        let mut text = Vec::new();
        let read = fs::File::open(self.log()).and_then(|mut log| {
            log.seek(SeekFrom::Start(place))?;
            log.take(64 << 10).read_to_end(&mut text)
        });
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<_> = text.lines().collect();
        match read {
            Ok(_) => lines[lines.len().saturating_sub(8)..].join("\n"),
            Err(error) => error.to_string(),
        }
    }

    /// An empty folder for a cluster that is not finished.
    pub(super) fn make_unfinished(&self) -> Result<PathBuf, PrivatePostgresError> {
        let unfinished = self.data.join("postgresql.unfinished");
        match fs::remove_dir_all(&unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(path_error(&unfinished)(error));
            }
            _ => {}
        }
        fs::DirBuilder::new().mode(0o700).create(&unfinished).map_err(path_error(&unfinished))?;
        self.give(&unfinished)?;
        Ok(unfinished)
    }

    /// Puts a finished cluster into its place.
    pub(super) fn finish(&self, unfinished: &Path) -> Result<(), PrivatePostgresError> {
        let cluster = self.cluster();
        fs::rename(unfinished, &cluster).map_err(path_error(&cluster))?;
        fs::File::open(&self.data).and_then(|folder| folder.sync_all()).map_err(path_error(&self.data))
    }

    /// Makes the folder of the socket, or clears it of what a server that is gone left. It is entered by nobody but the
    /// server's user and root.
    pub(super) fn make_socket(&self) -> Result<(), PrivatePostgresError> {
        match fs::DirBuilder::new().mode(0o700).create(&self.socket) {
            Ok(()) => self.give(&self.socket)?,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(path_error(&self.socket)(error)),
        }
        // Somebody else may have made it first: then it is not ours.
        let metadata = fs::symlink_metadata(&self.socket).map_err(path_error(&self.socket))?;
        if !metadata.is_dir() || metadata.uid() != self.user.uid || metadata.mode() & 0o077 != 0 {
            return Err(PrivatePostgresError::Foreign(self.socket.clone()));
        }
        self.clear_socket();
        Ok(())
    }

    /// Removes the folder of the socket, when the server is gone.
    pub(super) fn remove_socket(&self) {
        self.clear_socket();
        // Left behind, it harms nobody: the next start takes it.
        let _ = fs::remove_dir(&self.socket);
    }

    fn clear_socket(&self) {
        for name in [".s.PGSQL.5432", ".s.PGSQL.5432.lock"] {
            // What is not there needs no removing, and what cannot be removed the server complains about.
            let _ = fs::remove_file(self.socket.join(name));
        }
    }

    fn give(&self, folder: &Path) -> Result<(), PrivatePostgresError> {
        if rustix::process::geteuid().is_root() {
            chown(folder, Some(self.user.uid), Some(self.user.gid)).map_err(path_error(folder))?;
        }
        Ok(())
    }
}

/// A folder with a short name, as a socket's path can have about a hundred bytes: made from that of the data, in the
/// folder for such things.
fn socket_folder(data: &Path) -> PathBuf {
    let digest = Sha256::digest(data.as_os_str().as_encoded_bytes());
    let name = format!("claimdesk-{}", data_encoding::HEXLOWER.encode(&digest[..6]));
    let as_root = rustix::process::geteuid().is_root();
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    // Root's runtime folder is closed to the server's user.
    runtime
        .filter(|folder| !as_root && folder.is_dir() && folder.as_os_str().len() < 60)
        .unwrap_or_else(|| PathBuf::from("/tmp"))
        .join(name)
}
