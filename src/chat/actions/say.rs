//! Talking in a room: a line is proposed, ordered and applied.

use crate::base::clock::{Moment, whole_seconds};
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::model::event::{Author, ClientIndex, Event, OrderedLine, Proposal};
use crate::model::id::{LineId, RoomId};
use crate::model::moderation::Rank;
use crate::model::newcomer::Naming;
use crate::model::refusal::Refusal;
use crate::model::reply::Reply;
use crate::model::topic::Topic;

impl Chat {
    /// Says something in the client's current room.
    pub(in crate::chat) fn say(
        &mut self,
        index: ClientIndex,
        event: Event,
        now: Moment,
    ) -> Result<(), Refusal> {
        let Some(&room) = self.clients[index.0].rooms.last() else {
            self.check_may_be_heard(index, None, now)?;
            return Err(Refusal::InNoRoom);
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
    ) -> Result<(), Refusal> {
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
    ) -> Result<(), Refusal> {
        self.check_may_be_heard(index, Some(room), now)?;
        let room_now = self.rooms.at(room);
        // Checked first because few rooms are slow, and this runs for each line of a flood.
        if room_now.rules.slow.is_some()
            && !self.moderation.is_at_least(self.clients[index.0].person, Rank::Operator)
            && let Err(pause) = room_now.rules.take_word(self.clients[index.0].person, now.instant)
        {
            let (room, seconds) = (room_now.name().clone(), whole_seconds(pause));
            return Err(Refusal::SlowMode { room, seconds });
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
            self.tell(index, Reply::MeantCommand { topic }, out);
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
