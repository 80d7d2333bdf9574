//! A scripted terminal: the built binary in a pty, and what its screen shows.

use std::{
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use pty_process::{
    Size,
    blocking::{Command, Pts, Pty},
};
use regex::Regex;

use super::harness::{self, BINARY, scratch};

/// Long enough for a slow machine; nothing should come near it.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a screen must stay the same to be taken for finished.
const STILL: Duration = Duration::from_millis(250);

/// The binary in a terminal of its own.
pub(crate) struct Terminal {
    pty: Arc<Pty>,
    /// Kept open, so that what the process left of the terminal can be looked at.
    _pts: Pts,
    child: Child,
    parser: Arc<Mutex<vt100::Parser>>,
    written: Arc<Mutex<Vec<u8>>>,
}

/// How it is to be started.
pub(crate) struct Start<'a> {
    pub(crate) server: &'a str,
    pub(crate) arguments: &'a [&'a str],
    pub(crate) size: (u16, u16),
    pub(crate) environment: &'a [(&'a str, &'a str)],
    /// Where configuration and drafts lie.
    pub(crate) home: &'a Path,
}

/// A folder for configuration and drafts.
pub(crate) fn home() -> PathBuf {
    scratch("home")
}

impl Terminal {
    /// Starts `claimdesk review` as ada.
    pub(crate) fn start(start: &Start) -> Self {
        let (pty, pts) = pty_process::blocking::open().expect("a pty");
        let (columns, rows) = start.size;
        pty.resize(Size::new(rows, columns)).expect("a size");
        let mut command = Command::new(BINARY)
            .arg("review")
            .args(start.arguments)
            .env("CLAIMDESK_SERVER", start.server)
            .env("CLAIMDESK_REVIEWER", "ada")
            .env("XDG_CONFIG_HOME", start.home.join("config"))
            .env("XDG_STATE_HOME", start.home.join("state"))
            .env("TERM", "xterm-256color");
        for name in [
            "NO_COLOR",
            "EDITOR",
            "VISUAL",
            "DISPLAY",
            "WAYLAND_DISPLAY",
            "BROWSER",
            "CLAIMDESK_REVIEW_CONFIG",
        ] {
            command = command.env_remove(name);
        }
        let child =
            command.envs(start.environment.iter().copied()).spawn_borrowed(&pts).expect("the built binary");
        harness::reap(child.id());
        let pty = Arc::new(pty);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(rows, columns, 0)));
        let written = Arc::new(Mutex::new(Vec::new()));
        let (from, to, all) = (pty.clone(), parser.clone(), written.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = (&*from).read(&mut buffer) {
                to.lock().unwrap_or_else(PoisonError::into_inner).process(&buffer[..count]);
                all.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            }
        });
        Self { pty, _pts: pts, child, parser, written }
    }

    /// Types, each letter a key. `\r` is Enter, `\u{1b}[A` an arrow.
    pub(crate) fn press(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Escape by itself, which a terminal tells from the beginning of another key by the pause behind it.
    pub(crate) fn escape(&self) {
        self.press("\u{1b}");
        std::thread::sleep(Duration::from_millis(50));
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        self.parser.lock().unwrap_or_else(PoisonError::into_inner).screen_mut().set_size(rows, columns);
        self.pty.resize(Size::new(rows, columns)).expect("a size");
    }

    /// What the screen shows.
    pub(crate) fn shown(&self) -> String {
        let parser = self.parser.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, columns) = parser.screen().size();
        let rows: Vec<String> =
            parser.screen().rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
        rows.join("\n").trim_end().to_owned()
    }

    /// Looks at the screen itself.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.parser.lock().unwrap_or_else(PoisonError::into_inner).screen())
    }

    /// All that was written to the terminal.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// Waits until the screen shows all of this.
    #[track_caller]
    pub(crate) fn until(&self, expected: &[&str]) {
        let began = Instant::now();
        loop {
            let shown = self.shown();
            let missing: Vec<_> = expected.iter().filter(|text| !shown.contains(**text)).collect();
            if missing.is_empty() {
                return;
            }
            assert!(began.elapsed() < PATIENCE, "{missing:?} is not shown:\n{shown}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the screen no longer shows this.
    #[track_caller]
    pub(crate) fn until_gone(&self, text: &str) {
        let began = Instant::now();
        while self.shown().contains(text) {
            assert!(began.elapsed() < PATIENCE, "{text:?} does not go away:\n{}", self.shown());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// The screen once it shows all of this and stays as it is, without what differs from run to run.
    #[track_caller]
    pub(crate) fn screen(&self, expected: &[&str]) -> String {
        self.until(expected);
        let began = Instant::now();
        let mut last = masked(&self.shown());
        let mut since = Instant::now();
        while since.elapsed() < STILL {
            assert!(began.elapsed() < PATIENCE, "the screen does not come to rest:\n{last}");
            std::thread::sleep(Duration::from_millis(10));
            let now = masked(&self.shown());
            if now != last {
                (last, since) = (now, Instant::now());
            }
        }
        last
    }

    pub(crate) fn signal(&self, name: &str) {
        harness::kill(name, self.child.id());
    }

    /// Waits until the process has ended.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                // What it wrote last is read by now, or in a moment.
                std::thread::sleep(Duration::from_millis(50));
                return status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end:\n{}", self.shown());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Whether the terminal is as a shell wants it: echo and lines, the ordinary screen, the cursor.
    pub(crate) fn is_restored(&self) -> bool {
        let modes = rustix::termios::tcgetattr(&*self.pty).expect("a terminal").local_modes;
        let ordinary = rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ICANON;
        let screen = self
            .look(|screen| !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste());
        modes.contains(ordinary) && screen
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        harness::release(self.child.id());
    }
}

/// What differs from run to run, replaced by as many letters.
fn masked(shown: &str) -> String {
    let mut masked = shown.to_owned();
    for (pattern, stands_for) in [
        (r"20\d\d-\d\d-\d\d \d\d:\d\dZ", "2024-06-20 08:00Z"),
        (r"\b[0-9]:[0-5][0-9]\b", "5:00"),
        (r"decided, +\d+/h", "decided"),
    ] {
        masked = Regex::new(pattern).expect("a pattern").replace_all(&masked, stands_for).into_owned();
    }
    masked
}
