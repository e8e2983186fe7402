//! Servers and clients for tests.
//!
//! [`Server`] runs inside the test, so that a test can look at its totals and pass in a clock or a
//! door of its own; [`Program`] is the real binary. Nothing here sleeps: whoever waits, waits for
//! something, until [`PATIENCE`] is over.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use hobnob::clock::{Clock, SystemClock};
use hobnob::config::Config;
use hobnob::door::Door;
use hobnob::listener::Listening;
use hobnob::plain::PlainDoor;
use hobnob::server::{self, ServeError, Shutdown as ServerShutdown, ShutdownRequester, Totals};
use socket2::{Domain, SockRef, Socket, Type};

/// How long anything may take that should happen at once, on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Loads that fill the machine come one at a time, so that they measure the server and not each
/// other.
pub(crate) fn machine_to_myself() -> MutexGuard<'static, ()> {
    static MACHINE: Mutex<()> = Mutex::new(());
    MACHINE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server in this process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    requester: ShutdownRequester,
    thread: Option<JoinHandle<Result<Totals, ServeError>>>,
}

impl Server {
    /// With the default settings, but no flood limit: tests talk fast.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(Arc::new(SystemClock), change)
    }

    /// With a clock of the test's own.
    pub(crate) fn start_at(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::with_seed(1);
        config.flood = None;
        config.threads = 2;
        change(&mut config);
        let door =
            PlainDoor { catalogue: config.lang.catalogue(), line_bytes_max: config.line_bytes_max };
        Self::start_all(config, Arc::new(door), clock)
    }

    /// With a door and a clock of the test's own.
    pub(crate) fn start_all(config: Config, door: Arc<dyn Door>, clock: Arc<dyn Clock>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        // std asks for a backlog of 128; listening again changes it.
        SockRef::from(&socket).listen(hobnob::limits::LISTEN_BACKLOG).unwrap();
        let shutdown = ServerShutdown::default();
        let requester = shutdown.requester();
        let thread = std::thread::spawn(move || {
            server::serve(vec![Listening { socket, door }], &config, clock, shutdown)
        });
        Self { address, requester, thread: Some(thread) }
    }

    pub(crate) fn client(&self) -> Client {
        Client::join(self.address)
    }

    /// Asks for the shutdown and waits for its end.
    pub(crate) fn stop(mut self) -> Totals {
        self.requester.request();
        self.wait().unwrap()
    }

    /// Asks for the shutdown; [`Server::wait`] waits for its end.
    pub(crate) fn request_stop(&self) {
        self.requester.request();
    }

    /// Waits for the end of the server.
    pub(crate) fn wait(&mut self) -> Result<Totals, ServeError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.requester.request();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Time that goes as the test says.
pub(crate) struct TestClock {
    stopped_at: Option<Instant>,
    ahead: Mutex<Duration>,
}

impl TestClock {
    /// Stands still unless it is moved, so that nothing happens because time has passed.
    pub(crate) fn stopped() -> Arc<Self> {
        Arc::new(Self { stopped_at: Some(Instant::now()), ahead: Mutex::default() })
    }

    /// Runs, and can be moved ahead.
    pub(crate) fn running() -> Arc<Self> {
        Arc::new(Self { stopped_at: None, ahead: Mutex::default() })
    }

    /// Moves it. Whoever sleeps until a deadline notices when something else wakes it.
    pub(crate) fn advance(&self, by: Duration) {
        *self.ahead.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.stopped_at.unwrap_or_else(Instant::now) + *self.ahead.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Somebody who has joined.
pub(crate) struct Client {
    pub(crate) name: String,
    reader: BufReader<TcpStream>,
}

impl Client {
    /// Connects and reads the welcome.
    pub(crate) fn join(address: SocketAddr) -> Self {
        Self::join_through(TcpStream::connect(address).unwrap())
    }

    /// Joins with a small receive buffer, so that it is soon full.
    pub(crate) fn join_with_small_window(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&address.into()).unwrap();
        Self::join_through(socket.into())
    }

    /// Joins with its first words and sees them, so that no clock has to pass before it is let in.
    pub(crate) fn join_saying(address: SocketAddr, text: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        (&stream).write_all(format!("{text}\n").as_bytes()).unwrap();
        let mut client = Self::join_through(stream);
        client.sees(&format!("{}: {text}", client.name));
        client
    }

    pub(crate) fn join_through(stream: TcpStream) -> Self {
        let mut client = Self::connected(stream);
        let welcome = client.line();
        client.name = welcome.strip_prefix("Welcome ").expect(&welcome).to_owned();
        client
    }

    /// A connection from which nothing is expected yet.
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

    /// The next line is this one.
    #[track_caller]
    pub(crate) fn sees(&mut self, expected: &str) {
        let line = self.line();
        assert_eq!(line, expected, "on the screen of {}", self.name);
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

/// The server program.
pub(crate) struct Program {
    child: Process,
    /// What it printed when it started.
    pub(crate) invitation: String,
    pub(crate) address: SocketAddr,
    log: tempfile::NamedTempFile,
}

impl Program {
    /// Starts it on a free port of 127.0.0.1, in English.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_here(Self::command(arguments))
    }

    /// The same under a limit on open descriptors, soft and hard.
    pub(crate) fn start_with_descriptors(descriptors: usize, arguments: &[&str]) -> Self {
        let limit = format!("--nofile={descriptors}:{descriptors}");
        Self::start_here(Self::command_under(&["prlimit", &limit], arguments))
    }

    fn start_here(mut command: Command) -> Self {
        Self::start_command(command.args(["--listen", "127.0.0.1:0"]))
    }

    /// Starts what [`Program::command`] began and the test completed. Of several addresses it keeps
    /// the last.
    pub(crate) fn start_command(command: &mut Command) -> Self {
        let log = tempfile::NamedTempFile::new().unwrap();
        let stderr = log.reopen().unwrap();
        let mut child = Process::start(command.stdout(Stdio::piped()).stderr(stderr));
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut invitation = String::new();
        while !invitation.contains("Ctrl-C") {
            let count = stdout.read_line(&mut invitation).unwrap();
            assert!(count > 0, "it did not start: {invitation}{}", read(log.path()));
        }
        let address = invitation.lines().next().unwrap().rsplit(' ').next().unwrap();
        let address = address.parse().unwrap();
        Self { child, invitation, address, log }
    }

    /// The program with these arguments, and an environment without settings.
    pub(crate) fn command(arguments: &[&str]) -> Command {
        Self::command_under(&[], arguments)
    }

    /// The same, started by another program that replaces itself by this one.
    fn command_under(wrapper: &[&str], arguments: &[&str]) -> Command {
        let mut words = wrapper.iter().chain(&[env!("CARGO_BIN_EXE_hobnob-server")]);
        let mut command = Command::new(words.next().unwrap());
        command.args(words);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOBNOB_")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).args(arguments);
        command
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn client(&self) -> Client {
        Client::join(self.address)
    }

    /// Sends a signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("kill").args(["-s", name, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        read(self.log.path())
    }

    /// Resident memory, in bytes.
    pub(crate) fn resident_bytes(&self) -> usize {
        let status = read(format!("/proc/{}/status", self.pid()).as_ref());
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<usize>().unwrap() * 1024
    }

    /// Processor time used so far, user and system.
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = read(format!("/proc/{}/stat", self.pid()).as_ref());
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
        Duration::from_millis(ticks * 10)
    }
}

/// A process that does not outlive its test.
pub(crate) struct Process(Child);

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}")))
    }
}

impl Deref for Process {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Process {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.kill();
        let _ = self.wait();
    }
}

/// Runs a command to its end, and reads what it prints.
pub(crate) fn run(command: &mut Command) -> Output {
    let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let (stdout, stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    let (stdout, stderr) = (read_in_background(stdout), read_in_background(stderr));
    let status = wait(&mut process);
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// Reads to the end, so that the other side never waits.
pub(crate) fn read_in_background(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for the end of a process, until [`PATIENCE`] is over.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    eventually("the process ends", || child.try_wait().unwrap())
}

/// Looks again and again until there is something to see. For what tells nobody when it happens.
#[track_caller]
pub(crate) fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited too long: {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

fn read(path: &std::path::Path) -> String {
    let mut text = String::new();
    File::open(path).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// Raises the limit on open descriptors of this process, for tests with thousands of clients.
pub(crate) fn raise_descriptor_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).unwrap();
}
