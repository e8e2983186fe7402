//! The loads over TLS, against servers that this program and the test contain: every delivery is
//! checked as without it, and a peer that does not speak TLS is named as such.

use std::net::TcpListener;

use serde_json::Value;

use crate::harness::{FakeServer, Joined, Served, bench, complains, measures, printed, run};

const LOAD: &str = "--clients 4 --senders 1 --lines 100 --window 10";

#[test]
fn lines_arrive_whatever_their_length() {
    let limit = Served::limit_over_tls();
    for line_bytes in [27, 64, 1024] {
        let load = "--clients 20 --senders 3 --lines 2000 --window 200";
        let flood = measures(&format!("flood {} {load} --line-bytes {line_bytes}", limit.url()));
        assert_eq!(flood["deliveries"], 40_000, "{flood}");
    }
}

/// More than TLS and the kernel hold for a client that does not read.
#[test]
fn a_client_that_does_not_read() {
    let limit = Served::limit_over_tls();
    let load = "--clients 4 --senders 1 --stalled 2 --rate 500 --duration 0.2";
    let stall = measures(&format!("stall {} {load}", limit.url()));
    assert_eq!(stall["with"]["deliveries"], 200, "{stall}");
}

#[test]
fn a_changed_line() {
    let server = FakeServer::start_tls(4, |said, to| match said.is(0, 5) && to.number == 2 {
        true => to.sees_text(&said.line.replacen("0005~", "0007~", 1)),
        false => to.sees(said),
    });
    let wrongly = format!("{} delivered wrongly: at connection 2, ", server.url());
    let expected = [&wrongly, "line 7 of sender 0 came where", "line 5 of"];
    complains(&format!("flood {} {LOAD}", server.url()), 1, &expected);
}

#[test]
fn a_server_that_hangs_up() {
    let server = FakeServer::start_tls(4, |said, to| match said.is(0, 5) {
        true => to.is_cut_off(),
        false => to.sees(said),
    });
    let closed = format!("{} closed connection ", server.url());
    complains(&format!("flood {} {LOAD}", server.url()), 1, &[&closed, "during the flood"]);
}

#[test]
fn a_server_without_tls() {
    let limit = Served::limit();
    for scheme in ["line+tls", "telnet+tls", "irc+tls"] {
        let url = format!("{scheme}://{}", limit.address);
        let failed = format!("{url} refused to continue: TLS failed: ");
        let expected = [&failed, "(does it speak TLS there?)"];
        complains(&format!("flood {url} {LOAD}"), 1, &expected);
        complains(&format!("idle {url} --connections 3"), 1, &expected);
    }
}

#[test]
fn a_client_without_tls() {
    let limit = Served::limit_over_tls();
    let url = format!("line://{}", limit.address);
    let closed = format!("{url} closed connection ");
    complains(&format!("flood {url} {LOAD}"), 1, &[&closed]);
}

#[test]
fn handshakes() {
    let limit = Served::limit_over_tls();
    for at_once in [1, 7, 100] {
        let load = format!("--handshakes 50 --at-once {at_once}");
        let found = measures(&format!("handshakes {} {load}", limit.url()));
        assert_eq!((&found["handshakes"], &found["at_once"]), (&50.into(), &at_once.into()));
        let server = &found["server"];
        assert_eq!(server["pid"], limit.pid());
        let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{found}"));
        let in_all = number(&found["handshakes_per_second"]) * number(&found["seconds"]);
        assert!((in_all - 50.0).abs() < 1e-6, "{found}");
        let each = number(&server["cpu_us_per_handshake"]);
        assert!((number(&server["handshakes_per_core_second"]) * each - 1e6).abs() < 1.0);
        // Signing alone takes longer than this.
        assert!(each > 10.0, "{found}");
    }
    let output = run(&mut bench(&format!("handshakes {} --handshakes 5", limit.url())));
    let table = printed(&output);
    assert!(table.starts_with("handshakes: 5 clients, 32 at once\n"), "{table}");
    assert!(table.contains("\n  per core         "), "{table}");
}

#[test]
fn a_rush_beside_a_paced_load() {
    let limit = Served::limit_over_tls();
    let load = "--clients 10 --senders 2 --rate 100 --duration 0.3 --handshakes 25 --bursts 3";
    let rush = measures(&format!("rush {} {load}", limit.url()));
    assert_eq!(rush["handshakes"], 25, "{rush}");
    for run in ["without", "with"] {
        assert_eq!(rush[run]["deliveries"], 300, "{rush}");
        assert!(rush[run]["latency"]["p99_us"].as_u64().unwrap() > 0, "{rush}");
    }
}

#[test]
fn handshakes_that_fail() {
    let check = |server: &str, expected: &str| {
        let url = format!("line+tls://{server}");
        for load in ["handshakes", "rush"] {
            complains(&format!("{load} {url} --handshakes 5"), 1, &[&url, expected]);
        }
    };
    let limit = Served::limit();
    check(&limit.address.to_string(), "TLS failed: ");
    let url = limit.url();
    let expected = format!("{url} has no handshakes; write line+tls://{}", limit.address);
    for load in ["handshakes", "rush"] {
        complains(&format!("{load} {url}"), 2, &[&expected]);
    }
}

#[test]
fn handshakes_with_a_server_that_leaves() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Until the test is over.
    let _server = Joined::endless(move || listener.incoming().for_each(drop));
    let url = format!("line+tls://{address}");
    let closed = format!("{url} closed connection ");
    complains(&format!("handshakes {url} --handshakes 5"), 1, &[&closed, "during a handshake"]);
}
