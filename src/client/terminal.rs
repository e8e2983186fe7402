//! The client on a terminal: its threads and loop, what is drawn, and the files that it keeps.

pub mod display;
pub mod input_history;
pub mod log_file;
pub mod logged;
pub mod run;
mod socket;
mod threads;
pub mod tty;
