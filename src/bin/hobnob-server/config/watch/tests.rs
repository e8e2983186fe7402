//! Noticing changes of files, and applying them. Nothing here waits.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;

#[test]
fn a_file_has_changed_once_for_each_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "one").unwrap();
    let mut watched = Watched::new(&path);
    assert!(!watched.has_changed());
    let mut check = |what: &str| {
        assert!(watched.has_changed(), "{what}");
        assert!(!watched.has_changed(), "{what}");
    };
    fs::write(&path, "three").unwrap();
    check("another length");
    fs::File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH)
        .unwrap();
    check("another time");
    let other = folder.path().join("other");
    fs::write(&other, "seven").unwrap();
    fs::File::options()
        .write(true)
        .open(&other)
        .unwrap()
        .set_modified(std::time::UNIX_EPOCH)
        .unwrap();
    fs::rename(&other, &path).unwrap();
    check("another file of the same time and length");
    fs::remove_file(&path).unwrap();
    check("gone");
    fs::write(&path, "").unwrap();
    check("there again");
}

#[test]
fn special_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut watched = Watched::new(&path);
    symlink("/dev/null", &path).unwrap();
    assert!(!watched.has_changed());
    assert!(!Watched::new(Path::new("/dev/null")).has_changed());
}

/// A watcher with a configuration file.
struct Scene {
    folder: tempfile::TempDir,
    watching: Watching,
}

impl Scene {
    fn new(text: &str, live: &'static [&'static str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hobnob.toml");
        fs::write(&file, text).unwrap();
        let arguments: Vec<OsString> =
            vec!["hobnob-server".into(), "--memory".into(), "--config".into(), file.into()];
        let mut files = Vec::new();
        let Ok(in_force) = reread(&arguments, &mut files) else { panic!("{text}") };
        let watching = Watching::new(arguments, files, &in_force, live);
        Self { folder, watching }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// Handles a change of the file, which is read at the second check.
    fn changes(&mut self) -> Result<Differences, String> {
        assert!(self.watching.look().is_none(), "it was read at once");
        let settings = self.watching.look().expect("it was not read")?;
        Ok(self.watching.take_over(&settings))
    }
}

fn differences(taken_over: &[&str], at_next_start: &[&str]) -> Result<Differences, String> {
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    Ok(Differences { taken_over: names(taken_over), at_next_start: names(at_next_start) })
}

#[test]
fn changes_are_applied_or_wait_for_the_next_start() {
    let mut scene = Scene::new("threads = 1\n", &["flood", "password"]);
    assert!(scene.watching.look().is_none());
    scene.write("hobnob.toml", "threads = 2\nflood = 'off'\npassword = 'correct horse'\n");
    assert_eq!(scene.changes(), differences(&["flood", "password"], &["threads"]));
    assert!(scene.watching.look().is_none());
    // A change that was applied is not reported again; one that was not applied is.
    scene.write("hobnob.toml", "threads = 2\nflood = 'off'\npassword = 'correct horse' # \n");
    assert_eq!(scene.changes(), differences(&[], &["threads"]));
    scene.write("hobnob.toml", "threads = 1\npassword = 'battery staple'\n");
    assert_eq!(scene.changes(), differences(&["flood", "password"], &[]));
    let text = "# the default, said\nflood = '20:5'\nthreads = 1\npassword = 'battery staple'\n";
    scene.write("hobnob.toml", text);
    assert_eq!(scene.changes(), differences(&[], &[]));
}

#[test]
fn an_invalid_file_changes_nothing_until_it_is_fixed() {
    let mut scene = Scene::new("threads = 1\n", &["flood"]);
    let file = scene.write("hobnob.toml", "flood = 'of'\n");
    let problem = "flood: write BURST:PER_SECOND, such as 20:5, or off";
    assert_eq!(scene.changes(), Err(format!("{}:1: {problem}", file.display())));
    fs::remove_file(&file).unwrap();
    let problem = format!("--config: cannot read {}: No such file or directory", file.display());
    assert_eq!(scene.changes(), Err(problem));
    scene.write("hobnob.toml", "flood = 'off'\nthreads = 1\n");
    assert_eq!(scene.changes(), differences(&["flood"], &[]));
}

#[test]
fn a_file_is_not_read_while_it_is_written() {
    let mut scene = Scene::new("", &[]);
    scene.write("hobnob.toml", "threads");
    assert!(scene.watching.look().is_none());
    scene.write("hobnob.toml", "threads = 3");
    assert!(scene.watching.look().is_none());
    let Some(Ok(settings)) = scene.watching.look() else { panic!("it is complete") };
    assert_eq!(settings.config.threads, 3);
}

#[test]
fn the_message_of_the_day_is_watched_too() {
    let mut scene = Scene::new("", &["motd"]);
    let motd = scene.write("motd", "one\n");
    let setting = format!("motd = {:?}\n", motd.display().to_string());
    scene.write("hobnob.toml", &setting);
    assert_eq!(scene.changes(), differences(&["motd"], &[]));
    scene.write("motd", "one and two\n");
    assert_eq!(scene.changes(), differences(&["motd"], &[]));
    assert_eq!(scene.watching.motd.lines()[0].as_str(), "one and two");
    scene.write("motd", &"x\n".repeat(51));
    let place = format!("{}:1", scene.folder.path().join("hobnob.toml").display());
    let problem = "it has 51 lines, but only 50 are shown; shorten it";
    assert_eq!(scene.changes(), Err(format!("{place}: --motd: {}: {problem}", motd.display())));
    assert_eq!(scene.watching.motd.lines()[0].as_str(), "one and two");
    // A missing file may still appear.
    fs::remove_file(&motd).unwrap();
    assert!(scene.changes().is_err());
    scene.write("motd", "three\n");
    assert_eq!(scene.changes(), differences(&["motd"], &[]));
}

#[test]
fn a_server_with_a_password_is_not_opened_by_a_file() {
    let mut scene = Scene::new("password = 'correct horse'\nflood = '9:9'\n", &["password"]);
    for text in ["", "flood = '9:9'\n"] {
        scene.write("hobnob.toml", text);
        let problem = scene.changes().unwrap_err();
        assert_eq!(problem, PASSWORD_IS_GONE, "{text:?}");
    }
    scene.write("hobnob.toml", "password = 'battery staple'\n");
    assert!(scene.changes().is_ok());
}

#[test]
fn pipes_are_not_read_again() {
    let mut scene = Scene::new("password = 'correct horse'\n", &[]);
    let file = scene.folder.path().join("hobnob.toml");
    // Nor is a file that has become a pipe.
    scene.write("hobnob.toml", "password = 'battery staple'\n");
    assert!(scene.watching.look().is_none());
    fs::remove_file(&file).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&file).status().unwrap().success());
    assert!(scene.watching.look().is_none());
    assert!(scene.watching.look().is_none());
    let motd = format!("motd = {:?}\n", file.display().to_string());
    let piped = scene.write("other.toml", &motd);
    let mut arguments: Vec<OsString> = vec!["hobnob-server".into(), "--memory".into()];
    arguments.extend(["--config".into(), piped.into()]);
    let Err(problem) = reread(&arguments, &mut Vec::new()) else { panic!("it was read") };
    assert!(problem.contains("hobnob.toml is a pipe; name a file"), "{problem}");
    let arguments: Vec<OsString> = vec!["hobnob-server".into(), "--memory".into()];
    let Ok(in_force) = reread(&arguments, &mut Vec::new()) else { panic!("nothing is set") };
    let files = vec![Watched::new(Path::new("/dev/null"))];
    let watcher = Watcher::start(arguments, files, &in_force, &[], |_| {}).unwrap();
    assert!(watcher.thread.is_none());
}
