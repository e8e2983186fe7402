//! One connection thread with real sockets. The test is its listener and its broadcaster, and
//! controls the clock.

mod display;
mod door;
mod prompts;
mod recognition;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::SystemTime;

use crossbeam_channel::unbounded;

use super::*;
use crate::base::rate_limit::Rate;
use crate::command::Utterance;
use crate::joined::Joined;
use crate::model::{Delivery, Disconnection, Frame, FrameBuilder, LOBBY, LineKind, Password};
use crate::net::admission::Admission;
use crate::net::gate::{ClientSender, Load, Waker};
use crate::net::uplink::{self, Arrival, Departure, Message, Receivers, Request};
use crate::server::config::Config;
use crate::server::reload::OptionsSender;
use crate::wire::door::Scheme;
use crate::wire::plain::PlainDoor;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A clock that stands still unless the test moves it.
struct HeldClock {
    start: Instant,
    ahead: Mutex<Duration>,
}

impl Clock for HeldClock {
    fn now(&self) -> Instant {
        self.start + *self.ahead.lock().unwrap()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

/// The thread and everything around it.
struct Scene {
    listener: TcpListener,
    gate: Gate,
    hand_over: Sender<HandOver>,
    options_sender: OptionsSender,
    receivers: Receivers,
    clock: Arc<HeldClock>,
    admission: Arc<Admission>,
    clients_total: u64,
    thread: Joined<io::Result<Traffic>>,
}

/// A client that has connected to the chat: its sender in the chat, and its own socket.
struct Guest {
    client: ClientId,
    sender: ClientSender,
    stream: TcpStream,
}

impl Scene {
    fn new(change: impl FnOnce(&mut ConnectionOptions)) -> Self {
        let poll = Poll::new().unwrap();
        let worker = Arc::new(WorkerHandle::new(Waker::new(&poll, WAKER).unwrap()));
        let gate = Gate::new([worker.clone()].into());
        let (options_sender, new_options) = unbounded();
        let (uplink, receivers) = uplink::uplink();
        let (hand_over, hand_over_receiver) = unbounded();
        let (inbox_sender, inbox) = unbounded();
        let clock = Arc::new(HeldClock { start: Instant::now(), ahead: Mutex::default() });
        let mut options = Config::with_seed(1).connection_options();
        change(&mut options);
        let thread = Worker::new(
            0,
            Ends { poll, hand_over: hand_over_receiver, inbox, inbox_sender, new_options },
            uplink,
            gate.clone(),
            Arc::new(options),
            clock.clone(),
        );
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            gate,
            hand_over,
            options_sender: OptionsSender::new(vec![(options_sender, worker)]),
            receivers,
            clock,
            admission: Admission::new(100, 100),
            clients_total: 0,
            thread: Joined::endless(move || thread.run()),
        }
    }

    fn wake(&self) {
        self.gate.workers()[0].hand_over_batch();
    }

    /// Connects a client, which the thread takes over.
    fn connect(&mut self) -> TcpStream {
        self.connect_through(false)
    }

    /// Connects a client that is offered editing, or not.
    fn connect_through(&mut self, edits: bool) -> TcpStream {
        let scheme = if edits { Scheme::Telnet } else { Scheme::Any };
        let stream = self.connect_to(scheme, |_| {});
        if edits {
            // The offer is made once the client may be taken for a person's.
            self.advance(limits::PATIENCE_NEAR);
        }
        stream
    }

    /// Connects a client to an address of this kind, after a change to what is handed over.
    fn connect_to(&mut self, scheme: Scheme, change: impl FnOnce(&mut HandOver)) -> TcpStream {
        let stream = TcpStream::connect(self.listener.local_addr().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (accepted, address) = self.listener.accept().unwrap();
        accepted.set_nonblocking(true).unwrap();
        self.clients_total += 1;
        let edits = scheme == Scheme::Telnet;
        let door =
            PlainDoor { lang: Config::with_seed(1).lang, line_bytes_max: 99, edits, origin: 1 };
        let worker = &self.gate.workers()[0];
        let mut hand_over = HandOver {
            client: ClientId(self.clients_total),
            stream: mio::net::TcpStream::from_std(accepted),
            address,
            scheme,
            door: Arc::new(door),
            is_proxy: false,
            permit: self.admission.admit(Some(address.ip()), self.clock.now()).unwrap(),
            load: Load::on(worker),
            refusal: None,
        };
        change(&mut hand_over);
        self.hand_over.send(hand_over).unwrap();
        worker.waker.wake();
        // All of its deadlines count from now on.
        eventually(|| self.gate.traffic().connections == self.clients_total);
        stream
    }

    /// Moves the clock and wakes the thread.
    fn advance(&self, by: Duration) {
        *self.clock.ahead.lock().unwrap() += by;
        self.gate.workers()[0].waker.wake();
    }

    /// Connects a client that joins with its first line, which arrives.
    fn enter(&mut self) -> Guest {
        let mut stream = self.connect();
        stream.write_all(b"hello\n").unwrap();
        let guest = self.meets(stream);
        self.hears(guest.client, "hello");
        guest
    }

    /// Takes the next arrival, which has to be this client.
    fn meets(&self, stream: TcpStream) -> Guest {
        let mut arrivals = self.receivers.entering.recv_timeout(PATIENCE).unwrap();
        let Arrival { newcomer, sender } = arrivals.remove(0);
        assert!(arrivals.is_empty() && newcomer.address == stream.local_addr().unwrap());
        Guest { client: newcomer.client, sender, stream }
    }

    /// Checks that the next request is this line.
    #[track_caller]
    fn hears(&self, from: ClientId, text: &str) {
        let said = self.receivers.messages.recv_timeout(PATIENCE).unwrap();
        let lines: Vec<String> = said
            .messages
            .iter()
            .map(|Message { client, request }| match request {
                Request::Utter(Utterance::Line(line)) => format!("{client}: {}", line.as_str()),
                other => format!("{client}: {other:?}"),
            })
            .collect();
        assert_eq!(lines, [format!("{from}: {text}")]);
    }

    /// Checks that exactly this many lines follow.
    fn hears_lines(&self, count: usize) {
        let mut heard = 0;
        while heard < count {
            heard += self.receivers.messages.recv_timeout(PATIENCE).unwrap().messages.len();
        }
        assert_eq!(heard, count);
    }

    /// Ends the thread, and with it what the chat has of these clients. Returns the counters.
    fn end<const COUNT: usize>(self, guests: [Guest; COUNT]) -> Traffic {
        drop((self.hand_over, guests));
        self.gate.workers()[0].waker.wake();
        self.thread.join().unwrap()
    }
}

impl Guest {
    /// Everything that is sent to the client until the end.
    fn everything(&mut self) -> String {
        let mut text = String::new();
        self.stream.read_to_string(&mut text).unwrap();
        text
    }

    fn is_disconnected(&self, scene: &Scene) {
        let disconnection =
            Disconnection { last_words: Reply::Goodbye, reason: CloseReason::Kicked };
        self.sender.send(Delivery::Disconnected(Box::new(disconnection)));
        scene.wake();
    }
}

/// A frame with this many lines.
fn frame(lines: u32) -> Arc<Frame> {
    let mut builder = FrameBuilder::default();
    for line in 0..lines {
        builder.bytes_mut().extend_from_slice(format!("line {line}\r\n").as_bytes());
        builder.end_line(ClientId(99), LineKind::Said);
    }
    Arc::new(builder.freeze())
}

#[test]
fn a_dismissed_client_sees_everything_before_and_is_no_longer_heard() {
    let mut scene = Scene::new(|_| {});
    let (mut eve, ann) = (scene.enter(), scene.enter());
    eve.sender.send(Delivery::Lines { room: LOBBY, frame: frame(2), lines: 0..2 });
    eve.is_disconnected(&scene);
    let departures = scene.receivers.leaving.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(departures[..], [Departure { client, .. }] if client == eve.client));
    assert_eq!(
        eve.everything(),
        "line 0\r\nline 1\r\nThe server is shutting down. Goodbye.\r\n(In nc, press Enter to exit.)\r\n"
    );
    // Her side is open, and what she sends is read and discarded.
    eve.stream.write_all(b"and another thing\n/quit\n").unwrap();
    eve.stream.shutdown(Shutdown::Write).unwrap();
    (&ann.stream).write_all(b"she has gone\n").unwrap();
    scene.hears(ann.client, "she has gone");
    // A parcel that arrives too late finds no client.
    eve.is_disconnected(&scene);
    let (leaving, messages) = (scene.receivers.leaving.clone(), scene.receivers.messages.clone());
    assert_eq!(scene.end([eve, ann]).lines_received, 3);
    assert!(leaving.try_recv().is_err() && messages.try_recv().is_err());
}

#[test]
fn a_client_that_has_left_may_be_dismissed() {
    let mut scene = Scene::new(|_| {});
    let mut eve = scene.enter();
    eve.stream.write_all(b"/quit\n").unwrap();
    let departures = scene.receivers.leaving.recv_timeout(PATIENCE).unwrap();
    assert_eq!(departures.len(), 1);
    // The chat had not processed the departure when it disconnected her, so it will not release
    // her.
    eve.is_disconnected(&scene);
    assert_eq!(
        eve.everything(),
        "The server is shutting down. Goodbye.\r\n(In nc, press Enter to exit.)\r\n"
    );
    let leaving = scene.receivers.leaving.clone();
    scene.end([eve]);
    assert!(leaving.try_recv().is_err());
}

/// Waits until the condition holds.
#[track_caller]
fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "it does not become so");
        std::thread::yield_now();
    }
}

#[test]
fn traffic_is_published_while_the_thread_runs() {
    const LINES: u32 = 1000;
    let mut scene = Scene::new(|_| {});
    let (eve, ann) = (scene.enter(), scene.enter());
    let frame = frame(LINES);
    let mut sent = 0;
    let gate = scene.gate.clone();
    // She does not read. Once the kernel accepts no more for her, her lines are queued, and then
    // skipped. Nothing stays queued of what the others are sent.
    eventually(|| {
        for guest in [&eve, &ann] {
            let lines = Delivery::Lines { room: LOBBY, frame: frame.clone(), lines: 0..LINES };
            guest.sender.send(lines);
        }
        sent += u64::from(LINES);
        scene.wake();
        let mut buffer = vec![0; frame.bytes().len()];
        (&ann.stream).read_exact(&mut buffer).unwrap();
        gate.traffic().lines_skipped > 0
    });
    let queued = gate.traffic().queued_bytes as usize;
    let limit = Config::with_seed(1).sendq_bytes_max;
    assert!(queued > 0 && queued <= limit + frame.bytes().len(), "{queued}");
    eventually(|| {
        let traffic = gate.traffic();
        traffic.deliveries + traffic.lines_skipped == 2 * sent
    });
    assert_eq!((gate.traffic().connections, gate.traffic().lines_received), (2, 2));
    // She reads, and all that was queued is written.
    let mut reading = eve.stream.try_clone().unwrap();
    let reader = std::thread::spawn(move || io::copy(&mut reading, &mut io::sink()));
    eventually(|| gate.traffic().queued_bytes == 0);
    let published = gate.traffic();
    let counters = scene.end([eve, ann]);
    reader.join().unwrap().unwrap();
    assert_eq!(counters.deliveries, published.deliveries);
    assert_eq!(counters.lines_skipped, published.lines_skipped);
}

#[test]
fn the_queue_of_a_client_that_has_gone_no_longer_counts() {
    let mut scene = Scene::new(|_| {});
    let eve = scene.enter();
    let gate = scene.gate.clone();
    eventually(|| {
        eve.sender.send(Delivery::Lines { room: LOBBY, frame: frame(1000), lines: 0..1000 });
        scene.wake();
        gate.traffic().queued_bytes > 0
    });
    scene.advance(crate::server::config::STALL_TIMEOUT_DEFAULT);
    eventually(|| gate.traffic().queued_bytes == 0);
    scene.end([eve]);
}

#[test]
fn a_frame_is_freed_although_a_client_waits_for_part_of_it() {
    let mut scene = Scene::new(|options| options.sendq_bytes_max = 1 << 26);
    let eve = scene.enter();
    let gate = scene.gate.clone();
    eventually(|| {
        eve.sender.send(Delivery::Lines { room: LOBBY, frame: frame(1000), lines: 0..1000 });
        scene.wake();
        gate.traffic().queued_bytes > 0
    });
    let (whole, part) = (frame(1000), frame(1000));
    eve.sender.send(Delivery::Lines { room: LOBBY, frame: whole.clone(), lines: 0..1000 });
    eve.sender.send(Delivery::Lines { room: LOBBY, frame: part.clone(), lines: 7..8 });
    scene.wake();
    eventually(|| Arc::strong_count(&part) == 1);
    assert_eq!(Arc::strong_count(&whole), 2);
    scene.end([eve]);
}

#[test]
fn an_idle_connection_is_small() {
    assert!(size_of::<Connection>() <= 336, "{}", size_of::<Connection>());
}

#[test]
fn new_settings_apply_to_present_and_future_connections() {
    let mut scene = Scene::new(|options| options.password = Password::typed("open sesame"));
    let mut at_the_door = scene.connect();
    scene.advance(limits::PATIENCE_NEAR);
    let mut question = [0; 10];
    at_the_door.read_exact(&mut question).unwrap();
    assert_eq!(&question, b"Password: ");
    let rate = |burst: u32| Some(Rate::new(burst.try_into().unwrap(), Duration::from_secs(1)));
    let options = ConnectionOptions {
        password: None,
        flood: rate(1000),
        ..Config::with_seed(1).connection_options()
    };
    scene.options_sender.set_options(options.clone());
    // A new client is not asked for the password. For one that has been asked, any answer is
    // accepted.
    let mut ann = scene.enter();
    at_the_door.write_all(b"anything\n").unwrap();
    let bob = scene.meets(at_the_door);
    // With the limit, the last of these lines would have had to wait.
    ann.stream.write_all("line\n".repeat(500).as_bytes()).unwrap();
    scene.hears_lines(500);
    // And now a paste and one more line.
    scene.options_sender.set_options(ConnectionOptions { flood: rate(1), ..options });
    (&bob.stream).write_all(b"is it so?\n").unwrap();
    scene.hears(bob.client, "is it so?");
    let passes = 1 + limits::PASTE_LINES_MAX as usize;
    ann.stream.write_all("line\n".repeat(passes + 1).as_bytes()).unwrap();
    scene.hears_lines(passes);
    (&bob.stream).write_all(b"it is.\n").unwrap();
    scene.hears(bob.client, "it is.");
    scene.advance(Duration::from_secs(1));
    scene.hears(ann.client, "line");
    scene.end([ann, bob]);
}
