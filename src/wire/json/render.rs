//! Events as JSON lines, rendered once for all clients of this wire.

use std::borrow::Cow;

use super::append;
use super::message::EventMessage;
use crate::model::{FrameBuilder, OrderedLine};

/// How an event concerns the clients that are given it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Concern {
    /// It mentions the client's user.
    pub mention: bool,
    /// The client's bell rings.
    pub rings: bool,
}

/// Appends one event of a room to a frame.
pub fn render(frame: &mut FrameBuilder, room: &str, line: &OrderedLine, concern: Concern) {
    let (proposal, from) = (&line.proposal, &line.proposal.from);
    let is_said = proposal.event.is_said();
    let message = EventMessage {
        event: Cow::Borrowed(&proposal.event),
        room: room.into(),
        seq: is_said.then_some(line.seq),
        id: proposal.id,
        at: proposal.at.into(),
        name: Cow::Borrowed(&*from.name),
        client: from.client,
        mention: concern.mention,
        rings: concern.rings && is_said,
    };
    append(frame.bytes_mut(), &message);
    frame.end_line(from.client, proposal.event.kind());
}
