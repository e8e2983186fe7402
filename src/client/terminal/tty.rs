//! The terminal that the client runs in: its modes, its size, and restoring it on exit.
//!
//! This module owns raw mode and every way out of it. It does not know what is written.
//!
//! A normal exit clears what is drawn and restores the modes. In an emergency a [`Restorer`] does
//! both without waiting for anything: it is used by a guard when something fails, by a hook before
//! a panic's message, and by the signal handler.
//!
//! A terminal may accept and deliver nothing for as long as it likes (^S, a window that hangs).
//! Another program that shares it may have made it non-blocking (`O_NONBLOCK`), which is not an
//! error.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::OFlags;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, ttyname};

use super::display::end_sequence;
use crate::terminal::Size;

/// Moves to the start of the row and clears everything from there on.
const CLEAR_BELOW: &[u8] = b"\r\x1b[J";

/// The terminal, in raw mode while this value lives.
#[derive(Debug)]
pub struct Tty {
    restorer: Arc<Restorer>,
    output: File,
}

/// Restores the terminal once, no matter where it is called from.
#[derive(Debug)]
pub struct Restorer {
    input: File,
    /// A handle whose writes never block. `None` if the terminal cannot be opened that way.
    unwaiting: Option<File>,
    modes: Termios,
    /// Further bytes to write in an emergency, to undo what was drawn or set.
    farewell: Vec<u8>,
    is_raw: AtomicBool,
}

impl Tty {
    /// Switches the terminal to raw mode, in which it sends each key as it is and echoes nothing.
    ///
    /// # Errors
    /// If `input` is not a terminal.
    pub fn open(input: impl AsFd, output: impl AsFd, has_title: bool) -> io::Result<Self> {
        let file = |fd: &dyn AsFd| fd.as_fd().try_clone_to_owned().map(File::from);
        let input = file(&input)?;
        let restorer = Restorer {
            modes: tcgetattr(&input)?,
            input,
            unwaiting: unwaiting(&output),
            farewell: [CLEAR_BELOW, &end_sequence(has_title)].concat(),
            is_raw: AtomicBool::new(false),
        };
        let tty = Self { output: file(&output)?, restorer: Arc::new(restorer) };
        tty.begin()?;
        Ok(tty)
    }

    /// Enters raw mode, at the start or when the client is back in the foreground.
    ///
    /// # Errors
    /// If the terminal has gone.
    pub fn begin(&self) -> io::Result<()> {
        let mut modes = self.restorer.modes.clone();
        modes.make_raw();
        self.restorer.is_raw.store(true, Ordering::Relaxed);
        tcsetattr(&self.restorer.input, OptionalActions::Now, &modes)?;
        Ok(())
    }

    /// Leaves raw mode. The caller has already cleared what was drawn.
    pub fn leave(&self) {
        self.restorer.restore_modes();
    }

    /// The size of the terminal.
    pub fn size(&self) -> Size {
        tcgetwinsize(&self.output)
            .map_or(Size::default(), |size| Size::new(size.ws_col, size.ws_row))
    }

    /// Writes to the terminal.
    ///
    /// # Errors
    /// If the terminal has gone.
    pub fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let mut output = &self.output;
            let written = waiting_for(output, PollFlags::OUT, || output.write(bytes))?;
            if written == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
        }
        Ok(())
    }

    /// A handle that restores the terminal from elsewhere.
    pub fn restorer(&self) -> Arc<Restorer> {
        self.restorer.clone()
    }
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.restorer.leave_now();
    }
}

impl Restorer {
    /// Restores the modes, and clears what is drawn as far as its extent is known here and the
    /// terminal accepts output now. Does nothing if that has been done already.
    pub fn leave_now(&self) {
        if self.restore_modes()
            && let Some(mut terminal) = self.unwaiting.as_ref()
        {
            // If the terminal accepts nothing, there is nobody to tell.
            let _ = terminal.write_all(&self.farewell);
        }
    }

    /// Restores the terminal before a panic's message, which would be unreadable in raw mode.
    pub fn restore_on_panic(self: Arc<Self>) {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            self.leave_now();
            tell(what);
        }));
    }

    /// Returns whether there was something to restore.
    fn restore_modes(&self) -> bool {
        let is_raw = self.is_raw.swap(false, Ordering::Relaxed);
        if is_raw {
            let _ = tcsetattr(&self.input, OptionalActions::Now, &self.modes);
        }
        is_raw
    }
}

/// Reads keys, blocking until the first one arrives.
///
/// # Errors
/// If the terminal has gone.
pub fn read_keys(mut keyboard: &File, buffer: &mut [u8]) -> io::Result<usize> {
    waiting_for(keyboard, PollFlags::IN, || keyboard.read(buffer))
}

/// Performs an operation on the terminal as soon as it is possible, even if the terminal is
/// non-blocking.
fn waiting_for(
    terminal: &File,
    readiness: PollFlags,
    mut act: impl FnMut() -> io::Result<usize>,
) -> io::Result<usize> {
    loop {
        match act() {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                match poll(&mut [PollFd::new(terminal, readiness)], None) {
                    Ok(_) | Err(rustix::io::Errno::INTR) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Opens the terminal a second time, non-blocking. Setting the flag on the descriptor we were given
/// would set it for the shell and every other program that shares it. A user who does not own the
/// terminal (after `su`) can still open the terminal of the session.
fn unwaiting(terminal: &impl AsFd) -> Option<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32;
    let open = |path: &OsStr| File::options().write(true).custom_flags(flags).open(path).ok();
    let name = ttyname(terminal, Vec::new()).ok();
    let own = name.and_then(|name| open(OsStr::from_bytes(name.to_bytes())));
    own.or_else(|| open(OsStr::new("/dev/tty")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::LocalModes;
    use std::io::Read;
    use std::os::fd::OwnedFd;

    /// A terminal: the user's end and the program's end.
    fn terminal() -> (OwnedFd, File) {
        let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&person).unwrap();
        unlockpt(&person).unwrap();
        let name = ptsname(&person, Vec::new()).unwrap();
        let program = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        (person, program)
    }

    fn modes(terminal: &File) -> String {
        format!("{:?}", tcgetattr(terminal).unwrap())
    }

    fn is_raw(terminal: &File) -> bool {
        !tcgetattr(terminal).unwrap().local_modes.contains(LocalModes::ECHO | LocalModes::ICANON)
    }

    #[test]
    fn dropping_the_console_restores_the_terminal() {
        let (_person, program) = terminal();
        let before = modes(&program);
        let tty = Tty::open(&program, &program, false).unwrap();
        assert!(is_raw(&program));
        tty.leave();
        assert_eq!(modes(&program), before);
        tty.begin().unwrap();
        assert!(is_raw(&program));
        drop(tty);
        assert_eq!(modes(&program), before);
    }

    #[test]
    fn a_panic_restores_the_terminal() {
        let (person, program) = terminal();
        let before = modes(&program);
        let tty = Tty::open(&program, &program, true).unwrap();
        tty.restorer().restore_on_panic();
        // The console is still alive: only the hook can have restored the terminal.
        std::thread::spawn(|| panic!("this is a test")).join().unwrap_err();
        assert_eq!(modes(&program), before);
        let mut written = [0; 64];
        let count = File::from(person).read(&mut written).unwrap();
        let expected = [CLEAR_BELOW, &end_sequence(true)].concat();
        assert_eq!(written[..count], expected);
        // The terminal is restored only once.
        drop(tty);
    }

    #[test]
    fn a_file_is_no_terminal() {
        let file = tempfile::tempfile().unwrap();
        Tty::open(&file, &file, false).unwrap_err();
    }
}
