//! The words between the server and its own client.

use std::collections::BTreeSet;

use hobnob::model::event::{Event, RoomSetting};
use hobnob::model::refusal::Refusal;
use hobnob::model::reply::{Heading, Reply, Setting};

use crate::harness::{Client, Server};

/// The codes of events on the JSON wire.
const EVENTS: &[&str] = &[
    "acted",
    "deleted",
    "joined",
    "left",
    "owner",
    "quit",
    "removed",
    "renamed",
    "said",
    "sanctioned",
    "setting",
    "topic",
];

/// The codes of replies.
const REPLIES: &[&str] = &[
    "all-saved",
    "audit",
    "away",
    "bans",
    "cancelled",
    "claimed",
    "delayed",
    "deleted",
    "disk-fails",
    "disk-works",
    "flooding",
    "goodbye",
    "help",
    "here",
    "ignored",
    "ignoring",
    "imposed",
    "invited",
    "joined-room",
    "kept-messages",
    "left-room",
    "lifted",
    "lockdown",
    "logged-in",
    "logged-out",
    "made-room",
    "meant-command",
    "message-left",
    "missed",
    "moderators",
    "moderators-may-log-in",
    "motd",
    "no-motd",
    "not-erased-yet",
    "not-posted",
    "not-said",
    "not-saved-yet",
    "now-away",
    "now-back",
    "password-changed",
    "password-is-shown",
    "past",
    "person-erased",
    "posted",
    "posting",
    "press-enter",
    "private",
    "rank-given",
    "rank-taken",
    "refused",
    "registered",
    "removed",
    "renamed",
    "room-password",
    "rooms",
    "said-before",
    "saved-now",
    "server-is-here",
    "setting",
    "settings-refused",
    "shared-address",
    "stats",
    "talking-in",
    "time-zone",
    "topic",
    "unread",
    "unregistered",
    "unregistering",
    "uptime",
    "version",
    "welcome",
    "who",
    "whois",
    "you-are-invited",
    "you-are-sanctioned",
    "you-left",
    "you-may-talk",
    "you-were-removed",
    "your-rank",
];

/// The codes of refusals.
const REFUSALS: &[&str] = &[
    "account-gone",
    "address-full",
    "already-deleted",
    "bad-duration",
    "bad-message",
    "bad-message-id",
    "bad-name",
    "bad-network",
    "bad-password",
    "bad-room-name",
    "banned",
    "busy",
    "cannot-clear",
    "cannot-edit",
    "cannot-suspend",
    "choose-name-first",
    "claim-needs-account",
    "connects-too-often",
    "damaged-by-telnet",
    "edit-unanswered",
    "flood-command",
    "flood-line",
    "guests-banned",
    "has-no-rank",
    "has-owner",
    "has-rank-already",
    "history-failed",
    "history-is-busy",
    "history-is-empty",
    "ignored-already",
    "ignoring-oneself",
    "in-no-room",
    "in-room-already",
    "in-too-many-rooms",
    "joined-too-slowly",
    "last-owner",
    "line-too-long",
    "lockdown",
    "lockdown-already",
    "logged-in-already",
    "mailbox-full",
    "may-be-password",
    "message-to-oneself",
    "muted",
    "name-in-use",
    "name-is-fixed",
    "name-is-yours",
    "name-registered",
    "name-resembles",
    "needs-rank",
    "network-in-room",
    "network-of-peer",
    "network-too-large",
    "no-such-message",
    "no-such-person",
    "no-such-room",
    "no-such-zone",
    "nobody-to-reply-to",
    "not-away",
    "not-here",
    "not-ignored",
    "not-in-room",
    "not-logged-in",
    "not-moderator",
    "not-owner",
    "not-registered",
    "not-sanctioned",
    "not-telnet",
    "not-there",
    "not-utf8",
    "nothing-more",
    "nothing-to-delete",
    "nothing-to-search",
    "oneself",
    "outranked",
    "own-network",
    "owns-room",
    "owns-too-many-rooms",
    "password-changed-elsewhere",
    "paste-cut",
    "plain-mode",
    "posts-only",
    "prompt-failed",
    "rank-needs-account",
    "rank-needs-good-standing",
    "registered-already",
    "replied-to-has-gone",
    "room-gone",
    "room-has-no-owner",
    "room-left",
    "room-locked",
    "room-name-is-one-word",
    "room-needs-password",
    "room-password-missing",
    "room-resembles",
    "sanctioned",
    "search-too-large",
    "server-full",
    "server-password-not-given",
    "slow-mode",
    "too-many-accounts",
    "too-many-clients",
    "too-many-ignored",
    "too-many-invited",
    "too-many-rooms",
    "too-many-sanctions",
    "too-many-to-delete",
    "too-often",
    "unknown-command",
    "unknown-room-setting",
    "usage",
    "wrong-own-password",
    "wrong-password",
    "wrong-room-password",
    "wrong-server-password",
    "wrong-token",
];

/// The codes of a user's settings.
const PERSONAL_SETTINGS: &[&str] =
    &["bell", "colour", "edit", "language", "plain", "quiet", "replay", "timestamps", "zone"];

/// DO 201 (GMCP): our own client asks for out-of-band messages.
const DO_MESSAGES: &[u8] = b"\xff\xfd\xc9";

/// WILL 201, as it is read byte by byte.
const WILL_MESSAGES: &str = "\u{ff}\u{fb}\u{c9}";

#[test]
fn words_of_the_json_wire() {
    let server = Server::start();
    let _ann = Client::join_as(server.address, "ann");
    let mut bob = Client::connect(server.address);
    bob.send(DO_MESSAGES);
    assert_eq!(bob.raw("\u{c9}"), WILL_MESSAGES);
    let hello = br#"Hobnob.Hello {"version":1,"lang":"zh","first_line":"/nick bob"}"#;
    bob.send(&[b"\xff\xfa\xc9", &hello[..], b"\xff\xf0"].concat());
    let agreed = "\u{ff}\u{fa}\u{c9}Hobnob.Hello {\"version\":1,\"message_ids\":\"1\"}\u{ff}\u{f0}";
    assert_eq!(bob.raw("\u{f0}"), agreed);
    let welcome = bob.raw("\n");
    assert_eq!(welcome, "{\"reply\":\"welcome\",\"name\":\"bob\",\"is_address\":false}\n");
    bob.raw("{\"rooms\":[\"#lobby\"]}\n");
    bob.send(b"{\"line\":\"hello\"}\n");
    let said = bob.raw("\n");
    assert!(said.starts_with(r##"{"event":"said","text":"hello","room":"#lobby","seq":1,"id":""##));
    for part in [",\"at\":", ",\"name\":\"bob\"", ",\"client\":"] {
        assert!(said.contains(part), "{said}");
    }
    for (kind, prefix, found) in [("name", "an", "[\"ann\"]"), ("room", "lo", "[\"lobby\"]")] {
        let request = format!("{{\"complete\":{{\"kind\":\"{kind}\",\"prefix\":\"{prefix}\"}}}}\n");
        bob.send(request.as_bytes());
        assert_eq!(bob.raw("\n"), format!("{{\"completions\":{found}}}\n"), "{kind}");
    }
    bob.send(b"{\"line\":\"/login ann\"}\n");
    let refused = bob.raw("\n");
    assert!(refused.starts_with("{\"reply\":\"refused\",\"error\":\""), "{refused}");
    bob.send(b"{\"line\":\"/register\"}\n");
    let asked = r#"{"ask":{"ask":"first-password","name":"bob","fault":null}}"#;
    assert_eq!(bob.raw("\n").trim_end(), asked);
    bob.send(b"{\"line\":\"\"}\n");
    assert_eq!(bob.raw("\n"), "{\"ask\":null}\n");
    assert_eq!(bob.raw("\n"), "{\"reply\":\"cancelled\"}\n");
    bob.send(b"{\"line\":\"/timestamps on\"}\n");
    bob.raw("{\"view\":{\"lang\":\"zh\",\"colour\":true,\"plain\":false,\"timestamps\":true,\"zone\":null}}\n");
}

/// Earlier clients ask for out-of-band messages and send lines at once.
#[test]
fn an_earlier_client_is_sent_lines() {
    let server = Server::start();
    let mut ann = Client::connect(server.address);
    ann.send(&[DO_MESSAGES, b"/nick ann\r\n"].concat());
    assert_eq!(ann.raw("\u{c9}"), WILL_MESSAGES);
    ann.sees("Welcome, ann.");
    ann.line();
    ann.send(b"hello\r\n/register\r\n");
    ann.sees("ann: hello");
    // The answer to the question is hidden.
    assert_eq!(ann.raw("\u{1}"), "\u{ff}\u{fb}\u{1}");
    ann.send(b"\xff\xfd\x01");
    ann.raw("(Enter cancels): ");
}

/// The codes that serde knows for the variants of a type.
fn codes<T: serde::de::DeserializeOwned>(tag: &str) -> Vec<String> {
    let error = serde_json::from_str::<T>(&format!("{{\"{tag}\":\"?\"}}")).err().unwrap();
    let error = error.to_string();
    let codes: BTreeSet<String> = error.split('`').skip(3).step_by(2).map(str::to_owned).collect();
    codes.into_iter().collect()
}

#[test]
fn codes_of_the_json_wire() {
    assert_eq!(codes::<Event>("event"), EVENTS);
    assert_eq!(codes::<Reply>("reply"), REPLIES);
    assert_eq!(codes::<Refusal>("error"), REFUSALS);
    assert_eq!(codes::<Heading>("heading"), ["last", "missed", "period", "search"]);
    assert_eq!(codes::<RoomSetting>("setting"), ["given-up", "hidden", "locked", "slow"]);
    assert_eq!(codes::<Setting>("setting"), PERSONAL_SETTINGS);
}
