//! Dispatches commands to their handlers, and sends the results to the client.

use std::borrow::Cow;

use super::ban::SanctionRequest;
use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::people::Away;
use crate::chat::turn::Done;
use crate::command::post_marks::NOT_POSTED;
use crate::command::prompt::CommandVerdict;
use crate::command::{Command, Group, Topic, Wrong};
use crate::lang::{fill, help_page};
use crate::model::delivery::Delivery;
use crate::model::event::{ClientIndex, Event};
use crate::model::settings::Bell;
use crate::text::CleanText;

impl Chat {
    /// Performs a command and sends the result to the client.
    pub(in crate::chat) fn perform(
        &mut self,
        index: ClientIndex,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) {
        let is_slow = command.is_slow();
        let result = self
            .check_may_do(index, &command, now)
            .and_then(|()| self.do_command(index, command, now, out));
        if let Some(verdict) = self.finish(index, result, out).filter(|_| is_slow) {
            out.deliver(index, Delivery::Resume(Box::new(verdict)));
        }
    }

    /// Sends the result of a command to the client. Returns no verdict if the command is not
    /// finished.
    pub(in crate::chat) fn finish(
        &mut self,
        index: ClientIndex,
        result: Result<Done, ErrorReply>,
        out: &mut dyn Outbox,
    ) -> Option<CommandVerdict> {
        match result {
            Ok(Done::Reply(lines)) => {
                self.tell_lines(index, &lines, out);
                Some(CommandVerdict::Done)
            }
            Ok(Done::Later) => None,
            Ok(Done::Asks(asking)) => {
                self.close_batches_of(index, out);
                out.deliver(index, Delivery::Ask(Box::new(asking)));
                None
            }
            Ok(Done::Wrong(line)) => {
                self.close_batches_of(index, out);
                let line = self.marked_refusal(index, line);
                Some(CommandVerdict::Wrong { told: self.presentation(index).notice(&line) })
            }
            Err(ErrorReply(line)) => {
                let line = self.marked_refusal(index, &line);
                self.tell(index, &line, out);
                Some(CommandVerdict::Refused)
            }
        }
    }

    /// Marks an error for a client that posts lines: such a program recognizes errors by their
    /// prefix.
    fn marked_refusal<'a>(&self, index: ClientIndex, line: &'a str) -> Cow<'a, str> {
        if self.is_posting(index) { format!("{NOT_POSTED}{line}").into() } else { line.into() }
    }

    fn do_command(
        &mut self,
        index: ClientIndex,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        match command {
            Command::Help { topic } => self.help(topic.as_deref()),
            Command::Nick { name } => {
                self.change_nick(index, &name, now, out).map(|()| Done::Reply(Vec::new()))
            }
            Command::Register { password } => self.register(index, password.as_ref(), now, out),
            Command::Login { name, password } => {
                self.login(index, &name, password.as_ref(), now, out)
            }
            Command::Logout => self.logout(index, now, out),
            Command::Passwd { change } => self.change_password(index, change.as_ref(), now, out),
            Command::Unregister { password } => self.unregister(index, password.as_ref(), now, out),
            Command::Whois { name } => self.whois(index, &name, now),
            Command::Who { room, page } => {
                let told = self.who(index, room.as_deref(), page);
                match room.filter(|name| told.is_err() && self.whoever(name).is_ok()) {
                    Some(name) => self.whois(index, &name, now),
                    None => told,
                }
            }
            Command::Away { text } => self.set_away(index, Some(Away { text })).map(Done::reply),
            Command::Back => self.set_away(index, None).map(Done::reply),
            Command::Join { room, password, has_sign } => {
                self.join(index, &room, password.as_ref(), has_sign, now, out)
            }
            Command::Leave { room } => self.leave(index, room.as_deref(), now, out),
            Command::Rooms { page } => Ok(self.list_rooms(index, page)),
            Command::Topic(change) => self.topic(index, change, now, out),
            Command::Invite { name, room } => {
                self.announce_arrival(index, now);
                self.invite(index, &name, room.as_deref(), out)
            }
            Command::Room(change) => self.change_room(index, change, now, out),
            Command::Me { text } => self.said(index, Event::Acted(text), now),
            Command::Say { text } => self.said(index, Event::Said(text), now),
            Command::Post { text } => self.post(index, text, now, out),
            Command::Msg { to, text } => self.message(index, &to, &text, now, out),
            Command::Reply { text } => self.reply(index, &text, now, out),
            Command::Switch { room } => self.switch(index, &room, out),
            Command::ToRoom { room, text } => {
                let room = self.room_of_line(index, &room)?;
                self.say_in(index, room, Event::Said(text), now).map(|()| Done::Reply(Vec::new()))
            }
            Command::History { room, part } => self.history(index, room.as_deref(), part, now, out),
            Command::Search { room, text } => self.search(index, room.as_deref(), &text, now, out),
            Command::More => self.more(index, now, out),
            Command::Ignore { name: Some(name) } => self.ignore(index, &name, out),
            Command::Ignore { name: None } => Ok(self.list_ignored(index)),
            Command::Unignore { name } => self.unignore(index, &name, out),
            Command::Tz { zone } => self.choose_zone(index, zone.as_deref(), now, out),
            Command::Replay { lines } => self.choose_replay(index, lines, out),
            Command::Motd => Ok(self.show_motd()),
            Command::Stats => self.ask_stats(index, out),
            Command::Uptime => Ok(self.uptime(index, now)),
            Command::Version => Ok(self.version()),
            Command::Quit { text } => Ok(self.quit(index, text, now)),
            Command::Claim { .. }
            | Command::Op { .. }
            | Command::Deop { .. }
            | Command::Kick { .. }
            | Command::Impose { .. }
            | Command::RemoveSanction { .. }
            | Command::Bans { .. }
            | Command::Audit { .. }
            | Command::Lockdown(_) => self.do_moderation(index, command, now, out),
            Command::Quiet(_)
            | Command::Timestamps(_)
            | Command::Bell(_)
            | Command::Colour(_)
            | Command::Edit(_)
            | Command::Plain(_) => self.switch_setting(index, &command, out),
        }
    }

    /// Performs a moderation command.
    fn do_moderation(
        &mut self,
        index: ClientIndex,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        match command {
            Command::Claim { token } => self.claim(index, &token, now, out),
            Command::Op { name: None, .. } => Ok(self.list_operators()),
            Command::Op { name: Some(name), rank } => {
                self.make_operator(index, &name, rank, now, out)
            }
            Command::Deop { name } => self.take_rank(index, &name, now, out),
            Command::Kick { room, name, reason } => {
                self.kick(index, room.as_deref(), &name, reason.as_ref(), now, out)
            }
            Command::Impose { kind, room, whom, time, reason } => {
                let scope = self.scope(index, room.as_deref())?;
                self.impose(index, &whom, SanctionRequest { kind, scope, time, reason }, now, out)
            }
            Command::RemoveSanction { kind, room, whom } => {
                let scope = self.scope(index, room.as_deref())?;
                self.remove_sanction(index, kind, scope, &whom, now, out)
            }
            Command::Bans { room, page } => self.list_sanctions(index, room.as_deref(), page, now),
            Command::Audit { page } => self.list_audit(index, page, now),
            Command::Lockdown(is_on) => self.set_lockdown(index, is_on, now, out),
            _ => Ok(Done::Reply(Vec::new())),
        }
    }

    /// Remembers the parting words of a client that quits, unless it is muted somewhere. The
    /// connection does the rest.
    fn quit(&mut self, index: ClientIndex, text: Option<CleanText>, now: Moment) -> Done {
        let is_heard = self.check_may_be_heard_everywhere(index, now).is_ok();
        if let Some(text) = text.filter(|_| is_heard) {
            self.quit_messages.insert(self.clients[index.0].id, text);
        }
        Done::Reply(Vec::new())
    }

    fn said(&mut self, index: ClientIndex, event: Event, now: Moment) -> Result<Done, ErrorReply> {
        self.say(index, event, now).map(|()| Done::Reply(Vec::new()))
    }

    fn switch_setting(
        &mut self,
        index: ClientIndex,
        command: &Command,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let answers = self.answers();
        let either =
            |is_on: bool, on: &'static str, off: &'static str| if is_on { on } else { off };
        match *command {
            Command::Quiet(quiet) => {
                let answer = either(quiet, answers.quiet_on, answers.quiet_off);
                self.choose(index, answer, out, |settings| settings.quiet = quiet)
            }
            Command::Timestamps(timestamps) => {
                let zone = self.zone(index);
                let on = fill(answers.timestamps_on, &[("zone", &zone.name())]);
                let answer = if timestamps { &on } else { answers.timestamps_off };
                self.choose(index, answer, out, |settings| settings.timestamps = timestamps)
            }
            Command::Bell(bell) => {
                let answer = match bell {
                    Bell::Off => answers.bell_off,
                    Bell::Mentions => answers.bell_mentions,
                    Bell::All => answers.bell_all,
                };
                self.clients[index.0].has_chosen_looks = true;
                self.choose(index, answer, out, |settings| settings.bell = Some(bell))
            }
            Command::Colour(true) | Command::Edit(true)
                if self.settings(index).is_some_and(|settings| settings.plain) =>
            {
                Err(ErrorReply(answers.plain_keeps_off.to_owned()))
            }
            Command::Colour(colour) => {
                let answer = either(colour, answers.colour_on, answers.colour_off);
                self.clients[index.0].has_chosen_looks = true;
                self.choose(index, answer, out, |settings| settings.colour = Some(colour))
            }
            Command::Edit(edit) => {
                let client = &mut self.clients[index.0];
                let edits_by_itself =
                    client.terminal.is_some_and(|terminal| terminal.columns.is_none());
                if edit && (!client.may_be_telnet || edits_by_itself) {
                    return Err(ErrorReply(answers.edit_needs_telnet.to_owned()));
                }
                // So that the connection is asked again, although an earlier attempt may have
                // failed.
                client.edit = None;
                let answer = either(edit, answers.edit_on, answers.edit_off);
                self.choose(index, answer, out, |settings| settings.edit = Some(edit))
            }
            Command::Plain(plain) => {
                let answer = either(plain, answers.plain_on, answers.plain_off);
                self.choose(index, answer, out, |settings| settings.plain = plain)
            }
            _ => Ok(Done::Reply(Vec::new())),
        }
    }

    fn help(&self, topic: Option<&str>) -> Result<Done, ErrorReply> {
        let catalogue = self.catalogue();
        match topic {
            None => Ok(Done::Reply(help_page::page(catalogue))),
            Some(word) if word.eq_ignore_ascii_case(Group::MODERATION_PAGE) => {
                Ok(Done::Reply(help_page::moderation_page(catalogue)))
            }
            Some(word) if word.eq_ignore_ascii_case(help_page::KEYS_PAGE) => {
                Ok(Done::Reply(help_page::keys_page(catalogue)))
            }
            Some(word) => match Topic::find(word) {
                Some(topic) => Ok(Done::Reply(help_page::topic(catalogue, topic))),
                None => Err(ErrorReply(help_page::wrong(catalogue, &Wrong::unknown(word)))),
            },
        }
    }
}
