//! The client on a terminal: threads that read the keyboard, the socket and signals, and the loop
//! that passes events to the session and carries out its orders.
//!
//! This module owns threads, channels, and ending the process on a signal. The session decides what
//! everything means.
//!
//! Only the loop writes to the terminal. Every channel is bounded: a server that sends more than
//! the terminal accepts has to wait, and a server that accepts nothing is treated as gone.

use std::fs::File;
use std::io;
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, bounded, never, select};
use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use super::display::DisplayOptions;
use super::input_history::InputHistory;
use super::log_file::LogFile;
use super::logged::{LogEntry, LoggedLines};
use super::tty::{Restorer, Tty, read_keys};
use crate::base::clock::{Clock, SystemClock};
use crate::base::zone::Zone;
use crate::client::netcat::address::Address;
use crate::client::netcat::connect::{ClientError, connect};
use crate::client::session::{Action, Effects, Ending, Session, SessionEvent, SessionOptions};
use crate::client::texts;
use crate::model::Lang;

use crate::client::terminal::socket::{LoopInput, ServerConnection};
use crate::client::terminal::threads::start;

/// Maximum number of keyboard reads waiting for the loop: nobody types that fast, and a paste can
/// wait.
const KEYBOARD_READS_MAX: usize = 16;

/// Buffer size of one read from the keyboard, in bytes.
const KEYBOARD_READ_BYTES: usize = 4 * 1024;

/// Maximum number of socket reads waiting for the loop, of up to 16 KiB each.
const NETWORK_READS_MAX: usize = 16;

/// Maximum number of signals waiting for the loop. More of them would carry no new information.
const SIGNALS_WAITING_MAX: usize = 16;

/// How long the loop may take to end on a signal. It may be stuck on a terminal that accepts
/// nothing.
const SIGNAL_PATIENCE: Duration = Duration::from_secs(1);

/// The user's options.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// The name to use on the server.
    pub name: Option<String>,
    /// The display options.
    pub looks: DisplayOptions,
    /// The file to log all lines to.
    pub log: Option<PathBuf>,
    /// The client's language.
    pub lang: Lang,
}

/// Chats with the server until the session ends.
///
/// # Errors
/// A [`ClientError`]. The terminal is restored first.
pub fn run(address: &Address, options: ClientOptions) -> Result<Ending, ClientError> {
    let log = options.log.map(|path| match LogFile::open(&path, Zone::system()) {
        Ok(log) => {
            let before = LogFile::last_lines(&path);
            Ok((log, LoggedLines::of(before.iter().map(String::as_str)), path))
        }
        Err(source) => Err(ClientError::Log { path, source }),
    });
    let log = log.transpose()?;
    let socket = connect(address)?;
    let (network_sender, network) = bounded(NETWORK_READS_MAX);
    let lang = options.lang;
    let connection = ServerConnection::start(socket, network_sender.clone(), lang);
    let connection = connection.map_err(ClientError::Start)?;
    let (keyboard_sender, keyboard) = bounded(KEYBOARD_READS_MAX);
    let (signals_sender, signals) = bounded(SIGNALS_WAITING_MAX);
    let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH];
    let caught = Signals::new(all).map_err(ClientError::Start)?;
    // From here on the terminal has to be restored on every way out.
    let tty =
        Tty::open(io::stdin(), io::stdout(), options.looks.title).map_err(ClientError::Terminal)?;
    tty.restorer().restore_on_panic();
    let restorer = tty.restorer();
    start("signals", move || pass_signals(caught, &signals_sender, &restorer))
        .map_err(ClientError::Start)?;
    start("keyboard", move || read_keyboard(&keyboard_sender)).map_err(ClientError::Start)?;
    let sent_lines = InputHistory::of_user();
    let recalled = sent_lines.as_ref().map_or(Ok(Vec::new()), InputHistory::read);
    let options = SessionOptions {
        address: address.to_string(),
        name: options.name,
        looks: options.looks,
        lang: options.lang,
        zone: Zone::system(),
        size: tty.size(),
        recalled: recalled.as_deref().unwrap_or_default().to_vec(),
        seed: fastrand::u64(..),
    };
    let mut running = RunningClient {
        address: address.clone(),
        lang,
        session: Session::new(options, SystemClock.moment()),
        tty,
        log,
        sent_lines,
        connection: Some(connection),
        network_sender,
        network,
        keyboard,
        signals,
        has_resumed: false,
    };
    if let Err(error) = recalled
        && let Some(file) = running.sent_lines.take()
    {
        running.tell(texts::SENT_UNREADABLE.of_file(lang, file.path().display(), &error));
    }
    running.run()
}

struct RunningClient {
    address: Address,
    lang: Lang,
    session: Session,
    tty: Tty,
    log: Option<(LogFile, LoggedLines, PathBuf)>,
    sent_lines: Option<InputHistory>,
    connection: Option<ServerConnection>,
    network_sender: Sender<LoopInput>,
    network: Receiver<LoopInput>,
    keyboard: Receiver<Vec<u8>>,
    signals: Receiver<i32>,
    /// We have resumed ourselves, and the SIGCONT for that is still to come.
    has_resumed: bool,
}

impl RunningClient {
    fn run(mut self) -> Result<Ending, ClientError> {
        let ended = self.run_to_the_end();
        self.leave();
        ended
    }

    fn run_to_the_end(&mut self) -> Result<Ending, ClientError> {
        self.tell_session(SessionEvent::TimePassed);
        loop {
            // Carrying out effects may tell the session something, which has effects of its own.
            while let Some(effects) = self.session.take_effects() {
                if let Some(ending) = self.follow(effects)? {
                    return Ok(ending);
                }
            }
            match self.next_input() {
                LoopInput::Session(event) => self.take_event(event),
                LoopInput::Connected(socket) => self.take_connection(socket),
                LoopInput::Signal(signal) => self.take_signal(signal)?,
            }
        }
    }

    fn next_input(&mut self) -> LoopInput {
        let timer = self.session.deadline(SystemClock.now()).map_or_else(never, at);
        let event = select! {
            recv(self.signals) -> signal => return LoopInput::Signal(signal.unwrap_or(SIGTERM)),
            recv(self.network) -> input => return input.unwrap_or(LoopInput::Signal(SIGTERM)),
            recv(self.keyboard) -> bytes => {
                bytes.map_or(SessionEvent::KeyboardEnded, SessionEvent::Typed)
            }
            recv(timer) -> _ => SessionEvent::TimePassed,
        };
        LoopInput::Session(event)
    }

    fn take_event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::KeyboardEnded => self.keyboard = never(),
            SessionEvent::Ended(_) => self.connection = None,
            _ => {}
        }
        self.tell_session(event);
    }

    fn tell_session(&mut self, event: SessionEvent) {
        self.session.on(event, SystemClock.moment());
    }

    fn tell(&mut self, text: String) {
        self.tell_session(SessionEvent::Trouble(text));
    }

    /// Carries out the effects of an event. Returns how the session ended, if it did.
    fn follow(&mut self, effects: Effects) -> Result<Option<Ending>, ClientError> {
        if let Some(connection) = &self.connection
            && !effects.send.is_empty()
        {
            connection.send(effects.send);
        }
        // Before anything is written to the terminal: it may accept nothing, and the user lose
        // patience.
        self.keep_sent(&effects.sent);
        self.keep_shown(&effects.log);
        self.tty.write(&effects.write).map_err(ClientError::Terminal)?;
        for order in effects.actions {
            match order {
                Action::CloseOurHalf => {
                    self.connection.iter_mut().for_each(ServerConnection::close_our_half);
                }
                Action::Connect => self.try_to_connect()?,
                // By a signal to every program of the job, as the terminal itself would do it: a
                // program that waits for us must stop, too. `take_signal` receives it.
                Action::Suspend if can_come_back() => {
                    let _ = kill_current_process_group(Signal::TSTP);
                }
                Action::Suspend => self.tell(texts::CANNOT_SUSPEND.of(self.lang).to_owned()),
                Action::End(ending) => return Ok(Some(ending)),
            }
        }
        Ok(None)
    }

    fn keep_sent(&mut self, lines: &[String]) {
        let Some(file) = &self.sent_lines else { return };
        let Some(error) = lines.iter().find_map(|line| file.append(line).err()) else { return };
        let text = texts::SENT_UNWRITABLE.of_file(self.lang, file.path().display(), &error);
        self.sent_lines = None;
        self.tell(text);
    }

    fn keep_shown(&mut self, entries: &[LogEntry]) {
        let Some((log, logged, path)) = &mut self.log else { return };
        let new: Vec<String> = entries.iter().flat_map(|entry| logged.take(entry)).collect();
        if let Err(error) = log.append(&new, SystemClock.wall()) {
            let text = texts::LOG_UNWRITABLE.of_file(self.lang, path.display(), &error);
            self.tell(text);
        }
    }

    fn take_connection(&mut self, socket: TcpStream) {
        match ServerConnection::start(socket, self.network_sender.clone(), self.lang) {
            Ok(connection) => {
                self.connection = Some(connection);
                self.tell_session(SessionEvent::Connected);
            }
            Err(error) => {
                let reason = texts::reason(self.lang, &error);
                self.tell_session(SessionEvent::NotConnected(reason));
            }
        }
    }

    /// Connects in a thread of its own: it may take many seconds, during which the user types.
    fn try_to_connect(&mut self) -> Result<(), ClientError> {
        let (address, sender) = (self.address.clone(), self.network_sender.clone());
        let lang = self.lang;
        start("connecting", move || {
            let input = match connect(&address) {
                Ok(socket) => LoopInput::Connected(socket),
                Err(error) => {
                    LoopInput::Session(SessionEvent::NotConnected(error.told_again(lang)))
                }
            };
            // If the loop has ended, so has the process.
            let _ = sender.send(input);
        })
        .map_err(ClientError::Start)
    }

    fn take_signal(&mut self, signal: i32) -> Result<(), ClientError> {
        match signal {
            SIGWINCH => {
                let size = self.tty.size();
                self.tell_session(SessionEvent::Resized(size));
                Ok(())
            }
            SIGTSTP if can_come_back() => self.suspend(),
            SIGTSTP => Ok(()),
            SIGCONT if std::mem::take(&mut self.has_resumed) => Ok(()),
            // Someone stopped us with SIGSTOP, which cannot be caught.
            SIGCONT => self.resume(),
            _ => {
                self.leave();
                let _ = emulate_default_handler(signal);
                Ok(())
            }
        }
    }

    fn suspend(&mut self) -> Result<(), ClientError> {
        let bytes = self.session.leave_terminal();
        self.tty.write(&bytes).map_err(ClientError::Terminal)?;
        self.tty.leave();
        // Stops here until SIGCONT arrives.
        emulate_default_handler(SIGTSTP).map_err(ClientError::Terminal)?;
        self.has_resumed = true;
        self.resume()
    }

    fn resume(&mut self) -> Result<(), ClientError> {
        self.tty.begin().map_err(ClientError::Terminal)?;
        let size = self.tty.size();
        self.tell_session(SessionEvent::Resumed(size));
        Ok(())
    }

    /// Restores the terminal.
    fn leave(&mut self) {
        let bytes = self.session.leave_terminal();
        // The terminal may have gone, and with it anyone to tell.
        let _ = self.tty.write(&bytes);
        self.tty.leave();
    }
}

/// Whether a shell has started this process as a job of its own, which it can resume. The system
/// does not let ^Z stop any other process, but it cannot prevent SIGSTOP, which we use.
fn can_come_back() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

/// Passes the keyboard's bytes to the loop.
fn read_keyboard(sender: &Sender<Vec<u8>>) {
    let Ok(keyboard) = io::stdin().as_fd().try_clone_to_owned() else { return };
    let keyboard = File::from(keyboard);
    let mut buffer = vec![0; KEYBOARD_READ_BYTES];
    while let Ok(length @ 1..) = read_keys(&keyboard, &mut buffer)
        && sender.send(buffer[..length].to_vec()).is_ok()
    {}
}

/// Passes signals to the loop. One that ends the process does so even if the loop does not react.
fn pass_signals(mut caught: Signals, sender: &Sender<i32>, restorer: &Restorer) {
    for signal in caught.forever() {
        // If the channel is full, the loop has enough of them.
        let _ = sender.try_send(signal);
        if matches!(signal, SIGINT | SIGTERM | SIGHUP | SIGQUIT) {
            let _ = never::<()>().recv_deadline(Instant::now() + SIGNAL_PATIENCE);
            restorer.leave_now();
            let _ = emulate_default_handler(signal);
        }
    }
}
