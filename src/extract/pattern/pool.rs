//! Values that threads take turns to work with.

use std::sync::{Mutex, PoisonError};

/// As many values as threads ever worked with at once.
#[derive(Debug, Default)]
pub(in crate::extract) struct Pool<T> {
    idle: Mutex<Vec<T>>,
}

impl<T: Default> Pool<T> {
    /// Works with a value that nobody else works with meanwhile. One that is lost to a panic is made anew.
    pub(in crate::extract) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mut value = idle().pop().unwrap_or_default();
        let result = work(&mut value);
        idle().push(value);
        result
    }
}
