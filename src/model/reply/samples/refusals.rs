//! At least one value of each refusal.

use std::sync::Arc;

use super::values::{at, name, network, other, reason, room};
use crate::model::{PasswordError, Rank, Refusal, SanctionKind, SanctionTerm, Timestamp, Topic};
use crate::text::nick::NickError;

/// Refusals.
pub(crate) fn refusals() -> Vec<Refusal> {
    let reasons = [
        NickError::Empty,
        NickError::TooLong,
        NickError::Character('/'),
        NickError::Character('\u{301}'),
        NickError::MixedScripts,
        NickError::TooManyMarks,
        NickError::Beginning,
        NickError::Ending,
        NickError::Direction,
        NickError::Reserved,
    ];
    let mut all = refusals_of_people();
    for why in reasons {
        all.push(Refusal::BadName { name: "quill".into(), why });
        all.push(Refusal::BadRoomName { name: "#orchard".into(), why });
    }
    all.extend(refusals_of_rooms());
    all.extend(refusals_of_talk());
    all.extend(refusals_of_moderation());
    all.extend(refusals_of_input());
    all
}

fn refusals_of_people() -> Vec<Refusal> {
    let passwords = [
        PasswordError::Empty,
        PasswordError::TooShort,
        PasswordError::TooLong,
        PasswordError::Character,
    ];
    let mut all = vec![
        Refusal::NameInUse { name: name() },
        Refusal::NameRegistered { name: name() },
        Refusal::NameResembles { name: name(), other: Some(other()) },
        Refusal::NameResembles { name: name(), other: None },
        Refusal::NameIsYours { name: name() },
        Refusal::NameIsFixed { name: name() },
        Refusal::ChooseNameFirst,
        Refusal::NoSuchPerson { name: "quill".into(), nearest: None },
        Refusal::NoSuchPerson { name: "quill".into(), nearest: Some("brandt".into()) },
        Refusal::RegisteredAlready { name: name() },
        Refusal::LoggedInAlready { name: name() },
        Refusal::TooManyClients { name: name(), max: 4711 },
        Refusal::NotLoggedIn,
        Refusal::NotRegistered { name: "quill".into() },
        Refusal::WrongPassword,
        Refusal::WrongOwnPassword,
        Refusal::AccountGone,
        Refusal::TooManyAccounts,
        Refusal::TooOften { seconds: 4711 },
        Refusal::Busy,
        Refusal::NotAway,
        Refusal::Sanctioned,
    ];
    all.extend(passwords.map(|why| Refusal::BadPassword { why }));
    all
}

fn refusals_of_rooms() -> Vec<Refusal> {
    vec![
        Refusal::InNoRoom,
        Refusal::NotInRoom { room: room(), is_line: false },
        Refusal::NotInRoom { room: room(), is_line: true },
        Refusal::NoSuchRoom { room: room() },
        Refusal::RoomGone,
        Refusal::RoomNameIsOneWord { room: room() },
        Refusal::RoomResembles { room: room(), other: Some("#meadow".into()) },
        Refusal::RoomResembles { room: room(), other: None },
        Refusal::RoomLocked { room: room() },
        Refusal::RoomNeedsPassword { room: room() },
        Refusal::WrongRoomPassword { room: room() },
        Refusal::InTooManyRooms { max: 4711 },
        Refusal::OwnsTooManyRooms { max: 4711 },
        Refusal::TooManyRooms,
        Refusal::NotOwner { room: room(), owner: name() },
        Refusal::RoomHasNoOwner { room: room() },
        Refusal::InRoomAlready { name: name(), room: room() },
        Refusal::TooManyInvited { max: 4711 },
        Refusal::SlowMode { room: room(), seconds: 4711 },
    ]
}

fn refusals_of_talk() -> Vec<Refusal> {
    vec![
        Refusal::HistoryIsEmpty { room: room() },
        Refusal::NothingToSearch { text: "blossoms".into() },
        Refusal::HistoryIsBusy,
        Refusal::NothingToDelete { name: None },
        Refusal::NothingToDelete { name: Some(name()) },
        Refusal::AlreadyDeleted { room: room(), number: 4711 },
        Refusal::NoSuchMessage { room: room(), number: 4711 },
        Refusal::TooManyToDelete { max: 4711 },
        Refusal::HistoryFailed,
        Refusal::SearchTooLarge,
        Refusal::NothingMore,
        Refusal::RoomLeft,
        Refusal::PostsOnly,
        Refusal::MessageToOneself,
        Refusal::NotHere { name: name() },
        Refusal::MailboxFull { name: name() },
        Refusal::NobodyToReplyTo,
        Refusal::RepliedToHasGone,
        Refusal::IgnoringOneself,
        Refusal::IgnoredAlready { name: name() },
        Refusal::NotIgnored { name: name() },
        Refusal::TooManyIgnored { max: 4711 },
        Refusal::PlainMode,
        Refusal::NotTelnet,
        Refusal::EditUnanswered,
        Refusal::NoSuchZone { zone: "Pacific/Niue".into(), nearest: None },
        Refusal::NoSuchZone { zone: "blossoms".into(), nearest: Some("Pacific/Niue".into()) },
    ]
}

fn refusals_of_moderation() -> Vec<Refusal> {
    let (rank, network) = (Rank::Owner, network());
    let mut all = vec![
        Refusal::WrongToken,
        Refusal::ClaimNeedsAccount,
        Refusal::HasOwner,
        Refusal::NeedsRank { rank: Rank::Operator },
        Refusal::NeedsRank { rank },
        Refusal::NotModerator { room: room(), owner: name() },
        Refusal::Outranked { name: name(), rank },
        Refusal::Oneself,
        Refusal::RankNeedsAccount { name: name() },
        Refusal::HasRankAlready { name: name(), rank: Some(rank) },
        Refusal::HasRankAlready { name: name(), rank: None },
        Refusal::RankNeedsGoodStanding { name: name() },
        Refusal::HasNoRank { name: name() },
        Refusal::LastOwner,
        Refusal::NotThere { name: name(), room: room() },
        Refusal::OwnsRoom { name: name(), room: room() },
        Refusal::OwnNetwork { network },
        Refusal::NetworkOfPeer { network, name: name(), rank },
        Refusal::NetworkTooLarge { network },
        Refusal::NetworkInRoom,
        Refusal::TooManySanctions { max: 4711 },
        Refusal::LockdownAlready { is_on: true },
        Refusal::LockdownAlready { is_on: false },
        Refusal::GuestsBanned(term(None, Some(at()))),
        Refusal::Lockdown,
    ];
    for room in [None, Some(room())] {
        for kind in [SanctionKind::Ban, SanctionKind::Mute] {
            all.push(Refusal::NotSanctioned { kind, name: "quill".into(), room: room.clone() });
        }
        for until in [None, Some(at())] {
            all.push(Refusal::Muted(term(room.clone(), until)));
            all.push(Refusal::Banned(term(room.clone(), until)));
        }
    }
    all
}

fn refusals_of_input() -> Vec<Refusal> {
    vec![
        Refusal::UnknownCommand { typed: "blossoms".into(), nearest: None },
        Refusal::UnknownCommand { typed: "blossoms".into(), nearest: Some("login".into()) },
        Refusal::Usage { topic: Topic::Join },
        Refusal::Usage { topic: Topic::Back },
        Refusal::UnknownRoomSetting { nearest: "lock".into() },
        Refusal::RoomPasswordMissing,
        Refusal::CannotEdit,
        Refusal::CannotClear,
        Refusal::BadDuration { typed: "blossoms".into() },
        Refusal::BadNetwork { typed: "blossoms".into() },
        Refusal::LineTooLong { bytes_max: 4711, is_typed: false },
        Refusal::LineTooLong { bytes_max: 4711, is_typed: true },
        Refusal::PasteCut { lines_max: 4711, bytes_max: 8150, line_bytes_max: 4711 },
        Refusal::NotUtf8,
        Refusal::BadMessage,
        Refusal::BadMessageId,
        Refusal::DamagedByTelnet { way: "blossoms".into() },
        Refusal::CannotSuspend,
        Refusal::FloodLine { seconds: 4711 },
        Refusal::FloodCommand { seconds: 4711 },
        Refusal::MayBePassword,
        Refusal::PromptFailed { tries: 4711, is_login: true },
        Refusal::PromptFailed { tries: 4711, is_login: false },
        Refusal::WrongServerPassword,
        Refusal::ServerPasswordNotGiven,
        Refusal::JoinedTooSlowly,
        Refusal::ServerFull { max: 4711 },
        Refusal::AddressFull { max: 4711 },
        Refusal::ConnectsTooOften,
        Refusal::PasswordChangedElsewhere,
    ]
}

fn term(room: Option<Arc<str>>, until: Option<Timestamp>) -> Box<SanctionTerm> {
    Box::new(SanctionTerm { room, until, reason: until.and_then(|_| reason()) })
}
