//! A server inside the test, with a clock that the test can control.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::Sender;
use hobnob::base::clock::{Clock, SystemClock};
use hobnob::model::moderation::OwnerToken;
use hobnob::net::listener::Listening;
use hobnob::server::config::Config;
use hobnob::server::reload::ServerChange;
use hobnob::server::serve::{self, ServeError, Shutdown, ShutdownRequester, Totals};
use hobnob::store::archive::Archive;
use hobnob::wire::door::{Door, Scheme};
use hobnob::wire::plain::PlainDoor;
use socket2::SockRef;

use super::Joined;
use super::client::Client;
use super::machine::MEBIBYTE;

/// A server in this process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The address where everyone is greeted at once.
    pub(crate) plain_address: SocketAddr,
    /// The address where the server edits the line of each client.
    pub(crate) telnet_address: SocketAddr,
    requester: ShutdownRequester,
    /// Changes of settings while it runs.
    pub(crate) changes: Sender<ServerChange>,
    thread: Option<Joined<Result<Totals, ServeError>>>,
}

impl Server {
    /// Starts with the default settings, except that there is no flood limit: tests send fast.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(Arc::new(SystemClock), change)
    }

    /// Starts with a large SendQ, so that no reader misses anything, however busy the machine is.
    pub(crate) fn start_patient() -> Self {
        Self::start_with(|config| config.sendq_bytes_max = 16 * MEBIBYTE)
    }

    /// Starts with a clock of the test's own.
    pub(crate) fn start_at(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config_for_tests();
        config.threads = 2;
        change(&mut config);
        let door = plain_door(&config);
        Self::start_all(config, Arc::new(door), clock)
    }

    /// Starts with a wire and a clock of the test's own.
    pub(crate) fn start_all(config: Config, door: Arc<dyn Door>, clock: Arc<dyn Clock>) -> Self {
        Self::start_owned(config, door, clock, None)
    }

    /// The same for a server that can be claimed.
    pub(crate) fn start_owned(
        config: Config,
        door: Arc<dyn Door>,
        clock: Arc<dyn Clock>,
        owner_token: Option<OwnerToken>,
    ) -> Self {
        let (socket, address) = listen();
        let (plain_socket, plain_address) = listen();
        let (telnet_socket, telnet_address) = listen();
        let telnet_door = Arc::new(PlainDoor { edits: true, ..plain_door(&config) });
        let shutdown = Shutdown::default();
        let requester = shutdown.requester();
        let (changes_sender, changes) = crossbeam_channel::unbounded();
        let thread = Joined::spawn(move || {
            let archive = Archive::in_memory().unwrap();
            let listening = vec![
                Listening { socket, scheme: Scheme::Any, door: door.clone() },
                Listening { socket: plain_socket, scheme: Scheme::Plain, door },
                Listening { socket: telnet_socket, scheme: Scheme::Telnet, door: telnet_door },
            ];
            serve::serve(listening, archive, owner_token, clock, shutdown, changes, &config)
        });
        let thread = Some(thread);
        Self { address, plain_address, telnet_address, requester, changes: changes_sender, thread }
    }

    pub(crate) fn client(&self) -> Client {
        Client::join(self.address)
    }

    /// Requests a shutdown and waits until it is complete.
    pub(crate) fn stop(mut self) -> Totals {
        self.requester.request();
        self.wait().unwrap()
    }

    /// Requests a shutdown; [`Server::wait`] waits for it.
    pub(crate) fn request_stop(&self) {
        self.requester.request();
    }

    /// Waits until the server has shut down.
    pub(crate) fn wait(&mut self) -> Result<Totals, ServeError> {
        self.thread.take().unwrap().join()
    }
}

/// A listening socket on a free port.
fn listen() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // std asks for a backlog of 128; a second call of listen changes it.
    SockRef::from(&socket).listen(hobnob::limits::LISTEN_BACKLOG).unwrap();
    (socket, address)
}

impl Drop for Server {
    fn drop(&mut self) {
        // Dropping the thread joins it.
        self.requester.request();
    }
}

/// The default settings, except that there is no flood limit, because tests send fast, and that
/// users who join see no earlier lines, which have tests of their own.
pub(crate) fn config_for_tests() -> Config {
    Config { flood: None, replay_lines: 0, ..Config::with_seed(1) }
}

/// The wire that the program uses.
pub(crate) fn plain_door(config: &Config) -> PlainDoor {
    PlainDoor {
        lang: config.lang,
        line_bytes_max: config.line_bytes_max,
        edits: false,
        origin: config.seed,
    }
}

/// A clock that the test controls.
pub(crate) struct TestClock {
    stopped_at: Option<Instant>,
    ahead: Mutex<Duration>,
}

impl TestClock {
    /// Stands still unless it is moved, so that nothing happens because of elapsed time.
    pub(crate) fn stopped() -> Arc<Self> {
        Arc::new(Self { stopped_at: Some(Instant::now()), ahead: Mutex::default() })
    }

    /// Runs, and can be moved ahead.
    pub(crate) fn running() -> Arc<Self> {
        Arc::new(Self { stopped_at: None, ahead: Mutex::default() })
    }

    /// Moves the clock ahead. A thread that sleeps until a deadline notices when something else
    /// wakes it.
    pub(crate) fn advance(&self, by: Duration) {
        *self.ahead.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        self.stopped_at.unwrap_or_else(Instant::now) + *self.ahead.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now() + *self.ahead.lock().unwrap()
    }
}
