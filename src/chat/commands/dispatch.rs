//! Dispatches commands to their handlers, and sends the results to the client.

use std::borrow::Cow;

use super::ban::Wanted;
use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::people::Away;
use crate::chat::state::{Chat, Refusal};
use crate::chat::turn::Done;
use crate::command::post_marks::NOT_POSTED;
use crate::command::prompt::Verdict;
use crate::command::{Command, Group, Topic, Wrong};
use crate::lang::{fill, help_page};
use crate::model::delivery::Delivery;
use crate::model::event::{Seat, What};
use crate::model::settings::Bell;
use crate::text::CleanText;

impl Chat {
    /// Performs a command and sends the result to the client.
    pub(in crate::chat) fn perform(
        &mut self,
        seat: Seat,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let is_slow = command.is_slow();
        let result = self
            .check_may_do(seat, &command, now)
            .and_then(|()| self.do_command(seat, command, now, out));
        if let Some(verdict) = self.finish(seat, result, out).filter(|_| is_slow) {
            out.deliver(seat, Delivery::Resume(Box::new(verdict)));
        }
    }

    /// Sends the result of a command to the client. Returns no verdict if the command is not
    /// finished.
    pub(in crate::chat) fn finish(
        &mut self,
        seat: Seat,
        result: Result<Done, Refusal>,
        out: &mut dyn Outbox,
    ) -> Option<Verdict> {
        match result {
            Ok(Done::Told(lines)) => {
                self.tell_lines(seat, &lines, out);
                Some(Verdict::Done)
            }
            Ok(Done::Later) => None,
            Ok(Done::Asks(asking)) => {
                self.close_batches_of(seat, out);
                out.deliver(seat, Delivery::Ask(Box::new(asking)));
                None
            }
            Ok(Done::Wrong(line)) => {
                self.close_batches_of(seat, out);
                let line = self.marked_refusal(seat, line);
                Some(Verdict::Wrong { told: self.presentation(seat).notice(&line) })
            }
            Err(Refusal(line)) => {
                let line = self.marked_refusal(seat, &line);
                self.tell(seat, &line, out);
                Some(Verdict::Refused)
            }
        }
    }

    /// Marks an error for a client that posts lines: such a program recognizes errors by their
    /// prefix.
    fn marked_refusal<'a>(&self, seat: Seat, line: &'a str) -> Cow<'a, str> {
        if self.is_posting(seat) { format!("{NOT_POSTED}{line}").into() } else { line.into() }
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
            Command::Who { room, page } => {
                let told = self.who(seat, room.as_deref(), page);
                match room.filter(|name| told.is_err() && self.whoever(name).is_ok()) {
                    Some(name) => self.whois(seat, &name, now),
                    None => told,
                }
            }
            Command::Away { text } => self.set_away(seat, Some(Away { text })).map(Done::told),
            Command::Back => self.set_away(seat, None).map(Done::told),
            Command::Join { room, password, has_sign } => {
                self.join(seat, &room, password.as_ref(), has_sign, now, out)
            }
            Command::Leave { room } => self.leave_by_command(seat, room.as_deref(), now, out),
            Command::Rooms { page } => Ok(self.list_rooms(seat, page)),
            Command::Topic(change) => self.topic(seat, change, now, out),
            Command::Invite { name, room } => {
                self.announce_arrival(seat, now);
                self.invite(seat, &name, room.as_deref(), out)
            }
            Command::Room(change) => self.change_room(seat, change, now, out),
            Command::Me { text } => self.said(seat, What::Acted(text), now),
            Command::Say { text } => self.said(seat, What::Said(text), now),
            Command::Post { text } => self.post(seat, text, now, out),
            Command::Msg { to, text } => self.message(seat, &to, &text, now, out),
            Command::Reply { text } => self.reply(seat, &text, now, out),
            Command::Switch { room } => self.switch(seat, &room, out),
            Command::ToRoom { room, text } => {
                let room = self.room_of_line(seat, &room)?;
                self.say_in(seat, room, What::Said(text), now).map(|()| Done::Told(Vec::new()))
            }
            Command::History { room, part } => self.history(seat, room.as_deref(), part, now, out),
            Command::Search { room, text } => self.search(seat, room.as_deref(), &text, now, out),
            Command::More => self.more(seat, now, out),
            Command::Ignore { name: Some(name) } => self.ignore(seat, &name, out),
            Command::Ignore { name: None } => Ok(self.list_ignored(seat)),
            Command::Unignore { name } => self.unignore(seat, &name, out),
            Command::Tz { zone } => self.choose_zone(seat, zone.as_deref(), now, out),
            Command::Replay { lines } => self.choose_replay(seat, lines, out),
            Command::Motd => Ok(self.show_motd()),
            Command::Stats => self.ask_stats(seat, out),
            Command::Uptime => Ok(self.uptime(seat, now)),
            Command::Version => Ok(self.version()),
            Command::Quit { text } => Ok(self.parts(seat, text, now)),
            Command::Claim { .. }
            | Command::Op { .. }
            | Command::Deop { .. }
            | Command::Kick { .. }
            | Command::Impose { .. }
            | Command::Lift { .. }
            | Command::Bans { .. }
            | Command::Audit { .. }
            | Command::Lockdown(_) => self.do_order(seat, command, now, out),
            Command::Quiet(_)
            | Command::Timestamps(_)
            | Command::Bell(_)
            | Command::Colour(_)
            | Command::Edit(_)
            | Command::Plain(_) => self.switch_setting(seat, &command, out),
        }
    }

    /// Performs a moderation command.
    fn do_order(
        &mut self,
        seat: Seat,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        match command {
            Command::Claim { token } => self.claim(seat, &token, now, out),
            Command::Op { name: None, .. } => Ok(self.list_operators()),
            Command::Op { name: Some(name), rank } => {
                self.make_operator(seat, &name, rank, now, out)
            }
            Command::Deop { name } => self.take_rank(seat, &name, now, out),
            Command::Kick { room, name, reason } => {
                self.kick(seat, room.as_deref(), &name, reason.as_ref(), now, out)
            }
            Command::Impose { kind, room, whom, time, reason } => {
                let domain = self.domain(seat, room.as_deref())?;
                self.impose(seat, &whom, Wanted { kind, domain, time, reason }, now, out)
            }
            Command::Lift { kind, room, whom } => {
                let domain = self.domain(seat, room.as_deref())?;
                self.lift(seat, kind, domain, &whom, now, out)
            }
            Command::Bans { room, page } => self.list_sanctions(seat, room.as_deref(), page, now),
            Command::Audit { page } => self.list_audit(seat, page, now),
            Command::Lockdown(is_on) => self.set_lockdown(seat, is_on, now, out),
            _ => Ok(Done::Told(Vec::new())),
        }
    }

    /// Remembers the parting words of a client that quits, unless it is muted somewhere. The
    /// connection does the rest.
    fn parts(&mut self, seat: Seat, text: Option<CleanText>, now: Moment) -> Done {
        let is_heard = self.check_may_be_heard_everywhere(seat, now).is_ok();
        if let Some(text) = text.filter(|_| is_heard) {
            self.partings.insert(self.clients[seat.0].id, text);
        }
        Done::Told(Vec::new())
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
            Command::Colour(true) | Command::Edit(true)
                if self.settings(seat).is_some_and(|settings| settings.plain) =>
            {
                Err(Refusal(answers.plain_keeps_off.to_owned()))
            }
            Command::Colour(colour) => {
                let answer = either(colour, answers.colour_on, answers.colour_off);
                self.clients[seat.0].has_chosen_looks = true;
                self.choose(seat, answer, out, |settings| settings.colour = Some(colour))
            }
            Command::Edit(edit) => {
                let client = &mut self.clients[seat.0];
                let edits_by_itself =
                    client.terminal.is_some_and(|terminal| terminal.columns.is_none());
                if edit && (!client.may_be_telnet || edits_by_itself) {
                    return Err(Refusal(answers.edit_needs_telnet.to_owned()));
                }
                // So that the connection is asked again, although an earlier attempt may have
                // failed.
                client.edit = None;
                let answer = either(edit, answers.edit_on, answers.edit_off);
                self.choose(seat, answer, out, |settings| settings.edit = Some(edit))
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
            None => Ok(Done::Told(help_page::page(catalogue))),
            Some(word) if word.eq_ignore_ascii_case(Group::ORDER_PAGE) => {
                Ok(Done::Told(help_page::order_page(catalogue)))
            }
            Some(word) if word.eq_ignore_ascii_case(help_page::KEYS_PAGE) => {
                Ok(Done::Told(help_page::keys_page(catalogue)))
            }
            Some(word) => match Topic::find(word) {
                Some(topic) => Ok(Done::Told(help_page::topic(catalogue, topic))),
                None => Err(Refusal(help_page::wrong(catalogue, &Wrong::unknown(word)))),
            },
        }
    }
}
