//! A program in an emulated terminal: the screen as the user sees it, and the cursor position.

use std::fs::File;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use rexpect::process::{PtyProcess, WaitStatus};
use rustix::termios::{Winsize, tcgetattr, tcgetpgrp, tcsetwinsize};

use super::common::{Joined, PATIENCE, eventually};
use super::terminal::must_have;

/// Rows that stay available after scrolling off the screen.
const SCROLLBACK_ROWS: usize = 2_000;

/// The program and its screen.
pub(crate) struct Screen {
    process: PtyProcess,
    keyboard: File,
    shown: Arc<Shown>,
    _reading: Joined<()>,
}

struct Shown {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    parser: vt100::Parser,
    /// All bytes that the program has sent.
    bytes: Vec<u8>,
    has_ended: bool,
}

impl Screen {
    /// Starts a program in a terminal of this size.
    pub(crate) fn start(mut command: Command, columns: u16, rows: u16) -> Self {
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let mut process = PtyProcess::new(command).unwrap();
        // If the test fails while the program is stopped, it must not wait for it.
        process.set_kill_timeout(Some(1_000));
        let keyboard = process.get_file_handle().unwrap();
        tcsetwinsize(&keyboard, winsize(columns, rows)).unwrap();
        let parser = vt100::Parser::new(size(rows), size(columns), SCROLLBACK_ROWS);
        let state = Mutex::new(State { parser, bytes: Vec::new(), has_ended: false });
        let shown = Arc::new(Shown { state, changed: Condvar::new() });
        let (reader, seen) = (process.get_file_handle().unwrap(), shown.clone());
        let reading = Joined::endless(move || seen.read(reader));
        Self { process, keyboard, shown, _reading: reading }
    }

    /// The real telnet in a terminal of this size.
    pub(crate) fn telnet(address: SocketAddr, columns: u16, rows: u16) -> Self {
        Self::telnet_with(&[], address, columns, rows)
    }

    /// The same with these flags.
    pub(crate) fn telnet_with(
        flags: &[&str],
        address: SocketAddr,
        columns: u16,
        rows: u16,
    ) -> Self {
        must_have("telnet", "--version", "inetutils", "inetutils-telnet");
        let mut command = Command::new("sh");
        // Sets the size of the terminal before telnet reads it.
        let script = format!("stty cols {columns} rows {rows} && exec telnet \"$@\"");
        command.args(["-c", &script, "sh"]).args(flags);
        command.args([address.ip().to_string(), address.port().to_string()]);
        Self::start(command, columns, rows)
    }

    /// Presses these keys.
    pub(crate) fn types(&mut self, keys: impl AsRef<[u8]>) {
        self.keyboard.write_all(keys.as_ref()).unwrap();
    }

    /// Resizes the window.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        let mut state = self.shown.state.lock().unwrap();
        state.parser.screen_mut().set_size(size(rows), size(columns));
        tcsetwinsize(&self.keyboard, winsize(columns, rows)).unwrap();
    }

    /// Sends a signal to the program in the foreground, named without SIG.
    pub(crate) fn signal(&self, name: &str) {
        let pid = tcgetpgrp(&self.keyboard).unwrap().as_raw_nonzero().to_string();
        assert!(Command::new("kill").args(["-s", name, &pid]).status().unwrap().success());
    }

    /// The terminal modes as text.
    pub(crate) fn modes(&self) -> String {
        format!("{:?}", tcgetattr(&self.keyboard).unwrap())
    }

    /// The rows on the screen down to the last one that is not empty, without trailing spaces.
    pub(crate) fn rows(&self) -> Vec<String> {
        rows_of(self.shown.state.lock().unwrap().parser.screen())
    }

    /// All bytes sent so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.shown.state.lock().unwrap().bytes.clone()
    }

    /// Waits until `look` finds something on the screen.
    #[track_caller]
    pub(crate) fn shows<T>(&self, what: &str, look: impl Fn(&vt100::Screen) -> Option<T>) -> T {
        let start = Instant::now();
        let mut state = self.shown.state.lock().unwrap();
        loop {
            if let Some(found) = look(state.parser.screen()) {
                return found;
            }
            let rows = rows_of(state.parser.screen());
            let left = PATIENCE.checked_sub(start.elapsed());
            let left = left.unwrap_or_else(|| panic!("never seen: {what}; but {rows:#?}"));
            assert!(!state.has_ended, "it ended before this was seen: {what}; but {rows:#?}");
            state = self.shown.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Waits for a row that begins like this, and returns it.
    #[track_caller]
    pub(crate) fn row(&self, beginning: &str) -> String {
        self.shows(beginning, |screen| {
            rows_of(screen).into_iter().find(|row| row.starts_with(beginning))
        })
    }

    /// The same for a program that is exiting or has exited.
    #[track_caller]
    pub(crate) fn row_at_the_end(&self, beginning: &str) -> String {
        eventually(beginning, || self.rows().into_iter().find(|row| row.starts_with(beginning)))
    }

    /// Waits until the last row that is not empty is this one, with the cursor where the bar is.
    #[track_caller]
    pub(crate) fn bottom(&self, expected: &str) {
        let (before, behind) = expected.split_once('|').expect("a bar where the cursor is");
        let row = format!("{before}{behind}");
        self.shows(expected, |screen| {
            let rows = rows_of(screen);
            let (at, column) = screen.cursor_position();
            let is_there = usize::from(at) + 1 == rows.len().max(usize::from(at) + 1)
                && usize::from(column) == unicode_width::UnicodeWidthStr::width(before);
            let shown = rows.last().map_or("", String::as_str);
            (is_there && shown == row.trim_end()).then_some(())
        });
    }

    /// The program exits with this code.
    #[track_caller]
    pub(crate) fn ends(&self, exit_code: i32) {
        let status = self.end();
        assert!(matches!(status, WaitStatus::Exited(_, code) if code == exit_code), "{status:?}");
    }

    /// The program is killed by this signal.
    #[track_caller]
    pub(crate) fn dies_by(&self, signal: &str) {
        let status = self.end();
        assert!(
            matches!(status, WaitStatus::Signaled(_, by, _) if by.as_str() == signal),
            "{status:?}"
        );
    }

    #[track_caller]
    fn end(&self) -> WaitStatus {
        eventually("the program in the terminal ends", || {
            self.process.status().filter(|status| *status != WaitStatus::StillAlive)
        })
    }
}

impl Shown {
    fn read(&self, mut reader: File) {
        let mut buffer = [0; 4096];
        loop {
            // A terminal whose program has exited returns an error (EIO), which is the end.
            let count = reader.read(&mut buffer).unwrap_or(0);
            let mut state = self.state.lock().unwrap();
            state.parser.process(&buffer[..count]);
            state.bytes.extend_from_slice(&buffer[..count]);
            state.has_ended = count == 0;
            self.changed.notify_all();
            if count == 0 {
                return;
            }
        }
    }
}

fn rows_of(screen: &vt100::Screen) -> Vec<String> {
    let columns = screen.size().1.get();
    let mut rows: Vec<String> =
        screen.rows(0, columns).map(|row| row.trim_end().to_owned()).collect();
    while rows.last().is_some_and(String::is_empty) {
        rows.pop();
    }
    rows
}

fn size(value: u16) -> NonZeroU16 {
    NonZeroU16::new(value).expect("a terminal has rows and columns")
}

fn winsize(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
