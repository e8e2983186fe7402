//! Chinese, simplified characters: the phrases of lists and pages.

use super::replies::away;
use super::words::{because, duration, rank_name, until};
use crate::lang::phrase::{Mark, Phrase};
use crate::lang::times::Times;
use crate::model::{
    AuditEntry, ERASED_NAME, ModAction, SanctionKind, SanctionView, Stats, WhoisHere,
};

pub(in crate::lang) fn phrase(phrase: Phrase<'_>, times: &Times<'_>) -> String {
    match phrase {
        Phrase::NextPage { command, page, pages } => {
            let next = page + 1;
            format!("第 {page}/{pages} 页。下一页：{command} {next}")
        }
        Phrase::Mark(Mark::Away) => "离开".into(),
        Phrase::Mark(Mark::Current) => "当前房间".into(),
        Phrase::Mark(Mark::Locked) => "已锁定".into(),
        Phrase::Mark(Mark::Password) => "需密码".into(),
        Phrase::Mark(Mark::Hidden) => "已隐藏".into(),

        Phrase::Private { with, is_own: true } => format!("您 → {with}（私信）："),
        Phrase::Private { with, is_own: false } => format!("{with} → 您（私信）："),
        Phrase::Deleted { by: ERASED_NAME } => "（已删除）".into(),
        Phrase::Deleted { by } => format!("（已被 {by} 删除）"),
        Phrase::OlderIsGone => "… 更早的消息已不再保存".into(),
        Phrase::NothingThen { room } => format!("{room} 里没有那段时间的消息。"),
        Phrase::NothingFound => "这里没有同时包含这些词的消息。".into(),
        Phrase::MoreFollows => "还有更多：/more".into(),
        Phrase::EarlierOnes => "还有更早的：/more".into(),

        Phrase::WhoisGuest { name } => format!("{name} 是访客。"),
        Phrase::WhoisRegistered { name, at } => {
            let date = times.date(at);
            format!("{name} 是已注册的名字，注册于 {date}。")
        }
        Phrase::WhoisSeen { at } => {
            let date = times.date_and_time(at);
            format!("上次在线 {date}")
        }
        Phrase::WhoisRank { rank } => {
            let rank = rank_name(rank);
            format!("本服务器的{rank}")
        }
        Phrase::WhoisAddress { address } => format!("来自 {address}"),
        Phrase::WhoisHere(WhoisHere { online, idle, clients, .. }) => {
            let (here, idle) = (duration(*online), duration(*idle));
            match clients {
                1 => format!("在线 {here}，已 {idle} 未发言"),
                _ => format!("通过 {clients} 个客户端在线 {here}，已 {idle} 未发言"),
            }
        }
        Phrase::WhoisRooms { rooms } => format!("在 {rooms}"),
        Phrase::Away { name, text } => away(name, text),

        Phrase::Owners { names } => format!("所有者：{names}"),
        Phrase::Operators { names } => format!("管理员：{names}"),
        Phrase::Sanction(sanction) => {
            let SanctionView { kind, name, by, .. } = sanction;
            let (until, date) = (until(sanction.until, times), times.short(sanction.at));
            let because = because(sanction.reason.as_deref());
            match kind {
                SanctionKind::Ban => {
                    format!("{name}  封禁，{until}，{by} 于 {date}{because}")
                }
                SanctionKind::Mute => {
                    format!("{name}  禁言，{until}，{by} 于 {date}{because}")
                }
            }
        }
        Phrase::Action(entry) => action(entry, times),

        Phrase::StatsPeople(Stats { people, clients, rooms, .. }) => {
            format!("在线  {people} 人（连接：{clients}，房间：{rooms}）")
        }
        Phrase::StatsArriving { count } => format!("新到  {count} 个连接，尚未通知其他人"),
        Phrase::StatsLines(Stats { lines, deliveries, skipped, .. }) => {
            format!("消息  {lines} 条，送达 {deliveries} 条，因读取过慢略过 {skipped} 条")
        }
        Phrase::StatsQueued { bytes } => format!("待发  {bytes}"),
        Phrase::StatsMemory { bytes } => {
            format!("内存  {bytes}", bytes = bytes.unwrap_or("未知"))
        }
        Phrase::StatsUptime { time } => {
            let time = duration(time);
            format!("运行  {time}")
        }
    }
}

pub(in crate::lang) fn lines_lost(count: u64) -> String {
    match count {
        1 => "… 这里有 1 条消息未能保存".into(),
        _ => format!("… 这里有 {count} 条消息未能保存"),
    }
}

fn action(entry: &AuditEntry, times: &Times<'_>) -> String {
    let AuditEntry { by, action, whom, room, .. } = entry;
    let whom = whom.as_deref().unwrap_or_default();
    let what = match action {
        ModAction::Claim => format!("{by} 认领了服务器"),
        ModAction::MakeOwner => format!("{by} 任命 {whom} 为所有者"),
        ModAction::Op => format!("{by} 任命 {whom} 为管理员"),
        ModAction::Deop => format!("{by} 撤销了 {whom} 的管理职务"),
        ModAction::Kick => format!("{by} 移出了 {whom}"),
        ModAction::Ban => format!("{by} 封禁了 {whom}"),
        ModAction::Unban => format!("{by} 解除了对 {whom} 的封禁"),
        ModAction::Mute => format!("{by} 禁言了 {whom}"),
        ModAction::Unmute => format!("{by} 解除了对 {whom} 的禁言"),
        ModAction::Lockdown => format!("{by} 开启了封闭模式"),
        ModAction::Unlock => format!("{by} 结束了封闭模式"),
        ModAction::Room => format!("{by} 更改了房间"),
        ModAction::Delete => {
            let count = entry.reason.as_deref().unwrap_or("1");
            format!("{by} 删除了 {whom} 的 {count} 条消息")
        }
    };
    let room = room.as_ref().map_or_else(String::new, |room| format!("（{room}）"));
    let reason = entry.reason.as_deref().filter(|_| *action != ModAction::Delete);
    let ends = entry.until.map(|at| format!(" {}", until(Some(at), times)));
    let (ends, because) = (ends.unwrap_or_default(), because(reason));
    format!("{what}{room}{ends}{because}")
}
