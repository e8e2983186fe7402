//! The settings of the server program: its flags, its environment, its help, and its check of the
//! machine's limits. The configuration file is tested in `config_file`.

use std::process::Command;

use crate::harness::{Client, Program, check_complaint, eventually, printed, run};

/// Each flag that takes a value, and its variable.
const SETTINGS: [(&str, &str); 14] = [
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
    ("--motd", "HOBNOB_MOTD"),
    ("--password", "HOBNOB_PASSWORD"),
    ("--log", "HOBNOB_LOG"),
    ("--config", "HOBNOB_CONFIG"),
];

#[test]
fn the_help_names_every_setting() {
    for flag in ["--help", "-h", "--version", "-V"] {
        let output = run(&mut Program::command(&[flag]));
        assert_eq!(output.status.code(), Some(0), "{flag}");
        assert_eq!(output.stderr, b"", "{flag}");
        assert!(!output.stdout.is_empty(), "{flag}");
    }
    let version = printed(&run(&mut Program::command(&["--version"])));
    assert_eq!(version, format!("hobnob-server {}\n", env!("CARGO_PKG_VERSION")));
    for help in ["--help", "-h"] {
        // The help may be wrapped anywhere.
        let help = printed(&run(&mut Program::command(&[help])));
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for (flag, variable) in SETTINGS {
            assert!(help.contains(&format!("{flag} <")), "{flag} in {help}");
            // The help does not show the password's value.
            let is_shown = if flag == "--password" { "" } else { "=" };
            let variable = format!("[env: {variable}{is_shown}]");
            assert!(help.contains(&variable), "{variable} in {help}");
        }
        assert!(help.contains("--check"), "{help}");
    }
}

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
        ("--listen", "8000", "the port is missing: write HOST:PORT"),
        ("--listen", "localhost:70000", "a number from 0 to 65535"),
        ("--listen", "localhost:http", "a number from 0 to 65535"),
        ("--listen", ":8000", "the host is missing"),
        ("--listen", "::1:8000", "in brackets, such as [::1]:8000"),
        ("--listen", "127.0.0.1:0,,", "the port is missing: write HOST:PORT"),
        ("--threads", "0", "between 1 and 1024"),
        ("--threads", "1025", "between 1 and 1024"),
        ("--max-clients", "0", "between 1 and 1000000"),
        ("--max-clients", "1000001", "between 1 and 1000000"),
        ("--max-per-address", "0", "between 1 and 1000000"),
        ("--line-max", "63", "between 64 and 16384 bytes"),
        ("--line-max", "16385", "between 64 and 16384 bytes"),
        ("--sendq", "1000", "between 137792 and 1073741824 bytes"),
        ("--sendq", "1073741825", "between 137792 and 1073741824 bytes"),
        ("--stall-timeout", "0", "between 1 and 86400 seconds"),
        ("--stall-timeout", "86401", "between 1 and 86400 seconds"),
        ("--flood", "3", "write BURST:PER_SECOND, such as 20:5, or off"),
        ("--flood", "0:1", "write BURST:PER_SECOND, such as 20:5, or off"),
        ("--flood", "1:1000001", "each number can be at most 1000000"),
        ("--lang", "fr", "en (English) and zh (Chinese)"),
        ("--names", "real", "guest, address"),
        ("--motd", "/no/such/file", "cannot read /no/such/file: No such file or directory"),
        ("--motd", "/dev/zero", "it has more than 8192 bytes; shorten it"),
        ("--password", "short", "a password needs at least 6 characters"),
        ("--password", "bell\u{7}bell", "cannot contain control characters"),
        ("--log", "hobnob=loud", "level"),
        ("--config", "/no/such/file", "cannot read /no/such/file: No such file or directory"),
        // A value of several lines is still reported in one line.
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
            let complaint = check_complaint(&output, "hobnob-server", 2, &[flag, expected]);
            // Rust's own wording means nothing to an administrator.
            for jargon in ["digit found in string", "target type", "..=", "os error"] {
                assert!(!complaint.contains(jargon), "{jargon:?} in: {complaint}");
            }
            assert!(flag != "--password" || !complaint.contains(value), "{complaint}");
        }
    }
    // The name of this setting in other servers.
    for port in [&["--port", "9000"][..], &["-p", "9000"], &["--port=9000"]] {
        let output = run(&mut Program::command(port));
        check_complaint(&output, "hobnob-server", 2, &["use --listen localhost:9000 for this"]);
    }
    for (flag, _) in SETTINGS {
        assert!(flags_seen.contains(&flag), "{flag} has no wrong value here");
        let output = run(&mut Program::command(&[flag]));
        check_complaint(&output, "hobnob-server", 2, &[flag, "a value is required"]);
    }
}

#[test]
fn unknown_settings() {
    let check = |arguments: &[&str], expected: &str| {
        check_complaint(&run(&mut Program::command(arguments)), "hobnob-server", 2, &[expected]);
    };
    check(&["--no-such-flag"], "--no-such-flag");
    check(&["-x"], "-x");
    check(&["8000"], "8000");
    check(&["--check=3"], "--check");
    check(&["--lang", "en", "--lang", "zh"], "--lang");
}

#[test]
fn flags_take_precedence_over_the_environment() {
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
        ("HOBNOB_MOTD", "/dev/null"),
        ("HOBNOB_PASSWORD", "correct horse"),
        ("HOBNOB_LOG", "info"),
        ("HOBNOB_CONFIG", "/dev/null"),
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
fn the_language_follows_the_environment() {
    let check = |environment: &[(&str, &str)], arguments: &[&str], welcome: &str| {
        let mut command = Program::command(arguments);
        for name in ["LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"] {
            command.env_remove(name);
        }
        command.args(["--listen", "127.0.0.1:0", "--names", "address"]);
        let program = Program::start_command(command.envs(environment.iter().copied()));
        let mut client = Client::connect(program.address);
        let address = client.stream().local_addr().unwrap();
        client.sees(&format!("{welcome} {address}"));
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

#[test]
fn the_check_reports_what_the_machine_allows() {
    let check = |command: &mut Command, is_allowed: bool| {
        let output = run(command);
        let report = printed(&output);
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
    let others = ["--password=correct horse", "--motd=/dev/null", "--max-clients=20", "--check"];
    for (arguments, expected) in [(&others[1..], "none"), (&others[..], "required")] {
        let report = check(&mut Program::command(arguments), true);
        let row =
            |name: &str| report.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim();
        assert_eq!((row("password"), row("message of the day")), (expected, "none"));
    }
    // With the default settings the exit code matches the report, whatever the report says.
    let mut command = Program::command(&["--check"]);
    let is_allowed = !printed(&run(&mut command)).contains("NOT ENOUGH");
    check(&mut command, is_allowed);
    let mut limited = Program::command_under(&["prlimit", "--nofile=64:64"], &["--check"]);
    let report = check(&mut limited, false);
    assert!(report.contains("64: NOT ENOUGH; raise the limit (ulimit -n)"), "{report}");
}
