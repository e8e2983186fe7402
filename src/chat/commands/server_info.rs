//! Commands about the server itself.

use std::time::Duration;

use crate::chat::state::Chat;
use crate::chat::turn::{Done, Turn};
use crate::model::{ClientIndex, Rank, Reply, Stats};

impl Turn<'_> {
    pub(in crate::chat) fn uptime(&self) -> Done {
        let (since, time) = (self.chat.started.wall.into(), self.time_up());
        Done::reply(Reply::Uptime { since, time })
    }

    fn time_up(&self) -> Duration {
        self.now.elapsed.saturating_sub(self.chat.started.elapsed)
    }

    /// `/stats`, once the memory use has been looked up.
    pub(in crate::chat) fn stats(&self, index: ClientIndex, resident_bytes: Option<u64>) -> Done {
        let traffic = self.out.traffic();
        let is_any_known =
            |indexes: &[ClientIndex]| indexes.iter().any(|&index| self.chat.is_announced(index));
        let people =
            self.chat.people.iter().filter(|(_, person)| is_any_known(&person.indexes)).count();
        let rooms = self.chat.rooms.iter().filter(|room| room.people().len() > 0).count();
        let is_operator = self.chat.has_rank(index, Rank::Operator);
        Done::reply(Reply::Stats(Box::new(Stats {
            people: people as u64,
            clients: self.chat.indexes.len() as u64,
            rooms: rooms as u64,
            unannounced: is_operator.then_some(self.chat.unannounced as u64),
            lines: self.chat.lines_said,
            deliveries: traffic.deliveries,
            skipped: traffic.lines_skipped,
            queued_bytes: traffic.queued_bytes,
            resident_bytes,
            uptime: self.time_up(),
        })))
    }
}

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
}
