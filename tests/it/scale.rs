//! Many people, little memory.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use hobnob::base::descriptors;

use crate::harness::{Client, Program, machine_to_myself};

#[test]
fn five_thousand_clients_cost_at_most_four_kibibytes_each() {
    let _machine = machine_to_myself();
    descriptors::raise_limit();
    const CLIENTS: usize = 5_000;
    let program = Program::start(&[]);
    let first = program.client();
    let before = program.resident_bytes();
    let start = Instant::now();
    let connections: Vec<TcpStream> =
        (1..CLIENTS).map(|_| TcpStream::connect(program.address).unwrap()).collect();
    let mut clients: Vec<Client> =
        connections.into_iter().map(Client::join_silently_through).collect();
    let joined_in = start.elapsed();
    first.says("welcome, all of you");
    for client in &mut clients {
        client.sees_in_the_end(&format!("{}: welcome, all of you", first.name));
    }
    let each = program.resident_bytes().saturating_sub(before) / CLIENTS;
    println!("{CLIENTS} clients joined in {joined_in:?}, {each} bytes each");
    assert!(each <= 4096, "{each} bytes a client");
    assert!(joined_in < Duration::from_secs(60), "{joined_in:?} for all to join");
}
