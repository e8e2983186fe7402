//! The out-of-band messages between the server and our own client: their names, which are sent in
//! the telnet option for them ([`crate::telnet::TelnetOption::Messages`]).

/// To the client: the user's rooms and unread counts, as a [`Place`](super::Place) in JSON.
pub const PLACE: &str = "Hobnob.Place";

/// To the server: the word to complete, as [`Wanted`](super::Wanted) in JSON.
pub const COMPLETE: &str = "Hobnob.Complete";

/// To the server: a blank line inside a block. An empty line is a lone Enter, which says nothing.
pub const BLANK_LINE: &str = " ";

/// To the client: the candidates, best first, as an array of strings in JSON.
pub const COMPLETIONS: &str = "Hobnob.Completions";

/// To a client that only says lines (`/post`): it is ready. Its name follows, up to a `]`.
pub const POSTING: &str = "[posting as ";

/// To the same client: its line was said.
pub const POSTED: &str = "[posted]";

/// To the same client: something it sent was not said or done; the reason follows, worded for
/// people. No user can say a line that begins like this, because it would begin with their name.
pub const NOT_POSTED: &str = "[not posted] ";
