//! Chinese, simplified characters.

mod events;
mod help;
mod phrases;
mod questions;
mod refusals;
mod replies;
mod words;

use crate::lang::startup::Startup;

pub(super) use self::events::event;
pub(super) use self::help::HELP;
pub(super) use self::phrases::{lines_lost, phrase};
pub(super) use self::questions::question;
pub(super) use self::refusals::refusal;
pub(super) use self::replies::reply;

pub(super) static STARTUP: Startup = Startup {
    listening: |addresses| format!("hobnob 正在监听 {addresses}"),
    join_with: "用以下任一命令加入：",
    join_later: "这台机器还没有网络地址，其他人暂时无法加入。",
    telnet_command: "telnet -E",
    own_with: |token| {
        format!("要成为所有者，请在加入后用 /register 注册名字，再输入 /claim {token}")
    },
    stop_with: "按 Ctrl-C 停止服务器。",
};

pub(super) const NOT_HTTP: &str = "这是聊天服务器，不是网站。请用 telnet、nc 或 hobnob 加入。";

pub(super) const NOT_IRC: &str = "这是不带 IRC 的聊天服务器。请用 telnet、nc 或 hobnob 加入。";

pub(super) const NOT_SSH: &str =
    "这是聊天服务器，不是 SSH 服务器。请用 telnet、nc 或 hobnob 加入。";
