//! Clients that read like people: they join, say lines, and see what is on their screens.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, SockRef, Socket, Type};

use super::common::PATIENCE;

/// The last line of everybody who is there when the server ends.
pub(crate) const GOODBYE: &str = "The server is shutting down. Goodbye.";

/// The only line of who comes when all these places are taken.
pub(crate) fn server_is_full(places: usize) -> String {
    format!("The server is full ({places} are here). Please try again later.")
}

/// Nobody has to wait this long for somebody else's line, also on a machine that does other things.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Somebody who has joined.
pub(crate) struct Client {
    pub(crate) name: String,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Joins by a name that nobody else has, which is told before the welcome: so the others know
    /// of it at once, and no clock has to pass.
    pub(crate) fn join(address: SocketAddr) -> Self {
        Self::join_through(TcpStream::connect(address).unwrap())
    }

    /// The same by this name.
    pub(crate) fn join_as(address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address);
        client.introduces_itself_as(name);
        client
    }

    /// Joins without a word, by the name that it is given.
    pub(crate) fn join_silently(address: SocketAddr) -> Self {
        Self::join_silently_through(TcpStream::connect(address).unwrap())
    }

    /// The same through a stream that has been connected for a while.
    pub(crate) fn join_silently_through(stream: TcpStream) -> Self {
        let mut client = Self::connected(stream);
        client.sees_the_welcome();
        client
    }

    /// Joins with a small receive buffer, so that it is soon full.
    pub(crate) fn join_with_small_window(address: SocketAddr) -> Self {
        Self::join_with_window(address, 4096)
    }

    /// Joins with a receive buffer of so many bytes.
    pub(crate) fn join_with_window(address: SocketAddr, bytes: usize) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(bytes).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::join_through(socket.into())
    }

    /// Joins with its first words and sees them, so that no clock has to pass before it is let in.
    pub(crate) fn join_saying(address: SocketAddr, text: &str) -> Self {
        let mut client = Self::connect(address);
        client.says(text);
        client.sees_the_welcome();
        client.sees(&format!("{}: {text}", client.name));
        client
    }

    /// The same, or `None` if it is told that all these places are taken.
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

    /// Joins without a word where guests are kept out of the lobby, and is told why.
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
            // On a busy machine that may have come too late to be its first words.
            self.sees_in_the_end(&format!("{} is now {name}", self.name));
            name.clone_into(&mut self.name);
        }
    }

    /// A connection from which nothing is expected yet.
    pub(crate) fn connect(address: SocketAddr) -> Self {
        Self::connected(TcpStream::connect(address).unwrap())
    }

    /// The same on a stream that there is already.
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

    /// The same to a server that may be gone.
    pub(crate) fn try_send(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.stream().write_all(bytes)
    }

    /// The next line, if the server is still there to send all of it.
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

    /// The next lines are the welcome, and where it is.
    #[track_caller]
    pub(crate) fn sees_the_welcome(&mut self) {
        let welcome = self.line();
        self.learns_its_name(&welcome);
    }

    #[track_caller]
    fn learns_its_name(&mut self, welcome: &str) {
        let Some(name) = named_in(welcome) else {
            // By address, as in the original.
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

    /// Says something, and these are the next lines.
    #[track_caller]
    pub(crate) fn asks(&mut self, text: &str, answers: &[&str]) {
        self.says(text);
        for answer in answers {
            let line = self.line();
            assert_eq!(line, *answer, "after {text:?} on the screen of {}", self.name);
        }
    }

    /// Takes a name, and sees that it has.
    #[track_caller]
    pub(crate) fn is_called(&mut self, name: &str) {
        self.says(&format!("/nick {name}"));
        self.sees(&format!("{} is now {name}", self.name));
        name.clone_into(&mut self.name);
    }

    /// All that comes up to the answer to what is no command, and not that.
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

    /// Reads up to this line; what comes before it is not looked at.
    #[track_caller]
    pub(crate) fn sees_in_the_end(&mut self, expected: &str) {
        while self.line() != expected {}
    }

    /// The server has ended the connection, and nothing is left to read.
    #[track_caller]
    pub(crate) fn sees_the_end(&mut self) {
        let mut rest = Vec::new();
        self.reader.read_to_end(&mut rest).unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "", "on the screen of {}", self.name);
    }

    /// What comes up to these characters, each byte as a character: also what is no text.
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
        String::from_utf8(rest).unwrap()
    }

    /// Ends its input; it still reads.
    pub(crate) fn ends_its_input(&self) {
        self.stream().shutdown(Shutdown::Write).unwrap();
    }

    /// Breaks the connection: what either side has not read is lost.
    pub(crate) fn resets(self) {
        SockRef::from(self.stream()).set_linger(Some(Duration::ZERO)).unwrap();
    }
}

/// Who is welcomed by this line, if it is a welcome by name.
pub(crate) fn named_in(welcome: &str) -> Option<&str> {
    welcome.strip_prefix("Welcome, ")?.strip_suffix('.')
}

/// Who is welcomed at the beginning of a screen, and what comes behind that.
#[track_caller]
pub(crate) fn behind_the_welcome(screen: &str) -> (&str, &str) {
    let (welcome, rest) = screen.split_once("\r\n").expect(screen);
    let (place, rest) = rest.split_once("\r\n").expect(screen);
    assert!(place.starts_with("You are ") && place.contains("#lobby"), "{place}");
    (named_in(welcome).expect(screen), rest)
}

/// A name that nobody has had, and that looks like no other and like no guest's: four syllables.
fn fresh_name() -> String {
    const SYLLABLES: [&str; 12] =
        ["ba", "da", "fe", "ga", "ke", "pa", "ra", "se", "ta", "ve", "za", "xe"];
    static TAKEN: AtomicUsize = AtomicUsize::new(0);
    let number = TAKEN.fetch_add(1, Ordering::Relaxed);
    let syllable =
        |power: u32| SYLLABLES[number / SYLLABLES.len().pow(power) % SYLLABLES.len()].to_owned();
    format!("{}{}{}{}", syllable(3), syllable(2), syllable(1), syllable(0))
}

/// People of these names, each of whom has seen those behind come.
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

/// This is the next line of all of them.
#[track_caller]
pub(crate) fn all_see(clients: &mut [&mut Client], line: &str) {
    for client in clients {
        client.sees(line);
    }
}

/// The two of them have each other's lines in order from here on.
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

/// `bob` says something and `ann` sees it as her next line, at once.
#[track_caller]
pub(crate) fn exchange(bob: &Client, ann: &mut Client, text: &str) {
    let start = Instant::now();
    bob.says(text);
    ann.sees(&format!("{}: {text}", bob.name));
    assert!(start.elapsed() < AT_ONCE, "{:?} for {text:?}", start.elapsed());
}
