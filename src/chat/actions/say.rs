//! Talking in a room: a line is proposed, ordered and applied.

use std::fmt::Display;

use crate::base::clock::{Moment, whole_seconds};
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::command::Topic;
use crate::lang::fill;
use crate::model::event::{Author, ClientIndex, Event, OrderedLine, Proposal};
use crate::model::id::{LineId, RoomId};
use crate::model::moderation::Rank;
use crate::model::newcomer::Naming;

impl Chat {
    /// Says something in the client's current room.
    pub(in crate::chat) fn say(
        &mut self,
        index: ClientIndex,
        event: Event,
        now: Moment,
    ) -> Result<(), ErrorReply> {
        let Some(&room) = self.clients[index.0].rooms.last() else {
            self.check_may_be_heard(index, None, now)?;
            return Err(ErrorReply(self.answers().in_no_room.to_owned()));
        };
        self.say_in(index, room, event, now)
    }

    /// Says something in one of the client's rooms.
    pub(in crate::chat) fn say_in(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: Event,
        now: Moment,
    ) -> Result<(), ErrorReply> {
        self.check_may_talk(index, room, now)?;
        self.lines_said += 1;
        let proposal = self.propose(index, room, event, now);
        let line = self.order(proposal);
        self.apply(line);
        Ok(())
    }

    /// Checks that a client may say something in a room now.
    pub(in crate::chat) fn check_may_talk(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        now: Moment,
    ) -> Result<(), ErrorReply> {
        self.check_may_be_heard(index, Some(room), now)?;
        let room_now = self.rooms.at(room);
        // Checked first because few rooms are slow, and this runs for each line of a flood.
        if room_now.rules.slow.is_some()
            && !self.moderation.is_at_least(self.clients[index.0].person, Rank::Operator)
            && let Err(pause) = room_now.rules.take_word(self.clients[index.0].person, now.instant)
        {
            let seconds = whole_seconds(pause);
            let name = room_now.name().clone();
            let values: [(&str, &dyn Display); 2] = [("room", &name), ("seconds", &seconds)];
            return Err(ErrorReply(fill(self.answers().room_is_slow, &values)));
        }
        Ok(())
    }

    /// Gives a client a one-time hint after it has said a word that is a command elsewhere. There
    /// are no hints when clients are named by address, as in the original program.
    pub(in crate::chat) fn hint_at(
        &mut self,
        index: ClientIndex,
        meant: Option<Topic>,
        out: &mut dyn Outbox,
    ) {
        let Some(topic) = meant.filter(|_| self.options.naming == Naming::Guest) else { return };
        if !std::mem::replace(&mut self.clients[index.0].is_hinted, true) {
            let hint = fill(self.answers().meant_command, &[("command", &topic.name())]);
            self.tell(index, &hint, out);
        }
    }

    /// Proposes a line. The client is announced first if it has not been.
    pub(in crate::chat) fn propose(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: Event,
        now: Moment,
    ) -> Proposal {
        self.announce_arrival(index, now);
        self.propose_as(self.author(index), room, event, now)
    }

    pub(in crate::chat) fn author(&self, index: ClientIndex) -> Author {
        let client = &self.clients[index.0];
        Author { client: client.id, person: client.person, name: client.name.clone() }
    }

    pub(in crate::chat) fn propose_as(
        &mut self,
        from: Author,
        room: RoomId,
        event: Event,
        now: Moment,
    ) -> Proposal {
        self.lines_proposed += 1;
        let id = LineId { origin: self.options.seed, number: self.lines_proposed };
        Proposal { id, room, at: now.wall, from, event }
    }

    /// Gives a proposal its position. On a single server this happens at once.
    pub(in crate::chat) fn order(&mut self, proposal: Proposal) -> OrderedLine {
        self.rooms.at(proposal.room).order(proposal)
    }

    /// Adds an ordered line to the open batch of its room.
    pub(in crate::chat) fn apply(&mut self, line: OrderedLine) {
        self.rooms.apply(line);
    }

    /// Shows a line about a client in a room, in order among the other lines.
    pub(in crate::chat) fn announce(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: Event,
        now: Moment,
    ) {
        let proposal = self.propose(index, room, event, now);
        let line = self.order(proposal);
        self.apply(line);
    }
}
