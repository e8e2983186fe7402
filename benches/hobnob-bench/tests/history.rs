//! The cost of history: measured beside the same server without it, reported, and judged.

use crate::harness::compare;

/// Uses the real server. Its cost depends on the load of the machine, but the report and the exit
/// code always agree.
#[test]
fn it_is_measured_and_judged() {
    let arguments = "--rounds 9 --cases flood --servers hobnob,memory";
    let comparison = compare(arguments, |command| command);
    let tables = comparison.printed();
    let (_, section) = tables.split_once("\nhistory: what keeping it costs\n").expect(&tables);
    let json = comparison.json();
    let history = &json["history"];
    let figure = &history["figures"][0];
    assert_eq!(figure["metric"], "cpu_us_per_line");
    for server in ["hobnob", "memory"] {
        assert_eq!(figure[server]["rounds"], 9, "{figure:#}");
        assert!(figure[server]["median"].as_f64().unwrap() > 0.0, "{figure:#}");
    }
    let row = section.lines().find(|row| row.starts_with("flood CPU/line ")).expect(section);
    let verdict = if figure["missed"] == true { " missed" } else { " kept" };
    assert!(row.ends_with(verdict), "{row}: {figure:#}");
    let is_missed = history["missed"].as_bool().unwrap();
    assert_eq!(comparison.exit_code(), Some(i32::from(is_missed)), "{}", comparison.said());

    let command = json["servers"][1]["command"].as_str().unwrap();
    assert!(
        command.ends_with(" --listen plain://127.0.0.1:PORT --flood off --history-lines 0"),
        "{command}"
    );
}
