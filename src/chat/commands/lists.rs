//! Paged lists: the people in a room, the rooms, and what is known about a person.

use std::fmt::Display;
use std::time::{Duration, Instant};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::base::clock::Moment;
use crate::base::zone;
use crate::chat::state::Chat;
use crate::chat::state::error_reply::ErrorReply;
use crate::chat::state::people::Away;
use crate::chat::state::room::Room;
use crate::chat::turn::Done;
use crate::lang::fill;
use crate::model::event::ClientIndex;
use crate::model::id::{LOBBY, PersonId, RoomId};
use crate::model::moderation::Rank;
use crate::model::newcomer::Naming;

/// Lines on a page besides its heading and the hint at the next page, so that a page fits on a
/// screen of 24 lines.
pub(in crate::chat) const LINES_PER_PAGE: usize = 20;

/// Number of names on a line if all are of maximum width and marked as away. Pages hold the same
/// number of names whatever their width, so that any page can be found without looking at the ones
/// before it.
const WIDE_NAMES_PER_LINE: usize = 2;

/// Width of the smallest usual terminal.
const SCREEN_COLUMNS: usize = 80;

/// Columns into which names are packed.
const PACKED_COLUMNS: usize = 76;

/// Maximum lines of rooms in `/whois`. The rooms of a single client fill at most two lines; those
/// of a person with very many clients could fill thousands.
const WHOIS_ROOM_LINES_MAX: usize = 12;

/// One page of a longer list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::chat) struct ListPage {
    pub(in crate::chat) number: usize,
    pub(in crate::chat) pages: usize,
    pub(in crate::chat) first: usize,
    pub(in crate::chat) last: usize,
}

impl ListPage {
    /// The page with this number, or the last one if there are fewer pages.
    pub(in crate::chat) fn of(count: usize, number: usize, size: usize) -> Self {
        let pages = count.div_ceil(size).max(1);
        let number = number.clamp(1, pages);
        let first = (number - 1) * size;
        Self { number, pages, first, last: (first + size).min(count) }
    }

    /// The entries on this page.
    pub(in crate::chat) fn of_all<T>(
        self,
        all: impl Iterator<Item = T>,
    ) -> impl Iterator<Item = T> {
        all.skip(self.first).take(self.last - self.first)
    }
}

impl Chat {
    pub(in crate::chat) fn who(
        &self,
        index: ClientIndex,
        room: Option<&str>,
        page: usize,
    ) -> Result<Done, ErrorReply> {
        let id = self.room_to_look_into(index, room)?;
        let Some(room) = self.rooms.find(id) else {
            return Err(ErrorReply(self.answers().room_is_gone.to_owned()));
        };
        let answers = self.answers();
        let is_plain = self.settings(index).is_some_and(|settings| settings.plain);
        // Addresses are wider than names.
        let is_wide = is_plain || self.options.naming == Naming::Address;
        let names_per_line = if is_wide { 1 } else { WIDE_NAMES_PER_LINE };
        let count = room.people().len() + self.unannounced_self(index, room).iter().count();
        let page = ListPage::of(count, page, LINES_PER_PAGE * names_per_line);
        let people = page.of_all(room.people().chain(self.unannounced_self(index, room)));
        let mut names: Vec<String> = people.map(|person| self.name_in_list(person)).collect();
        names.sort_unstable();
        let values: [(&str, &dyn Display); 2] = [("room", room.name()), ("people", &count)];
        let mut told = vec![match count {
            1 => fill(answers.who_heading_one, &values),
            _ => fill(answers.who_heading, &values),
        }];
        let columns = if is_plain { 0 } else { PACKED_COLUMNS };
        told.extend(packed(&names, columns));
        told.extend(self.next_page(&format!("/who {}", room.name()), page));
        Ok(Done::Reply(told))
    }

    pub(in crate::chat) fn list_rooms(&self, index: ClientIndex, page: usize) -> Done {
        let answers = self.answers();
        let rooms = &self.clients[index.0].rooms;
        let is_listed = |room: &&Room| self.is_shown_to(index, room);
        let count = self.rooms.iter().filter(is_listed).count();
        let page = ListPage::of(count, page, LINES_PER_PAGE);
        let mut told = vec![match count {
            1 => answers.rooms_heading_one.to_owned(),
            _ => fill(answers.rooms_heading, &[("count", &count)]),
        }];
        for room in page.of_all(self.rooms.iter().filter(is_listed)) {
            let people = room.people().len() + self.unannounced_self(index, room).iter().count();
            let mut line = format!("  {} ({people})", room.name());
            let marks = [
                (rooms.last() == Some(&room.id()), answers.mark_current),
                (room.rules.locked, answers.mark_locked),
                (room.rules.password.is_some(), answers.mark_password),
                (room.rules.hidden, answers.mark_hidden),
            ];
            for (_, mark) in marks.iter().filter(|(applies, _)| *applies) {
                line.push_str(&format!(" [{mark}]"));
            }
            if let Some(topic) = &room.rules.topic {
                let columns = SCREEN_COLUMNS.saturating_sub(line.width() + 1);
                line.push(' ');
                line.push_str(&shortened(topic.as_str(), columns));
            }
            told.push(line);
        }
        told.extend(self.next_page("/rooms", page));
        Done::Reply(told)
    }

    pub(in crate::chat) fn whois(
        &self,
        index: ClientIndex,
        name: &str,
        now: Moment,
    ) -> Result<Done, ErrorReply> {
        let own = self.whoever_at_all(name).ok().filter(|it| *it == self.clients[index.0].person);
        let person = own.map_or_else(|| self.whoever(name), Ok)?;
        let answers = self.answers();
        let name = self.name_of(person);
        let mut told = Vec::new();
        if let Some((registered_at, seen_at)) =
            person.account().and_then(|account| self.accounts.dates(account))
        {
            let zone = self.zone(index);
            let registered = zone::date(registered_at, &zone);
            told.push(fill(answers.whois_registered, &[("name", &name), ("date", &registered)]));
            if self.people.find(person).is_none() {
                let seen = zone::date_and_time(seen_at, &zone);
                told.push(fill(answers.whois_last_seen, &[("date", &seen)]));
                told.extend(self.moderation_lines(index, person));
                return Ok(Done::Reply(told));
            }
        } else {
            told.push(fill(answers.whois_guest, &[("name", &name)]));
        }
        told.extend(self.moderation_lines(index, person));
        let indexes = self.indexes_of(person);
        let clients = || indexes.iter().map(|index| &self.clients[index.0]);
        let since = |at: Option<Instant>| {
            at.map_or(Duration::ZERO, |at| now.instant.saturating_duration_since(at))
        };
        let here = self.how_long(since(clients().map(|client| client.connected_at).min()));
        let idle = self.how_long(since(clients().map(|client| client.spoke_at).max()));
        let count = indexes.len();
        let values: [(&str, &dyn Display); 3] =
            [("here", &here), ("idle", &idle), ("clients", &count)];
        told.push(match count {
            1 => fill(answers.whois_here, &values),
            _ => fill(answers.whois_here_from, &values),
        });
        let rooms: Vec<String> = clients()
            .flat_map(|client| client.rooms.iter())
            .filter_map(|id| self.rooms.find(*id))
            .filter(|room| self.is_shown_to(index, room))
            .map(|room| room.name().to_string())
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let lines = joined(&rooms, PACKED_COLUMNS - 4);
        for (at, rooms) in lines.iter().take(WHOIS_ROOM_LINES_MAX).enumerate() {
            let is_cut = at + 1 == WHOIS_ROOM_LINES_MAX && lines.len() > WHOIS_ROOM_LINES_MAX;
            let rooms = format!("{rooms}{}", if is_cut { " …" } else { "" });
            told.push(fill(answers.whois_rooms, &[("rooms", &rooms)]));
        }
        told.extend(self.away_line(person, now));
        Ok(Done::Reply(told))
    }

    /// The line that says that the person is away, if they are.
    pub(in crate::chat) fn away_line(&self, person: PersonId, now: Moment) -> Option<String> {
        let Away { text } = self.people.find(person)?.more.as_ref()?.away.as_ref()?;
        let name = self.name_of(person);
        let answers = self.answers();
        // An away text that was set before a mute is not shown during it.
        let is_heard = |now| self.may_be_heard(person, None, now);
        Some(match text.as_ref().filter(|_| is_heard(now)) {
            Some(text) => fill(answers.is_away_with, &[("name", &name), ("text", &text.as_str())]),
            None => fill(answers.is_away, &[("name", &name)]),
        })
    }

    /// The room with this name, or the current room. The client has to be in it unless it is not
    /// hidden.
    fn room_to_look_into(
        &self,
        index: ClientIndex,
        name: Option<&str>,
    ) -> Result<RoomId, ErrorReply> {
        let rooms = &self.clients[index.0].rooms;
        let Some(name) = name else { return Ok(rooms.last().copied().unwrap_or(LOBBY)) };
        let name = self.room_name(name)?;
        let found = self
            .rooms
            .named(&name)
            .filter(|id| self.rooms.find(*id).is_some_and(|room| self.is_shown_to(index, room)));
        let none = || ErrorReply(fill(self.answers().no_such_room, &[("room", name.as_str())]));
        found.ok_or_else(none)
    }

    /// Whether a client may know of a room. Hidden rooms are shown to their members, to their owner
    /// and to operators.
    pub(in crate::chat) fn is_shown_to(&self, index: ClientIndex, room: &Room) -> bool {
        let client = &self.clients[index.0];
        !room.rules.hidden
            || client.rooms.contains(&room.id())
            || room.rules.is_owner(client.person)
            || self.has_rank(index, Rank::Operator)
    }

    /// The client's own person if it is in the room but not announced yet: users see themselves in
    /// lists.
    fn unannounced_self(&self, index: ClientIndex, room: &Room) -> Option<PersonId> {
        let client = &self.clients[index.0];
        let is_in = client.rooms.contains(&room.id()) && !self.is_announced(index);
        is_in.then_some(client.person).filter(|person| !room.has(*person))
    }

    fn name_in_list(&self, person: PersonId) -> String {
        let name = self.name_of(person);
        if self.people.find(person).is_some_and(crate::chat::state::people::Person::is_away) {
            format!("{name} ({})", self.answers().mark_away)
        } else {
            name.to_string()
        }
    }

    /// The hint at the next page, if there is one.
    pub(in crate::chat) fn next_page(&self, command: &str, page: ListPage) -> Option<String> {
        let ListPage { number, pages, .. } = page;
        let next = number + 1;
        let values: [(&str, &dyn Display); 4] =
            [("page", &number), ("pages", &pages), ("command", &command), ("next", &next)];
        (number < pages).then(|| fill(self.answers().next_page, &values))
    }

    /// Formats a duration in its two largest units.
    pub(in crate::chat) fn how_long(&self, time: Duration) -> String {
        let answers = self.answers();
        let seconds = time.as_secs();
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
        let (template, values): (&str, [(&str, &dyn Display); 2]) = match (days, hours, minutes) {
            (0, 0, 0) => (answers.time_seconds, [("seconds", &seconds), ("", &0)]),
            (0, 0, _) => (answers.time_minutes, [("minutes", &minutes), ("", &0)]),
            (0, ..) => (answers.time_hours, [("hours", &hours), ("minutes", &minutes)]),
            _ => (answers.time_days, [("days", &days), ("hours", &hours)]),
        };
        fill(template, &values)
    }
}

/// Joins the words with commas and wraps them at `columns`; a wider word gets a line of its own.
fn packed(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() && columns > 0 { "," } else { "" };
        match lines.last_mut() {
            Some(line) if line.width() + word.width() + 2 <= columns => {
                line.push_str(&format!(" {word}{comma}"));
            }
            _ => lines.push(format!("  {word}{comma}")),
        }
    }
    lines
}

/// Joins the words with spaces and wraps them at `columns`.
fn joined(words: &[String], columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}

/// Shortens the text to `columns`.
fn shortened(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    // The cut-off part is replaced by an ellipsis, which takes one column.
    let mut short = String::new();
    let mut room = columns.saturating_sub(1);
    for c in text.chars() {
        let Some(rest) = room.checked_sub(c.width().unwrap_or(0)) else { break };
        room = rest;
        short.push(c);
    }
    if columns > 0 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let check = |count, number, expected: (usize, usize, std::ops::Range<usize>)| {
            let page = ListPage::of(count, number, 20);
            assert_eq!((page.number, page.pages, page.first..page.last), expected);
        };
        check(0, 1, (1, 1, 0..0));
        check(20, 1, (1, 1, 0..20));
        check(21, 2, (2, 2, 20..21));
        check(21, 99, (2, 2, 20..21));
        check(10_000, 0, (1, 500, 0..20));
        check(10_000, usize::MAX, (500, 500, 9_980..10_000));
    }

    #[test]
    fn words_are_packed() {
        let words: Vec<String> = ["ann", "bob", "王小明", "eve"].map(str::to_owned).to_vec();
        assert_eq!(packed(&words, 76), ["  ann, bob, 王小明, eve"]);
        assert_eq!(packed(&words, 12), ["  ann, bob,", "  王小明,", "  eve"]);
        assert_eq!(packed(&words, 0), ["  ann", "  bob", "  王小明", "  eve"]);
        assert!(packed(&[], 76).is_empty());
    }
}
