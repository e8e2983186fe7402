//! A thread whose panic becomes a panic of the test that started it.

use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};

/// A thread that is joined by [`Joined::join`], or when this is dropped. The thread has to end by
/// itself by then, so whatever it works for must be dropped first.
#[derive(Debug)]
pub(crate) struct Joined<T> {
    thread: Option<JoinHandle<T>>,
    is_endless: bool,
}

impl<T: Send + 'static> Joined<T> {
    pub(crate) fn spawn(run: impl FnOnce() -> T + Send + 'static) -> Self {
        Self { thread: Some(thread::spawn(run)), is_endless: false }
    }

    /// Spawns a thread that may run until the process ends, and that is not joined on drop. If it
    /// has panicked by then, the test panics.
    pub(crate) fn endless(run: impl FnOnce() -> T + Send + 'static) -> Self {
        let mut thread = Self::spawn(run);
        thread.is_endless = true;
        thread
    }

    /// Waits for the thread and returns its result.
    pub(crate) fn join(mut self) -> T {
        let thread = self.thread.take().expect("only this and the drop take it");
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    }
}

impl<T> Drop for Joined<T> {
    fn drop(&mut self) {
        let thread = self.thread.take();
        let over = thread.filter(|thread| !self.is_endless || thread.is_finished());
        if let Some(Err(panic)) = over.map(JoinHandle::join)
            && !thread::panicking()
        {
            resume_unwind(panic);
        }
    }
}
