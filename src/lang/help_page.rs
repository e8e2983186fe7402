//! The help for users: the list of commands, the explanation of one, and the errors of a command
//! that cannot be understood.
//!
//! This module lays it out on a screen of 80 columns. It does not know what a command does or which
//! languages there are.

use unicode_width::UnicodeWidthStr;

use crate::command::{Group, Topic, Wrong};
use crate::lang::{Catalogue, HelpTexts, fill};

/// The width of the smallest usual terminal.
const COLUMNS_MAX: usize = 80;

/// Indent of the explanation of a command on a line of its own.
const EXPLAINED_INDENT: usize = 2;

/// Separates two items on a line.
const GAP: &str = "  ";

/// The list of commands for everyone, by group, in lines that fit a screen of 24 rows.
pub fn page(catalogue: &Catalogue) -> Vec<String> {
    let texts = &catalogue.help;
    let titles = Group::ALL.map(texts.group);
    let widest = titles.iter().map(|title| title.width()).max().unwrap_or_default();
    let mut lines: Vec<String> = texts.introduction.iter().map(ToString::to_string).collect();
    for (group, title) in Group::ALL.into_iter().zip(titles) {
        let title = format!("{title}{}", " ".repeat(widest - title.width()));
        let items: Vec<String> = match group {
            Group::Moderation => vec![texts.order.to_owned()],
            group => members(group).map(|topic| usage(texts, topic)).collect(),
        };
        lines.extend(wrapped(&title, widest, items));
    }
    lines
}

/// The list of moderation commands, each explained, in lines that fit a screen of 24 rows.
pub fn moderation_page(catalogue: &Catalogue) -> Vec<String> {
    let explained = |topic: Topic| {
        wrapped(
            &usage(&catalogue.help, topic),
            EXPLAINED_INDENT,
            [(catalogue.help.description)(topic).to_owned()],
        )
    };
    members(Group::Moderation).flat_map(explained).collect()
}

fn members(group: Group) -> impl Iterator<Item = Topic> {
    Topic::ALL.into_iter().filter(move |topic| topic.spec().group == group)
}

/// The word that asks for [`keys_page`]: `/help keys`.
pub const KEYS_PAGE: &str = "keys";

/// The keys that work in a line that is edited here.
pub fn keys_page(catalogue: &Catalogue) -> Vec<String> {
    catalogue.help.keys.iter().map(ToString::to_string).collect()
}

/// The explanation of one command.
pub fn topic(catalogue: &Catalogue, topic: Topic) -> Vec<String> {
    let texts = &catalogue.help;
    let (usage, example) = (usage(texts, topic), (texts.example_of)(topic));
    let mut lines = wrapped(&usage, 0, [(texts.description)(topic).to_owned()]);
    lines.extend((texts.details)(topic).iter().map(ToString::to_string));
    // A command without arguments is its own example.
    if usage != example {
        lines.push(fill(texts.example, &[("example", &example)]));
    }
    let names: Vec<String> = topic.spec().aliases.iter().map(|name| format!("/{name}")).collect();
    if !names.is_empty() {
        lines.push(fill(texts.other_names, &[("names", &names.join(", "))]));
    }
    lines
}

/// Says what is wrong with a command, and what to do instead.
pub fn wrong(catalogue: &Catalogue, wrong: &Wrong) -> String {
    let texts = &catalogue.help;
    match wrong {
        Wrong::Unknown { typed, nearest: None } => fill(texts.unknown, &[("typed", typed)]),
        Wrong::Unknown { typed, nearest: Some(nearest) } => {
            fill(texts.unknown_nearest, &[("typed", typed), ("nearest", nearest)])
        }
        Wrong::RoomChange { nearest } => fill(texts.no_room_change, &[("nearest", nearest)]),
        Wrong::RoomPassword => texts.room_password.to_owned(),
        Wrong::Edit => texts.no_edit.to_owned(),
        Wrong::ClearScreen => texts.no_clear.to_owned(),
        Wrong::NoLine { told } => told.to_string(),
        Wrong::Duration { typed } => fill(texts.no_duration, &[("typed", typed)]),
        Wrong::Network { typed } => fill(texts.no_network, &[("typed", typed)]),
        Wrong::Usage(topic) => {
            let (usage, example) = (usage(texts, *topic), (texts.example_of)(*topic));
            let takes_nothing = usage == example;
            let template = if takes_nothing { texts.usage_alone } else { texts.usage };
            fill(template, &[("usage", &usage), ("example", &example)])
        }
    }
}

/// The title followed by the items, on as many lines as they need; all but the first are indented.
fn wrapped(title: &str, indent: usize, items: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = title.to_owned();
    for item in items {
        if line.width() + GAP.len() + item.width() > COLUMNS_MAX {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        }
        line.push_str(GAP);
        line.push_str(&item);
    }
    lines.push(line);
    lines
}

/// How a command is typed.
fn usage(texts: &HelpTexts, topic: Topic) -> String {
    with_placeholders(texts, &topic.usage())
}

/// The text with its placeholders, the words in capitals, named in this language.
fn with_placeholders(texts: &HelpTexts, text: &str) -> String {
    let is_other = |c: char| !c.is_ascii_uppercase();
    let mut named = String::with_capacity(text.len());
    for piece in text.split_inclusive(is_other) {
        let word = piece.trim_end_matches(is_other);
        named.push_str((texts.placeholder)(word).unwrap_or(word));
        named.push_str(&piece[word.len()..]);
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn the_list_fits_the_smallest_screen_and_has_every_command() {
        for lang in Lang::ALL {
            let page = page(lang.catalogue());
            // The last row of a terminal is the one the user types on.
            assert!(page.len() < 24, "{lang}: {} lines", page.len());
            for line in &page {
                assert!(line.width() <= 80, "{lang}: {} columns: {line}", line.width());
                assert!(!line.trim().is_empty() && line.trim_end() == line, "{lang}: {line:?}");
            }
            let keys = keys_page(lang.catalogue());
            assert!(keys.len() < 24 && keys.iter().all(|line| line.width() <= 80), "{lang}");
            let page = page.join(" ") + " ";
            let order = moderation_page(lang.catalogue());
            assert!(order.len() < 24, "{lang}: {} lines", order.len());
            assert!(order.iter().all(|line| line.width() <= 80), "{lang}: {order:?}");
            let order = order.join(" ") + " ";
            for topic in Topic::ALL {
                let page = if topic.spec().group == Group::Moderation { &order } else { &page };
                assert!(
                    page.contains(&format!("{} ", usage(&lang.catalogue().help, topic))),
                    "{lang}: {topic:?}"
                );
            }
            assert!(page.contains(&format!("/help {}", Group::MODERATION_PAGE)), "{lang}");
            for sign in ["/help COMMAND", "//TEXT", "@NAME", "#ROOM"] {
                let sign = with_placeholders(&lang.catalogue().help, sign);
                assert!(page.contains(&sign), "{lang}: {sign}");
            }
        }
    }

    #[test]
    fn every_command_is_explained_within_the_screen() {
        for (lang, topic) in Lang::ALL.into_iter().flat_map(|lang| Topic::ALL.map(|t| (lang, t))) {
            let description = (lang.catalogue().help.description)(topic);
            assert!(description.width() <= 60, "{lang}: {description}");
            assert!(description.ends_with(['.', '。']), "{lang}: {description}");
            let lines = super::topic(lang.catalogue(), topic);
            assert!(lines.len() < 24, "{lang}: {topic:?}");
            for line in lines {
                assert!(line.width() <= 80, "{lang}: {line}");
            }
        }
    }

    #[test]
    fn the_explanation_of_one_command() {
        let check = |lang: Lang, about: Topic, expected: &[&str]| {
            assert_eq!(topic(lang.catalogue(), about), expected);
        };
        check(
            Lang::En,
            Topic::Join,
            &[
                "/join #ROOM [PASSWORD]  Joins a room, or creates it if it does not exist.",
                "  A room's name is one word. PASSWORD is for a room that needs one. To create",
                "  a room with a password, type its name with the #.",
                "For example: /join #garden",
                "Other names: /j",
            ],
        );
        check(Lang::En, Topic::Motd, &["/motd  Shows the message of the day."]);
        check(
            Lang::Zh,
            Topic::Tz,
            &[
                "/tz [时区]  设置显示时间所用的时区。",
                "例如：/tz Asia/Shanghai",
                "其他名称：/time, /date",
            ],
        );
    }

    #[test]
    fn placeholders_of_a_usage_are_explained() {
        for lang in Lang::ALL {
            let texts = &lang.catalogue().help;
            for topic in [Topic::Room, Topic::History] {
                let page = super::topic(lang.catalogue(), topic)[1..].join(" ");
                for word in topic.choices() {
                    assert!(page.contains(word), "{lang}: {topic:?} {word}");
                }
            }
            let page = super::topic(lang.catalogue(), Topic::History).join(" ");
            for part in ["7d", "2h", "today", "yesterday", "2026-11-24", "#ROOM"] {
                let part = with_placeholders(texts, part);
                assert!(page.contains(&part), "{lang}: {part}");
            }
        }
    }

    #[test]
    fn errors_say_what_to_do() {
        let check = |lang: Lang, about: Wrong, expected: &str| {
            assert_eq!(wrong(lang.catalogue(), &about), expected);
        };
        let (near, far) = (Wrong::unknown("lgoin"), Wrong::unknown("xyz"));
        check(Lang::En, near.clone(), "There is no command /lgoin. Did you mean /login?");
        check(
            Lang::En,
            far.clone(),
            "There is no command /xyz. /help lists them; to say such a line, start it with //.",
        );
        check(
            Lang::En,
            Wrong::Usage(Topic::Join),
            "Usage: /join #ROOM [PASSWORD], for example: /join #garden",
        );
        check(
            Lang::En,
            Wrong::RoomChange { nearest: "lock" },
            "Did you mean /room lock? /help room lists the settings.",
        );
        check(Lang::En, Wrong::Usage(Topic::Back), "Usage: /back, with nothing after it.");
        check(Lang::Zh, near, "没有 /lgoin 这个命令。您是不是想输入 /login？");
        check(
            Lang::Zh,
            far,
            "没有 /xyz 这个命令。输入 /help 查看所有命令；要发送以 / 开头的内容，请以 // 开头。",
        );
        check(
            Lang::Zh,
            Wrong::Usage(Topic::Topic),
            "用法：/topic [内容 | off]，例如：/topic 花草树木",
        );
        check(Lang::Zh, Wrong::Usage(Topic::Motd), "用法：/motd，后面不带任何内容。");
        let typed = || "10x".into();
        check(
            Lang::En,
            Wrong::Duration { typed: typed() },
            "10x is not a duration: write 5s, 30m, 2h or 7d, at most 3650d.",
        );
        check(
            Lang::En,
            Wrong::Network { typed: typed() },
            "10x is not an address: write 192.0.2.7, or 192.0.2.0/24 for a range.",
        );
    }
}
