//! The precedence of settings, and that the printed settings are the effective ones.

use std::fs;
use std::path::Path;

use hobnob::model::password::Password;
use proptest::prelude::*;
use proptest::sample::select;
use tempfile::TempDir;

use super::*;
use crate::tasks::print;

/// A temporary folder with a configuration file.
struct Scene {
    folder: TempDir,
    file: PathBuf,
}

impl Scene {
    fn new(text: &str) -> Self {
        let is_set = std::env::vars_os()
            .any(|(name, _)| name.to_str().is_some_and(|name| name.starts_with("HOBNOB_")));
        assert!(!is_set, "these tests need an environment without HOBNOB_ variables");
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hobnob.toml");
        fs::write(&file, text).unwrap();
        Self { folder, file }
    }

    fn read(&self, typed: &[&str]) -> Result<InForce, String> {
        let config: &[&str] = &["--config", self.file.to_str().unwrap()];
        read(&[typed, config].concat())
    }

    #[track_caller]
    fn fails(&self, typed: &[&str], expected: &str) {
        let problem = self.read(typed).err().expect("this is wrong");
        let expected = expected.replace("FILE", &self.file.display().to_string());
        assert_eq!(problem, expected);
    }
}

fn read(typed: &[impl AsRef<str>]) -> Result<InForce, String> {
    let arguments: Vec<OsString> = std::iter::once("hobnob-server")
        .chain(typed.iter().map(AsRef::as_ref))
        .map(Into::into)
        .collect();
    reread(&arguments, &mut Vec::new())
}

#[test]
fn flags_override_the_file_and_the_file_overrides_defaults() {
    let scene =
        Scene::new("line-max = 100\nthreads = 3\nlisten = ['a:1', 'b:2,c:3']\nlang = 'zh'\n");
    let listen = |settings: &InForce| settings.settings.listen.len();
    let in_force = scene.read(&["--memory"]).unwrap();
    assert_eq!((in_force.config.line_bytes_max, in_force.config.threads), (100, 3));
    assert_eq!((in_force.config.lang.to_string().as_str(), listen(&in_force)), ("zh", 3));
    assert_eq!(in_force.config.clients_max, 10_000);
    let typed = ["--memory", "--line-max=200", "--listen=d:4", "--lang=en"];
    let in_force = scene.read(&typed).unwrap();
    assert_eq!((in_force.config.line_bytes_max, in_force.config.threads), (200, 3));
    assert_eq!((in_force.config.lang.to_string().as_str(), listen(&in_force)), ("en", 1));
}

#[test]
fn the_data_folder_is_chosen_by_precedence() {
    let check = |text: &str, typed: &[&str], expected: Option<&str>| {
        let in_force = Scene::new(text).read(typed).unwrap();
        assert_eq!(in_force.data.as_deref(), expected.map(Path::new), "{text} {typed:?}");
    };
    check("data = '/x'", &[], Some("/x"));
    check("data = '/x'", &["--data", "/y"], Some("/y"));
    check("data = '/x'", &["--memory"], None);
    check("memory = true", &[], None);
    check("memory = true", &["--data", "/y"], Some("/y"));
    check("memory = true", &["--memory"], None);
    check("memory = false\ndata = '/x'", &[], Some("/x"));
    check("memory = false", &["--memory"], None);
    let both = Scene::new("memory = true\ndata = '/x'");
    both.fails(&[], "FILE: use --data or --memory, not both (see --help)");
    assert!(both.read(&["--memory"]).is_ok() && both.read(&["--data", "/y"]).is_ok());
    Scene::new("")
        .fails(&["--data=/y", "--memory"], "use --data or --memory, not both (see --help)");
}

/// An invalid combination of values names the file only if the value comes from it.
#[test]
fn an_invalid_combination_names_its_place() {
    let scene = Scene::new("\nsendq = 140000\n");
    let least = "must be between 229952 and 1073741824 bytes";
    scene.fails(&["--line-max=16384"], &format!("FILE:2: --sendq {least}"));
    scene.fails(&["--line-max=16384", "--sendq=150000"], &format!("--sendq {least}"));
    Scene::new("line-max = 16384").fails(&["--sendq=150000"], &format!("--sendq {least}"));
    let short = "--password: a password needs at least 6 characters";
    Scene::new("password = 'short'").fails(&[], &format!("FILE:1: {short}"));
    Scene::new("password = 'short'").fails(&["--password=tiny"], short);
    Scene::new("motd = '/no/motd'")
        .fails(&[], "FILE:1: --motd: cannot read /no/motd: No such file or directory");
    Scene::new("").fails(&["--motd=/"], "--motd: cannot read /: Is a directory");
    // A problem in the file is reported even if something else takes precedence.
    Scene::new("flood = 'x'")
        .fails(&["--flood=off"], "FILE:1: flood: write BURST:PER_SECOND, such as 20:5, or off");
}

#[test]
fn the_message_and_the_password_are_read() {
    let scene = Scene::new("password = 'correct  horse'");
    let motd = scene.folder.path().join("motd");
    fs::write(&motd, "Welcome!\n\nBe kind.\n").unwrap();
    let typed = ["--memory", "--motd", motd.to_str().unwrap()];
    let in_force = scene.read(&typed).unwrap();
    assert_eq!(in_force.config.motd.lines().len(), 3);
    assert_eq!(in_force.config.password, Password::new("correct  horse").ok());
    let shown = format!("{:?} {:?}", in_force.settings, in_force.config);
    assert!(!shown.contains("horse"), "{shown}");
    fs::write(&motd, "x\n".repeat(51)).unwrap();
    let expected = "it has 51 lines, but only 50 are shown; shorten it";
    scene.fails(&typed, &format!("--motd: {}: {expected}", motd.display()));
    fs::write(&motd, "x".repeat(10_000)).unwrap();
    let expected = "it has more than 8192 bytes; shorten it";
    scene.fails(&typed, &format!("--motd: {}: {expected}", motd.display()));
}

#[test]
fn defaults_are_commented_out() {
    let scene = Scene::new("names = 'address'\nmax-clients = 5\npassword = 'correct horse'\n");
    let in_force = scene.read(&["--memory", "--threads=07", "--listen=a:1", "--listen=b:2"]);
    let text = print::text(&in_force.unwrap().entries).unwrap();
    let has = |line: &str| assert!(text.lines().any(|it| it == line), "no {line} in {text}");
    has("listen = [\"a:1\", \"b:2\"]");
    has("threads = \"07\"");
    has("max-clients = 5");
    has("names = \"address\"");
    has("memory = true");
    has("password = \"correct horse\"");
    has("# line-max = 1024");
    has("# flood = \"20:5\"");
    has("# history-replay = 0");
    has("# motd = \"FILE\"");
    has("# data = \"DIR\"");
    has("# Number of threads that serve connections [default: one per core, minus one]");
    has("# (HOBNOB_THREADS)");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    // Nothing but settings, each of them once.
    let mut names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once(" = "))
        .map(|(name, _)| name)
        .collect();
    let known = settings();
    assert_eq!(names.len(), known.get_arguments().count(), "{names:?}");
    names.retain(|name| !known.get_arguments().any(|it| it.get_long() == Some(name)));
    assert_eq!(names, [""; 0]);
}

/// A setting that is overruled by another is not in force, so it is not printed: the file would be
/// wrong.
#[test]
fn only_the_storage_in_force_is_printed() {
    let check = |text: &str, typed: &[&str], expected: [&str; 2]| {
        let in_force = Scene::new(text).read(typed).unwrap();
        let printed = print::text(&in_force.entries).unwrap();
        let is_place = |line: &&str| line.contains("data = ") || line.contains("memory = ");
        assert_eq!(printed.lines().filter(is_place).collect::<Vec<_>>(), expected);
        let again = Scene::new(&printed).read(&[]).unwrap();
        assert_eq!(print::text(&again.entries).unwrap(), printed);
    };
    check("data = '/x'", &["--memory"], ["# data = \"DIR\"", "memory = true"]);
    check("memory = true", &["--data", "/y"], ["data = \"/y\"", "# memory = false"]);
    check("memory = false", &["--data", "/y"], ["data = \"/y\"", "memory = false"]);
}

fn flags() -> impl Strategy<Value = Vec<String>> {
    let text = |values: &'static [&'static str]| select(values).prop_map(str::to_owned).boxed();
    let number = |from: u64, to: u64| (from..=to).prop_map(|number| number.to_string()).boxed();
    let limit = || prop_oneof![Just("off".to_owned()), any::<u64>().prop_map(|it| it.to_string())];
    let rate = (1..=1_000_000_u32, 1..=1_000_000_u32).prop_map(|(a, b)| format!("{a}:{b}"));
    let password = prop_oneof!["[ -~]{6,40}", "\\PC{6,20}", "[0-9]{6,20}"]
        .prop_filter("it may be one", |text| Password::new(text).is_ok());
    let path = "[^\0]{1,20}";
    // Each flag may be missing.
    let flag = |name: &'static str, value: BoxedStrategy<String>| {
        proptest::option::of(value)
            .prop_map(move |value| value.map(|value| format!("--{name}={value}")))
    };
    let address = text(&["localhost:8000", "[::]:0", "127.0.0.1:1,127.0.0.1:2", "a-host:65535"]);
    let listen = address.prop_map(|address| Some(format!("--listen={address}")));
    let listen = proptest::collection::vec(listen, 0..4);
    let kept = prop_oneof![
        Just(None),
        Just(Some("--memory".to_owned())),
        path.prop_map(|path| Some(format!("--data={path}"))),
    ];
    let one_each = vec![
        flag("threads", prop_oneof![number(1, 1024), text(&["007", "+7"])].boxed()).boxed(),
        flag("max-clients", number(1, 1_000_000)).boxed(),
        flag("max-per-address", number(1, 1_000_000)).boxed(),
        flag("line-max", number(64, 16 * 1024)).boxed(),
        flag("sendq", number(230_000, 1 << 30)).boxed(),
        flag("stall-timeout", number(1, 86_400)).boxed(),
        flag("flood", prop_oneof![Just("off".to_owned()), rate].boxed()).boxed(),
        flag("lang", text(&["en", "zh"])).boxed(),
        flag("names", text(&["guest", "address"])).boxed(),
        flag("motd", text(&["/dev/null", "/dev/../dev/null"])).boxed(),
        flag("password", password.boxed()).boxed(),
        flag("history-replay", number(0, 200)).boxed(),
        flag("history-lines", limit().boxed()).boxed(),
        flag("history-days", limit().boxed()).boxed(),
        flag("log", text(&["info", "off", "warn,hobnob=debug"])).boxed(),
        kept.boxed(),
    ];
    (listen, one_each)
        .prop_map(|(listen, others)| listen.into_iter().chain(others).flatten().collect())
}

proptest! {
    #[test]
    fn the_printed_settings_are_the_settings(flags in flags()) {
        let mut typed = read(&flags).unwrap();
        let text = print::text(&typed.entries).unwrap();
        let mut written = Scene::new(&text).read(&[]).unwrap();
        typed.config.seed = 0;
        written.config.seed = 0;
        let shown = |it: &InForce| format!("{:?} {:?} {:?}", it.settings, it.config, it.data);
        prop_assert_eq!(shown(&typed), shown(&written), "{}", text);
        // `Debug` does not show the password.
        prop_assert_eq!(typed.config.password, written.config.password);
        prop_assert_eq!(print::text(&written.entries).unwrap(), text);
    }
}
