//! Comparing two builds: which of them is worse, and that this is reported.

use crate::harness::{BENCH, compare, script};

/// The yardstick stands in for a build that needs far less than this one: a tenth of its memory,
/// which does not depend on the load of the machine.
#[test]
fn a_worse_build() {
    let folder = tempfile::tempdir().unwrap();
    // Its arguments are those of hobnob: --listen ADDRESS --flood off.
    let serve = format!("exec '{BENCH}' limit \"$1\" \"$2\"");
    let text = format!("[ \"$1\" != --version ] || exec echo hobnob-server 9.8.7\n{serve}");
    let lean = script(folder.path(), "hobnob-server", &text);
    let arguments = "--rounds 9 --cases idle --servers hobnob";
    let comparison = compare(arguments, |command| command.arg("--baseline").arg(lean));
    assert_eq!(comparison.exit_code(), Some(1), "{}", comparison.printed());
    let said = comparison.said();
    let worse = "hobnob-bench: worse than the baseline: idle, memory/connection (+";
    assert!(said.lines().nth(1).is_some_and(|line| line.starts_with(worse)), "{said}");
    assert_eq!(said.lines().count(), 2, "{said}");

    let json = comparison.json();
    assert_eq!(json["baseline"]["worse"], true);
    assert_eq!(json["baseline"]["figures"][0]["metric"], "resident_bytes_per_connection");
    assert_eq!(json["baseline"]["figures"][0]["verdict"], "worse");
    assert_eq!(json["cases"][0]["servers"][1]["server"], "baseline");
    assert_eq!(json["cases"][0]["servers"][1]["runs"].as_array().unwrap().len(), 9);
    let tables = comparison.printed();
    let (_, table) = tables.split_once("against the baseline\n").expect(&tables);
    assert!(table.lines().any(|row| row.ends_with(" worse")), "{tables}");
}
