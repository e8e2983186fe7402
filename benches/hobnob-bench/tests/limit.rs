//! The yardstick as a server: it does little, but has to do that correctly.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Stdio;

use crate::harness::{PATIENCE, Process, Served, bench, wait};

#[test]
fn a_client_that_speaks_and_leaves_is_heard_and_gone() {
    let limit = Served::limit();
    let watcher = TcpStream::connect(limit.address).unwrap();
    watcher.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut screen = BufReader::new(watcher).lines().map(Result::unwrap);
    assert_eq!(screen.next().unwrap(), "Welcome");
    for number in 0..20 {
        let mut stream = TcpStream::connect(limit.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("line {number}\nhalf a line").as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(screen.next().unwrap(), format!("line {number}"));
        stream.read_to_end(&mut Vec::new()).unwrap();
    }
}

#[test]
fn ctrl_c_ends_it_as_it_should() {
    let mut process = Process::start(bench("limit --listen 127.0.0.1:0").stdout(Stdio::piped()));
    let mut stdout = process.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    process.signal("INT");
    assert_eq!(wait(&mut process).code(), Some(0));
}
