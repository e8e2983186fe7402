//! What a typed line can be: a message, or one of the commands with their arguments.

use std::fmt;
use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use super::Secret;
use super::typed::{TypedName, TypedNick, TypedRoom, TypedZone};
use crate::base::period::Period;
use crate::model::{Bell, Lang, Network, Rank, Refusal, SanctionKind};
use crate::text::CleanText;

/// The meaning of a line. Small, because nearly all are [`Utterance::Line`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Utterance {
    /// A message.
    Line(CleanText),
    /// A command.
    Command(Box<Command>),
    /// A command that cannot be understood.
    Wrong(Box<Refusal>),
}

/// A command. Names in it are words without the `#` of rooms and the `@` of people; none of them is
/// empty, and no text is blank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Lists the commands, or explains one.
    Help {
        /// The command to explain, as it was typed.
        topic: Option<Box<str>>,
    },
    /// Changes the user's name.
    Nick {
        /// The new name.
        name: TypedNick,
    },
    /// Registers the user's name with a password.
    Register {
        /// `None` if it has yet to be asked for.
        password: Option<Secret>,
    },
    /// Logs in to a registered name.
    Login {
        /// The registered name.
        name: TypedName,
        /// `None` if it has yet to be asked for.
        password: Option<Secret>,
    },
    /// Logs out.
    Logout,
    /// Changes the user's password.
    Passwd {
        /// The old and the new password; `None` if they have yet to be asked for.
        change: Option<(Secret, Secret)>,
    },
    /// Gives up a registered name.
    Unregister {
        /// `None` if it has yet to be asked for.
        password: Option<Secret>,
        /// Whether to erase everything the user has said, too.
        erases: bool,
    },
    /// Shows information about someone.
    Whois {
        /// Their name.
        name: TypedName,
    },
    /// Lists the people in a room.
    Who {
        /// The room, or `None` for the current one.
        room: Option<TypedRoom>,
        /// The same word, in case it is the name of a person.
        name: Option<TypedName>,
        /// The page of the list, from 1.
        page: usize,
    },
    /// Marks the user as away.
    Away {
        /// The reason.
        text: Option<CleanText>,
    },
    /// Marks the user as back.
    Back,
    /// Joins a room.
    Join {
        /// The room.
        room: TypedRoom,
        /// The password of the room.
        password: Option<Secret>,
        /// Whether the name was typed with its `#`: a room that does not exist is created with the
        /// password.
        has_sign: bool,
    },
    /// Leaves a room.
    Leave {
        /// The room, or `None` for the current one.
        room: Option<TypedRoom>,
    },
    /// Lists the rooms.
    Rooms {
        /// The page of the list, from 1.
        page: usize,
    },
    /// Shows or changes the topic of the room.
    Topic(TopicChange),
    /// Invites someone to a room.
    Invite {
        /// Their name.
        name: TypedName,
        /// The room, or `None` for the current one.
        room: Option<TypedRoom>,
    },
    /// Changes a rule of the current room.
    Room(RoomChange),
    /// Says what the user is doing.
    Me {
        /// The action.
        text: CleanText,
    },
    /// Sends a private message.
    Msg {
        /// The recipient.
        to: TypedName,
        /// The message.
        text: CleanText,
    },
    /// Replies to the last private message.
    Reply {
        /// The message.
        text: CleanText,
    },
    /// Says a text as it is, whatever it begins with.
    Say {
        /// The message.
        text: CleanText,
    },
    /// Says a line in the lobby without joining, for programs: it is not in the help, and has to be
    /// the first line.
    Post {
        /// The message; `None` asks to be a client that only says lines.
        text: Option<CleanText>,
    },
    /// Switches to another room, which becomes the current one.
    Switch {
        /// The room.
        room: TypedRoom,
    },
    /// Says something in another room.
    ToRoom {
        /// The room.
        room: TypedRoom,
        /// The message.
        text: CleanText,
    },
    /// Shows the history of a room.
    History {
        /// The room, or `None` for the current one.
        room: Option<TypedRoom>,
        /// The part to show, or `None` for the last page.
        part: Option<HistoryPart>,
        /// Whether to show the numbers of the lines.
        has_numbers: bool,
    },
    /// Searches the history.
    Search {
        /// The room, or `None` for all rooms the user is in.
        room: Option<TypedRoom>,
        /// The words to search for.
        text: CleanText,
    },
    /// Shows the next part of the history or search shown last.
    More,
    /// Deletes messages.
    Delete(DeleteTarget),
    /// Ignores someone, or lists the people ignored.
    Ignore {
        /// Their name; `None` lists the people ignored.
        name: Option<TypedName>,
    },
    /// Stops ignoring someone.
    Unignore {
        /// Their name.
        name: TypedName,
    },
    /// Hides or shows join and leave notices.
    Quiet(bool),
    /// Shows or sets the number of recent messages shown when joining a room.
    Replay {
        /// The number, at most [`crate::limits::REPLAY_LINES_MAX`]; `None` shows the current one.
        lines: Option<u8>,
    },
    /// Shows or hides the time of each line.
    Timestamps(bool),
    /// Shows or sets the time zone of those times.
    Tz {
        /// The new zone; `None` shows the current one.
        zone: Option<TypedZone>,
    },
    /// Sets when the bell rings.
    Bell(Bell),
    /// Switches colours on or off.
    Colour(bool),
    /// Sets the language.
    Lang(Lang),
    /// Switches editing of the typed line by the server on or off.
    Edit(bool),
    /// Switches plain mode, for screen readers, on or off.
    Plain(bool),
    /// Makes the user the owner of a server that has none.
    Claim {
        /// The token printed when the server started.
        token: Secret,
    },
    /// Lists the people with a rank, or gives someone one.
    Op {
        /// Their name; `None` lists the people with a rank.
        name: Option<TypedName>,
        /// The rank to give.
        rank: Rank,
    },
    /// Takes someone's rank away.
    Deop {
        /// Their name.
        name: TypedName,
    },
    /// Removes someone, who may return.
    Kick {
        /// The room to remove them from, or `None` for everywhere the user moderates.
        room: Option<TypedRoom>,
        /// Their name.
        name: TypedName,
        /// The reason.
        reason: Option<CleanText>,
    },
    /// Bans or mutes someone.
    Impose {
        /// Whether to ban or mute.
        kind: SanctionKind,
        /// The room, or `None` for everywhere the user moderates.
        room: Option<TypedRoom>,
        /// The user or network.
        whom: SanctionTarget,
        /// The duration, or `None` until it is lifted.
        time: Option<Duration>,
        /// The reason.
        reason: Option<CleanText>,
    },
    /// Lifts a ban or a mute.
    RemoveSanction {
        /// Whether to lift a ban or a mute.
        kind: SanctionKind,
        /// The room, or `None` for everywhere the user moderates.
        room: Option<TypedRoom>,
        /// The user or network.
        whom: SanctionTarget,
    },
    /// Lists bans and mutes.
    Bans {
        /// The room, or `None` for everywhere the user moderates.
        room: Option<TypedRoom>,
        /// The page of the list, from 1.
        page: usize,
    },
    /// Lists the audit log.
    Audit {
        /// The page of the list, from 1, which has the latest entries.
        page: usize,
    },
    /// Restricts talking to registered users, or lifts that restriction.
    Lockdown(bool),
    /// Shows the message of the day.
    Motd,
    /// Shows the load of the server.
    Stats,
    /// Shows since when the server has been running.
    Uptime,
    /// Shows the version of the program.
    Version,
    /// Leaves the server.
    Quit {
        /// The farewell shown to others.
        text: Option<CleanText>,
    },
}

/// The target of a ban or a mute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SanctionTarget {
    /// A user with this name.
    Name(TypedName),
    /// Everyone from this network.
    Network(Network),
}

/// A change of a room's topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicChange {
    /// None: the topic is shown.
    Show,
    /// Sets the topic.
    Set(CleanText),
    /// Removes the topic.
    Clear,
}

/// The messages to delete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeleteTarget {
    /// The last one that the user said in the current room.
    OwnLast,
    /// The last ones that somebody said in the current room.
    LastOf {
        /// Their name.
        name: TypedName,
        /// How many.
        count: NonZeroU64,
    },
    /// The one with this number.
    Number {
        /// The room.
        room: TypedRoom,
        /// Its number in the room.
        seq: NonZeroU64,
    },
}

/// The part of the history to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryPart {
    /// This many lines, the last ones.
    Lines(NonZeroU64),
    /// A period of time.
    Period(Period),
}

/// A change of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RoomChange {
    /// Only invited users may join.
    Lock,
    /// Everyone may join.
    Unlock,
    /// Users who join need this password; `None` removes it.
    Password(Option<Secret>),
    /// Seconds that each user has to wait between two lines; `None` switches that off. At most
    /// [`crate::limits::SLOW_MODE_SECONDS_MAX`].
    Slow(Option<NonZeroU32>),
    /// Removes the room from lists.
    Hide,
    /// Shows the room in lists again.
    Show,
    /// Gives up the room, which then has no owner and ends when its last user leaves.
    End,
}

impl fmt::Display for RoomChange {
    /// As typed after `/room`, without a password.
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
