//! Chinese, simplified characters: refusals.

use super::help::HELP;
use super::words::{because, rank_name, until};
use crate::lang::times::{Times, shown_character};
use crate::limits;
use crate::model::{PasswordError, Rank, Refusal, SanctionKind, SanctionTerm, Topic};
use crate::text::nick::NickError;

#[rustfmt::skip] // One line for each sentence.
pub(in crate::lang) fn refusal(refusal: &Refusal, times: &Times<'_>) -> String {
    match refusal {
        // Names and accounts.
        Refusal::NameInUse { name } => format!("{name} 已被占用，请换一个名字。"),
        Refusal::NameRegistered { name } => format!("{name} 是已注册的名字。如果是您的，请用 /login {name} 登录。"),
        Refusal::NameResembles { name, other: Some(other) } => format!("{name} 与 {other} 太相似，请换一个名字。"),
        Refusal::NameResembles { name, other: None } => format!("{name} 太像访客的名字，请换一个。"),
        Refusal::NameIsYours { name } => format!("您已经叫 {name} 了。"),
        Refusal::NameIsFixed { name } => format!("您已登录为 {name}，只能更改字母的大小写；要换名字请先 /logout。"),
        Refusal::BadName { name, why } => bad_name(name, *why),
        Refusal::BadRoomName { why: NickError::Empty | NickError::Beginning, .. } => "房间名在 # 之后必须以文字或数字开头，例如：#garden".into(),
        Refusal::BadRoomName { name, why } => bad_name(name, *why),
        Refusal::ChooseNameFirst => "请先取一个名字：/nick 名字".into(),
        Refusal::NoSuchPerson { name, nearest: None } => format!("没有人叫 {name}。/who 列出在线的人。"),
        Refusal::NoSuchPerson { name, nearest: Some(nearest) } => format!("没有人叫 {name}。您是想找 {nearest} 吗？"),
        Refusal::RegisteredAlready { name } => format!("您已登录为 {name}，这个名字已经属于您。"),
        Refusal::LoggedInAlready { name } => format!("您已登录为 {name}，请先 /logout。"),
        Refusal::TooManyClients { name, max } => format!("{name} 已有 {max} 个客户端在线，达到上限。请先在其中一个上 /quit。"),
        Refusal::NotLoggedIn => "您还没有登录。请用 /login 名字 登录，或用 /register 注册当前的名字。".into(),
        Refusal::NotRegistered { name } => format!("{name} 还没有注册。先 /nick {name}，再 /register 就归您了。"),
        Refusal::WrongPassword => "密码错误，未作任何更改。".into(),
        Refusal::WrongOwnPassword => "这不是您当前的密码，未作任何更改。".into(),
        Refusal::BadPassword { why } => bad_password(*why),
        Refusal::AccountGone => "这个名字已被注销。".into(),
        Refusal::TooManyAccounts => "本服务器不能再注册更多名字。".into(),
        Refusal::TooOften { seconds } => format!("尝试次数过多，请在 {seconds} 秒后再试。"),
        Refusal::Busy => "服务器正忙，请稍后再试。".into(),
        Refusal::NotAway => "您没有设为离开。".into(),
        Refusal::Sanctioned => "禁言或封禁期间不能执行此操作。未作任何更改。".into(),

        // Rooms.
        Refusal::InNoRoom => "您不在任何房间。/join #lobby 进入大厅，/rooms 列出所有房间。".into(),
        Refusal::NotInRoom { room, is_line: false } => format!("您不在 {room}。/join {room} 可以加入。"),
        Refusal::NotInRoom { room, is_line: true } => format!("您不在 {room}。/join {room} 可以加入；要发送以 # 开头的内容，请用 /say。"),
        Refusal::NoSuchRoom { room } => format!("没有房间 {room}。/rooms 列出所有房间。"),
        Refusal::RoomGone => "这个房间已不存在。".into(),
        Refusal::RoomNameIsOneWord { room } => format!("没有房间 {room}。房间名中间不能有空格，例如 /join #garden-party。要创建带密码的 {room}：/join {room} 密码"),
        Refusal::RoomResembles { room, other: Some(other) } => format!("{room} 与已有的房间 {other} 太相似。请 /join {other}，或换一个名字。"),
        Refusal::RoomResembles { room, other: None } => format!("{room} 与某个已有的房间太相似，请换一个名字。"),
        Refusal::RoomLocked { room } => format!("{room} 已锁定，需要房主用 /invite 邀请您。"),
        Refusal::RoomNeedsPassword { room } => format!("{room} 需要密码：/join {room} 密码"),
        Refusal::WrongRoomPassword { room } => format!("{room} 的密码错误。"),
        Refusal::InTooManyRooms { max } => format!("您已加入 {max} 个房间，达到上限。请先 /leave 一个。"),
        Refusal::OwnsTooManyRooms { max } => format!("您已拥有 {max} 个房间，达到上限。"),
        Refusal::TooManyRooms => "服务器的房间已达上限。/rooms 列出所有房间。".into(),
        Refusal::NotOwner { room, owner } => format!("只有 {room} 的房主 {owner} 可以执行此操作。"),
        Refusal::RoomHasNoOwner { room } => format!("{room} 没有房主，不能更改设置。/join #名字 可以创建自己的房间。"),
        Refusal::InRoomAlready { name, room } => format!("{name} 已经在 {room} 了。"),
        Refusal::TooManyInvited { max } => format!("已邀请 {max} 人，达到上限。"),
        Refusal::SlowMode { room, seconds } => format!("未发送：{room} 处于慢速模式，请等待 {seconds} 秒。"),

        // Messages and history.
        Refusal::HistoryIsEmpty { room } => format!("{room} 里还没有人说过话。"),
        Refusal::NothingToSearch { text } => format!("{text} 里没有可以查找的词。请输入词语，例如：/search 玫瑰"),
        Refusal::NothingToDelete { name: None } => "您在这里没有可以删除的消息。".into(),
        Refusal::NothingToDelete { name: Some(name) } => format!("{name} 在这里没有可以删除的消息。"),
        Refusal::AlreadyDeleted { room, number } => format!("{room} 中的第 {number} 条消息已被删除。"),
        Refusal::NoSuchMessage { room, number } => format!("{room} 没有编号为 {number} 的消息。/history numbers 会显示编号。"),
        Refusal::TooManyToDelete { max } => format!("一次最多删除 {max} 条消息。"),
        Refusal::HistoryIsBusy => "您上次的查询还没有结果，请稍候。".into(),
        Refusal::HistoryFailed => "暂时无法读取历史记录，请稍后再试。".into(),
        Refusal::SearchTooLarge => "查找时间过长。请使用更长或更少见的词。".into(),
        Refusal::NothingMore => "没有更多了。/history 显示最近的消息。".into(),
        Refusal::RoomLeft => "您已不在那个房间里。".into(),
        Refusal::PostsOnly => "这里只能使用 /post、/nick 和 /login。".into(),
        Refusal::MessageToOneself => "那是您自己。给别人发私信请用 /msg 名字 内容".into(),
        Refusal::NotHere { name } => format!("{name} 不在。注册用户可以互相留言：/register"),
        Refusal::MailboxFull { name } => format!("{name} 不在，且留言已满，这条没有保存。"),
        Refusal::NobodyToReplyTo => "还没有人给您发过私信。发私信请用 /msg 名字 内容".into(),
        Refusal::RepliedToHasGone => "对方已经离开。/who 列出在线的人。".into(),
        Refusal::IgnoringOneself => "不能屏蔽自己。".into(),
        Refusal::IgnoredAlready { name } => format!("您已经屏蔽了 {name}。"),
        Refusal::NotIgnored { name } => format!("您没有屏蔽 {name}。"),
        Refusal::TooManyIgnored { max } => format!("您已屏蔽 {max} 人，达到上限。"),

        // Settings.
        Refusal::PlainMode => "现在是纯文本模式，此项不可用。请先输入 /plain off。".into(),
        Refusal::NotTelnet => "/edit 只用于 telnet：您的程序自己处理输入行。".into(),
        Refusal::EditUnanswered => "您的程序没有像 telnet 那样应答，输入行由它自己处理。".into(),
        Refusal::NoSuchZone { zone, nearest: None } => format!("没有时区 {zone}。时区的写法如 Asia/Tokyo 或 Asia/Shanghai。"),
        Refusal::NoSuchZone { zone, nearest: Some(nearest) } => format!("没有时区 {zone}。您是指 {nearest} 吗？"),

        // Moderation.
        Refusal::WrongToken => "令牌不正确。服务器没有所有者时，会在启动时打印令牌。".into(),
        Refusal::ClaimNeedsAccount => "请先用 /register 注册您的名字。".into(),
        Refusal::HasOwner => "本服务器已有所有者。输入 /op 查看管理人员。".into(),
        Refusal::NeedsRank { rank: Rank::Operator } => "只有管理员可以执行此操作。输入 /op 查看管理员。".into(),
        Refusal::NeedsRank { rank: Rank::Owner } => "只有服务器的所有者可以执行此操作。输入 /op 查看所有者。".into(),
        Refusal::NotModerator { room, owner } => format!("只有 {room} 的房主 {owner} 和管理员可以执行此操作。"),
        Refusal::Outranked { name, rank } => {
            let rank = rank_name(*rank);
            format!("您不能对{rank} {name} 执行此操作。")
        }
        Refusal::Oneself => "您不能对自己执行此操作。未作任何更改。".into(),
        Refusal::RankNeedsAccount { name } => format!("{name} 是访客。只有注册用户才能担任管理工作，需要先 /register。"),
        Refusal::HasRankAlready { name, rank } => {
            let rank = rank.map_or("", rank_name);
            format!("{name} 已经是{rank}了。")
        }
        Refusal::RankNeedsGoodStanding { name } => format!("{name} 正被封禁或禁言，请先解除。输入 /bans 查看名单。"),
        Refusal::HasNoRank { name } => format!("{name} 不是管理员。输入 /op 查看管理员。"),
        Refusal::LastOwner => "您是唯一的所有者。请先任命另一位：/op 名字 owner".into(),
        Refusal::NotThere { name, room } => format!("{name} 不在 {room} 里。"),
        Refusal::OwnsRoom { name, room } => format!("{room} 是 {name} 的房间。未作任何更改。"),
        Refusal::OwnNetwork { network } => format!("您自己也来自 {network}。未封禁任何人。"),
        Refusal::NetworkOfPeer { network, name, rank } => {
            let rank = rank_name(*rank);
            format!("{rank} {name} 也来自 {network}。未封禁任何人。")
        }
        Refusal::NetworkTooLarge { network } => format!("{network} 是本机，或几乎包括所有人。未封禁任何人。"),
        Refusal::NetworkInRoom => "只有管理员可以封禁地址，而且只能在整个服务器上封禁。".into(),
        Refusal::TooManySanctions { max } => format!("封禁和禁言已达上限 {max} 条。请先用 /unban 解除一些。"),
        Refusal::NotSanctioned { kind, name, room } => match (kind, room) {
            (SanctionKind::Ban, None) => format!("{name} 没有被封禁。输入 /bans 查看名单。"),
            (SanctionKind::Ban, Some(room)) => format!("{name} 没有被禁止进入 {room}。输入 /bans {room} 查看名单。"),
            (SanctionKind::Mute, None) => format!("{name} 没有被禁言。输入 /bans 查看名单。"),
            (SanctionKind::Mute, Some(room)) => format!("{name} 在 {room} 没有被禁言。输入 /bans {room} 查看名单。"),
        },
        Refusal::LockdownAlready { is_on: true } => "封闭模式已经开启。".into(),
        Refusal::LockdownAlready { is_on: false } => "目前没有开启封闭模式。".into(),

        // What bans, mutes and the lockdown forbid.
        Refusal::Muted(mute) => muted(mute, times),
        Refusal::Banned(ban) => banned(ban, times),
        Refusal::GuestsBanned(ban) => {
            let (until, because) = (until(ban.until, times), because(ban.reason.as_deref()));
            format!("来自您地址的访客不能参与，{until}{because}。如果您有已注册的名字：/login 名字")
        }
        Refusal::Lockdown => "目前只有注册用户可以参与。如果您有已注册的名字：/login 名字".into(),

        // Commands that cannot be understood.
        Refusal::UnknownCommand { typed, nearest: None } => format!("没有 /{typed} 这个命令。输入 /help 查看所有命令；要发送以 / 开头的内容，请以 // 开头。"),
        Refusal::UnknownCommand { typed, nearest: Some(nearest) } => format!("没有 /{typed} 这个命令。您是不是想输入 /{nearest}？"),
        Refusal::Usage { topic } => usage(*topic),
        Refusal::UnknownRoomSetting { nearest } => format!("您是不是想输入 /room {nearest}？/help room 列出所有设置。"),
        Refusal::RoomPasswordMissing => "用法：/room password 密码，写在同一行。/room password off 取消密码。".into(),
        Refusal::CannotEdit => "消息发出后不能再编辑。/edit on 和 /edit off 选择由谁编辑您正在输入的内容。".into(),
        Refusal::CannotClear => "在 hobnob 中或 /edit on 之后，按 Ctrl-L 清屏；否则只能由您自己的终端清屏。".into(),
        Refusal::BadDuration { typed } => format!("{typed} 不是时长：请写成 5s、30m、2h 或 7d，最长 3650d。"),
        Refusal::BadNetwork { typed } => format!("{typed} 不是地址：请写成 192.0.2.7，或用 192.0.2.0/24 表示一段地址。"),

        // Input that never reached the chat.
        Refusal::LineTooLong { bytes_max, is_typed: false } => format!("未发送：这一行超过了 {bytes_max} 字节。"),
        Refusal::LineTooLong { bytes_max, is_typed: true } => format!("未发送：这一行超过了 {bytes_max} 字节。按向上键可以找回未超出的部分。"),
        Refusal::PasteCut { lines_max, bytes_max, line_bytes_max } => format!("粘贴的内容过长，已截断：最多 {lines_max} 行、{bytes_max} 字节，每行最多 {line_bytes_max} 字节。"),
        Refusal::NotUtf8 => "未发送：内容不是有效的 UTF-8 文本。".into(),
        Refusal::BadMessage => "未发送：这不是该协议的消息。".into(),
        Refusal::BadMessageId => "未发送：消息的 id 应为 32 位十六进制数字。".into(),
        Refusal::DamagedByTelnet { way } => format!("未发送：您的 telnet 损坏了一个字符。请改用 nc 或 hobnob，也可以试试 {way}。"),
        Refusal::CannotSuspend => "Ctrl-Z 在这里不起作用。要暂停 telnet，请按 Ctrl-]，再输入 z 并按 Enter。".into(),
        Refusal::FloodLine { seconds } => format!("未发送：您仍被禁言，还剩 {seconds} 秒。"),
        Refusal::FloodCommand { seconds } => format!("命令未执行：您仍被禁言，还剩 {seconds} 秒。"),
        Refusal::MayBePassword => "未发送：这可能是密码。如果要发给大家，请再发送一次。".into(),
        Refusal::PromptFailed { tries, is_login: true } => format!("登录失败：密码错误 {tries} 次。现在您输入的内容又会发到房间里。"),
        Refusal::PromptFailed { tries, is_login: false } => format!("已尝试 {tries} 次，未作任何更改。现在您输入的内容又会发到房间里。"),
        Refusal::WrongServerPassword => "服务器密码错误。请重试。".into(),

        // Why a connection ends.
        Refusal::ServerPasswordNotGiven => "服务器密码错误。再见。".into(),
        Refusal::JoinedTooSlowly => "加入超时。请重新连接。".into(),
        Refusal::ServerFull { max } => format!("服务器已满（{max} 个客户端）。请稍后再试。"),
        Refusal::AddressFull { max } => format!("您的地址已有 {max} 个连接。请先关闭一个。"),
        Refusal::ConnectsTooOften => "您的地址新建连接过于频繁。请一分钟后再试。".into(),
        Refusal::PasswordChangedElsewhere => "您的密码已在另一个连接上更改。".into(),
    }
}

fn bad_name(name: &str, why: NickError) -> String {
    match why {
        NickError::Empty => "名字至少要有一个字母、数字或汉字，例如：/nick 小明".into(),
        NickError::TooLong => {
            let max = limits::NICK_COLUMNS_MAX;
            format!("太长了：名字最多占 {max} 列，一个汉字占两列。")
        }
        NickError::Character(character) => {
            let character = shown_character(character);
            format!("名字里不能有 {character}；只能使用文字、数字、-、_ 和 .（句点）。")
        }
        NickError::MixedScripts => format!("{name} 混用了几种文字，请只用一种。"),
        NickError::TooManyMarks => format!("{name} 的一个字母上附加符号太多，请减少一些。"),
        NickError::Beginning | NickError::Ending => {
            "名字要以文字或数字开头，不能以句点结尾。".into()
        }
        NickError::Direction => {
            format!("{name} 中从右到左的文字与数字或符号混排，显示顺序会错乱，请换一个名字。")
        }
        NickError::Reserved => format!("{name} 容易被误认为服务器，请换一个名字。"),
    }
}

fn bad_password(why: PasswordError) -> String {
    match why {
        PasswordError::Empty | PasswordError::TooShort => {
            let min = limits::PASSWORD_CHARS_MIN;
            format!("密码至少要有 {min} 个字符，请换一个更长的。")
        }
        PasswordError::TooLong => {
            let max = limits::PASSWORD_BYTES_MAX;
            format!("密码最多 {max} 字节，请换一个更短的。")
        }
        PasswordError::Character => "这不能用作密码：为空、太长，或含有不可见的字符。".into(),
    }
}

fn muted(mute: &SanctionTerm, times: &Times<'_>) -> String {
    let (until, because) = (until(mute.until, times), because(mute.reason.as_deref()));
    match &mute.room {
        None => format!("未发送：您已被禁言，{until}{because}"),
        Some(room) => format!("未发送：您在 {room} 已被禁言，{until}{because}"),
    }
}

fn banned(ban: &SanctionTerm, times: &Times<'_>) -> String {
    let (until, because) = (until(ban.until, times), because(ban.reason.as_deref()));
    match &ban.room {
        None => format!("您被禁止进入本服务器，{until}{because}"),
        Some(room) => format!("您被禁止进入 {room}，{until}{because}"),
    }
}

fn usage(topic: Topic) -> String {
    let (usage, example) = (HELP.usage(topic), (HELP.example_of)(topic));
    // A command without arguments is its own example.
    if usage == example {
        format!("用法：{usage}，后面不带任何内容。")
    } else {
        format!("用法：{usage}，例如：{example}")
    }
}
