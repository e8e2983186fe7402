//! The codes of telnet (RFC 854), and the options that this implementation knows.

/// Interpret as command: begins every telnet sequence (RFC 854).
pub(crate) const IAC: u8 = 255;

/// The first byte that is a command after an IAC: end of file (RFC 1184).
pub(super) const EOF: u8 = 236;
pub(super) const SUSP: u8 = 237;
/// Ends a sub-negotiation, which SB begins.
pub(super) const SE: u8 = 240;
pub(super) const BRK: u8 = 243;
pub(super) const IP: u8 = 244;
pub(super) const AO: u8 = 245;
pub(super) const AYT: u8 = 246;
pub(super) const SB: u8 = 250;
pub(super) const WILL: u8 = 251;
pub(super) const WONT: u8 = 252;
pub(super) const DO: u8 = 253;
pub(super) const DONT: u8 = 254;

/// The option that requests a mark in the output (RFC 860).
pub(super) const TIMING_MARK: u8 = 6;

/// The options that this implementation knows; either side may perform one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TelnetOption {
    /// The side that performs it shows the typed text; the other side does not (RFC 857).
    Echo,
    /// No go-ahead is sent (RFC 858); with [`Echo`](Self::Echo) it makes a client send each key.
    SuppressGoAhead,
    /// The type of the terminal (RFC 1091).
    TerminalType,
    /// The size of the terminal's window (RFC 1073).
    WindowSize,
    /// Every byte is sent as it was typed (RFC 856): the usual telnet then looks for its keys in
    /// all eight bits and damages no character.
    Binary,
    /// Out-of-band messages, each a name and JSON: the Generic MUD Communication Protocol.
    Messages,
}

impl TelnetOption {
    pub(super) const COUNT: usize = Self::CODES.len();

    /// The options in their order, each with its code on the wire.
    const CODES: [(Self, u8); 6] = [
        (Self::Echo, 1),
        (Self::SuppressGoAhead, 3),
        (Self::TerminalType, 24),
        (Self::WindowSize, 31),
        (Self::Binary, 0),
        (Self::Messages, 201),
    ];

    /// The code of the option on the wire.
    pub(crate) const fn code(self) -> u8 {
        Self::CODES[self as usize].1
    }

    pub(super) fn of(code: u8) -> Option<Self> {
        Self::CODES.iter().find(|(_, known)| *known == code).map(|(option, _)| *option)
    }
}

/// The end of the connection, which decides what it agrees to without having offered it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TelnetEnd {
    /// A server, which sends out-of-band messages to any client that asks for them.
    #[default]
    Server,
    /// A client, which lets the server hide the typed text.
    Client,
}
