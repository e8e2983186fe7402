//! Messages that wait for the missing lines of their rooms.

use crate::model::{Event, Reply};
use crate::wire::json::message::ServerMessage;

/// Maximum number of bytes held in total: 200 lines for every room, unless they are of maximum
/// length.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// The memory charged for each line besides its text, in bytes.
const LINE_CHARGE_BYTES: usize = 256;

/// The messages with their rooms, in the order in which they arrived.
#[derive(Debug, Default)]
pub(super) struct HeldMessages {
    messages: Vec<(Box<str>, ServerMessage)>,
    bytes: usize,
}

impl HeldMessages {
    /// Holds a message. Returns whether more can be held.
    pub(super) fn push(&mut self, room: Box<str>, message: ServerMessage) -> bool {
        let held = (room, message);
        self.bytes += charge_bytes(&held);
        self.messages.push(held);
        self.bytes < BYTES_MAX
    }

    /// Takes out the messages of all rooms that need not wait any longer.
    pub(super) fn take(&mut self, waits: impl Fn(&str) -> bool) -> Vec<ServerMessage> {
        let taken: Vec<_> = self.messages.extract_if(.., |(room, _)| !waits(room)).collect();
        self.bytes -= taken.iter().map(charge_bytes).sum::<usize>();
        taken.into_iter().map(|(_, message)| message).collect()
    }

    /// All messages.
    pub(super) fn into_messages(self) -> Vec<ServerMessage> {
        self.messages.into_iter().map(|(_, message)| message).collect()
    }
}

/// The memory that a message takes, roughly.
fn charge_bytes((held_for, message): &(Box<str>, ServerMessage)) -> usize {
    let message_bytes = match message {
        ServerMessage::Event(event) => {
            let text = match &*event.event {
                Event::Said { text } | Event::Acted { text } => text.as_str().len(),
                _ => 0,
            };
            text + event.room.len() + event.name.len() + LINE_CHARGE_BYTES
        }
        ServerMessage::Reply(Reply::Past(past)) => {
            let line_bytes = past.lines.iter().map(|line| {
                let room = line.room.as_ref().map_or(0, |room| room.len());
                line.text.as_str().len() + line.name.len() + room + LINE_CHARGE_BYTES
            });
            line_bytes.sum::<usize>() + size_of_val(&*past.gaps)
        }
        _ => LINE_CHARGE_BYTES,
    };
    held_for.len() + message_bytes
}
