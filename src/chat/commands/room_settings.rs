//! Room settings that owners control.

use std::fmt::Display;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::room::{JoinCheck, Owner};
use crate::chat::turn::Done;
use crate::command::{RoomChange, Secret, TopicChange};
use crate::lang::fill;
use crate::limits;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::{LOBBY, RoomId};
use crate::model::job::Work;
use crate::model::moderation::Rank;
use crate::model::password::Password;
use crate::text::CleanText;

impl Chat {
    pub(in crate::chat) fn topic(
        &mut self,
        index: ClientIndex,
        change: TopicChange,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let room = self.own_room(index, None)?;
        let answers = self.answers();
        let topic = match change {
            TopicChange::Show => return Ok(Done::reply(self.topic_of(room))),
            TopicChange::Set(text) => Some(text),
            TopicChange::Clear => None,
        };
        if self.check_may_change(index, room)? {
            let shown = topic.as_ref().map_or("off", CleanText::as_str);
            self.record_change(index, room, &format!("topic {shown}"), now, out);
        }
        let name = self.clients[index.0].name.clone();
        let text = match &topic {
            Some(topic) => fill(answers.topic_set, &[("name", &name), ("topic", &topic.as_str())]),
            None => fill(answers.topic_cleared, &[("name", &name)]),
        };
        self.rooms.at(room).rules.topic = topic;
        self.keep_room(room, out);
        self.announce(index, room, Event::Notice(text.into()), now);
        Ok(Done::Reply(Vec::new()))
    }

    pub(in crate::chat) fn invite(
        &mut self,
        index: ClientIndex,
        name: &str,
        room: Option<&str>,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let room = self.own_room(index, room)?;
        let answers = self.answers();
        let guest = self.whoever(name)?;
        let (name, room_name) = (self.name_of(guest), self.rooms.at(room).name().clone());
        let values: [(&str, &dyn Display); 2] = [("name", &name), ("room", &room_name)];
        let room_now = self.rooms.at(room);
        if room_now.has(guest) {
            return Err(ErrorReply(fill(answers.is_in_room_already, &values)));
        }
        // Anyone may invite people who are present to an open room: it changes no rule of the room.
        let is_open = room_now.rules.entry(guest) == JoinCheck::Open;
        if !is_open || self.people.find(guest).is_none() {
            self.check_owns(index, room)?;
        }
        let inviter = self.clients[index.0].person;
        if self.rooms.at(room).rules.is_owner(inviter) {
            let Self { rooms, people, .. } = self;
            let rules = &mut rooms.at(room).rules;
            if !rules.invite(guest) {
                rules.keep_invited(|one| one.account().is_some() || people.find(one).is_some());
            }
            if !rules.invite(guest) {
                let max = limits::INVITED_MAX;
                return Err(ErrorReply(fill(answers.too_many_invited, &[("max", &max)])));
            }
            self.keep_room(room, out);
        }
        let inviter_name = self.clients[index.0].name.clone();
        let text = fill(answers.you_are_invited, &[("name", &inviter_name), ("room", &room_name)]);
        if !self.is_ignored_by(inviter, guest) {
            for of_guest in self.indexes_of(guest) {
                self.tell(of_guest, &text, out);
            }
        }
        let template = if self.people.find(guest).is_some() {
            answers.invited
        } else {
            answers.invited_absent
        };
        Ok(Done::reply(fill(template, &values)))
    }

    pub(in crate::chat) fn change_room(
        &mut self,
        index: ClientIndex,
        change: RoomChange,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let room = self.own_room(index, None)?;
        let is_operator = self.check_may_change(index, room)?;
        // Every client connects to the lobby, so it can be slowed but not changed in any other way.
        if room == LOBBY && !matches!(change, RoomChange::Slow(_)) {
            return Err(self.nobodys(room));
        }
        let shown = change.to_string();
        let done = self.change_rules(index, room, change, now, out)?;
        if is_operator {
            self.record_change(index, room, &shown, now, out);
        }
        Ok(done)
    }

    fn change_rules(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        change: RoomChange,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        if change == RoomChange::End {
            self.give_up_room(room, out)?;
        }
        let rules = &mut self.rooms.at(room).rules;
        let template = match change {
            RoomChange::End => answers.room_given_up,
            RoomChange::Password(password) => {
                return self.set_room_password(index, room, password.as_ref(), out);
            }
            RoomChange::Lock => {
                rules.locked = true;
                answers.room_locked
            }
            RoomChange::Unlock => {
                rules.locked = false;
                rules.awaits_password = false;
                answers.room_unlocked
            }
            RoomChange::Hide => {
                rules.hidden = true;
                answers.room_hidden
            }
            RoomChange::Show => {
                rules.hidden = false;
                answers.room_shown
            }
            RoomChange::Slow(seconds) => {
                rules.set_slow(seconds);
                if seconds.is_some() { answers.room_slowed } else { answers.room_not_slow }
            }
        };
        let seconds = rules.slow.map_or(0, |seconds| seconds.get());
        let name = self.clients[index.0].name.clone();
        let text = fill(template, &[("name", &name), ("seconds", &seconds)]);
        self.keep_room(room, out);
        self.announce(index, room, Event::Notice(text.into()), now);
        Ok(Done::Reply(Vec::new()))
    }

    pub(in crate::chat) fn set_room_password(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        password: Option<&Secret>,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let Some(typed) = password else {
            self.rooms.at(room).rules.password = None;
            self.rooms.at(room).rules.awaits_password = false;
            self.keep_room(room, out);
            let name = self.rooms.at(room).name().clone();
            return Ok(Done::reply(fill(self.answers().room_password_off, &[("room", &name)])));
        };
        let Some(password) = Password::typed(typed.expose()) else {
            return Err(ErrorReply(self.answers().password_character.to_owned()));
        };
        self.submit_slow(index, Work::SetRoomPassword { room, password }, out)
    }

    /// Checks that a client may change a room, as its owner or as an operator. Returns whether it
    /// acts as an operator.
    fn check_may_change(&mut self, index: ClientIndex, room: RoomId) -> Result<bool, ErrorReply> {
        match self.check_owns(index, room) {
            Ok(()) => Ok(false),
            Err(_) if self.has_rank(index, Rank::Operator) => {
                // Not the room of someone of equal or higher rank.
                if let Owner::Person(owner) = self.rooms.at(room).rules.owner {
                    self.check_outranks(index, owner)?;
                }
                Ok(true)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn nobodys(&mut self, room: RoomId) -> ErrorReply {
        let name = self.rooms.at(room).name().clone();
        ErrorReply(fill(self.answers().nobody_owns, &[("room", &name)]))
    }

    fn check_owns(&mut self, index: ClientIndex, room: RoomId) -> Result<(), ErrorReply> {
        let person = self.clients[index.0].person;
        let answers = self.answers();
        let owner = self.rooms.at(room).rules.owner;
        let name = self.rooms.at(room).name().clone();
        match owner {
            Owner::Person(owner) if owner == person => Ok(()),
            Owner::Person(owner) => {
                let owner = self.name_of(owner);
                Err(ErrorReply(fill(answers.not_owner, &[("owner", &owner), ("room", &name)])))
            }
            Owner::Nobody => Err(self.nobodys(room)),
        }
    }

    /// Sets the hashed password of a room.
    pub(in crate::chat) fn room_password_set(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        hash: crate::model::password::PasswordHash,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        if room == LOBBY || self.rooms.find(room).is_none() {
            return Err(ErrorReply(answers.room_is_gone.to_owned()));
        }
        // The room may have a new owner by now.
        self.check_may_change(index, room)?;
        self.rooms.at(room).rules.password = Some(hash);
        self.rooms.at(room).rules.awaits_password = false;
        self.keep_room(room, out);
        let name = self.rooms.at(room).name().clone();
        Ok(Done::reply(fill(answers.room_password_on, &[("room", &name)])))
    }
}
