//! Listening: the addresses that the server program accepts, how quickly it starts, how it invites
//! people, and its messages for addresses that it cannot use.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Client, Program, Screen, check_complaint, machine_to_myself, printed, run};

/// A release build starts in less than 50 ms. This is a test build, on a machine that is busy with
/// other tests: the limit is tight enough to notice when something begins to wait.
const START_MAX: Duration = Duration::from_millis(500);

#[test]
fn the_invitation_says_where_and_how_to_join() {
    let mut command = Program::command(&["--listen", "localhost:0"]);
    let program = Program::start_command(&mut command);
    let port = program.address.port();
    let token = program.token().unwrap();
    let expected = format!(
        "hobnob is listening on 127.0.0.1:{port}, [::1]:{port}\nTo join, run any of these \
         commands:\n  telnet localhost {port}\n  nc localhost {port}\n  hobnob \
         localhost:{port}\nTo become the owner, join, /register your name, and then /claim \
         {token}\nPress Ctrl-C to stop the server.\n"
    );
    assert_eq!(program.invitation, expected);
    for host in ["127.0.0.1", "[::1]"] {
        Client::join(format!("{host}:{port}").parse().unwrap());
    }
}

#[test]
fn it_listens_on_all_given_addresses() {
    // By repeated flags, and with commas.
    let command = &mut Program::command(&["--listen", "127.0.0.1:0,[::1]:0"]);
    let program = Program::start_command(command.args(["--listen", "127.0.0.1:0"]));
    let mut lines = program.invitation.lines();
    let addresses = lines.next().unwrap().strip_prefix("hobnob is listening on ").unwrap();
    let addresses: Vec<SocketAddr> =
        addresses.split(", ").map(|address| address.parse().unwrap()).collect();
    assert_eq!(addresses.len(), 3, "{}", program.invitation);
    let mut expected = vec!["To join, run any of these commands:".to_owned()];
    for port in addresses.iter().map(SocketAddr::port) {
        expected.push(format!("  telnet localhost {port}"));
        expected.push(format!("  nc localhost {port}"));
        expected.push(format!("  hobnob localhost:{port}"));
    }
    let printed: Vec<&str> = lines.filter(|line| !line.starts_with("To become")).collect();
    expected.push("Press Ctrl-C to stop the server.".to_owned());
    assert_eq!(printed, expected);
    // All addresses lead to the same rooms.
    let mut clients: Vec<Client> = addresses.into_iter().map(Client::join).collect();
    clients[2].says("hello");
    let hello = format!("{}: hello", clients[2].name);
    for client in &mut clients {
        client.sees_in_the_end(&hello);
    }
}

#[test]
fn it_starts_at_once() {
    let _machine = machine_to_myself();
    let once = || {
        let start = Instant::now();
        let program = Program::start(&[]);
        let mut ann = Client::connect(program.address);
        // A client that speaks at once is let in at once.
        ann.says("hello");
        ann.sees_the_welcome();
        start.elapsed()
    };
    let best = (0..5).map(|_| once()).min().unwrap();
    println!("from the start to the first welcome: {best:?}");
    assert!(best < START_MAX, "{best:?}");
}

#[test]
fn a_terminal_shows_how_to_join_without_log_lines() {
    let command = Program::command(&["--listen", "127.0.0.1:0,[::1]:0"]);
    let mut screen = Screen::start(command, 80, 24);
    screen.row("Press Ctrl-C to stop the server.");
    screen.types("\x03");
    screen.ends(0);
    let rows = screen.rows();
    assert!(rows[0].starts_with("hobnob is listening on "), "{rows:#?}");
    assert!(!rows.iter().any(|row| row.contains("INFO")), "{rows:#?}");
}

#[test]
fn addresses_that_cannot_be_used() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let check = |address: &str, expected: &[&str]| {
        let output = run(&mut Program::command(&["--listen", address, "--log", "error"]));
        check_complaint(&output, "hobnob-server", 1, &[&[address], expected].concat());
    };
    let in_use = "address already in use; is another server running? (choose another";
    check(&format!("127.0.0.1:{port}"), &[in_use]);
    let not_ours = "this machine does not have that address (use 0.0.0.0 or [::] for all addresses";
    check("192.0.2.1:0", &[not_ours]);
    check("nowhere.invalid:0", &["--listen"]);
}

#[test]
fn a_port_that_belongs_to_the_superuser() {
    let first_free = fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").unwrap();
    let Some(port @ 1..) = first_free.trim().parse::<u16>().unwrap().checked_sub(1) else {
        println!("this machine gives every port to everybody: nothing can be refused");
        return;
    };
    // Other users may not be able to access the folder of the build.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path().join("hobnob-server");
    fs::copy(env!("CARGO_BIN_EXE_hobnob-server"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    let is_root = printed(&run(Command::new("id").arg("-u"))).trim() == "0";
    let mut command = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&copy);
        command
    } else {
        Command::new(&copy)
    };
    let address = format!("127.0.0.1:{port}");
    let output = run(command.args(["--listen", &address]).stdin(Stdio::null()));
    let denied = "permission denied; ports below 1024 need root privileges";
    check_complaint(&output, "hobnob-server", 1, &[&address, denied]);
}
