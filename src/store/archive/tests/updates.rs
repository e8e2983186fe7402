//! Pending updates do not grow without bound, and the latest of each thing counts.

use super::*;
use crate::model::{ModAction, Sanction, SanctionId, SanctionKind, Subject};

fn ban(id: i64, room: Option<RoomId>) -> Update {
    let change = ModerationChange::impose(Sanction {
        id: SanctionId(id),
        kind: SanctionKind::Ban,
        room,
        subject: Subject::Network("192.0.2.0/24".parse().unwrap()),
        name: "192.0.2.0/24".into(),
        by: "Amy".into(),
        at: at(1),
        until: None,
        reason: None,
    });
    Update::Moderation { change: Some(change), entry: None }
}

fn lift(id: i64) -> Update {
    Update::Moderation { change: Some(ModerationChange::Remove(vec![SanctionId(id)])), entry: None }
}

fn action(number: u64) -> Update {
    let (by, action, whom) = ("Amy".into(), ModAction::Kick, None);
    let entry = AuditEntry {
        at: at(number).into(),
        by,
        action,
        whom,
        room: None,
        until: None,
        reason: None,
    };
    Update::Moderation { change: None, entry: Some(entry) }
}

#[test]
fn the_latest_of_each_thing_is_stored() {
    let mut disk = Disk::new();
    let (amy, bob) = (disk.add("amy"), disk.add("bob"));
    disk.archive().keep_one(ban(1, None)).unwrap();
    let mut updates = Updates::after(disk.archive().last_ids());
    assert!(updates.is_empty());
    for quiet in [true, false, true] {
        let settings = Settings { quiet, ..Settings::default() };
        updates.add(Update::Settings { account: amy.id, settings });
    }
    for seconds in [300, 200] {
        updates.add(Update::Seen { account: bob.id, at: at(seconds) });
    }
    for topic in ["roses", "tulips"] {
        let record = RoomRecord { topic: Some(topic.into()), ..garden(amy.id) };
        updates.add(Update::Room { key: "garden".into(), room: record });
    }
    // A new sanction replaces a pending one with the same number, until it is lifted.
    for update in [ban(1, None), ban(2, None), ban(3, None), lift(1), lift(3), action(1)] {
        updates.add(update);
    }
    assert!(!updates.is_empty());
    assert_eq!(disk.archive().keep(&updates).unwrap(), 0);
    let kept = disk.reopened().load(0).unwrap();
    assert!(kept.accounts[0].1.settings.quiet);
    assert_eq!(kept.accounts[1].1.seen_at, at(200));
    assert_eq!(kept.rooms[0].1.topic.as_deref(), Some("tulips"));
    assert_eq!(kept.moderation.sanctions.iter().map(|one| one.id.0).collect::<Vec<_>>(), [2]);
    assert_eq!(kept.moderation.audit.len(), 1);
}

/// A disk that fails for days must not fill the memory, whatever is created and removed meanwhile.
#[test]
fn what_comes_and_goes_within_one_set_leaves_only_its_number() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    let room =
        |id: RoomId| Update::Room { key: "den".into(), room: RoomRecord { id, ..garden(amy) } };
    let mut updates = Updates::after(disk.archive().last_ids());
    let account = Account { id: AccountId(2), ..disk.account(amy).unwrap() };
    for update in [
        room(RoomId(7)),
        Update::RoomRemoved { room: RoomId(7) },
        ban(4, Some(RoomId(7))),
        lift(4),
        Update::Registered { key: "bob".into(), account },
        Update::Seen { account: AccountId(2), at: at(5) },
        Update::Unregistered { account: AccountId(2) },
    ] {
        updates.add(update);
    }
    disk.archive().keep(&updates).unwrap();
    let ids = disk.reopened().last_ids();
    assert_eq!((ids.account.0, ids.room.0, ids.sanction.0), (2, 7, 4));
    let size = format!("{updates:?}").len();
    for id in 8..1_000 {
        updates.add(room(RoomId(id)));
        updates.add(Update::RoomRemoved { room: RoomId(id) });
    }
    assert!(format!("{updates:?}").len() < size + 10, "{updates:?}");
}

/// What may be on the disk, or in the set that is being written, is removed there.
#[test]
fn what_an_earlier_set_has_stored_is_removed() {
    let mut disk = Disk::new();
    let amy = disk.add("amy").id;
    let mut updates = Updates::after(disk.archive().last_ids());
    updates.add(Update::Room { key: "den".into(), room: garden(amy) });
    updates.add(ban(4, None));
    let first = updates.take();
    updates.add(Update::RoomRemoved { room: garden(amy).id });
    updates.add(lift(4));
    updates.add(Update::Unregistered { account: amy });
    // The name is registered again before the removal is stored.
    let account = Account { id: AccountId(2), ..disk.account(amy).unwrap() };
    updates.add(Update::Registered { key: "amy".into(), account: account.clone() });
    for set in [&first, &updates] {
        assert_eq!(disk.archive().keep(set).unwrap(), 0);
    }
    let kept = disk.reopened().load(0).unwrap();
    assert_eq!(kept.accounts, [("amy".into(), account)]);
    assert_eq!((kept.rooms, kept.moderation.sanctions), (Vec::new(), Vec::new()));
}

#[test]
fn only_the_latest_actions_are_pending() {
    let mut disk = Disk::new();
    let mut updates = Updates::default();
    let max = limits::AUDIT_ENTRIES_MAX as u64;
    for number in 1..=max + 3 {
        updates.add(action(number));
    }
    disk.archive().keep(&updates).unwrap();
    let audit = disk.reopened().load(0).unwrap().moderation.audit;
    assert_eq!((audit.len() as u64, audit[0].at), (max, at(4).into()));
}
