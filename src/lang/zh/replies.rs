//! Chinese, simplified characters: replies.

use std::sync::Arc;

use super::refusals::refusal;
use super::words::{because, duration, rank_name, until};
use crate::lang::times::Times;
use crate::model::{
    Bell, Heading, Lang, Network, Removal, Reply, SanctionKind, SanctionView, Setting,
};
use crate::text::CleanText;

pub(in crate::lang) fn reply(reply: &Reply, times: &Times<'_>) -> String {
    match reply {
        Reply::Refused(why) | Reply::NotPosted(why) => refusal(why, times),
        Reply::NotSaid(message) => refusal(&message.refusal, times),

        // Connecting.
        Reply::Welcome { name, is_address: true } => format!("欢迎 {name}"),
        Reply::Welcome { name, is_address: false } => format!("欢迎您，{name}。"),
        Reply::Here { room, names, others } => here(room, names, *others),
        Reply::NoMotd => "没有今日公告。".into(),
        Reply::ModeratorsMayLogIn => "所有者和管理员仍可登录：/login 名字".into(),

        // Names and accounts.
        Reply::Renamed { from, to } => format!("{from} 改名为 {to}"),
        Reply::Registered { name } => {
            format!("{name} 现在属于您了。以后可以用 /login {name} 登录。")
        }
        Reply::Unregistering { erases: false } => {
            "将删除您的账号、设置、房间和留给您的私信。您在房间里说过的话会保留；/unregister erase 会一并删除。"
                .into()
        }
        Reply::Unregistering { erases: true } => {
            "将删除您的账号、设置、房间、私信，以及您在房间里说过的所有内容。/unregister 会保留您在房间里说过的话。"
                .into()
        }
        Reply::PersonErased => "您说过的内容在服务器的磁盘上已不再保留。".into(),
        Reply::Unregistered { name } => {
            format!("{name} 已注销。您在线期间仍可使用这个名字。")
        }
        Reply::LoggedIn { name, clients: 1 } => format!("您已登录为 {name}。"),
        Reply::LoggedIn { name, clients } => {
            format!("您已登录为 {name}，目前有 {clients} 个客户端在线。")
        }
        Reply::LoggedOut { name } => format!("您已退出登录，现在的名字是 {name}。"),
        Reply::PasswordChanged => "密码已更改。".into(),
        Reply::NowAway { text: None } => "您已设为离开。回来时请用 /back。".into(),
        Reply::NowAway { text: Some(text) } => {
            format!("您已设为离开：{text}。回来时请用 /back。", text = text.as_str())
        }
        Reply::NowBack => "欢迎回来。".into(),
        Reply::Away { name, text } => away(name, text.as_ref()),

        // Rooms.
        Reply::MadeRoom { room } => {
            format!("您创建了 {room}，您是房主。/topic 内容 设置话题；/help room 查看房间设置。")
        }
        Reply::JoinedRoom { room, people: 1 } => {
            format!("您已加入 {room}，那里暂时没有别人。")
        }
        Reply::JoinedRoom { room, people } => {
            format!("您已加入 {room}，共 {people} 人。您现在在那里发言。")
        }
        Reply::TalkingIn { room } => format!("您现在在 {room} 发言。"),
        Reply::LeftRoom { room, current: Some(current) } => {
            format!("您离开了 {room}，现在在 {current} 发言。")
        }
        Reply::LeftRoom { room, current: None } => {
            format!("您离开了 {room}，现在不在任何房间。/join #lobby 进入大厅。")
        }
        Reply::Topic { room, topic: Some(topic) } => {
            format!("{room} 的话题：{topic}", topic = topic.as_str())
        }
        Reply::Topic { room, topic: None } => {
            format!("{room} 没有话题。房主可以用 /topic 设置。")
        }
        Reply::Invited { name, room, is_here: true } => {
            format!("已邀请 {name} 加入 {room}。")
        }
        Reply::Invited { name, room, is_here: false } => {
            format!("{name} 不在，但以后可以进入 {room}。")
        }
        Reply::YouAreInvited { by, room } => format!("{by} 邀请您加入 {room}：/join {room}"),
        Reply::RoomPassword { room, is_on: true } => {
            format!("{room} 现在有密码了：/join {room} 密码")
        }
        Reply::RoomPassword { room, is_on: false } => format!("{room} 不再需要密码。"),
        Reply::Who(page) => match (&page.room, page.paging.count) {
            (room, 1) => format!("{room} 有 1 人："),
            (room, people) => format!("{room} 有 {people} 人："),
        },
        Reply::Rooms(page) => match page.paging.count {
            1 => "只有 1 个房间；/join #名字 可以创建新的：".into(),
            count => format!("共有 {count} 个房间，用 /join 加入："),
        },

        // Messages and history.
        Reply::SaidBefore(_) => "这条消息之前已经发送过，没有重复发送。".into(),
        Reply::MeantCommand { topic } => {
            format!("您的消息已发出。您是不是想输入 /{command}？", command = topic.name())
        }
        Reply::Past(past) => {
            let room = past.room.as_deref().unwrap_or_default();
            past.heading.as_ref().map_or("".into(), |heading| heading_of(heading, room, times))
        }
        Reply::Unread { room, is_current, count, since } => {
            let time = times.short(*since);
            match (is_current, count) {
                (true, 1) => format!("您 {time} 离开后有 1 条新消息；/history 1"),
                (true, _) => {
                    format!("您 {time} 离开后有 {count} 条新消息；/history {count}")
                }
                (false, 1) => {
                    format!("您 {time} 离开 {room} 后有 1 条新消息；/history {room} 1")
                }
                (false, _) => {
                    format!("您 {time} 离开 {room} 后有 {count} 条新消息；/history {room} {count}")
                }
            }
        }
        Reply::MessageLeft { name } => format!("{name} 不在，下次登录时会收到您的留言。"),
        Reply::KeptMessages { count: 1 } => "您有 1 条留言：".into(),
        Reply::KeptMessages { count } => format!("您有 {count} 条留言："),
        Reply::Ignoring { name, is_on: true } => {
            format!("不再显示 {name} 的消息。/unignore {name} 恢复显示。")
        }
        Reply::Ignoring { name, is_on: false } => format!("已恢复显示 {name} 的消息。"),
        Reply::Ignored { names } if names.is_empty() => "您没有屏蔽任何人。".into(),
        Reply::Ignored { names } => {
            let names = names.join(", ");
            format!("您屏蔽了 {names}。")
        }

        // Settings.
        Reply::Setting(chosen) => setting(chosen),
        Reply::TimeZone { zone, now } => {
            let time = times.date_and_time(*now);
            format!("您的时区是 {zone}，现在是 {time}。可以用 /tz Asia/Tokyo 更改。")
        }

        // Moderation.
        Reply::Claimed => {
            "您现在是本服务器的所有者。输入 /help order 查看您可以使用的命令。".into()
        }
        Reply::Moderators { owners, operators } if owners.is_empty() && operators.is_empty() => {
            "本服务器还没有所有者。启动服务器的人可以用 /claim 认领。".into()
        }
        Reply::RankGiven { name, rank } => {
            let rank = rank_name(*rank);
            format!("{name} 现在是{rank}。")
        }
        Reply::RankTaken { name } => format!("{name} 不再担任管理职务。"),
        Reply::YourRank { by, rank: Some(rank) } => {
            let rank = rank_name(*rank);
            format!("{by} 任命您为{rank}。输入 /help order 查看您可以使用的命令。")
        }
        Reply::YourRank { by, rank: None } => format!("{by} 撤销了您的管理职务。"),
        Reply::Removed { name } => format!("已将 {name} 移出。"),
        Reply::YouWereRemoved(removal) => {
            let Removal { by, room, reason } = &**removal;
            let because = because(reason.as_deref());
            match room {
                None => format!("{by} 将您移出了服务器{because}"),
                Some(room) => format!("{by} 将您移出了 {room}{because}"),
            }
        }
        Reply::YouAreSanctioned(sanction) => you_are_sanctioned(sanction, times),
        Reply::YouMayTalk { by, room: None } => {
            format!("{by} 解除了您的禁言。您可以发言了。")
        }
        Reply::YouMayTalk { by, room: Some(room) } => {
            format!("{by} 解除了您在 {room} 的禁言。您可以在那里发言了。")
        }
        Reply::Imposed { sanction, networks } => imposed(sanction, networks, times),
        Reply::SharedAddress { count: 1 } => {
            "这里另有 1 人来自同一地址，若以访客身份重新连接，也会受到同样限制。".into()
        }
        Reply::SharedAddress { count } => {
            format!("这里另有 {count} 人来自同一地址，若以访客身份重新连接，也会受到同样限制。")
        }
        Reply::Lifted { kind, name, room } => match (kind, room) {
            (SanctionKind::Ban, None) => format!("已解除对 {name} 的封禁。"),
            (SanctionKind::Ban, Some(room)) => format!("{name} 可以再进入 {room} 了。"),
            (SanctionKind::Mute, None) => format!("已解除对 {name} 的禁言。"),
            (SanctionKind::Mute, Some(room)) => format!("已解除 {name} 在 {room} 的禁言。"),
        },
        Reply::Bans(page) => match (page.paging.count, &page.room) {
            (0, _) => "没有人被封禁或禁言。".into(),
            (count, None) => format!("本服务器的封禁和禁言：{count} 条"),
            (count, Some(room)) => format!("{room} 的封禁和禁言：{count} 条"),
        },
        Reply::Audit(page) => match page.paging.count {
            0 => "还没有任何记录。".into(),
            count => format!("管理记录，共 {count} 条："),
        },
        Reply::Lockdown { by, is_on: true } => {
            format!("{by} 开启了封闭模式：只有注册用户可以发言")
        }
        Reply::Lockdown { by, is_on: false } => {
            format!("{by} 结束了封闭模式：访客可以发言了")
        }
        Reply::NotSavedYet => "已生效，但尚未保存：服务器的磁盘还没有写入。保存后会通知您。".into(),
        Reply::SavedNow => "您的更改已保存。".into(),
        Reply::Deleted { count } => format!("已删除 {count} 条消息，服务器的磁盘上也不再保留。"),
        Reply::NotErasedYet => {
            "已为所有人删除，但磁盘上的内容尚未清除：服务器的磁盘响应缓慢或出错。清除后会通知您。"
                .into()
        }
        Reply::DiskFails => {
            "服务器无法写入磁盘，正在不断重试。在恢复之前，新的消息和更改都不会保存。详情见日志。"
                .into()
        }
        Reply::DiskWorks { lines_lost, has_unsaved: false } => {
            format!("服务器又可以写入磁盘了。丢失的消息：{lines_lost} 条。")
        }
        Reply::DiskWorks { lines_lost, has_unsaved: true } => {
            format!("消息又可以保存了。丢失的消息：{lines_lost} 条。还有一些更改尚未保存。")
        }
        Reply::AllSaved => "所有更改均已保存。".into(),
        Reply::SettingsRefused { problem } => format!("设置保持不变：{problem}"),

        // The server.
        Reply::Version { version } => format!("hobnob {version}"),
        Reply::Uptime { since, time } => {
            let (time, date) = (duration(*time), times.short(*since));
            format!("本服务器已运行 {time}，启动于 {date}。")
        }

        // From the connection itself.
        Reply::Missed { room: None, lines: 1 } => "… 您错过了 1 条消息".into(),
        Reply::Missed { room: None, lines } => format!("… 您错过了 {lines} 条消息"),
        Reply::Missed { room: Some(room), lines: 1 } => {
            format!("… 您在 {room} 错过了 1 条消息")
        }
        Reply::Missed { room: Some(room), lines } => {
            format!("… 您在 {room} 错过了 {lines} 条消息")
        }
        Reply::Delayed { seconds } => format!("您发送得太快，已延迟 {seconds} 秒。"),
        Reply::Flooding { seconds } => format!("您发送得太快，已被禁言 {seconds} 秒。"),
        Reply::ServerIsHere => "[在，服务器在线。]".into(),
        Reply::PasswordIsShown => "您自己的屏幕会显示密码，别人看不到。".into(),
        Reply::Cancelled => "已取消，未作任何更改。".into(),
        Reply::YouLeft => "您已离开。（使用 nc 时，请按回车键退出。）".into(),
        Reply::PressEnter => "（使用 nc 时，请按回车键退出。）".into(),
        Reply::Goodbye => "服务器即将关闭，再见。".into(),

        // Their rows say everything.
        Reply::Motd { .. }
        | Reply::Posting { .. }
        | Reply::Posted
        | Reply::Whois(_)
        | Reply::Private(_)
        | Reply::Moderators { .. }
        | Reply::Stats(_)
        | Reply::Help { .. } => "".into(),
    }
}

fn here(room: &str, names: &[Arc<str>], others: u32) -> String {
    let people = match names {
        [] => {
            return format!("{room} 里现在只有您。直接输入即可发言；/help 列出命令，/quit 离开。");
        }
        [only] if others == 0 => only.to_string(),
        [names @ .., last] if others == 0 => format!("{names} 和 {last}", names = names.join("、")),
        names => format!("{names} 和另外 {others} 人", names = names.join("、")),
    };
    format!("您在 {room}，在场的还有 {people}。直接输入即可发言；/help 列出命令，/quit 离开。")
}

pub(super) fn away(name: &str, text: Option<&CleanText>) -> String {
    match text.map(CleanText::as_str) {
        None => format!("{name} 暂时离开。"),
        Some(text) => format!("{name} 暂时离开：{text}"),
    }
}

fn heading_of(heading: &Heading, room: &str, times: &Times<'_>) -> String {
    match heading {
        Heading::Last { count: 1 } => format!("{room} 最近的一条消息："),
        Heading::Last { count } => format!("{room} 最近的 {count} 条消息："),
        Heading::Missed => format!("您不在时 {room} 里的消息："),
        Heading::Period { from, until: None } => {
            let from = times.date_and_time(*from);
            format!("{room} 自 {from} 起的消息：")
        }
        Heading::Period { from, until: Some(until) } => {
            let (from, until) = (times.date_and_time(*from), times.date_and_time(*until));
            format!("{room} 从 {from} 到 {until} 的消息：")
        }
        Heading::Search { text } => format!("包含 {text} 的消息，最新的在最后："),
    }
}

#[rustfmt::skip] // One line for each sentence.
fn setting(setting: &Setting) -> String {
    match setting {
        Setting::Quiet(true) => "不再显示上线和下线消息。/quiet off 恢复显示。".into(),
        Setting::Quiet(false) => "现在会显示上线和下线消息。".into(),
        Setting::Replay(0) => "加入房间时不显示以前的消息。/replay 20 可以显示一些。".into(),
        Setting::Replay(lines) => format!("加入房间时显示最近的消息，最多 {lines} 条。/replay 0 关闭。"),
        Setting::Timestamps(Some(zone)) => format!("每条消息前会显示 {zone} 的时间。/tz 更改时区，/timestamps off 关闭。"),
        Setting::Timestamps(None) => "已关闭时间显示。".into(),
        Setting::Zone(zone) => format!("您的时区现在是 {zone}。/timestamps on 显示时间。"),
        Setting::Bell(Bell::Off) => "已关闭响铃。".into(),
        Setting::Bell(Bell::Mentions) => "有人提到您或给您发私信时响铃。".into(),
        Setting::Bell(Bell::All) => "任何人发言都响铃。".into(),
        Setting::Colour(true) => "名字会以彩色显示，提到您的消息会突出显示。".into(),
        Setting::Colour(false) => "已关闭颜色。".into(),
        Setting::Edit(true) => "如果您的 telnet 支持，输入行会始终显示在消息下方。/help keys 列出按键。".into(),
        Setting::Edit(false) => "由您自己的程序显示和编辑输入行。".into(),
        Setting::Plain(true) => "纯文本模式：每行一条消息，没有颜色；除非用 /bell 开启，否则不响铃。/plain off 关闭此模式。".into(),
        Setting::Plain(false) => "已恢复您的显示设置。".into(),
        Setting::Language(Lang::En) => "服务器现在对您使用英文。".into(),
        Setting::Language(Lang::Zh) => "服务器现在对您使用中文。".into(),
    }
}

fn you_are_sanctioned(sanction: &SanctionView, times: &Times<'_>) -> String {
    let SanctionView { kind, by, room, .. } = sanction;
    let (until, because) = (until(sanction.until, times), because(sanction.reason.as_deref()));
    match (kind, room) {
        (SanctionKind::Ban, None) => format!("{by} 禁止您进入本服务器，{until}{because}"),
        (SanctionKind::Ban, Some(room)) => {
            format!("{by} 禁止您进入 {room}，{until}{because}")
        }
        (SanctionKind::Mute, None) => format!("{by} 禁止您发言，{until}{because}"),
        (SanctionKind::Mute, Some(room)) => {
            format!("{by} 禁止您在 {room} 发言，{until}{because}")
        }
    }
}

fn imposed(sanction: &SanctionView, networks: &[Network], times: &Times<'_>) -> String {
    let SanctionView { kind, name, room, .. } = sanction;
    let until = until(sanction.until, times);
    let networks = networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (kind, room) {
        (SanctionKind::Ban, None) if networks.is_empty() => {
            format!("{name} 已被封禁，{until}。")
        }
        (SanctionKind::Ban, None) => {
            format!("{name} 已被封禁，{until}；此后来自 {networks} 的访客也一样。")
        }
        (SanctionKind::Ban, Some(room)) => format!("{name} 已被禁止进入 {room}，{until}。"),
        (SanctionKind::Mute, None) if networks.is_empty() => {
            format!("{name} 已被禁言，{until}。")
        }
        (SanctionKind::Mute, None) => {
            format!("{name} 已被禁言，{until}；此后来自 {networks} 的访客也一样。")
        }
        (SanctionKind::Mute, Some(room)) => format!("{name} 在 {room} 已被禁言，{until}。"),
    }
}
