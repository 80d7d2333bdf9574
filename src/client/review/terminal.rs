//! The terminal: taken, handed over, given back as it was, on whatever way the screen ends.

use std::{
    io::{self, BufWriter, Stdout, Write as _},
    sync::{
        Arc, Condvar, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crossterm::{
    clipboard::CopyToClipboard,
    cursor,
    event::{self, DisableBracketedPaste, EnableBracketedPaste, Event},
    execute, queue,
    terminal::{
        self, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{Frame, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};
use tokio::sync::mpsc::UnboundedSender;

use super::message::Message;

/// Whether the terminal is in our hands. The panic hook must know.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// What a thread other than that of the screen panicked with.
static FAULT: OnceLock<String> = OnceLock::new();
/// How long a look for a key takes; a key ends it at once.
const LOOK: Duration = Duration::from_millis(100);

type Canvas = ratatui::Terminal<CrosstermBackend<BufWriter<Stdout>>>;

/// The terminal, as long as it is ours.
pub(super) struct Terminal {
    /// What was drawn last, and on how many columns and rows; nothing where all must be drawn anew.
    canvas: Option<(Canvas, (u16, u16))>,
}

impl Terminal {
    /// Takes the terminal.
    pub(super) fn take() -> io::Result<Self> {
        restore_on_panic();
        let mut terminal = Self { canvas: None };
        terminal.enter()?;
        Ok(terminal)
    }

    /// Takes it again after it was handed over.
    pub(super) fn enter(&mut self) -> io::Result<()> {
        TAKEN.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        self.clear();
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
    }

    /// Has everything drawn anew.
    pub(super) fn clear(&mut self) {
        self.canvas = None;
    }

    /// Gives it back as it was.
    pub(super) fn leave(&mut self) {
        self.clear();
        restore();
    }

    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let size = terminal::size()?;
        if self.canvas.as_ref().is_none_or(|(_, drawn)| *drawn != size) {
            // A viewport of our own: ratatui's follows the size too, but asks the terminal where its cursor is, and one at
            // the end of a slow line does not answer in time.
            let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
            let mut backend = CrosstermBackend::new(BufWriter::new(io::stdout()));
            queue!(backend, terminal::Clear(ClearType::All))?;
            let canvas = ratatui::Terminal::with_options(backend, TerminalOptions { viewport })?;
            self.canvas = Some((canvas, size));
        }
        match &mut self.canvas {
            Some((canvas, _)) => canvas.draw(draw).map(|_| ()),
            None => Ok(()),
        }
    }

    /// Puts a text on the clipboard of the terminal, also of one at the other end of an SSH connection (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        restore();
    }
}

fn restore() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone takes nothing, and needs nothing.
        let _ = execute!(io::stdout(), DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = disable_raw_mode();
        let _ = io::stdout().flush();
    }
}

/// A panic gives the terminal back before it says anything; that of another thread ends the screen.
fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !TAKEN.load(Ordering::SeqCst) || std::thread::current().name() == Some("main") {
                restore();
                usual(panic);
            } else {
                let _ = FAULT.set(panic.to_string());
            }
        }));
    });
}

/// What went wrong on another thread.
pub(super) fn fault() -> Option<&'static str> {
    FAULT.get().map(String::as_str)
}

/// The keys, read on a thread of their own, except while the terminal is somebody else's.
pub(super) struct Keys {
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    closed: bool,
    /// Whether the reader is at the gate.
    waits: bool,
}

impl Keys {
    /// Begins to read.
    pub(super) fn read(messages: UnboundedSender<Message>) -> Self {
        let gate = Arc::new(Gate::default());
        let reader = gate.clone();
        std::thread::spawn(move || {
            loop {
                reader.pass();
                let message = match event::poll(LOOK)
                    .and_then(|there| if there { event::read().map(Some) } else { Ok(None) })
                {
                    Ok(Some(Event::Key(key))) => Message::Key(key),
                    Ok(Some(Event::Paste(text))) => Message::Paste(text),
                    Ok(Some(Event::Resize(..))) => Message::Redraw,
                    Ok(_) => continue,
                    Err(_) => Message::Gone,
                };
                let gone = matches!(message, Message::Gone);
                if messages.send(message).is_err() || gone {
                    return;
                }
            }
        });
        Self { gate }
    }

    /// Reads no more; returns once that is so.
    pub(super) fn stop(&self) {
        let mut state = self.gate.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed = true;
        while !state.waits {
            let waited = self.gate.changed.wait_timeout(state, LOOK * 5);
            let (next, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            state = next;
            if timeout.timed_out() {
                return;
            }
        }
    }

    /// Reads on.
    pub(super) fn go_on(&self) {
        self.gate.state.lock().unwrap_or_else(PoisonError::into_inner).closed = false;
        self.gate.changed.notify_all();
    }
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.closed {
            state.waits = true;
            self.changed.notify_all();
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.waits = false;
    }
}
