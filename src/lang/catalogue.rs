//! The server's texts for users, in each of its languages.
//!
//! There is one [`Catalogue`] per language: one file, and more for commands and replies. To add a
//! language, add those files and a variant to [`Lang`](super::Lang). Templates name their values as
//! `{word}`; nothing here knows when a text is shown. Logs, `--help` and errors on standard error
//! are for operators and stay in English.

use std::fmt;

use super::{Answers, HelpTexts, ModerationTexts};

/// The texts of one language. Each field's comment names the values of its template.
#[derive(Debug)]
pub struct Catalogue {
    /// To a new user called `{name}`, if users have their addresses as names.
    pub welcome: &'static str,
    /// The same if the server gives each guest a name.
    pub welcome_guest: &'static str,
    /// Follows the welcome: the user is in `{room}` with `{people}`.
    pub here_with: &'static str,
    /// The same if nobody else is in `{room}`.
    pub here_alone: &'static str,
    /// Separates names in a list.
    pub names_comma: &'static str,
    /// Ends a list: `{names}`, and the `{last}` one.
    pub names_and: &'static str,
    /// Ends a list: `{names}`, and the number of `{others}`, two or more.
    pub names_others: &'static str,
    /// To the others: `{name}` has joined.
    pub joined: &'static str,
    /// To the others: `{name}` and one more have joined.
    pub joined_pair: &'static str,
    /// To the others: `{name}` and `{others}` more, at least two, have joined.
    pub joined_run: &'static str,
    /// To the others: `{name}` has left.
    pub left: &'static str,
    /// To the others: `{name}` and one more have left.
    pub left_pair: &'static str,
    /// To the others: `{name}` and `{others}` more, at least two, have left.
    pub left_run: &'static str,
    /// To the others: `{name}` has left with the farewell `{text}`.
    pub left_with: &'static str,
    /// Separates the author's name from a message.
    pub said_separator: &'static str,
    /// To a slow reader that missed one line.
    pub missed_one: &'static str,
    /// To a slow reader that missed `{count}` lines.
    pub missed_many: &'static str,
    /// To a slow reader that missed one line of `{room}`.
    pub missed_one_in: &'static str,
    /// To a slow reader that missed `{count}` lines of `{room}`.
    pub missed_many_in: &'static str,
    /// To a user who pasted more into a line edited here than `{lines}` lines, `{bytes}` bytes, or
    /// `{limit}` bytes in one of them.
    pub paste_cut: &'static str,
    /// To a user who pressed ^Z in a line edited here.
    pub no_suspend: &'static str,
    /// To the sender of a line of more than `{limit}` bytes.
    pub line_too_long: &'static str,
    /// The same for a line edited here, of which `{limit}` bytes are kept.
    pub typed_line_too_long: &'static str,
    /// To a user whose telnet has damaged a character in a line: `{way}` helps, too.
    pub damaged_by_telnet: &'static str,
    /// To the sender of any other line that is not UTF-8.
    pub not_utf8: &'static str,
    /// The reply to telnet's "are you there".
    pub are_you_there: &'static str,
    /// To everyone when the server shuts down.
    pub goodbye: &'static str,
    /// The last line to a user who has quit, if their program does not end by itself.
    pub left_by_quit: &'static str,
    /// The same after other last lines.
    pub press_enter: &'static str,
    /// To a client when `{max}` clients are connected already.
    pub server_full: &'static str,
    /// To a client from an address with `{max}` connections already.
    pub too_many_from_address: &'static str,
    /// To a client from an address that connects too often.
    pub connecting_too_fast: &'static str,
    /// To a client that has not sent in time what it needs to be admitted, such as a password.
    pub handshake_timeout: &'static str,
    /// To a browser or another HTTP client.
    pub not_http: &'static str,
    /// To a client that begins with a TLS handshake.
    pub not_tls: &'static str,
    /// To an SSH client.
    pub not_ssh: &'static str,
    /// On the operator's screen: the server listens on `{addresses}`.
    pub listening: &'static str,
    /// On the operator's screen: above the commands to join with.
    pub join_with: &'static str,
    /// On the operator's screen: instead of them, if no other machine can reach this one.
    pub join_later: &'static str,
    /// On the operator's screen: the `telnet` command for users of this language.
    pub telnet_command: &'static str,
    /// On the operator's screen: how to become the owner with `{token}`.
    pub own_with: &'static str,
    /// On the operator's screen: how to stop the server.
    pub stop_with: &'static str,
    /// Texts about commands.
    pub help: HelpTexts,
    /// Replies to commands.
    pub answers: Answers,
    /// Texts to and about moderators.
    pub moderation: ModerationTexts,
    /// To a user whose lines have been delayed by `{seconds}` because they send too many.
    pub flood_held: &'static str,
    /// To a user who continues to send too fast and is muted for `{seconds}`.
    pub flood_silenced: &'static str,
    /// To a user muted for `{seconds}` more who sends a message.
    pub flood_not_said: &'static str,
    /// To a user muted for `{seconds}` more who sends a command.
    pub flood_not_done: &'static str,
    /// To a user who gave a wrong password for the server and is asked again.
    pub door_password_wrong: &'static str,
    /// To a user who gave too many wrong passwords for the server.
    pub door_closed: &'static str,
}

/// Replaces each `{key}` in `template` by its value, in one pass: the content of a value is never
/// taken for a key.
pub fn fill(template: &str, values: &[(&str, &dyn fmt::Display)]) -> String {
    use fmt::Write as _;
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
    use crate::command::{Group, Topic};
    use crate::lang::Lang;
    use crate::text::nick::Nick;

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
    fn the_language_of_a_locale() {
        let check = |locale: &str, expected: Lang| assert_eq!(Lang::of_locale(locale), expected);
        check("zh_CN.UTF-8", Lang::Zh);
        check("zh", Lang::Zh);
        check("zh-TW", Lang::Zh);
        check("en_GB.UTF-8", Lang::En);
        check("C.UTF-8", Lang::En);
        check("zhx", Lang::En);
        check("", Lang::En);
    }

    /// The keys in braces, in alphabetical order.
    fn keys(text: &str) -> Vec<&str> {
        let parts = text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
        let mut keys: Vec<&str> = parts.collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    #[test]
    fn every_language_has_the_same_keys() {
        let [en, zh] = Lang::ALL.map(|lang| format!("{:#?}", lang.catalogue()));
        assert!(en.lines().count() > 100);
        for (en, zh) in en.lines().zip(zh.lines()) {
            // The lines of a help text have no field name.
            if !en.trim_start().starts_with('"') {
                assert_eq!(en.split(':').next(), zh.split(':').next());
            }
            assert_eq!(keys(en), keys(zh), "{en} {zh}");
        }
    }

    /// All texts of a language, as written in its tables.
    fn texts(lang: Lang) -> Vec<String> {
        let help = &lang.catalogue().help;
        let shown = format!("{:#?}", lang.catalogue());
        let in_quotes = shown.lines().filter_map(|line| {
            let (_, text) = line.split_once('"')?;
            Some(text.rsplit_once('"')?.0.to_owned())
        });
        let groups = Group::ALL.map(|group| (help.group)(group).to_owned());
        let topics = Topic::ALL.map(|topic| (help.description)(topic).to_owned());
        in_quotes.chain(groups).chain(topics).collect()
    }

    #[test]
    fn no_name_can_begin_a_text() {
        let mut imitated = Vec::new();
        for lang in Lang::ALL {
            let texts = texts(lang);
            assert!(texts.len() > 350, "{}", texts.len());
            for text in texts {
                // A message looks like its author's name, a colon, and any text.
                let beginnings = [":", "："].map(|colon| text.split_once(colon));
                for (beginning, _) in beginnings.into_iter().flatten() {
                    if Nick::parse(beginning).is_ok() {
                        imitated.push(format!("{beginning:?} could say {text:?}"));
                    }
                }
            }
        }
        assert!(
            imitated.is_empty(),
            "reserve these words in src/nick/reserved.rs, or begin the texts otherwise:\n{}",
            imitated.join("\n")
        );
    }

    #[test]
    fn the_original_in_chinese_word_for_word() {
        let zh = Lang::Zh.catalogue();
        let name: (&str, &dyn fmt::Display) = ("name", &"127.0.0.1:5");
        assert_eq!(fill(zh.welcome, &[name]), "欢迎 127.0.0.1:5");
        assert_eq!(fill(zh.joined, &[name]), "127.0.0.1:5 上线");
        assert_eq!(fill(zh.left, &[name]), "127.0.0.1:5 下线");
        assert_eq!(zh.said_separator, ": ");
    }
}
