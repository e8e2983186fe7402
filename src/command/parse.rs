//! What a typed line means: something to say, or a command.
//!
//! Owned here: the signs by which a line is more than a line, the commands with their arguments,
//! and what is wrong with a command that cannot be understood. Pure: text in, meaning out. Not
//! known here: who typed it, whether the names in it are anybody's, and what a command does.
//!
//! A line is said as it is unless it begins, after spaces, with one of these:
//!
//! | typed | meant |
//! |---|---|
//! | `/name arguments` | a command; `／` (U+FF0F), as Chinese keyboards send it, counts as `/` |
//! | `//text` | says `/text` |
//! | `#room text`, `#room` | says it in another room; goes there |
//!
//! `@name text` is a line like any other: it mentions somebody, as everywhere else. What may hold a
//! password is never said: a command after spaces is a command, and one that is not known is no
//! line.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use super::arguments::Arguments;
use super::{Secret, Topic, Wrong};
use crate::base::period::Period;
use crate::model::moderation::{Network, Rank, SanctionKind};
use crate::model::settings::Bell;
use crate::text::CleanText;

/// What a line means. Small, since nearly all are [`Utterance::Line`].
#[derive(Debug, PartialEq, Eq)]
pub enum Utterance {
    /// Something to say.
    Line(CleanText),
    /// Something to do.
    Command(Box<Command>),
    /// A command that cannot be understood.
    Wrong(Box<Wrong>),
}

/// A command. Names in it are words that nobody has checked, without the `#` of rooms and the `@`
/// of people; there are no empty ones, and no blank texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Lists the commands, or explains one.
    Help {
        /// The one, as it was typed.
        topic: Option<Box<str>>,
    },
    /// Changes one's name.
    Nick {
        /// The name that is wanted.
        name: Box<str>,
    },
    /// Keeps one's name by a password.
    Register {
        /// Without it, it is still to be asked for.
        password: Option<Secret>,
    },
    /// Takes back a registered name.
    Login {
        /// That name.
        name: Box<str>,
        /// Without it, it is still to be asked for.
        password: Option<Secret>,
    },
    /// Ends a login.
    Logout,
    /// Changes one's password.
    Passwd {
        /// The old and the new one; without them, they are still to be asked for.
        change: Option<(Secret, Secret)>,
    },
    /// Gives up a registered name.
    Unregister {
        /// Without it, it is still to be asked for.
        password: Option<Secret>,
    },
    /// Asks what is known of somebody.
    Whois {
        /// Of whom.
        name: Box<str>,
    },
    /// Lists who is in a room.
    Who {
        /// The room; without it, the one where one is.
        room: Option<Box<str>>,
        /// Which page of the list, from 1.
        page: usize,
    },
    /// Says that one is away.
    Away {
        /// Why.
        text: Option<CleanText>,
    },
    /// Says that one is back.
    Back,
    /// Enters a room.
    Join {
        /// The room.
        room: Box<str>,
        /// Its password.
        password: Option<Secret>,
        /// The name was typed with its `#`: a room that there is not yet is made with the password.
        has_sign: bool,
    },
    /// Leaves a room.
    Leave {
        /// The room; without it, the one where one is.
        room: Option<Box<str>>,
    },
    /// Lists the rooms.
    Rooms {
        /// Which page of the list, from 1.
        page: usize,
    },
    /// Shows or changes what the room is about.
    Topic(TopicChange),
    /// Invites somebody into a room.
    Invite {
        /// Whom.
        name: Box<str>,
        /// The room; without it, the one where one is.
        room: Option<Box<str>>,
    },
    /// Changes the room where one is.
    Room(RoomChange),
    /// Says what one does.
    Me {
        /// What.
        text: CleanText,
    },
    /// Says something to one person alone.
    Msg {
        /// To whom.
        to: Box<str>,
        /// What.
        text: CleanText,
    },
    /// Says something to who last wrote to one alone.
    Reply {
        /// What.
        text: CleanText,
    },
    /// Says something as it is, whatever it begins with.
    Say {
        /// What.
        text: CleanText,
    },
    /// Says something in the lobby without having come in, for programs: it is in no help, and has
    /// to be the first line.
    Post {
        /// What; without it, the client is asked to be one that only says lines.
        text: Option<CleanText>,
    },
    /// Goes to another room, to talk there from now on.
    Switch {
        /// The room.
        room: Box<str>,
    },
    /// Says something in another room.
    ToRoom {
        /// The room.
        room: Box<str>,
        /// What.
        text: CleanText,
    },
    /// Shows what was said in a room.
    History {
        /// The room; without it, the one where one is.
        room: Option<Box<str>>,
        /// Which part of it; without it, the last page.
        part: Option<HistoryPart>,
    },
    /// Looks for something that was said.
    Search {
        /// The room; without it, all in which one is.
        room: Option<Box<str>>,
        /// The words.
        text: CleanText,
    },
    /// Shows what follows on what was shown last of the history.
    More,
    /// Hides what somebody says.
    Ignore {
        /// Whose words; without it, lists who is ignored.
        name: Option<Box<str>>,
    },
    /// Shows again what somebody says.
    Unignore {
        /// Whose words.
        name: Box<str>,
    },
    /// Hides or shows who comes and goes.
    Quiet(bool),
    /// Shows or chooses how many of a room's last messages are shown at joining it.
    Replay {
        /// As many, at most [`crate::limits::REPLAY_LINES_MAX`]; without it, the present number is
        /// shown.
        lines: Option<u8>,
    },
    /// Shows or hides the time of each line.
    Timestamps(bool),
    /// Shows or chooses the time zone of those times.
    Tz {
        /// The zone that is wanted; without it, the present one is shown.
        zone: Option<Box<str>>,
    },
    /// Chooses when the bell rings.
    Bell(Bell),
    /// Colour or none.
    Colour(bool),
    /// The server edits the line that is being typed, or not.
    Edit(bool),
    /// The form that suits screen readers, or the usual one.
    Plain(bool),
    /// Becomes the owner of a server that has none.
    Claim {
        /// What was printed when it started.
        token: Secret,
    },
    /// Lists who has a rank, or gives somebody one.
    Op {
        /// Whom; without it, they are listed.
        name: Option<Box<str>>,
        /// Which.
        rank: Rank,
    },
    /// Takes somebody's rank.
    Deop {
        /// Whose.
        name: Box<str>,
    },
    /// Removes somebody, who may come back.
    Kick {
        /// From this room; without it, from wherever one keeps order.
        room: Option<Box<str>>,
        /// Whom.
        name: Box<str>,
        /// Why.
        reason: Option<CleanText>,
    },
    /// Bans or mutes somebody.
    Impose {
        /// Which of the two.
        kind: SanctionKind,
        /// In this room; without it, wherever one keeps order.
        room: Option<Box<str>>,
        /// Whom.
        whom: Whom,
        /// For how long; without it, until it is lifted.
        time: Option<Duration>,
        /// Why.
        reason: Option<CleanText>,
    },
    /// Ends bans or mutes.
    Lift {
        /// Which of the two.
        kind: SanctionKind,
        /// In this room; without it, wherever one keeps order.
        room: Option<Box<str>>,
        /// Whose.
        whom: Whom,
    },
    /// Lists bans and mutes.
    Bans {
        /// Of this room; without it, of wherever one keeps order.
        room: Option<Box<str>>,
        /// Which page of the list, from 1.
        page: usize,
    },
    /// Lists what was done to keep order.
    Audit {
        /// Which page of the list, from 1, which has the latest.
        page: usize,
    },
    /// Lets only registered people talk, or everybody again.
    Lockdown(bool),
    /// Shows the message of the day.
    Motd,
    /// Tells what the server has to do.
    Stats,
    /// Tells since when the server has been running.
    Uptime,
    /// Tells which version of the program it is.
    Version,
    /// Leaves the server.
    Quit {
        /// What the others are told.
        text: Option<CleanText>,
    },
}

/// Whom a ban or a mute is to concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Somebody of this name.
    Name(Box<str>),
    /// Everybody from there.
    Network(Network),
}

/// What is to happen to a room's topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicChange {
    /// Nothing: it is shown.
    Show,
    /// It becomes this.
    Set(CleanText),
    /// It is taken away.
    Clear,
}

/// Which part of what was said is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryPart {
    /// So many lines, the last ones.
    Lines(NonZeroU64),
    /// A time.
    Period(Period),
}

/// What is to be changed about a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// Only who is invited may enter.
    Lock,
    /// Everybody may enter.
    Unlock,
    /// Who enters must know this; without it, nothing.
    Password(Option<Secret>),
    /// Seconds that each person waits between two lines; without it, none. At most
    /// [`crate::limits::SLOW_MODE_SECONDS_MAX`].
    Slow(Option<NonZeroU32>),
    /// It is not listed.
    Hide,
    /// It is listed.
    Show,
    /// It is nobody's any more, and ends with the last who is in it.
    End,
}

impl fmt::Display for RoomChange {
    /// As it is typed behind `/room`, without a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lock => f.write_str("lock"),
            Self::Unlock => f.write_str("unlock"),
            Self::Password(Some(_)) => f.write_str("password"),
            Self::Password(None) => f.write_str("password off"),
            Self::Slow(Some(seconds)) => write!(f, "slow {seconds}"),
            Self::Slow(None) => f.write_str("slow off"),
            Self::Hide => f.write_str("hide"),
            Self::Show => f.write_str("show"),
            Self::End => f.write_str("end"),
        }
    }
}

/// The slash, and the wide one of Chinese and Japanese keyboards.
pub const SLASHES: [char; 2] = ['/', '／'];

/// What the line means.
pub fn interpret(text: CleanText) -> Utterance {
    match text.as_str().as_bytes().first() {
        // These two begin, in UTF-8, the wide space and the wide slash, and much else.
        Some(b' ' | b'/' | b'#' | 0xE3 | 0xEF) => interpret_signed(text),
        _ => Utterance::Line(text),
    }
}

/// The command of programs that only say lines; its slash stands before it.
const POST: &str = "post";

/// Whether a line says who its author is. Is asked of the first one.
pub fn introduces(text: &CleanText) -> bool {
    matches!(interpret(text.clone()), Utterance::Command(command)
        if matches!(*command, Command::Nick { .. } | Command::Login { .. } | Command::Post { .. }))
}

/// What a line means that may begin with a sign.
fn interpret_signed(text: CleanText) -> Utterance {
    let line = text.as_str();
    let signed = line.trim_start();
    let Some(sign) = signed.chars().next() else { return Utterance::Line(text) };
    let behind = line.len() - signed.len() + sign.len_utf8();
    let meant = match sign {
        '/' | '／' if line[behind..].starts_with(SLASHES) => {
            return Utterance::Line(text.part_from(behind));
        }
        '/' | '／' => command(Arguments::new(&text, behind)),
        '#' => to_room(Arguments::new(&text, behind)).map(Ok),
        _ => None,
    };
    match meant {
        Some(Ok(command)) => Utterance::Command(Box::new(command)),
        Some(Err(wrong)) => Utterance::Wrong(Box::new(wrong)),
        None => Utterance::Line(text),
    }
}

/// The command behind a slash, if the line is one.
///
/// With a space behind the slash it is a line, unless the name of a command follows: `/ login bob
/// secret` was not meant to be said.
fn command(mut arguments: Arguments<'_>) -> Option<Result<Command, Wrong>> {
    let is_apart = arguments.begins_with_space();
    let word = arguments.word()?;
    if word.eq_ignore_ascii_case(POST) && !is_apart {
        return Some(Ok(Command::Post { text: arguments.text_as_it_is() }));
    }
    Some(match (Topic::find(word), is_apart) {
        (Some(topic), false) => arguments.read(topic),
        (Some(topic), true) => Err(Wrong::Usage(topic)),
        (None, false) => Err(Wrong::unknown(word)),
        (None, true) => return None,
    })
}

/// What stands behind `#`, if a word does.
fn to_room(mut arguments: Arguments<'_>) -> Option<Command> {
    if arguments.begins_with_space() {
        return None;
    }
    let room = arguments.word()?.into();
    Some(match arguments.text() {
        Some(text) => Command::ToRoom { room, text },
        None => Command::Switch { room },
    })
}

#[cfg(test)]
mod tests;
