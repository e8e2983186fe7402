//! Commands about the server itself.

use std::fmt::Display;

use crate::base::clock::Moment;
use crate::base::zone;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::turn::Done;
use crate::lang::fill;
use crate::model::event::ClientIndex;
use crate::model::job::Work;
use crate::model::moderation::Rank;
use crate::model::motd::Motd;

impl Chat {
    /// Replaces the message of the day.
    pub fn set_motd(&mut self, motd: Motd) {
        self.motd = motd;
    }

    pub(in crate::chat) fn show_motd(&self) -> Done {
        match self.motd.lines() {
            [] => Done::reply(self.moderation_texts().no_motd.to_owned()),
            lines => Done::Reply(lines.iter().map(|line| line.as_str().to_owned()).collect()),
        }
    }

    pub(in crate::chat) fn version(&self) -> Done {
        let version = env!("CARGO_PKG_VERSION");
        Done::reply(fill(self.moderation_texts().version, &[("version", &version)]))
    }

    pub(in crate::chat) fn uptime(&self, index: ClientIndex, now: Moment) -> Done {
        let date = zone::time_of_day_or_date(self.started.wall, now.wall, &self.zone(index));
        let time = self.time_up(now);
        let values: [(&str, &dyn Display); 2] = [("time", &time), ("date", &date)];
        Done::reply(fill(self.moderation_texts().uptime, &values))
    }

    fn time_up(&self, now: Moment) -> String {
        self.how_long(now.instant.saturating_duration_since(self.started.instant))
    }

    /// `/stats`: the memory use has to be looked up first.
    pub(in crate::chat) fn ask_stats(
        &self,
        index: ClientIndex,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
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
        let texts = self.moderation_texts();
        let traffic = out.traffic();
        let clients = self.indexes.len();
        let is_any_known =
            |indexes: &[ClientIndex]| indexes.iter().any(|&index| self.is_announced(index));
        let people = self.people.iter().filter(|(_, person)| is_any_known(&person.indexes)).count();
        let rooms = self.rooms.iter().filter(|room| room.people().len() > 0).count();
        let memory = resident_bytes.map_or_else(|| texts.unknown_amount.to_owned(), amount);
        let mut told = vec![
            fill(
                texts.stats_people,
                &[("people", &people), ("clients", &clients), ("rooms", &rooms)],
            ),
            fill(
                texts.stats_lines,
                &[
                    ("lines", &self.lines_said),
                    ("deliveries", &traffic.deliveries),
                    ("skipped", &traffic.lines_skipped),
                ],
            ),
            fill(texts.stats_queued, &[("bytes", &amount(traffic.queued_bytes))]),
            fill(texts.stats_memory, &[("bytes", &memory)]),
            fill(texts.stats_uptime, &[("time", &self.time_up(now))]),
        ];
        if self.has_rank(index, Rank::Operator) {
            told.insert(1, fill(texts.stats_unannounced, &[("count", &self.unannounced)]));
        }
        Done::Reply(told)
    }
}

/// Formats a number of bytes in the unit that keeps it short.
fn amount(bytes: u64) -> String {
    const KIB: u64 = 1024;
    match bytes {
        0..KIB => format!("{bytes} B"),
        _ if bytes < KIB * KIB => format!("{} KiB", bytes.div_ceil(KIB)),
        _ => format!("{} MiB", bytes.div_ceil(KIB * KIB)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts() {
        let check = |bytes, expected: &str| assert_eq!(amount(bytes), expected);
        check(0, "0 B");
        check(1_023, "1023 B");
        check(1_025, "2 KiB");
        check(5 << 20, "5 MiB");
    }
}
