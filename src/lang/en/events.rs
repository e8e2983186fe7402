//! English: events.

use std::borrow::Cow;

use super::words::{because, until};
use crate::lang::times::Times;
use crate::model::event::{Event, RoomSetting};
use crate::model::moderation::SanctionKind;
use crate::model::sanction_view::{Removal, SanctionView};

pub(in crate::lang) fn event(
    event: &Event,
    name: &str,
    others: u64,
    room: &str,
    times: &Times<'_>,
) -> Cow<'static, str> {
    match (event, others) {
        (Event::Said { text } | Event::Acted { text }, _) => text.as_str().to_owned().into(),
        (Event::Joined, 0) => format!("{name} joined").into(),
        (Event::Joined, 1) => format!("{name} and 1 other joined").into(),
        (Event::Joined, _) => format!("{name} and {others} others joined").into(),
        (Event::Left | Event::Quit { text: None }, 0) => format!("{name} left").into(),
        (Event::Left | Event::Quit { text: None }, 1) => format!("{name} and 1 other left").into(),
        (Event::Left | Event::Quit { text: None }, _) => {
            format!("{name} and {others} others left").into()
        }
        (Event::Quit { text: Some(text) }, _) => {
            format!("{name} left: {text}", text = text.as_str()).into()
        }
        (Event::Renamed { to }, _) => format!("{name} is now {to}").into(),
        (Event::Topic { topic: Some(topic) }, _) => {
            format!("{name} set the topic: {topic}", topic = topic.as_str()).into()
        }
        (Event::Topic { topic: None }, _) => format!("{name} removed the topic").into(),
        (Event::Removed { removal }, _) => {
            let Removal { by, reason, .. } = &**removal;
            let because = because(reason.as_deref());
            format!("{by} removed {name}{because}").into()
        }
        (Event::Sanctioned { sanction }, _) => {
            let SanctionView { kind, name, by, reason, .. } = &**sanction;
            let (until, because) = (until(sanction.until, times), because(reason.as_deref()));
            match kind {
                SanctionKind::Ban => format!("{by} banned {name} {until}{because}").into(),
                SanctionKind::Mute => format!("{by} muted {name} {until}{because}").into(),
            }
        }
        (Event::Owner, _) => format!("{name} now owns {room}").into(),
        (Event::Setting(setting), _) => match setting {
            RoomSetting::Locked(true) => {
                format!("{name} locked this room: only invited people can join").into()
            }
            RoomSetting::Locked(false) => format!("{name} unlocked this room").into(),
            RoomSetting::Hidden(true) => {
                format!("{name} hid this room: it is no longer listed").into()
            }
            RoomSetting::Hidden(false) => {
                format!("{name} made this room visible: it is listed again").into()
            }
            RoomSetting::Slow(Some(seconds)) => {
                format!("{name} turned on slow mode: one message per person every {seconds} s")
                    .into()
            }
            RoomSetting::Slow(None) => format!("{name} turned off slow mode").into(),
            RoomSetting::GivenUp => {
                format!("{name} gave up this room: it closes when the last person leaves").into()
            }
        },
    }
}
