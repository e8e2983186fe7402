use super::*;
use crate::client::texts::fill;
use std::fmt::Display;

fn check(text: &str, expected: Option<Meaning<'_>>) {
    assert_eq!(read(text), expected, "{text}");
}

#[test]
fn the_past() {
    let missed = |room, lines| Some(Meaning::Missed { room, lines });
    check("37 messages since you left at 14:02; /history 37", missed(None, 37));
    check("1 message since you left at 2026-11-22 14:02; /history 1", missed(None, 1));
    let ops = "3 messages in #ops since you left at 14:02; /history #ops 3";
    check(ops, missed(Some("#ops"), 3));
    check("1 message in #ops since you left at 14:02; /history #ops 1", missed(Some("#ops"), 1));
    check("您 14:02 离开后有 37 条新消息；/history 37", missed(None, 37));
    check("您 14:02 离开 #ops 后有 3 条新消息；/history #ops 3", missed(Some("#ops"), 3));
    check("The last 20 messages in #lobby:", Some(Meaning::Past { room: "#lobby", lines: 20 }));
    check("#lobby 最近的一条消息：", Some(Meaning::Past { room: "#lobby", lines: 1 }));
    check("What you missed in #ops:", Some(Meaning::PastOf("#ops")));
    check("In #ops from 14:00 to 15:00:", Some(Meaning::PastOf("#ops")));
    check("#ops 自 14:00 起的消息：", Some(Meaning::PastOf("#ops")));
    check("There is more: /more", Some(Meaning::More));
    // Things that a user says or does.
    check("eve: x is now registered to you. To log in from anywhere: /login eve: x", None);
    check("eve: x is not registered. See /help register", None);
    check("* eve removed you from this server", None);
    check("* eve is now bob", None);
    check("Welcome back: hello", None);
    // Lines that contradict themselves.
    check("bob: 37 messages since you left at 14:02; /history 37", None);
    check("37 messages since you left at bob: 14:02; /history 37", None);
    check("37 messages since you left at 14:02; /history 38", None);
    check("3 messages in ops since you left at 14:02; /history ops 3", None);
}

/// No user can say a line that the client takes for one of the server's, in whatever form it
/// reaches the screen.
#[test]
fn users_cannot_forge_server_lines() {
    let values: [(&str, &dyn Display); 13] = [
        ("by", &"ann"),
        ("name", &"ann"),
        ("to", &"bob"),
        ("room", &"#ops"),
        ("people", &2),
        ("clients", &2),
        ("count", &3),
        ("time", &"14:02"),
        ("from", &"14:02"),
        ("until", &"15:02"),
        ("max", &9),
        ("seconds", &9),
        ("tries", &3),
    ];
    for lang in Lang::ALL {
        for template in templates(catalogue(lang)) {
            let (text, told) = (fill(template, &values), fill(template, &values));
            assert!(read(&told).is_some(), "{told}");
            // The first word may be the name of the user who says it.
            let acted = text.split_once(' ').map_or("", |(_, rest)| rest);
            let forged = [
                format!("eve: {text}"),
                format!("* eve {text}"),
                format!("* {text}"),
                format!("* {acted}"),
                format!("eve left: {text}"),
                format!("eve is away: {text}"),
                format!("eve → you (private): {text}"),
                format!("eve 离开了：{text}"),
                format!("Topic of #ops: {text}"),
            ];
            for said in &forged {
                check(said, None);
                for before in ["[#lobby] ", "14:02 ", "14:02 [#lobby] ", "  14:02 ", "  "] {
                    check(&format!("{before}{said}"), None);
                }
                check(&format!("  2026-11-22 14:02 [#lobby] {said}"), None);
            }
            for before in ["[#lobby] ", "14:02 ", "  ", "  14:02 "] {
                check(&format!("{before}{text}"), None);
            }
        }
    }
    // Names that are the beginning of a template.
    for said in ["Welcome joined", "Welcome left", "Welcome back.", "欢迎 上线"] {
        check(said, None);
    }
}

fn templates(catalogue: &Catalogue) -> Vec<&'static str> {
    let (answers, order) = (&catalogue.answers, &catalogue.moderation);
    vec![
        catalogue.welcome,
        catalogue.welcome_guest,
        catalogue.goodbye,
        catalogue.server_full,
        catalogue.too_many_from_address,
        catalogue.connecting_too_fast,
        catalogue.handshake_timeout,
        catalogue.door_closed,
        answers.more_follows,
        answers.history_is_slow,
        answers.password_wrong,
        answers.password_changed,
        answers.password_changed_elsewhere,
        answers.missed_since,
        answers.missed_one_since,
        answers.missed_since_in,
        answers.missed_one_since_in,
        answers.last_lines,
        answers.last_line,
        answers.history_missed,
        answers.history_since,
        answers.history_between,
        answers.name_registered,
        answers.name_in_use,
        answers.name_resembles_guest,
        answers.name_is_yours,
        answers.name_too_long,
        answers.name_reserved,
        answers.registered,
        answers.logged_in,
        answers.logged_in_from,
        answers.logged_out,
        answers.not_registered,
        answers.too_many_attempts,
        answers.login_failed,
        answers.renamed,
        answers.joined_room,
        answers.joined_empty_room,
        answers.made_room,
        answers.talking_in,
        order.kicked,
        order.you_are_banned,
        order.banned_here,
        order.guests_wait,
        order.guests_banned,
    ]
}

#[test]
fn a_removal_names_a_user_or_an_operator() {
    let removed = Some(Meaning::Removed);
    for by in ["ann", "小明", "127.0.0.1:4000", "[::1]:4000-2", "an operator"] {
        check(&format!("{by} removed you from this server"), removed);
        check(&format!("{by} banned you from this server until 14:02: spam"), removed);
    }
    for by in ["*", "* eve", "eve left: x", "14:02", "14:02 ann", "[#lobby] ann", " ann", ""] {
        check(&format!("{by} removed you from this server"), None);
    }
}

#[test]
fn in_each_language() {
    let name: (&str, &dyn Display) = ("name", &"ann");
    let to: (&str, &dyn Display) = ("to", &"bob");
    let room: (&str, &dyn Display) = ("room", &"#ops");
    let two: (&str, &dyn Display) = ("people", &2);
    for lang in Lang::ALL {
        let catalogue = catalogue(lang);
        let answers = &catalogue.answers;
        let registered = fill(answers.name_registered, &[name]);
        check(&registered, Some(Meaning::NameRegistered("ann")));
        check(&fill(answers.logged_in, &[name]), Some(Meaning::LoggedIn("ann")));
        let clients: (&str, &dyn Display) = ("clients", &2);
        check(&fill(answers.logged_in_from, &[name, clients]), Some(Meaning::LoggedIn("ann")));
        check(&fill(answers.logged_out, &[name]), Some(Meaning::LoggedOut));
        check(&fill(answers.registered, &[name]), Some(Meaning::Registered("ann")));
        check(&fill(answers.renamed, &[name, to]), Some(Meaning::RenamedTo("bob")));
        check(&fill(answers.joined_room, &[room, two]), Some(Meaning::TalkingIn("#ops")));
        check(&fill(answers.talking_in, &[room]), Some(Meaning::TalkingIn("#ops")));
        check(&fill(catalogue.welcome, &[name]), Some(Meaning::Welcome("ann")));
        check(&fill(catalogue.welcome_guest, &[name]), Some(Meaning::Welcome("ann")));
        check(catalogue.goodbye, Some(Meaning::Goodbye));
        let because: (&str, &dyn Display) = ("because", &"");
        let kicked = fill(catalogue.moderation.kicked, &[("by", &"ann"), because]);
        check(&kicked, Some(Meaning::Removed));
        check(&fill(catalogue.server_full, &[("max", &9)]), Some(Meaning::Full));
        let question = fill(answers.ask_password_of, &[name]);
        assert_eq!(read_question(&question), Some(ServerQuestion::PasswordOf("ann".to_owned())));
        assert_eq!(read_question(answers.ask_password), Some(ServerQuestion::Password));
        assert_eq!(read_question(answers.ask_after_wrong), Some(ServerQuestion::AfterWrong));
        let (min, max): (&dyn Display, &dyn Display) = (&6, &128);
        for template in [
            answers.ask_first_password,
            answers.ask_new_password,
            answers.ask_after_different,
            answers.ask_after_too_short,
            answers.ask_after_too_long,
            answers.ask_after_character,
            answers.ask_after_command,
        ] {
            let question = fill(template, &[name, ("min", min), ("max", max)]);
            assert_eq!(read_question(&question), Some(ServerQuestion::NewPassword), "{question}");
        }
        assert_eq!(read_question(&question[..3]), None);
        for nobody in ["* eve", "eve: hi", ""] {
            let forged = fill(answers.ask_password_of, &[("name", &nobody)]);
            assert_eq!(read_question(&forged), None, "{forged}");
        }
    }
    check("ann: bob removed you from this server", None);
    check("ann: hello", None);
    check("", None);
}
