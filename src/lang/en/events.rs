//! English: events.

use super::words::{because, until};
use crate::lang::times::Times;
use crate::model::{Deletion, Event, Removal, RoomSetting, SanctionKind, SanctionView};

pub(in crate::lang) fn event(
    event: &Event,
    name: &str,
    others: u64,
    room: &str,
    times: &Times<'_>,
) -> String {
    match (event, others) {
        (Event::Said { text } | Event::Acted { text }, _) => text.as_str().to_owned(),
        (Event::Joined, 0) => format!("{name} joined"),
        (Event::Joined, 1) => format!("{name} and 1 other joined"),
        (Event::Joined, _) => format!("{name} and {others} others joined"),
        (Event::Left | Event::Quit { text: None }, 0) => format!("{name} left"),
        (Event::Left | Event::Quit { text: None }, 1) => format!("{name} and 1 other left"),
        (Event::Left | Event::Quit { text: None }, _) => format!("{name} and {others} others left"),
        (Event::Quit { text: Some(text) }, _) => {
            format!("{name} left: {text}", text = text.as_str())
        }
        (Event::Renamed { to }, _) => format!("{name} is now {to}"),
        (Event::Topic { topic: Some(topic) }, _) => {
            format!("{name} set the topic: {topic}", topic = topic.as_str())
        }
        (Event::Topic { topic: None }, _) => format!("{name} removed the topic"),
        (Event::Removed { removal }, _) => {
            let Removal { by, reason, .. } = &**removal;
            let because = because(reason.as_deref());
            format!("{by} removed {name}{because}")
        }
        (Event::Sanctioned { sanction }, _) => {
            let SanctionView { kind, name, by, reason, .. } = &**sanction;
            let (until, because) = (until(sanction.until, times), because(reason.as_deref()));
            match kind {
                SanctionKind::Ban => format!("{by} banned {name} {until}{because}"),
                SanctionKind::Mute => format!("{by} muted {name} {until}{because}"),
            }
        }
        (Event::Owner, _) => format!("{name} now owns {room}"),
        (Event::Deleted { deletion }, _) => {
            let Deletion { of, numbers } = &**deletion;
            let of = of.as_ref().map_or_else(String::new, |of| format!(" from {of}"));
            match numbers.len() {
                1 => format!("{name} deleted a message{of}"),
                count => format!("{name} deleted {count} messages{of}"),
            }
        }
        (Event::Setting(setting), _) => match setting {
            RoomSetting::Locked(true) => {
                format!("{name} locked this room: only invited people can join")
            }
            RoomSetting::Locked(false) => format!("{name} unlocked this room"),
            RoomSetting::Hidden(true) => {
                format!("{name} hid this room: it is no longer listed")
            }
            RoomSetting::Hidden(false) => {
                format!("{name} made this room visible: it is listed again")
            }
            RoomSetting::Slow(Some(seconds)) => {
                format!("{name} turned on slow mode: one message per person every {seconds} s")
            }
            RoomSetting::Slow(None) => format!("{name} turned off slow mode"),
            RoomSetting::GivenUp => {
                format!("{name} gave up this room: it closes when the last person leaves")
            }
        },
    }
}
