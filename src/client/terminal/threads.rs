//! The threads of the client on a terminal.
//!
//! Owned here: that a panic in one of them ends the process. The loop would go on in a terminal that
//! has been restored for the message, and hear nothing more of what that thread was for.

use std::io;
use std::process;
use std::thread;

/// What a program in Rust exits with when its main thread panics.
const PANIC_EXIT_CODE: i32 = 101;

/// Starts a thread of this name.
///
/// # Errors
/// If there is none to be had.
pub(super) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let ending_with_us = move || {
        let _guard = EndsWithUs;
        run();
    };
    thread::Builder::new().name(name.to_owned()).spawn(ending_with_us).map(drop)
}

/// Ends the process if it is dropped by a panic, whose message is out by then.
struct EndsWithUs;

impl Drop for EndsWithUs {
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

    /// Tells this test that it runs in a process of its own, which is to end.
    const IS_TO_END: &str = "HOBNOB_TEST_ENDS";

    /// How long the process would go on, if nothing ended it.
    const PATIENCE: Duration = Duration::from_secs(30);

    #[test]
    fn a_panic_in_one_ends_the_process() {
        let (sender, receiver) = bounded::<()>(0);
        if std::env::var_os(IS_TO_END).is_some() {
            start("panics", || panic!("this is a test")).unwrap();
            receiver.recv_timeout(PATIENCE).unwrap_err();
            process::exit(0);
        }
        let name = "client::interactive::threads::tests::a_panic_in_one_ends_the_process";
        let mut again = process::Command::new(std::env::current_exe().unwrap());
        let output = again.args(["--exact", name]).env(IS_TO_END, "1").output().unwrap();
        assert_eq!(output.status.code(), Some(101), "{output:?}");
        drop(sender);
    }
}
