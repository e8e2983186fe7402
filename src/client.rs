//! The client: a netcat when it is given files or pipes, a chat client on a terminal.
//!
//! [`copying`] is the netcat, and [`say`] sends lines for scripts. [`interactive`] runs the chat
//! client on a terminal: threads that read, one loop, and the [`session`], which is plain data and
//! makes every decision. Below it, [`hearing`] and [`untrusted`] read what the server sends,
//! [`told`] recognises its texts, [`identity`], [`choices`] and [`catch_up`] restore the user's
//! state after a broken connection, and [`display`] draws. The client's own texts are in [`texts`].
//! The server knows none of these modules and shares with them only what both sides need:
//! [`crate::terminal`], [`crate::telnet`], [`crate::command`], [`crate::lang`].
//!
//! The line editor is our own, [`crate::terminal`]. The server needs one in any case, for telnet
//! users, so keys and screen work the same for everyone. It also does what the available crates do
//! not: rustyline's external printer (19.0) leaves the prompt as it was when the user began to
//! type, while ours shows the number of unread messages; its completers and those of reedline
//! (0.52) must answer at once, while ours asks the server. ratatui draws whole screens, which would
//! take away the terminal's own scrollback and selection. Everything else that is not chat comes
//! from crates: rustix (terminal modes), signal-hook, etcetera, crossbeam-channel.

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
