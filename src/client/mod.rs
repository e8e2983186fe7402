//! The client: a netcat where it is given files or pipes, and a chat client on a terminal.
//!
//! [`netcat`] is the netcat, and [`say`] says lines for scripts. [`terminal`] runs the client on a
//! terminal: threads that read, one loop, and what is drawn. The [`session`] is plain data and decides
//! everything. Below it, [`session::incoming`] and [`session::sanitize`] read what the server sends,
//! [`session::meaning`] knows its words, and [`session::identity`], [`session::choices`] and
//! [`session::catch_up`] restore a user after a broken connection. What the client itself says is in
//! [`texts`]. The server knows nothing of any of these, and shares with them only what both must know:
//! [`crate::terminal`], [`crate::wire::telnet`], [`crate::command`], [`crate::lang`].
//!
//! Never imports `server`, `net`, `chat` or `store`; of `wire`, only telnet.
//!
//! The line editor is our own, [`crate::terminal`]. The server needs it in any case, for people
//! behind telnet, so that the keys and the screen are the same for everybody; and it does what the
//! crates for this do not: rustyline's external printer (19.0) leaves the prompt as it was when one
//! began to type, where ours tells what is unread; its completers and reedline's (0.52) have to
//! answer at once, where ours asks the server. ratatui draws whole screens, which would take away
//! the terminal's own scrollback and selection. All else that is not chat comes from crates: rustix
//! (modes of the terminal), signal-hook, etcetera, crossbeam-channel.

pub mod netcat;
pub mod say;
pub mod session;
pub mod terminal;
pub mod texts;

pub use self::netcat::address::{Address, AddressError, PORT_DEFAULT, Target};
pub use self::netcat::connect::{ClientError, connect};
pub use self::netcat::copy::{End, run};
