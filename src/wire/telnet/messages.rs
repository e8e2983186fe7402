//! What the server and our own client tell each other beside the text: the names of the messages
//! that go in the telnet option for them ([`crate::wire::telnet::TelnetOption::Messages`]).

/// To the client: where somebody is, as a [`Place`](crate::terminal::Place) in JSON.
pub const PLACE: &str = "Hobnob.Place";

/// To the server: which word is to be completed, as [`Wanted`](crate::terminal::Wanted) in JSON.
pub const COMPLETE: &str = "Hobnob.Complete";

/// To the server: a blank line inside a block. An empty one is what a lone Enter is, which says
/// nothing.
pub const BLANK_LINE: &str = " ";

/// To the client: what it could be completed to, the best first, as an array of strings in JSON.
pub const COMPLETIONS: &str = "Hobnob.Completions";

/// To a client that only says lines (`/post`): it is ready, and called what follows before a `]`.
pub const POSTING: &str = "[posting as ";

/// To the same: its line was said.
pub const POSTED: &str = "[posted]";

/// To the same: something it sent was not said or done; why follows, for people. Nobody can say a
/// line that begins so, since a name stands before it.
pub const NOT_POSTED: &str = "[not posted] ";
