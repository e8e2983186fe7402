//! The telnet protocol (RFC 854, 855): a pure state machine over single bytes.
//!
//! Bytes in, data and requests out; the same for any chunking. It keeps one byte of what it has
//! seen, so no peer can make it grow, and it knows neither lines nor sockets. One option can be
//! switched on, and only by this side: ECHO (`echo`), so that the client hides what is typed.
//!
//! It is our own because no published Rust crate survived ordinary input: two lose lines that hold
//! an escaped 0xFF and leak bytes after ^C, one panics on four bytes.

mod echo;

use echo::Echo;

/// Interpret as command: begins every telnet sequence (RFC 854).
pub const IAC: u8 = 255;

/// The first byte that is a command behind an IAC: end of file (RFC 1184).
const EOF: u8 = 236;
const SUSP: u8 = 237;
const BRK: u8 = 243;
const IP: u8 = 244;
const AO: u8 = 245;
const AYT: u8 = 246;
const SB: u8 = 250;
const WILL: u8 = 251;
const WONT: u8 = 252;
const DO: u8 = 253;
const DONT: u8 = 254;

/// The option by which the other side shows what is typed (RFC 857).
const ECHO: u8 = 1;

/// The option that asks for a mark in the output (RFC 860).
const TIMING_MARK: u8 = 6;

/// What one byte completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A byte of data.
    Data(u8),
    /// AYT: the peer asks whether anybody is there.
    AreYouThere,
    /// A key that the peer's telnet understands itself, and the byte that may have been typed.
    ///
    /// The usual telnet (inetutils) takes the top bit off what is typed before it looks for its
    /// keys, and so sends a command in place of a byte inside many a Chinese or Korean
    /// character: the 9A of 的 (E7 9A 84) is its ^Z.
    Key(u8),
    /// A request about an option, and the answer that is due to it.
    Answer([u8; 3]),
}

/// Where in a sequence the parser is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After IAC and WILL, WONT, DO or DONT.
    Option(u8),
    /// Inside IAC SB … IAC SE. Nothing is negotiated, so all of it is thrown away.
    Subnegotiation,
    /// After an IAC inside a sub-negotiation.
    SubnegotiationCommand,
}

/// The parser of one direction of one connection.
#[derive(Debug, Default)]
pub struct Telnet {
    state: State,
    echo: Echo,
    has_heard_command: bool,
}

impl Telnet {
    /// Whether a whole command or request has come, so that the peer speaks telnet. An escaped 0xFF
    /// is none, nor is one before a byte that is no command: anybody can type that.
    pub fn has_heard_command(&self) -> bool {
        self.has_heard_command
    }

    /// Asks the peer to show nothing of what is typed: the request, unless it stands already.
    pub fn hide_typing(&mut self) -> Option<[u8; 3]> {
        self.echo.offer().map(|verb| [IAC, verb, ECHO])
    }

    /// Asks the peer to show again what is typed: the request, if it has agreed to hide it. Should
    /// it agree later, that is answered by this request.
    pub fn show_typing(&mut self) -> Option<[u8; 3]> {
        self.echo.take_back().map(|verb| [IAC, verb, ECHO])
    }

    /// How many bytes at the beginning of `input` are data for certain, to be taken at once: up to
    /// and with the first of `ends`, if there is one. The result is the same as stepping through
    /// them.
    ///
    /// The caller's own ends are looked for here because whoever looked for an IAC alone would look
    /// through all of the input again for each line in it.
    pub fn data_run(&self, input: &[u8], ends: [u8; 2]) -> usize {
        if self.state != State::Data {
            return 0;
        }
        match memchr::memchr3(IAC, ends[0], ends[1], input) {
            Some(at) if input[at] == IAC => at,
            Some(at) => at + 1,
            None => input.len(),
        }
    }

    /// Takes one byte.
    // It is more than the compiler inlines by itself, and comes once for each byte that is escaped.
    #[inline]
    pub fn step(&mut self, byte: u8) -> Option<Heard> {
        let (state, heard) = match (self.state, byte) {
            (State::Data, IAC) => (State::Command, None),
            (State::Data, data) => (State::Data, Some(Heard::Data(data))),
            (State::Command | State::SubnegotiationCommand, verb @ (WILL | WONT | DO | DONT)) => {
                (State::Option(verb), None)
            }
            (State::Command | State::SubnegotiationCommand, SB) => (State::Subnegotiation, None),
            (State::Command, IAC) => (State::Data, Some(Heard::Data(IAC))),
            (State::SubnegotiationCommand, IAC) => (State::Subnegotiation, None),
            // SE ends a sub-negotiation. Any other command inside one means that its end was lost,
            // and waiting for it would swallow all that the person types from then on.
            (State::Command | State::SubnegotiationCommand, command) => {
                self.has_heard_command |= command >= EOF;
                (State::Data, meaning(command))
            }
            (State::Option(verb), option) => {
                self.has_heard_command = true;
                (State::Data, self.answer(verb, option))
            }
            (State::Subnegotiation, IAC) => (State::SubnegotiationCommand, None),
            (State::Subnegotiation, _) => (State::Subnegotiation, None),
        };
        self.state = state;
        heard
    }

    /// The answer to a request. Every option but ECHO is off and stays off, so a request to switch
    /// one on asks for a change and is refused, and a request to switch one off asks for none and
    /// gets no answer (RFC 1143: this is what keeps two such machines from answering each other for
    /// ever).
    fn answer(&mut self, verb: u8, option: u8) -> Option<Heard> {
        let answer = match (verb, option) {
            // After ^C the usual telnet throws away all output until this one is answered.
            (DO, TIMING_MARK) => WILL,
            (DO | DONT, ECHO) => self.echo.hear(verb)?,
            (DO, _) => WONT,
            (WILL, _) => DONT,
            _ => return None,
        };
        Some(Heard::Answer([IAC, answer, option]))
    }
}

/// What a command without an option asks for. These are NOP, DM, EC, EL, GA and codes that nobody
/// has assigned, too, which ask for nothing here: lines are edited at the other end.
fn meaning(command: u8) -> Option<Heard> {
    match command {
        AYT => Some(Heard::AreYouThere),
        // The byte inside a character that the usual telnet takes for this key: ^C, ^O, ^Z or ^\,
        // with the top bit.
        IP => Some(Heard::Key(0x83)),
        AO => Some(Heard::Key(0x8f)),
        SUSP => Some(Heard::Key(0x9a)),
        BRK => Some(Heard::Key(0x9c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Ends a sub-negotiation.
    const SE: u8 = 240;

    fn hear(input: &[u8]) -> (Vec<u8>, Vec<Heard>) {
        let mut telnet = Telnet::default();
        let (mut data, mut rest) = (Vec::new(), Vec::new());
        for heard in input.iter().filter_map(|&byte| telnet.step(byte)) {
            match heard {
                Heard::Data(byte) => data.push(byte),
                other => rest.push(other),
            }
        }
        (data, rest)
    }

    #[test]
    fn sequences() {
        let check = |input: &[u8], data: &[u8], heard: &[Heard]| {
            assert_eq!(hear(input), (data.to_vec(), heard.to_vec()), "{input:?}");
        };
        check(b"hello\r\n", b"hello\r\n", &[]);
        check(&[b'a', IAC, IAC, b'b'], &[b'a', IAC, b'b'], &[]);
        // ^C as the usual telnet sends it: IP, then DO TIMING-MARK.
        check(
            &[IAC, IP, IAC, DO, 6, b'x'],
            b"x",
            &[Heard::Key(0x83), Heard::Answer([IAC, WILL, 6])],
        );
        check(&[IAC, AYT, b'x'], b"x", &[Heard::AreYouThere]);
        check(&[IAC, DO, 1, b'x'], b"x", &[Heard::Answer([IAC, WONT, 1])]);
        check(&[IAC, WILL, 31, b'x'], b"x", &[Heard::Answer([IAC, DONT, 31])]);
        check(&[IAC, DONT, 1, IAC, WONT, 31, b'x'], b"x", &[]);
        // LINEMODE and NEW-ENVIRON are refused like all others.
        check(
            &[IAC, DO, 34, IAC, WILL, 39],
            b"",
            &[Heard::Answer([IAC, WONT, 34]), Heard::Answer([IAC, DONT, 39])],
        );
        // NAWS of 255 columns doubles the byte; an F0 inside is not SE.
        check(&[IAC, SB, 31, IAC, IAC, 0, SE, IAC, SE, b'x'], b"x", &[]);
        check(&[IAC, SB, 24, IAC, AYT, b'x'], b"x", &[Heard::AreYouThere]);
        check(&[IAC, SB, 24, IAC, DO, 1, b'x'], b"x", &[Heard::Answer([IAC, WONT, 1])]);
        check(&[IAC, SE, IAC, 7, b'x'], b"x", &[]);
        check(&[IAC, SB], b"", &[]);
    }

    proptest! {
        #[test]
        fn a_run_of_data_is_what_stepping_through_it_gives(
            input in proptest::collection::vec(prop_oneof![any::<u8>(), 240..=255u8], 0..200),
            ends in any::<[u8; 2]>().prop_filter("an end is data", |ends| !ends.contains(&IAC))
        ) {
            let mut telnet = Telnet::default();
            let (mut data, mut at) = (Vec::new(), 0);
            while at < input.len() {
                let run = telnet.data_run(&input[at..], ends);
                data.extend_from_slice(&input[at..at + run]);
                let inner = &input[at..at + run.saturating_sub(1)];
                prop_assert!(!inner.iter().any(|byte| ends.contains(byte)));
                at += run;
                if let Some(&byte) = input.get(at) {
                    if let Some(Heard::Data(byte)) = telnet.step(byte) {
                        data.push(byte);
                    }
                    at += 1;
                }
            }
            prop_assert_eq!(data, hear(&input).0);
        }

        #[test]
        fn answers_never_exceed_what_was_asked(
            input in proptest::collection::vec(240..=255u8, 0..200)
        ) {
            let (data, heard) = hear(&input);
            prop_assert!(data.len() + heard.len() * 2 <= input.len());
        }

        #[test]
        fn two_such_machines_fall_silent(
            input in proptest::collection::vec(240..=255u8, 0..60),
            hiding in any::<[bool; 2]>()
        ) {
            let mut machines = [Telnet::default(), Telnet::default()];
            let mut said = [input, Vec::new()];
            for side in 0..2 {
                if hiding[side] {
                    said[side].extend(machines[side].hide_typing().into_iter().flatten());
                }
            }
            for turn in 0..8 {
                let (side, other) = (turn % 2, (turn + 1) % 2);
                for byte in std::mem::take(&mut said[other]) {
                    if let Some(Heard::Answer(bytes)) = machines[side].step(byte) {
                        said[side].extend(bytes);
                    }
                }
            }
            prop_assert!(said.iter().all(Vec::is_empty), "{said:?}");
        }
    }
}
