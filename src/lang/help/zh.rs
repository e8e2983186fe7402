//! Chinese, simplified characters.

use super::HelpTexts;
use crate::command::{Group, Topic};

pub(in crate::lang) const HELP: HelpTexts = HelpTexts {
    introduction: &[
        "直接输入文字，房间里的所有人都能看到。行首还可以用：",
        "  @NAME TEXT   只对一个人说 TEXT",
        "  #ROOM TEXT   在另一个房间说 TEXT；只输入 #ROOM 则切换到该房间",
        "  /COMMAND     执行下列命令；/help COMMAND 查看详细说明",
        "  //TEXT       说出 /TEXT",
    ],
    group,
    order: "/help order 列出管理员和房主可以做的事",
    description,
    example: "例如：{example}",
    usage: "用法：{usage}，例如：{example}",
    usage_alone: "用法：{usage}，后面不带任何内容。",
    no_duration: "{typed} 不是时长：请写 5s、30m、2h、7d，最长 3650d。",
    no_network: "{typed} 不是地址：请写 192.0.2.7，或用 192.0.2.0/24 表示一段地址。",
    unknown: "没有 /{typed} 这个命令。输入 /help 查看所有命令；以 / 开头的话请用 // 说。",
    unknown_nearest: "没有 /{typed} 这个命令。您是不是想输入 /{nearest}？",
};

fn group(group: Group) -> &'static str {
    match group {
        Group::Names => "名字",
        Group::Talking => "聊天",
        Group::Rooms => "房间",
        Group::Shown => "显示",
        Group::Order => "秩序",
        Group::Other => "其他",
    }
}

fn description(topic: Topic) -> &'static str {
    match topic {
        Topic::Nick => "更改您的名字。",
        Topic::Register => "设置密码，保留您的名字。",
        Topic::Login => "登录您注册过的名字。",
        Topic::Logout => "退出登录，以访客身份留下。",
        Topic::Passwd => "修改密码。",
        Topic::Unregister => "注销您的名字，并删除随它保存的所有内容。",
        Topic::Whois => "查看某人的信息。",
        Topic::Away => "告诉别人您暂时离开。",
        Topic::Back => "告诉别人您回来了。",
        Topic::Me => "描述您的动作。",
        Topic::Msg => "只对一个人说 TEXT，与 @NAME TEXT 相同。",
        Topic::Reply => "回复最后一个给您发私信的人。",
        Topic::Say => "原样说出 TEXT，即使它以 # 或 @ 开头。",
        Topic::History => "显示最近 N 行，或某个时间以来、某一天的话。",
        Topic::Search => "查找含有所有 WORDS 的话。",
        Topic::More => "继续显示 /history 或 /search 的下文。",
        Topic::Ignore => "不再显示 NAME 说的话；不带名字则列出被屏蔽的人。",
        Topic::Unignore => "重新显示 NAME 说的话。",
        Topic::Join => "进入房间；房间不存在时会新建。",
        Topic::Leave => "离开当前房间，或离开 #ROOM。",
        Topic::Rooms => "列出房间。",
        Topic::Who => "列出当前房间或 #ROOM 里的人。",
        Topic::Topic => "查看、设置或清除房间的主题。",
        Topic::Invite => "邀请某人进入房间，锁定的房间也可以。",
        Topic::Room => "更改您的房间；password 和 slow 可以用 off 取消。",
        Topic::Quiet => "不显示谁上线、谁下线。",
        Topic::Timestamps => "在每一行前面显示时间。",
        Topic::Tz => "选择显示时间所用的时区。",
        Topic::Bell => "选择终端什么时候响铃。",
        Topic::Colour => "用颜色显示名字，并突出显示提到您的话。",
        Topic::Plain => "适合屏幕阅读器：没有颜色，也不响铃。",
        Topic::Claim => "成为服务器的所有者；令牌在服务器启动时打印。",
        Topic::Op => "列出所有者和管理员；带 NAME 则任命管理员。",
        Topic::Deop => "撤销某人的职务。",
        Topic::Kick => "将某人请出；对方可以再回来。",
        Topic::Ban => "封禁某人：TIME 如 2h；不写则一直有效。",
        Topic::Unban => "解除封禁。",
        Topic::Mute => "禁言：可以看，不能说。",
        Topic::Unmute => "解除禁言。",
        Topic::Bans => "列出被封禁或禁言的人。",
        Topic::Audit => "列出管理记录。",
        Topic::Lockdown => "只允许注册用户发言。",
        Topic::Motd => "显示今日公告。",
        Topic::Stats => "显示服务器的统计。",
        Topic::Uptime => "显示服务器已运行多久。",
        Topic::Version => "显示程序版本。",
        Topic::Help => "列出所有命令，或说明其中一个。",
        Topic::Quit => "离开服务器；其他人会看到 TEXT。",
    }
}
