//! Lists for moderators: bans and mutes, and the audit log.

use std::fmt::Display;
use std::net::IpAddr;

use super::lists::{LINES_PER_PAGE, ListPage};
use crate::base::clock::Moment;
use crate::base::zone;
use crate::chat::rules::ranks::{Scope, rank_text};
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::turn::Done;
use crate::lang::fill;
use crate::model::event::ClientIndex;
use crate::model::id::PersonId;
use crate::model::moderation::{
    AuditEntry, ModAction, Network, Rank, Sanction, SanctionKind, Subject,
};

impl Chat {
    /// `/bans`.
    pub(in crate::chat) fn list_sanctions(
        &self,
        index: ClientIndex,
        room: Option<&str>,
        page: usize,
        now: Moment,
    ) -> Result<Done, ErrorReply> {
        let scope = self.scope(index, room)?;
        let texts = self.moderation_texts();
        let is_listed = |one: &Sanction| one.room == scope.room() && !one.is_over(now.wall);
        let count = self.moderation.all(is_listed).count();
        if count == 0 {
            return Ok(Done::reply(texts.no_sanctions.to_owned()));
        }
        let page = ListPage::of(count, page, LINES_PER_PAGE);
        let (heading, command) = match self.shown_scope(scope) {
            Some(room) => {
                let values: [(&str, &dyn Display); 2] = [("count", &count), ("room", &room)];
                (fill(texts.sanctions_heading_in, &values), format!("/bans {room}"))
            }
            None => (fill(texts.sanctions_heading, &[("count", &count)]), "/bans".to_owned()),
        };
        let (mut told, zone) = (vec![heading], self.zone(index));
        for one in page.of_all(self.moderation.all(is_listed).map(|one| &one.sanction)) {
            let template = match one.kind {
                SanctionKind::Ban => texts.sanction_ban,
                SanctionKind::Mute => texts.sanction_mute,
            };
            let date = zone::time_of_day_or_date(one.at, now.wall, &zone);
            let more: [(&str, &dyn Display); 1] = [("date", &date)];
            let mut row = format!("  {}", self.term_in(&zone, one, template, &more, now));
            // Only operators see where a person comes from.
            if let (Scope::Server, Subject::Person { origins, .. }) = (scope, &one.subject) {
                for origin in origins {
                    row.push_str(&format!(" [{}]", Network::from(*origin)));
                }
            }
            told.push(row);
        }
        told.extend(self.next_page(&command, page));
        Ok(Done::Reply(told))
    }

    /// `/audit`: the latest page first. Within a page the latest line is last, next to the prompt.
    pub(in crate::chat) fn list_audit(
        &self,
        index: ClientIndex,
        page: usize,
        now: Moment,
    ) -> Result<Done, ErrorReply> {
        self.check_rank(index, Rank::Operator)?;
        let texts = self.moderation_texts();
        let audit = self.moderation.audit();
        if audit.is_empty() {
            return Ok(Done::reply(texts.audit_is_empty.to_owned()));
        }
        let page = ListPage::of(audit.len(), page, LINES_PER_PAGE);
        let mut told = vec![fill(texts.audit_heading, &[("count", &audit.len())])];
        let shown = audit.len() - page.last..audit.len() - page.first;
        told.extend(audit.range(shown).map(|entry| self.audit_line(index, entry, now)));
        told.extend(self.next_page("/audit", page));
        Ok(Done::Reply(told))
    }

    fn audit_line(&self, index: ClientIndex, entry: &AuditEntry, now: Moment) -> String {
        let texts = self.moderation_texts();
        let template = match entry.action {
            ModAction::Claim => texts.did_claim,
            ModAction::MakeOwner => texts.did_make_owner,
            ModAction::Op => texts.did_op,
            ModAction::Deop => texts.did_deop,
            ModAction::Kick => texts.did_kick,
            ModAction::Ban => texts.did_ban,
            ModAction::Unban => texts.did_unban,
            ModAction::Mute => texts.did_mute,
            ModAction::Unmute => texts.did_unmute,
            ModAction::Lockdown => texts.did_lockdown,
            ModAction::Unlock => texts.did_unlock,
            ModAction::Room => texts.did_room,
        };
        let whom = entry.whom.as_deref().unwrap_or_default();
        let what = fill(template, &[("by", &entry.by), ("whom", &whom)]);
        let room = entry
            .room
            .as_ref()
            .map_or_else(String::new, |room| fill(texts.in_room, &[("room", room)]));
        let until = match entry.until {
            Some(_) => format!(" {}", self.until(entry.until, &self.zone(index), now)),
            None => String::new(),
        };
        let because = self.because(entry.reason.as_deref());
        let time = zone::time_of_day_or_date(entry.at, now.wall, &self.zone(index));
        format!("  {time}  {what}{room}{until}{because}")
    }

    /// A person's rank and, for operators, their addresses.
    pub(in crate::chat) fn moderation_lines(
        &self,
        index: ClientIndex,
        person: PersonId,
    ) -> Vec<String> {
        let texts = self.moderation_texts();
        let rank = self.moderation.rank(person);
        let mut told: Vec<String> = rank
            .map(|rank| fill(texts.whois_rank, &[("rank", &rank_text(texts, rank))]))
            .into_iter()
            .collect();
        if self.has_rank(index, Rank::Operator) {
            let mut addresses: Vec<IpAddr> =
                self.indexes_of(person).iter().map(|index| self.clients[index.0].address).collect();
            addresses.sort_unstable();
            addresses.dedup();
            let shown =
                addresses.iter().map(|address| fill(texts.whois_address, &[("address", address)]));
            told.extend(shown);
        }
        told
    }
}
