//! The table of commands: their names, aliases, arguments and examples.
//!
//! It is the only one. The meaning of a typed word, the list in the help and the suggestion for a
//! mistyped word all come from it. This module does not know what a command does, in which language
//! it is explained, or how its arguments are read.

use std::cmp::Reverse;

use crate::limits::WORD_SHOWN_CHARS_MAX;
use crate::model::{Group, Topic};

/// A row of the table.
#[derive(Debug)]
pub struct TopicSpec {
    /// The command of this row.
    pub topic: Topic,
    /// The group of the command.
    pub group: Group,
    /// The name of the command, without the slash.
    pub name: &'static str,
    /// Aliases, which only the explanation of the command lists.
    pub aliases: &'static [&'static str],
    /// The arguments: capitals stand for words to fill in, brackets for optional ones.
    pub arguments: &'static str,
    /// An example of a line to type. It contains no password, because people type what they see.
    pub example: &'static str,
}

/// The number of commands.
const COUNT: usize = Topic::Quit as usize + 1;

/// A row, on one line.
const fn row(
    topic: Topic,
    group: Group,
    name: &'static str,
    aliases: &'static [&'static str],
    arguments: &'static str,
    example: &'static str,
) -> TopicSpec {
    TopicSpec { topic, group, name, aliases, arguments, example }
}

/// The table, in the order of [`Topic`], which is also that of the help.
#[rustfmt::skip]
pub static TOPICS: [TopicSpec; COUNT] = {
    use Group::{Moderation, Names, Other, Rooms, Shown, Talking};
    [
        row(Topic::Nick, Names, "nick", &[], "NAME", "/nick maria"),
        row(Topic::Register, Names, "register", &[], "[PASSWORD]", "/register"),
        row(Topic::Login, Names, "login", &[], "NAME [PASSWORD]", "/login maria"),
        row(Topic::Logout, Names, "logout", &[], "", "/logout"),
        row(Topic::Passwd, Names, "passwd", &[], "[OLD NEW]", "/passwd"),
        row(Topic::Unregister, Names, "unregister", &[], "[erase] [PASSWORD]", "/unregister"),
        row(Topic::Whois, Names, "whois", &["seen"], "NAME", "/whois maria"),
        row(Topic::Away, Names, "away", &["afk", "brb"], "[TEXT]", "/away having lunch"),
        row(Topic::Back, Names, "back", &[], "", "/back"),
        row(Topic::Me, Talking, "me", &["action"], "TEXT", "/me waves"),
        row(Topic::Msg, Talking, "msg", &["query", "dm", "pm", "whisper", "w", "tell", "notice"],
            "NAME TEXT", "/msg maria hello"),
        row(Topic::Reply, Talking, "reply", &["r"], "TEXT", "/reply hello"),
        row(Topic::Say, Talking, "say", &[], "TEXT", "/say #1 is the best"),
        row(Topic::History, Talking, "history", &[],
            "[#ROOM] [N | 2h | today | yesterday | 2026-11-24] [numbers]", "/history 2h"),
        row(Topic::Search, Talking, "search", &["find"], "[#ROOM] WORDS", "/search red roses"),
        row(Topic::More, Talking, "more", &[], "", "/more"),
        row(Topic::Delete, Talking, "delete", &["redact", "unsay"],
            "[NAME [N] | #ROOM NUMBER]", "/delete"),
        row(Topic::Ignore, Talking, "ignore", &[], "[NAME]", "/ignore maria"),
        row(Topic::Unignore, Talking, "unignore", &[], "NAME", "/unignore maria"),
        row(Topic::Join, Rooms, "join", &["j"], "#ROOM [PASSWORD]", "/join #garden"),
        row(Topic::Leave, Rooms, "leave", &["part"], "[#ROOM]", "/leave #garden"),
        row(Topic::Rooms, Rooms, "rooms", &["list", "channels"], "[PAGE]", "/rooms 2"),
        row(Topic::Who, Rooms, "who", &["names", "users", "members"],
            "[#ROOM] [PAGE]", "/who #garden"),
        row(Topic::Topic, Rooms, "topic", &[], "[TEXT | off]", "/topic flowers and trees"),
        row(Topic::Invite, Rooms, "invite", &[], "NAME [#ROOM]", "/invite maria #garden"),
        row(Topic::Room, Rooms, "room", &[],
            "lock | unlock | hide | show | end | password WORD | slow SECONDS", "/room slow 10"),
        row(Topic::Quiet, Shown, "quiet", &[], "[on | off]", "/quiet on"),
        row(Topic::Replay, Shown, "replay", &[], "[N | off]", "/replay 0"),
        row(Topic::Timestamps, Shown, "timestamps", &[], "[on | off]", "/timestamps on"),
        row(Topic::Tz, Shown, "tz", &["time", "date"], "[ZONE]", "/tz Europe/Berlin"),
        row(Topic::Bell, Shown, "bell", &[], "off | mentions | all", "/bell mentions"),
        row(Topic::Colour, Shown, "colour", &["color"], "[on | off]", "/colour on"),
        row(Topic::Edit, Shown, "edit", &[], "[on | off]", "/edit on"),
        row(Topic::Plain, Shown, "plain", &[], "[on | off]", "/plain on"),
        row(Topic::Lang, Shown, "lang", &["language"], "en | zh", "/lang zh"),
        row(Topic::Claim, Moderation, "claim", &[], "TOKEN", "/claim 1A2B-3C4D-5E6F-7G8H"),
        row(Topic::Op, Moderation, "op", &["ops"], "[NAME [owner]]", "/op maria"),
        row(Topic::Deop, Moderation, "deop", &[], "NAME", "/deop maria"),
        row(Topic::Kick, Moderation, "kick", &[], "[#ROOM] NAME [REASON]", "/kick bob please calm down"),
        row(Topic::Ban, Moderation, "ban", &[],
            "[#ROOM] NAME | ADDRESS[/PREFIX] [TIME] [REASON]", "/ban bob 2h spam"),
        row(Topic::Unban, Moderation, "unban", &[], "[#ROOM] NAME | ADDRESS[/PREFIX]", "/unban bob"),
        row(Topic::Mute, Moderation, "mute", &[], "[#ROOM] NAME [TIME] [REASON]", "/mute bob 10m"),
        row(Topic::Unmute, Moderation, "unmute", &[], "[#ROOM] NAME", "/unmute bob"),
        row(Topic::Bans, Moderation, "bans", &["mutes"], "[#ROOM] [PAGE]", "/bans"),
        row(Topic::Audit, Moderation, "audit", &[], "[PAGE]", "/audit"),
        row(Topic::Lockdown, Moderation, "lockdown", &[], "on | off", "/lockdown on"),
        row(Topic::Motd, Other, "motd", &[], "", "/motd"),
        row(Topic::Stats, Other, "stats", &[], "", "/stats"),
        row(Topic::Uptime, Other, "uptime", &["ping"], "", "/uptime"),
        row(Topic::Version, Other, "version", &[], "", "/version"),
        row(Topic::Help, Other, "help", &["h", "?", "？", "commands"], "[COMMAND]", "/help join"),
        row(Topic::Quit, Other, "quit", &["exit", "bye"], "[TEXT]", "/quit good night"),
    ]
};

/// Commands of other chats that do not exist here but look like a typing error in one of ours.
const ELSEWHERE: &[&str] = &["mode", "modes"];

/// Shortest word for which another is suggested: any two words of two letters are alike.
const ALIKE_CHARS_MIN: usize = 3;

/// From this length on, a word can still be recognised with two typing errors.
const ALIKE_TWICE_CHARS_MIN: usize = 6;

impl Topic {
    /// All commands, in the order of the help.
    pub const ALL: [Self; COUNT] = {
        let mut all = [Self::Nick; COUNT];
        let mut at = 0;
        while at < COUNT {
            all[at] = TOPICS[at].topic;
            at += 1;
        }
        all
    };

    /// The row of the command in the table.
    pub fn spec(self) -> &'static TopicSpec {
        &TOPICS[self as usize]
    }

    /// The name of the command, without the slash.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// The usage of the command: `/join #ROOM [PASSWORD]`.
    pub fn usage(self) -> String {
        match self.spec() {
            TopicSpec { name, arguments: "", .. } => format!("/{name}"),
            TopicSpec { name, arguments, .. } => format!("/{name} {arguments}"),
        }
    }

    /// The fixed words that may follow the name: `on` and `off`, for example.
    pub fn choices(self) -> impl Iterator<Item = &'static str> + Clone {
        let is_sign = |c: char| matches!(c, '|' | '[' | ']');
        let alternatives = self.spec().arguments.split(is_sign).map(str::trim);
        alternatives.filter_map(|one| one.split(' ').next()).filter(|word| {
            // Words in capitals are to be filled in, and the rest are examples.
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase())
        })
    }

    /// Whether only fixed words may follow the name.
    pub fn takes_choices_only(self) -> bool {
        let alternatives = self.spec().arguments.split('|');
        let mut first_letters =
            alternatives.filter_map(|one| one.trim_matches([' ', '[']).chars().next());
        first_letters.all(|letter| letter.is_ascii_lowercase())
    }

    /// An example of a line to type.
    pub fn example(self) -> &'static str {
        self.spec().example
    }

    /// The command with this name or alias, with or without the slash, in any case.
    pub fn find(word: &str) -> Option<Self> {
        let word = without_slash(word);
        let is_it = |name: &str| name.eq_ignore_ascii_case(word);
        TOPICS
            .iter()
            .find(|row| is_it(row.name) || row.aliases.iter().any(|alias| is_it(alias)))
            .map(|row| row.topic)
    }

    /// The names with this prefix, in the order of the list.
    pub fn beginning(prefix: &str) -> impl Iterator<Item = &'static str> {
        let prefix = prefix.to_ascii_lowercase();
        TOPICS.iter().map(|row| row.name).filter(move |name| name.starts_with(&prefix))
    }

    /// The name that a user who typed `word` most likely meant, if there is a likely one: the
    /// nearest by typing errors (a missing, additional or wrong letter, or two exchanged),
    /// otherwise the first with that prefix.
    pub fn nearest(word: &str) -> Option<&'static str> {
        let word = without_slash(word).to_ascii_lowercase();
        let length = word.chars().count();
        // Comparing takes time proportional to the product of both lengths, and a line is long.
        if ELSEWHERE.contains(&&*word)
            || !(ALIKE_CHARS_MIN..=WORD_SHOWN_CHARS_MAX).contains(&length)
        {
            return None;
        }
        let slips = |name: &str| strsim::damerau_levenshtein(&word, name);
        let slips_max = |name: &str| match name.len().min(length) {
            ..ALIKE_CHARS_MIN => 0,
            ALIKE_CHARS_MIN..ALIKE_TWICE_CHARS_MIN => 1,
            _ => 2,
        };
        // Of two equally near names, the one with the same beginning is more likely: /quitt is not
        // /quiet.
        let common =
            |name: &str| name.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        names()
            .filter(|name| slips(name) <= slips_max(name))
            .min_by_key(|name| (slips(name), Reverse(common(name))))
            .or_else(|| names().find(|name| name.starts_with(&word)))
    }
}

/// All names: first those that are listed, so that they are preferred to equally near aliases.
fn names() -> impl Iterator<Item = &'static str> {
    let aliases = TOPICS.iter().flat_map(|row| row.aliases).copied();
    TOPICS.iter().map(|row| row.name).chain(aliases)
}

fn without_slash(word: &str) -> &str {
    word.strip_prefix(['/', '／']).unwrap_or(word)
}

/// The slash, and the full-width one of Chinese and Japanese keyboards.
pub const SLASHES: [char; 2] = ['/', '／'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_topics_and_of_the_groups() {
        for (at, row) in TOPICS.iter().enumerate() {
            assert_eq!(row.topic as usize, at, "{row:?}");
        }
        assert!(TOPICS.is_sorted_by_key(|row| row.group as usize));
    }

    #[test]
    fn each_name_is_there_once_and_finds_its_topic() {
        let mut seen: Vec<&str> = Vec::new();
        for row in &TOPICS {
            for &name in std::iter::once(&row.name).chain(row.aliases) {
                assert!(!seen.contains(&name), "{name} twice");
                assert_eq!(name, name.to_lowercase(), "names are compared in lower case");
                assert_eq!(Topic::find(name), Some(row.topic));
                assert_eq!(Topic::find(&format!("/{}", name.to_uppercase())), Some(row.topic));
                seen.push(name);
            }
        }
        assert_eq!(Topic::find("／Join"), Some(Topic::Join));
        for nothing in ["", "/", "//join", "join ", "joint"] {
            assert_eq!(Topic::find(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn a_mistyped_name_has_a_suggestion() {
        let check = |typed: &str, expected: Option<&str>| {
            assert_eq!(Topic::nearest(typed), expected, "{typed}");
        };
        check("lgoin", Some("login"));
        check("/LOGNI", Some("login"));
        check("jion", Some("join"));
        check("quitt", Some("quit"));
        check("regsitre", Some("register"));
        check("password", Some("passwd"));
        check("colr", Some("color"));
        check("exti", Some("exit"));
        check("timest", Some("timestamps"));
        check("reg", Some("register"));
        for unlike in
            ["xyz", "hi", "mr", "", "jo", "em", "shrug", "slap", "kill", "mode", "MODE", "我在这里"]
        {
            check(unlike, None);
        }
        check(&"join".repeat(200), None);
    }

    #[test]
    fn fixed_arguments() {
        let check = |topic: Topic, expected: &[&str]| {
            assert_eq!(topic.choices().collect::<Vec<_>>(), expected, "{topic:?}");
        };
        check(Topic::Quiet, &["on", "off"]);
        check(Topic::Bell, &["off", "mentions", "all"]);
        check(Topic::Topic, &["off"]);
        check(Topic::History, &["today", "yesterday", "numbers"]);
        check(Topic::Room, &["lock", "unlock", "hide", "show", "end", "password", "slow"]);
        check(Topic::Nick, &[]);
        check(Topic::Back, &[]);
    }

    #[test]
    fn usages_and_examples_begin_with_the_command() {
        assert_eq!(Topic::Join.usage(), "/join #ROOM [PASSWORD]");
        assert_eq!(Topic::Back.usage(), "/back");
        for topic in Topic::ALL {
            let typed = topic.example().split(' ').next();
            assert_eq!(typed, Some(format!("/{}", topic.name()).as_str()));
        }
    }
}
