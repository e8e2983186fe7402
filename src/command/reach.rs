//! Which commands hold passwords, are slow, or reach other users: all of them are listed, so that
//! none is forgotten.

use super::{Command, RoomChange, SLASHES, TopicChange, Utterance, interpret};
use crate::model::{Refusal, Topic};
use crate::text::CleanText;

/// Whether a user who typed this text, of one or several lines, may have typed a password, even if
/// it was not understood: it must not be recalled or kept.
pub fn holds_secret(text: &str) -> bool {
    let mut may_be_answer = false;
    text.split('\n').filter(|line| !line.trim().is_empty()).any(|line| {
        if may_be_answer || !line.contains(SLASHES) {
            return may_be_answer;
        }
        match interpret(CleanText::from_bytes(line.as_bytes())) {
            Utterance::Command(command) => {
                may_be_answer = command.leaves_password_open();
                command.has_password() || matches!(*command, Command::Claim { .. })
            }
            Utterance::Wrong(wrong) => may_be_secret(&wrong, line),
            Utterance::Line(_) => false,
        }
    })
}

/// Whether the author of this line will not see it again in its result, unlike a message.
pub fn is_shown_nowhere(line: CleanText) -> bool {
    use Command::{Me, Msg, Reply, Say, ToRoom};
    match interpret(line) {
        Utterance::Line(_) => false,
        Utterance::Wrong(_) => true,
        // A question for a password says what it is for.
        Utterance::Command(command) if command.leaves_password_open() => false,
        Utterance::Command(command) => {
            !matches!(*command, Me { .. } | Say { .. } | ToRoom { .. } | Msg { .. } | Reply { .. })
        }
    }
}

/// Whether a line that was not understood may hold a password.
fn may_be_secret(wrong: &Refusal, line: &str) -> bool {
    let takes_secret = |topic| {
        use Topic::{Claim, Join, Login, Passwd, Register, Room, Unregister};
        matches!(topic, Claim | Join | Login | Passwd | Register | Room | Unregister)
    };
    match wrong {
        Refusal::Usage { topic } => takes_secret(*topic),
        Refusal::UnknownRoomSetting { .. } | Refusal::RoomPasswordMissing => true,
        // Nobody knows what the command does elsewhere; an example is /identify.
        Refusal::UnknownCommand { nearest: None, .. } => line.trim().contains(char::is_whitespace),
        Refusal::UnknownCommand { nearest: Some(word), .. } => {
            Topic::find(word).is_some_and(takes_secret)
        }
        _ => false,
    }
}

impl Utterance {
    /// Whether it says something to other users: only then does an id of its client's count.
    pub fn is_message(&self) -> bool {
        use Command::{Me, Msg, Post, Reply, Say, ToRoom};
        match self {
            Self::Line(_) => true,
            Self::Wrong(_) => false,
            Self::Command(command) => matches!(
                **command,
                Me { .. }
                    | Say { .. }
                    | ToRoom { .. }
                    | Msg { .. }
                    | Reply { .. }
                    | Post { text: Some(_) }
            ),
        }
    }
}

impl Command {
    /// Whether the command may need slow work, such as hashing a password or storing what the reply
    /// promises: the client's further input is held until that is done, or until the command asks
    /// for a password.
    pub fn is_slow(&self) -> bool {
        let is_stored = match self {
            Self::Op { name, .. } => name.is_some(),
            Self::Topic(change) => *change != TopicChange::Show,
            Self::Claim { .. }
            | Self::Deop { .. }
            | Self::Impose { .. }
            | Self::RemoveSanction { .. }
            | Self::Lockdown(_)
            | Self::Invite { .. }
            | Self::Delete(_)
            | Self::Room(_) => true,
            _ => false,
        };
        is_stored
            || self.has_password()
            || self.leaves_password_open()
            || matches!(self, Self::Stats)
    }

    /// Whether the command changes nothing by itself: it asks for something to be shown, or it needs
    /// a password or a token that has to be checked before anything changes.
    pub fn is_request(&self) -> bool {
        match self {
            Self::Register { .. }
            | Self::Login { .. }
            | Self::Passwd { .. }
            | Self::Unregister { .. }
            | Self::Claim { .. }
            | Self::Help { .. }
            | Self::Whois { .. }
            | Self::Who { .. }
            | Self::Rooms { .. }
            | Self::History { .. }
            | Self::Search { .. }
            | Self::More
            | Self::Delete(_)
            | Self::Bans { .. }
            | Self::Audit { .. }
            | Self::Motd
            | Self::Stats
            | Self::Uptime
            | Self::Version => true,
            Self::Join { password, .. } | Self::Room(RoomChange::Password(password)) => {
                password.is_some()
            }
            Self::Topic(change) => *change == TopicChange::Show,
            Self::Ignore { name } | Self::Op { name, .. } => name.is_none(),
            Self::Tz { zone } => zone.is_none(),
            Self::Replay { lines } => lines.is_none(),
            _ => false,
        }
    }

    /// Whether the command holds a password.
    fn has_password(&self) -> bool {
        match self {
            Self::Register { password }
            | Self::Login { password, .. }
            | Self::Unregister { password, .. }
            | Self::Join { password, .. }
            | Self::Room(RoomChange::Password(password)) => password.is_some(),
            Self::Passwd { change } => change.is_some(),
            _ => false,
        }
    }

    /// Whether the command takes a password that it does not hold and that has to be asked for.
    pub fn leaves_password_open(&self) -> bool {
        let may_ask = matches!(
            self,
            Self::Register { .. }
                | Self::Login { .. }
                | Self::Unregister { .. }
                | Self::Passwd { .. }
        );
        may_ask && !self.has_password()
    }

    /// Whether others may notice the command: a muted user may not use it.
    pub fn is_noticed(&self) -> bool {
        match self {
            Self::Nick { .. }
            | Self::Register { .. }
            | Self::Join { .. }
            | Self::Invite { .. }
            | Self::Room(_)
            | Self::Me { .. }
            | Self::Say { .. }
            | Self::Msg { .. }
            | Self::Reply { .. }
            | Self::ToRoom { .. }
            // The reasons of these are shown.
            | Self::Kick { .. }
            | Self::Impose { .. } => true,
            Self::Topic(change) => *change != TopicChange::Show,
            Self::Away { text } => text.is_some(),
            Self::Help { .. }
            | Self::Login { .. }
            | Self::Logout
            | Self::Passwd { .. }
            // The message itself is checked where it is said.
            | Self::Post { .. }
            | Self::Unregister { .. }
            | Self::Whois { .. }
            | Self::Who { .. }
            | Self::Back
            | Self::Leave { .. }
            | Self::Rooms { .. }
            | Self::Switch { .. }
            | Self::History { .. }
            | Self::Search { .. }
            | Self::More
            | Self::Delete(_)
            | Self::Ignore { .. }
            | Self::Unignore { .. }
            | Self::Quiet(_)
            | Self::Replay { .. }
            | Self::Timestamps(_)
            | Self::Tz { .. }
            | Self::Bell(_)
            | Self::Colour(_)
            | Self::Lang(_)
            | Self::Edit(_)
            | Self::Plain(_)
            | Self::Claim { .. }
            | Self::Op { .. }
            | Self::Deop { .. }
            | Self::RemoveSanction { .. }
            | Self::Bans { .. }
            | Self::Audit { .. }
            | Self::Lockdown(_)
            | Self::Motd
            | Self::Stats
            | Self::Uptime
            | Self::Version
            // The farewell is checked where it would be shown.
            | Self::Quit { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_may_hold_a_password() {
        let check = |line: &str, expected: bool| assert_eq!(holds_secret(line), expected, "{line}");
        check("/login maria correct horse", true);
        check("/login maria", false);
        check(" ／LOGIN maria secret", true);
        check("/lgoin maria secret", true);
        check("/register secret", true);
        check("/register", false);
        check("/passwd old new", true);
        check("/passwd old", true);
        check("/unregister secret", true);
        check("/join #garden secret", true);
        check("/join #garden", false);
        check("/room password secret", true);
        check("/room lock", false);
        check("/room pasword secret", true);
        check("/room key secret", true);
        check("/edit the last line", false);
        check("/clear", false);
        check("/claim 1A2B-3C4D-5E6F-7G8H", true);
        check("/who", false);
        check("/xyzzy secret", true);
        check("/xyzzy", false);
        check("/mgs ann hello", false);
        check("//login maria secret", false);
        check("hello", false);
        check("", false);
        check("hello\n/login maria secret", true);
        check("hello\n/who\n", false);
        // The answers to the command's questions.
        check("/login maria\nsecret", true);
        check("/register\n\n secret\nsecret", true);
        check("/passwd\nold\nnew\nnew", true);
        check("hello\n/unregister\nsecret", true);
        check("hello\n/login maria\n", false);
        check("/join #garden\nhello", false);
    }
}
