//! Programs that only say lines: `/post`.
//!
//! One whose first line that is comes in without a word: it is in no room, reads nothing, and nobody
//! is told that it joins or leaves. By `/nick` or `/login` it says who it is, and by `/post TEXT` it
//! says something in the lobby, as far as anybody of that name and address may. Each of its lines is
//! answered by one of the server's that a program can tell apart, in whatever language the rest of it
//! is ([`POSTING`], [`POSTED`], [`NOT_POSTED`](crate::terminal::messages::NOT_POSTED)).
//!
//! Nothing else is taken from it, so that a program that goes wrong says nothing aloud.

use super::commands::Done;
use super::newcomers::Stage;
use super::{Hall, Refusal};
use crate::clock::Moment;
use crate::command::{Command, Utterance, Wrong};
use crate::help;
use crate::id::LOBBY;
use crate::room::{Seat, What};
use crate::terminal::messages::{POSTED, POSTING};
use crate::text::CleanText;

/// Whether somebody who only says lines may send this.
pub(super) fn is_part(utterance: &Utterance) -> bool {
    use Command::{Login, Nick, Post};
    matches!(utterance, Utterance::Command(command)
        if matches!(**command, Nick { .. } | Login { .. } | Post { .. }))
}

impl Hall {
    /// `/post`.
    pub(super) fn post(
        &mut self,
        seat: Seat,
        text: Option<CleanText>,
        now: Moment,
    ) -> Result<Done, Refusal> {
        if self.is_introducing(seat) {
            self.set_stage(seat, Stage::Posting { has_posted: false });
        }
        if !self.is_posting(seat) {
            return Err(Refusal(help::wrong(self.catalogue(), &Wrong::unknown("post"))));
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

    pub(super) fn is_posting(&self, seat: Seat) -> bool {
        matches!(self.clients[seat.0].stage, Stage::Posting { .. })
    }

    /// Says by which name.
    pub(super) fn posting_as(&self, seat: Seat) -> Done {
        Done::told(format!("{POSTING}{}]", self.clients[seat.0].name))
    }
}
