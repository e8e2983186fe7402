//! Chinese, simplified characters. The first four texts are the ones of the original exercise.

use super::Catalogue;
use super::answers::zh::ANSWERS;
use super::help::zh::HELP;
use super::order::zh::ORDER;

pub(super) const CATALOGUE: Catalogue = Catalogue {
    welcome: "欢迎 {name}",
    joined: "{name} 上线",
    joined_run: "{name} 和另外 {others} 人上线",
    left: "{name} 下线",
    left_run: "{name} 和另外 {others} 人下线",
    left_with: "{name} 下线：{text}",
    said_separator: ": ",
    missed_one: "… 您错过了 1 行",
    missed_many: "… 您错过了 {count} 行",
    missed_one_in: "… 您在 {room} 错过了 1 行",
    missed_many_in: "… 您在 {room} 错过了 {count} 行",
    paste_cut: "粘贴的内容没有全部放下：最多 {lines} 行、{bytes} 字节，每行 {limit} 字节。",
    no_suspend: "Ctrl-Z 在这里不起作用。要暂停您的 telnet：按 Ctrl-]，再输入 z 并按 Enter。",
    line_too_long: "这一行没有发出：超过了 {limit} 字节。",
    are_you_there: "[在，服务器在线。]",
    goodbye: "服务器即将关闭，再见。",
    server_full: "服务器已满（已有 {max} 人）。请稍后再试。",
    too_many_from_address: "您的地址已有 {max} 个连接。请先关闭一个。",
    connecting_too_fast: "您的地址连接过于频繁。请一分钟后再试。",
    handshake_timeout: "进入超时。请重新连接。",
    not_http: "这是聊天服务器，不是网站。请用 telnet、nc 或 hobnob 加入。",
    not_tls: "这是不带 TLS 的聊天服务器。请用 telnet、nc 或 hobnob 加入。",
    not_ssh: "这是聊天服务器，不是 SSH 服务器。请用 telnet、nc 或 hobnob 加入。",
    listening: "hobnob 正在监听 {addresses}",
    join_with: "用以下任一命令加入：",
    own_with: "成为所有者：加入后用 /register 注册名字，再输入 /claim {token}",
    stop_with: "按 Ctrl-C 停止服务器。",
    help: HELP,
    answers: ANSWERS,
    order: ORDER,
    flood_held: "已延迟 {seconds} 秒：您输入得太快了",
    flood_silenced: "您输入得太快，现在禁言 {seconds} 秒。",
    flood_not_said: "这一行没有发出：您还要禁言 {seconds} 秒。",
    flood_not_done: "这条命令没有执行：您还要禁言 {seconds} 秒。",
    door_password_wrong: "这不是本服务器的密码。请重试。",
    door_closed: "这不是本服务器的密码。再见。",
};
