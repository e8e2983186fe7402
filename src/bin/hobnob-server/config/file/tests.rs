//! Valid configuration files, and the messages for invalid ones.

use super::*;
use crate::config::in_force::settings;

/// Checks that a text gives these settings, each as `line name=value|value`, or this problem with
/// its line.
#[track_caller]
fn check(text: impl AsRef<[u8]>, expected: Result<&[&str], &str>) {
    let found = parse(text.as_ref(), &settings());
    let found = found
        .map(|settings| {
            let line = |it: Setting| format!("{} {}={}", it.line, it.name, it.values.join("|"));
            settings.into_iter().map(line).collect::<Vec<_>>()
        })
        .map_err(|(line, problem)| format!("{line}: {problem}"));
    let expected = expected.map(|settings| settings.iter().map(ToString::to_string).collect());
    assert_eq!(found, expected.map_err(str::to_owned), "{}", text.as_ref().escape_ascii());
}

#[test]
fn settings_as_people_write_them() {
    check("", Ok(&[]));
    check("# nothing yet\n\n", Ok(&[]));
    check("\u{FEFF}threads = 2\r\nflood = 'off'\r\n", Ok(&["1 threads=2", "2 flood=off"]));
    check("max-clients = 10_000\nsendq = 0x40000", Ok(&["1 max-clients=10000", "2 sendq=262144"]));
    check(
        "history-lines = 'off'\nhistory-days = 7",
        Ok(&["1 history-lines=off", "2 history-days=7"]),
    );
    check("memory = true", Ok(&["1 memory=true"]));
    check("memory = false", Ok(&["1 memory=false"]));
    check("listen = 'localhost:8000'", Ok(&["1 listen=localhost:8000"]));
    check("listen = [\n 'a:1', # one\n '[::]:2',\n]\n", Ok(&["1 listen=a:1|[::]:2"]));
    check("listen = 'a:1,b:2'", Ok(&["1 listen=a:1,b:2"]));
    // A number that is too large for TOML is still accepted.
    check("history-lines = 18446744073709551615", Ok(&["1 history-lines=18446744073709551615"]));
    check("password = 1234567", Ok(&["1 password=1234567"]));
    check("'threads' = '3'", Ok(&["1 threads=3"]));
}

#[test]
fn unknown_settings() {
    let unknown = |name: &str, nearest: &str| {
        let problem = format!("2: there is no setting {name:?}; did you mean {nearest}?");
        check(format!("\n{name:?} = 1\n"), Err(&problem));
    };
    unknown("max-client", "max-clients");
    unknown("max_clients", "max-clients");
    unknown("--max-clients", "max-clients");
    unknown("HOBNOB_MAX_CLIENTS", "max-clients");
    unknown("Flood", "flood");
    unknown("floood", "flood");
    unknown("hystory-line", "history-lines");
    for name in ["server", "x", "", "history", "config", "check", "help", "version", "export"] {
        let problem =
            format!("1: there is no setting {name:?}; hobnob-server config lists all settings");
        check(format!("{name:?} = true"), Err(&problem));
    }
    check("[flod]\nx = 1\n", Err("1: there is no setting \"flod\"; did you mean flood?"));
    let shown = "x".repeat(40);
    let problem =
        format!("1: there is no setting {shown:?}; hobnob-server config lists all settings");
    check("x".repeat(60_000) + " = 1", Err(&problem));
    // Control characters do not reach the terminal.
    let problem = r#"1: there is no setting "\u{1b}[2J"; hobnob-server config lists all settings"#;
    check(r#""\u001b[2J" = 1"#, Err(problem));
}

#[test]
fn the_first_problem_is_reported() {
    let problem = "2: there is no setting \"zzz\"; hobnob-server config lists all settings";
    check("threads = 1\nzzz = 1\naaa = 1\nflood = 1", Err(problem));
    check("threads = 'x'\nzzz = 1", Err("1: threads: write a whole number"));
}

#[test]
fn wrong_values() {
    let one = "write a number, or text in quotes";
    let several = "write text in quotes, or a list in brackets, separated by commas";
    let wrong = |setting: &str, expected: &str| {
        let name = setting.split(' ').next().unwrap();
        check(format!("\n\n{setting}\n"), Err(&format!("3: {name}: {expected}")));
    };
    wrong("threads = 'x'", "write a whole number");
    wrong("threads = 1.5", "write a whole number");
    wrong("threads = -1", "write a whole number");
    wrong("threads = [1]", one);
    wrong("threads = true", one);
    wrong("threads = 1979-05-27", one);
    wrong("threads = { most = 1 }", one);
    wrong("flood = 3", "write BURST:PER_SECOND, such as 20:5, or off");
    wrong("history-days = 'ever'", "write a number, or off");
    wrong("lang = 'fr'", "the languages are en (English) and zh (Chinese)");
    wrong("names = 'real'", "write guest or address");
    wrong("data = ''", "write something between the quotes");
    wrong("memory = 1", "write true or false");
    wrong("memory = 'true'", "write true or false");
    wrong("listen = []", several);
    wrong("listen = ['a:1', true]", several);
    wrong("listen = [['a:1']]", several);
    let port = "the port is missing: write HOST:PORT, such as localhost:8000 or [::]:8000";
    wrong("listen = ['a:1', 'b']", port);
    wrong("listen = 'a:1,b'", port);
}

#[test]
fn invalid_toml_is_reported_in_one_line() {
    let check_line = |text: &[u8], line: usize| {
        let (at, problem) = parse(text, &settings()).unwrap_err();
        assert_eq!(at, line, "{problem}");
        assert!(!problem.is_empty() && !problem.contains('\n'), "{problem}");
        problem
    };
    assert!(check_line(b"threads = 1\nthreads = 2\n", 2).contains("duplicate key"));
    check_line(b"\nthreads\n", 2);
    check_line(b"flood = off\n", 1);
    check_line(b"\n\nflood = 'x\n", 3);
    check_line(b"listen = [\n'a:1'\n", 2);
    assert_eq!(check_line(b"# ok\n# caf\xe9\n", 2), "this is not valid UTF-8");
}

#[test]
fn unreadable_files() {
    let read = |path: &Path| ConfigFile::read(path, &settings()).unwrap_err();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hobnob.toml");
    let shown = file.display();
    let expected = format!("--config: cannot read {shown}: No such file or directory");
    assert_eq!(read(&file), expected);
    let expected = format!("--config: cannot read {}: Is a directory", folder.path().display());
    assert_eq!(read(folder.path()), expected);
    std::fs::write(&file, "# ".repeat(CONFIG_BYTES_MAX / 2)).unwrap();
    assert!(ConfigFile::read(&file, &settings()).is_ok());
    std::fs::write(&file, "# ".repeat(CONFIG_BYTES_MAX / 2) + "#").unwrap();
    assert_eq!(read(&file), format!("{shown}: a configuration file can have at most 65536 bytes"));
    // No more is read, however much there is.
    assert!(read(Path::new("/dev/zero")).contains("at most"));
    std::fs::write(&file, "\nflod = 1\n").unwrap();
    let expected = format!("{shown}:2: there is no setting \"flod\"; did you mean flood?");
    assert_eq!(read(&file), expected);
}
