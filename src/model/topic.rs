//! The commands that the help explains, and their groups. [`command`](crate::command) has the table
//! of their names and arguments.

use serde::{Deserialize, Serialize};

/// A command that the help lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "each is the command of that name, which its texts explain")]
pub enum Topic {
    Nick,
    Register,
    Login,
    Logout,
    Passwd,
    Unregister,
    Whois,
    Away,
    Back,
    Me,
    Msg,
    Reply,
    Say,
    History,
    Search,
    More,
    Delete,
    Ignore,
    Unignore,
    Join,
    Leave,
    Rooms,
    Who,
    Topic,
    Invite,
    Room,
    Quiet,
    Replay,
    Timestamps,
    Tz,
    Bell,
    Colour,
    Edit,
    Plain,
    Lang,
    Claim,
    Op,
    Deop,
    Kick,
    Ban,
    Unban,
    Mute,
    Unmute,
    Bans,
    Audit,
    Lockdown,
    Motd,
    Stats,
    Uptime,
    Version,
    Help,
    Quit,
}

/// The subject of a command; the help lists the commands of a group together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Names and accounts of the user and of others.
    Names,
    /// Messages, history and ignoring people.
    Talking,
    /// Rooms.
    Rooms,
    /// The display.
    Shown,
    /// Moderation, which only some users may do: listed on a page of its own.
    Moderation,
    /// Everything else.
    Other,
}

impl Group {
    /// All groups, in the order in which they are listed.
    pub const ALL: [Self; 6] =
        [Self::Names, Self::Talking, Self::Rooms, Self::Shown, Self::Moderation, Self::Other];

    /// The word that asks for the moderation page: `/help order`.
    pub const MODERATION_PAGE: &str = "order";
}
