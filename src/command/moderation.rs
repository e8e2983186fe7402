//! The arguments of moderation commands: the target, the room, the duration and the reason.
//!
//! A word that looks like a duration or an address but is invalid is reported, and never taken for
//! the beginning of a reason or for a name: a typing error must not ban someone for good.

use std::net::SocketAddr;
use std::time::Duration;

use super::arguments::{ArgumentReader, on_or_off};
use super::wrong::shown;
use super::{Command, SanctionTarget};
use crate::base::period::Period;
use crate::limits::SANCTION_TIME_MAX;
use crate::model::{Rank, Refusal, SanctionKind, Topic};

impl ArgumentReader<'_> {
    pub(super) fn read_moderation(&mut self, topic: Topic) -> Result<Command, Refusal> {
        match topic {
            Topic::Ban => return self.impose(topic, SanctionKind::Ban),
            Topic::Mute => return self.impose(topic, SanctionKind::Mute),
            Topic::Unban => return self.remove_sanction(topic, SanctionKind::Ban),
            Topic::Unmute => return self.remove_sanction(topic, SanctionKind::Mute),
            _ => {}
        }
        let command = match topic {
            Topic::Claim => self.secret().map(|token| Command::Claim { token }),
            Topic::Op => self.op(),
            Topic::Deop => self.person().map(|name| Command::Deop { name }),
            Topic::Kick => {
                let room = self.leading_room();
                let name = self.name();
                name.map(|name| Command::Kick { room, name, reason: self.text() })
            }
            Topic::Bans => {
                let room = self.leading_room();
                self.page().map(|page| Command::Bans { room, page })
            }
            Topic::Audit => self.page().map(|page| Command::Audit { page }),
            Topic::Lockdown => {
                self.only_word().and_then(|word| on_or_off(&word)).map(Command::Lockdown)
            }
            _ => None,
        };
        command.ok_or(Refusal::Usage { topic })
    }

    /// A name, followed by `owner` or nothing.
    fn op(&mut self) -> Option<Command> {
        let Some(name) = self.optional(Self::name)? else {
            return Some(Command::Op { name: None, rank: Rank::Operator });
        };
        let rank = match self.optional(Self::only_word)? {
            None => Rank::Operator,
            Some(word) if word.eq_ignore_ascii_case("owner") => Rank::Owner,
            Some(_) => return None,
        };
        Some(Command::Op { name: Some(name), rank })
    }

    fn impose(&mut self, topic: Topic, kind: SanctionKind) -> Result<Command, Refusal> {
        let room = self.leading_room();
        let whom = self.whom(topic)?;
        let time = self.time()?;
        Ok(Command::Impose { kind, room, whom, time, reason: self.text() })
    }

    fn remove_sanction(&mut self, topic: Topic, kind: SanctionKind) -> Result<Command, Refusal> {
        let room = self.leading_room();
        let whom = self.whom(topic)?;
        self.nothing().ok_or(Refusal::Usage { topic })?;
        Ok(Command::RemoveSanction { kind, room, whom })
    }

    /// A name or, if the command accepts one, an address. A word that begins with `@` is a name.
    fn whom(&mut self, topic: Topic) -> Result<SanctionTarget, Refusal> {
        let typed = self.word().ok_or(Refusal::Usage { topic })?;
        let name = typed.strip_prefix('@');
        if name.is_none() && matches!(topic, Topic::Ban | Topic::Unban) && is_like_address(typed) {
            let no_address = |_| Refusal::BadNetwork { typed: shown(typed) };
            return typed.parse().map(SanctionTarget::Network).map_err(no_address);
        }
        match name.unwrap_or(typed) {
            "" => Err(Refusal::Usage { topic }),
            name => Ok(SanctionTarget::Name(name.into())),
        }
    }

    /// A duration, if the next word looks like one.
    fn time(&mut self) -> Result<Option<Duration>, Refusal> {
        let is_like_time = |word: &str| {
            word.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit())
        };
        let Some(word) = self.word_if(is_like_time) else { return Ok(None) };
        match Period::parse(word) {
            Some(Period::Last(time)) if time <= SANCTION_TIME_MAX => Ok(Some(time)),
            _ => Err(Refusal::BadDuration { typed: shown(word) }),
        }
    }
}

/// Whether a word is meant as an address: a name has no `/`, and no name consists of digits and
/// full stops, or of hexadecimal digits and colons, except for an address with its port, which a
/// user may have as a name.
fn is_like_address(word: &str) -> bool {
    if word.parse::<SocketAddr>().is_ok() {
        return false;
    }
    let is_of = |is_part: fn(char) -> bool, sign: char| {
        word.contains(sign) && word.chars().all(|c| c == sign || is_part(c))
    };
    word.contains('/')
        || is_of(|c| c.is_ascii_digit(), '.')
        || is_of(|c| c.is_ascii_hexdigit() || c == '.', ':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Utterance, interpret};
    use crate::text::CleanText;

    fn parse(line: &str) -> Result<Command, Refusal> {
        match interpret(CleanText::from_bytes(line.as_bytes())) {
            Utterance::Command(command) => Ok(*command),
            Utterance::Wrong(wrong) => Err(*wrong),
            Utterance::Line(_) => panic!("{line} is a line"),
        }
    }

    fn imposed(line: &str) -> (Option<Box<str>>, SanctionTarget, Option<u64>, Option<String>) {
        let Ok(Command::Impose { room, whom, time, reason, .. }) = parse(line) else {
            panic!("{line}: {:?}", parse(line))
        };
        let seconds = time.map(|time| time.as_secs());
        (
            room.map(|room| room.as_str().into()),
            whom,
            seconds,
            reason.map(|reason| reason.as_str().to_owned()),
        )
    }

    #[test]
    fn target_room_duration_and_reason() {
        let check = |line: &str, room: Option<&str>, whom: &str, time: Option<u64>, why: &str| {
            let (found_room, found_whom, found_time, reason) = imposed(line);
            let shown = match found_whom {
                SanctionTarget::Name(name) => name.as_str().to_owned(),
                SanctionTarget::Network(network) => format!("net {network}"),
            };
            let reason = reason.unwrap_or_default();
            let found = (found_room.as_deref(), &*shown, found_time, &*reason);
            assert_eq!(found, (room, whom, time, why), "{line}");
        };
        check("/ban bob", None, "bob", None, "");
        check("/ban @bob 10m", None, "bob", Some(600), "");
        check("/ban bob 2h30m spam, again", None, "bob", Some(9_000), "spam, again");
        check("/ban bob spam 2h", None, "bob", None, "spam 2h");
        check("/ban #garden bob 7d no", Some("garden"), "bob", Some(604_800), "no");
        check("/mute  bob   10m   too  loud ", None, "bob", Some(600), "too  loud ");
        check("/mute 小明 太吵", None, "小明", None, "太吵");
        check("/ban 192.0.2.7", None, "net 192.0.2.7", None, "");
        check("/ban 192.0.2.7/24 2h bots", None, "net 192.0.2.0/24", Some(7_200), "bots");
        check("/ban 2001:db8::1", None, "net 2001:db8::/64", None, "");
        check("/ban ::ffff:192.0.2.7", None, "net 192.0.2.7", None, "");
        // Names given by --names address.
        check("/ban 192.0.2.7:4000", None, "192.0.2.7:4000", None, "");
        check("/ban [::1]:4000", None, "[::1]:4000", None, "");
        check("/ban @1.2.3.4", None, "1.2.3.4", None, "");
        check("/ban agent.007", None, "agent.007", None, "");
        check("/mute 1.2.3.4", None, "1.2.3.4", None, "");
        check("/ban bob 3650d", None, "bob", Some(315_360_000), "");
    }

    #[test]
    fn malformed_times_and_addresses_are_reported() {
        let time = |typed: &str| Err(Refusal::BadDuration { typed: typed.into() });
        let network = |typed: &str| Err(Refusal::BadNetwork { typed: typed.into() });
        for typed in ["10", "10x", "0m", "-5m", "+5m", "2026-11-24", "3651d", "1h30"] {
            assert_eq!(parse(&format!("/ban bob {typed} spam")), time(typed), "{typed}");
            assert_eq!(parse(&format!("/mute #garden bob {typed}")), time(typed), "{typed}");
        }
        for typed in ["192.0.2.300", "192.0.2.0/33", "1.2.3", "a/b", "2001:db8:::", "12345::", "/8"]
        {
            assert_eq!(parse(&format!("/ban {typed} 2h")), network(typed), "{typed}");
            assert_eq!(parse(&format!("/unban {typed}")), network(typed), "{typed}");
        }
        let long = "9".repeat(500);
        let Err(Refusal::BadDuration { typed }) = parse(&format!("/ban bob {long}")) else {
            panic!()
        };
        assert!(typed.len() < 50);
    }

    #[test]
    fn other_moderation_commands() {
        let check = |line: &str, expected: Command| assert_eq!(parse(line), Ok(expected), "{line}");
        let op = |name: Option<&str>, rank| Command::Op { name: name.map(Into::into), rank };
        check("/op", op(None, Rank::Operator));
        check("/op maria", op(Some("maria"), Rank::Operator));
        check("/op @maria Owner", op(Some("maria"), Rank::Owner));
        check("/deop maria", Command::Deop { name: "maria".into() });
        let reason = |text: &str| Some(CleanText::from_bytes(text.as_bytes()));
        let kick = |room: Option<&str>, name: &str, reason| Command::Kick {
            room: room.map(Into::into),
            name: name.into(),
            reason,
        };
        check("/kick bob", kick(None, "bob", None));
        check(
            "/kick #garden bob 2h is enough",
            kick(Some("garden"), "bob", reason("2h is enough")),
        );
        let (kind, whom) = (SanctionKind::Mute, SanctionTarget::Name("bob".into()));
        check("/unmute bob", Command::RemoveSanction { kind, room: None, whom });
        check("/bans", Command::Bans { room: None, page: 1 });
        check("/bans #garden 2", Command::Bans { room: Some("garden".into()), page: 2 });
        check("/audit 3", Command::Audit { page: 3 });
        check("/lockdown on", Command::Lockdown(true));
        check("/lockdown OFF", Command::Lockdown(false));
        check("/quit", Command::Quit { text: None });
        check("/quit good night", Command::Quit { text: reason("good night") });
        let claimed = parse("/claim 1A2B-3C4D ");
        assert!(matches!(&claimed, Ok(Command::Claim { token }) if token.expose() == "1A2B-3C4D"));
        assert!(!format!("{claimed:?}").contains("1A2B"));
    }

    #[test]
    fn missing_and_superfluous_arguments() {
        let check =
            |line: &str, topic| assert_eq!(parse(line), Err(Refusal::Usage { topic }), "{line}");
        check("/claim", Topic::Claim);
        check("/op maria boss", Topic::Op);
        check("/op maria owner now", Topic::Op);
        check("/deop", Topic::Deop);
        check("/kick", Topic::Kick);
        check("/kick #garden", Topic::Kick);
        check("/ban", Topic::Ban);
        check("/ban #garden", Topic::Ban);
        check("/ban @", Topic::Ban);
        check("/unban bob now", Topic::Unban);
        check("/mute", Topic::Mute);
        check("/unmute", Topic::Unmute);
        check("/bans garden", Topic::Bans);
        check("/audit 0", Topic::Audit);
        check("/lockdown", Topic::Lockdown);
        check("/lockdown maybe", Topic::Lockdown);
        check("/motd now", Topic::Motd);
    }
}
