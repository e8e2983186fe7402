//! Paged lists: the people in a room, the rooms, and what is known about a person.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::chat::state::Chat;
use crate::chat::state::people::Person;
use crate::chat::state::room::Room;
use crate::chat::turn::{Done, Turn};
use crate::command::{TypedName, TypedRoom};
use crate::model::{
    ClientIndex, LOBBY, Naming, Paging, PersonId, Refusal, Reply, RoomEntry, RoomId, RoomsPage,
    WhoEntry, WhoPage, Whois, WhoisAway, WhoisHere,
};

/// Lines on a page besides its heading and the hint at the next page, so that a page fits on a
/// screen of 24 lines.
pub(in crate::chat) const LINES_PER_PAGE: usize = 20;

/// Number of names on a line if all are of maximum width and marked as away. Pages hold the same
/// number of names whatever their width, so that any page can be found without looking at the ones
/// before it.
const WIDE_NAMES_PER_LINE: usize = 2;

/// The entries on a page of a list of `count` entries, and where that page is: the one with this
/// number, or the last one if there are fewer.
pub(in crate::chat) fn page_of(count: usize, number: usize, size: usize) -> (Range<usize>, Paging) {
    let pages = count.div_ceil(size).max(1);
    let page = number.clamp(1, pages);
    let first = (page - 1) * size;
    let paging = Paging { count: count as u64, page: page as u32, pages: pages as u32 };
    (first..(first + size).min(count), paging)
}

impl Turn<'_> {
    pub(in crate::chat) fn whois(
        &self,
        index: ClientIndex,
        name: &TypedName,
    ) -> Result<Done, Refusal> {
        let own = self
            .chat
            .whoever_at_all(name)
            .ok()
            .filter(|it| *it == self.chat.clients[index.0].person);
        let person = own.map_or_else(|| self.chat.whoever(name), Ok)?;
        let dates = person.account().and_then(|account| self.chat.accounts.dates(account));
        let is_here = dates.is_none() || self.chat.people.find(person).is_some();
        let whois = Whois {
            name: self.chat.name_of(person),
            registered_at: dates.map(|(registered_at, _)| registered_at.into()),
            rank: self.chat.moderation.rank(person),
            addresses: self.chat.shown_addresses(index, person),
            here: is_here.then(|| self.whois_here(index, person)),
            seen_at: dates.filter(|_| !is_here).map(|(_, seen_at)| seen_at.into()),
            away: self.away(person),
        };
        Ok(Done::reply(Reply::Whois(Box::new(whois))))
    }

    fn whois_here(&self, index: ClientIndex, person: PersonId) -> WhoisHere {
        let indexes = self.chat.indexes_of(person);
        let clients = || indexes.iter().map(|index| &self.chat.clients[index.0]);
        let since = |at: Option<Duration>| {
            at.map_or(Duration::ZERO, |at| self.now.elapsed.saturating_sub(at))
        };
        let rooms: BTreeSet<Arc<str>> = clients()
            .flat_map(|client| client.rooms.iter())
            .filter_map(|id| self.chat.rooms.find(*id))
            .filter(|room| self.chat.is_shown_to(index, room))
            .map(|room| room.name().clone())
            .collect();
        WhoisHere {
            online: since(clients().map(|client| client.connected_at).min()),
            idle: since(clients().map(|client| client.spoke_at).max()),
            clients: indexes.len() as u32,
            rooms: rooms.into_iter().collect(),
        }
    }

    /// The reply that says that the person is away, if they are.
    pub(in crate::chat) fn away_line(&self, person: PersonId) -> Option<Reply> {
        let WhoisAway { text } = self.away(person)?;
        Some(Reply::Away { name: self.chat.name_of(person), text })
    }

    /// Whether the person is away, and what they say of that.
    fn away(&self, person: PersonId) -> Option<WhoisAway> {
        let WhoisAway { text } = self.chat.people.find(person)?.more.as_ref()?.away.as_ref()?;
        // An away text that was set before a mute is not shown during it.
        let shown = text.clone().filter(|_| self.chat.may_be_heard(person, None, self.now));
        Some(WhoisAway { text: shown })
    }
}

impl Chat {
    pub(in crate::chat) fn who(
        &self,
        index: ClientIndex,
        room: Option<&TypedRoom>,
        page: usize,
    ) -> Result<Done, Refusal> {
        let id = self.room_to_look_into(index, room)?;
        let Some(room) = self.rooms.find(id) else { return Err(Refusal::RoomGone) };
        let is_plain = self.settings(index).is_some_and(|settings| settings.plain);
        // Addresses are wider than names.
        let is_wide = is_plain || self.options.naming == Naming::Address;
        let names_per_line = if is_wide { 1 } else { WIDE_NAMES_PER_LINE };
        let count = room.people().len() + self.unannounced_self(index, room).iter().count();
        let (shown, paging) = page_of(count, page, LINES_PER_PAGE * names_per_line);
        let people = room.people().chain(self.unannounced_self(index, room));
        let people = people.skip(shown.start).take(shown.len());
        let mut people: Box<[WhoEntry]> = people.map(|person| self.who_entry(person)).collect();
        people.sort_unstable();
        let who = WhoPage { room: room.name().clone(), people, paging };
        Ok(Done::reply(Reply::Who(Box::new(who))))
    }

    fn who_entry(&self, person: PersonId) -> WhoEntry {
        let is_away = self.people.find(person).is_some_and(Person::is_away);
        WhoEntry { name: self.name_of(person), is_away }
    }

    pub(in crate::chat) fn list_rooms(&self, index: ClientIndex, page: usize) -> Done {
        let current = self.clients[index.0].rooms.last().copied();
        let is_listed = |room: &&Room| self.is_shown_to(index, room);
        let count = self.rooms.iter().filter(is_listed).count();
        let (shown, paging) = page_of(count, page, LINES_PER_PAGE);
        let entry = |room: &Room| {
            let people = room.people().len() + self.unannounced_self(index, room).iter().count();
            RoomEntry {
                room: room.name().clone(),
                people: people as u32,
                is_current: current == Some(room.id()),
                is_locked: room.rules.locked,
                has_password: room.rules.password.is_some(),
                is_hidden: room.rules.hidden,
                topic: room.rules.topic.clone(),
            }
        };
        let rooms = self.rooms.iter().filter(is_listed).skip(shown.start).take(shown.len());
        let rooms = rooms.map(entry).collect();
        Done::reply(Reply::Rooms(Box::new(RoomsPage { rooms, paging })))
    }

    /// The room with this name, or the current room. The client has to be in it unless it is not
    /// hidden.
    fn room_to_look_into(
        &self,
        index: ClientIndex,
        name: Option<&TypedRoom>,
    ) -> Result<RoomId, Refusal> {
        let rooms = &self.clients[index.0].rooms;
        let Some(name) = name else { return Ok(rooms.last().copied().unwrap_or(LOBBY)) };
        let name = self.room_name(name)?;
        let found = self
            .rooms
            .named(name)
            .filter(|id| self.rooms.find(*id).is_some_and(|room| self.is_shown_to(index, room)));
        found.ok_or_else(|| Refusal::NoSuchRoom { room: name.as_str().clone() })
    }

    /// The client's own person if it is in the room but not announced yet: users see themselves in
    /// lists.
    fn unannounced_self(&self, index: ClientIndex, room: &Room) -> Option<PersonId> {
        let client = &self.clients[index.0];
        let is_in = client.rooms.contains(&room.id()) && !self.is_announced(index);
        is_in.then_some(client.person).filter(|person| !room.has(*person))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let check = |count: usize, number, (page, pages, shown)| {
            let paging = Paging { count: count as u64, page, pages };
            assert_eq!(page_of(count, number, 20), (shown, paging));
        };
        check(0, 1, (1, 1, 0..0));
        check(20, 1, (1, 1, 0..20));
        check(21, 2, (2, 2, 20..21));
        check(21, 99, (2, 2, 20..21));
        check(10_000, 0, (1, 500, 0..20));
        check(10_000, usize::MAX, (500, 500, 9_980..10_000));
    }
}
