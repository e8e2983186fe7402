//! Accounts, and what is kept for them: in one server, across a restart, and where the folder or
//! the file cannot be used.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::harness::{
    Client, GOODBYE, Program, Server, all_see, check_complaint, eventually, exchange, gather, run,
};

#[test]
fn a_name_is_registered_left_and_taken_back() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks(
        "/register short",
        &["A password has at least 6 characters. Please choose a longer one."],
    );
    ann.asks("/register secret 123", &["ann is yours now. From anywhere: /login ann"]);
    ann.asks("/register secret123", &["You are logged in as ann already; the name is yours."]);
    ann.asks("/login bob secret123", &["You are logged in as ann. /logout first."]);
    ann.says("/logout");
    let renamed = ann.line();
    let guest = renamed.strip_prefix("ann is now ").expect(&renamed).to_owned();
    bob.sees(&renamed);
    ann.sees(&format!("You are logged out, and called {guest} now."));
    ann.asks("/logout", &[
        "You are not logged in. /login NAME if a name is yours, or /register to make this one yours.",
    ]);
    let registered = "ann is a registered name. If it is yours: /login ann";
    bob.asks("/nick ann", &[registered]);
    bob.asks("/nick ANN", &["ANN is a registered name. If it is yours: /login ANN"]);
    bob.asks("/login ann hunter22", &["That is not the password. Nothing has changed."]);
    bob.asks(
        "/login eve hunter22",
        &["eve is not registered. /nick eve, then /register makes it yours."],
    );
    let back = format!("{guest} is now ann");
    ann.asks("/login ANN secret 123", &[&back, "You are logged in as ann."]);
    bob.sees(&back);
    bob.says("/whois ann");
    let line = bob.line();
    assert!(line.starts_with("ann is a registered name, since 20"), "{line}");
}

#[test]
fn a_password_is_changed_and_an_account_given_up() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    ann.asks("/passwd", &["Usage: /passwd OLD NEW. Your own screen will show them."]);
    ann.asks("/passwd secret124 hunter22", &["That is not your password. Nothing has changed."]);
    ann.asks("/passwd secret123 hunter22", &["Your password is changed."]);
    bob.asks("/login ann secret123", &["That is not the password. Nothing has changed."]);
    ann.asks("/unregister secret123", &["That is not your password. Nothing has changed."]);
    ann.asks(
        "/unregister hunter22",
        &["ann is registered no more. You keep the name while you are here."],
    );
    exchange(&ann, &mut bob, "I am still here");
    bob.asks(
        "/login ann hunter22",
        &["ann is not registered. /nick ann, then /register makes it yours."],
    );
    ann.asks("and can register again", &["ann: I am still here", "ann: and can register again"]);
    ann.asks("/register again123", &["ann is yours now. From anywhere: /login ann"]);
}

/// The room of somebody who gives up the account stays theirs while they are in it.
#[test]
fn a_room_outlives_the_account_of_its_owner_by_its_people() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    ann.says("/join #garden");
    ann.line();
    bob.says("/join #garden");
    bob.line();
    ann.sees("bob joined");
    ann.asks(
        "/unregister secret123",
        &["ann is registered no more. You keep the name while you are here."],
    );
    bob.asks("/topic weeds", &["Only ann, who owns #garden, can do that."]);
    ann.asks("/topic roses", &["ann has set the topic: roses"]);
    bob.sees("ann has set the topic: roses");
    for client in [&mut ann, &mut bob] {
        client.says("/leave");
        while client.line() != "You have left #garden. What you say goes to #lobby now." {}
    }
    ann.asks(
        "/rooms",
        &["There is 1 room; /join #NAME makes another:", "  #lobby (2) [you talk here]"],
    );
}

#[test]
fn one_person_from_several_clients() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    let mut phone = server.client();
    all_see(&mut [&mut ann, &mut bob], &format!("{} joined", phone.name));
    let guest_left = format!("{} left", phone.name);
    phone.says("/login ann secret123");
    // What she was called is gone; she has been here all the time.
    all_see(&mut [&mut phone, &mut ann, &mut bob], &guest_left);
    phone.sees("You are logged in as ann, and here from 2 clients now.");
    "ann".clone_into(&mut phone.name);
    phone.says("from the phone");
    all_see(&mut [&mut phone, &mut ann, &mut bob], "ann: from the phone");
    bob.asks("/who", &["2 people are in #lobby:", "  ann, bob"]);
    bob.asks("@ann psst", &["you → ann: psst"]);
    all_see(&mut [&mut ann, &mut phone], "bob → you: psst");
    ann.says("/reply yes");
    all_see(&mut [&mut ann, &mut phone], "you → bob: yes");
    bob.sees("ann → you: yes");
    // One goes, and she is still here.
    ann.ends_its_input();
    ann.sees_the_end();
    exchange(&phone, &mut bob, "still here");
    phone.sees("ann: still here");
    phone.ends_its_input();
    phone.sees_the_end();
    bob.sees("ann left");
}

#[test]
fn what_is_typed_behind_a_login_waits_for_its_outcome() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.send(b"/register secret123\nhello\n/nick zoe\n/logout\n/login ann wrong-one\nwho am I?\n");
    ann.sees("ann is yours now. From anywhere: /login ann");
    ann.sees("ann: hello");
    ann.sees(
        "You are logged in as ann. Only its capitals and accents can change; /logout to be called \
         something else.",
    );
    let renamed = ann.line();
    let guest = renamed.strip_prefix("ann is now ").expect(&renamed).to_owned();
    ann.sees(&format!("You are logged out, and called {guest} now."));
    ann.sees("That is not the password. Nothing has changed.");
    ann.sees(&format!("{guest}: who am I?"));
    for line in ["ann: hello", &renamed, &format!("{guest}: who am I?")] {
        bob.sees(line);
    }
}

#[test]
fn the_end_of_the_input_waits_for_the_outcome_too() {
    let server = Server::start();
    let [mut bob] = gather(server.address, ["bob"]);
    for (commands, lines) in [
        ("/nick ann\n/register secret123\nhello\n", &["ann: hello"][..]),
        ("/login ann secret123\nhello again", &["ann: hello again"]),
        ("/login ann secret123", &[]),
        ("/login ann secret123\n/me waves\n/quit\nunheard", &["* ann waves"]),
    ] {
        let mut pipe = Client::connect(server.address);
        pipe.send(commands.as_bytes());
        pipe.ends_its_input();
        let screen = pipe.everything();
        let guest = screen.lines().next().unwrap().strip_prefix("Welcome ").unwrap().to_owned();
        bob.sees(&format!("{guest} joined"));
        bob.sees(&format!("{guest} is now ann"));
        for line in lines {
            bob.sees(line);
        }
        bob.sees("ann left");
        assert!(
            screen.ends_with(&format!(
                "{}\r\n",
                lines.last().unwrap_or(&"You are logged in as ann.")
            )),
            "{screen}"
        );
    }
}

#[test]
fn guessing_is_slowed_down() {
    let server = Server::start();
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    for _ in 0..hobnob::limits::WRONG_PASSWORDS_PER_ACCOUNT_BURST {
        bob.asks("/login ann guess-it", &["That is not the password. Nothing has changed."]);
    }
    bob.says("/login ann secret123");
    let line = bob.line();
    assert!(line.starts_with("That was tried too often. Please try again in "), "{line}");
    exchange(&bob, &mut ann, "others notice nothing");
}

// Across a restart, in a folder.

fn start_in(directory: &Path) -> Program {
    Program::start(&["--data", directory.to_str().unwrap(), "--lang", "en", "--flood", "off"])
}

fn stop(mut program: Program) {
    program.signal("TERM");
    let status = program.wait();
    assert_eq!(status.code(), Some(0), "{}", program.log());
}

/// Starts it where it cannot.
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
fn what_is_kept_is_there_after_a_restart() {
    let temporary = tempfile::tempdir().unwrap();
    let data = temporary.path().join("made/here");
    let server = start_in(&data);
    let [mut ann, mut bob] = gather(server.address, ["ann", "bob"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    bob.asks("/register hunter22", &["bob is yours now. From anywhere: /login bob"]);
    ann.asks("/tz Asia/Tokyo", &["Your time zone is Asia/Tokyo now. /timestamps on shows times."]);
    ann.asks("/ignore bob", &["You do not hear bob any more. /unignore bob ends that."]);
    ann.says("/join #garden");
    ann.line();
    ann.asks("/topic roses", &["ann has set the topic: roses"]);
    ann.asks("/room lock", &["ann has locked this room: only who is invited can join"]);
    ann.asks("/room slow 30", &["ann has slowed this room: one line from each in 30 s"]);
    ann.asks("/nick Ann", &["ann is now Ann", "[#lobby] ann is now Ann"]);
    bob.sees("ann is now Ann");
    bob.asks("/quit", &[]);
    bob.sees_the_end();
    ann.sees("[#lobby] bob left");
    ann.asks("@bob see you tomorrow", &["bob is not here, and will be told at the next login."]);
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
    ann.asks("/tz", &["Your time zone is Asia/Tokyo. /tz Asia/Tokyo would change it."]);
    ann.asks("/ignore", &["You ignore bob."]);
    ann.asks("/unignore bob", &["You hear bob again."]);
    ann.says("/rooms");
    ann.sees("There are 2 rooms; /join one:");
    ann.sees("  #lobby (3) [you talk here]");
    ann.sees("  #garden (0) [locked] roses");
    log_in(&mut bob, "bob", "hunter22");
    bob.sees("1 message was left for you:");
    let line = bob.line();
    assert!(line.ends_with(" Ann → you: see you tomorrow"), "{line}");
    bob.asks("/join #garden", &["#garden is locked: its owner has to /invite you."]);
    ann.says("/join #garden");
    while ann.line() != "You are in #garden now, alone so far. What you say goes there." {}
    ann.sees("#garden is about: roses");
    cat.says("/nick ann");
    while cat.line() != "ann is here already. Please choose another name." {}
    stop(server);
}

#[test]
fn a_folder_is_for_one_server() {
    let data = tempfile::tempdir().unwrap();
    let server = start_in(data.path());
    let folder = data.path().to_str().unwrap();
    let output = fails_in(data.path());
    check_complaint(
        &output,
        "hobnob-server",
        1,
        &[&format!(
            "another hobnob-server uses {folder}; --data picks another folder, --memory keeps nothing"
        )],
    );
    // It has done the first no harm, and after it the folder is free.
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    stop(server);
    stop(start_in(data.path()));
}

/// Also where the server had no time to end: the lock goes with the process, and what was confirmed
/// is kept.
#[test]
fn a_server_that_was_killed_has_kept_what_it_confirmed() {
    let data = tempfile::tempdir().unwrap();
    let mut server = start_in(data.path());
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
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
fn a_file_that_is_no_use_is_named_and_left_as_it_is() {
    // A file that is one, to be spoilt.
    let whole = tempfile::tempdir().unwrap();
    let server = start_in(whole.path());
    let mut ann = server.client();
    ann.is_called("ann");
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
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
    // Bytes 60 to 63 of the header are the version of the schema, 68 to 71 whose it is
    // (https://sqlite.org/fileformat.html#the_database_header).
    check(
        &|bytes| bytes[60..64].copy_from_slice(&[0, 0, 0, 99]),
        &[
            "was written by a newer hobnob-server (its format is 99, this one knows ",
            "use that version, or --data for another folder",
        ],
    );
    check(
        &|bytes| bytes[68..72].copy_from_slice(b"Else"),
        &[
            "is not a hobnob database; it is left as it is: move it away, or use --data for another folder",
        ],
    );
    check(
        &|bytes| *bytes = b"Dear diary, today I have met a database.\n".repeat(99),
        &["is not a hobnob database"],
    );
    let damaged = [
        "is damaged (",
        "it is left as it is: move it away",
        "to begin afresh or to put back a copy",
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
                "give this user the right to, or use --data for another folder",
            ],
        );
    } else {
        // Nothing is forbidden to root; there is nowhere that even it cannot write but this.
        let output = fails_in(Path::new("/proc/hobnob"));
        check_complaint(&output, "hobnob-server", 1, &["/proc/hobnob", "--data"]);
    }
}

/// The program in an environment in which only this is said of where to keep things.
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
fn where_things_are_kept() {
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
    // A path that is not absolute is to be ignored (XDG Base Directory Specification).
    check(&[("XDG_STATE_HOME", Path::new("state"))], &[], Some(&in_home));
    check(&[("XDG_STATE_HOME", &state), ("HOBNOB_DATA", &data)], &[], Some(&data));
    let as_flag = ["--data", data.to_str().unwrap()];
    check(&[("XDG_STATE_HOME", &state)], &as_flag, Some(&data));
    check(&[("HOBNOB_DATA", &state)], &as_flag, Some(&data));
    check(&[("XDG_STATE_HOME", &state)], &["--memory"], None);
    check(&[("HOBNOB_MEMORY", Path::new("true"))], &[], None);
    check(&[("HOBNOB_MEMORY", Path::new("false"))], &[], Some(&in_home));
    // What is typed counts for more than what is set.
    check(&[("HOBNOB_DATA", &data)], &["--memory"], None);
    check(&[("HOBNOB_MEMORY", Path::new("true"))], &as_flag, Some(&data));
    check(&[("HOBNOB_MEMORY", Path::new("false")), ("HOBNOB_DATA", &data)], &[], Some(&data));
    let both = ["--memory", "--data", data.to_str().unwrap()];
    let output = run(&mut command_in(&home, &[], &both));
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn nobody_knows_where_to_keep_things() {
    let mut command = command_in(Path::new("/"), &[], &[]);
    command.env_remove("HOME");
    // Where HOME is not set the system's list of users is asked, in which root and the like are.
    let mut server = hobnob_or_complaint(&mut command);
    if let Some(output) = server.take() {
        check_complaint(
            &output,
            "hobnob-server",
            2,
            &["nobody knows where to keep accounts: --data says where, --memory keeps none"],
        );
    }
}

/// Runs the check of the settings, which needs to know where things are kept and keeps nothing.
fn hobnob_or_complaint(command: &mut Command) -> Option<Output> {
    let output = run(command.arg("--check"));
    (output.status.code() == Some(2)).then_some(output)
}

#[test]
fn with_memory_everything_is_gone_with_the_server() {
    let server = Program::start(&["--memory", "--lang", "en"]);
    let [mut ann] = gather(server.address, ["ann"]);
    ann.asks("/register secret123", &["ann is yours now. From anywhere: /login ann"]);
    stop(server);
    let server = Program::start(&["--memory", "--lang", "en"]);
    let mut ann = server.client();
    ann.asks(
        "/login ann secret123",
        &["ann is not registered. /nick ann, then /register makes it yours."],
    );
    let mut server = server;
    server.signal("TERM");
    eventually("the server ends", || server.has_ended());
}
