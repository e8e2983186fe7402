//! Joining, leaving and creating rooms.

use super::room_settings::{done, room_password};
use crate::base::clock::ChatTime;
use crate::chat::state::Chat;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::room::{JoinCheck, Rules};
use crate::chat::turn::{Done, Turn};
use crate::command::{Secret, TypedRoom};
use crate::limits;
use crate::model::{
    ClientIndex, Event, Password, PasswordHash, Refusal, Reply, RoomId, Update, Verdict, Work,
};
use crate::text::nick::RoomName;

impl Turn<'_> {
    /// `/join` without a password.
    pub(in crate::chat) fn join(
        &mut self,
        index: ClientIndex,
        name: &TypedRoom,
    ) -> Result<Done, Refusal> {
        let name = self.chat.room_name(name)?;
        self.make_room(index, name, None)
    }

    fn join_if_open(&mut self, index: ClientIndex, room: RoomId) -> Result<Done, Refusal> {
        if self.chat.clients[index.0].rooms.contains(&room) {
            return Ok(self.switch_to(index, room));
        }
        match self.chat.entry_of(index, room, self.now)? {
            JoinCheck::Open => Ok(self.join_room(index, room)),
            JoinCheck::Locked => {
                Err(Refusal::RoomLocked { room: self.chat.rooms.at(room).name().clone() })
            }
            JoinCheck::Password(_) => {
                Err(Refusal::RoomNeedsPassword { room: self.chat.rooms.at(room).name().clone() })
            }
        }
    }

    /// `/join` with a password: has it checked, or hashed for a new room.
    pub(in crate::chat) fn join_with(
        &mut self,
        index: ClientIndex,
        name: &TypedRoom,
        typed: &Secret,
        has_sign: bool,
    ) -> Result<Done, Refusal> {
        let name = self.chat.room_name(name)?;
        let Some(room) = self.chat.rooms.named(name) else {
            if !has_sign {
                // Most users who type this mean a room name with a space in it.
                return Err(Refusal::RoomNameIsOneWord { room: name.as_str().clone() });
            }
            self.chat.check_may_make(index, name, self.now)?;
            let (name, password) = (name.clone(), room_password(typed)?);
            return self.submit_slow(index, Work::MakeRoom { name, password });
        };
        if self.chat.clients[index.0].rooms.contains(&room) {
            return Ok(Done::Decided(Verdict::Join { room, hash: None }));
        }
        let name = self.chat.rooms.at(room).name().clone();
        match self.chat.entry_of(index, room, self.now)? {
            JoinCheck::Open => Ok(Done::Decided(Verdict::Join { room, hash: None })),
            JoinCheck::Locked => Err(Refusal::RoomLocked { room: name }),
            JoinCheck::Password(hash) => {
                let hash = hash.clone();
                self.take_attempt(index, AttemptTarget::Room(room))?;
                let if_wrong = Refusal::WrongRoomPassword { room: name };
                let Some(password) = Password::typed(typed.expose()) else { return Err(if_wrong) };
                self.submit_slow(index, Work::CheckRoomPassword { room, hash, password, if_wrong })
            }
        }
    }

    /// Creates a room, or joins it if it is there.
    pub(in crate::chat) fn make_room(
        &mut self,
        index: ClientIndex,
        name: &RoomName,
        password: Option<PasswordHash>,
    ) -> Result<Done, Refusal> {
        // Somebody may have created it while the password was hashed.
        if let Some(room) = self.chat.rooms.named(name) {
            return self.join_if_open(index, room);
        }
        self.chat.check_may_make(index, name, self.now)?;
        let person = self.chat.clients[index.0].person;
        let shown = name.as_str().clone();
        let has_password = password.is_some();
        let mut rules = Rules::of(person);
        rules.password = password;
        let room = self.chat.rooms.add(name.clone(), rules);
        self.out.keep(Update::RoomNumber(room));
        let before = self.chat.clients[index.0].rooms.last().copied();
        self.close_batches_of(index);
        self.chat.add_to_room(index, room, self.now);
        self.mark_joined(index, room, person);
        self.read_anew_in(index, before);
        let is_stored = self.keep_room(room);
        let made = Reply::MadeRoom { room: shown.clone() };
        if !has_password {
            return Ok(Done::reply(made));
        }
        self.tell(index, made);
        Ok(done(is_stored, vec![Reply::RoomPassword { room: shown, is_on: true }]))
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
        name: &TypedRoom,
    ) -> Result<Done, Refusal> {
        let room = self.chat.room_of_line(index, name)?;
        Ok(self.switch_to(index, room))
    }

    pub(in crate::chat) fn leave(
        &mut self,
        index: ClientIndex,
        name: Option<&TypedRoom>,
    ) -> Result<Done, Refusal> {
        let room = self.chat.own_room(index, name)?;
        Ok(Done::reply(self.leave_for_next_room(index, room, &Event::Left)))
    }

    /// Adds a client to a room if the password that it has shown is the right one, or if it needs
    /// none.
    pub(in crate::chat) fn join_as_checked(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        shown: Option<&PasswordHash>,
    ) -> Result<Done, Refusal> {
        let Some(name) = self.chat.shown_room(Some(room)) else {
            return Err(Refusal::RoomGone);
        };
        let Some(shown) = shown else { return self.join_if_open(index, room) };
        if self.chat.clients[index.0].rooms.contains(&room) {
            return Ok(self.switch_to(index, room));
        }
        let person = self.chat.clients[index.0].person;
        // The owner may have changed or locked the room meanwhile.
        let entry = self.chat.rooms.at(room).rules.entry(person);
        if matches!(entry, JoinCheck::Password(hash) if hash != shown) {
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
        self.chat.check_may_be_in_more(index)?;
        Ok(self.join_room(index, room))
    }
}

impl Chat {
    /// What a client needs to join a room that it is not in, unless it may not at all.
    fn entry_of(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        now: ChatTime,
    ) -> Result<JoinCheck<'_>, Refusal> {
        if let Some(refusal) = self.kept_out_of(index, room, now) {
            return Err(refusal);
        }
        self.check_may_be_in_more(index)?;
        let person = self.clients[index.0].person;
        let room = self.rooms.at(room);
        // A person who is in the room with another client has been admitted already.
        Ok(if room.has(person) { JoinCheck::Open } else { room.rules.entry(person) })
    }

    /// Checks that a client may create a room with this name.
    fn check_may_make(
        &self,
        index: ClientIndex,
        name: &RoomName,
        now: ChatTime,
    ) -> Result<(), Refusal> {
        // Its name is visible to everyone.
        self.check_may_be_heard(index, None, now)?;
        if let Some(other) = self.rooms.looking_like(name).and_then(|id| self.rooms.find(id)) {
            let other = self.is_shown_to(index, other).then(|| other.name().clone());
            return Err(Refusal::RoomResembles { room: name.as_str().clone(), other });
        }
        self.check_may_be_in_more(index)?;
        if self.rooms.count() >= limits::ROOMS_MAX {
            return Err(Refusal::TooManyRooms);
        }
        if self.rooms.owned_by(self.clients[index.0].person) >= limits::ROOMS_OWNED_MAX {
            return Err(Refusal::OwnsTooManyRooms { max: limits::ROOMS_OWNED_MAX as u32 });
        }
        Ok(())
    }

    fn check_may_be_in_more(&self, index: ClientIndex) -> Result<(), Refusal> {
        let max = limits::ROOMS_PER_CLIENT_MAX;
        if self.clients[index.0].rooms.len() < max {
            return Ok(());
        }
        Err(Refusal::InTooManyRooms { max: max as u32 })
    }
}
