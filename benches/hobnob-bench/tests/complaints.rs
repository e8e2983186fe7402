//! Failures are reported in one line, with an exit code other than 0.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use socket2::{Domain, Socket, Type};

use crate::harness::{FakeServer, Joined, Served, bench_under, check_complaint, complains, run};

/// Small sizes, in case one of these runs succeeds.
const FLOOD: &str = "--clients 4 --senders 2 --lines 10";
const PACE: &str = "--clients 4 --senders 2 --rate 100 --duration 0.1";

#[test]
fn a_wrong_command_line() {
    let check = |arguments: &str, expected: &str| complains(arguments, 2, &[expected]);
    check("", "requires a subcommand");
    check("float line://localhost:8000", "'float'");
    check("flood", "<URL>");
    check(
        "flood localhost:8000",
        "write SCHEME://HOST:PORT with one of the schemes line, telnet, irc,",
    );
    check("flood http://localhost:8000", "unknown scheme http://");
    check("pace line://localhost", "write SCHEME://HOST:PORT");
    check("idle redis://localhost:70000", "\"70000\" is not a port");
    check("stall irc://:6667", "\"\" is not a host");
    check("flood nats://localhost:4222 --line-bytes 26", "a whole number from 27");
    check("flood nats://localhost:4222 --clients 0", "a whole number from 1");
    check("flood nats://localhost:4222 --rate 1", "'--rate'");
    check("pace line://localhost:8000 --rate nan", "a number from 0.1 to 1000000");
    check("idle line://localhost:8000 --pid 0", "--pid");
    let one_thread = "handshakes uses one thread; leave out --threads";
    check("handshakes line+tls://localhost:8000 --threads 2", one_thread);
    check("rush line+tls://localhost:8000 --bursts 0", "a whole number from 1");
    check("flood http+tls://localhost:8000", "unknown scheme http+tls://");
    check("limit --listen 8000", "--listen");
}

#[test]
fn too_few_clients() {
    let check = |arguments: &str, expected: &str| complains(arguments, 2, &[expected]);
    let too_few = "4 clients are too few for 5 senders and 0 that never read; raise --clients";
    check("flood line://localhost:1 --clients 4 --senders 5", too_few);
    check("pace line://localhost:1 --clients 4 --senders 5", too_few);
    let too_few = "4 clients are too few for 2 senders and 3 that never read; raise --clients";
    check("stall line://localhost:1 --clients 4 --senders 2 --stalled 3", too_few);
}

/// An address with a bound port but no listener.
fn nobody() -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

#[test]
fn no_server() {
    let (_socket, address) = nobody();
    for scheme in ["line", "telnet", "irc", "redis", "nats"] {
        let url = format!("{scheme}://{address}");
        let cannot = format!("cannot connect to {url}: Connection refused");
        for load in [format!("flood {url} {FLOOD}"), format!("pace {url} {PACE} --threads 2")] {
            complains(&load, 1, &[&cannot, "is the server running there?"]);
        }
        complains(&format!("idle {url} --connections 3"), 1, &[&cannot]);
    }
    let url = format!("line+tls://{address}");
    for load in ["handshakes", "rush"] {
        complains(&format!("{load} {url}"), 1, &[&format!("cannot connect to {url}: ")]);
    }
    let url = "line://nowhere.invalid:8000";
    complains(&format!("flood {url} {FLOOD}"), 1, &[&format!("cannot connect to {url}: ")]);
}

#[test]
fn a_server_that_hangs_up_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // Until the test is over.
    let _server = Joined::endless(move || listener.incoming().for_each(drop));
    for scheme in ["line", "line+tls", "telnet", "irc", "redis", "nats"] {
        let closed = format!("{scheme}://{address} closed connection ");
        let expected = [&closed, "of the generator during connecting: "];
        complains(&format!("flood {scheme}://{address} {FLOOD}"), 1, &expected);
        complains(&format!("idle {scheme}://{address} --connections 3"), 1, &expected);
    }
}

/// A server may disconnect a client that has stopped reading, but not earlier. Two clients take
/// part in the run in which everyone reads; in the other run the server accepts only the first.
#[test]
fn a_server_that_hangs_up_on_a_stalling_client() {
    let server = FakeServer::start(3, |said, to| to.sees(said));
    let closed = format!("{} closed connection 1 of the generator", server.url());
    let load = "--clients 2 --senders 1 --stalled 1 --rate 100 --duration 0.1";
    complains(&format!("stall {} {load}", server.url()), 1, &[&closed, "during connecting"]);
}

#[test]
fn a_server_that_speaks_something_else() {
    let limit = Served::limit();
    for scheme in ["redis", "nats"] {
        let url = format!("{scheme}://{}", limit.address);
        let refused = format!("{url} refused to continue: ");
        complains(&format!("flood {url} {FLOOD}"), 1, &[&refused, "Welcome"]);
    }
}

/// The server does not negotiate, so nobody is ever set up, whatever the clients are told.
#[test]
fn a_server_that_does_not_edit() {
    let server = Served::hobnob();
    let url = format!("telnet://{}", server.address);
    let slow = format!("{url} set up 0 of 3 connections in 3 s");
    complains(&format!("idle {url} --connections 3"), 1, &[&slow]);
}

/// A watching client waits until the load is under way.
#[test]
fn a_server_that_dies_in_the_middle() {
    for threads in [1, 2] {
        let limit = Served::limit();
        let watcher = BufReader::new(TcpStream::connect(limit.address).unwrap());
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let is_under_way = |line: &String| line.contains("-00001-0000000002~");
                assert!(watcher.lines().map_while(Result::ok).any(|line| is_under_way(&line)));
                limit.is_killed();
            });
            let load = "--clients 4 --senders 2 --rate 100 --duration 60";
            let closed = format!("{} closed connection ", limit.url());
            let expected = [&closed, "during the paced load"];
            complains(&format!("pace {} {load} --threads {threads}", limit.url()), 1, &expected);
        });
    }
}

#[test]
fn more_connections_than_descriptors() {
    let limit = Served::limit();
    let check = |load: &str, connections: usize| {
        let arguments = load.replacen(' ', &format!(" {} ", limit.url()), 1);
        let output = run(&mut bench_under(&["prlimit", "--nofile=100:100"], &arguments));
        let expected = format!(
            "{connections} connections are too many: this machine allows 36 (see ulimit -n)"
        );
        check_complaint(&output, "hobnob-bench", 1, &[&expected]);
    };
    check("flood --clients 37 --lines 10", 37);
    check("stall --clients 37 --stalled 1", 37);
    check("idle --connections 1000000", 1_000_000);
}

#[test]
fn a_missing_process() {
    let limit = Served::limit();
    let load = format!("flood {} {FLOOD} --pid {}", limit.url(), i32::MAX);
    complains(&load, 1, &["there is no process 2147483647"]);
}

#[test]
fn a_port_that_is_taken() {
    let limit = Served::limit();
    let expected = format!("cannot listen on {}: Address already in use", limit.address);
    complains(&format!("limit --listen {}", limit.address), 1, &[&expected]);
}
