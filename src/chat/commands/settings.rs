//! `/tz`, `/replay`, and the switches that people choose.

use crate::base::zone::{UnknownZone, Zone};
use crate::chat::turn::{Done, Turn};
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

    /// `/tz`.
    pub(in crate::chat) fn choose_zone(
        &mut self,
        index: ClientIndex,
        name: Option<&str>,
    ) -> Result<Done, Refusal> {
        let Some(name) = name else {
            let zone = self.chat.zone(index).name().into();
            return Ok(Done::reply(Reply::TimeZone { zone, now: self.now.wall.into() }));
        };
        let zone = Zone::find(name).map_err(|UnknownZone { nearest }| Refusal::NoSuchZone {
            zone: name.into(),
            nearest: nearest.map(String::into_boxed_str),
        })?;
        let name: Box<str> = zone.name().into();
        Ok(self.choose(index, Setting::Zone(name.clone()), |it| it.zone = Some(name)))
    }

    pub(in crate::chat) fn choose_replay(
        &mut self,
        index: ClientIndex,
        chosen: Option<u8>,
    ) -> Done {
        let lines = chosen.map_or_else(|| self.chat.replay_lines(index), usize::from);
        let setting = Setting::Replay(lines as u32);
        match chosen {
            Some(_) => self.choose(index, setting, |it| it.replay = chosen),
            None => Done::reply(Reply::Setting(setting)),
        }
    }
}
