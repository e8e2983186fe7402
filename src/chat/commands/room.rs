//! Joining, leaving and creating rooms.

use std::fmt::Display;
use std::sync::Arc;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::password_attempts::AttemptTarget;
use crate::chat::state::room::{JoinCheck, Rules};
use crate::chat::turn::Done;
use crate::command::Secret;
use crate::lang::fill;
use crate::limits;
use crate::model::event::{ClientIndex, Event};
use crate::model::id::RoomId;
use crate::model::job::Work;
use crate::model::password::{Password, PasswordHash};
use crate::text::nick::{NickError, RoomName};

impl Chat {
    pub(in crate::chat) fn join(
        &mut self,
        index: ClientIndex,
        name: &str,
        password: Option<&Secret>,
        has_sign: bool,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let name = self.room_name(name)?;
        self.end_deserted(&name, out);
        let Some(room) = self.rooms.named(&name) else {
            if password.is_some() && !has_sign {
                // Most users who type this mean a room name with a space in it.
                let room: (&str, &dyn Display) = ("room", name.as_str());
                return Err(ErrorReply(fill(self.answers().room_name_is_one_word, &[room])));
            }
            return self.make_room(index, name, password, now, out);
        };
        if self.clients[index.0].rooms.contains(&room) {
            return Ok(self.switch_to(index, room, out));
        }
        if let Some(told) = self.kept_out_of(index, room, now) {
            return Err(ErrorReply(told));
        }
        self.check_may_be_in_more(index)?;
        let person = self.clients[index.0].person;
        let (answers, name) = (self.answers(), name.as_str());
        let room_now = self.rooms.at(room);
        // A person who is in the room with another client has been admitted already.
        let entry =
            if room_now.has(person) { JoinCheck::Open } else { room_now.rules.entry(person) };
        match (entry, password) {
            (JoinCheck::Open, _) => Ok(self.join_room(index, room, now, out)),
            (JoinCheck::Locked, _) => {
                Err(ErrorReply(fill(answers.room_is_locked, &[("room", name)])))
            }
            (JoinCheck::Password(_), None) => {
                Err(ErrorReply(fill(answers.room_needs_password, &[("room", name)])))
            }
            (JoinCheck::Password(hash), Some(typed)) => {
                let hash = hash.clone();
                self.take_attempt(index, AttemptTarget::Room(room), now)?;
                let Some(password) = Password::typed(typed.expose()) else {
                    return Err(ErrorReply(fill(answers.room_password_wrong, &[("room", name)])));
                };
                self.submit_slow(index, Work::CheckRoomPassword { room, hash, password }, out)
            }
        }
    }

    /// Ends a room with this name, or one that looks like it, if everyone has left it. A user who
    /// joins next must not depend on whether the last batch of the old room has been handed out.
    fn end_deserted(&mut self, name: &RoomName, out: &mut dyn Outbox) {
        for room in [self.rooms.named(name), self.rooms.looking_like(name)].into_iter().flatten() {
            if self.rooms.is_abandoned(room) {
                self.close_batch(room, out);
            }
        }
    }

    /// Creates a room.
    fn make_room(
        &mut self,
        index: ClientIndex,
        name: RoomName,
        password: Option<&Secret>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let person = self.clients[index.0].person;
        // Its name is visible to everyone.
        self.check_may_be_heard(index, None, now)?;
        if let Some(other) = self.rooms.looking_like(&name).and_then(|id| self.rooms.find(id)) {
            let values: [(&str, &dyn Display); 2] =
                [("name", name.as_str()), ("other", other.name())];
            let is_known = self.is_shown_to(index, other);
            let template =
                if is_known { answers.room_resembles } else { answers.room_resembles_hidden };
            return Err(ErrorReply(fill(template, &values)));
        }
        self.check_may_be_in_more(index)?;
        if self.rooms.count() >= limits::ROOMS_MAX {
            return Err(ErrorReply(answers.too_many_rooms.to_owned()));
        }
        if self.rooms.owned_by(person) >= limits::ROOMS_OWNED_MAX {
            let max = limits::ROOMS_OWNED_MAX;
            return Err(ErrorReply(fill(answers.owns_too_many_rooms, &[("max", &max)])));
        }
        let shown = name.as_str().clone();
        let awaits_password = password.is_some();
        let mut rules = Rules::of(person);
        rules.awaits_password = awaits_password;
        let room = self.rooms.add(name, rules);
        if let Some(typed) = password
            && let Err(refusal) = self.set_room_password(index, room, Some(typed), out)
        {
            // Without its password the room would be open to everyone.
            self.rooms.at(room).rules.give_up();
            self.rooms.release(room, &self.options, out);
            return Err(refusal);
        }
        let before = self.clients[index.0].rooms.last().copied();
        self.close_batches_of(index, out);
        self.add_to_room(index, room, now);
        self.mark_joined(index, room, person, out);
        self.read_anew_in(index, before, out);
        let made = fill(answers.made_room, &[("room", &shown)]);
        if awaits_password {
            self.tell(index, &made, out);
            return Ok(Done::Later);
        }
        self.keep_room(room, out);
        Ok(Done::reply(made))
    }

    /// Adds a client that has been admitted to an existing room.
    pub(in crate::chat) fn join_room(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Done {
        let before = self.clients[index.0].rooms.last().copied();
        self.close_batches_of(index, out);
        let person = self.clients[index.0].person;
        let is_new_here = !self.rooms.at(room).has(person);
        self.add_to_room(index, room, now);
        let missed = if is_new_here { self.mark_joined(index, room, person, out) } else { None };
        self.read_anew_in(index, before, out);
        let about = self.about_room(room);
        self.tell_lines(index, &about, out);
        self.tell_past(index, room, missed, now, out);
        Done::Reply(Vec::new())
    }

    /// `#room`, and `/join` of a room that the client is in.
    fn switch_to(&mut self, index: ClientIndex, room: RoomId, out: &mut dyn Outbox) -> Done {
        self.make_current(index, room, out);
        let name = self.rooms.at(room).name().clone();
        Done::reply(fill(self.answers().talking_in, &[("room", &name)]))
    }

    /// `#room` alone.
    pub(in crate::chat) fn switch(
        &mut self,
        index: ClientIndex,
        name: &str,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let room = self.room_of_line(index, name)?;
        Ok(self.switch_to(index, room, out))
    }

    pub(in crate::chat) fn leave(
        &mut self,
        index: ClientIndex,
        name: Option<&str>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let room = self.own_room(index, name)?;
        Ok(Done::reply(self.leave_for_next_room(index, room, &Event::Left, now, out)))
    }

    /// Removes a client from a room; it stays connected. Returns the reply, which names its new
    /// current room.
    pub(in crate::chat) fn leave_for_next_room(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        event: &Event,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> String {
        self.close_batches_of(index, out);
        let name = self.rooms.at(room).name().clone();
        self.clients[index.0].rooms.retain(|other| *other != room);
        self.rooms_changed(index);
        if let Some(views) = &mut self.clients[index.0].views {
            views.missed.retain(|missed| missed.room != room);
        }
        self.leave_room(index, room, event, now, out);
        let answers = self.answers();
        match self.clients[index.0].rooms.last().copied() {
            Some(current) => {
                self.read_anew_in(index, Some(current), out);
                let current = self.rooms.at(current).name().clone();
                fill(answers.left_room, &[("room", &name), ("current", &current)])
            }
            None => fill(answers.left_last_room, &[("room", &name)]),
        }
    }

    /// Parses a room name as typed.
    pub(in crate::chat) fn room_name(&self, name: &str) -> Result<RoomName, ErrorReply> {
        RoomName::parse(name).map_err(|error| match error {
            NickError::Empty | NickError::Beginning => {
                ErrorReply(self.answers().room_name_beginning.to_owned())
            }
            error => self.bad_name(name, error),
        })
    }

    /// The room with this name, or the current room. The client has to be in it.
    pub(in crate::chat) fn own_room(
        &self,
        index: ClientIndex,
        name: Option<&str>,
    ) -> Result<RoomId, ErrorReply> {
        let rooms = &self.clients[index.0].rooms;
        let Some(name) = name else {
            return rooms
                .last()
                .copied()
                .ok_or_else(|| ErrorReply(self.answers().in_no_room.to_owned()));
        };
        let name = self.room_name(name)?;
        self.rooms
            .named(&name)
            .filter(|room| rooms.contains(room))
            .ok_or_else(|| ErrorReply(fill(self.answers().not_in_room, &[("room", name.as_str())])))
    }

    /// The room that a line beginning with its name is for. The user may not have meant it that
    /// way, which the error explains.
    pub(in crate::chat) fn room_of_line(
        &self,
        index: ClientIndex,
        name: &str,
    ) -> Result<RoomId, ErrorReply> {
        self.own_room(index, Some(name)).map_err(|refusal| match self.room_name(name) {
            Ok(name) => {
                let room: (&str, &dyn Display) = ("room", name.as_str());
                ErrorReply(fill(self.answers().not_in_room_of_line, &[room]))
            }
            Err(_) => refusal,
        })
    }

    fn check_may_be_in_more(&self, index: ClientIndex) -> Result<(), ErrorReply> {
        let max = limits::ROOMS_PER_CLIENT_MAX;
        if self.clients[index.0].rooms.len() < max {
            return Ok(());
        }
        Err(ErrorReply(fill(self.answers().in_too_many_rooms, &[("max", &max)])))
    }

    /// The lines about a room for a client that has just joined it.
    fn about_room(&mut self, room: RoomId) -> Vec<String> {
        let answers = self.answers();
        let (name, people) =
            (self.rooms.at(room).name().clone(), self.rooms.at(room).people().len());
        let values: [(&str, &dyn Display); 2] = [("room", &name), ("people", &people)];
        let mut told = vec![match people {
            1 => fill(answers.joined_empty_room, &values),
            _ => fill(answers.joined_room, &values),
        }];
        if self.rooms.at(room).rules.topic.is_some() {
            told.push(self.topic_of(room));
        }
        told
    }

    pub(in crate::chat) fn topic_of(&mut self, room: RoomId) -> String {
        let answers = self.answers();
        let room = self.rooms.at(room);
        let name: (&str, &Arc<str>) = ("room", room.name());
        match &room.rules.topic {
            Some(topic) => fill(answers.topic_is, &[(name.0, name.1), ("topic", &topic.as_str())]),
            None => fill(answers.no_topic, &[(name.0, name.1)]),
        }
    }

    /// Handles the result of comparing a room's password: the hash that it matched, if it did.
    pub(in crate::chat) fn room_password_checked(
        &mut self,
        index: ClientIndex,
        room: RoomId,
        matched: Option<&PasswordHash>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let found = self.rooms.find(room).filter(|_| !self.rooms.is_abandoned(room));
        let Some(name) = found.map(|room| room.name().clone()) else {
            return Err(ErrorReply(answers.room_is_gone.to_owned()));
        };
        let person = self.clients[index.0].person;
        // The owner may have changed or locked the room meanwhile.
        let entry = self.rooms.at(room).rules.entry(person);
        let is_changed = matches!(entry, JoinCheck::Password(hash) if Some(hash) != matched);
        if matched.is_none() || is_changed {
            return Err(ErrorReply(fill(answers.room_password_wrong, &[("room", &name)])));
        }
        let is_locked = entry == JoinCheck::Locked;
        self.give_back_attempt(index, AttemptTarget::Room(room));
        let is_kept_out =
            self.kept_out_as_guest(index, now).or_else(|| self.kept_out_of(index, room, now));
        if let Some(told) = is_kept_out {
            return Err(ErrorReply(told));
        }
        if is_locked {
            return Err(ErrorReply(fill(answers.room_is_locked, &[("room", &name)])));
        }
        Ok(self.join_room(index, room, now, out))
    }
}
