//! Ending bans and mutes: by a moderator, by expiry, and when their room ends.

use std::fmt::Display;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::rules::ranks::Scope;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::sanctions::ActiveSanction;
use crate::chat::turn::Done;
use crate::command::SanctionTarget;
use crate::lang::fill;
use crate::model::event::ClientIndex;
use crate::model::id::{AccountId, LOBBY, PersonId, RoomId, SanctionId};
use crate::model::moderation::{
    AuditEntry, ModAction, ModerationChange, Sanction, SanctionKind, Subject,
};
use crate::model::update::Update;
use crate::text::nick;

impl Chat {
    /// `/unban` and `/unmute`.
    pub(in crate::chat) fn remove_sanction(
        &mut self,
        index: ClientIndex,
        kind: SanctionKind,
        scope: Scope,
        whom: &SanctionTarget,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        self.forget_what_is_over(now, out);
        let texts = self.moderation_texts();
        let (shown, account) = match whom {
            SanctionTarget::Name(name) => {
                let key = nick::key_of(name);
                (name.to_string(), key.and_then(|key| self.accounts.named(&key)))
            }
            SanctionTarget::Network(network) => (network.to_string(), None),
        };
        let found = self.imposed_on(kind, scope, whom, account);
        let room = scope.room().map(|room| self.rooms.at(room).name().clone());
        let values: [(&str, &dyn Display); 2] =
            [("name", &shown), ("room", &room.as_deref().unwrap_or_default())];
        let one_of = |of_server, in_room| if scope == Scope::Server { of_server } else { in_room };
        if found.is_empty() {
            let template = match kind {
                SanctionKind::Ban => one_of(texts.not_banned, texts.not_banned_from),
                SanctionKind::Mute => one_of(texts.not_muted, texts.not_muted_in),
            };
            return Err(ErrorReply(fill(template, &values)));
        }
        // A server-wide sanction was imposed by someone of higher rank, so nobody may end their
        // own.
        let own = self.clients[index.0].person.account();
        if scope == Scope::Server && own.is_some() && account == own {
            return Err(ErrorReply(texts.oneself.to_owned()));
        }
        let action = match kind {
            SanctionKind::Ban => ModAction::Unban,
            SanctionKind::Mute => ModAction::Unmute,
        };
        let entry = AuditEntry {
            whom: Some(shown.as_str().into()),
            room: self.shown_scope(scope),
            ..self.entry(index, action, now)
        };
        self.moderate(index, Some(ModerationChange::Remove(found.clone())), entry, out)?;
        let by = self.clients[index.0].name.clone();
        for id in found {
            if let Some(imposed) = self.moderation.remove(id) {
                self.tell_of_end(&imposed, &by, now, out);
            }
        }
        self.admit_waiting(now, out);
        let template = match kind {
            SanctionKind::Ban => one_of(texts.unbanned, texts.unbanned_from),
            SanctionKind::Mute => one_of(texts.unmuted, texts.unmuted_in),
        };
        Ok(Done::reply(fill(template, &values)))
    }

    /// The sanctions in force against a person or a network.
    fn imposed_on(
        &self,
        kind: SanctionKind,
        scope: Scope,
        whom: &SanctionTarget,
        account: Option<AccountId>,
    ) -> Vec<SanctionId> {
        let key = match whom {
            SanctionTarget::Name(name) => nick::key_of(name),
            SanctionTarget::Network(_) => None,
        };
        self.moderation.ids(|one| {
            // Compare the cheap fields first: names have to be folded.
            if one.kind != kind || one.room != scope.room() {
                return false;
            }
            match (&one.subject, whom) {
                (Subject::Network(network), SanctionTarget::Network(wanted)) => network == wanted,
                (Subject::Person { account: of, .. }, SanctionTarget::Name(_)) => {
                    let is_called = || key.is_some() && nick::key_of(&one.name) == key;
                    account.is_some() && *of == account || is_called()
                }
                _ => false,
            }
        })
    }

    /// Tells a person whose mute has ended, if they may talk again now.
    fn tell_of_end(&mut self, ended: &ActiveSanction, by: &str, now: Moment, out: &mut dyn Outbox) {
        let texts = self.moderation_texts();
        let Sanction { kind: SanctionKind::Mute, room, subject, .. } = &ended.sanction else {
            return;
        };
        let shown = room.and_then(|room| self.rooms.find(room)).map(|room| room.name().clone());
        let template =
            if room.is_some() { texts.you_are_unmuted_in } else { texts.you_are_unmuted };
        let values: [(&str, &dyn Display); 2] =
            [("by", &by), ("room", &shown.as_deref().unwrap_or_default())];
        let told = fill(template, &values);
        let mut indexes: Vec<ClientIndex> =
            ended.clients.iter().filter_map(|client| self.indexes.get(client).copied()).collect();
        if let Subject::Person { account: Some(account), .. } = subject {
            indexes.extend(self.indexes_of(PersonId::Registered(*account)));
        }
        indexes.sort_unstable_by_key(|index| index.0);
        indexes.dedup();
        for index in indexes {
            if self.check_may_be_heard(index, *room, now).is_ok() {
                self.tell(index, &told, out);
            }
        }
    }

    /// Removes expired sanctions, here and where they are stored.
    pub(in crate::chat) fn forget_what_is_over(&mut self, now: Moment, out: &mut dyn Outbox) {
        let over = self.moderation.ids(|one| one.is_over(now.wall));
        self.remove_silently(over, out);
    }

    /// Removes the bans and mutes of a room that no longer exists.
    pub(in crate::chat) fn forget_sanctions_in(&mut self, room: RoomId, out: &mut dyn Outbox) {
        if room != LOBBY {
            let of_room = self.moderation.ids(|one| one.room == Some(room));
            self.remove_silently(of_room, out);
        }
    }

    fn remove_silently(&mut self, ids: Vec<SanctionId>, out: &mut dyn Outbox) {
        if ids.is_empty() {
            return;
        }
        for id in &ids {
            self.moderation.remove(*id);
        }
        let change = Some(ModerationChange::Remove(ids));
        // If the queue is full, the next start finds the sanction again and removes it as expired.
        let _ = out.keep(Update::Moderation { change, entry: None });
    }
}
