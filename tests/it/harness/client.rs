//! Clients for tests that read like a conversation: they join, say lines, and see what is on their
//! screens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use super::common::PATIENCE;

/// The last line that everyone present sees when the server shuts down.
pub(crate) const GOODBYE: &str = "The server is shutting down. Goodbye.";

/// After the last line to a client that looks like `nc`: how its user exits it. Only the tests of
/// this line check it; elsewhere it is ignored.
const PRESS_ENTER: &str = "(In nc, press Enter to exit.)";

/// The same, on its own side after `/quit`.
const LEFT: &str = "You have left. (In nc, press Enter to exit.)";

/// The only line that a client sees when the server is full.
pub(crate) fn server_is_full(places: usize) -> String {
    format!("The server is full ({places} clients). Please try again later.")
}

/// The longest anyone has to wait for another user's line, even on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(2);

/// A user who has joined.
pub(crate) struct Client {
    pub(crate) name: String,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Joins with a unique name, sent before the welcome, so that the client is announced at once
    /// and no clock has to advance.
    pub(crate) fn join(address: SocketAddr) -> Self {
        Self::join_through(TcpStream::connect(address).unwrap())
    }

    pub(crate) fn join_as(address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address);
        client.introduces_itself_as(name);
        client
    }

    /// Joins silently, with the name that the server assigns.
    pub(crate) fn join_silently(address: SocketAddr) -> Self {
        Self::join_silently_through(TcpStream::connect(address).unwrap())
    }

    /// The same on a stream that is already connected.
    pub(crate) fn join_silently_through(stream: TcpStream) -> Self {
        let mut client = Self::connected(stream);
        client.sees_the_welcome();
        client
    }

    /// Joins with a small receive buffer, which is soon full.
    pub(crate) fn join_with_small_window(address: SocketAddr) -> Self {
        Self::join_with_window(address, 4096)
    }

    /// Joins with a receive buffer of this size.
    pub(crate) fn join_with_window(address: SocketAddr, bytes: usize) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(bytes).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::join_through(socket.into())
    }

    /// Joins from this local address of the machine; each of them counts separately.
    pub(crate) fn join_from(own: &str, server: SocketAddr) -> Self {
        Self::join_through(connect_from(own, server).unwrap())
    }

    /// Joins by saying a line and sees it, so that no clock has to advance before the client is let
    /// in.
    pub(crate) fn join_saying(address: SocketAddr, text: &str) -> Self {
        let mut client = Self::connect(address);
        client.says(text);
        client.sees_the_welcome();
        client.sees(&format!("{}: {text}", client.name));
        client
    }

    /// The same, or `None` if the server says that it is full.
    pub(crate) fn try_to_join_saying(
        address: SocketAddr,
        text: &str,
        places: usize,
    ) -> Option<Self> {
        let mut client = Self::connect(address);
        client.says(text);
        let first = client.line();
        if first == server_is_full(places) {
            client.sees_the_end();
            return None;
        }
        client.learns_its_name(&first);
        client.sees(&format!("{}: {text}", client.name));
        Some(client)
    }

    pub(crate) fn join_through(stream: TcpStream) -> Self {
        let mut client = Self::connected(stream);
        client.introduces_itself_as(&fresh_name());
        client
    }

    /// Joins silently where guests may not enter the lobby, and is told why.
    #[track_caller]
    pub(crate) fn join_kept_out(address: SocketAddr, told: &str) -> Self {
        let mut client = Self::connect(address);
        let welcome = client.line();
        client.name = named_in(&welcome).expect(&welcome).to_owned();
        client.sees(told);
        client
    }

    #[track_caller]
    fn introduces_itself_as(&mut self, name: &str) {
        self.says(&format!("/nick {name}"));
        self.sees_the_welcome();
        if self.name != name {
            // On a busy machine the name may have arrived too late to be the first words.
            self.sees_in_the_end(&format!("{} is now {name}", self.name));
            name.clone_into(&mut self.name);
        }
    }

    /// Connects, without expecting anything yet.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::connected(TcpStream::connect(address).unwrap())
    }

    /// The same on an existing stream.
    pub(crate) fn connected(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { name: String::new(), reader: BufReader::with_capacity(64 * 1024, stream) }
    }

    pub(crate) fn stream(&self) -> &TcpStream {
        self.reader.get_ref()
    }

    pub(crate) fn send(&self, bytes: &[u8]) {
        self.stream().write_all(bytes).unwrap();
    }

    /// Sends to a server that may be gone.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream().write_all(bytes)
    }

    /// The next complete line, if the server is still there to send it.
    pub(crate) fn try_line(&mut self) -> Option<String> {
        let mut line = String::new();
        self.reader.read_line(&mut line).ok()?;
        Some(line.strip_suffix("\r\n")?.to_owned())
    }

    pub(crate) fn says(&self, text: &str) {
        self.send(format!("{text}\n").as_bytes());
    }

    /// The next line, without its CR LF, which it must have.
    #[track_caller]
    pub(crate) fn line(&mut self) -> String {
        let mut line = Vec::new();
        let count = self.reader.read_until(b'\n', &mut line).unwrap_or_else(|error| {
            panic!("{} waited for a line: {error}", self.name);
        });
        assert!(count > 0, "{} saw the connection end instead of a line", self.name);
        let line = String::from_utf8(line).unwrap();
        line.strip_suffix("\r\n").unwrap_or_else(|| panic!("half a line: {line:?}")).to_owned()
    }

    /// The next lines are the welcome and the room.
    #[track_caller]
    pub(crate) fn sees_the_welcome(&mut self) {
        let welcome = self.line();
        self.learns_its_name(&welcome);
    }

    #[track_caller]
    fn learns_its_name(&mut self, welcome: &str) {
        let Some(name) = named_in(welcome) else {
            // Named by address, as in the original.
            return welcome.strip_prefix("Welcome ").expect(welcome).clone_into(&mut self.name);
        };
        name.clone_into(&mut self.name);
        let place = self.line();
        assert!(place.starts_with("You are ") && place.contains("#lobby"), "{place}");
    }

    /// The next line is this one.
    #[track_caller]
    pub(crate) fn sees(&mut self, expected: &str) {
        let line = self.line();
        assert_eq!(line, expected, "on the screen of {}", self.name);
    }

    /// Says a line, and these are the next lines.
    #[track_caller]
    pub(crate) fn asks(&mut self, text: &str, answers: &[&str]) {
        self.says(text);
        for answer in answers {
            let line = self.line();
            assert_eq!(line, *answer, "after {text:?} on the screen of {}", self.name);
        }
    }

    /// Takes a name, and sees the confirmation.
    #[track_caller]
    pub(crate) fn is_called(&mut self, name: &str) {
        self.says(&format!("/nick {name}"));
        self.sees(&format!("{} is now {name}", self.name));
        name.clone_into(&mut self.name);
    }

    /// Everything before the answer to an unknown command.
    #[track_caller]
    pub(crate) fn text_up_to_the_answer_to(&mut self, nonsense: &str) -> String {
        let answer = format!("There is no command {nonsense}. ");
        let mut text = String::new();
        loop {
            let line = self.line();
            if line.starts_with(&answer) {
                return text;
            }
            text = text + &line + "\r\n";
        }
    }

    /// Reads up to this line, ignoring everything before it.
    #[track_caller]
    pub(crate) fn sees_in_the_end(&mut self, expected: &str) {
        while self.line() != expected {}
    }

    /// Reads up to a line that begins like this.
    #[track_caller]
    pub(crate) fn sees_the_beginning_in_the_end(&mut self, expected: &str) {
        while !self.line().starts_with(expected) {}
    }

    /// The server has closed the connection, and nothing is left to read.
    #[track_caller]
    pub(crate) fn sees_the_end(&mut self) {
        assert_eq!(self.everything(), "", "on the screen of {}", self.name);
    }

    /// Reads up to these characters, with each byte as one character, even if it is not text.
    #[track_caller]
    pub(crate) fn raw(&mut self, end: &str) -> String {
        let mut seen = String::new();
        while !seen.ends_with(end) {
            let mut byte = [0];
            self.reader.read_exact(&mut byte).unwrap_or_else(|error| panic!("{seen:?}: {error}"));
            seen.push(char::from(byte[0]));
        }
        seen
    }

    /// Everything up to the end of the connection.
    pub(crate) fn everything(&mut self) -> String {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).unwrap();
        without_how_to_end(String::from_utf8(rest).unwrap())
    }

    /// Closes its sending side; it still reads.
    pub(crate) fn ends_its_input(&self) {
        self.stream().shutdown(Shutdown::Write).unwrap();
    }

    /// Resets the connection: unread data on either side is lost.
    pub(crate) fn resets(self) {
        SockRef::from(self.stream()).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// A connection from this local address of the machine.
pub(crate) fn connect_from(own: &str, server: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
    let own: SocketAddr = format!("{own}:0").parse().unwrap();
    socket.bind(&own.into())?;
    socket.connect(&server.into())?;
    Ok(socket.into())
}

/// A client's whole output, without the line that says how to exit its program.
pub(crate) fn without_how_to_end(mut seen: String) -> String {
    for line in [LEFT, PRESS_ENTER] {
        if let Some(rest) = seen.strip_suffix(&format!("{line}\r\n")) {
            let length = rest.len();
            seen.truncate(length);
        }
    }
    seen
}

/// The name in a welcome, if this line is a welcome by name.
pub(crate) fn named_in(welcome: &str) -> Option<&str> {
    welcome.strip_prefix("Welcome, ")?.strip_suffix('.')
}

/// The name in the welcome at the beginning of a screen, and the rest of the screen.
#[track_caller]
pub(crate) fn behind_the_welcome(screen: &str) -> (&str, &str) {
    let (welcome, rest) = screen.split_once("\r\n").expect(screen);
    let (place, rest) = rest.split_once("\r\n").expect(screen);
    assert!(place.starts_with("You are ") && place.contains("#lobby"), "{place}");
    (named_in(welcome).expect(screen), rest)
}

/// A unique name of four syllables that does not look like any other or like a guest's name.
fn fresh_name() -> String {
    const SYLLABLES: [&str; 12] =
        ["ba", "da", "fe", "ga", "ke", "pa", "ra", "se", "ta", "ve", "za", "xe"];
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let number = TAKEN.fetch_add(1, Ordering::Relaxed);
    let syllable =
        |power: u32| SYLLABLES[number / SYLLABLES.len().pow(power) % SYLLABLES.len()].to_owned();
    format!("{}{}{}{}", syllable(3), syllable(2), syllable(1), syllable(0))
}

/// Users with these names, each of whom has seen the later ones join.
pub(crate) fn gather<const COUNT: usize>(
    address: SocketAddr,
    names: [&str; COUNT],
) -> [Client; COUNT] {
    let mut here: Vec<Client> = Vec::new();
    for name in names {
        let newcomer = Client::join_as(address, name);
        for client in &mut here {
            client.sees(&format!("{name} joined"));
        }
        here.push(newcomer);
    }
    here.try_into().unwrap_or_else(|_| unreachable!("as many people as names"))
}

/// This is the next line of all clients.
#[track_caller]
pub(crate) fn all_see(clients: &mut [&mut Client], line: &str) {
    for client in clients {
        client.sees(line);
    }
}

/// From here on, both clients have each other's lines in order.
pub(crate) fn meet(first: &mut Client, second: &mut Client) {
    for (from, to) in [(&*first, &*second), (&*second, &*first)] {
        from.says(&format!("I greet {}", to.name));
    }
    let greeting = |from: &Client, to: &Client| format!("{}: I greet {}", from.name, to.name);
    let (there, back) = (greeting(first, second), greeting(second, first));
    for client in [first, second] {
        let mut missing = vec![there.clone(), back.clone()];
        while !missing.is_empty() {
            let line = client.line();
            missing.retain(|greeting| *greeting != line);
        }
    }
}

/// `bob` says something, and `ann` sees it at once as her next line.
#[track_caller]
pub(crate) fn exchange(bob: &Client, ann: &mut Client, text: &str) {
    let start = Instant::now();
    bob.says(text);
    ann.sees(&format!("{}: {text}", bob.name));
    assert!(start.elapsed() < AT_ONCE, "{:?} for {text:?}", start.elapsed());
}
