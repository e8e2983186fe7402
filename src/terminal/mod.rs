//! The line editor: keys, the line being edited, and the input line at the bottom of the screen.
//!
//! Pure: bytes in, lines out, and back, without a clock, a socket or a terminal. The server uses it
//! for telnet clients whose line it edits, and the client for the terminal that it runs in. So the
//! keys are the same in both, and both are tested here.
//!
//! Never imports `chat`, `lang`, `net`, `store` or `wire`.

pub mod console;
pub mod editor;
pub mod keys;
mod layout;
pub mod line;
pub(crate) mod place;
pub(crate) mod recall;
pub(crate) mod screen;
pub(crate) mod sequences;
pub(crate) mod size;

pub use self::console::Console;
pub use self::editor::{EditOutcome, Editor};
pub use self::keys::{Byte7f, Key};
pub use self::place::Place;
pub use self::size::Size;
