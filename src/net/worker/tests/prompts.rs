//! Passwords that commands need: the test acts as the chat, which asks for them and judges them.

use proptest::prelude::*;

use super::*;
use crate::command::{Command, Secret};
use crate::limits;
use crate::model::{CommandVerdict, PasswordPurpose, PasswordRequest, Refusal, Reply};
use crate::properties::cases;

const OFFER: &str = "\u{ff}\u{fb}\u{1}";
const TAKEN_BACK: &str = "\u{ff}\u{fc}\u{1}";
const OF_ANN: &str = "Password for ann (Enter cancels): ";
const AGAIN: &str = "Wrong password. Try again (Enter cancels): ";
const SEEN: &str = "Your own screen will show the password; others cannot see it.\r\n";
const HELD: &str = "Not sent: this may be a password. Send it again to say it to everyone.\r\n";
const CANCELLED: &str = "Cancelled. Nothing has changed.\r\n";

impl Scene {
    /// The next command of this client, which says nothing before it.
    #[track_caller]
    fn command_of(&self, guest: &Guest) -> Command {
        loop {
            let mut said = self.receivers.messages.recv_timeout(PATIENCE).unwrap();
            said.messages.retain(|message| !matches!(message.request, Request::HasTraits(_)));
            match said.messages.pop() {
                Some(Message { client, request: Request::Utter(Utterance::Command(command)) }) => {
                    assert!(said.messages.is_empty() && client == guest.client);
                    return *command;
                }
                None => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Sends the client something.
    fn gives(&self, guest: &Guest, content: Delivery) {
        guest.sender.send(content);
        self.wake();
    }

    /// Asks for the password of an account, because the client wants to log in.
    fn asks(&self, guest: &Guest) {
        let command = self.command_of(guest);
        assert!(matches!(command, Command::Login { password: None, .. }), "{command:?}");
        self.gives(guest, ask_for_login());
    }

    /// Judges the client's answer.
    #[track_caller]
    fn judges(&self, guest: &Guest, expected: &str, verdict: CommandVerdict) {
        let command = self.command_of(guest);
        let Command::Login { password: Some(given), .. } = command else {
            panic!("{command:?}");
        };
        assert_eq!(given, Secret::new(expected));
        self.gives(guest, Delivery::Resume(Box::new(verdict)));
    }
}

/// The chat needs the password of an account.
fn ask_for_login() -> Delivery {
    let request = PasswordRequest { purpose: PasswordPurpose::Login, name: "ann".into() };
    Delivery::Ask(Box::new(request))
}

fn wrong() -> CommandVerdict {
    CommandVerdict::Wrong { told: Refusal::WrongPassword.into() }
}

/// Checks that these characters are the next, where each byte is one.
#[track_caller]
fn sees(guest: &Guest, expected: &str) {
    let mut bytes = vec![0; expected.chars().count()];
    (&guest.stream).read_exact(&mut bytes).unwrap();
    let seen: String = bytes.into_iter().map(char::from).collect();
    assert_eq!(seen, expected);
}

fn says(guest: &Guest, text: &[u8]) {
    (&guest.stream).write_all(text).unwrap();
}

#[test]
fn a_client_that_does_not_say_whether_it_hides_input_is_warned_a_second_later() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter();
    says(&ann, b"/login ann\r\n");
    scene.asks(&ann);
    sees(&ann, &format!("{OFFER}{OF_ANN}"));
    scene.advance(limits::OFFER_PATIENCE);
    sees(&ann, &format!("\r\n{SEEN}{OF_ANN}"));
    says(&ann, b"one\r\n");
    scene.judges(&ann, "one", wrong());
    // Only once.
    sees(&ann, AGAIN);
    says(&ann, b"two\r\n");
    scene.judges(&ann, "two", CommandVerdict::Done);
    // And before the question if it is already known.
    says(&ann, b"/login ann\r\n");
    scene.asks(&ann);
    sees(&ann, &format!("{SEEN}{OF_ANN}"));
    scene.end([ann]);
}

#[test]
fn a_client_that_hides_input_is_not_warned_and_hides_it_until_the_verdict() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter();
    let welcome = Reply::Welcome { name: "ann".into(), is_address: false };
    scene.gives(&ann, Delivery::Replies([welcome].into()));
    sees(&ann, "Welcome, ann.\r\n");
    says(&ann, b"/login ann\r\n");
    scene.asks(&ann);
    sees(&ann, &format!("{OFFER}{OF_ANN}"));
    says(&ann, b"\xff\xfd\x01\xff\xf6");
    sees(&ann, "[Yes, the server is here.]\r\n");
    scene.advance(limits::OFFER_PATIENCE);
    says(&ann, b"one\r\n");
    sees(&ann, "\r\n");
    scene.judges(&ann, "one", wrong());
    sees(&ann, AGAIN);
    // However long it takes.
    scene.advance(Duration::from_secs(24 * 3600));
    says(&ann, b"two\r\n");
    sees(&ann, "\r\n");
    scene.judges(&ann, "two", CommandVerdict::Done);
    sees(&ann, TAKEN_BACK);
    says(&ann, b"hello\r\n");
    scene.hears(ann.client, "hello");
    scene.end([ann]);
}

#[test]
fn a_client_that_refuses_or_answers_before_it_agrees_is_warned() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter();
    says(&ann, b"/login ann\r\n");
    scene.asks(&ann);
    sees(&ann, &format!("{OFFER}{OF_ANN}"));
    says(&ann, b"\xff\xfe\x01");
    sees(&ann, &format!("\r\n{SEEN}{OF_ANN}"));
    let bob = scene.enter();
    says(&bob, b"/login ann\r\none\r\n");
    scene.asks(&bob);
    sees(&bob, &format!("{OFFER}{OF_ANN}{SEEN}"));
    scene.judges(&bob, "one", wrong());
    sees(&bob, AGAIN);
    scene.end([ann, bob]);
}

/// The usual telnet shows nothing between its ^C and the mark that it then requests.
#[test]
fn an_interrupt_cancels_and_is_confirmed_after_the_mark() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter();
    says(&ann, b"/login ann\r\n");
    scene.asks(&ann);
    sees(&ann, &format!("{OFFER}{OF_ANN}"));
    says(&ann, b"\xff\xfd\x01secr\xff\xf4\xff\xfd\x06");
    sees(&ann, &format!("\u{ff}\u{fb}\u{6}\r\n{TAKEN_BACK}{CANCELLED}"));
    // The lines that follow are no answers. An empty line, which would have been one, is ignored.
    says(&ann, b"\xff\xfe\x01/login ann\r\n");
    scene.asks(&ann);
    sees(&ann, &format!("{OFFER}{OF_ANN}"));
    says(&ann, b"\xff\xfd\x01x\xff\xf4\r\n\r\nhello\r\n");
    scene.hears(ann.client, "hello");
    sees(&ann, &format!("\r\n{TAKEN_BACK}{CANCELLED}"));
    scene.end([ann]);
}

#[test]
fn lines_sent_ahead_are_answers_and_are_not_said() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter();
    says(&ann, b"/login ann\none\ntwo\nthree\nfour\nfive\n/who\nsix\n");
    scene.asks(&ann);
    for answer in ["one", "two", "three"] {
        scene.judges(&ann, answer, wrong());
    }
    // A different command ends the doubt.
    scene.hears_lines(2);
    // Refused before anything was asked.
    says(&ann, b"/login ann\none\ntwo\n");
    scene.command_of(&ann);
    scene.gives(&ann, Delivery::Resume(Box::new(CommandVerdict::Refused)));
    scene.gives(&ann, Delivery::Edit(Some(false)));
    // Right: the same answer again is not said, but any other line is.
    says(&ann, b"/login ann\none\none\nhello\none\n");
    scene.asks(&ann);
    scene.judges(&ann, "one", CommandVerdict::Done);
    scene.hears_lines(2);
    // Also one that looks like something else.
    for password in ["#ops sesame", "//sesame"] {
        let lines = format!("/login ann\n{password}\n{password}\nhello\n");
        says(&ann, lines.as_bytes());
        scene.asks(&ann);
        scene.judges(&ann, password, CommandVerdict::Done);
        scene.hears_lines(1);
    }
    ann.is_disconnected(&scene);
    let failed = "Login failed after 3 wrong passwords. You are talking in the room again.\r\n";
    let first = format!("{SEEN}{OF_ANN}{AGAIN}{AGAIN}{failed}{HELD}{HELD}");
    let again = format!("{SEEN}{OF_ANN}{HELD}");
    let then = format!(
        "{HELD}{HELD}{SEEN}{OF_ANN}{HELD}{again}{again}The server is shutting down. Goodbye.\r\n(In nc, press Enter to exit.)\r\n"
    );
    assert_eq!(ann.everything(), first + &then);
    scene.end([ann]);
}

#[test]
fn a_line_that_was_held_back_is_said_when_sent_again() {
    let mut scene = Scene::new(|_| {});
    let ann = scene.enter();
    says(&ann, b"/login ann\nhello\n");
    scene.command_of(&ann);
    scene.gives(&ann, Delivery::Resume(Box::new(CommandVerdict::Refused)));
    sees(&ann, HELD);
    scene.advance(limits::DOUBT_PAUSE);
    says(&ann, b"hello\n");
    scene.hears(ann.client, "hello");
    scene.end([ann]);
}

#[test]
fn a_client_dismissed_at_a_question_is_no_longer_heard() {
    let mut scene = Scene::new(|_| {});
    let mut ann = scene.enter();
    says(&ann, b"/login ann\n");
    scene.asks(&ann);
    sees(&ann, &format!("{SEEN}{OF_ANN}"));
    ann.is_disconnected(&scene);
    scene.receivers.leaving.recv_timeout(PATIENCE).unwrap();
    says(&ann, b"secret\n");
    assert_eq!(
        ann.everything(),
        "\r\nThe server is shutting down. Goodbye.\r\n(In nc, press Enter to exit.)\r\n"
    );
    let messages = scene.receivers.messages.clone();
    scene.end([ann]);
    assert!(messages.is_empty());
}

/// Events while answers arrive.
#[derive(Clone, Debug)]
enum PromptEvent {
    /// The client sends this many more lines, the last of them cut off.
    Sends(usize),
    /// The chat does what is requested or refuses it: asks, judges.
    Answers {
        is_refused: bool,
    },
    Edits(bool),
    IsGivenLines,
    TimePasses,
}

fn events() -> impl Strategy<Value = Vec<PromptEvent>> {
    let event = prop_oneof![
        3 => (0..4_usize).prop_map(PromptEvent::Sends),
        4 => prop::bool::weighted(0.1).prop_map(|is_refused| PromptEvent::Answers { is_refused }),
        1 => any::<bool>().prop_map(PromptEvent::Edits),
        1 => Just(PromptEvent::IsGivenLines),
        1 => Just(PromptEvent::TimePasses),
    ];
    prop::collection::vec(event, 1..24)
}

proptest! {
    #![proptest_config(cases(48))]

    /// From the command on, whatever the order of lines, verdicts and everything else, with any
    /// client.
    #[test]
    fn nothing_typed_at_a_prompt_is_said(
        events in events(),
        edits in any::<bool>(),
        is_telnet in any::<bool>(),
    ) {
        let mut scene = Scene::new(|_| {});
        let stream = scene.connect_through(edits);
        let end: &[u8] = if is_telnet { b"\r\n" } else { b"\n" };
        if is_telnet {
            says_on(&stream, b"\xff\xfd\x01\xff\xfd\x03");
        }
        says_on(&stream, &[b"/login ann", end].concat());
        let ann = scene.meets(stream);
        let (mut sent, mut unfinished) = (0, false);
        let mut tries_left = limits::PROMPT_TRIES;
        for event in events {
            match event {
                PromptEvent::Sends(lines) => {
                    let mut bytes = if unfinished { end.to_vec() } else { Vec::new() };
                    for _ in 0..lines {
                        sent += 1;
                        bytes.extend([format!("secret-{sent}").as_bytes(), end].concat());
                    }
                    sent += 1;
                    bytes.extend(format!("secret-{sent}").bytes());
                    unfinished = true;
                    // It may have been disconnected.
                    says_on(&ann.stream, &bytes);
                }
                PromptEvent::Answers { is_refused } => {
                    scene.answers(&ann, is_refused, &mut tries_left)?;
                }
                PromptEvent::Edits(wanted) => scene.gives(&ann, Delivery::Edit(Some(wanted))),
                PromptEvent::IsGivenLines => {
                    let lines = Delivery::Lines { room: LOBBY, frame: frame(2), lines: 0..2 };
                    scene.gives(&ann, lines);
                }
                // When no question is open any more, the doubt lasts only for a while.
                PromptEvent::TimePasses if tries_left == 0 => {}
                PromptEvent::TimePasses => scene.advance(limits::OFFER_PATIENCE),
            }
        }
        ann.stream.shutdown(Shutdown::Write).unwrap();
        while scene.receivers.leaving.is_empty() {
            scene.answers(&ann, true, &mut tries_left)?;
        }
        scene.answers(&ann, true, &mut tries_left)?;
        scene.end([ann]);
    }
}

fn says_on(mut stream: &TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
}

impl Scene {
    /// Does what is requested of the chat, if anything. None of it is a line.
    fn answers(
        &self,
        guest: &Guest,
        is_refused: bool,
        tries_left: &mut u32,
    ) -> Result<(), TestCaseError> {
        for Message { request, .. } in self.receivers.messages.try_iter().flat_map(|it| it.messages)
        {
            let Request::Utter(utterance) = request else { continue };
            let Utterance::Command(command) = utterance else {
                return Err(TestCaseError::fail(format!("it is said: {utterance:?}")));
            };
            let content = match *command {
                _ if is_refused => {
                    *tries_left = 0;
                    Delivery::Resume(Box::new(CommandVerdict::Refused))
                }
                Command::Login { password: Some(_), .. } => {
                    *tries_left -= 1;
                    Delivery::Resume(Box::new(wrong()))
                }
                _ => ask_for_login(),
            };
            self.gives(guest, content);
        }
        Ok(())
    }
}
