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
mod confirmed;
mod copies;
mod damaged;
mod display;
mod english;
mod erased;
mod flood;
mod history;
mod hostile;
mod input_line;
mod kept;
mod layout;
mod listen;
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
mod say;
mod scale;
mod searches;
mod settings;
mod shutdown;
mod slow_reader;
mod strangers;
mod talk;
mod terminal;
mod words;
