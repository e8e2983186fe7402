//! Joining, leaving and creating rooms.

use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::room::{JoinCheck, Rules};
use crate::chat::turn::{Done, Turn};
use crate::command::Secret;
use crate::limits;
use crate::model::{
    ClientIndex, Event, Password, PasswordHash, Refusal, Reply, RoomId, Update, Work,
};
use crate::text::nick::RoomName;

impl Turn<'_> {
    pub(in crate::chat) fn join(
        &mut self,
        index: ClientIndex,
        name: &str,
        password: Option<&Secret>,
        has_sign: bool,
    ) -> Result<Done, Refusal> {
        let name = self.chat.room_name(name)?;
        let Some(room) = self.chat.rooms.named(&name) else {
            if password.is_some() && !has_sign {
                // Most users who type this mean a room name with a space in it.
                return Err(Refusal::RoomNameIsOneWord { room: name.as_str().clone() });
            }
            return self.make_room(index, name, password);
        };
        if self.chat.clients[index.0].rooms.contains(&room) {
            return Ok(self.switch_to(index, room));
        }
        if let Some(refusal) = self.chat.kept_out_of(index, room, self.now) {
            return Err(refusal);
        }
        self.chat.check_may_be_in_more(index)?;
        let person = self.chat.clients[index.0].person;
        let name = name.as_str().clone();
        let room_now = self.chat.rooms.at(room);
        // A person who is in the room with another client has been admitted already.
        let entry =
            if room_now.has(person) { JoinCheck::Open } else { room_now.rules.entry(person) };
        match (entry, password) {
            (JoinCheck::Open, _) => Ok(self.join_room(index, room)),
            (JoinCheck::Locked, _) => Err(Refusal::RoomLocked { room: name }),
            (JoinCheck::Password(_), None) => Err(Refusal::RoomNeedsPassword { room: name }),
            (JoinCheck::Password(hash), Some(typed)) => {
                let hash = hash.clone();
                self.take_attempt(index, AttemptTarget::Room(room))?;
                let Some(password) = Password::typed(typed.expose()) else {
                    return Err(Refusal::WrongRoomPassword { room: name });
                };
                self.submit_slow(index, Work::CheckRoomPassword { room, hash, password })
            }
        }
    }

    /// Creates a room.
    fn make_room(
        &mut self,
        index: ClientIndex,
        name: RoomName,
        password: Option<&Secret>,
    ) -> Result<Done, Refusal> {
        let person = self.chat.clients[index.0].person;
        // Its name is visible to everyone.
        self.chat.check_may_be_heard(index, None, self.now)?;
        if let Some(other) =
            self.chat.rooms.looking_like(&name).and_then(|id| self.chat.rooms.find(id))
        {
            let other = self.chat.is_shown_to(index, other).then(|| other.name().clone());
            return Err(Refusal::RoomResembles { room: name.as_str().clone(), other });
        }
        self.chat.check_may_be_in_more(index)?;
        if self.chat.rooms.count() >= limits::ROOMS_MAX {
            return Err(Refusal::TooManyRooms);
        }
        if self.chat.rooms.owned_by(person) >= limits::ROOMS_OWNED_MAX {
            return Err(Refusal::OwnsTooManyRooms { max: limits::ROOMS_OWNED_MAX as u32 });
        }
        let shown = name.as_str().clone();
        let awaits_password = password.is_some();
        let mut rules = Rules::of(person);
        rules.awaits_password = awaits_password;
        let room = self.chat.rooms.add(name, rules);
        self.out.keep(Update::RoomNumber(room));
        if let Some(typed) = password
            && let Err(refusal) = self.set_room_password(index, room, Some(typed))
        {
            // Without its password the room would be open to everyone.
            self.chat.rooms.at(room).rules.give_up();
            self.release_room(room);
            return Err(refusal);
        }
        let before = self.chat.clients[index.0].rooms.last().copied();
        self.close_batches_of(index);
        self.chat.add_to_room(index, room, self.now);
        self.mark_joined(index, room, person);
        self.read_anew_in(index, before);
        let made = Reply::MadeRoom { room: shown };
        if awaits_password {
            self.tell(index, made);
            return Ok(Done::Later);
        }
        self.keep_room(room);
        Ok(Done::reply(made))
    }

    /// `#room`, and `/join` of a room that the client is in.
    fn switch_to(&mut self, index: ClientIndex, room: RoomId) -> Done {
        self.make_current(index, room);
        Done::reply(Reply::TalkingIn { room: self.chat.rooms.at(room).name().clone() })
    }

    /// `#room` alone.
    pub(in crate::chat) fn switch(
        &mut self,
        index: ClientIndex,
        name: &str,
    ) -> Result<Done, Refusal> {
        let room = self.chat.room_of_line(index, name)?;
        Ok(self.switch_to(index, room))
    }

    pub(in crate::chat) fn leave(
        &mut self,
        index: ClientIndex,
        name: Option<&str>,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, name)?;
        Ok(Done::reply(self.leave_for_next_room(index, room, &Event::Left)))
    }

    /// Handles the result of comparing a room's password: the hash that it matched, if it did.
    pub(in crate::chat) fn room_password_checked(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        matched: Option<&PasswordHash>,
    ) -> Result<Done, Refusal> {
        let Some(name) = self.chat.shown_room(Some(room)) else {
            return Err(Refusal::RoomGone);
        };
        let person = self.chat.clients[index.0].person;
        // The owner may have changed or locked the room meanwhile.
        let entry = self.chat.rooms.at(room).rules.entry(person);
        let is_changed = matches!(entry, JoinCheck::Password(hash) if Some(hash) != matched);
        if matched.is_none() || is_changed {
            return Err(Refusal::WrongRoomPassword { room: name });
        }
        let is_locked = entry == JoinCheck::Locked;
        self.chat.give_back_attempt(index, AttemptTarget::Room(room));
        let is_kept_out = self
            .chat
            .kept_out_as_guest(index, self.now)
            .or_else(|| self.chat.kept_out_of(index, room, self.now));
        if let Some(refusal) = is_kept_out {
            return Err(refusal);
        }
        if is_locked {
            return Err(Refusal::RoomLocked { room: name });
        }
        Ok(self.join_room(index, room))
    }
}

impl Chat {
    fn check_may_be_in_more(&self, index: ClientIndex) -> Result<(), Refusal> {
        let max = limits::ROOMS_PER_CLIENT_MAX;
        if self.clients[index.0].rooms.len() < max {
            return Ok(());
        }
        Err(Refusal::InTooManyRooms { max: max as u32 })
    }
}
