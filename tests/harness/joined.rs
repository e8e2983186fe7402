//! A thread whose panic is the panic of the test that has started it.

use std::panic::resume_unwind;
use std::thread::{self, JoinHandle};

/// A thread that is waited for: by [`Joined::join`], or else when this is dropped. So it must end
/// by itself by then, for which whatever it works for has to be dropped before.
#[derive(Debug)]
pub(crate) struct Joined<T> {
    thread: Option<JoinHandle<T>>,
    is_endless: bool,
}

impl<T: Send + 'static> Joined<T> {
    pub(crate) fn spawn(run: impl FnOnce() -> T + Send + 'static) -> Self {
        Self { thread: Some(thread::spawn(run)), is_endless: false }
    }

    /// One that may go on until the end of the process, and is not waited for when this is dropped.
    /// If it has panicked by then, so does the test.
    pub(crate) fn endless(run: impl FnOnce() -> T + Send + 'static) -> Self {
        let mut thread = Self::spawn(run);
        thread.is_endless = true;
        thread
    }

    /// What it has come to.
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
