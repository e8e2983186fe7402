//! A line server inside the test, which does with each line as the test tells it to. It speaks as
//! with `nc`, or as with a telnet in character mode.

use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;

use super::Joined;

/// A server for so many clients.
pub(crate) struct FakeServer {
    address: SocketAddr,
    manner: &'static Manner,
    /// What takes clients, and what tells them of lines.
    _threads: [Joined<()>; 2],
}

/// How it speaks.
struct Manner {
    scheme: &'static str,
    greeting: &'static str,
    /// Ends a line that it is told.
    line_end: u8,
    /// Stand around a line that it tells.
    before: &'static str,
    behind: &'static str,
}

static LINES: Manner = Manner {
    scheme: "line",
    greeting: "Welcome\r\n",
    line_end: b'\n',
    before: "somebody: ",
    behind: "\r\n",
};

/// It does not wait for what it could ask: that is sent by who is told of a prompt.
static CHARACTERS: Manner = Manner {
    scheme: "telnet",
    greeting: "\r\x1b[K\x1b[?1l\x1b[?2004h> \r\x1b[JWelcome\r\n#lobby> ",
    line_end: 0,
    before: "\r\x1b[J\x1b[1;34msomebody\x1b[0m: ",
    behind: "\r\n#lobby> ",
};

impl FakeServer {
    /// Greets everybody, and shows everybody what `tell` makes of each line for each of them.
    pub(crate) fn start(
        clients: usize,
        tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        Self::start_in(&LINES, LINES.greeting, clients, tell)
    }

    /// The same with telnets in character mode.
    pub(crate) fn start_telnet(
        clients: usize,
        tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        Self::start_in(&CHARACTERS, CHARACTERS.greeting, clients, tell)
    }

    /// The same with these words, or none.
    pub(crate) fn start_greeting(
        greeting: &'static str,
        clients: usize,
        tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        Self::start_in(&LINES, greeting, clients, tell)
    }

    fn start_in(
        manner: &'static Manner,
        greeting: &'static str,
        clients: usize,
        mut tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (events, happened) = mpsc::channel();
        let accepting = Joined::endless(move || accept(&listener, manner, clients, &events));
        let telling = Joined::endless(move || {
            let mut receivers = Vec::new();
            for event in happened {
                match event {
                    Event::Came(mut receiver) => {
                        receiver.sees_bytes(greeting.as_bytes());
                        receivers.push(receiver);
                    }
                    Event::Said(said) => {
                        receivers.iter_mut().for_each(|receiver| tell(&said, receiver));
                    }
                }
            }
        });
        Self { address, manner, _threads: [accepting, telling] }
    }

    /// As the benchmark is told of it.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.manner.scheme, self.address)
    }
}

enum Event {
    Came(Receiver),
    Said(Said),
}

/// Takes so many, and hangs up on who comes then.
fn accept(listener: &TcpListener, manner: &'static Manner, clients: usize, events: &Sender<Event>) {
    for number in 0..clients {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let lines = BufReader::new(stream.try_clone().unwrap()).split(manner.line_end);
        events.send(Event::Came(Receiver { number, stream, manner })).unwrap();
        let events = events.clone();
        // Until the client has gone, or the server.
        thread::spawn(move || {
            let mut said = lines.map_while(Result::ok).filter_map(|line| Said::of(&line));
            said.try_for_each(|said| events.send(Event::Said(said)))
        });
    }
    listener.incoming().for_each(drop);
}

/// A line that somebody has said.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) line: String,
}

impl Said {
    /// What this holds; nothing if it is a part of what a telnet says of itself.
    fn of(line: &[u8]) -> Option<Self> {
        let start = line.iter().position(|byte| *byte == b'~')?;
        let line = String::from_utf8_lossy(line[start..].trim_ascii_end()).into_owned();
        Some(Self { line })
    }

    /// Its sender and its number among that sender's, if it is one of those that count: the
    /// benchmark says others before and behind them.
    pub(crate) fn place(&self) -> Option<(u32, u64)> {
        // A mark of nine characters, `-`, the sender, `-`, the number, `~`.
        let (sender, number) = self.line.get(9..26)?.strip_prefix('-')?.split_once('-')?;
        Some((sender.parse().ok()?, number.parse().ok()?))
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, sender: u32, number: u64) -> bool {
        self.place() == Some((sender, number))
    }
}

/// A client, in the order in which they have come.
pub(crate) struct Receiver {
    pub(crate) number: usize,
    stream: TcpStream,
    manner: &'static Manner,
}

impl Receiver {
    /// It is shown the line as it was said.
    pub(crate) fn sees(&mut self, said: &Said) {
        self.sees_text(&said.line);
    }

    /// It is shown this in place of it.
    pub(crate) fn sees_text(&mut self, line: &str) {
        let Manner { before, behind, .. } = self.manner;
        self.sees_bytes(format!("{before}{line}{behind}").as_bytes());
    }

    /// It is shown this, which nobody has said.
    pub(crate) fn sees_bytes(&mut self, bytes: &[u8]) {
        // It may have gone, if it has seen enough.
        let _ = self.stream.write_all(bytes);
    }

    /// Its connection ends.
    pub(crate) fn is_cut_off(&self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
