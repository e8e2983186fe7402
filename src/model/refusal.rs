//! Refusals: why the server did not do what a client wanted.
//!
//! A refusal is data. Each has a stable code, which is its name in kebab case; `docs/events.md`
//! lists all of them. Each language has one sentence for each of them.

pub mod irc;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::{Network, PasswordError, Rank, SanctionKind, SanctionTerm, Topic};
use crate::text::nick::NickError;

/// Why the server did not do what a client wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "error", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "a field is what its name says, in the words of docs/glossary.md")]
pub enum Refusal {
    // Names and accounts.
    /// Somebody who is connected has the name.
    NameInUse { name: Arc<str> },
    /// Somebody has registered the name.
    NameRegistered { name: Arc<str> },
    /// The name could be mistaken for another one, or for a guest's if that is not given.
    NameResembles { name: Arc<str>, other: Option<Arc<str>> },
    /// The client has this name already.
    NameIsYours { name: Arc<str> },
    /// The client is logged in, and cannot take a name other than its account's.
    NameIsFixed { name: Arc<str> },
    /// The text is not a valid name.
    BadName { name: Box<str>, why: NickError },
    /// The text is not a valid name of a room.
    BadRoomName { name: Box<str>, why: NickError },
    /// An assigned name cannot be registered.
    ChooseNameFirst,
    /// There is nobody with this name. `nearest` may have been meant.
    NoSuchPerson { name: Box<str>, nearest: Option<Box<str>> },
    /// The name is registered to the client already.
    RegisteredAlready { name: Arc<str> },
    /// The client is logged in already.
    LoggedInAlready { name: Arc<str> },
    /// The account is connected from as many clients as it may be.
    TooManyClients { name: Arc<str>, max: u32 },
    /// The command needs an account.
    NotLoggedIn,
    /// The name is not registered.
    NotRegistered { name: Box<str> },
    /// The password of the account is a different one.
    WrongPassword,
    /// The client's own password is a different one.
    WrongOwnPassword,
    /// The text cannot become a password.
    BadPassword { why: PasswordError },
    /// The account does not exist any longer.
    AccountGone,
    /// The server has as many accounts as it may have.
    TooManyAccounts,
    /// Too many attempts. The next one may be made after this time.
    TooOften { seconds: u64 },
    /// A queue of the server is full.
    Busy,
    /// The user was not away.
    NotAway,
    /// A banned or muted person cannot do this.
    Sanctioned,

    // Rooms.
    /// The client is in no room.
    InNoRoom,
    /// The client is not in this room. `is_line`: the user may have meant to say a line.
    NotInRoom { room: Arc<str>, is_line: bool },
    /// There is no such room, or the client may not know of it.
    NoSuchRoom { room: Arc<str> },
    /// The room has ended.
    RoomGone,
    /// There is no such room, and the user probably meant a name of several words.
    RoomNameIsOneWord { room: Arc<str> },
    /// The name could be mistaken for that of another room, which may be hidden.
    RoomResembles { room: Arc<str>, other: Option<Arc<str>> },
    /// Only invited people may join the room.
    RoomLocked { room: Arc<str> },
    /// The room has a password, and none was given.
    RoomNeedsPassword { room: Arc<str> },
    /// The password of the room is a different one.
    WrongRoomPassword { room: Arc<str> },
    /// The client is in as many rooms as it may be.
    InTooManyRooms { max: u32 },
    /// The person owns as many rooms as they may.
    OwnsTooManyRooms { max: u32 },
    /// The server has as many rooms as it may have.
    TooManyRooms,
    /// Only the owner can do this.
    NotOwner { room: Arc<str>, owner: Arc<str> },
    /// The room has no owner, so its settings stay as they are.
    RoomHasNoOwner { room: Arc<str> },
    /// The invited person is in the room.
    InRoomAlready { name: Arc<str>, room: Arc<str> },
    /// The room has as many invited people as it may have.
    TooManyInvited { max: u32 },
    /// The room is in slow mode.
    SlowMode { room: Arc<str>, seconds: u64 },

    // Messages and history.
    /// Nothing has been said in the room.
    HistoryIsEmpty { room: Arc<str> },
    /// The text has no word to search for.
    NothingToSearch { text: Box<str> },
    /// The client's last question about the history has not been answered.
    HistoryIsBusy,
    /// The history cannot be read.
    HistoryFailed,
    /// The search took too long.
    SearchTooLarge,
    /// The user, or somebody else by this name, has said nothing that could be deleted.
    NothingToDelete { name: Option<Arc<str>> },
    /// The message with this number was deleted before.
    AlreadyDeleted { room: Arc<str>, number: u64 },
    /// No message has this number.
    NoSuchMessage { room: Arc<str>, number: u64 },
    /// Too many messages at once.
    TooManyToDelete { max: u64 },
    /// There is no further page.
    NothingMore,
    /// The client has left the room that it asked about.
    RoomLeft,
    /// A client that posts lines can do nothing else.
    PostsOnly,
    /// A private message to oneself.
    MessageToOneself,
    /// The recipient is not here, and only registered users can leave each other messages.
    NotHere { name: Arc<str> },
    /// The recipient has too many messages waiting.
    MailboxFull { name: Arc<str> },
    /// Nobody has sent the user a private message.
    NobodyToReplyTo,
    /// The person to reply to has gone.
    RepliedToHasGone,
    /// One cannot ignore oneself.
    IgnoringOneself,
    /// The person is ignored already.
    IgnoredAlready { name: Arc<str> },
    /// The person is not ignored.
    NotIgnored { name: Arc<str> },
    /// The user ignores as many people as they may.
    TooManyIgnored { max: u32 },

    // Settings.
    /// Plain mode keeps this off.
    PlainMode,
    /// Editing the line needs a telnet client.
    NotTelnet,
    /// The client did not answer the offer to edit its line.
    EditUnanswered,
    /// There is no time zone with this name. `nearest` may have been meant.
    NoSuchZone { zone: Box<str>, nearest: Option<Box<str>> },

    // Moderation.
    /// The token is a different one.
    WrongToken,
    /// Only an account can own the server.
    ClaimNeedsAccount,
    /// The server has an owner.
    HasOwner,
    /// Only people with this rank can do this.
    NeedsRank { rank: Rank },
    /// Only the owner of the room and operators can do this.
    NotModerator { room: Arc<str>, owner: Arc<str> },
    /// The other person has an equal or higher rank.
    Outranked { name: Arc<str>, rank: Rank },
    /// One cannot do this to oneself.
    Oneself,
    /// Only registered users can have a rank.
    RankNeedsAccount { name: Arc<str> },
    /// The person has this rank already; `None`: no rank.
    HasRankAlready { name: Arc<str>, rank: Option<Rank> },
    /// A banned or muted person cannot get a rank.
    RankNeedsGoodStanding { name: Arc<str> },
    /// The person has no rank to take away.
    HasNoRank { name: Arc<str> },
    /// The last owner stays one.
    LastOwner,
    /// The person is not in the room.
    NotThere { name: Arc<str>, room: Arc<str> },
    /// The person owns the room.
    OwnsRoom { name: Arc<str>, room: Arc<str> },
    /// The moderator is connected from this network.
    OwnNetwork { network: Network },
    /// Somebody with an equal or higher rank is connected from this network.
    NetworkOfPeer { network: Network, name: Arc<str>, rank: Rank },
    /// The network is this machine or nearly the whole internet.
    NetworkTooLarge { network: Network },
    /// A network can be banned from the whole server only.
    NetworkInRoom,
    /// There are as many bans and mutes as there may be.
    TooManySanctions { max: u64 },
    /// Nobody with this name is banned or muted there.
    NotSanctioned { kind: SanctionKind, name: Box<str>, room: Option<Arc<str>> },
    /// There is a lockdown already, or none.
    LockdownAlready { is_on: bool },

    // What bans, mutes and the lockdown forbid.
    /// The client is muted, so its line was not said.
    Muted(Box<SanctionTerm>),
    /// The client is banned from the server, or from the room.
    Banned(Box<SanctionTerm>),
    /// Guests from the client's address are banned.
    GuestsBanned(Box<SanctionTerm>),
    /// Only registered users can take part.
    Lockdown,

    // Commands that cannot be understood.
    /// There is no such command. `nearest` may have been meant.
    UnknownCommand { typed: Box<str>, nearest: Option<Box<str>> },
    /// The command needs other arguments.
    Usage { topic: Topic },
    /// `/room` knows no such setting. `nearest` may have been meant.
    UnknownRoomSetting { nearest: Box<str> },
    /// The password to set is missing.
    RoomPasswordMissing,
    /// Messages cannot be edited.
    CannotEdit,
    /// The screen is not the server's to clear.
    CannotClear,
    /// The word is not a duration.
    BadDuration { typed: Box<str> },
    /// The word is not an address.
    BadNetwork { typed: Box<str> },

    // Input that never reached the chat.
    /// The line is longer than this. `is_typed`: it was typed in an edited line, and the part that
    /// fits can be brought back.
    LineTooLong { bytes_max: u32, is_typed: bool },
    /// The paste is longer than an edited line can hold.
    PasteCut { lines_max: u32, bytes_max: u32, line_bytes_max: u32 },
    /// The line is not UTF-8.
    NotUtf8,
    /// The line is not a message of the JSON wire.
    BadMessage,
    /// The id of the message is not 32 hexadecimal digits.
    BadMessageId,
    /// The telnet client damaged the line. This program would not.
    DamagedByTelnet { way: Box<str> },
    /// The server cannot suspend the client.
    CannotSuspend,
    /// The line was not said: the client is sending too fast.
    FloodLine { seconds: u64 },
    /// The command was not run: the client is sending too fast.
    FloodCommand { seconds: u64 },
    /// The line may be a password, and is said only if it is sent again.
    MayBePassword,
    /// All attempts to answer a question for a password have failed.
    PromptFailed { tries: u32, is_login: bool },
    /// The server's password is a different one.
    WrongServerPassword,

    // Why a connection ends.
    /// No attempt at the server's password is left.
    ServerPasswordNotGiven,
    /// The client took too long to join.
    JoinedTooSlowly,
    /// The server is full.
    ServerFull { max: u64 },
    /// The client's address has as many connections as it may have.
    AddressFull { max: u64 },
    /// The client's address connects too often.
    ConnectsTooOften,
    /// The account's password was changed by another client.
    PasswordChangedElsewhere,
}

const _: () = assert!(size_of::<Refusal>() <= 48);
