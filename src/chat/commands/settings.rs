//! Settings that people choose, and how these change what their clients are shown.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use crate::base::clock::Moment;
use crate::base::zone::{UnknownZone, Zone};
use crate::chat::outbox::Outbox;
use crate::chat::state::Chat;
use crate::chat::state::room::LineFilter;
use crate::chat::turn::Done;
use crate::model::event::ClientIndex;
use crate::model::id::PersonId;
use crate::model::presentation::{ClockOffset, Presentation, View};
use crate::model::refusal::Refusal;
use crate::model::reply::{Reply, Setting};
use crate::model::settings::{Bell, Settings};
use crate::model::update::Update;

/// How often to check the offsets of time zones: they change on a quarter of an hour.
const ZONES_INTERVAL: Duration = Duration::from_secs(60);

/// The filter for a telnet client whose user has chosen nothing.
static AT_A_TELNET: LazyLock<Arc<LineFilter>> = LazyLock::new(|| {
    Arc::new(LineFilter { notices_mentions: true, mentions_ring: true, ..LineFilter::default() })
});

impl Chat {
    /// Changes one of a person's settings, in memory and in storage.
    pub(in crate::chat) fn choose(
        &mut self,
        index: ClientIndex,
        setting: Setting,
        out: &mut dyn Outbox,
        change: impl FnOnce(&mut Settings),
    ) -> Result<Done, Refusal> {
        let mut settings = self.settings(index).cloned().unwrap_or_default();
        change(&mut settings);
        self.change_settings(index, settings, out)?;
        Ok(Done::reply(Reply::Setting(setting)))
    }

    /// `/tz`.
    pub(in crate::chat) fn choose_zone(
        &mut self,
        index: ClientIndex,
        name: Option<&str>,
        now: Moment,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let Some(name) = name else {
            let zone = self.zone(index).name().into();
            return Ok(Done::reply(Reply::TimeZone { zone, now: now.wall.into() }));
        };
        let zone = Zone::find(name).map_err(|UnknownZone { nearest }| Refusal::NoSuchZone {
            zone: name.into(),
            nearest: nearest.map(String::into_boxed_str),
        })?;
        let name: Box<str> = zone.name().into();
        self.choose(index, Setting::Zone(name.clone()), out, |it| it.zone = Some(name))
    }

    pub(in crate::chat) fn choose_replay(
        &mut self,
        index: ClientIndex,
        chosen: Option<u8>,
        out: &mut dyn Outbox,
    ) -> Result<Done, Refusal> {
        let lines = chosen.map_or_else(|| self.replay_lines(index), usize::from);
        let setting = Setting::Replay(lines as u32);
        match chosen {
            Some(_) => self.choose(index, setting, out, |it| it.replay = chosen),
            None => Ok(Done::reply(Reply::Setting(setting))),
        }
    }

    /// Number of recent messages to show in a room that the client joins.
    pub(in crate::chat) fn replay_lines(&self, index: ClientIndex) -> usize {
        let chosen = self.settings(index).and_then(|settings| settings.replay);
        chosen.map_or(self.options.replay_lines, usize::from)
    }

    /// Replaces a person's settings. They apply to all of the person's clients from now on, and are
    /// stored if the person is registered. If they cannot be stored, nothing changes.
    pub(in crate::chat) fn change_settings(
        &mut self,
        index: ClientIndex,
        settings: Settings,
        out: &mut dyn Outbox,
    ) -> Result<(), Refusal> {
        let person = self.clients[index.0].person;
        if let PersonId::Registered(account) = person {
            let update = Update::Settings { account, settings: settings.clone() };
            out.keep(update).map_err(|_| self.too_busy())?;
            self.accounts.set_settings(account, settings.clone());
        }
        let more = self.person_mut(index).more();
        if more.settings.zone != settings.zone {
            more.zone = settings.zone.as_deref().and_then(|name| Zone::find(name).ok());
        }
        more.settings = settings;
        self.follow_settings(person, out);
        Ok(())
    }

    /// Applies a person's settings to all of their clients.
    pub(in crate::chat) fn follow_settings(&mut self, person: PersonId, out: &mut dyn Outbox) {
        for index in self.indexes_of(person) {
            self.read_anew(index, out);
            self.follow_edit(index, out);
        }
    }

    /// Applies an account's stored settings to the person who has just logged in to it.
    pub(in crate::chat) fn take_over_settings(
        &mut self,
        person: PersonId,
        mut settings: Settings,
        out: &mut dyn Outbox,
    ) {
        // Some of the ignored people may have unregistered.
        settings.ignored.retain(|account| self.accounts.name(*account).is_some());
        let Some(found) = self.people.find_mut(person) else { return };
        if settings == Settings::default() && found.more.is_none() {
            return;
        }
        let more = found.more();
        more.zone = settings.zone.as_deref().and_then(|name| Zone::find(name).ok());
        more.ignored.extend(settings.ignored.iter().map(|account| PersonId::Registered(*account)));
        more.settings = settings;
        self.follow_settings(person, out);
    }

    /// The person's settings, if they have chosen any.
    pub(in crate::chat) fn settings(&self, index: ClientIndex) -> Option<&Settings> {
        self.person(index).more.as_ref().map(|more| &more.settings)
    }

    /// The time zone in which times are shown to a client.
    pub(in crate::chat) fn zone(&self, index: ClientIndex) -> Zone {
        let chosen = self.person(index).more.as_ref().and_then(|more| more.zone.clone());
        chosen.unwrap_or_else(|| Zone::of_server().clone())
    }

    /// When the client's bell rings. By default it stays silent for programs at the end of a pipe,
    /// and for users of plain mode. Those who need the bell, some of them in plain mode, turn it
    /// on.
    ///
    /// It also stays silent for a telnet client that has not shown that it is one. Debian's telnet
    /// does so by an option, by a key such as ^C, or by hiding a password. The server does not send
    /// it a question for the sake of a bell: until then `nc -C` looks the same, and would print the
    /// question.
    pub(in crate::chat) fn bell(&self, index: ClientIndex) -> Bell {
        let is_interactive = self.clients[index.0].traits.is_interactive;
        match self.settings(index) {
            Some(Settings { bell: Some(bell), .. }) if self.has_terminal(index) => *bell,
            Some(settings) if settings.plain => Bell::Off,
            _ if is_interactive => Bell::Mentions,
            _ => Bell::Off,
        }
    }

    /// Whether terminal settings apply to this client. Those remembered by an account apply only
    /// where a user reads the lines as they arrive; a guest's were chosen at this client.
    fn has_terminal(&self, index: ClientIndex) -> bool {
        let client = &self.clients[index.0];
        client.traits.may_be_asked || client.has_chosen_looks || client.person.account().is_none()
    }

    /// How lines are shown to this client.
    pub(in crate::chat) fn presentation(&self, index: ClientIndex) -> Presentation {
        let client = &self.clients[index.0];
        let terminal = client.traits.terminal;
        let usual = View::usual(client.wire, client.lang, terminal).presentation;
        let Some(settings) = self.settings(index) else { return usual };
        let lang = settings.lang.unwrap_or(usual.lang);
        let bell = self.bell(index) == Bell::All;
        if settings.plain {
            return Presentation { colour: false, columns: None, bell, lang, ..usual };
        }
        let colour = settings.colour.unwrap_or(terminal.is_some()) && self.has_terminal(index);
        let clock = settings.timestamps.then(|| {
            let seconds = self.zone(index).offset_seconds_at(self.offsets_at);
            ClockOffset::of_minutes(seconds / 60)
        });
        Presentation { colour, bell, clock, lang, ..usual }
    }

    /// Which lines are hidden from a client and which are highlighted. The result is shared by the
    /// client's rooms, and by all clients whose users have chosen nothing.
    pub(in crate::chat) fn filter(&self, index: ClientIndex) -> Option<Arc<LineFilter>> {
        let bell = self.bell(index);
        let Some(more) = self.person(index).more.as_ref() else {
            return (bell != Bell::Off).then(|| AT_A_TELNET.clone());
        };
        let colour = self.presentation(index).colour;
        let filter = LineFilter {
            quiet: more.settings.quiet,
            ignored: more.ignored.clone(),
            notices_mentions: bell == Bell::Mentions || colour,
            mentions_ring: bell != Bell::Off,
        };
        let is_needed = filter.quiet || filter.notices_mentions || !filter.ignored.is_empty();
        is_needed.then(|| Arc::new(filter))
    }

    /// Updates the presentation of clients with timestamps when the offset of their time zone may
    /// have changed.
    pub(in crate::chat) fn follow_zones(&mut self, now: Moment, out: &mut dyn Outbox) {
        if self.zones_due.is_some_and(|due| now.instant < due) {
            return;
        }
        self.zones_due = Some(now.instant + ZONES_INTERVAL);
        let before = std::mem::replace(&mut self.offsets_at, now.wall);
        let is_changed = |index: ClientIndex| {
            let zone = self.zone(index);
            zone.offset_seconds_at(before) != zone.offset_seconds_at(now.wall)
        };
        let shown: Vec<ClientIndex> = self
            .people
            .iter()
            .filter(|(_, person)| person.more.as_ref().is_some_and(|more| more.settings.timestamps))
            .flat_map(|(_, person)| person.indexes.iter().copied())
            .filter(|index| is_changed(*index))
            .collect();
        for index in shown {
            self.read_anew(index, out);
        }
    }
}
