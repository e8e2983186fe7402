//! The out-of-band messages between the server and our own client: their names, which are sent in
//! the telnet option for them ([`crate::wire::telnet::TelnetOption::Messages`]).

/// To the server: the client asks for the JSON wire. To the client: it begins behind this message.
/// The data is a [`Hello`](crate::wire::json::message::Hello).
pub(crate) const HELLO: &str = "Hobnob.Hello";

/// To the client: the user's rooms and unread counts.
pub(crate) const PLACE: &str = "Hobnob.Place";

/// To the server: the word to complete.
pub(crate) const COMPLETE: &str = "Hobnob.Complete";

/// To the server: a blank line inside a block.
pub(crate) const BLANK_LINE: &str = " ";

/// To the client: the candidates, best first.
pub(crate) const COMPLETIONS: &str = "Hobnob.Completions";
