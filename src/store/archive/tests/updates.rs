//! Pending updates do not grow without bound, and the latest of each thing counts.

use super::*;
use crate::model::{ModAction, Sanction, SanctionId, SanctionKind, Subject};

fn room(number: usize) -> Update {
    Update::Room { key: format!("#room{number}").into(), room: None }
}

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
    let mut updates = Updates::default();
    assert!(updates.is_empty());
    for quiet in [true, false, true] {
        let settings = Settings { quiet, ..Settings::default() };
        updates.add(Update::Settings { account: amy.id, settings }).unwrap();
    }
    for seconds in [300, 200] {
        updates.add(Update::Seen { account: bob.id, at: at(seconds) }).unwrap();
    }
    for topic in ["roses", "tulips"] {
        let record = RoomRecord { topic: Some(topic.into()), ..garden(amy.id) };
        updates.add(Update::Room { key: "garden".into(), room: Some(record) }).unwrap();
    }
    // A new sanction replaces a pending one with the same number, until it is lifted.
    for update in [ban(1, None), ban(2, None), ban(3, None), lift(1), lift(3), action(1)] {
        updates.add(update).unwrap();
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

#[test]
fn pending_rooms_are_limited() {
    let mut updates = Updates::default();
    for number in 0..limits::UNSAVED_ROOMS_MAX {
        updates.add(room(number)).unwrap();
    }
    assert_eq!(updates.add(room(limits::UNSAVED_ROOMS_MAX)), Err(TooMuch));
    updates.add(room(0)).unwrap();
    updates.add(ban(1, None)).unwrap();
}

#[test]
fn room_owners_leave_space_for_server_moderators() {
    let mut updates = Updates::default();
    let of_rooms = limits::UNSAVED_SANCTIONS_MAX as i64 / 2;
    for id in 0..of_rooms {
        updates.add(ban(id, Some(RoomId(5)))).unwrap();
    }
    assert_eq!(updates.add(ban(of_rooms, Some(RoomId(5)))), Err(TooMuch));
    updates.add(ban(0, Some(RoomId(5)))).unwrap();
    for id in of_rooms..2 * of_rooms {
        updates.add(ban(id, None)).unwrap();
    }
    assert_eq!(updates.add(ban(2 * of_rooms, None)), Err(TooMuch));
    // A sanction can always be lifted.
    updates.add(lift(2 * of_rooms)).unwrap();
}

#[test]
fn only_the_latest_actions_are_pending() {
    let mut disk = Disk::new();
    let mut updates = Updates::default();
    let max = limits::AUDIT_ENTRIES_MAX as u64;
    for number in 1..=max + 3 {
        updates.add(action(number)).unwrap();
    }
    disk.archive().keep(&updates).unwrap();
    let audit = disk.reopened().load(0).unwrap().moderation.audit;
    assert_eq!((audit.len() as u64, audit[0].at), (max, at(4).into()));
}
