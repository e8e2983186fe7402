//! English: replies.

use std::sync::Arc;

use super::refusals::refusal;
use super::words::{because, duration, rank_name, until};
use crate::lang::times::Times;
use crate::model::{
    Bell, Heading, Lang, Network, Removal, Reply, SanctionKind, SanctionView, Setting,
};
use crate::text::CleanText;

#[rustfmt::skip] // One line for each sentence.
pub(in crate::lang) fn reply(reply: &Reply, times: &Times<'_>) -> String {
    match reply {
        Reply::Refused(why) | Reply::NotPosted(why) => refusal(why, times),
        Reply::NotSaid(message) => refusal(&message.refusal, times),

        // Connecting.
        Reply::Welcome { name, is_address: true } => format!("Welcome {name}"),
        Reply::Welcome { name, is_address: false } => format!("Welcome, {name}."),
        Reply::Here { room, names, others } => here(room, names, *others),
        Reply::NoMotd => "There is no message of the day.".into(),
        Reply::ModeratorsMayLogIn => "Owners and operators can still log in: /login NAME".into(),

        // Names and accounts.
        Reply::Renamed { from, to } => format!("{from} is now {to}"),
        Reply::Registered { name } => format!("{name} is now registered to you. To log in from anywhere: /login {name}"),
        Reply::Unregistering { erases: false } => "This deletes your account, your settings and rooms, and the private messages waiting for you. Your messages in rooms stay; /unregister erase deletes them, too.".into(),
        Reply::Unregistering { erases: true } => "This deletes your account, your settings and rooms, your private messages, and all your messages in rooms. /unregister keeps the messages in rooms.".into(),
        Reply::PersonErased => "Nothing is left of your messages on the server's disk.".into(),
        Reply::Unregistered { name } => format!("{name} is no longer registered. You keep the name while you are here."),
        Reply::LoggedIn { name, clients: 1 } => format!("You are logged in as {name}."),
        Reply::LoggedIn { name, clients } => format!("You are logged in as {name}, now from {clients} clients."),
        Reply::LoggedOut { name } => format!("You are logged out. Your name is now {name}."),
        Reply::PasswordChanged => "Your password has been changed.".into(),
        Reply::NowAway { text: None } => "You are marked as away. /back when you return.".into(),
        Reply::NowAway { text: Some(text) } => format!("You are marked as away: {text}. /back when you return.", text = text.as_str()),
        Reply::NowBack => "Welcome back.".into(),
        Reply::Away { name, text } => away(name, text.as_ref()),

        // Rooms.
        Reply::MadeRoom { room } => format!("You created {room} and own it. /topic TEXT sets its topic; /help room lists its settings."),
        Reply::JoinedRoom { room, people: 1 } => format!("You joined {room}. Nobody else is there yet."),
        Reply::JoinedRoom { room, people } => format!("You joined {room} ({people} people). You are talking there now."),
        Reply::TalkingIn { room } => format!("You are talking in {room} now."),
        Reply::LeftRoom { room, current: Some(current) } => format!("You left {room}. You are talking in {current} now."),
        Reply::LeftRoom { room, current: None } => format!("You left {room} and are no longer in any room. /join #lobby takes you to the lobby."),
        Reply::Topic { room, topic: Some(topic) } => format!("Topic of {room}: {topic}", topic = topic.as_str()),
        Reply::Topic { room, topic: None } => format!("{room} has no topic. Its owner can set one with /topic TEXT"),
        Reply::Invited { name, room, is_here: true } => format!("{name} is now invited to {room}."),
        Reply::Invited { name, room, is_here: false } => format!("{name} is not here, but can join {room} from now on."),
        Reply::YouAreInvited { by, room } => format!("{by} invited you to {room}: /join {room}"),
        Reply::RoomPassword { room, is_on: true } => format!("{room} now has a password: /join {room} PASSWORD"),
        Reply::RoomPassword { room, is_on: false } => format!("{room} no longer needs a password."),
        Reply::Who(page) => match (&page.room, page.paging.count) {
            (room, 1) => format!("1 person is in {room}:"),
            (room, people) => format!("{people} people are in {room}:"),
        },
        Reply::Rooms(page) => match page.paging.count {
            1 => "There is 1 room; /join #NAME creates another:".into(),
            count => format!("There are {count} rooms; /join one:"),
        },

        // Messages and history.
        Reply::SaidBefore(_) => "You sent this message before, so it was not sent again.".into(),
        Reply::MeantCommand { topic } => format!("Your message was sent. Did you mean /{command}?", command = topic.name()),
        Reply::Past(past) => {
            let room = past.room.as_deref().unwrap_or_default();
            past.heading.as_ref().map_or("".into(), |heading| heading_of(heading, room, times))
        }
        Reply::Unread { room, is_current, count, since } => {
            let time = times.short(*since);
            match (is_current, count) {
                (true, 1) => format!("1 message since you left at {time}; /history 1"),
                (true, _) => format!("{count} messages since you left at {time}; /history {count}"),
                (false, 1) => format!("1 message in {room} since you left at {time}; /history {room} 1"),
                (false, _) => format!("{count} messages in {room} since you left at {time}; /history {room} {count}"),
            }
        }
        Reply::MessageLeft { name } => format!("{name} is not here and will get your message at the next login."),
        Reply::KeptMessages { count: 1 } => "1 message was left for you:".into(),
        Reply::KeptMessages { count } => format!("{count} messages were left for you:"),
        Reply::Ignoring { name, is_on: true } => format!("Messages from {name} are now hidden. To see them again: /unignore {name}"),
        Reply::Ignoring { name, is_on: false } => format!("Messages from {name} are shown again."),
        Reply::Ignored { names } if names.is_empty() => "You are not ignoring anyone.".into(),
        Reply::Ignored { names } => {
            let names = names.join(", ");
            format!("You are ignoring {names}.")
        }

        // Settings.
        Reply::Setting(chosen) => setting(chosen),
        Reply::TimeZone { zone, now } => {
            let time = times.date_and_time(*now);
            format!("It is {time} in {zone}, your time zone. To change it, for example: /tz Asia/Tokyo")
        }

        // Moderation.
        Reply::Claimed => "You now own this server. /help order lists what you can do.".into(),
        Reply::Moderators { owners, operators } if owners.is_empty() && operators.is_empty() => {
            "This server has no owner yet. Whoever started it can /claim it.".into()
        }
        Reply::RankGiven { name, rank } => {
            let rank = rank_name(*rank);
            format!("{name} is now {rank}.")
        }
        Reply::RankTaken { name } => format!("{name} is no longer a moderator."),
        Reply::YourRank { by, rank: Some(rank) } => {
            let rank = rank_name(*rank);
            format!("{by} made you {rank}. /help order lists what you can do.")
        }
        Reply::YourRank { by, rank: None } => format!("{by} removed you as a moderator."),
        Reply::Removed { name } => format!("{name} was removed."),
        Reply::YouWereRemoved(removal) => {
            let Removal { by, room, reason } = &**removal;
            let because = because(reason.as_deref());
            match room {
                None => format!("{by} removed you from this server{because}"),
                Some(room) => format!("{by} removed you from {room}{because}"),
            }
        }
        Reply::YouAreSanctioned(sanction) => you_are_sanctioned(sanction, times),
        Reply::YouMayTalk { by, room: None } => format!("{by} unmuted you. You can talk again."),
        Reply::YouMayTalk { by, room: Some(room) } => format!("{by} unmuted you in {room}. You can talk there again."),
        Reply::Imposed { sanction, networks } => imposed(sanction, networks, times),
        Reply::SharedAddress { count: 1 } => "1 other person here has the same address. If they reconnect as a guest, this also applies to them.".into(),
        Reply::SharedAddress { count } => format!("{count} other people here have the same address. If they reconnect as guests, this also applies to them."),
        Reply::Lifted { kind, name, room } => match (kind, room) {
            (SanctionKind::Ban, None) => format!("{name} is no longer banned."),
            (SanctionKind::Ban, Some(room)) => format!("{name} is no longer banned from {room}."),
            (SanctionKind::Mute, None) => format!("{name} is no longer muted."),
            (SanctionKind::Mute, Some(room)) => format!("{name} is no longer muted in {room}."),
        },
        Reply::Bans(page) => match (page.paging.count, &page.room) {
            (0, _) => "Nobody is banned or muted.".into(),
            (count, None) => format!("Bans and mutes on this server: {count}"),
            (count, Some(room)) => format!("Bans and mutes in {room}: {count}"),
        },
        Reply::Audit(page) => match page.paging.count {
            0 => "There have been no moderation actions yet.".into(),
            count => format!("Moderation actions, {count} in total:"),
        },
        Reply::Lockdown { by, is_on: true } => format!("{by} started a lockdown: only registered users can talk"),
        Reply::Lockdown { by, is_on: false } => format!("{by} ended the lockdown: guests can talk again"),
        Reply::NotSavedYet => "Done, but not saved yet: the server's disk is slow or failing. You will be told when it is saved.".into(),
        Reply::SavedNow => "Your change is now saved.".into(),
        Reply::Deleted { count: 1 } => "Deleted. Nothing is left of the message on the server's disk.".into(),
        Reply::Deleted { count } => format!("Deleted {count} messages. Nothing is left of them on the server's disk."),
        Reply::NotErasedYet => "Deleted for everyone, but not erased yet: the server's disk is slow or failing. You will be told when the text is gone from the disk.".into(),
        Reply::DiskFails => "The server cannot write to its disk and keeps trying. Until it succeeds, new messages and changes are not saved. See the log for details.".into(),
        Reply::DiskWorks { lines_lost, has_unsaved: false } => format!("The server can write to its disk again. Lines lost: {lines_lost}."),
        Reply::DiskWorks { lines_lost, has_unsaved: true } => format!("Messages are being saved again. Lines lost: {lines_lost}. Some changes are not saved yet."),
        Reply::AllSaved => "All changes are saved now.".into(),
        Reply::SettingsRefused { problem } => format!("The settings were not changed: {problem}"),

        // The server.
        Reply::Version { version } => format!("hobnob {version}"),
        Reply::Uptime { since, time } => {
            let (time, date) = (duration(*time), times.short(*since));
            format!("This server has been up for {time}, since {date}.")
        }

        // From the connection itself.
        Reply::Missed { room: None, lines: 1 } => "… you missed 1 line".into(),
        Reply::Missed { room: None, lines } => format!("… you missed {lines} lines"),
        Reply::Missed { room: Some(room), lines: 1 } => format!("… you missed 1 line in {room}"),
        Reply::Missed { room: Some(room), lines } => format!("… you missed {lines} lines in {room}"),
        Reply::Delayed { seconds } => format!("Delayed by {seconds} s: you are sending too fast."),
        Reply::Flooding { seconds } => format!("You are sending too fast, so you are muted for {seconds} s."),
        Reply::ServerIsHere => "[Yes, the server is here.]".into(),
        Reply::PasswordIsShown => "Your own screen will show the password; others cannot see it.".into(),
        Reply::Cancelled => "Cancelled. Nothing has changed.".into(),
        Reply::YouLeft => "You have left. (In nc, press Enter to exit.)".into(),
        Reply::PressEnter => "(In nc, press Enter to exit.)".into(),
        Reply::Goodbye => "The server is shutting down. Goodbye.".into(),

        // Their rows say everything.
        Reply::Motd { .. }
        | Reply::Posting { .. }
        | Reply::Posted
        | Reply::Whois(_)
        | Reply::Private(_)
        | Reply::Moderators { .. }
        | Reply::Stats(_)
        | Reply::Help { .. } => "".into(),
    }
}

fn here(room: &str, names: &[Arc<str>], others: u32) -> String {
    let people = match names {
        [] => {
            return format!(
                "You are alone in {room}. Type to talk; /help lists commands, /quit leaves."
            );
        }
        [only] if others == 0 => only.to_string(),
        [names @ .., last] if others == 0 => {
            format!("{names} and {last}", names = names.join(", "))
        }
        names => format!("{names} and {others} others", names = names.join(", ")),
    };
    format!("You are in {room} with {people}. Type to talk; /help lists commands, /quit leaves.")
}

pub(super) fn away(name: &str, text: Option<&CleanText>) -> String {
    match text.map(CleanText::as_str) {
        None => format!("{name} is away."),
        Some(text) => format!("{name} is away: {text}"),
    }
}

fn heading_of(heading: &Heading, room: &str, times: &Times<'_>) -> String {
    match heading {
        Heading::Last { count: 1 } => format!("The last message in {room}:"),
        Heading::Last { count } => format!("The last {count} messages in {room}:"),
        Heading::Missed => format!("What you missed in {room}:"),
        Heading::Period { from, until: None } => {
            let from = times.date_and_time(*from);
            format!("In {room} since {from}:")
        }
        Heading::Period { from, until: Some(until) } => {
            let (from, until) = (times.date_and_time(*from), times.date_and_time(*until));
            format!("In {room} from {from} to {until}:")
        }
        Heading::Search { text } => format!("Messages containing {text}, newest last:"),
    }
}

#[rustfmt::skip] // One line for each sentence.
fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Quiet(true) => "Joins and departures are now hidden. /quiet off shows them again.".into(),
        Setting::Quiet(false) => "Joins and departures are now shown.".into(),
        Setting::Replay(0) => "When you join a room, you see no earlier messages. /replay 20 shows some.".into(),
        Setting::Replay(lines) => format!("When you join a room, you see up to {lines} of its latest messages. /replay 0 turns that off."),
        Setting::Timestamps(Some(zone)) => format!("Messages now show the time in {zone}. /tz changes the time zone; /timestamps off hides the time."),
        Setting::Timestamps(None) => "Messages no longer show the time.".into(),
        Setting::Zone(zone) => format!("Your time zone is now {zone}. /timestamps on shows the time."),
        Setting::Bell(Bell::Off) => "The bell is off.".into(),
        Setting::Bell(Bell::Mentions) => "The bell rings when someone mentions you or sends you a private message.".into(),
        Setting::Bell(Bell::All) => "The bell rings for every message from others.".into(),
        Setting::Colour(true) => "Names are coloured, and messages that mention you stand out.".into(),
        Setting::Colour(false) => "Colours are off.".into(),
        Setting::Edit(true) => "Your input line stays below the messages, if your telnet client supports it. /help keys lists the keys.".into(),
        Setting::Edit(false) => "Your own program shows and edits your input line.".into(),
        Setting::Plain(true) => "Plain mode is on: one event per line, no colours, and no bell unless you choose one with /bell. /plain off turns it off.".into(),
        Setting::Plain(false) => "Your display settings are back.".into(),
        Setting::Language(Lang::En) => "The server now speaks English to you.".into(),
        Setting::Language(Lang::Zh) => "The server now speaks Chinese to you.".into(),
    }
}

fn you_are_sanctioned(sanction: &SanctionView, times: &Times<'_>) -> String {
    let SanctionView { kind, by, room, .. } = sanction;
    let (until, because) = (until(sanction.until, times), because(sanction.reason.as_deref()));
    match (kind, room) {
        (SanctionKind::Ban, None) => {
            format!("{by} banned you from this server {until}{because}")
        }
        (SanctionKind::Ban, Some(room)) => {
            format!("{by} banned you from {room} {until}{because}")
        }
        (SanctionKind::Mute, None) => format!("{by} muted you {until}{because}"),
        (SanctionKind::Mute, Some(room)) => {
            format!("{by} muted you in {room} {until}{because}")
        }
    }
}

fn imposed(sanction: &SanctionView, networks: &[Network], times: &Times<'_>) -> String {
    let SanctionView { kind, name, room, .. } = sanction;
    let until = until(sanction.until, times);
    let networks = networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (kind, room) {
        (SanctionKind::Ban, None) if networks.is_empty() => {
            format!("{name} is banned {until}.")
        }
        (SanctionKind::Ban, None) => {
            format!("{name} is banned {until}, and so are guests from {networks}.")
        }
        (SanctionKind::Ban, Some(room)) => format!("{name} is banned from {room} {until}."),
        (SanctionKind::Mute, None) if networks.is_empty() => {
            format!("{name} is muted {until}.")
        }
        (SanctionKind::Mute, None) => {
            format!("{name} is muted {until}, and so are guests from {networks}.")
        }
        (SanctionKind::Mute, Some(room)) => format!("{name} is muted in {room} {until}."),
    }
}
