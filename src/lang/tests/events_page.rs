//! `docs/events.md`: every event, reply, refusal and question, as data and in English.
//!
//! The page is made of the enums: codes, families and meanings from their source, examples from the
//! samples. With `HOBNOB_WRITE_DOCS=1` the test writes the page; otherwise it compares.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::{env, fs, io};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use super::{in_utc, questions};
use crate::command::completion::{CompletionKind, CompletionRequest};
use crate::lang;
use crate::limits;
use crate::model::id::ClientMessageId;
use crate::model::refusal::irc::IrcCode;
use crate::model::reply::samples;
use crate::model::{ClientId, Event, Lang, LineId, Refusal, Reply};
use crate::text::CleanText;
use crate::wire::json::message::{ClientMessage, EventMessage, Hello, ServerMessage, ViewMessage};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/events.md");

const EVENT_SOURCE: &str = include_str!("../../model/event.rs");
const PROMPT_SOURCE: &str = include_str!("../../model/prompt.rs");
const REFUSAL_SOURCE: &str = include_str!("../../model/refusal.rs");
const REPLY_SOURCE: &str = include_str!("../../model/reply.rs");

const INTRODUCTION: &str = "\
# Events and replies

<!-- Generated from the source. To update it: HOBNOB_WRITE_DOCS=1 cargo test --lib events_page -->

This page is for people who write a client or a bot that reads the server's JSON lines. It lists
everything that the server can say.

An *event* is something that happens in a room; everyone in the room gets it. A *reply* goes to a
single client. A reply that says why the server did not do something is a *refusal*. When the server
needs a password, it asks a *question*. People read all of these as sentences, in English or in
Chinese; a program gets the data.

Each of them has a code, which is the value of `event`, `reply`, `error` or `ask`. Codes and the
names of fields are stable, so compare codes and never sentences. Later versions may add codes and
fields: ignore those that you do not know.

The types of fields follow from the examples:

- Names of people, and names of rooms with their `#`, are strings.
- Times are in milliseconds since 1970-01-01 00:00 UTC, and durations in milliseconds. Fields called
  `seconds` are in seconds.
- `null` means that there is none: no reason, no end, no room because the whole server is meant.
- Long lists come in pages: `paging` has the number of entries on all pages, the number of this page
  from 1, and the number of pages.

Below, each code has its meaning, an example, and the sentence that people read in its place. Lists
and pages have only their heading here, or no sentence at all.
";

const MESSAGES: &str = "
## Messages

A client connects as a telnet client and sends `IAC DO 201` (bytes 255 253 201). A server that knows
this option answers `IAC WILL 201`. Then the client says hello:
`IAC SB 201 Hobnob.Hello HELLO_EXAMPLE IAC SE`.
The server answers `IAC SB 201 Hobnob.Hello ANSWER_EXAMPLE IAC SE`,
and from the next byte on both send JSON objects in UTF-8, one per line. The hello may leave out
`lang` and `first_line`. The server handles the first line before it tells anyone of the client. An
earlier server leaves out `message_ids`, and ignores the ids of messages.

| the client sends | |
|---|---|
| `LINE_EXAMPLE` | what its user types: a message, a command, or the answer to a question |
| `MESSAGE_EXAMPLE` | the same with an id |
| `COMPLETE_EXAMPLE` | a word to complete, a `command`, `room` or `name`, without its sign |

| the server sends | |
|---|---|
| `EVENT_EXAMPLE` | an event, about the person `name` at the client `client` |
| `REPLY_EXAMPLE` | a reply |
| `QUESTION_EXAMPLE` | a question |
| `NO_ASK_EXAMPLE` | the end of the question |
| `ROOMS_EXAMPLE` | the rooms of the client, the current one last |
| `COMPLETIONS_EXAMPLE` | the completions of the word, the best one first |
| `VIEW_EXAMPLE` | how the user wants things to be shown |

The messages of a room are numbered in `seq` without gaps; other events have no number. `mention`
is there if a message mentions the client's user, and `rings` if the bell is to ring.

### Sending a message again

After a broken connection a client does not know whether its last messages were said. If it gives
each message an `id`, it can send them again with the same ids: the server says each of them once.
An id is 128 random bits, written as 32 hexadecimal digits. It counts for a line that is said, and
for `/me`, `/say`, `#room TEXT`, `/msg`, `/reply` and `/post TEXT`; with any other line it is
ignored.

The server remembers the last MESSAGE_IDS_PER_USER_MAX messages of an account for MESSAGE_ID_MINUTES minutes. It answers a
repetition with [`said-before`](#messages-and-history), or with `posted` again. A refused message is
answered with `not-said` and its id. It is not remembered, so it can be said later with the same id.
Guests share their ids, so the server also recognizes the messages of a guest who reconnects; of the
guests of one address (IPv6: one /64) it remembers the last MESSAGE_IDS_PER_ADDRESS_MAX. Logging in,
registering or logging out in between makes a client another user.

A server that restarts has forgotten all ids. Its hello then has a different `message_ids`, and the
client can only tell its user which messages may be lost.
";

const EVENTS: &str = "
## Events

An event happens to a person in a room. The examples leave out the fields that all events have.
";

const ROOM_SETTINGS: &str = "
### Settings of a room

The event `setting` has one of these settings.
";

const REPLIES: &str = "
## Replies
";

const SETTINGS: &str = "
### Settings of a user

The reply `setting` has one of these settings.
";

const REFUSALS: &str = "
## Refusals

A refusal is the reply `refused`, with its own code in `error`. The examples leave `reply` out.

An IRC client is answered with a numeric of RFC 2812 or [Modern IRC](https://modern.ircdocs.horse/),
or with `FAIL` of the IRCv3
[standard replies](https://ircv3.net/specs/extensions/standard-replies), followed by the command and
the code in capitals with underscores: `FAIL NICK NAME_IS_FIXED`.
";

const QUESTIONS: &str = "
## Questions

The answer to a question is a password. It is never shown to anyone.
";

const FAULTS: &str = "
### Why a question is asked again

After a wrong answer the question has a `fault`. With `unfit`, the fault is an object that says what
is wrong with the password.
";

/// A variant of an enum, from its source.
struct Variant {
    code: String,
    /// The comment above it and those that follow.
    family: String,
    meaning: String,
}

/// One value in JSON and in English.
struct Example {
    code: String,
    json: String,
    sentence: String,
    irc: Option<IrcCode>,
}

impl Example {
    /// `tag` is the field that has the code.
    fn of(tag: &str, value: &impl Serialize, sentence: impl Into<String>) -> Self {
        let json = written(value);
        let parsed: Value = serde_json::from_str(&json).unwrap();
        let code = match &parsed[tag] {
            Value::Object(fields) => fields.keys().next().cloned(),
            code => code.as_str().map(str::to_owned),
        };
        let code = code.unwrap_or_else(|| panic!("no {tag}: {json}"));
        Self { code, json, sentence: sentence.into(), irc: None }
    }
}

/// JSON with a blank after each colon and comma, where a browser may break it.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        to.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

fn written(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut json, Spaced)).unwrap();
    String::from_utf8(json).unwrap()
}

/// The variants that the source of an enum declares, in order.
fn variants(source: &str, name: &str) -> Vec<Variant> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let (mut family, mut meaning, mut variants) = (String::new(), String::new(), Vec::new());
    for line in body.lines().filter_map(|line| line.strip_prefix("    ")) {
        if let Some(comment) = line.strip_prefix("/// ") {
            meaning.push_str(if meaning.is_empty() { "" } else { " " });
            meaning.push_str(&comment.replace("`None`", "`null`"));
        } else if let Some(comment) = line.strip_prefix("// ") {
            family = comment.trim_end_matches('.').to_owned();
        } else if line.starts_with(char::is_uppercase) {
            let word = line.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            assert!(!meaning.is_empty(), "{name}::{word} has no comment");
            let family = family.clone();
            variants.push(Variant {
                code: kebab(word),
                family,
                meaning: std::mem::take(&mut meaning),
            });
        }
    }
    variants
}

fn kebab(name: &str) -> String {
    let mut code = String::new();
    for (at, c) in name.char_indices() {
        code.extend((at > 0 && c.is_uppercase()).then_some('-'));
        code.extend(c.to_lowercase());
    }
    code
}

/// Adds a table of an enum's variants, or one for each family of them.
fn add_table(page: &mut String, variants: &[Variant], examples: &[Example]) {
    let has_irc = examples.iter().any(|example| example.irc.is_some());
    for family in variants.chunk_by(|one, next| one.family == next.family) {
        if !family[0].family.is_empty() {
            writeln!(page, "\n### {}", family[0].family).unwrap();
        }
        let (irc_heading, irc_rule) = if has_irc { (" IRC |", "---|") } else { ("", "") };
        writeln!(page, "\n| code |{irc_heading} meaning, example, sentence |").unwrap();
        writeln!(page, "|---|{irc_rule}---|").unwrap();
        for variant in family {
            add_row(page, variant, examples, has_irc);
        }
    }
}

fn add_row(page: &mut String, variant: &Variant, examples: &[Example], has_irc: bool) {
    let Variant { code, meaning, .. } = variant;
    let mut examples = examples.iter().filter(|example| example.code == *code).peekable();
    let Example { json, sentence, .. } = examples.peek().unwrap_or_else(|| panic!("no {code}"));
    let quoted = match sentence.trim_end() {
        "" => String::new(),
        sentence => format!("<br>“{sentence}”"),
    };
    let mut irc: Vec<String> = examples.filter_map(|example| example.irc).map(shown_irc).collect();
    irc.sort_unstable();
    irc.dedup();
    let irc = if has_irc { format!(" {} |", irc.join(", ")) } else { String::new() };
    let shown = format!("{meaning}<br>`{json}`{quoted}").replace('|', "\\|");
    writeln!(page, "| `{code}` |{irc} {shown} |").unwrap();
}

fn shown_irc(code: IrcCode) -> String {
    match code {
        IrcCode::Numeric(numeric) => format!("{numeric:03}"),
        IrcCode::Fail => "FAIL".to_owned(),
    }
}

fn event_examples() -> Vec<Example> {
    let shown = |event: &Event| {
        let sentence = in_utc(|times| lang::event(Lang::En, event, "quill", 0, "#orchard", times));
        let sentence = if event.is_said() { "".into() } else { sentence };
        Example::of("event", event, sentence)
    };
    samples::events().iter().map(shown).collect()
}

fn reply_examples() -> Vec<Example> {
    let shown = |reply: &Reply| {
        let sentence = in_utc(|times| lang::reply(Lang::En, reply, times));
        Example::of("reply", reply, sentence)
    };
    samples::replies().iter().map(shown).collect()
}

fn refusal_examples() -> Vec<Example> {
    let shown = |refusal: &Refusal| {
        let sentence = in_utc(|times| lang::refusal(Lang::En, refusal, times));
        let example = Example::of("error", refusal, sentence);
        Example { irc: Some(refusal.irc()), ..example }
    };
    samples::refusals().iter().map(shown).collect()
}

/// The examples whose code is the setting and no longer that of the event or reply.
fn setting_examples(examples: Vec<Example>) -> Vec<Example> {
    let settings = examples.into_iter().filter(|example| example.code == "setting");
    let by_setting = |example: Example| {
        let value: Value = serde_json::from_str(&example.json).unwrap();
        Example { code: value["setting"].as_str().unwrap().to_owned(), ..example }
    };
    settings.map(by_setting).collect()
}

fn question_examples(tag: &str) -> Vec<Example> {
    let all = questions().into_iter().filter(|question| tag == "ask" || question.fault.is_some());
    let shown = |question| Example::of(tag, &question, lang::question(Lang::En, &question));
    all.map(shown).collect()
}

/// The messages of the JSON wire, which carry all that follows on the page.
fn messages() -> String {
    let first_line = Some("/nick quill".to_owned());
    let hello = Hello { lang: Some(Lang::En), first_line, ..Hello::of_version() };
    let answer = Hello { message_ids: Some("1f".to_owned()), ..Hello::of_version() };
    let id = ClientMessageId(0x9c5e_11b0_84f2_4d06_a3c7_77e1_5b2f_d980);
    let join = ClientMessage::Line { line: "/join #orchard".to_owned(), id: None };
    let message = ClientMessage::Line { line: "hi brandt".to_owned(), id: Some(id.into()) };
    let prefix = "br".to_owned();
    let complete = CompletionRequest { kind: CompletionKind::Name, prefix, topic: None };
    let event = EventMessage {
        event: Cow::Owned(Event::Said { text: CleanText::new("hi quill") }),
        room: "#orchard".into(),
        seq: Some(811),
        id: LineId { origin: 0x1f, number: 0x2a },
        at: samples::at(),
        name: "brandt".into(),
        client: ClientId(7),
        mention: true,
        rings: true,
    };
    let question = questions().swap_remove(1);
    let rooms = ["#lobby".into(), "#orchard".into()].into();
    let minutes = limits::MESSAGE_ID_TIME.as_secs() / 60;
    [
        ("MESSAGE_IDS_PER_USER_MAX", limits::MESSAGE_IDS_PER_USER_MAX.to_string()),
        ("MESSAGE_IDS_PER_ADDRESS_MAX", limits::MESSAGE_IDS_PER_ADDRESS_MAX.to_string()),
        ("MESSAGE_ID_MINUTES", minutes.to_string()),
        ("HELLO_EXAMPLE", written(&hello)),
        ("ANSWER_EXAMPLE", written(&answer)),
        ("LINE_EXAMPLE", written(&join)),
        ("MESSAGE_EXAMPLE", written(&message)),
        ("COMPLETE_EXAMPLE", written(&ClientMessage::Complete { complete })),
        ("EVENT_EXAMPLE", written(&ServerMessage::Event(event))),
        ("REPLY_EXAMPLE", written(&ServerMessage::Reply(Reply::NoMotd))),
        ("NO_ASK_EXAMPLE", written(&ServerMessage::Ask { ask: None })),
        ("QUESTION_EXAMPLE", written(&ServerMessage::Ask { ask: Some(question) })),
        ("ROOMS_EXAMPLE", written(&ServerMessage::Rooms { rooms })),
        (
            "COMPLETIONS_EXAMPLE",
            written(&ServerMessage::Completions { completions: ["brandt".into()].into() }),
        ),
        ("VIEW_EXAMPLE", written(&ServerMessage::View { view: ViewMessage::default() })),
    ]
    .iter()
    .fold(MESSAGES.to_owned(), |page, (mark, example)| page.replace(mark, example))
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned() + &messages();
    let mut section = |text: &str, source: &str, name: &str, examples: &[Example]| {
        page.push_str(text);
        add_table(&mut page, &variants(source, name), examples);
    };
    section(EVENTS, EVENT_SOURCE, "Event", &event_examples());
    section(ROOM_SETTINGS, EVENT_SOURCE, "RoomSetting", &setting_examples(event_examples()));
    section(REPLIES, REPLY_SOURCE, "Reply", &reply_examples());
    section(SETTINGS, REPLY_SOURCE, "Setting", &setting_examples(reply_examples()));
    section(REFUSALS, REFUSAL_SOURCE, "Refusal", &refusal_examples());
    section(QUESTIONS, PROMPT_SOURCE, "QuestionKind", &question_examples("ask"));
    section(FAULTS, PROMPT_SOURCE, "QuestionFault", &question_examples("fault"));
    page
}

#[test]
fn the_source_is_read_as_the_compiler_reads_it() {
    let read = |source, name| {
        variants(source, name).into_iter().map(|variant| variant.code).collect::<Vec<_>>()
    };
    assert_eq!(read(REPLY_SOURCE, "Reply"), samples::codes::<Reply>("reply"));
    assert_eq!(read(REFUSAL_SOURCE, "Refusal"), samples::codes::<Refusal>("error"));
}

#[test]
fn the_page_of_events_is_up_to_date() {
    let page = page();
    if env::var_os("HOBNOB_WRITE_DOCS").is_some() {
        fs::write(PAGE, page).unwrap();
        return;
    }
    let found = fs::read_to_string(PAGE).unwrap_or_default();
    let same = page.lines().zip(found.lines()).take_while(|(line, found)| line == found).count();
    assert!(
        page == found,
        "docs/events.md is out of date from line {} on.\n\
         To update it: HOBNOB_WRITE_DOCS=1 cargo test --lib events_page",
        same + 1
    );
}
