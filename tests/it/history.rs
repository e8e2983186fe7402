//! The history after a restart, after a crash, with a failing disk, and to the last line under
//! load.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::harness::{
    Client, GOODBYE, Left, MEBIBYTE, Program, eventually, exchange, folder_in_memory, gather,
    kill_rounds, lets_pass, machine_to_myself, meet,
};

fn start_in(data: &Path, more: &[&str]) -> Program {
    Program::start(&[&arguments(data.to_str().unwrap())[..], more].concat())
}

fn arguments(data: &str) -> [&str; 6] {
    ["--data", data, "--lang", "en", "--flood", "off"]
}

fn stop(mut server: Program) {
    server.signal("TERM");
    let status = server.wait();
    assert_eq!(status.code(), Some(0), "{}", server.log());
}

/// A line of history without its indentation and time.
#[track_caller]
fn past(line: &str) -> &str {
    let line = line.strip_prefix("  ").unwrap_or_else(|| panic!("not of the past: {line:?}"));
    let (time, line) = line.split_once(' ').unwrap();
    assert!(time.len() == 5 && time.as_bytes()[2] == b':', "{time}");
    line
}

impl Client {
    /// Says something, and sees these lines of history below a heading that begins like this.
    #[track_caller]
    fn recalls(&mut self, asked: &str, heading: &str, expected: &[&str]) {
        self.says(asked);
        if !heading.is_empty() {
            let line = self.line();
            assert!(line.starts_with(heading), "after {asked:?}: {line}");
        }
        for expected in expected {
            let line = self.line();
            assert_eq!(past(&line), *expected, "after {asked:?} on the screen of {}", self.name);
        }
    }

    #[track_caller]
    fn logs_in(&mut self, name: &str) {
        self.says(&format!("/login {name} secret123"));
        self.sees_in_the_end(&format!("You are logged in as {name}."));
        name.clone_into(&mut self.name);
    }
}

#[test]
fn the_past_is_there_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path(), &["--history-replay", "2"]);
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.asks(
        "/register secret123",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    for text in ["one", "two", "图书馆星期天开门"] {
        exchange(&bob, &mut ann, text);
    }
    bob.says("/quit");
    ann.sees("bob left");
    ann.asks("/me waves", &["* ann waves"]);
    stop(server);

    let server = start_in(data.path(), &["--history-replay", "2"]);
    let mut bob = server.client();
    bob.sees("The last 2 messages in #lobby:");
    assert_eq!(past(&bob.line()), "bob: 图书馆星期天开门");
    assert_eq!(past(&bob.line()), "* ann waves");
    bob.logs_in("bob");
    let missed = bob.line();
    assert!(missed.starts_with("1 message since you left at "), "{missed}");
    assert!(missed.ends_with("; /history 1"), "{missed}");
    bob.recalls("/history 1", "What you missed in #lobby:", &["* ann waves"]);
    let all = ["bob: one", "bob: two", "bob: 图书馆星期天开门", "* ann waves"];
    bob.recalls("/history 30m", "In #lobby since ", &all);
    bob.recalls("/search 星期天", "Messages containing ", &["bob: 图书馆星期天开门"]);
    stop(server);
}

#[test]
fn nothing_is_stored_if_the_history_is_off() {
    for arguments in [&["--memory", "--lang", "en"][..], &["--history-lines", "0"]] {
        let data = tempfile::tempdir().unwrap();
        let in_data = ["--data", data.path().to_str().unwrap(), "--lang", "en"];
        let is_in_memory = arguments.contains(&"--memory");
        let start = || {
            let arguments =
                if is_in_memory { arguments.to_vec() } else { [&in_data[..], arguments].concat() };
            Program::start(&arguments)
        };
        let server = start();
        let mut ann = server.client();
        ann.asks("hello", &[&format!("{}: hello", ann.name)]);
        let said = format!("{}: hello", ann.name);
        ann.recalls("/history", "The last message in #lobby:", &[&said]);
        ann.recalls("/search HELLO", "Messages containing ", &[&said]);
        stop(server);
        let server = start();
        let mut ann = server.client();
        ann.asks("/history", &["Nothing has been said in #lobby yet."]);
        stop(server);
    }
}

#[test]
fn stored_lines_are_removed_if_the_history_is_off() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path(), &[]);
    let mut ann = server.client();
    ann.asks("hello", &[&format!("{}: hello", ann.name)]);
    stop(server);
    let server = start_in(data.path(), &["--history-lines", "0", "--history-replay", "20"]);
    let file = Connection::open(data.path().join("hobnob.db")).unwrap();
    eventually("nothing is there any more", || {
        let count = file.query_one("SELECT count(*) FROM line", [], |row| row.get::<_, i64>(0));
        (count == Ok(0)).then_some(())
    });
    drop(file);
    let mut bob = server.client();
    bob.asks("/search hello", &["No message here contains all of these words."]);
    stop(server);
}

#[test]
fn the_number_of_lines_is_limited() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path(), &[]);
    let mut ann = server.client();
    ann.is_called("ann");
    for number in 0..50 {
        ann.asks(&format!("line {number}"), &[&format!("ann: line {number}")]);
    }
    stop(server);
    let server = start_in(data.path(), &["--history-lines", "30"]);
    let mut ann = server.client();
    ann.is_called("ann");
    eventually("what is too much is removed", || {
        ann.says("/history 50");
        let heading = ann.line();
        let is_cut = ann.line() == "… older messages are no longer kept";
        let count = if is_cut { 30 } else { 50 };
        assert_eq!(heading, format!("The last {count} messages in #lobby:"));
        (0..if is_cut { 20 } else { 19 }).for_each(|_| drop(ann.line()));
        ann.sees("There is more: /more");
        is_cut.then_some(())
    });
    ann.asks("/search 19", &["No message here contains all of these words."]);
    ann.recalls("/search 20", "Messages containing ", &["ann: line 20"]);
    stop(server);
}

/// A user who leaves and returns while others never stop talking sees everything once, in the same
/// order as everyone else: what was said while they were away, and what they saw live.
#[test]
fn under_load_history_and_live_lines_are_complete_without_duplicates() {
    const TALKERS: usize = 3;
    const STAYS: usize = 5;
    let _machine = machine_to_myself();
    let data = tempfile::tempdir().unwrap();
    let sendq = (64 * MEBIBYTE).to_string();
    let server = start_in(data.path(), &["--sendq", &sendq]);
    let mut ann = server.client();
    ann.is_called("ann");
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    // Marks where the talking begins.
    ann.asks("begin", &["ann: begin"]);
    let is_over = AtomicBool::new(false);
    let (known, order) = std::thread::scope(|scope| {
        let talkers: Vec<Client> = (0..TALKERS).map(|_| server.client()).collect();
        let mut observer = server.client();
        for talker in talkers {
            let is_over = &is_over;
            scope.spawn(move || talks(talker, is_over));
        }
        let observer = scope.spawn(move || {
            let mut lines = Vec::new();
            loop {
                let line = observer.line();
                if line.ends_with(": the end") {
                    return lines;
                }
                lines.extend(numbered(&line));
            }
        });
        let over = Over(&is_over);
        let known = stays_again_and_again(&server, ann, STAYS);
        drop(over);
        let last = server.client();
        // After everything that the talkers have said by now, because they wait for their own
        // lines.
        last.says("the end");
        (known, observer.join().unwrap())
    });
    let first = order.iter().position(|line| *line == known[0]).unwrap();
    assert!(known.len() > 500, "{} lines are no load", known.len());
    assert_eq!(known, order[first..first + known.len()]);
    stop(server);
}

/// Ends the work of the other threads, even if one has failed.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Says numbered lines, ten at a time, and waits for them.
fn talks(mut talker: Client, is_over: &AtomicBool) {
    let name = talker.name.clone();
    for round in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        lets_pass(Duration::from_millis(1));
        let lines: String = (0..10).map(|n| format!("line {}\n", 10 * round + n)).collect();
        talker.send(lines.as_bytes());
        talker.sees_in_the_end(&format!("{name}: line {}", 10 * round + 9));
    }
}

/// The author and number of a talker's line.
fn numbered(line: &str) -> Option<String> {
    line.contains(": line ").then(|| line.to_owned())
}

/// Everything ann has seen in the end, in the order in which she read it.
fn stays_again_and_again(server: &Program, ann: Client, stays: usize) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    let mut stay = Some(ann);
    for number in 0..stays {
        let (mut ann, missed, mut live) = match stay.take() {
            Some(ann) => (ann, 0, Vec::new()),
            None => comes_back(server),
        };
        let mut before = Vec::new();
        if missed > 0 {
            ann.says(&format!("/history {missed}"));
        }
        while before.len() < missed || live.len() < 100 {
            let line = ann.line();
            match line.strip_prefix("  ") {
                Some(_) => before.extend(numbered(past(&line))),
                None if line == "There is more: /more" => ann.says("/more"),
                None => live.extend(numbered(&line)),
            }
        }
        ann.says("/quit");
        live.extend(ann.everything().lines().filter_map(numbered));
        known.extend(before);
        known.extend(live);
        // Lines are missed in between.
        let mut witness = server.client();
        (0..10 + 50 * number).for_each(|_| drop(witness.line()));
    }
    known
}

/// How much she has missed, and what she has seen since she connected, first as a guest.
fn comes_back(server: &Program) -> (Client, usize, Vec<String>) {
    let mut ann = server.client();
    ann.says("/login ann secret123");
    let mut live = Vec::new();
    loop {
        let line = ann.line();
        if let Some((count, _)) = line.split_once(" messages since you left at ") {
            return (ann, count.parse().unwrap(), live);
        }
        live.extend(numbered(&line));
    }
}

/// A server whose folder is a small disk of its own, which the test can access.
struct SmallDisk {
    server: Program,
    folder: std::path::PathBuf,
}

impl SmallDisk {
    fn start(mebibytes: usize) -> Self {
        let place = tempfile::tempdir().unwrap().keep();
        let data = place.to_str().unwrap();
        let mount = format!("mount -t tmpfs -o size={mebibytes}m none {data} && exec \"$@\"");
        let wrapper = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", &mount, "sh"];
        let mut command = Program::command_under(&wrapper, &arguments(data));
        let server = Program::start_command(command.args(["--listen", "127.0.0.1:0"]));
        let folder = format!("/proc/{}/root{data}", server.pid()).into();
        Self { server, folder }
    }

    /// Leaves no byte free.
    fn fill(&self) {
        let mut filler = fs::File::create(self.folder.join("filler")).unwrap();
        while filler.write_all(&[0; 4096]).is_ok() {}
        while filler.write_all(&[0; 1]).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.folder.join("filler")).unwrap();
    }
}

fn logged(server: &Program, text: &str) {
    eventually(text, || server.log().contains(text).then_some(()));
}

#[test]
fn a_full_disk_stops_nobody_and_nothing_is_lost() {
    let disk = SmallDisk::start(4);
    let server = &disk.server;
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    bob.asks(
        "/register secret123",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    exchange(&ann, &mut bob, "before");
    ann.sees("ann: before");
    // The line is found once it is on the disk.
    bob.recalls("/search before", "Messages containing ", &["ann: before"]);
    disk.fill();
    let text = "x".repeat(900);
    for number in 0..40 {
        ann.says(&format!("{number} {text}"));
        exchange_is_seen(&mut ann, &mut bob, &format!("ann: {number} {text}"));
    }
    logged(server, "cannot write the history; messages wait in memory, and the chat goes on");
    // Lines on the disk can be read, and recent ones from memory.
    bob.recalls("/search before", "Messages containing ", &["ann: before"]);
    bob.says("/history 1");
    bob.sees("The last message in #lobby:");
    assert!(past(&bob.line()).starts_with("ann: 39 "));
    disk.free();
    exchange(&ann, &mut bob, "after");
    logged(server, "the history is being written again");
    let log = server.log();
    assert!(log.contains("lines_lost=0"), "{log}");
    bob.says("/history 42");
    bob.sees("The last 42 messages in #lobby:");
    assert_eq!(past(&bob.line()), "ann: before");
    assert!(past(&bob.line()).starts_with("ann: 0 "));
    let SmallDisk { server, .. } = disk;
    stop(server);
}

fn exchange_is_seen(ann: &mut Client, bob: &mut Client, line: &str) {
    ann.sees(line);
    bob.sees(line);
}

/// Another program that keeps the file locked has the effect of a disk that does not respond.
#[test]
fn an_unresponsive_disk_stops_nobody() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path(), &[]);
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    exchange(&ann, &mut bob, "before");
    ann.sees("ann: before");
    bob.recalls("/search before", "Messages containing ", &["ann: before"]);
    let other = Connection::open(data.path().join("hobnob.db")).unwrap();
    eventually("the other has it", || other.execute_batch("BEGIN IMMEDIATE").ok());
    for number in 0..50 {
        exchange(&ann, &mut bob, &format!("line {number}"));
        ann.sees(&format!("ann: line {number}"));
    }
    logged(&server, "another program has locked it");
    bob.recalls("/search before", "Messages containing ", &["ann: before"]);
    other.execute_batch("ROLLBACK").unwrap();
    drop(other);
    logged(&server, "the history is being written again");
    bob.recalls("/history 51", "The last 51 messages in #lobby:", &["ann: before", "ann: line 0"]);
    stop(server);
}

#[test]
fn an_unresponsive_disk_does_not_delay_the_shutdown() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_in(data.path(), &[]);
    let mut ann = server.client();
    let other = Connection::open(data.path().join("hobnob.db")).unwrap();
    eventually("the other has it", || other.execute_batch("BEGIN IMMEDIATE").ok());
    ann.asks("hello", &[&format!("{}: hello", ann.name)]);
    let asked_at = Instant::now();
    server.signal("TERM");
    ann.sees(GOODBYE);
    ann.sees_the_end();
    assert_eq!(server.wait().code(), Some(1));
    // Five seconds, and an allowance for a busy machine.
    assert!(asked_at.elapsed() < Duration::from_secs(10), "{:?}", asked_at.elapsed());
    let log = server.log();
    assert!(log.contains("some messages and changes could not be written to disk"), "{log}");
}

#[test]
fn a_file_that_is_missing_for_a_while_stops_nobody() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("disk");
    let server = start_in(&folder, &[]);
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    exchange(&ann, &mut bob, "before");
    let away = data.path().join("away");
    fs::rename(&folder, &away).unwrap();
    exchange(&ann, &mut bob, "meanwhile");
    logged(&server, "hobnob.db was removed or replaced by another file; put it back");
    fs::rename(&away, &folder).unwrap();
    logged(&server, "the history is being written again");
    exchange(&ann, &mut bob, "after");
    for text in ["before", "meanwhile", "after"] {
        ann.sees(&format!("ann: {text}"));
    }
    stop(server);
    let server = start_in(&folder, &[]);
    let mut cat = server.client();
    let all = ["ann: before", "ann: meanwhile", "ann: after"];
    cat.recalls("/history", "The last 3 messages in #lobby:", &all);
    stop(server);
}

/// At random moments, under load. Several servers at a time, because each round takes longer than
/// the second after which a line is guaranteed to be stored.
#[test]
fn a_server_killed_at_any_moment_has_stored_what_was_seen_a_second_before() {
    const SERVERS: usize = 10;
    let _machine = machine_to_myself();
    std::thread::scope(|scope| {
        for number in 0..SERVERS {
            scope.spawn(move || {
                let data = folder_in_memory();
                let mut kept = HashSet::new();
                for round in 0..kill_rounds().div_ceil(SERVERS) {
                    let seen = round_until_killed(data.path(), round, number);
                    check_what_is_kept(data.path(), &seen, &mut kept);
                }
            });
        }
    });
}

/// The lines that clients have seen, and how long before the server was killed.
fn round_until_killed(data: &Path, round: usize, salt: usize) -> HashMap<String, Duration> {
    let mut server = start_in(data, &["--history-lines", "off"]);
    let (mut talker, mut flooder) = (server.client(), server.client());
    meet(&mut talker, &mut flooder);
    let is_over = AtomicBool::new(false);
    let random = fastrand::Rng::with_seed((round * 1000 + salt) as u64).f32();
    let lifetime = Duration::from_secs_f32(1.1 + random);
    let (seen, killed_at) = std::thread::scope(|scope| {
        let watch = |mut client: Client, lines_at_once: usize, pause: Duration| {
            let is_over = &is_over;
            move || {
                let mut seen: HashMap<String, Instant> = HashMap::new();
                let mut lines = 0;
                while !is_over.load(Ordering::Relaxed) {
                    lets_pass(pause);
                    let own = format!("{}: r{round} {}", client.name, lines + lines_at_once - 1);
                    let more: String =
                        (0..lines_at_once).map(|n| format!("r{round} {}\n", lines + n)).collect();
                    lines += lines_at_once;
                    if client.try_send(more.as_bytes()).is_err() {
                        break;
                    }
                    loop {
                        let Some(line) = client.try_line() else { return seen };
                        let is_own = line == own;
                        if line.contains(": r") {
                            seen.entry(line).or_insert_with(Instant::now);
                        }
                        if is_own {
                            break;
                        }
                    }
                }
                seen
            }
        };
        // About 2,500 lines per second, on each of several servers.
        let milliseconds = Duration::from_millis;
        let watchers = [
            scope.spawn(watch(talker, 1, milliseconds(2))),
            scope.spawn(watch(flooder, 40, milliseconds(20))),
        ];
        let over = Over(&is_over);
        lets_pass(lifetime);
        let killed_at = Instant::now();
        server.signal("KILL");
        server.wait();
        drop(over);
        (watchers.map(|watcher| watcher.join().unwrap()), killed_at)
    });
    let mut ages = HashMap::new();
    for (line, at) in seen.into_iter().flatten() {
        let age = killed_at.saturating_duration_since(at);
        let known: &mut Duration = ages.entry(line).or_default();
        *known = age.max(*known);
    }
    ages
}

/// Checks that the file is intact, and contains each guaranteed line once.
fn check_what_is_kept(
    data: &Path,
    seen: &HashMap<String, Duration>,
    kept_before: &mut HashSet<String>,
) {
    let left = Left::of(data);
    let connection = &left.connection;
    connection.execute_batch("INSERT INTO word (word) VALUES ('integrity-check')").unwrap();
    let mut statement =
        connection.prepare("SELECT place, name || ': ' || text FROM line ORDER BY place").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let rows: Vec<(i64, String)> = rows.map(Result::unwrap).collect();
    assert!((1..).zip(&rows).all(|(seq, (place, _))| seq == *place), "a gap in the numbers");
    let kept: HashSet<String> = rows.into_iter().map(|(_, line)| line).collect();
    for line in &*kept_before {
        assert!(kept.contains(line), "{line} was there after an earlier crash");
    }
    let is_promised = |age: Duration| age > Duration::from_secs(1);
    let promised = || seen.iter().filter(|(_, age)| is_promised(**age));
    assert!(promised().count() > 0, "nothing was said early enough");
    for (line, age) in promised() {
        assert!(kept.contains(line), "{line} was seen {age:?} before the crash");
    }
    *kept_before = kept;
}
