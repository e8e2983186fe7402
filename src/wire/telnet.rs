//! The telnet protocol (RFC 854, 855): a pure state machine over single bytes.
//!
//! Bytes in, data and requests out; the same for any chunking. It stores no input except one
//! sub-negotiation of bounded length (`subnegotiation`), so no peer can make it grow, and it knows
//! neither lines nor sockets. Both ends use it: a server offers options, a client mostly agrees.
//! Each option is negotiated on its own (`negotiation`), and unknown ones are refused.
//!
//! It is our own because no published Rust crate survived ordinary input: two lose lines that
//! contain an escaped 0xFF and leak bytes after ^C, one panics on four bytes.

mod codes;
pub(crate) mod messages;
mod negotiation;
mod subnegotiation;

use self::codes::{
    AO, AYT, BRK, DO, DONT, EOF, IP, SB, SE, SUSP, TIMING_MARK, TelnetEnd, WILL, WONT,
};
use self::negotiation::{Negotiation, OptionReply};
use self::subnegotiation::Collector;

pub(crate) use self::codes::{IAC, TelnetOption};
pub(crate) use self::subnegotiation::{Subnegotiation, message, terminal_type_request};

/// The result of one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TelnetEvent {
    /// A byte of data.
    Data(u8),
    /// AYT: the peer asks whether anyone is there.
    AreYouThere,
    /// A key that the peer's telnet interprets itself, with the byte that may have been typed.
    ///
    /// The usual telnet (inetutils) strips the top bit of typed bytes before it looks for its keys,
    /// and so sends a command instead of a byte inside many Chinese and Korean characters: the 9A
    /// of 的 (E7 9A 84) is its ^Z.
    Key(u8),
    /// A request about an option, with the reply to send.
    Answer([u8; 3]),
    /// The answer to a request of this side: an option is on, off, or refused.
    Changed,
    /// A sub-negotiation has ended: [`Telnet::subnegotiation`].
    Subnegotiation,
}

/// The position of the parser in a sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ParserState {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After IAC and WILL, WONT, DO or DONT.
    Option(u8),
    /// Inside IAC SB … IAC SE.
    Subnegotiation,
    /// After an IAC inside a sub-negotiation.
    SubnegotiationCommand,
}

/// The parser of one direction of one connection, and the state of the options.
#[derive(Debug, Default)]
pub(crate) struct Telnet {
    end: TelnetEnd,
    state: ParserState,
    has_heard_command: bool,
    /// Whether options that the peer asks for would be offered to it anyway.
    is_welcoming: bool,
    /// Most peers never mention options, and pay nothing for this.
    options: Option<Box<OptionTable>>,
}

/// The state of the options.
#[derive(Debug, Default)]
struct OptionTable {
    ours: [Negotiation; TelnetOption::COUNT],
    theirs: [Negotiation; TelnetOption::COUNT],
    collector: Collector,
}

impl Telnet {
    /// The client's end of a connection.
    pub(crate) fn client() -> Self {
        Self { end: TelnetEnd::Client, ..Self::default() }
    }

    /// Whether a whole command or request has arrived, so that the peer speaks telnet. An escaped
    /// 0xFF does not count, nor does an IAC before a byte that is not a command: anyone can type
    /// those.
    pub(crate) fn has_heard_command(&self) -> bool {
        self.has_heard_command
    }

    /// Offers to perform an option. Returns the bytes to send, unless it has been offered already.
    pub(crate) fn offer(&mut self, option: TelnetOption) -> Option<[u8; 3]> {
        let negotiation = &mut self.options.get_or_insert_default().ours[option as usize];
        negotiation.offer().map(|_| [IAC, WILL, option.code()])
    }

    /// Stops performing an option. Returns the bytes to send, if the peer has agreed to it. If the
    /// peer agrees later, the same bytes are sent then.
    pub(crate) fn withdraw(&mut self, option: TelnetOption) -> Option<[u8; 3]> {
        let negotiation = &mut self.options.as_mut()?.ours[option as usize];
        negotiation.take_back().map(|_| [IAC, WONT, option.code()])
    }

    /// Asks the peer to perform an option. Returns the bytes to send, unless it has been asked
    /// already.
    pub(crate) fn ask_for(&mut self, option: TelnetOption) -> Option<[u8; 3]> {
        let negotiation = &mut self.options.get_or_insert_default().theirs[option as usize];
        negotiation.offer().map(|_| [IAC, DO, option.code()])
    }

    /// Sets whether this side agrees to the options needed for editing a line here if the peer is
    /// the first to mention them.
    pub(crate) fn set_welcoming(&mut self, is_welcoming: bool) {
        self.is_welcoming = is_welcoming;
    }

    /// Whether this side performs an option.
    pub(crate) fn performs(&self, option: TelnetOption) -> bool {
        self.options.as_ref().is_some_and(|options| options.ours[option as usize].is_on())
    }

    /// Whether this side has offered an option and the peer has not answered.
    pub(crate) fn is_offering(&self, option: TelnetOption) -> bool {
        self.options.as_ref().is_some_and(|options| options.ours[option as usize].is_offered())
    }

    /// Whether this side has asked the peer to perform an option and has no answer.
    pub(crate) fn is_asking(&self, option: TelnetOption) -> bool {
        self.options.as_ref().is_some_and(|options| options.theirs[option as usize].is_offered())
    }

    /// Whether the peer performs an option.
    pub(crate) fn peer_performs(&self, option: TelnetOption) -> bool {
        self.options.as_ref().is_some_and(|options| options.theirs[option as usize].is_on())
    }

    /// The last complete sub-negotiation, if it has a meaning.
    pub(crate) fn subnegotiation(&self) -> Option<Subnegotiation<'_>> {
        self.options.as_ref()?.collector.read()
    }

    /// The number of bytes at the beginning of `input` that are certainly data and can be taken at
    /// once: up to and including the first of `ends`, if there is one. The result is the same as
    /// stepping through them.
    ///
    /// The caller's own ends are searched for here, because searching for IAC alone would go
    /// through the whole input again for each line in it.
    pub(crate) fn data_run(&self, input: &[u8], ends: [u8; 2]) -> usize {
        if self.state != ParserState::Data {
            return 0;
        }
        match memchr::memchr3(IAC, ends[0], ends[1], input) {
            Some(at) if input[at] == IAC => at,
            Some(at) => at + 1,
            None => input.len(),
        }
    }

    /// Takes one byte.
    // The compiler does not inline this much by itself, and it is called for each escaped byte.
    #[inline]
    pub(crate) fn step(&mut self, byte: u8) -> Option<TelnetEvent> {
        let (state, heard) = match (self.state, byte) {
            (ParserState::Data, IAC) => (ParserState::Command, None),
            (ParserState::Data, data) => (ParserState::Data, Some(TelnetEvent::Data(data))),
            (
                ParserState::Command | ParserState::SubnegotiationCommand,
                verb @ (WILL | WONT | DO | DONT),
            ) => (ParserState::Option(verb), None),
            (ParserState::Command | ParserState::SubnegotiationCommand, SB) => {
                self.options.get_or_insert_default().collector.begin();
                (ParserState::Subnegotiation, None)
            }
            (ParserState::Command, IAC) => (ParserState::Data, Some(TelnetEvent::Data(IAC))),
            (ParserState::SubnegotiationCommand, IAC) => {
                self.collect(IAC);
                (ParserState::Subnegotiation, None)
            }
            (ParserState::SubnegotiationCommand, SE) => {
                self.has_heard_command = true;
                let means_something =
                    self.options.as_mut().is_some_and(|options| options.collector.end());
                (ParserState::Data, means_something.then_some(TelnetEvent::Subnegotiation))
            }
            // SE ends a sub-negotiation. Any other command inside one means that its end was lost,
            // and waiting for it would swallow everything the user types from then on.
            (ParserState::Command | ParserState::SubnegotiationCommand, command) => {
                self.has_heard_command |= command >= EOF;
                (ParserState::Data, meaning(command))
            }
            (ParserState::Option(verb), option) => {
                self.has_heard_command = true;
                (ParserState::Data, self.answer(verb, option))
            }
            (ParserState::Subnegotiation, IAC) => (ParserState::SubnegotiationCommand, None),
            (ParserState::Subnegotiation, byte) => {
                self.collect(byte);
                (ParserState::Subnegotiation, None)
            }
        };
        self.state = state;
        heard
    }

    fn collect(&mut self, byte: u8) {
        if let Some(options) = &mut self.options {
            options.collector.take(byte);
        }
    }

    /// The reply to a request. Every unknown option is off and stays off, so a request to switch
    /// one on asks for a change and is refused, while a request to switch one off asks for none and
    /// gets no reply (RFC 1143: this keeps two such machines from replying to each other for ever).
    fn answer(&mut self, verb: u8, code: u8) -> Option<TelnetEvent> {
        // After ^C the usual telnet discards all output until this is answered.
        if (verb, code) == (DO, TIMING_MARK) {
            return Some(TelnetEvent::Answer([IAC, WILL, code]));
        }
        let (is_ours, word) = match verb {
            DO => (true, OptionReply::Yes),
            DONT => (true, OptionReply::No),
            WILL => (false, OptionReply::Yes),
            _ => (false, OptionReply::No),
        };
        let (said, has_changed) = match TelnetOption::of(code) {
            Some(option) => {
                let willing = self.is_willing(is_ours, option);
                let options = self.options.get_or_insert_default();
                let sides = if is_ours { &mut options.ours } else { &mut options.theirs };
                let negotiation = &mut sides[option as usize];
                let state =
                    |negotiation: &Negotiation| (negotiation.is_on(), negotiation.is_offered());
                let before = state(negotiation);
                (negotiation.hear(word, willing), state(negotiation) != before)
            }
            None => ((word == OptionReply::Yes).then_some(OptionReply::No), false),
        };
        let answer = match (is_ours, said) {
            (true, Some(OptionReply::Yes)) => WILL,
            (true, Some(OptionReply::No)) => WONT,
            (false, Some(OptionReply::Yes)) => DO,
            (false, Some(OptionReply::No)) => DONT,
            (_, None) => return has_changed.then_some(TelnetEvent::Changed),
        };
        Some(TelnetEvent::Answer([IAC, answer, code]))
    }

    /// Whether this end agrees to an option that it has not requested.
    fn is_willing(&self, is_ours: bool, option: TelnetOption) -> bool {
        use TelnetOption::{Binary, Echo, Messages, SuppressGoAhead, TerminalType, WindowSize};
        match (self.end, is_ours) {
            (TelnetEnd::Server, true) => {
                option == Messages || self.is_welcoming && option == SuppressGoAhead
            }
            (TelnetEnd::Server, false) => {
                self.is_welcoming && matches!(option, Binary | TerminalType | WindowSize)
            }
            (TelnetEnd::Client, true) => false,
            (TelnetEnd::Client, false) => matches!(option, Echo | SuppressGoAhead | Messages),
        }
    }
}

/// The meaning of a command without an option. NOP, DM, EC, EL, GA and unassigned codes mean
/// nothing here: lines are edited at the other end.
fn meaning(command: u8) -> Option<TelnetEvent> {
    match command {
        AYT => Some(TelnetEvent::AreYouThere),
        // The byte inside a character that the usual telnet takes for this key: ^C, ^O, ^Z or ^\,
        // with the top bit.
        IP => Some(TelnetEvent::Key(0x83)),
        AO => Some(TelnetEvent::Key(0x8f)),
        SUSP => Some(TelnetEvent::Key(0x9a)),
        BRK => Some(TelnetEvent::Key(0x9c)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hear(input: &[u8]) -> (Vec<u8>, Vec<TelnetEvent>) {
        let mut telnet = Telnet::default();
        let (mut data, mut rest) = (Vec::new(), Vec::new());
        for heard in input.iter().filter_map(|&byte| telnet.step(byte)) {
            match heard {
                TelnetEvent::Data(byte) => data.push(byte),
                other => rest.push(other),
            }
        }
        (data, rest)
    }

    #[test]
    fn options_are_negotiated_one_by_one() {
        use TelnetOption::{Echo, Messages, TerminalType, WindowSize};
        let mut telnet = Telnet::default();
        let hear = |telnet: &mut Telnet, bytes: &[u8]| -> Vec<TelnetEvent> {
            bytes.iter().filter_map(|&byte| telnet.step(byte)).collect()
        };
        assert_eq!(telnet.offer(Echo), Some([IAC, WILL, 1]));
        assert_eq!(telnet.ask_for(WindowSize), Some([IAC, DO, 31]));
        assert_eq!(telnet.ask_for(TerminalType), Some([IAC, DO, 24]));
        assert_eq!(telnet.offer(Echo), None);
        assert!(!telnet.performs(Echo));
        let heard = hear(&mut telnet, &[IAC, DO, 1, IAC, WILL, 31, IAC, WONT, 24]);
        assert_eq!(heard, [TelnetEvent::Changed, TelnetEvent::Changed, TelnetEvent::Changed]);
        assert!(telnet.performs(Echo) && telnet.peer_performs(WindowSize));
        assert!(!telnet.peer_performs(TerminalType) && !telnet.peer_performs(Echo));
        assert_eq!(telnet.withdraw(Echo), Some([IAC, WONT, 1]));
        assert_eq!(hear(&mut telnet, &[IAC, DONT, 1]), []);
        // The client asks for it.
        assert_eq!(hear(&mut telnet, &[IAC, DO, 201]), [TelnetEvent::Answer([IAC, WILL, 201])]);
        assert!(telnet.performs(Messages));
        // The client's end.
        let mut client = Telnet::client();
        assert_eq!(hear(&mut client, &[IAC, WILL, 1]), [TelnetEvent::Answer([IAC, DO, 1])]);
        assert_eq!(hear(&mut client, &[IAC, WONT, 1]), [TelnetEvent::Answer([IAC, DONT, 1])]);
        assert_eq!(hear(&mut client, &[IAC, DO, 31]), [TelnetEvent::Answer([IAC, WONT, 31])]);
    }

    #[test]
    fn sequences() {
        let check = |input: &[u8], data: &[u8], heard: &[TelnetEvent]| {
            assert_eq!(hear(input), (data.to_vec(), heard.to_vec()), "{input:?}");
        };
        check(b"hello\r\n", b"hello\r\n", &[]);
        check(&[b'a', IAC, IAC, b'b'], &[b'a', IAC, b'b'], &[]);
        // ^C as the usual telnet sends it: IP, then DO TIMING-MARK.
        check(
            &[IAC, IP, IAC, DO, 6, b'x'],
            b"x",
            &[TelnetEvent::Key(0x83), TelnetEvent::Answer([IAC, WILL, 6])],
        );
        check(&[IAC, AYT, b'x'], b"x", &[TelnetEvent::AreYouThere]);
        check(&[IAC, DO, 1, b'x'], b"x", &[TelnetEvent::Answer([IAC, WONT, 1])]);
        check(&[IAC, WILL, 31, b'x'], b"x", &[TelnetEvent::Answer([IAC, DONT, 31])]);
        check(&[IAC, DONT, 1, IAC, WONT, 31, b'x'], b"x", &[]);
        // LINEMODE and NEW-ENVIRON are refused like all unknown options.
        check(
            &[IAC, DO, 34, IAC, WILL, 39],
            b"",
            &[TelnetEvent::Answer([IAC, WONT, 34]), TelnetEvent::Answer([IAC, DONT, 39])],
        );
        // NAWS of 255 columns doubles the byte; an F0 inside is not SE.
        check(&[IAC, SB, 31, IAC, IAC, 0, SE, IAC, SE, b'x'], b"x", &[]);
        check(&[IAC, SB, 24, IAC, AYT, b'x'], b"x", &[TelnetEvent::AreYouThere]);
        check(&[IAC, SB, 24, IAC, DO, 1, b'x'], b"x", &[TelnetEvent::Answer([IAC, WONT, 1])]);
        check(&[IAC, SE, IAC, 7, b'x'], b"x", &[]);
        check(&[IAC, SB], b"", &[]);
    }

    proptest! {
        #[test]
        fn a_run_of_data_equals_stepping_through_it(
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
                    if let Some(TelnetEvent::Data(byte)) = telnet.step(byte) {
                        data.push(byte);
                    }
                    at += 1;
                }
            }
            prop_assert_eq!(data, hear(&input).0);
        }

        #[test]
        fn answers_never_exceed_requests(
            input in proptest::collection::vec(240..=255u8, 0..200)
        ) {
            let (data, heard) = hear(&input);
            prop_assert!(data.len() + heard.len() * 2 <= input.len());
        }

        #[test]
        fn two_such_machines_fall_silent(
            input in proptest::collection::vec(240..=255u8, 0..60),
            hiding in any::<[bool; 2]>(),
            is_client in any::<bool>()
        ) {
            let other = if is_client { Telnet::client() } else { Telnet::default() };
            let mut machines = [Telnet::default(), other];
            let mut said = [input, Vec::new()];
            for side in 0..2 {
                if hiding[side] {
                    said[side].extend(machines[side].offer(TelnetOption::Echo).into_iter().flatten());
                }
            }
            for turn in 0..8 {
                let (side, other) = (turn % 2, (turn + 1) % 2);
                for byte in std::mem::take(&mut said[other]) {
                    if let Some(TelnetEvent::Answer(bytes)) = machines[side].step(byte) {
                        said[side].extend(bytes);
                    }
                }
            }
            prop_assert!(said.iter().all(Vec::is_empty), "{said:?}");
        }
    }
}
