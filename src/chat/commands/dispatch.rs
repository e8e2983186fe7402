//! Dispatches commands to their handlers, and sends the results to the client.

use super::ban::SanctionRequest;
use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::people::Away;
use crate::chat::turn::Done;
use crate::command::{Command, unknown_command};
use crate::model::delivery::Delivery;
use crate::model::event::{ClientIndex, Event};
use crate::model::prompt::CommandVerdict;
use crate::model::refusal::Refusal;
use crate::model::reply::{HelpPage, Reply, Setting};
use crate::model::topic::{Group, Topic};
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
        result: Result<Done, Refusal>,
        out: &mut dyn Outbox,
    ) -> Option<CommandVerdict> {
        match result {
            Ok(Done::Replies(replies)) => {
                self.tell_all(index, replies, out);
                Some(CommandVerdict::Done)
            }
            Ok(Done::Later) => None,
            Ok(Done::Asks(request)) => {
                self.close_batches_of(index, out);
                out.deliver(index, Delivery::Ask(Box::new(request)));
                None
            }
            Ok(Done::Wrong(refusal)) => {
                self.close_batches_of(index, out);
                Some(CommandVerdict::Wrong { told: self.refused(index, refusal) })
            }
            Err(refusal) => {
                let reply = self.refused(index, refusal);
                self.tell(index, reply, out);
                Some(CommandVerdict::Refused)
            }
        }
    }

    /// The reply for a refusal. A client that posts lines is a program, which has to recognise it.
    fn refused(&self, index: ClientIndex, refusal: Refusal) -> Reply {
        if self.is_posting(index) { Reply::NotPosted(refusal) } else { refusal.into() }
    }

    fn do_command(
        &mut self,
        index: ClientIndex,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        match command {
            Command::Help { topic } => help(topic.as_deref()),
            Command::Nick { name } => {
                self.change_nick(index, &name, now, out).map(|()| Done::silently())
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
            Command::Me { text } => self.said(index, Event::Acted { text }, now),
            Command::Say { text } => self.said(index, Event::Said { text }, now),
            Command::Post { text } => self.post(index, text, now, out),
            Command::Msg { to, text } => self.message(index, &to, &text, now, out),
            Command::Reply { text } => self.reply(index, &text, now, out),
            Command::Switch { room } => self.switch(index, &room, out),
            Command::ToRoom { room, text } => {
                let room = self.room_of_line(index, &room)?;
                self.say_in(index, room, Event::Said { text }, now).map(|()| Done::silently())
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
            Command::Uptime => Ok(self.uptime(now)),
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
            | Command::Plain(_)
            | Command::Lang(_) => self.switch_setting(index, &command, out),
        }
    }

    /// Performs a moderation command.
    fn do_moderation(
        &mut self,
        index: ClientIndex,
        command: Command,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
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
            Command::Audit { page } => self.list_audit(index, page),
            Command::Lockdown(is_on) => self.set_lockdown(index, is_on, now, out),
            _ => Ok(Done::silently()),
        }
    }

    /// Remembers the parting words of a client that quits, unless it is muted somewhere. The
    /// connection does the rest.
    fn quit(&mut self, index: ClientIndex, text: Option<CleanText>, now: Moment) -> Done {
        let is_heard = self.check_may_be_heard_everywhere(index, now).is_ok();
        if let Some(text) = text.filter(|_| is_heard) {
            self.quit_messages.insert(self.clients[index.0].id, text);
        }
        Done::silently()
    }

    fn said(&mut self, index: ClientIndex, event: Event, now: Moment) -> Result<Done, Refusal> {
        self.say(index, event, now).map(|()| Done::silently())
    }

    fn switch_setting(
        &mut self,
        index: ClientIndex,
        command: &Command,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        match *command {
            Command::Quiet(quiet) => {
                self.choose(index, Setting::Quiet(quiet), out, |it| it.quiet = quiet)
            }
            Command::Timestamps(timestamps) => {
                let zone = timestamps.then(|| self.zone(index).name().into());
                let setting = Setting::Timestamps(zone);
                self.choose(index, setting, out, |it| it.timestamps = timestamps)
            }
            Command::Bell(bell) => {
                self.clients[index.0].has_chosen_looks = true;
                self.choose(index, Setting::Bell(bell), out, |it| it.bell = Some(bell))
            }
            Command::Colour(true) | Command::Edit(true)
                if self.settings(index).is_some_and(|settings| settings.plain) =>
            {
                Err(Refusal::PlainMode)
            }
            Command::Colour(colour) => {
                self.clients[index.0].has_chosen_looks = true;
                self.choose(index, Setting::Colour(colour), out, |it| it.colour = Some(colour))
            }
            Command::Edit(edit) => {
                let client = &mut self.clients[index.0];
                let terminal = client.traits.terminal;
                let edits_by_itself = terminal.is_some_and(|terminal| terminal.columns.is_none());
                if edit && (!client.traits.may_be_asked || edits_by_itself) {
                    return Err(Refusal::NotTelnet);
                }
                // So that the connection is asked again, although an earlier attempt may have
                // failed.
                client.edit = None;
                self.choose(index, Setting::Edit(edit), out, |it| it.edit = Some(edit))
            }
            Command::Plain(plain) => {
                self.choose(index, Setting::Plain(plain), out, |it| it.plain = plain)
            }
            Command::Lang(lang) => {
                self.choose(index, Setting::Language(lang), out, |it| it.lang = Some(lang))
            }
            _ => Ok(Done::silently()),
        }
    }
}

fn help(word: Option<&str>) -> Result<Done, Refusal> {
    let is = |page: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(page));
    let page = match word {
        None => HelpPage::Overview,
        Some(_) if is(Group::MODERATION_PAGE) => HelpPage::Moderation,
        Some(_) if is(HelpPage::KEYS) => HelpPage::Keys,
        Some(word) => HelpPage::Topic(Topic::find(word).ok_or_else(|| unknown_command(word))?),
    };
    Ok(Done::reply(Reply::Help { page }))
}
