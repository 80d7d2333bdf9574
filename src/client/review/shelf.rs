//! Where drafts lie, so that they survive a crash: a file for each in the XDG state folder.

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    config::folder,
    draft::{Draft, MARKED},
};

/// What the name of a file with a note in an editor ends with.
const NOTE: &str = ".note.txt";

/// A lease as it lies on the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptLease {
    pub(super) claim: String,
    pub(super) token: String,
}

/// The drafts of one reviewer at one service.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    folder: PathBuf,
}

impl Shelf {
    /// The shelf of a reviewer at the service of this address; none where there is no home.
    pub(super) fn of(server: &str, reviewer: &str) -> Option<Self> {
        let base = folder("XDG_STATE_HOME", ".local/state")?;
        let server = server.split("://").last().unwrap_or(server);
        let reviewer = if reviewer.is_empty() { "anonymous" } else { reviewer };
        Some(Self { folder: base.join("review").join(file_name(server)).join(file_name(reviewer)) })
    }

    /// All drafts; those that cannot be read are left where they are.
    pub(super) fn drafts(&self) -> Vec<Draft> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        let read = |path: &PathBuf| serde_json::from_slice::<Draft>(&fs::read(path).ok()?).ok();
        let mut drafts: Vec<Draft> =
            files.iter().filter_map(read).filter(|draft| !draft.claim.is_empty()).collect();
        self.take_notes(&mut drafts);
        drafts
    }

    /// Takes in the notes of editors that did not come back.
    fn take_notes(&self, drafts: &mut Vec<Draft>) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for path in entries.flatten().map(|entry| entry.path()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let claim = match name.strip_suffix(NOTE).map(|short| short.rsplit_once('-')) {
                None => continue,
                Some(None) => MARKED.to_owned(),
                Some(Some((article, number))) => format!("articles/{article}/claims/{number}"),
            };
            let Ok(note) = fs::read_to_string(&path) else { continue };
            let at = drafts.iter().position(|draft| draft.claim == claim).unwrap_or_else(|| {
                drafts.push(Draft::of(&claim));
                drafts.len() - 1
            });
            note.trim_end().clone_into(&mut drafts[at].note);
            if self.keep(&drafts[at]).is_ok() {
                let _ = fs::remove_file(&path);
            }
        }
        drafts.retain(|draft| !draft.is_empty());
    }

    /// Keeps a draft as it is now; an empty one goes.
    ///
    /// # Errors
    /// If the file system refuses.
    pub(super) fn keep(&self, draft: &Draft) -> io::Result<()> {
        let file = self.file(&draft.claim);
        if draft.is_empty() {
            return match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        self.write(&file, &serde_json::to_vec_pretty(draft)?)
    }

    /// Keeps the lease that is held, so that a session after a crash can go on with it; none takes the old one away.
    pub(super) fn keep_lease(&self, lease: Option<&KeptLease>) -> io::Result<()> {
        let file = self.folder.join("lease");
        match lease {
            Some(lease) => self.write(&file, &serde_json::to_vec_pretty(lease)?),
            None => match fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    /// The lease that an earlier session held, if it did not give it back.
    pub(super) fn lease(&self) -> Option<KeptLease> {
        serde_json::from_slice(&fs::read(self.folder.join("lease")).ok()?).ok()
    }

    fn write(&self, file: &Path, content: &[u8]) -> io::Result<()> {
        self.make()?;
        // A new file takes the old one's place at once, so that there is always a whole one.
        let new = file.with_extension("new");
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600).open(&new)?.write_all(content)?;
        fs::rename(&new, file)
    }

    /// The file in which the note of a claim is edited.
    pub(super) fn note_file(&self, claim: &str) -> PathBuf {
        let file = self.file(claim);
        let stem = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        file.with_file_name(format!("{stem}{NOTE}"))
    }

    /// Makes the folder, for an editor's file.
    pub(super) fn make(&self) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    fn file(&self, claim: &str) -> PathBuf {
        let short = crate::client::name::short(claim).replace('/', "-");
        self.folder.join(format!("{}.json", file_name(&short)))
    }
}

/// A name that is a file's wherever it comes from.
fn file_name(text: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    let name: String = text.chars().map(safe).take(100).collect();
    if name.trim_matches('.').is_empty() { "_".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_kept_until_it_is_empty() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf { folder: folder.path().join("a/b") };
        assert!(shelf.drafts().is_empty());
        let mut draft = Draft { note: "so\nit is".to_owned(), ..Draft::of("articles/a/claims/1") };
        shelf.keep(&draft).expect("kept");
        fs::write(shelf.folder.join("broken.json"), "{").expect("a file");
        assert_eq!(shelf.drafts(), [draft.clone()]);
        draft.note.clear();
        shelf.keep(&draft).expect("gone");
        shelf.keep(&draft).expect("and still gone");
        assert!(shelf.drafts().is_empty());
    }

    #[test]
    fn the_note_of_an_editor_that_did_not_come_back_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let shelf = Shelf { folder: folder.path().to_owned() };
        let claim = "articles/k3f-9/claims/12";
        fs::write(shelf.note_file(claim), "written\n").expect("a file");
        fs::write(shelf.note_file("articles/a/claims/1"), "\n").expect("a file");
        let expected = Draft { note: "written".to_owned(), ..Draft::of(claim) };
        assert_eq!(shelf.drafts(), std::slice::from_ref(&expected));
        assert!(!shelf.note_file(claim).exists());
        assert_eq!(shelf.drafts(), [expected], "it is a draft like any other");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert_eq!(file_name("../../etc/passwd"), ".._.._etc_passwd");
        assert_eq!(file_name(".."), "_");
        assert_eq!(file_name("127.0.0.1:7878"), "127.0.0.1_7878");
    }
}
