//! The out-of-band message between the server and our own client: its name, which is sent in the
//! telnet option for such messages ([`crate::wire::telnet::TelnetOption::Messages`]).

/// To the server: the client asks for the JSON wire. To the client: it begins behind this message.
/// The data is a [`Hello`](crate::wire::json::message::Hello).
pub(crate) const HELLO: &str = "Hobnob.Hello";
