mod events_page;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use super::*;
use crate::base::zone::Zone;
use crate::model::reply::samples::{self, VALUES};
use crate::model::{
    Event, Lang, PasswordError, Question, QuestionFault, QuestionKind, Rank, Refusal, Reply, Topic,
};
use crate::text::CleanText;
use crate::text::nick::Nick;

fn in_utc<T>(body: impl FnOnce(&Times<'_>) -> T) -> T {
    let zone = Zone::find("UTC").unwrap();
    body(&Times { zone: &zone, now: SystemTime::UNIX_EPOCH })
}

fn questions() -> Vec<Question> {
    let asked = [
        QuestionKind::ServerPassword,
        QuestionKind::Password,
        QuestionKind::FirstPassword,
        QuestionKind::NewPassword,
        QuestionKind::Repetition,
    ];
    let faults = [
        QuestionFault::Wrong,
        QuestionFault::Different,
        QuestionFault::Unfit(PasswordError::TooShort),
        QuestionFault::Unfit(PasswordError::TooLong),
        QuestionFault::Unfit(PasswordError::Character),
        QuestionFault::Command,
    ];
    let question = |ask, fault| Question { ask, name: Some("quill".into()), fault };
    let again = faults.map(|fault| question(QuestionKind::NewPassword, Some(fault)));
    asked.map(|ask| question(ask, None)).into_iter().chain(again).collect()
}

/// A sentence for each sample.
fn sentences(lang: Lang) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    in_utc(|times| {
        all.extend(samples::replies().iter().map(|it| reply(lang, it, times)));
        all.extend(questions().iter().map(|it| question(lang, it)));
        for shown in samples::events() {
            for others in [0, 1, 4711] {
                all.push(event(lang, &shown, "quill", others, "#orchard", times));
            }
        }
        all.extend(phrases(lang, times));
        all.extend([1, 4711].map(|count| lines_lost(lang, count)));
    });
    all
}

/// The phrases of lists and pages.
fn phrases(lang: Lang, times: &Times<'_>) -> Vec<String> {
    let say = |it: Phrase<'_>| phrase(lang, it, times);
    let mut all = Vec::new();
    for sample in samples::replies() {
        match &sample {
            Reply::Bans(page) => all.extend(page.sanctions.iter().map(Phrase::Sanction).map(say)),
            Reply::Audit(page) => all.extend(page.entries.iter().map(Phrase::Action).map(say)),
            Reply::Stats(it) => {
                all.extend([Phrase::StatsPeople(it), Phrase::StatsLines(it)].map(say))
            }
            Reply::Whois(whois) => all.extend(whois.here.iter().map(Phrase::WhoisHere).map(say)),
            _ => {}
        }
    }
    let marks = [Mark::Away, Mark::Current, Mark::Locked, Mark::Password, Mark::Hidden];
    all.extend(marks.map(Phrase::Mark).map(say));
    let (at, text) = (samples::at(), CleanText::from_bytes(b"blossoms"));
    let others = [
        Phrase::NextPage { command: "/rooms", page: 4711, pages: 8150 },
        Phrase::Private { with: "quill", is_own: true },
        Phrase::Private { with: "quill", is_own: false },
        Phrase::Deleted { by: "quill" },
        Phrase::OlderIsGone,
        Phrase::NothingThen { room: "#orchard" },
        Phrase::NothingFound,
        Phrase::MoreFollows,
        Phrase::EarlierOnes,
        Phrase::WhoisGuest { name: "quill" },
        Phrase::WhoisRegistered { name: "quill", at },
        Phrase::WhoisSeen { at },
        Phrase::WhoisRank { rank: Rank::Owner },
        Phrase::WhoisAddress { address: [198, 51, 100, 7].into() },
        Phrase::WhoisRooms { rooms: "#orchard" },
        Phrase::Away { name: "quill", text: None },
        Phrase::Away { name: "quill", text: Some(&text) },
        Phrase::Owners { names: "quill" },
        Phrase::Operators { names: "quill" },
        Phrase::StatsArriving { count: 4711 },
        Phrase::StatsQueued { bytes: "8150 B" },
        Phrase::StatsMemory { bytes: Some("8150 B") },
        Phrase::StatsMemory { bytes: None },
        Phrase::StatsUptime { time: Duration::from_secs(4711 * 86_400) },
    ];
    all.extend(others.map(say));
    all
}

/// All texts of a language that users see, with values in their places.
fn texts(lang: Lang) -> Vec<String> {
    let mut all = sentences(lang);
    // Nothing that a user says is indented.
    let topics = Topic::ALL.into_iter().flat_map(|topic| help_page::topic(lang, topic));
    all.extend(topics.filter(|line| !line.starts_with(' ')));
    all.extend(help_page::page(lang));
    all.extend(help_page::moderation_page(lang));
    all.extend(help_page::keys_page(lang));
    all.extend([not_http(lang), not_irc(lang), not_ssh(lang)].map(str::to_owned));
    all
}

#[test]
fn a_value_is_shown_in_every_language_or_in_none() {
    let [en, zh] = Lang::ALL.map(sentences);
    assert!(en.len() == zh.len() && en.len() > 350, "{}", en.len());
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (en, zh) in en.iter().zip(&zh) {
        for value in VALUES {
            assert_eq!(en.contains(value), zh.contains(value), "{value}: {en} {zh}");
            seen.extend(en.contains(value).then_some(value));
        }
    }
    assert_eq!(seen.len(), VALUES.len(), "{seen:?}");
}

#[test]
fn a_text_has_no_placeholder_and_a_refusal_is_one_line() {
    for lang in Lang::ALL {
        for text in sentences(lang) {
            assert!(!text.contains(['{', '}', '\r', '\n']), "{text}");
        }
        for refused in samples::refusals() {
            assert!(!in_utc(|times| refusal(lang, &refused, times)).is_empty(), "{refused:?}");
        }
    }
}

#[test]
fn no_name_can_begin_a_text() {
    let mut imitated = Vec::new();
    for lang in Lang::ALL {
        let texts = texts(lang);
        assert!(texts.len() > 400, "{}", texts.len());
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
        "reserve these words in src/text/nick/reserved.rs, or begin the texts otherwise:\n{}",
        imitated.join("\n")
    );
}

#[test]
fn the_original_in_chinese_word_for_word() {
    in_utc(|times| {
        let name = "127.0.0.1:5";
        let welcome = Reply::Welcome { name: name.into(), is_address: true };
        assert_eq!(reply(Lang::Zh, &welcome, times), "欢迎 127.0.0.1:5");
        let check = |shown: Event, expected: &str| {
            assert_eq!(event(Lang::Zh, &shown, name, 0, "#lobby", times), expected);
        };
        check(Event::Joined, "127.0.0.1:5 上线");
        check(Event::Left, "127.0.0.1:5 下线");
    });
}

#[test]
fn wrong_commands_say_what_to_do() {
    let check = |lang: Lang, wrong: Refusal, expected: &str| {
        assert_eq!(in_utc(|times| refusal(lang, &wrong, times)), expected);
    };
    let unknown = |typed: &str, nearest: Option<&str>| Refusal::UnknownCommand {
        typed: typed.into(),
        nearest: nearest.map(Box::from),
    };
    let usage = |topic| Refusal::Usage { topic };
    let (near, far) = (unknown("lgoin", Some("login")), unknown("xyz", None));
    check(Lang::En, near.clone(), "There is no command /lgoin. Did you mean /login?");
    check(
        Lang::En,
        far.clone(),
        "There is no command /xyz. /help lists them; to say such a line, start it with //.",
    );
    check(
        Lang::En,
        usage(Topic::Join),
        "Usage: /join #ROOM [PASSWORD], for example: /join #garden",
    );
    let lock = Refusal::UnknownRoomSetting { nearest: "lock".into() };
    check(Lang::En, lock, "Did you mean /room lock? /help room lists the settings.");
    check(Lang::En, usage(Topic::Back), "Usage: /back, with nothing after it.");
    check(Lang::Zh, near, "没有 /lgoin 这个命令。您是不是想输入 /login？");
    check(
        Lang::Zh,
        far,
        "没有 /xyz 这个命令。输入 /help 查看所有命令；要发送以 / 开头的内容，请以 // 开头。",
    );
    check(Lang::Zh, usage(Topic::Topic), "用法：/topic [内容 | off]，例如：/topic 花草树木");
    check(Lang::Zh, usage(Topic::Motd), "用法：/motd，后面不带任何内容。");
    check(
        Lang::En,
        Refusal::BadDuration { typed: "10x".into() },
        "10x is not a duration: write 5s, 30m, 2h or 7d, at most 3650d.",
    );
    check(
        Lang::En,
        Refusal::BadNetwork { typed: "10x".into() },
        "10x is not an address: write 192.0.2.7, or 192.0.2.0/24 for a range.",
    );
}
