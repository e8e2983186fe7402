//! The cost of character mode: measured beside the same server without it, reported, and judged.

use crate::harness::compare;

/// Uses the real server. Its cost depends on the load of the machine, but the report and the exit
/// code always agree.
#[test]
fn it_is_measured_and_judged() {
    let arguments = "--rounds 9 --cases pace,idle --servers hobnob,telnet";
    let comparison = compare(arguments, |command| command);
    let tables = comparison.printed();
    let (_, section) = tables.split_once("\ncharacter mode: what it costs\n").expect(&tables);
    let json = comparison.json();
    let costs = &json["character_mode"];
    let expected = [
        ("resident_bytes_per_connection", "idle memory/connection "),
        ("cpu_us_per_delivery", "pace CPU/delivery "),
    ];
    for (index, (key, name)) in expected.into_iter().enumerate() {
        let figure = &costs["figures"][index];
        assert_eq!(figure["metric"], key);
        for server in ["hobnob", "telnet"] {
            assert_eq!(figure[server]["rounds"], 9, "{figure:#}");
            assert!(figure[server]["median"].as_f64().unwrap() > 0.0, "{figure:#}");
        }
        let row = section.lines().find(|row| row.starts_with(name)).expect(section);
        let verdict = if figure["missed"] == true { " missed" } else { " kept" };
        assert!(row.ends_with(verdict), "{row}: {figure:#}");
    }
    // A line that the server edits takes some memory.
    let memory = |server| costs["figures"][0][server]["median"].as_f64().unwrap();
    assert!(memory("telnet") > memory("hobnob") + 200.0, "{costs:#}");
    let is_missed = costs["missed"].as_bool().unwrap();
    assert_eq!(comparison.exit_code(), Some(i32::from(is_missed)), "{}", comparison.said());

    let command = json["servers"][1]["command"].as_str().unwrap();
    assert!(command.ends_with(" --listen telnet://127.0.0.1:PORT --flood off"), "{command}");
}
