//! An archive of the first version, which knew accounts and rooms alone.

use std::collections::HashSet;

use super::*;

#[test]
fn rooms_of_the_first_version_get_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let opened = opening::open(folder.path(), &schema::STEPS[..1]).unwrap();
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
    assert_eq!(Some(&kept.last_room), ids.iter().max());
    // From here on it is like any other.
    write(&archive, &[numbered(a.id, 1..=2)]);
    drop(archive);
    let again = Archive::open(folder.path()).unwrap();
    assert_eq!(again.load(9).unwrap().rooms, kept.rooms);
    assert_eq!(all_of(&again, a.id).lines.len(), 2);
}
