//! English: refusals.

use super::help::HELP;
use super::words::{because, rank_name, until};
use crate::lang::times::{Times, shown_character};
use crate::limits;
use crate::model::{PasswordError, Rank, Refusal, SanctionKind, SanctionTerm, Topic};
use crate::text::nick::NickError;

#[rustfmt::skip] // One line for each sentence.
pub(in crate::lang) fn refusal(refusal: &Refusal, times: &Times<'_>) -> String {
    match refusal {
        // Names and accounts.
        Refusal::NameInUse { name } => format!("{name} is already in use. Please choose another name."),
        Refusal::NameRegistered { name } => format!("{name} is a registered name. If it is yours: /login {name}"),
        Refusal::NameResembles { name, other: Some(other) } => format!("{name} looks too similar to {other}. Please choose another name."),
        Refusal::NameResembles { name, other: None } => format!("{name} looks like a guest name. Please choose another."),
        Refusal::NameIsYours { name } => format!("Your name is already {name}."),
        Refusal::NameIsFixed { name } => format!("You are logged in as {name}, so you can only change its capitalization. To use another name, /logout first."),
        Refusal::BadName { name, why } => bad_name(name, *why),
        Refusal::BadRoomName { why: NickError::Empty | NickError::Beginning, .. } => "After its #, a room name must start with a letter or digit, for example: #garden".into(),
        Refusal::BadRoomName { name, why } => bad_name(name, *why),
        Refusal::ChooseNameFirst => "Choose a name first: /nick NAME".into(),
        Refusal::NoSuchPerson { name, nearest: None } => format!("There is no user named {name}. /who lists who is here."),
        Refusal::NoSuchPerson { name, nearest: Some(nearest) } => format!("There is no user named {name}. Did you mean {nearest}?"),
        Refusal::RegisteredAlready { name } => format!("You are already logged in as {name}, so the name is yours."),
        Refusal::LoggedInAlready { name } => format!("You are already logged in as {name}. /logout first."),
        Refusal::TooManyClients { name, max } => format!("{name} is already connected from {max} clients, the maximum. /quit one of them first."),
        Refusal::NotLoggedIn => "You are not logged in. Log in with /login NAME, or register this name with /register.".into(),
        Refusal::NotRegistered { name } => format!("{name} is not registered. To make it yours: /nick {name}, then /register"),
        Refusal::WrongPassword => "Wrong password. Nothing has changed.".into(),
        Refusal::WrongOwnPassword => "That is not your current password. Nothing has changed.".into(),
        Refusal::BadPassword { why } => bad_password(*why),
        Refusal::AccountGone => "That name is no longer registered.".into(),
        Refusal::TooManyAccounts => "No more names can be registered on this server.".into(),
        Refusal::TooOften { seconds } => format!("Too many attempts. Please try again in {seconds} s."),
        Refusal::Busy => "The server is busy. Please try again in a moment.".into(),
        Refusal::NotAway => "You were not away.".into(),
        Refusal::Sanctioned => "You cannot do that while muted or banned. Nothing has changed.".into(),

        // Rooms.
        Refusal::InNoRoom => "You are not in any room. /join #lobby takes you to the lobby; /rooms lists all rooms.".into(),
        Refusal::NotInRoom { room, is_line: false } => format!("You are not in {room}. /join {room} takes you there."),
        Refusal::NotInRoom { room, is_line: true } => format!("You are not in {room}. /join {room} takes you there; to say a line that starts with #, use /say."),
        Refusal::NoSuchRoom { room } => format!("There is no room {room}. /rooms lists all rooms."),
        Refusal::RoomGone => "That room no longer exists.".into(),
        Refusal::RoomNameIsOneWord { room } => format!("There is no room {room}. Room names are one word, as in /join #garden-party. To create {room} with a password: /join {room} PASSWORD"),
        Refusal::RoomResembles { room, other: Some(other) } => format!("{room} looks too similar to the existing room {other}. /join {other}, or choose another name."),
        Refusal::RoomResembles { room, other: None } => format!("{room} looks too similar to an existing room. Please choose another name."),
        Refusal::RoomLocked { room } => format!("{room} is locked. Ask its owner to /invite you."),
        Refusal::RoomNeedsPassword { room } => format!("{room} needs a password: /join {room} PASSWORD"),
        Refusal::WrongRoomPassword { room } => format!("Wrong password for {room}."),
        Refusal::InTooManyRooms { max } => format!("You are already in {max} rooms, the maximum. /leave one first."),
        Refusal::OwnsTooManyRooms { max } => format!("You already own {max} rooms, the maximum."),
        Refusal::TooManyRooms => "The server cannot hold any more rooms. /rooms lists them.".into(),
        Refusal::NotOwner { room, owner } => format!("Only {owner}, the owner of {room}, can do that."),
        Refusal::RoomHasNoOwner { room } => format!("{room} has no owner, so its settings cannot be changed. /join #NAME creates a room of your own."),
        Refusal::InRoomAlready { name, room } => format!("{name} is already in {room}."),
        Refusal::TooManyInvited { max } => format!("{max} people are already invited, the maximum."),
        Refusal::SlowMode { room, seconds } => format!("Not sent: {room} is in slow mode. Please wait {seconds} s."),

        // Messages and history.
        Refusal::HistoryIsEmpty { room } => format!("Nothing has been said in {room} yet."),
        Refusal::NothingToSearch { text } => format!("There is no word to search for in {text}. For example: /search red roses"),
        Refusal::NothingToDelete { name: None } => "You have no messages here to delete.".into(),
        Refusal::NothingToDelete { name: Some(name) } => format!("{name} has said nothing here that could be deleted."),
        Refusal::AlreadyDeleted { room, number } => format!("Message {number} in {room} is already deleted."),
        Refusal::NoSuchMessage { room, number } => format!("There is no message {number} in {room}. /history numbers shows the numbers."),
        Refusal::TooManyToDelete { max } => format!("You can delete at most {max} messages at a time."),
        Refusal::HistoryIsBusy => "The server is still working on your last request. Please wait.".into(),
        Refusal::HistoryFailed => "The history cannot be read at the moment. Please try again later.".into(),
        Refusal::SearchTooLarge => "The search took too long. Please use longer or rarer words.".into(),
        Refusal::NothingMore => "There is nothing more to show. /history shows the latest messages.".into(),
        Refusal::RoomLeft => "You are no longer in that room.".into(),
        Refusal::PostsOnly => "Only /post, /nick and /login can be used here.".into(),
        Refusal::MessageToOneself => "That is you. To message someone else: /msg NAME TEXT".into(),
        Refusal::NotHere { name } => format!("{name} is not here. Registered users can leave each other messages: /register"),
        Refusal::MailboxFull { name } => format!("{name} is not here and has too many messages waiting. Yours was not saved."),
        Refusal::NobodyToReplyTo => "Nobody has sent you a private message yet. To send one: /msg NAME TEXT".into(),
        Refusal::RepliedToHasGone => "They have left. /who lists who is here.".into(),
        Refusal::IgnoringOneself => "You cannot ignore yourself.".into(),
        Refusal::IgnoredAlready { name } => format!("You are already ignoring {name}."),
        Refusal::NotIgnored { name } => format!("You were not ignoring {name}."),
        Refusal::TooManyIgnored { max } => format!("You are already ignoring {max} people, the maximum."),

        // Settings.
        Refusal::PlainMode => "Plain mode keeps that off. /plain off turns plain mode off.".into(),
        Refusal::NotTelnet => "/edit is for telnet; your program edits its input line itself.".into(),
        Refusal::EditUnanswered => "Your program did not respond like a telnet client; it edits its input line itself.".into(),
        Refusal::NoSuchZone { zone, nearest: None } => format!("There is no time zone {zone}. Zones have names such as Asia/Tokyo or Europe/Berlin."),
        Refusal::NoSuchZone { zone, nearest: Some(nearest) } => format!("There is no time zone {zone}. Did you mean {nearest}?"),

        // Moderation.
        Refusal::WrongToken => "Wrong token. The server prints the token at startup if it has no owner.".into(),
        Refusal::ClaimNeedsAccount => "Register your name first: /register".into(),
        Refusal::HasOwner => "This server already has an owner. /op lists owners and operators.".into(),
        Refusal::NeedsRank { rank: Rank::Operator } => "Only operators can do that. /op lists them.".into(),
        Refusal::NeedsRank { rank: Rank::Owner } => "Only an owner of the server can do that. /op lists them.".into(),
        Refusal::NotModerator { room, owner } => format!("Only {owner}, the owner of {room}, and operators can do that."),
        Refusal::Outranked { name, rank } => {
            let rank = rank_name(*rank);
            format!("You cannot do that to {name}, who is {rank}.")
        }
        Refusal::Oneself => "You cannot do that to yourself. Nothing has changed.".into(),
        Refusal::RankNeedsAccount { name } => format!("{name} is a guest. Only registered users can moderate; they must /register first."),
        Refusal::HasRankAlready { name, rank } => {
            let rank = rank.map_or("", rank_name);
            format!("{name} is already {rank}.")
        }
        Refusal::RankNeedsGoodStanding { name } => format!("{name} is banned or muted. Lift that first; /bans lists it."),
        Refusal::HasNoRank { name } => format!("{name} is not an operator. /op lists them."),
        Refusal::LastOwner => "You are the only owner. Make someone else an owner first: /op NAME owner".into(),
        Refusal::NotThere { name, room } => format!("{name} is not in {room}."),
        Refusal::OwnsRoom { name, room } => format!("{name} owns {room}. Nothing has changed."),
        Refusal::OwnNetwork { network } => format!("You are connected from {network} yourself. Nobody was banned."),
        Refusal::NetworkOfPeer { network, name, rank } => {
            let rank = rank_name(*rank);
            format!("{name}, who is {rank}, is connected from {network}. Nobody was banned.")
        }
        Refusal::NetworkTooLarge { network } => format!("Banning {network} would ban this machine or nearly everyone. Nobody was banned."),
        Refusal::NetworkInRoom => "Only operators can ban addresses, and only from the whole server.".into(),
        Refusal::TooManySanctions { max } => format!("There are already {max} bans and mutes, the maximum. /unban someone first."),
        Refusal::NotSanctioned { kind, name, room } => match (kind, room) {
            (SanctionKind::Ban, None) => format!("{name} is not banned. /bans lists who is."),
            (SanctionKind::Ban, Some(room)) => format!("{name} is not banned from {room}. /bans {room} lists who is."),
            (SanctionKind::Mute, None) => format!("{name} is not muted. /bans lists who is."),
            (SanctionKind::Mute, Some(room)) => format!("{name} is not muted in {room}. /bans {room} lists who is."),
        },
        Refusal::LockdownAlready { is_on: true } => "A lockdown is already in effect.".into(),
        Refusal::LockdownAlready { is_on: false } => "There is no lockdown.".into(),

        // What bans, mutes and the lockdown forbid.
        Refusal::Muted(mute) => muted(mute, times),
        Refusal::Banned(ban) => banned(ban, times),
        Refusal::GuestsBanned(ban) => {
            let (until, because) = (until(ban.until, times), because(ban.reason.as_deref()));
            format!("Guests from your address cannot take part {until}{because}. If you have a registered name: /login NAME")
        }
        Refusal::Lockdown => "Only registered users can take part now. If you have a registered name: /login NAME".into(),

        // Commands that cannot be understood.
        Refusal::UnknownCommand { typed, nearest: None } => format!("There is no command /{typed}. /help lists them; to say such a line, start it with //."),
        Refusal::UnknownCommand { typed, nearest: Some(nearest) } => format!("There is no command /{typed}. Did you mean /{nearest}?"),
        Refusal::Usage { topic } => usage(*topic),
        Refusal::UnknownRoomSetting { nearest } => format!("Did you mean /room {nearest}? /help room lists the settings."),
        Refusal::RoomPasswordMissing => "Usage: /room password WORD, on one line. /room password off removes it.".into(),
        Refusal::CannotEdit => "Sent messages cannot be edited. /edit on and /edit off choose whether the server or your own program edits the line you are typing.".into(),
        Refusal::CannotClear => "Ctrl-L clears the screen in hobnob and after /edit on; otherwise only your own terminal can clear it.".into(),
        Refusal::BadDuration { typed } => format!("{typed} is not a duration: write 5s, 30m, 2h or 7d, at most 3650d."),
        Refusal::BadNetwork { typed } => format!("{typed} is not an address: write 192.0.2.7, or 192.0.2.0/24 for a range."),

        // Input that never reached the chat.
        Refusal::LineTooLong { bytes_max, is_typed: false } => format!("Not sent: the line is longer than {bytes_max} bytes."),
        Refusal::LineTooLong { bytes_max, is_typed: true } => format!("Not sent: the line is longer than {bytes_max} bytes. The up arrow brings back the part that fits."),
        Refusal::PasteCut { lines_max, bytes_max, line_bytes_max } => format!("Part of your paste was cut: the limit is {lines_max} lines or {bytes_max} bytes, and {line_bytes_max} bytes per line."),
        Refusal::NotUtf8 => "Not sent: the line is not valid UTF-8.".into(),
        Refusal::BadMessage => "Not sent: that is not a message of this protocol.".into(),
        Refusal::BadMessageId => "Not sent: a message id must be 32 hexadecimal digits.".into(),
        Refusal::DamagedByTelnet { way } => format!("Not sent: your telnet client damaged a character. Use nc or hobnob instead, or try {way}."),
        Refusal::CannotSuspend => "Ctrl-Z does nothing here. To suspend telnet: Ctrl-], then z and Enter.".into(),
        Refusal::FloodLine { seconds } => format!("Not sent: you are muted for another {seconds} s."),
        Refusal::FloodCommand { seconds } => format!("Command not run: you are muted for another {seconds} s."),
        Refusal::MayBePassword => "Not sent: this may be a password. Send it again to say it to everyone.".into(),
        Refusal::PromptFailed { tries, is_login: true } => format!("Login failed after {tries} wrong passwords. You are talking in the room again."),
        Refusal::PromptFailed { tries, is_login: false } => format!("Failed after {tries} attempts; nothing has changed. You are talking in the room again."),
        Refusal::WrongServerPassword => "Wrong server password. Please try again.".into(),

        // Why a connection ends.
        Refusal::ServerPasswordNotGiven => "Wrong server password. Goodbye.".into(),
        Refusal::JoinedTooSlowly => "You took too long to join. Please connect again.".into(),
        Refusal::ServerFull { max } => format!("The server is full ({max} clients). Please try again later."),
        Refusal::AddressFull { max } => format!("There are already {max} connections from your address. Close one first."),
        Refusal::ConnectsTooOften => "There are too many new connections from your address. Please try again in a minute.".into(),
        Refusal::PasswordChangedElsewhere => "Your password was changed from another connection.".into(),
    }
}

#[rustfmt::skip] // One line for each sentence.
fn bad_name(name: &str, why: NickError) -> String {
    match why {
        NickError::Empty => "A name needs at least one letter or digit, for example: /nick ann".into(),
        NickError::TooLong => {
            let max = limits::NICK_COLUMNS_MAX;
            format!("That name is too long: the limit is {max} columns, and a Chinese character takes two.")
        }
        NickError::Character(character) => {
            let character = shown_character(character);
            format!("A name cannot contain {character}; only letters, digits, - _ and . are allowed.")
        }
        NickError::MixedScripts => format!("{name} mixes letters from different scripts. Please use only one."),
        NickError::TooManyMarks => format!("{name} has too many marks on one letter. Please use fewer."),
        NickError::Beginning | NickError::Ending => "A name must start with a letter or digit and must not end with a full stop.".into(),
        NickError::Direction => format!("{name} mixes right-to-left letters with digits or punctuation, which would be shown out of order. Please choose another name."),
        NickError::Reserved => format!("{name} could be mistaken for the server itself. Please choose another name."),
    }
}

fn bad_password(why: PasswordError) -> String {
    match why {
        PasswordError::Empty | PasswordError::TooShort => {
            let min = limits::PASSWORD_CHARS_MIN;
            format!("A password needs at least {min} characters. Please choose a longer one.")
        }
        PasswordError::TooLong => {
            let max = limits::PASSWORD_BYTES_MAX;
            format!("A password can have at most {max} bytes. Please choose a shorter one.")
        }
        PasswordError::Character => {
            "That cannot be a password: it is empty, too long, or contains invisible characters."
                .into()
        }
    }
}

fn muted(mute: &SanctionTerm, times: &Times<'_>) -> String {
    let (until, because) = (until(mute.until, times), because(mute.reason.as_deref()));
    match &mute.room {
        None => format!("Not sent: you are muted {until}{because}"),
        Some(room) => format!("Not sent: you are muted in {room} {until}{because}"),
    }
}

fn banned(ban: &SanctionTerm, times: &Times<'_>) -> String {
    let (until, because) = (until(ban.until, times), because(ban.reason.as_deref()));
    match &ban.room {
        None => format!("You are banned from this server {until}{because}"),
        Some(room) => format!("You are banned from {room} {until}{because}"),
    }
}

fn usage(topic: Topic) -> String {
    let (usage, example) = (HELP.usage(topic), (HELP.example_of)(topic));
    // A command without arguments is its own example.
    if usage == example {
        format!("Usage: {usage}, with nothing after it.")
    } else {
        format!("Usage: {usage}, for example: {example}")
    }
}
