//! Everything that the archive stores is still there after it has been reopened.

mod damage;
mod erasures;
mod fixtures;
mod lines;
mod marks;
mod memory;
mod migration;
mod moderation;
mod moderation_model;
mod replaced;
mod retention;
mod search;
mod updates;

use std::time::Duration;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::limits;
use crate::model::{
    Account, AccountId, AuditEntry, Bell, Finds, Found, HistoryPage, Lang, LastIds, LineId,
    MessageId, ModerationChange, PasswordHash, PersonId, PrivateMessage, ReadMarker, RoomRecord,
    SanctionId, Settings, Span, StoredLine, Update,
};
use crate::text::{CleanText, Manner};

/// An archive on disk, reopened before each check.
struct Disk {
    folder: TempDir,
    archive: Option<Archive>,
}

impl Disk {
    fn new() -> Disk {
        let folder = tempfile::tempdir().unwrap();
        let archive = Some(Archive::open(folder.path()).unwrap());
        Disk { folder, archive }
    }

    fn archive(&mut self) -> &Archive {
        self.archive.as_ref().unwrap()
    }

    fn reopened(&mut self) -> &Archive {
        self.archive = None;
        self.archive.insert(Archive::open(self.folder.path()).unwrap())
    }

    /// Adds an account whose name and key are the same.
    fn add(&mut self, name: &str) -> Account {
        self.archive().add_account(name, name, &hash("hash"), at(100))
    }

    fn account(&mut self, id: AccountId) -> Option<Account> {
        let accounts = self.reopened().load(0).unwrap().accounts;
        accounts.into_iter().map(|(_, account)| account).find(|account| account.id == id)
    }

    fn rooms(&mut self) -> Vec<(Box<str>, RoomRecord)> {
        self.reopened().load(0).unwrap().rooms
    }

    fn rows(&mut self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        self.archive().with(|connection| connection.query_one(&sql, [], |row| row.get(0))).unwrap()
    }
}

/// One change at a time, which the server itself rarely does.
impl Archive {
    pub(crate) fn keep_one(&self, update: Update) -> Result<()> {
        let mut updates = Updates::after(LastIds {
            account: AccountId(i64::MAX),
            room: RoomId(u32::MAX),
            message: MessageId(i64::MAX),
            sanction: SanctionId(i64::MAX),
        });
        updates.add(update);
        assert_eq!(self.keep(&updates)?, 0, "the tables refused it");
        Ok(())
    }

    pub(crate) fn last_ids(&self) -> LastIds {
        self.with(|connection| last_ids::load(connection)).unwrap()
    }

    /// Adds an account with the next number.
    pub(crate) fn add_account(
        &self,
        key: &str,
        name: &str,
        password: &PasswordHash,
        at: SystemTime,
    ) -> Account {
        let account = Account {
            id: AccountId(self.last_ids().account.0 + 1),
            name: name.into(),
            password: password.clone(),
            registered_at: at,
            seen_at: at,
            settings: Settings::default(),
        };
        self.keep_one(Update::Registered { key: key.into(), account: account.clone() }).unwrap();
        account
    }

    pub(crate) fn remove_account(&self, account: AccountId) -> Result<()> {
        self.keep_one(Update::Unregistered { account })
    }

    fn set_password(&self, account: AccountId, password: &PasswordHash) -> Result<()> {
        self.keep_one(Update::Password { account, hash: password.clone() })
    }

    fn set_seen(&self, account: AccountId, at: SystemTime) -> Result<()> {
        self.keep_one(Update::Seen { account, at })
    }

    /// Leaves a message with the next number.
    pub(crate) fn leave_message(
        &self,
        to: AccountId,
        sender: AccountId,
        from: &str,
        text: &str,
        at: SystemTime,
    ) -> MessageId {
        let id = MessageId(self.last_ids().message.0 + 1);
        let text = CleanText::from_bytes(text.as_bytes());
        let message = PrivateMessage { id, from: from.into(), sender, text, at };
        self.keep_one(Update::Message { to, message }).unwrap();
        id
    }

    /// The messages that wait for an account.
    pub(crate) fn messages_for(&self, account: AccountId) -> Vec<PrivateMessage> {
        let messages = self.load(0).unwrap().messages.into_iter();
        messages.filter(|(to, _)| *to == account).map(|(_, message)| message).collect()
    }

    pub(crate) fn save_room(&self, key: &str, room: &RoomRecord) -> Result<()> {
        self.keep_one(Update::Room { key: key.into(), room: room.clone() })
    }

    fn remove_room(&self, room: RoomId) -> Result<()> {
        self.keep_one(Update::RoomRemoved { room })
    }

    fn save_settings(&self, account: AccountId, settings: &Settings) -> Result<()> {
        self.keep_one(Update::Settings { account, settings: settings.clone() })
    }

    fn set_name(&self, account: AccountId, name: &str) -> Result<()> {
        self.keep_one(Update::Name { account, name: name.into() })
    }

    fn forget_messages(&self, account: AccountId, up_to: MessageId) -> Result<()> {
        self.keep_one(Update::MessagesSeen { account, up_to })
    }

    pub(crate) fn moderate(
        &self,
        change: Option<&ModerationChange>,
        entry: Option<&AuditEntry>,
    ) -> Result<()> {
        self.keep_one(Update::Moderation { change: change.cloned(), entry: entry.cloned() })
    }
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::kept(text.into())
}

fn at(secs: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(secs)
}

fn garden(owner: AccountId) -> RoomRecord {
    RoomRecord {
        id: RoomId(owner.0 as u32),
        name: "#Garden".into(),
        owner,
        topic: Some("roses".into()),
        locked: true,
        password: Some(hash("gate")),
        slow: 30.try_into().ok(),
        hidden: true,
        invited: Vec::new(),
    }
}

fn at_ms(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}

/// The line with this number in its room; the number is also its time, in seconds since 1970.
fn line(seq: u64, text: &str) -> StoredLine {
    StoredLine {
        seq,
        id: LineId { origin: 7, number: seq },
        at: at(seq),
        author: PersonId::Registered(AccountId(1)),
        name: "Amy".into(),
        manner: Manner::Said,
        text: CleanText::from_bytes(text.as_bytes()),
        deleted_by: None,
    }
}

fn lines(room: RoomId, lines: impl IntoIterator<Item = StoredLine>) -> HistoryEntry {
    HistoryEntry::Lines { room, name: "#room".into(), lines: lines.into_iter().collect() }
}

/// Lines with these numbers, each with its number as text.
fn numbered(room: RoomId, seqs: impl IntoIterator<Item = u64>) -> HistoryEntry {
    lines(room, seqs.into_iter().map(|seq| line(seq, &seq.to_string())))
}

fn span(room: RoomId, seqs: std::ops::RangeInclusive<u64>) -> Span {
    Span { room, seqs, not_before: None, before: None }
}

/// Everything that is stored of a room.
fn all_of(archive: &Archive, room: RoomId) -> HistoryPage {
    archive.reader().page(&span(room, 1..=u64::MAX), 1_000_000).unwrap()
}

fn seqs(lines: &[StoredLine]) -> Vec<u64> {
    lines.iter().map(|line| line.seq).collect()
}

/// Runs SQL that the archive itself would not run, on its own connection.
pub(crate) fn execute(archive: &Archive, sql: &str) {
    archive.with(|connection| connection.execute_batch(sql)).unwrap();
}

/// The number of transactions in the write-ahead log since it was last copied into the file.
pub(crate) fn transactions(folder: &Path) -> usize {
    // <https://sqlite.org/fileformat.html#the_write_ahead_log>: a header, then frames, each of a
    // header and a page. The log's current frames have its salt, and the last frame of each
    // transaction has a nonzero page count.
    let log = std::fs::read(folder.join("hobnob.db-wal")).unwrap();
    let Some((header, frames)) = log.split_at_checked(32) else { return 0 };
    let page_bytes = u32::from_be_bytes(header[8..12].try_into().unwrap()) as usize;
    frames
        .chunks_exact(24 + page_bytes)
        .take_while(|frame| frame[8..16] == header[16..24])
        .filter(|frame| frame[4..8] != [0; 4])
        .count()
}

/// Writes at a fixed time, without updating the index.
fn write(archive: &Archive, entries: &[HistoryEntry]) {
    archive.write(entries, at(1_000_000), 0).unwrap();
}

#[test]
fn accounts_are_loaded_in_order_with_all_their_fields() {
    let mut disk = Disk::new();
    let now = at(1_700_000_000) + Duration::from_millis(999);
    let zoe = disk.archive().add_account("zoe", "Zoë", &hash("a"), now);
    let amy = disk.archive().add_account("amy", "Amy", &hash("b"), now);
    let whole = at(1_700_000_000);
    let stored = |account| Account { registered_at: whole, seen_at: whole, ..account };
    let kept = disk.reopened().load(0).unwrap();
    assert_eq!(kept.accounts, [("zoe".into(), stored(zoe)), ("amy".into(), stored(amy))]);
    assert_eq!(kept.rooms, []);
}

#[test]
fn a_number_is_never_reused() {
    let mut disk = Disk::new();
    let first = disk.add("amy");
    disk.archive().remove_account(first.id).unwrap();
    let second = disk.reopened().add_account("amy", "amy", &hash("b"), at(1));
    assert!(second.id > first.id);
}

#[test]
fn changes_to_an_account_are_stored() {
    let mut disk = Disk::new();
    let (amy, bob) = (disk.add("amy"), disk.add("bob"));
    disk.archive().set_password(amy.id, &hash("new")).unwrap();
    disk.archive().set_name(amy.id, "AMY").unwrap();
    disk.archive().set_seen(amy.id, at(200)).unwrap();
    let changed =
        Account { password: hash("new"), name: "AMY".into(), seen_at: at(200), ..amy.clone() };
    assert_eq!(disk.account(amy.id), Some(changed));
    assert_eq!(disk.account(bob.id), Some(bob));

    disk.archive().remove_account(amy.id).unwrap();
    disk.archive().remove_account(amy.id).unwrap();
    assert_eq!(disk.account(amy.id), None);
    disk.archive().set_password(amy.id, &hash("new")).unwrap();
    disk.archive().set_name(amy.id, "AMY").unwrap();
    disk.archive().set_seen(amy.id, at(300)).unwrap();
    assert_eq!(disk.account(amy.id), None);
}

#[test]
fn unknown_settings_are_ignored_and_left_alone() {
    let mut disk = Disk::new();
    let amy = disk.add("amy");
    let odd = "INSERT INTO setting VALUES (1, 'wallpaper', 'roses'), (1, 'bell', 'loud'),
        (1, 'quiet', 'on'), (1, 'plain', 'maybe')";
    disk.archive().with(|connection| connection.execute_batch(odd)).unwrap();
    let expected = Settings { quiet: true, ..Settings::default() };
    assert_eq!(disk.account(amy.id).unwrap().settings, expected);
    disk.archive().save_settings(amy.id, &Settings::default()).unwrap();
    assert_eq!(disk.rows("setting WHERE name = 'wallpaper'"), 1);
    assert_eq!(disk.rows("setting"), 1);
}

#[test]
fn a_removed_account_is_no_longer_ignored_and_has_no_settings() {
    let mut disk = Disk::new();
    let [amy, bob, cat] = ["amy", "bob", "cat"].map(|name| disk.add(name).id);
    let settings = Settings { ignored: vec![cat, bob, cat], quiet: true, ..Settings::default() };
    disk.archive().save_settings(amy, &settings).unwrap();
    assert_eq!(disk.account(amy).unwrap().settings.ignored, [cat, bob]);
    disk.archive().remove_account(cat).unwrap();
    assert_eq!(disk.account(amy).unwrap().settings.ignored, [bob]);
    disk.archive().save_settings(amy, &settings).unwrap();
    disk.archive().save_settings(cat, &settings).unwrap();
    assert_eq!(disk.account(amy).unwrap().settings.ignored, [bob]);
    assert_eq!(disk.rows("setting"), 1);
}

#[test]
fn rooms_are_loaded_with_all_their_fields() {
    let mut disk = Disk::new();
    let [amy, bob, cat] = ["amy", "bob", "cat"].map(|name| disk.add(name).id);
    let full = RoomRecord { invited: vec![cat, bob], ..garden(amy) };
    let bare = RoomRecord {
        name: "#den".into(),
        topic: None,
        locked: false,
        password: None,
        slow: None,
        hidden: false,
        ..garden(bob)
    };
    disk.archive().save_room("garden", &full).unwrap();
    disk.archive().save_room("den", &bare).unwrap();
    assert_eq!(disk.rooms(), [("den".into(), bare.clone()), ("garden".into(), full.clone())]);

    let changed = RoomRecord { id: full.id, invited: vec![amy, bob], topic: None, ..garden(cat) };
    disk.archive().save_room("garden", &changed).unwrap();
    assert_eq!(disk.rooms(), [("den".into(), bare), ("garden".into(), changed.clone())]);

    for _ in 0..2 {
        disk.archive().remove_room(RoomId(bob.0 as u32)).unwrap();
    }
    assert_eq!(disk.rooms(), [("garden".into(), changed)]);
}

#[test]
fn a_room_needs_its_owner_and_an_invitation_its_guest() {
    let mut disk = Disk::new();
    let [amy, bob, gone] = ["amy", "bob", "gone"].map(|name| disk.add(name).id);
    disk.archive().remove_account(gone).unwrap();
    let invited = vec![gone, bob];
    disk.archive().save_room("garden", &RoomRecord { invited, ..garden(amy) }).unwrap();
    disk.archive().save_room("den", &garden(gone)).unwrap();
    let expected = RoomRecord { invited: vec![bob], ..garden(amy) };
    assert_eq!(disk.rooms(), [("garden".into(), expected)]);
}

#[test]
fn messages_wait_in_order_until_they_are_forgotten() {
    let mut disk = Disk::new();
    let [amy, bob, cat] = ["amy", "bob", "cat"].map(|name| disk.add(name).id);
    for (sender, text) in [(bob, "one"), (cat, "two"), (bob, "three")] {
        disk.reopened().leave_message(amy, sender, "somebody", text, at(5));
    }
    let messages = disk.reopened().messages_for(amy);
    let texts: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    let second = PrivateMessage {
        id: messages[1].id,
        from: "somebody".into(),
        sender: cat,
        text: CleanText::from_bytes(b"two"),
        at: at(5),
    };
    assert_eq!(messages[1], second);
    assert_eq!(disk.archive().messages_for(bob), []);

    disk.archive().forget_messages(bob, messages[2].id).unwrap();
    disk.archive().forget_messages(amy, messages[1].id).unwrap();
    assert_eq!(disk.reopened().messages_for(amy), messages[2..]);
    // The next message does not get the number of one that was deleted.
    disk.archive().forget_messages(amy, messages[2].id).unwrap();
    disk.reopened().leave_message(amy, bob, "bob", "four", at(6));
    assert!(disk.archive().messages_for(amy)[0].id > messages[2].id);
}

#[test]
fn removing_an_account_removes_what_it_owns_and_nothing_else() {
    let mut disk = Disk::new();
    let [amy, bob] = ["amy", "bob"].map(|name| disk.add(name).id);
    let ignoring = |ignored| Settings { ignored, quiet: true, ..Settings::default() };
    for (own, other) in [(amy, bob), (bob, amy)] {
        disk.archive().save_settings(own, &ignoring(vec![own, other])).unwrap();
        let key = format!("room-of-{}", own.0);
        let room = RoomRecord { invited: vec![own, other], ..garden(own) };
        disk.archive().save_room(&key, &room).unwrap();
        disk.archive().leave_message(own, other, "x", "hello", at(1));
    }
    disk.archive().remove_account(amy).unwrap();
    let kept = disk.reopened().load(0).unwrap();
    assert_eq!(kept.accounts.len(), 1);
    assert_eq!(kept.accounts[0].1.settings, ignoring(vec![bob]));
    let room = RoomRecord { invited: vec![bob], ..garden(bob) };
    assert_eq!(kept.rooms, [(format!("room-of-{}", bob.0).into(), room)]);
    assert_eq!(disk.archive().messages_for(bob).len(), 1);
    disk.archive().leave_message(amy, bob, "bob", "still there?", at(2));
    assert_eq!(disk.rows("message"), 1);
}

#[test]
fn impossible_times_do_no_harm() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    let long_ago = SystemTime::UNIX_EPOCH - Duration::from_secs(5);
    disk.archive().set_seen(amy, long_ago).unwrap();
    assert_eq!(disk.account(amy).unwrap().seen_at, SystemTime::UNIX_EPOCH);
    for odd in [i64::MIN, i64::MAX] {
        disk.archive().with(|c| c.execute("UPDATE account SET seen_at = ?1", [odd])).unwrap();
        disk.account(amy).unwrap();
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let bell = prop_oneof![Just(Bell::Off), Just(Bell::Mentions), Just(Bell::All)];
    let zone = proptest::option::of("\\PC{0,20}".prop_map(Into::into));
    let ignored = proptest::sample::subsequence((1..=4).map(AccountId).collect::<Vec<_>>(), 0..=4);
    let chosen = any::<[Option<bool>; 2]>();
    let replay = proptest::option::of(0..=200u8);
    let bell = proptest::option::of(bell);
    let lang = proptest::option::of(proptest::sample::select(&Lang::ALL[..]));
    (any::<[bool; 3]>(), chosen, replay, zone, bell, lang, ignored.prop_shuffle()).prop_map(
        |([quiet, timestamps, plain], [colour, edit], replay, zone, bell, lang, ignored)| {
            Settings { replay, quiet, timestamps, zone, bell, colour, edit, plain, lang, ignored }
        },
    )
}

proptest! {
    #[test]
    fn settings_are_read_back_whatever_was_there_before(
        before in settings(),
        after in settings(),
    ) {
        let archive = Archive::in_memory().unwrap();
        for name in ["amy", "bob", "cat", "dan"] {
            archive.add_account(name, name, &hash("x"), at(1));
        }
        for saved in [&before, &after] {
            archive.save_settings(AccountId(1), saved).unwrap();
            let kept = archive.load(0).unwrap();
            prop_assert_eq!(&kept.accounts[0].1.settings, saved);
            prop_assert_eq!(&kept.accounts[1].1.settings, &Settings::default());
        }
    }
}
