//! Programs that only post lines: `/post`.
//!
//! A new client that sends `/post` before it is announced is admitted without a welcome. It is in
//! no room and reads nothing, and nobody sees it join or leave. It identifies itself with `/nick`
//! or `/login`, and says something in the lobby with `/post TEXT`, as far as anyone with that name
//! and address may. Each of its lines is answered by a reply that a program can recognize in any
//! language ([`Reply::Posting`], [`Reply::Posted`], [`Reply::NotPosted`]). If guests have to log
//! in, it has as much time for that as any client.
//!
//! Nothing else is accepted from it, so that a program that goes wrong says nothing in public.

use crate::chat::state::Chat;
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::turn::{Done, Turn};
use crate::command::unknown_command;
use crate::model::{ClientIndex, Event, LOBBY, Refusal, Reply};
use crate::text::CleanText;

impl Turn<'_> {
    pub(in crate::chat) fn post(
        &mut self,
        index: ClientIndex,
        text: Option<CleanText>,
    ) -> Result<Done, Refusal> {
        match self.chat.clients[index.0].stage {
            ArrivalStage::Introducing { .. } | ArrivalStage::Unannounced => {
                self.begin_posting(index);
            }
            ArrivalStage::Posting { .. } | ArrivalStage::Announced => {}
        }
        if !self.chat.is_posting(index) {
            return Err(unknown_command("post"));
        }
        let Some(text) = text else { return Ok(self.chat.posting_as(index)) };
        if let Some(refusal) = self.chat.kept_out_of(index, LOBBY, self.now) {
            return Err(refusal);
        }
        self.check_may_talk(index, LOBBY)?;
        self.chat.lines_said += 1;
        let from = self.chat.author(index);
        self.chat.announce_by(from, LOBBY, Event::Said { text }, self.now);
        self.chat.set_stage(index, ArrivalStage::Posting { has_posted: true }, None);
        Ok(Done::reply(Reply::Posted))
    }

    /// Puts an unannounced client into posting mode. It may have been admitted to the lobby before
    /// its first line arrived.
    fn begin_posting(&mut self, index: ClientIndex) {
        for room in std::mem::take(&mut self.chat.clients[index.0].rooms) {
            self.leave_rooms(index, &[room], &Event::Left);
        }
        self.chat.rooms_changed(index);
        self.chat.set_stage(index, ArrivalStage::Posting { has_posted: false }, None);
    }
}

impl Chat {
    /// The reply that says under which name the client posts.
    pub(in crate::chat) fn posting_as(&self, index: ClientIndex) -> Done {
        Done::reply(Reply::Posting { name: self.clients[index.0].name.clone() })
    }
}
