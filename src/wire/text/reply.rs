//! Replies as lines of text. The words are from [`crate::lang`]; this module lays them out.

use std::sync::Arc;
use std::time::SystemTime;

use unicode_width::UnicodeWidthStr;

use super::lists::{
    PACKED_COLUMNS, SCREEN_COLUMNS, WHOIS_ROOM_LINES_MAX, amount, joined, packed, shortened,
};
use crate::base::zone::Zone;
use crate::command::post_marks::{NOT_POSTED, POSTED, POSTING};
use crate::lang::{self, Mark, Phrase, Times, help_page};
use crate::model::{
    Paging, Past, PastEnd, Presentation, PrivateLine, Refusal, Reply, RoomEntry, SanctionView,
    Stats, WhoEntry, Whois, WhoisAway,
};

/// How replies are rendered for a client.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// How lines look.
    pub presentation: Presentation,
    /// The zone of times.
    pub zone: &'a Zone,
    /// The current time, which decides whether a time needs its date.
    pub now: SystemTime,
    /// Lists have one entry per line.
    pub is_plain: bool,
}

/// Appends the lines of a reply.
pub fn append(bytes: &mut Vec<u8>, reply: &Reply, look: &Look<'_>) {
    match reply {
        Reply::Past(past) => return append_past(bytes, reply, past, look),
        Reply::Private(line) => return append_private(bytes, line, look),
        _ => {}
    }
    for line in lines(reply, look) {
        append_notice(bytes, &line, look);
    }
}

fn append_notice(bytes: &mut Vec<u8>, text: &str, look: &Look<'_>) {
    look.presentation.append_notice(bytes, text);
}

/// The lines of a reply that consists of notices.
fn lines(reply: &Reply, look: &Look<'_>) -> Vec<String> {
    let sentence = || lang::reply(look.presentation.lang, reply, &look.times());
    match reply {
        Reply::NotPosted(_) => vec![format!("{NOT_POSTED}{}", sentence())],
        Reply::Posting { name } => vec![format!("{POSTING}{name}]")],
        Reply::Posted => vec![POSTED.into()],
        Reply::Motd { lines } => {
            lines.lines().iter().map(|line| line.as_str().to_owned()).collect()
        }
        Reply::Help { page } => help_page::lines(look.presentation.lang, *page),
        Reply::Whois(whois) => whois_lines(whois, look),
        Reply::Moderators { owners, operators } => moderators(sentence(), owners, operators, look),
        Reply::Stats(stats) => stats_lines(stats, look),
        Reply::Who(page) => {
            let next = look.next_page(&format!("/who {}", page.room), page.paging);
            list(sentence(), name_rows(&page.people, look), next)
        }
        Reply::Rooms(page) => {
            let rows = page.rooms.iter().map(|entry| room_row(entry, look));
            list(sentence(), rows, look.next_page("/rooms", page.paging))
        }
        Reply::Bans(page) => {
            let room = page.room.iter().map(|room| format!(" {room}"));
            let command = format!("/bans{}", room.collect::<String>());
            let rows = page.sanctions.iter().map(|sanction| ban_row(sanction, look));
            list(sentence(), rows, look.next_page(&command, page.paging))
        }
        Reply::Audit(page) => {
            let rows = page.entries.iter().map(|entry| {
                let time = look.times().short(entry.at);
                format!("  {time}  {}", look.phrase(Phrase::Action(entry)))
            });
            list(sentence(), rows, look.next_page("/audit", page.paging))
        }
        _ => vec![sentence()],
    }
}

impl Look<'_> {
    fn times(&self) -> Times<'_> {
        Times { zone: self.zone, now: self.now }
    }

    fn phrase(&self, phrase: Phrase<'_>) -> String {
        lang::phrase(self.presentation.lang, phrase, &self.times())
    }

    /// The hint at the next page, if there is one.
    fn next_page(&self, command: &str, paging: Paging) -> Option<String> {
        let Paging { page, pages, .. } = paging;
        (page < pages).then(|| self.phrase(Phrase::NextPage { command, page, pages }))
    }
}

/// A list: its heading, its rows, and the hint at its next page.
fn list(
    heading: String,
    rows: impl IntoIterator<Item = String>,
    next_page: Option<String>,
) -> Vec<String> {
    [heading].into_iter().chain(rows).chain(next_page).collect()
}

fn name_rows(people: &[WhoEntry], look: &Look<'_>) -> Vec<String> {
    let away = look.phrase(Phrase::Mark(Mark::Away));
    let shown = people.iter().map(|person| match person.is_away {
        true => format!("{} ({away})", person.name),
        false => person.name.to_string(),
    });
    packed(&shown.collect::<Vec<_>>(), if look.is_plain { 0 } else { PACKED_COLUMNS })
}

fn room_row(entry: &RoomEntry, look: &Look<'_>) -> String {
    let mut line = format!("  {} ({})", entry.room, entry.people);
    let marks = [
        (entry.is_current, Mark::Current),
        (entry.is_locked, Mark::Locked),
        (entry.has_password, Mark::Password),
        (entry.is_hidden, Mark::Hidden),
    ];
    for (_, mark) in marks.into_iter().filter(|(applies, _)| *applies) {
        line.push_str(&format!(" [{}]", look.phrase(Phrase::Mark(mark))));
    }
    if let Some(topic) = &entry.topic {
        let columns = SCREEN_COLUMNS.saturating_sub(line.width() + 1);
        line.push(' ');
        line.push_str(&shortened(topic.as_str(), columns));
    }
    line
}

fn ban_row(sanction: &SanctionView, look: &Look<'_>) -> String {
    let mut row = format!("  {}", look.phrase(Phrase::Sanction(sanction)));
    for origin in &sanction.origins {
        row.push_str(&format!(" [{origin}]"));
    }
    row
}

fn moderators(
    nobody: String,
    owners: &[Arc<str>],
    operators: &[Arc<str>],
    look: &Look<'_>,
) -> Vec<String> {
    if owners.is_empty() && operators.is_empty() {
        return vec![nobody];
    }
    let (owners, operators) = (owners.join(", "), operators.join(", "));
    let rows = [
        (&owners, Phrase::Owners { names: &owners }),
        (&operators, Phrase::Operators { names: &operators }),
    ];
    let rows = rows.into_iter().filter(|(names, _)| !names.is_empty());
    rows.map(|(_, phrase)| look.phrase(phrase)).collect()
}

fn whois_lines(whois: &Whois, look: &Look<'_>) -> Vec<String> {
    let Whois { name, registered_at, rank, addresses, here, seen_at, away } = whois;
    let indented = |phrase: Phrase<'_>| format!("  {}", look.phrase(phrase));
    let mut lines = vec![match *registered_at {
        Some(at) => look.phrase(Phrase::WhoisRegistered { name, at }),
        None => look.phrase(Phrase::WhoisGuest { name }),
    }];
    lines.extend(seen_at.map(|at| indented(Phrase::WhoisSeen { at })));
    lines.extend(rank.map(|rank| indented(Phrase::WhoisRank { rank })));
    lines.extend(addresses.iter().map(|&address| indented(Phrase::WhoisAddress { address })));
    if let Some(here) = here {
        lines.push(indented(Phrase::WhoisHere(here)));
        let rooms: Vec<String> = here.rooms.iter().map(ToString::to_string).collect();
        let rows = joined(&rooms, PACKED_COLUMNS - 4);
        let is_cut = rows.len() > WHOIS_ROOM_LINES_MAX;
        for (at, row) in rows.iter().take(WHOIS_ROOM_LINES_MAX).enumerate() {
            let end = if is_cut && at + 1 == WHOIS_ROOM_LINES_MAX { " …" } else { "" };
            lines.push(indented(Phrase::WhoisRooms { rooms: &format!("{row}{end}") }));
        }
    }
    if let Some(WhoisAway { text }) = away {
        lines.push(look.phrase(Phrase::Away { name, text: text.as_ref() }));
    }
    lines
}

fn stats_lines(stats: &Stats, look: &Look<'_>) -> Vec<String> {
    let queued = amount(stats.queued_bytes);
    let memory = stats.resident_bytes.map(amount);
    let rows = [
        Some(Phrase::StatsPeople(stats)),
        stats.unannounced.map(|count| Phrase::StatsArriving { count }),
        Some(Phrase::StatsLines(stats)),
        Some(Phrase::StatsQueued { bytes: &queued }),
        Some(Phrase::StatsMemory { bytes: memory.as_deref() }),
        Some(Phrase::StatsUptime { time: stats.uptime }),
    ];
    rows.into_iter().flatten().map(|row| look.phrase(row)).collect()
}

/// A private message. One that was left has its date before it, in place of the time that lines may
/// have.
fn append_private(bytes: &mut Vec<u8>, line: &PrivateLine, look: &Look<'_>) {
    let PrivateLine { with, is_own, at, .. } = line;
    let mut presentation = look.presentation;
    let mut heading = look.phrase(Phrase::Private { with, is_own: *is_own });
    if line.is_kept {
        heading = format!("{} {heading}", look.times().date_and_time(*at));
        presentation.clock = None;
    }
    presentation.append_private(bytes, &heading, line);
}

/// Past lines, with notices where some are missing.
fn append_past(bytes: &mut Vec<u8>, reply: &Reply, past: &Past, look: &Look<'_>) {
    let language = look.presentation.lang;
    // What a search found has no heading if that is nothing.
    let has_heading = past.room.is_some() || !past.lines.is_empty();
    if past.heading.is_some() && has_heading {
        append_notice(bytes, &lang::reply(language, reply, &look.times()), look);
    }
    if past.is_cut {
        append_notice(bytes, &look.phrase(Phrase::OlderIsGone), look);
    }
    let lost = |&(first, last): &(u64, u64)| lang::lines_lost(language, last + 1 - first);
    let mut gaps = past.gaps.iter().peekable();
    for line in &past.lines {
        while let Some(gap) = gaps.next_if(|(_, last)| *last < line.seq) {
            append_notice(bytes, &lost(gap), look);
        }
        let deleted = line.deleted_by.as_deref().map(|by| look.phrase(Phrase::Deleted { by }));
        let text = deleted.as_deref().unwrap_or(line.text.as_str());
        let time = look.times().short(line.at);
        let time = if past.has_numbers { format!("{} {time}", line.seq) } else { time };
        look.presentation.append_past(bytes, &time, line, text);
    }
    for gap in gaps {
        append_notice(bytes, &lost(gap), look);
    }
    if past.lines.is_empty() && past.gaps.is_empty() {
        let nothing = match (&past.room, &past.heading) {
            (Some(room), _) => look.phrase(Phrase::NothingThen { room }),
            (None, Some(_)) => look.phrase(Phrase::NothingFound),
            (None, None) => lang::refusal(language, &Refusal::NothingMore, &look.times()),
        };
        append_notice(bytes, &nothing, look);
    }
    match past.end {
        PastEnd::Whole => {}
        PastEnd::More => append_notice(bytes, &look.phrase(Phrase::MoreFollows), look),
        PastEnd::Earlier => append_notice(bytes, &look.phrase(Phrase::EarlierOnes), look),
    }
}
