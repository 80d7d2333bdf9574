//! Other programs: the reviewer's editor, and what shows addresses.

use std::{
    env, fs,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

/// The editor that the environment names.
pub(super) fn editor() -> Option<String> {
    let named = |name| env::var(name).ok().filter(|command| !command.trim().is_empty());
    named("VISUAL").or_else(|| named("EDITOR"))
}

/// Has a text edited, in a file that stays where this process dies before the end.
///
/// # Errors
/// In words for the reviewer.
pub(super) fn edit(editor: &str, file: &Path, text: &str) -> Result<String, String> {
    let trouble = |what: &str, error: std::io::Error| format!("The note cannot be {what}: {error}");
    write_privately(file, text).map_err(|error| trouble("written to a file", error))?;
    // By way of the shell, since the variable may hold options: EDITOR="code --wait".
    let ended = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file).status();
    match ended {
        Ok(status) if status.success() => {
            let text = fs::read_to_string(file).map_err(|error| trouble("read", error))?;
            let _ = fs::remove_file(file);
            Ok(text)
        }
        Ok(status) => Err(format!(
            "The editor ended with {status}; the note is as it was, the text is in {}",
            file.display()
        )),
        Err(error) => Err(format!("The editor did not start: {error}")),
    }
}

fn write_privately(file: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(file)?.write_all(text.as_bytes())
}

/// Has an address shown by the desktop; whether there is one to do so.
pub(super) fn show(uri: &str) -> bool {
    let web = ["http://", "https://"].iter().any(|scheme| uri.starts_with(scheme));
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let desktop = cfg!(target_os = "macos") || set("DISPLAY") || set("WAYLAND_DISPLAY") || set("BROWSER");
    if !web || !desktop {
        return false;
    }
    let started = Command::new(program)
        .arg(uri)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            std::thread::spawn(move || child.wait());
            true
        }
        Err(_) => false,
    }
}
