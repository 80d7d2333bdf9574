//! The screen at work: messages in, effects out, a frame after each.

use std::time::Duration;

use jiff::Timestamp;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::mpsc::UnboundedSender,
    time::MissedTickBehavior,
};

use super::{
    errands::{Errands, messages},
    line::Line,
    message::{Answer, Effect, Message},
    model::{Mode, Model},
    programs,
    shelf::Shelf,
    terminal::{Keys, Terminal, fault},
    view,
};
use crate::client::{error::Error, session::Session};

/// How many messages are taken in before the next frame.
const AT_ONCE: usize = 64;

/// How the screen ended.
pub(super) enum Ended {
    /// The reviewer left it.
    Left,
    /// A signal did.
    Signal(u8),
}

/// What the screen works with.
struct Desk {
    model: Model,
    errands: Errands,
    terminal: Terminal,
    keys: Keys,
    shelf: Option<Shelf>,
    messages: UnboundedSender<Message>,
    ended: Option<Ended>,
}

/// Shows the screen until the reviewer leaves it, or somebody ends it.
pub(super) fn run(session: &Session, mut model: Model, parent: &str) -> Result<(Model, Ended), Error> {
    let caller = session.calls().clone();
    let shelf = Shelf::of(caller.server(), caller.identity());
    for draft in shelf.iter().flat_map(Shelf::drafts) {
        model.drafts.insert(draft.claim.clone(), draft);
    }
    session.block_on(async {
        let (sender, mut receiver) = messages();
        let line = Line::new(caller, sender.clone());
        let terminal = Terminal::take().map_err(Error::Terminal)?;
        let keys = Keys::read(sender.clone());
        let errands = Errands::begin(line, parent, model.lease_time, shelf.clone());
        let mut desk = Desk { model, errands, terminal, keys, shelf, messages: sender, ended: None };
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let watch = |kind| signal(kind).map_err(Error::Runtime);
        let mut terminated = watch(SignalKind::terminate())?;
        let mut hung_up = watch(SignalKind::hangup())?;
        let mut interrupted = watch(SignalKind::interrupt())?;
        let begin = desk.model.begin(desk.shelf.as_ref().and_then(Shelf::lease));
        desk.perform(begin)?;
        desk.draw()?;
        while desk.ended.is_none() {
            tokio::select! {
                Some(message) = receiver.recv() => {
                    desk.take_in(message)?;
                    for _ in 1..AT_ONCE {
                        match receiver.try_recv() {
                            Ok(message) => desk.take_in(message)?,
                            Err(_) => break,
                        }
                    }
                }
                _ = ticks.tick() => desk.take_in(Message::Tick)?,
                _ = terminated.recv() => desk.ended = Some(Ended::Signal(15)),
                _ = hung_up.recv() => desk.ended = Some(Ended::Signal(1)),
                // It is the editor's as long as the terminal is.
                _ = interrupted.recv() => if !matches!(desk.model.mode, Mode::Away) {
                    desk.ended = Some(Ended::Signal(2));
                },
            }
            if let Some(fault) = fault() {
                return Err(Error::Terminal(std::io::Error::other(fault)));
            }
            desk.draw()?;
        }
        desk.terminal.leave();
        let held = desk.model.lease.take().map(|lease| (lease.claim, lease.token));
        desk.errands.end(held).await;
        // What came in while the rest was stored still counts.
        while let Ok(message) = receiver.try_recv() {
            desk.model.now = Timestamp::now();
            for effect in desk.model.update(message) {
                if let (Effect::Keep(draft), Some(shelf)) = (effect, &desk.shelf) {
                    let _ = shelf.keep(&draft);
                }
            }
        }
        if let Some(shelf) = &desk.shelf {
            let _ = shelf.keep_lease(None);
        }
        let ended = desk.ended.take().unwrap_or(Ended::Left);
        Ok((desk.model, ended))
    })
}

impl Desk {
    fn take_in(&mut self, message: Message) -> Result<(), Error> {
        self.model.now = Timestamp::now();
        // The terminal is ours again before anything is made of what the editor left.
        if matches!(message, Message::Answer(Answer::Edited { .. })) {
            self.terminal.enter().map_err(Error::Terminal)?;
            self.keys.go_on();
        }
        let effects = self.model.update(message);
        self.perform(effects)
    }

    fn draw(&mut self) -> Result<(), Error> {
        if matches!(self.model.mode, Mode::Away) {
            return Ok(());
        }
        let Self { terminal, model, .. } = self;
        terminal.draw(|frame| view::draw(frame, model)).map_err(Error::Terminal)
    }

    fn perform(&mut self, effects: Vec<Effect>) -> Result<(), Error> {
        for effect in effects {
            match self.errands.run(effect) {
                Some(Effect::Edit { claim, text }) => self.edit(claim, text),
                Some(Effect::Open(uri)) => self.open(uri),
                Some(Effect::Copy(text)) => self.terminal.copy(&text).map_err(Error::Terminal)?,
                Some(Effect::Clear) => self.terminal.clear(),
                Some(Effect::Suspend) => self.suspend()?,
                Some(Effect::Quit) => self.ended = Some(Ended::Left),
                _ => {}
            }
        }
        Ok(())
    }

    /// Hands the terminal to the editor; without one, or without a place for its file, the note is typed on the screen.
    fn edit(&mut self, claim: String, text: String) {
        let file =
            self.shelf.as_ref().filter(|shelf| shelf.make().is_ok()).map(|shelf| shelf.note_file(&claim));
        let (Some(editor), Some(file)) = (programs::editor(), file) else {
            self.model.write_here(&claim);
            return;
        };
        self.keys.stop();
        self.terminal.leave();
        let messages = self.messages.clone();
        tokio::task::spawn_blocking(move || {
            let outcome = programs::edit(&editor, &file, &text);
            let _ = messages.send(Message::Answer(Answer::Edited { claim, outcome }));
        });
    }

    /// Has an address shown; where there is no desktop to do so, it is told.
    fn open(&mut self, uri: String) {
        if !programs::show(&uri) {
            self.model.tell(uri);
        }
    }

    fn suspend(&mut self) -> Result<(), Error> {
        self.keys.stop();
        self.terminal.leave();
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        self.terminal.enter().map_err(Error::Terminal)?;
        self.keys.go_on();
        Ok(())
    }
}
