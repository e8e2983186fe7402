//! Commands about the server itself.

use std::time::Duration;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::turn::Done;
use crate::model::event::ClientIndex;
use crate::model::job::Work;
use crate::model::moderation::Rank;
use crate::model::refusal::Refusal;
use crate::model::reply::{Reply, Stats};

impl Chat {
    pub(in crate::chat) fn show_motd(&self) -> Done {
        Done::reply(match self.motd.lines() {
            [] => Reply::NoMotd,
            _ => Reply::Motd { lines: self.motd.clone() },
        })
    }

    pub(in crate::chat) fn version(&self) -> Done {
        Done::reply(Reply::Version { version: env!("CARGO_PKG_VERSION").into() })
    }

    pub(in crate::chat) fn uptime(&self, now: Moment) -> Done {
        let (since, time) = (self.started.wall.into(), self.time_up(now));
        Done::reply(Reply::Uptime { since, time })
    }

    fn time_up(&self, now: Moment) -> Duration {
        now.instant.saturating_duration_since(self.started.instant)
    }

    /// `/stats`: the memory use has to be looked up first.
    pub(in crate::chat) fn ask_stats(
        &self,
        index: ClientIndex,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        self.submit_slow(index, Work::Measure, out)
    }

    /// The rest of `/stats`.
    pub(in crate::chat) fn stats(
        &self,
        index: ClientIndex,
        resident_bytes: Option<u64>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Done {
        let traffic = out.traffic();
        let is_any_known =
            |indexes: &[ClientIndex]| indexes.iter().any(|&index| self.is_announced(index));
        let people = self.people.iter().filter(|(_, person)| is_any_known(&person.indexes)).count();
        let rooms = self.rooms.iter().filter(|room| room.people().len() > 0).count();
        let is_operator = self.has_rank(index, Rank::Operator);
        Done::reply(Reply::Stats(Box::new(Stats {
            people: people as u64,
            clients: self.indexes.len() as u64,
            rooms: rooms as u64,
            unannounced: is_operator.then_some(self.unannounced as u64),
            lines: self.lines_said,
            deliveries: traffic.deliveries,
            skipped: traffic.lines_skipped,
            queued_bytes: traffic.queued_bytes,
            resident_bytes,
            uptime: self.time_up(now),
        })))
    }
}
