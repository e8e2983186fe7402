//! New clients: when they are announced to everyone else, and what they are shown first.
//!
//! A client that connects sees new lines at once, but is not announced yet: it is in no list and no
//! count, and nobody can send it a private message. It is announced just before it first does
//! anything that someone else can notice, or after [`limits::ARRIVAL_TIME`]. If it disconnects
//! before that, nobody learns that it was there. Noticeable actions are a line of its own (no line
//! of an unannounced client passes `Chat::announce`), joining a room, and a private message.
//!
//! A client whose first line identifies its user (`/nick`, `/login`) joins no room before that line
//! has been handled, and so is welcomed and announced under the resulting name.

use std::net::SocketAddr;

use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::chat::state::newcomers::ArrivalStage;
use crate::chat::turn::Turn;
use crate::command::{Command, Utterance};
use crate::limits;
use crate::model::{ClientIndex, Delivery, Event, LOBBY, Naming, PersonId, Refusal, Reply};

impl Turn<'_> {
    /// Ends the introduction of a client unless what it sends is part of the introduction.
    #[inline]
    pub(in crate::chat) fn hear_introduction(&mut self, index: ClientIndex, utterance: &Utterance) {
        if !self.chat.is_introducing(index) {
            return;
        }
        if !is_part(utterance) {
            return self.end_introduction(index, None);
        }
        let Utterance::Command(command) = utterance else { return };
        // A program that asks for a registered name logs in next and waits for the password prompt.
        // It is welcomed after the login, whether that succeeds or not.
        let is_of_account = match &**command {
            Command::Nick { name } if self.chat.clients[index.0].traits.is_interactive => {
                let nick = name.meaning().as_ref();
                nick.is_ok_and(|it| self.chat.accounts.named(it.nick.key()).is_some())
            }
            _ => false,
        };
        self.chat.expect_login(index, is_of_account);
    }

    /// Ends the introduction: welcomes the client under its current identity, and shows it `told`
    /// as well.
    pub(in crate::chat) fn end_introduction(&mut self, index: ClientIndex, told: Option<Reply>) {
        if !self.chat.is_introducing(index) {
            return;
        }
        self.chat.set_stage(index, ArrivalStage::Unannounced, None);
        let person = self.chat.clients[index.0].person;
        let is_guest = person.account().is_none();
        let (replies, is_let_in) = self.chat.first_words(index, told, self.now);
        // The client is in no room yet, so this overtakes no lines.
        self.out.deliver(index, Delivery::Replies(replies));
        match (is_let_in, is_guest) {
            (false, true) => self.chat.make_wait(index),
            (false, false) => {}
            (true, true) => self.chat.join_unannounced(index, self.now),
            (true, false) => {
                let is_new_here = !self.chat.rooms.at(LOBBY).has(person);
                self.chat.join_unannounced(index, self.now);
                let missed =
                    if is_new_here { self.mark_joined(index, LOBBY, person) } else { None };
                self.tell_past(index, LOBBY, missed);
            }
        }
    }

    /// Handles the deadline of a client's stage: announces the client, or ends its introduction.
    pub(in crate::chat) fn end_stage(&mut self, index: ClientIndex) {
        match self.chat.clients[index.0].stage {
            ArrivalStage::Introducing { .. } => self.end_introduction(index, None),
            ArrivalStage::Unannounced | ArrivalStage::Announced => {
                self.chat.announce_arrival(index, self.now);
            }
            ArrivalStage::Posting { .. } => {}
        }
    }
}

impl Chat {
    /// Announces the client to everyone else unless that has been done.
    #[inline(always)]
    pub(in crate::chat) fn announce_arrival(&mut self, index: ClientIndex, now: ChatTime) {
        if !self.is_announced(index) {
            self.announce_newcomer(index, now);
        }
    }

    #[cold]
    fn announce_newcomer(&mut self, index: ClientIndex, now: ChatTime) {
        self.set_stage(index, ArrivalStage::Announced, None);
        self.log_arrival(index);
        for room in self.clients[index.0].rooms.clone() {
            let person = self.clients[index.0].person;
            let is_new_here = !self.rooms.at(room).has(person);
            if is_new_here {
                self.announce(index, room, Event::Joined, now);
            }
            self.rooms.at(room).count_member(index, is_new_here);
        }
    }

    pub(in crate::chat) fn log_arrival(&self, index: ClientIndex) {
        let client = &self.clients[index.0];
        let address = SocketAddr::new(client.address, client.port);
        tracing::info!(client = %client.id, %address, name = %client.name, "client joined");
    }

    /// Adds a client to the lobby without announcing it yet.
    pub(in crate::chat) fn join_unannounced(&mut self, index: ClientIndex, now: ChatTime) {
        self.add_member(index, LOBBY);
        let deadline = now.elapsed + limits::ARRIVAL_TIME;
        self.set_stage(index, ArrivalStage::Unannounced, Some(deadline));
    }

    /// The first replies to a new client, with `told` among them, and whether it may join the lobby.
    /// A guest's end with the recent lines of the lobby.
    pub(in crate::chat) fn first_words(
        &mut self,
        index: ClientIndex,
        told: Option<Reply>,
        now: ChatTime,
    ) -> (Box<[Reply]>, bool) {
        let (name, person) = (self.clients[index.0].name.clone(), self.clients[index.0].person);
        let kept_out =
            self.kept_out_as_guest(index, now).or_else(|| self.kept_out_of(index, LOBBY, now));
        let is_let_in = kept_out.is_none();
        let is_address = self.options.naming == Naming::Address;
        let is_guest = person.account().is_none();
        let motd = Some(&self.motd).filter(|motd| !motd.lines().is_empty());
        let replies = [
            Some(Reply::Welcome { name, is_address }),
            (is_let_in && !is_address).then(|| self.who_is_here(index)).flatten(),
            motd.map(|motd| Reply::Motd { lines: motd.clone() }),
            kept_out.map(Refusal::into),
            told,
            // It ends exactly where the new lines begin.
            (is_let_in && is_guest).then(|| self.replay(index, LOBBY, now)).flatten(),
        ];
        // Holes from spare room would add up over thousands of clients.
        let mut exact = Vec::with_capacity(replies.iter().flatten().count());
        exact.extend(replies.into_iter().flatten());
        (exact.into(), is_let_in)
    }

    /// Names the lobby and the people in it, those who spoke most recently first. Looks at only a
    /// few people, however many there are.
    fn who_is_here(&self, index: ClientIndex) -> Option<Reply> {
        let lobby = self.rooms.find(LOBBY)?;
        let own = self.clients[index.0].person;
        let count = lobby.people().len() - usize::from(lobby.has(own));
        // A single remaining person is named instead of "1 other".
        let max = limits::FIRST_NAMES_MAX;
        let shown = if count <= max + 1 { count } else { max };
        let authors = lobby.recent_authors(limits::FIRST_NAMES_LINES_MAX, self.options.origin);
        let mut people: Vec<PersonId> = Vec::with_capacity(shown);
        for person in authors.filter(|person| lobby.has(*person)).chain(lobby.people()) {
            if people.len() == shown {
                break;
            }
            if person != own && !people.contains(&person) {
                people.push(person);
            }
        }
        let names = people.into_iter().map(|person| self.name_of(person)).collect();
        Some(Reply::Here { room: lobby.name().clone(), names, others: (count - shown) as u32 })
    }
}

/// Whether this identifies the client or belongs to `/post`.
pub(in crate::chat) fn is_part(utterance: &Utterance) -> bool {
    use Command::{Login, Nick, Post};
    matches!(utterance, Utterance::Command(command)
        if matches!(**command, Nick { .. } | Login { .. } | Post { .. }))
}
