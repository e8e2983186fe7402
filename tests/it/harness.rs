//! Servers and clients for tests.
//!
//! [`Server`] runs inside the test, so that the test can check its totals and supply its own clock
//! or wire. [`Program`] is the real binary, and [`Terminal`] is any program that people type into.
//! Nothing here sleeps: every wait is for an event, for at most [`PATIENCE`].

mod client;
#[path = "../harness/mod.rs"]
mod common;
mod killed;
mod machine;
mod program;
#[path = "../harness/properties.rs"]
mod properties;
mod relay;
mod screen;
mod server;
mod terminal;

pub(crate) use self::client::{
    Client, GOODBYE, all_see, behind_the_welcome, connect_from, exchange, gather, meet, named_in,
    server_is_full, without_how_to_end,
};
pub(crate) use self::common::{
    Joined, PATIENCE, Process, check_complaint, eventually, input, printed, read_in_background,
    run, wait,
};
pub(crate) use self::killed::{Left, folder_in_memory, kill_rounds};
pub(crate) use self::machine::{MEBIBYTE, lets_pass, machine_to_myself};
pub(crate) use self::program::Program;
pub(crate) use self::properties::cases;
pub(crate) use self::relay::{From, Relay};
pub(crate) use self::screen::Screen;
pub(crate) use self::server::{Server, TestClock, config_for_tests, plain_door};
pub(crate) use self::terminal::{Terminal, must_have};
