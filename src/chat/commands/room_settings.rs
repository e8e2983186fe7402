//! Room settings that owners control.

use crate::chat::state::Chat;
use crate::chat::state::room::JoinCheck;
use crate::chat::turn::{Done, Turn};
use crate::command::{RoomChange, Secret, TypedName, TypedRoom};
use crate::limits;
use crate::model::{
    ClientIndex, Event, LOBBY, Password, PasswordError, PasswordHash, PromiseKind, Rank, Refusal,
    Reply, RoomId, RoomSetting, Work,
};
use crate::text::CleanText;

impl Turn<'_> {
    /// `/topic` with a topic or `off`.
    pub(in crate::chat) fn set_topic(
        &mut self,
        index: ClientIndex,
        topic: Option<CleanText>,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, None)?;
        if self.chat.check_may_change(index, room)? {
            let shown = topic.as_ref().map_or("off", CleanText::as_str);
            self.record_change(index, room, &format!("topic {shown}"));
        }
        self.chat.rooms.at(room).rules.topic.clone_from(&topic);
        let is_stored = self.keep_room(room);
        self.chat.announce(index, room, Event::Topic { topic }, self.now);
        Ok(done(is_stored, Vec::new()))
    }

    pub(in crate::chat) fn invite(
        &mut self,
        index: ClientIndex,
        name: &TypedName,
        room: Option<&TypedRoom>,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, room)?;
        let guest = self.chat.whoever(name)?;
        let (name, room_name) = (self.chat.name_of(guest), self.chat.rooms.at(room).name().clone());
        let room_now = self.chat.rooms.at(room);
        if room_now.has(guest) {
            return Err(Refusal::InRoomAlready { name, room: room_name });
        }
        // Anyone may invite people who are present to an open room: it changes no rule of the room.
        let is_open = room_now.rules.entry(guest) == JoinCheck::Open;
        if !is_open || self.chat.people.find(guest).is_none() {
            self.chat.check_owns(index, room)?;
        }
        let inviter = self.chat.clients[index.0].person;
        let mut is_stored = false;
        if self.chat.rooms.at(room).rules.is_owner(inviter) {
            let Chat { rooms, people, .. } = &mut *self.chat;
            let rules = &mut rooms.at(room).rules;
            if !rules.invite(guest) {
                rules.keep_invited(|one| one.account().is_some() || people.find(one).is_some());
            }
            if !rules.invite(guest) {
                return Err(Refusal::TooManyInvited { max: limits::INVITED_MAX as u32 });
            }
            is_stored = self.keep_room(room);
        }
        let by = self.chat.clients[index.0].name.clone();
        if !self.chat.is_ignored_by(inviter, guest) {
            let invitation = Reply::YouAreInvited { by, room: room_name.clone() };
            self.tell_person(guest, &invitation);
        }
        let is_here = self.chat.people.find(guest).is_some();
        Ok(done(is_stored, vec![Reply::Invited { name, room: room_name, is_here }]))
    }

    /// `/room`, unless it sets a password.
    pub(in crate::chat) fn change_room(
        &mut self,
        index: ClientIndex,
        change: RoomChange,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, None)?;
        let is_operator = self.chat.check_may_change(index, room)?;
        // Every client connects to the lobby, so it can be slowed but not changed in any other way.
        if room == LOBBY && !matches!(change, RoomChange::Slow(_)) {
            return Err(Refusal::RoomHasNoOwner { room: self.chat.rooms.at(room).name().clone() });
        }
        let shown = change.to_string();
        let done = self.change_rules(index, room, change);
        if is_operator {
            self.record_change(index, room, &shown);
        }
        Ok(done)
    }

    fn change_rules(&mut self, index: ClientIndex, room: RoomId, change: RoomChange) -> Done {
        let was_stored = change == RoomChange::End && self.give_up_room(room);
        let setting = match change {
            RoomChange::End => RoomSetting::GivenUp,
            RoomChange::Password(_) => return self.put_room_password(room, None),
            RoomChange::Lock => RoomSetting::Locked(true),
            RoomChange::Unlock => RoomSetting::Locked(false),
            RoomChange::Hide => RoomSetting::Hidden(true),
            RoomChange::Show => RoomSetting::Hidden(false),
            RoomChange::Slow(seconds) => RoomSetting::Slow(seconds),
        };
        let rules = &mut self.chat.rooms.at(room).rules;
        match setting {
            RoomSetting::Locked(is_on) => rules.locked = is_on,
            RoomSetting::Hidden(is_on) => rules.hidden = is_on,
            RoomSetting::Slow(seconds) => rules.set_slow(seconds),
            RoomSetting::GivenUp => {}
        }
        let is_stored = self.keep_room(room) || was_stored;
        self.chat.announce(index, room, Event::Setting(setting), self.now);
        done(is_stored, Vec::new())
    }

    /// `/room password` with a password: has it hashed.
    pub(in crate::chat) fn set_room_password(
        &mut self,
        index: ClientIndex,
        typed: &Secret,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, None)?;
        self.chat.check_may_change(index, room)?;
        if room == LOBBY {
            return Err(Refusal::RoomHasNoOwner { room: self.chat.rooms.at(room).name().clone() });
        }
        let password = room_password(typed)?;
        self.submit_slow(index, Work::SetRoomPassword { room, password })
    }

    /// Sets the hashed password of a room.
    pub(in crate::chat) fn set_room_password_to(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        hash: PasswordHash,
    ) -> Result<Done, Refusal> {
        if self.chat.rooms.find(room).is_none() {
            return Err(Refusal::RoomGone);
        }
        // The room may have a new owner by now.
        if self.chat.check_may_change(index, room)? {
            self.record_change(index, room, "password");
        }
        Ok(self.put_room_password(room, Some(hash)))
    }

    fn put_room_password(&mut self, room: RoomId, password: Option<PasswordHash>) -> Done {
        let is_on = password.is_some();
        self.chat.rooms.at(room).rules.password = password;
        let is_stored = self.keep_room(room);
        let room = self.chat.rooms.at(room).name().clone();
        done(is_stored, vec![Reply::RoomPassword { room, is_on }])
    }
}

impl Chat {
    /// Checks that a client may change a room, as its owner or as an operator. Returns whether it
    /// acts as an operator.
    fn check_may_change(&mut self, index: ClientIndex, room: RoomId) -> Result<bool, Refusal> {
        match self.check_owns(index, room) {
            Ok(()) => Ok(false),
            Err(_) if self.has_rank(index, Rank::Operator) => {
                // Not the room of someone of equal or higher rank.
                if let Some(owner) = self.rooms.at(room).rules.owner {
                    self.check_outranks(index, owner)?;
                }
                Ok(true)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn check_owns(&mut self, index: ClientIndex, room: RoomId) -> Result<(), Refusal> {
        let person = self.clients[index.0].person;
        let owner = self.rooms.at(room).rules.owner;
        let room = self.rooms.at(room).name().clone();
        match owner {
            Some(owner) if owner == person => Ok(()),
            Some(owner) => Err(Refusal::NotOwner { room, owner: self.name_of(owner) }),
            None => Err(Refusal::RoomHasNoOwner { room }),
        }
    }
}

/// The password that someone sets for a room.
pub(super) fn room_password(typed: &Secret) -> Result<Password, Refusal> {
    let bad = Refusal::BadPassword { why: PasswordError::Character };
    Password::typed(typed.expose()).ok_or(bad)
}

/// The command is done: these replies are promises if the room is stored.
pub(super) fn done(is_stored: bool, replies: Vec<Reply>) -> Done {
    if is_stored { Done::Promised(PromiseKind::Saved, replies) } else { Done::Replies(replies) }
}
