//! Programs that only say lines: `/post`.
//!
//! A newcomer who says that before it is announced is let in without a word: it is in no room, reads
//! nothing, and nobody is told that it joins or leaves. By `/nick` or `/login` it says who it is, and
//! by `/post TEXT` it says something in the lobby, as far as anybody of that name and address may.
//! Each of its lines is answered by one of the server's that a program can tell apart, in whatever
//! language the rest of it is ([`POSTING`], [`POSTED`],
//! [`NOT_POSTED`](crate::wire::telnet::messages::NOT_POSTED)). Where guests have to log in, it has as long
//! for that as anybody.
//!
//! Nothing else is taken from it, so that a program that goes wrong says nothing aloud.

use super::dispatch::Done;
use crate::base::clock::Moment;
use crate::chat::actions::announce::Stage;
use crate::chat::state::room::{Seat, What};
use crate::chat::state::{Hall, Outbox, Refusal};
use crate::command::{Command, Utterance, Wrong};
use crate::lang::help_page;
use crate::model::id::LOBBY;
use crate::text::CleanText;
use crate::wire::telnet::messages::{POSTED, POSTING};

/// Whether this says who somebody is, or is a line of somebody who only says lines.
pub(in crate::chat) fn is_part(utterance: &Utterance) -> bool {
    use Command::{Login, Nick, Post};
    matches!(utterance, Utterance::Command(command)
        if matches!(**command, Nick { .. } | Login { .. } | Post { .. }))
}

impl Hall {
    /// `/post`.
    pub(in crate::chat) fn post(
        &mut self,
        seat: Seat,
        text: Option<CleanText>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        match self.clients[seat.0].stage {
            Stage::Introducing { .. } | Stage::Unannounced { .. } => {
                self.begin_posting(seat, now, out);
            }
            Stage::Posting { .. } | Stage::Announced => {}
        }
        if !self.is_posting(seat) {
            return Err(Refusal(help_page::wrong(self.catalogue(), &Wrong::unknown("post"))));
        }
        let Some(text) = text else { return Ok(self.posting_as(seat)) };
        if let Some(told) = self.kept_out_of(seat, LOBBY, now) {
            return Err(Refusal(told));
        }
        self.check_may_talk(seat, LOBBY, now)?;
        self.lines_said += 1;
        let proposal = self.propose_as(self.author(seat), LOBBY, What::Said(text), now);
        let line = self.order(proposal);
        self.apply(line);
        self.set_stage(seat, Stage::Posting { has_posted: true });
        Ok(Done::told(POSTED.to_owned()))
    }

    /// A newcomer, of whom nobody knows yet, goes from where it is. It may have been let in before its
    /// first line came.
    fn begin_posting(&mut self, seat: Seat, now: Moment, out: &mut dyn Outbox) {
        for room in std::mem::take(&mut self.clients[seat.0].rooms) {
            self.leave_room(seat, room, &What::Left, now, out);
        }
        self.rooms_changed(seat);
        self.set_stage(seat, Stage::Posting { has_posted: false });
    }

    pub(in crate::chat) fn is_posting(&self, seat: Seat) -> bool {
        matches!(self.clients[seat.0].stage, Stage::Posting { .. })
    }

    /// Says by which name.
    pub(in crate::chat) fn posting_as(&self, seat: Seat) -> Done {
        Done::told(format!("{POSTING}{}]", self.clients[seat.0].name))
    }
}
