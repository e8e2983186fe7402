//! The server's configuration file: what it sets, how it is printed, and how changes are applied
//! while the server runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use hobnob::store::archive::Archive;
use tempfile::TempDir;

use crate::harness::{Client, Program, check_complaint, eventually, meet, printed, run};

/// A folder with a configuration file.
struct Files {
    folder: TempDir,
    config: PathBuf,
}

impl Files {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("hobnob.toml");
        fs::write(&config, text).unwrap();
        Self { folder, config }
    }

    fn write(&self, text: &str) {
        fs::write(&self.config, text).unwrap();
    }

    /// The program with this file.
    fn command(&self, arguments: &[&str]) -> Command {
        Program::command(&[arguments, &["--config", self.config.to_str().unwrap()]].concat())
    }

    /// `config` with this file: the settings that differ from the defaults.
    fn settings(&self, command: &mut Command) -> Vec<String> {
        let output = run(command);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let is_set = |line: &&str| !line.is_empty() && !line.starts_with('#');
        // The harness sets these two.
        let is_ours = |line: &&str| !["memory = true", "history-replay = 0"].contains(line);
        printed(&output).lines().filter(is_set).filter(is_ours).map(str::to_owned).collect()
    }
}

#[test]
fn flags_before_the_environment_before_the_file_before_the_defaults() {
    let files = Files::new("threads = 3\nmax-clients = 5\nline-max = 100\nflood = 'off'\n");
    let mut command = files.command(&["config", "--threads=4"]);
    let found = files.settings(command.env("HOBNOB_THREADS", "7").env("HOBNOB_MAX_CLIENTS", "8"));
    assert_eq!(found, ["threads = 4", "max-clients = 8", "line-max = 100", "flood = \"off\""]);
    // A variable can name the file, and a flag overrides it.
    let mut command = Program::command(&["config"]);
    let found = files.settings(command.env("HOBNOB_CONFIG", &files.config));
    assert_eq!(found.first().unwrap(), "threads = 3");
    let other = Files::new("");
    let mut command = other.command(&["config"]);
    assert_eq!(files.settings(command.env("HOBNOB_CONFIG", &files.config)), [""; 0]);
    // A variable does not conflict with a setting in the file.
    let data = Files::new("data = '/x'");
    let mut command = data.command(&["config"]);
    assert_eq!(
        data.settings(command.env("HOBNOB_MEMORY", "false")),
        ["data = \"/x\"", "memory = false"]
    );
    assert_eq!(
        data.settings(command.env("HOBNOB_DATA", "/y").env_remove("HOBNOB_MEMORY")),
        ["data = \"/y\""]
    );
}

#[test]
fn printed_settings_are_read_back() {
    let printed_by = |command: &mut Command| {
        let output = run(command);
        assert_eq!((output.status.code(), &*output.stderr), (Some(0), &b""[..]));
        printed(&output)
    };
    let flags =
        ["config", "--flood=off", "--listen=[::]:23,localhost:1", "--password=he said \"hi\" \\"];
    let text = printed_by(&mut Program::command(&flags));
    let files = Files::new(&text);
    assert_eq!(printed_by(&mut files.command(&["config"])), text);
    assert!(text.starts_with("# The settings of hobnob-server "), "{text}");
    assert!(text.contains("\n# threads = "), "{text}");
    // The environment is not in the output if it was removed.
    let mut alone = files.command(&["config"]);
    alone.env_remove("HOBNOB_MEMORY").env_remove("HOBNOB_HISTORY_REPLAY");
    assert_eq!(printed_by(&mut alone), text);
}

#[test]
fn problems_are_reported_with_file_and_line() {
    let check = |text: &str, line: usize, expected: &str| {
        let files = Files::new(text);
        let place = format!("{}:{line}: {expected}", files.config.display());
        for arguments in [&[][..], &["--check"], &["config"], &["export", "--room", "lobby"]] {
            let output = run(&mut files.command(arguments));
            check_complaint(&output, "hobnob-server", 2, &[&place]);
        }
    };
    check(
        "\n\nmax-client = 3\n",
        3,
        "there is no setting \"max-client\"; did you mean max-clients?",
    );
    check("flood = 'of'\n", 1, "flood: write BURST:PER_SECOND, such as 20:5, or off");
    check("threads = 1\nthreads = 2\n", 2, "duplicate key");
    check("threads =\n", 1, "");
    let files = Files::new("password = 'secret'\n\nsendq = 1000\n");
    let place = format!("{}:3: --sendq must be between 137792", files.config.display());
    let complaint = check_complaint(&run(&mut files.command(&[])), "hobnob-server", 2, &[&place]);
    assert!(!complaint.contains("secret"), "{complaint}");
    // Help works all the same.
    assert_eq!(run(&mut Files::new("x").command(&["--help"])).status.code(), Some(0));
}

#[test]
fn subcommands_find_the_data_by_the_configuration() {
    let files = Files::new("");
    let data = files.folder.path().join("data");
    drop(Archive::open(&data).unwrap());
    files.write(&format!("data = {:?}\n", data.display().to_string()));
    let copy = files.folder.path().join("copy.db");
    let output = run(&mut files.command(&["backup", copy.to_str().unwrap()]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(copy.exists());
    // The file may tell future servers to store nothing.
    files.write("memory = true\n");
    let mut command =
        files.command(&["export", "--room", "lobby", "--data", data.to_str().unwrap()]);
    check_complaint(&run(&mut command), "hobnob-server", 1, &["lobby"]);
}

#[test]
fn a_file_is_read_again_when_it_changes() {
    let files = Files::new("listen = '127.0.0.1:0'\nflood = '20:5'\n");
    let motd = files.folder.path().join("motd");
    let mut server = Program::start_command(&mut files.command(&["--lang", "en"]));
    let told = |server: &Program, words: &[&str]| {
        eventually(&words.join(", "), || {
            let log = server.log();
            log.lines().find(|line| words.iter().all(|word| line.contains(word))).map(str::to_owned)
        })
    };
    told(&server, &["started"]);
    let mut ann = server.client();
    files.write("listen = '127.0.0.1:0'\nflood = 'off'\nthreads = 2\n");
    let changed =
        ["INFO", "settings reloaded", "taken_over=\"flood\"", "at_next_start=\"threads\""];
    told(&server, &changed);
    files.write("flod = 'off'\n");
    let problem = "there is no setting \\\"flod\\\"; did you mean flood?";
    told(&server, &["WARN", "keeping the old settings", "hobnob.toml:1: ", problem]);
    files.write("password = 'correct horse'\nmotd = '/no/motd'\n");
    told(&server, &["WARN", "keeping the old settings", "hobnob.toml:2: ", "cannot read /no/motd"]);
    fs::write(&motd, "Be kind.\n").unwrap();
    files.write(&format!("password = 'correct horse'\nmotd = {:?}\n", motd.display().to_string()));
    told(&server, &["INFO", "taken_over=\"flood, motd, password\"", "at_next_start=\"listen\""]);
    // From the next moment on, new clients are asked for the password and shown the message.
    let mut bob = eventually("who comes is asked for the password", || {
        let mut bob = Client::connect(server.address);
        (bob.raw(" ") == "Password: ").then_some(bob)
    });
    bob.says("correct horse");
    bob.sees_the_welcome();
    bob.sees("Be kind.");
    meet(&mut ann, &mut bob);
    // The second file is watched, too.
    fs::write(&motd, "x\n".repeat(51)).unwrap();
    told(&server, &["WARN", "keeping the old settings", "it has 51 lines"]);
    bob.asks("/motd", &["Be kind."]);
    fs::write(&motd, "Be kinder.\n").unwrap();
    told(&server, &["INFO", "settings reloaded", "taken_over=\"motd\""]);
    bob.asks("/motd", &["Be kinder."]);
    assert!(!server.log().contains("horse"), "{}", server.log());
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    assert!(server.log().lines().last().unwrap().contains("stopped"), "{}", server.log());
}

#[test]
fn a_password_in_a_file_that_others_can_read_is_reported() {
    let told = |text: &str, mode: u32| {
        let files = Files::new(text);
        fs::set_permissions(&files.config, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = files.command(&["--memory", "--listen", "127.0.0.1:0"]);
        let mut server = Program::start_command(&mut command);
        server.signal("TERM");
        server.wait();
        server.log().contains(&format!("chmod 600 {}", files.config.display()))
    };
    assert!(told("password = 'secret123'", 0o644));
    assert!(told("password = 'secret123'", 0o620));
    assert!(!told("password = 'secret123'", 0o600));
    assert!(!told("line-max = 100", 0o644));
}
