//! The terminal that the client runs in: its modes, its size, and that it is left as it was.
//!
//! Owned here: raw mode, and every way out of it. Not known here: what is written on it.
//!
//! In order, what is drawn is taken away and the modes are restored. In an emergency a [`Restorer`]
//! does both without waiting for anything: a guard when something fails, a hook before the message
//! of a panic, and whoever handles a signal.
//!
//! A terminal takes and gives nothing for as long as it likes (^S, a window that hangs), and
//! whoever shares it may have told it not to let anybody wait (`O_NONBLOCK`), which is no error.

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

/// Goes to the beginning of the row, and clears what is drawn from there on.
const CLEAR_BELOW: &[u8] = b"\r\x1b[J";

/// The terminal, in raw mode for as long as this lives.
#[derive(Debug)]
pub struct Console {
    restorer: Restorer,
    output: File,
}

/// Leaves a terminal as it was, from wherever it is called, once.
#[derive(Clone, Debug)]
pub struct Restorer(Arc<Saved>);

#[derive(Debug)]
struct Saved {
    input: File,
    /// Writing here never waits. `None` where there is no such way to this terminal.
    unwaiting: Option<File>,
    modes: Termios,
    /// What else is to be taken back in an emergency.
    farewell: Vec<u8>,
    is_raw: AtomicBool,
}

impl Console {
    /// Has the terminal send each key as it is, and show nothing by itself.
    ///
    /// # Errors
    /// If it is no terminal.
    pub fn open(input: impl AsFd, output: impl AsFd, has_title: bool) -> io::Result<Self> {
        let file = |fd: &dyn AsFd| fd.as_fd().try_clone_to_owned().map(File::from);
        let input = file(&input)?;
        let saved = Saved {
            modes: tcgetattr(&input)?,
            input,
            unwaiting: unwaiting(&output),
            farewell: [CLEAR_BELOW, &end_sequence(has_title)].concat(),
            is_raw: AtomicBool::new(false),
        };
        let console = Self { output: file(&output)?, restorer: Restorer(Arc::new(saved)) };
        console.begin()?;
        Ok(console)
    }

    /// Goes into raw mode, at the beginning or when the terminal is ours again.
    ///
    /// # Errors
    /// If the terminal has gone.
    pub fn begin(&self) -> io::Result<()> {
        let Restorer(saved) = &self.restorer;
        let mut modes = saved.modes.clone();
        modes.make_raw();
        saved.is_raw.store(true, Ordering::Relaxed);
        tcsetattr(&saved.input, OptionalActions::Now, &modes)?;
        Ok(())
    }

    /// Leaves raw mode; what was drawn has been taken away already.
    pub fn leave(&self) {
        self.restorer.0.restore_modes();
    }

    /// How large it is.
    pub fn size(&self) -> Size {
        tcgetwinsize(&self.output)
            .map_or(Size::default(), |size| Size::new(size.ws_col, size.ws_row))
    }

    /// Writes on it.
    ///
    /// # Errors
    /// If it has gone.
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

    /// What restores it from elsewhere.
    pub fn restorer(&self) -> Restorer {
        self.restorer.clone()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.restorer.leave_now();
    }
}

impl Restorer {
    /// Restores the modes, and takes away what is drawn as well as can be known here and as far as
    /// the terminal takes it now; unless that has been done.
    pub fn leave_now(&self) {
        let Self(saved) = self;
        if saved.restore_modes()
            && let Some(mut terminal) = saved.unwaiting.as_ref()
        {
            // There is nobody to tell, if the terminal takes nothing.
            let _ = terminal.write_all(&saved.farewell);
        }
    }

    /// Has it done before the message of a panic, which could not be read otherwise.
    pub fn restore_on_panic(self) {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |what| {
            self.leave_now();
            tell(what);
        }));
    }
}

impl Saved {
    /// Gives whether there was something to restore.
    fn restore_modes(&self) -> bool {
        let is_raw = self.is_raw.swap(false, Ordering::Relaxed);
        if is_raw {
            let _ = tcsetattr(&self.input, OptionalActions::Now, &self.modes);
        }
        is_raw
    }
}

/// Reads keys, and waits for the first of them.
///
/// # Errors
/// If the terminal has gone.
pub fn read_keys(mut keyboard: &File, buffer: &mut [u8]) -> io::Result<usize> {
    waiting_for(keyboard, PollFlags::IN, || keyboard.read(buffer))
}

/// Does something to a terminal as soon as it can be done, also where the terminal does not wait.
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

/// Another opening of a terminal, which does not wait. That cannot be had by a flag of the one that
/// was given to us: the shell and others have that flag, too. Whoever is not the terminal's owner
/// (after `su`) can still open the one that the session is in.
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

    /// A terminal: the end of the person, and that of the program.
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
    fn it_is_as_it_was_when_the_console_goes() {
        let (_person, program) = terminal();
        let before = modes(&program);
        let console = Console::open(&program, &program, false).unwrap();
        assert!(is_raw(&program));
        console.leave();
        assert_eq!(modes(&program), before);
        console.begin().unwrap();
        assert!(is_raw(&program));
        drop(console);
        assert_eq!(modes(&program), before);
    }

    #[test]
    fn a_panic_finds_it_restored() {
        let (person, program) = terminal();
        let before = modes(&program);
        let console = Console::open(&program, &program, true).unwrap();
        console.restorer().restore_on_panic();
        // The console lives on: only the hook can have done it.
        std::thread::spawn(|| panic!("this is a test")).join().unwrap_err();
        assert_eq!(modes(&program), before);
        let mut written = [0; 64];
        let count = File::from(person).read(&mut written).unwrap();
        let expected = [CLEAR_BELOW, &end_sequence(true)].concat();
        assert_eq!(written[..count], expected);
        // Once is enough.
        drop(console);
    }

    #[test]
    fn a_file_is_no_terminal() {
        let file = tempfile::tempfile().unwrap();
        Console::open(&file, &file, false).unwrap_err();
    }
}
