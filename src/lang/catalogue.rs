//! What the server says to people, in each of its languages.
//!
//! One [`Catalogue`] a language: one file, and one more about commands. A further language is two
//! more such files and its row in [`Lang`]. Templates name what is put in by `{word}`; nothing here
//! knows when a text is shown. Logs, `--help` and errors on standard error are for operators and
//! stay English.

use std::fmt;
use std::str::FromStr;

use super::{Answers, HelpTexts, OrderTexts, en, zh};

/// A language that people are spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, simplified characters.
    Zh,
}

impl Lang {
    /// All of them, in the order in which they are listed for people.
    pub const ALL: [Self; 2] = [Self::En, Self::Zh];

    /// The code of the language (ISO 639-1), as in `--lang`.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// Its texts.
    pub const fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::En => &en::CATALOGUE,
            Self::Zh => &zh::CATALOGUE,
        }
    }

    /// That of the process's locale: the first of these that is set and not empty decides (POSIX,
    /// Environment Variables, 8.2).
    pub fn of_environment() -> Self {
        ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(|name| std::env::var(name).ok())
            .find(|value| !value.is_empty())
            .map_or_else(Self::default, |locale| Self::of_locale(&locale))
    }

    /// The language of a POSIX locale such as `zh_CN.UTF-8`; English where there is no better.
    pub fn of_locale(locale: &str) -> Self {
        let code = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.code() == code).unwrap_or_default()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(code: &str) -> Result<Self, UnknownLang> {
        Self::ALL.into_iter().find(|lang| lang.code() == code).ok_or(UnknownLang)
    }
}

/// A language code that is not in the catalogue.
#[derive(Debug, thiserror::Error)]
#[error("the languages are en (English) and zh (Chinese)")]
pub struct UnknownLang;

/// The texts of one language. Each field says what may stand in it.
#[derive(Debug)]
pub struct Catalogue {
    /// To a newcomer: `{name}`.
    pub welcome: &'static str,
    /// The same where it is named by the rule of the house, or by its own.
    pub welcome_guest: &'static str,
    /// Where it is, behind that: `{room}`, and with whom: `{people}`.
    pub here_with: &'static str,
    /// The same if nobody else is there: `{room}`.
    pub here_alone: &'static str,
    /// Between names in a list.
    pub names_comma: &'static str,
    /// A list of `{names}`, and the `{last}` one.
    pub names_and: &'static str,
    /// A list of `{names}`, and how many `{others}` there are: two or more.
    pub names_others: &'static str,
    /// To the others, when somebody has come: `{name}`.
    pub joined: &'static str,
    /// Of a run of arrivals: `{name}` is the first, `{others}` how many more.
    pub joined_run: &'static str,
    /// To the others, when somebody has gone: `{name}`.
    pub left: &'static str,
    /// Of a run of departures: `{name}` is the first, `{others}` how many more.
    pub left_run: &'static str,
    /// To the others, when somebody has gone with words of their own: `{name}`, `{text}`.
    pub left_with: &'static str,
    /// A line that somebody said stands behind its author's name and this.
    pub said_separator: &'static str,
    /// To a slow reader that missed one line.
    pub missed_one: &'static str,
    /// To a slow reader that missed `{count}` lines.
    pub missed_many: &'static str,
    /// To a slow reader that missed one line of `{room}`.
    pub missed_one_in: &'static str,
    /// To a slow reader that missed `{count}` lines of `{room}`.
    pub missed_many_in: &'static str,
    /// To who pasted more into a line edited here than `{lines}` lines, `{bytes}` bytes, or `{limit}`
    /// bytes in one of them.
    pub paste_cut: &'static str,
    /// To who pressed ^Z in a line that is edited here.
    pub no_suspend: &'static str,
    /// To the sender of a line of more than `{limit}` bytes.
    pub line_too_long: &'static str,
    /// The same of a line edited here, of which `{limit}` bytes are kept.
    pub typed_line_too_long: &'static str,
    /// To the sender of a line in which their telnet has damaged a character: `{way}` helps, too.
    pub damaged_by_telnet: &'static str,
    /// To the sender of any other line that is no UTF-8.
    pub not_utf8: &'static str,
    /// The answer to telnet's "are you there".
    pub are_you_there: &'static str,
    /// To everybody, when the server ends.
    pub goodbye: &'static str,
    /// The last line to somebody who has left, at a program that does not end by itself.
    pub left_by_quit: &'static str,
    /// The same behind other last words.
    pub press_enter: &'static str,
    /// To somebody who finds `{max}` clients here already.
    pub server_full: &'static str,
    /// To somebody from an address that has `{max}` clients here already.
    pub too_many_from_address: &'static str,
    /// To somebody from an address that connects too often.
    pub connecting_too_fast: &'static str,
    /// To somebody who said nothing of what the door needs before one can enter.
    pub handshake_timeout: &'static str,
    /// To a browser or another HTTP client.
    pub not_http: &'static str,
    /// To a client that begins with a TLS handshake.
    pub not_tls: &'static str,
    /// To an SSH client.
    pub not_ssh: &'static str,
    /// On the operator's screen: where the server listens, `{addresses}`.
    pub listening: &'static str,
    /// On the operator's screen: above the commands by which people join.
    pub join_with: &'static str,
    /// On the operator's screen: instead of that, where no other machine can reach this one.
    pub join_later: &'static str,
    /// On the operator's screen: how `telnet` is called by people who write this language.
    pub telnet_command: &'static str,
    /// On the operator's screen: how somebody becomes the owner, by `{token}`.
    pub own_with: &'static str,
    /// On the operator's screen: how to stop.
    pub stop_with: &'static str,
    /// About commands.
    pub help: HelpTexts,
    /// What people are told of what they wanted.
    pub answers: Answers,
    /// What they are told by and about those who keep order.
    pub order: OrderTexts,
    /// To somebody whose lines have been waiting for `{seconds}`, since there are too many.
    pub flood_held: &'static str,
    /// To somebody who went on like that and is not heard for `{seconds}`.
    pub flood_silenced: &'static str,
    /// Of a line, to somebody who is not heard for `{seconds}` more.
    pub flood_not_said: &'static str,
    /// Of a command, to the same.
    pub flood_not_done: &'static str,
    /// To somebody at the door who gave a wrong password, before they are asked again.
    pub door_password_wrong: &'static str,
    /// To somebody at the door who has given too many.
    pub door_closed: &'static str,
}

/// `template` with each `{key}` replaced by its value, in one pass: what a value holds is never
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

    /// What stands in braces, in the order of the alphabet.
    fn keys(text: &str) -> Vec<&str> {
        let parts = text.split('{').skip(1).filter_map(|part| Some(part.split_once('}')?.0));
        let mut keys: Vec<&str> = parts.collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    #[test]
    fn every_language_puts_in_the_same() {
        let [en, zh] = Lang::ALL.map(|lang| format!("{:#?}", lang.catalogue()));
        assert!(en.lines().count() > 100);
        for (en, zh) in en.lines().zip(zh.lines()) {
            // The lines of a help text are of no name.
            if !en.trim_start().starts_with('"') {
                assert_eq!(en.split(':').next(), zh.split(':').next());
            }
            assert_eq!(keys(en), keys(zh), "{en} {zh}");
        }
    }

    /// All texts of a language, as they stand in its tables.
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
    fn nobody_is_called_as_a_text_begins() {
        let mut imitated = Vec::new();
        for lang in Lang::ALL {
            let texts = texts(lang);
            assert!(texts.len() > 350, "{}", texts.len());
            for text in texts {
                // A line that somebody says is their name, and a colon, and anything.
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
