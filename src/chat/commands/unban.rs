//! `/unban` and `/unmute`.

use std::sync::Arc;

use crate::chat::state::Chat;
use crate::chat::state::sanctions::ActiveSanction;
use crate::chat::turn::{Done, Turn};
use crate::command::SanctionTarget;
use crate::model::{
    AccountId, AuditEntry, ClientIndex, ERASED_NAME, ModAction, ModerationChange, Network,
    PersonId, Refusal, Reply, RoomId, Sanction, SanctionId, SanctionKind, Subject,
};

impl Turn<'_> {
    /// `/unban` and `/unmute`.
    pub(in crate::chat) fn remove_sanction(
        &mut self,
        index: ClientIndex,
        kind: SanctionKind,
        scope: Option<RoomId>,
        whom: &SanctionTarget,
    ) -> Result<Done, Refusal> {
        self.forget_what_is_over();
        let (name, account): (Box<str>, _) = match whom {
            SanctionTarget::Name(name) => {
                let account = name.key().and_then(|key| self.chat.accounts.named(key));
                (name.as_str().into(), account)
            }
            SanctionTarget::Network(network) => (network.to_string().into(), None),
        };
        let found = self.chat.imposed_on(kind, scope, whom, account);
        let room = self.chat.shown_room(scope);
        if found.is_empty() {
            return Err(Refusal::NotSanctioned { kind, name, room });
        }
        // A server-wide sanction was imposed by someone of higher rank, so nobody may end their
        // own.
        let own = self.chat.clients[index.0].person.account();
        if scope.is_none() && own.is_some() && account == own {
            return Err(Refusal::Oneself);
        }
        let action = match kind {
            SanctionKind::Ban => ModAction::Unban,
            SanctionKind::Mute => ModAction::Unmute,
        };
        let entry = AuditEntry {
            room: room.as_deref().map(Box::from),
            ..self.entry(index, action, Some(&name))
        };
        self.moderate(index, Some(ModerationChange::Remove(found.clone())), entry);
        let by = self.chat.clients[index.0].name.clone();
        for id in found {
            if let Some(imposed) = self.chat.moderation.remove(id) {
                self.tell_of_end(&imposed, &by);
            }
        }
        self.admit_waiting();
        Ok(Done::promise(Reply::Lifted { kind, name, room }))
    }

    /// Tells a person whose mute has ended, if they may talk again now.
    fn tell_of_end(&mut self, ended: &ActiveSanction, by: &Arc<str>) {
        let Sanction { kind: SanctionKind::Mute, room, subject, .. } = &ended.sanction else {
            return;
        };
        let told = Reply::YouMayTalk { by: by.clone(), room: self.chat.shown_room(*room) };
        let mut indexes: Vec<ClientIndex> = ended
            .clients
            .iter()
            .filter_map(|client| self.chat.indexes.get(client).copied())
            .collect();
        if let Subject::Person { account: Some(account), .. } = subject {
            indexes.extend(self.chat.indexes_of(PersonId::Registered(*account)));
        }
        indexes.sort_unstable_by_key(|index| self.chat.clients[index.0].id);
        indexes.dedup();
        for index in indexes {
            if self.chat.check_may_be_heard(index, *room, self.now).is_ok() {
                self.tell(index, told.clone());
            }
        }
    }
}

impl Chat {
    /// The sanctions in force against a person or a network.
    fn imposed_on(
        &self,
        kind: SanctionKind,
        scope: Option<RoomId>,
        whom: &SanctionTarget,
        account: Option<AccountId>,
    ) -> Vec<SanctionId> {
        self.moderation.ids(|ActiveSanction { sanction: one, keys, .. }| {
            if one.kind != kind || one.room != scope {
                return false;
            }
            match (&one.subject, whom) {
                (Subject::Network(network), SanctionTarget::Network(wanted)) => network == wanted,
                (Subject::Person { account: of, .. }, SanctionTarget::Name(name)) => {
                    let is_called = name.key().is_some() && keys.name.as_deref() == name.key();
                    account.is_some() && *of == account || is_called
                }
                // Nobody can name the person any more.
                (Subject::Person { origins, .. }, SanctionTarget::Network(wanted)) => {
                    *one.name == *ERASED_NAME
                        && origins.iter().any(|&origin| Network::from(origin) == *wanted)
                }
                _ => false,
            }
        })
    }
}
