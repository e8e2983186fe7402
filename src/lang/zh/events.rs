//! Chinese, simplified characters: events.

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
        (Event::Joined, 0) => format!("{name} 上线"),
        (Event::Joined, 1) => format!("{name} 和另外 1 人上线"),
        (Event::Joined, _) => format!("{name} 和另外 {others} 人上线"),
        (Event::Left | Event::Quit { text: None }, 0) => format!("{name} 下线"),
        (Event::Left | Event::Quit { text: None }, 1) => format!("{name} 和另外 1 人下线"),
        (Event::Left | Event::Quit { text: None }, _) => format!("{name} 和另外 {others} 人下线"),
        (Event::Quit { text: Some(text) }, _) => {
            format!("{name} 下线：{text}", text = text.as_str())
        }
        (Event::Renamed { to }, _) => format!("{name} 改名为 {to}"),
        (Event::Topic { topic: Some(topic) }, _) => {
            format!("{name} 设置了话题：{topic}", topic = topic.as_str())
        }
        (Event::Topic { topic: None }, _) => format!("{name} 清除了话题"),
        (Event::Removed { removal }, _) => {
            let Removal { by, reason, .. } = &**removal;
            let because = because(reason.as_deref());
            format!("{by} 移出了 {name}{because}")
        }
        (Event::Sanctioned { sanction }, _) => {
            let SanctionView { kind, name, by, reason, .. } = &**sanction;
            let (until, because) = (until(sanction.until, times), because(reason.as_deref()));
            match kind {
                SanctionKind::Ban => format!("{by} 封禁了 {name}，{until}{because}"),
                SanctionKind::Mute => format!("{by} 禁止 {name} 发言，{until}{because}"),
            }
        }
        (Event::Owner, _) => format!("{name} 现在是 {room} 的房主"),
        (Event::Deleted { deletion }, _) => {
            let Deletion { of, numbers } = &**deletion;
            let (of, count) =
                (of.as_ref().map_or_else(String::new, |of| format!(" {of} 的")), numbers.len());
            format!("{name} 删除了{of} {count} 条消息")
        }
        (Event::Setting(setting), _) => match setting {
            RoomSetting::Locked(true) => {
                format!("{name} 锁定了房间：只有被邀请的人可以加入")
            }
            RoomSetting::Locked(false) => format!("{name} 解除了房间锁定"),
            RoomSetting::Hidden(true) => format!("{name} 隐藏了房间：它不再出现在列表中"),
            RoomSetting::Hidden(false) => {
                format!("{name} 取消了房间的隐藏：它重新出现在列表中")
            }
            RoomSetting::Slow(Some(seconds)) => {
                format!("{name} 开启了慢速模式：每人每 {seconds} 秒一条消息")
            }
            RoomSetting::Slow(None) => format!("{name} 关闭了慢速模式"),
            RoomSetting::GivenUp => {
                format!("{name} 放弃了这个房间：最后一人离开后，房间即关闭")
            }
        },
    }
}
