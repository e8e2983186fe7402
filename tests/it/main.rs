//! hobnob as a whole: real sockets on free ports, the real programs, and deadlines instead of
//! sleeps. With `harness`, a test reads like the transcript of a conversation.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a panic is how a test fails")]

mod harness;

mod accounts;
mod admission;
mod arrivals;
mod client_program;
mod client_terminal;
mod command_flood;
mod config_file;
mod copies;
mod damaged;
mod display;
mod editing;
mod english;
mod flood;
mod history;
mod hostile;
mod kept;
mod layout;
mod listening;
mod memory;
mod moderation;
mod order;
mod output;
mod panics;
mod passwords;
mod people;
mod private;
mod prompts;
mod rooms;
mod saying;
mod scale;
mod searches;
mod settings;
mod shutdown;
mod slow_reader;
mod spelling;
mod strangers;
mod talk;
mod terminal;
