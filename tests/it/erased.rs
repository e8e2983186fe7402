//! Deleted messages and erased people: they are in no file afterwards.

use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use fastrand::Rng;
use hobnob::model::id::{ClientId, LineId, PersonId, RoomId};
use hobnob::model::records::{HistoryEntry, StoredLine};
use hobnob::store::archive::Archive;
use hobnob::text::{CleanText, Manner};
use serde_json::Value;

use crate::harness::{
    Client, Left, Process, Program, check_complaint, folder_in_memory, gather, kill_rounds,
    lets_pass, machine_to_myself, printed, run, wait,
};

/// A message, and the word of it in the index.
const TEXT: &str = "My Password is ZYXWVÜT";
const FOLDED: &str = "zyxwvut";

/// How much longer a line and a page of the history may take on a machine that others use, too. To
/// rewrite the whole index at once would take a second with a million lines.
const SLACK: [Duration; 2] = [Duration::from_millis(20), Duration::from_millis(300)];

fn start_in(data: &Path) -> Program {
    let data = data.to_str().unwrap();
    Program::start(&["--data", data, "--lang", "en", "--flood", "off", "--history-replay", "0"])
}

fn stop(mut server: Program) {
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0), "{}", server.log());
}

fn task(data: &Path, arguments: &[&str]) -> Output {
    let data = ["--data", data.to_str().unwrap()];
    run(&mut Program::command(&[arguments, &data].concat()))
}

/// The files in a folder that have one of these texts in them.
fn files_with(folder: &Path, texts: &[&str]) -> Vec<String> {
    let has = |bytes: &[u8], text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let Ok(bytes) = fs::read(&file) else { continue };
        found.extend(
            texts
                .iter()
                .filter(|text| has(&bytes, text))
                .map(|text| format!("{text} in {}", file.display())),
        );
    }
    found
}

/// Waits until everything said before is in the file.
fn all_is_written(client: &mut Client) {
    client.says("/search xyzzy");
    client.sees_in_the_end("No message here contains all of these words.");
}

/// Fills the lobby with talk, of which every tenth line is from `spam`.
fn fill(data: &Path, lines: u64) {
    const PIECE: u64 = 10_000;
    let archive = Archive::open(data).unwrap();
    let mut random = Rng::with_seed(7);
    let mut line = |seq: u64| {
        let words: Vec<String> = (0..8).map(|_| format!("w{}", random.u32(..9_000))).collect();
        StoredLine {
            seq,
            id: LineId { origin: 1, number: seq },
            at: SystemTime::now(),
            author: PersonId::Guest(ClientId(1)),
            name: if seq.is_multiple_of(10) { "spam".into() } else { "someone".into() },
            manner: Manner::Said,
            text: CleanText::from_bytes(words.join(" ").as_bytes()),
            deleted_by: None,
        }
    };
    for first in (1..=lines).step_by(PIECE as usize) {
        let lines = (first..first + PIECE).map(&mut line).collect();
        let entry = HistoryEntry::Lines { room: RoomId(0), name: "#lobby".into(), lines };
        archive.write(&[entry], SystemTime::now(), PIECE as usize).unwrap();
    }
}

/// The owner of the server.
fn owner(server: &Program) -> Client {
    let mut olga = Client::join(server.address);
    if let Some(token) = server.token() {
        olga.says("/nick olga");
        olga.says("/register olgas-secret");
        olga.sees_the_beginning_in_the_end("olga is now registered");
        olga.says(&format!("/claim {token}"));
        olga.sees_the_beginning_in_the_end("You now own this server.");
    } else {
        olga.says("/login olga olgas-secret");
        olga.sees_the_beginning_in_the_end("You are logged in");
    }
    olga
}

/// Waits until the server has overwritten everything that was removed before.
fn nothing_is_left(client: &mut Client) {
    client.says("the last word");
    client.says("/delete");
    client.sees_the_beginning_in_the_end("Deleted.");
}

/// None of the texts is in the folder, or in a backup.
#[track_caller]
fn is_nowhere(data: &Path, texts: &[&str]) {
    let copies = folder_in_memory();
    let copy = copies.path().join("copy.db");
    let backup = task(data, &["backup", copy.to_str().unwrap()]);
    assert_eq!(backup.status.code(), Some(0), "{backup:?}");
    for folder in [data, copies.path()] {
        assert_eq!(files_with(folder, texts), [""; 0]);
    }
}

#[test]
fn deleted_messages_are_in_no_file_whenever_the_server_is_killed() {
    let data = folder_in_memory();
    fill(data.path(), 20_000);
    let mut random = Rng::with_seed(1);
    let (mut forgotten, mut unfinished) = (0, 0);
    for _ in 0..kill_rounds().div_ceil(10) {
        let mut server = start_in(data.path());
        let mut bob = Client::join_as(server.address, "bob");
        for number in 0..9 {
            bob.says(&format!("{TEXT}{number}"));
        }
        all_is_written(&mut bob);
        assert_ne!(files_with(data.path(), &[TEXT]), [""; 0]);
        bob.says("/delete bob 9");
        bob.sees_in_the_end("bob deleted 9 messages");
        lets_pass(Duration::from_secs_f32(0.05 * random.f32()));
        server.signal("KILL");
        server.wait();

        let left = Left::of(data.path());
        let count = |sql: &str| left.connection.query_one(sql, [], |row| row.get::<_, i64>(0));
        let lines = count("SELECT count(*) FROM line WHERE text LIKE 'My Password%'").unwrap();
        unfinished += count("SELECT count(*) FROM remains").unwrap();
        // Nobody has been told that the deletion is on the disk.
        forgotten += i64::from(lines > 0);
        let server = start_in(data.path());
        let mut olga = owner(&server);
        nothing_is_left(&mut olga);
        if lines > 0 {
            olga.says(&format!("/delete bob {lines}"));
            olga.sees_the_beginning_in_the_end("Deleted ");
        }
        is_nowhere(data.path(), &[TEXT, FOLDED, "the last word"]);
        stop(server);
    }
    println!(
        "killed before the deletion was stored: {forgotten}; before it was over: {unfinished}"
    );
}

#[test]
fn an_erased_person_is_in_no_file_whenever_the_server_is_killed() {
    let data = folder_in_memory();
    fill(data.path(), 20_000);
    let mut random = Rng::with_seed(2);
    let mut unfinished = 0;
    for _ in 0..kill_rounds().div_ceil(10) {
        let mut server = start_in(data.path());
        let mut quirinus = Client::join_as(server.address, "quirinus");
        quirinus.says("/register secret-of-his");
        quirinus.sees_the_beginning_in_the_end("quirinus is now registered");
        for number in 0..9 {
            quirinus.says(&format!("{TEXT}{number}"));
        }
        all_is_written(&mut quirinus);
        let arguments = ["person", "quirinus", "erase", "--data", data.path().to_str().unwrap()];
        let mut erase = Process::start(Program::command(&arguments).stderr(Stdio::null()));
        quirinus.sees_the_beginning_in_the_end("quirinus is no longer registered.");
        lets_pass(Duration::from_secs_f32(0.05 * random.f32()));
        server.signal("KILL");
        server.wait();
        erase.signal("KILL");
        wait(&mut erase);

        let left = Left::of(data.path());
        let count = |sql: &str| left.connection.query_one(sql, [], |row| row.get::<_, i64>(0));
        let is_forgotten =
            count("SELECT count(*) FROM account WHERE key = 'quirinus'").unwrap() > 0;
        unfinished += count("SELECT count(*) FROM remains").unwrap();
        let server = start_in(data.path());
        nothing_is_left(&mut owner(&server));
        if is_forgotten {
            let erased = task(data.path(), &["person", "quirinus", "erase"]);
            assert_eq!(erased.status.code(), Some(0), "{erased:?}");
        }
        is_nowhere(data.path(), &[TEXT, FOLDED, "quirinus"]);
        stop(server);
    }
    println!("killed before it was over: {unfinished}");
}

#[test]
fn a_person_is_exported_and_erased_while_the_server_runs() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    let mut ann = Client::join_as(server.address, "ann");
    let mut quirinus = Client::join_as(server.address, "quirinus");
    ann.sees("quirinus joined");
    for (client, name) in [(&mut ann, "ann"), (&mut quirinus, "quirinus")] {
        client.says(&format!("/register {name}-secret"));
        client.sees_the_beginning_in_the_end(&format!("{name} is now registered"));
    }
    quirinus.says("/tz Asia/Tokyo");
    quirinus.says(TEXT);
    quirinus.says("/join #nest");
    quirinus.says("/topic eggs");
    quirinus.says("/me breeds");
    all_is_written(&mut quirinus);

    let unknown = task(data.path(), &["person", "nobody", "export"]);
    check_complaint(&unknown, "hobnob-server", 1, &["nobody is registered as nobody"]);
    let export = || {
        let output = task(data.path(), &["person", "Quirinus", "export"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_str::<Value>(&printed(&output)).unwrap()
    };
    let exported = export();
    assert_eq!(exported["account"]["name"], "quirinus");
    assert_eq!(exported["rooms"][0]["room"], "#nest");
    assert_eq!(exported["rooms"][0]["topic"], "eggs");
    let messages = exported["messages"].as_array().unwrap();
    let said: Vec<_> = messages.iter().map(|message| &message["text"]).collect();
    assert_eq!(said, [TEXT, "breeds"]);
    assert!(!exported.to_string().contains("argon2"), "{exported}");

    let erased = task(data.path(), &["person", "quirinus", "erase"]);
    assert_eq!(printed(&erased), "erased; backups made before still have it\n", "{erased:?}");
    let gone = "quirinus is no longer registered. You keep the name while you are here.";
    quirinus.sees_in_the_end(gone);
    check_complaint(
        &task(data.path(), &["person", "quirinus", "erase"]),
        "hobnob-server",
        1,
        &["nobody is registered"],
    );
    ann.says("/history");
    ann.sees_the_beginning_in_the_end("The last message in #lobby:");
    assert!(ann.line().ends_with(" (erased): (deleted)"));
    assert_eq!(files_with(data.path(), &[TEXT, FOLDED, "breeds", "quirinus"]), [""; 0]);
    quirinus.says("/quit");
    stop(server);

    // Without a server.
    let erased = task(data.path(), &["person", "ann", "erase", "--keep-messages"]);
    assert_eq!(erased.status.code(), Some(0), "{erased:?}");
    check_complaint(
        &task(data.path(), &["person", "ann", "export"]),
        "hobnob-server",
        1,
        &["nobody is registered"],
    );
}

#[test]
fn a_guest_is_exported_and_erased_by_name_and_time() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    let mut gus = Client::join_as(server.address, "gustavus");
    gus.says(TEXT);
    all_is_written(&mut gus);
    let person =
        |arguments: &[&str]| task(data.path(), &[&["person", "gustavus"], arguments].concat());
    check_complaint(
        &person(&["erase"]),
        "hobnob-server",
        1,
        &["for a guest, say when: --since TIME --until TIME"],
    );
    let before = ["--since", "2001-01-01", "--until", "2001-01-02"];
    check_complaint(
        &person(&[&["erase"][..], &before].concat()),
        "hobnob-server",
        1,
        &["nothing is stored about a guest"],
    );
    let output = person(&["export", "--since", "today"]);
    let exported: Value = serde_json::from_str(&printed(&output)).unwrap();
    assert_eq!(exported["messages"][0]["text"], TEXT);
    assert_eq!(exported["account"], Value::Null);
    let erased = person(&["erase", "--since", "1h"]);
    assert_eq!(erased.status.code(), Some(0), "{erased:?}");
    assert_eq!(files_with(data.path(), &[TEXT, FOLDED, "gustavus"]), [""; 0]);
    stop(server);
}

/// How long it takes to do this, again and again until it is over.
fn times(is_over: &AtomicBool, mut act: impl FnMut(usize)) -> Vec<Duration> {
    let mut times = Vec::new();
    while !is_over.load(Ordering::Acquire) {
        let begun = Instant::now();
        act(times.len());
        times.push(begun.elapsed());
    }
    times
}

/// Of a hundred, the second longest.
fn p99(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[(times.len() - 1) * 99 / 100]
}

/// `HISTORY_LINES` overrides the number of lines that the history has.
#[test]
fn deleting_a_thousand_messages_holds_up_nobody() {
    let _machine = machine_to_myself();
    let lines = std::env::var("HISTORY_LINES").map_or(100_000, |lines| lines.parse().unwrap());
    let data = tempfile::tempdir().unwrap();
    fill(data.path(), lines);
    let kept = ["--history-lines", "off", "--history-replay", "0", "--flood", "off"];
    let folder = data.path().to_str().unwrap();
    let server = Program::start(&[&["--data", folder][..], &kept].concat());
    let mut olga = owner(&server);
    let [mut talker, mut listener, mut reader] =
        gather(server.address, ["talker", "listener", "reader"]);
    // Talking, and pages of the history, while this is done.
    let mut meanwhile = |act: &mut (dyn FnMut() + Send)| {
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let talk = scope.spawn(|| {
                times(&is_over, |number| {
                    talker.says(&format!("line {number}"));
                    listener.sees_in_the_end(&format!("talker: line {number}"));
                    talker.sees_in_the_end(&format!("talker: line {number}"));
                })
            });
            let history = scope.spawn(|| {
                times(&is_over, |_| {
                    reader.says("/history 5000");
                    reader.sees_the_beginning_in_the_end("The last 5000 messages");
                    reader.sees_the_beginning_in_the_end("There is more: /more");
                })
            });
            act();
            is_over.store(true, Ordering::Release);
            [talk, history].map(|times| times.join().unwrap())
        })
    };
    let before = meanwhile(&mut || lets_pass(Duration::from_secs(1)));
    let begun = Instant::now();
    let during = meanwhile(&mut || {
        olga.says("/delete spam 1000");
        olga.sees_the_beginning_in_the_end("Deleted 1000 messages.");
    });
    let took = begun.elapsed();
    let whats = ["talk", "history"].into_iter().zip(SLACK);
    for (((what, slack), mut before), mut during) in whats.zip(before).zip(during) {
        let samples = during.len();
        let (before, during) = (p99(&mut before), p99(&mut during));
        println!("{what}: p99 {before:?} before, {during:?} during {took:?} ({samples} samples)");
        assert!(during < before * 3 + slack, "{what}: {before:?} {during:?}");
    }
}
