//! How a client is shown its rooms: what its person has chosen, and what the client can do.

use std::sync::{Arc, LazyLock};

use crate::chat::state::Chat;
use crate::chat::state::room::{LineFilter, ViewSettings};
use crate::model::{Bell, ClientIndex, ClockOffset, Presentation, Settings, View};

/// The filter for a telnet client whose user has chosen nothing.
static AT_A_TELNET: LazyLock<Arc<LineFilter>> = LazyLock::new(|| {
    Arc::new(LineFilter { notices_mentions: true, mentions_ring: true, ..LineFilter::default() })
});

impl Chat {
    /// How a client sees its current room. `set_view` adds the tag for the others.
    pub(in crate::chat) fn view(&self, index: ClientIndex) -> ViewSettings {
        let presentation = self.presentation(index).of_lines();
        ViewSettings { presentation, filter: self.filter(index) }
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
    fn filter(&self, index: ClientIndex) -> Option<Arc<LineFilter>> {
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

    /// Number of recent messages to show in a room that the client joins.
    pub(in crate::chat) fn replay_lines(&self, index: ClientIndex) -> usize {
        let chosen = self.settings(index).and_then(|settings| settings.replay);
        chosen.map_or(self.options.replay_lines, usize::from)
    }
}
