//! Which command is whose, and what becomes of its answer.

use super::people::Away;
use super::{Delivery, Hall, Outbox, Refusal};
use crate::clock::Moment;
use crate::command::{Command, Topic, Wrong};
use crate::help;
use crate::lang::fill;
use crate::room::{Seat, What};
use crate::settings::Bell;

/// What a command has come to.
#[derive(Debug)]
pub(super) enum Done {
    /// It is done; this is to be told.
    Told(Vec<String>),
    /// Slow work has been asked for, and its outcome will be told.
    Later,
}

impl Done {
    /// It is done; this line is to be told.
    pub(super) fn told(line: String) -> Self {
        Self::Told(vec![line])
    }
}

impl Hall {
    /// Does what a client wants, and tells it what has come of that.
    pub(super) fn perform(
        &mut self,
        seat: Seat,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let is_slow = command.is_slow();
        let result = self.do_command(seat, command, now, out);
        let is_done = !matches!(result, Ok(Done::Later));
        self.finish(seat, result, out);
        if is_slow && is_done {
            out.deliver(seat, Delivery::Resume);
        }
    }

    /// Tells a client what has come of what it wanted.
    pub(super) fn finish(
        &mut self,
        seat: Seat,
        result: Result<Done, Refusal>,
        out: &mut dyn Outbox,
    ) {
        match result {
            Ok(Done::Told(lines)) => self.tell_lines(seat, &lines, out),
            Ok(Done::Later) => {}
            Err(Refusal(line)) => self.tell(seat, &line, out),
        }
    }

    fn do_command(
        &mut self,
        seat: Seat,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        match command {
            Command::Help { topic } => self.help(topic.as_deref()),
            Command::Nick { name } => {
                self.change_nick(seat, &name, now, out).map(|()| Done::Told(Vec::new()))
            }
            Command::Register { password } => self.register(seat, password.as_ref(), now, out),
            Command::Login { name, password } => {
                self.login(seat, &name, password.as_ref(), now, out)
            }
            Command::Logout => self.logout(seat, now, out),
            Command::Passwd { change } => self.change_password(seat, change.as_ref(), now, out),
            Command::Unregister { password } => self.unregister(seat, password.as_ref(), now, out),
            Command::Whois { name } => self.whois(seat, &name, now),
            Command::Who { room, page } => self.who(seat, room.as_deref(), page),
            Command::Away { text } => self.set_away(seat, Some(Away { text })).map(Done::told),
            Command::Back => self.set_away(seat, None).map(Done::told),
            Command::Join { room, password } => self.join(seat, &room, password.as_ref(), now, out),
            Command::Leave { room } => self.leave_by_command(seat, room.as_deref(), now, out),
            Command::Rooms { page } => Ok(self.list_rooms(seat, page)),
            Command::Topic(change) => self.topic(seat, change, now, out),
            Command::Invite { name, room } => self.invite(seat, &name, room.as_deref(), out),
            Command::Room(change) => self.change_room(seat, change, now, out),
            Command::Me { text } => self.said(seat, What::Acted(text), now),
            Command::Say { text } => self.said(seat, What::Said(text), now),
            Command::Msg { to, text } => self.message(seat, &to, &text, now, out),
            Command::Reply { text } => self.reply(seat, &text, now, out),
            Command::Switch { room } => self.switch(seat, &room, out),
            Command::ToRoom { room, text } => {
                let room = self.own_room(seat, Some(&room))?;
                self.say_in(seat, room, What::Said(text), now).map(|()| Done::Told(Vec::new()))
            }
            Command::History { room, part } => self.history(seat, room.as_deref(), part, now, out),
            Command::Search { room, text } => self.search(seat, room.as_deref(), &text, now, out),
            Command::More => self.more(seat, now, out),
            Command::Ignore { name: Some(name) } => self.ignore(seat, &name, out),
            Command::Ignore { name: None } => Ok(self.list_ignored(seat)),
            Command::Unignore { name } => self.unignore(seat, &name, out),
            Command::Tz { zone } => self.choose_zone(seat, zone.as_deref(), out),
            // Its connection has seen to that.
            Command::Quit => Ok(Done::Told(Vec::new())),
            Command::Quiet(_)
            | Command::Timestamps(_)
            | Command::Bell(_)
            | Command::Colour(_)
            | Command::Plain(_) => self.switch_setting(seat, &command, out),
        }
    }

    fn said(&mut self, seat: Seat, what: What, now: Moment) -> Result<Done, Refusal> {
        self.say(seat, what, now).map(|()| Done::Told(Vec::new()))
    }

    fn switch_setting(
        &mut self,
        seat: Seat,
        command: &Command,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let answers = self.answers();
        let either =
            |is_on: bool, on: &'static str, off: &'static str| if is_on { on } else { off };
        match *command {
            Command::Quiet(quiet) => {
                let answer = either(quiet, answers.quiet_on, answers.quiet_off);
                self.choose(seat, answer, out, |settings| settings.quiet = quiet)
            }
            Command::Timestamps(timestamps) => {
                let zone = self.zone(seat);
                let on = fill(answers.timestamps_on, &[("zone", &zone.name())]);
                let answer = if timestamps { &on } else { answers.timestamps_off };
                self.choose(seat, answer, out, |settings| settings.timestamps = timestamps)
            }
            Command::Bell(bell) => {
                let answer = match bell {
                    Bell::Off => answers.bell_off,
                    Bell::Mentions => answers.bell_mentions,
                    Bell::All => answers.bell_all,
                };
                self.clients[seat.0].has_chosen_looks = true;
                self.choose(seat, answer, out, |settings| settings.bell = Some(bell))
            }
            Command::Colour(colour) => {
                let answer = either(colour, answers.colour_on, answers.colour_off);
                self.clients[seat.0].has_chosen_looks = true;
                self.choose(seat, answer, out, |settings| settings.colour = colour)
            }
            Command::Plain(plain) => {
                let answer = either(plain, answers.plain_on, answers.plain_off);
                self.choose(seat, answer, out, |settings| settings.plain = plain)
            }
            _ => Ok(Done::Told(Vec::new())),
        }
    }

    fn help(&self, topic: Option<&str>) -> Result<Done, Refusal> {
        let catalogue = self.catalogue();
        match topic {
            None => Ok(Done::Told(help::page(catalogue))),
            Some(word) => match Topic::find(word) {
                Some(topic) => Ok(Done::Told(help::topic(catalogue, topic))),
                None => Err(Refusal(help::wrong(catalogue, &Wrong::unknown(word)))),
            },
        }
    }
}
