//! Values that threads take turns to work with.

use std::sync::{Mutex, PoisonError};

/// As many values as threads ever worked with at once.
#[derive(Debug, Default)]
pub(in crate::extract) struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T> Pool<T> {
    /// A value that nobody else works with; `None` where all are at work.
    pub(in crate::extract) fn take(&self) -> Option<T> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Gives a value back.
    pub(in crate::extract) fn give(&self, value: T) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(value);
    }
}
