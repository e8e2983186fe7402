//! Ctrl-C interrupts everything, including the servers.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::harness::{
    Process, Served, bench, check_complaint, children_of, descriptors, eventually, hobnob_server,
    read_in_background, script, wait,
};

/// Sends SIGINT as soon as `has_begun` is true.
fn interrupt(command: &mut Command, mut has_begun: impl FnMut(u32) -> bool) -> Output {
    let mut process = Process::start(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let stdout = read_in_background(process.stdout.take().unwrap());
    let stderr = read_in_background(process.stderr.take().unwrap());
    eventually("it has begun", || {
        assert!(process.try_wait().unwrap().is_none(), "it has ended: {command:?}");
        has_begun(process.id()).then_some(())
    });
    process.signal("INT");
    let status = wait(&mut process);
    Output { status, stdout: stdout.join(), stderr: stderr.join() }
}

#[track_caller]
fn check_interrupted(output: &Output) {
    let said = check_complaint(output, "hobnob-bench", 130, &[]);
    assert_eq!(said, "hobnob-bench: interrupted\n");
}

/// Interrupts a comparison with this server as soon as `has_begun` is true for it.
fn check_comparison(cases: &str, server: &str, has_begun: impl Fn(u32) -> bool) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = bench("compare --rounds 1 --pace-duration 60 --flood-lines 1000000000");
    command.args(["--cases", cases, "--servers", "hobnob", "--server", server]);
    let mut servers = Vec::new();
    let output = interrupt(command.arg("--out").arg(folder.path()), |pid| {
        let children = children_of(pid);
        let is_serving = |words: &[String]| words.iter().any(|word| word == "--listen");
        servers = children.into_iter().filter(|(_, words)| is_serving(words)).collect();
        servers.iter().any(|(pid, _)| has_begun(*pid))
    });
    check_interrupted(&output);
    for (pid, words) in servers {
        assert!(!is_there(pid), "{words:?} is still there");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was written");
}

fn is_there(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

#[test]
fn a_comparison() {
    let hobnob = hobnob_server().to_str().unwrap();
    // Once the clients are connected.
    check_comparison("flood", hobnob, |pid| descriptors(pid) > 200);
    check_comparison("pace", hobnob, |pid| descriptors(pid) > 1000);
    // While it waits for a server that never listens.
    let folder = tempfile::tempdir().unwrap();
    let text = "[ \"$1\" = --listen ] || exec echo hobnob-server 9.8.7\nkill -STOP $$";
    let never = script(folder.path(), "hobnob-server", text);
    check_comparison("idle", never.to_str().unwrap(), |_| true);
}

#[test]
fn a_run() {
    let limit = Served::limit();
    let pid = limit.pid();
    // Once the server has accepted a client, it opens no further descriptors of its own.
    let mut watcher = TcpStream::connect(limit.address).unwrap();
    watcher.read_exact(&mut [0]).unwrap();
    let before = descriptors(pid);
    let load = "--clients 50 --senders 2 --duration 60";
    for arguments in [
        format!("pace {} {load}", limit.url()),
        format!("stall {} {load} --stalled 9", limit.url()),
    ] {
        for threads in [1, 2] {
            let mut command = bench(&format!("{arguments} --threads {threads}"));
            check_interrupted(&interrupt(&mut command, |_| descriptors(pid) >= before + 50));
            eventually("they have gone", || (descriptors(pid) == before).then_some(()));
        }
    }
}
