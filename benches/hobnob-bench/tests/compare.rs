//! `compare` with servers of our own: its output files, and what it rejects.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{BENCH, bench, check_complaint, compare, complains, run, script};

/// The yardstick over TLS in all cases, of which two are only possible there.
#[test]
fn all_cases_over_tls() {
    let comparison = compare("--rounds 1 --servers limit-tls", |command| command);
    assert_eq!(comparison.exit_code(), Some(0), "{}", comparison.said());
    let tables = comparison.printed();
    for heading in [
        "rush: as pace, while 30 others shake hands over TLS and leave, in 10 bursts",
        "handshakes: 40 clients shake hands over TLS and leave, 32 of them at once",
    ] {
        let (_, table) = tables.split_once(heading).expect(&tables);
        assert!(table.lines().nth(4).is_some_and(|row| row.starts_with("limit-tls ")), "{tables}");
    }
    let json = comparison.json();
    let counts = [
        ("flood", "/deliveries", 100_000, 8),
        ("pace", "/deliveries", 500, 7),
        ("stall", "/deliveries", 400, 7),
        ("idle", "/connections", 300, 6),
        ("rush", "/with/deliveries", 500, 7),
        ("handshakes", "/handshakes", 40, 6),
    ];
    for (index, (case, count, expected, figures)) in counts.into_iter().enumerate() {
        let found = &json["cases"][index];
        assert_eq!(found["case"], case);
        let server = &found["servers"][0];
        assert_eq!((&server["server"], &server["failure"]), (&"limit-tls".into(), &Value::Null));
        let measured = &server["runs"][0]["measured"];
        assert_eq!(measured.pointer(count), Some(&expected.into()), "{found:#}");
        assert_eq!(server["figures"].as_object().unwrap().len(), figures, "{found:#}");
    }
}

/// Stands in for a hobnob-server with this help: the yardstick, over TLS at an address without a
/// scheme.
fn server_with_help(folder: &Path, help: &str) -> PathBuf {
    let text = format!(
        "case $1 in\n\
         --version) exec echo hobnob-server 9.8.7 ;;\n\
         --help) exec echo '{help}' ;;\n\
         esac\n\
         case $2 in\n\
         plain://*) exec '{BENCH}' limit --listen \"${{2#plain://}}\" ;;\n\
         *) exec '{BENCH}' limit $TLS --listen \"$2\" ;;\n\
         esac"
    );
    script(folder, "hobnob-server", &text)
}

/// What a build cannot do is no failure.
#[test]
fn a_hobnob_without_tls() {
    let folder = tempfile::tempdir().unwrap();
    let server = server_with_help(folder.path(), "HOST:PORT or telnet://HOST:PORT");
    let arguments = "--rounds 9 --cases idle,handshakes --servers hobnob,guess,tls";
    let comparison = compare(arguments, |command| command.arg("--server").arg(server));
    assert_eq!(comparison.exit_code(), Some(0), "{}", comparison.said());
    let tables = comparison.printed();
    let (no_tls, no_guess) = (
        "not available: this hobnob-server has no TLS (see its --help)",
        "not available: this hobnob-server greets at once everywhere",
    );
    let rows = tables.lines().filter_map(|row| row.split_once(" not "));
    let rows: Vec<_> = rows.map(|(name, why)| format!("{} not {why}", name.trim_end())).collect();
    let (tls, guess) = (format!("tls {no_tls}"), format!("guess {no_guess}"));
    assert_eq!(rows, [guess, tls.clone(), tls], "{tables}");
    let json = comparison.json();
    assert_eq!(json["problems"], json!([]));
    assert_eq!(json["cases"][0]["servers"][2]["failure"]["brief"], no_tls, "{json:#}");
    assert_eq!(json["cases"][0]["servers"][2]["failure"]["is_unavailable"], true, "{json:#}");
    let command = json["servers"][0]["command"].as_str().unwrap();
    assert!(command.ends_with(" --listen 127.0.0.1:PORT --flood off"), "{command}");
}

#[test]
fn a_hobnob_with_tls() {
    let folder = tempfile::tempdir().unwrap();
    let help = "HOST:PORT, plain://HOST:PORT or telnet://HOST:PORT; --tls-cert";
    let server = server_with_help(folder.path(), help);
    let arguments = "--rounds 9 --cases idle --servers hobnob,tls";
    let comparison =
        compare(arguments, |command| command.env("TLS", "--tls").arg("--server").arg(server));
    let json = comparison.json();
    let costs = &json["tls"];
    assert_eq!(costs["figures"][0]["metric"], "resident_bytes_per_connection", "{json:#}");
    for server in ["hobnob", "tls"] {
        assert_eq!(costs["figures"][0][server]["rounds"], 9, "{costs:#}");
    }
    let memory = |server| costs["figures"][0][server]["median"].as_f64().unwrap();
    assert!(memory("tls") > memory("hobnob") + 1000.0, "{costs:#}");
    let is_missed = costs["missed"].as_bool().unwrap();
    assert_eq!(comparison.exit_code(), Some(i32::from(is_missed)), "{}", comparison.said());
    let tables = comparison.printed();
    let (_, section) = tables.split_once("\nTLS: what it costs\n").expect(&tables);
    let verdict = if is_missed { " missed" } else { " kept" };
    let row = section.lines().find(|row| row.starts_with("idle memory/connection "));
    assert!(row.is_some_and(|row| row.ends_with(verdict)), "{tables}");
    let commands = [0, 1].map(|index| json["servers"][index]["command"].as_str().unwrap());
    assert!(commands[0].contains(" --listen plain://127.0.0.1:PORT "), "{commands:?}");
    assert!(commands[1].contains(" --listen 127.0.0.1:PORT "), "{commands:?}");
}

/// Runs the yardstick in all cases.
#[test]
fn tables_and_files() {
    let comparison = compare("--rounds 1 --servers limit", |command| command);
    assert_eq!(comparison.exit_code(), Some(0), "{}", comparison.said());
    let said = comparison.said();
    assert!(said.starts_with("results.json and results.svg are in "), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");

    let tables = comparison.printed();
    for heading in [
        "flood: 10 clients, 4 of them senders, 10,000 lines of 64 bytes, at most 500 in flight",
        "pace: 10 clients, 4 of them senders, 50 lines of 64 bytes a second for 1 s",
        "stall: as pace, with 2 clients that never read",
        "idle: 300 connections that do nothing",
    ] {
        let (_, table) = tables.split_once(heading).expect(&tables);
        assert!(table.lines().nth(4).is_some_and(|row| row.starts_with("limit ")), "{tables}");
    }

    let json = comparison.json();
    assert_eq!((&json["valid"], &json["rounds"]), (&true.into(), &1.into()), "{json:#}");
    assert_eq!(json["problems"], json!([]));
    let expected = [
        ("flood", "deliveries", 100_000, 8),
        ("pace", "deliveries", 500, 7),
        ("stall", "deliveries", 400, 7),
        ("idle", "connections", 300, 6),
    ];
    for (index, (case, count, expected, figures)) in expected.into_iter().enumerate() {
        let found = &json["cases"][index];
        assert_eq!(found["case"], case);
        let limit = &found["servers"][0];
        assert_eq!((&limit["server"], &limit["failure"]), (&"limit".into(), &Value::Null));
        assert_eq!(limit["runs"][0]["measured"][count], expected, "{found:#}");
        assert_eq!(limit["figures"].as_object().unwrap().len(), figures, "{found:#}");
    }
}

#[test]
fn each_round_is_in_the_json() {
    let comparison = compare("--rounds 2 --cases flood --servers limit", |command| command);
    assert_eq!(comparison.exit_code(), Some(0), "{}", comparison.said());
    let json = comparison.json();
    let runs = &json["cases"][0]["servers"][0]["runs"];
    assert_eq!((&runs[0]["round"], &runs[1]["round"]), (&1.into(), &2.into()), "{json:#}");
}

/// A server of ours that fails gets a row, too, but must not be released.
#[test]
fn a_hobnob_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let says_its_version = "[ \"$1\" != --version ] || exec echo hobnob-server 9.8.7";
    let text = format!("{says_its_version}\necho some reason >&2; exit 3");
    let server = script(folder.path(), "hobnob-server", &text);
    let arguments = "--rounds 2 --cases flood,idle --servers limit,hobnob";
    let comparison = compare(arguments, |command| command.arg("--server").arg(server));
    assert_eq!(comparison.exit_code(), Some(1));
    let said = comparison.said();
    let ended = "the process ended (exit status: 3): some reason";
    let expected = format!("hobnob-bench: hobnob failed in flood, idle: {ended}");
    assert_eq!(said.lines().nth(1), Some(&*expected), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");
    let json = comparison.json();
    assert_eq!(json["servers"][0]["version"], "9.8.7");
    assert_eq!(json["cases"][0]["servers"][0]["failure"]["brief"], ended);
    assert_eq!(json["cases"][0]["servers"][1]["runs"].as_array().unwrap().len(), 2);
    let tables = comparison.printed();
    assert!(tables.contains(&format!("\nhobnob  {ended}\n")), "{tables}");
}

/// A server's data from one run is gone in the next run, and for the next server.
#[test]
fn each_run_begins_with_an_empty_folder() {
    let folder = tempfile::tempdir().unwrap();
    let says_its_version = "[ \"$1\" = --listen ] || exec echo hobnob-server 9.8.7";
    let keeps = "mkdir \"$HOBNOB_DATA/kept\" || exit 3";
    let text = format!("{says_its_version}\n{keeps}\nexec '{BENCH}' limit \"$1\" \"$2\"");
    let server = script(folder.path(), "hobnob-server", &text);
    let arguments = "--rounds 2 --cases idle --servers hobnob";
    let comparison = compare(arguments, |command| command.arg("--server").arg(server));
    assert_eq!(comparison.exit_code(), Some(0), "{}", comparison.said());
}

#[test]
fn impossible_requests() {
    let check = |arguments: &str, expected: &str| {
        complains(&format!("compare {arguments}"), 2, &[expected]);
    };
    check("--baseline old --rounds 8", "--baseline needs at least --rounds 9");
    check("--baseline old --servers limit", "hobnob among the --servers");
    check("--servers hobnob,memory --rounds 8", "memory needs at least --rounds 9");
    check("--servers memory", "memory needs hobnob among the --servers");
    check("--servers hobnob,telnet --rounds 8", "telnet needs at least --rounds 9");
    check("--servers tls --rounds 8", "tls needs at least --rounds 9");
    check("--servers limit --cases handshakes", "handshakes needs another of the --servers");
    check("--servers telnet", "telnet needs hobnob among the --servers");
    check("--rounds 0", "--rounds must be at least 1");
    check("--rounds -1", "'-1'");
    check("--cases float", "'float'");
    check("--servers baseline", "'baseline'");
    check("--flood-clients 3", "--flood-clients must be at least 4");
    let too_few = "--pace-clients must be at least 6: 4 senders and --stalled 2";
    check("--pace-clients 5 --stalled 2", too_few);
}

/// The message says how to get one.
#[test]
fn no_hobnob_server() {
    let how = "build it with cargo build --release, or name one with";
    let folder = tempfile::tempdir_in(Path::new(BENCH).parent().unwrap()).unwrap();
    let alone = folder.path().join("hobnob-bench");
    fs::hard_link(BENCH, &alone).unwrap();
    let mut command = Command::new(&alone);
    let output = run(command.args(["compare", "--rounds", "1"]).current_dir(folder.path()));
    let beside = folder.path().join("hobnob-server");
    let expected = format!("there is no hobnob-server at {}: {how} --server", beside.display());
    check_complaint(&output, "hobnob-bench", 1, &[&expected]);

    let nowhere = folder.path().join("nowhere");
    for option in ["--server", "--baseline"] {
        let expected =
            format!("there is no hobnob-server at {}: {how} {option}", nowhere.display());
        let mut command = bench("compare --rounds 9 --cases flood --servers hobnob");
        let output = run(command.arg(option).arg(&nowhere).current_dir(folder.path()));
        check_complaint(&output, "hobnob-bench", 1, &[&expected]);
    }
    assert!(!folder.path().join("bench-results").exists(), "nothing was begun");
}

#[test]
fn an_unwritable_folder() {
    let command = "compare --rounds 1 --servers limit --out /dev/null/results";
    complains(command, 1, &["cannot write to /dev/null/results (--out picks another folder): "]);
}
