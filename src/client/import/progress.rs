//! How far an import is, on a terminal; elsewhere nothing is shown.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::report::Tally;

/// The bar, which is hidden where standard error is no terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// A bar for an input of so many bytes; without an end where nobody knows how many.
    pub(super) fn new(size: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(size, ProgressDrawTarget::stderr());
        let template = match size {
            Some(_) => "{bar:30} {percent:>3} %  {msg}  {elapsed}, {eta} to go",
            None => "{spinner} {msg}  {elapsed}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        Self(bar)
    }

    /// Everything before this byte is done.
    pub(super) fn at(&self, byte: u64, tally: &Tally) {
        self.0.set_message(tally.short());
        self.0.set_position(byte);
    }

    /// Does something that writes, with the bar out of the way.
    pub(super) fn pausing<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
