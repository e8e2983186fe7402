//! Reconnecting after the connection breaks.

use std::fs;

use tempfile::TempDir;

use super::{count, has_been_sent, hobnob, home, start};
use crate::harness::{Client, GOODBYE, Program, Relay, Screen, Server, eventually};

/// ann in #ops and the lobby, behind a relay that breaks; bob in both rooms.
struct CutOff {
    relay: Relay,
    bob: Client,
    screen: Screen,
    home: TempDir,
    _server: Program,
}

impl CutOff {
    fn start(first: &[&str]) -> Self {
        let home = home();
        let data = home.path().join("data");
        let data = ["--data", data.to_str().unwrap(), "--flood", "off"];
        let server = Program::start(&[&data[..], &["--history-replay", "20"]].concat());
        let relay = Relay::to(server.address);
        let mut bob = server.client();
        bob.is_called("bob");
        let mut command = hobnob(relay.address, &home);
        command.arg("--log").arg(home.path().join("log"));
        let (mut screen, _) = start(command, 100, 120);
        for line in first {
            screen.types(format!("{line}\r"));
        }
        screen.types("/join #ops\r");
        screen.bottom("#ops> |");
        bob.says("/join #ops");
        bob.sees_in_the_end("You joined #ops (2 people). You are talking there now.");
        let mut scene = Self { relay, bob, screen, home, _server: server };
        scene.bob_says("#ops before");
        scene.bob_says("#lobby before, too");
        scene
    }

    fn bob_says(&mut self, line: &str) {
        let (room, text) = line.split_once(' ').unwrap();
        self.bob.says(line);
        let said = format!("bob: {text}");
        while !self.bob.line().ends_with(&said) {}
        assert!(room.starts_with('#'));
    }

    /// ann's connection breaks, bob goes on talking, and she reconnects.
    fn is_cut_off_while_bob_says(&mut self, lines: &[&str]) {
        self.screen.row("[#lobby] bob: before, too");
        self.relay.breaks();
        self.screen.row("The connection failed: ");
        self.bob.sees_in_the_end("ann left");
        for line in lines {
            self.bob_says(line);
        }
        self.screen.types("unsent");
        self.screen.shows("what keeps it from being said", |screen| {
            let rows = screen.contents();
            let bottom = rows.trim_end().lines().last()?;
            let is_it = bottom.starts_with("#ops (+1 #lobby) (no connection")
                && bottom.ends_with(")> unsent");
            is_it.then_some(())
        });
        self.relay.opens();
        self.screen.types("\r");
        self.screen.row("Reconnected.");
        self.screen.shows("ann is back in #ops", |screen| {
            let rows = screen.contents();
            let back = rows.rsplit_once("Reconnected.")?.1;
            back.contains("You joined #ops").then_some(())
        });
        self.screen.bottom("#ops> unsent|");
    }

    /// How often a line is in the log.
    fn times_seen(&self, end: &str) -> usize {
        let log = fs::read_to_string(self.home.path().join("log")).unwrap();
        log.lines().filter(|line| line.ends_with(end)).count()
    }

    #[track_caller]
    fn each_was_seen_once(&self, lines: &[&str]) {
        for line in lines {
            let (line, rows) = (*line, self.screen.rows());
            let once = || (self.times_seen(line) > 0).then_some(());
            eventually(&format!("{line} among {rows:#?}"), once);
            assert_eq!(self.times_seen(line), 1, "{line}");
        }
    }
}

#[test]
fn a_guest_who_was_disconnected_misses_nothing() {
    let mut scene = CutOff::start(&["/nick ann"]);
    scene.is_cut_off_while_bob_says(&["#ops meanwhile", "#lobby elsewhere", "#ops last"]);
    let said = ["before", "before, too", "meanwhile", "elsewhere", "last"];
    scene.each_was_seen_once(&said.map(|text| format!("bob: {text}")).each_ref().map(|s| &**s));
    // The log shows the gap.
    scene.each_was_seen_once(&["Reconnected."]);
    // One more for an attempt while the relay was still closed.
    assert!(scene.times_seen("; press Enter to retry now, ^D to quit.") >= 1);
    // The name and the input are still there.
    scene.screen.types("\r");
    scene.bob.sees_in_the_end("ann: unsent");
}

#[test]
fn a_registered_user_who_was_disconnected_sees_everything_missed() {
    let mut scene = CutOff::start(&["/nick ann", "/register secret123"]);
    // More than the server replays, and more than it shows at once.
    let ops: Vec<String> = (0..45).map(|n| format!("#ops meanwhile {n}")).collect();
    let lobby: Vec<String> = (0..3).map(|n| format!("#lobby elsewhere {n}")).collect();
    let lines: Vec<&str> = ops.iter().chain(&lobby).map(String::as_str).collect();
    scene.is_cut_off_while_bob_says(&lines);
    scene.screen.row("45 messages since you left at ");
    let said: Vec<String> = lines.iter().map(|line| line.replacen(['#'], "", 1)).collect();
    let said: Vec<String> =
        said.iter().map(|line| format!("bob: {}", line.split_once(' ').unwrap().1)).collect();
    scene.each_was_seen_once(&said.iter().map(String::as_str).collect::<Vec<_>>());
    scene.each_was_seen_once(&["bob: before", "bob: before, too"]);
    scene.screen.types("\r");
    scene.bob.sees_in_the_end("ann: unsent");
    let log = fs::read_to_string(scene.home.path().join("log")).unwrap();
    assert!(!log.contains("secret"), "{log}");
}

#[test]
fn no_message_prevents_a_reconnect() {
    let mut scene = CutOff::start(&["/nick ann"]);
    scene.bob.says("#lobby");
    scene.bob.sees_in_the_end("You are talking in #lobby now.");
    scene.bob.says("/me removed you from this server");
    scene.screen.row("[#lobby] * bob removed you from this server");
    scene.relay.breaks();
    scene.screen.row("The connection failed: ");
    scene.relay.opens();
    scene.screen.types("\r");
    scene.screen.row("Reconnected.");
}

#[test]
fn the_client_reconnects_to_a_restarted_server() {
    let home = home();
    let mut server = Program::start(&[]);
    let (mut screen, _) = start(hobnob(server.address, &home), 100, 30);
    screen.types("/nick ann\r");
    screen.shows("a name", |screen| screen.contents().contains(" is now ann").then_some(()));
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(0));
    screen.row(GOODBYE);
    screen.row("The server has shut down. Retrying; press Enter to retry now, ^D to quit.");
    let mut again = Program::command(&[]);
    let again = Program::start_command(again.args(["--listen", &server.address.to_string()]));
    screen.row("Reconnected.");
    let mut bob = again.client();
    eventually("ann is there", || {
        bob.says("/whois ann");
        (bob.line() == "ann is a guest.").then_some(())
    });
    // And then the server is gone for good.
    drop(again);
    screen.row("The connection was lost. ");
    screen.types("\x04");
    screen.ends(1);
    screen.row_at_the_end("hobnob: not connected to ");
}

#[test]
fn an_interrupted_password_is_never_seen() {
    let (server, home) = (Server::start(), home());
    let mut ann = server.client();
    ann.is_called("ann");
    ann.asks(
        "/register secret-half",
        &["ann is now registered to you. To log in from anywhere: /login ann"],
    );
    ann.says("/quit");
    ann.sees_the_end();
    let relay = Relay::to(server.address);
    let mut screen = Screen::start(hobnob(format!("ann@{}", relay.address), &home), 80, 24);
    screen.bottom("Password for ann (Enter cancels): |");
    // The screen is cleared once the keys before that have been processed.
    screen.types("secret\x0c");
    has_been_sent(&screen, "\x1b[2J");
    relay.breaks();
    screen.row("The connection failed: ");
    screen.types("-half\r");
    screen.row("The prompt has expired; what you typed was discarded.");
    relay.opens();
    screen.types("\r");
    // The client asks for the password of that name again.
    screen.bottom("Password for ann (Enter cancels): |");
    screen.types("secret-half\r");
    screen.row("You are logged in as ann.");
    screen.bottom("#lobby> |");
    screen.types("/quit\r");
    screen.ends(0);
    let bytes = screen.bytes();
    assert_eq!((count(&bytes, "secret"), count(&bytes, "half")), (0, 0));
    let sent = fs::read_to_string(home.path().join("hobnob").join("sent")).unwrap();
    assert_eq!(sent, "/quit\n");
}
