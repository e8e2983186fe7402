//! The threads of the terminal client.
//!
//! This module makes sure that a panic in any of them ends the process. Without it the loop would
//! continue on a terminal that was restored for the panic's message, and hear nothing more from
//! that thread.

use std::io;
use std::process;
use std::thread;

/// The exit code of a Rust program whose main thread panics.
const PANIC_EXIT_CODE: i32 = 101;

/// Starts a thread with this name.
///
/// # Errors
/// If the system cannot start another thread.
pub(super) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let ending_with_us = move || {
        let _guard = ExitOnPanic;
        run();
    };
    thread::Builder::new().name(name.to_owned()).spawn(ending_with_us).map(drop)
}

/// Ends the process when a panic drops it, after the panic's message has been printed.
struct ExitOnPanic;

impl Drop for ExitOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            process::exit(PANIC_EXIT_CODE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use crossbeam_channel::bounded;

    /// Tells the test that it is running in a child process, which is expected to end.
    const IS_TO_END: &str = "HOBNOB_TEST_ENDS";

    /// How long the child process would run if nothing ended it.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_panic_in_one_ends_the_process() {
        let (sender, receiver) = bounded::<()>(0);
        if std::env::var_os(IS_TO_END).is_some() {
            start("panics", || panic!("this is a test")).unwrap();
            receiver.recv_timeout(PATIENCE).unwrap_err();
            process::exit(0);
        }
        let (_, module) = module_path!().split_once("::").unwrap();
        let name = format!("{module}::a_panic_in_one_ends_the_process");
        let mut again = process::Command::new(std::env::current_exe().unwrap());
        let output = again.args(["--exact", &name]).env(IS_TO_END, "1").output().unwrap();
        assert_eq!(output.status.code(), Some(101), "{output:?}");
        drop(sender);
    }
}
