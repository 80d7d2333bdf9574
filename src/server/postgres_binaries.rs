//! Finds PostgreSQL's server programs.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Where distributions put one folder for each version.
const DISTRIBUTION: &str = "/usr/lib/postgresql";

/// The folder that `PG_BIN` names; else, by `PATH`; else the newest of the distribution's.
pub(super) fn find() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("PG_BIN").filter(|folder| !folder.is_empty()) {
        // Whoever names a folder wants that one and no other.
        return complete(Path::new(&folder));
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).find_map(|folder| complete(&folder)).or_else(|| newest(Path::new(DISTRIBUTION)))
}

/// The distribution's programs of one version.
pub(super) fn of_version(version: &str) -> Option<PathBuf> {
    complete(&Path::new(DISTRIBUTION).join(version).join("bin"))
}

/// The real folder of the programs, if both are there. They find their libraries from where they really are.
fn complete(folder: &Path) -> Option<PathBuf> {
    let program = fs::canonicalize(folder.join("initdb")).ok()?;
    let folder = program.parent()?;
    folder.join("postgres").is_file().then(|| folder.to_owned())
}

fn newest(distribution: &Path) -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(distribution)
        .ok()?
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, complete(&entry.path().join("bin"))?))
        })
        .collect();
    versions.sort();
    versions.pop().map(|(_, folder)| folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_complete_version_is_taken() {
        let root = tempfile::tempdir().expect("a folder");
        for (version, programs) in [("9", 2), ("15", 2), ("18", 1), ("junk", 2)] {
            let bin = root.path().join(version).join("bin");
            fs::create_dir_all(&bin).expect("made");
            for program in ["initdb", "postgres"].iter().take(programs) {
                fs::write(bin.join(program), "").expect("written");
            }
        }
        let found = newest(root.path()).expect("a version");
        assert!(found.ends_with("15/bin"), "{found:?}");
    }
}
