//! Words that nobody may have as a name.
//!
//! This module owns the words, in both languages of the server. It does not know the server's
//! texts.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Name, rules};

/// Words that could be mistaken for the voice of the server or its operators, for a kind of
/// message, for a question, or, in a line such as `you: hi` or `@everyone hi`, for people other
/// than one user.
///
/// Few, because each is taken from everyone: no common given name may look like one of them.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    // The server.
    "server", "hobnob", "hobnob-server", "system", "console",
    "服务器", "服务端", "系统", "系統", "伺服器", "控制台", "系统消息", "系统通知", "系统提示",
    // Its operators.
    "admin", "admins", "administrator", "mod", "mods", "moderator", "moderators", "op", "ops",
    "operator", "operators", "root", "sysop", "sysadmin", "owner", "owners", "staff", "help",
    "管理员", "管理員", "超级管理员", "所有者", "版主", "房主", "站长", "主持人", "客服", "官方", "帮助",
    // Kinds of messages.
    "notice", "error", "warning", "alert", "info", "welcome",
    "通知", "公告", "错误", "警告", "提示", "欢迎",
    // Beginnings of the server's texts, up to a colon: a test finds missing ones.
    "usage", "cancelled",
    "用法", "例如", "已取消", "没有发出", "这一行没有发出", "这条命令没有执行", "太长了", "禁言", "封禁某人",
    "还有更多", "还有更早的", "您已设为离开", "设置保持不变", "请先取一个名字", "这不能用作密码", "纯文本模式",
    "适合屏幕阅读器", "成为所有者", "用以下任一命令加入", "粘贴的内容没有全部放下", "本服务器的封禁和禁言",
    "新密码", "再输入一次", "其他名称", "登录失败", "没有发送", "未发送", "命令未执行", "更改您的房间", "所有者和管理员仍可登录", "服务器无法写入磁盘",
    // Subjects of the server's questions.
    "password", "密码", "密碼", "口令",
    // People other than one user.
    "everyone", "everybody", "anyone", "here", "you", "your", "me", "nobody", "somebody", "someone",
    "anonymous",
    "你", "您", "我", "你们", "我们", "大家", "所有人", "全体成员", "有人", "某人", "没有人", "匿名",
];

/// A word that is reserved as it is written, not by its look: `All` looks like `Ali`.
const ALL: &str = "all";

static LOOKS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let mut looks = HashSet::new();
    for word in WORDS {
        looks.extend(Name::new(word).looks().map(|look| without_signs(look)));
    }
    looks
});

/// Whether the name is one of the words, or could be mistaken for one. Signs do not make it another
/// word: `server_: …` is the server's voice as well.
///
/// Names with the same key share a look, so keys need not be compared.
pub(super) fn is_reserved(name: &Name) -> bool {
    without_signs(&name.key) == ALL || name.looks().any(|look| LOOKS.contains(&without_signs(look)))
}

fn without_signs(word: &str) -> String {
    word.chars().filter(|&c| !rules::is_sign(c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: bool) {
        assert_eq!(is_reserved(&Name::new(name)), expected, "{name}");
    }

    #[test]
    fn words_are_reserved_in_every_disguise() {
        for name in
            ["server", "Server", "SERVER", "server_", "S.e-rver", "adrnin", "AdmIn", "ADMlN"]
        {
            check(name, true);
        }
        for name in ["Operators", "0wners", "usage", "ALERT", "Info", "m-o-d-s", "用法", "所有者"]
        {
            check(name, true);
        }
        for name in ["R00T", "hоbnоb", "ѕеrvеr", "System-", "rne", "HERE", "all", "A-L-L"] {
            check(name, true);
        }
        for name in ["你", "系统", "管理员", "欢迎", "系统_", "Password", "密码"] {
            check(name, true);
        }
        // The skeleton does not take these for the words, and neither do people at a second look.
        check("serv3r", false);
        check("hobпob", false);
    }

    #[test]
    fn no_common_name_is_reserved() {
        #[rustfmt::skip]
        let names = [
            "Ali", "ALI", "Adina", "Admira", "Alma", "Amina", "Emma", "Hera", "Herr", "Irene",
            "Ivy", "Kai", "Mae", "Mia", "Mo", "Modesto", "Noor", "Olaf", "Otto", "Rosa", "Ruth",
            "Albert", "Enzo", "Owen", "Servaas", "Simon", "Sysoev", "Yo", "Young", "Yu", "Welcome2", "amber-otter",
            "王小明", "尤", "关系", "你好吗", "Марк", "Мария", "Νίκος", "محمد",
        ];
        for name in names {
            check(name, false);
        }
    }
}
