//! English: the phrases of lists and pages.

use super::replies::away;
use super::words::{because, duration, rank_name, until};
use crate::lang::phrase::{Mark, Phrase};
use crate::lang::times::Times;
use crate::model::{
    AuditEntry, ERASED_NAME, ModAction, SanctionKind, SanctionView, Stats, WhoisHere,
};

pub(in crate::lang) fn phrase(phrase: Phrase<'_>, times: &Times<'_>) -> String {
    match phrase {
        Phrase::NextPage { command, page, pages } => {
            let next = page + 1;
            format!("Page {page} of {pages}. Next: {command} {next}")
        }
        Phrase::Mark(Mark::Away) => "away".into(),
        Phrase::Mark(Mark::Current) => "current room".into(),
        Phrase::Mark(Mark::Locked) => "locked".into(),
        Phrase::Mark(Mark::Password) => "password".into(),
        Phrase::Mark(Mark::Hidden) => "hidden".into(),

        Phrase::Private { with, is_own: true } => format!("you → {with} (private): "),
        Phrase::Private { with, is_own: false } => format!("{with} → you (private): "),
        Phrase::Deleted { by: ERASED_NAME } => "(deleted)".into(),
        Phrase::Deleted { by } => format!("(deleted by {by})"),
        Phrase::OlderIsGone => "… older messages are no longer kept".into(),
        Phrase::NothingThen { room } => {
            format!("There are no messages in {room} from that time.")
        }
        Phrase::NothingFound => "No message here contains all of these words.".into(),
        Phrase::MoreFollows => "There is more: /more".into(),
        Phrase::EarlierOnes => "There are earlier messages: /more".into(),

        Phrase::WhoisGuest { name } => format!("{name} is a guest."),
        Phrase::WhoisRegistered { name, at } => {
            let date = times.date(at);
            format!("{name} has been registered since {date}.")
        }
        Phrase::WhoisSeen { at } => {
            let date = times.date_and_time(at);
            format!("last seen {date}")
        }
        Phrase::WhoisRank { rank } => {
            let rank = rank_name(rank);
            format!("{rank} of this server")
        }
        Phrase::WhoisAddress { address } => format!("from {address}"),
        Phrase::WhoisHere(WhoisHere { online, idle, clients, .. }) => {
            let (here, idle) = (duration(*online), duration(*idle));
            match clients {
                1 => format!("online for {here}, idle for {idle}"),
                _ => format!("online for {here} from {clients} clients, idle for {idle}"),
            }
        }
        Phrase::WhoisRooms { rooms } => format!("in {rooms}"),
        Phrase::Away { name, text } => away(name, text),

        Phrase::Owners { names } => format!("Owners: {names}"),
        Phrase::Operators { names } => format!("Operators: {names}"),
        Phrase::Sanction(sanction) => {
            let SanctionView { kind, name, by, .. } = sanction;
            let (until, date) = (until(sanction.until, times), times.short(sanction.at));
            let because = because(sanction.reason.as_deref());
            match kind {
                SanctionKind::Ban => {
                    format!("{name}  banned {until}, by {by} at {date}{because}")
                }
                SanctionKind::Mute => {
                    format!("{name}  muted {until}, by {by} at {date}{because}")
                }
            }
        }
        Phrase::Action(entry) => action(entry, times),

        Phrase::StatsPeople(Stats { people, clients, rooms, .. }) => {
            format!("People      {people}  (clients: {clients}, rooms: {rooms})")
        }
        Phrase::StatsArriving { count } => format!("Arriving    {count} not announced yet"),
        Phrase::StatsLines(Stats { lines, deliveries, skipped, .. }) => format!(
            "Lines       {lines} sent, {deliveries} delivered, {skipped} skipped for slow readers"
        ),
        Phrase::StatsQueued { bytes } => format!("Queued      {bytes}"),
        Phrase::StatsMemory { bytes } => {
            format!("Memory      {bytes}", bytes = bytes.unwrap_or("unknown"))
        }
        Phrase::StatsUptime { time } => {
            let time = duration(time);
            format!("Up for      {time}")
        }
    }
}

pub(in crate::lang) fn lines_lost(count: u64) -> String {
    match count {
        1 => "… 1 message here could not be saved".into(),
        _ => format!("… {count} messages here could not be saved"),
    }
}

fn action(entry: &AuditEntry, times: &Times<'_>) -> String {
    let AuditEntry { by, action, whom, room, .. } = entry;
    let whom = whom.as_deref().unwrap_or_default();
    let what = match action {
        ModAction::Claim => format!("{by} claimed the server"),
        ModAction::MakeOwner => format!("{by} made {whom} an owner"),
        ModAction::Op => format!("{by} made {whom} an operator"),
        ModAction::Deop => format!("{by} removed {whom} as a moderator"),
        ModAction::Kick => format!("{by} removed {whom}"),
        ModAction::Ban => format!("{by} banned {whom}"),
        ModAction::Unban => format!("{by} unbanned {whom}"),
        ModAction::Mute => format!("{by} muted {whom}"),
        ModAction::Unmute => format!("{by} unmuted {whom}"),
        ModAction::Lockdown => format!("{by} started a lockdown"),
        ModAction::Unlock => format!("{by} ended the lockdown"),
        ModAction::Room => format!("{by} changed the room"),
        ModAction::Delete => match entry.reason.as_deref() {
            None | Some("1") => format!("{by} deleted a message from {whom}"),
            Some(count) => format!("{by} deleted {count} messages from {whom}"),
        },
    };
    let room = room.as_ref().map_or_else(String::new, |room| format!(" in {room}"));
    let reason = entry.reason.as_deref().filter(|_| *action != ModAction::Delete);
    let ends = entry.until.map(|at| format!(" {}", until(Some(at), times)));
    let (ends, because) = (ends.unwrap_or_default(), because(reason));
    format!("{what}{room}{ends}{because}")
}
