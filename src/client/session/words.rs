//! What the server's data looks like: the words of [`crate::lang`], laid out as the server itself
//! does it for a telnet, in the language, colours and time zone of this user.
//!
//! This module owns the user's view and how data becomes lines. It does not know where the lines
//! are shown.

use std::time::SystemTime;

use crate::base::zone::Zone;
use crate::lang;
use crate::model::{ClockOffset, FrameBuilder, Lang, Presentation, Question, Reply};
use crate::wire::json::message::{EventMessage, ViewMessage};
use crate::wire::text::render::{Rendered, render, render_mention};
use crate::wire::text::reply::{self, Look};

use super::sanitize::{SanitizedLine, cleaned};

const SECONDS_PER_MINUTE: i32 = 60;

/// The words for one user.
#[derive(Debug)]
pub struct Words {
    /// The client's own language and time zone.
    lang: Lang,
    own_zone: Zone,
    view: ViewMessage,
    /// The time zone that the user has chosen on the server.
    zone: Option<Zone>,
}

impl Words {
    /// The words for a user who has chosen nothing on the server.
    pub fn new(lang: Lang, own_zone: Zone) -> Self {
        let mut words = Self { lang, own_zone, view: ViewMessage::default(), zone: None };
        words.begin_again();
        words
    }

    /// Starts over on a new connection.
    pub fn begin_again(&mut self) {
        // The display leaves colours out if the user's terminal has none.
        self.set_view(ViewMessage { lang: self.lang, colour: true, ..ViewMessage::default() });
    }

    /// Takes what the user has chosen on the server.
    pub fn set_view(&mut self, mut view: ViewMessage) {
        self.zone = view.zone.take().and_then(|name| Zone::find(&name).ok());
        self.view = view;
    }

    fn zone(&self) -> &Zone {
        self.zone.as_ref().unwrap_or(&self.own_zone)
    }

    fn presentation(&self, at: SystemTime) -> Presentation {
        let offset = || self.zone().offset_seconds_at(at) / SECONDS_PER_MINUTE;
        let clock = self.view.timestamps.then(|| ClockOffset::of_minutes(offset()));
        let ViewMessage { lang, colour, .. } = self.view;
        Presentation { lang, colour, clock, ..Presentation::default() }
    }

    /// The line of an event. One from a room that is not the current one has the name of its room.
    pub fn event(&self, message: &EventMessage<'_>, is_elsewhere: bool) -> SanitizedLine {
        let EventMessage { event, room, at, name, client, rings, .. } = message;
        let presentation =
            Presentation { tag: is_elsewhere, bell: *rings, ..self.presentation(at.0) };
        let line = Rendered { from: *client, name, others: 0, at: at.0, event };
        let mut frame = FrameBuilder::default();
        match message.mention {
            true => render_mention(&mut frame, presentation, room, &line, *rings),
            false => render(&mut frame, presentation, room, &line),
        }
        lines(frame.bytes_mut()).swap_remove(0)
    }

    /// The lines of a reply.
    pub fn reply(&self, reply: &Reply, now: SystemTime) -> Vec<SanitizedLine> {
        let (presentation, zone) = (self.presentation(now), self.zone());
        let look = Look { presentation, zone, now, is_plain: self.view.plain };
        let mut bytes = Vec::new();
        reply::append(&mut bytes, reply, &look);
        lines(&bytes)
    }

    /// The text of a question.
    pub fn question(&self, question: &Question) -> String {
        cleaned(&lang::question(self.view.lang, question))
    }
}

/// Splits rendered text into lines. There is at least one.
fn lines(bytes: &[u8]) -> Vec<SanitizedLine> {
    let bytes = bytes.strip_suffix(b"\r\n").unwrap_or(bytes);
    bytes
        .split(|byte| *byte == b'\n')
        .map(|line| SanitizedLine::read(line.strip_suffix(b"\r").unwrap_or(line)))
        .collect()
}
