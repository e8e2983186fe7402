//! The wording for bans, mutes and other moderation actions: until when, why, and where.

use std::fmt::Display;
use std::sync::LazyLock;
use std::time::SystemTime;

use super::ranks::Scope;
use crate::base::clock::Moment;
use crate::base::zone::{self, Zone};
use crate::chat::state::Chat;
use crate::lang::fill;
use crate::model::event::ClientIndex;
use crate::model::moderation::Sanction;

impl Chat {
    /// Fills a text about a sanction for a client, with times in its own zone.
    pub(in crate::chat) fn term_of(
        &self,
        index: ClientIndex,
        sanction: &Sanction,
        template: &str,
        now: Moment,
    ) -> String {
        self.term_in(&self.zone(index), sanction, template, &[], now)
    }

    /// Fills a text for several people or for someone without a zone, with times in the server's.
    pub(in crate::chat) fn term(&self, sanction: &Sanction, template: &str, now: Moment) -> String {
        self.term_in(&SERVER_ZONE, sanction, template, &[], now)
    }

    /// Fills a text with additional values.
    pub(in crate::chat) fn term_in(
        &self,
        zone: &Zone,
        sanction: &Sanction,
        template: &str,
        more: &[(&str, &dyn Display)],
        now: Moment,
    ) -> String {
        let until = self.until(sanction.until, zone, now);
        let because = self.because(sanction.reason.as_deref());
        let room = sanction.room.and_then(|room| self.rooms.find(room));
        let room: &str = room.map_or("", |room| room.name());
        let mut values: Vec<(&str, &dyn Display)> = vec![
            ("name", &sanction.name),
            ("by", &sanction.by),
            ("until", &until),
            ("because", &because),
            ("room", &room),
        ];
        values.extend_from_slice(more);
        fill(template, &values)
    }

    /// The phrase for when something ends.
    pub(in crate::chat) fn until(
        &self,
        until: Option<SystemTime>,
        zone: &Zone,
        now: Moment,
    ) -> String {
        let texts = self.moderation_texts();
        match until {
            Some(until) => {
                let time = zone::time_of_day_or_date(until, now.wall, zone);
                fill(texts.until, &[("time", &time)])
            }
            None => texts.without_end.to_owned(),
        }
    }

    /// The phrase for a reason, to be appended to a sentence.
    pub(in crate::chat) fn because(&self, reason: Option<&str>) -> String {
        reason.map_or_else(String::new, |reason| {
            fill(self.moderation_texts().because, &[("reason", &reason)])
        })
    }

    /// The name of the room of a scope.
    pub(in crate::chat) fn shown_scope(&self, scope: Scope) -> Option<Box<str>> {
        let room = scope.room().and_then(|room| self.rooms.find(room));
        room.map(|room| (&**room.name()).into())
    }
}

/// The server's own time zone, used for people who have chosen none.
pub(in crate::chat) static SERVER_ZONE: LazyLock<Zone> = LazyLock::new(Zone::system);
