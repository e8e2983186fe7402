//! A line server inside the test, which treats each line as the test tells it to. It speaks either
//! plain lines, as to `nc`, or as to a telnet in character mode.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;

use super::Joined;
use super::sealed::Sealed;

/// A server for a fixed number of clients.
pub(crate) struct FakeServer {
    address: SocketAddr,
    manner: &'static Manner,
    /// One thread accepts clients, the other delivers lines to them.
    _threads: [Joined<()>; 2],
}

/// The server's way of speaking.
struct Manner {
    scheme: &'static str,
    seal: fn(TcpStream) -> Sealed,
    greeting: &'static str,
    /// The byte that ends a received line.
    line_end: u8,
    /// The text around a delivered line.
    before: &'static str,
    behind: &'static str,
}

const LINES: Manner = Manner {
    scheme: "line",
    seal: Sealed::plain,
    greeting: "Welcome\r\n",
    line_end: b'\n',
    before: "somebody: ",
    behind: "\r\n",
};

static LINES_OVER_TLS: Manner = Manner { scheme: "line+tls", seal: Sealed::tls, ..LINES };

/// Does not wait for answers to negotiation: a client sends those when it sees a prompt.
static CHARACTERS: Manner = Manner {
    scheme: "telnet",
    seal: Sealed::plain,
    greeting: "\r\x1b[K\x1b[?1l\x1b[?2004h> \r\x1b[JWelcome\r\n#lobby> ",
    line_end: 0,
    before: "\r\x1b[J\x1b[1;34msomebody\x1b[0m: ",
    behind: "\r\n#lobby> ",
};

impl FakeServer {
    /// Greets every client. Calls `tell` for each line and each client to deliver it.
    pub(crate) fn start(
        clients: usize,
        tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        Self::start_in(&LINES, LINES.greeting, clients, tell)
    }

    /// The same over TLS.
    pub(crate) fn start_tls(
        clients: usize,
        tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        Self::start_in(&LINES_OVER_TLS, LINES.greeting, clients, tell)
    }

    /// The same with telnets in character mode.
    pub(crate) fn start_telnet(
        clients: usize,
        tell: impl FnMut(&Said, &mut Receiver) + Send + 'static,
    ) -> Self {
        Self::start_in(&CHARACTERS, CHARACTERS.greeting, clients, tell)
    }

    /// The same with this greeting, or none.
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

    /// The URL for the benchmark.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.manner.scheme, self.address)
    }
}

enum Event {
    Came(Receiver),
    Said(Said),
}

/// Accepts this many clients, and hangs up on any further ones.
fn accept(listener: &TcpListener, manner: &'static Manner, clients: usize, events: &Sender<Event>) {
    for number in 0..clients {
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = (manner.seal)(stream);
        let lines = BufReader::new(stream.clone()).split(manner.line_end);
        events.send(Event::Came(Receiver { number, stream, manner })).unwrap();
        let events = events.clone();
        // Until the client or the server has gone.
        thread::spawn(move || {
            let mut said = lines.map_while(Result::ok).filter_map(|line| Said::of(&line));
            said.try_for_each(|said| events.send(Event::Said(said)))
        });
    }
    listener.incoming().for_each(drop);
}

/// A line that a client has said.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) line: String,
}

impl Said {
    /// Parses a line; `None` if it is part of telnet negotiation.
    fn of(line: &[u8]) -> Option<Self> {
        let start = line.iter().position(|byte| *byte == b'~')?;
        let line = String::from_utf8_lossy(line[start..].trim_ascii_end()).into_owned();
        Some(Self { line })
    }

    /// The sender and the number of the line, if it counts: the benchmark also says lines before
    /// and after those.
    pub(crate) fn place(&self) -> Option<(u32, u64)> {
        // The format: a mark of nine characters, `-`, the sender, `-`, the number, `~`.
        let (sender, number) = self.line.get(9..26)?.strip_prefix('-')?.split_once('-')?;
        Some((sender.parse().ok()?, number.parse().ok()?))
    }

    /// Whether it is this line.
    pub(crate) fn is(&self, sender: u32, number: u64) -> bool {
        self.place() == Some((sender, number))
    }
}

/// A client, numbered in the order of connecting.
pub(crate) struct Receiver {
    pub(crate) number: usize,
    stream: Sealed,
    manner: &'static Manner,
}

impl Receiver {
    /// Delivers the line unchanged.
    pub(crate) fn sees(&mut self, said: &Said) {
        self.sees_text(&said.line);
    }

    /// Delivers this text instead of the line.
    pub(crate) fn sees_text(&mut self, line: &str) {
        let Manner { before, behind, .. } = self.manner;
        self.sees_bytes(format!("{before}{line}{behind}").as_bytes());
    }

    /// Sends bytes that no client has said.
    pub(crate) fn sees_bytes(&mut self, bytes: &[u8]) {
        // The client may have left, if it has seen enough.
        let _ = self.stream.write_all(bytes);
    }

    /// Closes its connection.
    pub(crate) fn is_cut_off(&self) {
        let _ = self.stream.shutdown();
    }
}
