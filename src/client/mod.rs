//! The client: a netcat when it is given files or pipes, a chat client on a terminal.
//!
//! [`netcat`] is the netcat, and [`say`] sends lines for scripts. [`terminal`] runs the chat client
//! on a terminal: threads that read, one loop, and the [`session`], which is plain data and makes
//! every decision. Below it, [`session::incoming`] and [`session::sanitize`] read what the server
//! sends, and [`session::identity`], [`session::choices`] and [`session::catch_up`] restore the
//! user's state after a broken connection. The client's own texts are in [`texts`]. The server knows
//! none of these modules and shares with them only what both sides need: the data in
//! [`crate::model`], its words in [`crate::lang`] and [`crate::wire::text`], and how it travels in
//! [`crate::wire::json`].
//!
//! Never imports `server`, `net`, `chat` or `store`; of `wire`, only telnet, JSON and text.
//!
//! The line editor is our own, [`crate::terminal`]. The server needs one in any case, for telnet
//! users, so keys and screen work the same for everyone. It also does what the available crates do
//! not: rustyline's external printer (19.0) leaves the prompt as it was when the user began to
//! type, while ours shows the number of unread messages; its completers and those of reedline
//! (0.52) must answer at once, while ours asks the server. ratatui draws whole screens, which would
//! take away the terminal's own scrollback and selection. Everything else that is not chat comes
//! from crates: rustix (terminal modes), signal-hook, etcetera, crossbeam-channel.

pub(crate) mod netcat;
pub mod say;
pub mod session;
pub mod terminal;
pub mod texts;

pub use self::netcat::address::{Address, AddressError, Destination, PORT_DEFAULT};
pub use self::netcat::connect::{ClientError, connect};
pub use self::netcat::copy::{SessionEnd, run};
