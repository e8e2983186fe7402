//! Dispatches commands to their handlers, and sends the results to the client.

use super::ban::SanctionRequest;
use crate::chat::state::Chat;
use crate::chat::turn::{Done, Turn};
use crate::command::{Command, RoomChange, TopicChange, unknown_command};
use crate::model::{
    ClientIndex, CommandVerdict, Delivery, Event, Group, HelpPage, Refusal, Reply, Setting, Topic,
    WhoisAway, Work,
};
use crate::text::CleanText;

impl Turn<'_> {
    /// Performs a command and sends the result to the client.
    pub(in crate::chat) fn perform(&mut self, index: ClientIndex, command: Command) {
        let is_slow = command.is_slow();
        let result = self
            .chat
            .check_may_do(index, &command, self.now)
            .and_then(|()| self.do_command(index, command));
        self.finish(index, result, is_slow);
    }

    /// Sends the result of a command to the client. If its input waits, it is resumed unless the
    /// command is not finished.
    pub(in crate::chat) fn finish(
        &mut self,
        index: ClientIndex,
        result: Result<Done, Refusal>,
        is_awaited: bool,
    ) {
        let verdict = self.verdict(index, result, is_awaited);
        if let Some(verdict) = verdict.filter(|_| is_awaited) {
            self.resume(index, verdict);
        }
    }

    fn verdict(
        &mut self,
        index: ClientIndex,
        result: Result<Done, Refusal>,
        is_awaited: bool,
    ) -> Option<CommandVerdict> {
        match result {
            Ok(Done::Replies(replies)) => {
                self.tell_all(index, replies);
                Some(CommandVerdict::Done)
            }
            Ok(Done::Promised(kind, replies)) => {
                self.promise(index, kind, replies, is_awaited).then_some(CommandVerdict::Done)
            }
            Ok(Done::Later) => None,
            Ok(Done::Asks(request)) => {
                self.close_batches_of(index);
                self.out.deliver(index, Delivery::Ask(Box::new(request)));
                None
            }
            // Only requests come to a verdict.
            Ok(Done::Decided(_)) => Some(CommandVerdict::Done),
            Ok(Done::Wrong(refusal)) => {
                self.close_batches_of(index);
                Some(CommandVerdict::Wrong { told: self.chat.refused(index, refusal) })
            }
            Err(refusal) => {
                let reply = self.chat.refused(index, refusal);
                self.tell(index, reply);
                Some(CommandVerdict::Refused)
            }
        }
    }

    pub(super) fn do_command(
        &mut self,
        index: ClientIndex,
        command: Command,
    ) -> Result<Done, Refusal> {
        match command {
            Command::Nick { name } => self.change_nick(index, &name).map(|()| Done::silently()),
            Command::Logout => self.logout(index),
            Command::Away { text } => {
                self.chat.set_away(index, Some(WhoisAway { text })).map(Done::reply)
            }
            Command::Back => self.chat.set_away(index, None).map(Done::reply),
            Command::Join { room, .. } => self.join(index, &room),
            Command::Leave { room } => self.leave(index, room.as_ref()),
            Command::Topic(TopicChange::Set(text)) => self.set_topic(index, Some(text)),
            Command::Topic(TopicChange::Clear) => self.set_topic(index, None),
            Command::Invite { name, room } => {
                self.chat.announce_arrival(index, self.now);
                self.invite(index, &name, room.as_ref())
            }
            Command::Room(change) => self.change_room(index, change),
            Command::Me { text } => self.said(index, Event::Acted { text }),
            Command::Say { text } => self.said(index, Event::Said { text }),
            Command::Post { text } => self.post(index, text),
            Command::Msg { to, text } => self.message(index, &to, &text),
            Command::Reply { text } => self.reply(index, &text),
            Command::Switch { room } => self.switch(index, &room),
            Command::ToRoom { room, text } => {
                let room = self.chat.room_of_line(index, &room)?;
                self.say_in(index, room, Event::Said { text }).map(|()| Done::silently())
            }
            Command::Ignore { name: Some(name) } => self.ignore(index, &name),
            Command::Unignore { name } => self.unignore(index, &name),
            Command::Tz { zone: Some(zone) } => self.choose_zone(index, &zone),
            Command::Replay { lines: Some(lines) } => Ok(self.choose_replay(index, lines)),
            Command::Quit { text } => Ok(self.quit(index, text)),
            Command::Op { .. }
            | Command::Deop { .. }
            | Command::Kick { .. }
            | Command::Impose { .. }
            | Command::RemoveSanction { .. }
            | Command::Lockdown(_) => self.do_moderation(index, command),
            _ => self.switch_setting(index, &command),
        }
    }

    /// Does what a client asks for, as far as that changes nothing.
    pub(in crate::chat) fn do_request(
        &mut self,
        index: ClientIndex,
        request: Command,
    ) -> Result<Done, Refusal> {
        match request {
            Command::Help { topic } => help(topic.as_deref()),
            Command::Register { password } => self.register(index, password.as_ref()),
            Command::Login { name, password } => self.login(index, &name, password.as_ref()),
            Command::Passwd { change } => self.change_password(index, change.as_ref()),
            Command::Unregister { password, erases } => {
                self.unregister(index, password.as_ref(), erases)
            }
            Command::Claim { token } => self.claim(index, &token),
            Command::Join { room, password: Some(password), has_sign } => {
                self.join_with(index, &room, &password, has_sign)
            }
            Command::Room(RoomChange::Password(Some(password))) => {
                self.set_room_password(index, &password)
            }
            Command::Whois { name } => self.whois(index, &name),
            Command::Who { room, name, page } => {
                let told = self.chat.who(index, room.as_ref(), page);
                match name.filter(|name| told.is_err() && self.chat.whoever(name).is_ok()) {
                    Some(name) => self.whois(index, &name),
                    None => told,
                }
            }
            Command::Rooms { page } => Ok(self.chat.list_rooms(index, page)),
            Command::Topic(_) => {
                let room = self.chat.own_room(index, None)?;
                Ok(Done::reply(self.chat.topic_of(room)))
            }
            Command::History { room, part, has_numbers } => {
                self.history(index, room.as_ref(), part, has_numbers)
            }
            Command::Search { room, text } => self.search(index, room.as_ref(), &text),
            Command::More => self.more(index),
            Command::Delete(target) => self.delete(index, &target),
            Command::Ignore { .. } => Ok(self.chat.list_ignored(index)),
            Command::Op { .. } => Ok(self.chat.list_operators()),
            Command::Bans { room, page } => self.list_sanctions(index, room.as_ref(), page),
            Command::Audit { page } => self.chat.list_audit(index, page),
            Command::Tz { .. } => Ok(self.show_zone(index)),
            Command::Replay { .. } => Ok(self.chat.show_replay(index)),
            Command::Motd => Ok(self.chat.show_motd()),
            Command::Stats => self.submit_slow(index, Work::Measure),
            Command::Uptime => Ok(self.uptime()),
            Command::Version => Ok(self.chat.version()),
            _ => Ok(Done::silently()),
        }
    }

    /// Performs a moderation command.
    fn do_moderation(&mut self, index: ClientIndex, command: Command) -> Result<Done, Refusal> {
        match command {
            Command::Op { name: Some(name), rank } => self.make_operator(index, &name, rank),
            Command::Deop { name } => self.take_rank(index, &name),
            Command::Kick { room, name, reason } => {
                self.kick(index, room.as_ref(), &name, reason.as_ref())
            }
            Command::Impose { kind, room, whom, time, reason } => {
                let scope = self.chat.scope(index, room.as_ref())?;
                self.impose(index, &whom, SanctionRequest { kind, scope, time, reason })
            }
            Command::RemoveSanction { kind, room, whom } => {
                let scope = self.chat.scope(index, room.as_ref())?;
                self.remove_sanction(index, kind, scope, &whom)
            }
            Command::Lockdown(is_on) => self.set_lockdown(index, is_on),
            _ => Ok(Done::silently()),
        }
    }

    /// Remembers the parting words of a client that quits, unless it is muted somewhere. The
    /// connection does the rest.
    fn quit(&mut self, index: ClientIndex, text: Option<CleanText>) -> Done {
        let is_heard = self.chat.check_may_be_heard_everywhere(index, self.now).is_ok();
        if let Some(text) = text.filter(|_| is_heard) {
            self.chat.quit_messages.insert(self.chat.clients[index.0].id, text);
        }
        Done::silently()
    }

    fn said(&mut self, index: ClientIndex, event: Event) -> Result<Done, Refusal> {
        self.say(index, event).map(|()| Done::silently())
    }

    fn switch_setting(&mut self, index: ClientIndex, command: &Command) -> Result<Done, Refusal> {
        Ok(match *command {
            Command::Quiet(quiet) => {
                self.choose(index, Setting::Quiet(quiet), |it| it.quiet = quiet)
            }
            Command::Timestamps(timestamps) => {
                let zone = timestamps.then(|| self.chat.zone(index).name().into());
                let setting = Setting::Timestamps(zone);
                self.choose(index, setting, |it| it.timestamps = timestamps)
            }
            Command::Bell(bell) => {
                self.chat.clients[index.0].has_chosen_looks = true;
                self.choose(index, Setting::Bell(bell), |it| it.bell = Some(bell))
            }
            Command::Colour(true) | Command::Edit(true)
                if self.chat.settings(index).is_some_and(|settings| settings.plain) =>
            {
                return Err(Refusal::PlainMode);
            }
            Command::Colour(colour) => {
                self.chat.clients[index.0].has_chosen_looks = true;
                self.choose(index, Setting::Colour(colour), |it| it.colour = Some(colour))
            }
            Command::Edit(edit) => {
                let client = &mut self.chat.clients[index.0];
                let terminal = client.traits.terminal;
                let edits_by_itself = terminal.is_some_and(|terminal| terminal.columns.is_none());
                if edit && (!client.traits.may_be_asked || edits_by_itself) {
                    return Err(Refusal::NotTelnet);
                }
                // So that the connection is asked again, although an earlier attempt may have
                // failed.
                client.edit = None;
                self.choose(index, Setting::Edit(edit), |it| it.edit = Some(edit))
            }
            Command::Plain(plain) => {
                self.choose(index, Setting::Plain(plain), |it| it.plain = plain)
            }
            Command::Lang(lang) => {
                self.choose(index, Setting::Language(lang), |it| it.lang = Some(lang))
            }
            _ => Done::silently(),
        })
    }
}

impl Chat {
    /// The reply for a refusal. A client that posts lines is a program, which has to recognise it.
    pub(super) fn refused(&self, index: ClientIndex, refusal: Refusal) -> Reply {
        if self.is_posting(index) { Reply::NotPosted(refusal) } else { refusal.into() }
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
