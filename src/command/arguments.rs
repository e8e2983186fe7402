//! Reads the text after a command's name word by word.
//!
//! Each reader returns `None` if something is missing, superfluous or not accepted by the command;
//! the caller decides what to say then. Words are separated by spaces, including the full-width one
//! (U+3000), the only two kinds that a clean text contains.

use std::num::{NonZeroU32, NonZeroU64};

use super::{
    Command, DeleteTarget, HistoryPart, RoomChange, Secret, TopicChange, TypedName, TypedRoom,
};
use crate::base::period::Period;
use crate::limits::{REPLAY_LINES_MAX, SLOW_MODE_SECONDS_MAX, WORD_SHOWN_CHARS_MAX};
use crate::model::{Bell, Group, Refusal, Topic};
use crate::text::CleanText;

/// A position in a line, up to which it has been read.
#[derive(Clone, Debug)]
pub(super) struct ArgumentReader<'a> {
    line: &'a CleanText,
    at: usize,
}

impl<'a> ArgumentReader<'a> {
    /// The text of `line` from byte `at` on.
    pub(super) fn new(line: &'a CleanText, at: usize) -> Self {
        Self { line, at }
    }

    /// Whether a space or the end of the line comes next.
    pub(super) fn begins_with_space(&self) -> bool {
        self.rest().chars().next().is_none_or(char::is_whitespace)
    }

    /// The next word.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.skip_spaces();
        let rest = self.rest();
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        self.at += word.len();
        (!word.is_empty()).then_some(word)
    }

    /// The next word if it is one of these.
    pub(super) fn word_if(&mut self, is_it: impl FnOnce(&str) -> bool) -> Option<&'a str> {
        let mut behind = self.clone();
        let word = behind.word().filter(|word| is_it(word))?;
        *self = behind;
        Some(word)
    }

    /// The rest as a message, unless it is blank.
    pub(super) fn text(&mut self) -> Option<CleanText> {
        self.skip_spaces();
        let text = self.line.part_from(self.at);
        (!text.is_blank()).then_some(text)
    }

    /// Reads the arguments of the command.
    pub(super) fn read(mut self, topic: Topic) -> Result<Command, Refusal> {
        match topic.spec().group {
            Group::Moderation => self.read_moderation(topic),
            _ if topic == Topic::Room => self.read_room(),
            _ if topic == Topic::Edit => self.is_on().map(Command::Edit).ok_or(Refusal::CannotEdit),
            _ => self.read_usual(topic).ok_or(Refusal::Usage { topic }),
        }
    }

    fn read_usual(&mut self, topic: Topic) -> Option<Command> {
        match topic {
            Topic::Nick => self.lone_name().map(|name| Command::Nick { name: name.into() }),
            Topic::Register => Some(Command::Register { password: self.secret() }),
            Topic::Login => Some(Command::Login { name: self.name()?, password: self.secret() }),
            Topic::Logout => self.nothing().map(|()| Command::Logout),
            Topic::Passwd => self.passwd(),
            Topic::Unregister => {
                let erases = self.has_word("erase");
                Some(Command::Unregister { password: self.secret(), erases })
            }
            Topic::Whois => self.person().map(|name| Command::Whois { name }),
            Topic::Away => Some(Command::Away { text: self.text() }),
            Topic::Back => self.nothing().map(|()| Command::Back),
            Topic::Me => self.text().map(|text| Command::Me { text }),
            Topic::Msg => Some(Command::Msg { to: self.name()?, text: self.text()? }),
            Topic::Reply => self.text().map(|text| Command::Reply { text }),
            Topic::Say => self.text_as_it_is().map(|text| Command::Say { text }),
            Topic::History => self.history(),
            Topic::Search => self.search(),
            Topic::More => self.nothing().map(|()| Command::More),
            Topic::Delete => self.delete().map(Command::Delete),
            Topic::Ignore => self.optional(Self::person).map(|name| Command::Ignore { name }),
            Topic::Unignore => self.person().map(|name| Command::Unignore { name }),
            Topic::Join => self.join(),
            Topic::Leave => self.optional(Self::last_room).map(|room| Command::Leave { room }),
            Topic::Rooms => self.page().map(|page| Command::Rooms { page }),
            Topic::Who => self.who(),
            Topic::Topic => Some(Command::Topic(self.topic())),
            Topic::Invite => {
                Some(Command::Invite { name: self.name()?, room: self.optional(Self::last_room)? })
            }
            Topic::Quiet => self.is_on().map(Command::Quiet),
            Topic::Replay => {
                self.optional(Self::replay_lines).map(|lines| Command::Replay { lines })
            }
            Topic::Timestamps => self.is_on().map(Command::Timestamps),
            Topic::Tz => self
                .optional(Self::only_word)
                .map(|zone| Command::Tz { zone: zone.map(|zone| (*zone).into()) }),
            Topic::Bell => self.bell().map(Command::Bell),
            Topic::Colour => self.is_on().map(Command::Colour),
            Topic::Plain => self.is_on().map(Command::Plain),
            Topic::Lang => self.only_word()?.to_lowercase().parse().ok().map(Command::Lang),
            // A user who asks for help gets it, whatever else follows.
            Topic::Help => Some(Command::Help { topic: self.word().map(Into::into) }),
            Topic::Quit => Some(Command::Quit { text: self.text() }),
            Topic::Motd => self.nothing().map(|()| Command::Motd),
            Topic::Stats => self.nothing().map(|()| Command::Stats),
            Topic::Uptime => self.nothing().map(|()| Command::Uptime),
            Topic::Version => self.nothing().map(|()| Command::Version),
            // The commands of `read_moderation`, and the two with more specific errors.
            _ => None,
        }
    }

    pub(super) fn rest(&self) -> &'a str {
        &self.line.as_str()[self.at..]
    }

    fn skip_spaces(&mut self) {
        self.at = self.line.as_str().len() - self.rest().trim_start().len();
    }

    /// Succeeds if nothing is left.
    pub(super) fn nothing(&mut self) -> Option<()> {
        self.word().is_none().then_some(())
    }

    /// `Some(None)` if nothing is left, otherwise the result of `read`.
    pub(super) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<Option<T>> {
        self.skip_spaces();
        if self.rest().is_empty() { Some(None) } else { read(self).map(Some) }
    }

    /// The one word that is left.
    pub(super) fn only_word(&mut self) -> Option<Box<str>> {
        let word = self.word()?;
        self.nothing()?;
        Some(word.into())
    }

    /// A person's name, which may be followed by more.
    pub(super) fn name(&mut self) -> Option<TypedName> {
        self.word().and_then(|word| without_sign(word, '@')).map(Into::into)
    }

    /// A person's name and nothing else.
    pub(super) fn person(&mut self) -> Option<TypedName> {
        self.lone_name().map(Into::into)
    }

    fn lone_name(&mut self) -> Option<&'a str> {
        let name = self.word().and_then(|word| without_sign(word, '@'))?;
        self.nothing().map(|()| name)
    }

    /// A room's name and nothing else.
    fn last_room(&mut self) -> Option<TypedRoom> {
        let room = self.word().and_then(|word| without_sign(word, '#'))?;
        self.nothing().map(|()| room.into())
    }

    /// The rest as a password, which may contain spaces. Spaces at its end are dropped: nobody sees
    /// them, and pasted text often has some.
    pub(super) fn secret(&mut self) -> Option<Secret> {
        let rest = self.rest().trim();
        (!rest.is_empty()).then(|| Secret::new(rest))
    }

    /// The rest with its spaces, except for the one after the command, as in a message.
    pub(super) fn text_as_it_is(&mut self) -> Option<CleanText> {
        let parting = self.rest().chars().next()?;
        let text = self.line.part_from(self.at + parting.len_utf8());
        (!text.is_blank()).then_some(text)
    }

    fn passwd(&mut self) -> Option<Command> {
        let change = self.optional(|arguments| {
            let (old, new) = (Secret::new(arguments.word()?), Secret::new(arguments.word()?));
            arguments.nothing().map(|()| (old, new))
        })?;
        Some(Command::Passwd { change })
    }

    /// A page number and nothing else; the first page if missing.
    pub(super) fn page(&mut self) -> Option<usize> {
        let Some(word) = self.word() else { return Some(1) };
        self.nothing()?;
        word.parse().ok().filter(|&page| page > 0)
    }

    /// A room, a page, both or neither. A number is a page: a room with such a name needs its `#`.
    fn who(&mut self) -> Option<Command> {
        let is_page = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
        let word = match self.word_if(|word| !is_page(word)) {
            Some(word) => Some(without_sign(word, '#')?),
            None => None,
        };
        let (room, name) = (word.map(Into::into), word.map(Into::into));
        Some(Command::Who { room, name, page: self.page()? })
    }

    /// A room, a part, both or neither. A word that begins with `#` is a room; no other word can be
    /// one.
    fn history(&mut self) -> Option<Command> {
        let room = self.leading_room();
        let mut has_numbers = self.has_word("numbers");
        let part = match self.word() {
            Some(word) => Some(history_part(word)?),
            None => None,
        };
        has_numbers |= self.has_word("numbers");
        self.nothing()?;
        Some(Command::History { room, part, has_numbers })
    }

    /// Reads this word, if it comes next.
    fn has_word(&mut self, word: &str) -> bool {
        self.word_if(|next| next.eq_ignore_ascii_case(word)).is_some()
    }

    /// A room, if something follows it, and words.
    fn search(&mut self) -> Option<Command> {
        let before = self.at;
        let room = self.leading_room();
        if let Some(text) = self.text() {
            return Some(Command::Search { room, text });
        }
        self.at = before;
        self.text().map(|text| Command::Search { room: None, text })
    }

    /// Nothing, a name and perhaps a number, or a room and a number.
    fn delete(&mut self) -> Option<DeleteTarget> {
        self.skip_spaces();
        if self.rest().is_empty() {
            return Some(DeleteTarget::OwnLast);
        }
        if let Some(room) = self.leading_room() {
            let seq = self.only_word()?.parse().ok()?;
            return Some(DeleteTarget::Number { room, seq });
        }
        let name = self.name()?;
        let count = self.optional(|arguments| arguments.only_word()?.parse().ok())?;
        Some(DeleteTarget::LastOf { name, count: count.unwrap_or(NonZeroU64::MIN) })
    }

    /// The next word without its `#`, if it begins with one.
    pub(super) fn leading_room(&mut self) -> Option<TypedRoom> {
        let is_room = |word: &str| word.len() > 1 && word.starts_with('#');
        self.word_if(is_room).map(|word| word[1..].into())
    }

    fn join(&mut self) -> Option<Command> {
        let typed = self.word()?;
        let (room, has_sign) = (without_sign(typed, '#')?.into(), typed.starts_with('#'));
        Some(Command::Join { room, password: self.secret(), has_sign })
    }

    fn topic(&mut self) -> TopicChange {
        match self.text() {
            None => TopicChange::Show,
            Some(text) if is_off(text.as_str().trim_end()) => TopicChange::Clear,
            Some(text) => TopicChange::Set(text),
        }
    }

    /// A change of a room, or the change that was probably meant.
    fn read_room(&mut self) -> Result<Command, Refusal> {
        let word = self.clone().word().map(str::to_ascii_lowercase);
        self.room_change().map(Command::Room).ok_or_else(|| match word.as_deref() {
            Some("password") => Refusal::RoomPasswordMissing,
            word => match word.and_then(nearest_change) {
                Some(nearest) => Refusal::UnknownRoomSetting { nearest: nearest.into() },
                None => Refusal::Usage { topic: Topic::Room },
            },
        })
    }

    fn room_change(&mut self) -> Option<RoomChange> {
        let change = match self.word()?.to_ascii_lowercase().as_str() {
            "lock" => RoomChange::Lock,
            "unlock" => RoomChange::Unlock,
            "end" => RoomChange::End,
            "hide" => RoomChange::Hide,
            "show" => RoomChange::Show,
            "slow" => RoomChange::Slow(self.slow_seconds()?),
            "password" => {
                let password = self.secret()?;
                let is_off = is_off(password.expose());
                return Some(RoomChange::Password((!is_off).then_some(password)));
            }
            _ => return None,
        };
        self.nothing().map(|()| change)
    }

    fn slow_seconds(&mut self) -> Option<Option<NonZeroU32>> {
        let word = self.word()?;
        if is_off(word) {
            return Some(None);
        }
        let seconds: u32 = word.parse().ok()?;
        (seconds <= SLOW_MODE_SECONDS_MAX).then(|| NonZeroU32::new(seconds))
    }

    /// On or off and nothing else; on if missing.
    fn is_on(&mut self) -> Option<bool> {
        let is_on = self.word().map_or(Some(true), on_or_off)?;
        self.nothing().map(|()| is_on)
    }

    /// A number of messages and nothing else.
    fn replay_lines(&mut self) -> Option<u8> {
        let word = self.only_word()?;
        let lines = if is_off(&word) { 0 } else { word.parse().ok()? };
        (usize::from(lines) <= REPLAY_LINES_MAX).then_some(lines)
    }

    fn bell(&mut self) -> Option<Bell> {
        let bell = match self.word()?.to_ascii_lowercase().as_str() {
            "off" => Bell::Off,
            "mentions" => Bell::Mentions,
            "all" => Bell::All,
            _ => return None,
        };
        self.nothing().map(|()| bell)
    }
}

/// Words from other chats for the changes of `/room`, with our own.
const CHANGES_ELSEWHERE: &[(&str, &str)] = &[
    ("private", "lock"),
    ("invite-only", "lock"),
    ("close", "lock"),
    ("closed", "lock"),
    ("public", "unlock"),
    ("open", "unlock"),
    ("secret", "hide"),
    ("hidden", "hide"),
    ("visible", "show"),
    ("unhide", "show"),
    ("delete", "end"),
    ("remove", "end"),
    ("key", "password"),
    ("pass", "password"),
    ("slowmode", "slow"),
];

/// The change that was probably meant by an unknown word after `/room`, in lower case.
fn nearest_change(word: &str) -> Option<&'static str> {
    if word.len() > WORD_SHOWN_CHARS_MAX {
        return None;
    }
    let changes = Topic::Room.choices();
    if changes.clone().any(|change| change == word) {
        return None;
    }
    let elsewhere = CHANGES_ELSEWHERE.iter().find(|(other, _)| *other == word);
    elsewhere.map(|(_, change)| *change).or_else(|| {
        let slips = |change: &str| strsim::damerau_levenshtein(word, change);
        changes
            .clone()
            .filter(|change| slips(change) <= 1 || change.len() > 6 && slips(change) == 2)
            .min_by_key(|change| slips(change))
    })
}

/// A number of lines, or a time.
fn history_part(word: &str) -> Option<HistoryPart> {
    match word.parse() {
        Ok(lines) => NonZeroU64::new(lines).map(HistoryPart::Lines),
        Err(_) => Period::parse(word).map(HistoryPart::Period),
    }
}

pub(super) fn on_or_off(word: &str) -> Option<bool> {
    let is_on = word.eq_ignore_ascii_case("on");
    (is_on || is_off(word)).then_some(is_on)
}

fn is_off(word: &str) -> bool {
    word.eq_ignore_ascii_case("off")
}

/// The name without the sign that many users put before it, if anything else is left.
fn without_sign(word: &str, sign: char) -> Option<&str> {
    let name = word.strip_prefix(sign).unwrap_or(word);
    (!name.is_empty()).then_some(name)
}
