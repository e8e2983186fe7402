//! Chinese, simplified characters: the help.

use crate::lang::help::HelpTexts;
use crate::model::{Group, Topic};

pub(in crate::lang) static HELP: HelpTexts = HelpTexts {
    introduction: &[
        "直接输入文字，房间里的所有人都能看到。还可以在行首使用：",
        "  #房间 内容   在另一个房间发送内容；只输入 #房间 则切换到该房间",
        "  /命令        执行下列命令；/help 命令 查看详细说明",
        "  //内容       发送“/内容”",
        "带有 @名字 的消息会提醒那个人；/msg 名字 内容 发送私信。",
    ],
    keys: &[
        "开启行编辑（/edit on）后，可使用以下按键：",
        "  ← → ^B ^F        移动一个字符    Alt-← Alt-→   移动一个词",
        "  Home End ^A ^E   行首、行尾      ↑ ↓ ^P ^N     您发过的内容",
        "  Backspace Delete 删除一个字符    ^W Alt-D      删除一个词",
        "  ^U ^K            删除前面、后面  ^Y            粘贴删除的内容",
        "  Tab Shift-Tab    补全命令、#房间和名字，最活跃的在前",
        "  ^X               到有新消息的房间，或您之前所在的房间",
        "  ^C               清空这一行      ^L            清屏",
        "  ^D               离开（空行时）  ^Z            挂起 hobnob 客户端",
        "粘贴的内容会保持为一个整体，按 Enter 才会发送。",
    ],
    group,
    order: "/help order 列出管理员和房主的命令",
    description,
    details,
    placeholder,
    example_of,
    example: |example| format!("例如：{example}"),
    other_names: |names| format!("其他名称：{names}"),
};

fn group(group: Group) -> &'static str {
    match group {
        Group::Names => "名字",
        Group::Talking => "聊天",
        Group::Rooms => "房间",
        Group::Shown => "显示",
        Group::Moderation => "管理",
        Group::Other => "其他",
    }
}

fn description(topic: Topic) -> &'static str {
    match topic {
        Topic::Nick => "更改您的名字。",
        Topic::Register => "设置密码，保留您的名字。",
        Topic::Login => "登录您已注册的名字。",
        Topic::Logout => "退出登录，以访客身份留下。",
        Topic::Passwd => "修改密码。",
        Topic::Unregister => "注销您的名字；加上 erase 会同时删除您的所有消息。",
        Topic::Whois => "查看某人的信息。",
        Topic::Away => "告诉别人您暂时离开。",
        Topic::Back => "告诉别人您回来了。",
        Topic::Me => "描述您的动作。",
        Topic::Msg => "给一个人发私信。",
        Topic::Reply => "回复最后一个给您发私信的人。",
        Topic::Say => "原样发送内容，即使它以 # 或 / 开头。",
        Topic::History => "显示最近 N 条消息，或某个时间以来、某一天的消息。",
        Topic::Search => "查找包含所有词语的消息。",
        Topic::Delete => "删除您在此处的上一条消息。",
        Topic::More => "显示 /history 或 /search 的下一页。",
        Topic::Ignore => "不再显示某人的消息；不带名字则列出被屏蔽的人。",
        Topic::Unignore => "重新显示某人的消息。",
        Topic::Join => "进入房间；房间不存在时会新建。",
        Topic::Leave => "离开当前房间，或离开 #房间。",
        Topic::Rooms => "列出房间。",
        Topic::Who => "列出当前房间或 #房间 里的人。",
        Topic::Topic => "查看、设置或清除房间的话题。",
        Topic::Invite => "邀请某人进入房间，锁定的房间也可以。",
        Topic::Room => "更改房间的设置，例如锁定或慢速模式。",
        Topic::Quiet => "不显示上线和下线消息。",
        Topic::Replay => "设置加入房间时显示多少条以前的消息。",
        Topic::Timestamps => "在每条消息前显示时间。",
        Topic::Tz => "设置显示时间所用的时区。",
        Topic::Bell => "设置终端何时响铃。",
        Topic::Colour => "用颜色显示名字，并突出显示提到您的消息。",
        Topic::Edit => "让输入行始终显示在消息下方。",
        Topic::Plain => "适合屏幕阅读器：没有颜色，不用 /edit；/bell 仍然有效。",
        Topic::Lang => "设置服务器对您使用的语言。",
        Topic::Claim => "成为服务器的所有者；令牌在服务器启动时打印。",
        Topic::Op => "列出所有者和管理员；带名字则任命管理员。",
        Topic::Deop => "撤销某人的管理职务。",
        Topic::Kick => "将某人移出；对方可以再回来。",
        Topic::Ban => "封禁某人；时长如 2h，不写则永久有效。",
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
        Topic::Quit => "离开服务器；其他人会看到您写的内容。",
    }
}

fn placeholder(word: &str) -> Option<&'static str> {
    Some(match word {
        "ADDRESS" => "地址",
        "COMMAND" => "命令",
        "NAME" => "名字",
        "NEW" => "新密码",
        "NUMBER" => "编号",
        "OLD" => "旧密码",
        "PAGE" => "页码",
        "PASSWORD" => "密码",
        "PREFIX" => "前缀长度",
        "REASON" => "原因",
        "ROOM" => "房间",
        "SECONDS" => "秒数",
        "TEXT" => "内容",
        "TIME" => "时长",
        "TOKEN" => "令牌",
        "WORD" => "密码",
        "WORDS" => "词语",
        "ZONE" => "时区",
        _ => return None,
    })
}

fn example_of(topic: Topic) -> &'static str {
    match topic {
        Topic::Nick => "/nick 小明",
        Topic::Login => "/login 小明",
        Topic::Whois => "/whois 小明",
        Topic::Away => "/away 吃午饭",
        Topic::Me => "/me 挥挥手",
        Topic::Msg => "/msg 小明 你好",
        Topic::Reply => "/reply 你好",
        Topic::Say => "/say #1 最好",
        Topic::Search => "/search 玫瑰",
        Topic::Ignore => "/ignore 小明",
        Topic::Unignore => "/unignore 小明",
        Topic::Topic => "/topic 花草树木",
        Topic::Invite => "/invite 小明 #garden",
        Topic::Tz => "/tz Asia/Shanghai",
        Topic::Lang => "/lang en",
        Topic::Op => "/op 小明",
        Topic::Deop => "/deop 小明",
        Topic::Kick => "/kick 小明 请冷静",
        Topic::Ban => "/ban 小明 2h 刷屏",
        Topic::Unban => "/unban 小明",
        Topic::Mute => "/mute 小明 10m",
        Topic::Unmute => "/unmute 小明",
        Topic::Quit => "/quit 晚安",
        _ => topic.example(),
    }
}

fn details(topic: Topic) -> &'static [&'static str] {
    match topic {
        Topic::History => &[
            "  N：最近 N 条消息。2h、7d：从那时起的消息；也可以写 30m、2w、1h30m。",
            "  today、yesterday、2026-11-24：那一天的消息。",
            "  #房间：您所在的另一个房间，例如 /history #garden 7d",
            "  numbers：同时显示每条消息的编号，供 /delete 使用。",
        ],
        Topic::Delete => &[
            "  名字 N：某人在此处的最近 N 条消息，房主和管理员可用。",
            "  #房间 编号：一条消息；/history numbers 会显示编号。",
            "  消息内容会从历史、搜索、导出和服务器磁盘中删除。",
        ],
        Topic::Join => &[
            "  房间名中间不能有空格。密码用于有密码的房间；",
            "  新建房间时，如果输入带 # 的房间名，就会设置这个密码。",
        ],
        Topic::Room => &[
            "  lock：只有被邀请的人可以加入。unlock：所有人都可以。",
            "  password 密码：加入时需要密码。password off：不再需要。",
            "  hide：房间不出现在列表中。show：重新出现。",
            "  slow 秒数：每人两条消息之间要等待的秒数。slow off：不再等待。",
            "  end：放弃房间；最后一人离开后，房间即关闭。",
        ],
        _ => &[],
    }
}
