//! Ranks, bans, mutes, and the audit log.

use super::*;
use crate::base::address_block::AddressBlock;
use crate::model::{
    LobbyRules, ModAction, Network, Rank, Sanction, SanctionId, SanctionKind, StoredModeration,
    Subject,
};

const GARDEN: RoomId = RoomId(5);
const UNKEPT: RoomId = RoomId(6);

fn keep(archive: &Archive, change: ModerationChange) {
    archive.moderate(Some(&change), None).unwrap();
}

fn order(archive: &Archive) -> StoredModeration {
    archive.load(0).unwrap().moderation
}

fn ids(archive: &Archive) -> Vec<i64> {
    order(archive).sanctions.iter().map(|sanction| sanction.id.0).collect()
}

fn origin(address: &str) -> AddressBlock {
    AddressBlock::of(address.parse().unwrap())
}

fn network(text: &str) -> Subject {
    Subject::Network(text.parse().unwrap())
}

fn person(account: Option<AccountId>, origins: &[&str]) -> Subject {
    Subject::Person { account, origins: origins.iter().map(|text| origin(text)).collect() }
}

fn sanction(id: i64, room: Option<RoomId>, subject: Subject) -> Sanction {
    Sanction {
        id: SanctionId(id),
        kind: SanctionKind::Ban,
        room,
        subject,
        name: "mallory".into(),
        by: "Amy".into(),
        at: at(100),
        until: Some(at(200)),
        reason: Some("flood".into()),
    }
}

fn impose(archive: &Archive, id: i64, room: Option<RoomId>, subject: Subject) {
    keep(archive, ModerationChange::impose(sanction(id, room, subject)));
}

fn entry(number: u64) -> AuditEntry {
    AuditEntry {
        at: at(number).into(),
        by: "Amy".into(),
        action: ModAction::Kick,
        whom: Some(format!("guest {number}").into()),
        room: Some("#garden".into()),
        until: None,
        reason: None,
    }
}

#[test]
fn a_rank_is_removed_with_its_account() {
    let mut disk = Disk::new();
    let [amy, bob, cat] = ["amy", "bob", "cat"].map(|name| disk.add(name).id);
    let rank = |account, rank| ModerationChange::Rank { account, rank };
    assert!(!disk.archive().has_owner().unwrap());
    for (account, is) in [(bob, Rank::Operator), (amy, Rank::Owner), (cat, Rank::Operator)] {
        keep(disk.archive(), rank(account, Some(is)));
    }
    keep(disk.archive(), rank(cat, None));
    assert_eq!(order(disk.reopened()).ranks, [(amy, Rank::Owner), (bob, Rank::Operator)]);
    assert!(disk.archive().has_owner().unwrap());
    keep(disk.archive(), rank(bob, Some(Rank::Owner)));
    disk.archive().remove_account(amy).unwrap();
    assert!(disk.archive().has_owner().unwrap());
    // A change that was decided before the account was removed may be written after.
    keep(disk.archive(), rank(amy, Some(Rank::Owner)));
    keep(disk.archive(), rank(bob, Some(Rank::Operator)));
    assert!(!disk.archive().has_owner().unwrap());
    assert_eq!(order(disk.reopened()).ranks, [(bob, Rank::Operator)]);
}

#[test]
fn bans_and_mutes_are_loaded_with_all_their_fields() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    let all = [
        sanction(1, None, network("192.0.2.0/24")),
        Sanction { kind: SanctionKind::Mute, until: None, ..sanction(2, None, network("::/0")) },
        sanction(3, Some(LOBBY), person(Some(amy), &[])),
        sanction(4, None, person(None, &["192.0.2.7", "2001:db8::1", "fe80::1", "::1"])),
        Sanction { reason: None, ..sanction(7, None, person(Some(amy), &["127.0.0.1", "::9"])) },
    ];
    for sanction in &all {
        keep(disk.archive(), ModerationChange::impose(sanction.clone()));
    }
    let kept = order(disk.reopened());
    assert_eq!(kept.sanctions, all);
    assert_eq!(disk.archive().last_ids().sanction, SanctionId(7));
}

#[test]
fn the_highest_number_is_remembered_after_all_are_lifted() {
    let mut disk = Disk::new();
    let gone = disk.add("gone").id;
    assert_eq!(disk.archive().last_ids().sanction, SanctionId(0));
    for id in [3, 9, 4] {
        impose(disk.archive(), id, None, network("192.0.2.7"));
    }
    let lifted = [9, 3, 3, 8, 4, -1].map(SanctionId).to_vec();
    keep(disk.archive(), ModerationChange::Remove(lifted));
    assert_eq!(ids(disk.reopened()), [0; 0]);
    assert_eq!(disk.archive().last_ids().sanction, SanctionId(9));
    // This includes the number of one that was not stored at all.
    disk.archive().remove_account(gone).unwrap();
    impose(disk.archive(), 12, None, person(Some(gone), &[]));
    assert_eq!(disk.rows("sanction"), 0);
    assert_eq!(disk.reopened().last_ids().sanction, SanctionId(12));
}

#[test]
fn a_user_who_unregisters_stays_banned_by_address() {
    let mut disk = Disk::new();
    let [amy, bob] = ["amy", "bob"].map(|name| disk.add(name).id);
    impose(disk.archive(), 1, None, person(Some(amy), &["192.0.2.7"]));
    impose(disk.archive(), 2, None, person(Some(amy), &[]));
    impose(disk.archive(), 3, None, person(Some(bob), &[]));
    disk.archive().remove_account(amy).unwrap();
    impose(disk.archive(), 4, None, person(Some(amy), &["192.0.2.8"]));
    impose(disk.archive(), 5, None, person(Some(amy), &[]));
    let expected = [
        sanction(1, None, person(None, &["192.0.2.7"])),
        sanction(3, None, person(Some(bob), &[])),
        sanction(4, None, person(None, &["192.0.2.8"])),
    ];
    assert_eq!(order(disk.reopened()).sanctions, expected);
    assert_eq!(disk.rows("sanction"), 3);
}

/// One sanction for the whole server, one in the lobby, one in a stored room, and one in a room
/// that is not stored. Returns the room's owner.
fn in_rooms(disk: &mut Disk) -> AccountId {
    let amy = disk.add("amy").id;
    disk.archive().save_room("garden", &RoomRecord { id: GARDEN, ..garden(amy) }).unwrap();
    for (id, room) in [(1, None), (2, Some(LOBBY)), (3, Some(GARDEN)), (4, Some(UNKEPT))] {
        impose(disk.archive(), id, room, network("192.0.2.7"));
    }
    amy
}

#[test]
fn a_ban_survives_a_restart_if_its_room_does() {
    let mut disk = Disk::new();
    in_rooms(&mut disk);
    assert_eq!(disk.rows("sanction"), 4);
    assert_eq!(ids(disk.reopened()), [1, 2, 3]);
    assert_eq!(disk.rows("sanction"), 3);
}

#[test]
fn a_room_that_is_saved_again_or_for_the_first_time_keeps_its_bans() {
    let mut disk = Disk::new();
    let amy = in_rooms(&mut disk);
    for (key, id) in [("garden", GARDEN), ("garden", GARDEN), ("unkept", UNKEPT)] {
        disk.archive().save_room(key, &RoomRecord { id, ..garden(amy) }).unwrap();
    }
    assert_eq!(ids(disk.reopened()), [1, 2, 3, 4]);
}

#[test]
fn a_rooms_bans_end_with_it() {
    let check = |end: &dyn Fn(&Archive, AccountId), expected: &[i64]| {
        let mut disk = Disk::new();
        let amy = in_rooms(&mut disk);
        end(disk.archive(), amy);
        // At once, not only at the next start.
        let sql = "SELECT id FROM sanction ORDER BY id";
        let left: Vec<i64> = disk
            .archive()
            .with(|c| c.prepare(sql)?.query_map([], |row| row.get(0))?.collect())
            .unwrap();
        assert_eq!(left, expected);
    };
    check(&|_, _| (), &[1, 2, 3, 4]);
    check(&|archive, _| archive.remove_room(GARDEN).unwrap(), &[1, 2, 4]);
    check(&|archive, _| archive.remove_room(RoomId(99)).unwrap(), &[1, 2, 3, 4]);
    check(&|archive, amy| archive.remove_account(amy).unwrap(), &[1, 2, 3, 4]);
    check(&|archive, _| archive.remove_account(AccountId(9)).unwrap(), &[1, 2, 3, 4]);
    check(&|archive, _| write(archive, &[HistoryEntry::Ended { room: UNKEPT }]), &[1, 2, 3]);
}

/// A room of which an earlier version stored only a ban may have a number that is given again.
#[test]
fn no_ban_passes_to_another_room() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    impose(disk.archive(), 1, Some(UNKEPT), network("192.0.2.7"));
    assert!(disk.reopened().load(0).unwrap().last_ids.room < UNKEPT);
    disk.archive().save_room("den", &RoomRecord { id: UNKEPT, ..garden(amy) }).unwrap();
    assert_eq!(ids(disk.reopened()), [0; 0]);
}

#[test]
fn the_latest_actions_are_remembered_in_order() {
    let archive = Archive::in_memory().unwrap();
    let last = limits::AUDIT_ENTRIES_MAX as u64;
    for number in 1..=last {
        archive.moderate(None, Some(&entry(number))).unwrap();
    }
    assert_eq!(order(&archive).audit, (1..=last).map(entry).collect::<Vec<_>>());
    for number in last + 1..=last + 5 {
        archive.moderate(None, Some(&entry(number))).unwrap();
        let count = "SELECT count(*) FROM audit";
        let count: i64 = archive.with(|c| c.query_one(count, [], |row| row.get(0))).unwrap();
        assert_eq!(count, limits::AUDIT_ENTRIES_MAX as i64);
    }
    assert_eq!(order(&archive).audit, (6..=last + 5).map(entry).collect::<Vec<_>>());
}

#[test]
fn each_action_is_read_back() {
    let mut disk = Disk::new();
    let entries = ModAction::ALL.map(|(action, _)| AuditEntry {
        action,
        until: Some(at(9).into()),
        reason: Some("why".into()),
        whom: None,
        room: None,
        ..entry(1)
    });
    for entry in &entries {
        disk.archive().moderate(None, Some(entry)).unwrap();
    }
    assert_eq!(order(disk.reopened()).audit, entries);
}

#[test]
fn a_change_without_its_audit_entry_is_rolled_back() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    execute(disk.archive(), "ALTER TABLE audit RENAME TO lost");
    let change = ModerationChange::Rank { account: amy, rank: Some(Rank::Owner) };
    disk.archive().moderate(Some(&change), Some(&entry(1))).unwrap_err();
    execute(disk.archive(), "ALTER TABLE lost RENAME TO audit");
    assert_eq!(order(disk.reopened()), StoredModeration::default());
    disk.archive().moderate(Some(&change), Some(&entry(1))).unwrap();
    disk.archive().moderate(None, None).unwrap();
    let kept = order(disk.reopened());
    assert_eq!((&kept.ranks[..], &kept.audit[..]), (&[(amy, Rank::Owner)][..], &[entry(1)][..]));
}

#[test]
fn lockdown_and_the_lobby() {
    let mut disk = Disk::new();
    let lobby = LobbyRules { topic: Some("roses".into()), slow: 30.try_into().ok() };
    keep(disk.archive(), ModerationChange::Lockdown(true));
    keep(disk.archive(), ModerationChange::Lobby(lobby.clone()));
    let expected = StoredModeration { lockdown: true, lobby, ..StoredModeration::default() };
    assert_eq!(order(disk.reopened()), expected);
    let lobby = LobbyRules { topic: None, slow: u32::MAX.try_into().ok() };
    keep(disk.archive(), ModerationChange::Lockdown(false));
    keep(disk.archive(), ModerationChange::Lobby(lobby.clone()));
    assert_eq!(order(disk.reopened()), StoredModeration { lobby, ..StoredModeration::default() });
    keep(disk.archive(), ModerationChange::Lobby(LobbyRules::default()));
    assert_eq!(order(disk.reopened()), StoredModeration::default());
    assert_eq!(disk.rows("rule"), 0);
}

#[test]
fn unknown_rows_are_skipped_and_left_alone() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    disk.add("bob");
    let odd = "INSERT INTO rank VALUES (1, 'operator'), (2, 'emperor');
        INSERT INTO rule VALUES ('weather', 'fine'), ('lockdown', 'perhaps'),
            ('lobby_slow_secs', '0'), ('lobby_topic', 'a' || char(27) || '[2Jb' || char(10));
        INSERT INTO audit (done_at, done_by, deed) VALUES (1, 'amy', 'bananas'),
            (-5, CAST(x'FF' AS TEXT) || char(7), 'kick'), (9223372036854775807, 'amy', 'ban');
        INSERT INTO sanction (kind, room, network, account, origins, name, imposed_by, imposed_at,
                until) VALUES
            ('exile', NULL, '192.0.2.7', NULL, NULL, 'n', 'amy', 1, NULL),
            ('ban', NULL, 'everywhere', 1, '192.0.2.7', 'n', 'amy', 1, NULL),
            ('ban', NULL, NULL, NULL, 'here 192.0.2.0/24', 'n', 'amy', 1, NULL),
            ('ban', NULL, NULL, NULL, '', 'n', 'amy', 1, NULL),
            ('mute', NULL, NULL, 1, 'here 192.0.2.7  2001:db8::/63', 'n', 'amy', 1, -1),
            ('ban', 0, '192.0.2.7/24', NULL, NULL, char(27) || '[2Jn', CAST(x'FF' AS TEXT), -1, 5),
            ('ban', -1, '192.0.2.7', NULL, NULL, 'n', 'amy', 1, NULL),
            ('ban', 4294967296, '192.0.2.7', NULL, NULL, 'n', 'amy', 1, NULL)";
    execute(disk.archive(), odd);
    let kept = order(disk.reopened());
    assert_eq!(kept.ranks, [(amy, Rank::Operator)]);
    assert!(!kept.lockdown);
    assert_eq!(kept.lobby, LobbyRules { topic: Some("ab".into()), slow: None });
    let actions: Vec<_> = kept.audit.iter().map(|entry| (&*entry.by, entry.action)).collect();
    assert_eq!(actions, [("\u{FFFD}", ModAction::Kick), ("amy", ModAction::Ban)]);
    let bare = |id, room, subject| Sanction {
        name: "n".into(),
        by: "amy".into(),
        at: at(1),
        reason: None,
        ..sanction(id, room, subject)
    };
    let mute = Sanction {
        kind: SanctionKind::Mute,
        until: Some(at(0)),
        ..bare(5, None, person(Some(amy), &["192.0.2.7"]))
    };
    let ban = Sanction {
        by: "\u{FFFD}".into(),
        at: at(0),
        until: Some(at(5)),
        ..bare(6, Some(LOBBY), network("192.0.2.0/24"))
    };
    assert_eq!(kept.sanctions, [mute, ban]);
    assert_eq!(disk.archive().last_ids().sanction, SanctionId(8));
    let rows = ["rank", "rule", "audit", "sanction"].map(|table| disk.rows(table));
    assert_eq!(rows, [2, 4, 3, 6]);
    assert_eq!("192.0.2.0/24".parse::<Network>().unwrap().origin(), None);
}
