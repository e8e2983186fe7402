//! Lines of text: a line is shown to everyone, including its sender, after the sender's name.

use std::time::Duration;

use super::{Dialect, Greeting, HOBNOB_ANNOUNCES_AFTER, Heard, Identity, Role, first_line};

pub(super) struct Line;

impl Dialect for Line {
    fn senders_receive(&self) -> bool {
        true
    }

    fn opening(&self, _: Role, _: Identity) -> Vec<u8> {
        Vec::new()
    }

    fn greeting(&self, role: Role) -> Greeting {
        // A receiving client is known to have joined when a probe reaches it.
        if role == Role::Idle { Greeting::Always } else { Greeting::Perhaps }
    }

    fn connects_waiting_max(&self) -> usize {
        // The backlog of hobnob, and of the original, is 4,096.
        2048
    }

    fn announces_after(&self) -> Duration {
        HOBNOB_ANNOUNCES_AFTER
    }

    fn decode<'a>(&self, role: Role, bytes: &'a [u8]) -> Option<(Heard<'a>, usize)> {
        let (line, length) = first_line(bytes)?;
        // The first line that a new client receives is its greeting.
        let heard = if role == Role::Idle { Heard::Ready } else { Heard::Said(line.into()) };
        Some((heard, length))
    }

    fn say(&self, text: &[u8], bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(text);
        bytes.push(b'\n');
    }
}
