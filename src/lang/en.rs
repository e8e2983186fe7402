//! English.

mod events;
mod help;
mod phrases;
mod questions;
mod refusals;
mod replies;
mod words;

use crate::lang::startup::Startup;

pub(super) use self::events::event;
pub(super) use self::help::HELP;
pub(super) use self::phrases::{lines_lost, phrase};
pub(super) use self::questions::question;
pub(super) use self::refusals::refusal;
pub(super) use self::replies::reply;

pub(super) static STARTUP: Startup = Startup {
    listening: |addresses| format!("hobnob is listening on {addresses}"),
    join_with: "To join, run any of these commands:",
    join_later: "This machine has no network address yet, so nobody else can join.",
    telnet_command: "telnet",
    own_with: |token| {
        format!("To become the owner, join, /register your name, and then /claim {token}")
    },
    stop_with: "Press Ctrl-C to stop the server.",
};

pub(super) const NOT_HTTP: &str =
    "This is a chat server, not a web server. Join it with telnet, nc or hobnob.";

pub(super) const NOT_IRC: &str =
    "This is a chat server without IRC. Join it with telnet, nc or hobnob.";

pub(super) const NOT_SSH: &str =
    "This is a chat server, not an SSH server. Join it with telnet, nc or hobnob.";
