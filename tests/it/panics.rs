//! Panics in our own code: in the handling of a connection a panic ends that connection, anywhere
//! else it ends the whole server, and never only half of it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use hobnob::base::clock::{Clock, SystemClock};
use hobnob::limits::SHUTDOWN_TIMEOUT;
use hobnob::model::language::Lang;
use hobnob::model::presentation::Wire;
use hobnob::model::prompt::Question;
use hobnob::model::reply::Reply;
use hobnob::server::serve::ServeError;
use hobnob::wire::door::{Door, Input, InputLine, Protocol};
use hobnob::wire::plain::PlainDoor;
use hobnob::wire::text::reply::Look;

use crate::harness::{
    Client, GOODBYE, Server, config_for_tests, eventually, meet, plain_door, run,
    without_how_to_end,
};

/// The plain wire, with a word that makes it panic.
struct BrittleDoor(PlainDoor);

impl Door for BrittleDoor {
    fn open(&self) -> Box<dyn Protocol> {
        Box::new(Brittle { plain: self.0.open(), has_input_line: false })
    }
}

struct Brittle {
    plain: Box<dyn Protocol>,
    /// Whether it has an input line, which it cannot draw.
    has_input_line: bool,
}

impl Protocol for Brittle {
    fn decode(&mut self, input: &mut &[u8]) -> Option<Input> {
        let decoded = self.plain.decode(input);
        if let Some(Input::Line(text)) = &decoded {
            assert_ne!(text.as_str(), "break");
            self.has_input_line |= text.as_str() == "draw";
        }
        decoded
    }

    fn input_line(&mut self) -> Option<&mut dyn InputLine> {
        if self.has_input_line { Some(self) } else { None }
    }

    fn wait_no_longer(&mut self) -> Option<Input> {
        self.plain.wait_no_longer()
    }

    fn finish(&mut self) -> Option<Input> {
        self.plain.finish()
    }

    fn wire(&self) -> Wire {
        self.plain.wire()
    }

    fn render(&self, reply: &Reply, look: &Look<'_>, bytes: &mut Vec<u8>) {
        self.plain.render(reply, look, bytes);
    }

    fn ask(&mut self, question: &Question, lang: Lang) -> Box<[u8]> {
        self.plain.ask(question, lang)
    }

    fn shows_answer(&self) -> Option<bool> {
        self.plain.shows_answer()
    }

    fn end_answer(&mut self) -> Box<[u8]> {
        self.plain.end_answer()
    }

    fn reveal(&mut self) -> Box<[u8]> {
        self.plain.reveal()
    }
}

impl InputLine for Brittle {
    fn hide(&mut self, _bytes: &mut Vec<u8>) -> bool {
        false
    }

    fn settle(&mut self, _bytes: &mut Vec<u8>) {
        panic!("nothing can be drawn");
    }

    fn is_stale(&self) -> bool {
        true
    }

    fn complete(&mut self, _words: Box<[Box<str>]>) {}
}

/// A clock that panics once in the thread of this name, after it has been told to.
struct FatalClock {
    thread: &'static str,
    is_due: AtomicBool,
}

impl FatalClock {
    fn of(thread: &'static str) -> Arc<Self> {
        Arc::new(Self { thread, is_due: AtomicBool::new(false) })
    }

    fn is_due_now(&self) {
        self.is_due.store(true, Ordering::Relaxed);
    }

    fn strike(&self) {
        let is_here = std::thread::current().name() == Some(self.thread);
        assert!(!(is_here && self.is_due.swap(false, Ordering::Relaxed)), "the clock struck");
    }
}

impl Clock for FatalClock {
    fn now(&self) -> Instant {
        self.strike();
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        self.strike();
        SystemTime::now()
    }
}

#[test]
fn a_panic_in_one_connection_ends_it_and_frees_its_place() {
    const PLACES: usize = 2;
    const ROUNDS: u64 = 100;
    let mut config = config_for_tests();
    config.clients_max = PLACES;
    // One thread, so that it serves ann, too.
    config.threads = 1;
    let door = Arc::new(BrittleDoor(plain_door(&config)));
    let server = Server::start_all(config, door, Arc::new(SystemClock));
    let mut ann = server.client();
    for round in 0..ROUNDS {
        let eve = eventually("the last one's place is free", || {
            Client::try_to_join_saying(server.address, &format!("round {round}"), PLACES)
        });
        let word = if round % 2 == 0 { "break" } else { "draw" };
        eve.send(format!("last words\n{word}\n").as_bytes());
        ann.sees(&format!("{} joined", eve.name));
        ann.sees(&format!("{}: round {round}", eve.name));
        ann.sees(&format!("{}: last words", eve.name));
        if word == "draw" {
            ann.sees(&format!("{}: draw", eve.name));
        }
        ann.sees(&format!("{} left", eve.name));
    }
    ann.says("still here");
    ann.sees(&format!("{}: still here", ann.name));
    drop(ann);
    let totals = server.stop();
    assert_eq!(totals.connections.panics, ROUNDS);
    assert_eq!(totals.broadcaster.lines_total, 2 * ROUNDS + ROUNDS / 2 + 1);
}

#[test]
fn a_panic_in_the_broadcaster_ends_the_server_with_an_error_and_a_goodbye() {
    let clock = FatalClock::of("broadcaster");
    let mut server = Server::start_at(clock.clone(), |_| {});
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    clock.is_due_now();
    let start = Instant::now();
    bob.says("never heard");
    for client in [&mut ann, &mut bob] {
        client.sees(GOODBYE);
        client.sees_the_end();
    }
    assert!(start.elapsed() < SHUTDOWN_TIMEOUT / 2, "{:?}", start.elapsed());
    drop((ann, bob));
    let result = server.wait();
    assert!(
        matches!(result, Err(ServeError::ThreadFailed { thread: "broadcaster" })),
        "{result:?}"
    );
}

/// A clock that blocks the broadcaster until the test lets it go on, which makes it panic.
struct StuckClock {
    is_due: AtomicBool,
    let_go: Mutex<Receiver<()>>,
}

impl Clock for StuckClock {
    fn now(&self) -> Instant {
        SystemClock.now()
    }

    fn wall(&self) -> SystemTime {
        if self.is_due.load(Ordering::SeqCst)
            && std::thread::current().name() == Some("broadcaster")
        {
            let _ = self.let_go.lock().unwrap().recv();
            panic!("as the test wants it");
        }
        SystemClock.wall()
    }
}

/// Otherwise the data that still waits for the broadcaster would keep the gate closed forever, and
/// a newcomer behind it would keep its thread from noticing the end.
#[test]
fn a_panic_in_the_broadcaster_ends_the_server_even_with_the_gate_closed() {
    let (let_go, receiver) = channel();
    let clock =
        Arc::new(StuckClock { is_due: AtomicBool::new(false), let_go: Mutex::new(receiver) });
    let mut server = Server::start_at(clock.clone(), |_| {});
    let (mut ann, bob) = (server.client(), server.client());
    ann.sees(&format!("{} joined", bob.name));
    clock.is_due.store(true, Ordering::SeqCst);
    // When the server has not read anything for a while, the gate is closed.
    bob.stream().set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let lines = format!("{}\n", "x".repeat(1000)).repeat(100);
    while bob.stream().write_all(lines.as_bytes()).is_ok() {}
    let newcomers = [(); 4].map(|()| TcpStream::connect(server.address).unwrap());
    drop(let_go);
    ann.sees(GOODBYE);
    drop((ann, bob, newcomers));
    let result = server.wait();
    assert!(
        matches!(result, Err(ServeError::ThreadFailed { thread: "broadcaster" })),
        "{result:?}"
    );
}

#[test]
fn a_panic_in_a_connection_thread_outside_a_turn_ends_the_server() {
    let clock = FatalClock::of("connection");
    let mut server = Server::start_at(clock.clone(), |_| {});
    let (mut ann, mut bob) = (server.client(), server.client());
    meet(&mut ann, &mut bob);
    clock.is_due_now();
    bob.says("heard or not");
    // They are on different threads. The client on the remaining one sees the goodbye; the other's
    // connection may be reset.
    let last_words = [ann, bob].map(|client| {
        let mut seen = Vec::new();
        let _ = client.stream().read_to_end(&mut seen);
        without_how_to_end(String::from_utf8_lossy(&seen).into_owned())
            .ends_with(&format!("{GOODBYE}\r\n"))
    });
    assert_eq!(last_words.iter().filter(|is_goodbye| **is_goodbye).count(), 1);
    let result = server.wait();
    assert!(matches!(result, Err(ServeError::ThreadFailed { thread: "connection" })), "{result:?}");
}

/// Set for a process that plays the server whose broadcaster panics.
const ROLE: &str = "HOBNOB_TEST_BROADCASTER_PANICS";

/// Not a test in its own right but the program that the next test starts: this test binary, playing
/// a server. It is ignored because it ends its process, including all other tests.
#[test]
#[ignore = "the process that the next test starts"]
fn a_process_whose_broadcaster_panics() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let clock = FatalClock::of("broadcaster");
    let mut server = Server::start_at(clock.clone(), |_| {});
    let mut ann = server.client();
    clock.is_due_now();
    ann.says("never heard");
    ann.sees(GOODBYE);
    drop(ann);
    // The same as in the program.
    let code = match server.wait() {
        Ok(_) => 0,
        Err(error) => {
            eprintln!("{error}");
            1
        }
    };
    std::process::exit(code);
}

#[test]
fn a_panic_in_the_broadcaster_ends_the_process_with_one_clear_line() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "panics::a_process_whose_broadcaster_panics"]);
    command.args(["--ignored", "--nocapture"]).env(ROLE, "yes");
    let output = run(&mut command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let line = "the broadcaster thread failed, so the server has stopped";
    assert_eq!(stderr.lines().filter(|found| *found == line).count(), 1, "{stderr}");
}
