//! The server as a process: its settings, what it prints, what it logs, and what it makes of a
//! machine that does not give what it asks for.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, PipeReader, PipeWriter, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use hobnob::limits;

use crate::harness::{Client, Process, Program, eventually, machine_to_myself, meet, run, wait};

const GOODBYE: &str = "The server is shutting down. Goodbye.";

/// Start-up of a release build takes less than 50 ms. Here it is a build for tests, on a machine
/// that is busy with other tests: enough to notice when something begins to wait.
const START_MAX: Duration = Duration::from_millis(500);

/// Each flag that takes a value, and its variable.
const SETTINGS: [(&str, &str); 11] = [
    ("--listen", "HOBNOB_LISTEN"),
    ("--threads", "HOBNOB_THREADS"),
    ("--max-clients", "HOBNOB_MAX_CLIENTS"),
    ("--max-per-address", "HOBNOB_MAX_PER_ADDRESS"),
    ("--line-max", "HOBNOB_LINE_MAX"),
    ("--sendq", "HOBNOB_SENDQ"),
    ("--stall-timeout", "HOBNOB_STALL_TIMEOUT"),
    ("--flood", "HOBNOB_FLOOD"),
    ("--lang", "HOBNOB_LANG"),
    ("--names", "HOBNOB_NAMES"),
    ("--log", "HOBNOB_LOG"),
];

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// It ended with this code, after one line on standard error that begins with its name and holds
/// each of these texts. Nothing is on standard output.
#[track_caller]
fn check_complaint(output: &Output, exit_code: i32, expected: &[&str]) -> String {
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(exit_code), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.starts_with("hobnob-server: ") && complaint.ends_with('\n'), "{complaint}");
    for text in expected {
        assert!(complaint.contains(text), "no {text:?} in: {complaint}");
    }
    assert_eq!(stdout(output), "");
    complaint
}

// What it prints.

#[test]
fn the_invitation_says_where_and_how() {
    let mut command = Program::command(&["--listen", "localhost:0"]);
    let program = Program::start_command(&mut command);
    let port = program.address.port();
    let expected = format!(
        "hobnob is listening on 127.0.0.1:{port}, [::1]:{port}\n\
         People join with any of:\n  \
         telnet localhost {port}\n  \
         nc localhost {port}\n  \
         hobnob localhost:{port}\n\
         Ctrl-C stops the server.\n"
    );
    assert_eq!(program.invitation, expected);
    for host in ["127.0.0.1", "[::1]"] {
        Client::join(format!("{host}:{port}").parse().unwrap());
    }
}

#[test]
fn it_listens_wherever_it_is_told_to() {
    // Once for each flag, and with commas between them.
    let command = &mut Program::command(&["--listen", "127.0.0.1:0,[::1]:0"]);
    let program = Program::start_command(command.args(["--listen", "127.0.0.1:0"]));
    let mut lines = program.invitation.lines();
    let addresses = lines.next().unwrap().strip_prefix("hobnob is listening on ").unwrap();
    let addresses: Vec<SocketAddr> =
        addresses.split(", ").map(|address| address.parse().unwrap()).collect();
    assert_eq!(addresses.len(), 3, "{}", program.invitation);
    let mut expected = vec!["People join with any of:".to_owned()];
    for port in addresses.iter().map(SocketAddr::port) {
        expected.push(format!("  telnet localhost {port}"));
        expected.push(format!("  nc localhost {port}"));
        expected.push(format!("  hobnob localhost:{port}"));
    }
    expected.push("Ctrl-C stops the server.".to_owned());
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    // All doors lead to one room.
    let mut clients: Vec<Client> = addresses.into_iter().map(Client::join).collect();
    clients[2].says("hello");
    let hello = format!("{}: hello", clients[2].name);
    for client in &mut clients {
        client.sees_in_the_end(&hello);
    }
}

#[test]
fn it_starts_at_once() {
    let _machine = machine_to_myself();
    let once = || {
        let start = Instant::now();
        let program = Program::start(&[]);
        let stream = TcpStream::connect(program.address).unwrap();
        // Who speaks at once is let in at once.
        (&stream).write_all(b"hello\n").unwrap();
        let ann = Client::join_through(stream);
        let took = start.elapsed();
        drop(ann);
        took
    };
    let best = (0..5).map(|_| once()).min().unwrap();
    println!("from the start to the first welcome: {best:?}");
    assert!(best < START_MAX, "{best:?}");
}

#[test]
fn the_help_names_every_setting() {
    for flag in ["--help", "-h", "--version", "-V"] {
        let output = run(&mut Program::command(&[flag]));
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert_eq!(output.stderr, b"", "{flag}");
        assert!(!output.stdout.is_empty(), "{flag}");
    }
    let version = stdout(&run(&mut Program::command(&["--version"])));
    assert_eq!(version, format!("hobnob-server {}\n", env!("CARGO_PKG_VERSION")));
    for help in ["--help", "-h"] {
        // Wrapped anywhere.
        let help = stdout(&run(&mut Program::command(&[help])));
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for (flag, variable) in SETTINGS {
            assert!(help.contains(&format!("{flag} <")), "{flag} in {help}");
            assert!(help.contains(&format!("[env: {variable}=]")), "{variable} in {help}");
        }
        assert!(help.contains("--check"), "{help}");
    }
}

// Settings.

#[test]
fn wrong_settings() {
    let flags_of_numbers = [
        "--threads",
        "--max-clients",
        "--max-per-address",
        "--line-max",
        "--sendq",
        "--stall-timeout",
    ];
    let not_a_number = flags_of_numbers.iter().flat_map(|&flag| {
        ["ten", "1.5", "1e3", "-1", "0x10", "99999999999999999999"]
            .map(|value| (flag, value, "number"))
    });
    let others = [
        ("--listen", "8000", "a port is missing: write HOST:PORT"),
        ("--listen", "localhost:70000", "a number from 0 to 65535"),
        ("--listen", "localhost:http", "a number from 0 to 65535"),
        ("--listen", ":8000", "a host is missing"),
        ("--listen", "::1:8000", "in brackets, such as [::1]:8000"),
        ("--listen", "127.0.0.1:0,,", "a port is missing: write HOST:PORT"),
        ("--threads", "0", "between 1 and 1024"),
        ("--threads", "1025", "between 1 and 1024"),
        ("--max-clients", "0", "between 1 and 1000000"),
        ("--max-clients", "1000001", "between 1 and 1000000"),
        ("--max-per-address", "0", "between 1 and 1000000"),
        ("--line-max", "63", "between 64 and 16384 bytes"),
        ("--line-max", "16385", "between 64 and 16384 bytes"),
        ("--sendq", "1000", "between 137728 and 1073741824 bytes"),
        ("--sendq", "1073741825", "between 137728 and 1073741824 bytes"),
        ("--stall-timeout", "0", "between 1 and 86400 seconds"),
        ("--stall-timeout", "86401", "between 1 and 86400 seconds"),
        ("--flood", "3", "write BURST:PER_SECOND, such as 20:5, or off"),
        ("--flood", "0:1", "write BURST:PER_SECOND, such as 20:5, or off"),
        ("--flood", "1:1000001", "a million is the most"),
        ("--lang", "fr", "en (English) and zh (Chinese)"),
        ("--names", "real", "guest, address"),
        ("--log", "hobnob=loud", "level"),
        // Several lines are still told in one.
        ("--lang", "two\n\nlines", "en (English) and zh (Chinese)"),
    ];
    let mut flags_seen = Vec::new();
    for (flag, value, expected) in not_a_number.chain(others) {
        flags_seen.push(flag);
        let (_, variable) = SETTINGS.iter().find(|(name, _)| *name == flag).unwrap();
        let outputs = [
            run(Program::command(&[]).arg(format!("{flag}={value}"))),
            run(&mut Program::command(&[flag, value])),
            run(Program::command(&[]).env(variable, value)),
        ];
        for output in outputs {
            let complaint = check_complaint(&output, 2, &[flag, expected]);
            // What Rust calls it means nothing to an operator.
            for jargon in ["digit found in string", "target type", "..="] {
                assert!(!complaint.contains(jargon), "{jargon:?} in: {complaint}");
            }
        }
    }
    for (flag, _) in SETTINGS {
        assert!(flags_seen.contains(&flag), "{flag} has no wrong value here");
        let output = run(&mut Program::command(&[flag]));
        check_complaint(&output, 2, &[flag, "a value is required"]);
    }
}

#[test]
fn what_is_no_setting() {
    let check = |arguments: &[&str], expected: &str| {
        check_complaint(&run(&mut Program::command(arguments)), 2, &[expected]);
    };
    check(&["--no-such-flag"], "--no-such-flag");
    check(&["-x"], "-x");
    check(&["8000"], "8000");
    check(&["--check=3"], "--check");
    check(&["--lang", "en", "--lang", "zh"], "--lang");
}

#[test]
fn settings_from_the_environment_and_flags_before_them() {
    let environment = [
        ("HOBNOB_LISTEN", "127.0.0.1:0"),
        ("HOBNOB_THREADS", "3"),
        ("HOBNOB_MAX_CLIENTS", "77"),
        ("HOBNOB_MAX_PER_ADDRESS", "5"),
        ("HOBNOB_LINE_MAX", "100"),
        ("HOBNOB_SENDQ", "200000"),
        ("HOBNOB_STALL_TIMEOUT", "7"),
        ("HOBNOB_FLOOD", "off"),
        ("HOBNOB_LANG", "zh"),
        ("HOBNOB_NAMES", "address"),
        ("HOBNOB_LOG", "info"),
    ];
    assert_eq!(environment.map(|(name, _)| name), SETTINGS.map(|(_, variable)| variable));
    let started = |command: &mut Command| {
        let program = Program::start_command(command);
        eventually("the start is logged", || {
            let log = program.log();
            log.lines().find(|line| line.contains("started")).map(str::to_owned)
        })
    };
    let line = started(Program::command(&[]).envs(environment));
    for setting in [
        "threads=3",
        "max_clients=77",
        "max_per_address=5",
        "line_max=100",
        "sendq=200000",
        "stall_timeout=7s",
        "flood=\"off\"",
        "lang=zh",
    ] {
        assert!(line.contains(setting), "no {setting} in {line}");
    }
    let flags = &["--threads=1", "--max-clients=9", "--line-max=64", "--lang=en", "--log=info"];
    let line = started(Program::command(flags).envs(environment).env("HOBNOB_LOG", "error"));
    for setting in ["threads=1", "max_clients=9", "line_max=64", "sendq=200000", "lang=en"] {
        assert!(line.contains(setting), "no {setting} in {line}");
    }
}

#[test]
fn the_language_is_the_one_of_the_environment() {
    let check = |environment: &[(&str, &str)], arguments: &[&str], welcome: &str| {
        let mut command = Program::command(arguments);
        for name in ["LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"] {
            command.env_remove(name);
        }
        command.args(["--listen", "127.0.0.1:0", "--names", "address"]);
        let program = Program::start_command(command.envs(environment.iter().copied()));
        let stream = TcpStream::connect(program.address).unwrap();
        let address = stream.local_addr().unwrap();
        Client::connected(stream).sees(&format!("{welcome} {address}"));
    };
    let (en, zh) = ("Welcome", "欢迎");
    check(&[], &[], en);
    check(&[("LANG", "zh_CN.UTF-8")], &[], zh);
    check(&[("LC_MESSAGES", "zh_CN.UTF-8"), ("LANG", "de_DE")], &[], zh);
    check(&[("LC_ALL", "zh_CN.UTF-8"), ("LC_MESSAGES", "C"), ("LANG", "en_US")], &[], zh);
    check(&[("LC_ALL", "C.UTF-8"), ("LANG", "zh_CN.UTF-8")], &[], en);
    check(&[("LC_ALL", ""), ("LANG", "zh_TW")], &[], zh);
    check(&[("LC_ALL", "zh_CN.UTF-8")], &["--lang", "en"], en);
    check(&[("LC_ALL", "zh_CN.UTF-8"), ("HOBNOB_LANG", "en")], &[], en);
    check(&[("LC_ALL", "C"), ("HOBNOB_LANG", "en")], &["--lang", "zh"], zh);
}

// What the machine does not give.

#[test]
fn addresses_that_cannot_be_listened_on() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let check = |address: &str, expected: &[&str]| {
        let output = run(&mut Program::command(&["--listen", address, "--log", "error"]));
        check_complaint(&output, 1, &[&[address], expected].concat());
    };
    let in_use = "address already in use; is another server running? (--listen picks another";
    check(&format!("127.0.0.1:{port}"), &[in_use]);
    let not_ours = "this machine does not have that address (0.0.0.0 or [::] is every address";
    check("192.0.2.1:0", &[not_ours]);
    check("nowhere.invalid:0", &["--listen"]);
}

#[test]
fn a_port_that_belongs_to_the_superuser() {
    let first_free = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    let Some(port @ 1..) = first_free.trim().parse::<u16>().unwrap().checked_sub(1) else {
        println!("this machine gives every port to everybody: nothing can be refused");
        return;
    };
    // Nobody may look into the folder of whoever builds this.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path().join("hobnob-server");
    fs::copy(env!("CARGO_BIN_EXE_hobnob-server"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let is_root = stdout(&run(Command::new("id").arg("-u"))).trim() == "0";
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
        command
    } else {
        Command::new(&copy)
    };
    let address = format!("127.0.0.1:{port}");
    let output = run(command.args(["--listen", &address]).stdin(Stdio::null()));
    let denied = "permission denied; ports below 1024 belong to the superuser";
    check_complaint(&output, 1, &[&address, denied]);
}

#[test]
fn the_check_tells_what_the_machine_allows() {
    let check = |command: &mut Command, is_allowed: bool| {
        let output = run(command);
        let report = stdout(&output);
        assert_eq!(output.status.code(), Some(if is_allowed { 0 } else { 1 }), "{report}");
        assert_eq!(report.contains("NOT ENOUGH"), !is_allowed, "{report}");
        assert_eq!(output.stderr, b"");
        report
    };
    let report = check(&mut Program::command(&["--check", "--max-clients", "20"]), true);
    for row in ["clients", "line", "flood", "SendQ", "stall timeout", "memory", "open descriptors"]
    {
        assert!(report.lines().any(|line| line.starts_with(row)), "no {row} in {report}");
    }
    // With the default settings it is as the report says, whatever that is.
    let mut command = Program::command(&["--check"]);
    let is_allowed = !stdout(&run(&mut command)).contains("NOT ENOUGH");
    check(&mut command, is_allowed);
    let mut limited = Command::new("prlimit");
    limited.args(["--nofile=64:64", env!("CARGO_BIN_EXE_hobnob-server"), "--check"]);
    let report = check(&mut limited, false);
    assert!(report.contains("64: NOT ENOUGH; raise the limit (ulimit -n)"), "{report}");
}

// The log.

#[test]
fn the_log_tells_what_happened() {
    let mut program = Program::start(&["--max-clients", "2", "--flood", "off"]);
    let (mut ann, mut bob) = (program.client(), program.client());
    let bob_is = bob.stream().local_addr().unwrap();
    meet(&mut ann, &mut bob);
    let mut carol = Client::connected(TcpStream::connect(program.address).unwrap());
    let carol_is = carol.stream().local_addr().unwrap();
    carol.sees("The server is full (2 are here). Please try again later.");
    carol.sees_the_end();
    bob.says("bye");
    let bye = format!("{}: bye", bob.name);
    ann.sees(&bye);
    bob.sees(&bye);
    bob.ends_its_input();
    bob.sees_the_end();
    ann.sees(&format!("{} left", bob.name));
    program.signal("TERM");
    ann.sees(GOODBYE);
    drop(ann);
    assert_eq!(program.wait().code(), Some(0));

    let log = program.log();
    let mut lines = log.lines();
    // In this order, with others between them.
    let mut check = |texts: &[&str]| {
        let found = lines.any(|line| texts.iter().all(|text| line.contains(text)));
        assert!(found, "no further line with {texts:?} in {log}");
    };
    check(&["INFO", "listening", &format!("address={}", program.address)]);
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    check(&["INFO", "started", &version, "max_clients=2 ", "line_max=1024 ", "sendq=262144 "]);
    check(&["WARN", "connection refused", &format!("address={carol_is}"), "reason="]);
    check(&["INFO", "client left", &format!("address={bob_is}"), "reason=end of input"]);
    check(&["INFO", "shutting down"]);
    check(&["INFO", "client left", "reason=shutdown"]);
    // Three lines to two people, and to one of them that the other came and went.
    let totals = ["connections=2 ", "refused=1 ", "lines=3 ", "deliveries=8 ", "skipped_lines=0 "];
    check(&[&["INFO", "stopped"][..], &totals].concat());
    assert_eq!(lines.next(), None, "{log}");
}

/// A conversation whose words are nowhere else.
#[test]
fn nothing_that_anybody_says_is_logged() {
    let mut program = Program::start(&["--log", "trace", "--flood", "off", "--line-max", "100"]);
    let (mut ann, mut bob) = (program.client(), program.client());
    meet(&mut ann, &mut bob);
    ann.says("my word is quetzalcoatlus");
    ann.says(&"archaeopteryx".repeat(100));
    ann.send(b"\xff\xf6microraptor \xe4\xbd\n");
    ann.send(b"\x1b]0;gallimimus\x07\n");
    bob.sees(&format!("{}: my word is quetzalcoatlus", ann.name));
    ann.sees_in_the_end("Your line was not sent: it is longer than 100 bytes.");
    bob.sees(&format!("{}: microraptor \u{fffd}", ann.name));
    bob.sees(&format!("{}: ]0;gallimimus", ann.name));
    for request in
        ["GET /compsognathus?name=velociraptor HTTP/1.1\r\n", "POST /oviraptor HTTP/1.0\r\n"]
    {
        let mut browser = Client::connected(TcpStream::connect(program.address).unwrap());
        browser.send(request.as_bytes());
        browser.send(b"Host: deinonychus\r\nCookie: spinosaurus\r\n\r\n");
        browser.sees("HTTP/1.1 400 Bad Request");
        browser.ends_its_input();
        browser.everything();
    }
    let mut scanner = Client::connected(TcpStream::connect(program.address).unwrap());
    scanner.send(b"\x16\x03\x01\x02\x00carnotaurus");
    scanner.sees("This is a chat server without TLS. Join it with telnet, nc or hobnob.");
    ann.send(b"half of a megalosaurus");
    ann.ends_its_input();
    bob.sees(&format!("{}: half of a megalosaurus", ann.name));
    bob.sees(&format!("{} left", ann.name));
    drop((scanner, ann));
    program.signal("TERM");
    bob.sees(GOODBYE);
    drop(bob);
    assert_eq!(program.wait().code(), Some(0));
    let log = program.log().to_lowercase();
    for word in [
        "greet",
        "quetzalcoatlus",
        "archaeopteryx",
        "microraptor",
        "gallimimus",
        "compsognathus",
        "velociraptor",
        "oviraptor",
        "deinonychus",
        "spinosaurus",
        "carnotaurus",
        "megalosaurus",
    ] {
        assert!(!log.contains(word), "{word} in {log}");
    }
    // It was listening closely all the same.
    for reason in ["an http request", "a tls handshake", "end of input", "shutdown"] {
        assert!(log.contains(reason), "no {reason} in {log}");
    }
}

// Standard output and standard error that nobody reads.

/// A pipe that is full; whoever writes to it waits for the reader.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    fill(&writer);
    (reader, writer)
}

/// Fills a pipe to the last byte, without waiting and without a change to the writer itself.
fn fill(writer: &PipeWriter) {
    let path = format!("/proc/self/fd/{}", writer.as_raw_fd());
    let mut own = File::options().write(true).open(path).unwrap();
    rustix::io::ioctl_fionbio(&own, true).unwrap();
    for chunk in [&[b'.'; 4096][..], b"."] {
        loop {
            match own.write(chunk) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn gone_pipe() -> PipeWriter {
    std::io::pipe().unwrap().1
}

fn at_full_log_level() -> Command {
    Program::command(&["--log", "trace", "--flood", "off", "--listen", "127.0.0.1:0"])
}

/// The first line that tells the address, from wherever it comes.
fn address_from(screen: &mut impl BufRead) -> SocketAddr {
    let mut line = String::new();
    loop {
        line.clear();
        assert!(screen.read_line(&mut line).unwrap() > 0, "it ended without telling its address");
        if line.contains("listening") {
            return line.trim_end().rsplit([' ', '=']).next().unwrap().parse().unwrap();
        }
    }
}

/// A log in a file, which others may look into at any time.
fn address_from_log(log: &Path) -> SocketAddr {
    eventually("the log tells the address", || {
        let log = fs::read_to_string(log).unwrap();
        let (lines, _) = log.rsplit_once('\n')?;
        lines.contains("listening").then(|| address_from(&mut log.as_bytes()))
    })
}

/// Two people talk, the server is told to end, and it does.
fn chat_goes_on(server: &mut Process, address: SocketAddr) {
    const LINES: usize = 10_000;
    const LINES_PER_ROUND: usize = 100;
    let (mut ann, mut bob) = (Client::join(address), Client::join(address));
    meet(&mut ann, &mut bob);
    for round in 0..LINES / LINES_PER_ROUND {
        let said = |line: usize| format!("round {round}, line {line}");
        ann.says(&(0..LINES_PER_ROUND).map(said).collect::<Vec<_>>().join("\n"));
        for client in [&mut ann, &mut bob] {
            for line in 0..LINES_PER_ROUND {
                assert!(client.line().ends_with(&said(line)));
            }
        }
        if round % 10 != 0 {
            continue;
        }
        // Somebody comes and goes, which is logged.
        drop(Client::join(address));
        for client in [&mut ann, &mut bob] {
            assert!(client.line().ends_with(" joined"));
            assert!(client.line().ends_with(" left"));
        }
    }
    let asked = Instant::now();
    let pid = server.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
    for mut client in [ann, bob] {
        client.sees(GOODBYE);
        client.sees_the_end();
    }
    assert_eq!(wait(server).code(), Some(0));
    assert!(asked.elapsed() < limits::SHUTDOWN_TIMEOUT, "{:?}", asked.elapsed());
}

#[test]
fn whoever_reads_its_output_may_go_after_the_first_line() {
    let mut command = at_full_log_level();
    let mut server = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut screen = BufReader::with_capacity(1, server.stdout.take().unwrap());
    let address = address_from(&mut screen);
    drop(screen);
    chat_goes_on(&mut server, address);
}

#[test]
fn whoever_reads_its_output_may_be_gone_from_the_start() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let stderr = log.reopen().unwrap();
    let mut server = Process::start(at_full_log_level().stdout(gone_pipe()).stderr(stderr));
    chat_goes_on(&mut server, address_from_log(log.path()));
    let log = fs::read_to_string(log.path()).unwrap();
    assert!(log.contains("stopped") && !log.contains("panic\""), "{log}");
}

#[test]
fn its_output_may_be_read_by_nobody() {
    let log = tempfile::NamedTempFile::new().unwrap();
    let stderr = log.reopen().unwrap();
    let (_reader, stdout) = full_pipe();
    let mut server = Process::start(at_full_log_level().stdout(stdout).stderr(stderr));
    chat_goes_on(&mut server, address_from_log(log.path()));
}

#[test]
fn whoever_reads_its_log_may_be_gone() {
    let mut server = Process::start(at_full_log_level().stdout(Stdio::piped()).stderr(gone_pipe()));
    let address = address_from(&mut BufReader::new(server.stdout.take().unwrap()));
    chat_goes_on(&mut server, address);
}

#[test]
fn its_log_may_be_read_by_nobody() {
    let (_reader, stderr) = full_pipe();
    let mut server = Process::start(at_full_log_level().stdout(Stdio::piped()).stderr(stderr));
    let address = address_from(&mut BufReader::new(server.stdout.take().unwrap()));
    chat_goes_on(&mut server, address);
}

#[test]
fn both_may_go_to_somebody_who_goes_or_stops_reading() {
    for is_gone in [true, false] {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut command = at_full_log_level();
        command.stdout(writer.try_clone().unwrap()).stderr(writer.try_clone().unwrap());
        let mut server = Process::start(&mut command);
        drop(command);
        let mut screen = BufReader::with_capacity(1, reader);
        let address = address_from(&mut screen);
        // Either way it stays as it is until the server has ended.
        let _reader = if is_gone {
            drop(screen);
            None
        } else {
            fill(&writer);
            Some(screen)
        };
        chat_goes_on(&mut server, address);
    }
}

#[test]
fn both_may_be_closed() {
    let log = tempfile::NamedTempFile::new().unwrap();
    // Its descriptor 1 is closed, then 2; the log would be on either.
    for closing in ["exec \"$@\" >&-", "exec \"$@\" 2>&-"] {
        let inner = at_full_log_level();
        let mut command = Command::new("sh");
        command.args(["-c", closing, "sh"]).arg(inner.get_program()).args(inner.get_args());
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).stdout(Stdio::piped());
        command.stderr(log.reopen().unwrap());
        let mut server = Process::start(&mut command);
        let address = if closing.contains("2>") {
            address_from(&mut BufReader::new(server.stdout.take().unwrap()))
        } else {
            address_from_log(log.path())
        };
        chat_goes_on(&mut server, address);
    }
}
