//! Replies: everything that the server tells one client, as data.
//!
//! Each reply has a stable code, which is its name in kebab case; `docs/events.md` lists all of
//! them. The chat makes no sentence and knows no wire, language or screen: each wire renders
//! replies, in the user's language where it shows words.
//!
//! What happens in a room is an [`Event`](crate::model::event::Event).

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::id::ClientMessageId;
use crate::model::time::duration_millis;
use crate::model::{
    AuditEntry, Bell, Lang, Motd, Network, Rank, Refusal, Removal, SanctionKind, SanctionView,
    Timestamp, Topic,
};
use crate::text::{CleanText, Manner};

/// Something that the server tells one client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "a field is what its name says, in the words of docs/glossary.md")]
pub enum Reply {
    /// The server did not do what the client wanted.
    Refused(Refusal),
    /// The same for a client that posts lines, which recognises refusals by their beginning.
    NotPosted(Refusal),
    /// The same for a message that has an id.
    NotSaid(Box<NotSaid>),

    // Connecting.
    /// The client's name. `is_address`: as in the original program.
    Welcome { name: Arc<str>, is_address: bool },
    /// The client's first room, and who is there: some by name, and the number of others.
    Here { room: Arc<str>, names: Box<[Arc<str>]>, others: u32 },
    /// The message of the day.
    Motd { lines: Motd },
    /// There is no message of the day.
    NoMotd,
    /// Under this name the client posts lines.
    Posting { name: Arc<str> },
    /// The line was posted.
    Posted,
    /// Banned guests may log in if they are owners or operators.
    ModeratorsMayLogIn,

    // Names and accounts.
    /// The client has a new name, and is in no room that shows it.
    Renamed { from: Arc<str>, to: Arc<str> },
    /// The name is registered to the client now.
    Registered { name: Arc<str> },
    /// The name is no longer registered.
    Unregistered { name: Arc<str> },
    /// Precedes the password of `/unregister`, and says what it removes.
    Unregistering { erases: bool },
    /// Nothing is left on the server's disk of what the user has said.
    PersonErased,
    /// The client is logged in; this many clients use the account.
    LoggedIn { name: Arc<str>, clients: u32 },
    /// The client is logged out, and has a new name.
    LoggedOut { name: Arc<str> },
    /// The account has the new password.
    PasswordChanged,
    /// The user is marked as away.
    NowAway { text: Option<CleanText> },
    /// The user is no longer marked as away.
    NowBack,
    /// Somebody is away.
    Away { name: Arc<str>, text: Option<CleanText> },
    /// Information about a person.
    Whois(Box<Whois>),

    // Rooms.
    /// The client made a room and is talking in it.
    MadeRoom { room: Arc<str> },
    /// The client joined a room and is talking in it, with this number of people.
    JoinedRoom { room: Arc<str>, people: u32 },
    /// The client's current room has changed.
    TalkingIn { room: Arc<str> },
    /// The client left a room, and its current room is this one.
    LeftRoom { room: Arc<str>, current: Option<Arc<str>> },
    /// The room's topic, if it has one.
    Topic { room: Arc<str>, topic: Option<CleanText> },
    /// Somebody has been invited.
    Invited { name: Arc<str>, room: Arc<str>, is_here: bool },
    /// The client has been invited.
    YouAreInvited { by: Arc<str>, room: Arc<str> },
    /// The room has a password, or no longer has one.
    RoomPassword { room: Arc<str>, is_on: bool },
    /// The people in a room.
    Who(Box<WhoPage>),
    /// The rooms that the client may know of.
    Rooms(Box<RoomsPage>),

    // Messages and history.
    /// The line was said. The user may have meant a command.
    MeantCommand { topic: Topic },
    /// The client has sent a message again, with the same id. The first one was said here, with
    /// this number: `None` if it was private or the room is gone.
    SaidBefore(Box<SaidBefore>),
    /// Past lines of a room, or found in several.
    Past(Box<Past>),
    /// The number of messages that the user has missed in a room.
    Unread { room: Arc<str>, is_current: bool, count: u64, since: Timestamp },
    /// A private message.
    Private(Box<PrivateLine>),
    /// The recipient gets the message at the next login.
    MessageLeft { name: Arc<str> },
    /// This many messages were left for the user, and follow.
    KeptMessages { count: u32 },
    /// Messages of this person are hidden, or no longer.
    Ignoring { name: Arc<str>, is_on: bool },
    /// The people whose messages are hidden.
    Ignored { names: Box<[Arc<str>]> },

    // Settings.
    /// A setting of the user, as it is now.
    Setting(Setting),
    /// The user's time zone, and the time there.
    TimeZone { zone: Box<str>, now: Timestamp },

    // Moderation.
    /// The user owns the server.
    Claimed,
    /// The owners and operators of the server.
    Moderators { owners: Box<[Arc<str>]>, operators: Box<[Arc<str>]> },
    /// Somebody has this rank now.
    RankGiven { name: Arc<str>, rank: Rank },
    /// Somebody no longer has a rank.
    RankTaken { name: Arc<str> },
    /// The client's own rank, which somebody has changed.
    YourRank { by: Arc<str>, rank: Option<Rank> },
    /// Somebody was removed from the room or the server.
    Removed { name: Arc<str> },
    /// The client was removed from the room or the server.
    YouWereRemoved(Box<Removal>),
    /// The client was banned or muted.
    YouAreSanctioned(Box<SanctionView>),
    /// The client may talk again, here or in this room.
    YouMayTalk { by: Arc<str>, room: Option<Arc<str>> },
    /// A ban or mute is in force, also for guests from these networks.
    Imposed { sanction: Box<SanctionView>, networks: Box<[Network]> },
    /// This many other people have the address of the person who was banned or muted.
    SharedAddress { count: u32 },
    /// A ban or mute was lifted.
    Lifted { kind: SanctionKind, name: Box<str>, room: Option<Arc<str>> },
    /// Bans and mutes.
    Bans(Box<BansPage>),
    /// The actions of moderators.
    Audit(Box<AuditPage>),
    /// A lockdown began or ended.
    Lockdown { by: Arc<str>, is_on: bool },
    /// The command is done, but the change is not on the disk yet.
    NotSavedYet,
    /// A change that was not saved yet is now saved.
    SavedNow,
    /// Messages were deleted, and nothing is left of their text on the server's disk.
    Deleted { count: u64 },
    /// Messages were deleted, but their text is still on the server's disk.
    NotErasedYet,
    /// To operators: the disk fails.
    DiskFails,
    /// To operators: the disk works again, but not everything is saved yet if `has_unsaved`.
    DiskWorks { lines_lost: u64, has_unsaved: bool },
    /// To operators: everything is saved.
    AllSaved,
    /// To operators: changed settings were not accepted.
    SettingsRefused { problem: Box<str> },

    // The server.
    /// The version of the server.
    Version { version: Box<str> },
    /// How long the server has been up.
    Uptime {
        since: Timestamp,
        #[serde(with = "duration_millis")]
        time: Duration,
    },
    /// The state of the server.
    Stats(Box<Stats>),
    /// A page of the help.
    Help { page: HelpPage },

    // From the connection itself.
    /// Lines were skipped for a slow reader; in the current room if `room` is `None`.
    Missed { room: Option<Arc<str>>, lines: u64 },
    /// The client is sending too fast, so its lines were delayed.
    Delayed { seconds: u64 },
    /// The client is sending too fast, so it is muted.
    Flooding { seconds: u64 },
    /// An answer to telnet's "are you there" (RFC 854).
    ServerIsHere,
    /// The client's own screen shows the password that is asked for.
    PasswordIsShown,
    /// The question was cancelled.
    Cancelled,
    /// The client quits: how to end a program that does not end with its connection.
    YouLeft,
    /// The same after the client was removed.
    PressEnter,
    /// The server is shutting down.
    Goodbye,
}

const _: () = assert!(size_of::<Reply>() <= 48);

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A message with an id that was not said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotSaid {
    /// The id that the client gave it.
    pub id: ClientMessageId,
    /// Why it was not said.
    #[serde(flatten)]
    pub refusal: Refusal,
}

/// A message that was said when the client sent it for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidBefore {
    /// The id that the client gave it.
    pub id: ClientMessageId,
    /// The room in which it was said; `None` for a private message, and if the room has ended.
    pub room: Option<Arc<str>>,
    /// Its number among the messages of that room.
    pub seq: Option<u64>,
}

/// A part of a list that is shown page by page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// The number of entries on all pages.
    pub count: u64,
    /// The number of this page, from 1.
    pub page: u32,
    /// The number of pages.
    pub pages: u32,
}

/// What is known about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whois {
    /// The person's name.
    pub name: Arc<str>,
    /// When they registered; `None` for a guest.
    pub registered_at: Option<Timestamp>,
    /// The person's rank on the server.
    pub rank: Option<Rank>,
    /// The addresses of their clients, for operators.
    pub addresses: Box<[std::net::IpAddr]>,
    /// What is known if they are here.
    pub here: Option<WhoisHere>,
    /// When they were last here, if they are not.
    pub seen_at: Option<Timestamp>,
    /// What they say of being away, if they are.
    pub away: Option<WhoisAway>,
}

/// What a person says of being away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoisAway {
    /// Their text, if they gave one.
    pub text: Option<CleanText>,
}

/// What is known about a person who is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoisHere {
    /// How long they have been here.
    #[serde(with = "duration_millis")]
    pub online: Duration,
    /// How long ago they last sent something.
    #[serde(with = "duration_millis")]
    pub idle: Duration,
    /// The number of their clients.
    pub clients: u32,
    /// Their rooms that the asker may know of, in alphabetical order.
    pub rooms: Box<[Arc<str>]>,
}

/// The people in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhoPage {
    /// The room.
    pub room: Arc<str>,
    /// The people on this page, in alphabetical order.
    pub people: Box<[WhoEntry]>,
    /// Which part of the list this is.
    pub paging: Paging,
}

/// A person in a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct WhoEntry {
    /// The person's name.
    pub name: Arc<str>,
    /// The person is away.
    pub is_away: bool,
}

/// The rooms that a client may know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomsPage {
    /// The rooms on this page.
    pub rooms: Box<[RoomEntry]>,
    /// Which part of the list this is.
    pub paging: Paging,
}

/// A room in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomEntry {
    /// The room's name.
    pub room: Arc<str>,
    /// The number of people in it.
    pub people: u32,
    /// The client is talking in it.
    pub is_current: bool,
    /// Only invited people may join.
    pub is_locked: bool,
    /// Joining it needs a password.
    pub has_password: bool,
    /// Others do not see it in their lists.
    pub is_hidden: bool,
    /// Its topic.
    pub topic: Option<CleanText>,
}

/// Past lines of a room, or found in several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The room; `None` for what a search found.
    pub room: Option<Arc<str>>,
    /// What the lines are. `None` on a page that follows another.
    pub heading: Option<Heading>,
    /// Lines before these have been removed for their age.
    pub is_cut: bool,
    /// Whether the user wants to see the numbers of the lines.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_numbers: bool,
    /// The lines, oldest first.
    pub lines: Box<[PastLine]>,
    /// The numbers of lines that were lost, as first and last, in order.
    pub gaps: Box<[(u64, u64)]>,
    /// Whether anything follows.
    pub end: PastEnd,
}

/// What past lines are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "heading", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "a field is what its name says")]
pub enum Heading {
    /// The last lines of the room, and how many of them are meant.
    Last { count: u64 },
    /// What the user has missed.
    Missed,
    /// The lines of a time, or since then.
    Period { from: Timestamp, until: Option<Timestamp> },
    /// The lines that contain these words.
    Search { text: Box<str> },
}

/// What follows past lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PastEnd {
    /// Nothing: these are all.
    Whole,
    /// Later lines, on the next page.
    More,
    /// Earlier lines, on the next page.
    Earlier,
}

/// A line that was said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastLine {
    /// Its number in its room.
    pub seq: u64,
    /// When it was said.
    pub at: Timestamp,
    /// Its room, if it was found in a room other than the current one.
    pub room: Option<Arc<str>>,
    /// The author's name at the time.
    pub name: Arc<str>,
    /// Whether it is a message or an action.
    pub manner: Manner,
    /// The text. Empty if the message was deleted.
    pub text: CleanText,
    /// Who deleted the message, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<Arc<str>>,
}

/// A private message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateLine {
    /// The other person.
    pub with: Arc<str>,
    /// The client's own user has sent it.
    pub is_own: bool,
    /// It was left while the user was away.
    pub is_kept: bool,
    /// The client's bell rings.
    pub rings: bool,
    /// When it was sent.
    pub at: Timestamp,
    /// The text.
    pub text: CleanText,
}

/// A setting of the user, as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "setting", content = "value", rename_all = "kebab-case")]
pub enum Setting {
    /// Hides notices of people joining and leaving.
    Quiet(bool),
    /// The number of recent lines that the user sees on joining a room.
    Replay(u32),
    /// Each line shows the time in this zone, or no time.
    Timestamps(Option<Box<str>>),
    /// The time zone.
    Zone(Box<str>),
    /// When the bell rings.
    Bell(Bell),
    /// Names are coloured.
    Colour(bool),
    /// The server edits the line that the user types.
    Edit(bool),
    /// One event per line, without colours.
    Plain(bool),
    /// The language.
    Language(Lang),
}

/// Bans and mutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BansPage {
    /// The room; `None` for the whole server.
    pub room: Option<Arc<str>>,
    /// The bans and mutes on this page.
    pub sanctions: Box<[SanctionView]>,
    /// Which part of the list this is.
    pub paging: Paging,
}

/// What moderators did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    /// The actions on this page, oldest first. Page 1 has the latest.
    pub entries: Box<[AuditEntry]>,
    /// Which part of the log this is.
    pub paging: Paging,
}

/// The state of the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// People who have been announced.
    pub people: u64,
    /// Connected clients.
    pub clients: u64,
    /// Rooms with somebody in them.
    pub rooms: u64,
    /// Clients that have not been announced yet, for operators.
    pub unannounced: Option<u64>,
    /// Lines that were said.
    pub lines: u64,
    /// Lines that were delivered to a client.
    pub deliveries: u64,
    /// Lines that were skipped for slow readers.
    pub skipped: u64,
    /// Bytes that wait for sockets.
    pub queued_bytes: u64,
    /// The memory of the process in bytes, if it is known.
    pub resident_bytes: Option<u64>,
    /// How long the server has been up.
    #[serde(with = "duration_millis")]
    pub uptime: Duration,
}

/// A page of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HelpPage {
    /// The list of commands.
    Overview,
    /// The commands for moderators.
    Moderation,
    /// The keys that work in an edited line.
    Keys,
    /// One command.
    Topic(Topic),
}

impl HelpPage {
    /// The word that asks for [`HelpPage::Keys`]: `/help keys`.
    pub const KEYS: &str = "keys";
}

#[cfg(test)]
pub(crate) mod samples;
