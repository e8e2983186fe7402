//! Archives of earlier versions.

use std::collections::HashSet;

use super::*;
use crate::model::{Rank, StoredModeration};

/// The first version had only accounts and rooms.
#[test]
fn rooms_of_the_first_version_get_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open::open(folder.path(), &schema::STEPS[..1]).unwrap();
    let sql = "INSERT INTO account (key, name, password, registered_at, seen_at)
            VALUES ('amy', 'Amy', 'hash', 1, 2);
        INSERT INTO room (key, name, owner, topic, locked, hidden)
            VALUES ('a', '#a', 1, 'roses', 1, 0), ('b', '#b', 1, NULL, 0, 1),
                ('c', '#c', 1, NULL, 0, 0);
        INSERT INTO invitation VALUES ('a', 1);
        DELETE FROM room WHERE key = 'b';
        INSERT INTO room (key, name, owner, locked, hidden) VALUES ('d', '#d', 1, 0, 0)";
    opened.connection.execute_batch(sql).unwrap();
    drop(opened);
    let archive = Archive::open(folder.path()).unwrap();
    let kept = archive.load(9).unwrap();
    assert_eq!(kept.accounts.len(), 1);
    assert_eq!(kept.histories, []);
    let keys: Vec<&str> = kept.rooms.iter().map(|(key, _)| &**key).collect();
    assert_eq!(keys, ["a", "c", "d"]);
    let a = &kept.rooms[0].1;
    assert_eq!(
        (a.topic.as_deref(), a.locked, &*a.invited),
        (Some("roses"), true, &[AccountId(1)][..])
    );
    let ids: HashSet<RoomId> = kept.rooms.iter().map(|(_, room)| room.id).collect();
    assert_eq!(ids.len(), 3);
    assert!(!ids.contains(&LOBBY), "{ids:?}");
    assert_eq!(Some(&kept.last_ids.room), ids.iter().max());
    // From here on the archive is like any other.
    write(&archive, &[numbered(a.id, 1..=2)]);
    drop(archive);
    let again = Archive::open(folder.path()).unwrap();
    assert_eq!(again.load(9).unwrap().rooms, kept.rooms);
    assert_eq!(all_of(&again, a.id).lines.len(), 2);
}

/// The second version had no moderation.
#[test]
fn an_archive_of_the_second_version_has_no_moderation() {
    let folder = tempfile::tempdir().unwrap();
    let opened = open::open(folder.path(), &schema::STEPS[..2]).unwrap();
    let sql = "INSERT INTO account (key, name, password, registered_at, seen_at)
            VALUES ('amy', 'Amy', 'hash', 1, 2);
        INSERT INTO room (key, name, owner, locked, hidden, id) VALUES ('a', '#a', 1, 0, 0, 5);
        INSERT INTO log (room, name, last_seq, indexed_seq) VALUES (0, '#lobby', 3, 0)";
    opened.connection.execute_batch(sql).unwrap();
    drop(opened);
    let archive = Archive::open(folder.path()).unwrap();
    let kept = archive.load(9).unwrap();
    assert_eq!((kept.accounts.len(), kept.rooms.len(), kept.last_ids.room), (1, 1, RoomId(5)));
    assert_eq!(kept.histories[0].1.last_seq, 3);
    assert_eq!(kept.moderation, StoredModeration::default());
    assert!(!archive.has_owner().unwrap());
    // From here on the archive is like any other.
    let change = ModerationChange::Rank { account: AccountId(1), rank: Some(Rank::Owner) };
    archive.moderate(Some(&change), None).unwrap();
    drop(archive);
    let again = Archive::open(folder.path()).unwrap();
    assert!(again.has_owner().unwrap());
    let before = StoredState { moderation: StoredModeration::default(), ..again.load(9).unwrap() };
    assert_eq!(before, kept);
}
