//! Programs that only post lines: `/post`.
//!
//! A new client that sends `/post` before it is announced is admitted without a welcome. It is in
//! no room and reads nothing, and nobody sees it join or leave. It identifies itself with `/nick`
//! or `/login`, and says something in the lobby with `/post TEXT`, as far as anyone with that name
//! and address may. Each of its lines is answered by a line that a program can recognize in any
//! language ([`POSTING`], [`POSTED`], [`NOT_POSTED`](crate::command::post_marks::NOT_POSTED)). If
//! guests have to log in, it has as much time for that as any client.
//!
//! Nothing else is accepted from it, so that a program that goes wrong says nothing in public.

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::turn::Done;
use crate::command::Wrong;
use crate::command::post_marks::{POSTED, POSTING};
use crate::lang::help_page;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::LOBBY;
use crate::text::CleanText;

impl Chat {
    pub(in crate::chat) fn post(
        &mut self,
        index: ClientIndex,
        text: Option<CleanText>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        match self.clients[index.0].stage {
            ArrivalStage::Introducing { .. } | ArrivalStage::Unannounced => {
                self.begin_posting(index, now, out);
            }
            ArrivalStage::Posting { .. } | ArrivalStage::Announced => {}
        }
        if !self.is_posting(index) {
            return Err(ErrorReply(help_page::wrong(self.catalogue(), &Wrong::unknown("post"))));
        }
        let Some(text) = text else { return Ok(self.posting_as(index)) };
        if let Some(told) = self.kept_out_of(index, LOBBY, now) {
            return Err(ErrorReply(told));
        }
        self.check_may_talk(index, LOBBY, now)?;
        self.lines_said += 1;
        let proposal = self.propose_as(self.author(index), LOBBY, Event::Said(text), now);
        let line = self.order(proposal);
        self.apply(line);
        self.set_stage(index, ArrivalStage::Posting { has_posted: true }, None);
        Ok(Done::reply(POSTED.to_owned()))
    }

    /// Puts an unannounced client into posting mode. It may have been admitted to the lobby before
    /// its first line arrived.
    fn begin_posting(&mut self, index: ClientIndex, now: Moment, out: &mut dyn Outbox) {
        for room in std::mem::take(&mut self.clients[index.0].rooms) {
            self.leave_room(index, room, &Event::Left, now, out);
        }
        self.rooms_changed(index);
        self.set_stage(index, ArrivalStage::Posting { has_posted: false }, None);
    }

    pub(in crate::chat) fn is_posting(&self, index: ClientIndex) -> bool {
        matches!(self.clients[index.0].stage, ArrivalStage::Posting { .. })
    }

    /// The reply that says under which name the client posts.
    pub(in crate::chat) fn posting_as(&self, index: ClientIndex) -> Done {
        Done::reply(format!("{POSTING}{}]", self.clients[index.0].name))
    }
}
