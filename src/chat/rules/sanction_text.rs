//! Bans, mutes and what else is done to people, in words: until when, why, and where.

use std::fmt::Display;
use std::time::SystemTime;

use super::ranks::Domain;
use crate::base::clock::Moment;
use crate::base::zone::{self, Zone};
use crate::chat::commands::settings::SERVER_ZONE;
use crate::chat::state::Hall;
use crate::chat::state::room::Seat;
use crate::lang::fill;
use crate::model::moderation::Sanction;

impl Hall {
    /// One of the texts about a ban or a mute, for a client: times are by its own clock.
    pub(in crate::chat) fn term_of(
        &self,
        seat: Seat,
        sanction: &Sanction,
        template: &str,
        now: Moment,
    ) -> String {
        self.term_in(&self.zone(seat), sanction, template, &[], now)
    }

    /// The same for several people, or for who has no clock yet: by the server's.
    pub(in crate::chat) fn term(&self, sanction: &Sanction, template: &str, now: Moment) -> String {
        self.term_in(&SERVER_ZONE, sanction, template, &[], now)
    }

    /// The same with more in it.
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

    /// When something ends.
    pub(in crate::chat) fn until(
        &self,
        until: Option<SystemTime>,
        zone: &Zone,
        now: Moment,
    ) -> String {
        let texts = self.order_texts();
        match until {
            Some(until) => {
                let time = zone::time_of_day_or_date(until, now.wall, zone);
                fill(texts.until, &[("time", &time)])
            }
            None => texts.without_end.to_owned(),
        }
    }

    /// Why something was done, to stand behind it.
    pub(in crate::chat) fn because(&self, reason: Option<&str>) -> String {
        reason.map_or_else(String::new, |reason| {
            fill(self.order_texts().because, &[("reason", &reason)])
        })
    }

    /// The room of a domain, as it is called.
    pub(in crate::chat) fn shown_domain(&self, domain: Domain) -> Option<Box<str>> {
        let room = domain.room().and_then(|room| self.rooms.find(room));
        room.map(|room| (&**room.name()).into())
    }
}
