//! The out-of-band messages between the server and our own client: their names, which are sent in
//! the telnet option for them ([`crate::wire::telnet::TelnetOption::Messages`]).

/// To the client: the user's rooms and unread counts, as a [`Place`](crate::terminal::Place) in
/// JSON.
pub(crate) const PLACE: &str = "Hobnob.Place";

/// To the server: the word to complete, as
/// [`CompletionRequest`](crate::command::completion::CompletionRequest) in JSON.
pub(crate) const COMPLETE: &str = "Hobnob.Complete";

/// To the server: a blank line inside a block. An empty line is a lone Enter, which sends nothing.
pub(crate) const BLANK_LINE: &str = " ";

/// To the client: the candidates, best first, as an array of strings in JSON.
pub(crate) const COMPLETIONS: &str = "Hobnob.Completions";
