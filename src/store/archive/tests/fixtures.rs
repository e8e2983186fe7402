//! Databases that earlier builds of the program wrote: `tests/fixtures/databases`, whose README
//! says how each was made.
//!
//! Beside each database is a text that lists everything in it. It was made from the tables, by a
//! program that shares no code with this one.

use std::fmt::Display;
use std::fs;
use std::path::PathBuf;

use super::*;
use crate::model::password::Hasher;
use crate::model::{
    Cost, Network, Password, Rank, Sanction, SanctionId, SanctionKind, StoredModeration, Subject,
};
use crate::store::export::ExportItem;
use crate::store::tables::columns::{milliseconds, seconds, word};
use crate::text::words::Query;

/// The schema versions of the databases.
const VERSIONS: [i64; 3] = [1, 2, 3];

/// The highest ids of an account, room, private message and sanction that were ever given in each of
/// the databases: all of these are gone. In the first version, rooms had no numbers.
const LAST_IDS: [(i64, u32, i64, i64); 3] = [(7, 5, 7, 0), (7, 6, 7, 0), (7, 6, 7, 15)];

/// The passwords of accounts and rooms, by their names.
const PASSWORDS: [(&str, &str); 7] = [
    ("ann", "ann-secret"),
    ("小明", "小明的密码很长"),
    ("BoB", "bob-secret"),
    ("Zoë", "zoë-secret"),
    ("mia", "mia-secret"),
    ("#garden", "gate-secret"),
    ("#Den", "den-secret"),
];

/// More lines than any of the rooms has.
const LINES_MAX: usize = 100;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/databases").join(name)
}

/// A copy of the database, in a folder of its own.
fn copy_of(version: i64) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let database = fs::read(fixture(&format!("schema-{version}.db"))).unwrap();
    // Bytes 60 to 63 are the version (https://sqlite.org/fileformat.html#the_database_header).
    assert_eq!(database[60..64], i32::try_from(version).unwrap().to_be_bytes());
    fs::write(folder.path().join("hobnob.db"), database).unwrap();
    folder
}

#[test]
fn there_is_a_database_of_each_earlier_version() {
    for version in 1..schema::latest(schema::STEPS) {
        assert!(VERSIONS.contains(&version), "{version}: see tests/fixtures/databases/README.md");
    }
}

#[test]
fn everything_in_a_database_of_an_earlier_version_is_kept() {
    for version in VERSIONS {
        let expected = fs::read_to_string(fixture(&format!("schema-{version}.txt"))).unwrap();
        let folder = copy_of(version);
        // The first time, it is migrated.
        for time in ["first", "second"] {
            let archive = Archive::open(folder.path()).unwrap();
            let found = archive.with(|connection| schema::version(connection)).unwrap();
            assert_eq!(found, schema::latest(schema::STEPS), "schema {version}");
            let found = description(&archive);
            for (found, expected) in found.lines().zip(expected.lines()) {
                assert_eq!(found, expected, "schema {version}, opened for the {time} time");
            }
            assert_eq!(found.lines().count(), expected.lines().count(), "schema {version}");
        }
    }
}

#[test]
fn ids_go_on_above_those_of_an_earlier_version() {
    for (version, expected) in VERSIONS.into_iter().zip(LAST_IDS) {
        let folder = copy_of(version);
        let archive = Archive::open(folder.path()).unwrap();
        let LastIds { account, room, message, sanction } = archive.load(0).unwrap().last_ids;
        assert_eq!((account.0, room.0, message.0, sanction.0), expected, "schema {version}");
    }
}

#[test]
fn lines_of_an_earlier_version_are_found() {
    let check = |version: i64, room: u32, typed: &str, expected: &[u64]| {
        let folder = copy_of(version);
        let archive = Archive::open(folder.path()).unwrap();
        // All lines are in the index that the earlier version made.
        let (rooms, query) = ([(RoomId(room), 1..=u64::MAX)], Query::parse(typed).unwrap());
        let finds = archive.reader().search(&rooms, &query, LINES_MAX, || true).unwrap().unwrap();
        let found: Vec<u64> = finds.found.iter().map(|found| found.line.seq).collect();
        assert_eq!(found, expected, "schema {version}: {typed:?} in room {room}");
    };
    for version in [2, 3] {
        check(version, 0, "bob", &[7, 8]);
        check(version, 0, "GRUSSE", &[5]);
        check(version, 0, "花", &[2]);
        check(version, 0, "tulips", &[]);
        check(version, 1, "tulips", &[1]);
        check(version, 1, "الحديقة", &[2]);
        check(version, 3, "浇花", &[2]);
    }
}

/// Everything in the archive, in the form of the texts beside the databases.
fn description(archive: &Archive) -> String {
    let StoredState { accounts, mut rooms, mut histories, moderation, .. } =
        archive.load(LINES_MAX).unwrap();
    let mut text = Text::default();
    for (key, account) in &accounts {
        text.account(key, account);
    }
    rooms.sort_by_key(|(_, room)| room.id);
    for (key, room) in &rooms {
        text.room(key, room);
    }
    for (_, account) in &accounts {
        for message in archive.messages_for(account.id) {
            let PrivateMessage { id, from, sender: AccountId(sender), text: said, at } = message;
            let (id, to, said, at) = (id.0, account.id.0, said.as_str(), seconds(at));
            text.add(format!("message {id} for {to}: from {sender} {from} at {at}: {said}"));
        }
    }
    histories.sort_by_key(|(room, _)| *room);
    text.logs(archive, &histories);
    text.moderation(&moderation);
    text.0
}

/// The password that this hash is of, as far as it is the expected one.
fn password_of(name: &str, hash: &PasswordHash) -> &'static str {
    let expected = PASSWORDS.iter().find(|(owner, _)| *owner == name);
    let hasher = Hasher::new(Cost::STANDARD);
    let is_right = |typed: &str| hash.verify(&Password::typed(typed).unwrap(), &hasher);
    match expected {
        Some((_, password)) if is_right(password) && !is_right("wrong-secret") => password,
        _ => "unknown",
    }
}

fn on(is_on: bool) -> Option<&'static str> {
    is_on.then_some("on")
}

fn on_or_off(choice: Option<bool>) -> Option<&'static str> {
    choice.map(|is_on| if is_on { "on" } else { "off" })
}

/// A part of a line, if it has that part.
fn part(name: &str, value: Option<impl Display>) -> String {
    value.map(|value| format!(", {name} {value}")).unwrap_or_default()
}

/// A text of one line for each thing.
#[derive(Default)]
struct Text(String);

impl Text {
    fn add(&mut self, line: impl Display) {
        self.0 += &format!("{line}\n");
    }

    /// A property of the thing above, if it has that property.
    fn property(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.add(format!("  {name} {value}"));
        }
    }

    fn account(&mut self, key: &str, account: &Account) {
        let Account { id: AccountId(id), name, password, registered_at, seen_at, settings } =
            account;
        let (password, registered) = (password_of(name, password), seconds(*registered_at));
        let seen = seconds(*seen_at);
        self.add(format!(
            "account {id}: {name}, key {key}, password {password}, registered {registered}, seen \
             {seen}"
        ));
        self.property("quiet", on(settings.quiet));
        self.property("replay", settings.replay);
        self.property("timestamps", on(settings.timestamps));
        self.property("zone", settings.zone.as_deref());
        self.property("bell", settings.bell.as_ref().map(word));
        self.property("colour", on_or_off(settings.colour));
        self.property("edit", on_or_off(settings.edit));
        self.property("plain", on(settings.plain));
        self.property("lang", settings.lang.map(Lang::code));
        for AccountId(ignored) in &settings.ignored {
            self.property("ignores", Some(ignored));
        }
    }

    fn room(&mut self, key: &str, room: &RoomRecord) {
        let RoomRecord { id: RoomId(id), name, owner: AccountId(owner), .. } = room;
        self.add(format!("room {id}: {name}, key {key}, owner {owner}"));
        self.property("topic", room.topic.as_deref());
        if room.locked {
            self.add("  locked");
        }
        self.property("password", room.password.as_ref().map(|hash| password_of(name, hash)));
        self.property("slow", room.slow);
        if room.hidden {
            self.add("  hidden");
        }
        for AccountId(invited) in &room.invited {
            self.property("invited", Some(invited));
        }
    }

    /// What was said in all rooms, also in those that have ended, and up to where it was read.
    fn logs(&mut self, archive: &Archive, histories: &[(RoomId, RoomHistory)]) {
        let reader = archive.reader();
        for log in reader.logs(|_| true).unwrap() {
            let RoomId(room) = log.room;
            self.add(format!("log {room}: {}, up to line {}", log.name, log.last_seq));
            let mut lines = Vec::new();
            for item in reader.export(&log, None).unwrap() {
                match item.unwrap() {
                    ExportItem::Line(line) => {
                        self.line(&line);
                        lines.push(line);
                    }
                    ExportItem::Missing(seqs) => {
                        self.add(format!("  missing {} to {}", seqs.start(), seqs.end()));
                    }
                }
            }
            if let Some((_, history)) = histories.iter().find(|(room, _)| *room == log.room) {
                assert_eq!((history.last_seq, &history.recent), (log.last_seq, &lines), "{room}");
            }
        }
        for (RoomId(room), history) in histories {
            for (AccountId(account), mark) in &history.marks {
                let ReadMarker::Left { seq, at } = mark else { panic!("{account} is here") };
                let at = milliseconds(*at);
                self.add(format!(
                    "mark in {room}: account {account} left after line {seq} at {at}"
                ));
            }
        }
    }

    fn line(&mut self, line: &StoredLine) {
        let StoredLine { seq, id, at, author, name, manner, text, deleted_by } = line;
        assert_eq!(*deleted_by, None);
        let author = match author {
            PersonId::Registered(account) => format!("account {}", account.0),
            PersonId::Guest(client) => format!("guest {client}"),
        };
        let manner = match manner {
            Manner::Said => "said",
            Manner::Acted => "acted",
        };
        let (id, at, text) = (String::from(*id), milliseconds(*at), text.as_str());
        self.add(format!("  line {seq}: id {id}, at {at}, by {author} {name} {manner}: {text}"));
    }

    fn moderation(&mut self, moderation: &StoredModeration) {
        for (AccountId(account), rank) in &moderation.ranks {
            let rank = match rank {
                Rank::Operator => "operator",
                Rank::Owner => "owner",
            };
            self.add(format!("rank of {account}: {rank}"));
        }
        for sanction in &moderation.sanctions {
            self.sanction(sanction);
        }
        for AuditEntry { at, by, action, whom, room, until, reason } in &moderation.audit {
            let (at, until) = (seconds(at.0), until.map(|until| seconds(until.0)));
            let (whom, room) = (part("whom", whom.as_deref()), part("room", room.as_deref()));
            let (until, reason) = (part("until", until), part("because", reason.as_deref()));
            let action = action.word();
            self.add(format!("audit at {at}: {by}, {action}{whom}{room}{until}{reason}"));
        }
        if moderation.lockdown {
            self.add("rule lockdown: on");
        }
        if let Some(topic) = &moderation.lobby.topic {
            self.add(format!("rule lobby topic: {topic}"));
        }
        if let Some(slow) = moderation.lobby.slow {
            self.add(format!("rule lobby slow secs: {slow}"));
        }
    }

    fn sanction(&mut self, sanction: &Sanction) {
        let Sanction { id: SanctionId(id), kind, room, subject, name, by, .. } = sanction;
        let kind = match kind {
            SanctionKind::Ban => "ban",
            SanctionKind::Mute => "mute",
        };
        let room = part("room", room.map(|room| room.0));
        let subject = match subject {
            Subject::Network(network) => part("network", Some(network)),
            Subject::Person { account, origins } => {
                let account = part("account", account.map(|account| account.0));
                let origins =
                    origins.iter().map(|&origin| part("from", Some(Network::from(origin))));
                account + &origins.collect::<String>()
            }
        };
        let at = seconds(sanction.at);
        let until = part("until", sanction.until.map(seconds));
        let reason = part("because", sanction.reason.as_deref());
        self.add(format!("{kind} {id}: {name}{room}{subject}, by {by} at {at}{until}{reason}"));
    }
}
