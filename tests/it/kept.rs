//! State that survives a restart, where it is stored, and the messages if it cannot be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{Client, GOODBYE, Program, check_complaint, gather, run};

fn start_in(directory: &Path) -> Program {
    Program::start(&["--data", directory.to_str().unwrap(), "--lang", "en", "--flood", "off"])
}

fn stop(program: Program) {
    log_to_the_end(program);
}

/// Stops the server. Only then is its log complete.
fn log_to_the_end(mut program: Program) -> String {
    program.signal("TERM");
    let status = program.wait();
    assert_eq!(status.code(), Some(0), "{}", program.log());
    program.log()
}

/// Tries to start a server where it cannot run.
fn fails_in(directory: &Path) -> Output {
    let data = ["--data", directory.to_str().unwrap(), "--listen", "127.0.0.1:0", "--log", "off"];
    run(&mut Program::command(&data))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn everything_in(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn stored_state_is_there_after_a_restart() {
    let temporary = tempfile::tempdir().unwrap();
    let data = temporary.path().join("made/here");
    let server = start_in(&data);
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    bob.asks(
        "/register hunter22",
        &["bob is now registered to you. To log in from anywhere: /login bob"],
    );
    ann.asks(
        "/tz Asia/Tokyo",
        &["Your time zone is now Asia/Tokyo. /timestamps on shows the time."],
    );
    ann.asks(
        "/ignore bob",
        &["Messages from bob are now hidden. To see them again: /unignore bob"],
    );
    ann.says("/join #garden");
    ann.line();
    ann.asks("/topic roses", &["ann set the topic: roses"]);
    ann.asks("/room lock", &["ann locked this room: only invited people can join"]);
    ann.asks("/room slow 30", &["ann turned on slow mode: one message per person every 30 s"]);
    ann.asks("/nick Ann", &["ann is now Ann"]);
    bob.sees("ann is now Ann");
    bob.asks("/quit", &[]);
    bob.sees_the_end();
    ann.sees("[#lobby] bob left");
    ann.asks(
        "/msg bob see you tomorrow",
        &["bob is not here and will get your message at the next login."],
    );
    assert_eq!(mode(&data), 0o700);
    for path in everything_in(&data) {
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    server.signal("TERM");
    ann.sees(GOODBYE);
    ann.sees_the_end();
    stop(server);

    let server = start_in(&data);
    let [mut ann, mut bob, mut cat] = ["", "", ""].map(|_| server.client());
    let log_in = |client: &mut Client, name: &str, password: &str| {
        client.says(&format!("/login {name} {password}"));
        while client.line() != format!("You are logged in as {name}.").replace("ann", "Ann") {}
    };
    log_in(&mut ann, "ann", "secret123");
    ann.says("/tz");
    let told = ann.line();
    let end = " in Asia/Tokyo, your time zone. To change it, for example: /tz Asia/Tokyo";
    assert!(told.starts_with("It is 20") && told.ends_with(end), "{told}");
    ann.asks("/ignore", &["You are ignoring bob."]);
    ann.asks("/unignore bob", &["Messages from bob are shown again."]);
    ann.says("/rooms");
    ann.sees("There are 2 rooms; /join one:");
    ann.sees("  #lobby (3) [current room]");
    ann.sees("  #garden (0) [locked] roses");
    log_in(&mut bob, "bob", "hunter22");
    bob.sees("1 message was left for you:");
    let line = bob.line();
    assert!(line.ends_with(" Ann → you (private): see you tomorrow"), "{line}");
    bob.asks("/join #garden", &["#garden is locked. Ask its owner to /invite you."]);
    ann.says("/join #garden");
    while ann.line() != "You joined #garden. Nobody else is there yet." {}
    ann.sees("Topic of #garden: roses");
    cat.says("/nick ann");
    while cat.line() != "ann is a registered name. If it is yours: /login ann" {}
    stop(server);
}

#[test]
fn a_folder_is_for_one_server_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    let folder = data.path().to_str().unwrap();
    let output = fails_in(data.path());
    check_complaint(
        &output,
        "hobnob-server",
        1,
        &[
            &format!("another hobnob-server is using {folder}; "),
            "choose another folder with --data, or use --memory",
        ],
    );
    // The first server is unharmed, and once it has exited the folder is free.
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    stop(server);
    stop(start_in(data.path()));
}

#[test]
fn files_that_others_can_access_become_private_and_are_reported() {
    let data = tempfile::tempdir().unwrap();
    stop(start_in(data.path()));
    let file = data.path().join("hobnob.db");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(data.path(), Permissions::from_mode(0o777)).unwrap();
    let server = start_in(data.path());
    assert_eq!((mode(&file), mode(data.path())), (0o600, 0o700));
    let log = log_to_the_end(server);
    let told: Vec<&str> = log.lines().filter(|line| line.contains("other users")).collect();
    assert_eq!(told.len(), 2, "{log}");
    assert!(told[0].contains("hobnob.db") && told[0].contains("WARN"), "{log}");
    // One warning is enough.
    let log = log_to_the_end(start_in(data.path()));
    assert!(!log.contains("other users"), "{log}");
}

#[test]
fn a_second_server_is_refused_even_if_the_lock_file_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    fs::remove_file(data.path().join("hobnob.lock")).unwrap();
    let expected =
        ["another hobnob-server is using ", "hobnob.db; choose another folder with --data"];
    check_complaint(&fails_in(data.path()), "hobnob-server", 1, &expected);
    // Readers come and go, and a second server is refused as before. Search results arrive once all
    // earlier lines have been written.
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks("hello", &["ann: hello"]);
    ann.asks("/search xyzzy", &["No message here contains all of these words."]);
    let copy = data.path().join("copy.db");
    let folder = data.path().to_str().unwrap();
    for task in [&["export", "--room", "lobby"][..], &["backup", copy.to_str().unwrap()][..]] {
        let output = run(&mut Program::command(&[task, &["--data", folder]].concat()));
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    check_complaint(&fails_in(data.path()), "hobnob-server", 1, &expected);
    stop(server);
}

/// Even if the server had no time to shut down: the lock ends with the process, and confirmed
/// changes are stored.
#[test]
fn a_server_that_was_killed_has_kept_what_it_confirmed() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_in(data.path());
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    server.signal("KILL");
    server.wait();
    let server = start_in(data.path());
    let mut ann = server.client();
    ann.says("/login ann secret123");
    let renamed = format!("{} is now ann", ann.name);
    ann.sees(&renamed);
    ann.sees("You are logged in as ann.");
    stop(server);
}

#[test]
fn an_unusable_file_is_named_and_left_alone() {
    // A valid file, to be damaged.
    let whole = tempfile::tempdir().unwrap();
    let server = start_in(whole.path());
    let mut ann = server.client();
    ann.is_called("ann");
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    stop(server);
    let whole = fs::read(whole.path().join("hobnob.db")).unwrap();
    let check = |spoil: &dyn Fn(&mut Vec<u8>), expected: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let file = data.path().join("hobnob.db");
        let mut bytes = whole.clone();
        spoil(&mut bytes);
        fs::write(&file, &bytes).unwrap();
        let mut expected = expected.to_vec();
        expected.push(file.to_str().unwrap());
        check_complaint(&fails_in(data.path()), "hobnob-server", 1, &expected);
        assert!(fs::read(&file).unwrap() == bytes, "{expected:?}: the file has changed");
    };
    // Bytes 60 to 63 of the header are the version of the schema, 68 to 71 the application id
    // (https://sqlite.org/fileformat.html#the_database_header).
    check(
        &|bytes| bytes[60..64].copy_from_slice(&[0, 0, 0, 99]),
        &[
            "was written by a newer hobnob-server (format 99; this version knows ",
            "use the newer version, or choose another folder with --data",
        ],
    );
    check(
        &|bytes| bytes[68..72].copy_from_slice(b"Else"),
        &[
            "is not a hobnob database and was not changed; move it away",
            "or choose another folder with --data",
        ],
    );
    check(
        &|bytes| *bytes = b"Dear diary, today I have met a database.\n".repeat(99),
        &["is not a hobnob database"],
    );
    let damaged = [
        "is damaged (",
        "and was not changed; move it away",
        "to start afresh or to restore a backup",
    ];
    check(&|bytes| bytes.truncate(bytes.len() - 100), &damaged);
    check(&|bytes| bytes.truncate(4096 * 2), &damaged);
    check(&|bytes| bytes[4096..4096 * 3].fill(0xA5), &damaged);
}

#[test]
fn a_folder_that_cannot_be_used() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "no folder").unwrap();
    let output = fails_in(&file);
    check_complaint(&output, "hobnob-server", 1, &[file.to_str().unwrap(), "--data"]);
    let output = fails_in(&file.join("below"));
    check_complaint(&output, "hobnob-server", 1, &[file.to_str().unwrap(), "--data"]);
    let locked = temporary.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, Permissions::from_mode(0o500)).unwrap();
    if fs::write(locked.join("probe"), "").is_err() {
        let output = fails_in(&locked);
        check_complaint(
            &output,
            "hobnob-server",
            1,
            &[
                locked.to_str().unwrap(),
                "give this user write permission, or choose another folder with --data",
            ],
        );
    } else {
        // Permissions do not stop root; only here can even root not write.
        let output = fails_in(Path::new("/proc/hobnob"));
        check_complaint(&output, "hobnob-server", 1, &["/proc/hobnob", "--data"]);
    }
}

/// The program in an environment in which only these variables name a folder.
fn command_in(home: &Path, variables: &[(&str, &Path)], arguments: &[&str]) -> Command {
    let mut command = Program::command(arguments);
    command.args(["--listen", "127.0.0.1:0", "--lang", "en"]).env("HOME", home);
    for name in ["XDG_STATE_HOME", "HOBNOB_MEMORY", "HOBNOB_DATA"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    command
}

#[test]
fn the_data_folder_follows_flags_and_variables() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = |name: &str| {
        let folder = temporary.path().join(name);
        fs::create_dir(&folder).unwrap();
        folder
    };
    let (home, state, data) = (folder("home"), folder("state"), temporary.path().join("data"));
    let check = |variables: &[(&str, &Path)], arguments: &[&str], expected: Option<&Path>| {
        let server = Program::start_command(&mut command_in(&home, variables, arguments));
        let candidates = [home.join(".local/state/hobnob"), state.join("hobnob"), data.clone()];
        for candidate in &candidates {
            let is_there = candidate.join("hobnob.db").exists();
            assert_eq!(is_there, Some(&**candidate) == expected, "{}", candidate.display());
        }
        stop(server);
        for candidate in &candidates {
            let _ = fs::remove_dir_all(candidate);
        }
    };
    let in_home = home.join(".local/state/hobnob");
    check(&[], &[], Some(&in_home));
    check(&[("XDG_STATE_HOME", &state)], &[], Some(&state.join("hobnob")));
    // A relative path must be ignored (XDG Base Directory Specification).
    check(&[("XDG_STATE_HOME", Path::new("state"))], &[], Some(&in_home));
    check(&[("XDG_STATE_HOME", &state), ("HOBNOB_DATA", &data)], &[], Some(&data));
    let as_flag = ["--data", data.to_str().unwrap()];
    check(&[("XDG_STATE_HOME", &state)], &as_flag, Some(&data));
    check(&[("HOBNOB_DATA", &state)], &as_flag, Some(&data));
    check(&[("XDG_STATE_HOME", &state)], &["--memory"], None);
    check(&[("HOBNOB_MEMORY", Path::new("true"))], &[], None);
    check(&[("HOBNOB_MEMORY", Path::new("false"))], &[], Some(&in_home));
    // Flags take precedence over variables.
    check(&[("HOBNOB_DATA", &data)], &["--memory"], None);
    check(&[("HOBNOB_MEMORY", Path::new("true"))], &as_flag, Some(&data));
    check(&[("HOBNOB_MEMORY", Path::new("false")), ("HOBNOB_DATA", &data)], &[], Some(&data));
    let both = ["--memory", "--data", data.to_str().unwrap()];
    let output = run(&mut command_in(&home, &[], &both));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

/// Without HOME the system's user database tells the home folder; a user who is not in it is asked
/// for a folder. `--check` determines the folder and stores nothing.
#[test]
fn without_any_variable_the_system_is_asked() {
    let mut command = command_in(Path::new("/"), &[], &["--check"]);
    let output = run(command.env_remove("HOME"));
    if output.status.code() == Some(2) {
        let expected = "cannot find a folder for the data: name one with --data, or use --memory";
        check_complaint(&output, "hobnob-server", 2, &[expected]);
    } else {
        assert_eq!(output.stderr, b"", "{output:?}");
    }
}

#[test]
fn with_memory_the_history_can_be_read_while_the_server_runs() {
    let home = tempfile::tempdir().unwrap();
    let mut command = Program::command(&["--memory", "--lang", "en", "--flood", "off"]);
    command.args(["--listen", "127.0.0.1:0"]).env("HOME", home.path()).current_dir(home.path());
    let server = Program::start_command(&mut command);
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    for number in 1..=60 {
        bob.says(&format!("line {number}"));
        ann.sees(&format!("bob: line {number}"));
    }
    ann.asks("/history 50", &["The last 50 messages in #lobby:"]);
    assert!(ann.line().ends_with(" bob: line 11"));
    ann.sees_in_the_end("There is more: /more");
    ann.asks("/search 5", &["Messages containing 5, newest last:"]);
    assert!(ann.line().ends_with(" bob: line 5"));
    // This includes lines that a user has missed.
    ann.says("/quit");
    ann.sees_the_end();
    for number in 61..=90 {
        bob.says(&format!("line {number}"));
    }
    bob.sees_in_the_end("bob: line 90");
    let mut ann = server.client();
    ann.says("/login ann secret123");
    while !ann.line().starts_with("30 messages since you left at ") {}
    stop(server);
    assert!(everything_in(home.path()).is_empty(), "something was written");
}

#[test]
fn the_limits_of_memory_are_shown() {
    let shown = |arguments: &[&str]| {
        let output = run(&mut Program::command(&[arguments, &["--check"]].concat()));
        let text = String::from_utf8(output.stdout).unwrap();
        let row =
            text.lines().find_map(|line| line.strip_prefix("history kept for each room")).unwrap();
        row.trim().to_owned()
    };
    let all = "for 365 days, in memory: 64 MiB for all rooms";
    assert_eq!(shown(&["--memory"]), format!("10000 lines, {all}"));
    assert_eq!(shown(&["--memory", "--history-lines", "500"]), format!("500 lines, {all}"));
    assert_eq!(shown(&["--memory", "--history-lines", "0"]), "nothing");
    assert_eq!(shown(&["--data", "/nowhere"]), "100000 lines, for 365 days");
}

#[test]
fn with_memory_everything_is_gone_with_the_server() {
    let server = Program::start(&["--memory", "--lang", "en"]);
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks(
        "/register secret123",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    stop(server);
    let server = Program::start(&["--memory", "--lang", "en"]);
    let mut ann = server.client();
    ann.asks(
        "/login ann secret123",
        &["ann is not registered. To make it yours: /nick ann, then /register"],
    );
    stop(server);
}
