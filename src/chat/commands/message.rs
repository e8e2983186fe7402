//! Private messages, now or at the recipient's next login, and ignored people.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::base::clock::Moment;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::turn::Done;
use crate::limits;
use crate::model::event::ClientIndex;
use crate::model::id::{AccountId, PersonId};
use crate::model::job::{Job, Work};
use crate::model::records::PrivateMessage;
use crate::model::refusal::Refusal;
use crate::model::reply::{PrivateLine, Reply};
use crate::model::settings::{Bell, Settings};
use crate::model::update::Update;
use crate::text::{CleanText, nick};

impl Chat {
    /// `/msg`.
    pub(in crate::chat) fn message(
        &mut self,
        index: ClientIndex,
        to: &str,
        text: &CleanText,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let to = self.whoever(to)?;
        self.message_person(index, to, text, now, out)
    }

    pub(in crate::chat) fn reply(
        &mut self,
        index: ClientIndex,
        text: &CleanText,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let reply_to = self.person(index).more.as_ref().and_then(|more| more.reply_to);
        match reply_to {
            None => Err(Refusal::NobodyToReplyTo),
            Some(person) if !self.is_anybody(person) => Err(Refusal::RepliedToHasGone),
            Some(person) => self.message_person(index, person, text, now, out),
        }
    }

    fn message_person(
        &mut self,
        index: ClientIndex,
        to: PersonId,
        text: &CleanText,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let from = self.clients[index.0].person;
        let name = self.name_of(to);
        if from == to {
            return Err(Refusal::MessageToOneself);
        }
        self.announce_arrival(index, now);
        // A program that only posts lines reads none.
        let mut readers = self.indexes_of(to);
        readers.retain(|reader| !self.is_posting(*reader));
        if readers.is_empty() {
            return self.leave_message(index, to, &name, text, now, out);
        }
        let own = self.clients[index.0].name.clone();
        let line = |with: &Arc<str>, is_own: bool, rings: bool| {
            let (with, at, text) = (with.clone(), now.wall.into(), text.clone());
            let line = PrivateLine { with, is_own, is_kept: false, rings, at, text };
            Reply::Private(Box::new(line))
        };
        for of_sender in self.indexes_of(from) {
            self.tell(of_sender, line(&name, true, false), out);
        }
        if !self.is_ignored_by(from, to) {
            for of_recipient in readers {
                let rings = self.bell(of_recipient) != Bell::Off;
                self.tell(of_recipient, line(&own, false, rings), out);
            }
            if let Some(person) = self.people.find_mut(to) {
                person.more().reply_to = Some(from);
            }
        }
        Ok(Done::Replies(self.away_line(to, now).into_iter().collect()))
    }

    /// Leaves a message for a registered person who is not connected, to be delivered at their next
    /// login.
    fn leave_message(
        &mut self,
        index: ClientIndex,
        to: PersonId,
        name: &Arc<str>,
        text: &CleanText,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let client = &self.clients[index.0];
        let (Some(account), Some(sender)) = (to.account(), client.person.account()) else {
            return Err(Refusal::NotHere { name: name.clone() });
        };
        let work = Work::LeaveMessage {
            to: account,
            to_name: (&**name).into(),
            sender,
            from: (&*client.name).into(),
            text: text.as_str().into(),
            at: now.wall,
        };
        out.submit(Job { asker: client.id, work }).map_err(|_| Refusal::Busy)?;
        Ok(Done::silently())
    }

    /// Delivers the messages that were left for a person while they were away.
    pub(in crate::chat) fn deliver_kept(
        &mut self,
        index: ClientIndex,
        account: AccountId,
        messages: &[PrivateMessage],
        out: &mut dyn Outbox,
    ) {
        let Some(last) = messages.last() else { return };
        let ignored = self.person(index).more.as_ref().map(|more| more.ignored.clone());
        let is_ignored = |sender: AccountId| {
            ignored.as_ref().is_some_and(|all| all.contains(&PersonId::Registered(sender)))
        };
        let heard: Vec<&PrivateMessage> =
            messages.iter().filter(|message| !is_ignored(message.sender)).collect();
        if let Some(latest) = heard.last() {
            self.person_mut(index).more().reply_to = Some(PersonId::Registered(latest.sender));
            let mut replies = vec![Reply::KeptMessages { count: heard.len() as u32 }];
            replies.extend(heard.into_iter().map(kept_line));
            self.tell_all(index, replies, out);
        }
        // If the queue is full, the messages are delivered again at the next login, which is better
        // than never.
        let _ = out.keep(Update::MessagesSeen { account, up_to: last.id });
    }

    pub(in crate::chat) fn ignore(
        &mut self,
        index: ClientIndex,
        name: &str,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let person = self.whoever(name)?;
        let name = self.name_of(person);
        if person == self.clients[index.0].person {
            return Err(Refusal::IgnoringOneself);
        }
        let mut ignored = self.ignored(index);
        // Guests who have left are dropped here: nobody will have their identity again.
        ignored.retain(|other| self.is_anybody(*other));
        if ignored.contains(&person) {
            return Err(Refusal::IgnoredAlready { name });
        }
        if ignored.len() >= limits::IGNORED_MAX {
            return Err(Refusal::TooManyIgnored { max: limits::IGNORED_MAX as u32 });
        }
        ignored.insert(person);
        self.change_ignored(index, ignored, out)?;
        Ok(Done::reply(Reply::Ignoring { name, is_on: true }))
    }

    pub(in crate::chat) fn unignore(
        &mut self,
        index: ClientIndex,
        name: &str,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let person = self.whoever(name)?;
        let name = self.name_of(person);
        let mut ignored = self.ignored(index);
        if !ignored.remove(&person) {
            return Err(Refusal::NotIgnored { name });
        }
        self.change_ignored(index, ignored, out)?;
        Ok(Done::reply(Reply::Ignoring { name, is_on: false }))
    }

    /// `/ignore` alone.
    pub(in crate::chat) fn list_ignored(&self, index: ClientIndex) -> Done {
        let ignored = self.ignored(index);
        let known = ignored.into_iter().filter(|person| self.is_anybody(*person));
        let mut names: Box<[Arc<str>]> = known.map(|person| self.name_of(person)).collect();
        names.sort_unstable();
        Done::reply(Reply::Ignored { names })
    }

    /// The people that a client's person ignores.
    fn ignored(&self, index: ClientIndex) -> FxHashSet<PersonId> {
        self.person(index).more.as_ref().map(|more| more.ignored.clone()).unwrap_or_default()
    }

    fn change_ignored(
        &mut self,
        index: ClientIndex,
        ignored: FxHashSet<PersonId>,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let before = std::mem::replace(&mut self.person_mut(index).more().ignored, ignored);
        let settings = self.with_ignored(index);
        let changed = self.change_settings(index, settings, out);
        if changed.is_err() {
            self.person_mut(index).more().ignored = before;
        }
        changed
    }

    /// The person's settings with their current ignore list, as far as it can be stored: an ignored
    /// guest is ignored until one of the two leaves.
    pub(in crate::chat) fn with_ignored(&self, index: ClientIndex) -> Settings {
        let mut settings = self.settings(index).cloned().unwrap_or_default();
        settings.ignored = self.ignored(index).into_iter().filter_map(PersonId::account).collect();
        settings.ignored.sort_unstable();
        settings
    }

    /// Whether `to` ignores `from`.
    pub(in crate::chat) fn is_ignored_by(&self, from: PersonId, to: PersonId) -> bool {
        let more = self.people.find(to).and_then(|person| person.more.as_ref());
        more.is_some_and(|more| more.ignored.contains(&from))
    }

    /// The clients of a person.
    pub(in crate::chat) fn indexes_of(&self, person: PersonId) -> SmallVec<[ClientIndex; 1]> {
        self.people.find(person).map(|person| person.indexes.clone()).unwrap_or_default()
    }

    /// Finds a person by name, connected or registered, unless they have not been announced.
    pub(in crate::chat) fn whoever(&self, name: &str) -> Result<PersonId, Refusal> {
        let known = self.whoever_at_all(name).ok().filter(|person| self.is_known(*person));
        known.ok_or_else(|| no_such_person(name))
    }

    /// Finds a person by name, including those who have not been announced.
    pub(in crate::chat) fn whoever_at_all(&self, name: &str) -> Result<PersonId, Refusal> {
        let found = nick::key_of(name).and_then(|key| {
            let registered = || self.accounts.named(&key).map(PersonId::Registered);
            let is_outside = |person| self.indexes_of(person).iter().any(|&it| self.is_outside(it));
            self.people.named(&key).filter(|&person| !is_outside(person)).or_else(registered)
        });
        found.ok_or_else(|| no_such_person(name))
    }
}

fn no_such_person(name: &str) -> Refusal {
    Refusal::NoSuchPerson { name: name.into(), nearest: None }
}

/// A message that was left for a person.
fn kept_line(message: &PrivateMessage) -> Reply {
    Reply::Private(Box::new(PrivateLine {
        with: (&*message.from).into(),
        is_own: false,
        is_kept: true,
        rings: false,
        at: message.at.into(),
        // Cleaning changes nothing: the text was cleaned when it arrived.
        text: String::from(message.text.clone()).into(),
    }))
}
