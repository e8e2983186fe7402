//! The words that others depend on: in the database, in settings, in exports and on the wire.
//!
//! Names in the code may change. These may not, because databases, configurations, scripts and
//! clients of earlier versions contain them. When the program gets a new word, add it to a list
//! here; never remove one.

mod wire;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use hobnob::command::TOPICS;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use crate::harness::{Client, Program, Server, printed, run};

/// The tables and their columns. Indexes and SQLite's own tables are not included.
const TABLES: &[(&str, &[&str])] = &[
    ("account", &["id", "key", "name", "password", "registered_at", "seen_at"]),
    ("audit", &["id", "done_at", "done_by", "deed", "whom", "room", "until", "reason"]),
    (
        "erasure",
        &[
            "number",
            "key",
            "account",
            "from_ms",
            "until_ms",
            "keeps_messages",
            "place",
            "done_at_ms",
        ],
    ),
    ("gap", &["room", "first_seq", "last_seq"]),
    ("ignored", &["account", "ignored"]),
    ("invitation", &["room", "account"]),
    (
        "line",
        &["place", "at_ms", "origin", "number", "author", "name", "manner", "text", "deleted_by"],
    ),
    ("log", &["room", "name", "last_seq", "indexed_seq", "ended_at_ms"]),
    ("mark", &["account", "room", "seq", "at_ms"]),
    ("message", &["id", "recipient", "sender", "sender_name", "text", "sent_at"]),
    ("rank", &["account", "rank"]),
    ("remains", &["what"]),
    ("room", &["key", "name", "owner", "topic", "locked", "password", "slow_secs", "hidden", "id"]),
    ("rule", &["name", "value"]),
    (
        "sanction",
        &[
            "id",
            "kind",
            "room",
            "network",
            "account",
            "origins",
            "name",
            "imposed_by",
            "imposed_at",
            "until",
            "reason",
        ],
    ),
    ("setting", &["account", "name", "value"]),
    ("word", &["words"]),
];

/// `hobn`, which marks the file as a hobnob database.
const APPLICATION_ID: i64 = 0x686F_626E;

/// The current version of the schema.
const SCHEMA_VERSION: i64 = 4;

/// Words that are values in the database: a query that selects them, and all that it may find.
const VALUES: &[(&str, &[&str])] = &[
    (
        "SELECT deed FROM audit",
        &[
            "ban", "claim", "delete", "deop", "kick", "lockdown", "mute", "op", "owner", "room",
            "unban", "unlock", "unmute",
        ],
    ),
    ("SELECT manner FROM line", &["0", "1"]),
    ("SELECT rank FROM rank", &["operator", "owner"]),
    (
        "SELECT name || '=' || value FROM rule",
        &["lobby_slow_secs=2", "lobby_topic=welcome", "lockdown=on"],
    ),
    ("SELECT kind FROM sanction", &["ban", "mute"]),
    (
        "SELECT name || '=' || value FROM setting",
        &[
            "bell=all",
            "bell=mentions",
            "bell=off",
            "colour=off",
            "colour=on",
            "edit=off",
            "lang=zh",
            "plain=on",
            "quiet=on",
            "replay=5",
            "timestamps=on",
            "zone=Asia/Tokyo",
        ],
    ),
];

/// The settings of the server, as in the configuration file and on the command line.
const SETTINGS: &[&str] = &[
    "data",
    "flood",
    "history-days",
    "history-lines",
    "history-replay",
    "lang",
    "line-max",
    "listen",
    "log",
    "max-clients",
    "max-per-address",
    "memory",
    "motd",
    "names",
    "password",
    "proxy-from",
    "sendq",
    "stall-timeout",
    "threads",
];

/// Setting values that are words.
const SETTING_VALUES: &[(&str, &[&str])] = &[
    ("flood", &["off", "20:5"]),
    ("history-days", &["off"]),
    ("history-lines", &["off"]),
    ("lang", &["en", "zh"]),
    ("listen", &["localhost:8000", "telnet://localhost:8023"]),
    ("log", &["debug", "error", "info", "off", "trace", "warn"]),
    ("names", &["address", "guest"]),
];

/// The tasks of the server program, and the flags of each program that are not settings.
const TASKS: &[&str] = &["backup", "config", "export", "person"];
const SERVER_FLAGS: &[&str] = &["check", "config", "help", "new-owner", "version"];
const CLIENT_FLAGS: &[&str] = &[
    "as",
    "bell",
    "help",
    "log",
    "notify",
    "password-file",
    "say",
    "server-password-file",
    "version",
];

/// The commands, each with its aliases.
const COMMANDS: &[&[&str]] = &[
    &["nick"],
    &["register"],
    &["login"],
    &["logout"],
    &["passwd"],
    &["unregister"],
    &["whois", "seen"],
    &["away", "afk", "brb"],
    &["back"],
    &["me", "action"],
    &["msg", "query", "dm", "pm", "whisper", "w", "tell", "notice"],
    &["reply", "r"],
    &["say"],
    &["history"],
    &["search", "find"],
    &["more"],
    &["delete", "redact", "unsay"],
    &["ignore"],
    &["unignore"],
    &["join", "j"],
    &["leave", "part"],
    &["rooms", "list", "channels"],
    &["who", "names", "users", "members"],
    &["topic"],
    &["invite"],
    &["room"],
    &["quiet"],
    &["replay"],
    &["timestamps"],
    &["tz", "time", "date"],
    &["bell"],
    &["colour", "color"],
    &["edit"],
    &["plain"],
    &["lang", "language"],
    &["claim"],
    &["op", "ops"],
    &["deop"],
    &["kick"],
    &["ban"],
    &["unban"],
    &["mute"],
    &["unmute"],
    &["bans", "mutes"],
    &["audit"],
    &["lockdown"],
    &["motd"],
    &["stats"],
    &["uptime", "ping"],
    &["version"],
    &["help", "h", "?", "？", "commands"],
    &["quit", "exit", "bye"],
];

/// Words that commands take literally as arguments.
const CHOICES: &[&str] = &[
    "all",
    "en",
    "end",
    "erase",
    "hide",
    "lock",
    "mentions",
    "numbers",
    "off",
    "on",
    "owner",
    "password",
    "show",
    "slow",
    "today",
    "unlock",
    "yesterday",
    "zh",
];

/// A database of the previous version; the file explains what it contains.
const DATABASE_3: &str = include_str!("words/database_3.sql");

/// The tables whose rows are compared. The index of words is left out; a search tests it.
const ROWS: [&str; 14] = [
    "account",
    "audit",
    "gap",
    "ignored",
    "invitation",
    "line",
    "log",
    "mark",
    "message",
    "rank",
    "room",
    "rule",
    "sanction",
    "setting",
];

fn start_in(folder: &Path) -> Program {
    Program::start(&[
        "--data",
        folder.to_str().unwrap(),
        "--flood=off",
        "--lang=en",
        "--history-days=off",
    ])
}

fn stop(mut program: Program) {
    program.signal("TERM");
    let status = program.wait();
    assert_eq!(status.code(), Some(0), "{}", program.log());
}

fn open(folder: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(folder.join("hobnob.db"), flags).unwrap()
}

/// The distinct words in the first column of the query's result, sorted.
fn words(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let word = |row: &rusqlite::Row<'_>| {
        Ok(match row.get(0)? {
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text,
            other => format!("{other:?}"),
        })
    };
    let found: rusqlite::Result<BTreeSet<String>> =
        statement.query_map([], word).unwrap().collect();
    found.unwrap().into_iter().collect()
}

/// All rows of a table, each as text, sorted.
fn rows(connection: &Connection, table: &str) -> Vec<String> {
    // Without the columns that the version before did not have.
    let columns = match table {
        "line" => "place, at_ms, origin, number, author, name, manner, text",
        _ => "*",
    };
    let mut statement = connection.prepare(&format!("SELECT {columns} FROM {table}")).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let values = (0..columns).map(|column| row.get::<_, Value>(column));
        Ok(format!("{:?}", values.collect::<rusqlite::Result<Vec<_>>>()?))
    };
    let found: rusqlite::Result<BTreeSet<String>> = statement.query_map([], row).unwrap().collect();
    found.unwrap().into_iter().collect()
}

/// Sends these commands and returns all lines up to the end of their replies.
#[track_caller]
fn told(client: &mut Client, commands: &[&str]) -> String {
    for command in commands {
        client.says(command);
    }
    // The reply names this unknown command, whatever the colours.
    client.says("/qwertyuiop");
    lines_up_to(client, "/qwertyuiop")
}

/// All lines from here up to one that contains `end`.
#[track_caller]
fn lines_up_to(client: &mut Client, end: &str) -> String {
    let mut lines = String::new();
    while !lines.contains(end) {
        lines = lines + &client.line() + "\n";
    }
    lines
}

#[track_caller]
fn check_told(client: &mut Client, command: &str, expected: &[&str]) {
    let told = told(client, &[command]);
    for text in expected {
        assert!(told.contains(text), "no {text:?} after {command}: {told}");
    }
}

#[test]
fn words_in_the_servers_file() {
    let folder = tempfile::tempdir().unwrap();
    let server = start_in(folder.path());
    let claim = format!("/claim {}", server.token().unwrap());
    let [mut ann, mut bob, mut cat] = ["ann", "bob", "cat"].map(|name| {
        let mut client = Client::join_as(server.address, name);
        told(&mut client, &[&format!("/register {name}-secret")]);
        client
    });
    told(&mut bob, &["/bell off", "/colour off", "/plain on", "/lang zh", "hello"]);
    told(&mut cat, &["/bell mentions", "/me waves"]);
    let settings = ["/quiet on", "/replay 5", "/timestamps on", "/tz Asia/Tokyo", "/bell all"];
    told(&mut ann, &settings);
    told(&mut ann, &["/colour on", "/edit off", &claim]);
    told(&mut ann, &["/op bob owner", "/op bob", "/op cat", "/deop cat", "/delete cat"]);
    told(&mut ann, &["/mute cat", "/unmute cat", "/mute cat", "/ban 192.0.2.1", "/ban 192.0.2.2"]);
    told(&mut ann, &["/unban 192.0.2.1", "/kick cat", "/lockdown on", "/lockdown off"]);
    told(&mut ann, &["/topic welcome", "/room slow 2", "/lockdown on"]);
    stop(server);

    let file = open(folder.path());
    let pragma = |name: &str| file.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    assert_eq!(pragma("application_id").unwrap(), APPLICATION_ID);
    assert_eq!(pragma("user_version").unwrap(), SCHEMA_VERSION);
    let tables = words(
        &file,
        "SELECT name FROM sqlite_schema
         WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'word_%'",
    );
    assert_eq!(tables, TABLES.iter().map(|(table, _)| *table).collect::<Vec<_>>());
    for (table, columns) in TABLES {
        let statement = file.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let found: Vec<&str> = statement.column_names().collect();
        assert_eq!(found, *columns, "{table}");
    }
    for (sql, expected) in VALUES {
        assert_eq!(words(&file, sql), *expected, "{sql}");
    }
}

#[test]
fn words_of_the_configuration() {
    let config = |arguments: &[&str]| {
        let mut command = Program::command(&[&["config"], arguments].concat());
        command.env_remove("HOBNOB_MEMORY").env_remove("HOBNOB_HISTORY_REPLAY");
        command.env("HOME", "/nowhere").env_remove("XDG_STATE_HOME");
        let output = run(&mut command);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        printed(&output)
    };
    let text = config(&[]);
    // Settings with default values are commented out with `#`; prose contains no ` = `.
    let setting = |line: &str| {
        let (name, _) = line.trim_start_matches("# ").split_once(" = ")?;
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-').then(|| name.to_owned())
    };
    let settings: BTreeSet<String> = text.lines().filter_map(setting).collect();
    assert_eq!(Vec::from_iter(settings), SETTINGS);
    for name in SETTINGS {
        let variable = format!("(HOBNOB_{})", name.replace('-', "_").to_ascii_uppercase());
        assert!(text.contains(&variable), "no {variable} in: {text}");
    }
    for (name, values) in SETTING_VALUES {
        for value in *values {
            let text = config(&[&format!("--{name}={value}")]);
            let written = [format!("{name} = \"{value}\"\n"), format!("{name} = [\"{value}\"]\n")];
            assert!(written.iter().any(|line| text.contains(line)), "{name} {value}: {text}");
        }
    }
}

/// The flags that `--help` lists.
fn flags(command: &mut Command) -> Vec<String> {
    let help = printed(&run(command.arg("--help")));
    let flag = |line: &str| {
        let line = line.trim_start();
        let (short, long) = line.split_at(line.find("--")?);
        let is_flag = short.is_empty() || short.starts_with('-') && short.len() == 4;
        let end = long[2..].find(|c: char| !c.is_ascii_lowercase() && c != '-');
        is_flag.then(|| end.map_or(&long[2..], |end| &long[2..2 + end]).to_owned())
    };
    let flags: BTreeSet<String> = help.lines().filter_map(flag).collect();
    flags.into_iter().collect()
}

#[test]
fn flags_and_tasks_of_the_programs() {
    let mut server: Vec<&str> = [SETTINGS, SERVER_FLAGS].concat();
    server.sort_unstable();
    assert_eq!(flags(&mut Program::command(&[])), server);
    assert_eq!(flags(&mut Command::new(env!("CARGO_BIN_EXE_hobnob"))), CLIENT_FLAGS);
    for task in TASKS {
        assert_eq!(run(&mut Program::command(&[task, "--help"])).status.code(), Some(0), "{task}");
    }
}

/// A folder with the database of the previous version.
fn folder_of_before() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let file = Connection::open(folder.path().join("hobnob.db")).unwrap();
    file.execute_batch(DATABASE_3).unwrap();
    drop(file);
    folder
}

#[test]
fn everything_in_the_file_of_the_version_before_is_there() {
    let folder = folder_of_before();
    let all = |folder: &Path| {
        let file = open(folder);
        ROWS.map(|table| (table, rows(&file, table)))
    };
    let before = all(folder.path());
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()));
    // The server opens it, and nobody connects.
    stop(start_in(folder.path()));
    assert_eq!(all(folder.path()), before);

    let server = start_in(folder.path());
    let log_in = |name: &str, password: &str| {
        let mut client = Client::connect(server.address);
        client.says(&format!("/login {name} {password}"));
        lines_up_to(&mut client, &format!(" {name}."));
        client
    };
    // Ranks, bans, mutes and the audit log; Ann's settings.
    let mut ann = log_in("ann", "secret123");
    check_told(&mut ann, "/tz", &["Asia/Tokyo"]);
    check_told(&mut ann, "/ignore", &["cat"]);
    check_told(&mut ann, "/replay", &["5"]);
    check_told(&mut ann, "/topic", &["welcome to the lobby"]);
    let bans = ["192.0.2.0/24", "2100-01-01", "spam net", "198.51.100.7", "cat", "caps lock"];
    check_told(&mut ann, "/bans", &bans);
    check_told(&mut ann, "/bans #garden", &["dan", "2100-01-01", "weeds", "cat"]);
    check_told(&mut ann, "/op", &["ann", "bob"]);
    check_told(&mut ann, "/audit", &["20", "eve", "go away", "slow 2", "topic welcome"]);
    // First come the lines that she has missed. She ignores Cat, whose lines are hidden.
    ann.says("/history");
    lines_up_to(&mut ann, "… 2 ");
    ann.says("/history 9");
    let history = lines_up_to(&mut ann, "I talk in the lobby");
    assert!(history.contains("a guest speaks") && !history.contains("kite"), "{history}");
    // Messages, rooms and an invitation.
    let mut bob = log_in("bob", "hunter22x");
    let messages = lines_up_to(&mut bob, "and bring plates");
    assert!(messages.contains("see you tomorrow"), "{messages}");
    check_told(
        &mut bob,
        "/rooms",
        &["#garden", "roses and bees", "#attic", "welcome to the lobby"],
    );
    check_told(&mut bob, "/join #garden", &["roses and bees"]);
    bob.says("/history 9");
    lines_up_to(&mut bob, "the tulips are here");
    bob.says("/history #lobby 9");
    let history = lines_up_to(&mut bob, "… 2 ");
    assert!(history.contains("the red kite is up") && history.contains("cat waves"), "{history}");
    bob.says("/search #lobby kite");
    lines_up_to(&mut bob, "the red kite is up");
    // The lockdown.
    let mut guest = Client::connect(server.address);
    told(&mut guest, &["nobody hears this"]);
    let heard = told(&mut bob, &["#lobby so it is"]);
    assert!(!heard.contains("nobody hears") && heard.contains("so it is"), "{heard}");
    // A ban from a room, and a mute on the server.
    let mut dan = log_in("dan", "danger789");
    check_told(&mut dan, "/join #garden sesame12", &["2100-01-01", "weeds"]);
    let mut cat = log_in("cat", "catnip456");
    check_told(&mut cat, "meow", &["caps lock"]);
    stop(server);
    let left = all(folder.path());
    let messages = left.iter().find(|(table, _)| *table == "message").unwrap();
    assert!(messages.1.is_empty(), "{messages:?}");
}

#[test]
fn fields_and_words_of_an_export() {
    let folder = folder_of_before();
    // The server upgrades the file.
    stop(start_in(folder.path()));
    let export = |room: &str, format: &str| {
        let data = folder.path().to_str().unwrap();
        let arguments = ["export", "--data", data, "--room", room, "--format", format];
        let output = run(Program::command(&arguments).env("TZ", "UTC"));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        printed(&output)
    };
    let lines = export("lobby", "jsonl");
    let objects: Vec<&str> = lines.lines().collect();
    let line = |object: &str, seq: u32, millis: &str, number: u32, end: &str| {
        let expected = format!(
            r##"{{"room":"#lobby","log":0,"seq":{seq},"at":"2026-11-30T01:08:{millis}Z","id":"134eb58457ba0241-{number}",{end}}}"##
        );
        assert_eq!(object, expected);
    };
    let bob = r#""name":"bob","account":2,"manner":"said","text":"hello from bob""#;
    let eve = r#""name":"eve","manner":"said","text":"a guest speaks""#;
    let cat = r#""name":"cat","account":3,"manner":"acted","text":"waves""#;
    line(objects[0], 1, "48.904", 12, bob);
    line(objects[2], 3, "49.340", 14, eve);
    line(objects[3], 4, "49.512", 15, cat);
    assert_eq!(objects[5], r##"{"room":"#lobby","log":0,"missing_from":6,"missing_to":7}"##);
    assert_eq!(objects.len(), 6);
    let text = export("lobby", "text");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "2026-11-30 01:08 bob: hello from bob");
    assert_eq!(lines[3], "2026-11-30 01:08 * cat waves");
    assert!(lines[5].starts_with("… 2 "), "{text}");
    assert_eq!(export("shed", "text"), "2026-11-30 01:08 eve: who has the rake\n");
}

#[test]
fn words_of_commands() {
    let names = TOPICS.iter().map(|row| [&[row.name], row.aliases].concat());
    assert_eq!(names.collect::<Vec<_>>(), COMMANDS);
    let choices: BTreeSet<&str> = TOPICS.iter().flat_map(|row| row.topic.choices()).collect();
    assert_eq!(Vec::from_iter(choices), CHOICES);
}

#[test]
fn words_for_programs_that_only_say_lines() {
    let server = Server::start();
    let mut bob = Client::connect(server.address);
    bob.says("/post");
    bob.sees_the_beginning_in_the_end("[posting as ");
    bob.asks("/nick backup", &["[posting as backup]"]);
    bob.asks("/post build ok", &["[posted]"]);
    bob.says("/who");
    let answer = bob.line();
    assert!(answer.starts_with("[not posted] "), "{answer}");
}
