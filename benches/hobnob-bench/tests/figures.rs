//! Measurements of real servers: exact counts, and plausible figures.

use serde_json::Value;

use crate::harness::{Served, bench, measures, printed, run};

const FLOOD: &str = "--clients 20 --senders 3 --lines 500 --window 50 --line-bytes 40";
const PACE: &str = "--clients 10 --senders 2 --rate 200 --duration 0.2";
const STALL: &str = "--clients 10 --senders 2 --rate 200 --duration 0.2 --stalled 3";

/// Runs all loads with this many threads.
fn check_all(server: &Served, threads: usize) {
    let of = |load: &str, arguments: &str| {
        measures(&format!("{load} {} {arguments} --threads {threads}", server.url()))
    };
    let flood = of("flood", FLOOD);
    check_counts(&flood, &[("clients", 20), ("senders", 3), ("window", 50), ("line_bytes", 40)]);
    check_counts(&flood, &[("lines", 500), ("deliveries", 10_000)]);
    let seconds = number(&flood, "seconds");
    assert_near(number(&flood, "deliveries_per_second") * seconds, 10_000.0);
    assert_near(number(&flood, "lines_per_second") * seconds, 500.0);
    check_server(&flood["server"], server);
    let each = |name| number(&flood["server"], name);
    assert_near(each("cpu_us_per_line"), 20.0 * each("cpu_us_per_delivery"));
    check_generator(&flood, threads);

    check_pace(&of("pace", PACE), 0, server);

    let stall = of("stall", STALL);
    check_pace(&stall["without"], 0, server);
    check_pace(&stall["with"], 3, server);

    let idle = of("idle", "--connections 100");
    check_counts(&idle, &[("connections", 100)]);
    assert_near(number(&idle, "connections_per_second") * number(&idle, "seconds"), 100.0);
    check_counts(&idle["server"], &[("pid", server.pid().into())]);
    for figure in ["memory_bytes", "threads", "cpu_us_per_connection"] {
        assert!(number(&idle["server"], figure) > 0.0, "{figure} in {idle}");
    }
    for figure in ["resident_bytes_per_connection", "kernel_bytes_per_connection"] {
        assert!(number(&idle["server"], figure) >= 0.0, "{figure} in {idle}");
    }
    check_generator(&idle, threads);
}

/// 40 lines, 5 ms apart, to all reading clients.
fn check_pace(pace: &Value, stalled: u64, server: &Served) {
    check_counts(pace, &[("clients", 10), ("stalled", stalled), ("senders", 2), ("lines", 40)]);
    check_counts(pace, &[("deliveries", 40 * (10 - stalled))]);
    assert!(number(pace, "seconds") >= 0.195, "{pace}");
    let quantiles = ["p50_us", "p90_us", "p99_us", "p999_us", "max_us"];
    let quantiles = quantiles.map(|name| number(&pace["latency"], name));
    assert!(quantiles.is_sorted() && quantiles[0] > 0.0, "{quantiles:?}");
    check_server(&pace["server"], server);
}

fn check_server(used: &Value, server: &Served) {
    check_counts(used, &[("pid", server.pid().into())]);
    let total = number(used, "cpu_us_per_delivery");
    let parts = number(used, "user_us_per_delivery") + number(used, "system_us_per_delivery");
    assert_near(parts, total);
    assert!(total > 0.0 && number(used, "cores") > 0.0, "{used}");
    assert!(number(used, "threads") >= 1.0, "{used}");
    let mebibytes = number(used, "memory_peak_bytes") / 1024.0 / 1024.0;
    assert!((1.0..500.0).contains(&mebibytes), "{used}");
}

fn check_generator(figures: &Value, threads: usize) {
    check_counts(&figures["generator"], &[("threads", threads as u64)]);
    assert!(number(&figures["generator"], "cores") > 0.0, "{figures}");
}

#[track_caller]
fn check_counts(figures: &Value, expected: &[(&str, u64)]) {
    for (name, count) in expected {
        assert_eq!(figures[name], *count, "{name} in {figures}");
    }
}

#[track_caller]
fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected, "{found}, and not {expected}");
}

#[track_caller]
fn number(figures: &Value, name: &str) -> f64 {
    figures[name].as_f64().unwrap_or_else(|| panic!("no {name} in {figures}"))
}

#[test]
fn of_hobnob() {
    check_all(&Served::hobnob(), 1);
}

#[test]
fn of_hobnob_by_two_threads() {
    check_all(&Served::hobnob(), 2);
}

#[test]
fn of_hobnob_with_telnets() {
    check_all(&Served::hobnob_for_telnet(), 1);
}

#[test]
fn of_hobnob_with_telnets_by_two_threads() {
    check_all(&Served::hobnob_for_telnet(), 2);
}

#[test]
fn of_the_limit() {
    check_all(&Served::limit(), 1);
}

#[test]
fn of_the_limit_by_two_threads() {
    check_all(&Served::limit(), 2);
}

#[test]
fn of_the_limit_over_tls() {
    check_all(&Served::limit_over_tls(), 1);
}

#[test]
fn of_the_limit_over_tls_by_two_threads() {
    check_all(&Served::limit_over_tls(), 2);
}

#[test]
fn of_the_process_that_is_named() {
    let (server, other) = (Served::limit(), Served::limit());
    let flood = measures(&format!("flood {} {FLOOD} --pid {}", server.url(), other.pid()));
    check_counts(&flood["server"], &[("pid", other.pid().into()), ("threads", 2)]);
}

#[test]
fn of_all_processes_that_are_named() {
    let (server, proxy) = (Served::limit(), Served::limit());
    let pids = format!("{},{}", proxy.pid(), server.pid());
    let flood = measures(&format!("flood {} {FLOOD} --pid {pids}", server.url()));
    check_counts(&flood["server"], &[("pid", proxy.pid().into()), ("threads", 4)]);
    assert!(number(&flood["server"], "cpu_us_per_delivery") > 0.0, "{flood}");
}

/// The whole table without its figures.
#[test]
fn as_a_table() {
    let server = Served::hobnob();
    let port = server.address.port();
    let rows = |arguments: &str| {
        let output = run(&mut bench(arguments));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let table = printed(&output);
        let name = |line: &str| line.get(..18).unwrap_or(line).trim_end().to_owned();
        let (heading, rest) = table.split_once('\n').unwrap();
        (heading.to_owned(), rest.lines().map(name).collect::<Vec<_>>(), table)
    };
    let (heading, names, table) = rows(&format!("flood line://localhost:{port} {FLOOD}"));
    assert_eq!(heading, "flood: 20 clients, 3 senders, 500 lines of 40 bytes, 50 in flight");
    let expected = ["deliveries", "deliveries/s", "lines/s", "server CPU", "server memory"];
    assert_eq!(names[..5], expected.map(|name| format!("  {name}")));
    assert_eq!(names[5..], ["  generator CPU"]);
    assert!(table.contains("\n  deliveries       10,000 in "), "{table}");
    assert!(table.contains(" s, each one checked\n"), "{table}");
    assert!(table.contains(" µs per line, "), "{table}");

    let (heading, names, table) = rows(&format!("stall {} {STALL}", server.url()));
    assert_eq!(heading, "all clients read");
    let quantiles = ["  latency p50", "  p90", "  p99", "  p99.9", "  max"];
    assert_eq!(names[2..7], quantiles);
    assert!(table.contains("\npace: 10 clients of which 3 never read, 2 senders, "), "{table}");

    let (heading, names, _) = rows(&format!("idle {} --connections 1", server.url()));
    assert_eq!(heading, "idle: 1 connections");
    assert_eq!(names[1], "  all announced");
    assert_eq!(names[3..5], ["  server memory", "  kernel memory"]);
}
