//! The help for users: the list of commands, and the explanation of one.
//!
//! This module lays it out on a screen of 80 columns. It does not know what a command does.

use unicode_width::UnicodeWidthStr;

use crate::lang::texts::help_texts;
use crate::model::{Group, HelpPage, Lang, Topic};

/// The width of the smallest usual terminal.
const COLUMNS_MAX: usize = 80;

/// Indent of the explanation of a command on a line of its own.
const EXPLAINED_INDENT: usize = 2;

/// Separates two items on a line.
const GAP: &str = "  ";

/// The lines of a page.
pub fn lines(lang: Lang, shown: HelpPage) -> Vec<String> {
    match shown {
        HelpPage::Overview => page(lang),
        HelpPage::Moderation => moderation_page(lang),
        HelpPage::Keys => keys_page(lang),
        HelpPage::Topic(about) => topic(lang, about),
    }
}

/// The list of commands for everyone, by group, in lines that fit a screen of 24 rows.
pub fn page(lang: Lang) -> Vec<String> {
    let texts = help_texts(lang);
    let titles = Group::ALL.map(texts.group);
    let widest = titles.iter().map(|title| title.width()).max().unwrap_or_default();
    let mut lines: Vec<String> = texts.introduction.iter().map(ToString::to_string).collect();
    for (group, title) in Group::ALL.into_iter().zip(titles) {
        let title = format!("{title}{}", " ".repeat(widest - title.width()));
        let items: Vec<String> = match group {
            Group::Moderation => vec![texts.order.to_owned()],
            group => members(group).map(|topic| texts.usage(topic)).collect(),
        };
        lines.extend(wrapped(&title, widest, items));
    }
    lines
}

/// The list of moderation commands, each explained, in lines that fit a screen of 24 rows.
pub fn moderation_page(lang: Lang) -> Vec<String> {
    let texts = help_texts(lang);
    let explained = |topic: Topic| {
        wrapped(&texts.usage(topic), EXPLAINED_INDENT, [(texts.description)(topic).to_owned()])
    };
    members(Group::Moderation).flat_map(explained).collect()
}

fn members(group: Group) -> impl Iterator<Item = Topic> {
    Topic::ALL.into_iter().filter(move |topic| topic.spec().group == group)
}

/// The keys that work in a line that is edited here.
pub fn keys_page(lang: Lang) -> Vec<String> {
    help_texts(lang).keys.iter().map(ToString::to_string).collect()
}

/// The explanation of one command.
pub fn topic(lang: Lang, topic: Topic) -> Vec<String> {
    let texts = help_texts(lang);
    let (usage, example) = (texts.usage(topic), (texts.example_of)(topic));
    let mut lines = wrapped(&usage, 0, [(texts.description)(topic).to_owned()]);
    lines.extend((texts.details)(topic).iter().map(ToString::to_string));
    // A command without arguments is its own example.
    if usage != example {
        lines.push((texts.example)(example));
    }
    let names: Vec<String> = topic.spec().aliases.iter().map(|name| format!("/{name}")).collect();
    if !names.is_empty() {
        lines.push((texts.other_names)(&names.join(", ")));
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_fits_the_smallest_screen_and_has_every_command() {
        for lang in Lang::ALL {
            let page = page(lang);
            // The last row of a terminal is the one the user types on.
            assert!(page.len() < 24, "{lang}: {} lines", page.len());
            for line in &page {
                assert!(line.width() <= 80, "{lang}: {} columns: {line}", line.width());
                assert!(!line.trim().is_empty() && line.trim_end() == line, "{lang}: {line:?}");
            }
            let keys = keys_page(lang);
            assert!(keys.len() < 24 && keys.iter().all(|line| line.width() <= 80), "{lang}");
            let page = page.join(" ") + " ";
            let order = moderation_page(lang);
            assert!(order.len() < 24, "{lang}: {} lines", order.len());
            assert!(order.iter().all(|line| line.width() <= 80), "{lang}: {order:?}");
            let order = order.join(" ") + " ";
            for topic in Topic::ALL {
                let page = if topic.spec().group == Group::Moderation { &order } else { &page };
                assert!(
                    page.contains(&format!("{} ", help_texts(lang).usage(topic))),
                    "{lang}: {topic:?}"
                );
            }
            assert!(page.contains(&format!("/help {}", Group::MODERATION_PAGE)), "{lang}");
            for sign in ["/help COMMAND", "//TEXT", "@NAME", "#ROOM"] {
                let sign = help_texts(lang).with_placeholders(sign);
                assert!(page.contains(&sign), "{lang}: {sign}");
            }
        }
    }

    #[test]
    fn every_command_is_explained_within_the_screen() {
        for (lang, topic) in Lang::ALL.into_iter().flat_map(|lang| Topic::ALL.map(|t| (lang, t))) {
            let description = (help_texts(lang).description)(topic);
            assert!(description.width() <= 60, "{lang}: {description}");
            assert!(description.ends_with(['.', '。']), "{lang}: {description}");
            let lines = super::topic(lang, topic);
            assert!(lines.len() < 24, "{lang}: {topic:?}");
            for line in lines {
                assert!(line.width() <= 80, "{lang}: {line}");
            }
        }
    }

    #[test]
    fn every_placeholder_is_translated() {
        for topic in Topic::ALL {
            let usage = topic.usage();
            let words =
                usage.split(|c: char| !c.is_ascii_uppercase()).filter(|word| word.len() > 1);
            for word in words {
                assert!((help_texts(Lang::Zh).placeholder)(word).is_some(), "{usage}");
            }
        }
    }

    #[test]
    fn the_explanation_of_one_command() {
        let check = |lang: Lang, about: Topic, expected: &[&str]| {
            assert_eq!(topic(lang, about), expected);
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
            let texts = help_texts(lang);
            for topic in [Topic::Room, Topic::History] {
                let page = super::topic(lang, topic)[1..].join(" ");
                for word in topic.choices() {
                    assert!(page.contains(word), "{lang}: {topic:?} {word}");
                }
            }
            let page = super::topic(lang, Topic::History).join(" ");
            for part in ["7d", "2h", "today", "yesterday", "2026-11-24", "#ROOM"] {
                let part = texts.with_placeholders(part);
                assert!(page.contains(&part), "{lang}: {part}");
            }
        }
    }
}
