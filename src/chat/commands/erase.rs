//! What becomes of an account that is removed, and of what the person has said.

use crate::chat::turn::Turn;
use crate::model::{
    AccountId, ClientId, ErasedPerson, Erasure, HistoryEntry, PersonId, Reply, Update,
};

impl Turn<'_> {
    /// Erases everything about a person, at the request of this client, if it is one of a client.
    pub(in crate::chat) fn erase(&mut self, erasure: &Erasure, asker: Option<ClientId>) {
        self.close_batches();
        if let ErasedPerson::Account { account, .. } = erasure.whose {
            self.out.keep(Update::Unregistered { account });
            self.forget_account(account, asker);
            self.chat.mailboxes.erase(account, erasure.keeps_messages);
        }
        let accounts = &self.chat.accounts;
        for room in self.chat.rooms.iter_mut() {
            room.erase(erasure, |account| accounts.by_id.contains_key(&account));
        }
        self.chat.moderation.erase(erasure);
        self.chat.gone_guests.retain(|gone| !erasure.has_key(gone.nick.key()));
        self.chat.deletions += 1;
        self.out.keep(Update::Erased(erasure.clone()));
        self.out.write(HistoryEntry::Erased { number: erasure.number });
    }

    /// Removes an account. One client keeps the name as a guest: the one that asked for the removal
    /// if it is still connected. The other clients get guest names and are told.
    pub(in crate::chat) fn forget_account(&mut self, account: AccountId, asker: Option<ClientId>) {
        let Some(known) = self.chat.accounts.remove(account) else { return };
        let person = PersonId::Registered(account);
        let indexes = self.chat.indexes_of(person);
        let clients: Vec<ClientId> =
            indexes.iter().map(|index| self.chat.clients[index.0].id).collect();
        self.chat.moderation.forget_account(account, &clients);
        self.chat.mailboxes.take(account);
        let asked_here = indexes.iter().find(|index| Some(self.chat.clients[index.0].id) == asker);
        let keeper = asked_here.or(indexes.first()).copied();
        for &index in indexes.iter().filter(|index| Some(**index) != keeper) {
            let guest = PersonId::Guest(self.chat.clients[index.0].id);
            let nick = self.chat.given_name(&self.chat.clients[index.0].guest_name);
            self.change_person(index, guest, &nick);
            self.tell(index, Reply::LoggedOut { name: nick.as_str().clone() });
        }
        // If nobody is here, a guest who never was.
        let mut after = PersonId::Guest(asker.unwrap_or(ClientId::NOBODY));
        if let Some(index) = keeper {
            after = PersonId::Guest(self.chat.clients[index.0].id);
            self.change_person(index, after, &known.nick);
            if Some(self.chat.clients[index.0].id) != asker {
                self.tell(index, Reply::Unregistered { name: known.nick.as_str().clone() });
            }
        }
        self.follow_person(person, after);
        self.forget_in_rooms(person, after);
    }
}
