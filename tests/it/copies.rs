//! Exports and backups, both while the server runs and afterwards.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::ops::RangeInclusive;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use hobnob::model::id::{AccountId, ClientId, LineId, PersonId, RoomId};
use hobnob::model::records::{HistoryEntry, StoredLine};
use hobnob::store::archive::Archive;
use hobnob::text::{CleanText, Manner};
use serde_json::Value;

use crate::harness::{
    Client, MEBIBYTE, Process, Program, check_complaint, eventually, gather, printed,
    read_in_background, run, wait,
};

fn start_in(data: &Path) -> Program {
    let data = data.to_str().unwrap();
    // With a large SendQ, a client that does not read for a while misses no line that it waits for
    // later.
    let sendq = (16 * MEBIBYTE).to_string();
    let chatty = ["--flood", "off", "--sendq", &sendq, "--log", "debug"];
    Program::start(&[&["--data", data, "--lang", "en"][..], &chatty].concat())
}

fn stop(mut program: Program) {
    program.signal("TERM");
    let status = program.wait();
    assert_eq!(status.code(), Some(0), "{}", program.log());
}

/// A subcommand for this folder, in the time zone UTC.
fn command(data: &Path, arguments: &[&str]) -> Command {
    let data = ["--data", data.to_str().unwrap()];
    let mut command = Program::command(&[arguments, &data].concat());
    command.env("TZ", "UTC");
    command
}

/// The output of a subcommand that succeeds.
#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = run(command);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{command:?}");
    assert_eq!(output.status.code(), Some(0), "{command:?}");
    printed(&output)
}

#[track_caller]
fn export(data: &Path, arguments: &[&str]) -> String {
    succeeds(&mut command(data, &[&["export"], arguments].concat()))
}

#[track_caller]
fn objects(data: &Path, arguments: &[&str]) -> Vec<Value> {
    let text = export(data, &[arguments, &["--format", "jsonl"]].concat());
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Waits until everything said before is in the file: a question is answered after earlier lines
/// were written.
fn all_is_written(client: &mut Client) {
    client.says("/search xyzzy");
    client.sees_in_the_end("No message here contains all of these words.");
}

fn names_in(folder: &Path) -> BTreeSet<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.into_string().unwrap()).collect()
}

/// 14:02:03 UTC on 25 November 2026.
fn november(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_615_323 + secs)
}

/// Writes lines as a server would have, one per minute.
fn write(archive: &Archive, room: u32, name: &str, seqs: RangeInclusive<u64>) {
    let line = |seq: u64| StoredLine {
        seq,
        id: LineId { origin: 0xC0FFEE, number: seq },
        at: november(seq * 60),
        author: if seq.is_multiple_of(2) {
            PersonId::Registered(AccountId(1))
        } else {
            PersonId::Guest(ClientId(7))
        },
        name: if seq.is_multiple_of(2) { "ann".into() } else { "amber-otter".into() },
        manner: if seq.is_multiple_of(5) { Manner::Acted } else { Manner::Said },
        text: CleanText::from_bytes(format!("line {seq} of {name}").as_bytes()),
        deleted_by: None,
    };
    let lines = seqs.map(line).collect();
    let entry = HistoryEntry::Lines { room: RoomId(room), name: name.into(), lines };
    archive.write(&[entry], november(0), 0).unwrap();
}

#[test]
fn messages_are_exported_while_the_server_runs_and_afterwards() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    for text in ["hello", "/me waves", "say \"好\" \\ 🦦"] {
        ann.says(text);
        ann.line();
    }
    // A room that ends, and another one with the same name.
    for (name, text) in [("#Garden", "one rose"), ("#gArDeN", "two roses")] {
        bob.says(&format!("/join {name}"));
        bob.says(text);
        bob.sees_in_the_end(&format!("bob: {text}"));
        bob.says("/leave");
    }
    all_is_written(&mut bob);
    let running = (
        export(data.path(), &["--room", "#lobby"]),
        objects(data.path(), &["--room", "LOBBY"]),
        export(data.path(), &["--room", "garden"]),
        objects(data.path(), &["--room", "＃GARDEN"]),
    );
    let log = server.log();
    stop(server);
    let after = (
        export(data.path(), &["--room", "lobby"]),
        objects(data.path(), &["--room", "#lobby"]),
        export(data.path(), &["--room", "#GARDEN"]),
        objects(data.path(), &["--room", "garden"]),
    );
    assert_eq!(running, after);
    assert!(!log.to_lowercase().contains("garden"), "{log}");

    let (lobby, lobby_objects, garden, garden_objects) = after;
    let texts = ["ann: hello", "* ann waves", "ann: say \"好\" \\ 🦦"];
    assert_eq!(lobby.lines().count(), texts.len(), "{lobby}");
    assert_eq!(lobby_objects.len(), texts.len());
    let mut ids = BTreeSet::new();
    for ((line, object), text) in lobby.lines().zip(&lobby_objects).zip(texts) {
        let at = object["at"].as_str().unwrap();
        assert_eq!(line, format!("{} {} {text}", &at[..10], &at[11..16]));
        assert!(at.len() == 24 && at.ends_with('Z'), "{at}");
        ids.insert(object["id"].as_str().unwrap());
    }
    assert_eq!(ids.len(), texts.len());
    let fields = |object: &Value| {
        let fields = ["log", "seq", "name", "account", "manner", "text"];
        fields.map(|field| object[field].to_string()).join(" ")
    };
    assert_eq!(fields(&lobby_objects[1]), r#"0 2 "ann" 1 "acted" "waves""#);
    assert_eq!(fields(&lobby_objects[2]), r#"0 3 "ann" 1 "said" "say \"好\" \\ 🦦""#);

    let [first, between, second] = &garden.lines().collect::<Vec<_>>()[..] else {
        panic!("{garden}");
    };
    assert!(first.ends_with(" bob: one rose") && second.ends_with(" bob: two roses"), "{garden}");
    assert_eq!(*between, "");
    let [first, second] = &garden_objects[..] else { panic!("{garden_objects:?}") };
    assert_eq!((&first["room"], &second["room"]), (&"#Garden".into(), &"#gArDeN".into()));
    assert!(first["log"].as_u64() < second["log"].as_u64(), "{garden_objects:?}");
    assert_eq!(first["account"], Value::Null);
}

#[test]
fn the_exact_output() {
    let data = tempfile::tempdir().unwrap();
    let archive = Archive::open(data.path()).unwrap();
    write(&archive, 4, "#garden", 1..=2);
    write(&archive, 4, "#garden", 5..=5);
    write(&archive, 4, "#garden", 7..=7);
    write(&archive, 6, "#Garden", 1..=1);
    let text = "\
2026-11-25 14:03 amber-otter: line 1 of #garden
2026-11-25 14:04 ann: line 2 of #garden
… 2 messages here could not be saved
2026-11-25 14:07 * amber-otter line 5 of #garden
… 1 message here could not be saved
2026-11-25 14:09 amber-otter: line 7 of #garden

2026-11-25 14:03 amber-otter: line 1 of #Garden
";
    assert_eq!(export(data.path(), &["--room", "garden"]), text);
    let in_tokyo = &mut command(data.path(), &["export", "--room", "garden"]);
    let in_tokyo = succeeds(in_tokyo.env("TZ", "Asia/Tokyo"));
    assert_eq!(in_tokyo, text.replace("2026-11-25 14:", "2026-11-25 23:"));
    let jsonl = [
        r##"{"room":"#garden","log":4,"seq":1,"at":"2026-11-25T14:03:03.000Z","id":"0000000000c0ffee-1","name":"amber-otter","manner":"said","text":"line 1 of #garden"}"##,
        r##"{"room":"#garden","log":4,"seq":2,"at":"2026-11-25T14:04:03.000Z","id":"0000000000c0ffee-2","name":"ann","account":1,"manner":"said","text":"line 2 of #garden"}"##,
        r##"{"room":"#garden","log":4,"missing_from":3,"missing_to":4}"##,
        r##"{"room":"#garden","log":4,"seq":5,"at":"2026-11-25T14:07:03.000Z","id":"0000000000c0ffee-5","name":"amber-otter","manner":"acted","text":"line 5 of #garden"}"##,
        r##"{"room":"#garden","log":4,"missing_from":6,"missing_to":6}"##,
        r##"{"room":"#garden","log":4,"seq":7,"at":"2026-11-25T14:09:03.000Z","id":"0000000000c0ffee-7","name":"amber-otter","manner":"said","text":"line 7 of #garden"}"##,
        r##"{"room":"#Garden","log":6,"seq":1,"at":"2026-11-25T14:03:03.000Z","id":"0000000000c0ffee-1","name":"amber-otter","manner":"said","text":"line 1 of #Garden"}"##,
    ];
    let found = export(data.path(), &["--room", "garden", "--format", "jsonl"]);
    assert_eq!(found.lines().collect::<Vec<_>>(), jsonl);

    // `expected` are the indexes of the lines of `text` that remain.
    let check = |since: &str, expected: &[usize]| {
        let found = export(data.path(), &["--room", "garden", "--since", since]);
        let lines: Vec<&str> = text.lines().collect();
        let expected: Vec<&str> = expected.iter().map(|index| lines[*index]).collect();
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "since {since}");
    };
    let all = [0, 1, 2, 3, 4, 5, 6, 7];
    check("2026-11-25", &all);
    check("2026-11-25 14:03", &all);
    check("2026-11-25T14:04", &all[1..6]);
    check("2026-11-25T23:04:03.001+09:00", &all[3..6]);
    check("2026-11-25T14:09:03Z", &all[5..6]);
    check("2026-11-26", &[]);
    check("9999d", &all);
}

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let data = tempfile::tempdir().unwrap();
    write(&Archive::open(data.path()).unwrap(), 0, "#lobby", 1..=20_000);
    for format in ["text", "jsonl"] {
        let mut command = command(data.path(), &["export", "--room", "lobby", "--format", format]);
        let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
        let stderr = read_in_background(process.stderr.take().unwrap());
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        assert!(first.contains("line 1 of #lobby"), "{first}");
        drop(stdout);
        assert_eq!(wait(&mut process).code(), Some(0));
        assert_eq!(String::from_utf8_lossy(&stderr.join()), "");
    }
    // An output without space is an error.
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = command(data.path(), &["export", "--room", "lobby"]);
    let mut process = Process::start(command.stdout(full).stderr(Stdio::piped()));
    let mut complaint = String::new();
    process.stderr.take().unwrap().read_to_string(&mut complaint).unwrap();
    assert_eq!(wait(&mut process).code(), Some(1));
    let expected = "hobnob-server: cannot write to standard output: No space left on device";
    assert!(complaint.starts_with(expected), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
}

#[test]
fn a_copy_is_made_while_people_talk_and_a_server_can_use_it() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    let mut talker = server.client();
    let talk = std::thread::spawn({
        let stream = talker.stream().try_clone().unwrap();
        let name = talker.name.clone();
        move || {
            let talker = Client::connected(stream);
            for number in 1..=20_000 {
                talker.says(&format!("{name} says {number}"));
            }
        }
    });
    let under_way = format!("{0}: {0} says 100", talker.name);
    let reader = std::thread::spawn(move || {
        let last = format!("{0}: {0} says 20000", talker.name);
        talker.sees_in_the_end(&last);
    });
    ann.sees_in_the_end(&under_way);
    ann.says("before the copy");
    all_is_written(&mut ann);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    let told = succeeds(&mut command(data.path(), &["backup", copy.to_str().unwrap()]));
    ann.says("after the copy");
    ann.sees_in_the_end("ann: after the copy");
    talk.join().unwrap();
    reader.join().unwrap();
    stop(server);
    assert_eq!(told.lines().count(), 1, "{told}");
    for part in ["copied 1 account, 0 rooms and ", copy.to_str().unwrap(), "hobnob.db", "--data"] {
        assert!(told.contains(part), "no {part:?} in {told}");
    }
    assert_eq!(names_in(copies.path()), BTreeSet::from(["copy.db".to_owned()]));
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);

    // As the output says.
    let restored = copies.path().join("restored");
    fs::create_dir(&restored).unwrap();
    fs::copy(&copy, restored.join("hobnob.db")).unwrap();
    let lines = export(&restored, &["--room", "lobby"]);
    assert!(lines.contains(" ann: before the copy\n"), "{} lines", lines.lines().count());
    assert!(!lines.contains("after the copy"));
    // Everything that was said before the last exported line, in order.
    let numbers: Vec<u64> = lines
        .lines()
        .filter_map(|line| line.rsplit_once(" says "))
        .map(|(_, number)| number.parse().unwrap())
        .collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64), "{numbers:?}");
    let count = lines.lines().count();
    assert!(told.contains(&format!(" and {count} lines to ")), "{count}: {told}");

    let server = start_in(&restored);
    let mut ann = server.client();
    ann.says("/login ann secret123");
    ann.sees_in_the_end("You are logged in as ann.");
    ann.says("/search before the copy");
    while !ann.line().ends_with(" ann: before the copy") {}
    ann.says("and on it goes");
    ann.sees_in_the_end("ann: and on it goes");
    ann.says("/history 1");
    while !ann.line().ends_with(" ann: and on it goes") {}
    stop(server);
    let lines = objects(&restored, &["--room", "lobby"]);
    assert_eq!(lines.len(), count + 1);
    assert_eq!(lines[count]["seq"], count + 1);
}

#[test]
fn no_file_is_ever_overwritten() {
    let data = tempfile::tempdir().unwrap();
    drop(Archive::open(data.path()).unwrap());
    let copies = tempfile::tempdir().unwrap();
    let mine = copies.path().join("mine");
    fs::write(&mine, "mine").unwrap();
    let database = data.path().join("hobnob.db");
    for file in [&mine, copies.path(), &database] {
        let file = file.to_str().unwrap();
        let output = run(&mut command(data.path(), &["backup", file]));
        let expected = [file, " already exists and was not changed"];
        check_complaint(&output, "hobnob-server", 1, &expected);
    }
    assert_eq!(fs::read(&mine).unwrap(), b"mine");
    // Nothing is left of a copy that could not be written, either.
    for file in [copies.path().join("none/copy.db"), mine.join("copy.db")] {
        let output = run(&mut command(data.path(), &["backup", file.to_str().unwrap()]));
        let expected = format!("cannot write {}: ", file.display());
        check_complaint(&output, "hobnob-server", 1, &[&expected, "; no copy was made"]);
    }
    assert_eq!(names_in(copies.path()), BTreeSet::from(["mine".to_owned()]));
    // The path is relative to the current folder, and nobody reads the output.
    let mut here = command(data.path(), &["backup", "file:copy.db?mode=memory"]);
    let mut process = Process::start(here.current_dir(copies.path()).stdout(Stdio::piped()));
    drop(process.stdout.take());
    assert_eq!(wait(&mut process).code(), Some(0));
    let names = ["file:copy.db?mode=memory", "mine"].map(str::to_owned);
    assert_eq!(names_in(copies.path()), BTreeSet::from(names));
}

#[test]
fn a_copy_that_is_stopped_or_does_not_fit_leaves_nothing() {
    let data = tempfile::tempdir().unwrap();
    write(&Archive::open(data.path()).unwrap(), 0, "#lobby", 1..=100_000);
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    let backup = ["backup", copy.to_str().unwrap(), "--data", data.path().to_str().unwrap()];
    // The longest file is one megabyte; anything longer is an error rather than a signal.
    let limit = "trap '' XFSZ; exec prlimit --fsize=1048576 \"$@\"";
    let output = run(&mut Program::command_under(&["sh", "-c", limit, "sh"], &backup));
    let expected = format!("cannot write {}: ", copy.display());
    check_complaint(&output, "hobnob-server", 1, &[&expected, "; no copy was made"]);
    assert_eq!(names_in(copies.path()), BTreeSet::new());

    for signal in ["INT", "TERM"] {
        eventually("it is stopped before its end", || {
            let mut process = Process::start(Program::command(&backup).stdout(Stdio::null()));
            eventually("it has begun", || (!names_in(copies.path()).is_empty()).then_some(()));
            process.signal(signal);
            let code = wait(&mut process).code();
            let was_late = fs::remove_file(&copy).is_ok();
            assert_eq!(names_in(copies.path()), BTreeSet::new(), "{signal}");
            if code == Some(0) && was_late {
                return None;
            }
            assert_eq!((code, was_late), (Some(130), false), "{signal}");
            Some(())
        });
    }
}

/// Both subcommands, where there is nothing they could read.
fn check_unreadable(data: &Path, expected: &[&str]) {
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("copy.db");
    let check = |arguments: &[&str]| {
        check_complaint(&run(&mut command(data, arguments)), "hobnob-server", 1, expected);
    };
    check(&["export", "--room", "lobby"]);
    check(&["backup", copy.to_str().unwrap()]);
    assert_eq!(names_in(copies.path()), BTreeSet::new());
}

#[test]
fn an_unusable_file_is_named_and_left_alone() {
    let whole = tempfile::tempdir().unwrap();
    write(&Archive::open(whole.path()).unwrap(), 0, "#lobby", 1..=1_000);
    let whole = fs::read(whole.path().join("hobnob.db")).unwrap();
    let check = |spoil: &dyn Fn(&mut Vec<u8>), expected: &str| {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("hobnob.db");
        let mut bytes = whole.clone();
        spoil(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        check_unreadable(data.path(), &[file.to_str().unwrap(), expected]);
        assert!(fs::read(&file).unwrap() == bytes, "{expected}: the file has changed");
    };
    // As in `kept`: the version of the schema, and the application id.
    let version = |version| move |bytes: &mut Vec<u8>| bytes[63] = version;
    check(&version(99), "was written by a newer hobnob-server (format 99; this version knows ");
    check(&version(1), "was written by an older hobnob-server (format 1; this version knows ");
    check(&|bytes| bytes[68..72].copy_from_slice(b"Else"), "is not a hobnob database");
    check(&|bytes| *bytes = b"Dear diary. ".repeat(99), "is not a hobnob database");
    check(&|bytes| bytes[4096..4096 * 3].fill(0xA5), "is damaged (");
    check(&|bytes| bytes.truncate(bytes.len() - 100), "is damaged (");
    check(&|bytes| bytes.clear(), "there is no ");

    let empty = tempfile::tempdir().unwrap();
    check_unreadable(empty.path(), &["there is no ", "hobnob.db", "--data"]);
    assert_eq!(names_in(empty.path()), BTreeSet::new());
    check_unreadable(&empty.path().join("nowhere"), &["there is no ", "nowhere/hobnob.db"]);
    assert_eq!(names_in(empty.path()), BTreeSet::new());
    check_unreadable(Path::new("/dev/null"), &["/dev/null/hobnob.db"]);
}

#[test]
fn wrong_arguments_are_reported_in_one_line() {
    let data = tempfile::tempdir().unwrap();
    write(&Archive::open(data.path()).unwrap(), 0, "#lobby", 1..=1);
    let check = |exit_code: i32, arguments: &[&str], expected: &[&str]| {
        let output = run(&mut command(data.path(), arguments));
        check_complaint(&output, "hobnob-server", exit_code, expected);
    };
    let nobody = ["nobody has ever said anything in that room", "hobnob.db"];
    check(1, &["export", "--room", "#garden"], &nobody);
    check(2, &["export"], &["--room <ROOM>"]);
    check(2, &["export", "--room", "no room"], &["'no room'", "--room", "that is not a room name"]);
    for since in ["never", "5", "24.11.2026", ""] {
        let expected =
            ["--since", "2h, 7d", "yesterday, a day (2026-11-24) or a time (2026-11-24T"];
        if !since.is_empty() {
            check(2, &["export", "--room", "lobby", "--since", since], &expected);
        }
    }
    check(2, &["export", "--room", "lobby", "--format", "xml"], &["--format", "text, jsonl"]);
    check(
        2,
        &["export", "--room", "lobby", "--memory"],
        &["a server with --memory writes nothing to disk"],
    );
    check(
        2,
        &["backup", "copy.db", "--memory"],
        &["a server with --memory writes nothing to disk"],
    );
    check(2, &["backup"], &["<FILE>"]);
    check(
        2,
        &["--check", "backup", "copy.db"],
        &["'backup' cannot be used with '--check' before it"],
    );
    check(2, &["restore"], &["restore"]);
    for (task, words) in [("export", ["--room", "--since", "jsonl"]), ("backup", ["FILE"; 3])] {
        let help = printed(&run(&mut Program::command(&[task, "--help"])));
        for word in words.into_iter().chain(["--data", "HOBNOB_DATA", "EXAMPLES"]) {
            assert!(help.contains(word), "no {word} in {help}");
        }
        assert!(!help.contains("--memory"), "{help}");
        let of_all = printed(&run(&mut Program::command(&["--help"])));
        assert!(of_all.contains(&format!("    hobnob-server {task} ")), "{of_all}");
    }
}

#[test]
fn the_folder_is_that_of_the_server() {
    let state = tempfile::tempdir().unwrap();
    let data = state.path().join("hobnob");
    write(&Archive::open(&data).unwrap(), 0, "#lobby", 1..=1);
    for (variable, folder) in [("HOBNOB_DATA", &*data), ("XDG_STATE_HOME", state.path())] {
        // Settings for future servers do not get in the way.
        let mut command = Program::command(&["export", "--room", "lobby"]);
        command.env("HOBNOB_MEMORY", "true").env(variable, folder);
        assert_eq!(succeeds(&mut command).lines().count(), 1, "{variable}");
    }
    let mut both = command(&data, &["export", "--room", "lobby"]);
    assert_eq!(succeeds(both.env("HOBNOB_DATA", "/nowhere")).lines().count(), 1);
}
