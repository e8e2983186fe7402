//! The client: a netcat where it is given files or pipes, and a chat client on a terminal.
//!
//! [`copying`] is the netcat, and [`say`] says lines for scripts. [`interactive`] runs what is on a
//! terminal: threads that read, one loop, and the [`session`], which is plain data and decides
//! everything. Below it, [`hearing`] and [`untrusted`] read what the server sends, [`told`] knows its
//! words, [`identity`], [`choices`] and [`catch_up`] bring somebody back after a broken connection,
//! and [`display`] draws; what the client says itself is in [`texts`]. The server knows nothing of any
//! of these, and shares with them only what both must know: [`crate::terminal`], [`crate::telnet`],
//! [`crate::command`], [`crate::lang`].
//!
//! The line editor is our own, [`crate::terminal`]. The server needs it in any case, for people
//! behind telnet, so that the keys and the screen are the same for everybody; and it does what the
//! crates for this do not: rustyline's external printer (19.0) leaves the prompt as it was when one
//! began to type, where ours tells what is unread; its completers and reedline's (0.52) have to
//! answer at once, where ours asks the server. ratatui draws whole screens, which would take away
//! the terminal's own scrollback and selection. All else that is not chat comes from crates: rustix
//! (modes of the terminal), signal-hook, etcetera, crossbeam-channel.

pub mod address;
pub mod catch_up;
pub mod choices;
pub mod connecting;
pub mod console;
pub mod copying;
pub mod display;
pub mod hearing;
pub mod identity;
pub mod interactive;
pub mod log_file;
pub mod logged;
pub mod say;
pub mod sent_lines;
pub mod session;
pub mod texts;
pub mod told;
pub mod untrusted;

pub use self::address::{Address, AddressError, PORT_DEFAULT, Target};
pub use self::connecting::{ClientError, connect};
pub use self::copying::{End, run};
