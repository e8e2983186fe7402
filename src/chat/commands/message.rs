//! Private messages, now or at the recipient's next login; people who are away or ignored.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::chat::state::Chat;
use crate::chat::turn::{Done, Turn};
use crate::command::TypedName;
use crate::limits;
use crate::model::{
    AccountId, Bell, ClientIndex, PersonId, PrivateLine, PrivateMessage, Refusal, Reply, Update,
    WhoisAway,
};
use crate::text::CleanText;

impl Turn<'_> {
    /// `/msg`.
    pub(in crate::chat) fn message(
        &mut self,
        index: ClientIndex,
        to: &TypedName,
        text: &CleanText,
    ) -> Result<Done, Refusal> {
        let to = self.chat.whoever(to)?;
        self.message_person(index, to, text)
    }

    pub(in crate::chat) fn reply(
        &mut self,
        index: ClientIndex,
        text: &CleanText,
    ) -> Result<Done, Refusal> {
        let reply_to = self.chat.person(index).more.as_ref().and_then(|more| more.reply_to);
        match reply_to {
            None => Err(Refusal::NobodyToReplyTo),
            Some(person) if !self.chat.is_anybody(person) => Err(Refusal::RepliedToHasGone),
            Some(person) => self.message_person(index, person, text),
        }
    }

    fn message_person(
        &mut self,
        index: ClientIndex,
        to: PersonId,
        text: &CleanText,
    ) -> Result<Done, Refusal> {
        let from = self.chat.clients[index.0].person;
        let name = self.chat.name_of(to);
        if from == to {
            return Err(Refusal::MessageToOneself);
        }
        self.chat.announce_arrival(index, self.now);
        // A program that only posts lines reads none.
        let mut readers = self.chat.indexes_of(to);
        readers.retain(|reader| !self.chat.is_posting(*reader));
        if readers.is_empty() {
            return self.leave_message(index, to, &name, text);
        }
        let (own, at) = (self.chat.clients[index.0].name.clone(), self.now.wall);
        let line = |with: &Arc<str>, is_own: bool, rings: bool| {
            let (with, at, text) = (with.clone(), at.into(), text.clone());
            let line = PrivateLine { with, is_own, is_kept: false, rings, at, text };
            Reply::Private(Box::new(line))
        };
        for of_sender in self.chat.indexes_of(from) {
            self.tell(of_sender, line(&name, true, false));
        }
        if !self.chat.is_ignored_by(from, to) {
            for of_recipient in readers {
                let rings = self.chat.bell(of_recipient) != Bell::Off;
                self.tell(of_recipient, line(&own, false, rings));
            }
            if let Some(person) = self.chat.people.find_mut(to) {
                person.more().reply_to = Some(from);
            }
        }
        Ok(Done::Replies(self.away_line(to).into_iter().collect()))
    }

    /// Leaves a message for a registered person who is not connected, to be delivered at their next
    /// login.
    fn leave_message(
        &mut self,
        index: ClientIndex,
        to: PersonId,
        name: &Arc<str>,
        text: &CleanText,
    ) -> Result<Done, Refusal> {
        let client = &self.chat.clients[index.0];
        let (Some(account), Some(sender)) = (to.account(), client.person.account()) else {
            return Err(Refusal::NotHere { name: name.clone() });
        };
        let (sender_name, at) = (client.name.clone(), self.now.wall);
        let left = self.chat.mailboxes.leave(account, sender, &sender_name, text, at);
        let Some(message) = left else {
            return Err(Refusal::MailboxFull { name: name.clone() });
        };
        self.out.keep(Update::Message { to: account, message });
        Ok(Done::promise(Reply::MessageLeft { name: name.clone() }))
    }

    /// Delivers the messages that were left for a person while they were away.
    pub(in crate::chat) fn deliver_kept(&mut self, index: ClientIndex, account: AccountId) {
        let messages = self.chat.mailboxes.take(account);
        let Some(last) = messages.last() else { return };
        let ignored = self.chat.person(index).more.as_ref().map(|more| more.ignored.clone());
        let is_ignored = |sender: AccountId| {
            ignored.as_ref().is_some_and(|all| all.contains(&PersonId::Registered(sender)))
        };
        let heard: Vec<&PrivateMessage> =
            messages.iter().filter(|message| !is_ignored(message.sender)).collect();
        if let Some(latest) = heard.last() {
            self.chat.person_mut(index).more().reply_to = Some(PersonId::Registered(latest.sender));
            let mut replies = vec![Reply::KeptMessages { count: heard.len() as u32 }];
            replies.extend(heard.into_iter().map(kept_line));
            self.tell_all(index, replies);
        }
        self.out.keep(Update::MessagesSeen { account, up_to: last.id });
    }

    pub(in crate::chat) fn ignore(
        &mut self,
        index: ClientIndex,
        name: &TypedName,
    ) -> Result<Done, Refusal> {
        let person = self.chat.whoever(name)?;
        let name = self.chat.name_of(person);
        if person == self.chat.clients[index.0].person {
            return Err(Refusal::IgnoringOneself);
        }
        let mut ignored = self.chat.ignored(index);
        // Guests who have left are dropped here: nobody will have their identity again.
        ignored.retain(|other| self.chat.is_anybody(*other));
        if ignored.contains(&person) {
            return Err(Refusal::IgnoredAlready { name });
        }
        if ignored.len() >= limits::IGNORED_MAX {
            return Err(Refusal::TooManyIgnored { max: limits::IGNORED_MAX as u32 });
        }
        ignored.insert(person);
        self.change_ignored(index, ignored);
        Ok(Done::reply(Reply::Ignoring { name, is_on: true }))
    }

    pub(in crate::chat) fn unignore(
        &mut self,
        index: ClientIndex,
        name: &TypedName,
    ) -> Result<Done, Refusal> {
        let person = self.chat.whoever(name)?;
        let name = self.chat.name_of(person);
        let mut ignored = self.chat.ignored(index);
        if !ignored.remove(&person) {
            return Err(Refusal::NotIgnored { name });
        }
        self.change_ignored(index, ignored);
        Ok(Done::reply(Reply::Ignoring { name, is_on: false }))
    }

    fn change_ignored(&mut self, index: ClientIndex, ignored: FxHashSet<PersonId>) {
        self.chat.person_mut(index).more().ignored = ignored;
        let settings = self.chat.with_ignored(index);
        self.change_settings(index, settings);
    }
}

impl Chat {
    /// `/away` and `/back`.
    pub(in crate::chat) fn set_away(
        &mut self,
        index: ClientIndex,
        away: Option<WhoisAway>,
    ) -> Result<Reply, Refusal> {
        let reply = match &away {
            Some(WhoisAway { text }) => Reply::NowAway { text: text.clone() },
            None if self.person(index).is_away() => Reply::NowBack,
            None => return Err(Refusal::NotAway),
        };
        self.person_mut(index).more().away = away;
        Ok(reply)
    }

    /// `/ignore` alone.
    pub(in crate::chat) fn list_ignored(&self, index: ClientIndex) -> Done {
        let ignored = self.ignored(index);
        let known = ignored.into_iter().filter(|person| self.is_anybody(*person));
        let mut names: Box<[Arc<str>]> = known.map(|person| self.name_of(person)).collect();
        names.sort_unstable();
        Done::reply(Reply::Ignored { names })
    }
}

/// A message that was left for a person.
fn kept_line(message: &PrivateMessage) -> Reply {
    Reply::Private(Box::new(PrivateLine {
        with: (&*message.from).into(),
        is_own: false,
        is_kept: true,
        rings: false,
        at: message.at.into(),
        text: message.text.clone(),
    }))
}
