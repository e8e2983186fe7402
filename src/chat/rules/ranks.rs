//! Permissions for moderation: what owners and operators may do, and where.

use crate::chat::state::Chat;
use crate::command::TypedRoom;
use crate::model::{AccountId, ClientIndex, PersonId, Rank, Refusal, RoomId};

impl Chat {
    /// Whether the client's person has at least this rank.
    pub(in crate::chat) fn has_rank(&self, index: ClientIndex, rank: Rank) -> bool {
        self.moderation.is_at_least(self.clients[index.0].person, rank)
    }

    /// Checks that the client's person has at least this rank.
    pub(in crate::chat) fn check_rank(
        &self,
        index: ClientIndex,
        rank: Rank,
    ) -> Result<(), Refusal> {
        if self.has_rank(index, rank) { Ok(()) } else { Err(Refusal::NeedsRank { rank }) }
    }

    /// The scope in which a client may moderate: the room that it names; otherwise the whole server
    /// for an operator, or the current room for its owner.
    pub(in crate::chat) fn scope(
        &self,
        index: ClientIndex,
        room: Option<&TypedRoom>,
    ) -> Result<Option<RoomId>, Refusal> {
        let is_operator = self.has_rank(index, Rank::Operator);
        let room = match room {
            // Operators moderate every room, whether they are in it or not.
            Some(name) if is_operator => {
                let name = self.room_name(name)?;
                let none = || Refusal::NoSuchRoom { room: name.as_str().clone() };
                self.rooms.named(name).ok_or_else(none)?
            }
            None if is_operator => return Ok(None),
            name => self.own_room(index, name)?,
        };
        if !is_operator {
            self.check_moderates_in(index, room)?;
        }
        Ok(Some(room))
    }

    pub(in crate::chat) fn check_moderates_in(
        &self,
        index: ClientIndex,
        room: RoomId,
    ) -> Result<(), Refusal> {
        let own = self.clients[index.0].person;
        match self.rooms.find(room).map(|room| (room.rules.owner, room.name())) {
            Some((Some(owner), _)) if owner == own => Ok(()),
            Some((Some(owner), room)) => {
                Err(Refusal::NotModerator { room: room.clone(), owner: self.name_of(owner) })
            }
            _ => Err(Refusal::NeedsRank { rank: Rank::Operator }),
        }
    }

    /// Checks that a client may act on a person: not on itself, and not on anyone of equal or
    /// higher rank.
    pub(in crate::chat) fn check_outranks(
        &self,
        index: ClientIndex,
        whom: PersonId,
    ) -> Result<(), Refusal> {
        let own = self.clients[index.0].person;
        if own == whom {
            return Err(Refusal::Oneself);
        }
        match self.moderation.rank(whom) {
            Some(rank) if self.moderation.rank(own) <= Some(rank) => {
                Err(Refusal::Outranked { name: self.name_of(whom), rank })
            }
            _ => Ok(()),
        }
    }

    /// Checks that the account is not the server's last owner.
    pub(in crate::chat) fn check_is_not_last_owner(
        &self,
        account: AccountId,
    ) -> Result<(), Refusal> {
        if self.moderation.is_last_owner(account) {
            return Err(Refusal::LastOwner);
        }
        Ok(())
    }
}
