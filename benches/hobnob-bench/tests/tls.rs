//! The loads over TLS, against servers that this program and the test contain: every delivery is
//! checked as without it, and a peer that does not speak TLS is named as such.

use crate::harness::{FakeServer, Served, complains, measures};

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
