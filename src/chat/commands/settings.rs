//! `/tz`, `/replay`, and the switches that people choose.

use crate::chat::state::Chat;
use crate::chat::turn::{Done, Turn};
use crate::command::TypedZone;
use crate::model::{ClientIndex, Refusal, Reply, Setting, Settings};

impl Turn<'_> {
    /// Changes one of a person's settings, in memory and in storage.
    pub(in crate::chat) fn choose(
        &mut self,
        index: ClientIndex,
        setting: Setting,
        change: impl FnOnce(&mut Settings),
    ) -> Done {
        let mut settings = self.chat.settings(index).cloned().unwrap_or_default();
        change(&mut settings);
        self.change_settings(index, settings);
        Done::reply(Reply::Setting(setting))
    }

    /// `/tz ZONE`.
    pub(in crate::chat) fn choose_zone(
        &mut self,
        index: ClientIndex,
        typed: &TypedZone,
    ) -> Result<Done, Refusal> {
        let zone = typed.meaning().as_ref().map_err(|unknown| Refusal::NoSuchZone {
            zone: typed.as_str().into(),
            nearest: unknown.nearest.as_deref().map(Box::from),
        })?;
        let name: Box<str> = zone.name().into();
        Ok(self.choose(index, Setting::Zone(name.clone()), |it| it.zone = Some(name)))
    }

    /// `/tz` alone.
    pub(in crate::chat) fn show_zone(&self, index: ClientIndex) -> Done {
        let zone = self.chat.zone(index).name().into();
        Done::reply(Reply::TimeZone { zone, now: self.now.wall.into() })
    }

    pub(in crate::chat) fn choose_replay(&mut self, index: ClientIndex, lines: u8) -> Done {
        self.choose(index, Setting::Replay(lines.into()), |it| it.replay = Some(lines))
    }
}

impl Chat {
    pub(in crate::chat) fn show_replay(&self, index: ClientIndex) -> Done {
        Done::reply(Reply::Setting(Setting::Replay(self.replay_lines(index) as u32)))
    }
}
