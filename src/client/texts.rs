//! The client's own texts on a terminal, in each language of the server's words.
//!
//! Templates name their values as `{word}`. The locale decides the language, as on the server.
//! `--help` and the errors of the command line are in English.

use std::fmt::{Display, Write as _};
use std::io::{self, ErrorKind};

use crate::model::Lang;

/// A text or a template in each language: English, and Chinese in simplified characters.
#[derive(Clone, Copy, Debug)]
pub struct Text(&'static str, &'static str);

/// In the prompt, while there is no connection.
pub const NO_CONNECTION: Text = Text("(no connection)", "（未连接）");
/// In the prompt, until the next attempt in `{seconds}`, on a wide terminal.
pub const NEXT_ATTEMPT_LONG: Text = Text(
    "(no connection, next try in {seconds} s, Enter: now)",
    "（未连接，{seconds} 秒后重试，按 Enter 立即重试）",
);
/// The same on a terminal of the usual width.
pub const NEXT_ATTEMPT: Text =
    Text("(next try in {seconds} s, Enter: now)", "（{seconds} 秒后重试，Enter：立即）");
/// The same on a narrow terminal.
pub const NEXT_ATTEMPT_SHORT: Text =
    Text("(no connection, {seconds} s)", "（未连接，{seconds} 秒）");
/// In the prompt, until the user has their name and rooms back.
pub const COMING_BACK: Text = Text("(rejoining)", "（正在恢复）");
/// The prompt for an answer whose question no longer exists.
pub const DROPPED_PROMPT: Text =
    Text("(prompt expired; press Enter) ", "（提问已失效，请按 Enter）");
/// The answer typed there was discarded.
pub const ANSWER_DROPPED: Text = Text(
    "The prompt has expired; what you typed was discarded.",
    "提问已失效，您输入的内容已丢弃。",
);
/// A line that may have been lost with the connection: `{line}`.
pub const PERHAPS_NOT_SAID: Text = Text("Possibly not sent: \"{line}\"", "可能未发送：“{line}”");
/// The server said goodbye.
pub const SERVER_ENDED: Text = Text("The server has shut down.", "服务器已停止。");
/// The connection ended without a goodbye.
pub const CONNECTION_LOST: Text = Text("The connection was lost.", "连接已断开。");
/// The connection broke: `{reason}`.
pub const CONNECTION_BROKE: Text = Text("The connection failed: {reason}.", "连接中断：{reason}。");
/// The server closes every connection at once.
pub const CLOSED_AT_ONCE: Text =
    Text("The server closed the connection immediately.", "服务器立即关闭了连接。");
/// An attempt failed: `{reason}`, which ends a sentence.
pub const STILL_NO_CONNECTION: Text = Text("Still no connection: {reason}", "仍未连接：{reason}");
/// The full stop after a reason.
pub const FULL_STOP: Text = Text(".", "。");
/// Follows each of those: the client will try again.
pub const TRYING_AGAIN: Text = Text(
    " Retrying; press Enter to retry now, ^D to quit.",
    "正在重试；按 Enter 立即重试，按 ^D 退出。",
);
/// The connection is restored.
pub const CONNECTED_AGAIN: Text = Text("Reconnected.", "已重新连接。");
/// A guest has a new name `{name}` instead of `{before}`.
pub const NAME_CHANGED: Text = Text(
    "Your name is now {name}; it was {before}. /nick NAME gives you a name that stays.",
    "您的名字变了：现在叫 {name}，之前叫 {before}。用 /nick 名字 取一个固定的名字。",
);
/// A room was created again after reconnecting, without its owner's settings: `{room}`.
pub const ROOM_IS_OPEN: Text = Text(
    "{room} no longer existed on the server, so you have created it again. It is open: any lock or password is gone.",
    "服务器上已没有 {room}，您重新创建了它。它现在是开放的：原来的锁定或密码已失效。",
);
/// A room was created again and its settings restored: `{room}`.
pub const ROOM_IS_RESTORED: Text = Text(
    "{room} no longer existed on the server, so you have created it again, with your settings.",
    "服务器上已没有 {room}，您重新创建了它，并恢复了您之前的设置。",
);
/// The pasted text exceeds `{lines}` or `{kib}`.
pub const PASTE_CUT: Text = Text(
    "Part of your paste was cut: the limit is {lines} lines or {kib} KiB.",
    "粘贴的内容过长，已截断：最多 {lines} 行、{kib} KiB。",
);
/// The typed line exceeds `{limit}` bytes by `{over}`.
pub const LINE_TOO_LONG: Text = Text(
    "This line is {over} bytes too long; the server accepts {limit}.",
    "这一行超出 {over} 字节：服务器最多接受 {limit} 字节。",
);
/// How to quit.
pub const HOW_TO_LEAVE: Text =
    Text("Press ^D or type /quit to leave.", "按 ^D 或输入 /quit 退出。");
/// On exit: not connected to `{address}`.
pub const ENDED_WITHOUT_CONNECTION: Text = Text("not connected to {address}", "未连接到 {address}");
/// On exit: the connection broke: `{reason}`.
pub const ENDED_BROKEN: Text = Text("the connection failed: {reason}", "连接中断：{reason}");
/// The server at `{address}` closed the connection.
pub const CLOSED_BY_SERVER: Text = Text("{address} closed the connection", "{address} 关闭了连接");
/// The file of sent lines cannot be read: `{path}`, `{reason}`.
pub const SENT_UNREADABLE: Text = Text(
    "Your earlier lines cannot be read from {path}: {reason}",
    "无法从 {path} 读取以前发送的内容：{reason}",
);
/// The file of sent lines cannot be written: `{path}`, `{reason}`.
pub const SENT_UNWRITABLE: Text = Text(
    "Your lines are no longer saved: cannot write to {path}: {reason}",
    "不再保存您发送的内容：无法写入 {path}：{reason}",
);
/// The log cannot be written: `{path}`, `{reason}`.
pub const LOG_UNWRITABLE: Text = Text(
    "The log is no longer complete: cannot write to {path}: {reason}",
    "日志不再完整：无法写入 {path}：{reason}",
);
/// The client cannot be suspended, because nothing would resume it.
pub const CANNOT_SUSPEND: Text = Text(
    "hobnob cannot be suspended, because no shell would resume it.",
    "无法挂起：没有 shell 可以恢复 hobnob。",
);
/// Connecting to `{address}` failed: `{reason}`.
pub const CANNOT_CONNECT: Text =
    Text("cannot connect to {address}: {reason}", "无法连接 {address}：{reason}");
/// Follows that: the name may be misspelled.
pub const IS_IT_SPELLED_RIGHT: Text =
    Text("; is the name spelled correctly?", "；主机名是否拼写正确？");
/// Follows that: no server is listening.
pub const IS_IT_RUNNING: Text = Text("; is the server running there?", "；服务器是否正在运行？");
/// Follows that: no server answers.
pub const IS_IT_RIGHT: Text = Text(
    "; is the address correct, and does the firewall allow the connection?",
    "；地址是否正确？防火墙是否允许连接？",
);
/// A thread could not be started: `{reason}`.
pub const CANNOT_START_THREAD: Text =
    Text("cannot start a thread: {reason}", "无法启动线程：{reason}");
/// Standard input cannot be read: `{reason}`.
pub const CANNOT_READ_INPUT: Text =
    Text("cannot read standard input: {reason}", "无法读取标准输入：{reason}");
/// Standard output cannot be written: `{reason}`.
pub const CANNOT_WRITE_OUTPUT: Text =
    Text("cannot write to standard output: {reason}", "无法写入标准输出：{reason}");
/// The terminal does not work as expected: `{reason}`.
pub const CANNOT_USE_TERMINAL: Text =
    Text("cannot use the terminal: {reason}", "无法使用终端：{reason}");
/// A file cannot be written: `{path}`, `{reason}`.
pub const CANNOT_WRITE_FILE: Text =
    Text("cannot write to {path}: {reason}", "无法写入 {path}：{reason}");
/// A file cannot be read: `{path}`, `{reason}`.
pub const CANNOT_READ_FILE: Text =
    Text("cannot read {path}: {reason}", "无法读取 {path}：{reason}");
/// Signal handlers or threads are not available: `{reason}`.
pub const CANNOT_BEGIN: Text = Text("cannot start: {reason}", "无法启动：{reason}");
/// Precedes a line from `--say` that was not said: `{reason}`.
pub const NOT_SAID: Text = Text("not sent: {reason}", "未发送：{reason}");
/// A reason: the connection ended first.
pub const NOT_SAID_ENDED: Text = Text("the server closed the connection", "服务器关闭了连接");
/// A reason: the server did not confirm the line within `{seconds}`.
pub const NOT_SAID_SILENCE: Text =
    Text("the server did not answer within {seconds} s", "服务器在 {seconds} 秒内没有回应");
/// A reason: the server cannot confirm lines.
pub const NOT_SAID_UNKNOWN: Text = Text(
    "this server cannot confirm it; it is not hobnob, or is an older version",
    "该服务器无法确认：它不是 hobnob，或版本较旧",
);
/// A reason: the name `{name}` needs a password.
pub const NOT_SAID_NEEDS_PASSWORD: Text = Text(
    "{name} is a registered name: give its password with --password-file or HOBNOB_NAME_PASSWORD",
    "{name} 是已注册的名字：请用 --password-file 或 HOBNOB_NAME_PASSWORD 提供密码",
);
/// A reason: the server needs a password.
pub const NOT_SAID_SERVER_PASSWORD: Text = Text(
    "the server requires a password: give it with --server-password-file or HOBNOB_SERVER_PASSWORD",
    "服务器需要密码：请用 --server-password-file 或 HOBNOB_SERVER_PASSWORD 提供",
);

/// Texts for the system's connection errors, by kind.
const REASONS: [(ErrorKind, Text); 10] = [
    (ErrorKind::BrokenPipe, Text("broken pipe", "连接已断开")),
    (ErrorKind::ConnectionAborted, Text("connection aborted", "连接被中止")),
    (ErrorKind::ConnectionRefused, Text("connection refused", "连接被拒绝")),
    (ErrorKind::ConnectionReset, Text("connection reset", "连接被重置")),
    (ErrorKind::HostUnreachable, Text("host unreachable", "主机不可达")),
    (ErrorKind::IsADirectory, Text("is a directory", "是一个目录")),
    (ErrorKind::NetworkUnreachable, Text("network unreachable", "网络不可达")),
    (ErrorKind::PermissionDenied, Text("permission denied", "权限不足")),
    (ErrorKind::StorageFull, Text("no storage space", "存储空间不足")),
    (ErrorKind::TimedOut, Text("timed out", "超时")),
];

impl Text {
    /// The text in this language.
    pub const fn of(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.0,
            Lang::Zh => self.1,
        }
    }

    /// The text in this language with these values, by their names.
    pub fn fill(self, lang: Lang, values: &[(&str, &dyn Display)]) -> String {
        fill(self.of(lang), values)
    }

    /// The message for an error with a file.
    pub fn of_file(self, lang: Lang, path: impl Display, error: &io::Error) -> String {
        self.fill(lang, &[("path", &path), ("reason", &reason(lang, error))])
    }
}

/// The text of an error: our own for its kind if there is one, otherwise the system's, in lower
/// case and without its number.
pub fn reason(lang: Lang, error: &io::Error) -> String {
    if let Some((_, text)) = REASONS.iter().find(|(kind, _)| *kind == error.kind()) {
        return text.of(lang).to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let (first, rest) = text.split_at_checked(1).unwrap_or((text, ""));
    // A word in capitals keeps them.
    match rest.starts_with(char::is_lowercase) {
        true => first.to_ascii_lowercase() + rest,
        false => text.to_owned(),
    }
}

/// Replaces each `{key}` in `template` by its value, in one pass: the content of a value is never
/// taken for a key.
fn fill(template: &str, values: &[(&str, &dyn Display)]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(open) = rest.find('{') {
        let (before, from_open) = rest.split_at(open);
        filled.push_str(before);
        let found = from_open.find('}').and_then(|close| {
            let value = values.iter().find(|(key, _)| *key == &from_open[1..close])?;
            Some((close, value.1))
        });
        match found {
            Some((close, value)) => {
                // Writing to a String cannot fail.
                let _ = write!(filled, "{value}");
                rest = &from_open[close + 1..];
            }
            None => {
                filled.push('{');
                rest = &from_open[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_replaces_each_key_once() {
        let check = |template: &str, expected: &str| {
            assert_eq!(fill(template, &[("name", &"{count}"), ("count", &3)]), expected);
        };
        check("Welcome {name}", "Welcome {count}");
        check("{count} of {count}", "3 of 3");
        check("{unknown} {", "{unknown} {");
        check("", "");
    }

    #[test]
    fn reasons_are_for_people() {
        let check = |error: io::Error, expected: &str| {
            assert_eq!(reason(Lang::En, &error), expected);
        };
        let of = |error: rustix::io::Errno| io::Error::from(error);
        check(of(rustix::io::Errno::ISDIR), "is a directory");
        check(of(rustix::io::Errno::NOENT), "no such file or directory");
        check(of(rustix::io::Errno::IO), "input/output error");
        check(of(rustix::io::Errno::LOOP), "too many levels of symbolic links");
        check(io::Error::other("TLS is not spoken"), "TLS is not spoken");
        check(io::Error::other(""), "");
        check(of(rustix::io::Errno::CONNREFUSED), "connection refused");
        assert_eq!(reason(Lang::Zh, &of(rustix::io::Errno::CONNREFUSED)), "连接被拒绝");
    }
}
