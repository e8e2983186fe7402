//! Private messages, now or at the recipient's next login, and ignored people.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::base::clock::Moment;
use crate::base::zone;
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::turn::Done;
use crate::lang::fill;
use crate::limits;
use crate::model::delivery::Delivery;
use crate::model::event::ClientIndex;
use crate::model::id::{AccountId, PersonId};
use crate::model::job::{Job, Work};
use crate::model::records::PrivateMessage;
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
    ) -> Result<Done, ErrorReply> {
        let to = self.whoever(to)?;
        self.message_person(index, to, text, now, out)
    }

    pub(in crate::chat) fn reply(
        &mut self,
        index: ClientIndex,
        text: &CleanText,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let reply_to = self.person(index).more.as_ref().and_then(|more| more.reply_to);
        match reply_to {
            None => Err(ErrorReply(self.answers().nobody_to_reply_to.to_owned())),
            Some(person) if !self.is_anybody(person) => {
                Err(ErrorReply(self.answers().replied_to_has_gone.to_owned()))
            }
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
    ) -> Result<Done, ErrorReply> {
        let from = self.clients[index.0].person;
        let name = self.name_of(to);
        if from == to {
            return Err(ErrorReply(self.answers().message_to_oneself.to_owned()));
        }
        self.announce_arrival(index, now);
        // A program that only posts lines reads none.
        let mut readers = self.indexes_of(to);
        readers.retain(|reader| !self.is_posting(*reader));
        if readers.is_empty() {
            return self.leave_message(index, to, &name, text, now, out);
        }
        let own = self.clients[index.0].name.clone();
        let heading = fill(self.answers().private_to, &[("name", &name)]);
        for of_sender in self.indexes_of(from) {
            self.tell_private(of_sender, now.wall, &heading, text.as_str(), false, out);
        }
        if !self.is_ignored_by(from, to) {
            let heading = fill(self.answers().private_from, &[("name", &own)]);
            for of_recipient in readers {
                self.tell_private(of_recipient, now.wall, &heading, text.as_str(), true, out);
            }
            if let Some(person) = self.people.find_mut(to) {
                person.more().reply_to = Some(from);
            }
        }
        Ok(Done::Reply(self.away_line(to, now).into_iter().collect()))
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
    ) -> Result<Done, ErrorReply> {
        let client = &self.clients[index.0];
        let (Some(account), Some(sender)) = (to.account(), client.person.account()) else {
            return Err(ErrorReply(fill(self.answers().only_registered_leave, &[("name", name)])));
        };
        let work = Work::LeaveMessage {
            to: account,
            to_name: (&**name).into(),
            sender,
            from: (&*client.name).into(),
            text: text.as_str().into(),
            at: now.wall,
        };
        out.submit(Job { asker: client.id, work }).map_err(|_| self.too_busy())?;
        Ok(Done::Reply(Vec::new()))
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
        match heard.len() {
            0 => {}
            1 => self.tell(index, self.answers().kept_message, out),
            count => {
                let text = fill(self.answers().kept_messages, &[("count", &count)]);
                self.tell(index, &text, out);
            }
        }
        let zone = self.zone(index);
        for message in heard {
            let heading = fill(self.answers().private_from, &[("name", &message.from)]);
            let heading = format!("{} {heading}", zone::date_and_time(message.at, &zone));
            // The text was cleaned when it arrived.
            self.tell_undated(index, &heading, &message.text, out);
            self.person_mut(index).more().reply_to = Some(PersonId::Registered(message.sender));
        }
        // If the queue is full, the messages are delivered again at the next login, which is better
        // than never.
        let _ = out.keep(Update::MessagesSeen { account, up_to: last.id });
    }

    fn tell_private(
        &mut self,
        index: ClientIndex,
        at: std::time::SystemTime,
        heading: &str,
        text: &str,
        may_ring: bool,
        out: &mut dyn Outbox,
    ) {
        self.close_batches_of(index, out);
        let rings = may_ring && self.bell(index) != Bell::Off;
        let line = self.presentation(index).private(at, heading, text, rings);
        out.deliver(index, Delivery::Answer(line));
    }

    fn tell_undated(
        &mut self,
        index: ClientIndex,
        heading: &str,
        text: &str,
        out: &mut dyn Outbox,
    ) {
        let mut presentation = self.presentation(index);
        presentation.clock = None;
        let line = presentation.private(std::time::SystemTime::UNIX_EPOCH, heading, text, false);
        out.deliver(index, Delivery::Answer(line));
    }

    pub(in crate::chat) fn ignore(
        &mut self,
        index: ClientIndex,
        name: &str,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let person = self.whoever(name)?;
        let name = self.name_of(person);
        let answers = self.answers();
        if person == self.clients[index.0].person {
            return Err(ErrorReply(answers.ignoring_oneself.to_owned()));
        }
        let mut ignored = self.ignored(index);
        // Guests who have left are dropped here: nobody will have their identity again.
        ignored.retain(|other| self.is_anybody(*other));
        if ignored.contains(&person) {
            return Err(ErrorReply(fill(answers.ignored_already, &[("name", &name)])));
        }
        if ignored.len() >= limits::IGNORED_MAX {
            return Err(ErrorReply(fill(
                answers.ignores_too_many,
                &[("max", &limits::IGNORED_MAX)],
            )));
        }
        ignored.insert(person);
        self.change_ignored(index, ignored, out)?;
        Ok(Done::reply(fill(answers.now_ignored, &[("name", &name)])))
    }

    pub(in crate::chat) fn unignore(
        &mut self,
        index: ClientIndex,
        name: &str,
        out: &mut dyn Outbox,
    ) -> Result<Done, ErrorReply> {
        let person = self.whoever(name)?;
        let name = self.name_of(person);
        let answers = self.answers();
        let mut ignored = self.ignored(index);
        if !ignored.remove(&person) {
            return Err(ErrorReply(fill(answers.was_not_ignored, &[("name", &name)])));
        }
        self.change_ignored(index, ignored, out)?;
        Ok(Done::reply(fill(answers.no_more_ignored, &[("name", &name)])))
    }

    /// `/ignore` alone.
    pub(in crate::chat) fn list_ignored(&self, index: ClientIndex) -> Done {
        let ignored = self.ignored(index);
        let known = ignored.into_iter().filter(|person| self.is_anybody(*person));
        let mut names: Vec<String> = known.map(|person| self.name_of(person).to_string()).collect();
        names.sort_unstable();
        let answers = self.answers();
        Done::reply(match names.len() {
            0 => answers.ignores_nobody.to_owned(),
            _ => fill(answers.ignores, &[("names", &names.join(", "))]),
        })
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
    ) -> Result<(), ErrorReply> {
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
    pub(in crate::chat) fn whoever(&self, name: &str) -> Result<PersonId, ErrorReply> {
        let known = self.whoever_at_all(name).ok().filter(|person| self.is_known(*person));
        known.ok_or_else(|| self.no_such_person(name))
    }

    /// Finds a person by name, including those who have not been announced.
    pub(in crate::chat) fn whoever_at_all(&self, name: &str) -> Result<PersonId, ErrorReply> {
        let found = nick::key_of(name).and_then(|key| {
            let registered = || self.accounts.named(&key).map(PersonId::Registered);
            let is_outside = |person| self.indexes_of(person).iter().any(|&it| self.is_outside(it));
            self.people.named(&key).filter(|&person| !is_outside(person)).or_else(registered)
        });
        found.ok_or_else(|| self.no_such_person(name))
    }

    fn no_such_person(&self, name: &str) -> ErrorReply {
        ErrorReply(fill(self.answers().no_such_person, &[("name", &name)]))
    }
}
