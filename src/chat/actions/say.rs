//! Talking in a room.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::base::clock::{ChatTime, whole_seconds};
use crate::chat::state::Chat;
use crate::chat::turn::Turn;
use crate::limits;
use crate::model::{
    Author, ClientIndex, Event, LineId, Naming, Proposal, Rank, Refusal, Reply, RoomId, Topic,
};

impl Turn<'_> {
    /// Says something in the client's current room.
    #[inline(always)]
    pub(in crate::chat) fn say(&mut self, index: ClientIndex, event: Event) -> Result<(), Refusal> {
        let Some(&room) = self.chat.clients[index.0].rooms.last() else {
            self.chat.check_may_be_heard(index, None, self.now)?;
            return Err(Refusal::InNoRoom);
        };
        self.say_in(index, room, event)
    }

    /// Says something in one of the client's rooms.
    #[inline(always)]
    pub(in crate::chat) fn say_in(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: Event,
    ) -> Result<(), Refusal> {
        self.check_may_talk(index, room)?;
        self.chat.lines_said += 1;
        self.chat.announce(index, room, event, self.now);
        Ok(())
    }

    /// Checks that a client may say something in a room now.
    #[inline(always)]
    pub(in crate::chat) fn check_may_talk(
        &mut self,
        index: ClientIndex,
        room: RoomId,
    ) -> Result<(), Refusal> {
        self.chat.check_may_be_heard(index, Some(room), self.now)?;
        let room_now = self.chat.rooms.at(room);
        // Checked first because few rooms are slow, and this runs for each line of a flood.
        if room_now.rules.slow.is_some()
            && !self.chat.moderation.is_at_least(self.chat.clients[index.0].person, Rank::Operator)
            && let Err(pause) =
                room_now.rules.take_word(self.chat.clients[index.0].person, self.now.elapsed)
        {
            let (room, seconds) = (room_now.name().clone(), whole_seconds(pause));
            return Err(Refusal::SlowMode { room, seconds });
        }
        Ok(())
    }

    /// Gives a client a one-time hint after it has said a word that is a command elsewhere. There
    /// are no hints when clients are named by address, as in the original program.
    pub(in crate::chat) fn hint_at(&mut self, index: ClientIndex, meant: Option<Topic>) {
        let Some(topic) = meant.filter(|_| self.chat.options.naming == Naming::Guest) else {
            return;
        };
        if !std::mem::replace(&mut self.chat.clients[index.0].is_hinted, true) {
            self.tell(index, Reply::MeantCommand { topic });
        }
    }
}

impl Chat {
    /// Shows a line about a client in a room, in order among the other lines. The client is
    /// announced first if it has not been.
    #[inline(always)]
    pub(in crate::chat) fn announce(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: Event,
        now: ChatTime,
    ) {
        self.announce_arrival(index, now);
        self.announce_by(self.author(index), room, event, now);
    }

    /// Shows a line in a room. It says that it comes from `from`.
    #[inline]
    pub(in crate::chat) fn announce_by(
        &mut self,
        from: Author,
        room: RoomId,
        event: Event,
        now: ChatTime,
    ) {
        self.announce_to_others(from, room, event, None, now);
    }

    /// Shows an event of a person in each of these rooms, but only once to each member: in the
    /// first room that they share. Where the rooms have many members, they see it in each room.
    pub(in crate::chat) fn announce_once(
        &mut self,
        from: &Author,
        rooms: &[RoomId],
        event: &Event,
        now: ChatTime,
    ) {
        let mut seen_by: Option<Arc<FxHashSet<ClientIndex>>> = None;
        for (position, &room) in rooms.iter().enumerate() {
            self.announce_to_others(from.clone(), room, event.clone(), seen_by.clone(), now);
            if position + 1 < rooms.len() {
                let members = self.rooms.at(room).indexes();
                let seen_before = seen_by.as_ref().map_or(0, |seen_by| seen_by.len());
                if seen_before + members.len() <= limits::SEEN_BY_MAX {
                    Arc::make_mut(seen_by.get_or_insert_default()).extend(members);
                }
            }
        }
    }

    #[inline(always)]
    fn announce_to_others(
        &mut self,
        from: Author,
        room: RoomId,
        event: Event,
        seen_by: Option<Arc<FxHashSet<ClientIndex>>>,
        now: ChatTime,
    ) {
        self.lines_proposed += 1;
        let id = LineId { origin: self.options.origin, number: self.lines_proposed };
        let line = Proposal { id, room, at: now.wall, from, event, seen_by };
        if let Some(room) = self.rooms.append(line) {
            room.note_mentions(|text, found| self.people.mentioned(text, found));
        }
    }

    #[inline]
    pub(in crate::chat) fn author(&self, index: ClientIndex) -> Author {
        let client = &self.clients[index.0];
        Author { client: client.id, person: client.person, name: client.name.clone() }
    }
}
