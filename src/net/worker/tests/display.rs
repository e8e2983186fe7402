//! The input line: when it is hidden and redrawn, and what the chat is told.

use std::num::{NonZeroU8, NonZeroU32};

use super::*;
use crate::base::rate_limit::Rate;
use crate::command::completion::{CompletionKind, CompletionRequest};
use crate::limits;
use crate::model::{ClientTraits, Terminal};

const OFFER: &[u8] = b"\xff\xfb\x01";
/// The further offers, once the client has agreed to that.
const OFFERS: &[u8] = b"\xff\xfd\x18\xff\xfd\x1f\xff\xfd\x00\xff\xfb\x03";
const AGREED: &[u8] = b"\xff\xfd\x01\xff\xfd\x03\xff\xfb\x1f";
const TAKEN_BACK: &[u8] = b"\xff\xfc\x01\xff\xfc\x03";

/// Draws the input line for the first time.
const BEGUN: &[u8] = b"\r\x1b[K\x1b[?1l\x1b[?2004h";

/// Hides an empty prompt, and draws it.
const LIFTED: &[u8] = b"\r\x1b[J";
const PROMPT: &[u8] = b"> ";

impl Scene {
    /// Connects a client that lets its line be edited, in a window of this width.
    fn enter_editing(&mut self, columns: u8) -> Guest {
        let mut stream = self.connect_through(true);
        reads(&stream, OFFER);
        stream.write_all(&[AGREED, &size(columns)].concat()).unwrap();
        reads(&stream, &[OFFERS, BEGUN, PROMPT].concat());
        self.advance(limits::GREETING_PATIENCE);
        let guest = self.meets(stream);
        assert_eq!(self.wish_of(&guest), is_at(columns));
        self.advance(limits::TERMINAL_TOLD_INTERVAL);
        guest
    }

    /// The next request to the chat, which has to be from this client.
    fn wish_of(&self, guest: &Guest) -> String {
        let mut said = self.receivers.messages.recv_timeout(PATIENCE).unwrap();
        let Message { client, request } = said.messages.remove(0);
        assert!(said.messages.is_empty() && client == guest.client);
        format!("{request:?}")
    }

    /// The next two requests to the chat, which have to be from this client, in short.
    fn wish_of_two(&self, guest: &Guest) -> [&'static str; 2] {
        let mut wishes = Vec::new();
        while wishes.len() < 2 {
            let said = self.receivers.messages.recv_timeout(PATIENCE).unwrap();
            assert!(said.messages.iter().all(|message| message.client == guest.client));
            wishes.extend(said.messages.into_iter().map(|message| message.request));
        }
        let named = |request: &Request| match request {
            Request::HasTraits(traits) if traits.may_be_asked && !traits.is_interactive => {
                "MayBeTelnet"
            }
            Request::Utter(Utterance::Line(text)) if text.as_str() == "hi" => "hi",
            _ => "something else",
        };
        [named(&wishes[0]), named(&wishes[1])]
    }

    /// Waits until everything that was sent to the thread so far has been handed to the kernel.
    fn has_written(&mut self) {
        let witness = self.enter();
        witness.sender.send(Delivery::Lines { room: LOBBY, frame: frame(1), lines: 0..1 });
        self.wake();
        reads(&witness.stream, b"line 0\r\n");
    }
}

impl Guest {
    fn is_given(&self, lines: u32) {
        self.sender.send(Delivery::Lines { room: LOBBY, frame: frame(lines), lines: 0..lines });
    }

    #[track_caller]
    fn has_read_all(&self) {
        self.stream.set_nonblocking(true).unwrap();
        let peeked = self.stream.peek(&mut [0; 99]);
        self.stream.set_nonblocking(false).unwrap();
        assert_eq!(peeked.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}

fn is_at(columns: u8) -> String {
    let terminal = Terminal { columns: NonZeroU8::new(columns) };
    let terminal = Some(terminal);
    let traits = ClientTraits { is_interactive: true, may_be_asked: true, terminal };
    format!("{:?}", Request::HasTraits(traits))
}

fn size(columns: u8) -> Vec<u8> {
    vec![255, 250, 31, 0, columns, 0, 24, 255, 240]
}

/// Checks that these bytes are the next.
#[track_caller]
fn reads(mut stream: &TcpStream, expected: &[u8]) {
    let mut bytes = vec![0; expected.len()];
    stream.read_exact(&mut bytes).unwrap();
    assert_eq!(bytes, expected, "{} for {}", bytes.escape_ascii(), expected.escape_ascii());
}

#[test]
fn the_prompt_is_hidden_before_lines_and_redrawn_after_them() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.is_given(2);
    scene.wake();
    reads(&ann.stream, &[LIFTED, b"line 0\r\nline 1\r\n", PROMPT].concat());
    // Typed text is shown at once, however recently the prompt was drawn.
    ann.stream.write_all(b"hi").unwrap();
    reads(&ann.stream, b"hi");
    scene.end([ann]);
}

#[test]
fn lines_in_quick_succession_share_one_redraw() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.is_given(1);
    scene.wake();
    reads(&ann.stream, &[LIFTED, b"line 0\r\n", PROMPT].concat());
    for _ in 0..3 {
        ann.is_given(1);
        scene.wake();
    }
    scene.has_written();
    ann.has_read_all();
    scene.advance(limits::REDRAW_INTERVAL);
    let lines = b"line 0\r\n".repeat(3);
    reads(&ann.stream, &[LIFTED, &lines, PROMPT].concat());
    // A user who types sees them sooner.
    ann.is_given(1);
    scene.wake();
    scene.has_written();
    ann.has_read_all();
    ann.stream.write_all(b"x").unwrap();
    reads(&ann.stream, &[LIFTED, b"line 0\r\n", PROMPT, b"x"].concat());
    scene.end([ann]);
}

#[test]
fn very_many_lines_do_not_wait() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.is_given(1);
    scene.wake();
    reads(&ann.stream, &[LIFTED, b"line 0\r\n", PROMPT].concat());
    let many = 2_000;
    ann.is_given(many);
    scene.wake();
    let lines: Vec<u8> =
        (0..many).flat_map(|line| format!("line {line}\r\n").into_bytes()).collect();
    reads(&ann.stream, &[LIFTED, &lines].concat());
    scene.has_written();
    ann.has_read_all();
    // The prompt is redrawn when its time has come.
    scene.advance(limits::REDRAW_INTERVAL);
    reads(&ann.stream, PROMPT);
    scene.end([ann]);
}

#[test]
fn nothing_waits_for_a_client_that_leaves() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.is_given(1);
    ann.is_given(1);
    ann.is_disconnected(&scene);
    let lines = "line 0\r\n".repeat(2);
    let last = "\x1b[2mThe server is shutting down. Goodbye.\x1b[0m\r\n";
    assert_eq!(ann.everything(), format!("\r\x1b[J{lines}\x1b[?2004l{last}"));
    scene.end([ann]);
}

/// Over a slow network, the question arrives before the client has agreed to anything.
#[test]
fn a_password_requested_before_editing_begins_is_neither_shown_nor_remembered() {
    let mut scene = Scene::new(|options| options.password = Password::typed("open sesame"));
    let mut stream = scene.connect_through(true);
    reads(&stream, OFFER);
    scene.advance(limits::GREETING_PATIENCE);
    reads(&stream, b"Password: ");
    stream.write_all(AGREED).unwrap();
    reads(&stream, &[OFFERS, BEGUN, b"Password: "].concat());
    stream.write_all(b"open sesame\r").unwrap();
    let mut guest = scene.meets(stream);
    reads(&guest.stream, b"\r> \x1b[K");
    // Up arrow: there is nothing to bring back.
    guest.stream.write_all(b"\x1b[A").unwrap();
    reads(&guest.stream, b"\x07");
    scene.end([guest]);
}

/// By a key, a command, or the end of its input: its terminal is left as it was.
#[test]
fn the_terminal_is_restored_when_a_client_leaves() {
    for (parting, shown) in [(&b"\x04"[..], &b""[..]), (b"/quit\r", b"> /quit\r\n"), (b"", b"")] {
        let mut scene = Scene::new(|_| {});
        let mut ann = scene.enter_editing(80);
        scene.advance(limits::REDRAW_INTERVAL);
        ann.stream.write_all(parting).unwrap();
        if parting.is_empty() {
            ann.stream.shutdown(Shutdown::Write).unwrap();
        }
        let departures = scene.receivers.leaving.recv_timeout(PATIENCE).unwrap();
        assert_eq!(departures[0].client, ann.client);
        // Said before she had left.
        ann.is_given(1);
        ann.sender.send(Delivery::Released);
        scene.wake();
        let expected = [LIFTED, shown, b"\x1b[?2004lline 0\r\n"].concat();
        assert_eq!(ann.everything().as_bytes(), expected, "{}", parting.escape_ascii());
        scene.end([ann]);
    }
}

#[test]
fn a_client_has_a_second_to_answer_an_offer() {
    let mut scene = Scene::new(|_| {});
    let mut stream = scene.connect_through(true);
    reads(&stream, OFFER);
    scene.advance(limits::GREETING_PATIENCE);
    let guest = scene.meets(stream.try_clone().unwrap());
    scene.advance(limits::OFFER_PATIENCE);
    // With the second line, the thread has completed a round since then.
    for _ in 0..2 {
        guest.is_given(1);
        scene.wake();
        reads(&stream, b"line 0\r\n");
    }
    // Too late.
    stream.write_all(b"\xff\xfd\x01\xff\xfd\x03hi\r\n").unwrap();
    reads(&stream, TAKEN_BACK);
    let said = scene.receivers.messages.recv_timeout(PATIENCE).unwrap();
    assert!(format!("{said:?}").contains("hi"));
    guest.is_given(1);
    scene.wake();
    reads(&stream, b"line 0\r\n");
    guest.stream.shutdown(Shutdown::Both).unwrap();
    scene.end([guest]);
}

/// Nothing is drawn on a terminal that may not be able to move its cursor.
#[test]
fn a_terminal_has_a_short_time_to_tell_its_type() {
    let mut scene = Scene::new(|_| {});
    let mut stream = scene.connect_through(true);
    reads(&stream, OFFER);
    stream.write_all(b"\xff\xfd\x01\xff\xfb\x18\xff\xfd\x03").unwrap();
    reads(&stream, &[OFFERS, b"\xff\xfa\x18\x01\xff\xf0"].concat());
    let guest = {
        scene.advance(limits::GREETING_PATIENCE);
        scene.meets(stream.try_clone().unwrap())
    };
    let left = limits::TERMINAL_TYPE_PATIENCE - limits::GREETING_PATIENCE;
    scene.advance(left - Duration::from_millis(1));
    scene.has_written();
    guest.has_read_all();
    scene.advance(Duration::from_millis(1));
    reads(&stream, &[BEGUN, PROMPT].concat());
    drop(stream);
    scene.end([guest]);
}

/// Its user wants the line edited, and the program ends its lines in CR LF, as telnet and `nc -C`
/// do.
#[test]
fn the_user_of_a_program_that_does_not_answer_is_told() {
    let mut scene = Scene::new(|_| {});
    for answers in [false, true] {
        let mut stream = scene.connect();
        stream.write_all(b"hi\r\n").unwrap();
        let mut guest = scene.meets(stream);
        assert_eq!(scene.wish_of_two(&guest), ["MayBeTelnet", "hi"]);
        guest.sender.send(Delivery::Edit(Some(true)));
        scene.wake();
        reads(&guest.stream, OFFER);
        if answers {
            guest.stream.write_all(AGREED).unwrap();
            reads(&guest.stream, &[OFFERS, BEGUN, PROMPT].concat());
        } else {
            scene.advance(limits::OFFER_PATIENCE - Duration::from_millis(1));
            scene.has_written();
            guest.has_read_all();
            scene.advance(Duration::from_millis(1));
            reads(&guest.stream, b"Your program did not respond like a telnet client; ");
        }
        guest.stream.shutdown(Shutdown::Both).unwrap();
    }
    scene.end([]);
}

/// When very many clients connect at once, an answer waits longer than that to be read.
#[test]
fn an_answer_that_arrived_in_time_counts_however_late_it_is_read() {
    let mut scene = Scene::new(|_| {});
    let mut stream = scene.connect_through(true);
    reads(&stream, OFFER);
    scene.advance(limits::GREETING_PATIENCE);
    let guest = scene.meets(stream.try_clone().unwrap());
    // The gate is closed, so no input is read.
    let mut waiting = scene.gate.waiting();
    waiting.add(limits::WAITING_BYTES_MAX);
    stream.write_all(AGREED).unwrap();
    scene.advance(limits::OFFER_PATIENCE);
    // With the second line, the thread has completed a round since then.
    for _ in 0..2 {
        guest.is_given(1);
        scene.wake();
        reads(&stream, b"line 0\r\n");
    }
    drop(waiting);
    reads(&stream, &[OFFERS, BEGUN, PROMPT].concat());
    drop(stream);
    scene.end([guest]);
}

#[test]
fn the_chat_is_told_of_a_new_window_size_but_not_of_each_step() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter_editing(80);
    ann.stream.write_all(&size(40)).unwrap();
    assert_eq!(scene.wish_of(&ann), is_at(40));
    for columns in 41..=60 {
        ann.stream.write_all(&size(columns)).unwrap();
    }
    ann.stream.write_all(b"hi\r").unwrap();
    // Her message is passed on at once, the last of the sizes later.
    assert!(scene.wish_of(&ann).contains("hi"));
    scene.advance(limits::TERMINAL_TOLD_INTERVAL);
    assert_eq!(scene.wish_of(&ann), is_at(60));
    // She turns editing off, and the chat is told that the terminal is as before.
    ann.sender.send(Delivery::Edit(Some(false)));
    scene.wake();
    scene.advance(limits::TERMINAL_TOLD_INTERVAL);
    let traits = ClientTraits { is_interactive: true, may_be_asked: true, terminal: None };
    assert_eq!(scene.wish_of(&ann), format!("{:?}", Request::HasTraits(traits)));
    scene.end([ann]);
}

/// The chat sends the rooms once: a change while nothing is shown must not be lost.
#[test]
fn rooms_that_change_while_editing_is_off_are_in_the_prompt() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.sender.send(Delivery::Edit(Some(false)));
    ann.sender.send(Delivery::Rooms(["#lobby".into(), "#x".into()].into()));
    ann.sender.send(Delivery::Edit(Some(true)));
    scene.wake();
    ann.stream.write_all(b"\xff\xfe\x01\xff\xfe\x03\xff\xfd\x01\xff\xfd\x03").unwrap();
    scene.advance(limits::REDRAW_INTERVAL);
    let mut seen = Vec::new();
    while !seen.ends_with(b"#x> ") {
        let mut byte = [0];
        ann.stream.read_exact(&mut byte).unwrap_or_else(|error| panic!("{seen:?}: {error}"));
        seen.push(byte[0]);
    }
    scene.end([ann]);
}

#[test]
fn a_word_is_completed_before_more_input_is_read() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter_editing(80);
    ann.stream.write_all(b"hi an\t!\r").unwrap();
    let wanted =
        CompletionRequest { kind: CompletionKind::Name, prefix: "an".to_owned(), topic: None };
    assert_eq!(scene.wish_of(&ann), format!("{:?}", Request::Complete(Box::new(wanted))));
    reads(&ann.stream, b"hi an");
    ann.sender.send(Delivery::Completions([Box::from("andrew")].into()));
    scene.wake();
    assert!(scene.wish_of(&ann).contains("hi andrew !"));
    scene.end([ann]);
}

/// So that users who hold keys down or complete words use no more of the thread and of the chat
/// than others: the rest of what they type is taken later.
#[test]
fn keys_and_completions_are_rate_limited() {
    let flood = Rate::new(NonZeroU32::new(99).unwrap(), Duration::from_millis(1));
    let mut scene = Scene::new(|options| options.flood = Some(flood));
    let mut ann = scene.enter_editing(80);
    let bytes = limits::KEYS_PER_TURN_BYTES_MAX * limits::KEY_TURNS_BURST as usize;
    // Cursor movements that change nothing, one byte in a turn.
    ann.stream.write_all(&vec![0x01; bytes]).unwrap();
    ann.stream.write_all(b"late\r").unwrap();
    scene.has_written();
    let mut witness = scene.enter();
    witness.stream.write_all(b"hi\n").unwrap();
    assert!(scene.wish_of(&witness).contains("hi"), "ann has to wait");
    scene.advance(Duration::from_secs(1));
    assert!(scene.wish_of(&ann).contains("late"));
    for _ in 0..limits::COMPLETION_BURST {
        ann.stream.write_all(b"x\t").unwrap();
        assert!(scene.wish_of(&ann).contains("Complete"));
        ann.sender.send(Delivery::Completions(Box::default()));
        scene.wake();
    }
    ann.stream.write_all(b"x\t").unwrap();
    witness.stream.write_all(b"again\n").unwrap();
    assert!(scene.wish_of(&witness).contains("again"), "ann has to wait");
    scene.advance(Duration::from_secs(1));
    assert!(scene.wish_of(&ann).contains("Complete"));
    scene.end([ann, witness]);
}

#[test]
fn lines_that_wait_for_the_prompt_do_not_keep_their_frame_alive() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.is_given(1);
    scene.wake();
    reads(&ann.stream, &[LIFTED, b"line 0\r\n", PROMPT].concat());
    let frame = frame(1000);
    for line in [3, 5] {
        let lines = Delivery::Lines { room: LOBBY, frame: frame.clone(), lines: line..line + 1 };
        ann.sender.send(lines);
        scene.wake();
        scene.has_written();
        ann.has_read_all();
        assert_eq!(Arc::strong_count(&frame), 1);
    }
    scene.advance(limits::REDRAW_INTERVAL);
    reads(&ann.stream, &[LIFTED, b"line 3\r\nline 5\r\n", PROMPT].concat());
    scene.end([ann]);
}

#[test]
fn lines_in_other_rooms_are_counted() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    ann.sender.send(Delivery::Rooms(["#ops".into(), "#lobby".into()].into()));
    scene.wake();
    reads(&ann.stream, b"\r#lobby> ");
    scene.advance(limits::REDRAW_INTERVAL);
    let mut builder = FrameBuilder::default();
    builder.set_tag(&"#ops".into());
    let lines = [(ClientId(99), LineKind::Said), (ClientId(99), LineKind::Joined)];
    for (from, kind) in lines.into_iter().chain([(ann.client, LineKind::Said)]) {
        builder.bytes_mut().extend_from_slice(b"x\r\n");
        builder.end_line(from, kind);
    }
    let frame = Arc::new(builder.freeze());
    ann.sender.send(Delivery::Lines { room: LOBBY, frame, lines: 0..3 });
    scene.wake();
    reads(&ann.stream, &[LIFTED, b"x\r\nx\r\nx\r\n#lobby (+1 #ops)> "].concat());
    scene.end([ann]);
}

#[test]
fn a_slow_reader_is_told_what_it_missed_above_its_prompt() {
    let mut scene = Scene::new(|options| options.sendq_bytes_max = 300_000);
    let mut ann = scene.enter_editing(80);
    scene.advance(limits::REDRAW_INTERVAL);
    // More than the kernel accepts, until lines are skipped.
    let big = frame(10_000);
    for _ in 0..60 {
        ann.sender.send(Delivery::Lines { room: LOBBY, frame: big.clone(), lines: 0..10_000 });
        scene.wake();
    }
    scene.has_written();
    let end = std::thread::spawn({
        let mut stream = ann.stream.try_clone().unwrap();
        move || {
            let mut seen = Vec::new();
            let mut buffer = [0; 64 * 1024];
            while !seen.ends_with(b"> hi") {
                let count = stream.read(&mut buffer).unwrap();
                assert!(count > 0);
                seen.extend_from_slice(&buffer[..count]);
            }
            String::from_utf8(seen).unwrap()
        }
    });
    ann.stream.write_all(b"hi").unwrap();
    eventually(|| {
        scene.advance(limits::REDRAW_INTERVAL);
        end.is_finished()
    });
    let seen = end.join().unwrap();
    let (_, last) = seen.rsplit_once("\r\n\x1b[2m\u{2026} you missed ").unwrap();
    assert!(last.ends_with(" lines\x1b[0m\r\n> hi"), "{last}");
    scene.end([ann]);
}
