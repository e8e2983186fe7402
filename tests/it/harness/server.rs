//! A server inside the test, and the time that it is told.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::Sender;
use hobnob::base::clock::{Clock, SystemClock};
use hobnob::model::moderation::OwnerToken;
use hobnob::net::listener::Listening;
use hobnob::server::config::Config;
use hobnob::server::reload::Change;
use hobnob::server::serve::{self, ServeError, Shutdown, ShutdownRequester, Totals};
use hobnob::store::archive::Archive;
use hobnob::wire::door::Door;
use hobnob::wire::plain::PlainDoor;
use socket2::SockRef;

use super::Joined;
use super::client::Client;
use super::machine::MEBIBYTE;

/// A server in this process.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// Where the door is that edits the line of whoever comes.
    pub(crate) telnet_address: SocketAddr,
    requester: ShutdownRequester,
    /// What is to be otherwise while it runs.
    pub(crate) changes: Sender<Change>,
    thread: Option<Joined<Result<Totals, ServeError>>>,
}

impl Server {
    /// With the default settings, but no flood limit: tests talk fast.
    pub(crate) fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub(crate) fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(Arc::new(SystemClock), change)
    }

    /// What is queued for a slow reader is all kept, so that nobody misses anything, however busy
    /// the machine is.
    pub(crate) fn start_patient() -> Self {
        Self::start_with(|config| config.sendq_bytes_max = 16 * MEBIBYTE)
    }

    /// With a clock of the test's own.
    pub(crate) fn start_at(clock: Arc<dyn Clock>, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config_for_tests();
        config.threads = 2;
        change(&mut config);
        let door = plain_door(&config);
        Self::start_all(config, Arc::new(door), clock)
    }

    /// With a door and a clock of the test's own.
    pub(crate) fn start_all(config: Config, door: Arc<dyn Door>, clock: Arc<dyn Clock>) -> Self {
        Self::start_owned(config, door, clock, None)
    }

    /// The same of a server that can be claimed.
    pub(crate) fn start_owned(
        config: Config,
        door: Arc<dyn Door>,
        clock: Arc<dyn Clock>,
        owner_token: Option<OwnerToken>,
    ) -> Self {
        let (socket, address) = listen();
        let (telnet_socket, telnet_address) = listen();
        let telnet_door = Arc::new(PlainDoor { edits: true, ..plain_door(&config) });
        let shutdown = Shutdown::default();
        let requester = shutdown.requester();
        let (changes_sender, changes) = crossbeam_channel::unbounded();
        let thread = Joined::spawn(move || {
            let archive = Archive::in_memory().unwrap();
            let listening = vec![
                Listening { socket, door },
                Listening { socket: telnet_socket, door: telnet_door },
            ];
            serve::serve(listening, archive, owner_token, clock, shutdown, changes, &config)
        });
        Self { address, telnet_address, requester, changes: changes_sender, thread: Some(thread) }
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
        self.thread.take().unwrap().join()
    }
}

/// A listening socket on a free port.
fn listen() -> (TcpListener, SocketAddr) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    // std asks for a backlog of 128; listening again changes it.
    SockRef::from(&socket).listen(hobnob::limits::LISTEN_BACKLOG).unwrap();
    (socket, address)
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its thread is waited for when that is dropped.
        self.requester.request();
    }
}

/// The default settings, but no flood limit, since tests talk fast; and who comes sees what comes:
/// what was said before is for the tests that are about it.
pub(crate) fn config_for_tests() -> Config {
    Config { flood: None, replay_lines: 0, ..Config::with_seed(1) }
}

/// The door of the program.
pub(crate) fn plain_door(config: &Config) -> PlainDoor {
    PlainDoor {
        catalogue: config.lang.catalogue(),
        line_bytes_max: config.line_bytes_max,
        edits: false,
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
        SystemTime::now() + *self.ahead.lock().unwrap()
    }
}
