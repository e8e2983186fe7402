//! The peers themselves, which have to be installed: Debian's redis-server, nats-server and ngircd,
//! and as proxies stunnel4, and nginx with libnginx-mod-stream.
//! If one is missing, the test fails with the program's own message.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::harness::{Comparison, compare, script};

const SERVERS: [&str; 4] = ["hobnob", "redis", "nats", "ngircd"];

/// Puts the programs of this folder first.
fn with_programs_in(folder: &Path) -> impl FnOnce(&mut Command) -> &mut Command {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()].into_iter().chain(env::split_paths(&path));
    let path = env::join_paths(folders).unwrap();
    move |command| command.env("PATH", path)
}

#[track_caller]
fn check_good_end(comparison: &Comparison) {
    assert_eq!(comparison.exit_code(), Some(0), "{}", comparison.said());
}

#[test]
fn all_peers_run_all_cases() {
    let arguments = format!("--rounds 1 --cases flood,pace --servers {}", SERVERS.join(","));
    let comparison = compare(&arguments, |command| command);
    check_good_end(&comparison);
    let tables = comparison.printed();
    for case in ["flood: ", "pace: "] {
        let (_, table) = tables.split_once(case).expect(&tables);
        let first_word = |row: &str| row.split_whitespace().next().unwrap_or_default().to_owned();
        let names: Vec<String> = table.lines().skip(4).map(first_word).take(4).collect();
        assert_eq!(names, SERVERS, "{tables}");
    }
    let json = comparison.json();
    assert_eq!(json["valid"], true, "{json:#}");
    let names = |servers: &serde_json::Value| -> Vec<String> {
        let name = |server: &serde_json::Value| server["server"].as_str().unwrap().to_owned();
        servers.as_array().unwrap().iter().map(name).collect()
    };
    assert_eq!(names(&json["servers"]), SERVERS);
    let expected = [("flood", 100_000, 8), ("pace", 500, 7)];
    for (index, (case, deliveries, figures)) in expected.into_iter().enumerate() {
        let found = &json["cases"][index];
        assert_eq!(found["case"], case);
        assert_eq!(names(&found["servers"]), SERVERS);
        for server in found["servers"].as_array().unwrap() {
            assert_eq!(server["runs"][0]["measured"]["deliveries"], deliveries, "{server:#}");
            assert_eq!(server["figures"].as_object().unwrap().len(), figures, "{server:#}");
            assert_eq!(server["figures"]["cpu_us_per_delivery"]["rounds"], 1, "{server:#}");
        }
    }
    let svg = comparison.file("results.svg");
    assert!(svg.starts_with("<svg"), "{svg}");
    for server in SERVERS {
        assert!(svg.lines().any(|line| line.trim() == server), "no {server} in {svg}");
    }
}

#[test]
fn they_hold_connections() {
    let comparison =
        compare("--rounds 1 --cases idle --servers redis,nats,ngircd", |command| command);
    check_good_end(&comparison);
    let json = comparison.json();
    for server in json["cases"][0]["servers"].as_array().unwrap() {
        assert_eq!(server["runs"][0]["measured"]["connections"], 300, "{server:#}");
    }
}

/// Whatever a proxy's workers and the hobnob behind it use counts, and none of them is left.
#[test]
fn proxies_in_front_of_hobnob() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = "--rounds 1 --cases flood,handshakes --servers hobnob,stunnel,nginx,nginx-bare";
    let comparison = compare(arguments, |command| command.env("TMPDIR", folder.path()));
    check_good_end(&comparison);
    let json = comparison.json();
    let of = |case: usize, server: usize| {
        let found = &json["cases"][case]["servers"][server];
        assert_eq!(found["failure"], serde_json::Value::Null, "{found:#}");
        (found["server"].as_str().unwrap(), &found["runs"][0]["measured"])
    };
    let threads = |measured: &serde_json::Value| measured["server"]["threads"].as_u64().unwrap();
    let (_, hobnob) = of(0, 0);
    for (server, name) in [(1, "stunnel"), (2, "nginx")] {
        let (found, measured) = of(0, server);
        assert_eq!((found, &measured["deliveries"]), (name, &100_000.into()));
        assert!(threads(measured) > threads(hobnob), "{measured:#}");
    }
    for (server, name) in [(0, "stunnel"), (1, "nginx"), (2, "nginx-bare")] {
        let (found, measured) = of(1, server);
        assert_eq!((found, &measured["handshakes"]), (name, &40.into()));
    }
    // nginx alone is two processes, the second of which works.
    let (_, nginx) = of(1, 2);
    assert_eq!(threads(nginx), 2, "{nginx:#}");
    assert!(nginx["server"]["cpu_us_per_handshake"].as_f64().unwrap() > 10.0, "{nginx:#}");

    let folder = folder.path().to_str().unwrap();
    let is_ours = |process: &procfs::process::Process| {
        process.cwd().is_ok_and(|cwd| cwd.to_string_lossy().starts_with(folder))
    };
    let left = procfs::process::all_processes().unwrap().flatten().filter(is_ours).count();
    assert_eq!(left, 0);
}

/// Here ngIRCd rejects clients that do not answer its PING.
#[test]
fn a_ping_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let text = "[ \"$1\" = --version ] ||\n\
                sed -i 's/^RequireAuthPing = no$/RequireAuthPing = yes/' \"$3\"\n\
                exec /usr/sbin/ngircd \"$@\"";
    script(folder.path(), "ngircd", text);
    let prepare = with_programs_in(folder.path());
    let comparison = compare("--rounds 1 --cases flood --servers ngircd", prepare);
    check_good_end(&comparison);
    let json = comparison.json();
    let runs = &json["cases"][0]["servers"][0]["runs"];
    assert_eq!(runs[0]["measured"]["deliveries"], 100_000, "{json:#}");
}

/// A peer that cannot run a case gets a row that says so, and nothing else fails.
#[test]
fn a_peer_that_fails() {
    let check = |text: &str, version: &str, brief: &str| {
        let folder = tempfile::tempdir().unwrap();
        script(folder.path(), "ngircd", text);
        let arguments = "--rounds 2 --cases flood --servers limit,ngircd";
        let comparison = compare(arguments, with_programs_in(folder.path()));
        check_good_end(&comparison);
        let tables = comparison.printed();
        assert!(tables.contains(&format!("\nngircd  {brief}\n")), "no {brief:?} in {tables}");
        let json = comparison.json();
        assert_eq!((&json["valid"], &json["problems"]), (&true.into(), &serde_json::json!([])));
        assert_eq!(json["servers"][1]["version"], version);
        let [limit, ngircd] = [0, 1].map(|index| &json["cases"][0]["servers"][index]);
        assert_eq!(limit["runs"].as_array().unwrap().len(), 2);
        assert_eq!(ngircd["runs"].as_array().unwrap().len(), 0);
        assert_eq!(ngircd["failure"]["brief"], brief);
        assert_eq!(ngircd["failure"]["round"], 1);
        let svg = comparison.file("results.svg");
        assert!(svg.lines().any(|line| line.trim() == "ngircd"), "{svg}");
    };
    let brief = "the process ended (exit status: 1): ";
    let nothing = format!("{brief}it said nothing");
    check("exit 1", "of unknown version", &nothing);
    let version = "[ \"$1\" != --version ] || exec echo ngIRCd 12.3-IDENT";
    check(&format!("{version}\necho one\necho two >&2\nexit 1"), "12.3", &format!("{brief}two"));
}
